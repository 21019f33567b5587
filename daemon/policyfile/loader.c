/* The errors and warnings that the parts of the loader tell. */
#include "policyfile/loader.h"

#include "policyfile/secret.h"

#include <stdarg.h>
#include <stdio.h>

void loader_error(struct loader *l, const struct node *at, const char *format, ...)
{
	char text[1600];
	va_list args;

	if (at->kind == NODE_BROKEN)
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	messages_add(l->m, SEVERITY_ERROR, at->at, "%s", text);
}

bool loader_refuse(struct loader *l, const struct node *n, const char *format, ...)
{
	char text[1500], found[NODE_TEXT_SIZE];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	node_describe(n, found);
	loader_error(l, n, "%s, not %s", text, found);
	return false;
}

/* `key` as node_describe() shows it. */
static void refuse_secret(struct loader *l, const struct node *at, const char *key)
{
	loader_error(l, at,
		"no secrets in a policy file, which others may read: leave %s out, get a new "
		"key, and %s",
		key,
		l->sink ? "put it in a file that 'url_file' or 'secret_file' names"
			: "keep it where one of the ways to `login` finds it (see retaind(8))");
}

bool loader_is_mapping(struct loader *l, const char *what, const struct node *n)
{
	char key[NODE_TEXT_SIZE - 8], quoted[NODE_TEXT_SIZE];

	if (n->kind == NODE_MAPPING)
		return true;
	text_copy_printable(key, sizeof(key), what);
	(void)snprintf(quoted, sizeof(quoted), "'%s'", key);
	if (node_is_null(n))
		loader_error(l, n, "%s has no value: write {} or leave the key out", quoted);
	else if (secret_key(what))
		refuse_secret(l, n, quoted);
	else
		return loader_refuse(l, n, "%s takes keys with values", quoted);
	return false;
}

void loader_unknown_key(
	struct loader *l, enum scope scope, enum field parent, const struct node *key)
{
	char found[NODE_TEXT_SIZE], hint[KEY_HINT_SIZE];

	if (key->kind == NODE_BROKEN)
		return;
	key_hint(scope, parent, key->text, hint);
	node_describe(key, found);
	if (strcmp(key->text, "<<") == 0)
		loader_error(l, key,
			"merge keys are not allowed: the layers merge key by key by themselves");
	else if (secret_key(key->text))
		refuse_secret(l, key, found);
	else
		loader_error(l, key, "unknown key %s%s", found, hint);
}

void loader_unknown_name(struct loader *l, const struct node *at, const char *what,
	const char *under, const char *name, const char *const *names, size_t count)
{
	/* Among many names the search takes long, and nobody sees messages past the limit. */
	bool search = count > 0 && count <= 1000 && l->m->count < MESSAGES_MAX;
	const char *nearest = search ? text_nearest(name, names) : NULL;

	loader_error(l, at, "no %s '%s' in `%s`%s%s%s", what, name, under,
		nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "");
}

bool loader_is_first(struct node *at, enum warning kind)
{
	if (!at || at->said & 1u << kind)
		return false;
	at->said |= 1u << kind;
	return true;
}

void loader_warn(struct messages *m, struct node *at, enum warning kind, const char *format, ...)
{
	char text[512];
	va_list args;

	if (!loader_is_first(at, kind))
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	messages_add(m, SEVERITY_WARNING, at->at, "%s", text);
}

void loader_warn_value(
	const struct loader *l, enum field field, enum warning kind, const char *format, ...)
{
	struct node *at = l->origin[field];
	char text[512], name[TEXT_PRINTABLE_SIZE(64)];
	bool above = l->above && l->above[field] == at && *l->policy->name;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	text_copy_printable(name, sizeof(name), l->policy->name);
	loader_warn(l->m, at, kind, "%s%s%s%s", text, above ? " (for the cluster '" : "",
		above ? name : "", above ? "')" : "");
}
