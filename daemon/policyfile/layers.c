/* Applies a layer key by key. The row of each key says how. */
#include "policyfile/layers.h"

#include "policyfile/types.h"

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

static void set_key(struct loader *l, const struct key *k, struct node *n)
{
	void *const objects[OBJECT_COUNT] = {
		[OBJECT_FILE] = l->file,
		[OBJECT_ACCOUNT] = l->account,
		[OBJECT_POLICY] = l->policy,
		[OBJECT_DISCOVERY] = l->discovery,
		[OBJECT_SINK] = l->sink,
	};

	if (types[k->type].set)
		types[k->type].set(l, k, n, objects[k->object]);
	l->origin[key_field(k)] = n;
}

static void apply_keys(
	struct loader *l, const struct node *mapping, enum scope scope, enum field parent)
{
	for (size_t i = 0; i < mapping->count; i++) {
		struct node *item = mapping->items[i];
		const struct key *k = key_find(scope, parent, mapping->keys[i]->text);
		if (!k) {
			loader_unknown_key(l, scope, parent, mapping->keys[i]);
		} else if (k->type != TYPE_MAPPING) {
			set_key(l, k, item);
		} else {
			l->origin[key_field(k)] = mapping->keys[i];
			if (loader_is_mapping(l, key_name(k), item))
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
