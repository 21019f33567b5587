/* Calls that wait for their turn: what was handed out is asked for again when it comes, or is not
 * made at all (S2, S5). Driven effect by effect. */
#include "../support/cmocka_all.h"
#include "../support/fixture.h"
#include "base/memory.h"
#include "cycle/cycle.h"

#include <stdio.h>
#include <string.h>

#define DAY_S INT64_C(86400)
#define START_S INT64_C(1795219200) /* 2026-11-21T00:00:00Z */

struct rig {
	struct policy *policy;
	struct cycle *cycle;
	struct moment now;
	struct inventory sets;
	const char *last_outcome; /* of a call, in the records */
};

static void begin(struct rig *r, const char *words, int days)
{
	struct ledger l = {0};

	*r = (struct rig){.policy = fixture_policy(words), .now = {START_S, 5000}};
	inventory_init(&r->sets);
	for (int i = days - 1; i >= 0; i--) {
		struct set s = {.start_s = START_S - 7200 - i * DAY_S,
			.expires_s = SET_NO_TIME,
			.size_bytes = -1,
			.duration_s = 600,
			.state = SET_VALID};
		char id[16];
		(void)snprintf(id, sizeof(id), "%d", 100 + days - i);
		inventory_add(&r->sets, &s, id, NULL, NULL);
	}
	r->cycle = cycle_new(r->policy, &l, false, r->now);
}

static void end(struct rig *r)
{
	cycle_free(r->cycle);
	inventory_done(&r->sets);
	policy_free(r->policy);
}

static void schedule_daily(struct rig *r)
{
	r->policy->schedule.kind = SCHEDULE_EVERY;
	r->policy->schedule.every_s = DAY_S;
	r->policy->schedule.catch_up = true;
}

static void pass(struct rig *r, int64_t s)
{
	r->now.wall_s += s;
	r->now.boot_s += s;
}

static void turn(struct rig *r)
{
	cycle_feed(r->cycle, &(struct event){.kind = EVENT_TURN}, r->now);
}

static void answer_list(struct rig *r)
{
	struct answer a = {.kind = ANSWER_OK, .server_s = r->now.wall_s};
	struct page page;
	struct event e = {.kind = EVENT_ANSWER, .answer = &a, .page = &page};

	page_init(&page);
	page.total = (int64_t)r->sets.count;
	page.number = 1;
	inventory_copy(&page.inv, &r->sets);
	cycle_feed(r->cycle, &e, r->now);
	page_done(&page);
}

static void note_outcomes(struct rig *r, const struct record *record)
{
	for (size_t i = 0; i < record->entry_count; i++) {
		const struct entry *e = &record->entries[i];
		if (e->kind == ENTRY_CREATE_OUTCOME || e->kind == ENTRY_DELETE_OUTCOME)
			r->last_outcome = strcmp(e->outcome, "unsent") == 0 ? "unsent" : "other";
	}
}

/* The next call that is asked for; the rest is carried out. EFFECT_WAIT: none for now. */
static struct effect next_call(struct rig *r)
{
	struct event recorded = {.kind = EVENT_RECORDED, .recorded = true};

	for (;;) {
		struct effect e = cycle_next(r->cycle, r->now);
		if (e.kind == EFFECT_RECORD) {
			note_outcomes(r, &e.record);
			cycle_feed(r->cycle, &recorded, r->now);
		} else if (e.kind != EFFECT_REPORT) {
			return e;
		}
	}
}

static void expect(struct rig *r, enum effect_kind kind)
{
	assert_int_equal(next_call(r).kind, kind);
}

static void s2_a_delete_that_waited_too_long_lists_again_first(void **state)
{
	struct effect e;
	struct rig r;

	(void)state;
	begin(&r, "last=3", 10);
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect(&r, EFFECT_DELETE);
	pass(&r, 290);
	turn(&r);
	e = next_call(&r);
	assert_int_equal(e.kind, EFFECT_DELETE); /* the same */
	assert_int_equal(e.delete.count, 7);
	pass(&r, 11);
	turn(&r);
	expect(&r, EFFECT_LIST);
	assert_string_equal(r.last_outcome, "unsent");
	answer_list(&r);
	e = next_call(&r);
	assert_int_equal(e.kind, EFFECT_DELETE);
	assert_int_equal(e.delete.count, 7);
	end(&r);
}

static void s7_a_delete_that_waits_goes_by_the_policy_of_its_turn(void **state)
{
	struct policy *keeps = fixture_policy("last=20");
	struct rig r;

	(void)state;
	begin(&r, "last=3", 10);
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect(&r, EFFECT_DELETE);
	cycle_feed(r.cycle, &(struct event){.kind = EVENT_POLICY, .policy = keeps}, r.now);
	turn(&r);
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect(&r, EFFECT_RETENTION);
	end(&r);
	policy_free(keeps);
}

