/* A cycle driven effect by effect, in no time, with a state file and a cloud that does nothing by
 * itself: what it lists and how it answers is up to the test. */
#pragma once

#include "../support/cmocka_all.h"
#include "../support/fixture.h"
#include "base/text.h"
#include "cycle/cycle.h"
#include "simulation/disk.h"

#include <stdio.h>

#define DAY_S INT64_C(86400)
#define HOUR_S INT64_C(3600)
#define START_S INT64_C(1795219200) /* 2026-11-21T00:00:00Z */
#define BOOT_S 1000
#define LOG_MOST 64

/* A call, as it is answered. */
struct reply {
	enum answer_kind kind;
	const char *code;
	int64_t retry_after_ms;
};

struct page_asked {
	int64_t boot_s, from_s, to_s;
	bool due;
};

struct written {
	int64_t boot_s;
	size_t puts, drops, lines[ENTRY_KIND_COUNT];
};

struct rig {
	struct cycle *cycle;
	struct moment now;
	struct inventory sets; /* what the cloud lists */
	struct disk disk;
	struct reply list_reply, create_reply, delete_reply;
	int64_t skew_s;      /* the service's clock - ours */
	bool no_dates;       /* in its answers */
	int64_t miscounted;  /* sets more in the count of a page than there are */
	int64_t call_late_s; /* the next create or delete waits so long for its turn ... */
	int64_t step_s;      /* ... and our clock is set by so much meanwhile */
	int creates, deletes, lists;
	int lists_before;    /* the last of the first two */
	size_t ids;          /* named by delete calls so far */
	int failing_records; /* so many of the next records are not written */
	int failing_from;    /* ... after so many that are */
	bool approves;       /* a person does, while the next record is being written */
	size_t reports[REPORT_KIND_COUNT];
	struct page_asked pages[LOG_MOST]; /* the first of them, while page_count is below */
	struct written records[LOG_MOST];
	size_t page_count, record_count;
};

static inline void put(struct rig *r, const char *id, int64_t start_s, int32_t duration_s)
{
	struct set s = {.start_s = start_s,
		.expires_s = SET_NO_TIME,
		.size_bytes = -1,
		.duration_s = duration_s,
		.state = SET_VALID};

	inventory_add(&r->sets, &s, id, NULL, NULL);
}

static inline void nothing_listed(struct rig *r)
{
	inventory_done(&r->sets);
	inventory_init(&r->sets);
}

/* Some days of daily sets, "101" the oldest. */
static inline void begin(struct rig *r, const struct policy *p, int days, int64_t newest_s)
{
	struct ledger l = {0};

	*r = (struct rig){.now = {START_S, BOOT_S}};
	inventory_init(&r->sets);
	for (int i = days - 1; i >= 0; i--) {
		char id[16];
		(void)snprintf(id, sizeof(id), "%d", 100 + days - i);
		put(r, id, newest_s - i * DAY_S, 600);
	}
	r->cycle = cycle_new(p, &l, false, r->now);
}

static inline void restart(struct rig *r, const struct policy *p)
{
	struct ledger l;

	cycle_free(r->cycle);
	disk_load(&r->disk, &l);
	r->cycle = cycle_new(p, &l, false, r->now);
}

static inline void end(struct rig *r, struct policy *p)
{
	cycle_free(r->cycle);
	inventory_done(&r->sets);
	disk_done(&r->disk);
	policy_free(p);
}

static inline void pass(struct rig *r, int64_t s)
{
	r->now.wall_s += s;
	r->now.boot_s += s;
}

static inline void answer(struct rig *r, const struct reply *reply, const struct page *page)
{
	struct answer a = {.kind = reply->kind,
		.retry_after_ms = reply->retry_after_ms,
		.server_s = r->no_dates ? 0 : r->now.wall_s + r->skew_s};
	struct backup_policy own = {.days = 730};
	struct event e = {.kind = EVENT_ANSWER, .answer = &a, .page = page, .backup_policy = &own};

	(void)snprintf(a.code, sizeof(a.code), "%s", reply->code ? reply->code : "");
	cycle_feed(r->cycle, &e, r->now);
}

