/* Windows that the service leaves without an answer, and the slices that they are listed in. */
#include "cycle_drive.h"

#define DAYS 200 /* of sets, one each */
#define MOST 400

struct asked {
	int64_t from_s, to_s;
	bool begins; /* a listing */
};

/* A cloud that answers windows of so many days, and what it was asked for. */
struct service {
	struct rig r;
	int64_t longest_days;
	struct asked asked[MOST];
	int count;
	int spoiled; /* this window of a listing, from 0, has one set less than it says; -1 none */
	int windows; /* of this listing, so far */
};

static void begin_service(struct service *s, const char *words, int64_t longest_days)
{
	*s = (struct service){.longest_days = longest_days, .spoiled = -1};
	begin_quiet(&s->r, words, DAYS);
}

static int days(const struct service *s, int i)
{
	return (int)((s->asked[i].to_s - s->asked[i].from_s) / DAY_S);
}

static void reply_window(struct service *s)
{
	const struct effect *e = &s->r.effect;
	const struct inventory *inv = &s->r.sets;
	size_t first = 0, count = 0;

	assert_in_range(s->count, 0, MOST - 1);
	s->asked[s->count++] = (struct asked){e->list.from_s, e->list.to_s, e->list.begins};
	s->windows = e->list.begins ? 0 : s->windows + 1;
	if (e->list.to_s - e->list.from_s >= (s->longest_days + 1) * DAY_S) {
		answer_code(&s->r, ANSWER_AMBIGUOUS, "Timeout", 0);
		return;
	}
	for (size_t i = 0; i < inv->count; i++) {
		first += inv->sets[i].start_s < e->list.from_s;
		count += inv->sets[i].start_s >= e->list.from_s &&
			inv->sets[i].start_s <= e->list.to_s;
	}
	answer_page(&s->r, 1, first, count, (int64_t)count + (s->windows == s->spoiled));
}

/* Answers what is asked for until there is nothing to list for so long, or until another call. */
static void live(struct service *s, int64_t for_s)
{
	int64_t until_s = s->r.now.boot_s + for_s;

	for (;;) {
		if (next_call(&s->r).kind == EFFECT_LIST) {
			reply_window(s);
		} else if (s->r.effect.kind == EFFECT_RETENTION) {
			answer_days(&s->r, 730);
		} else if (s->r.effect.kind != EFFECT_WAIT ||
			s->r.effect.wait.for_s > until_s - s->r.now.boot_s) {
			return;
		} else {
			pass(&s->r, s->r.effect.wait.for_s);
		}
	}
}

static void list_once(struct service *s)
{
	s->count = 0;
	feed(&s->r, EVENT_PRUNE);
	live(s, 0);
}

static void s2_a_window_without_an_answer_is_listed_in_slices(void **state)
{
	static const struct {
		int64_t longest_days;
		int unanswered, slices; /* 0: it is never listed */
	} cases[] = {{801, 0, 1}, {800, 2, 5}, {200, 2, 5}, {199, 3, 27}, {30, 3, 27}, {29, 0, 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct service s;
		int windows = 0;
		begin_service(&s, "last=3", cases[i].longest_days);
		live(&s, 300);
		assert_int_equal(look(&s.r).complete, cases[i].slices > 0);
		assert_int_equal(s.r.effect.kind == EFFECT_DELETE, cases[i].slices > 0);
		if (cases[i].slices > 0) {
			assert_int_equal(look(&s.r).input->inv->count, DAYS);
			for (int k = s.count - 1; !s.asked[k].begins; k--)
				windows++;
			assert_int_equal(windows + 1, cases[i].slices);
		}
		end(&s.r);
	}
}

/* The first begins where the window does, each of the others before the one before it ends, and the
 * last ends where the window does. What is at a border counts once. */
static void s2_slices_leave_nothing_out(void **state)
{
	static const int64_t longest_days[] = {700, 199, 30};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(longest_days); i++)
		for (int64_t off_s = -1; off_s <= 1; off_s++) {
			struct service s;
			int first, last;
			begin_service(&s, "last=3", longest_days[i]);
			live(&s, 300);
			last = first = s.count - 1;
			while (!s.asked[first].begins)
				first--;
			for (int k = first; k < last; k++) {
				assert_true(s.asked[k + 1].from_s <= s.asked[k].to_s - 60);
				assert_true(s.asked[k + 1].to_s > s.asked[k].to_s);
			}
			assert_int_equal(s.asked[last].to_s, s.r.now.wall_s + DAY_S);
			assert_int_equal(s.asked[first].from_s, s.r.now.wall_s - 800 * DAY_S);
			for (size_t k = 0; k < DAYS; k++) /* one is at the end of a slice */
				s.r.sets.sets[k].start_s = s.asked[last - 1].to_s + off_s -
					(int64_t)(DAYS - 1 - k) * DAY_S;
			list_once(&s);
			assert_int_equal(look(&s.r).input->inv->count, DAYS);
			end(&s.r);
		}
}

