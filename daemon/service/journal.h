/* Lines for people: structured entries in the journal where stderr is one, `<N>` lines otherwise.
 */
#pragma once

#include "cycle/cycle.h"

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
	MESSAGE_OTHER,
	MESSAGE_COUNT,
};

/* Decides once, by $JOURNAL_STREAM, where lines go (sd_journal_send would lose them silently where
 * nothing listens). Lines less important than `max_level` (7 = debug) are dropped. */
struct journal {
	bool structured;
	int max_level;
};
void journal_init(struct journal *j, int max_level);

/* A cluster's report. `name` is the cluster's label, `id` its DBClusterId. */
void journal_report(
	const struct journal *j, const char *name, const char *id, const struct report *r);
/* The service's own. One line; longer texts are logged line by line. */
void journal_say(const struct journal *j, enum service_message message, enum report_level level,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
