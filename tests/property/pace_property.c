/* Whatever comes, and however long it takes: a limiter keeps to its rate and its places, serves
 * everybody, and those of one rank in the order of its coming. */
#include "../support/cmocka_all.h"

#include "base/memory.h"
#include "pace/pace.h"
#include "simulation/random.h"

#define S INT64_C(1000000)
#define CALLERS 300
#define SEEDS 300

enum { RANK_CHANGE, RANK_DUE, RANK_REFRESH };

struct caller {
	struct permit permit;
	int64_t asked_us, ends_us, back_us; /* 0: does not */
	size_t ahead;                       /* that waited when it asked */
};

struct play {
	struct random random;
	struct pace *pace;
	struct limiter *limiter;
	int64_t now_us;
	int rate, concurrency;
	bool trouble; /* calls hang, and are throttled */
	struct caller callers[CALLERS];
	int64_t level_us;  /* leaky bucket, told in us of the rate */
	int64_t leaked_us; /* as of then */
	uint64_t last[RANK_REFRESH + 1];
	size_t begun;
};

static void play_begin(struct play *p, uint64_t seed)
{
	*p = (struct play){.random = {seed}, .now_us = 5 * S, .leaked_us = 5 * S};
	p->rate = (int)random_between(&p->random, 1, 50);
	p->concurrency = (int)random_between(&p->random, 1, 20);
	p->trouble = seed % 2;
	p->pace = pace_new();
	p->limiter = pace_join(p->pace, "default", "r", p->rate, p->concurrency, p->now_us);
}

static void play_end(struct play *p)
{
	for (int i = 0; i < CALLERS; i++) {
		pace_withdraw(&p->callers[i].permit);
		if (p->callers[i].permit.state != PERMIT_NONE)
			pace_end(&p->callers[i].permit);
	}
	pace_free(p->pace);
}

static void ask(struct play *p, struct caller *c)
{
	struct pace_status v;

	pace_status(p->limiter, p->now_us, &v);
	c->asked_us = p->now_us;
	c->ahead = v.waiting;
	c->back_us = 0;
	pace_ask(p->limiter, &c->permit,
		(unsigned)random_between(&p->random, RANK_CHANGE, RANK_REFRESH), 0, p->now_us);
}

/* A call earns 1/rate seconds; at most a quarter of a second's worth, or one call, is saved up. */
static void check_rate(struct play *p)
{
	int64_t each_us = S / p->rate, most_us = S / 4 > each_us ? S / 4 : each_us;

	p->level_us -= p->now_us - p->leaked_us;
	if (p->level_us < 0)
		p->level_us = 0;
	p->leaked_us = p->now_us;
	p->level_us += each_us;
	assert_true(p->level_us <= most_us + 2); /* rounded */
}

static void check_places(struct play *p)
{
	int quick = 0, all = 0;

	for (int i = 0; i < CALLERS; i++) {
		const struct caller *c = &p->callers[i];
		all += c->ends_us > 0;
		quick += c->ends_us > 0 && p->now_us - c->permit.since_us < PACE_SLOW_US;
	}
	assert_true(quick <= p->concurrency);
	assert_true(all <= p->concurrency * PACE_AT_ONCE);
}

static void begun(struct play *p, struct caller *c)
{
	int64_t bound_us =
		PACE_PATIENCE_US + (int64_t)(c->ahead + 1) * PACE_SHARE * S / p->rate + S;
	bool hangs = p->trouble && random_chance(&p->random, 50);

	c->ends_us = p->now_us + (hangs ? 30 * S : random_between(&p->random, 1, S / p->rate));
	p->begun++;
	check_rate(p);
	check_places(p);
	assert_true(c->permit.number > p->last[c->permit.rank]);
	p->last[c->permit.rank] = c->permit.number;
	if (!p->trouble)
		assert_true(p->now_us - c->asked_us <= bound_us);
}

static void ended(struct play *p, struct caller *c)
{
	bool often = random_chance(&p->random, 300);

	if (p->trouble && random_chance(&p->random, 20))
		(void)pace_throttled(&c->permit, random_between(&p->random, 0, 5 * S), p->now_us);
	pace_end(&c->permit);
	c->ends_us = 0;
	c->back_us = p->now_us + random_between(&p->random, 1, often ? S : 60 * S);
}

static void play_for(struct play *p, int64_t for_us)
{
	int64_t until_us = p->now_us + for_us, wait_us;

	while (p->now_us < until_us) {
		int64_t next_us = INT64_MAX;
		struct permit *t;
		for (int i = 0; i < CALLERS; i++) {
			struct caller *c = &p->callers[i];
			if (c->ends_us && c->ends_us <= p->now_us)
				ended(p, c);
			if (c->back_us && c->back_us <= p->now_us)
				ask(p, c);
		}
		while ((t = pace_next(p->pace, p->now_us, &wait_us)))
			begun(p,
				(struct caller *)(void *)((char *)t -
					offsetof(struct caller, permit)));
		if (wait_us != INT64_MAX)
			next_us = p->now_us + wait_us;
		for (int i = 0; i < CALLERS; i++) {
			const struct caller *c = &p->callers[i];
			if (c->ends_us && c->ends_us < next_us)
				next_us = c->ends_us;
			if (c->back_us && c->back_us < next_us)
				next_us = c->back_us;
		}
		assert_true(next_us > p->now_us && next_us != INT64_MAX);
		p->now_us = next_us;
	}
}

static void whatever_comes_the_rate_and_the_places_are_kept_and_everybody_is_served(void **state)
{
	size_t begun = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct play p;
		play_begin(&p, seed);
		for (int i = 0; i < CALLERS; i++)
			p.callers[i].back_us = p.now_us + random_between(&p.random, 0, 20 * S);
		play_for(&p, 120 * S);
		begun += p.begun;
		play_end(&p);
	}
	assert_true(begun > 100 * SEEDS);
}

TEST_FILE(pace_property)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(
		whatever_comes_the_rate_and_the_places_are_kept_and_everybody_is_served)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
