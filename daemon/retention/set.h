/* Backup sets as the cloud lists them, in compact form: an inventory. Pure values. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the cloud says of a set. DELETING is also written by the cycle, for sets that a delete call
 * of ours named and that still show. */
enum set_state {
	SET_VALID, /* completed: Success */
	SET_RUNNING,
	SET_FAILED,
	SET_DELETING,
	SET_UNKNOWN, /* cannot be judged: see enum set_doubt */
};

/* Why a set cannot be judged (promise S11). FUTURE and PARENT are found by the verdicts. */
enum set_doubt {
	DOUBT_NONE,
	DOUBT_TIME,   /* BackupStartTime (or the expiry) does not parse */
	DOUBT_STATUS, /* a status that we do not know */
	DOUBT_REGION, /* a copy in another region than the cluster's */
	DOUBT_FUTURE, /* dated more than 5 minutes ahead of now */
	DOUBT_PARENT, /* an incremental whose chain of parents is not there and valid (or a failed
		       * set in a circle of parents) */
	DOUBT_LATE,   /* a valid one that showed for the first time long after it must have begun
		       * (S16): written by the cycle */
};

#define SET_NO_TIME INT64_MIN

struct set {
	int64_t start_s;    /* BackupStartTime; SET_NO_TIME with DOUBT_TIME */
	int64_t expires_s;  /* BackupExpiredTime; SET_NO_TIME if the cloud does not say */
	int64_t size_bytes; /* -1 if not said */
	uint32_t id;        /* offset into the inventory's names */
	uint32_t parent;    /* offset, or 0 for none */
	int32_t duration_s; /* BackupEndTime - start; -1 if not said */
	uint8_t state;      /* enum set_state */
	uint8_t doubt;      /* enum set_doubt; not NONE only with SET_UNKNOWN */
	uint8_t note;       /* index of the text that gave rise to doubt; 0 for none */
};
_Static_assert(sizeof(struct set) == 40, "a million sets are to stay small");

#define NOTES_MAX 32

struct inventory {
	struct set *sets; /* in the order of the listing */
	size_t count, capacity;
	char *names; /* NUL-ended strings; offset 0 is the empty string */
	size_t names_size, names_capacity;
	char **notes; /* NOTES_MAX texts of doubt, each once; 0 unused; the last stands for "and
		       * others". NULL: there are none */
};

void inventory_init(struct inventory *inv);
void inventory_done(struct inventory *inv); /* frees; accepts an empty one; for _cleanup_() */

/* Adds a set whose id and parent (NULL or "" for none) are given as text; `set->id`, `parent` and
 * `note` are filled in from the texts (note may be NULL). Everything is copied. Ids must not be
 * empty. */
void inventory_add(struct inventory *inv, const struct set *set, const char *id, const char *parent,
	const char *note);
/* Appends all of `from`, which must be another inventory. */
void inventory_append(struct inventory *inv, const struct inventory *from);
void inventory_trim(struct inventory *inv); /* gives spare memory back: nothing is added any more */
/* Makes `to`, which must be initialised, equal to `from`; what it held is freed. */
void inventory_copy(struct inventory *to, const struct inventory *from);

const char *set_id(const struct inventory *inv, size_t index);
const char *set_parent(const struct inventory *inv, size_t index); /* "" for none */
const char *set_note(const struct inventory *inv, size_t index);   /* "" for none */

/* Orders ids: decimal numbers by value whatever their length (no 64-bit limit), before others by
 * byte order. < 0, > 0, and 0 only for the same text (007 comes after 7). */
int set_compare_ids(const char *a, const char *b);

/* An index by id, to find parents and marks. */
struct inventory_index;
struct inventory_index *inventory_index_new(const struct inventory *inv); /* borrows inv */
void inventory_index_free(struct inventory_index *x);
/* Index of the set with this id (of the first one, if an id is there twice), or SIZE_MAX. */
size_t inventory_find(const struct inventory_index *x, const char *id);
/* Index of the first set whose id an earlier set has, or SIZE_MAX if all ids differ. */
size_t inventory_duplicate(const struct inventory_index *x);
