/* The world around one cycle: clocks, effects, crashes. */
#include "simulation/world.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

const char *const fate_names[FATE_COUNT] = {
	[FATE_WELL] = "well",
	[FATE_UNSENT] = "unsent",
	[FATE_LOST_BEFORE] = "lost before",
	[FATE_LOST_AFTER] = "lost after",
	[FATE_LATE] = "late",
	[FATE_THROTTLED] = "throttled",
	[FATE_REFUSED] = "refused",
	[FATE_DUPLICATED] = "duplicated",
	[FATE_SERVER_ERROR] = "5xx",
	[FATE_TRUNCATED] = "truncated",
	[FATE_NO_DATE] = "no date",
	[FATE_WRONG_DATE] = "wrong date",
	[FATE_SHORT_PAGE] = "short page",
	[FATE_NO_SETS] = "no sets",
	[FATE_OTHER_COUNT] = "other count",
	[FATE_TWICE] = "a set twice",
	[FATE_FOREIGN] = "foreign set",
	[FATE_OTHER_PAGE] = "other page",
};

const char *const mishap_names[MISHAP_COUNT] = {
	[MISHAP_NONE] = "none",
	[MISHAP_CRASH_BEFORE] = "crash before an effect",
	[MISHAP_CRASH_AFTER] = "crash after one",
	[MISHAP_DISK] = "write failed",
	[MISHAP_DISK_LIES] = "write failed that did not",
};

void world_say(struct world *w, const char *format, ...)
{
	char when[CIVIL_TEXT_SIZE];
	va_list args;

	if (!w->trace)
		return;
	civil_format_utc(w->true_s, when);
	(void)fprintf(w->trace, "%s ", when);
	if (w->name)
		(void)fprintf(w->trace, "%c ", w->name);
	if (w->wall_offset_s)
		(void)fprintf(w->trace, "(ours %+" PRId64 " s) ", w->wall_offset_s);
	va_start(args, format);
	(void)vfprintf(w->trace, format, args);
	va_end(args);
	(void)fputc('\n', w->trace);
}

struct moment world_now(const struct world *w)
{
	return (struct moment){
		.wall_s = w->true_s + w->wall_offset_s, .boot_s = w->true_s - w->boot_origin_s};
}

struct oracle_view world_view(struct world *w)
{
	return (struct oracle_view){.policy = w->policy,
		.cloud = &w->cloud,
		.disk = &w->disk,
		.ordered = &w->ordered,
		.true_s = w->true_s,
		.now = world_now(w),
		.log_days = w->policy->remote ? 0 : w->log_days_told};
}

void world_look(struct world *w, struct cycle_status *ret)
{
	cycle_status(w->cycle, world_now(w), ret);
}

void world_init(struct world *w, struct policy *policy, int64_t start_s, uint64_t seed)
{
	*w = (struct world){.policy = policy,
		.random = {seed},
		.true_s = start_s,
		.boot_origin_s = start_s - 1000,
		.latency_s = 1,
		.retry_after_ms = 0,
		.refusal = "OperationDenied.Odd",
		.hour_began_s = start_s};
	cloud_init(&w->cloud, seed ^ 0xc10dc10d);
}

/* As the daemon does: the policy of the file, and what is protected by command. The one before is
 * kept until the next. */
static void put_in_force(struct world *w)
{
	struct policy *p = policy_copy(w->policy, w->policy->cluster, NULL);

	for (size_t i = 0; i < w->ordered.count; i++)
		policy_protect_more(p,
			&(struct protected_set){
				.id = w->ordered.sets[i].id, .until_s = w->ordered.sets[i].until_s},
			1);
	policy_free(w->previous);
	w->previous = w->in_force;
	w->in_force = p;
}

static void feed_policy(struct world *w)
{
	struct event e = {.kind = EVENT_POLICY};

	put_in_force(w);
	e.policy = w->in_force;
	cycle_feed(w->cycle, &e, world_now(w));
}

static void feed_hold(struct world *w, enum hold_scope scope)
{
	int64_t until_s = w->ordered.held_until_s[scope];
	struct event e = {.kind = EVENT_HOLD,
		.scope = scope,
		.held = until_s ? "held by a person" : NULL,
		.until_s = until_s};

	cycle_feed(w->cycle, &e, world_now(w));
}

