/* The play against a replay that knows nothing but verdicts(): every set that is there is judged
 * anew at every backup. Both must see each set go at the same instant, held by the same on the way
 * there and let go by each at the same instant; and expiry_new() must say so beforehand. */
#include "cmocka_all.h"
#include "retention_world.h"

#include "base/text.h"
#include "outlook/expiry.h"
#include "outlook/play.h"
#include "retention/slot.h"

#include <inttypes.h>
#include <stdio.h>

#define MOST_SETS 60
#define SLOTS 150
#define LATER_SLOTS 3000
#define HOUR ((int64_t)3600)
#define NEW SIZE_MAX
#define NOBODY SIZE_MAX

struct item {
	struct set set;
	char id[32], parent[32];
	size_t source;    /* in the world, or NEW */
	size_t parent_at; /* among the items, or NOBODY */
	int64_t end_s;
	int64_t let_go_s[PLAY_HOLDS]; /* when what held it ended last */
	unsigned holds;               /* as of a play_set */
	uint16_t rules, oldest;       /* of the last verdict */
	bool walked, valid, protected, minimum, vanished;
	bool is_past; /* gone before this step */
	bool told;    /* the play has said that it is gone */
};

struct replay {
	const struct world *w;
	struct item *items; /* new ones last, in order */
	size_t count, capacity;
	int64_t cloud_s;
};

static void add_item(struct replay *r, const struct item *item)
{
	r->items = memory_grow(r->items, &r->capacity, r->count + 1, sizeof(*r->items));
	r->items[r->count++] = *item;
}

static bool is_there(const struct item *item)
{
	return item->end_s == SET_NO_TIME;
}

/* How many there are that depend on each item, and when the last of those went that went in this
 * step: the cloud may take one that was overdue at the start after another expired there. */
struct children {
	size_t there;
	int64_t end_s;
};

static struct children *find_children(const struct replay *r)
{
	struct children *c = xcalloc(r->count, sizeof(*c));

	for (size_t i = 0; i < r->count; i++) {
		const struct item *child = &r->items[i];
		if (child->parent_at == NOBODY || child->is_past)
			continue;
		c[child->parent_at].there += is_there(child);
		if (child->end_s > c[child->parent_at].end_s)
			c[child->parent_at].end_s = child->end_s;
	}
	return c;
}

/* What holds each set after the step to `at_s`, and when the other holds ended. */
static void note_holds(struct replay *r, int64_t at_s)
{
	_cleanup_free_ struct children *children = find_children(r);

	for (size_t i = 0; i < r->count; i++) {
		struct item *item = &r->items[i];
		int64_t end_s = is_there(item) ? at_s : item->end_s;
		unsigned before = item->holds;
		item->holds = 0;
		if (is_there(item))
			item->holds = item->rules | (item->minimum ? 1u << PLAY_MINIMUM : 0) |
				(children[i].there ? 1u << PLAY_PARENT : 0);
		for (unsigned hold = 0; hold < PLAY_HOLDS; hold++)
			if (before & ~item->holds & 1u << hold)
				item->let_go_s[hold] = hold == PLAY_PARENT && !children[i].there &&
						children[i].end_s < end_s
					? children[i].end_s
					: end_s;
		item->is_past = !is_there(item);
	}
}

/* All that is there, judged; what is expired goes. */
static void judge(struct replay *r, int64_t at_s)
{
	_cleanup_free_ struct verdict *v = xcalloc(r->count, sizeof(*v));
	_cleanup_free_ size_t *places = xcalloc(r->count, sizeof(*places));
	_cleanup_free_ uint32_t *order = xcalloc(r->count, sizeof(*order));
	int64_t minimum = r->w->policy->safety.minimum;
	_cleanup_(inventory_done) struct inventory inv = {0};

	for (size_t i = 0; i < r->count; i++)
		if (is_there(&r->items[i])) {
			places[inv.count] = i;
			inventory_add(
				&inv, &r->items[i].set, r->items[i].id, r->items[i].parent, NULL);
		}
	verdicts(&inv, r->w->policy, at_s, v, order);
	minimum = minimum == 0 ? 1 : minimum;
	for (size_t nth = 0; nth < inv.count; nth++) {
		uint32_t i = order[nth];
		struct item *item = &r->items[places[i]];
		item->rules = v[i].rules;
		item->oldest = v[i].oldest;
		item->walked = v[i].kind == VERDICT_KEEP || v[i].why == WHY_EXPIRED;
		item->valid = verdict_is_valid_set(&inv.sets[i], &v[i]);
		item->protected = v[i].kind == VERDICT_PROTECT;
		item->minimum = item->valid && minimum-- > 0;
		if (v[i].kind == VERDICT_DELETE)
			item->end_s = at_s;
		if (v[i].kind == VERDICT_QUARANTINE && item->source != NEW) {
			item->set.state = SET_UNKNOWN;
			item->set.doubt = DOUBT_STATUS;
		}
	}
	note_holds(r, at_s);
}

