/* How long it takes to find the next instant of a calendar expression, and the offset of a zone.
 * Processor time, the mean of many random instants. */
#include "base/memory.h"
#include "fixture.h"
#include "time/calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 100000
#define FROM_S INT64_C(1577836800)
#define TO_S INT64_C(2524608000)

static const char *const expressions[] = {"minutely", "daily", "weekly", "yearly", "*-*-* 02:00",
	"Mon..Fri 01:30", "*:0/7", "*-*~1 23:59:59", "Sun *-*~07/1 02:15", "*-*-31",
	"*-02-29 02:30", "Mon *-1/3-1..7 00:00", "*:*:0/13", "2026/3-*-15 12:00",
	"*-03,10-25..31 01..03:0/10"};

static double cpu_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double next_ns(const char *expression, const struct zone *z)
{
	struct dice d = {1};
	struct calendar *c = NULL;
	double begin;

	if (calendar_parse(expression, &c, NULL) < 0)
		abort();
	begin = cpu_ns();
	for (int i = 0; i < ROUNDS; i++)
		(void)calendar_next(c, z, dice_between(&d, FROM_S, TO_S), &(int64_t){0});
	begin = cpu_ns() - begin;
	calendar_free(c);
	return begin / ROUNDS;
}

static double offset_ns(const struct zone *z)
{
	struct dice d = {1};
	double begin = cpu_ns();

	for (int i = 0; i < ROUNDS; i++)
		(void)zone_offset(z, dice_between(&d, FROM_S, TO_S), NULL);
	return (cpu_ns() - begin) / ROUNDS;
}

int main(int argc, char **argv)
{
	struct zone *z = fixture_zone("Europe/Berlin");
	bool json = argc > 1 && strcmp(argv[1], "--json") == 0;

	if (!z) {
		(void)fprintf(stderr, "needs the time zones\n");
		return 1;
	}
	if (json) {
		printf("{\"offset_ns\": %.0f, \"next_ns\": {", offset_ns(z));
		for (size_t i = 0; i < ARRAY_SIZE(expressions); i++)
			printf("%s\"%s\": %.0f", i ? ", " : "", expressions[i],
				next_ns(expressions[i], z));
		printf("}}\n");
	} else {
		printf("%-28s %8s\n%-28s %8.0f\n", "", "ns", "offset of a zone", offset_ns(z));
		for (size_t i = 0; i < ARRAY_SIZE(expressions); i++)
			printf("next %-23s %8.0f\n", expressions[i], next_ns(expressions[i], z));
	}
	zone_free(z);
	return 0;
}
