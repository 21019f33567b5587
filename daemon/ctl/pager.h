/* A pager, where a terminal has fewer lines than there are to show. */
#pragma once

#include "base/text.h"

/* Writes to standard output: through $SYSTEMD_PAGER, $PAGER or less, as systemctl does, if that is
 * a terminal with fewer lines; "cat" or nothing in these is no pager, like `no_pager`. */
void pager_show(const struct text *t, bool no_pager);
