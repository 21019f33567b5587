/* The state of the daemon as a page of text. */
#pragma once

#include "ctl/status_order.h"

struct status_view {
	struct screen screen;
	struct status_choice choice;
	bool all; /* else of a large fleet on a terminal the first alone */
};

/* `status` is the object of the method Status. Ages are measured at its own `time`. */
void status_text(const cJSON *status, const struct status_view *view, struct text *out);
