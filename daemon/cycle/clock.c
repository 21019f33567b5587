/* Which time it is (S5, S6). */
#include "cycle/clock.h"

#include "base/text.h"
#include "cycle/backoff.h"
#include "time/civil.h"

#define UNSURE_MOST 6 /* listings */

static int64_t distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

void clock_init(struct clock *k, struct moment now)
{
	*k = (struct clock){.started_boot_s = now.boot_s};
	k->anchor.boot_s = k->last_listing.boot_s = -1;
	interned_clear(&k->doubt);
}

void clock_done(struct clock *k)
{
	interned_clear(&k->doubt);
}

int64_t clock_now(const struct clock *k, struct moment now)
{
	int64_t expected;

	if (k->anchor.boot_s < 0)
		return now.wall_s;
	expected = k->anchor.wall_s + (now.boot_s - k->anchor.boot_s);
	return distance(expected, now.wall_s) > CLOCK_SLACK_S ? expected : now.wall_s;
}

/* A service that never says its time, or another one each time, is no help: then our clock has to
 * do. */
bool clock_is_settled(const struct clock *k)
{
	return k->anchor.boot_s >= 0 || k->listings_unsure >= UNSURE_MOST;
}

int64_t clock_server_now(const struct clock *k, struct moment now)
{
	return clock_now(k, now) + k->skew_s;
}

int64_t clock_last_told(const struct clock *k, struct moment now)
{
	return clock_now(k, now) + k->seen_skew_s;
}

void clock_range(
	const struct clock *k, struct moment now, int64_t *ret_first_s, int64_t *ret_last_s)
{
	int64_t at[] = {
		now.wall_s, clock_now(k, now), clock_server_now(k, now), clock_last_told(k, now)};

	*ret_first_s = *ret_last_s = at[0];
	for (size_t i = 1; i < ARRAY_SIZE(at); i++) {
		backoff_sooner(ret_first_s, at[i]);
		backoff_later(ret_last_s, at[i]);
	}
}

static void doubt(struct clock *k, int64_t ours_s, int64_t theirs_s, const char *what)
{
	char ours[CIVIL_TEXT_SIZE], theirs[CIVIL_TEXT_SIZE];

	civil_format_utc(ours_s, ours);
	civil_format_utc(theirs_s, theirs);
	interned_set(&k->doubt, "our clock says %s, %s %s", ours, what, theirs);
}

/* Where the clocks differ, we go by the time that both last agreed on, carried on by
 * CLOCK_BOOTTIME; before they ever agreed by the service's clock, since sets carry its times. A
 * Date that moves away is not believed alone: the next one has to say the same. */
void clock_saw(struct clock *k, struct moment now, int64_t server_s)
{
	int64_t skew_s;
	bool again;

	if (server_s == 0)
		return;
	if (distance(server_s, now.wall_s) <= CLOCK_SLACK_S)
		k->anchor = now;
	else
		doubt(k, now.wall_s, server_s, "the service's");
	skew_s = server_s - clock_now(k, now);
	again = k->seen_known && distance(k->seen_skew_s, skew_s) <= CLOCK_SLACK_S;
	if (k->anchor.boot_s < 0 && again) {
		k->anchor = (struct moment){server_s, now.boot_s};
		skew_s = 0;
	}
	if (!k->seen_known || again || distance(skew_s, 0) <= CLOCK_SLACK_S)
		k->skew_s = skew_s;
	k->seen_skew_s = skew_s;
	k->seen_known = true;
}

void clock_begin_listing(struct clock *k)
{
	interned_clear(&k->doubt);
}

/* By CLOCK_BOOTTIME, or by our wall clock if the last listing was an earlier run's. */
static int64_t since_last(const struct clock *k, struct moment now, int64_t listed_s)
{
	if (k->last_listing.boot_s >= 0)
		return now.boot_s - k->last_listing.boot_s;
	return listed_s > 0 ? now.wall_s - listed_s : 0;
}

void clock_end_listing(struct clock *k, struct moment now, int64_t listed_s, bool dates_missing)
{
	bool first = k->last_listing.boot_s < 0;

	if (!k->doubt[0] && !first) {
		int64_t expected = k->last_listing.wall_s + (now.boot_s - k->last_listing.boot_s);
		if (distance(expected, now.wall_s) > CLOCK_SLACK_S)
			doubt(k, now.wall_s, expected,
				"it was set since the last listing and should say");
	}
	if (!k->doubt[0] && first && now.wall_s < listed_s - CLOCK_SLACK_S)
		doubt(k, now.wall_s, listed_s, "but the last listing was made at");
	if (!k->doubt[0] && dates_missing)
		interned_set(&k->doubt,
			"the service's replies carry no Date to check our clock against");
	k->since_last_s = k->doubt[0] || k->last_doubted ? 0 : since_last(k, now, listed_s);
	k->since_earlier_run = first;
	k->last_doubted = k->doubt[0];
	k->listings_unsure += k->anchor.boot_s < 0;
	k->last_listing = now;
}
