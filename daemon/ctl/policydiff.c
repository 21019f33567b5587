#include "ctl/policydiff.h"

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

/* One line of the print: a key in a section, a key of the cluster, or an item of a list. */
static void add_line(struct entries *e, char **section, const char *line)
{
	size_t indent = strspn(line, " ");
	const char *word = line + indent, *colon = strstr(word, ":");
	bool item = word[0] == '-';
	struct entry entry;

	if (indent < INDENT || *word == '#' || (!item && !colon))
		return;
	if (!item && indent == INDENT) {
		free(*section);
		*section = xstrndup(word, (size_t)(colon - word));
		if (!colon[1])
			return;
	}
	entry.key = item || indent == INDENT
		? xstrdup(*section ? *section : "")
		: xasprintf("%s.%.*s", *section ? *section : "", (int)(colon - word), word);
	entry.value = xstrdup(
		item ? word + 1 + strspn(word + 1, " ") : colon + 1 + strspn(colon + 1, " "));
	e->list = memory_grow(e->list, &e->capacity, e->count + 1, sizeof(*e->list));
	e->list[e->count++] = entry;
}

static void read_entries(const struct policy *p, struct entries *ret)
{
	_cleanup_(text_done) struct text printed = TEXT_INIT(PRINTED_MAX_BYTES);
	_cleanup_free_ char *section = NULL;
	char *rest, *line;

	policyfile_print(p, &printed);
	rest = printed.s;
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

static void compare(const struct policy *old, const struct policy *changed, found *tell, void *data)
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

void policydiff_text(const struct policy *old, const struct policy *changed, struct text *out)
{
	compare(old, changed, tell_text, out);
}

void policydiff_json(const struct policy *old, const struct policy *changed, struct jsonwriter *w)
{
	compare(old, changed, tell_json, w);
}
