/* The cloud of the simulation: it has backup sets, makes new ones, expires and deletes them. What
 * the vendor leaves undocumented is a switch. Its time is the true time. */
#pragma once

#include "cycle/answer.h"
#include "retention/listing.h"
#include "simulation/random.h"

#define CLOUD_ID_SIZE 24

enum oddity {
	ODD_NONE,
	ODD_FUTURE, /* dated ahead */
	ODD_TIME,   /* a time that does not read */
	ODD_STATUS, /* a status that nobody knows */
	ODD_REGION, /* a copy in another region */
};

struct cloud_set {
	int64_t number; /* the id; sets are in the order of these */
	char id[CLOUD_ID_SIZE], parent[CLOUD_ID_SIZE];
	int64_t start_s, end_s; /* runs in between */
	int64_t expires_s;      /* the cloud removes it then */
	int64_t delete_at_s;    /* 0 = not asked for */
	bool fails;             /* turns out to be failed at its end */
	bool invented;          /* by whoever alters the replies: it is no backup */
	enum oddity oddity;
	int64_t ahead_s; /* how far an ODD_FUTURE set is dated ahead */
};

struct cloud_switches {
	bool visible_at_start; /* or only when finished */
	bool failed_are_listed;
	bool minute_times;   /* BackupStartTime is cut to the minute */
	bool filters_by_end; /* the window of a listing; running sets go by their start */
	bool oldest_first;
	bool unordered;           /* but the same from page to page */
	bool deleting_is_shown;   /* as a status; otherwise the set looks valid until it is gone */
	bool refuses_unknown_ids; /* the whole call; otherwise they are ignored */
	bool deletes_some;        /* of a call that it refuses: up to the id that is to blame */
	bool refuses_parents;     /* of sets that are there */
	bool wide_hangs;          /* what is wider than longest_s has no answer; otherwise a 5xx */
	bool one_at_a_time;       /* a second CreateBackup is refused while one runs */
	bool says_expiry;
	int64_t longest_s; /* window of a listing that is answered; 0: any is */
	int64_t page_size;
	int64_t delete_least_s, delete_most_s;
	int64_t backup_least_s, backup_most_s;
	int64_t retention_s;
	int64_t log_days; /* 0: the log is off */
	int fail_per_thousand, never_deleted_per_thousand /* accepted, to no effect */,
		incremental_per_thousand;
};

struct cloud {
	struct cloud_switches on;
	struct random random;
	struct cloud_set *sets;
	size_t count, capacity;
	int64_t next_id;
	char refuses[CLOUD_ID_SIZE]; /* an id whose deletion it always refuses; "" none */
	size_t deletes_asked;        /* ids, over all calls */
	const char *policy_unread;   /* what of its own policy does not read; NULL none */
};

void cloud_init(struct cloud *c, uint64_t seed);
/* The switches, at random. `sparse`: of a life of years. */
void cloud_draw(struct cloud *c, struct random *r, bool sparse);
void cloud_done(struct cloud *c);
struct cloud_set *cloud_find(struct cloud *c, const char *id);
/* Lets the time come to `now_s`: what expired or was deleted goes. */
void cloud_turn(struct cloud *c, int64_t now_s);
struct cloud_set *cloud_begin(struct cloud *c, int64_t now_s); /* a backup, whoever asked for it */
struct cloud_set *cloud_put(struct cloud *c, int64_t start_s); /* a finished one */
int64_t cloud_listed_start(const struct cloud *c, const struct cloud_set *s);
bool cloud_is_valid(const struct cloud *c, const struct cloud_set *s,
	int64_t now_s); /* finished, sound, not to be deleted */

/* The calls. `ret` gets kind, code and message. */
void cloud_describe(struct cloud *c, const char *cluster, int64_t now_s, int64_t from_s,
	int64_t to_s, int64_t number, struct page *ret);
struct cloud_set *cloud_create(struct cloud *c, int64_t now_s, struct answer *ret);
void cloud_delete(
	struct cloud *c, int64_t now_s, const char *const *ids, size_t count, struct answer *ret);
