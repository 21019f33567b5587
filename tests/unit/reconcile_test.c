/* Lists of clusters put together, and what they make of those that were known. */
#include "base/text.h"
#include "service/merge.h"
#include "service/reconcile.h"
#include "testing.h"

#include <errno.h>

static struct found_cluster cluster(const char *id)
{
	return (struct found_cluster){.id = xstrdup(id),
		.description = xstrdup(id + 4),
		.status = xstrdup("Running"),
		.wanted = true};
}

/* A page of the clusters named in `ids` ("amv-a amv-b"). */
static struct cluster_page page(int64_t total, int64_t number, const char *ids)
{
	struct cluster_page p = {.total = total, .number = number};
	_cleanup_free_ char *copy = xstrdup(ids);
	char *rest = copy, *id;

	p.clusters = xcalloc(8, sizeof(*p.clusters));
	while ((id = strsep(&rest, " ")))
		if (*id)
			p.clusters[p.count++] = cluster(id);
	return p;
}

static int add(
	struct cluster_listing *c, const struct discovery *d, struct cluster_page p, char *says)
{
	struct error err = {0};
	int r = cluster_listing_add(c, d, &p, &err);

	if (says)
		text_copy_printable(says, 200, err.text);
	cluster_page_done(&p);
	return r;
}

static const struct discovery all = {0};

static void pages_make_a_list(void **state)
{
	_cleanup_(cluster_listing_done) struct cluster_listing c = {.total = -1};

	(void)state;
	assert_int_equal(add(&c, &all, page(3, 1, "amv-b amv-a"), NULL), 0);
	assert_int_equal(add(&c, &all, page(3, 2, "amv-c"), NULL), 1);
	assert_int_equal(c.found.count, 3);
	assert_string_equal(c.found.list[0].id, "amv-a");
	cluster_listing_begin(&c);
	assert_int_equal(add(&c, &all, page(0, 1, ""), NULL), 1);
	assert_int_equal(c.found.count, 0);
}

static void any_doubt_about_a_page_makes_the_list_worthless(void **state)
{
	static const struct {
		int64_t total, number;
		const char *ids, *foreign, *says;
	} cases[] = {
		{3, 1, "amv-c", "", "page 1 where page 2"},
		{3, 3, "amv-c", "", "page 3 where page 2"},
		{4, 2, "amv-c", "", "changed from 3 to 4"},
		{3, 2, "", "", "2 clusters where 3 were announced"},
		{3, 2, "amv-c amv-d", "", "4 clusters where 3"},
		{3, 2, "amv-a", "", "amv-a is listed twice"},
		{3, 2, "amv-c", "cn-beijing", "another region (cn-beijing)"},
	};
	char says[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(cluster_listing_done) struct cluster_listing c = {.total = -1};
		struct cluster_page p = page(cases[i].total, cases[i].number, cases[i].ids);
		assert_int_equal(add(&c, &all, page(3, 1, "amv-a amv-b"), NULL), 0);
		strcpy(p.foreign, cases[i].foreign);
		assert_int_equal(add(&c, &all, p, says), -EBADMSG);
		if (!strstr(says, cases[i].says))
			fail_msg("%s", says);
	}
}

static void name_and_exclude_choose(void **state)
{
	char pattern[] = "or*", excluded[] = "amv-orders2";
	char *exclude[] = {excluded};
	const struct discovery d = {
		.name_pattern = pattern, .exclude = exclude, .exclude_count = 1};
	_cleanup_(cluster_listing_done) struct cluster_listing c = {.total = -1};
	struct cluster_page p = page(4, 1, "amv-orders amv-orders2 amv-carts amv-orphans");

	(void)state;
	p.clusters[3].wanted = false; /* does not show the tags */
	assert_int_equal(add(&c, &d, p, NULL), 1);
	assert_int_equal(c.found.count, 1);
	assert_string_equal(c.found.list[0].id, "amv-orders");
}

static void note(void *data, enum reconcile_news news, const struct member *m)
{
	static const char signs[] = {[RECONCILE_JOINED] = '+',
		[RECONCILE_STATUS] = '~',
		[RECONCILE_MISSING] = '?',
		[RECONCILE_BACK] = '!',
		[RECONCILE_FORGOTTEN] = '-'};

	text_printf(data, "%c%s ", signs[news], m->id + 4);
}

/* One list after the other; what was told of each. */
static void follow(struct members *r, const char *ids, int64_t since_s, const char *told)
{
	_cleanup_(cluster_listing_done) struct cluster_listing c = {.total = -1};
	_cleanup_(text_done) struct text t = TEXT_INIT(1000);
	struct cluster_page p = page(0, 1, ids);
	bool news;

	p.total = (int64_t)p.count;
	assert_int_equal(add(&c, &all, p, NULL), 1);
	news = reconcile(r, &c, since_s, 1000, note, &t);
	assert_string_equal(t.s ? t.s : "", told);
	if (*told)
		assert_true(news);
}