void world_hold(struct world *w, enum hold_scope scope, int64_t until_s)
{
	world_say(w, "-- a person %s the deletes%s", until_s ? "holds" : "releases",
		scope == HOLD_SCOPE_ALL ? " of all" : "");
	w->ordered.held_until_s[scope] = until_s;
	oracle_person(&w->oracle);
	feed_hold(w, scope);
}

void world_protect(struct world *w, const char *id, int64_t until_s)
{
	world_say(w, "-- a person protects set %s", id);
	ordered_protect(&w->ordered, id, until_s);
	w->oracle.digest = 0;
	oracle_person(&w->oracle);
	feed_policy(w);
}

void world_unprotect(struct world *w, size_t nth)
{
	world_say(w, "-- a person unprotects set %s", w->ordered.sets[nth].id);
	ordered_unprotect(&w->ordered, nth);
	w->oracle.digest = 0;
	oracle_person(&w->oracle);
	feed_policy(w);
}

void world_start(struct world *w)
{
	struct ledger ledger = {0};

	disk_load(&w->disk, &ledger);
	w->oracle.started_s = w->true_s;
	w->log_days_told = LOG_UNKNOWN;
	put_in_force(w);
	w->cycle = cycle_new(w->in_force, &ledger, w->dry_run, world_now(w));
	for (int i = 0; i < HOLD_SCOPE_COUNT; i++)
		feed_hold(w, (enum hold_scope)i);
}

void world_crash(struct world *w)
{
	cycle_free(w->cycle);
	w->crashes++;
	w->queued = false;
	world_say(w, "-- crash and restart");
	w->oracle.paused = false; /* the next run has yet to be told */
	oracle_restarted(&w->oracle, &w->disk, w->true_s);
	world_start(w);
	if (w->hooks.crashed)
		w->hooks.crashed(w, w->hooks.data);
}

void world_done(struct world *w)
{
	cycle_free(w->cycle);
	policy_free(w->policy);
	policy_free(w->in_force);
	policy_free(w->previous);
	ordered_done(&w->ordered);
	cloud_done(&w->cloud);
	disk_done(&w->disk);
	oracle_done(&w->oracle);
	free(w->late_ids);
	*w = (struct world){0};
}

void world_set_policy(struct world *w, struct policy *policy)
{
	world_say(w, "-- the policy is changed");
	policy_free(w->policy);
	w->oracle.digest = 0;
	w->oracle.fresh_of = NULL;
	w->policy = policy;
	feed_policy(w);
}

int world_approve(struct world *w)
{
	struct cycle_status s;
	struct error err = {0};
	int r;

	world_look(w, &s);
	if (!s.plan)
		return -1;
	r = cycle_approve(w->cycle, s.plan->hash, world_now(w), &err);
	if (r == 0) {
		world_say(
			w, "-- a person approves %zu of %zu", s.plan->doomed_count, s.plan->count);
		oracle_approved(&w->oracle, &s);
		oracle_person(&w->oracle);
	}
	return r;
}

void world_approve_another(struct world *w, int64_t nth)
{
	struct cycle_status s;
	char hash[DIGEST_HEX_SIZE] = "";

	world_look(w, &s);
	if (!s.plan || s.plan->doomed_count == 0)
		return;
	memcpy(hash, s.plan->hash, sizeof(hash));
	if (nth < 12)
		hash[nth] = '\0';
	else
		hash[nth] = hash[nth] == '0' ? '1' : '0';
	if (cycle_approve(w->cycle, hash, world_now(w), NULL) == 0)
		oracle_fail(&w->oracle, "S7", "%s approves the plan %s", hash, s.plan->hash);
}

void world_feed(struct world *w, enum event_kind kind)
{
	struct event e = {.kind = kind};

	world_say(w, "-- a person asks for a %s", kind == EVENT_BACKUP ? "backup" : "prune");
	w->oracle.spare_creates += kind == EVENT_BACKUP;
	oracle_person(&w->oracle);
	cycle_feed(w->cycle, &e, world_now(w));
}

static void do_record(struct world *w, const struct effect *e, enum mishap mishap)
{
	struct event event = {.kind = EVENT_RECORDED, .recorded = true};

	w->records++;
	if (mishap != MISHAP_DISK) {
		disk_write(&w->disk, e->record);
		oracle_recorded(&w->oracle, e->record);
	}
	if (mishap == MISHAP_DISK || mishap == MISHAP_DISK_LIES) {
		event.recorded = false;
		w->oracle.outcome_excused = true;
		world_say(w, "-- the state file fails");
	}
	cycle_feed(w->cycle, &event, world_now(w));
}

