/* A pager, where a terminal has fewer lines than there are to show. */
#pragma once

#include "base/text.h"

/* Writes to standard output: through $SYSTEMD_PAGER, $PAGER or less, as systemctl does, if that is
 * a terminal with fewer lines; "cat" or nothing in these is no pager, like `no_pager`. Prose that
 * is wider than `columns` is folded (see fold.h); 0: nothing is. */
void pager_show(const struct text *t, size_t columns, bool no_pager);

#define PAGER_HELP "      --no-pager         all at once, also if it is longer than the screen\n"
