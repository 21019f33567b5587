/* Prints policies, accounts and whole files as YAML that loads to the same. */
#include "policyfile/policyfile.h"
#include "policyfile/types.h"

#include <stdio.h>

struct printer {
	struct text *out;
	int indent;
	bool item;                 /* the next line begins an item of a list */
	const struct key *section; /* the mapping that the keys stand in, once it is begun */
};

static void begin_line(struct printer *p, int indent, const char *name)
{
	text_printf(p->out, "%*s%s%s:", indent - (p->item ? 2 : 0), "", p->item ? "- " : "", name);
	p->item = false;
}

/* Prints a key that has a value to show, after the line that begins its mapping. */
static void print_key(struct printer *p, const struct key *k, const struct key *section,
	const struct objects *objects)
{
	_cleanup_(text_done) struct text value = TEXT_INIT(VALUE_MAX_BYTES);
	const struct type *type = &types[k->type];
	int indent = p->indent + (section ? 2 : 0);

	type_print(k, objects, &value);
	if (value.length == 0)
		return;
	if (section && section != p->section) {
		begin_line(p, p->indent, section->path);
		text_add(p->out, "\n");
		p->section = section;
	}
	begin_line(p, indent, key_name(k));
	if (!type->print_lines || !type->print_lines(objects->of[k->object], indent + 2, p->out))
		text_printf(p->out, " %s", value.s);
	text_add(p->out, "\n");
}

static void print_keys(struct printer *p, enum scope scope, const struct objects *objects)
{
	const struct key *section = NULL;

	for (const struct key *k = keys; k < keys + FIELD_COUNT; k++) {
		if (!(k->scopes & (unsigned)scope))
			continue;
		if (k->type == TYPE_MAPPING)
			section = k;
		else
			print_key(p, k, key_is_below(k, section) ? section : NULL, objects);
	}
}

static void print_policy_name(const struct policy *p, struct text *out)
{
	if (p->policy_name)
		text_printf(out, "  # with the policy %s\n", p->policy_name);
}

static void print_cluster(const struct policy *policy, struct text *out)
{
	struct printer p = {.out = out, .indent = 4, .item = true};

	print_policy_name(policy, out);
	print_keys(&p, SCOPE_CLUSTER, OBJECTS(POLICY, policy));
}

static void print_discovery(const struct discovery *d, struct text *out)
{
	struct printer p = {.out = out, .indent = 4, .item = true};

	print_policy_name(d->template, out);
	print_keys(&p, SCOPE_FOUND, OBJECTS_FOUND(d));
}

static void print_account(const struct account *a, struct text *out)
{
	struct printer p = {.out = out, .indent = 4};

	text_add(out, "  ");
	document_quote(out, a->name);
	text_add(out, ":\n");
	print_keys(&p, SCOPE_ACCOUNT, OBJECTS(ACCOUNT, a));
}

static void print_sink(const struct sink *s, struct text *out)
{
	struct printer p = {.out = out, .indent = 4, .item = true};

	print_keys(&p, SCOPE_SINK, OBJECTS(SINK, s));
}

void policyfile_print(const struct policy *p, const struct account *a, struct text *out)
{
	text_add(out, "version: 1\n");
	if (a) {
		text_add(out, "accounts:\n");
		print_account(a, out);
	}
	text_add(out, "clusters:\n");
	print_cluster(p, out);
}

void policyfile_print_all(const struct policyfile *f, struct text *out)
{
	struct printer p = {.out = out};

	text_add(out, "version: 1\n");
	print_keys(&p, SCOPE_FILE, OBJECTS(FILE, f));
	text_add(out, "accounts:\n");
	for (size_t i = 0; i < f->account_count; i++)
		print_account(f->accounts[i], out);
	text_add(out, f->sink_count > 0 ? "notify:\n" : "");
	for (size_t i = 0; i < f->sink_count; i++)
		print_sink(f->sinks[i], out);
	text_printf(out, "clusters:%s\n", f->cluster_count + f->discovery_count ? "" : " []");
	for (size_t i = 0; i < f->cluster_count; i++)
		print_cluster(f->clusters[i], out);
	for (size_t i = 0; i < f->discovery_count; i++)
		print_discovery(f->discoveries[i], out);
}
