#include "cycle/state.h"

#define ASK_EVERY_S INT64_C(86400)
#define ASK_AGAIN_S INT64_C(3600)
#define FOR_EVER_DAYS 100000

bool retention_due(const struct cycle *c, struct moment now)
{
	return c->have_listing && !c->listing_failed && now.boot_s >= c->retention_after_boot_s;
}

/* How many days back the policy may keep a set; a month is a twelfth of 365 days. */
static int64_t reach_days(const struct policy *p)
{
	static const int64_t bucket_hours[RULE_COUNT] = {
		[RULE_HOURLY] = 1,
		[RULE_DAILY] = 24,
		[RULE_WEEKLY] = 168,
		[RULE_MONTHLY] = 730,
		[RULE_QUARTERLY] = 2190,
		[RULE_YEARLY] = 8760,
	};
	int64_t reach = 0;

	for (int i = 0; i < RULE_COUNT; i++) {
		const struct keep_rule *k = &p->keep[i];
		int64_t days = 0;
		if (k->kind == KEEP_SPAN)
			days = k->span.months * 365 / 12 + k->span.days + k->span.seconds / 86400;
		else if (k->kind == KEEP_NUMBER && k->number < 1000000)
			days = (k->number * bucket_hours[i] + 23) / 24;
		else if (k->kind != KEEP_OFF)
			days = FOR_EVER_DAYS;
		if (days > reach)
			reach = days;
	}
	return reach;
}

void retention_answer(struct cycle *c, const struct event *e, struct moment now)
{
	int64_t reach = reach_days(c->policy);

	c->phase = PHASE_IDLE;
	if (e->answer->kind != ANSWER_OK) {
		c->retention_after_boot_s = now.boot_s + ASK_AGAIN_S;
		return;
	}
	c->retention_after_boot_s = now.boot_s + ASK_EVERY_S;
	c->retention_days = e->retention_days;
	if (e->retention_days >= reach || e->retention_days == c->retention_told_days)
		return;
	c->retention_told_days = e->retention_days;
	report(c, REPORT_RETENTION_SHORT, LEVEL_WARNING, NULL,
		"the cloud itself drops sets after %lld days, the policy keeps some for up to "
		"%s%lld days: "
		"set the cluster's backup retention to %lld days",
		(long long)e->retention_days, reach >= FOR_EVER_DAYS ? "more than " : "",
		(long long)(reach >= FOR_EVER_DAYS ? 730 : reach),
		(long long)(reach > 730     ? 730
				: reach < 7 ? 7
					    : reach));
}
