/* Verdicts in words. */
#include "cmocka_all.h"
#include "fixture.h"

#include "base/text.h"
#include "retention/explain.h"

#define NOW "2026-11-21T00:00Z"

struct row {
	const char *policy, *sets, *id, *verdict, *reason;
};

static const struct row rows[] = {
	{"daily=14 weekly=8", "1@2026-11-20T18:00Z", "1", "keep",
		"daily 1 of 14 (2026-11-20); weekly 1 of 8 (2026-W47)"},
	{"daily=14 zone=Asia/Shanghai", "1@2026-11-20T18:00Z", "1", "keep",
		"daily 1 of 14 (2026-11-21)"},
	{"quarterly=3", "1@2026-04-01T12:00Z", "1", "keep", "quarterly 1 of 3 (2026-Q2)"},
	{"quarterly=3", "1@2026-03-31T12:00Z", "1", "keep", "quarterly 1 of 3 (2026-Q1)"},
	{"hourly=1 monthly=2 quarterly=3 yearly=all", "1@2026-11-20T18:30Z", "1", "keep",
		"hourly 1 of 1 (2026-11-20T18); monthly 1 of 2 (2026-11); quarterly 1 of 3 "
		"(2026-Q4); "
		"yearly 1 of all (2026)"},
	{"last=2", "1@2026-11-19 2@2026-11-20", "1", "keep", "last 2 of 2"},
	{"last=all", "1@2026-11-19 2@2026-11-20", "1", "keep", "last 2 of all"},
	{"within=2d", "1@2026-11-19 2@2026-11-20", "1", "keep", "within 2d of the newest set"},
	{"daily=14d", "1@2026-11-18 2@2026-11-19 3@2026-11-20", "1", "keep",
		"daily 3 within 14d (2026-11-18)"},
	{"daily=2+14d", "1@2026-11-18 2@2026-11-19 3@2026-11-20", "1", "keep",
		"daily 3 within 14d (2026-11-18)"},
	{"daily=2+14d", "1@2026-10-18 2@2026-11-20", "1", "keep", "daily 2 of 2 (2026-10-18)"},
	{"daily=3", "1@2026-11-20T01:00Z 2@2026-11-20T02:00Z 3@2026-11-20T03:00Z", "1", "keep",
		"daily 2 of 3 (2026-11-20) as the oldest set"},
	{"weekly=1", "1@2024-12-30", "1", "keep", "weekly 1 of 1 (2025-W01)"},
	{"last=1", "1@2026-11-19 2@2026-11-20", "1", "delete", "expired: no rule keeps it"},
	{"", "1@2026-11-19 2@2026-11-20", "2", "keep", "the newest valid set"},
	{"minimum=3", "1@2026-11-19 2@2026-11-20", "1", "keep", "one of the newest 3 valid sets"},
	{"minimum=2", "1@2026-11-19 2@2026-11-20", "1", "keep", "one of the newest 2 valid sets"},
	{"last=1", "1@2026-11-19 2@2026-11-20,parent=1", "1", "keep", "set 2 depends on it"},
	/* What goes itself is no reason, and of those that stay the newest is. */
	{"last=1 protect=2 protect=3",
		"1@2026-11-15 2@2026-11-16,parent=1 3@2026-11-17,parent=1 4@2026-11-18,parent=1 "
		"5@2026-11-19,parent=1,deleting 6@2026-11-20",
		"1", "keep", "set 3 depends on it"},
	{"last=1", "1@2026-11-19 2@2026-11-20,running", "2", "keep", "not finished"},
	{"protect=1", "1@2026-11-19 2@2026-11-20", "1", "protect", "protected: by its id"},
	{"protect=2026-11-01/2026-11-19 zone=Asia/Shanghai", "1@2026-11-19 2@2026-11-20", "1",
		"protect",
		"protected: from 2026-11-01T08:00:00+08:00 to 2026-11-19T08:00:00+08:00"},
	{"protect=2026-10-01/2026-10-02 protect=2026-11-19/2026-11-30", "1@2026-11-19 2@2026-11-20",
		"1", "protect", "protected: from 2026-11-19T00:00:00Z to 2026-11-30T00:00:00Z"},
	{"protect=2026-10-01/2026-10-02 protect=1", "1@2026-11-19 2@2026-11-20", "1", "protect",
		"protected: by its id"},
	{"failed=7d", "1@2026-11-14,failed", "1", "delete", "failed, and older than 7 d"},
	{"failed=7d", "1@2026-11-20,failed", "1", "failed", "failed, and not yet 7 d old"},
	{"failed=keep", "1@2026-11-20,failed", "1", "failed", "failed; failed sets are kept"},
	{"", "1@2026-11-20,deleting", "1", "deleting", "being deleted"},
	{"", "1@2026-11-20,unknown", "1", "quarantine", "status 'Foo' is not known"},
	{"", "1@?", "1", "quarantine", "time 'yesterday' does not read"},
	{"", "1@2026-11-20,region", "1", "quarantine", "a copy in another region, 'cn-beijing'"},
	{"", "1@2036-01-01", "1", "quarantine", "dated in the future: 2036-01-01T00:00:00Z"},
	{"", "1@2026-11-20,parent=763", "1", "quarantine",
		"set 763, which it depends on, is not there and valid"},
};

