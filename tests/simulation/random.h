/* Numbers from a seed, the same on every machine (splitmix64). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct random {
	uint64_t state;
};

static inline uint64_t random_next(struct random *r)
{
	uint64_t z = (r->state += 0x9e3779b97f4a7c15u);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* 0 .. below-1; 0 if below is 0 or less. */
static inline int64_t random_below(struct random *r, int64_t below)
{
	return below > 0 ? (int64_t)(random_next(r) % (uint64_t)below) : 0;
}

/* least .. most, both inside. */
static inline int64_t random_between(struct random *r, int64_t least, int64_t most)
{
	return least + random_below(r, most - least + 1);
}

/* True in `per_thousand` of a thousand cases. */
static inline bool random_chance(struct random *r, int64_t per_thousand)
{
	return random_below(r, 1000) < per_thousand;
}
