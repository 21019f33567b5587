/* When a dead man's switch is pinged. */
#include "notify/beat.h"

#define RETRY_S 30 /* after a first failure */

enum beat_ping beat_next(struct beat *b, enum notify_level health, int64_t every_s, int64_t boot_s)
{
	bool well = health != NOTIFY_CRITICAL;
	int64_t due_s = b->next_boot_s;

	if (b->in_flight || health == NOTIFY_UNKNOWN)
		return BEAT_NONE;
	/* News does not wait for the next round. */
	if (b->pinged && well != b->well && b->failures == 0)
		due_s -= every_s - BEAT_LEAST_S;
	if (b->pinged && boot_s < due_s)
		return BEAT_NONE;
	b->in_flight = true;
	return well ? BEAT_WELL : BEAT_FAIL;
}

void beat_sent(struct beat *b, enum beat_ping ping, bool taken, int64_t every_s, int64_t boot_s)
{
	int64_t retry_s = RETRY_S;

	b->in_flight = false;
	b->pinged = true;
	if (taken) {
		b->failures = 0;
		b->well = ping == BEAT_WELL;
		b->next_boot_s = boot_s + every_s;
		return;
	}
	for (int i = 0; i < b->failures && retry_s < every_s; i++)
		retry_s *= 2;
	b->failures++;
	b->next_boot_s = boot_s + (retry_s < every_s ? retry_s : every_s);
}
