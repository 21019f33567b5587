/* S2: what a listing must be for deletes. S11: what cannot be judged. */
#include "cycle_help.h"

#include <string.h>

static void s2_no_delete_on_a_listing_spoiled_at_any_page(void **state)
{
	static const enum fate fates[] = {FATE_UNSENT, FATE_LOST_BEFORE, FATE_THROTTLED,
		FATE_REFUSED, FATE_TRUNCATED, FATE_SHORT_PAGE, FATE_NO_SETS, FATE_OTHER_COUNT,
		FATE_TWICE, FATE_FOREIGN, FATE_OTHER_PAGE};

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(fates); f++)
		for (int page = 1; page <= 5; page++) {
			/* From that page on none goes well: readings never come past it. */
			struct script s = {
				.kind = EFFECT_LIST, .first = page, .last = 400, .fate = fates[f]};
			struct world w;
			begin(&w, policy_eager(), 30);
			w.cloud.on.page_size = 7;
			follow(&w, &s);
			run(&w, 2 * HOUR_S);
			assert_int_equal(w.deletes, 0);
			assert_true(look(&w).trouble[0]);
			assert_false(look(&w).complete);
			s.last = 0;
			run(&w, DAY_S);
			assert_true(w.deletes > 0);
			assert_string_equal(look(&w).trouble, "");
			world_done(&w);
		}
}

static enum fate every_second_shifts(struct world *w, const struct effect *e, void *data)
{
	(void)data;
	if (e->kind == EFFECT_LIST && e->list.page == 2)
		(void)cloud_put(&w->cloud, w->true_s - DAY_S);
	return FATE_WELL;
}

static void s2_a_count_that_changes_between_pages_is_read_again_and_held(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 40);
	w.hooks.fate = every_second_shifts;
	run(&w, 600);
	assert_int_equal(w.deletes, 0);
	assert_true(w.reports[REPORT_LISTING_DOUBT] > 0);
	w.hooks.fate = NULL;
	run(&w, HOUR_S);
	assert_true(w.deletes > 0);
	world_done(&w);
}

static void s2_no_delete_on_a_listing_that_took_longer_than_five_minutes(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_eager(), 30);
	w.cloud.on.page_size = 7;
	w.latency_s = 70;
	run(&w, DAY_S);
	assert_int_equal(w.deletes, 0);
	assert_int_equal(w.creates, 1); /* backups go on */
	assert_true(w.lists < 100);
	w.latency_s = 50;
	run(&w, 2 * HOUR_S);
	assert_int_equal(w.deletes, 1);
	world_done(&w);
}

struct nap {
	int64_t length_s;
	int64_t back_s; /* by so much our clock is set back meanwhile, which hides it */
	int deletes;
};

/* The machine sleeps while the intent is written. */
static enum mishap sleeps(struct world *w, const struct effect *e, void *data)
{
	const struct nap *nap = data;

	if (e->kind != EFFECT_RECORD || e->record->entry_count == 0 ||
		e->record->entries[0].kind != ENTRY_DELETE_INTENT)
		return MISHAP_NONE;
	w->true_s += nap->length_s;
	w->wall_offset_s -= nap->back_s;
	return MISHAP_NONE;
}

static void s2_the_age_of_the_listing_is_checked_right_before_the_call(void **state)
{
	struct nap naps[] = {{300, 0, 1}, {301, 0, 0}, {301, 290, 0}, {600, 299, 0}};
	struct world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(naps); i++) {
		begin(&w, policy_eager(), 30);
		w.hooks.mishap = sleeps;
		w.hooks.data = &naps[i];
		w.latency_s = 0;
		run(&w, 900);
		assert_int_equal(w.deletes, naps[i].deletes);
		assert_int_equal(w.reports[REPORT_DELETING] > 0, naps[i].deletes > 0);
		/* What was not sent is said to be so. */
		assert_true(w.disk.delete_outcomes > 0);
		w.hooks.mishap = NULL;
		w.wall_offset_s = 0;
		run(&w, 3 * HOUR_S);
		assert_int_equal(w.deletes, 1);
		world_done(&w);
	}
}

