/* What stands at the top of the policy file and of the files beside it. */
#include "policyfile/read_parts.h"

static void check_version(struct messages *m, const struct node *root)
{
	struct node *key = NULL, *version = node_get(root, "version", &key);

	if (!version)
		messages_add(m, SEVERITY_ERROR, root->at,
			"no 'version': a policy file begins with `version: 1`");
	else if (version->kind != NODE_BROKEN &&
		(version->kind != NODE_SCALAR || !version->plain ||
			strcmp(version->text, "1") != 0))
		messages_add(
			m, SEVERITY_ERROR, version->at, "this program reads `version: 1` only");
}

/* The keys that a file of policy.d may have. Accounts are not among them: whoever says where keys
 * are read and where calls are sent could get the keys. */
static const char *const parts[] = {"policies", "clusters", NULL};

static bool is_part(const char *key)
{
	for (const char *const *part = parts; *part; part++)
		if (strcmp(*part, key) == 0)
			return true;
	return false;
}

/* Moves the items under one key of a file of policy.d to the same key of the policy file. After an
 * error they stay where they are. */
static void move_part(struct loader *l, struct node *root, struct node *part, size_t i)
{
	const char *name = part->keys[i]->text;
	struct node *from = part->items[i], *to = node_get(root, name, NULL);
	bool list = strcmp(name, "clusters") == 0;

	if (list && from->kind != NODE_LIST) {
		(void)loader_refuse(l, from, "'clusters' takes a list of `- id: amv-...`");
	} else if (list || loader_is_mapping(l, name, from)) {
		if (!to)
			node_move_item(root, part, i);
		else if (to->kind == from->kind)
			node_move_all(to, from);
	}
}

static void read_part(struct loader *l, struct node *root, struct node *part)
{
	for (size_t i = part->count; i-- > 0;) { /* items may leave */
		struct node *key = part->keys[i];
		if (strcmp(key->text, "version") == 0)
			continue;
		if (is_part(key->text))
			move_part(l, root, part, i);
		else if (key_find(SCOPE_FILE, FIELD_COUNT, key->text))
			loader_error(l, key,
				"'%s' belongs into the policy file itself: files of policy.d have "
				"`version`, and add `policies` and `clusters`",
				key->text);
		else
			loader_unknown_key(l, SCOPE_FILE, FIELD_COUNT, key);
	}
}

void read_parts(struct loader *l, struct node *const *roots, size_t count)
{
	check_version(l->m, roots[0]);
	for (size_t i = 1; i < count; i++) {
		if (!roots[i] || !loader_is_mapping(l, "the file", roots[i]))
			continue;
		check_version(l->m, roots[i]);
		read_part(l, roots[0], roots[i]);
	}
	if (count < 2)
		return;
	for (const char *const *part = parts; *part; part++) {
		struct node *n = node_get(roots[0], *part, NULL);
		if (n && n->kind == NODE_MAPPING)
			document_check_duplicates(l->m, n);
	}
}
