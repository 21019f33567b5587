#include "policyfile/labels.h"

void labels_add(
	struct labels *all, const char *text, const struct node *at, size_t cluster, bool is_id)
{
	all->list = memory_grow(all->list, &all->capacity, all->count + 1, sizeof(*all->list));
	all->list[all->count++] = (struct label){text, at, cluster, is_id};
}

static int compare_labels(const void *a, const void *b)
{
	const struct label *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	if (order)
		return order;
	if (x->cluster != y->cluster)
		return x->cluster < y->cluster ? -1 : 1;
	return y->is_id - x->is_id;
}

void labels_check(struct labels *all, struct messages *m)
{
	size_t first = 0; /* of the labels with the same text */

	if (all->count > 1)
		qsort(all->list, all->count, sizeof(*all->list), compare_labels);
	for (size_t i = 1; i < all->count; i++) {
		const struct label *a = &all->list[first], *b = &all->list[i];
		if (strcmp(a->text, b->text) != 0)
			first = i;
		if (first == i || a->cluster == b->cluster)
			continue;
		messages_add(m, SEVERITY_ERROR, b->at->at, "%s '%s'",
			a->is_id && b->is_id ? "duplicate cluster id"
				: a->is_id || b->is_id
				? "a name cannot be the id of another cluster:"
				: "duplicate cluster name",
			b->text);
		messages_add(m, SEVERITY_NOTE, a->at->at, "the other is here");
	}
}

void labels_done(struct labels *all)
{
	free(all->list);
	*all = (struct labels){0};
}
