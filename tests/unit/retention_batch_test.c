/* The last check before a delete call: what a bad batch looks like (S1, S3, S8). */
#include "cmocka_all.h"
#include "fixture.h"

#include "base/text.h"

#include <stdio.h>

#define NOW "2026-11-21T00:00Z"

/* A hand-made plan: it says that all of `doomed` may go, right or wrong, and the batch is `batch`.
 */
struct forgery {
	const char *name, *policy, *sets;
	const char *doomed; /* ids, in the order of the plan */
	const char *batch;  /* ids, or numbers of sets past the end as "#9" */
	const char *doubt;  /* part of the error; NULL if it is safe */
	unsigned holds;
};

static uint32_t index_of(const struct inventory *inv, const char *id)
{
	struct inventory_index *x;
	size_t at;

	if (*id == '#')
		return (uint32_t)atoi(id + 1);
	x = inventory_index_new(inv);
	at = inventory_find(x, id);
	inventory_index_free(x);
	assert_true(at != SIZE_MAX);
	return (uint32_t)at;
}

static size_t indices_of(const struct inventory *inv, const char *ids, uint32_t *ret)
{
	_cleanup_free_ char *copy = xstrdup(ids);
	char *save = NULL;
	size_t count = 0;

	for (char *id = strtok_r(copy, " ", &save); id; id = strtok_r(NULL, " ", &save))
		ret[count++] = index_of(inv, id);
	return count;
}

static void check_forgery(const struct forgery *f)
{
	struct policy *policy = fixture_policy(f->policy);
	_cleanup_(inventory_done) struct inventory inv;
	uint32_t doomed[200], batch[200];
	struct plan_input in = {.policy = policy,
		.inv = &inv,
		.listing_complete = true,
		.now_s = fixture_time(NOW)};
	struct error err = {0};
	struct plan p;
	size_t count;
	bool safe;

	inventory_init(&inv);
	fixture_sets(&inv, f->sets);
	plan_make(&in, &p);
	p.doomed_count = p.allowed_count = indices_of(&inv, f->doomed, doomed);
	free(p.doomed);
	free(p.allowed);
	p.doomed = p.allowed = doomed;
	for (size_t i = 0; i < p.doomed_count; i++)
		if (doomed[i] < inv.count)
			p.verdicts[doomed[i]].kind = VERDICT_DELETE;
	p.holds |= f->holds;
	count = indices_of(&inv, f->batch, batch);
	safe = plan_batch_is_safe(&in, &p, batch, count, &err);
	p.doomed = p.allowed = NULL;
	plan_done(&p);
	policy_free(policy);
	if (safe != !f->doubt || (f->doubt && !strstr(err.text, f->doubt)))
		fail_msg("%s: %d '%s'", f->name, safe, err.text);
}

#define THREE "1@2026-11-18 2@2026-11-19 3@2026-11-20"
#define CHAIN "1@2026-11-17 2@2026-11-18,parent=1 3@2026-11-19,parent=2 4@2026-11-20"

