/* What goes wrong in a life, drawn at random: fates of calls, mishaps of effects, and what happens
 * meanwhile. */
#include "simulation/chaos.h"

#include "base/text.h"
#include "retention/slot.h"
#include "simulation/life.h"
#include "simulation/policies.h"

#include <string.h>

#define DAY_S INT64_C(86400)

/* A set shows that was not there before, and is not new. */
static void put_old(struct world *w, struct chaos *c)
{
	struct cloud_set *s =
		cloud_put(&w->cloud, w->true_s - 7200 - random_below(&c->random, 3 * DAY_S));

	s->end_s = s->start_s + w->cloud.on.backup_least_s;
}

static struct policy *draw_policy(const struct chaos *c, struct random *r)
{
	struct policy *p = policy_random(r);

	if (c->sparse)
		life_thin(p, r);
	return p;
}

static void change_policy(struct world *w, struct chaos *c)
{
	if (!c->policies)
		return;
	w->oracle.spare_creates += 2;
	world_set_policy(w, draw_policy(c, &c->random));
}

static void set_clock(struct world *w, struct chaos *c)
{
	static const int64_t steps[] = {-200, 150, 3600, -3600, 86400, -86400 * 3, 10 * 365 * 86400,
		-50 * 365 * INT64_C(86400)};

	int64_t offset_s, until_s;

	if (!c->clocks)
		return;
	offset_s = w->wall_offset_s && random_chance(&c->random, 700)
		? 0
		: steps[random_below(&c->random, 8)];
	chaos_hold_first(w, c, offset_s);
	until_s = w->true_s + random_below(&c->random, 5 * DAY_S);
	for (size_t i = 0; i < c->count; i++) {
		c->worlds[i].wall_offset_s = offset_s;
		c->worlds[i].oracle.tolerance_s += 600;
		c->chaoses[i].wrong_clock_until_s = until_s;
	}
	world_say(w, "-- the clock is set");
}

static int64_t outage(struct world *w, struct chaos *c, const char *what)
{
	world_say(w, "-- %s", what);
	return w->true_s +
		random_below(&c->random, random_chance(&c->random, 100) ? 8 * DAY_S : 7200);
}

/* The cloud's own backup of this minute, which failed at once: listed before ours is called. */
static void put_failed(struct world *w)
{
	cloud_put(&w->cloud, w->true_s - w->true_s % 60)->fails = true;
}

/* True in the first minute of a slot. */
static bool slot_begins(const struct world *w)
{
	int64_t now_s = world_now(w).wall_s, slot_s;

	return slot_previous(w->policy, now_s, &slot_s) == 0 && now_s - slot_s < 60;
}

/* What else happens while a call is under way. */
static void meddle(struct world *w, const struct effect *e, struct chaos *c)
{
	if (e->kind == EFFECT_LIST && random_chance(&c->random, c->shift_rate) && chaos_happens(c))
		put_old(w, c);
	/* Where pages do not fit it could not be told from ours: one page alone always fits. */
	if (e->kind == EFFECT_LIST && c->fate_rate == 0 && c->shift_rate == 0 &&
		w->cloud.count < (size_t)w->cloud.on.page_size &&
		w->true_s >= c->doubtful_until_s && random_chance(&c->random, 100) &&
		slot_begins(w) && w->disk.ledger.create.state == CREATE_DONE && chaos_happens(c))
		put_failed(w);
	if (e->kind == EFFECT_CREATE && random_chance(&c->random, 20) && chaos_happens(c))
		c->outage_until_s = outage(w, c, "the network goes down with the call");
	if (e->kind == EFFECT_LIST && random_chance(&c->random, 1) && chaos_happens(c))
		change_policy(w, c);
}

static enum fate draw_fate(struct world *w, const struct effect *e, void *data)
{
	struct chaos *c = data;
	static const char *const refusals[] = {
		"OperationDenied.Odd", "Forbidden", "IncorrectDBInstanceState", "BackupSet.Odd"};

