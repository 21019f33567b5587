/* What stands under `discover`. */
#include "policyfile/loader.h"

#include <stdio.h>

static void replace_text(char **at, const char *text)
{
	free(*at);
	*at = xstrdup(text);
}

/* DescribeDBClusters: keys and values of tags have at most 128 characters. */
#define TAG_MAX 128

/* A value may be empty, if it says so in quotes. */
static bool read_tag_text(struct loader *l, const struct key *k, const struct node *n,
	const char *what, bool may_be_empty)
{
	char found[NODE_TEXT_SIZE];
	const char *text;

	if (n->kind == NODE_SCALAR && may_be_empty && !n->plain && !*n->text)
		return true;
	if (n->kind == NODE_SCALAR && *n->text && strlen(n->text) > TAG_MAX) {
		loader_error(l, n, "%s has at most %d bytes", what, TAG_MAX);
		return false;
	}
	if (n->kind == NODE_SCALAR && !node_is_null(n))
		return value_name(l, k, n, &text);
	node_describe(n, found);
	loader_error(l, n, "%s is a text, not %s", what, found);
	return false;
}

static int compare_tags(const void *a, const void *b)
{
	return strcmp(
		((const struct discovery_tag *)a)->key, ((const struct discovery_tag *)b)->key);
}

static void set_tags(struct loader *l, const struct key *k, const struct node *n)
{
	struct discovery_tag *tags;
	size_t count = 0;

	if (!layer_is_mapping(l, key_name(k), n))
		return;
	if (n->count > (size_t)k->most) {
		loader_error(l, n, "'%s' takes at most %d tags", key_name(k), (int)k->most);
		return;
	}
	tags = xcalloc(n->count, sizeof(*tags));
	for (size_t i = 0; i < n->count; i++)
		if (read_tag_text(l, k, n->keys[i], "the key of a tag", false) &&
			read_tag_text(l, k, n->items[i], "the value of a tag", true))
			tags[count++] = (struct discovery_tag){
				xstrdup(n->keys[i]->text), xstrdup(n->items[i]->text)};
	if (count > 1)
		qsort(tags, count, sizeof(*tags), compare_tags);
	discovery_set_tags(l->discovery, tags, count);
}

static void set_exclude(struct loader *l, const struct key *k, const struct node *n)
{
	size_t count = 0;
	char **ids;

	if (!value_is_list(l, k, n, "[amv-bp1xxxxxxxxxxxxx]"))
		return;
	ids = xcalloc(n->count, sizeof(*ids));
	for (size_t i = 0; i < n->count; i++) {
		const char *id;
		if (value_id(l, k, n->items[i], &id))
			ids[count++] = xstrdup(id);
	}
	if (count > 1)
		qsort(ids, count, sizeof(*ids), value_compare_texts);
	discovery_set_exclude(l->discovery, ids, count);
}

void discover_set(struct loader *l, const struct key *k, const struct node *n)
{
	struct discovery *d = l->discovery;
	const char *text;

	switch ((int)key_field(k)) {
	case FIELD_FIND_REGION:
		if (value_region(l, k, n, &text))
			replace_text(&d->region, text);
		break;
	case FIELD_FIND_TAGS:
		set_tags(l, k, n);
		break;
	case FIELD_FIND_NAME:
		if (value_name(l, k, n, &text))
			replace_text(&d->name_pattern, text);
		break;
	case FIELD_FIND_EXCLUDE:
		set_exclude(l, k, n);
		break;
	case FIELD_FIND_EVERY:
		(void)value_seconds(l, k, n, &d->every_s);
		break;
	default:
		(void)value_seconds(l, k, n, &d->forget_after_s);
		break;
	}
}

void discover_end(struct loader *l, struct discovery *d, bool good)
{
	const struct node *forget = l->origin[FIELD_FORGET_AFTER];
	const struct node *at = forget ? forget : l->origin[FIELD_FIND_EVERY];

	if (good && at && d->forget_after_s < d->every_s)
		loader_error(l, at,
			"'forget_after' is shorter than 'every': a cluster would be forgotten "
			"before it is looked for again");
	d->account = xstrdup(d->template->account);
	if (d->region)
		policy_set_region(d->template, d->region);
	else
		d->region = xstrdup(d->template->region);
}
