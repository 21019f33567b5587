/* Makes a life that breaks a promise shorter. */
#include "simulation/shrink.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define TRIES 400
#define TRIES_S 30
#define LINES 40

struct shrinking {
	uint64_t seed;
	char promise[8];
	struct drops drops;
	int tries;
	time_t until;
};

static bool still_falls(struct shrinking *s, struct fall *ret)
{
	s->tries++;
	life_live(s->seed, &s->drops, NULL, NULL, ret);
	return text_equal(ret->promise, s->promise);
}

static bool goes_on(const struct shrinking *s)
{
	return s->tries < TRIES && time(NULL) < s->until;
}

/* Drops the faults from..from+length-1 if the life falls without them, too. */
static void try_without(struct shrinking *s, size_t from, size_t length)
{
	_cleanup_free_ bool *before = xcalloc(s->drops.count, sizeof(*before));
	struct fall fall;
	bool any = false;

	for (size_t i = 0; i < s->drops.count; i++)
		before[i] = s->drops.out[i];
	for (size_t i = from; i < from + length && i < s->drops.count; i++) {
		any |= !s->drops.out[i];
		s->drops.out[i] = true;
	}
	if (any && !still_falls(s, &fall))
		for (size_t i = 0; i < s->drops.count; i++)
			s->drops.out[i] = before[i];
}

static size_t left(const struct drops *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->count; i++)
		n += !d->out[i];
	return n;
}

static bool is_dull(const char *line)
{
	return strstr(line, " list page ") && strstr(line, "(well)");
}

/* The last lines but those of listings that went well. */
static void print_end(char *trace)
{
	char *lines[LINES], *rest = trace, *line;
	size_t count = 0;

	while ((line = strsep(&rest, "\n")))
		if (*line && !is_dull(line))
			lines[count++ % LINES] = line;
	for (size_t i = count > LINES ? count - LINES : 0; i < count; i++)
		(void)printf("  %.160s\n", lines[i % LINES]);
}

void shrink_tell(uint64_t seed, const struct fall *fall)
{
	struct shrinking s = {.seed = seed, .until = time(NULL) + TRIES_S};
	struct fall last = *fall;
	char *text = NULL;
	size_t size = 0;
	FILE *trace;

	(void)printf("seed %" PRIu64 " breaks %s: %s\n", seed, fall->promise, fall->text);
	memcpy(s.promise, fall->promise, sizeof(s.promise));
	s.drops = (struct drops){xcalloc(fall->faults, sizeof(bool)), fall->faults};
	for (size_t length = fall->faults; length > 0; length /= 2)
		for (size_t from = 0; from < s.drops.count && goes_on(&s); from += length)
			try_without(&s, from, length);
	trace = open_memstream(&text, &size);
	life_live(seed, &s.drops, trace, NULL, &last);
	(void)fclose(trace);
	(void)printf("  with %zu of %zu faults: %s\n", left(&s.drops), s.drops.count, last.text);
	print_end(text);
	free(text);
	free(s.drops.out);
	(void)fflush(stdout);
}
