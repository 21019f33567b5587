/* Looks for the backup after which no rule keeps a set any more. */
#include "outlook/expiry.h"

#include "base/memory.h"
#include "outlook/projection.h"
#include "retention/lineage.h"
#include "retention/slot.h"

#define MOST_SLOTS 200000       /* twenty years of hourly ones */
#define MOST_VERDICTS 100000000 /* about a second of work */
#define PARENTS_COST 10         /* verdicts on sets that have parents cost so many others */
/* At the end of a month a window of months may move back by three days, and let sets in again. */
#define WINDOW_BACK_S ((int64_t)7 * 86400)

/* What holds a set: a bit per enum rule, and */
enum {
	HOLD_BY_MINIMUM =
		RULE_COUNT, /* it is one of the newest max(1, safety.minimum) valid sets */
	HOLD_BY_PARENT,     /* a set that stays depends on it */
	HOLDS,
};
_Static_assert(EXPIRY_PHASES == HOLDS + 1, "there is a phase for every hold, and for the cloud");

static const char *hold_name(unsigned hold)
{
	if (hold < RULE_COUNT)
		return rule_rows[hold]->name;
	return hold == HOLD_BY_MINIMUM ? "minimum" : "parent";
}

/* What is known of one of the sets that are there now. */
struct held {
	unsigned holds;          /* bits: what holds it after the last slot */
	unsigned next;           /* what holds it after this one */
	int64_t let_go_s[HOLDS]; /* when each hold ended last; SET_NO_TIME: it never did */
	int64_t child_end_s;     /* when the last set that depended on it went, in this slot */
};

struct course {
	struct projection projection;
	uint32_t *parents;  /* by index of the inventory; NULL: no set names one */
	struct held *held;  /* likewise */
	uint16_t unlimited; /* the rules without a limit, a bit each */
	/* They stay for ever: rules without a limit hold them, and no other, and a newer set is
	 * there, so that no set to come shares a bucket with them. */
	bool settled;
	bool gave_up;  /* it took too long */
	size_t walked; /* sets of the inventory that are there and the rules' to judge */
};

/* How long the cloud keeps sets, as far as the newest one that says so tells. */
static int64_t cloud_retention(const struct inventory *inv, int64_t otherwise_s)
{
	const struct set *newest = NULL;

	for (size_t i = 0; i < inv->count; i++) {
		const struct set *s = &inv->sets[i];
		if (s->state == SET_VALID && s->start_s != SET_NO_TIME &&
			s->expires_s > s->start_s && (!newest || s->start_s > newest->start_s))
			newest = s;
	}
	return newest ? newest->expires_s - newest->start_s : otherwise_s;
}

static bool is_later(int64_t a_s, int64_t b_s)
{
	return b_s != SET_NO_TIME && (a_s == SET_NO_TIME || a_s > b_s);
}

/* By insertion, in the order in which they let go. */
static void add_phase(struct expiry *e, const char *hold, int64_t until_s)
{
	size_t at = e->count++;

	for (; at > 0 && is_later(e->phases[at - 1].until_s, until_s); at--)
		e->phases[at] = e->phases[at - 1];
	e->phases[at] = (struct expiry_phase){.hold = hold, .until_s = until_s};
}

/* NULL if the set was not there at the start, or depends on none that was listed. */
static struct held *parent_of(const struct course *c, const struct projected_set *s)
{
	if (s->source == PROJECTION_NEW || !c->parents)
		return NULL;
	return parent_is_listed(c->parents[s->source]) ? &c->held[c->parents[s->source]] : NULL;
}

static void hold_given(struct course *c, size_t index, bool is_minimum)
{
	const struct projection *p = &c->projection;
	const struct projected_set *s = &p->sets[p->which[index]];
	struct held *parent = parent_of(c, s);

	c->held[s->source].next |= s->rules | (unsigned)is_minimum << HOLD_BY_MINIMUM;
	if (parent)
		parent->next |= 1u << HOLD_BY_PARENT;
	if (!projection_walks(s))
		return;
	c->walked++;
	c->settled = c->settled && !is_minimum && s->rules && !(s->rules & ~c->unlimited);
}

/* What holds each of the given sets that are there. */
static void find_holds(struct course *c)
{
	const struct projection *p = &c->projection;
	int64_t left = p->policy->safety.minimum > 1 ? p->policy->safety.minimum : 1;
	bool newer = false;

	c->walked = 0;
	c->settled = !c->parents && p->next_expiry_s == INT64_MAX;
	for (size_t i = p->there.count; i-- > 0;) {
		const struct projected_set *s = &p->sets[p->which[i]];
		bool is_minimum = s->valid && left-- > 0;
		newer = newer || (s->source == PROJECTION_NEW && projection_walks(s));
		if (s->source != PROJECTION_NEW)
			hold_given(c, i, is_minimum);
	}
	c->settled = c->settled && newer;
}

static void find_ends_of_children(struct course *c)
{
	const struct projection *p = &c->projection;

	for (size_t i = 0; i < p->gone_count; i++) {
		const struct projected_set *s = &p->sets[p->gone[i]];
		struct held *parent = parent_of(c, s);
		if (parent && s->end_s > parent->child_end_s)
			parent->child_end_s = s->end_s;
	}
}

