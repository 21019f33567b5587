/* Several clusters in one process that share a rate limiter (L2). */
#include "simulation/fleet.h"

#include "base/text.h"
#include "pace/pace.h"
#include "retention/slot.h"

#include <inttypes.h>

#define DAY_S INT64_C(86400)
#define HOUR_S INT64_C(3600)
#define US INT64_C(1000000)
#define MOST 8
#define DELAY_MOST_S 120 /* L2: from a slot to its backup, for a cluster that is well */
#define WAIT_MOST_S 60   /* and for a permit: another's listing in 28 slices goes on first */

struct fleet {
	struct world worlds[MOST];
	struct chaos chaoses[MOST];
	struct permit permits[MOST];
	size_t count;
	struct pace *pace;
	struct limiter *limiter;
	int rate, concurrency;
	int64_t now_s, asked_s[MOST], created_s[MOST];
	struct world *granted; /* has a permit, and has not called yet */
	bool crashing;
	bool apart; /* trouble is each cluster's own: L2 holds for those that are well */
};

static void budget_begin(struct fleet *f)
{
	f->pace = pace_new();
	f->limiter =
		pace_join(f->pace, "account", "region", f->rate, f->concurrency, f->now_s * US);
	for (size_t i = 0; i < f->count; i++)
		f->permits[i] = (struct permit){.data = &f->worlds[i]};
}

static void budget_end(struct fleet *f)
{
	for (size_t i = 0; i < f->count; i++) {
		pace_withdraw(&f->permits[i]);
		if (f->permits[i].state != PERMIT_NONE)
			pace_end(&f->permits[i]);
	}
	pace_leave(f->limiter);
	pace_free(f->pace);
	f->granted = NULL;
}

/* One process: all of them. */
static void crashed(struct world *w, void *data)
{
	struct chaos *c = data;
	struct fleet *f = c->fleet;

	if (f->crashing)
		return;
	f->crashing = true;
	for (size_t i = 0; i < f->count; i++)
		if (&f->worlds[i] != w)
			world_crash(&f->worlds[i]);
	f->crashing = false;
	budget_end(f);
	budget_begin(f);
}

/* L2. The first backup is for whatever slot was missed before the start; and what comes while one
 * runs waits for it. */
static void check_delay(
	struct world *w, const struct effect *e, int64_t waited_s, int64_t *created_s)
{
	int64_t slot_s;

	if (waited_s > WAIT_MOST_S)
		oracle_fail(
			&w->oracle, "L2", "a call waited %" PRId64 " s for its permit", waited_s);
	if (e->kind != EFFECT_CREATE || slot_previous(w->policy, w->true_s, &slot_s) != 0)
		return;
	if (*created_s && slot_s - *created_s > HOUR_S && w->true_s - slot_s > DELAY_MOST_S)
		oracle_fail(&w->oracle, "L2", "a backup is %" PRId64 " s late", w->true_s - slot_s);
	*created_s = w->true_s;
}

static bool may_call(struct world *w, const struct effect *e, void *data)
{
	struct chaos *c = data;
	struct fleet *f = c->fleet;
	size_t at = (size_t)(w - f->worlds);
	enum effect_rank rank;
	int64_t order;

	if (f->granted == w) {
		f->granted = NULL;
		if (f->apart && c->calm)
			check_delay(w, e, f->now_s - f->asked_s[at], &f->created_s[at]);
		return true;
	}
	rank = effect_rank(e, &order);
	pace_ask(f->limiter, &f->permits[at], rank, order, f->now_s * US);
	f->asked_s[at] = f->now_s;
	return false;
}

/* The cycle looks once more, and calls, or thinks better of it. */
static void grant(struct fleet *f, struct permit *t, int64_t until_s)
{
	struct world *w = t->data;

	f->granted = w;
	world_permit(w, f->now_s);
	while (f->granted == w && world_step(w, until_s) != EFFECT_WAIT)
		;
	if (f->granted == w)
		pace_return(t, f->now_s * US);
	f->granted = NULL;
}

/* The one whose time has come first. Its call has ended by now, if there was one. */
static void step(struct fleet *f, struct world *w, int64_t until_s)
{
	struct permit *t = &f->permits[w - f->worlds];

	if (t->state != PERMIT_NONE) {
		if (w->last_fate == FATE_THROTTLED)
			(void)pace_throttled(t, w->retry_after_ms * 1000, f->now_s * US);
		pace_end(t);
	}
	(void)world_step(w, until_s);
}

static struct world *first_ready(struct fleet *f)
{
	struct world *first = NULL;

	for (size_t i = 0; i < f->count; i++)
		if (!f->worlds[i].queued && (!first || f->worlds[i].true_s < first->true_s))
			first = &f->worlds[i];
	return first;
}

