/* When a sink may be sent a message. */
#include "notify/sink.h"

#include "base/digest.h"
#include "notify/news.h"

#define HALF_HOUR_S 1800
#define SHUN_S 20 /* ... and up to a minute more, another for each sink */

bool sink_wants(const struct sink *s, enum notify_level level)
{
	return s->on & 1u << level;
}

enum notify_level sink_shown(const struct sink *s, enum notify_level level)
{
	while (level > NOTIFY_WELL && !sink_wants(s, level))
		level--;
	return level;
}

void sink_refill(struct sink *s, int64_t boot_s)
{
	while (s->tokens < NEWS_BURST && boot_s - s->refilled_boot_s >= NEWS_REFILL_S) {
		s->tokens++;
		s->refilled_boot_s += NEWS_REFILL_S;
	}
	if (s->tokens >= NEWS_BURST)
		s->refilled_boot_s = boot_s;
}

static bool has_token(const struct sink *s)
{
	return s->format->repeats || s->tokens > (s->urgent ? 0 : NEWS_RESERVE);
}

/* Feishu refuses more when many send at once. */
static bool is_shunned(const struct sink *s, int64_t wall_s)
{
	int64_t quiet_s = SHUN_S + (int64_t)(digest_fnv1a(s->key) % 60);

	return s->format->shuns_half_hours && wall_s % HALF_HOUR_S < quiet_s;
}

bool sink_is_ready(const struct sink *s, int64_t wall_s, int64_t boot_s)
{
	return !s->in_flight && s->waits_boot_s >= 0 && boot_s >= s->waits_boot_s + NEWS_MERGE_S &&
		boot_s >= s->not_before_boot_s && has_token(s) && !is_shunned(s, wall_s);
}

int64_t sink_due_boot_s(const struct sink *s)
{
	int64_t due_s = s->waits_boot_s + NEWS_MERGE_S;

	if (s->in_flight || s->waits_boot_s < 0)
		return INT64_MAX;
	due_s = due_s > s->not_before_boot_s ? due_s : s->not_before_boot_s;
	if (!has_token(s) && s->refilled_boot_s + NEWS_REFILL_S > due_s)
		due_s = s->refilled_boot_s + NEWS_REFILL_S;
	return due_s;
}

void sink_takes(struct sink *s)
{
	s->in_flight = true;
	s->tokens -= !s->format->repeats;
}

/* A message that was not taken costs nothing of what may be sent: the waits bound those. */
void sink_sent(struct sink *s, bool taken, int64_t wait_s, int64_t boot_s)
{
	int64_t backoff_s = NEWS_BACKOFF_S;

	s->in_flight = false;
	for (int i = 0; i < s->failures && backoff_s < NEWS_BACKOFF_MOST_S; i++)
		backoff_s *= 2;
	backoff_s = backoff_s < NEWS_BACKOFF_MOST_S ? backoff_s : NEWS_BACKOFF_MOST_S;
	if (taken)
		s->waits_boot_s = -1;
	else
		s->tokens += !s->format->repeats;
	s->failures = taken ? 0 : s->failures + 1;
	s->not_before_boot_s = boot_s + (!taken && backoff_s > wait_s ? backoff_s : wait_s);
}
