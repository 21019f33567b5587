#include "cmocka_all.h"
#include "fixture.h"

#include "base/text.h"
#include "retention/explain.h"

#include <cjson/cJSON.h>

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

static char *json_of(const struct told *t)
{
	struct text out = TEXT_INIT(100000);
	struct jsonwriter w = {.out = &out};

	explanation_json(t->e, &w, NULL);
	return text_take(&out);
}

static void json_has_the_form_that_programs_read(void **state)
{
	_cleanup_(told_done) struct told t;
	_cleanup_free_ char *json = NULL;
	(void)state;

	told_init(&t, "last=1 within=1h daily=2 yearly=all grace=1h zone=Asia/Shanghai",
		"1@2026-11-20T01:00Z 2@2026-11-20T02:00Z 3@2026-11-20T03:00Z 4@?");
	t.inv.sets[2].size_bytes = 2167808;
	json = json_of(&t);
	assert_string_equal(json,
		"{\"cluster\":\"amv-1\",\"name\":\"amv-1\",\"now\":\"2026-11-21T00:00:00Z\","
		"\"timezone\":\"Asia/Shanghai\",\"sets\":["
		"{\"id\":\"3\",\"time\":\"2026-11-20T03:00:00Z\",\"size\":2167808,\"verdict\":"
		"\"keep\","
		"\"rules\":[{\"rule\":\"last\",\"slot\":1,\"of\":1,\"bucket\":null},"
		"{\"rule\":\"within\",\"slot\":null,\"of\":null,\"bucket\":null},"
		"{\"rule\":\"daily\",\"slot\":1,\"of\":2,\"bucket\":\"2026-11-20\"},"
		"{\"rule\":\"yearly\",\"slot\":1,\"of\":null,\"bucket\":\"2026\"}],"
		"\"reason\":\"last 1 of 1; within 1h of the newest set; daily 1 of 2 (2026-11-20); "
		"yearly 1 of all (2026)\","
		"\"expires\":null,\"until\":[]},"
		"{\"id\":\"2\",\"time\":\"2026-11-20T02:00:00Z\",\"size\":null,\"verdict\":"
		"\"delete\","
		"\"rules\":[],\"reason\":\"expired: no rule keeps it\","
		"\"expires\":null,\"until\":[]},"
		"{\"id\":\"1\",\"time\":\"2026-11-20T01:00:00Z\",\"size\":null,\"verdict\":"
		"\"keep\","
		"\"rules\":[{\"rule\":\"daily\",\"slot\":2,\"of\":2,\"bucket\":\"2026-11-20\","
		"\"oldest\":true},"
		"{\"rule\":\"yearly\",\"slot\":2,\"of\":null,\"bucket\":\"2026\",\"oldest\":true}],"
		"\"reason\":\"daily 2 of 2 (2026-11-20) as the oldest set; "
		"yearly 2 of all (2026) as the oldest set\","
		"\"expires\":null,\"until\":[]},"
		"{\"id\":\"4\",\"time\":null,\"size\":null,\"verdict\":\"quarantine\",\"rules\":[],"
		"\"reason\":\"time 'yesterday' does not read\","
		"\"expires\":null,\"until\":[]}],"
		"\"delete\":[\"2\"],\"batches\":1,"
		"\"holds\":[{\"hold\":\"grace\",\"detail\":\"1 of 1 deletes wait, the first for 1 "
		"h\"}],"
		"\"plan\":\"44b9fb7e0e0eee0bee83ac3a62cf9c5f4cb5c187a47de81d1cb0f5f641be316b\"}");
}

static bool json_says(struct told *t, const char *words)
{
	_cleanup_free_ char *json = json_of(t);

	return strstr(json, words) != NULL;
}

static void json_tells_what_the_plan_does_and_what_stops_it(void **state)
{
	_cleanup_(told_done) struct told t;
	(void)state;

	told_init(&t, "last=1", "1@2026-11-18 2@2026-11-19 3@2026-11-20");
	plan_done(&t.plan);
	t.in.listing_complete = false;
	t.inv.sets[2].size_bytes = 0;
	plan_make(&t.in, &t.plan);
	assert_true(json_says(&t, "\"id\":\"3\",\"time\":\"2026-11-20T00:00:00Z\",\"size\":0,"));
	assert_true(json_says(&t,
		"\"delete\":[\"1\",\"2\"],\"batches\":1,"
		"\"holds\":[{\"hold\":\"incomplete\",\"detail\":\"no complete listing\"}],"));
}

static void a_batch_has_up_to_a_hundred_deletes(void **state)
{
	static const struct {
		int sets;
		const char *batches;
	} cases[] = {{100, "\"batches\":1,"}, {101, "\"batches\":1,"}, {102, "\"batches\":2,"}};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(told_done) struct told t;
		struct text sets = TEXT_INIT(10000);
		for (int set = 1; set <= cases[i].sets; set++)
			text_printf(&sets, "%d@2026-11-20 ", set);
		told_init(&t, "last=1", sets.s);
		text_done(&sets);
		assert_true(json_says(&t, cases[i].batches));
	}
}

