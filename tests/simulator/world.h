/* The cloud's state: clusters, backup sets, and what time does to them. Memory only. */
#pragma once

#include "stamp.h"
#include "switches.h"

#include <stddef.h>

enum set_state { SET_RUNNING, SET_VALID, SET_FAILED };

struct backup {
	char *id, *type, *region, *parent; /* parent NULL: none */
	const char *origin;                /* "seed", "api" or "schedule" */
	int64_t start_us, end_us;          /* as shown; end_us is a plan while the set runs */
	int64_t ready_us;   /* from then on it is valid or failed; INT64_MIN: always was */
	int64_t expires_us; /* STAMP_NEVER: does not */
	int64_t deleted_us; /* a delete was accepted; STAMP_NEVER: none */
	int64_t gone_us;    /* the delete takes effect */
	int64_t size_bytes;
	bool fails; /* becomes failed, not valid */
	bool never_listed;
	const char
		*gone; /* why it is no more: "deleted", "expired", "removed"; NULL: it is there */
	cJSON *fields; /* raw members over the regular ones, see render.h; may be NULL */
};

struct cluster {
	char *id, *region, *status, *description;
	char *backup_period, *backup_time; /* policy: "Tuesday,Friday", "01:00Z-02:00Z" */
	int64_t retention_days, log_retention_days;
	bool log_backup;
	char *lock_mode, *lock_reason;         /* NULL: Unlock, none */
	int64_t ends_us;                       /* of a subscription; 0: pays as it goes */
	int64_t schedule_us, schedule_next_us; /* own automatic backups; 0: none */
	cJSON *tags;                           /* {key: value}; NULL: none */
	char *client_token;                    /* of the last CreateBackup that had one */
	int64_t created_us;
	struct backup **sets; /* in the order they came, gone ones included */
	size_t count, capacity;
};

struct world {
	struct cluster **clusters;
	size_t count, capacity;
	int64_t backup_us, delete_us, late_us; /* how long things take */
	int64_t schedule_us;                   /* of new clusters */
	uint64_t next_id, random;
};

void world_free(struct world *w);
uint64_t world_random(struct world *w); /* splitmix64: the same seed, the same run */

struct cluster *world_cluster(const struct world *w, const char *id); /* NULL if there is none */
/* Replaces region and status of one that is there. */
struct cluster *world_add_cluster(
	struct world *w, const char *id, const char *region, const char *status, int64_t now_us);
void world_clear(struct world *w); /* forgets all clusters */

/* A new valid set that is over at once (end = start); `id` NULL: the next one. Borrowed. */
struct backup *world_add_set(struct world *w, struct cluster *c, const struct switches *s,
	const char *id, int64_t start_us);
/* A set that starts now and takes world.backup_us. */
struct backup *world_start_backup(struct world *w, struct cluster *c, const struct switches *s,
	const char *origin, int64_t now_us);
void world_remove_set(struct backup *b, const char *why);

struct backup *cluster_set(const struct cluster *c, const char *id); /* not a gone one; NULL */
enum set_state backup_state(const struct backup *b, int64_t now_us);
bool backup_deleting(const struct backup *b);
/* Valid in the sense of "the system keeps one valid backup set". */
bool backup_counts(const struct backup *b, const struct switches *s, int64_t now_us);
bool cluster_backup_running(const struct cluster *c, int64_t now_us);
/* Whether DescribeBackups shows it now, its time and region aside. */
bool world_lists(
	const struct world *w, const struct switches *s, const struct backup *b, int64_t now_us);

/* Carries out what is due: automatic backups, deletes, expiries; of one cluster, or of all. */
void world_tick_cluster(
	struct world *w, struct cluster *c, const struct switches *s, int64_t now_us);
void world_tick(struct world *w, const struct switches *s, int64_t now_us);
/* Ends at once what is under way (c NULL: everywhere). What a fault holds up stays so. */
void world_finish(struct world *w, const struct cluster *c, int64_t now_us);
