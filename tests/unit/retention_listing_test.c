/* Pages put together to a listing, and what makes one incomplete (S2). */
#include "cmocka_all.h"
#include "fixture.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>

/* A page in few words: its count, its number, how many sets and the number of the first. */
struct leaf {
	int64_t total, number;
	int sets, first;
	const char *foreign;
};

static int add_leaf(struct listing *l, const struct leaf *leaf, struct error *err)
{
	struct set s = {.state = SET_VALID};
	struct page page;
	char id[32];
	int r;

	page_init(&page);
	page.total = leaf->total;
	page.number = leaf->number;
	for (int i = 0; i < leaf->sets; i++) {
		(void)snprintf(id, sizeof(id), "%d", leaf->first + i);
		inventory_add(&page.inv, &s, id, NULL, NULL);
	}
	if (leaf->foreign)
		(void)snprintf(page.foreign, sizeof(page.foreign), "%s", leaf->foreign);
	r = listing_add(l, &page, err);
	page_done(&page);
	return r;
}

struct book {
	const char *name;
	struct leaf leaves[4];
	int count;
	int result;        /* of the last leaf; all before give 0 */
	const char *doubt; /* part of the text */
};

static const struct book books[] = {
	{"no sets at all", {{0, 1, 0, 0, NULL}}, 1, 1, NULL},
	{"one page", {{3, 1, 3, 1, NULL}}, 1, 1, NULL},
	{"two pages", {{50, 1, 30, 1, NULL}, {50, 2, 20, 31, NULL}}, 2, 1, NULL},
	{"short pages are fine", {{5, 1, 2, 1, NULL}, {5, 2, 1, 3, NULL}, {5, 3, 2, 4, NULL}}, 3, 1,
		NULL},
	{"more is to come", {{50, 1, 30, 1, NULL}}, 1, 0, NULL},
	{"the count shrinks", {{300, 1, 30, 1, NULL}, {299, 2, 30, 31, NULL}}, 2, -EBADMSG,
		"300 to 299"},
	{"the count grows", {{300, 1, 30, 1, NULL}, {301, 2, 30, 31, NULL}}, 2, -EBADMSG,
		"300 to 301"},
	{"a page is empty too early", {{50, 1, 40, 1, NULL}, {50, 2, 0, 0, NULL}}, 2, -EBADMSG,
		"40 sets where 50"},
	{"the first page is empty", {{50, 1, 0, 0, NULL}}, 1, -EBADMSG, "0 sets where 50"},
	{"more than announced", {{50, 1, 30, 1, NULL}, {50, 2, 30, 31, NULL}}, 2, -EBADMSG,
		"60 sets where 50"},
	{"sets where none are announced", {{0, 1, 1, 1, NULL}}, 1, -EBADMSG, "1 sets where 0"},
	{"the same page again", {{50, 1, 25, 1, NULL}, {50, 1, 25, 1, NULL}}, 2, -EBADMSG,
		"page 1 where page 2"},
	{"a page is left out", {{50, 1, 25, 1, NULL}, {50, 3, 25, 26, NULL}}, 2, -EBADMSG,
		"page 3 where page 2"},
	{"page 0", {{1, 0, 1, 1, NULL}}, 1, -EBADMSG, "page 0 where page 1"},
	{"a set twice on one page", {{2, 1, 1, 763, NULL}, {2, 2, 1, 763, NULL}}, 2, -EBADMSG,
		"set 763 is listed twice"},
	{"pages that overlap", {{50, 1, 30, 1, NULL}, {50, 2, 20, 30, NULL}}, 2, -EBADMSG,
		"set 30 is listed twice"},
	{"another cluster", {{2, 1, 2, 1, "amv-2"}}, 1, -EBADMSG, "amv-2"},
	{"a negative count", {{-1, 1, 0, 0, NULL}}, 1, -EBADMSG, "impossible"},
	{"an absurd count", {{10000001, 1, 1, 1, NULL}}, 1, -EBADMSG, "impossible"},
	{"as many as there may be", {{10000000, 1, 1, 1, NULL}}, 1, 0, NULL},
	{"a page after the last", {{1, 1, 1, 1, NULL}, {1, 2, 0, 0, NULL}}, 2, -EBADMSG, "after"},
};