static void find_parents(struct replay *r)
{
	for (size_t i = 0; i < r->count; i++)
		for (size_t k = 0; k < r->count; k++)
			if (strcmp(r->items[i].parent, r->items[k].id) == 0)
				r->items[i].parent_at = k;
}

static void replay_begin(struct replay *r, const struct world *w, int64_t cloud_s)
{
	_cleanup_free_ struct verdict *v = xcalloc(w->inv.count, sizeof(*v));

	*r = (struct replay){.w = w, .cloud_s = cloud_s};
	verdicts(&w->inv, w->policy, WORLD_NOW_S, v, NULL);
	for (size_t i = 0; i < w->inv.count; i++) {
		struct item item = {.set = w->inv.sets[i],
			.source = i,
			.parent_at = NOBODY,
			.end_s = SET_NO_TIME};
		if (v[i].kind == VERDICT_DELETING)
			continue;
		if (v[i].kind == VERDICT_QUARANTINE) {
			item.set.state = SET_UNKNOWN;
			item.set.doubt = DOUBT_STATUS;
		} else if (item.set.state == SET_RUNNING) {
			item.set.state = SET_VALID;
		}
		/* One that is there for longer was made when it was longer. */
		if (item.set.expires_s == SET_NO_TIME && cloud_s > 0 &&
			item.set.start_s > WORLD_NOW_S - cloud_s && item.set.start_s != SET_NO_TIME)
			item.set.expires_s = item.set.start_s + cloud_s;
		(void)snprintf(item.id, sizeof(item.id), "%s", set_id(&w->inv, i));
		(void)snprintf(item.parent, sizeof(item.parent), "%s", set_parent(&w->inv, i));
		for (unsigned hold = 0; hold < PLAY_HOLDS; hold++)
			item.let_go_s[hold] = SET_NO_TIME;
		add_item(r, &item);
	}
	find_parents(r);
	judge(r, WORLD_NOW_S);
}

static bool is_satisfied(const struct replay *r, int64_t at_s)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->items[i].set.state == SET_VALID && is_there(&r->items[i]) &&
			r->items[i].set.start_s >= at_s)
			return true;
	return false;
}

/* False if the slot is satisfied. */
static bool replay_backup(struct replay *r, int64_t at_s)
{
	struct item item = {.source = NEW, .parent_at = NOBODY, .end_s = SET_NO_TIME};

	if (is_satisfied(r, at_s))
		return false;
	for (size_t i = 0; i < r->count; i++) {
		struct item *old = &r->items[i];
		if (is_there(old) && old->set.expires_s != SET_NO_TIME &&
			old->set.expires_s <= at_s) {
			old->end_s = old->set.expires_s;
			old->vanished = true;
		}
	}
	item.set = (struct set){.start_s = at_s,
		.expires_s = r->cloud_s > 0 ? at_s + r->cloud_s : SET_NO_TIME,
		.state = SET_VALID};
	(void)snprintf(item.id, sizeof(item.id), "~%zu", r->count);
	add_item(r, &item);
	judge(r, at_s);
	return true;
}

static struct item *find(const struct replay *r, const struct play *p, size_t index)
{
	const struct play_set *s = &p->sets[index];

	if (s->source == PLAY_NEW)
		return &r->items[r->count - (p->count - index)];
	for (size_t i = 0; i < r->count; i++)
		if (r->items[i].source == s->source)
			return &r->items[i];
	return NULL;
}