static void do_wait(struct world *w, int64_t for_s, int64_t until_s)
{
	int64_t next_s = w->hooks.meanwhile ? w->hooks.meanwhile(w, w->hooks.data) : INT64_MAX;
	int64_t left_s = until_s - w->true_s;

	w->waits++;
	if (for_s > next_s)
		for_s = next_s;
	if (for_s > left_s)
		for_s = left_s;
	if (w->late_create_s && for_s > w->late_create_s - w->true_s)
		for_s = w->late_create_s - w->true_s;
	w->true_s += for_s > 0 ? for_s : 0;
	world_late_calls(w);
	cloud_turn(&w->cloud, w->true_s);
}

/* No loop turns without end: a bound on what is asked for in an hour. */
static void count_effects(struct world *w, enum effect_kind kind)
{
	w->effects++;
	if (kind == EFFECT_REPORT)
		return;
	if (w->true_s - w->hour_began_s >= 3600) {
		w->hour_began_s = w->true_s;
		w->hour_effects = 0;
	}
	if (++w->hour_effects > w->most_effects)
		w->most_effects = w->hour_effects;
	if (w->hour_effects > 30000)
		oracle_fail(&w->oracle, "loop", "%zu effects within an hour", w->hour_effects);
}

static void carry_out(struct world *w, const struct effect *e, enum fate fate, enum mishap mishap,
	int64_t until_s)
{
	if (e->kind == EFFECT_RECORD) {
		do_record(w, e, mishap);
	} else if (e->kind == EFFECT_WAIT) {
		do_wait(w, e->wait.for_s, until_s);
	} else if (e->kind == EFFECT_REPORT) {
		w->reports[e->report.kind]++;
		oracle_reports(&w->oracle, &e->report);
		world_say(w, "  %.300s", e->report.text);
	} else {
		world_call(w, e, fate, mishap == MISHAP_CRASH_AFTER);
	}
}

static void note_step(struct world *w, enum effect_kind kind, enum fate fate, enum mishap mishap)
{
	uint64_t step = (uint64_t)w->true_s << 16 ^ (uint64_t)w->cloud.next_id << 40 ^
		(uint64_t)kind << 8 ^ (uint64_t)fate << 4 ^ (uint64_t)mishap;

	w->digest = (w->digest ^ step) * 0x9e3779b97f4a7c15u;
	w->digest ^= w->digest >> 29;
}

void world_permit(struct world *w, int64_t true_s)
{
	struct event e = {.kind = EVENT_PERMIT};

	if (w->true_s < true_s)
		w->true_s = true_s;
	w->queued = false;
	world_late_calls(w);
	cycle_feed(w->cycle, &e, world_now(w));
}

static bool is_call(enum effect_kind kind)
{
	return kind != EFFECT_REPORT && kind != EFFECT_WAIT && kind != EFFECT_RECORD;
}

enum effect_kind world_step(struct world *w, int64_t until_s)
{
	struct effect e = cycle_next(w->cycle, world_now(w));
	enum effect_kind kind = e.kind;
	enum fate fate = FATE_WELL;
	enum mishap mishap = MISHAP_NONE;

	count_effects(w, kind);
	if (is_call(kind)) {
		w->queued = w->hooks.may_call && !w->hooks.may_call(w, &e, w->hooks.data);
		if (w->queued)
			return kind;
		if (w->hooks.orders && w->hooks.orders(w, w->hooks.data)) {
			world_permit(w, w->true_s);
			return kind;
		}
		if (w->hooks.fate)
			fate = w->hooks.fate(w, &e, w->hooks.data);
		w->last_fate = fate;
		w->fates[fate]++;
	}
	if (w->hooks.mishap && kind != EFFECT_WAIT && kind != EFFECT_REPORT)
		mishap = w->hooks.mishap(w, &e, w->hooks.data);
	w->mishaps[mishap]++;
	note_step(w, kind, fate, mishap);
	if (mishap != MISHAP_CRASH_BEFORE)
		carry_out(w, &e, fate, mishap, until_s);
	if (mishap == MISHAP_CRASH_BEFORE || mishap == MISHAP_CRASH_AFTER)
		world_crash(w);
	return kind;
}

void world_run(struct world *w, int64_t for_s)
{
	int64_t until_s = w->true_s + for_s;

	while (w->true_s < until_s && !w->oracle.promise[0])
		(void)world_step(w, until_s);
}
