/* The clusters that one discovery has found. */
#include "service/members.h"

#include "base/text.h"

#include <string.h>

void member_done(struct member *m)
{
	free(m->id);
	free(m->description);
	free(m->status);
}

void members_done(struct members *all)
{
	for (size_t i = 0; i < all->count; i++)
		member_done(&all->list[i]);
	free(all->list);
	*all = (struct members){0};
}

static int compare_id(const void *id, const void *member)
{
	return strcmp(id, ((const struct member *)member)->id);
}

struct member *members_find(const struct members *all, const char *id)
{
	return all->count == 0 ? NULL
			       : bsearch(id, all->list, all->count, sizeof(*all->list), compare_id);
}

void members_add(struct members *all, const char *id, const char *description, const char *status,
	int64_t missing_s)
{
	size_t at = all->count;

	while (at > 0 && strcmp(all->list[at - 1].id, id) > 0)
		at--;
	all->list = memory_grow(all->list, &all->capacity, all->count + 1, sizeof(*all->list));
	memmove(all->list + at + 1, all->list + at, (all->count - at) * sizeof(*all->list));
	all->list[at] = (struct member){.id = xstrdup(id),
		.description = text_name(description),
		.status = xstrdup(status),
		.missing_s = missing_s};
	all->count++;
}

void members_copy(struct members *to, const struct members *from)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct member *m = &from->list[i];
		members_add(to, m->id, m->description, m->status, m->missing_s);
		to->list[i].absent = m->absent; /* `from` is sorted, so `to` is like it */
		to->list[i].conflict = m->conflict;
	}
}
