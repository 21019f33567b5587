/* One cycle, driven effect by effect: the test answers each call, and time passes where it says so.
 * Records are written by themselves, and reports counted. */
#pragma once

#include "../support/cmocka_all.h"
#include "../support/fixture.h"
#include "base/memory.h"
#include "base/text.h"
#include "cycle/cycle.h"

#include <stdio.h>
#include <string.h>

#define DAY_S INT64_C(86400)
#define START_S INT64_C(1795219200) /* 2026-11-21T00:00:00Z */
#define BOOT_S 5000
#define ODD "BackupSet.Odd" /* a code that nobody knows: it may speak of a set */

struct rig {
	struct policy *policy; /* owned */
	struct cycle *cycle;
	struct moment now;
	struct inventory
		sets;     /* what the cloud lists: 101, 102 ... are a day apart, oldest first */
	size_t page_size; /* 0: one page */
	bool dry_run;
	struct effect effect; /* the last one; reports and records never are */
	struct mark *disk;    /* rows of the state file */
	size_t disk_count;
	int64_t listed_s, agreed_s;
	size_t told[REPORT_KIND_COUNT];
	char said[600]; /* holds, what is quarantined and what is deleted, in the order told */
	char first[80]; /* of what REPORT_DELETING said: its begin */
};

/* Nothing but deletes asks for listings before weeks have passed. */
static inline struct policy *rig_policy(const char *words)
{
	struct policy *p = fixture_policy(words);

	p->refresh_s = 30 * DAY_S;
	p->cloud_retention = CLOUD_RETENTION_IGNORE;
	return p;
}

static inline void rig_start(struct rig *r, struct policy *p, size_t sets, int64_t boot_s)
{
	struct ledger l = {0};

	*r = (struct rig){.policy = p, .now = {START_S, boot_s}};
	inventory_init(&r->sets);
	for (size_t i = 0; i < sets; i++) {
		struct set s = {.start_s = START_S - 7200 - (int64_t)(sets - 1 - i) * DAY_S,
			.expires_s = SET_NO_TIME,
			.size_bytes = -1,
			.duration_s = 600,
			.state = SET_VALID};
		char id[16];
		(void)snprintf(id, sizeof(id), "%zu", 101 + i);
		inventory_add(&r->sets, &s, id, NULL, NULL);
	}
	r->cycle = cycle_new(p, &l, false, r->now);
}

/* So many sets are to go, all at once, and three are kept. */
static inline void rig_doomed(struct rig *r, size_t doomed)
{
	rig_start(r, rig_policy("last=3"), doomed + 3, BOOT_S);
}

static inline void rig_forget_disk(struct rig *r)
{
	for (size_t i = 0; i < r->disk_count; i++)
		free(r->disk[i].id);
	free(r->disk);
	r->disk = NULL;
	r->disk_count = 0;
}

static inline void rig_end(struct rig *r)
{
	cycle_free(r->cycle);
	inventory_done(&r->sets);
	policy_free(r->policy);
	rig_forget_disk(r);
}

static inline void rig_drop(struct rig *r, const char *id)
{
	for (size_t i = 0; i < r->disk_count; i++)
		if (text_equal(r->disk[i].id, id)) {
			free(r->disk[i].id);
			r->disk[i] = r->disk[--r->disk_count];
			return;
		}
}

static inline void rig_write(struct rig *r, const struct record *record)
{
	for (size_t i = 0; i < record->drop_count; i++)
		rig_drop(r, record->drop[i]);
	for (size_t i = 0; i < record->put_count; i++) {
		rig_drop(r, record->put[i]->id);
		r->disk = xreallocarray(r->disk, r->disk_count + 1, sizeof(*r->disk));
		r->disk[r->disk_count] = *record->put[i];
		r->disk[r->disk_count++].id = xstrdup(record->put[i]->id);
	}
	r->listed_s = record->listed_s;
	r->agreed_s = record->agreed_s;
}

/* The daemon begins anew with what is in the state file; what it was doing is lost. */
static inline void rig_restart(struct rig *r)
{
	struct ledger l = {.listed_s = r->listed_s,
		.agreed_s = r->agreed_s,
		.marks = r->disk,
		.mark_count = r->disk_count};

	cycle_free(r->cycle);
	r->disk = NULL;
	r->disk_count = 0;
	r->cycle = cycle_new(r->policy, &l, r->dry_run, r->now);
}

