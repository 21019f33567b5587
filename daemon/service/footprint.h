/* Keeps the resident memory near what is needed now. */
#pragma once

/* At the program's start: large blocks go back to the system at once instead of staying as gaps. */
void footprint_configure(void);

/* Gives back the pages that lie free between what is kept: a listing needs a hundred times as much
 * as it leaves behind. Milliseconds. */
void footprint_trim(void);

/* When all is set up: lets go of the pages of program text and constants that starting needed. What
 * is needed again comes back from the page cache, page by page. */
void footprint_drop_startup(void);
