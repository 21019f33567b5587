/* How long the loop's turns take: while one lasts, nobody is answered and nothing else is done. A
 * value. */
#pragma once

#include <stdint.h>

#define TURNS_SPAN_S 300

struct turns {
	int64_t began_s;             /* of the span at hand */
	int64_t longest_ms, last_ms; /* in the span at hand, and in the one before */
};

void turns_note(struct turns *t, int64_t took_ms, int64_t now_s);
/* The longest turn of the last 5 to 10 minutes. */
int64_t turns_longest_ms(const struct turns *t);
