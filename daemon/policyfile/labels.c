#include "policyfile/labels.h"

#include "base/digest.h"

void labels_add(
	struct labels *all, const char *text, const struct node *at, size_t cluster, bool is_id)
{
	all->list = memory_grow(all->list, &all->capacity, all->count + 1, sizeof(*all->list));
	all->list[all->count++] = (struct label){text, at, cluster, is_id};
}

static void tell_twice(const struct label *a, const struct label *b, struct messages *m)
{
	messages_add(m, SEVERITY_ERROR, b->at->at, "%s '%s'",
		a->is_id && b->is_id           ? "duplicate cluster id"
			: a->is_id || b->is_id ? "a name cannot be the id of another cluster:"
					       : "duplicate cluster name",
		b->text);
	messages_add(m, SEVERITY_NOTE, a->at->at, "the other is here");
}

void labels_check(struct labels *all, struct messages *m)
{
	size_t size = 16;
	uint32_t *slots; /* a hash table with open addressing: an index + 1, 0 is free */

	while (size / 2 < all->count)
		size *= 2;
	slots = xcalloc(size, sizeof(*slots));
	for (size_t i = 0; i < all->count; i++) {
		const struct label *l = &all->list[i], *first;
		size_t at = (size_t)digest_fnv1a(l->text) & (size - 1);
		while (slots[at] && strcmp(all->list[slots[at] - 1].text, l->text) != 0)
			at = (at + 1) & (size - 1);
		if (!slots[at])
			slots[at] = (uint32_t)i + 1;
		first = &all->list[slots[at] - 1];
		if (first->cluster != l->cluster)
			tell_twice(first, l, m);
	}
	free(slots);
}

void labels_done(struct labels *all)
{
	free(all->list);
	*all = (struct labels){0};
}
