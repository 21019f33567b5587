/* The merge of discoveries: each cluster once, with a name of its own. */
#include "service/merge.h"

#include "base/text.h"

#include <string.h>

#define NAME_MAX_BYTES 64

struct names {
	const char **list; /* sorted */
	size_t count, capacity;
};

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_name(struct names *n, const char *name)
{
	n->list = memory_grow(n->list, &n->capacity, n->count + 1, sizeof(*n->list));
	n->list[n->count++] = name;
}

static void sort(struct names *n)
{
	if (n->count > 1)
		qsort(n->list, n->count, sizeof(*n->list), compare);
}

static bool is_there(const struct names *n, const char *name)
{
	return n->count > 0 && bsearch(&name, n->list, n->count, sizeof(*n->list), compare);
}

/* Of all ids and descriptions. */
static bool is_there_once(const struct names *n, const char *name)
{
	const char **at =
		n->count > 0 ? bsearch(&name, n->list, n->count, sizeof(*n->list), compare) : NULL;

	return at && (at == n->list || strcmp(at[-1], name) != 0) &&
		(at + 1 == n->list + n->count || strcmp(at[1], name) != 0);
}

static int by_id(const void *a, const void *b)
{
	const struct merged *x = *(const struct merged *const *)a,
			    *y = *(const struct merged *const *)b;
	int order = strcmp(x->member->id, y->member->id);

	if (order)
		return order;
	return (x > y) - (x < y); /* the order of the file */
}

/* Leaves the first of each id in place. */
static void leave_out_twins(struct merge *all,
	void (*conflict)(const struct merged *kept, const struct running_discovery *other))
{
	_cleanup_free_ struct merged **sorted = xcalloc(all->count, sizeof(struct merged *));
	size_t kept = 0;
	const struct merged *first;

	for (size_t i = 0; i < all->count; i++)
		sorted[i] = &all->list[i];
	if (all->count > 1)
		qsort(sorted, all->count, sizeof(struct merged *), by_id);
	first = all->count > 0 ? sorted[0] : NULL;
	for (size_t i = 1; i < all->count; i++) {
		struct member *m = sorted[i]->member;
		if (strcmp(first->member->id, m->id) != 0) {
			first = sorted[i];
			continue;
		}
		if (conflict && !m->conflict)
			conflict(first, sorted[i]->discovery);
		m->conflict = m->conflict || conflict;
		sorted[i]->discovery = NULL;
	}
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i].discovery)
			all->list[kept++] = all->list[i];
	all->count = kept;
}

static void name_all(struct merge *all, const struct policy *const *listed, size_t listed_count)
{
	struct names names = {0};

	for (size_t i = 0; i < listed_count; i++) {
		add_name(&names, listed[i]->cluster);
		if (strcmp(listed[i]->name, listed[i]->cluster) != 0)
			add_name(&names, listed[i]->name);
	}
	for (size_t i = 0; i < all->count; i++) {
		add_name(&names, all->list[i].member->id);
		add_name(&names, all->list[i].member->description);
	}
	sort(&names);
	for (size_t i = 0; i < all->count; i++) {
		const struct member *m = all->list[i].member;
		bool good = m->description[0] && strlen(m->description) <= NAME_MAX_BYTES &&
			is_there_once(&names, m->description);
		all->list[i].name = good ? m->description : m->id;
	}
	free(names.list);
}

void merge_discoveries(const struct merge_source *sources, size_t count,
	const struct policy *const *listed, size_t listed_count,
	void (*conflict)(const struct merged *kept, const struct running_discovery *other),
	struct merge *ret)
{
	struct merge all = {0};
	struct names ids = {0};

	for (size_t i = 0; i < listed_count; i++)
		add_name(&ids, listed[i]->cluster);
	sort(&ids);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < sources[i].members->count; k++) {
			struct member *m = &sources[i].members->list[k];
			if (is_there(&ids, m->id))
				continue;
			all.list = memory_grow(
				all.list, &all.capacity, all.count + 1, sizeof(*all.list));
			all.list[all.count++] =
				(struct merged){.member = m, .discovery = sources[i].discovery};
		}
	free(ids.list);
	leave_out_twins(&all, conflict);
	name_all(&all, listed, listed_count);
	*ret = all;
}

void merge_done(struct merge *all)
{
	free(all->list);
	*all = (struct merge){0};
}
