/* Counts sets and gaps of a schedule that is played forward. */
#include "outlook/forecast.h"

#include "base/memory.h"
#include "outlook/projection.h"
#include "retention/slot.h"

#define DAY_S ((int64_t)86400)
#define NOBODY SIZE_MAX

const char *const forecast_age_names[AGE_COUNT] = {
	"day", "week", "month", "quarter", "year", "older"};

/* A set's neighbours among the valid sets, and since when the older one is it. */
struct link {
	size_t older, newer;
	int64_t since_s;
};

struct course {
	const struct forecast_input *in;
	struct forecast *f;
	struct projection projection;
	struct link *links; /* by index of the projection's sets */
	size_t link_capacity;
	int64_t oldest_s; /* start of the oldest set that was ever there; INT64_MAX none */
	size_t newest;    /* NOBODY: no valid set */
	int64_t before_s; /* the step before this one; SET_NO_TIME at the start */
	uint64_t dice;
};

static enum forecast_age age_class(int64_t age_s)
{
	static const int days[] = {1, 7, 31, 92, 366};
	enum forecast_age age = AGE_DAY;

	while (age < AGE_OLDER && age_s >= days[age] * DAY_S)
		age++;
	return age;
}

/* The way from a set to the one before it, which was there from link.since_s up to `until_s`. */
static void count_gap(struct course *c, size_t index, int64_t until_s)
{
	const struct link *l = &c->links[index];
	int64_t start_s = c->projection.sets[index].start_s, gap_s;

	if (l->older == NOBODY || until_s < l->since_s)
		return;
	gap_s = start_s - c->projection.sets[l->older].start_s;
	for (enum forecast_age age = age_class(l->since_s - start_s);
		age <= age_class(until_s - start_s); age++)
		if (gap_s > c->f->worst_gap_s[age])
			c->f->worst_gap_s[age] = gap_s;
}

static void link_newest(struct course *c, size_t index, int64_t at_s)
{
	c->links = memory_grow(c->links, &c->link_capacity, index + 1, sizeof(*c->links));
	c->links[index] = (struct link){.older = c->newest, .newer = NOBODY, .since_s = at_s};
	if (c->newest != NOBODY)
		c->links[c->newest].newer = index;
	c->newest = index;
}

static void unlink_set(struct course *c, size_t index, int64_t at_s)
{
	struct link *l = &c->links[index];

	count_gap(c, index, c->before_s);
	if (l->older != NOBODY)
		c->links[l->older].newer = l->newer;
	if (l->newer == NOBODY) {
		c->newest = l->older;
		return;
	}
	count_gap(c, l->newer, c->before_s);
	c->links[l->newer].older = l->older;
	c->links[l->newer].since_s = at_s;
}

/* The sets that are gone by this step. What is expired at the very start falls with it, too. */
static void count_gone(struct course *c, int64_t at_s)
{
	for (size_t i = 0; i < c->projection.gone_count; i++) {
		const struct projected_set *s = &c->projection.sets[c->projection.gone[i]];
		if (!s->valid)
			continue;
		unlink_set(c, c->projection.gone[i], at_s);
		c->f->deletes += s->fate == FATE_DELETED;
		c->f->expired += s->fate == FATE_EXPIRED;
	}
}

static void count_most(struct course *c, size_t sets, int64_t at_s)
{
	if ((int64_t)sets <= c->f->most_sets)
		return;
	c->f->most_sets = (int64_t)sets;
	c->f->most_at_s = at_s;
}

/* Of the sets gone by now, those that fell after the new one came. */
static size_t fallen(const struct course *c)
{
	size_t count = 0;

	for (size_t i = 0; i < c->projection.gone_count; i++) {
		const struct projected_set *s = &c->projection.sets[c->projection.gone[i]];
		count += s->valid && s->fate == FATE_DELETED;
	}
	return count;
}

static int64_t count_own(const struct projection *p, enum rule rule)
{
	int64_t count = 0;

	for (size_t i = 0; i < p->there.count; i++)
		count += p->sets[p->which[i]].own >> rule & 1;
	return count;
}

/* True if the rule has as many sets as it ever keeps. */
static bool is_full(const struct course *c, enum rule rule, int64_t newest_s)
{
	const struct policy *p = c->in->policy;
	const struct keep_rule *k = &p->keep[rule];

	switch (k->kind) {
	case KEEP_OFF:
		return true;
	case KEEP_FLOOR:
		return count_own(&c->projection, rule) >= k->number &&
			c->oldest_s <= duration_before(&k->span, newest_s, p->zone);
	case KEEP_NUMBER:
		return count_own(&c->projection, rule) >= k->number;
	case KEEP_SPAN:
		return c->oldest_s <= duration_before(&k->span, newest_s, p->zone);
	case KEEP_ALL:
		break;
	}
	return false;
}

