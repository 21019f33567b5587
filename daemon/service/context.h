/* What all parts of the daemon share. Everything runs in one thread, from one event loop.
 *
 * The floors of service/: a file includes and calls what stands below it, and never what stands
 * above (tests/architecture/house.py has them in full). Where a lower floor has to tell a higher
 * one something, it was given a function for it.
 *
 *	main                                the program: signals, the loop, systemd
 *	control control_orders policy_watch the methods of the control socket, over varlink; edited
 *	                                    files
 *	waits doctor recorder reload housekeeping
 *	                                    what people, time and the files ask for
 *	metrics webserver                   the numbers, as a page and as a file
 *	status health metrics_text history_json sets_json
 *	                                    views: what is told of the clusters
 *	warnings                            what nobody may overlook
 *	telling                             the health, for sinks
 *	service                             the parts put together: start and end
 *	sinks                               sends what is to be told to the sinks of `notify`
 *	zones                               the rules of time zones, over upgrades of tzdata
 *	discoveries                         clusters that are found in the cloud
 *	endings                             clusters that may soon be gone
 *	asked                               who asked for something
 *	fleet                               which clusters there are
 *	cluster                             runs one cluster's cycle until it has to wait
 *	effects question                    what a cycle or a person asks, as a call of the client
 *	state_watch                         the state file is where it was opened
 *	calls                               permits for calls, and by which account
 *	accounts                            the accounts of the policy
 *	context journal supervisor          what all share
 *	journal_queue                       lines that wait to be written
 *	now options counters ending finding in_force members cluster_listing reconcile
 *	merge proof sink_files
 *	                                    values
 */
#pragma once

#include "service/journal.h"
#include "service/options.h"
#include "service/supervisor.h"

#include <systemd/sd-event.h>

struct calls;
struct cluster;
struct history_db;
struct orders;
struct store;

/* Told of every cluster; each may be NULL. */
struct cluster_hooks {
	void (*reported)(void *data, struct cluster *c, const struct report *r);
	void (*rested)(void *data, struct cluster *c); /* it waits: nothing to do now */
	void (*recorded)(void *data, struct cluster *c, bool written); /* what it had to record */
	void (*left)(void *data, struct cluster *c);                   /* it is about to be freed */
	void *data;
};

struct context {
	const struct options *options;
	struct journal journal;
	struct supervisor supervisor;
	sd_event *event;
	struct store *store;           /* NULL in a dry run */
	struct history_db *history_db; /* NULL in a dry run, and if it cannot be used */
	struct orders *orders;         /* what people ordered by command */
	struct zone *utc;
	char *state_error; /* the state file is gone, and cannot be written anew: why */
	struct calls *calls;
	struct cluster_hooks hooks;
	/* Told of reports, too, for the sinks; NULL: nobody is. */
	void (*told)(void *data, struct cluster *c, const struct report *r);
	void *told_data;
	struct cluster *recording; /* the first whose record is in the open transaction */
	int64_t started_boot_s;
	bool stopping;     /* no new calls */
	bool status_stale; /* something changed that STATUS= may tell */
	int failed;        /* negative errno: a cluster would never wake again, the daemon ends */
};