	if (c->calm)
		return FATE_WELL;
	if (w->true_s < c->outage_until_s)
		return random_chance(&c->random, 500) ? FATE_UNSENT : FATE_LOST_BEFORE;
	w->latency_s = random_chance(&c->random, 10) ? random_between(&c->random, 20, 200)
						     : random_below(&c->random, 3);
	/* Suspended meanwhile. A change that leaves hours after its intent is beyond A5. */
	if (e->kind == EFFECT_LIST && random_chance(&c->random, 1) && chaos_happens(c))
		w->latency_s = random_below(&c->random, 40000);
	meddle(w, e, c);
	w->refusal = refusals[random_below(&c->random, 4)];
	if (w->true_s < c->denied_until_s && (e->kind == EFFECT_CREATE || e->kind == EFFECT_DELETE))
		return FATE_REFUSED;
	if (w->true_s < c->doubtful_until_s && e->kind == EFFECT_LIST)
		return FATE_OTHER_COUNT;
	if (!random_chance(&c->random, c->fate_rate) || !chaos_happens(c))
		return FATE_WELL;
	if (c->hangs)
		return (enum fate)random_between(&c->random, FATE_LOST_BEFORE, FATE_LATE);
	w->retry_after_ms = random_chance(&c->random, 500) ? random_below(&c->random, 900000) : 0;
	if (random_chance(&c->random, 50))
		w->retry_after_ms *= 16; /* hours: past the next slot */
	if (c->throttled)
		return FATE_THROTTLED;
	return (enum fate)random_below(
		&c->random, e->kind == EFFECT_LIST ? FATE_COUNT : FATE_WRONG_DATE + 1);
}

static enum mishap draw_mishap(struct world *w, const struct effect *e, void *data)
{
	struct chaos *c = data;
	bool record = e->kind == EFFECT_RECORD;

	if (c->calm)
		return MISHAP_NONE;
	if (w->true_s < c->disk_full_until_s && record)
		return MISHAP_DISK;
	if (record && c->count == 1 && random_chance(&c->random, c->slow_rate) &&
		chaos_happens(c)) {
		world_say(w, "-- the disk is slow");
		w->true_s += random_between(&c->random, 30, 900);
		if (random_chance(&c->random, 300))
			set_clock(w, c);
		else if (random_chance(&c->random, 300))
			change_policy(w, c);
	}
	if (record)
		(void)chaos_orders(w, c);
	if (!random_chance(&c->random, c->mishap_rate) || !chaos_happens(c))
		return MISHAP_NONE;
	return (enum mishap)random_between(
		&c->random, MISHAP_CRASH_BEFORE, record ? MISHAP_DISK_LIES : MISHAP_CRASH_AFTER);
}

static void network_down(struct world *w, struct chaos *c)
{
	int64_t until_s = outage(w, c, "the network is down");

	for (size_t i = 0; i < c->count; i++)
		c->chaoses[i].outage_until_s = until_s;
}

static void disk_full(struct world *w, struct chaos *c)
{
	int64_t until_s = outage(w, c, "the disk is full");

	for (size_t i = 0; i < c->count; i++)
		c->chaoses[i].disk_full_until_s = until_s;
}

/* Time passes, by all clocks, and nobody notices. */
static void suspend(struct world *w, struct chaos *c)
{
	int64_t for_s =
		random_below(&c->random, random_chance(&c->random, 100) ? 5 * DAY_S : 40000);

	for (size_t i = 0; i < c->count; i++)
		c->worlds[i].true_s += for_s;
	world_say(w, "-- wakes up after having been suspended");
}

static void reboot(struct world *w, struct chaos *c)
{
	int64_t for_s = random_below(&c->random, random_chance(&c->random, 100) ? 5 * DAY_S : 7200);

	for (size_t i = 0; i < c->count; i++) {
		c->worlds[i].true_s += for_s;
		c->worlds[i].boot_origin_s = c->worlds[i].true_s - 20;
	}
	world_say(w, "-- the machine is started again");
	world_crash(w);
}

static void pause_or_resume(struct world *w, struct chaos *c)
{
	struct event e = {.kind = EVENT_PAUSE,
		.paused = w->oracle.paused ? NULL : "the cluster is ClassChanging"};

	(void)c;
	w->oracle.paused = !w->oracle.paused;
	world_say(w, "-- the cluster is %s", w->oracle.paused ? "ClassChanging" : "Running");
	cycle_feed(w->cycle, &e, world_now(w));
}

static void approve(struct world *w, struct chaos *c)
{
	(void)c;
	(void)world_approve(w);
}

static void want_backup(struct world *w, struct chaos *c)
{
	(void)c;
	world_feed(w, EVENT_BACKUP);
}

static void want_prune(struct world *w, struct chaos *c)
{
	(void)c;
	world_feed(w, EVENT_PRUNE);
}

static void crash(struct world *w, struct chaos *c)
{
	(void)c;
	world_crash(w);
}

static void approve_another(struct world *w, struct chaos *c)
{
	world_approve_another(w, random_below(&c->random, 64));
}

static void deny(struct world *w, struct chaos *c)
{
	c->denied_until_s = outage(w, c, "the cloud refuses all changes");
}

