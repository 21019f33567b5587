/* The world's calls to the cloud, and their fates. */
#include "simulation/world.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

/* Of the codes that chaos and the tests refuse with. */
static enum about about_of(const char *code)
{
	return text_starts(code, "Forbidden")              ? ABOUT_CALLER
		: text_starts(code, "IncorrectDBInstance") ? ABOUT_CLUSTER
							   : ABOUT_SETS;
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
		ret->about = about_of(w->refusal);
		(void)snprintf(ret->code, sizeof(ret->code), "%s", w->refusal);
		return false;
	case FATE_SERVER_ERROR:
		ret->kind = ANSWER_AMBIGUOUS;
		ret->http_status = 503;
		(void)snprintf(ret->code, sizeof(ret->code), "ServiceUnavailable");
		return random_chance(&w->random, 500);
	case FATE_TRUNCATED:
		ret->kind = ANSWER_AMBIGUOUS;
		ret->unreadable = true;
		(void)snprintf(ret->code, sizeof(ret->code), "BadReply");
		return true;
	case FATE_NO_DATE:
		ret->server_s = 0;
		return true;
	case FATE_WRONG_DATE:
		ret->server_s += random_chance(&w->random, 500) ? 7200 : -86400;
		return true;
	case FATE_WELL:
	case FATE_DUPLICATED:
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

/* A count that is too small by just what the next page has is that of a smaller cluster. */
static void spoil_page(enum fate fate, struct page *page)
{
	struct inventory spare = {0};

	if (fate == FATE_SHORT_PAGE && page->inv.count > 0)
		page->inv.count--;
	else if (fate == FATE_NO_SETS)
		page->inv.count = 0;
	else if (fate == FATE_OTHER_COUNT)
		page->total += page->total - 1 == page->number * (int64_t)page->inv.count ? 1 : -1;
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

void world_late_calls(struct world *w)
{
	struct answer a;

	if (w->late_create_s && w->late_create_s <= w->true_s) {
		int64_t at_s = w->late_create_s;
		struct cloud_set *s = cloud_create(&w->cloud, at_s, &a);
		struct oracle_view v = world_view(w);
		w->late_create_s = 0;
		if (s)
			world_say(w, "   (the late CreateBackup made %s)", s->id);
		if (s && w->late_is_copy && s->fails)
			w->oracle.spare_creates++; /* it may be taken for the one that was called
						      for */
		if (s && !w->late_is_copy) {
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

/* A window that is too wide is left without an answer. */
static enum fate fate_of_window(const struct cloud_switches *on, int64_t wide_s, enum fate fate)
{
	if (on->longest_s == 0 || wide_s <= on->longest_s)
		return fate;
	return on->wide_hangs ? FATE_LOST_BEFORE : FATE_SERVER_ERROR;
}

static void do_list(struct world *w, const struct effect *e, enum fate fate)
{
	struct oracle_view v = world_view(w);
	struct page page;
	struct answer a;
	struct event event = {.kind = EVENT_ANSWER, .answer = &a};
	int64_t number = e->list.page, from_s = e->list.from_s, to_s = e->list.to_s;

	fate = fate_of_window(&w->cloud.on, to_s - from_s, fate);
	w->lists += e->list.begins;
	w->pages++;
	page_init(&page);
	oracle_asks_page(&w->oracle, &v, e);
	w->true_s += w->latency_s;
	world_late_calls(w);
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
	oracle_calls_change(&w->oracle);
	oracle_calls_create(&w->oracle, &v);
	w->true_s += w->latency_s;
	world_late_calls(w);
	if (fate == FATE_LATE || fate == FATE_DUPLICATED) {
		w->late_create_s = w->true_s + 60;
		w->late_is_copy = fate == FATE_DUPLICATED;
	}
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
	oracle_calls_change(&w->oracle);
	oracle_calls_delete(&w->oracle, &v, ids, count);
	w->true_s += w->latency_s;
	world_late_calls(w);
	if (fate == FATE_LATE || fate == FATE_DUPLICATED)
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
	struct backup_policy own = {.days = w->cloud.on.retention_s / 86400,
		.weekdays = "Tuesday,Friday",
		.window = "01:00Z-02:00Z",
		.log = w->cloud.on.log_days > 0,
		.log_days = w->cloud.on.log_days};
	const char *unread = w->cloud.policy_unread;
	bool log_reads;
	struct event event = {.kind = EVENT_ANSWER, .answer = &a, .backup_policy = &own};
	struct oracle_view v;
	struct cycle_status s;

	if (unread)
		text_copy_printable(own.unread, sizeof(own.unread), unread);
	/* The log does not read either, in some of these lives. */
	log_reads = !unread || own.log_days > 0;
	w->true_s += w->latency_s;
	(void)answer(w, fate, &a);
	w->cloud_days_told = a.kind == ANSWER_OK ? own.days : w->cloud_days_told;
	if (a.kind == ANSWER_OK)
		w->log_days_told = log_reads ? own.log_days : LOG_UNKNOWN;
	cycle_feed(w->cycle, &event, world_now(w));
	if (a.kind != ANSWER_OK)
		return;
	v = world_view(w);
	world_look(w, &s);
	oracle_told_retention(&w->oracle, &v, own.days, &s);
}

static void do_raise(struct world *w, const struct effect *e, enum fate fate, bool crash)
{
	struct oracle_view v = world_view(w);
	struct answer a;
	struct event event = {.kind = EVENT_ANSWER, .answer = &a};

	w->raises++;
	oracle_calls_change(&w->oracle);
	oracle_calls_raise(&w->oracle, &v, e->raise.days, w->cloud_days_told);
	w->true_s += w->latency_s;
	if (answer(w, fate, &a))
		w->cloud.on.retention_s = e->raise.days * 86400;
	world_say(w, "ModifyBackupPolicy to %" PRId64 " days: %s %s", e->raise.days,
		fate_names[fate], a.code);
	if (crash)
		return;
	cycle_feed(w->cycle, &event, world_now(w));
}

void world_call(struct world *w, const struct effect *e, enum fate fate, bool crash)
{
	if (e->kind == EFFECT_LIST)
		do_list(w, e, fate);
	else if (e->kind == EFFECT_CREATE)
		do_create(w, fate, crash);
	else if (e->kind == EFFECT_DELETE)
		do_delete(w, e, fate, crash);
	else if (e->kind == EFFECT_RETENTION)
		do_retention(w, fate);
	else if (e->kind == EFFECT_RAISE)
		do_raise(w, e, fate, crash);
}