static void s1_s3_s8_a_bad_batch_is_not_sent(void **state)
{
	static const struct forgery forgeries[] = {
		{"as it should be", "last=1", THREE, "1 2", "1 2", NULL, 0},
		{"in two calls", "last=1", THREE, "1 2", "2", NULL, 0},
		{"none", "last=1", THREE, "1 2", "", "0 sets in one call", 0},
		{"not listed", "last=1", THREE, "1 2", "#3", "not listed", 0},
		{"allowed, but not listed", "last=1", THREE, "1 2 #3", "1 2 #3", "not listed", 0},
		{"named twice", "last=1", THREE, "1 2", "1 1", "named twice", 0},
		{"kept", "last=1", THREE, "1", "3", "verdict", 0},
		{"not yet", "last=1", THREE, "1", "2", "does not allow it", 0},
		{"the newest valid set", "last=1", THREE, "1 3", "3", "the newest valid set", 0},
		{"the newest of two of one time", "last=1",
			"1@2026-11-20 2@2026-11-20 3@2026-11-19", "1 3", "1 3", NULL, 0},
		{"all", "last=1", THREE, "1 2 3", "1", "fewer than 1", 0},
		{"below the minimum", "last=2 minimum=2", THREE, "1 2", "1", "fewer than 2", 0},
		{"what remains fails", "last=1 failed=keep",
			"1@2026-11-17 2@2026-11-18,failed 3@2026-11-19,running", "1", "1",
			"newest valid", 0},
		{"what remains fails, runs or goes", "last=1 failed=keep",
			"1@2026-11-15 2@2026-11-16,failed 3@2026-11-17,running "
			"4@2026-11-18,deleting 5@2026-11-20,expires=2026-11-21T01:00Z",
			"1", "1", "fewer than 1", 0},
		{"what remains is expired by the cloud", "last=1",
			"1@2026-11-18 2@2026-11-20,expires=2026-11-21T01:00Z", "1", "1",
			"fewer than 1", 0},
		{"what remains is expired by the cloud in a day", "last=1",
			"1@2026-11-18 2@2026-11-20,expires=2026-11-22T00:00Z", "1", "1",
			"fewer than 1", 0},
		{"what remains outlives a day", "last=1",
			"1@2026-11-18 2@2026-11-20,expires=2026-11-22T00:00:01Z", "1", "1", NULL,
			0},
		{"all that remains is one chain", "last=3 minimum=3",
			"1@2026-11-18 2@2026-11-19,parent=1 3@2026-11-20,parent=2 9@2026-11-17",
			"9", "9", NULL, 0},
		{"what remains runs in a circle", "last=1 minimum=2",
			"1@2026-11-16 2@2026-11-18,parent=3 3@2026-11-19,parent=2 4@2026-11-17",
			"1", "1", "fewer than 2", 0},
		{"a minimum of 0 is one of 1", "last=1 minimum=0", THREE, "1 2 3", "1 2",
			"fewer than 1", 0},
		{"what remains is dated 2036", "last=1", "1@2026-11-18 2@2026-11-19 3@2036-11-20",
			"1 2", "1", "fewer than 1", 0},
		{"what remains is dated 5 minutes ahead", "last=1",
			"1@2026-11-18 2@2026-11-19 3@2026-11-21T00:05Z", "1 2", "1 2", NULL, 0},
		{"what remains is dated a second more ahead", "last=1",
			"1@2026-11-18 2@2026-11-19 3@2026-11-21T00:05:01Z", "1 2", "1",
			"fewer than 1", 0},
		{"what remains depends on what is expired", "last=1",
			"0@2026-11-17 1@2026-11-18,expires=2026-11-21T01:00Z 2@2026-11-20,parent=1",
			"0", "0", "fewer than 1", 0},
		{"a kept set depends on it", "last=1",
			"1@2026-11-18 2@2026-11-20,parent=1 3@2026-11-19", "1 3", "1", "depends on",
			0},
		{"a kept set that is listed first depends on it", "last=1",
			"2@2026-11-20,parent=1 1@2026-11-18 3@2026-11-19", "1 3", "1", "depends on",
			0},
		{"a set not yet allowed depends on it", "last=1", CHAIN, "2 1", "1 2", "set 3", 0},
		{"child and parent", "last=1", CHAIN, "3 2 1", "3 2 1", NULL, 0},
		{"the child went in an earlier call", "last=1", CHAIN, "3 2 1", "2", NULL, 0},
		{"the child comes in a later call", "last=1", CHAIN, "2 1 3", "2", "set 3", 0},
		{"the child is being deleted", "last=1",
			"1@2026-11-18 2@2026-11-19,parent=1,deleting "
			"3@2026-11-20",
			"1", "1", NULL, 0},
		{"the listing is incomplete", "last=1", THREE, "1 2", "1", "held",
			1u << HOLD_INCOMPLETE},
		{"the clock is in doubt", "last=1", THREE, "1 2", "1", "held", 1u << HOLD_CLOCK},
		{"a person holds them", "last=1", THREE, "1 2", "1", "held", 1u << HOLD_OPERATOR},
		{"no fresh set", "last=1", THREE, "1 2", "1", "held", 1u << HOLD_FRESH},
		{"grace of others is no matter", "last=1", THREE, "1 2", "1", NULL,
			1u << HOLD_GRACE},
		{"an id that is there twice", "last=1", "1@2026-11-18 1@2026-11-19 3@2026-11-20",
			"1", "1", "twice", 0},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(forgeries); i++)
		check_forgery(&forgeries[i]);
}

/* Whatever the plan says of them: what can be judged and no one protects may go, and nothing else.
 */