static inline void list(struct rig *r, const struct effect *e)
{
	struct page page;

	r->lists++;
	if (r->page_count < LOG_MOST)
		r->pages[r->page_count++] = (struct page_asked){
			r->now.boot_s, e->list.from_s, e->list.to_s, e->list.due};
	if (r->list_reply.kind != ANSWER_OK) {
		answer(r, &r->list_reply, NULL);
		return;
	}
	page_init(&page);
	page.total = (int64_t)r->sets.count + r->miscounted;
	page.number = e->list.page;
	if (page.number == 1)
		inventory_copy(&page.inv, &r->sets);
	answer(r, &r->list_reply, &page);
	page_done(&page);
}

static inline struct cycle_status look(struct rig *r)
{
	struct cycle_status s;

	cycle_look(r->cycle, r->now, &s);
	return s;
}

static inline void approve(struct rig *r)
{
	char hash[DIGEST_HEX_SIZE];

	memcpy(hash, look(r).plan->hash, sizeof(hash));
	assert_int_equal(cycle_approve(r->cycle, hash, r->now, NULL), 0);
}

static inline void write_record(struct rig *r, const struct record *record)
{
	struct event e = {.kind = EVENT_RECORDED, .recorded = true};

	if (r->record_count < LOG_MOST) {
		struct written *w = &r->records[r->record_count++];
		*w = (struct written){r->now.boot_s, record->put_count, record->drop_count, {0}};
		for (size_t i = 0; i < record->entry_count; i++)
			w->lines[record->entries[i].kind]++;
	}
	if (r->failing_from > 0) {
		r->failing_from--;
	} else if (r->failing_records > 0) {
		r->failing_records--;
		e.recorded = false;
	}
	if (e.recorded)
		disk_write(&r->disk, record);
	if (r->approves) {
		r->approves = false;
		approve(r);
	}
	cycle_feed(r->cycle, &e, r->now);
}

static inline void call(struct rig *r, const struct effect *e)
{
	static const struct event turn = {.kind = EVENT_TURN};

	if (r->call_late_s && e->kind != EFFECT_RETENTION) {
		pass(r, r->call_late_s);
		r->now.wall_s += r->step_s;
		r->call_late_s = 0;
		cycle_feed(r->cycle, &turn, r->now);
	} else if (e->kind == EFFECT_CREATE) {
		r->creates++;
		r->lists_before = r->lists;
		answer(r, &r->create_reply, NULL);
	} else if (e->kind == EFFECT_DELETE) {
		r->deletes++;
		r->lists_before = r->lists;
		r->ids += e->delete.count;
		answer(r, &r->delete_reply, NULL);
	} else {
		answer(r, &(struct reply){.kind = ANSWER_OK}, NULL);
	}
}

/* Carries effects out for so long. */
static inline void run(struct rig *r, int64_t for_s)
{
	int64_t until_s = r->now.boot_s + for_s;

	for (int at_once = 0; at_once < 10000; at_once++) {
		struct effect e = cycle_next(r->cycle, r->now);
		if (e.kind == EFFECT_WAIT) {
			int64_t left_s = until_s - r->now.boot_s;
			int64_t wait_s = e.wait.for_s < left_s ? e.wait.for_s : left_s;
			pass(r, wait_s);
			at_once = wait_s > 0 ? 0 : at_once;
			if (wait_s == left_s)
				return;
		} else if (e.kind == EFFECT_LIST) {
			list(r, &e);
		} else if (e.kind == EFFECT_RECORD) {
			write_record(r, &e.record);
		} else if (e.kind == EFFECT_REPORT) {
			r->reports[e.report.kind]++;
		} else {
			call(r, &e);
		}
	}
	fail_msg("it turns in a loop");
}

static inline void change(struct rig *r, const struct policy *p)
{
	struct event e = {.kind = EVENT_POLICY, .policy = p};

	cycle_feed(r->cycle, &e, r->now);
}

/* A person asks for a listing, and what comes of it is carried out. No time passes. */
static inline void list_now(struct rig *r)
{
	cycle_feed(r->cycle, &(struct event){.kind = EVENT_PRUNE}, r->now);
	run(r, 0);
}
