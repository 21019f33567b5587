/* The world around one cycle: it carries out what the cycle asks for, on virtual clocks, with the
 * cloud, a network that lies, a disk that fails, and crashes. What goes wrong is up to the hooks:
 * the simulation draws it at random, a test writes it down. */
#pragma once

#include "simulation/cloud.h"
#include "simulation/disk.h"
#include "simulation/oracle.h"

#include <stdio.h>

enum fate { /* of one call */
	FATE_WELL,
	FATE_UNSENT,
	FATE_LOST_BEFORE, /* the effect */
	FATE_LOST_AFTER,
	FATE_LATE, /* no answer; carried out a minute later */
	FATE_THROTTLED,
	FATE_REFUSED,
	FATE_DUPLICATED,   /* carried out, and once more a minute later */
	FATE_SERVER_ERROR, /* carried out or not */
	FATE_TRUNCATED,    /* carried out; the answer does not read */
	FATE_NO_DATE,
	FATE_WRONG_DATE,
	/* pages only */
	FATE_SHORT_PAGE, /* the last set of the page is missing */
	FATE_NO_SETS,    /* the page is empty */
	FATE_OTHER_COUNT,
	FATE_TWICE, /* one set is on it twice */
	FATE_FOREIGN,
	FATE_OTHER_PAGE,
	FATE_COUNT,
};
extern const char *const fate_names[FATE_COUNT];

enum mishap { /* around one effect */
	MISHAP_NONE,
	MISHAP_CRASH_BEFORE, /* it is not carried out */
	MISHAP_CRASH_AFTER,  /* carried out, but the cycle never hears */
	MISHAP_DISK,         /* RECORD fails */
	MISHAP_DISK_LIES,    /* RECORD is said to fail, and is there */
	MISHAP_COUNT,
};
extern const char *const mishap_names[MISHAP_COUNT];

struct world;
struct hooks {
	enum fate (*fate)(struct world *w, const struct effect *e, void *data);
	enum mishap (*mishap)(struct world *w, const struct effect *e, void *data);
	/* Called when the cycle waits: what else happens now. Returns the seconds until it wants to
	 * be called again. */
	int64_t (*meanwhile)(struct world *w, void *data);
	/* Whether a call may be made now. If not, the world stands still until world_permit(). */
	bool (*may_call)(struct world *w, const struct effect *e, void *data);
	/* A call waits for its permit. True if something was ordered meanwhile. */
	bool (*orders)(struct world *w, void *data);
	void (*crashed)(struct world *w, void *data);
	void *data;
};

#define HAPPENINGS_MOST 17

struct world {
	struct random random;
	struct hooks hooks;
	struct cloud cloud;
	struct disk disk;
	struct oracle oracle;
	struct ordered ordered;
	struct policy *policy;   /* owned: of the file */
	struct policy *in_force; /* owned: with what is protected by command */
	struct policy *previous; /* owned: the cycle may still borrow it */
	struct cycle *cycle;     /* owned */
	bool dry_run;
	bool queued;         /* a call waits for its permit */
	enum fate last_fate; /* of the last call */

	int64_t true_s;
	int64_t boot_origin_s;  /* true time at which CLOCK_BOOTTIME was 0 */
	int64_t wall_offset_s;  /* our clock - true time */
	int64_t latency_s;      /* of each call */
	int64_t retry_after_ms; /* of a throttled answer */
	const char *refusal;    /* the code of FATE_REFUSED */
	int64_t late_create_s,
		late_delete_s;   /* when what was left for later takes effect; 0 none */
	int64_t cloud_days_told; /* by the last DescribeBackupPolicy */
	int64_t log_days_told;   /* likewise; LOG_UNKNOWN: not in this run */
	bool late_is_copy;       /* of a call that was carried out already */
	char (*late_ids)[CLOUD_ID_SIZE];
	size_t late_count;

	/* what was done */
	size_t raises, orders;
	size_t lists, pages, creates, deletes, ids_asked, records, waits, crashes, effects;
	size_t reports[REPORT_KIND_COUNT];
	size_t fates[FATE_COUNT], mishaps[MISHAP_COUNT];
	size_t happenings[HAPPENINGS_MOST]; /* by their maker */
	int64_t hour_began_s;
	size_t hour_effects, most_effects; /* in an hour */
	char last_delete[4096];            /* the ids of the last call, with commas */
	uint64_t digest;                   /* of all that was done so far */
	char name;                         /* in the trace; 0 none */
	FILE *trace;                       /* NULL: none */
};

/* Takes the policy over. Time begins at `start_s`. */
void world_init(struct world *w, struct policy *policy, int64_t start_s, uint64_t seed);
void world_done(struct world *w);
void world_start(struct world *w); /* the daemon, from what is on disk */
void world_crash(struct world *w); /* and start */
void world_set_policy(struct world *w, struct policy *policy); /* a reload; takes it over */
/* By command. An instant of 0 releases, or ends the protection of the nth set. */
void world_hold(struct world *w, enum hold_scope scope, int64_t until_s);
void world_protect(struct world *w, const char *id, int64_t until_s);
void world_unprotect(struct world *w, size_t nth);
int world_approve(struct world *w); /* what the plan is now; as cycle_approve() */
void world_approve_another(struct world *w, int64_t nth); /* a hash cut or wrong there, below 64 */
void world_feed(struct world *w, enum event_kind kind);   /* a person's command */
struct moment world_now(const struct world *w);
struct oracle_view world_view(struct world *w);
void world_look(struct world *w, struct cycle_status *ret);
__attribute__((format(printf, 2, 3))) void world_say(struct world *w, const char *format, ...);

void world_permit(struct world *w, int64_t true_s); /* has come, for the call that was queued */
/* One effect. Returns its kind. A wait lets time pass, but never past `until_s`. */
enum effect_kind world_step(struct world *w, int64_t until_s);
void world_run(struct world *w, int64_t for_s); /* until then, or until a promise is broken */

/* For world.c alone: one call to the cloud, and the answer. With `crash` the cycle never hears what
 * became of one that changes something. */
void world_call(struct world *w, const struct effect *e, enum fate fate, bool crash);
void world_late_calls(struct world *w); /* what FATE_LATE left takes effect now, if its time came */
