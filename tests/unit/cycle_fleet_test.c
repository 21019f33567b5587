/* L1, L2: a fleet of real cycles that share one limiter, on a virtual clock. */
#include "../support/cmocka_all.h"
#include "../support/fixture.h"
#include "base/memory.h"
#include "cycle/cycle.h"
#include "pace/pace.h"

#include <stdio.h>
#include <string.h>

#define S INT64_C(1000000)
#define MS INT64_C(1000)
#define DAY_S INT64_C(86400)
#define START_S INT64_C(1795219200) /* 2026-11-21T00:00:00Z */
#define PAGE 100

struct member {
	struct cycle *cycle;
	struct policy *policy;
	struct inventory sets; /* in the cloud */
	struct effect effect;  /* of the call */
	struct permit permit;
	int64_t at_us; /* the wait or the call ends; INT64_MAX: it waits for its permit */
	bool granted, throttled;
	int64_t latency_us;
	int64_t listed_us, longest_us; /* first asked for a listing; longest time between two */
	int64_t first_us, created_us;  /* first listing, first backup; 0 none */
	size_t deleted;
};

struct fleet {
	struct pace *pace;
	struct limiter *limiter;
	struct member *members;
	size_t count, made; /* sets ever */
	int64_t now_us;
};

static struct moment now(const struct fleet *f)
{
	return (struct moment){.wall_s = START_S + f->now_us / S, .boot_s = f->now_us / S};
}

static void put(struct fleet *f, struct member *m, int64_t start_s)
{
	struct set s = {.start_s = start_s,
		.expires_s = SET_NO_TIME,
		.size_bytes = -1,
		.duration_s = 1,
		.state = SET_VALID};
	char id[24];

	(void)snprintf(id, sizeof(id), "%zu", 1000 + ++f->made);
	inventory_add(&m->sets, &s, id, NULL, NULL);
}

/* Clusters with a policy of these words; `every_s`: how often they back up, 0 never. */
static void join(struct fleet *f, size_t count, const char *words, int64_t every_s)
{
	f->members = xreallocarray(f->members, f->count + count, sizeof(*f->members));
	for (size_t i = 0; i < count; i++) {
		struct member *m = &f->members[f->count++];
		*m = (struct member){.policy = fixture_policy(words), .latency_us = 50 * MS};
		free(m->policy->cluster);
		m->policy->cluster = xasprintf("amv-%05zu", f->count);
		if (every_s) {
			m->policy->schedule.kind = SCHEDULE_EVERY;
			m->policy->schedule.every_s = every_s;
			m->policy->schedule.catch_up = true;
		}
		inventory_init(&m->sets);
	}
}

static void begin(struct fleet *f, int rate)
{
	*f = (struct fleet){.now_us = 1000 * S, .pace = pace_new()};
	f->limiter = pace_join(f->pace, "default", "r", rate, 16, f->now_us);
}

static void start(struct fleet *f)
{
	for (size_t i = 0; i < f->count; i++) {
		struct ledger l = {0};
		f->members[i].cycle = cycle_new(f->members[i].policy, &l, false, now(f));
		f->members[i].at_us = f->now_us;
		f->members[i].listed_us = f->now_us;
		f->members[i].permit.data = &f->members[i];
	}
}

static void end(struct fleet *f)
{
	for (size_t i = 0; i < f->count; i++) {
		struct member *m = &f->members[i];
		pace_withdraw(&m->permit);
		if (m->permit.state != PERMIT_NONE)
			pace_end(&m->permit);
		cycle_free(m->cycle);
		policy_free(m->policy);
		inventory_done(&m->sets);
	}
	free(f->members);
	pace_free(f->pace);
}

static void call(struct fleet *f, struct member *m)
{
	enum effect_rank rank;
	int64_t order;

	if (!m->granted) {
		rank = effect_rank(&m->effect, &order);
		pace_ask(f->limiter, &m->permit, rank, order, f->now_us);
		m->at_us = INT64_MAX;
		return;
	}
	m->granted = false;
	m->at_us = f->now_us + m->latency_us;
	if (m->effect.kind == EFFECT_LIST && m->effect.list.page == 1) {
		if (f->now_us - m->listed_us > m->longest_us)
			m->longest_us = f->now_us - m->listed_us;
		m->listed_us = f->now_us;
		m->first_us = m->first_us ? m->first_us : f->now_us;
	}
	if (m->effect.kind == EFFECT_DELETE) /* S2 */
		assert_true(f->now_us - m->listed_us <= 300 * S);
}

