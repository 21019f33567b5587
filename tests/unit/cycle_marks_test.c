/* The cycle's memory of calls: what was asked for counts for nothing (S1), what was begun is known
 * again (S5), and what could not be written down is still to be done (L1). Driven effect by effect.
 */
#include "../support/cmocka_all.h"
#include "../support/fixture.h"
#include "base/text.h"
#include "cycle/cycle.h"

#include <stdio.h>

#define DAY_S INT64_C(86400)
#define HOUR_S INT64_C(3600)
#define START_S INT64_C(1795219200) /* 2026-11-21T00:00:00Z */

struct rig {
	struct cycle *cycle;
	struct moment now;
	struct inventory sets;        /* what the cloud lists */
	enum answer_kind create_kind; /* how calls are answered; the cloud does nothing by itself */
	int creates, deletes;
	size_t ids;          /* named by delete calls so far */
	int failing_records; /* so many of the next records are not written */
	int failing_from;    /* ... after so many that are */
};

static void put(struct rig *r, const char *id, int64_t start_s, int32_t duration_s)
{
	struct set s = {.start_s = start_s,
		.expires_s = SET_NO_TIME,
		.size_bytes = -1,
		.duration_s = duration_s,
		.state = SET_VALID};

	inventory_add(&r->sets, &s, id, NULL, NULL);
}

static void begin(struct rig *r, const struct policy *p, int days, int64_t newest_s)
{
	struct ledger l = {0};

	*r = (struct rig){.now = {START_S, 1000}};
	inventory_init(&r->sets);
	for (int i = days - 1; i >= 0; i--) {
		char id[16];
		(void)snprintf(id, sizeof(id), "%d", 100 + days - i);
		put(r, id, newest_s - i * DAY_S, 600);
	}
	r->cycle = cycle_new(p, &l, false, r->now);
}

static void end(struct rig *r, struct policy *p)
{
	cycle_free(r->cycle);
	inventory_done(&r->sets);
	policy_free(p);
}

static void answer(struct rig *r, enum answer_kind kind, const struct page *page)
{
	struct answer a = {.kind = kind, .server_s = r->now.wall_s};
	struct backup_policy own = {.days = 730};
	struct event e = {.kind = EVENT_ANSWER, .answer = &a, .page = page, .backup_policy = &own};

	cycle_feed(r->cycle, &e, r->now);
}

static void list(struct rig *r)
{
	struct page page;

	page_init(&page);
	page.total = (int64_t)r->sets.count;
	page.number = 1;
	inventory_copy(&page.inv, &r->sets);
	answer(r, ANSWER_OK, &page);
	page_done(&page);
}

static void write_record(struct rig *r)
{
	struct event e = {.kind = EVENT_RECORDED, .recorded = true};

	if (r->failing_from > 0)
		r->failing_from--;
	else if (r->failing_records > 0) {
		r->failing_records--;
		e.recorded = false;
	}
	cycle_feed(r->cycle, &e, r->now);
}

/* Carries effects out for so long. */
static void run(struct rig *r, int64_t for_s)
{
	int64_t until_s = r->now.boot_s + for_s;

	for (;;) {
		struct effect e = cycle_next(r->cycle, r->now);
		if (e.kind == EFFECT_WAIT) {
			int64_t left_s = until_s - r->now.boot_s;
			int64_t wait_s = e.wait.for_s < left_s ? e.wait.for_s : left_s;
			r->now.wall_s += wait_s;
			r->now.boot_s += wait_s;
			if (wait_s == left_s)
				return;
		} else if (e.kind == EFFECT_LIST) {
			list(r);
		} else if (e.kind == EFFECT_RECORD) {
			write_record(r);
		} else if (e.kind != EFFECT_REPORT) {
			r->creates += e.kind == EFFECT_CREATE;
			r->deletes += e.kind == EFFECT_DELETE;
			r->ids += e.kind == EFFECT_DELETE ? e.delete.count : 0;
			answer(r, e.kind == EFFECT_CREATE ? r->create_kind : ANSWER_OK, NULL);
		}
	}
}

static struct cycle_status look(struct rig *r)
{
	struct cycle_status s;

	cycle_look(r->cycle, r->now, &s);
	return s;
}

static void change(struct rig *r, const struct policy *p)
{
	struct event e = {.kind = EVENT_POLICY, .policy = p};

	cycle_feed(r->cycle, &e, r->now);
}

