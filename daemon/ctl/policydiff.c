#include "ctl/policydiff.h"

#include <stdio.h>

#define PRINTED_MAX_BYTES (16 * 1024 * 1024)
#define INDENT 4 /* of the keys of a cluster, as policyfile_print() writes them */

struct entry {
	char *key; /* "keep.daily" */
	char *value;
};

/* The keys of one policy, in the order of its print. */
struct entries {
	struct entry *list;
	size_t count, capacity;
};

static void entries_done(struct entries *e)
{
	for (size_t i = 0; i < e->count; i++) {
		free(e->list[i].key);
		free(e->list[i].value);
	}
	free(e->list);
}

static void add_entry(struct entries *e, char *key, const char *value)
{
	e->list = memory_grow(e->list, &e->capacity, e->count + 1, sizeof(*e->list));
	e->list[e->count++] = (struct entry){key, xstrdup(value + strspn(value, " "))};
}

/* One line of the print: what begins a list of keys ("- discover:"), a key of the cluster, a key in
 * a section, or an item of a list. */
static void add_line(struct entries *e, char **section, const char *line)
{
	size_t indent = strspn(line, " ");
	const char *word = line + indent, *colon = strchr(word, ':');
	bool item = word[0] == '-';

	if (*word == '#' || (!item && !colon))
		return;
	if (indent == INDENT || (item && indent < INDENT && colon)) {
		word += indent < INDENT ? 2 : 0;
		free(*section);
		*section = xstrndup(word, (size_t)(colon - word));
	}
	if (indent < INDENT || (indent == INDENT && !colon[1]))
		return;
	if (item)
		add_entry(e, xstrdup(*section ? *section : ""), word + 1);
	else if (indent == INDENT)
		add_entry(e, xstrdup(*section), colon + 1);
	else
		add_entry(e, xasprintf("%s.%.*s", *section, (int)(colon - word), word), colon + 1);
}

static void read_entries(struct text *printed, struct entries *ret)
{
	_cleanup_free_ char *section = NULL;
	char *rest = printed->s, *line;

	while (rest && (line = strsep(&rest, "\n")))
		add_line(ret, &section, line);
}

static bool has(const struct entries *e, const struct entry *entry)
{
	for (size_t i = 0; i < e->count; i++)
		if (text_equal(e->list[i].key, entry->key) &&
			text_equal(e->list[i].value, entry->value))
			return true;
	return false;
}

static const char *value_of(const struct entries *e, const char *key)
{
	for (size_t i = 0; i < e->count; i++)
		if (text_equal(e->list[i].key, key))
			return e->list[i].value;
	return NULL;
}

typedef void found(void *data, const char *key, const char *old, const char *changed);

/* Takes the prints apart. */
static void compare(struct text *old, struct text *changed, found *tell, void *data)
{
	_cleanup_(entries_done) struct entries a = {0}, b = {0};

	read_entries(old, &a);
	read_entries(changed, &b);
	for (size_t i = 0; i < a.count; i++)
		if (!has(&b, &a.list[i]))
			tell(data, a.list[i].key, a.list[i].value, value_of(&b, a.list[i].key));
	for (size_t i = 0; i < b.count; i++)
		if (!has(&a, &b.list[i]) && !value_of(&a, b.list[i].key))
			tell(data, b.list[i].key, NULL, b.list[i].value);
}

static void tell_text(void *data, const char *key, const char *old, const char *changed)
{
	text_printf(data, "  %s: %s -> %s\n", key, old ? old : "-", changed ? changed : "-");
}

static void tell_json(void *data, const char *key, const char *old, const char *changed)
{
	struct jsonwriter *w = data;

	json_object_begin(w, NULL);
	json_string(w, "key", key);
	json_string(w, "old", old);
	json_string(w, "new", changed);
	json_object_end(w);
}

static void compare_prints(
	const struct policy *old, const struct policy *changed, found *tell, void *data)
{
	_cleanup_(text_done) struct text a = TEXT_INIT(PRINTED_MAX_BYTES),
					 b = TEXT_INIT(PRINTED_MAX_BYTES);

	policyfile_print(old, NULL, &a);
	policyfile_print(changed, NULL, &b);
	compare(&a, &b, tell, data);
}

