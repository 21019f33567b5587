/* simulation: lives of clusters, each from a seed. See usage(). */
#include "simulation/shrink.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TOLD_AT_LENGTH 3 /* falls, of each process */

struct options {
	uint64_t seed; /* one life alone; 0 none */
	uint64_t from, seeds, minutes, jobs;
	bool trace, first;
};

static int usage(void)
{
	(void)fprintf(stderr,
		"usage: simulation [--seed N [--trace]] [--from N] [--seeds N] [--minutes N] "
		"[--jobs N] [--first]\n"
		"  --seed N     lives one life again, effect for effect\n"
		"  --trace      and says what happens\n"
		"  --seeds N    lives so many (300), from --from (1) on\n"
		"  --minutes N  as many as N minutes hold\n"
		"  --jobs N     processes (one per processor)\n"
		"  --first      a process stops at the first broken promise, and says it in a "
		"line\n");
	return 2;
}

/* Told at length is what is found first; the rest falls to the same, mostly. */
static void live(const struct options *o, uint64_t seed, struct tally *t)
{
	struct fall fall;

	life_live(seed, NULL, NULL, t, &fall);
	if (!fall.promise[0])
		return;
	if (t->broken++ < TOLD_AT_LENGTH && !o->first)
		shrink_tell(seed, &fall);
	else
		(void)printf("seed %" PRIu64 " breaks %s: %s\n", seed, fall.promise, fall.text);
	(void)fflush(stdout);
}

static int live_one(const struct options *o)
{
	struct tally t = {0};
	struct fall fall;

	life_live(o->seed, NULL, o->trace ? stdout : NULL, &t, &fall);
	t.broken = fall.promise[0] != '\0';
	if (t.broken && o->trace)
		(void)printf("seed %" PRIu64 " breaks %s: %s\n", o->seed, fall.promise, fall.text);
	else if (t.broken)
		shrink_tell(o->seed, &fall);
	t.cpu_s = (double)clock() / CLOCKS_PER_SEC;
	tally_print(&t);
	return t.broken ? 1 : 0;
}

/* Whichever seed is next: some lives take a hundred times as long as others. `taken` is shared by
 * all processes. */
static struct tally work(const struct options *o, atomic_uint_fast64_t *taken)
{
	struct tally t = {0};
	time_t until = time(NULL) + (time_t)(o->minutes * 60);

	while (o->minutes == 0 || time(NULL) < until) {
		uint64_t i = atomic_fetch_add(taken, 1);
		if (o->minutes == 0 && i >= o->seeds)
			break;
		live(o, o->from + i, &t);
		if (o->first && t.broken > 0)
			break;
	}
	t.cpu_s = (double)clock() / CLOCKS_PER_SEC;
	return t;
}

/* In a process of its own. Returns the end to read its tally from. */
static int begin(const struct options *o, atomic_uint_fast64_t *taken)
{
	int ends[2];
	struct tally t;
	pid_t pid;

	if (pipe(ends) < 0 || (pid = fork()) < 0) {
		perror("simulation");
		exit(2);
	}
	if (pid > 0) {
		(void)close(ends[1]);
		return ends[0];
	}
	t = work(o, taken);
	_exit(write(ends[1], &t, sizeof(t)) == (ssize_t)sizeof(t) ? 0 : 1);
}

static int live_all(const struct options *o)
{
	int *ends = xcalloc(o->jobs, sizeof(*ends));
	struct tally all = {0}, one;
	atomic_uint_fast64_t *taken = mmap(
		NULL, sizeof(*taken), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (taken == MAP_FAILED) {
		perror("simulation");
		exit(2);
	}
	for (uint64_t job = 0; job < o->jobs; job++)
		ends[job] = begin(o, taken);
	for (uint64_t job = 0; job < o->jobs; job++) {
		if (read(ends[job], &one, sizeof(one)) == (ssize_t)sizeof(one))
			tally_merge(&all, &one);
		else
			all.broken++; /* it crashed, and has said why */
		(void)close(ends[job]);
	}
	while (wait(NULL) > 0)
		;
	free(ends);
	(void)munmap(taken, sizeof(*taken));
	tally_print(&all);
	return all.broken || all.lives == 0 ? 1 : 0;
}

static bool parse(int argc, char **argv, struct options *ret)
{
	const struct {
		const char *name;
		uint64_t *value;
	} numbers[] = {
		{"--seed", &ret->seed},
		{"--from", &ret->from},
		{"--seeds", &ret->seeds},
		{"--minutes", &ret->minutes},
		{"--jobs", &ret->jobs},
	};

	for (int i = 1; i < argc; i++) {
		bool known = text_equal(argv[i], "--trace") || text_equal(argv[i], "--first");
		ret->trace |= text_equal(argv[i], "--trace");
		ret->first |= text_equal(argv[i], "--first");
		for (size_t k = 0; k < ARRAY_SIZE(numbers) && !known && i + 1 < argc; k++)
			if (text_equal(argv[i], numbers[k].name))
				known = text_to_u64(argv[++i], numbers[k].value);
		if (!known)
			return false;
	}
	return ret->jobs > 0 && ret->jobs <= 1024;
}

int main(int argc, char **argv)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct options o = {
		.from = 1, .seeds = 300, .jobs = processors > 0 ? (uint64_t)processors : 1};

	if (!parse(argc, argv, &o))
		return usage();
	return o.seed ? live_one(&o) : live_all(&o);
}
