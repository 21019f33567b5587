#include "cycle/pace.h"

#include "base/memory.h"

#include <string.h>

#define CALL INT64_C(1000000000)             /* a call, in the unit of tokens */
#define LEAST_RATE_MILLI 500                 /* a lowered rate stays above this */
#define TOGETHER_US INT64_C(10000000)        /* throttled by the same cause, if within this */
#define BURST_US INT64_C(250000)             /* so much of the rate may be saved up */
#define EARN_MOST_US (10 * INT64_C(1000000)) /* more time at once fills any bucket */

/* Turns in the order of their coming. */
struct line {
	struct pace_turn *first, *last;
};

struct pace_lane {
	struct pace *pace;
	char *account, *region;
	size_t users;

	/* The bucket. A rate in thousandths of a call a second earns one token a us. */
	int64_t full_rate, concurrency;
	int64_t lowered_us;             /* when the rate was last lowered */
	int64_t lowered_rate, grows_us; /* the rate as it was before it grew, which it does since */
	int64_t tokens, earned_us;      /* as of then */
	int64_t rate;                   /* as of earned_us */
	int64_t pause_until_us;
	uint64_t throttled; /* the caller that was throttled last; 0 none */
	int64_t throttled_us;

	struct pace_turn **heap; /* of those that wait, the first to go on top */
	size_t waiting, capacity;
	struct line line;  /* those that wait */
	struct line quick; /* those under way, but the slow ones */
	size_t quick_count, slow_count;
	int passed; /* turns in a row given to others while the first in line was out of patience */
};

struct pace {
	struct pace_lane **lanes;
	size_t lane_count, lane_capacity;
	uint64_t numbers, callers;
};

enum pace_class pace_class(const struct effect *e, int64_t *ret_order)
{
	*ret_order = 0;
	if (e->kind == EFFECT_CREATE || e->kind == EFFECT_DELETE || e->kind == EFFECT_RAISE)
		return PACE_CHANGE;
	if (e->kind != EFFECT_LIST || (e->list.page == 1 && !e->list.due))
		return PACE_REFRESH;
	if (e->list.page > 1)
		return PACE_CHANGE;
	*ret_order = e->list.newest_s;
	return PACE_DUE;
}

/* --- lines and heap --- */

static void line_add(struct line *l, struct pace_turn *t)
{
	t->before = l->last;
	t->after = NULL;
	*(l->last ? &l->last->after : &l->first) = t;
	l->last = t;
}

static void line_remove(struct line *l, struct pace_turn *t)
{
	*(t->before ? &t->before->after : &l->first) = t->after;
	*(t->after ? &t->after->before : &l->last) = t->before;
	t->before = t->after = NULL;
}

static bool goes_before(const struct pace_turn *a, const struct pace_turn *b)
{
	if (a->class != b->class)
		return a->class < b->class;
	if (a->order != b->order)
		return a->order < b->order;
	return a->number < b->number;
}

static void heap_put(struct pace_lane *l, size_t at, struct pace_turn *t)
{
	l->heap[at] = t;
	t->at = at;
}

static void heap_rise(struct pace_lane *l, size_t at, struct pace_turn *t)
{
	for (; at > 0 && goes_before(t, l->heap[(at - 1) / 2]); at = (at - 1) / 2)
		heap_put(l, at, l->heap[(at - 1) / 2]);
	heap_put(l, at, t);
}

static void heap_sink(struct pace_lane *l, size_t at, struct pace_turn *t)
{
	for (size_t child; (child = 2 * at + 1) < l->waiting; at = child) {
		size_t right = child + 1;
		if (right < l->waiting && goes_before(l->heap[right], l->heap[child]))
			child = right;
		if (!goes_before(l->heap[child], t))
			break;
		heap_put(l, at, l->heap[child]);
	}
	heap_put(l, at, t);
}

static void heap_remove(struct pace_lane *l, struct pace_turn *t)
{
	struct pace_turn *last = l->heap[--l->waiting];

	if (last != t) {
		heap_rise(l, t->at, last);
		heap_sink(l, last->at, last);
	}
}

/* --- lanes --- */

struct pace *pace_new(void)
{
	return xcalloc(1, sizeof(struct pace));
}

static void lane_free(struct pace_lane *l)
{
	free(l->account);
	free(l->region);
	free(l->heap);
	free(l);
}

void pace_free(struct pace *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->lane_count; i++)
		lane_free(p->lanes[i]);
	free(p->lanes);
	free(p);
}

