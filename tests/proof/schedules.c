/* The real cycle under every schedule of one fault, or of two that are near, in short lives:
 * schedules 1|2 [SHARD SHARDS]
 *
 * A fault is a fate of a call (lost, late, refused, a page that lies, a wrong Date ...) or a mishap
 * around an effect (a crash, a failing disk), at the nth effect of the life. cycle_crash_test.c has
 * longer lives with crashes alone. */
#include "base/memory.h"
#include "simulation/policies.h"
#include "simulation/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S INT64_C(86400)
#define HOUR_S INT64_C(3600)
#define START_S INT64_C(1795132800) /* 2026-11-20T00:00:00Z */
#define FAULTS ((int)FATE_COUNT + (int)MISHAP_COUNT)
#define NEAR 12 /* effects from one fault to the other */

struct scenario {
	const char *name;
	int days, a_day; /* sets that are there */
	bool chained;    /* each second one depends on the one before */
	int log_days;
	int64_t grace_s;
	int percent;
	enum fate create; /* the first call */
};

static const struct scenario scenarios[] = {
	{.name = "first prune", .days = 14, .a_day = 1, .grace_s = 600, .percent = 20},
	{.name = "lost reply", .days = 6, .a_day = 1, .percent = 100, .create = FATE_LOST_AFTER},
	{.name = "parents", .days = 12, .a_day = 1, .chained = true, .percent = 100},
	{.name = "point in time", .days = 5, .a_day = 3, .log_days = 3, .percent = 100},
};

/* The fates, then the mishaps; 0 is neither. */
struct trial {
	const struct scenario *scenario;
	int at[2], fault[2];
	int effects, creates;
	bool useless; /* a fault was of no kind that its effect can have */
};

static bool fits(const struct effect *e, enum fate fate)
{
	return fate < FATE_SHORT_PAGE || e->kind == EFFECT_LIST;
}

static enum fate draw_fate(struct world *w, const struct effect *e, void *data)
{
	struct trial *t = data;

	w->retry_after_ms = 90000;
	for (int k = 0; k < 2; k++) {
		if (t->at[k] != t->effects + 1 || t->fault[k] >= (int)FATE_COUNT)
			continue;
		t->useless = t->useless || !fits(e, (enum fate)t->fault[k]);
		return fits(e, (enum fate)t->fault[k]) ? (enum fate)t->fault[k] : FATE_WELL;
	}
	return e->kind == EFFECT_CREATE && ++t->creates == 1 ? t->scenario->create : FATE_WELL;
}

static enum mishap draw_mishap(struct world *w, const struct effect *e, void *data)
{
	struct trial *t = data;
	int n = ++t->effects;

	(void)w;
	for (int k = 0; k < 2; k++) {
		int mishap = t->fault[k] - (int)FATE_COUNT;
		bool call = e->kind != EFFECT_RECORD;
		if (t->at[k] != n)
			continue;
		t->useless = t->useless || (mishap < 0 && !call) || (mishap >= MISHAP_DISK && call);
		if (mishap >= 0 && (mishap < MISHAP_DISK || !call))
			return (enum mishap)mishap;
	}
	return MISHAP_NONE;
}

/* A person approves whatever is held. */
static int64_t approves(struct world *w, void *data)
{
	struct cycle_status s;

	(void)data;
	world_look(w, &s);
	if (s.holds & 1u << HOLD_APPROVAL)
		(void)world_approve(w);
	return 600;
}

static void begin(struct world *w, const struct scenario *s)
{
	struct policy *p = policy_plain();
	struct cloud_set *before = NULL;

	p->safety.grace_s = s->grace_s;
	p->safety.max_delete_percent = s->percent;
	p->safety.point_in_time = s->log_days ? POINT_IN_TIME_KEEP : POINT_IN_TIME_IGNORE;
	p->refresh_s = 2 * HOUR_S;
	world_init(w, p, START_S + 22 * HOUR_S, 1);
	w->cloud.on.page_size = 30;
	w->cloud.on.visible_at_start = false;
	w->cloud.on.backup_least_s = w->cloud.on.backup_most_s = 600;
	w->cloud.on.log_days = s->log_days;
	for (int i = s->days * s->a_day - 1; i >= 0; i--) {
		struct cloud_set *set =
			cloud_put(&w->cloud, START_S + 2 * HOUR_S - i * DAY_S / s->a_day);
		set->end_s = set->start_s + 600;
		before = w->cloud.count > 1 ? set - 1 : NULL;
		if (s->chained && before && w->cloud.count % 2 == 0)
			memcpy(set->parent, before->id, sizeof(set->parent));
	}
	world_start(w);
}

static const char *fault_name(int fault)
{
	return fault < (int)FATE_COUNT ? fate_names[fault] : mishap_names[fault - (int)FATE_COUNT];
}

/* A night with the faults and a day without. False if the last fault's turn did not come. */
static bool live(struct trial *t)
{
	struct cycle_status status;
	struct oracle_view v;
	struct world w;
	bool reached;
	int at[2];

	begin(&w, t->scenario);
	w.hooks = (struct hooks){
		.fate = draw_fate, .mishap = draw_mishap, .meanwhile = approves, .data = t};
	world_run(&w, 12 * HOUR_S);
	reached = t->effects >= t->at[0] && t->effects >= t->at[1];
	memcpy(at, t->at, sizeof(at));
	t->at[0] = t->at[1] = 0;
	world_run(&w, 26 * HOUR_S);
	v = world_view(&w);
	world_look(&w, &status);
	if (!w.oracle.promise[0])
		oracle_at_end(&w.oracle, &v, &status);
	if (w.oracle.promise[0] || status.trouble[0]) {
		printf("%s, %s at %d, %s at %d: %s %s%s\n", t->scenario->name,
			fault_name(t->fault[0]), at[0], fault_name(t->fault[1]), at[1],
			w.oracle.promise, w.oracle.text, status.trouble);
		exit(1);
	}
	world_done(&w);
	return reached;
}

/* Lives with a fault, and another of each kind at each effect that is near. */
static int with_another(const struct scenario *s, int at, int fault)
{
	int lives = 0;

	for (int next = 1; next < FAULTS; next++)
		for (int then = at + 1; next != (int)FATE_COUNT && then <= at + NEAR; then++) {
			struct trial t = {.scenario = s, .at = {at, then}, .fault = {fault, next}};
			if (!live(&t))
				break;
			lives += !t.useless;
		}
	return lives;
}

/* Lives of a scenario with a fault of each kind at each effect. */
static int all_of(const struct scenario *s, bool two, int shard, int shards)
{
	struct trial calm = {.scenario = s};
	int lives = 0;

	(void)live(&calm);
	for (int fault = 1; fault < FAULTS; fault++)
		for (int at = 1; at <= calm.effects; at++) {
			struct trial t = {.scenario = s, .at = {at}, .fault = {fault}};
			if (fault == (int)FATE_COUNT || (fault + at) % shards != shard)
				continue;
			(void)live(&t);
			lives += !t.useless;
			if (two && !t.useless)
				lives += with_another(s, at, fault);
		}
	return lives;
}

int main(int argc, char **argv)
{
	bool two = argc > 1 && atoi(argv[1]) == 2;
	int shard = argc > 3 ? atoi(argv[2]) : 0, shards = argc > 3 ? atoi(argv[3]) : 1, lives = 0;

	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
		int n = all_of(&scenarios[i], two, shard, shards);
		printf("  %-14s %d schedules\n", scenarios[i].name, n);
		lives += n;
	}
	printf("%d schedules\n", lives);
	return 0;
}
