/* What must survive a restart, per cluster: the last slot that was acted on, what is remembered of
 * single sets (grace, approval, deletion), and the line of history that each change writes.
 * Values; the store loads and saves them, the cycle alone changes them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum create_state {
	CREATE_NONE,   /* nothing under way */
	CREATE_INTENT, /* about to be called, or called without an answer (a crash, a lost reply) */
	CREATE_ACCEPTED, /* the service answered with a RequestId; the set has yet to show and
			    finish */
	CREATE_REFUSED,  /* certainly not carried out; may be called again within the slot */
	CREATE_FAILED, /* the set showed as failed, or never showed; may be called again within the
			  slot */
	CREATE_DONE,   /* a valid set stands for the slot */
};

struct create_record {
	enum create_state state;
	int64_t slot_s;          /* the slot it is for; 0 = asked for by a person */
	int64_t called_s;        /* our clock, at the intent */
	int64_t called_server_s; /* the service's clock then, as well as we know it: sets carry its
				    times */
	int32_t attempts;        /* calls for this slot so far; 0 if the call was a person's while
				  * something stood for the slot already */
	char set[64];            /* the set that showed for it, or "" */
};

/* What is remembered of one set. A set without a row was kept when last seen. */
struct mark {
	char *id;
	int64_t expired_s; /* when a listing first found it expired (for people); 0 = not expired */
	int64_t expired_agreed_s; /* the ledger's agreed_s then: grace is measured on that clock */
	int64_t asked_s;          /* when a delete call last named it; 0 = never */
	int32_t asks;             /* delete calls that named it */
	int32_t absent;           /* complete listings in a row that lacked it, once asked for */
	bool answered;            /* the last such call was answered: the cloud took it on */
	bool approved;
	int64_t late_s; /* when it showed, too late to count for others (S16); 0 = it does count */
	int64_t late_agreed_s; /* the ledger's agreed_s then */
	int64_t vanished_s;    /* when a listing first lacked it, though it was kept; 0 = never */
};

/* The sets of the last complete listing that could be trusted, packed. */
struct listed_sets {
	bool known;  /* there was one */
	bool remote; /* the sets are copies in other regions */
	char *bytes; /* NULL: it had no sets */
	size_t size;
};

/* What the cloud's own policy was when it was last read. */
struct cloud_record {
	int32_t days;         /* how long it kept sets; 0 never read */
	int32_t lowered_from; /* how long it had kept sets before another hand lowered that to less
			       * than the policy needs; 0: nobody did */
	int32_t log_days;     /* how long it kept the log; 0 switched off, or never read */
};

struct ledger {
	int64_t listed_s;   /* our clock at the last complete listing; 0 never */
	int64_t agreed_s;   /* counts the time between complete listings that follow one another:
			     * while nothing can be listed it stands still. It only grows. */
	int32_t apart_s[2]; /* how far apart the last listing of a run and the first of the
			     * next were, the last time and the time before; 0 unknown */
	struct cloud_record cloud;
	struct create_record create;
	struct listed_sets sets; /* owned */
	struct mark *marks;      /* owned, ids too; sorted by strcmp of id */
	size_t mark_count;
};
void ledger_done(struct ledger *l); /* frees what it holds; for _cleanup_() */

enum entry_kind {
	ENTRY_CREATE_INTENT, /* before the first byte of CreateBackup (S4) */
	ENTRY_CREATE_OUTCOME,
	ENTRY_BACKUP_DONE, /* the set showed and is valid */
	ENTRY_BACKUP_FAILED,
	ENTRY_DELETE_INTENT,    /* one per set, before the first byte of DeleteBackups (S4) */
	ENTRY_DELETE_OUTCOME,   /* one per call */
	ENTRY_GONE,             /* two complete listings lack it */
	ENTRY_APPROVED,         /* one per approval */
	ENTRY_SEEN,             /* a listing first shows a set; the first listing is one line */
	ENTRY_EXPIRED,          /* a listing finds a set expired: its grace begins */
	ENTRY_KEPT_AGAIN,       /* an expired set that is kept again: its grace is forgotten */
	ENTRY_VANISHED,         /* a listing lacks a set that no delete call named */
	ENTRY_RETENTION_INTENT, /* before the first byte of ModifyBackupPolicy (S4) */
	ENTRY_RETENTION_OUTCOME,
	ENTRY_RETENTION_RAISED, /* the cloud says that it keeps sets as long as was asked for */
	ENTRY_ASKED,            /* a person asked for something; the service writes it */
	ENTRY_KIND_COUNT,
};
extern const char *const entry_names[ENTRY_KIND_COUNT + 1];

/* One line of history. Strings are borrowed and may be NULL. */
struct entry {
	enum entry_kind kind;
	int64_t at_s;
	int64_t slot_s; /* 0 if it has none */
	const char *set;
	const char *outcome; /* "ok", "refused", "throttled", "unsent", "ambiguous", "unknown" */
	const char *reason;  /* why it is deleted; or a message (redacted) */
	const char *code;
	const char *request_id;
	const char *plan;
	int64_t count; /* ids in the call; 0 if it has none */
};

/* One change, written in one transaction: all of it or nothing. Everything is borrowed. */
struct record {
	int64_t listed_s;
	int64_t agreed_s;
	int32_t apart_s[2];
	struct cloud_record cloud;
	const struct create_record *create;
	const struct listed_sets *sets; /* NULL: as they are */
	const struct mark *const *put;  /* rows to write */
	size_t put_count;
	const char *const *drop; /* ids of rows to remove */
	size_t drop_count;
	const struct entry *entries;
	size_t entry_count;
};
