/* A plan as JSON, and until when its sets stay. */
#include "cmocka_all.h"
#include "fixture.h"

#include "base/text.h"
#include "outlook/expiry.h"
#include "outlook/plan_json.h"

#include <cjson/cJSON.h>

#define NOW "2026-11-21T00:00Z"

struct told {
	struct policy *policy;
	struct inventory inv;
	struct plan_input in;
	struct plan plan;
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
}

static void told_done(struct told *t)
{
	plan_done(&t->plan);
	inventory_done(&t->inv);
	policy_free(t->policy);
}

static char *json_of(const struct told *t)
{
	struct text out = TEXT_INIT(100000);
	struct jsonwriter w = {.out = &out};

	plan_json(&t->in, &t->plan, &w, NULL);
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
		"\"timezone\":\"Asia/"
		"Shanghai\",\"second_since\":null,\"second_after\":null,\"sets\":["
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
		"\"size\":2167808,\"expired_size\":0,\"cost\":null,"
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

static void json_tells_what_sets_take_up_and_cost(void **state)
{
	_cleanup_(told_done) struct told t;
	(void)state;

	told_init(&t, "last=1", "1@2026-11-18 2@2026-11-19 3@2026-11-20");
	t.inv.sets[0].size_bytes = 3 * INT64_C(1073741824);
	t.inv.sets[2].size_bytes = INT64_C(1073741824);
	t.policy->storage.price_billionths = 1000000000;
	t.policy->storage.free_billionths = 2000000000;
	assert_true(json_says(&t,
		"\"size\":4294967296,\"expired_size\":3221225472,\"cost\":{\"month\":1461.00,"
		"\"saves\":1461.00,\"currency\":null}"));
	t.policy->storage.currency = xstrdup("CNY");
	t.inv.sets[0].size_bytes = INT64_MAX;
	assert_true(json_says(&t, "\"size\":1073741824"));
	assert_true(json_says(&t, "\"currency\":\"CNY\"}"));
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
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(told_done) struct told t;
		_cleanup_(text_done) struct text words = TEXT_INIT(1000);
		_cleanup_free_ struct expiry *x = NULL;
		char expires[CIVIL_TEXT_SIZE] = "";
		told_init(&t, cases[i].policy, cases[i].sets);
		schedule_daily(&t);
		x = expiry_new(&t.inv, t.policy, 0, 0, t.in.now_s);
		if (x->expires_s != SET_NO_TIME)
			civil_format_utc(x->expires_s, expires);
		expiry_describe(x, &words);
		assert_string_equal(expires, cases[i].expires);
		assert_string_equal(words.s, cases[i].words);
	}
}

static void a_set_that_no_rule_keeps_says_nothing(void **state)
{
	static const char *const policies[] = {"last=1", "last=2 protect=1"};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		_cleanup_(told_done) struct told t;
		told_init(&t, policies[i], "1@2026-11-19 2@2026-11-20");
		schedule_daily(&t);
		assert_true(json_says(&t,
			i ? "\"reason\":\"protected: by its id\",\"expires\":null,\"until\":[]}"
			  : "\"reason\":\"expired: no rule keeps it\",\"expires\":null,\"until\":"
			    "[]}"));
	}
}

static void without_a_schedule_nothing_expires(void **state)
{
	_cleanup_(told_done) struct told t;
	(void)state;

	told_init(&t, "last=1", "1@2026-11-20");
	assert_null(expiry_new(&t.inv, t.policy, 0, 0, t.in.now_s));
	assert_true(json_says(&t, "\"expires\":null,\"until\":[]}"));
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

TEST_FILE(outlook_plan_json_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_has_the_form_that_programs_read),
		cmocka_unit_test(json_tells_what_sets_take_up_and_cost),
		cmocka_unit_test(json_tells_what_the_plan_does_and_what_stops_it),
		cmocka_unit_test(a_batch_has_up_to_a_hundred_deletes),
		cmocka_unit_test(json_says_until_when_in_the_zone_of_the_policy),
		cmocka_unit_test(every_kept_set_says_until_when_and_by_which_rule),
		cmocka_unit_test(a_set_that_no_rule_keeps_says_nothing),
		cmocka_unit_test(without_a_schedule_nothing_expires),
		cmocka_unit_test(json_without_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