static void free_if_unused(struct pace_lane *l)
{
	struct pace *p = l->pace;
	size_t at = 0;

	if (l->users > 0 || l->waiting > 0 || l->quick_count > 0 || l->slow_count > 0)
		return;
	while (p->lanes[at] != l)
		at++;
	p->lanes[at] = p->lanes[--p->lane_count];
	lane_free(l);
}

static struct pace_lane *find_lane(struct pace *p, const char *account, const char *region)
{
	for (size_t i = 0; i < p->lane_count; i++)
		if (strcmp(p->lanes[i]->account, account) == 0 &&
			strcmp(p->lanes[i]->region, region) == 0)
			return p->lanes[i];
	return NULL;
}

static int64_t burst(const struct pace_lane *l)
{
	int64_t tokens = l->rate * BURST_US;

	return tokens > CALL ? tokens : CALL;
}

/* Once lowered it grows evenly (additive increase), from the end of the pause on. */
static int64_t rate_at(const struct pace_lane *l, int64_t now_us)
{
	int64_t for_us = now_us - l->grows_us, rate;

	if (for_us >= PACE_RECOVER_US)
		return l->full_rate;
	if (for_us < 0)
		for_us = 0;
	rate = l->lowered_rate + l->full_rate * for_us / PACE_RECOVER_US;
	return rate < l->full_rate ? rate : l->full_rate;
}

/* Earns tokens for the time since it last did, by the rate as it was then. */
static void earn(struct pace_lane *l, int64_t now_us)
{
	int64_t for_us = now_us - l->earned_us;

	if (for_us > EARN_MOST_US)
		for_us = EARN_MOST_US;
	if (for_us > 0) {
		l->tokens += l->rate * for_us;
		l->earned_us = now_us;
	}
	if (l->tokens > burst(l))
		l->tokens = burst(l);
	l->rate = rate_at(l, now_us);
}

static struct pace_lane *lane_new(
	struct pace *p, const char *account, const char *region, int rate, int64_t now_us)
{
	struct pace_lane *l = xcalloc(1, sizeof(*l));

	l->pace = p;
	l->account = xstrdup(account);
	l->region = xstrdup(region);
	l->rate = rate * INT64_C(1000);
	l->tokens = burst(l);
	l->earned_us = now_us;
	l->lowered_us = l->grows_us = now_us - PACE_RECOVER_US;
	p->lanes = memory_grow(
		p->lanes, &p->lane_capacity, p->lane_count + 1, sizeof(struct pace_lane *));
	p->lanes[p->lane_count++] = l;
	return l;
}

struct pace_lane *pace_join(struct pace *p, const char *account, const char *region, int rate,
	int concurrency, int64_t now_us)
{
	struct pace_lane *l = find_lane(p, account, region);

	if (!l)
		l = lane_new(p, account, region, rate, now_us);
	l->users++;
	l->full_rate = rate * INT64_C(1000);
	l->concurrency = concurrency;
	earn(l, now_us);
	return l;
}

void pace_leave(struct pace_lane *l)
{
	if (!l)
		return;
	l->users--;
	free_if_unused(l);
}

/* --- turns --- */

void pace_ask(struct pace_lane *l, struct pace_turn *t, enum pace_class class, int64_t order,
	int64_t now_us)
{
	t->state = PACE_WAITS;
	t->class = class;
	t->order = order;
	t->number = ++l->pace->numbers;
	if (!t->caller)
		t->caller = ++l->pace->callers;
	t->since_us = now_us;
	t->lane = l;
	l->heap = memory_grow(l->heap, &l->capacity, l->waiting + 1, sizeof(struct pace_turn *));
	heap_rise(l, l->waiting++, t);
	line_add(&l->line, t);
}

static void stop_waiting(struct pace_turn *t)
{
	heap_remove(t->lane, t);
	line_remove(&t->lane->line, t);
	t->state = PACE_AWAY;
}

void pace_withdraw(struct pace_turn *t)
{
	if (t->state != PACE_WAITS)
		return;
	stop_waiting(t);
	free_if_unused(t->lane);
}

/* The first by class and order; but whoever has been waiting for long has a share, so that no class
 * starves another, nor those of one class each other. */
static struct pace_turn *choose(struct pace_lane *l, int64_t now_us)
{
	struct pace_turn *first = l->heap[0], *longest = l->line.first;

	if (first == longest || now_us - longest->since_us < PACE_PATIENCE_US) {
		l->passed = 0;
		return first;
	}
	if (++l->passed < PACE_SHARE)
		return first;
	l->passed = 0;
	return longest;
}

