/* What tests of the cycle share that drive one effect by effect, in no time: each call is answered,
 * or has to wait for its permit, as the test says, and time passes when it says so. What is to be
 * written down and told is carried out. The cloud does nothing by itself: what it lists is up to
 * the test. */
#pragma once

#include "../support/cmocka_all.h"
#include "../support/fixture.h"
#include "base/memory.h"
#include "base/text.h"
#include "cycle/cycle.h"
#include "simulation/disk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HOUR_S INT64_C(3600)
#define DAY_S INT64_C(86400)
#define START_S INT64_C(1795219200) /* 2026-11-21T00:00:00Z */
#define BOOT_S 5000
#define LOG_MOST 64

/* How a call is answered. */
struct reply {
	enum answer_kind kind;
	const char *code;
	int64_t retry_after_ms;
	enum about about;
	bool unreadable;
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
	struct policy *policy; /* owned */
	bool dry_run;          /* from the next restart on */
	struct cycle *cycle;
	struct moment now;
	struct effect effect;   /* the last one; reports and records never are */
	int64_t base_s;         /* our clock at the start: put() counts from there */
	struct inventory sets;  /* what the cloud lists */
	size_t page_size;       /* of answer_list(); 0: one page */
	int64_t server_ahead_s; /* the service's clock, of ours */
	bool no_date;           /* in its answers */

	bool transient; /* failures pass by themselves */

	/* For cycle_live.h: how calls are answered, and the calls that were. */
	struct reply list_reply, create_reply, delete_reply;
	int64_t miscounted; /* sets more in the count of a page than there are */
	int creates, deletes, lists;
	size_t ids;                        /* named by deletes */
	int64_t created_at[LOG_MOST];      /* by now.boot_s, the first of them */
	struct page_asked pages[LOG_MOST]; /* the first, while page_count is below */
	size_t page_count;

	struct disk disk;
	int failing_records; /* so many of the next records are not written ... */
	int failing_from;    /* ... after so many that are */
	struct written records[LOG_MOST];
	size_t record_count;
	struct text history; /* lines of these: what, which set or how many, why */
	char outcome[16];    /* of the last call, in the history */
	int64_t slot_s;      /* of the last intent to create, in the history */

	size_t reports[REPORT_KIND_COUNT];          /* told so far */
	char told[REPORT_KIND_COUNT][512];          /* the last text of each kind */
	enum report_level level[REPORT_KIND_COUNT]; /* its level */
	void (*hear)(const struct report *report);  /* each of them, too; or NULL */
};

/* A set that began so long after the start. */
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

static inline void nothing_listed(struct rig *r)
{
	inventory_done(&r->sets);
	inventory_init(&r->sets);
}

/* The daemon begins anew with what is on disk; what it was doing is lost. */
static inline void restart(struct rig *r)
{
	struct ledger l;

	cycle_free(r->cycle);
	disk_load(&r->disk, &l);
	r->cycle = cycle_new(r->policy, &l, r->dry_run, r->now);
}

/* A cluster with so many daily sets, 101 and on, the newest so long after the start, and the policy
 * of these words. */
static inline void begin_with(struct rig *r, const char *words, int days, int64_t newest_s)
{
	*r = (struct rig){.policy = fixture_policy(words),
		.now = {START_S, BOOT_S},
		.base_s = START_S,
		.history = TEXT_INIT(1 << 20)};
	inventory_init(&r->sets);
	for (int i = days - 1; i >= 0; i--) {
		char id[16];
		(void)snprintf(id, sizeof(id), "%d", 100 + days - i);
		put(r, id, newest_s - i * DAY_S, SET_VALID, 600);
	}
	restart(r);
}

static inline void begin(struct rig *r, const char *words, int days)
{
	begin_with(r, words, days, -2 * HOUR_S);
}

/* Nothing but deletes asks for listings before weeks have passed. */
static inline struct policy *quiet_policy(const char *words)
{
	struct policy *p = fixture_policy(words);

	p->refresh_s = 30 * DAY_S;
	p->cloud_retention = CLOUD_RETENTION_IGNORE;
	return p;
}

static inline void begin_quiet(struct rig *r, const char *words, int days)
{
	struct policy *p;

	begin(r, words, days);
	p = r->policy;
	r->policy = quiet_policy(words);
	restart(r);
	policy_free(p);
}

/* So many sets are to go, all at once, and three are kept. */
static inline void begin_doomed(struct rig *r, int doomed)
{
	begin_quiet(r, "last=3", doomed + 3);
}

static inline void end(struct rig *r)
{
	cycle_free(r->cycle);
	inventory_done(&r->sets);
	policy_free(r->policy);
	disk_done(&r->disk);
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

static inline void permit(struct rig *r)
{
	feed(r, EVENT_PERMIT);
}

/* Takes the policy over. */
static inline void reload(struct rig *r, struct policy *p)
{
	cycle_feed(r->cycle, &(struct event){.kind = EVENT_POLICY, .policy = p}, r->now);
	policy_free(r->policy);
	r->policy = p;
}

static inline void feed_pause(struct rig *r, const char *why)
{
	cycle_feed(r->cycle, &(struct event){.kind = EVENT_PAUSE, .paused = why}, r->now);
}

static inline struct cycle_status look(struct rig *r)
{
	struct cycle_status s;

	cycle_status(r->cycle, r->now, &s);
	return s;
}

static inline void approve(struct rig *r)
{
	char hash[DIGEST_HEX_SIZE];

	memcpy(hash, look(r).plan->hash, sizeof(hash));
	assert_int_equal(cycle_approve(r->cycle, hash, r->now, NULL), 0);
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
			set_parent(&r->sets, i), set_note(&r->sets, i));
	cycle_feed(r->cycle, &e, r->now);
	page_done(&page);
}