/* When a set's hold ended that it had before the slot at `at_s`. */
static int64_t hold_end(
	const struct held *h, const struct projected_set *s, unsigned hold, int64_t at_s)
{
	int64_t end_s = s->end_s == SET_NO_TIME ? at_s : s->end_s;
	bool has_child = h->next & 1u << HOLD_BY_PARENT;

	if (hold == HOLD_BY_PARENT && !has_child && h->child_end_s < end_s)
		return h->child_end_s;
	return end_s;
}

static void let_go(struct course *c, const struct projected_set *s, int64_t at_s)
{
	struct held *h = &c->held[s->source];
	unsigned now = s->end_s == SET_NO_TIME ? h->next : 0;

	for (unsigned hold = 0; hold < HOLDS && (h->holds & ~now); hold++)
		if (h->holds & ~now & 1u << hold)
			h->let_go_s[hold] = hold_end(h, s, hold, at_s);
	h->holds = now;
}

/* After the slot at `at_s`: notes what holds the given sets, and what has let go of them. */
static void note_holds(struct course *c, int64_t at_s)
{
	const struct projection *p = &c->projection;

	for (size_t i = 0; i < p->given_count; i++) {
		c->held[p->sets[i].source].next = 0;
		c->held[p->sets[i].source].child_end_s = SET_NO_TIME;
	}
	find_ends_of_children(c);
	find_holds(c);
	for (size_t i = 0; i < p->given_count; i++)
		let_go(c, &p->sets[i], at_s);
}

static void read_set(const struct course *c, const struct projected_set *s, struct expiry *ret)
{
	const struct held *h = &c->held[s->source];

	if (!projection_walks(s))
		return;
	ret->known = !c->gave_up || s->end_s != SET_NO_TIME;
	ret->expires_s = s->end_s;
	for (unsigned hold = 0; hold < HOLDS; hold++) {
		bool holds = h->holds & 1u << hold;
		if (holds || h->let_go_s[hold] != SET_NO_TIME)
			add_phase(ret, hold_name(hold), holds ? SET_NO_TIME : h->let_go_s[hold]);
	}
	if (s->fate == FATE_EXPIRED)
		add_phase(ret, "cloud", s->end_s);
}

static void run(struct course *c, const struct policy *p, int64_t now_s)
{
	int64_t slot_s = now_s, open_s = now_s; /* when the last of them was not yet settled */
	size_t cost = c->parents ? PARENTS_COST : 1, done = 0;

	note_holds(c, now_s);
	for (int slots = 0; c->walked > 0; slots++) {
		if (!c->settled)
			open_s = slot_s;
		else if (slot_s - open_s > WINDOW_BACK_S)
			break;
		done += c->projection.there.count * cost;
		c->gave_up = slots == MOST_SLOTS || done > MOST_VERDICTS;
		if (c->gave_up)
			break;
		if (slot_next(p, slot_s, &slot_s) < 0 || slot_s - now_s > EXPIRY_HORIZON_S)
			break;
		if (projection_slot(&c->projection, slot_s))
			note_holds(c, slot_s);
	}
}

struct expiry *expiry_new(const struct inventory *inv, const struct policy *p, int64_t cloud_s,
	int64_t log_days, int64_t now_s)
{
	struct course c = {.held = NULL};
	struct expiry *e;

	if (p->schedule.kind == SCHEDULE_NONE)
		return NULL;
	e = xcalloc(inv->count, sizeof(*e));
	c.held = xcalloc(inv->count, sizeof(*c.held));
	for (size_t i = 0; i < inv->count; i++) {
		e[i] = (struct expiry){.known = true, .expires_s = SET_NO_TIME};
		for (unsigned hold = 0; hold < HOLDS; hold++)
			c.held[i].let_go_s[hold] = SET_NO_TIME;
	}
	c.parents = lineage_new(inv);
	projection_begin(&c.projection, p, inv, cloud_retention(inv, cloud_s), log_days, now_s);
	c.projection.judge_always = true;
	for (enum rule rule = 0; rule < RULE_COUNT; rule++)
		if (p->keep[rule].kind == KEEP_ALL)
			c.unlimited |= (uint16_t)(1u << rule);
	run(&c, p, now_s);
	for (size_t i = 0; i < c.projection.given_count; i++)
		read_set(&c, &c.projection.sets[i], &e[c.projection.sets[i].source]);
	projection_done(&c.projection);
	free(c.parents);
	free(c.held);
	return e;
}

const struct expiry *expiry_find(
	const struct expiry *expiries, size_t index, const struct verdict *v)
{
	bool found = expiries && v->kind == VERDICT_KEEP && expiries[index].known;

	return found ? &expiries[index] : NULL;
}

void expiry_describe(const struct expiry *e, struct text *out)
{
	const char *separator = "";

	for (size_t i = 0; i < e->count; i++) {
		const struct expiry_phase *phase = &e->phases[i];
		bool is_cloud = strcmp(phase->hold, "cloud") == 0;
		/* Of those that let go together one is enough. */
		if (i > 0 && !is_cloud && phase->until_s == e->phases[i - 1].until_s)
			continue;
		text_printf(out, "%s%s", separator, is_cloud ? "the cloud takes it" : phase->hold);
		separator = ", then ";
	}
}
