/* Reads the sinks of `notify`, and whether their keys fit each other. */
#include "policyfile/read_sinks.h"

#include "base/memory.h"
#include "policyfile/layers.h"

#define SINKS_MAX 16

void sink_free(struct sink *s)
{
	if (!s)
		return;
	free(s->url_file);
	free(s->secret_file);
	free(s->ca_file);
	free(s);
}

static const char *kind_name(int kind)
{
	return key_word(&keys[FIELD_SINK_KIND], kind);
}

/* "healthchecks, ping or alertmanager" */
static void describe_kinds(unsigned those, struct text *out)
{
	for (int kind = 0; kind < NOTIFY_KIND_COUNT; kind++)
		if (those & 1u << kind) {
			those &= ~(1u << kind);
			text_printf(out, "%s%s",
				!out->length    ? ""
					: those ? ", "
						: " or ",
				kind_name(kind));
		}
}

static void check_key(struct loader *l, const struct node *key, const struct sink *s)
{
	const struct key *k = key_find(SCOPE_SINK, FIELD_COUNT, key->text);
	_cleanup_(text_done) struct text takers = TEXT_INIT(256);

	if (!k->kinds || k->kinds & 1u << s->kind)
		return;
	describe_kinds(k->kinds, &takers);
	loader_error(l, key, "'%s' goes with the kinds %s: a sink of kind %s has no use for it",
		k->path, takers.s, kind_name(s->kind));
}

static void check_keys(struct loader *l, const struct node *n, const struct sink *s)
{
	if (!s->url_file)
		loader_error(l, n,
			"a sink needs the 'url_file' that holds its URL: the name of a credential "
			"of the unit, or an absolute path");
	else if (!s->secret_file && (s->kind == NOTIFY_DINGTALK || s->kind == NOTIFY_FEISHU))
		loader_error(l, n,
			"a sink of kind %s needs the 'secret_file' that holds the key of its "
			"signature (`secret_file: " SINK_NO_SECRET
			"` if it goes by keywords or addresses)",
			kind_name(s->kind));
	for (size_t i = 0; i < n->count; i++)
		check_key(l, n->keys[i], s);
}

/* Two of one kind and file would be one to the memory of what was told. */
static void check_twice(struct loader *l, const struct node *n, const struct policyfile *f)
{
	const struct sink *last = f->sinks[f->sink_count - 1];

	for (size_t i = 0; last->url_file && i + 1 < f->sink_count; i++)
		if (f->sinks[i]->kind == last->kind &&
			text_equal(f->sinks[i]->url_file, last->url_file))
			loader_error(l, n, "there is a sink of this kind and 'url_file' above");
}

static void read_sink(struct loader *l, struct node *n, struct policyfile *ret)
{
	struct sink *s = xcalloc(1, sizeof(*s));
	int errors = l->m->errors;

	s->kind = -1;
	s->every_s = NOTIFY_EVERY_S;
	s->on = NOTIFY_ON_ALL;
	ret->sinks[ret->sink_count++] = s;
	l->sink = s;
	layer_apply(l, n, SCOPE_SINK);
	if (l->m->errors == errors && s->kind < 0)
		loader_error(l, n, "a sink needs its 'kind', such as `kind: dingtalk`");
	if (l->m->errors == errors)
		check_keys(l, n, s);
	if (l->m->errors == errors)
		check_twice(l, n, ret);
	l->sink = NULL;
}

void read_sinks(struct loader *l, const struct node *root, struct policyfile *ret)
{
	static const char example[] = "{kind: dingtalk, url_file: ..., secret_file: ...}";
	const struct node *list = node_get(root, "notify", NULL);

	if (!list)
		return;
	if (list->kind != NODE_LIST) {
		(void)loader_refuse(l, list, "'notify' takes a list of `- %s`", example);
		return;
	}
	if (list->count > SINKS_MAX) {
		loader_error(l, list, "'notify' takes at most %d sinks", SINKS_MAX);
		return;
	}
	ret->sinks = xcalloc(list->count, sizeof(struct sink *));
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i]->kind == NODE_MAPPING)
			read_sink(l, list->items[i], ret);
		else
			(void)loader_refuse(
				l, list->items[i], "a sink is a mapping such as %s", example);
}