/* To any call but a listing that went well. */
static inline void answer_as(struct rig *r, const struct reply *how)
{
	struct answer a = {.kind = how->kind,
		.about = how->about,
		.unreadable = how->unreadable,
		.transient = r->transient,
		.server_s = server_s(r),
		.retry_after_ms = how->retry_after_ms};

	text_copy_printable(a.code, sizeof(a.code), how->code ? how->code : "");
	cycle_feed(r->cycle, &(struct event){.kind = EVENT_ANSWER, .answer = &a}, r->now);
}

static inline void answer_code(
	struct rig *r, enum answer_kind kind, const char *code, int64_t retry_after_ms)
{
	answer_as(r, &(struct reply){kind, code, retry_after_ms, ABOUT_SETS, false});
}

/* ... with a code that nobody knows: it may speak of a set. */
static inline void answer(struct rig *r, enum answer_kind kind, int64_t retry_after_ms)
{
	answer_code(r, kind, kind == ANSWER_OK ? "" : "Odd", retry_after_ms);
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
	if (e->kind == ENTRY_CREATE_INTENT)
		r->slot_s = e->slot_s;
	if (e->outcome)
		text_copy_printable(r->outcome, sizeof(r->outcome), e->outcome);
	text_add(&r->history, entry_names[e->kind]);
	if (e->set)
		text_printf(&r->history, " %s", e->set);
	if (e->count)
		text_printf(&r->history, " x%lld", (long long)e->count);
	text_printf(&r->history, "%s%s\n", e->reason ? ": " : "", e->reason ? e->reason : "");
}

static inline bool rig_write(struct rig *r, const struct record *record)
{
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
		return false;
	}
	disk_write(&r->disk, record);
	for (size_t i = 0; i < record->entry_count; i++)
		rig_entry(r, &record->entries[i]);
	return true;
}

static inline void rig_record(struct rig *r, const struct record *record)
{
	struct event e = {.kind = EVENT_RECORDED, .recorded = rig_write(r, record)};

	cycle_feed(r->cycle, &e, r->now);
}

/* The next thing but a report, which is told. */
static inline struct effect next_effect(struct rig *r)
{
	for (;;) {
		struct effect e = cycle_next(r->cycle, r->now);
		if (e.kind != EFFECT_REPORT)
			return e;
		r->reports[e.report.kind]++;
		r->level[e.report.kind] = e.report.level;
		text_copy_printable(r->told[e.report.kind], sizeof(r->told[0]), e.report.text);
		if (r->hear)
			r->hear(&e.report);
	}
}

/* The next call that is asked for; the rest is carried out. EFFECT_WAIT: none for now. */
static inline struct effect next_call(struct rig *r)
{
	for (int at_once = 0; at_once < 10000; at_once++) {
		r->effect = next_effect(r);
		if (r->effect.kind != EFFECT_RECORD)
			return r->effect;
		rig_record(r, r->effect.record);
	}
	fail_msg("it asks for no call and does not wait");
	return r->effect;
}

static inline void expect(struct rig *r, enum effect_kind kind)
{
	assert_int_equal(next_call(r).kind, kind);
}

/* There is nothing to do for so long. */
static inline void expect_wait(struct rig *r, int64_t s)
{
	expect(r, EFFECT_WAIT);
	assert_int_equal(r->effect.wait.for_s, s);
}

/* All pages, the first of which was asked for. What they taught is written down when the next
 * effect is asked for. */
static inline void answer_list(struct rig *r)
{
	size_t most = r->page_size ? r->page_size : r->sets.count, from = 0;

	for (int64_t number = 1;; number++) {
		size_t left = r->sets.count - from, count = left < most ? left : most;
		answer_page(r, number, from, count, (int64_t)r->sets.count);
		from += count;
		if (from == r->sets.count)
			return;
		expect(r, EFFECT_LIST);
		assert_int_equal(r->effect.list.page, number + 1);
	}
}

static inline void list(struct rig *r)
{
	expect(r, EFFECT_LIST);
	answer_list(r);
}

/* A person asks to list and prune. */
static inline void list_again(struct rig *r)
{
	feed(r, EVENT_PRUNE);
	list(r);
}

/* The wait that is asked for; it is over then. */
static inline int64_t wait_over(struct rig *r)
{
	expect(r, EFFECT_WAIT);
	assert_in_range(r->effect.wait.for_s, 1, DAY_S - 1);
	pass(r, r->effect.wait.for_s);
	return r->effect.wait.for_s;
}

static inline void expect_refresh(struct rig *r)
{
	expect(r, EFFECT_WAIT);
	assert_true(r->effect.wait.for_s > 10 * DAY_S);
}

/* Lets time pass, and lists whenever that is asked for. Seconds until another call is. */
static inline int64_t until_call(struct rig *r, enum effect_kind kind)
{
	int64_t from_s = r->now.boot_s;

	while (next_call(r).kind != kind) {
		if (r->effect.kind == EFFECT_LIST)
			answer_list(r);
		else
			(void)wait_over(r);
		assert_in_range(r->now.boot_s - from_s, 0, 10 * DAY_S);
	}
	return r->now.boot_s - from_s;
}