static void find_slow(struct pace_lane *l, int64_t now_us)
{
	struct pace_turn *t;

	while ((t = l->quick.first) && now_us - t->since_us >= PACE_SLOW_US) {
		line_remove(&l->quick, t);
		t->state = PACE_SLOW;
		l->quick_count--;
		l->slow_count++;
	}
}

/* How long until the lane's next call may begin; 0: now. */
static int64_t wait_us(const struct pace_lane *l, int64_t now_us)
{
	int64_t tokens = 0, pause = l->pause_until_us - now_us, slot = 0;
	size_t places = (size_t)l->concurrency;

	if (l->waiting == 0 || l->quick_count + l->slow_count >= places * PACE_AT_ONCE)
		return INT64_MAX;
	if (l->quick_count >= places)
		slot = l->quick.first->since_us + PACE_SLOW_US - now_us;
	if (l->tokens < CALL)
		tokens = (CALL - l->tokens + l->rate - 1) / l->rate;
	if (tokens < pause)
		tokens = pause;
	return tokens > slot ? tokens : slot;
}

static void begin(struct pace_lane *l, struct pace_turn *t, int64_t now_us)
{
	stop_waiting(t);
	t->state = PACE_QUICK;
	t->since_us = now_us;
	line_add(&l->quick, t);
	l->quick_count++;
	l->tokens -= CALL;
}

struct pace_turn *pace_next(struct pace *p, int64_t now_us, int64_t *ret_wait_us)
{
	int64_t least_us = INT64_MAX;

	for (size_t i = 0; i < p->lane_count; i++) {
		struct pace_lane *l = p->lanes[i];
		int64_t wait;
		earn(l, now_us);
		find_slow(l, now_us);
		wait = wait_us(l, now_us);
		if (wait <= 0) {
			struct pace_turn *t = choose(l, now_us);
			begin(l, t, now_us);
			*ret_wait_us = 0;
			return t;
		}
		if (wait < least_us)
			least_us = wait;
	}
	*ret_wait_us = least_us;
	return NULL;
}

void pace_end(struct pace_turn *t, int64_t now_us)
{
	struct pace_lane *l = t->lane;

	(void)now_us;
	if (t->state == PACE_QUICK) {
		line_remove(&l->quick, t);
		l->quick_count--;
	} else if (t->state == PACE_SLOW) {
		l->slow_count--;
	}
	t->state = PACE_AWAY;
	free_if_unused(l);
}

void pace_spare(struct pace_turn *t, int64_t now_us)
{
	earn(t->lane, now_us);
	t->lane->tokens += CALL;
	pace_end(t, now_us);
}

bool pace_throttled(struct pace_turn *t, int64_t retry_after_us, int64_t now_us)
{
	struct pace_lane *l = t->lane;
	bool alone = l->throttled == 0 || l->throttled == t->caller ||
		now_us - l->throttled_us > TOGETHER_US;
	int64_t pause_us =
		retry_after_us < PACE_PAUSE_MOST_US ? retry_after_us : PACE_PAUSE_MOST_US;
	bool lowers;

	l->throttled = t->caller;
	l->throttled_us = now_us;
	if (alone)
		return false;
	earn(l, now_us);
	if (l->pause_until_us < now_us + pause_us)
		l->pause_until_us = now_us + pause_us;
	lowers = t->since_us > l->lowered_us;
	if (lowers) {
		l->rate = l->rate / 2 > LEAST_RATE_MILLI ? l->rate / 2 : LEAST_RATE_MILLI;
		l->lowered_us = now_us;
	}
	l->lowered_rate = l->rate;
	l->grows_us = now_us > l->pause_until_us ? now_us : l->pause_until_us;
	return lowers;
}

/* --- looks --- */

size_t pace_lanes(const struct pace *p)
{
	return p->lane_count;
}

void pace_look(struct pace_lane *l, int64_t now_us, struct pace_view *ret)
{
	earn(l, now_us);
	find_slow(l, now_us);
	*ret = (struct pace_view){.account = l->account,
		.region = l->region,
		.waiting = l->waiting,
		.under_way = l->quick_count + l->slow_count,
		.slow = l->slow_count,
		.rate_milli = l->rate,
		.full_rate_milli = l->full_rate,
		.concurrency = (int)l->concurrency};
}

void pace_look_at(struct pace *p, size_t index, int64_t now_us, struct pace_view *ret)
{
	pace_look(p->lanes[index], now_us, ret);
}