static void s7_s11_a_batch_with_what_never_expires_is_not_sent(void **state)
{
	static const char never[] = "it is not a valid or failed set that nobody protects";
	static const struct forgery forgeries[] = {
		{"a failed set", "last=1", "1@2026-11-18,failed 3@2026-11-20", "1", "1", NULL, 0},
		{"one that runs", "last=1", "1@2026-11-18,running 3@2026-11-20", "1", "1", never,
			0},
		{"one that goes already", "last=1", "1@2026-11-18,deleting 3@2026-11-20", "1", "1",
			never, 0},
		{"an unknown status", "last=1", "1@2026-11-18,unknown 3@2026-11-20", "1", "1",
			never, 0},
		{"no time", "last=1", "1@?,failed 3@2026-11-20", "1", "1", never, 0},
		{"failed in the future", "last=1", "1@2036-11-18,failed 3@2026-11-20", "1", "1",
			never, 0},
		{"a lost parent", "last=1", "1@2026-11-18,parent=7 3@2026-11-20", "1", "1", never,
			0},
		{"one that runs below", "last=1",
			"1@2026-11-18,running 2@2026-11-19,parent=1 3@2026-11-20", "2", "2", never,
			0},
		{"a protected set", "last=1 protect=1", THREE, "1", "1", never, 0},
		{"a protected time", "last=1 protect=2026-11-18/2026-11-18", THREE, "1", "1", never,
			0},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(forgeries); i++)
		check_forgery(&forgeries[i]);
}

static void s1_the_newest_set_that_the_cloud_lets_last_is_not_sent(void **state)
{
	static const struct forgery forgeries[] = {
		{"older than one that the cloud expires", "last=1",
			"1@2026-11-18 2@2026-11-19 3@2026-11-20,expires=2026-11-21T12:00Z", "2",
			"2", "lets last", 0},
		{"older than one that lasts", "last=1",
			"1@2026-11-18 2@2026-11-19 3@2026-11-20,expires=2026-11-23T12:00Z", "2",
			"2", NULL, 0},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(forgeries); i++)
		check_forgery(&forgeries[i]);
}

static void s3_at_most_100_ids_a_call(void **state)
{
	struct text sets = TEXT_INIT(100000), ids = TEXT_INIT(10000);
	struct forgery f = {.policy = "last=1"};
	(void)state;

	for (int i = 1; i <= 101; i++) {
		text_printf(&sets, "%d@2026-01-01T%02d:%02dZ ", i, i / 60, i % 60);
		text_printf(&ids, "%d ", i);
		f.name = i == 100 ? "100 ids" : "101 ids";
		f.doubt = i == 100 ? NULL : "101 sets in one call";
		f.doomed = f.batch = ids.s;
		if (i < 100)
			continue;
		text_add(&sets, "999@2026-02-01 ");
		f.sets = sets.s;
		check_forgery(&f);
		sets.length -= strlen("999@2026-02-01 ");
		sets.s[sets.length] = '\0';
	}
	text_done(&sets);
	text_done(&ids);
}

static void the_world_is_asked_again(void **state)
{
	struct policy *policy = fixture_policy("last=1");
	_cleanup_(inventory_done) struct inventory inv;
	struct plan_input in = {.policy = policy,
		.inv = &inv,
		.listing_complete = true,
		.now_s = fixture_time(NOW)};
	struct plan p;
	(void)state;

	inventory_init(&inv);
	fixture_sets(&inv, THREE);
	plan_make(&in, &p);
	assert_true(plan_batch_is_safe(&in, &p, p.allowed, 2, NULL));
	in.listing_complete = false;
	assert_false(plan_batch_is_safe(&in, &p, p.allowed, 2, NULL));
	in.listing_complete = true;
	in.clock_doubt = "7 h ahead";
	assert_false(plan_batch_is_safe(&in, &p, p.allowed, 2, NULL));
	in.clock_doubt = NULL;
	in.operator_hold = "held by root";
	assert_false(plan_batch_is_safe(&in, &p, p.allowed, 2, NULL));
	in.operator_hold = NULL;
	in.now_s = fixture_time("1970-01-01");
	assert_false(plan_batch_is_safe(&in, &p, p.allowed, 2, NULL));
	in.now_s = fixture_time(NOW);
	fixture_sets(&inv, "4@2026-11-20");
	assert_false(plan_batch_is_safe(&in, &p, p.allowed, 2, NULL));
	plan_done(&p);
	policy_free(policy);
}

/* With one mistake planted elsewhere, as in a plan whose author took a lost parent for sound: 12
 * has none, so that 11 is the newest set that can be restored. */