static void s2_any_doubt_about_a_page_makes_the_listing_incomplete(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(books); i++) {
		const struct book *b = &books[i];
		_cleanup_(listing_done) struct listing l;
		struct error err = {0};
		int r = 0;
		listing_init(&l, 1000, 10);
		for (int j = 0; j < b->count; j++) {
			if (r != (strstr(b->name, "after") && j > 0))
				fail_msg("%s: %d before page %d", b->name, r, j + 1);
			r = add_leaf(&l, &b->leaves[j], &err);
		}
		if (r != b->result || l.complete != (b->result == 1))
			fail_msg("%s: %d (%s)", b->name, r, err.text);
		if (b->doubt && !strstr(err.text, b->doubt))
			fail_msg("%s: '%s' does not say '%s'", b->name, err.text, b->doubt);
	}
}

static void s2_a_listing_once_in_doubt_stays_so(void **state)
{
	_cleanup_(listing_done) struct listing l;
	struct error err = {0};
	(void)state;

	listing_init(&l, 1000, 10);
	assert_int_equal(add_leaf(&l, &(struct leaf){2, 2, 1, 1, NULL}, &err), -EBADMSG);
	assert_int_equal(add_leaf(&l, &(struct leaf){2, 1, 2, 1, NULL}, &err), -EBADMSG);
	assert_false(l.complete);
}

static void s2_too_many_pages_end(void **state)
{
	_cleanup_(listing_done) struct listing l;
	struct error err = {0};
	int r = 0;
	(void)state;

	listing_init(&l, 1000, 10);
	for (int i = 1; r == 0 && i < 200000; i++)
		r = add_leaf(&l, &(struct leaf){1000000, i, 1, i, NULL}, &err);
	assert_int_equal(r, -EBADMSG);
	assert_int_equal(l.pages, 100000);
	assert_non_null(strstr(err.text, "100000 pages"));
}

/* Two windows: sets 1 and 2, then those of `second`, of which 2 may be different. */
static void s2_windows_of_one_listing_agree_on_the_sets_they_share(void **state)
{
	static const struct {
		struct leaf second;
		enum { SAME, START, EXPIRY, SIZE, DURATION, STATE, PARENT } differs;
		int result;
		size_t sets;
	} cases[] = {{{2, 1, 2, 2, NULL}, SAME, 1, 3}, {{2, 1, 2, 2, NULL}, START, -EBADMSG, 4},
		{{2, 1, 2, 2, NULL}, EXPIRY, -EBADMSG, 4}, {{2, 1, 2, 2, NULL}, SIZE, -EBADMSG, 4},
		{{2, 1, 2, 2, NULL}, DURATION, -EBADMSG, 4},
		{{2, 1, 2, 2, NULL}, STATE, -EBADMSG, 4}, {{2, 1, 2, 2, NULL}, PARENT, -EBADMSG, 4},
		{{2, 1, 2, 1, NULL}, SAME, 1, 2}, {{2, 1, 2, 3, NULL}, SAME, 1, 4},
		{{0, 1, 0, 0, NULL}, SAME, 1, 2}, {{2, 2, 2, 3, NULL}, SAME, -EBADMSG, 2},
		{{3, 1, 2, 3, NULL}, SAME, 0, 4}, {{1, 1, 2, 3, NULL}, SAME, -EBADMSG, 4}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(listing_done) struct listing l;
		struct error err = {0};
		struct set *s;
		listing_init(&l, 1000, 10);
		assert_int_equal(add_leaf(&l, &(struct leaf){2, 1, 2, 1, NULL}, &err), 1);
		s = &l.inv.sets[1];
		s->start_s += cases[i].differs == START;
		s->expires_s += cases[i].differs == EXPIRY;
		s->size_bytes += cases[i].differs == SIZE;
		s->duration_s += cases[i].differs == DURATION;
		s->state = cases[i].differs == STATE ? SET_FAILED : SET_VALID;
		s->parent = cases[i].differs == PARENT ? s->id : 0;
		listing_next_window(&l);
		assert_false(l.complete);
		assert_int_equal(add_leaf(&l, &cases[i].second, &err), cases[i].result);
		assert_int_equal(l.inv.count, cases[i].sets);
		assert_int_equal(l.complete, cases[i].result == 1);
		for (size_t k = 0; l.complete && k < l.inv.count; k++)
			assert_int_equal(strtol(set_id(&l.inv, k), NULL, 10), (long)k + 1);
	}
}