static void run_member(struct fleet *f, struct member *m)
{
	for (;;) {
		m->effect = cycle_next(m->cycle, now(f));
		if (m->effect.kind == EFFECT_RECORD) {
			struct event e = {.kind = EVENT_RECORDED, .recorded = true};
			cycle_feed(m->cycle, &e, now(f));
		} else if (m->effect.kind == EFFECT_WAIT) {
			m->at_us = m->effect.wait.for_s > 1000 * DAY_S
				? INT64_MAX
				: f->now_us + m->effect.wait.for_s * S;
			return;
		} else if (m->effect.kind != EFFECT_REPORT) {
			call(f, m);
			return;
		}
	}
}

static void take(struct member *m, const char *const *ids, size_t count)
{
	struct inventory left;

	inventory_init(&left);
	for (size_t i = 0; i < m->sets.count; i++) {
		bool named = false;
		for (size_t k = 0; k < count; k++)
			named |= strcmp(ids[k], set_id(&m->sets, i)) == 0;
		if (!named)
			inventory_add(&left, &m->sets.sets[i], set_id(&m->sets, i), NULL, NULL);
	}
	inventory_done(&m->sets);
	m->sets = left;
	m->deleted += count;
}

static void fill(const struct member *m, struct page *page)
{
	size_t from = (size_t)(m->effect.list.page - 1) * PAGE;

	page->total = (int64_t)m->sets.count;
	page->number = m->effect.list.page;
	for (size_t i = from; i < m->sets.count && i < from + PAGE; i++)
		inventory_add(&page->inv, &m->sets.sets[i], set_id(&m->sets, i), NULL, NULL);
}

/* The cloud's answer to its call. */
static void answer(struct fleet *f, struct member *m)
{
	struct answer a = {.kind = ANSWER_OK, .server_s = now(f).wall_s};
	struct backup_policy own = {.days = 730};
	struct page page;
	struct event e = {.kind = EVENT_ANSWER, .answer = &a, .page = &page, .backup_policy = &own};

	page_init(&page);
	if (m->throttled) {
		a.kind = ANSWER_THROTTLED;
		a.retry_after_ms = 1000;
		(void)pace_throttled(&m->permit, a.retry_after_ms * MS, f->now_us);
	} else if (m->effect.kind == EFFECT_LIST) {
		fill(m, &page);
	} else if (m->effect.kind == EFFECT_CREATE) {
		put(f, m, now(f).wall_s);
		m->created_us = m->created_us ? m->created_us : f->now_us;
	} else if (m->effect.kind == EFFECT_DELETE) {
		take(m, m->effect.delete.ids, m->effect.delete.count);
	}
	pace_end(&m->permit);
	cycle_feed(m->cycle, &e, now(f));
	page_done(&page);
}

static void grant_all(struct fleet *f, int64_t *ret_wait_us)
{
	struct event permit = {.kind = EVENT_PERMIT};
	struct permit *t;

	while ((t = pace_next(f->pace, f->now_us, ret_wait_us))) {
		struct member *m = t->data;
		m->granted = true;
		cycle_feed(m->cycle, &permit, now(f));
		run_member(f, m);
		if (m->granted)
			pace_return(t, f->now_us);
		m->granted = false;
	}
}

static void run(struct fleet *f, int64_t for_s)
{
	int64_t until_us = f->now_us + for_s * S;

	while (f->now_us < until_us) {
		int64_t wait_us, next_us = until_us;
		for (size_t i = 0; i < f->count; i++) {
			struct member *m = &f->members[i];
			if (m->at_us > f->now_us)
				continue;
			if (m->permit.state != PERMIT_NONE)
				answer(f, m);
			run_member(f, m);
		}
		grant_all(f, &wait_us);
		if (wait_us < next_us - f->now_us)
			next_us = f->now_us + wait_us;
		for (size_t i = 0; i < f->count; i++)
			if (f->members[i].at_us < next_us)
				next_us = f->members[i].at_us;
		f->now_us = next_us > f->now_us ? next_us : f->now_us + 1;
	}
}

