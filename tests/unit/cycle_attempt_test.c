/* Calls that were not carried out: when they are made again, and when not (S5, L1). */
#include "cycle_live.h"

#include <stdio.h>
#include <string.h>

static void l1_a_call_is_made_again_after_longer_and_longer_waits(void **state)
{
	static const struct {
		enum answer_kind kind;
		int64_t retry_after_ms;
		int64_t waits_s[12];
	} cases[] = {
		{ANSWER_REFUSED, 0, {60, 120, 240, 480, 960, 1920, 3600, 3600}},
		{ANSWER_THROTTLED, 0, {60, 120, 240, 480, 960, 1920, 3600, 3600}},
		{ANSWER_UNSENT, 0, {5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600}},
		/* never sooner than the service says, the second rounded up */
		{ANSWER_THROTTLED, 59000, {60, 120}},
		{ANSWER_THROTTLED, 60000, {61, 120}},
		{ANSWER_THROTTLED, 118500, {120, 120, 240}},
		{ANSWER_THROTTLED, 7200000, {7201, 7201, 7201}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t at_s = 0;
		char call[48];
		struct rig r;
		begin_slots(&r, "*-*-* 02:00", BASE_S);
		r.create_reply.kind = cases[i].kind;
		r.create_reply.retry_after_ms = cases[i].retry_after_ms;
		for (size_t k = 0; k < ARRAY_SIZE(cases[i].waits_s) && cases[i].waits_s[k]; k++) {
			run_until(&r, at_s);
			assert_int_equal(r.creates, k + 1);
			assert_int_equal(r.created_at[k], at_s);
			assert_int_equal(look(&r).create.attempts, k + 1);
			(void)snprintf(call, sizeof(call), "(call %zu for this slot)", k + 1);
			assert_non_null(strstr(r.told[REPORT_BACKUP_REFUSED], call));
			at_s += cases[i].waits_s[k];
			run_until(&r, at_s - 1);
			assert_int_equal(r.creates, k + 1);
		}
		end(&r);
	}
}

static void l1_a_backup_that_failed_is_tried_again_a_minute_later(void **state)
{
	static const int64_t at_s[] = {0, 65, 65 + 125, 65 + 125 + 245}; /* seen after 5 s each */
	struct rig r;

	(void)state;
	begin_slots(&r, "*-*-* 02:00", BASE_S);
	for (size_t i = 0; i < ARRAY_SIZE(at_s); i++) {
		char id[16];
		run_until(&r, at_s[i]);
		assert_int_equal(r.creates, i + 1);
		assert_int_equal(r.created_at[i], at_s[i]);
		(void)snprintf(id, sizeof(id), "%zu", i);
		put(&r, id, at_s[i], SET_FAILED, -1);
	}
	end(&r);
}

static void l1_each_slot_begins_anew(void **state)
{
	static const int64_t at_s[] = {0, 60, 180, 420, 900, 1860, /* 3780 is after the next slot */
		3600, 3660, 3780};
	struct rig r;

	(void)state;
	begin_slots(&r, "hourly", BASE_S);
	r.create_reply.kind = ANSWER_REFUSED;
	run_until(&r, 4000);
	assert_int_equal(r.creates, ARRAY_SIZE(at_s));
	assert_memory_equal(r.created_at, at_s, sizeof(at_s));
	assert_int_equal(look(&r).create.attempts, 3);
	end(&r);
}

static void s5_an_attempt_is_not_made_again_once_a_set_stands_for_the_slot(void **state)
{
	static const enum answer_kind kinds[] = {ANSWER_REFUSED, ANSWER_THROTTLED, ANSWER_UNSENT};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct rig r;
		begin_slots(&r, "*-*-* 02:00", BASE_S);
		r.create_reply.kind = kinds[i];
		run_until(&r, 0);
		put(&r, "1", 1, SET_RUNNING, -1);
		run_until(&r, 20 * HOUR_S);
		assert_int_equal(r.creates, 1);
		end(&r);
	}
}

