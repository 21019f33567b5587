/* simulation: lives of clusters, each from a seed. See usage(). */
#include "simulation/chaos.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

struct totals {
	int64_t days;
	size_t lives, crashes, creates, deletes, raises, ids, lists, checks, most_effects;
	size_t fates[FATE_COUNT];
};

static int usage(void)
{
	(void)fprintf(stderr,
		"usage: simulation [--seed N [--trace]] [--from N] [--seeds N] "
		"[--minutes N]\n");
	return 2;
}

static double cpu_s(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

static bool live(uint64_t seed, FILE *trace, struct totals *t)
{
	struct world w;
	struct chaos c;
	bool broken;

	chaos_make(&w, &c, seed);
	w.trace = trace;
	t->days += chaos_live(&w, &c);
	t->lives++;
	t->crashes += w.crashes;
	t->creates += w.creates;
	t->raises += w.raises;
	t->deletes += w.deletes;
	t->ids += w.ids_asked;
	t->lists += w.lists;
	t->checks += w.oracle.checks;
	if (w.most_effects > t->most_effects)
		t->most_effects = w.most_effects;
	for (int i = 0; i < FATE_COUNT; i++)
		t->fates[i] += w.fates[i];
	broken = w.oracle.promise[0];
	if (broken)
		(void)printf(
			"seed %" PRIu64 " breaks %s: %s\n", seed, w.oracle.promise, w.oracle.text);
	world_done(&w);
	(void)fflush(stdout);
	return !broken;
}

static void print(const struct totals *t, double took_s)
{
	double years = (double)t->days / 365.25;

	(void)printf(
		"%zu lives, %.0f cluster-years, %.1f s of CPU: %.1f cluster-years per CPU second\n",
		t->lives, years, took_s, took_s > 0 ? years / took_s : 0);
	(void)printf("%zu listings, %zu CreateBackup, %zu DeleteBackups of %zu sets, %zu "
		     "ModifyBackupPolicy, %zu crashes; at "
		     "most %zu effects in an hour\n",
		t->lists, t->creates, t->deletes, t->ids, t->raises, t->crashes, t->most_effects);
	(void)printf("calls:");
	for (int i = 0; i < FATE_COUNT; i++)
		(void)printf("%s %s %zu", i ? "," : "", fate_names[i], t->fates[i]);
	(void)printf("\n");
}

int main(int argc, char **argv)
{
	uint64_t from = 1, seeds = 300, minutes = 0, seed = 0;
	bool trace = false;
	struct totals t = {0};
	size_t broken = 0;
	time_t until;

	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";
		if (text_equal(argv[i], "--trace"))
			trace = true;
		else if (text_equal(argv[i], "--seed") && text_to_u64(value, &seed))
			i++;
		else if (text_equal(argv[i], "--from") && text_to_u64(value, &from))
			i++;
		else if (text_equal(argv[i], "--seeds") && text_to_u64(value, &seeds))
			i++;
		else if (text_equal(argv[i], "--minutes") && text_to_u64(value, &minutes))
			i++;
		else
			return usage();
	}
	if (seed)
		return live(seed, trace ? stdout : NULL, &t) ? (print(&t, cpu_s()), 0) : 1;
	until = time(NULL) + (time_t)(minutes * 60);
	for (seed = from; minutes ? time(NULL) < until : seed < from + seeds; seed++)
		broken += !live(seed, NULL, &t);
	print(&t, cpu_s());
	return broken ? 1 : 0;
}