static void clusters_come_and_go(void **state)
{
	_cleanup_(members_done) struct members r = {0};

	(void)state;
	follow(&r, "amv-b amv-a", 0, "+a +b ");
	follow(&r, "amv-a amv-b", 300, "");
	follow(&r, "amv-a", 300, ""); /* one list may lack it by mistake */
	follow(&r, "amv-a amv-b", 300, "");
	follow(&r, "amv-a", 300, "");
	follow(&r, "amv-a", 300, "?b ");
	follow(&r, "amv-a amv-b", 300, "!b ");
	follow(&r, "amv-a", 300, "");
	follow(&r, "amv-a", 300, "?b ");
	follow(&r, "amv-a", 600, "");
	follow(&r, "amv-a", 399, "");
	assert_int_equal(r.count, 2);
	follow(&r, "amv-a amv-c", 1, "-b +c ");
	assert_int_equal(r.count, 2);
	follow(&r, "amv-a amv-b amv-c", 300, "+b ");
}

static void a_copy_goes_on_where_the_other_was(void **state)
{
	_cleanup_(members_done) struct members r = {0}, copy = {0};

	(void)state;
	follow(&r, "amv-a amv-b", 0, "+a +b ");
	follow(&r, "amv-a", 300, "");
	members_copy(&copy, &r);
	follow(&copy, "amv-a", 300, "?b ");
}

static struct policy *listed_as(const char *id, const char *name)
{
	struct policy *template = policy_new("amv-x"), *p = policy_copy(template, id, name);

	policy_free(template);
	return p;
}

static void no_conflict(const struct merged *kept, const struct running_discovery *other)
{
	(void)kept;
	(void)other;
	fail();
}

static int conflicts;

static void count_conflict(const struct merged *kept, const struct running_discovery *other)
{
	(void)other;
	assert_string_equal(kept->member->id, "amv-b");
	conflicts++;
}

static void each_cluster_has_one_place_and_what_is_listed_has_none(void **state)
{
	_cleanup_(members_done) struct members first = {0}, second = {0};
	struct policy *mine = listed_as("amv-a", "mine");
	const struct policy *listed[] = {mine};
	/* Discoveries are only told apart. */
	struct running_discovery *const one = (struct running_discovery *)&first,
					*const two = (struct running_discovery *)&second;
	const struct merge_source sources[] = {{one, &first}, {two, &second}};

	(void)state;
	members_add(&first, "amv-b", "", "Running", -1);
	members_add(&second, "amv-c", "", "Running", -1);
	members_add(&second, "amv-a", "", "Running", -1);
	members_add(&second, "amv-b", "", "Running", -1);
	for (int again = 0; again < 2; again++) { /* it is told once */
		_cleanup_(merge_done) struct merge l;
		merge_discoveries(sources, 2, listed, 1, again ? no_conflict : count_conflict, &l);
		assert_int_equal(l.count, 2);
		assert_string_equal(l.list[0].member->id, "amv-b");
		assert_ptr_equal(l.list[0].discovery, one);
		assert_string_equal(l.list[1].member->id, "amv-c");
		assert_ptr_equal(l.list[1].discovery, two);
	}
	assert_int_equal(conflicts, 1);
	policy_free(mine);
}

/* A name that two have, or that is another's id, would let a person act on the wrong cluster. */
static void descriptions_are_names_if_nobody_else_has_them(void **state)
{
	static const struct {
		const char *id, *description, *name;
	} cases[] = {
		{"amv-1", "orders", "orders"},
		{"amv-2", "carts", "amv-2"}, /* that of a listed one */
		{"amv-3", "twin", "amv-3"},
		{"amv-4", "twin", "amv-4"},
		{"amv-5", "amv-1", "amv-5"},
		{"amv-6", "amv-6", "amv-6"},
		{"amv-7", "", "amv-7"},
		{"amv-8",
			"a name of more than sixty-four bytes, which no label for people may have",
			"amv-8"},
		{"amv-9", "amv-0", "amv-9"}, /* the id of a listed one */
		{"amv-a", "x; id > F #", "x-id-F"},
		{"amv-b", "-w", "w"},
		{"amv-c", "--", "amv-c"},
	};
	_cleanup_(members_done) struct members r = {0};
	_cleanup_(merge_done) struct merge l;
	struct policy *mine = listed_as("amv-0", "carts");
	const struct policy *listed[] = {mine};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		members_add(&r, cases[i].id, cases[i].description, "Running", -1);
	merge_discoveries(&(struct merge_source){(struct running_discovery *)&r, &r}, 1, listed, 1,
		no_conflict, &l);
	assert_int_equal(l.count, ARRAY_SIZE(cases));
	for (size_t i = 0; i < l.count; i++)
		assert_string_equal(l.list[i].name, cases[i].name);
	policy_free(mine);
}

TEST_FILE(reconcile_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_make_a_list),
		cmocka_unit_test(any_doubt_about_a_page_makes_the_list_worthless),
		cmocka_unit_test(name_and_exclude_choose),
		cmocka_unit_test(clusters_come_and_go),
		cmocka_unit_test(a_copy_goes_on_where_the_other_was),
		cmocka_unit_test(each_cluster_has_one_place_and_what_is_listed_has_none),
		cmocka_unit_test(descriptions_are_names_if_nobody_else_has_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
