/* Finds labels that two clusters have. */
#include "policyfile/labels.h"

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

static int compare_labels(const void *a, const void *b)
{
	const struct label *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	return order ? order : position_before(x->at->at, y->at->at) ? -1 : 1;
}

void labels_check(struct labels *all, struct messages *m)
{
	const struct label *first = all->list;

	if (all->count > 1)
		qsort(all->list, all->count, sizeof(*all->list), compare_labels);
	for (size_t i = 1; i < all->count; i++) {
		if (strcmp(first->text, all->list[i].text) != 0)
			first = &all->list[i];
		else if (first->cluster != all->list[i].cluster)
			tell_twice(first, &all->list[i], m);
	}
}

void labels_done(struct labels *all)
{
	free(all->list);
	*all = (struct labels){0};
}
