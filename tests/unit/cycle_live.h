/* What tests of the cycle share that say beforehand how calls are answered, and let time pass:
 * most of what they need is in cycle_drive.h. */
#pragma once

#include "cycle_drive.h"

#define BASE_S INT64_C(1795226400) /* 2026-11-21T02:00:00Z */

/* A schedule (NULL: none) and a cloud without any set, on a machine that was just switched on.
 * Whatever is listed, is for a reason. */
static inline void begin_slots(struct rig *r, const char *expression, int64_t base_s)
{
	struct schedule *s;

	begin(r, "last=100", 0);
	r->policy->refresh_s = 100 * DAY_S;
	s = &r->policy->schedule;
	s->catch_up = true;
	if (expression) {
		s->kind = SCHEDULE_CALENDAR;
		assert_int_equal(calendar_parse(expression, &s->calendar, NULL), 0);
	}
	r->base_s = base_s;
	r->now = (struct moment){.wall_s = base_s};
	restart(r);
}

static inline void reply_list(struct rig *r)
{
	const struct reply *how = &r->list_reply;
	int64_t page = r->effect.list.page, total = (int64_t)r->sets.count + r->miscounted;

	r->lists++;
	if (r->page_count < LOG_MOST)
		r->pages[r->page_count++] = (struct page_asked){r->now.boot_s,
			r->effect.list.from_s, r->effect.list.to_s, r->effect.list.due};
	if (how->kind == ANSWER_OK)
		answer_page(r, page, 0, page == 1 ? r->sets.count : 0, total);
	else
		answer_as(r, how);
}

/* Answers the call that was asked for as the test said beforehand. */
static inline void reply(struct rig *r)
{
	const struct reply *how = &(struct reply){.kind = ANSWER_OK};

	if (r->effect.kind == EFFECT_LIST) {
		reply_list(r);
		return;
	}
	if (r->effect.kind == EFFECT_RETENTION) {
		answer_days(r, 730);
		return;
	}
	if (r->effect.kind == EFFECT_CREATE) {
		if (r->creates < LOG_MOST)
			r->created_at[r->creates] = r->now.boot_s;
		r->creates++;
		how = &r->create_reply;
	} else if (r->effect.kind == EFFECT_DELETE) {
		r->deletes++;
		r->ids += r->effect.delete.count;
		how = &r->delete_reply;
	}
	answer_as(r, how);
}

/* Carries out whatever is asked for, for so long; what there is to do at the end of it only if that
 * is now. */
static inline void run(struct rig *r, int64_t for_s)
{
	int64_t until_s = r->now.boot_s + for_s;

	for (int at_once = 0; at_once < 10000; at_once++) {
		int64_t left_s = until_s - r->now.boot_s;
		if (next_call(r).kind != EFFECT_WAIT) {
			reply(r);
		} else if (r->effect.wait.for_s >= left_s) {
			pass(r, left_s);
			return;
		} else {
			at_once = 0;
			pass(r, r->effect.wait.for_s);
		}
	}
	fail_msg("it turns in a loop");
}

/* A person asks for a listing, and what comes of it is carried out. No time passes. */
static inline void list_now(struct rig *r)
{
	feed(r, EVENT_PRUNE);
	run(r, 0);
}

/* The same until then by CLOCK_BOOTTIME, and what there is to do at that time. */
static inline void run_until(struct rig *r, int64_t boot_s)
{
	run(r, boot_s - r->now.boot_s);
	run(r, 0);
}

/* As a person who asks for it at that time. */
static inline void list_at(struct rig *r, int64_t boot_s)
{
	run_until(r, boot_s - 1);
	pass(r, boot_s - r->now.boot_s);
	list_now(r);
}