static inline void rig_hear(struct rig *r, const struct report *report)
{
	size_t used = strlen(r->said);
	const char *what = report->kind == REPORT_HELD ? report->reason
		: report->kind == REPORT_RELEASED      ? "released"
		: report->kind == REPORT_QUARANTINE    ? report->set
						       : NULL;

	r->told[report->kind]++;
	if (what)
		(void)snprintf(
			r->said + used, sizeof(r->said) - used, "%s%s", used ? " " : "", what);
	if (report->kind == REPORT_DELETING && !r->first[0])
		(void)snprintf(r->first, sizeof(r->first), "%s", report->text);
}

/* The next call that is asked for, or EFFECT_WAIT. */
static inline enum effect_kind rig_next(struct rig *r)
{
	struct event recorded = {.kind = EVENT_RECORDED, .recorded = true};

	for (;;) {
		r->effect = cycle_next(r->cycle, r->now);
		if (r->effect.kind == EFFECT_RECORD) {
			rig_write(r, &r->effect.record);
			cycle_feed(r->cycle, &recorded, r->now);
		} else if (r->effect.kind == EFFECT_REPORT) {
			rig_hear(r, &r->effect.report);
		} else {
			return r->effect.kind;
		}
	}
}

static inline void pass(struct rig *r, int64_t s)
{
	r->now.wall_s += s;
	r->now.boot_s += s;
}

static inline void feed_answer(struct rig *r, const struct answer *a, const struct page *page)
{
	struct event e = {.kind = EVENT_ANSWER, .answer = a, .page = page};

	cycle_feed(r->cycle, &e, r->now);
}

/* To the call that was asked for. */
static inline void answer(
	struct rig *r, enum answer_kind kind, const char *code, int64_t retry_after_ms)
{
	struct answer a = {
		.kind = kind, .retry_after_ms = retry_after_ms, .server_s = r->now.wall_s};

	(void)snprintf(a.code, sizeof(a.code), "%s", code);
	feed_answer(r, &a, NULL);
}

/* All pages, the first of which was asked for. What they taught is written down when the next
 * effect is asked for. */
static inline void answer_listing(struct rig *r)
{
	struct answer ok = {.kind = ANSWER_OK, .server_s = r->now.wall_s};
	size_t most = r->page_size ? r->page_size : r->sets.count, from = 0;

	for (int64_t number = 1;; number++) {
		struct page page;
		page_init(&page);
		page.total = (int64_t)r->sets.count;
		page.number = number;
		for (size_t i = from; i < r->sets.count && i < from + most; i++)
			inventory_add(&page.inv, &r->sets.sets[i], set_id(&r->sets, i), NULL,
				set_note(&r->sets, i));
		from += page.inv.count;
		feed_answer(r, &ok, &page);
		page_done(&page);
		if (from == r->sets.count)
			return;
		assert_int_equal(rig_next(r), EFFECT_LIST);
		assert_int_equal(r->effect.list.page, number + 1);
	}
}

static inline void list(struct rig *r)
{
	assert_int_equal(rig_next(r), EFFECT_LIST);
	answer_listing(r);
}

/* The wait that is asked for; it is over then. */
static inline int64_t wait_over(struct rig *r)
{
	assert_int_equal(rig_next(r), EFFECT_WAIT);
	assert_true(r->effect.wait.for_s < DAY_S);
	pass(r, r->effect.wait.for_s);
	return r->effect.wait.for_s;
}

static inline void assert_waits_for_the_refresh(struct rig *r)
{
	assert_int_equal(rig_next(r), EFFECT_WAIT);
	assert_true(r->effect.wait.for_s > 10 * DAY_S);
}

/* Lists whenever that is asked for. Returns the seconds until a delete call is. */
static inline int64_t until_delete(struct rig *r)
{
	int64_t began_s = r->now.boot_s;

	for (;;) {
		enum effect_kind kind = rig_next(r);
		if (kind == EFFECT_DELETE)
			return r->now.boot_s - began_s;
		if (kind == EFFECT_LIST)
			answer_listing(r);
		else
			(void)wait_over(r);
		assert_true(r->now.boot_s - began_s < 10 * DAY_S);
	}
}

/* A person asks to list and prune. */
static inline void list_now(struct rig *r)
{
	cycle_feed(r->cycle, &(struct event){.kind = EVENT_PRUNE}, r->now);
	list(r);
}

/* Takes the policy over. */
static inline void reload(struct rig *r, struct policy *p)
{
	cycle_feed(r->cycle, &(struct event){.kind = EVENT_POLICY, .policy = p}, r->now);
	policy_free(r->policy);
	r->policy = p;
}

static inline struct cycle_status look(struct rig *r)
{
	struct cycle_status s;

	cycle_look(r->cycle, r->now, &s);
	return s;
}

/* What was told since the last time. */
static inline void assert_said(struct rig *r, const char *words)
{
	assert_string_equal(r->said, words);
	r->said[0] = '\0';
}
