/* A warning about rules that, alone, would shorten the time that can be restored to the second. */
#include "policyfile/lint_seconds.h"

#include "retention/reach.h"
#include "retention/slot.h"
#include "retention/verdict.h"

#include <inttypes.h>
#include <stdio.h>

#define DAY_S INT64_C(86400)
/* The log is kept for no less than CLOUD_DAYS_LEAST. S14 holds to within a day. */
#define SURELY_S ((CLOUD_DAYS_LEAST - 1) * DAY_S)
#define LONG_AGO_S (3 * 366 * DAY_S)

static void add_set(struct inventory *inv, int64_t start_s)
{
	const struct set set = {.start_s = start_s,
		.expires_s = SET_NO_TIME,
		.size_bytes = -1,
		.duration_s = -1,
		.state = SET_VALID};
	char id[24];

	(void)snprintf(id, sizeof(id), "%zu", inv->count + 1);
	inventory_add(inv, &set, id, NULL, NULL);
}

/* Newest first: the sets of the days that are looked at, and one of long ago, so that the rules'
 * oldest set is none of these. */
static void make_sets(const struct policy *p, int64_t at_s, struct inventory *inv)
{
	int64_t slot_s, newest_s;

	if (slot_previous(p, at_s, &slot_s) < 0)
		return;
	newest_s = slot_s;
	do
		add_set(inv, slot_s);
	while (slot_previous(p, slot_s - 1, &slot_s) == 0 && slot_s > newest_s - SURELY_S);
	add_set(inv, newest_s - LONG_AGO_S);
}

/* True if the rules keep a set of each day that has one, but for the last, which is of long ago. */
static bool keeps_each_day(const struct policy *p, const struct inventory *inv)
{
	_cleanup_free_ struct verdict *v = xcalloc(inv->count, sizeof(*v));
	bool kept = true;

	verdicts(inv, p, 0, inv->sets[0].start_s, v, NULL);
	for (size_t i = 0; i + 1 < inv->count; i++) {
		int64_t day = rule_bucket(RULE_DAILY, p->zone, inv->sets[i].start_s);
		bool is_first =
			i == 0 || day != rule_bucket(RULE_DAILY, p->zone, inv->sets[i - 1].start_s);
		if (is_first && !kept)
			return false;
		kept = (!is_first && kept) || v[i].kind != VERDICT_DELETE;
	}
	return kept;
}

static void warn(const struct loader *l)
{
	const struct policy *p = l->policy;
	enum rule first = 0;

	while (first + 1 < RULE_KEYS && p->keep[first].kind == KEEP_OFF)
		first++;
	loader_warn_value(l, FIELD_RULE_LAST + (enum field)first, WARN_SECONDS,
		"these rules do not keep a set of each of the last %d days, as far as the cloud's "
		"log reaches back at least: %s",
		CLOUD_DAYS_LEAST,
		p->safety.point_in_time == POINT_IN_TIME_KEEP
			? "while the log is on, safety.point_in_time keeps one of each day, too"
			: "each prune shortens the time that can be restored to the second");
}

int64_t lint_seconds(const struct loader *l, int64_t at_s)
{
	const struct policy *p = l->policy;
	_cleanup_(inventory_done) struct inventory inv;

	inventory_init(&inv);
	if (p->safety.point_in_time == POINT_IN_TIME_IGNORE || p->remote ||
		p->schedule.kind == SCHEDULE_NONE)
		return 0;
	make_sets(p, at_s, &inv);
	if (inv.count > 0 && !keeps_each_day(p, &inv))
		warn(l);
	return (int64_t)inv.count;
}
