/* What people ordered by command. */
#include "simulation/ordered.h"

#include "base/digest.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

void ordered_done(struct ordered *o)
{
	free(o->sets);
	*o = (struct ordered){0};
}

void ordered_protect(struct ordered *o, const char *id, int64_t until_s)
{
	size_t i = 0;

	while (i < o->count && strcmp(o->sets[i].id, id) != 0)
		i++;
	if (i == o->count)
		o->sets = memory_grow(o->sets, &o->capacity, ++o->count, sizeof(*o->sets));
	(void)snprintf(o->sets[i].id, sizeof(o->sets[i].id), "%s", id);
	o->sets[i].until_s = until_s;
}

void ordered_unprotect(struct ordered *o, size_t i)
{
	o->sets[i] = o->sets[--o->count];
}

static bool lasts(int64_t until_s, int64_t now_s)
{
	return until_s - ORDERED_SLACK_S > now_s;
}

bool ordered_holds(const struct ordered *o, int64_t now_s)
{
	for (int i = 0; i < HOLD_SCOPE_COUNT; i++)
		if (lasts(o->held_until_s[i], now_s))
			return true;
	return false;
}

bool ordered_protects(const struct ordered *o, const char *id, int64_t now_s)
{
	for (size_t i = 0; i < o->count; i++)
		if (strcmp(o->sets[i].id, id) == 0)
			return lasts(o->sets[i].until_s, now_s);
	return false;
}

bool ordered_may_protect(const struct ordered *o, const char *id, int64_t now_s)
{
	for (size_t i = 0; i < o->count; i++)
		if (strcmp(o->sets[i].id, id) == 0)
			return o->sets[i].until_s > now_s - 310;
	return false;
}

uint64_t ordered_digest(const struct ordered *o, int64_t now_s)
{
	uint64_t d = 0;

	for (size_t i = 0; i < o->count; i++)
		if (lasts(o->sets[i].until_s, now_s))
			d += digest_fnv1a(o->sets[i].id);
	return d;
}
