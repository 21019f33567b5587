/* Remembers the longest of the loop's last turns. */
#include "service/turns.h"

void turns_note(struct turns *t, int64_t took_ms, int64_t now_s)
{
	int64_t age_s = now_s - t->began_s;

	if (age_s >= TURNS_SPAN_S)
		*t = (struct turns){
			.began_s = now_s, .last_ms = age_s < 2 * TURNS_SPAN_S ? t->longest_ms : 0};
	if (took_ms > t->longest_ms)
		t->longest_ms = took_ms;
}

int64_t turns_longest_ms(const struct turns *t)
{
	return t->longest_ms > t->last_ms ? t->longest_ms : t->last_ms;
}
