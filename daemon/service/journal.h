/* Lines for people: structured entries in the journal where stderr is one, `<N>` lines otherwise.
 */
#pragma once

#include "cycle/cycle.h"
#include "service/journal_queue.h"

/* Events of the service itself; those of a cluster are enum report_kind. */
enum service_message {
	MESSAGE_STARTED,
	MESSAGE_STOPPING,
	MESSAGE_RELOADED,
	MESSAGE_RELOAD_REJECTED,
	MESSAGE_STATE_MOVED,       /* a damaged state file was moved aside */
	MESSAGE_CLOCK_SET,         /* the system clock was set */
	MESSAGE_LOGIN,             /* a session could not be renewed, or is renewed again */
	MESSAGE_THROTTLED,         /* an account makes fewer calls, since the cloud refuses more */
	MESSAGE_DISCOVERED,        /* a cluster was found, or its status changed */
	MESSAGE_DISCOVERY_MISSING, /* one is not found any more */
	MESSAGE_DISCOVERY_FORGOTTEN,
	MESSAGE_DISCOVERY_CONFLICT, /* two entries match one cluster */
	MESSAGE_DISCOVERY_FAILED,   /* the clusters could not be listed */
	MESSAGE_ASKED,              /* a person asked for something */
	MESSAGE_WARNING,            /* see service/warnings.h */
	MESSAGE_LOST,               /* lines that could not be written */
	MESSAGE_ORDERS,             /* the file of orders cannot be used, or was written anew */
	MESSAGE_OTHER,
	MESSAGE_COUNT,
};

/* No line is ever waited for: see journal_queue.h. Where lines were lost, a line says how many as
 * soon as there is room. */
struct journal {
	bool structured; /* to the journal itself, by its native protocol; else to standard error */
	int max_level;
	struct journal_queue queue;
	int64_t told_lost; /* of queue.lost */
};
/* Decides once, by $JOURNAL_STREAM, where lines go: a line for the journal would vanish where
 * nothing listens. Lines less important than `max_level` (7 = debug) are dropped. */
void journal_init(struct journal *j, int max_level);
void journal_end(struct journal *j); /* gives a slow reader a second */

/* A cluster's report. `name` is the cluster's label, `id` its DBClusterId. */
void journal_report(struct journal *j, const char *name, const char *id, const struct report *r);
/* The service's own. One line; longer texts are logged line by line. */
void journal_say(struct journal *j, enum service_message message, enum report_level level,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Once a turn of the loop. False: something waits to be written, try again soon. */
bool journal_flush(struct journal *j);