static void s5_a_backup_that_waited_too_long_lists_again_first(void **state)
{
	struct rig r;

	(void)state;
	begin(&r, "last=20", 3);
	schedule_daily(&r);
	expect(&r, EFFECT_LIST);
	answer_list(&r);
	expect(&r, EFFECT_CREATE);
	pass(&r, 290);
	turn(&r);
	expect(&r, EFFECT_CREATE);
	pass(&r, 11);
	turn(&r);
	expect(&r, EFFECT_LIST);
	assert_string_equal(r.last_outcome, "unsent");
	r.sets.sets[2].start_s = r.now.wall_s - 100; /* another one took it meanwhile */
	answer_list(&r);
	expect(&r, EFFECT_RETENTION);
	end(&r);
}

/* Else a listing that waited for minutes would be too old for deletes when it comes. */
static void s2_a_listing_is_as_old_as_its_turn(void **state)
{
	struct effect e;
	struct rig r;
	int64_t to_s;

	(void)state;
	begin(&r, "last=3", 10);
	e = next_call(&r);
	assert_int_equal(e.kind, EFFECT_LIST);
	to_s = e.list.to_s;
	pass(&r, 1000);
	turn(&r);
	e = next_call(&r);
	assert_int_equal(e.kind, EFFECT_LIST);
	assert_int_equal(e.list.to_s, to_s + 1000);
	answer_list(&r);
	expect(&r, EFFECT_DELETE);
	end(&r);
}

static void listings_tell_what_waits_for_them(void **state)
{
	struct effect e;
	struct rig r;

	(void)state;
	begin(&r, "last=20", 3);
	schedule_daily(&r);
	e = next_call(&r); /* of the newest set nothing is known yet */
	assert_true(e.list.due);
	assert_true(e.list.newest_s == SET_NO_TIME);
	r.sets.sets[2].start_s = START_S + 60;
	answer_list(&r);
	expect(&r, EFFECT_RETENTION);
	cycle_feed(r.cycle,
		&(struct event){.kind = EVENT_ANSWER,
			.answer = &(struct answer){.kind = ANSWER_OK},
			.backup_policy = &(struct backup_policy){.days = 730}},
		r.now);
	expect(&r, EFFECT_WAIT);
	pass(&r, 3 * 3600);
	e = next_call(&r);
	assert_int_equal(e.kind, EFFECT_LIST);
	assert_false(e.list.due);
	cycle_feed(r.cycle, &(struct event){.kind = EVENT_PRUNE}, r.now);
	turn(&r);
	e = next_call(&r); /* a person waits */
	assert_true(e.list.due);
	assert_true(e.list.newest_s == SET_NO_TIME);
	answer_list(&r);
	pass(&r, DAY_S);
	e = next_call(&r);
	assert_int_equal(e.kind, EFFECT_LIST);
	assert_true(e.list.due);
	assert_int_equal(e.list.newest_s, START_S + 60);
	cycle_feed(r.cycle, &(struct event){.kind = EVENT_BACKUP}, r.now);
	turn(&r);
	e = next_call(&r);
	assert_true(e.list.newest_s == SET_NO_TIME);
	end(&r);
}

/* Listed at once, the clusters of a fleet are listed again at instants of their own. */
static void refreshes_of_a_fleet_are_spread_and_stay_so(void **state)
{
	int within[10] = {0};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct answer ok = {.kind = ANSWER_OK};
		struct effect e;
		struct rig r;
		begin(&r, "last=20", 3);
		free(r.policy->cluster);
		r.policy->cluster = xasprintf("amv-%05d", i);
		expect(&r, EFFECT_LIST);
		answer_list(&r);
		expect(&r, EFFECT_RETENTION);
		cycle_feed(r.cycle,
			&(struct event){.kind = EVENT_ANSWER,
				.answer = &ok,
				.backup_policy = &(struct backup_policy){.days = 730}},
			r.now);
		e = next_call(&r);
		assert_int_equal(e.kind, EFFECT_WAIT);
		assert_in_range(e.wait.for_s, 1801, 3600);
		within[(e.wait.for_s - 1801) / 180]++;
		pass(&r, e.wait.for_s);
		expect(&r, EFFECT_LIST);
		pass(&r, 7);
		answer_list(&r);
		e = next_call(&r);
		assert_int_equal(e.kind, EFFECT_WAIT);
		assert_int_equal(e.wait.for_s, 3600 - 7);
		end(&r);
	}
	for (size_t i = 0; i < ARRAY_SIZE(within); i++)
		assert_in_range(within[i], 70, 130);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s2_a_delete_that_waited_too_long_lists_again_first),
		cmocka_unit_test(s7_a_delete_that_waits_goes_by_the_policy_of_its_turn),
		cmocka_unit_test(s5_a_backup_that_waited_too_long_lists_again_first),
		cmocka_unit_test(s2_a_listing_is_as_old_as_its_turn),
		cmocka_unit_test(listings_tell_what_waits_for_them),
		cmocka_unit_test(refreshes_of_a_fleet_are_spread_and_stay_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