static void schedule_daily(struct told *t)
{
	t->policy->schedule.kind = SCHEDULE_EVERY;
	t->policy->schedule.every_s = 86400;
}

/* Slots at 08:00 in Shanghai, the first on 2026-11-22. As the oldest set it is one of three days
 * until there are three others. */
static void json_says_until_when_in_the_zone_of_the_policy(void **state)
{
	_cleanup_(told_done) struct told t, all;
	(void)state;

	told_init(&t, "daily=3 zone=Asia/Shanghai", "1@2026-11-20");
	schedule_daily(&t);
	assert_true(json_says(&t,
		"\"expires\":\"2026-11-24T08:00:00+08:00\",\"until\":["
		"{\"rule\":\"minimum\",\"until\":\"2026-11-22T08:00:00+08:00\"},"
		"{\"rule\":\"daily\",\"until\":\"2026-11-24T08:00:00+08:00\"}]}"));
	told_init(&all, "last=all minimum=0", "1@2026-11-20");
	schedule_daily(&all);
	assert_true(json_says(&all,
		"\"expires\":null,\"until\":["
		"{\"rule\":\"minimum\",\"until\":\"2026-11-22T00:00:00Z\"},"
		"{\"rule\":\"last\",\"until\":null}]}"));
}

/* Slots at 00:00 UTC, the first on 2026-11-22; that is a Sunday. */
static void every_kept_set_says_until_when_and_by_which_rule(void **state)
{
	static const struct {
		const char *policy, *sets, *id, *expires, *words;
	} cases[] = {
		{"daily=3", "1@2026-11-20", "1", "2026-11-24T00:00:00Z", "minimum, then daily"},
		{"last=2 weekly=2", "1@2026-11-20", "1", "2026-11-23T00:00:00Z",
			"minimum, then last"},
		{"yearly=all", "1@2026-11-20 2@2026-11-20T01:00Z", "1", "", "yearly"},
		{"yearly=all", "1@2026-11-20,expires=2026-12-24T12:00Z 2@2026-11-20T01:00Z", "1",
			"2026-12-24T12:00:00Z", "yearly, then the cloud takes it"},
		{"last=1", "1@2026-11-19 2@2026-11-20,parent=1", "1", "2026-11-22T00:00:00Z",
			"parent"},
		{"within=2d", "1@2026-11-20", "1", "2026-11-22T00:00:00Z", "within"},
		{"last=1", "1@2026-11-19 2@2026-11-20", "1", NULL, NULL},
		{"protect=1", "1@2026-11-19 2@2026-11-20", "1", NULL, NULL},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(told_done) struct told t;
		_cleanup_(text_done) struct text words = TEXT_INIT(1000);
		const struct expiry *x;
		char expires[CIVIL_TEXT_SIZE] = "";
		told_init(&t, cases[i].policy, cases[i].sets);
		schedule_daily(&t);
		x = explanation_expiry(t.e, 0);
		if (!cases[i].expires) {
			assert_null(x);
			continue;
		}
		assert_non_null(x);
		if (x->expires_s != SET_NO_TIME)
			civil_format_utc(x->expires_s, expires);
		expiry_describe(x, &words);
		assert_string_equal(expires, cases[i].expires);
		assert_string_equal(words.s, cases[i].words);
	}
}

static void without_a_schedule_nothing_expires(void **state)
{
	_cleanup_(told_done) struct told t;
	(void)state;

	told_init(&t, "last=1", "1@2026-11-20");
	assert_null(explanation_expiry(t.e, 0));
}

static void no_explanation_can_be_freed(void **state)
{
	(void)state;
	explanation_free(NULL);
}

static void json_without_sets(void **state)
{
	_cleanup_(told_done) struct told t;
	_cleanup_free_ char *json = NULL;
	cJSON *read;
	(void)state;

	told_init(&t, "last=1", "");
	json = json_of(&t);
	read = cJSON_Parse(json);
	assert_non_null(read);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(read, "sets")), 0);
	assert_int_equal(cJSON_GetObjectItem(read, "batches")->valueint, 0);
	cJSON_Delete(read);
}

TEST_FILE(retention_explain_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_verdict_has_a_reason_in_words),
		cmocka_unit_test(texts_from_outside_are_shown_printable),
		cmocka_unit_test(json_has_the_form_that_programs_read),
		cmocka_unit_test(json_tells_what_the_plan_does_and_what_stops_it),
		cmocka_unit_test(a_batch_has_up_to_a_hundred_deletes),
		cmocka_unit_test(json_says_until_when_in_the_zone_of_the_policy),
		cmocka_unit_test(every_kept_set_says_until_when_and_by_which_rule),
		cmocka_unit_test(without_a_schedule_nothing_expires),
		cmocka_unit_test(no_explanation_can_be_freed),
		cmocka_unit_test(json_without_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
