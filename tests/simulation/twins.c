/* Two daemons with two state files that look after one cluster. */
#include "simulation/twins.h"

#include "base/text.h"

#define DAY_S INT64_C(86400)

struct twins {
	struct world worlds[2];
	struct chaos chaoses[2];
	size_t owner; /* has the cloud that there is */
};

/* Both see the same cloud. */
static void hand_over(struct twins *t, size_t to)
{
	if (t->owner == to)
		return;
	t->worlds[to].cloud = t->worlds[t->owner].cloud;
	t->worlds[t->owner].cloud = (struct cloud){0};
	t->owner = to;
}

static bool has_fallen(const struct twins *t)
{
	return t->worlds[0].oracle.promise[0] || t->worlds[1].oracle.promise[0];
}

static void run(struct twins *t, int64_t for_s)
{
	int64_t until_s = t->worlds[0].true_s + for_s;

	while (!has_fallen(t)) {
		size_t next = t->worlds[1].true_s < t->worlds[0].true_s;
		if (t->worlds[next].true_s >= until_s)
			break;
		hand_over(t, next);
		(void)world_step(&t->worlds[next], until_s);
	}
}

static void make(struct twins *t, uint64_t seed, struct faults *faults, FILE *trace)
{
	for (size_t i = 0; i < 2; i++) {
		struct chaos *c = &t->chaoses[i];
		*c = (struct chaos){.faults = faults,
			.sparse = seed % 3 != 0,
			.start_s = INT64_C(1767225600) + (int64_t)(seed % 1000) * DAY_S,
			.worlds = &t->worlds[i],
			.chaoses = c,
			.count = 1};
		chaos_make(&t->worlds[i], c, seed);
		c->policies = false;
		c->random.state += i;
		t->worlds[i].trace = trace;
		t->worlds[i].name = (char)('A' + i);
		t->worlds[i].oracle.only = "S1";
		t->worlds[i].oracle.twin = &t->worlds[1 - i].oracle;
	}
	cloud_done(&t->worlds[1].cloud);
}

void twins_live(
	uint64_t seed, struct faults *faults, FILE *trace, struct tally *tally, struct fall *ret)
{
	struct random r = {seed ^ 0x2d115};
	struct twins *t = xcalloc(1, sizeof(*t));
	int64_t began_s;

	make(t, seed, faults, trace);
	began_s = t->worlds[0].true_s;
	for (int storms = 0; storms < 2 && !has_fallen(t); storms++) {
		run(t, random_between(&r, 2, 10) * DAY_S);
		for (size_t i = 0; i < 2; i++) {
			hand_over(t, i);
			chaos_calm(&t->worlds[i], &t->chaoses[i]);
		}
		/* The second found the cloud calm already. */
		t->chaoses[1].fail_per_thousand = t->chaoses[0].fail_per_thousand;
		t->chaoses[1].never_deleted_per_thousand = t->chaoses[0].never_deleted_per_thousand;
		run(t, random_between(&r, 5, t->chaoses[0].sparse ? 100 : 10) * DAY_S);
		for (size_t i = 0; i < 2; i++) {
			hand_over(t, i);
			chaos_storm(&t->worlds[i], &t->chaoses[i]);
		}
	}
	for (size_t i = 0; i < 2; i++) {
		life_ends(&t->worlds[i], began_s, tally, ret);
		world_done(&t->worlds[i]);
	}
	free(t);
}
