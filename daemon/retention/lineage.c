/* Which set depends on which. */
#include "retention/lineage.h"

#include "base/memory.h"

uint32_t *lineage_new(const struct inventory *inv)
{
	struct inventory_index *index;
	uint32_t *parents;
	size_t first = 0;

	while (first < inv->count && !inv->sets[first].parent)
		first++;
	if (first == inv->count)
		return NULL;
	index = inventory_index_new(inv);
	parents = xreallocarray(NULL, inv->count, sizeof(*parents));
	for (size_t i = 0; i < inv->count; i++) {
		size_t found = inv->sets[i].parent ? inventory_find(index, set_parent(inv, i)) : 0;
		parents[i] = !inv->sets[i].parent ? PARENT_NONE
			: found == SIZE_MAX       ? PARENT_LOST
						  : (uint32_t)found;
	}
	inventory_index_free(index);
	return parents;
}

/* Goes up from `at` as far as nothing is known. On the way a set counts as in a circle: whoever
 * comes by again is in one. */
static enum standing follow(const uint32_t *parents, uint8_t *standing, uint32_t at)
{
	while (parent_is_listed(at) && standing[at] == STANDING_OPEN) {
		standing[at] = STANDING_CIRCLE;
		at = parents[at];
	}
	if (!parent_is_listed(at))
		return at == PARENT_NONE ? STANDING_SOUND : STANDING_BROKEN;
	return standing[at];
}

void lineage_judge(const uint32_t *parents, size_t count, uint8_t *standing)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t at = (uint32_t)i;
		enum standing result = follow(parents, standing, at);
		if (result == STANDING_CIRCLE)
			continue;
		for (; parent_is_listed(at) && standing[at] == STANDING_CIRCLE; at = parents[at])
			standing[at] = (uint8_t)result;
	}
}