static enum play_fate fate(const struct item *item)
{
	return is_there(item) ? PLAY_THERE : item->vanished ? PLAY_VANISHED : PLAY_EXPIRED;
}

static bool is_same(const struct item *item, const struct play_set *s)
{
	unsigned rules = s->holds & ((1u << RULE_COUNT) - 1);

	if (s->end_s != item->end_s || s->vanishes_s != item->set.expires_s ||
		s->fate != fate(item) || s->holds != item->holds)
		return false;
	if (!item->walked || !is_there(item))
		return true;
	return rules == (unsigned)(s->queued | s->filler) && s->filler == item->oldest;
}

static void compare_set(const struct replay *r, const struct play *p, size_t index, int64_t at_s)
{
	const struct item *item = find(r, p, index);
	const struct play_set *s = &p->sets[index];
	bool same = is_same(item, s);
	char what[200];

	for (unsigned hold = 0; hold < PLAY_HOLDS && index < p->given_count; hold++)
		same = same &&
			(s->holds & 1u << hold || p->let_go_s[index][hold] == item->let_go_s[hold]);
	if (same)
		return;
	(void)snprintf(what, sizeof(what),
		"at %" PRId64 " set %s ends %" PRId64 " (replay %" PRId64
		"), holds %x (%x), oldest %x (%x)",
		at_s, item->id, s->end_s, item->end_s, s->holds, item->holds, s->filler,
		item->oldest);
	world_fail(r->w, what);
}

/* The play has told of each set that is gone, once. */
static void compare_gone(const struct replay *r, const struct play *p)
{
	for (size_t i = 0; i < p->gone.count; i++) {
		struct item *item = find(r, p, p->gone.at[i]);
		if (item->told)
			world_fail(r->w, "a set goes twice");
		item->told = true;
	}
	for (size_t i = 0; i < r->count; i++)
		if (r->items[i].told == is_there(&r->items[i]))
			world_fail(r->w, "the play does not tell who is gone");
}

static void compare(const struct replay *r, const struct play *p, int64_t at_s)
{
	size_t live = 0, given_held = 0;

	if (p->count != r->count)
		world_fail(r->w, "the play has other sets");
	for (size_t i = 0; i < p->count; i++)
		compare_set(r, p, i, at_s);
	for (size_t i = 0; i < r->count; i++) {
		const struct item *item = &r->items[i];
		bool counts = item->valid && is_there(item);
		live += counts;
		given_held += counts && !item->protected && item->source != NEW;
	}
	if (p->live != live || p->given_held != given_held)
		world_fail(r->w, "the play counts other sets");
	compare_gone(r, p);
}

static void random_schedule(struct world *w)
{
	static const int64_t every_s[] = {1800, 3600, 5400, 6 * 3600, 86400, 86400, 5 * 86400};
	struct schedule *s = &w->policy->schedule;

	s->kind = SCHEDULE_EVERY;
	s->every_s = every_s[dice_between(&w->dice, 0, ARRAY_SIZE(every_s) - 1)];
	s->jitter_s = dice_one_in(&w->dice, 2) ? 3000 : 0;
	if (dice_one_in(&w->dice, 4)) {
		s->blackouts = xcalloc(1, sizeof(*s->blackouts));
		s->blackout_count = 1;
		assert_int_equal(window_parse("Mon..Fri 09:00-19:00", s->blackouts, NULL), 0);
	}
	/* At times a range of the future is protected. */
	if (w->policy->protected_range_count > 0 && dice_one_in(&w->dice, 2))
		w->policy->protected_ranges[0].to_s = WORLD_NOW_S + 20 * s->every_s;
}

/* At times the cloud takes few sets, the protected ones rather than others, some of them together.
 */
static void random_expiries(struct world *w)
{
	struct dice *d = &w->dice;

	if (!dice_one_in(d, 3))
		return;
	for (size_t i = 0; i < w->inv.count; i++) {
		struct set *s = &w->inv.sets[i];
		bool protected = policy_protects(w->policy, set_id(&w->inv, i), s->start_s);
		s->expires_s = SET_NO_TIME;
		if (dice_one_in(d, protected ? 2 : 12))
			s->expires_s = WORLD_NOW_S + dice_between(d, 0, 20) * 12 * HOUR;
	}
}

