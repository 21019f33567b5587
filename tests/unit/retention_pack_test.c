/* An inventory is packed and is the same again. */
#include "fixture.h"
#include "retention/pack.h"

#include "cmocka_all.h"
#include <stdio.h>

static void add(
	struct inventory *inv, struct set s, const char *id, const char *parent, const char *note)
{
	inventory_add(inv, &s, id, parent, note);
}

static void assert_same(const struct inventory *a, const struct inventory *b)
{
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct set *x = &a->sets[i], *y = &b->sets[i];
		assert_string_equal(set_id(a, i), set_id(b, i));
		assert_string_equal(set_parent(a, i), set_parent(b, i));
		assert_string_equal(set_note(a, i), set_note(b, i));
		assert_int_equal(x->start_s, y->start_s);
		assert_int_equal(x->expires_s, y->expires_s);
		assert_int_equal(x->size_bytes, y->size_bytes);
		assert_int_equal(x->duration_s, y->duration_s);
		assert_int_equal(x->state, y->state);
		assert_int_equal(x->doubt, y->doubt);
	}
}

static void a_packed_inventory_is_the_same_again(void **state)
{
	struct inventory inv, again;
	struct pack p;

	(void)state;
	inventory_init(&inv);
	inventory_init(&again);
	p = pack_inventory(&inv);
	assert_null(p.bytes);
	assert_int_equal(p.size, 0);
	pack_open(&p, &again);
	assert_int_equal(again.count, 0);
	add(&inv, (struct set){.start_s = 5, .expires_s = SET_NO_TIME, .size_bytes = -1}, "763",
		NULL, NULL);
	add(&inv,
		(struct set){.start_s = SET_NO_TIME,
			.expires_s = INT64_MAX,
			.size_bytes = INT64_MAX,
			.duration_s = INT32_MAX,
			.state = SET_UNKNOWN,
			.doubt = DOUBT_TIME},
		"007", "763", "yesterday");
	add(&inv,
		(struct set){.start_s = INT64_MAX,
			.expires_s = INT64_MIN + 1,
			.duration_s = -1,
			.state = SET_UNKNOWN,
			.doubt = DOUBT_STATUS},
		"9223372036854775808", "x \xe5\xa4\x87", "a status");
	add(&inv, (struct set){.expires_s = 7, .state = SET_DELETING}, "999999999999999999",
		"999999999999999999", "");
	add(&inv, (struct set){.expires_s = 7, .state = SET_FAILED}, "0", NULL, "a status");
	p = pack_inventory(&inv);
	pack_open(&p, &again);
	assert_same(&inv, &again);
	pack_done(&p);
	assert_null(p.bytes);
	assert_int_equal(p.size, 0);
	inventory_done(&inv);
	inventory_done(&again);
}

/* 10,000 clusters of 100 sets: 16 MB. */
static void a_set_at_rest_takes_at_most_16_bytes(void **state)
{
	struct inventory inv, again;
	struct dice d = {7};
	struct pack p;

	(void)state;
	inventory_init(&inv);
	inventory_init(&again);
	for (int i = 0; i < 100; i++) {
		char id[16];
		struct set s = {.start_s = 1795219200 - i * 86400 + dice_between(&d, -600, 600),
			.size_bytes = dice_between(&d, 2000000000, 2000900000),
			.duration_s = (int32_t)dice_between(&d, 300, 900)};

		s.expires_s = s.start_s + INT64_C(730) * 86400;
		(void)snprintf(
			id, sizeof(id), "%d", 9000000 - i * (int)dice_between(&d, 900, 1100));
		add(&inv, s, id, NULL, NULL);
	}
	p = pack_inventory(&inv);
	assert_in_range(p.size, 100 * 8, 100 * 16);
	pack_open(&p, &again);
	assert_same(&inv, &again);
	pack_done(&p);
	inventory_done(&inv);
	inventory_done(&again);
}

TEST_FILE(retention_pack_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packed_inventory_is_the_same_again),
		cmocka_unit_test(a_set_at_rest_takes_at_most_16_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