/* If one of them is in doubt, all of it is. */
static void s2_no_delete_on_a_slice_that_is_in_doubt(void **state)
{
	(void)state;
	for (int spoiled = 0; spoiled < 5; spoiled++) {
		struct service s;
		begin_service(&s, "last=3", 200);
		s.spoiled = spoiled;
		live(&s, 300);
		assert_int_equal(s.r.effect.kind, EFFECT_WAIT);
		assert_false(look(&s.r).complete);
		assert_true(look(&s.r).trouble[0]);
		s.spoiled = -1;
		live(&s, 600);
		assert_int_equal(s.r.effect.kind, EFFECT_DELETE);
		end(&s.r);
	}
}

/* No length is to blame where even the first slice, of 30 days, has no answer. */
static void an_outage_is_no_reason_for_slices(void **state)
{
	static const int widths[] = {801, 801, 30};
	struct service s;

	(void)state;
	begin_service(&s, "last=300", -1);
	live(&s, 2 * HOUR_S);
	assert_in_range(s.count, 12, MOST);
	for (int i = 0; i < s.count; i++)
		assert_int_equal(days(&s, i), widths[i % 3]);
	s.longest_days = 801;
	list_once(&s);
	list_once(&s);
	assert_int_equal(s.count, 1);
	end(&s.r);
}

/* After 1, 2, 4, ... listings in slices, and nobody hears of it if that has no answer again. */
static void the_whole_is_tried_again_less_and_less_often(void **state)
{
	struct service s;
	int tried = 0, listings = 0;

	(void)state;
	begin_service(&s, "last=300", 300);
	live(&s, 300);
	assert_int_equal(s.r.reports[REPORT_LISTING_FAILED], 2);
	assert_string_equal(
		s.r.told[REPORT_WELL_AGAIN], "the sets are listed again in slices of 200 days");
	for (int i = 1; i < 128; i++) {
		list_once(&s);
		assert_true(look(&s.r).complete);
		listings++;
		if (days(&s, 0) < 801)
			continue;
		assert_int_equal(listings, tried < 6 ? 1 << tried : 32);
		tried++;
		listings = 0;
	}
	assert_int_equal(s.r.reports[REPORT_LISTING_FAILED], 2);
	s.longest_days = 801;
	for (int i = 0; i < 33; i++)
		list_once(&s);
	assert_int_equal(s.count, 1);
	end(&s.r);
}

/* Its first page is none of a new listing: it goes before those, and the slices before it stay. */
static void a_listing_goes_on_with_the_slice_that_waited(void **state)
{
	struct service s;
	int64_t order, from_s;

	(void)state;
	begin_service(&s, "last=3", 200);
	while (s.windows < 2) {
		while (next_call(&s.r).kind == EFFECT_WAIT)
			pass(&s.r, s.r.effect.wait.for_s);
		reply_window(&s);
	}
	expect(&s.r, EFFECT_LIST);
	assert_int_equal(s.r.effect.list.page, 1);
	assert_int_equal(effect_rank(&s.r.effect, &order), RANK_CHANGE);
	from_s = s.r.effect.list.from_s;
	pass(&s.r, 60);
	permit(&s.r);
	expect(&s.r, EFFECT_LIST);
	assert_int_equal(s.r.effect.list.from_s, from_s);
	reply_window(&s);
	live(&s, 0);
	assert_int_equal(look(&s.r).input->inv->count, DAYS);
	end(&s.r);
}

TEST_FILE(cycle_slices_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s2_a_window_without_an_answer_is_listed_in_slices),
		cmocka_unit_test(s2_slices_leave_nothing_out),
		cmocka_unit_test(s2_no_delete_on_a_slice_that_is_in_doubt),
		cmocka_unit_test(an_outage_is_no_reason_for_slices),
		cmocka_unit_test(the_whole_is_tried_again_less_and_less_often),
		cmocka_unit_test(a_listing_goes_on_with_the_slice_that_waited),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