/* True if every rule is full, or the cloud sets the limit. */
static bool is_steady(const struct course *c, int64_t newest_s)
{
	if (c->f->expired > 0)
		return true;
	for (enum rule rule = 0; rule < RULE_COUNT; rule++)
		if (!is_full(c, rule, newest_s))
			return false;
	return true;
}

static void backup(struct course *c, int64_t at_s)
{
	if (!projection_slot(&c->projection, at_s))
		return;
	c->f->backups++;
	if (at_s < c->oldest_s)
		c->oldest_s = at_s;
	count_most(c, c->projection.valid_count + fallen(c), at_s);
	link_newest(c, c->projection.count - 1, at_s);
	count_gone(c, at_s);
	if (c->f->steady_s == SET_NO_TIME && is_steady(c, at_s))
		c->f->steady_s = at_s;
	c->before_s = at_s;
}

/* splitmix64 */
static uint64_t roll(struct course *c)
{
	uint64_t z = c->dice += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static bool is_down(const struct forecast_input *in, int64_t slot_s)
{
	return slot_s >= in->down_from_s && slot_s < in->down_to_s;
}

/* A slot of an outage is made up at its end, if no other comes before. */
static void run_slots(struct course *c)
{
	const struct forecast_input *in = c->in;
	int64_t slot_s = in->from_s;
	bool owed = false;

	while (slot_next(in->policy, slot_s, &slot_s) == 0 && slot_s <= in->to_s) {
		bool missed = roll(c) % 1000 < (uint64_t)in->miss_permille;
		if (c->f->backups + c->f->missed >= FORECAST_BACKUPS_MAX) {
			c->f->cut = true;
			c->f->to_s = c->before_s;
			return;
		}
		if (owed && slot_s >= in->down_to_s) {
			owed = false;
			if (slot_s > in->down_to_s)
				backup(c, in->down_to_s);
		}
		if (is_down(in, slot_s)) {
			c->f->missed++;
			owed = in->policy->schedule.catch_up;
		} else if (missed) {
			c->f->missed++;
		} else {
			backup(c, slot_s);
		}
	}
	if (owed && in->down_to_s <= in->to_s)
		backup(c, in->down_to_s);
}

static void link_given(struct course *c)
{
	for (size_t i = 0; i < c->projection.given_count; i++) {
		c->links = memory_grow(c->links, &c->link_capacity, i + 1, sizeof(*c->links));
		c->links[i] = (struct link){.older = NOBODY, .newer = NOBODY};
		if (c->projection.sets[i].valid)
			link_newest(c, i, c->in->from_s);
		if (c->projection.sets[i].start_s < c->oldest_s)
			c->oldest_s = c->projection.sets[i].start_s;
	}
	count_most(c, c->projection.valid_count + fallen(c), c->in->from_s);
	count_gone(c, c->in->from_s);
	c->before_s = c->in->from_s;
}

static void take_sets(struct course *c)
{
	struct forecast *f = c->f;

	f->sets = xcalloc(c->projection.count, sizeof(*f->sets));
	for (size_t i = 0; i < c->projection.count; i++) {
		const struct projected_set *s = &c->projection.sets[i];
		if (!s->valid)
			continue;
		f->sets[f->count++] = (struct forecast_set){
			.start_s = s->start_s,
			.end_s = s->end_s,
			.fate = s->fate,
			.rules = s->fate == FATE_KEPT ? s->rules : 0,
			.protect = s->protect,
			.given = s->source != PROJECTION_NEW,
		};
		if (s->fate == FATE_KEPT)
			count_gap(c, i, c->before_s);
		f->kept += s->fate == FATE_KEPT;
	}
}

static void count_reach(struct forecast *f)
{
	for (size_t i = 0; i < f->count && f->reach_s == 0; i++)
		if (f->sets[i].fate == FATE_KEPT)
			f->reach_s = f->to_s - f->sets[i].start_s;
	for (size_t i = 0; i < f->count; i++)
		f->flat_sets += f->sets[i].start_s + f->reach_s >= f->to_s;
}

void forecast_make(const struct forecast_input *in, struct forecast *ret)
{
	struct course c = {.in = in,
		.f = ret,
		.newest = NOBODY,
		.before_s = SET_NO_TIME,
		.oldest_s = INT64_MAX,
		.dice = in->seed};

	*ret = (struct forecast){.from_s = in->from_s,
		.to_s = in->to_s,
		.most_at_s = SET_NO_TIME,
		.steady_s = SET_NO_TIME};
	for (enum forecast_age age = 0; age < AGE_COUNT; age++)
		ret->worst_gap_s[age] = -1;
	projection_begin(&c.projection, in->policy, in->inv, in->cloud_s, in->log_days, in->from_s);
	link_given(&c);
	run_slots(&c);
	projection_refresh(&c.projection, c.before_s);
	take_sets(&c);
	count_reach(ret);
	projection_done(&c.projection);
	free(c.links);
}

void forecast_done(struct forecast *f)
{
	free(f->sets);
	*f = (struct forecast){0};
}