static void confuse(struct world *w, struct chaos *c)
{
	c->doubtful_until_s = outage(w, c, "no pages fit together");
	if (random_chance(&c->random, 500))
		chaos_put_set(w, c);
}

static const struct {
	const char *name;
	void (*happen)(struct world *w, struct chaos *c);
	int share; /* of all that happens */
} happenings[] = {
	{"approval", approve, 2},
	{"backup by a person", want_backup, 1},
	{"prune by a person", want_prune, 1},
	{"clock set", set_clock, 1},
	{"backup by the cloud", chaos_put_set, 1},
	{"network down", network_down, 1},
	{"disk full", disk_full, 1},
	{"policy changed", change_policy, 1},
	{"crash", crash, 1},
	{"approval of another plan", approve_another, 1},
	{"all changes refused", deny, 1},
	{"no pages fit", confuse, 1},
	{"cluster paused or resumed", pause_or_resume, 2},
	{"suspend", suspend, 1},
	{"reboot", reboot, 1},
	{"sets invented", chaos_invent, 1},
	{"retention lowered or set back", chaos_lower, 1},
};
_Static_assert(ARRAY_SIZE(happenings) <= HAPPENINGS_MOST, "the figures have room for all");

const char *chaos_happening(size_t which)
{
	return which < ARRAY_SIZE(happenings) ? happenings[which].name : NULL;
}

static void one_event(struct world *w, struct chaos *c)
{
	int64_t all = 0, drawn;

	for (size_t i = 0; i < ARRAY_SIZE(happenings); i++)
		all += happenings[i].share;
	drawn = random_below(&c->random, all);
	for (size_t i = 0; i < ARRAY_SIZE(happenings); i++) {
		drawn -= happenings[i].share;
		if (drawn >= 0)
			continue;
		w->happenings[i]++;
		happenings[i].happen(w, c);
		return;
	}
}

/* Seconds until the cloud's own schedule wants to be asked again. */
static int64_t cloud_schedule(struct world *w, struct chaos *c)
{
	if (c->cloud_every_s == 0)
		return DAY_S;
	if (w->true_s >= c->cloud_next_s) {
		c->cloud_next_s = w->true_s + c->cloud_every_s - random_below(&c->random, 7200);
		(void)cloud_begin(&w->cloud, w->true_s);
	}
	return c->cloud_next_s - w->true_s;
}

/* A set that is dated ahead: no fault, and nothing of it counts until then. */
static void put_ahead(struct world *w, struct chaos *c)
{
	struct cloud_set *s = cloud_put(&w->cloud, w->true_s);

	s->end_s += w->cloud.on.backup_least_s;
	s->oddity = ODD_FUTURE;
	s->ahead_s = random_between(&c->random, 600, 20 * 3600);
}

/* What is no fault: restarts, and sets of the future. Seconds until the next. */
static int64_t in_calm(struct world *w, struct chaos *c, int64_t next_s)
{
	if (random_chance(&c->random, 2))
		put_ahead(w, c);
	if (!c->restarts)
		return next_s;
	if (w->true_s >= c->restart_s) {
		/* Often for two weeks; in the months after them as rarely as in others. */
		c->restart_s = w->true_s +
			random_between(&c->random, 3, 15) *
				(w->true_s - c->calm_since_s < 14 * DAY_S ? 3600 : DAY_S);
		world_crash(w);
		return 0;
	}
	return next_s < c->restart_s - w->true_s ? next_s : c->restart_s - w->true_s;
}

static int64_t meanwhile(struct world *w, void *data)
{
	struct chaos *c = data;
	struct cycle_status s;
	int64_t next_s = cloud_schedule(w, c);

	if (c->calm || c->looks++ % 16 == 0) {
		struct oracle_view v = world_view(w);
		world_look(w, &s);
		oracle_looks(&w->oracle, &v, &s);
		if (c->calm && (s.holds & 1u << HOLD_APPROVAL || s.vanished) &&
			world_approve(w) == 0)
			return 0;
	}
	if (w->true_s >= c->lie_until_s)
		chaos_end_lie(w, c);
	if (c->calm)
		return in_calm(w, c, next_s);
	if (w->wall_offset_s && w->true_s >= c->wrong_clock_until_s) {
		w->wall_offset_s = 0;
		world_say(w, "-- the clock is set right");
	}
	if (w->true_s >= c->next_event_s) {
		c->next_event_s = w->true_s + random_between(&c->random, 1, 2 * c->event_every_s);
		if (chaos_happens(c))
			one_event(w, c);
		return 0;
	}
	for (size_t i = 0; i < c->count; i++)
		if (!c->chaoses[i].calm && next_s > c->chaoses[i].next_event_s - w->true_s)
			next_s = c->chaoses[i].next_event_s - w->true_s;
	return next_s > 0 ? next_s : 1; /* another's may be overdue */
}