/* How long it took until all but two had been listed. */
static int64_t pass_us(bool trouble)
{
	int64_t last_us = 0, began_us;
	struct fleet f;

	begin(&f, 50);
	join(&f, 1000, "last=20", 0);
	for (size_t i = 0; i < f.count; i++)
		put(&f, &f.members[i], START_S - 3600);
	if (trouble) {
		f.members[10].latency_us = 30 * S;
		f.members[20].throttled = true;
	}
	start(&f);
	began_us = f.now_us;
	run(&f, 60);
	for (size_t i = 0; i < f.count; i++) {
		assert_true(f.members[i].first_us > 0);
		if (i != 10 && i != 20 && f.members[i].first_us > last_us)
			last_us = f.members[i].first_us;
	}
	end(&f);
	return last_us - began_us;
}

static void l2_a_pass_takes_no_longer_for_one_that_hangs_and_one_that_is_throttled(void **state)
{
	int64_t alone_us = pass_us(false), beside_us = pass_us(true);

	(void)state;
	assert_in_range(alone_us, 19 * S, 21 * S);
	assert_in_range(beside_us, alone_us, alone_us + alone_us / 20);
}

/* A pass takes longer than a listing is good for: then each delete still goes by its own. */
static void s2_l1_a_fleet_too_large_for_its_rate_is_pruned_all_the_same(void **state)
{
	struct fleet f;

	(void)state;
	begin(&f, 2);
	join(&f, 1000, "last=3", 0);
	for (size_t i = 0; i < f.count; i++)
		for (int k = 4; k > 0; k--)
			put(&f, &f.members[i], START_S - k * 3600);
	start(&f);
	run(&f, 1600); /* a listing and a delete for each, at two calls a second, are 1000 s */
	for (size_t i = 0; i < f.count; i++)
		assert_int_equal(f.members[i].deleted, 1);
	end(&f);
}

static void backups_are_caught_up_with_the_oldest_first(void **state)
{
	static const size_t burst = 5; /* those that come first of all find nobody else waiting */
	size_t out_of_order = 0;
	struct fleet f;

	(void)state;
	begin(&f, 20);
	join(&f, 200, "last=20", DAY_S);
	for (size_t i = 0; i < f.count; i++) /* all are good until the next slot, a day from now */
		put(&f, &f.members[i], START_S + 1 + (int64_t)(i * 7 % 200) * 3);
	f.now_us += 700 * S;
	start(&f);
	run(&f, DAY_S - 600);
	for (size_t i = 0; i < f.count; i++) {
		bool early = false;
		assert_true(f.members[i].created_us > 0);
		for (size_t k = 0; k < f.count; k++)
			early |= k * 7 % 200 + 16 <
					i * 7 % 200 && /* so many are under way at once */
				f.members[i].created_us < f.members[k].created_us;
		out_of_order += early;
	}
	assert_in_range(out_of_order, 0, burst);
	end(&f);
}

/* Far more backups are due all the time than may be made. */
static void l1_refreshes_go_on_while_backups_are_overdue(void **state)
{
	struct fleet f;

	(void)state;
	begin(&f, 5);
	join(&f, 300, "last=3", 60);
	join(&f, 30, "last=20", 0);
	for (size_t i = 0; i < f.count; i++)
		put(&f, &f.members[i], START_S - 3600);
	start(&f);
	run(&f, 4 * 3600);
	for (size_t i = 0; i < f.count; i++) {
		int64_t bound_us = PACE_PATIENCE_US + PACE_SHARE * (int64_t)f.count * S / 5 + S;
		if (i < 300)
			assert_true(f.members[i].created_us > 0);
		else
			assert_in_range(f.members[i].longest_us, 0, 3600 * S + bound_us);
	}
	end(&f);
}

TEST_FILE(cycle_fleet_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			l2_a_pass_takes_no_longer_for_one_that_hangs_and_one_that_is_throttled),
		cmocka_unit_test(s2_l1_a_fleet_too_large_for_its_rate_is_pruned_all_the_same),
		cmocka_unit_test(backups_are_caught_up_with_the_oldest_first),
		cmocka_unit_test(l1_refreshes_go_on_while_backups_are_overdue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
