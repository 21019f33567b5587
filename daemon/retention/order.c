#include "retention/order.h"

#include "base/memory.h"

#include <string.h>

#define DIGIT_BITS 11
#define DIGITS (1u << DIGIT_BITS)

/* How far behind the newest: the key to sort by, never negative. Sets without a time come after
 * all others. */
static uint64_t key_of(const struct set *s, int64_t newest_s, uint64_t longest)
{
	return s->start_s == SET_NO_TIME ? longest + 1 : (uint64_t)newest_s - (uint64_t)s->start_s;
}

static void span_of(const struct inventory *inv, int64_t *ret_newest_s, uint64_t *ret_longest)
{
	int64_t newest = SET_NO_TIME, oldest = INT64_MAX;

	for (size_t i = 0; i < inv->count; i++) {
		int64_t start = inv->sets[i].start_s;
		if (start == SET_NO_TIME)
			continue;
		newest = start > newest ? start : newest;
		oldest = start < oldest ? start : oldest;
	}
	*ret_newest_s = newest;
	*ret_longest = newest == SET_NO_TIME ? 0 : (uint64_t)newest - (uint64_t)oldest;
}

/* Radix sort by the start, least digit first: as many passes as the span of the sets has digits. */
static void sort_by_start(const struct inventory *inv, uint32_t *order)
{
	_cleanup_free_ uint32_t *spare = xreallocarray(NULL, inv->count, sizeof(*spare));
	uint32_t *from = order, *to = spare;
	int64_t newest_s;
	uint64_t longest;

	span_of(inv, &newest_s, &longest);
	for (unsigned shift = 0; shift < 64 && (longest + 1) >> shift; shift += DIGIT_BITS) {
		uint32_t begin[DIGITS + 1] = {0}, *swap = from;
		for (size_t i = 0; i < inv->count; i++)
			begin[(key_of(&inv->sets[i], newest_s, longest) >> shift) % DIGITS + 1]++;
		for (size_t d = 1; d < DIGITS; d++)
			begin[d] += begin[d - 1];
		for (size_t i = 0; i < inv->count; i++) {
			uint64_t key = key_of(&inv->sets[from[i]], newest_s, longest);
			to[begin[(key >> shift) % DIGITS]++] = from[i];
		}
		from = to;
		to = swap;
	}
	if (from != order)
		memcpy(order, from, inv->count * sizeof(*order));
}

static int compare_ids_descending(const void *a, const void *b, void *data)
{
	const struct inventory *inv = data;
	const uint32_t *x = a, *y = b;
	int order = set_compare_ids(set_id(inv, *y), set_id(inv, *x));

	/* An id that is there twice: any order will do that is always the same. */
	return order ? order : (*x > *y) - (*x < *y);
}

static void sort_ties_by_id(const struct inventory *inv, uint32_t *order)
{
	struct inventory borrowed = *inv;

	for (size_t i = 0, end; i < inv->count; i = end) {
		int64_t start = inv->sets[order[i]].start_s;
		for (end = i + 1; end < inv->count && inv->sets[order[end]].start_s == start;)
			end++;
		if (end - i > 1)
			qsort_r(order + i, end - i, sizeof(*order), compare_ids_descending,
				&borrowed);
	}
}

void order_newest_first(const struct inventory *inv, uint32_t *ret_order)
{
	for (size_t i = 0; i < inv->count; i++)
		ret_order[i] = (uint32_t)i;
	sort_by_start(inv, ret_order);
	sort_ties_by_id(inv, ret_order);
}
