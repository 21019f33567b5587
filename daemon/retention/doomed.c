/* The order of deletes, and the name of a plan. */
#include "retention/doomed.h"

#include "base/text.h"
#include "retention/lineage.h"

struct emission {
	const uint32_t *parents;
	uint32_t *children; /* by index: doomed children still to come */
	bool *passed;       /* by index: its turn by age has come */
	struct plan *p;
};

static bool is_doomed(const struct plan *p, uint32_t index)
{
	return p->verdicts[index].kind == VERDICT_DELETE;
}

/* Emits a set unless it has to wait for its children, and with it the parents that waited for it
 * alone. All get their turn: verdicts() quarantines what runs in a circle. */
static void emit(struct emission *e, uint32_t at)
{
	e->passed[at] = true;
	while (e->children[at] == 0) {
		uint32_t parent = e->parents[at];
		e->p->doomed[e->p->doomed_count++] = at;
		if (!parent_is_listed(parent) || !is_doomed(e->p, parent))
			return;
		e->children[parent]--;
		if (!e->passed[parent])
			return;
		at = parent;
	}
}

static void list_with_parents(const uint32_t *parents, struct plan *p)
{
	_cleanup_free_ uint32_t *children = xcalloc(p->count, sizeof(*children));
	_cleanup_free_ bool *passed = xcalloc(p->count, sizeof(*passed));
	struct emission e = {parents, children, passed, p};

	for (size_t i = 0; i < p->count; i++)
		if (is_doomed(p, (uint32_t)i) && parent_is_listed(parents[i]))
			children[parents[i]]++;
	for (size_t i = p->count; i-- > 0;)
		if (is_doomed(p, p->newest_first[i]))
			emit(&e, p->newest_first[i]);
}

void doomed_list(const struct inventory *inv, const uint32_t *parents, struct plan *p)
{
	size_t count = 0;

	for (size_t i = 0; i < inv->count; i++)
		count += is_doomed(p, (uint32_t)i);
	p->doomed = xreallocarray(NULL, count, sizeof(*p->doomed));
	p->doomed_count = 0;
	if (parents) {
		list_with_parents(parents, p);
		return;
	}
	for (size_t i = inv->count; i-- > 0;)
		if (is_doomed(p, p->newest_first[i]))
			p->doomed[p->doomed_count++] = p->newest_first[i];
}

void doomed_hash(const struct inventory *inv, const char *cluster, struct plan *p)
{
	struct text t = TEXT_INIT(SIZE_MAX / 2);

	text_add(&t, "retaind plan 1\n");
	text_add(&t, cluster);
	text_add(&t, "\n");
	for (size_t i = 0; i < p->doomed_count; i++) {
		text_add(&t, set_id(inv, p->doomed[i]));
		text_add(&t, "\n");
	}
	for (size_t i = 0; i < p->count && p->late_count > 0; i++)
		if (p->verdicts[p->newest_first[i]].doubt == DOUBT_LATE)
			text_printf(&t, "late %s\n", set_id(inv, p->newest_first[i]));
	digest_sha256_hex(t.s, t.length, p->hash);
	text_done(&t);
}
