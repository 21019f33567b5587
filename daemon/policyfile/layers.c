#include "policyfile/loader.h"
#include "policyfile/secret.h"

#include <stdio.h>

/* `key` as node_describe() shows it. */
static void refuse_secret(struct loader *l, const struct node *at, const char *key)
{
	loader_error(l, at,
		"no secrets in a policy file, which others may read: leave %s out, get a new "
		"key, and keep it where one of the ways to `login` finds it (see retaind(8))",
		key);
}

bool layer_is_mapping(struct loader *l, const char *what, const struct node *n)
{
	char found[NODE_TEXT_SIZE], key[NODE_TEXT_SIZE - 8], quoted[NODE_TEXT_SIZE];

	if (n->kind == NODE_MAPPING)
		return true;
	node_describe(n, found);
	text_copy_printable(key, sizeof(key), what);
	(void)snprintf(quoted, sizeof(quoted), "'%s'", key);
	if (node_is_null(n))
		loader_error(l, n, "%s has no value: write {} or leave the key out", quoted);
	else if (secret_key(what))
		refuse_secret(l, n, quoted);
	else
		loader_error(l, n, "%s takes keys with values, not %s", quoted, found);
	return false;
}

/* A layer may say `schedule` or `every`, not both; across layers, the later one wins. */
static void check_schedule(struct loader *l, const struct node *backup)
{
	struct node *schedule = NULL, *every = NULL;
	const struct node *later;

	if (!node_get(backup, "schedule", &schedule) || !node_get(backup, "every", &every))
		return;
	later = position_before(schedule->at, every->at) ? every : schedule;
	loader_error(l, later, "`schedule` and `every` exclude each other: leave one of them out");
}

void layer_unknown_key(
	struct loader *l, enum scope scope, enum field parent, const struct node *key)
{
	char found[NODE_TEXT_SIZE], hint[KEY_HINT_SIZE];

	if (l->quiet || key->kind == NODE_BROKEN)
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

static void apply_keys(
	struct loader *l, const struct node *mapping, enum scope scope, enum field parent)
{
	for (size_t i = 0; i < mapping->count; i++) {
		struct node *item = mapping->items[i];
		const struct key *k = key_find(scope, parent, mapping->keys[i]->text);
		if (!k) {
			layer_unknown_key(l, scope, parent, mapping->keys[i]);
		} else if (k->type != TYPE_MAPPING) {
			field_set(l, k, item);
		} else {
			l->origin[key_field(k)] = mapping->keys[i];
			if (layer_is_mapping(l, key_name(k), item))
				apply_keys(l, item, scope,
					key_field(k)); /* one level: nothing nests deeper */
		}
	}
	if (parent == FIELD_BACKUP)
		check_schedule(l, mapping);
}

void layer_apply(struct loader *l, const struct node *layer, enum scope scope)
{
	apply_keys(l, layer, scope, FIELD_COUNT);
}
