/* What people ordered by command, as it is in force for one cluster. */
#include "service/in_force.h"

#include "base/text.h"
#include "service/now.h"

char *in_force_words(const struct order *o, const struct zone *z)
{
	char at[CIVIL_TEXT_SIZE], until[CIVIL_TEXT_SIZE] = "";

	zone_format(z, o->at_s, at);
	if (o->until_s != ORDER_NO_END)
		zone_format(z, o->until_s, until);
	return xasprintf("by %s since %s%s%s%s%s", o->by, at, until[0] ? " until " : "", until,
		o->reason[0] ? ": " : "", o->reason);
}

static struct protected_set protected_by(const struct order *o)
{
	return (struct protected_set){.id = (char *)(uintptr_t)o->set,
		.by = (char *)(uintptr_t)o->by,
		.reason = o->reason[0] ? (char *)(uintptr_t)o->reason : NULL,
		.at_s = o->at_s,
		.until_s = o->until_s};
}

struct policy *in_force_policy(const struct orders *o, struct policy *given)
{
	struct protected_set *sets;
	struct policy *p = given;
	size_t count = 0;

	if (!o || orders_count(o) == 0)
		return given;
	sets = xcalloc(orders_count(o), sizeof(*sets));
	for (size_t i = 0; i < orders_count(o); i++) {
		const struct order *order = orders_at(o, i);
		if (order->kind == ORDER_PROTECT && text_equal(order->cluster, given->cluster))
			sets[count++] = protected_by(order);
	}
	if (count > 0) {
		p = policy_copy(given, given->cluster, given->name);
		policy_protect_more(p, sets, count);
	}
	free(sets);
	return p;
}

const struct order *in_force_proof(const struct orders *o, const char *cluster)
{
	const struct order *last = NULL;

	for (size_t i = 0; o && i < orders_count(o); i++) {
		const struct order *order = orders_at(o, i);
		if (order->kind == ORDER_PROVED && text_equal(order->cluster, cluster) &&
			(!last || order->at_s >= last->at_s))
			last = order;
	}
	return last;
}

static void feed_hold(const struct order *o, const char *trouble, enum hold_scope scope,
	struct cycle *c, const struct policy *p)
{
	_cleanup_free_ char *words = o ? in_force_words(o, p->zone) : NULL;
	_cleanup_free_ char *held = trouble ? xstrdup(trouble)
		: o
		? xasprintf("held%s %s", scope == HOLD_SCOPE_ALL ? " with all clusters" : "", words)
		: NULL;
	struct event e = {.kind = EVENT_HOLD,
		.scope = scope,
		.held = held,
		.until_s = o && !trouble ? o->until_s : INT64_MAX};

	cycle_feed(c, &e, now_moment());
}

void in_force_feed(const struct orders *o, struct cycle *c, const struct policy *p)
{
	if (!o)
		return;
	feed_hold(orders_find(o, ORDER_HOLD, p->cluster, ""), NULL, HOLD_SCOPE_CLUSTER, c, p);
	feed_hold(orders_find(o, ORDER_HOLD, "", ""), orders_trouble(o), HOLD_SCOPE_ALL, c, p);
}
