/* One cycle, driven effect by effect, in a world without delays: what the cloud lists, how it
 * answers, what the disk takes and what the clocks say is up to the test, to the second. */
#pragma once

#include "../support/cmocka_all.h"
#include "../support/fixture.h"
#include "base/text.h"
#include "cycle/cycle.h"

#include <string.h>

#define DAY_S INT64_C(86400)
#define HOUR_S INT64_C(3600)
#define BASE_S INT64_C(1795226400) /* 2026-11-21T02:00:00Z */
#define RIG_MOST 32

struct rig {
	struct policy *policy;
	struct cycle *cycle;
	struct inventory sets;        /* what the cloud lists */
	int64_t base_s;               /* true time when the machine was switched on, at the start */
	int64_t s;                    /* since then: CLOCK_BOOTTIME */
	int64_t wall_offset_s;        /* our clock - true time */
	int64_t date_offset_s;        /* the service's Date - true time */
	enum answer_kind create_kind; /* how a call is answered; the cloud does nothing by itself */
	int64_t retry_after_ms;
	bool lists_fail, records_fail;
	size_t creates, lists;
	int64_t created_at[RIG_MOST], listed_at[RIG_MOST]; /* the first of them, by `s` */
	size_t deletes;
	size_t reports[REPORT_KIND_COUNT];
	char failure[160]; /* the reason in the last report of a backup that failed */
	char text[320];    /* the last report of a call that was refused */
	char outcome[16];  /* of the last call, in the history */
	int64_t slot_s;    /* of the last intent, in the history */
};

static inline struct moment rig_now(const struct rig *r)
{
	return (struct moment){.wall_s = r->base_s + r->s + r->wall_offset_s, .boot_s = r->s};
}

/* A set that began so long after the base. */
static inline void put(
	struct rig *r, const char *id, int64_t at_s, enum set_state state, int32_t duration_s)
{
	struct set s = {.start_s = r->base_s + at_s,
		.expires_s = SET_NO_TIME,
		.size_bytes = -1,
		.duration_s = duration_s,
		.state = (uint8_t)state};

	inventory_add(&r->sets, &s, id, NULL, NULL);
}

static inline void rig_schedule(struct rig *r, const char *expression)
{
	struct schedule *s = &r->policy->schedule;

	calendar_free(s->calendar);
	s->calendar = NULL;
	s->kind = expression ? SCHEDULE_CALENDAR : SCHEDULE_NONE;
	if (expression && calendar_parse(expression, &s->calendar, NULL) < 0)
		abort();
}

/* Also ends the run before, if there is one. */
static inline void start(struct rig *r, const struct create_record *create)
{
	struct ledger l = {0};

	if (create)
		l.create = *create;
	cycle_free(r->cycle);
	r->cycle = cycle_new(r->policy, &l, false, rig_now(r));
}

/* A schedule (NULL: none), and a cloud without any set. */
static inline void begin(struct rig *r, const char *expression, int64_t base_s)
{
	*r = (struct rig){.policy = fixture_policy("last=100"), .base_s = base_s};
	inventory_init(&r->sets);
	r->policy->refresh_s = 100 * DAY_S; /* whatever is listed, is for a reason */
	r->policy->schedule.catch_up = true;
	rig_schedule(r, expression);
	start(r, NULL);
}

static inline void end(struct rig *r)
{
	cycle_free(r->cycle);
	inventory_done(&r->sets);
	policy_free(r->policy);
}

static inline struct cycle_status look(struct rig *r)
{
	struct cycle_status s;

	cycle_look(r->cycle, rig_now(r), &s);
	return s;
}

static inline void feed(struct rig *r, struct event e)
{
	cycle_feed(r->cycle, &e, rig_now(r));
}

static inline void note_record(struct rig *r, const struct record *record)
{
	for (size_t i = 0; i < record->entry_count; i++) {
		const struct entry *e = &record->entries[i];
		if (e->kind == ENTRY_CREATE_INTENT)
			r->slot_s = e->slot_s;
		if (e->kind == ENTRY_CREATE_OUTCOME)
			text_copy_printable(r->outcome, sizeof(r->outcome), e->outcome);
	}
}

static inline void note_report(struct rig *r, const struct report *report)
{
	r->reports[report->kind]++;
	if (report->kind == REPORT_BACKUP_FAILED)
		text_copy_printable(r->failure, sizeof(r->failure), report->reason);
	if (report->kind == REPORT_BACKUP_REFUSED)
		text_copy_printable(r->text, sizeof(r->text), report->text);
}

/* The next call or wait; records are written and reports noted on the way. */
static inline struct effect next_call(struct rig *r)
{
	for (int i = 0; i < 1000; i++) {
		struct effect e = cycle_next(r->cycle, rig_now(r));
		if (e.kind == EFFECT_RECORD) {
			note_record(r, &e.record);
			feed(r,
				(struct event){
					.kind = EVENT_RECORDED, .recorded = !r->records_fail});
		} else if (e.kind == EFFECT_REPORT) {
			note_report(r, &e.report);
		} else {
			return e;
		}
	}
	fail_msg("it asks for no call and does not wait");
	return (struct effect){.kind = EFFECT_WAIT};
}

static inline void answer_list(struct rig *r)
{
	struct answer a = {.kind = r->lists_fail ? ANSWER_UNSENT : ANSWER_OK};
	struct page page;

	if (!r->lists_fail)
		a.server_s = r->base_s + r->s + r->date_offset_s;
	if (r->lists < RIG_MOST)
		r->listed_at[r->lists] = r->s;
	r->lists++;
	page_init(&page);
	page.total = (int64_t)r->sets.count;
	page.number = 1;
	inventory_copy(&page.inv, &r->sets);
	feed(r, (struct event){.kind = EVENT_ANSWER, .answer = &a, .page = &page});
	page_done(&page);
}

static inline void answer_create(struct rig *r)
{
	struct answer a = {.kind = r->create_kind, .retry_after_ms = r->retry_after_ms};

	if (r->creates < RIG_MOST)
		r->created_at[r->creates] = r->s;
	r->creates++;
	feed(r, (struct event){.kind = EVENT_ANSWER, .answer = &a});
}

static inline void answer(struct rig *r, enum effect_kind kind)
{
	struct answer ok = {.kind = ANSWER_OK};
	struct backup_policy own = {.days = 730};

	if (kind == EFFECT_LIST) {
		answer_list(r);
	} else if (kind == EFFECT_CREATE) {
		answer_create(r);
	} else {
		r->deletes += kind == EFFECT_DELETE;
		feed(r, (struct event){.kind = EVENT_ANSWER, .answer = &ok, .backup_policy = &own});
	}
}

/* Carries out what is asked for until `s`, and what there is to do then. */
static inline void run_until(struct rig *r, int64_t s)
{
	for (int i = 0; i < 10000; i++) {
		struct effect e = next_call(r);
		if (e.kind != EFFECT_WAIT) {
			answer(r, e.kind);
		} else if (e.wait.for_s > s - r->s) {
			r->s = s;
			return;
		} else {
			r->s += e.wait.for_s;
		}
	}
	fail_msg("it never comes to rest");
}

/* As a person who asks for it at that time. */
static inline void list_at(struct rig *r, int64_t s)
{
	run_until(r, s - 1);
	r->s = s;
	feed(r, (struct event){.kind = EVENT_PRUNE});
	run_until(r, s);
}
