/* Lists and ranges of weekdays, "Mon,Wed..Fri", as calendar expressions and windows write them
 * (systemd.time(7)). For this folder only. */
#pragma once

#include "base/error.h"
#include "base/text.h"

#define WEEKDAYS_ALL 0x7fu /* bit 0 = Monday */

/* Takes the weekdays at the start of *s and the spaces after them; *ret gets 0 if there are none.
 * Names are English, long or of three letters, in any case. -EINVAL if a list is broken. */
int weekdays_take(const char **s, unsigned *ret, struct error *err);

/* As systemd writes them: "Mon", "Mon,Tue", "Mon..Wed". */
void weekdays_format(unsigned weekdays, struct text *to);
