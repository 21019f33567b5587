/* Clusters and their sets: backups that take time, deletes that come late, sets that expire. */
#include "world.h"

#include "base/digest.h"
#include "base/text.h"

#include <inttypes.h>

#define DAY_US (86400 * SECOND_US)
#define FIRST_ID UINT64_C(1679758862)

static void backup_free(struct backup *b)
{
	free(b->id);
	free(b->type);
	free(b->region);
	free(b->parent);
	cJSON_Delete(b->fields);
	free(b);
}

static void cluster_free(struct cluster *c)
{
	for (size_t i = 0; i < c->count; i++)
		backup_free(c->sets[i]);
	free(c->sets);
	free(c->id);
	free(c->region);
	free(c->status);
	free(c->description);
	free(c->lock_mode);
	free(c->lock_reason);
	cJSON_Delete(c->tags);
	free(c->backup_period);
	free(c->backup_time);
	free(c->client_token);
	free(c);
}

void world_clear(struct world *w)
{
	for (size_t i = 0; i < w->count; i++)
		cluster_free(w->clusters[i]);
	w->count = 0;
}

void world_free(struct world *w)
{
	world_clear(w);
	free(w->clusters);
	*w = (struct world){0};
}

uint64_t world_random(struct world *w)
{
	uint64_t z = w->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

struct cluster *world_cluster(const struct world *w, const char *id)
{
	for (size_t i = 0; id && i < w->count; i++)
		if (text_equal(w->clusters[i]->id, id))
			return w->clusters[i];
	return NULL;
}

static void replace(char **field, const char *value)
{
	char *before = *field; /* which `value` may be */

	*field = xstrdup(value);
	free(before);
}

struct cluster *world_add_cluster(
	struct world *w, const char *id, const char *region, const char *status, int64_t now_us)
{
	struct cluster *c = world_cluster(w, id);

	if (!c) {
		c = xcalloc(1, sizeof(*c));
		*c = (struct cluster){
			.id = xstrdup(id),
			.description = xstrdup(id),
			.backup_period = xstrdup("Tuesday,Friday"),
			.backup_time = xstrdup("01:00Z-02:00Z"),
			.retention_days = 7,
			.log_retention_days = 7,
			.log_backup = true,
			.schedule_us = w->schedule_us,
			.schedule_next_us = now_us + w->schedule_us,
			.created_us = now_us,
		};
		w->clusters = memory_grow(
			w->clusters, &w->capacity, w->count + 1, sizeof(struct cluster *));
		w->clusters[w->count++] = c;
	}
	replace(&c->region, region);
	replace(&c->status, status);
	return c;
}

static char *next_id(struct world *w, const struct switches *s)
{
	uint64_t n = w->next_id++, step = n * 7;
	_cleanup_free_ char *seed = xasprintf("%" PRIu64, n);

	if (switch_is(s, SW_ID_ORDER, "falling"))
		step = 300000000 - step;
	if (switch_is(s, SW_ID_ORDER, "random"))
		step = digest_fnv1a(seed) % 30000000 * 10 + n % 10;
	if (switch_is(s, SW_ID_KIND, "above-2^53"))
		return xasprintf("%" PRIu64, UINT64_C(9007199254740993) + step);
	if (switch_is(s, SW_ID_KIND, "long"))
		return xasprintf("20260101000000000000%010" PRIu64, FIRST_ID + step);
	return xasprintf("%" PRIu64, FIRST_ID + step);
}

struct backup *world_add_set(struct world *w, struct cluster *c, const struct switches *s,
	const char *id, int64_t start_us)
{
	struct backup *b = xcalloc(1, sizeof(*b));

	*b = (struct backup){
		.id = id ? xstrdup(id) : next_id(w, s),
		.type = xstrdup("FullBackup"),
		.region = xstrdup(c->region),
		.origin = "seed",
		.start_us = start_us,
		.end_us = start_us,
		.ready_us = INT64_MIN,
		.expires_us = start_us + c->retention_days * DAY_US,
		.deleted_us = STAMP_NEVER,
		.gone_us = STAMP_NEVER,
		.size_bytes = 2167808 + (int64_t)(world_random(w) % 65536) * 4096,
	};
	c->sets = memory_grow(c->sets, &c->capacity, c->count + 1, sizeof(struct backup *));
	c->sets[c->count++] = b;
	return b;
}

struct backup *world_start_backup(struct world *w, struct cluster *c, const struct switches *s,
	const char *origin, int64_t now_us)
{
	struct backup *b = world_add_set(w, c, s, NULL, now_us);

	b->origin = origin;
	b->end_us = now_us + w->backup_us;
	b->ready_us = b->end_us;
	return b;
}

void world_remove_set(struct backup *b, const char *why)
{
	b->gone = why;
}

struct backup *cluster_set(const struct cluster *c, const char *id)
{
	for (size_t i = 0; id && i < c->count; i++)
		if (!c->sets[i]->gone && text_equal(c->sets[i]->id, id))
			return c->sets[i];
	return NULL;
}

enum set_state backup_state(const struct backup *b, int64_t now_us)
{
	if (now_us < b->ready_us)
		return SET_RUNNING;
	return b->fails ? SET_FAILED : SET_VALID;
}

bool backup_deleting(const struct backup *b)
{
	return b->deleted_us != STAMP_NEVER;
}

bool backup_counts(const struct backup *b, const struct switches *s, int64_t now_us)
{
	if (b->gone || backup_deleting(b) || backup_state(b, now_us) != SET_VALID)
		return false;
	return switch_is(s, SW_VALID_COUNTS, "all") || text_equal(b->type, "FullBackup");
}

bool cluster_backup_running(const struct cluster *c, int64_t now_us)
{
	for (size_t i = 0; i < c->count; i++)
		if (!c->sets[i]->gone && backup_state(c->sets[i], now_us) == SET_RUNNING)
			return true;
	return false;
}

/* What comes into being shows only then. Seeded sets are as they are. */
static bool has_appeared(
	const struct world *w, const struct switches *s, const struct backup *b, int64_t now_us)
{
	if (text_equal(b->origin, "seed") || switch_is(s, SW_VISIBLE_AT, "start"))
		return true;
	if (backup_state(b, now_us) == SET_RUNNING)
		return false;
	return switch_is(s, SW_VISIBLE_AT, "finish") || now_us - b->ready_us >= w->late_us;
}

bool world_lists(
	const struct world *w, const struct switches *s, const struct backup *b, int64_t now_us)
{
	enum set_state state = backup_state(b, now_us);

	if (b->gone || b->never_listed)
		return false;
	if (backup_deleting(b) && switch_is(s, SW_DELETE_ASYNC, "hidden-at-once"))
		return false;
	if (state == SET_RUNNING && switch_is(s, SW_RUNNING_LISTED, "no"))
		return false;
	if (state == SET_FAILED && switch_is(s, SW_FAILED_LISTED, "no"))
		return false;
	return has_appeared(w, s, b, now_us);
}

/* The newest valid set, if every valid one has expired; else NULL. */
static const struct backup *last_valid(
	const struct cluster *c, const struct switches *s, int64_t now_us)
{
	const struct backup *newest = NULL;

	for (size_t i = 0; i < c->count; i++) {
		const struct backup *b = c->sets[i];

		if (!backup_counts(b, s, now_us))
			continue;
		if (b->expires_us > now_us)
			return NULL;
		if (!newest || b->start_us > newest->start_us)
			newest = b;
	}
	return newest;
}

static void expire(struct cluster *c, const struct switches *s, int64_t now_us)
{
	const struct backup *keep =
		switch_is(s, SW_EXPIRE_LAST, "keep") ? last_valid(c, s, now_us) : NULL;

	for (size_t i = 0; i < c->count; i++) {
		struct backup *b = c->sets[i];

		if (!b->gone && b != keep && b->expires_us <= now_us &&
			backup_state(b, now_us) != SET_RUNNING)
			world_remove_set(b, "expired");
	}
}

static bool any_expired(const struct cluster *c, int64_t now_us)
{
	for (size_t i = 0; i < c->count; i++)
		if (!c->sets[i]->gone && c->sets[i]->expires_us <= now_us)
			return true;
	return false;
}

void world_tick_cluster(
	struct world *w, struct cluster *c, const struct switches *s, int64_t now_us)
{
	while (c->schedule_us > 0 && c->schedule_next_us <= now_us) {
		(void)world_start_backup(w, c, s, "schedule", c->schedule_next_us);
		c->schedule_next_us += c->schedule_us;
	}
	for (size_t i = 0; i < c->count; i++)
		if (!c->sets[i]->gone && c->sets[i]->gone_us <= now_us)
			world_remove_set(c->sets[i], "deleted");
	if (any_expired(c, now_us))
		expire(c, s, now_us);
}

void world_tick(struct world *w, const struct switches *s, int64_t now_us)
{
	for (size_t n = 0; n < w->count; n++)
		world_tick_cluster(w, w->clusters[n], s, now_us);
}

void world_finish(struct world *w, const struct cluster *c, int64_t now_us)
{
	for (size_t n = 0; n < w->count; n++)
		for (size_t i = 0; i < w->clusters[n]->count; i++) {
			struct backup *b = w->clusters[n]->sets[i];

			if (c && c != w->clusters[n])
				continue;
			if (b->ready_us > now_us && b->ready_us != STAMP_NEVER) {
				b->ready_us = now_us;
				b->end_us = now_us;
			}
			if (b->gone_us > now_us && b->gone_us != STAMP_NEVER)
				b->gone_us = now_us;
		}
}