static void s1_the_newest_valid_set_is_judged_without_the_verdicts(void **state)
{
	struct policy *policy = fixture_policy("daily=2");
	_cleanup_(inventory_done) struct inventory inv;
	struct plan_input in = {.policy = policy,
		.inv = &inv,
		.listing_complete = true,
		.now_s = fixture_time(NOW)};
	uint32_t eleven;
	struct error err = {0};
	struct plan p;

	(void)state;
	inventory_init(&inv);
	fixture_sets(&inv, "10@2026-11-18 11@2026-11-19 12@2026-11-20,parent=7");
	eleven = index_of(&inv, "11");
	plan_make(&in, &p);
	p.verdicts[index_of(&inv, "12")].kind = VERDICT_KEEP;
	p.verdicts[eleven].kind = VERDICT_DELETE;
	free(p.allowed);
	p.allowed = xcalloc(1, sizeof(*p.allowed));
	p.allowed[0] = eleven;
	p.allowed_count = 1;
	assert_false(plan_batch_is_safe(&in, &p, &eleven, 1, &err));
	assert_non_null(strstr(err.text, "it is the newest valid set"));
	plan_done(&p);
	policy_free(policy);
}

static void s1_what_remains_is_counted_without_the_plans_order(void **state)
{
	struct policy *policy = fixture_policy("last=1 minimum=2");
	_cleanup_(inventory_done) struct inventory inv;
	struct plan_input in = {.policy = policy,
		.inv = &inv,
		.listing_complete = true,
		.now_s = fixture_time(NOW)};
	uint32_t first = 0;
	struct error err = {0};
	struct plan p;

	(void)state;
	inventory_init(&inv);
	fixture_sets(&inv, "1@2026-11-19 2@2026-11-20");
	plan_make(&in, &p);
	p.newest_first[0] = p.newest_first[1] = 1; /* as if there were two of it */
	p.verdicts[0].kind = VERDICT_DELETE;
	free(p.allowed);
	p.allowed = xcalloc(1, sizeof(*p.allowed));
	p.allowed_count = 1;
	assert_false(plan_batch_is_safe(&in, &p, &first, 1, &err));
	assert_non_null(strstr(err.text, "fewer than 2"));
	plan_done(&p);
	policy_free(policy);
}

