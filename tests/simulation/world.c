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
	[FATE_BAD_REPLY] = "bad reply",
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
		.true_s = w->true_s,
		.now = world_now(w)};
}

void world_look(struct world *w, struct cycle_status *ret)
{
	cycle_look(w->cycle, world_now(w), ret);
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

void world_start(struct world *w)
{
	struct ledger ledger = {0};

	disk_load(&w->disk, &ledger);
	w->cycle = cycle_new(w->policy, &ledger, w->dry_run, world_now(w));
}

void world_crash(struct world *w)
{
	cycle_free(w->cycle);
	w->crashes++;
	world_say(w, "-- crash and restart");
	oracle_restarted(&w->oracle, &w->disk, w->true_s);
	world_start(w);
}

void world_done(struct world *w)
{
	cycle_free(w->cycle);
	policy_free(w->policy);
	policy_free(w->previous);
	cloud_done(&w->cloud);
	disk_done(&w->disk);
	oracle_done(&w->oracle);
	free(w->late_ids);
	*w = (struct world){0};
}

void world_set_policy(struct world *w, struct policy *policy)
{
	struct event e = {.kind = EVENT_POLICY, .policy = policy};

	world_say(w, "-- the policy is changed");
	policy_free(w->previous);
	w->previous = w->policy;
	w->oracle.digest = 0;
	w->oracle.fresh_of = NULL;
	w->policy = policy;
	cycle_feed(w->cycle, &e, world_now(w));
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

/* What is common to all answers. True if the call is carried out now. */
static bool answer(struct world *w, enum fate fate, struct answer *ret)
{
	*ret = (struct answer){.kind = ANSWER_OK, .http_status = 200, .server_s = w->true_s};
	(void)snprintf(ret->request_id, sizeof(ret->request_id), "R-%zu", w->effects);
	switch (fate) {
	case FATE_UNSENT:
		*ret = (struct answer){.kind = ANSWER_UNSENT, .code = "Connect"};
		return false;
	case FATE_LOST_BEFORE:
	case FATE_LATE:
	case FATE_LOST_AFTER:
		w->true_s += 29;
		*ret = (struct answer){.kind = ANSWER_AMBIGUOUS, .code = "Timeout"};
		return fate == FATE_LOST_AFTER;
	case FATE_THROTTLED:
		ret->kind = ANSWER_THROTTLED;
		ret->http_status = 400;
		ret->retry_after_ms = w->retry_after_ms;
		(void)snprintf(ret->code, sizeof(ret->code), "Throttling.User");
		return false;
	case FATE_REFUSED:
		ret->kind = ANSWER_REFUSED;
		ret->http_status = 403;
		(void)snprintf(ret->code, sizeof(ret->code), "%s", w->refusal);
		return false;
	case FATE_BAD_REPLY:
		ret->kind = ANSWER_AMBIGUOUS;
		(void)snprintf(ret->code, sizeof(ret->code), "BadReply");
		return true;
	case FATE_NO_DATE:
		ret->server_s = 0;
		return true;
	case FATE_WRONG_DATE:
		ret->server_s += random_chance(&w->random, 500) ? 7200 : -86400;
		return true;
	case FATE_WELL:
	case FATE_SHORT_PAGE:
	case FATE_NO_SETS:
	case FATE_OTHER_COUNT:
	case FATE_TWICE:
	case FATE_FOREIGN:
	case FATE_OTHER_PAGE:
	case FATE_COUNT:
		return true;
	}
	return true;
}

static void spoil_page(enum fate fate, struct page *page)
{
	struct inventory spare = {0};

	if (fate == FATE_SHORT_PAGE && page->inv.count > 0)
		page->inv.count--;
	else if (fate == FATE_NO_SETS)
		page->inv.count = 0;
	else if (fate == FATE_OTHER_COUNT)
		page->total--;
	else if (fate == FATE_FOREIGN)
		(void)snprintf(page->foreign, sizeof(page->foreign), "amv-other");
	else if (fate == FATE_OTHER_PAGE)
		page->number++;
	else if (fate == FATE_TWICE && page->inv.count > 1) {
		inventory_copy(&spare, &page->inv);
		page->inv.sets[0] = page->inv.sets[1];
		inventory_done(&spare);
	}
}

static void late_effects(struct world *w)
{
	struct answer a;

	if (w->late_create_s && w->late_create_s <= w->true_s) {
		int64_t at_s = w->late_create_s;
		struct cloud_set *s = cloud_create(&w->cloud, at_s, &a);
		struct oracle_view v = world_view(w);
		w->late_create_s = 0;
		if (s) {
			world_say(w, "   (the late CreateBackup made %s)", s->id);
			v.true_s = at_s;
			oracle_created(&w->oracle, &v, s);
		}
	}
	if (w->late_delete_s && w->late_delete_s <= w->true_s) {
		const char *ids[100];
		for (size_t i = 0; i < w->late_count; i++)
			ids[i] = w->late_ids[i];
		cloud_delete(&w->cloud, w->late_delete_s, ids, w->late_count, &a);
		w->late_delete_s = 0;
	}
}

static void do_list(struct world *w, const struct effect *e, enum fate fate)
{
	struct oracle_view v = world_view(w);
	struct page page;
	struct answer a;
	struct event event = {.kind = EVENT_ANSWER, .answer = &a};
	int64_t number = e->list.page, from_s = e->list.from_s, to_s = e->list.to_s;

	w->lists += number == 1;
	w->pages++;
	page_init(&page);
	oracle_asks_page(&w->oracle, &v, number);
	w->true_s += w->latency_s;
	late_effects(w);
	if (answer(w, fate, &a) && a.kind == ANSWER_OK) {
		cloud_describe(
			&w->cloud, w->policy->cluster, w->true_s, from_s, to_s, number, &page);
		spoil_page(fate, &page);
		event.page = &page;
	}
	v = world_view(w);
	oracle_page(&w->oracle, &v, event.page, a.server_s);
	oracle_answered(&w->oracle, &v, EFFECT_LIST, &a);
	world_say(w, "list page %" PRId64 ": %zu of %" PRId64 " (%s)", number, page.inv.count,
		page.total, fate_names[fate]);
	cycle_feed(w->cycle, &event, world_now(w));
	page_done(&page);
}

static void do_create(struct world *w, enum fate fate, bool crash)
{
	struct oracle_view v = world_view(w);
	struct cloud_set *s = NULL;
	struct answer a;
	struct event event = {.kind = EVENT_ANSWER, .answer = &a};

	w->creates++;
	oracle_calls_create(&w->oracle, &v);
	w->true_s += w->latency_s;
	late_effects(w);
	if (fate == FATE_LATE)
		w->late_create_s = w->true_s + 60;
	if (answer(w, fate, &a)) {
		struct answer cloud = a;
		s = cloud_create(&w->cloud, w->true_s, &cloud);
		if (a.kind == ANSWER_OK) {
			cloud.server_s = a.server_s;
			a = cloud;
		}
	}
	world_say(w, "CreateBackup: %s (%s, %s)", s ? s->id : "none", fate_names[fate], a.code);
	v = world_view(w);
	if (s)
		oracle_created(&w->oracle, &v, s);
	if (crash)
		return;
	oracle_answered(&w->oracle, &v, EFFECT_CREATE, &a);
	cycle_feed(w->cycle, &event, world_now(w));
}

static void note_delete(struct world *w, const char *const *ids, size_t count)
{
	struct text t = TEXT_INIT(sizeof(w->last_delete) - 1);
	char *s;

	for (size_t i = 0; i < count; i++) {
		text_add(&t, i ? "," : "");
		text_add(&t, ids[i]);
	}
	s = text_take(&t);
	(void)snprintf(w->last_delete, sizeof(w->last_delete), "%s", s);
	free(s);
	w->deletes++;
	w->ids_asked += count;
}

static void keep_for_later(struct world *w, const char *const *ids, size_t count)
{
	w->late_delete_s = w->true_s + 60;
	w->late_ids = xreallocarray(w->late_ids, 100, sizeof(*w->late_ids));
	w->late_count = count;
	for (size_t i = 0; i < count; i++)
		(void)snprintf(w->late_ids[i], CLOUD_ID_SIZE, "%s", ids[i]);
}

static void do_delete(struct world *w, const struct effect *e, enum fate fate, bool crash)
{
	struct oracle_view v = world_view(w);
	const char *const *ids = e->delete.ids;
	size_t count = e->delete.count;
	struct answer a, cloud;
	struct event event = {.kind = EVENT_ANSWER, .answer = &a};

	note_delete(w, ids, count);
	oracle_calls_delete(&w->oracle, &v, ids, count);
	w->true_s += w->latency_s;
	late_effects(w);
	if (fate == FATE_LATE)
		keep_for_later(w, ids, count);
	if (answer(w, fate, &a)) {
		cloud = a;
		cloud_delete(&w->cloud, w->true_s, ids, count, &cloud);
		if (a.kind == ANSWER_OK) {
			cloud.server_s = a.server_s;
			a = cloud;
		}
	}
	world_say(w, "DeleteBackups of %zu (%.60s): %s %s", count, w->last_delete, fate_names[fate],
		a.code);
	v = world_view(w);
	oracle_deleted(
		&w->oracle, &v, ids, count, a.kind != ANSWER_OK && a.kind != ANSWER_AMBIGUOUS);
	if (crash)
		return;
	oracle_answered(&w->oracle, &v, EFFECT_DELETE, &a);
	cycle_feed(w->cycle, &event, world_now(w));
}

static void do_retention(struct world *w, enum fate fate)
{
	struct answer a;
	struct event event = {.kind = EVENT_ANSWER,
		.answer = &a,
		.retention_days = w->cloud.on.retention_s / 86400};

	w->true_s += w->latency_s;
	(void)answer(w, fate, &a);
	cycle_feed(w->cycle, &event, world_now(w));
}

static void do_record(struct world *w, const struct effect *e, enum mishap mishap)
{
	struct event event = {.kind = EVENT_RECORDED, .recorded = true};

	w->records++;
	if (mishap != MISHAP_DISK) {
		disk_write(&w->disk, &e->record);
		oracle_recorded(&w->oracle, &e->record);
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
	late_effects(w);
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
	bool crash = mishap == MISHAP_CRASH_AFTER;

	switch (e->kind) {
	case EFFECT_LIST:
		do_list(w, e, fate);
		break;
	case EFFECT_CREATE:
		do_create(w, fate, crash);
		break;
	case EFFECT_DELETE:
		do_delete(w, e, fate, crash);
		break;
	case EFFECT_RETENTION:
		do_retention(w, fate);
		break;
	case EFFECT_RECORD:
		do_record(w, e, mishap);
		break;
	case EFFECT_REPORT:
		w->reports[e->report.kind]++;
		oracle_reports(&w->oracle, &e->report);
		world_say(w, "  %.300s", e->report.text);
		break;
	case EFFECT_WAIT:
		do_wait(w, e->wait.for_s, until_s);
		break;
	}
}

static void note_step(struct world *w, enum effect_kind kind, enum fate fate, enum mishap mishap)
{
	uint64_t step = (uint64_t)w->true_s << 16 ^ (uint64_t)w->cloud.next_id << 40 ^
		(uint64_t)kind << 8 ^ (uint64_t)fate << 4 ^ (uint64_t)mishap;

	w->digest = (w->digest ^ step) * 0x9e3779b97f4a7c15u;
	w->digest ^= w->digest >> 29;
}

enum effect_kind world_step(struct world *w, int64_t until_s)
{
	struct effect e = cycle_next(w->cycle, world_now(w));
	enum effect_kind kind = e.kind;
	bool call = kind != EFFECT_REPORT && kind != EFFECT_WAIT && kind != EFFECT_RECORD;
	enum fate fate = call && w->hooks.fate ? w->hooks.fate(w, &e, w->hooks.data) : FATE_WELL;
	enum mishap mishap = w->hooks.mishap && kind != EFFECT_WAIT && kind != EFFECT_REPORT
		? w->hooks.mishap(w, &e, w->hooks.data)
		: MISHAP_NONE;

	count_effects(w, kind);
	if (call)
		w->fates[fate]++;
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