void policydiff_text(const struct policy *old, const struct policy *changed, struct text *out)
{
	compare_prints(old, changed, tell_text, out);
}

void policydiff_json(const struct policy *old, const struct policy *changed, struct jsonwriter *w)
{
	compare_prints(old, changed, tell_json, w);
}

/* An account, or something that is discovered, by both files; one of the two may lack it. */
struct rest {
	char name[96]; /* "account prod", "discover 1" */
	struct text old, changed;
};

static const char *change_of(const struct rest *r)
{
	return !r->old.s ? "new" : !r->changed.s ? "gone" : "changed";
}

typedef void found_rest(void *data, struct rest *r);

static void tell_rest_text(void *data, struct rest *r)
{
	text_printf(data, "%s: %s\n", r->name, change_of(r));
	if (r->old.s && r->changed.s)
		compare(&r->old, &r->changed, tell_text, data);
}

static void tell_rest_json(void *data, struct rest *r)
{
	struct jsonwriter *w = data;

	json_object_begin(w, NULL);
	json_null(w, "cluster");
	json_string(w, "name", r->name);
	json_string(w, "change", change_of(r));
	json_array_begin(w, "policy");
	if (r->old.s && r->changed.s)
		compare(&r->old, &r->changed, tell_json, data);
	json_array_end(w);
	json_null(w, "old");
	json_null(w, "new");
	json_null(w, "sets");
	json_object_end(w);
}

static void compare_account(
	const struct account *old, const struct account *changed, found_rest *tell, void *data)
{
	struct rest r = {
		.old = TEXT_INIT(PRINTED_MAX_BYTES), .changed = TEXT_INIT(PRINTED_MAX_BYTES)};

	if (old && changed && account_same(old, changed))
		return;
	(void)snprintf(r.name, sizeof(r.name), "account %s", old ? old->name : changed->name);
	if (old)
		policyfile_print_account(old, &r.old);
	if (changed)
		policyfile_print_account(changed, &r.changed);
	tell(data, &r);
	text_done(&r.old);
	text_done(&r.changed);
}

/* What is discovered has no name: it is compared in its order. */
static void compare_discovery(const struct policyfile *old, const struct policyfile *changed,
	size_t i, found_rest *tell, void *data)
{
	const struct discovery *a = i < old->discovery_count ? old->discoveries[i] : NULL;
	const struct discovery *b = i < changed->discovery_count ? changed->discoveries[i] : NULL;
	struct rest r = {
		.old = TEXT_INIT(PRINTED_MAX_BYTES), .changed = TEXT_INIT(PRINTED_MAX_BYTES)};

	if (a && b && policyfile_same_discovery(a, b))
		return;
	(void)snprintf(r.name, sizeof(r.name), "discover %zu", i + 1);
	if (a)
		policyfile_print_discovery(a, &r.old);
	if (b)
		policyfile_print_discovery(b, &r.changed);
	tell(data, &r);
	text_done(&r.old);
	text_done(&r.changed);
}

static void compare_rest(const struct policyfile *old, const struct policyfile *changed,
	found_rest *tell, void *data)
{
	for (size_t i = 0; i < changed->account_count; i++)
		compare_account(policyfile_account(old, changed->accounts[i]->name),
			changed->accounts[i], tell, data);
	for (size_t i = 0; i < old->account_count; i++)
		if (!policyfile_account(changed, old->accounts[i]->name))
			compare_account(old->accounts[i], NULL, tell, data);
	for (size_t i = 0; i < old->discovery_count || i < changed->discovery_count; i++)
		compare_discovery(old, changed, i, tell, data);
}

void policydiff_rest_text(
	const struct policyfile *old, const struct policyfile *changed, struct text *out)
{
	compare_rest(old, changed, tell_rest_text, out);
}

void policydiff_rest_json(
	const struct policyfile *old, const struct policyfile *changed, struct jsonwriter *w)
{
	compare_rest(old, changed, tell_rest_json, w);
}