static void s2_a_set_twice_in_a_later_window_is_a_doubt(void **state)
{
	_cleanup_(listing_done) struct listing l;
	struct error err = {0};

	(void)state;
	listing_init(&l, 1000, 10);
	assert_int_equal(add_leaf(&l, &(struct leaf){2, 1, 2, 1, NULL}, &err), 1);
	listing_next_window(&l);
	assert_int_equal(add_leaf(&l, &(struct leaf){3, 1, 2, 2, NULL}, &err), 0);
	assert_int_equal(add_leaf(&l, &(struct leaf){3, 2, 1, 2, NULL}, &err), -EBADMSG);
	assert_string_equal(err.text, "set 2 is listed twice");
	assert_int_equal(l.pages, 3);
}

static void a_listing_holds_the_sets_of_all_pages(void **state)
{
	_cleanup_(listing_done) struct listing l;
	struct error err = {0};
	(void)state;

	listing_init(&l, 1000, 10);
	assert_int_equal(l.total, -1);
	assert_int_equal(add_leaf(&l, &(struct leaf){150, 1, 100, 1, NULL}, &err), 0);
	assert_int_equal(add_leaf(&l, &(struct leaf){150, 2, 50, 101, NULL}, &err), 1);
	assert_int_equal(l.started_s, 1000);
	assert_int_equal(l.inv.count, 150);
	assert_string_equal(set_id(&l.inv, 149), "150");
}

static void what_is_done_is_empty_again(void **state)
{
	struct set s = {.state = SET_VALID};
	struct error err = {0};
	struct listing l;
	struct page page;
	(void)state;

	page_init(&page);
	assert_int_equal(page.total, 0);
	assert_int_equal(page.number, 0);
	page.total = page.number = 1;
	inventory_add(&page.inv, &s, "763", NULL, NULL);
	listing_init(&l, 1000, 10);
	assert_int_equal(listing_add(&l, &page, &err), 1);
	page_done(&page);
	assert_int_equal(page.total, 0);
	assert_int_equal(page.inv.count, 0);
	listing_done(&l);
	assert_int_equal(l.started_s, 0);
	assert_int_equal(l.started_boot_s, 0);
	assert_int_equal(l.total, -1);
	assert_int_equal(l.pages, 0);
	assert_int_equal(l.inv.count, 0);
	assert_false(l.complete);
}

TEST_FILE(retention_listing_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s2_any_doubt_about_a_page_makes_the_listing_incomplete),
		cmocka_unit_test(s2_a_listing_once_in_doubt_stays_so),
		cmocka_unit_test(s2_too_many_pages_end),
		cmocka_unit_test(s2_windows_of_one_listing_agree_on_the_sets_they_share),
		cmocka_unit_test(s2_a_set_twice_in_a_later_window_is_a_doubt),
		cmocka_unit_test(a_listing_holds_the_sets_of_all_pages),
		cmocka_unit_test(what_is_done_is_empty_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