static void s11_sets_that_cannot_be_judged_stay_and_count_for_nothing(void **state)
{
	struct world w;
	char odd[4][CLOUD_ID_SIZE];

	(void)state;
	begin(&w, policy_eager(), 30);
	for (int i = 0; i < 4; i++) {
		struct cloud_set *s = cloud_put(&w.cloud, START_S - 40 * DAY_S + i);
		s->oddity = (enum oddity)(ODD_FUTURE + i);
		if (s->oddity == ODD_FUTURE)
			s->start_s = START_S + 14 * HOUR_S; /* dated half a day later */
		memcpy(odd[i], s->id, sizeof(s->id));
	}
	run(&w, 2 * HOUR_S);
	assert_int_equal(w.deletes, 1);
	assert_int_equal(look(&w).quarantined, 4);
	assert_int_equal(w.reports[REPORT_QUARANTINE], 4);
	for (int i = 0; i < 4; i++)
		assert_true(in_cloud(&w, odd[i]));
	assert_int_equal(look(&w).valid, 7);
	world_done(&w);
}

static void s11_a_set_dated_2036_harms_nothing(void **state)
{
	struct world w;
	struct cloud_set *s;
	struct policy *p = policy_eager();

	(void)state;
	p->keep[RULE_LAST].number = 1;
	p->keep[RULE_DAILY].kind = KEEP_OFF;
	begin(&w, p, 30);
	s = cloud_put(&w.cloud, START_S + 10 * 365 * DAY_S);
	s->expires_s = INT64_MAX;
	run(&w, 2 * DAY_S);
	assert_int_equal(w.creates, 2); /* it stands for no slot */
	assert_int_equal(look(&w).valid, 1);
	world_done(&w);
}

static void s11_a_set_dated_ahead_stands_for_no_slot(void **state)
{
	struct world w;

	(void)state;
	begin(&w, policy_plain(), 5);
	cloud_put(&w.cloud, START_S + 15 * HOUR_S)->oddity =
		ODD_FUTURE; /* an hour after the slot */
	run(&w, 14 * HOUR_S + 1800);
	assert_int_equal(w.creates, 1);
	world_done(&w);
}

static void s12_nothing_is_deleted_by_time_alone(void **state)
{
	struct policy *p = policy_eager();
	struct world w;

	(void)state;
	p->schedule.kind = SCHEDULE_NONE;
	p->keep[RULE_WITHIN] = (struct keep_rule){.kind = KEEP_SPAN, .span = {.days = 20}};
	begin(&w, p, 30);
	run(&w, DAY_S);
	assert_int_equal(w.ids_asked, 10);
	w.true_s += 400 * DAY_S; /* the machine was off */
	world_crash(&w);
	run(&w, 10 * DAY_S);
	assert_int_equal(w.ids_asked, 10);
	world_done(&w);
}

static void a_listing_that_fails_is_asked_for_less_and_less_often(void **state)
{
	struct script s = {.kind = EFFECT_LIST, .first = 1, .last = 100000, .fate = FATE_UNSENT};
	struct world w;

	(void)state;
	begin(&w, policy_plain(), 30);
	follow(&w, &s);
	run(&w, 12 * HOUR_S);
	assert_in_range(w.pages, 70, 85);
	assert_int_equal(w.creates, 0);
	assert_true(look(&w).unwell);
	world_done(&w);
}

static void throttled_listings_wait_as_long_as_they_are_told(void **state)
{
	struct script s = {.kind = EFFECT_LIST, .first = 1, .last = 1, .fate = FATE_THROTTLED};
	struct world w;

	(void)state;
	begin(&w, policy_plain(), 30);
	w.retry_after_ms = 1234567;
	follow(&w, &s);
	run(&w, 1234);
	assert_int_equal(w.pages, 1);
	run(&w, 4);
	assert_int_equal(w.pages, 2);
	world_done(&w);
}

TEST_FILE(cycle_listing_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s2_no_delete_on_a_listing_spoiled_at_any_page),
		cmocka_unit_test(s2_a_count_that_changes_between_pages_is_read_again_and_held),
		cmocka_unit_test(s2_no_delete_on_a_listing_that_took_longer_than_five_minutes),
		cmocka_unit_test(s2_the_age_of_the_listing_is_checked_right_before_the_call),
		cmocka_unit_test(s11_sets_that_cannot_be_judged_stay_and_count_for_nothing),
		cmocka_unit_test(s11_a_set_dated_2036_harms_nothing),
		cmocka_unit_test(s11_a_set_dated_ahead_stands_for_no_slot),
		cmocka_unit_test(s12_nothing_is_deleted_by_time_alone),
		cmocka_unit_test(a_listing_that_fails_is_asked_for_less_and_less_often),
		cmocka_unit_test(throttled_listings_wait_as_long_as_they_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