static void s14_a_batch_with_the_only_full_set_of_a_day_of_the_log_is_not_sent(void **state)
{
	static const struct {
		const char *name, *sets, *batch;
		int64_t log_days;
		bool safe;
	} rows[] = {
		{"without a log", THREE, "2", 0, true},
		{"within the log", THREE, "2", 7, false},
		{"older than the log and a day", THREE " 9@2026-11-01", "9", 7, true},
		{"another set of the day stays", THREE " 4@2026-11-19T12:00Z", "2", 7, true},
		{"an older one of the day stays", THREE " 4@2026-11-19T12:00Z", "4", 7, false},
		{"the other one is no full set", THREE " 4@2026-11-19T12:00Z,parent=1", "2", 7,
			false},
		{"the other one goes later", THREE " 4@2026-11-19T12:00Z", "2 4", 7, false},
		{"it is no full set itself", THREE " 4@2026-11-19T12:00Z,parent=1", "4", 7, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy *policy = fixture_policy("last=1 seconds=keep");
		_cleanup_(inventory_done) struct inventory inv;
		struct plan_input in = {.policy = policy,
			.inv = &inv,
			.listing_complete = true,
			.log_days = rows[i].log_days,
			.now_s = fixture_time(NOW)};
		uint32_t batch[2];
		size_t count;
		struct error err = {0};
		struct plan p;

		print_message("  %s\n", rows[i].name);
		inventory_init(&inv);
		fixture_sets(&inv, rows[i].sets);
		count = indices_of(&inv, rows[i].batch, batch);
		plan_make(&in, &p);
		free(p.allowed);
		p.allowed = xcalloc(count, sizeof(*p.allowed));
		p.allowed_count = count;
		for (size_t k = 0; k < count; k++) {
			p.allowed[k] = batch[k];
			p.verdicts[batch[k]].kind = VERDICT_DELETE;
		}
		/* Of two that the plan allows, the first call names one. */
		assert_int_equal(plan_batch_is_safe(&in, &p, batch, 1, &err), rows[i].safe);
		plan_done(&p);
		policy_free(policy);
	}
}

/* To the last check they are no valid sets. */
static void s16_sets_that_showed_late_do_not_remain(void **state)
{
	static const struct forgery forgeries[] = {
		{"it is in the batch", "last=1", "1@2026-11-18,late 2@2026-11-19 3@2026-11-20",
			"1 2", "1 2", "not a valid", 0},
		{"the newest valid set is another", "last=1",
			"1@2026-11-18 2@2026-11-19 3@2026-11-20,late", "1 2", "2",
			"the newest valid set", 0},
		{"it is not what remains", "last=1 minimum=2",
			"1@2026-11-18 2@2026-11-19 3@2026-11-20,late", "1", "1", "fewer than 2", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forgeries); i++)
		check_forgery(&forgeries[i]);
}

/* Whatever state it has, the mark alone is enough. */
static void s16_a_late_set_that_passes_for_valid_is_not_sent(void **state)
{
	struct policy *policy = fixture_policy("last=1");
	_cleanup_(inventory_done) struct inventory inv;
	struct plan_input in = {.policy = policy,
		.inv = &inv,
		.listing_complete = true,
		.now_s = fixture_time(NOW)};
	struct error err = {0};
	struct plan p;
	uint32_t first;

	(void)state;
	inventory_init(&inv);
	fixture_sets(&inv, THREE);
	assert_int_equal(indices_of(&inv, "1", &first), 1);
	plan_make(&in, &p);
	assert_true(plan_batch_is_safe(&in, &p, &first, 1, &err));
	inv.sets[first].doubt = DOUBT_LATE;
	assert_false(plan_batch_is_safe(&in, &p, &first, 1, &err));
	plan_done(&p);
	policy_free(policy);
}

static void s16_a_batch_that_late_sets_make_expire_does_not_stand_alone(void **state)
{
	static const struct {
		const char *policy, *sets, *batch;
		bool alone;
	} rows[] = {
		{"last=1", THREE, "1 2", true},
		{"last=1", THREE " 4@2026-11-20T20:00Z,late", "1 2", true},
		{"last=1", THREE " 4@2026-11-20T20:00Z,late", "3", false},
		{"last=2", THREE " 4@2026-11-20T20:00Z,late", "1 2", false},
		{"daily=3", THREE " 4@2026-11-18T20:00Z,late", "1", false},
		{"last=1", "1@2026-11-18,late 2@2026-11-19 3@2026-11-20", "1", false},
	};

	(void)state;
	/* Also where nobody has taken them out of the valid ones. */
	for (size_t n = 0; n < 2 * ARRAY_SIZE(rows); n++) {
		size_t i = n / 2;
		struct policy *policy = fixture_policy(rows[i].policy);
		_cleanup_(inventory_done) struct inventory inv;
		struct plan_input in = {.policy = policy, .inv = &inv, .now_s = fixture_time(NOW)};
		struct error err = {0};
		uint32_t batch[8];
		size_t count;
		inventory_init(&inv);
		fixture_sets(&inv, rows[i].sets);
		for (size_t k = 0; k < inv.count && n % 2; k++)
			inv.sets[k].state = SET_VALID;
		count = indices_of(&inv, rows[i].batch, batch);
		if (plan_batch_stands_alone(&in, batch, count, &err) != rows[i].alone)
			fail_msg("row %zu: %s", n, err.text);
		policy_free(policy);
	}
}

TEST_FILE(retention_batch_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s1_s3_s8_a_bad_batch_is_not_sent),
		cmocka_unit_test(s1_the_newest_valid_set_is_judged_without_the_verdicts),
		cmocka_unit_test(s1_what_remains_is_counted_without_the_plans_order),
		cmocka_unit_test(
			s14_a_batch_with_the_only_full_set_of_a_day_of_the_log_is_not_sent),
		cmocka_unit_test(s7_s11_a_batch_with_what_never_expires_is_not_sent),
		cmocka_unit_test(s1_the_newest_set_that_the_cloud_lets_last_is_not_sent),
		cmocka_unit_test(s16_sets_that_showed_late_do_not_remain),
		cmocka_unit_test(s16_a_late_set_that_passes_for_valid_is_not_sent),
		cmocka_unit_test(s16_a_batch_that_late_sets_make_expire_does_not_stand_alone),
		cmocka_unit_test(s3_at_most_100_ids_a_call),
		cmocka_unit_test(the_world_is_asked_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