static int64_t random_cloud(struct world *w)
{
	return dice_one_in(&w->dice, 3) ? 0 : dice_between(&w->dice, 1, 80) * 43200;
}

static void check_steps(uint64_t seed)
{
	struct world w;
	struct replay r;
	struct play p;
	int64_t slot_s = WORLD_NOW_S, cloud_s;

	world_init(&w, seed, WORLD_ANY, MOST_SETS);
	random_schedule(&w);
	random_expiries(&w);
	cloud_s = random_cloud(&w);
	replay_begin(&r, &w, cloud_s);
	play_begin(&p, w.policy, &w.inv, cloud_s, WORLD_NOW_S);
	compare(&r, &p, WORLD_NOW_S);
	for (int i = 0; i < SLOTS && slot_next(w.policy, slot_s, &slot_s) == 0; i++) {
		if (dice_one_in(&w.dice, 20))
			continue;
		if (play_backup(&p, slot_s) != replay_backup(&r, slot_s))
			world_fail(&w, "a slot is satisfied by one and not by the other");
		compare(&r, &p, slot_s);
	}
	play_done(&p);
	free(r.items);
	world_done(&w);
}

static void every_step_of_the_play_is_what_the_verdicts_say(void **state)
{
	(void)state;
	world_each_seed(500, check_steps);
}

/* As expiry.h says: of the newest valid set that tells it. */
static int64_t told_cloud(const struct inventory *inv)
{
	int64_t newest_s = INT64_MIN, cloud_s = 0;

	for (size_t i = 0; i < inv->count; i++)
		if (inv->sets[i].state == SET_VALID &&
			inv->sets[i].expires_s > inv->sets[i].start_s &&
			inv->sets[i].start_s > newest_s) {
			newest_s = inv->sets[i].start_s;
			cloud_s = inv->sets[i].expires_s - newest_s;
		}
	return cloud_s;
}

static void check_expiry(uint64_t seed)
{
	struct expiry *e;
	struct world w;
	struct replay r;
	int64_t slot_s = WORLD_NOW_S;
	char what[200];

	world_init(&w, seed, WORLD_ANY, MOST_SETS / 2);
	random_schedule(&w);
	e = expiry_new(&w.inv, w.policy, 0, WORLD_NOW_S);
	replay_begin(&r, &w, told_cloud(&w.inv));
	for (int i = 0; i < LATER_SLOTS && slot_next(w.policy, slot_s, &slot_s) == 0; i++) {
		bool any = false;
		for (size_t k = 0; k < r.count; k++)
			any = any ||
				(r.items[k].source != NEW && r.items[k].end_s == SET_NO_TIME &&
					r.items[k].walked);
		if (!any)
			break;
		(void)replay_backup(&r, slot_s);
	}
	for (size_t i = 0; i < r.count; i++) {
		const struct item *item = &r.items[i];
		const struct expiry *x = item->source == NEW ? NULL : &e[item->source];
		int64_t end_s = item->end_s;
		if (!x || !item->walked || item->set.state != SET_VALID)
			continue;
		(void)snprintf(what, sizeof(what),
			"set %s expires %" PRId64 ", in the replay %" PRId64, item->id,
			x->expires_s, end_s);
		if (end_s == SET_NO_TIME ? x->expires_s != SET_NO_TIME && x->expires_s <= slot_s
					 : x->expires_s != end_s)
			world_fail(&w, what);
		/* What holds it last lets it go then. */
		if (x->count > 0 && x->phases[x->count - 1].until_s != x->expires_s)
			world_fail(&w, "the last phase ends at another time");
	}
	free(e);
	free(r.items);
	world_done(&w);
}

static void expires_is_what_a_replay_by_brute_force_gives(void **state)
{
	(void)state;
	world_each_seed(40, check_expiry);
}

TEST_FILE(outlook_play_property)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_step_of_the_play_is_what_the_verdicts_say),
		cmocka_unit_test(expires_is_what_a_replay_by_brute_force_gives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
