/* What tests of the cycle share that drive it effect by effect: each call is answered, or has to
 * wait for its turn, as the test says. What is to be written down and told is carried out. */
#pragma once

#include "../support/cmocka_all.h"
#include "../support/fixture.h"
#include "base/memory.h"
#include "base/text.h"
#include "cycle/cycle.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HOUR_S INT64_C(3600)
#define DAY_S INT64_C(86400)
#define START_S INT64_C(1795219200) /* 2026-11-21T00:00:00Z */

struct rig {
	struct policy *policy;
	struct cycle *cycle;
	struct moment now;
	struct inventory sets;
	bool disk_fails;
	int64_t server_ahead_s;            /* the service's clock, of ours */
	bool no_date;                      /* in its answers */
	int64_t agreed_s;                  /* in the last record */
	const char *last_outcome;          /* of a call, in the records */
	struct text history;               /* lines of these: what, which set or how many, why */
	size_t entries[ENTRY_KIND_COUNT];  /* in records on disk */
	size_t reports[REPORT_KIND_COUNT]; /* told so far */
	char told[REPORT_KIND_COUNT][512]; /* the last text of each kind */
};

/* A cluster with so many daily sets, 101 and on, and the policy of these words, that goes on from
 * this ledger. */
static inline void rig_begin(struct rig *r, const char *words, int days, bool dry_run,
	struct moment now, struct ledger ledger)
{
	*r = (struct rig){
		.policy = fixture_policy(words), .now = now, .history = TEXT_INIT(1 << 20)};
	inventory_init(&r->sets);
	for (int i = days - 1; i >= 0; i--) {
		struct set s = {.start_s = START_S - 7200 - i * DAY_S,
			.expires_s = SET_NO_TIME,
			.size_bytes = -1,
			.duration_s = 600,
			.state = SET_VALID};
		char id[16];
		(void)snprintf(id, sizeof(id), "%d", 100 + days - i);
		inventory_add(&r->sets, &s, id, NULL, NULL);
	}
	r->cycle = cycle_new(r->policy, &ledger, dry_run, r->now);
}

static inline void begin(struct rig *r, const char *words, int days)
{
	rig_begin(r, words, days, false, (struct moment){START_S, 5000}, (struct ledger){0});
}

static inline void end(struct rig *r)
{
	cycle_free(r->cycle);
	inventory_done(&r->sets);
	policy_free(r->policy);
	text_done(&r->history);
}

static inline void schedule_every(struct policy *p, int64_t every_s)
{
	p->schedule.kind = SCHEDULE_EVERY;
	p->schedule.every_s = every_s;
	p->schedule.catch_up = true;
}

static inline void pass(struct rig *r, int64_t s)
{
	r->now.wall_s += s;
	r->now.boot_s += s;
}

static inline void feed(struct rig *r, enum event_kind kind)
{
	cycle_feed(r->cycle, &(struct event){.kind = kind}, r->now);
}

static inline void turn(struct rig *r)
{
	feed(r, EVENT_TURN);
}

static inline void feed_policy(struct rig *r, const struct policy *p)
{
	cycle_feed(r->cycle, &(struct event){.kind = EVENT_POLICY, .policy = p}, r->now);
}

static inline void feed_pause(struct rig *r, const char *why)
{
	cycle_feed(r->cycle, &(struct event){.kind = EVENT_PAUSE, .paused = why}, r->now);
}

static inline int64_t server_s(const struct rig *r)
{
	return r->no_date ? 0 : r->now.wall_s + r->server_ahead_s;
}

/* A page with `count` sets from index `from` on, where `total` are said to be there. */
static inline void answer_page(
	struct rig *r, int64_t number, size_t from, size_t count, int64_t total)
{
	struct answer a = {.kind = ANSWER_OK, .server_s = server_s(r)};
	struct page page;
	struct event e = {.kind = EVENT_ANSWER, .answer = &a, .page = &page};

	page_init(&page);
	page.total = total;
	page.number = number;
	for (size_t i = from; i < from + count; i++)
		inventory_add(&page.inv, &r->sets.sets[i], set_id(&r->sets, i),
			set_parent(&r->sets, i), NULL);
	cycle_feed(r->cycle, &e, r->now);
	page_done(&page);
}

static inline void answer_list(struct rig *r)
{
	answer_page(r, 1, 0, r->sets.count, (int64_t)r->sets.count);
}

