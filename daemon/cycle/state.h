/* The inside of a cycle. The files of this folder stand on floors: each includes and calls only
 * those of the floors below it.
 *
 *	effect answer ledger          values: what is asked for, answered, and kept on disk
 *	clock backoff outbox reading operator    one concern each, which knows its own struct and no
 *other marks, life, seen, at_hand, protect what is remembered of sets; what is told of them; what
 *is decided on create delete raise           the three changes in the cloud (change.h) replan
 *listing + marks + policy -> the plan at hand turn                          what follows a listing,
 *a record, an answer; when to list next cycle status                  the phases, and the public
 *functions */
#pragma once

#include "base/text.h"
#include "cycle/clock.h"
#include "cycle/create.h"
#include "cycle/cycle.h"
#include "cycle/delete.h"
#include "cycle/life.h"
#include "cycle/operator.h"
#include "cycle/raise.h"
#include "cycle/replan.h"
#include "cycle/seen.h"

enum phase {
	PHASE_IDLE,           /* waiting for something to be due */
	PHASE_LIST,           /* asking for pages */
	PHASE_RECORD_LISTING, /* writing what a listing taught */
	PHASE_DECIDE,         /* a listing came to its end: what now? */
	PHASE_INTENT,         /* writing that `change` is about to be called */
	PHASE_CALL,           /* calling it */
	PHASE_OUTCOME,        /* writing what became of it */
	PHASE_RETENTION,      /* asking how long the cloud keeps sets */
	PHASE_COUNT,
};

struct cycle {
	const struct policy *policy;
	bool dry_run;
	enum phase phase;        /* assigned in cycle.c alone */
	enum change_kind change; /* of PHASE_INTENT, PHASE_CALL and PHASE_OUTCOME */
	bool in_flight;          /* an effect that ends with an event was handed out */
	bool outdated; /* a policy, a pause or a hold came after the listing: the plan at hand must
			* not be carried out */
	bool deletes_turn; /* a backup was just completed: deletes may go before the next one */
	const char *pauses[PAUSE_CAUSE_COUNT]; /* interned: why the cluster takes no changes */
	const char *paused;                    /* interned: all of them; "" it takes changes */
	const char *ending; /* interned: why the cluster may soon be gone; "" no reason */

	struct operator operator;
	struct outbox out;
	struct clock clock;
	struct reading reading;
	struct marks marks;
	struct seen seen;
	struct life life;
	struct at_hand hand;
	struct create create;
	struct delete delete;
	struct raise raise;
	struct replan replan;
	struct record record; /* of the last RECORD effect */
};

/* Ten thousand of them are at rest at a time. */
_Static_assert(sizeof(struct cycle) <= 2068, "a cluster at rest is to stay small");