struct told {
	struct policy *policy;
	struct inventory inv;
	struct plan_input in;
	struct plan plan;
	struct explanation *e;
};

static void told_init(struct told *t, const char *policy, const char *sets)
{
	*t = (struct told){.policy = fixture_policy(policy)};
	inventory_init(&t->inv);
	fixture_sets(&t->inv, sets);
	t->in = (struct plan_input){.policy = t->policy,
		.inv = &t->inv,
		.listing_complete = true,
		.now_s = fixture_time(NOW)};
	plan_make(&t->in, &t->plan);
	t->e = explanation_new(&t->in, &t->plan);
}

static void told_done(struct told *t)
{
	explanation_free(t->e);
	plan_done(&t->plan);
	inventory_done(&t->inv);
	policy_free(t->policy);
}

static void every_verdict_has_a_reason_in_words(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(told_done) struct told t;
		struct inventory_index *x;
		struct text reason = TEXT_INIT(1000);
		size_t at;
		told_init(&t, rows[i].policy, rows[i].sets);
		x = inventory_index_new(&t.inv);
		at = inventory_find(x, rows[i].id);
		inventory_index_free(x);
		explanation_reason(t.e, at, &reason);
		assert_string_equal(reason.s, rows[i].reason);
		assert_string_equal(verdict_name(&t.plan.verdicts[at]), rows[i].verdict);
		text_done(&reason);
	}
}

static void texts_from_outside_are_shown_printable(void **state)
{
	_cleanup_(told_done) struct told t;
	struct text reason = TEXT_INIT(1000);
	struct set s = {.state = SET_UNKNOWN, .doubt = DOUBT_STATUS};
	(void)state;

	told_init(&t, "", "1@2026-11-20");
	explanation_free(t.e);
	plan_done(&t.plan);
	inventory_add(&t.inv, &s, "2", NULL, "a\nb\x1b[31m");
	plan_make(&t.in, &t.plan);
	t.e = explanation_new(&t.in, &t.plan);
	explanation_reason(t.e, 1, &reason);
	assert_string_equal(reason.s, "status 'a\\nb\\x1b[31m' is not known");
	text_done(&reason);
}

static void no_explanation_can_be_freed(void **state)
{
	(void)state;
	explanation_free(NULL);
}

TEST_FILE(retention_explain_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_verdict_has_a_reason_in_words),
		cmocka_unit_test(texts_from_outside_are_shown_printable),
		cmocka_unit_test(no_explanation_can_be_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
