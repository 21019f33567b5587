#include "service/lineup.h"

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
	const struct place *x = *(const struct place *const *)a,
			   *y = *(const struct place *const *)b;
	int order = strcmp(x->member->id, y->member->id);

	if (order)
		return order;
	return (x > y) - (x < y); /* the order of the file */
}

/* Leaves the first of each id in place. */
static void leave_out_twins(
	struct lineup *l, void (*conflict)(const struct place *kept, const struct finder *other))
{
	_cleanup_free_ struct place **sorted = xcalloc(l->count, sizeof(struct place *));
	size_t kept = 0;
	const struct place *first;

	for (size_t i = 0; i < l->count; i++)
		sorted[i] = &l->places[i];
	if (l->count > 1)
		qsort(sorted, l->count, sizeof(struct place *), by_id);
	first = l->count > 0 ? sorted[0] : NULL;
	for (size_t i = 1; i < l->count; i++) {
		struct member *m = sorted[i]->member;
		if (strcmp(first->member->id, m->id) != 0) {
			first = sorted[i];
			continue;
		}
		if (conflict && !m->conflict)
			conflict(first, sorted[i]->finder);
		m->conflict = m->conflict || conflict;
		sorted[i]->finder = NULL;
	}
	for (size_t i = 0; i < l->count; i++)
		if (l->places[i].finder)
			l->places[kept++] = l->places[i];
	l->count = kept;
}

static void name_all(struct lineup *l, const struct policy *const *listed, size_t listed_count)
{
	struct names names = {0};

	for (size_t i = 0; i < listed_count; i++) {
		add_name(&names, listed[i]->cluster);
		if (strcmp(listed[i]->name, listed[i]->cluster) != 0)
			add_name(&names, listed[i]->name);
	}
	for (size_t i = 0; i < l->count; i++) {
		add_name(&names, l->places[i].member->id);
		add_name(&names, l->places[i].member->description);
	}
	sort(&names);
	for (size_t i = 0; i < l->count; i++) {
		const struct member *m = l->places[i].member;
		bool good = m->description[0] && strlen(m->description) <= NAME_MAX_BYTES &&
			is_there_once(&names, m->description);
		l->places[i].name = good ? m->description : m->id;
	}
	free(names.list);
}

void lineup_make(const struct lineup_source *sources, size_t count,
	const struct policy *const *listed, size_t listed_count,
	void (*conflict)(const struct place *kept, const struct finder *other), struct lineup *ret)
{
	struct lineup l = {0};
	struct names ids = {0};

	for (size_t i = 0; i < listed_count; i++)
		add_name(&ids, listed[i]->cluster);
	sort(&ids);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < sources[i].roster->count; k++) {
			struct member *m = &sources[i].roster->members[k];
			if (is_there(&ids, m->id))
				continue;
			l.places =
				memory_grow(l.places, &l.capacity, l.count + 1, sizeof(*l.places));
			l.places[l.count++] =
				(struct place){.member = m, .finder = sources[i].finder};
		}
	free(ids.list);
	leave_out_twins(&l, conflict);
	name_all(&l, listed, listed_count);
	*ret = l;
}

void lineup_done(struct lineup *l)
{
	free(l->places);
	*l = (struct lineup){0};
}
