#include "cycle/state.h"

#include <stdio.h>

#define UNSURE_MOST 6 /* listings */

static int64_t distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

int64_t clock_now(const struct cycle *c, struct moment now)
{
	int64_t expected;

	if (c->anchor.boot_s < 0)
		return now.wall_s;
	expected = c->anchor.wall_s + (now.boot_s - c->anchor.boot_s);
	return distance(expected, now.wall_s) > CLOCK_SLACK_S ? expected : now.wall_s;
}

/* A service that never says its time, or another one each time, is no help: then our clock has to
 * do. */
bool clock_is_settled(const struct cycle *c)
{
	return c->anchor.boot_s >= 0 || c->listings_unsure >= UNSURE_MOST;
}

int64_t clock_server_now(const struct cycle *c, struct moment now)
{
	return clock_now(c, now) + c->skew_s;
}

static void doubt(struct cycle *c, int64_t ours_s, int64_t theirs_s, const char *what)
{
	char ours[CIVIL_TEXT_SIZE], theirs[CIVIL_TEXT_SIZE];

	civil_format_utc(ours_s, ours);
	civil_format_utc(theirs_s, theirs);
	interned_set(&c->clock_doubt, "our clock says %s, %s %s", ours, what, theirs);
}

/* Whom to go by where the clocks differ: the time that both last agreed on, carried on by
 * CLOCK_BOOTTIME; before they ever agreed, the service's, since that is the one that sets carry.
 * One Date alone is not believed where it moves away: the next one has to say the same. */
void clock_saw(struct cycle *c, struct moment now, int64_t server_s)
{
	int64_t skew_s;
	bool again;

	if (server_s == 0)
		return;
	if (distance(server_s, now.wall_s) <= CLOCK_SLACK_S)
		c->anchor = now;
	else
		doubt(c, now.wall_s, server_s, "the service's");
	skew_s = server_s - clock_now(c, now);
	again = c->seen_known && distance(c->seen_skew_s, skew_s) <= CLOCK_SLACK_S;
	if (c->anchor.boot_s < 0 && again) {
		c->anchor = (struct moment){server_s, now.boot_s};
		skew_s = 0;
	}
	if (!c->seen_known || again || distance(skew_s, 0) <= CLOCK_SLACK_S)
		c->skew_s = skew_s;
	c->seen_skew_s = skew_s;
	c->seen_known = true;
}

void clock_judge_listing(struct cycle *c, struct moment now)
{
	if (!c->clock_doubt[0] && c->last_listing.boot_s >= 0) {
		int64_t expected = c->last_listing.wall_s + (now.boot_s - c->last_listing.boot_s);
		if (distance(expected, now.wall_s) > CLOCK_SLACK_S)
			doubt(c, now.wall_s, expected,
				"it was set since the last listing and should say");
	}
	if (!c->clock_doubt[0] && c->last_listing.boot_s < 0 &&
		now.wall_s < c->listed_s - CLOCK_SLACK_S)
		doubt(c, now.wall_s, c->listed_s, "but the last listing was made at");
	if (!c->clock_doubt[0] && c->dates_missing)
		interned_set(&c->clock_doubt,
			"the service's replies carry no Date to check our clock against");
	c->since_last_s = c->last_listing.boot_s >= 0 ? now.boot_s - c->last_listing.boot_s
		: c->listed_s > 0                     ? now.wall_s - c->listed_s
						      : 0;
	if (c->clock_doubt[0] || c->last_doubted)
		c->since_last_s = 0;
	c->last_doubted = c->clock_doubt[0];
	c->listings_unsure += c->anchor.boot_s < 0;
	c->last_listing = now;
}