static void draw_history(struct world *w, struct random *r)
{
	int64_t days = random_chance(r, 200) ? 200 : random_below(r, 40);

	for (int64_t i = days; i > 0; i--) {
		struct cloud_set *s =
			cloud_put(&w->cloud, w->true_s - i * DAY_S + random_below(r, 7200));
		s->end_s = s->start_s +
			random_between(r, w->cloud.on.backup_least_s, w->cloud.on.backup_most_s);
		s->fails = random_chance(r, 50);
	}
	cloud_turn(&w->cloud, w->true_s);
}

/* A set that the cloud never deletes, as long as there are faults. */
static void refuse_one(struct world *w, struct chaos *c)
{
	size_t count = w->cloud.count;

	if (count > 0 && random_chance(&c->random, 200))
		memcpy(w->cloud.refuses, w->cloud.sets[random_below(&c->random, (int64_t)count)].id,
			sizeof(w->cloud.refuses));
}

void chaos_make(struct world *w, struct chaos *c, uint64_t seed)
{
	struct random r = {seed};
	int64_t begins_s;

	c->random = (struct random){seed ^ 0xc4a05};
	c->fate_rate = random_chance(&r, 200) ? 0 : random_between(&r, 1, 250);
	c->mishap_rate = random_chance(&r, 300) ? 0 : random_between(&r, 1, 30);
	c->shift_rate = random_chance(&r, 600) ? 0 : random_between(&r, 1, 20);
	c->event_every_s = random_between(&r, 1, 72) * 3600 * (int64_t)c->count;
	c->clocks = random_chance(&r, 400);
	c->policies = random_chance(&r, 400);
	c->slow_rate = random_chance(&r, 500) ? 0 : random_between(&r, 1, 10);
	c->orders_random = (struct random){seed ^ 0x0fde5};
	c->orders_rate = random_chance(&c->orders_random, 500)
		? 0
		: random_between(&c->orders_random, 1, 60);
	c->restarts = c->count == 1 && random_chance(&r, 250);
	begins_s = INT64_C(1767225600) + random_below(&r, 3 * 365 * DAY_S);
	world_init(w, draw_policy(c, &r), c->start_s ? c->start_s : begins_s, seed);
	cloud_draw(&w->cloud, &r, c->sparse);
	if (w->policy->schedule.kind == SCHEDULE_NONE || random_chance(&r, 100))
		c->cloud_every_s = random_between(&r, 1, 7) * DAY_S;
	draw_history(w, &r);
	refuse_one(w, c);
	w->hooks = (struct hooks){.fate = draw_fate,
		.mishap = draw_mishap,
		.meanwhile = meanwhile,
		.orders = chaos_orders,
		.data = c};
	c->next_event_s = w->true_s + random_below(&r, c->event_every_s);
	if (c->clocks && c->count == 1 && random_chance(&r, 200) && chaos_happens(c))
		set_clock(w, c);
	world_start(w);
}

void chaos_calm(struct world *w, struct chaos *c)
{
	world_say(w, "-- all faults end");
	chaos_end_lie(w, c);
	if (c->kept_before_s)
		chaos_lower(w, c);
	if (w->oracle.paused)
		pause_or_resume(w, c);
	chaos_end_orders(w);
	c->calm = true;
	w->wall_offset_s = 0;
	if (c->clocks && c->count == 1 && random_chance(&c->random, 150)) {
		world_say(w, "-- but that of our clock");
		w->wall_offset_s = random_chance(&c->random, 500) ? 10 * 365 * DAY_S : -DAY_S / 2;
	}
	w->latency_s = 1;
	c->outage_until_s = c->disk_full_until_s = c->denied_until_s = c->doubtful_until_s = 0;
	c->restart_s = c->calm_since_s = w->true_s;
	w->cloud.refuses[0] = '\0';
	c->fail_per_thousand = w->cloud.on.fail_per_thousand;
	c->never_deleted_per_thousand = w->cloud.on.never_deleted_per_thousand;
	w->cloud.on.fail_per_thousand = w->cloud.on.never_deleted_per_thousand = 0;
}

void chaos_storm(struct world *w, struct chaos *c)
{
	world_say(w, "-- faults begin");
	c->calm = false;
	refuse_one(w, c);
	w->cloud.on.fail_per_thousand = c->fail_per_thousand;
	w->cloud.on.never_deleted_per_thousand = c->never_deleted_per_thousand;
	c->next_event_s = w->true_s + random_below(&c->random, c->event_every_s);
}
