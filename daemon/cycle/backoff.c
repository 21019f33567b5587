/* How long to wait before a call is made again: doubling, and what the service asks for. */
#include "cycle/backoff.h"

int64_t backoff_wait_s(int64_t failures, int64_t first_s, int64_t most_s)
{
	int64_t wait_s = first_s;

	while (--failures > 0 && wait_s < most_s)
		wait_s *= 2;
	return wait_s < most_s ? wait_s : most_s;
}

int64_t backoff_asked_s(const struct answer *a)
{
	if (a->retry_after_ms <= 0)
		return 0;
	/* `now` is cut to whole seconds: one second more, so that we are not a moment too early. */
	return (a->retry_after_ms + 999) / 1000 + 1;
}

int64_t backoff_after_s(int64_t failures, int64_t first_s, int64_t most_s, const struct answer *a)
{
	int64_t wait_s = backoff_wait_s(failures, first_s, most_s);

	backoff_later(&wait_s, backoff_asked_s(a));
	return wait_s;
}

void backoff_sooner(int64_t *in_s, int64_t candidate_s)
{
	if (candidate_s < *in_s)
		*in_s = candidate_s;
}

void backoff_later(int64_t *in_s, int64_t candidate_s)
{
	if (candidate_s > *in_s)
		*in_s = candidate_s;
}
