#include "retention/order.h"

#include "base/memory.h"

#define SETS_PER_BUCKET 4 /* so many or up to twice as many, if the sets come evenly */
#define FEW 32            /* up to here insertion beats qsort */
#define AHEAD 64          /* sets fetched into the cache before their turn: a third of the time */

/* Sets without a time have the least start of all, and so come last. */
static bool comes_before(const struct inventory *inv, uint32_t a, uint32_t b)
{
	int64_t a_start_s = inv->sets[a].start_s, b_start_s = inv->sets[b].start_s;
	int ids;

	if (a_start_s != b_start_s)
		return a_start_s > b_start_s;
	ids = set_compare_ids(set_id(inv, a), set_id(inv, b));
	/* An id that is there twice: any order will do that is always the same. */
	return ids ? ids > 0 : a < b;
}

static int compare(const void *a, const void *b, void *data)
{
	const struct inventory *const *inv = data;
	const uint32_t *x = a, *y = b;

	return comes_before(*inv, *y, *x) - comes_before(*inv, *x, *y);
}

static void sort_bucket(const struct inventory *inv, uint32_t *bucket, size_t count)
{
	if (count > FEW) {
		qsort_r(bucket, count, sizeof(*bucket), compare, &inv);
		return;
	}
	for (size_t i = 1; i < count; i++) {
		uint32_t set = bucket[i];
		size_t at = i;
		for (; at > 0 && comes_before(inv, set, bucket[at - 1]); at--)
			bucket[at] = bucket[at - 1];
		bucket[at] = set;
	}
}

/* Buckets by age. Evenly spaced sets fall a few into each, so that time grows with their number;
 * at worst all fall into one, and it is qsort's. */
struct buckets {
	int64_t newest_s;
	unsigned shift; /* 2^shift seconds a bucket */
	size_t count;   /* the sets without a time fall into the last one, too */
	uint32_t *ends; /* by bucket */
};

static size_t bucket_of(const struct buckets *b, const struct set *s)
{
	if (s->start_s == SET_NO_TIME)
		return b->count - 1;
	return (size_t)(((uint64_t)b->newest_s - (uint64_t)s->start_s) >> b->shift);
}

static void choose_buckets(const struct inventory *inv, struct buckets *ret)
{
	int64_t newest_s = SET_NO_TIME, oldest_s = INT64_MAX;
	size_t most = inv->count / SETS_PER_BUCKET + 1;
	uint64_t longest = 0;

	for (size_t i = 0; i < inv->count; i++) {
		int64_t start_s = inv->sets[i].start_s;
		if (start_s == SET_NO_TIME)
			continue;
		newest_s = start_s > newest_s ? start_s : newest_s;
		oldest_s = start_s < oldest_s ? start_s : oldest_s;
		longest = (uint64_t)newest_s - (uint64_t)oldest_s;
	}
	*ret = (struct buckets){.newest_s = newest_s};
	while (longest >> ret->shift >= most)
		ret->shift++;
	ret->count = (size_t)(longest >> ret->shift) + 1;
	ret->ends = xcalloc(ret->count, sizeof(*ret->ends));
}

/* Has the sets at these places of the order in the cache when they are compared. */
static void fetch(const struct inventory *inv, const uint32_t *order, size_t from, size_t until)
{
	if (until > inv->count)
		until = inv->count;
	for (size_t i = from; i < until; i++)
		__builtin_prefetch(&inv->sets[order[i]]);
}

void order_newest_first(const struct inventory *inv, uint32_t *ret_order)
{
	struct buckets b;
	uint32_t begin = 0;

	choose_buckets(inv, &b);
	for (size_t i = 0; i < inv->count; i++)
		b.ends[bucket_of(&b, &inv->sets[i])]++;
	for (size_t i = 0; i < b.count; i++) {
		uint32_t count = b.ends[i];
		b.ends[i] = begin;
		begin += count;
	}
	for (size_t i = 0; i < inv->count; i++)
		ret_order[b.ends[bucket_of(&b, &inv->sets[i])]++] = (uint32_t)i;
	for (size_t i = 0; i < b.count; i++) {
		begin = i ? b.ends[i - 1] : 0;
		fetch(inv, ret_order, begin + AHEAD, b.ends[i] + AHEAD);
		sort_bucket(inv, ret_order + begin, b.ends[i] - begin);
	}
	free(b.ends);
}