static void a_wait_that_the_service_asked_for_outlasts_the_next_slots(void **state)
{
	struct rig r;

	(void)state;
	begin_slots(&r, "*-*-* *:0/10", BASE_S);
	r.create_reply.kind = ANSWER_THROTTLED;
	r.create_reply.retry_after_ms = 3000000;
	run_until(&r, 3000);
	assert_int_equal(r.creates, 1);
	assert_in_range(r.lists, 1, 10); /* nor does it list for them all the time */
	run_until(&r, 3001);
	assert_int_equal(r.creates, 2);
	end(&r);
}

static void a_refused_backup_is_trouble_while_it_is_due(void **state)
{
	struct rig r;

	(void)state;
	begin_slots(&r, "*-*-* 02:00", BASE_S);
	r.create_reply.kind = ANSWER_REFUSED;
	run_until(&r, 0);
	list_at(&r, 10);
	assert_int_equal(look(&r).state, CYCLE_TROUBLE);
	put(&r, "1", 15, SET_VALID, 600);
	list_at(&r, 20);
	assert_int_equal(look(&r).state, CYCLE_WELL);
	end(&r);
}

/* Something stands for the slot, or there are none. */
static void a_persons_backup_is_made_again_only_if_that_may_help(void **state)
{
	static const struct {
		enum answer_kind kind;
		int64_t wait_s; /* 0: it is not made again */
		const char *said;
	} cases[] = {{ANSWER_REFUSED, 0, "; it is not repeated"},
		{ANSWER_THROTTLED, 60, "; next try in 1 min"},
		{ANSWER_UNSENT, 5, "; next try in 5 s"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (int scheduled = 0; scheduled < 2; scheduled++) {
			struct rig r;
			begin_slots(&r, scheduled ? "*-*-* 02:00" : NULL, BASE_S);
			put(&r, "1", 0, SET_VALID, 600);
			run_until(&r, 10);
			assert_int_equal(r.creates, 0);
			r.create_reply.kind = cases[i].kind;
			feed(&r, EVENT_BACKUP);
			run_until(&r, 10);
			assert_int_equal(r.creates, 1);
			assert_int_equal(r.slot_s, scheduled ? BASE_S : 0);
			r.create_reply.kind = ANSWER_OK;
			assert_string_equal(
				strchr(r.told[REPORT_BACKUP_REFUSED], ';'), cases[i].said);
			if (cases[i].wait_s) {
				list_at(&r, 10 + cases[i].wait_s - 1); /* not even now */
				assert_int_equal(r.creates, 1);
				run_until(&r, 10 + cases[i].wait_s);
				assert_int_equal(r.creates, 2);
			} else {
				run_until(&r, 10 * HOUR_S);
				assert_int_equal(r.creates, 1);
			}
			end(&r);
		}
}

/* A call waits for its turn, until its listing is too old. */
static void give_up_waiting(struct rig *r)
{
	expect(r, EFFECT_CREATE);
	pass(r, 301);
	permit(r);
	expect(r, EFFECT_LIST);
	assert_string_equal(r->outcome, "unsent");
	reply(r);
}

static void a_call_that_waited_too_long_is_made_after_a_listing_and_does_not_count(void **state)
{
	struct rig r;

	(void)state;
	begin_slots(&r, "*-*-* 02:00", BASE_S);
	r.create_reply.kind = ANSWER_REFUSED;
	expect(&r, EFFECT_LIST);
	reply(&r);
	give_up_waiting(&r);
	give_up_waiting(&r);
	run(&r, 0);
	assert_int_equal(r.creates, 1);
	assert_int_equal(look(&r).create.attempts, 1);
	run_until(&r, 602 + 59);
	assert_int_equal(r.creates, 1);
	run_until(&r, 602 + 60);
	assert_int_equal(r.creates, 2);
	end(&r);
}

static void a_persons_call_that_waited_too_long_is_not_forgotten(void **state)
{
	struct rig r;

	(void)state;
	begin_slots(&r, NULL, BASE_S);
	run_until(&r, 0);
	feed(&r, EVENT_BACKUP);
	expect(&r, EFFECT_LIST);
	reply(&r);
	give_up_waiting(&r);
	assert_int_equal(look(&r).create.attempts, 0);
	run(&r, 0);
	assert_int_equal(r.creates, 1);
	assert_false(look(&r).backup_wanted);
	end(&r);
}

static void a_pause_while_a_call_waits_takes_it_back(void **state)
{
	struct rig r;

	(void)state;
	begin_slots(&r, "*-*-* 02:00", BASE_S);
	expect(&r, EFFECT_LIST);
	reply(&r);
	expect(&r, EFFECT_CREATE);
	feed_pause(&r, "it is locked");
	permit(&r);
	expect(&r, EFFECT_LIST);
	assert_string_equal(r.outcome, "unsent");
	reply(&r);
	run_until(&r, HOUR_S);
	assert_int_equal(r.creates, 0);
	feed_pause(&r, NULL);
	run_until(&r, HOUR_S);
	assert_int_equal(r.creates, 1);
	end(&r);
}

static void a_persons_call_is_forgotten_where_a_new_policy_refuses_it(void **state)
{
	struct policy *remote = fixture_policy("last=100");
	struct rig r;

	(void)state;
	remote->remote = true;
	begin_slots(&r, NULL, BASE_S);
	run_until(&r, 0);
	feed(&r, EVENT_BACKUP);
	expect(&r, EFFECT_LIST);
	reply(&r);
	expect(&r, EFFECT_CREATE);
	reload(&r, remote);
	permit(&r);
	run_until(&r, 60);
	assert_string_equal(r.outcome, "unsent");
	reload(&r, fixture_policy("last=100"));
	run_until(&r, HOUR_S);
	assert_int_equal(r.creates, 0);
	end(&r);
}

static void a_persons_call_is_not_made_again_under_a_policy_that_refuses_it(void **state)
{
	struct policy *remote = fixture_policy("last=100");
	struct rig r;

	(void)state;
	remote->remote = true;
	begin_slots(&r, NULL, BASE_S);
	run_until(&r, 0);
	feed(&r, EVENT_BACKUP);
	expect(&r, EFFECT_LIST);
	reply(&r);
	expect(&r, EFFECT_CREATE);
	reload(&r, remote);
	r.create_reply.kind = ANSWER_THROTTLED;
	reply(&r);
	run_until(&r, HOUR_S);
	assert_int_equal(r.creates, 1);
	assert_in_range(r.lists, 2, 5); /* and it does not list for it again and again */
	assert_false(look(&r).backup_wanted);
	end(&r);
}

/* A write failed, works again, and no listing is complete any more: backups go on (S2). */
static void l1_a_backup_is_due_even_if_the_last_write_failed(void **state)
{
	struct rig r;

	(void)state;
	begin_slots(&r, "*-*-* 03:00", BASE_S);
	put(&r, "1", 0, SET_VALID, 600);
	run_until(&r, 60);
	r.failing_records = 100;
	list_at(&r, 120);
	assert_int_equal(r.reports[REPORT_STATE_FAILED], 1);
	r.failing_records = 0;
	put(&r, "1", 0, SET_VALID, 600); /* twice: in doubt */
	run_until(&r, HOUR_S + 600);
	assert_int_equal(r.creates, 1);
	end(&r);
}

TEST_FILE(cycle_attempt_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(l1_a_call_is_made_again_after_longer_and_longer_waits),
		cmocka_unit_test(l1_a_backup_that_failed_is_tried_again_a_minute_later),
		cmocka_unit_test(l1_each_slot_begins_anew),
		cmocka_unit_test(s5_an_attempt_is_not_made_again_once_a_set_stands_for_the_slot),
		cmocka_unit_test(a_wait_that_the_service_asked_for_outlasts_the_next_slots),
		cmocka_unit_test(a_refused_backup_is_trouble_while_it_is_due),
		cmocka_unit_test(a_persons_backup_is_made_again_only_if_that_may_help),
		cmocka_unit_test(
			a_call_that_waited_too_long_is_made_after_a_listing_and_does_not_count),
		cmocka_unit_test(a_persons_call_that_waited_too_long_is_not_forgotten),
		cmocka_unit_test(a_pause_while_a_call_waits_takes_it_back),
		cmocka_unit_test(a_persons_call_is_forgotten_where_a_new_policy_refuses_it),
		cmocka_unit_test(a_persons_call_is_not_made_again_under_a_policy_that_refuses_it),
		cmocka_unit_test(l1_a_backup_is_due_even_if_the_last_write_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
