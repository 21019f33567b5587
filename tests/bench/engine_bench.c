/* How long verdicts() takes on inventories of 1,000 to 100,000 hourly sets, as listings give them
 * (newest first) and in random order, and how much memory a set takes. A cluster has no more than
 * 17,520 sets: one an hour for the 730 days that the cloud keeps them. Time: wall clock, of several
 * runs. Memory: growth of the peak
 * resident size (VmHWM) of a process of its own that makes the inventory (ids of 7 digits) and the
 * verdicts and the order: so all that is held at once, working memory too. */
#include "base/text.h"
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#define POLICY "last=3 hourly=24 daily=14 weekly=8 monthly=12 yearly=2 zone=Asia/Shanghai"
#define NOW "2026-11-21"
#define RUNS 9

struct figures {
	size_t sets;
	bool shuffled;
	double best_ms, median_ms;
	double bytes_per_set;
};

static double now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Hourly sets up to now. */
static void make_sets(struct inventory *inv, size_t count, bool shuffled)
{
	struct dice d = {1};
	_cleanup_free_ uint32_t *hours = xcalloc(count, sizeof(*hours));
	int64_t now_s = fixture_time(NOW);
	char id[16];

	for (size_t i = 0; i < count; i++) {
		size_t other = shuffled ? (size_t)dice_between(&d, 0, (int64_t)i) : i;
		hours[i] = hours[other];
		hours[other] = (uint32_t)i;
	}
	inventory_init(inv);
	for (size_t i = 0; i < count; i++) {
		struct set s = {.start_s = now_s - (int64_t)hours[i] * 3600,
			.expires_s = SET_NO_TIME,
			.size_bytes = -1,
			.duration_s = -1,
			.state = SET_VALID};
		(void)snprintf(id, sizeof(id), "%07zu", 9999999 - (size_t)hours[i]);
		inventory_add(inv, &s, id, NULL, NULL);
	}
}

static int compare_doubles(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void measure_time(const struct policy *p, struct figures *f)
{
	_cleanup_(inventory_done) struct inventory inv;
	_cleanup_free_ struct verdict *v = xcalloc(f->sets, sizeof(*v));
	_cleanup_free_ uint32_t *order = xcalloc(f->sets, sizeof(*order));
	double ms[RUNS];

	make_sets(&inv, f->sets, f->shuffled);
	for (int i = 0; i < RUNS; i++) {
		double begin = now_ms();
		verdicts(&inv, p, 0, fixture_time(NOW), v, order);
		ms[i] = now_ms() - begin;
	}
	qsort(ms, RUNS, sizeof(*ms), compare_doubles);
	f->best_ms = ms[0];
	f->median_ms = ms[RUNS / 2];
}

static long peak_kib(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	long kib = -1;

	while (f && fgets(line, sizeof(line), f))
		if (text_starts(line, "VmHWM:"))
			kib = atol(line + strlen("VmHWM:"));
	if (f)
		(void)fclose(f);
	return kib;
}

/* In a new process, since a peak never shrinks. The numbers of the shuffle (4 bytes a set) are
 * freed before the verdicts take more than that. */
static double measure_memory(const char *self, size_t sets)
{
	_cleanup_free_ char *command = xasprintf("'%s' --memory %zu", self, sets);
	FILE *f = popen(command, "re");
	double bytes = NAN;

	if (f && fscanf(f, "%lf", &bytes) != 1)
		bytes = NAN;
	if (f)
		(void)pclose(f);
	return bytes;
}

static int print_memory(const struct policy *p, size_t sets)
{
	struct inventory inv;
	long before, after;
	struct verdict *v;
	uint32_t *order;

	/* Once with a few, for what a program takes whatever it does. */
	if (sets > 100)
		(void)print_memory(p, 100);
	before = peak_kib();
	make_sets(&inv, sets, true);
	v = xmalloc(sets * sizeof(*v));
	order = xmalloc(sets * sizeof(*order));
	verdicts(&inv, p, 0, fixture_time(NOW), v, order);
	after = peak_kib();
	if (sets > 100)
		(void)printf("%f\n", (double)(after - before) * 1024 / (double)sets);
	free(order);
	free(v);
	inventory_done(&inv);
	return 0;
}

static void print_figures(const struct figures *f, size_t count, bool json)
{
	if (!json)
		(void)printf("%10s %-12s %12s %12s %16s\n", "sets", "order", "best ms", "median ms",
			"peak bytes/set");
	else
		(void)printf("{\"benchmark\":\"engine\",\"policy\":\"%s\",\"runs\":%d,\"memory\":"
			     "\"growth of peak resident size\",\"results\":[",
			POLICY, RUNS);
	for (size_t i = 0; i < count; i++)
		(void)printf(json ? "%s{\"sets\":%zu,\"order\":\"%s\",\"best_ms\":%.3f,\"median_"
				    "ms\":%.3f,"
				    "\"peak_bytes_per_set\":%.1f}"
				  : "%s%10zu %-12s %12.3f %12.3f %16.1f\n",
			json && i ? "," : "", f[i].sets, f[i].shuffled ? "random" : "newest first",
			f[i].best_ms, f[i].median_ms, f[i].bytes_per_set);
	if (json)
		(void)printf("]}\n");
}

int main(int argc, char **argv)
{
	struct figures f[] = {{.sets = 1000}, {.sets = 1000, .shuffled = true}, {.sets = 17520},
		{.sets = 17520, .shuffled = true}, {.sets = 100000},
		{.sets = 100000, .shuffled = true}};
	struct policy *p = fixture_policy(POLICY);
	int r = 0;

	if (argc == 3 && text_equal(argv[1], "--memory")) {
		r = print_memory(p, (size_t)atol(argv[2]));
	} else {
		for (size_t i = 0; i < ARRAY_SIZE(f); i++) {
			measure_time(p, &f[i]);
			f[i].bytes_per_set = measure_memory(argv[0], f[i].sets);
		}
		print_figures(f, ARRAY_SIZE(f), argc == 2 && text_equal(argv[1], "--json"));
	}
	policy_free(p);
	return r;
}
