/* Counts the reports and answers of a cluster since the daemon started, for the metrics, and tells
 * how far a prune has come. */
#pragma once

#include "cycle/cycle.h"

enum cluster_call { CALL_NONE, CALL_LIST, CALL_CREATE, CALL_DELETE, CALL_RETENTION, CALL_RAISE };
#define CALL_KINDS (CALL_RAISE + 1)
#define ANSWER_KINDS (ANSWER_AMBIGUOUS + 1)

struct counters {
	uint32_t answers[CALL_KINDS][ANSWER_KINDS]; /* of the cloud, by call and outcome */
	/* The last answer that was clear, of a call that changes something, if the cloud refused
	 * it: "CODE: message". Owned (interned_set()); NULL or "": it did not. */
	const char *refused[CALL_KINDS];
	int64_t backups_done, backups_failed, backups_refused;
	int64_t deletes; /* sets that delete calls named */
	int64_t gone;    /* sets verified gone */
	struct {
		int64_t began_boot_s; /* the first call; 0: no prune is under way */
		int64_t begun, calls; /* delete calls: begun, and answered */
		bool calling;         /* one is under way */
		int64_t named, gone;  /* sets */
	} prune;
};

void counters_done(struct counters *n);
void counters_answer(struct counters *n, enum cluster_call call, const struct answer *a);
void counters_report(struct counters *n, const struct report *r, int64_t now_boot_s);

/* How far a prune has come. */
struct progress {
	int64_t calls_done, calls; /* delete calls */
	int64_t gone, sets;        /* sets verified gone, of all that are to go */
	int64_t left_s;            /* estimated; -1 unknown */
};
/* False if no prune is under way (its calls made, and their sets gone). */
bool counters_progress(
	struct counters *n, const struct cycle_status *s, int64_t now_boot_s, struct progress *ret);
