/* The order in which sets are judged. */
#include "retention/order.h"

#include <stdlib.h>

/* Sets without a time have the least start of all, and so come last. */
static bool comes_before(const struct inventory *inv, uint32_t a, uint32_t b)
{
	int64_t a_start_s = inv->sets[a].start_s, b_start_s = inv->sets[b].start_s;
	int ids;

	if (a_start_s != b_start_s)
		return a_start_s > b_start_s;
	ids = set_compare_ids(set_id(inv, a), set_id(inv, b));
	/* Of an id that is there twice any order will do, as long as it is always the same. */
	return ids ? ids > 0 : a < b;
}

static int compare(const void *a, const void *b, void *data)
{
	const struct inventory *const *inv = data;
	const uint32_t *x = a, *y = b;

	return comes_before(*inv, *y, *x) - comes_before(*inv, *x, *y);
}

void order_newest_first(const struct inventory *inv, uint32_t *ret_order)
{
	uint32_t count = (uint32_t)inv->count;
	bool newest_first = true, oldest_first = true;

	for (uint32_t i = 1; i < count && (newest_first || oldest_first); i++) {
		bool before = comes_before(inv, i - 1, i);
		newest_first = newest_first && before;
		oldest_first = oldest_first && !before;
	}
	for (uint32_t i = 0; i < count; i++)
		ret_order[i] = oldest_first ? count - 1 - i : i;
	if (!newest_first && !oldest_first)
		qsort_r(ret_order, count, sizeof(*ret_order), compare, &inv);
}