/* To any call but a listing that went well. */
static inline void answer(struct rig *r, enum answer_kind kind, int64_t retry_after_ms)
{
	struct answer a = {.kind = kind, .server_s = server_s(r), .retry_after_ms = retry_after_ms};

	if (kind != ANSWER_OK)
		text_copy_printable(a.code, sizeof(a.code), "Odd");
	cycle_feed(r->cycle, &(struct event){.kind = EVENT_ANSWER, .answer = &a}, r->now);
}

/* The cloud's own retention. */
static inline void answer_policy(struct rig *r, const struct backup_policy *p)
{
	struct answer a = {.kind = ANSWER_OK, .server_s = server_s(r)};
	struct event e = {.kind = EVENT_ANSWER, .answer = &a, .backup_policy = p};

	cycle_feed(r->cycle, &e, r->now);
}

static inline void answer_days(struct rig *r, int64_t days)
{
	answer_policy(r, &(struct backup_policy){.days = days});
}

static inline void rig_entry(struct rig *r, const struct entry *e)
{
	r->entries[e->kind]++;
	if (e->outcome)
		r->last_outcome = text_equal(e->outcome, "unsent") ? "unsent" : "other";
	text_add(&r->history, entry_names[e->kind]);
	if (e->set)
		text_printf(&r->history, " %s", e->set);
	if (e->count)
		text_printf(&r->history, " x%lld", (long long)e->count);
	text_printf(&r->history, "%s%s\n", e->reason ? ": " : "", e->reason ? e->reason : "");
}

static inline void rig_record(struct rig *r, const struct record *record)
{
	r->agreed_s = record->agreed_s;
	for (size_t i = 0; i < record->entry_count && !r->disk_fails; i++)
		rig_entry(r, &record->entries[i]);
	cycle_feed(r->cycle, &(struct event){.kind = EVENT_RECORDED, .recorded = !r->disk_fails},
		r->now);
}

/* The next thing but a report, which is told. */
static inline struct effect next_effect(struct rig *r)
{
	for (;;) {
		struct effect e = cycle_next(r->cycle, r->now);
		if (e.kind != EFFECT_REPORT)
			return e;
		r->reports[e.report.kind]++;
		text_copy_printable(r->told[e.report.kind], sizeof(r->told[0]), e.report.text);
	}
}

/* The next call that is asked for; the rest is carried out. EFFECT_WAIT: none for now. */
static inline struct effect next_call(struct rig *r)
{
	for (;;) {
		struct effect e = next_effect(r);
		if (e.kind != EFFECT_RECORD)
			return e;
		rig_record(r, &e.record);
	}
}

static inline void expect(struct rig *r, enum effect_kind kind)
{
	assert_int_equal(next_call(r).kind, kind);
}

/* There is nothing to do for so long. */
static inline void expect_wait(struct rig *r, int64_t s)
{
	struct effect e = next_call(r);

	assert_int_equal(e.kind, EFFECT_WAIT);
	assert_int_equal(e.wait.for_s, s);
}

/* Lets time pass, and lists whenever that is asked for. Seconds until another call is. */
static inline int64_t until_call(struct rig *r, enum effect_kind kind)
{
	int64_t from_s = r->now.boot_s;

	for (;;) {
		struct effect e = next_call(r);
		if (e.kind == kind)
			return r->now.boot_s - from_s;
		if (e.kind == EFFECT_LIST) {
			answer_list(r);
			continue;
		}
		assert_int_equal(e.kind, EFFECT_WAIT);
		assert_in_range(e.wait.for_s, 1, 7 * DAY_S);
		pass(r, e.wait.for_s);
	}
}

/* Lets so much time pass, in which the cloud does all that it is asked for. How often it listed. */
static inline size_t live(struct rig *r, int64_t for_s)
{
	int64_t until_s = r->now.boot_s + for_s;
	size_t lists = 0;

	while (r->now.boot_s < until_s) {
		struct effect e = next_call(r);
		int64_t left_s = until_s - r->now.boot_s;
		if (e.kind == EFFECT_LIST) {
			answer_list(r);
			assert_in_range(++lists, 1, 10000);
		} else if (e.kind == EFFECT_RETENTION) {
			answer_days(r, 730);
		} else if (e.kind == EFFECT_WAIT) {
			pass(r, e.wait.for_s < left_s ? e.wait.for_s : left_s);
		} else {
			answer(r, ANSWER_OK, 0);
		}
	}
	return lists;
}

static inline struct cycle_status look(struct rig *r)
{
	struct cycle_status s;

	cycle_look(r->cycle, r->now, &s);
	return s;
}