/* The cloud accepts the deletes, and is slow. */
static void s1_what_was_asked_for_and_is_wanted_again_counts_for_nothing_for_a_day(void **state)
{
	struct policy *p = fixture_policy("last=1"), *keeps = fixture_policy("last=20");
	struct rig r;

	(void)state;
	begin(&r, p, 10, START_S - HOUR_S);
	run(&r, 60);
	assert_int_equal(r.ids, 9);
	change(&r, keeps);
	run(&r, 23 * HOUR_S);
	assert_int_equal(look(&r).deleting, 9);
	assert_int_equal(look(&r).valid, 1);
	run(&r, 3 * HOUR_S); /* the day is over, and a listing more */
	assert_int_equal(look(&r).deleting, 0);
	assert_int_equal(look(&r).valid, 10);
	assert_int_equal(r.deletes, 1);
	policy_free(p);
	end(&r, keeps);
}

static void s1_what_was_asked_for_and_is_held_counts_for_nothing(void **state)
{
	struct policy *p = fixture_policy("last=1"), *holds = fixture_policy("last=1 percent=50");
	struct rig r;

	(void)state;
	begin(&r, p, 10, START_S - HOUR_S);
	run(&r, 60);
	assert_int_equal(r.ids, 9);
	change(&r, holds);
	run(&r, 3 * HOUR_S); /* by now they might be asked for again, but for the approval */
	assert_int_equal(look(&r).deleting, 9);
	assert_int_equal(look(&r).valid, 1);
	assert_int_equal(r.deletes, 1);
	policy_free(p);
	end(&r, holds);
}

static void l1_a_set_that_stays_is_asked_for_again_after_an_hour(void **state)
{
	struct policy *p = fixture_policy("last=1");
	struct rig r;

	(void)state;
	begin(&r, p, 10, START_S - HOUR_S);
	run(&r, HOUR_S - 60);
	assert_int_equal(r.deletes, 1);
	run(&r, 2 * HOUR_S);
	assert_in_range(r.deletes, 2, 3);
	end(&r, p);
}

static struct policy *daily(void)
{
	struct policy *p = fixture_policy("last=100");

	p->schedule.kind = SCHEDULE_EVERY;
	p->schedule.every_s = DAY_S;
	p->schedule.catch_up = true;
	return p;
}

/* Whichever record it is that fails, the slot stays due. */
static void l1_a_slot_whose_intent_could_not_be_written_stays_due(void **state)
{
	(void)state;
	for (int from = 0; from < 4; from++) {
		struct policy *p = daily();
		struct rig r;
		begin(&r, p, 3, START_S - DAY_S);
		r.failing_from = from;
		r.failing_records = 3;
		run(&r, 600);
		assert_int_equal(r.creates, 1);
		end(&r, p);
	}
}

static void s5_a_set_of_the_same_minute_that_was_there_before_is_not_ours(void **state)
{
	const struct event backup = {.kind = EVENT_BACKUP};
	struct policy *p = daily();
	struct rig r;

	(void)state;
	begin(&r, p, 1, START_S);
	put(&r, "900", START_S + 5, 600);
	run(&r, 10);
	assert_int_equal(r.creates, 0); /* these stand for the slot */
	cycle_feed(r.cycle, &backup, r.now);
	run(&r, 60);
	assert_int_equal(r.creates, 1);
	assert_int_equal(look(&r).create.state, CREATE_ACCEPTED);
	put(&r, "901", START_S, 600);
	run(&r, 300);
	assert_int_equal(look(&r).create.state, CREATE_DONE);
	assert_string_equal(look(&r).create.set, "901");
	end(&r, p);
}

/* A5 of daemon/DESIGN.md: two of the longest, and ten minutes. */
static void s5_a_lost_call_has_as_long_to_show_as_backups_take(void **state)
{
	struct policy *p = daily();
	struct rig r;

	(void)state;
	begin(&r, p, 1, START_S - 2 * DAY_S);
	put(&r, "900", START_S - DAY_S, 2 * 3600);
	put(&r, "901", START_S - DAY_S + 60, 60);
	r.create_kind = ANSWER_AMBIGUOUS;
	run(&r, 4 * HOUR_S);
	assert_int_equal(r.creates, 1);
	assert_int_equal(look(&r).create.attempts, 1);
	run(&r, HOUR_S);
	assert_int_equal(r.creates, 2);
	end(&r, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			s1_what_was_asked_for_and_is_wanted_again_counts_for_nothing_for_a_day),
		cmocka_unit_test(s1_what_was_asked_for_and_is_held_counts_for_nothing),
		cmocka_unit_test(l1_a_set_that_stays_is_asked_for_again_after_an_hour),
		cmocka_unit_test(l1_a_slot_whose_intent_could_not_be_written_stays_due),
		cmocka_unit_test(s5_a_set_of_the_same_minute_that_was_there_before_is_not_ours),
		cmocka_unit_test(s5_a_lost_call_has_as_long_to_show_as_backups_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