static bool has_fallen(const struct fleet *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->worlds[i].oracle.promise[0])
			return true;
	return false;
}

static void run(struct fleet *f, int64_t for_s)
{
	int64_t until_s = f->now_s + for_s;

	while (!has_fallen(f)) {
		int64_t wait_us, turn_s = INT64_MAX, step_s;
		struct permit *t = pace_next(f->pace, f->now_s * US, &wait_us);
		struct world *w = first_ready(f);
		if (t) {
			grant(f, t, until_s);
			continue;
		}
		step_s = w ? w->true_s : INT64_MAX;
		if (wait_us != INT64_MAX)
			turn_s = f->now_s + (wait_us + US - 1) / US;
		if (step_s >= until_s && turn_s >= until_s)
			break;
		if (f->now_s < (step_s < turn_s ? step_s : turn_s))
			f->now_s = step_s < turn_s ? step_s : turn_s;
		if (step_s <= turn_s)
			step(f, w, until_s);
	}
	f->now_s = f->now_s < until_s ? until_s : f->now_s;
}

static void storms(struct fleet *f, struct random *r)
{
	for (int64_t storms = random_between(r, 1, 3); storms > 0 && !has_fallen(f); storms--) {
		int64_t least_s = 0, quiet_s = random_between(r, 0, 200) * DAY_S;
		run(f, random_between(r, 1, 5) * DAY_S);
		for (size_t i = 0; i < f->count; i++) {
			chaos_calm(&f->worlds[i], &f->chaoses[i]);
			if (least_s < life_settles(&f->worlds[i]))
				least_s = life_settles(&f->worlds[i]);
		}
		run(f, quiet_s < least_s ? least_s : quiet_s);
		for (size_t i = 0; i < f->count && !has_fallen(f); i++) {
			life_check(&f->worlds[i]);
			chaos_storm(&f->worlds[i], &f->chaoses[i]);
		}
	}
}

/* The calls of some go wrong nearly always, and for good; of all but one of these they hang.
 * Nothing else goes wrong, and for the others nothing at all. */
static void some_in_trouble(struct fleet *f, struct random *r)
{
	size_t troubled = (size_t)random_between(r, 1, (int64_t)f->count - 1);

	for (size_t i = 0; i < f->count; i++) {
		struct chaos *c = &f->chaoses[i];
		c->mishap_rate = c->cloud_every_s = 0;
		c->fate_rate = 900;
		c->throttled = i == 0;
		c->hangs = i > 0;
		c->next_event_s = INT64_MAX;
		f->worlds[i].cloud.on.page_size = 100;
		if (i >= troubled)
			chaos_calm(&f->worlds[i], c);
	}
	run(f, random_between(r, 10, 60) * DAY_S);
	for (size_t i = troubled; i < f->count && !has_fallen(f); i++)
		life_check(&f->worlds[i]);
}

static void make(struct fleet *f, uint64_t seed, struct faults *faults, FILE *trace)
{
	f->now_s = INT64_C(1767225600) + (int64_t)(seed % 1000) * DAY_S;
	for (size_t i = 0; i < f->count; i++) {
		struct chaos *c = &f->chaoses[i];
		*c = (struct chaos){.faults = faults,
			.start_s = f->now_s,
			.sparse = true,
			.fleet = f,
			.worlds = f->apart ? &f->worlds[i] : f->worlds,
			.chaoses = f->apart ? c : f->chaoses,
			.count = f->apart ? 1 : f->count};
		chaos_make(&f->worlds[i], c, seed * 64 + i);
		f->worlds[i].trace = trace;
		f->worlds[i].name = (char)('A' + i);
		f->worlds[i].hooks.may_call = may_call;
		if (!f->apart)
			f->worlds[i].hooks.crashed = crashed;
	}
}

void fleet_live(
	uint64_t seed, struct faults *faults, FILE *trace, struct tally *tally, struct fall *ret)
{
	struct random r = {seed ^ 0xf1ee7};
	struct fleet *f = xcalloc(1, sizeof(*f));
	int64_t began_s;

	f->count = (size_t)random_between(&r, 2, MOST);
	f->apart = random_chance(&r, 400);
	f->rate = (int)random_between(&r, 2, 10);
	f->concurrency = (int)random_between(&r, 2, 4);
	make(f, seed, faults, trace);
	budget_begin(f);
	began_s = f->now_s;
	if (f->apart)
		some_in_trouble(f, &r);
	else
		storms(f, &r);
	budget_end(f);
	for (size_t i = 0; i < f->count; i++) {
		life_ends(&f->worlds[i], began_s, tally, ret);
		world_done(&f->worlds[i]);
	}
	free(f);
}
