/* What is told of protected sets. */
#include "cycle/protect.h"

#include "base/digest.h"
#include "base/text.h"

#define DAY_S 86400

static bool lies_between(int64_t s, int64_t since_s, int64_t now_s)
{
	return since_s < s && s <= now_s;
}

static void tell_end(struct outbox *out, const struct policy *p, const struct protected_set *s,
	int64_t since_s, int64_t now_s)
{
	struct report_extra extra = {.set = s->id, .reason = s->reason};
	const char *separator = s->reason ? ": " : "";
	char until[CIVIL_TEXT_SIZE];

	zone_format(p->zone, s->until_s, until);
	if (lies_between(s->until_s, since_s, now_s))
		outbox_report(out, REPORT_PROTECTION, LEVEL_NOTICE, &extra,
			"the protection of set %s has ended (%s%s%s)", s->id,
			s->by ? s->by : "the policy file", separator, s->reason ? s->reason : "");
	else if (s->until_s > now_s && lies_between(s->until_s - DAY_S, since_s, now_s))
		outbox_report(out, REPORT_PROTECTION, LEVEL_NOTICE, &extra,
			"the protection of set %s ends at %s (%s%s%s)", s->id, until,
			s->by ? s->by : "the policy file", separator, s->reason ? s->reason : "");
}

static bool is_unlisted(
	const struct policy *p, size_t i, const struct inventory_index *ids, int64_t now_s)
{
	const struct protected_set *s = &p->protected_sets[i];

	return policy_protection(p, s->id, now_s) == s && inventory_find(ids, s->id) == SIZE_MAX;
}

static void tell_unlisted(struct outbox *out, const struct policy *p,
	const struct inventory_index *ids, int64_t now_s, uint64_t *told)
{
	uint64_t digest = 0;

	for (size_t i = 0; i < p->protected_set_count; i++)
		if (is_unlisted(p, i, ids, now_s))
			digest += digest_fnv1a(p->protected_sets[i].id);
	if (digest == *told)
		return;
	*told = digest;
	for (size_t i = 0; i < p->protected_set_count; i++) {
		const char *id = p->protected_sets[i].id;
		if (is_unlisted(p, i, ids, now_s))
			outbox_report(out, REPORT_PROTECTION, LEVEL_WARNING,
				&(struct report_extra){.set = id}, "protect: set %s is not listed",
				id);
	}
}

void protect_tell(struct outbox *out, const struct policy *p, const struct inventory *inv,
	int64_t since_s, int64_t now_s, uint64_t *told_unlisted)
{
	struct inventory_index *ids;

	if (p->protected_set_count == 0) {
		*told_unlisted = 0;
		return;
	}
	ids = inventory_index_new(inv);
	tell_unlisted(out, p, ids, now_s, told_unlisted);
	for (size_t i = 0; i < p->protected_set_count && since_s > 0; i++) {
		const struct protected_set *s = &p->protected_sets[i];
		if (s->until_s != PROTECT_NO_END && inventory_find(ids, s->id) != SIZE_MAX)
			tell_end(out, p, s, since_s, now_s);
	}
	inventory_index_free(ids);
}
