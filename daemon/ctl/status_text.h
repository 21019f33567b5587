/* The state of the daemon as a page of text. */
#pragma once

#include "ctl/online.h"

/* `status` is the object of the method Status. Ages are measured at its own `time`. What is worst
 * stands first. */
void status_text(const cJSON *status, bool colour, struct text *out);
