/* The sinks of `notify`: sends what is to be told, over the HTTP of the daemon, and knows what came
 * back. No cluster waits for a sink (L2): requests run beside the calls, take no permits, and end
 * after ten seconds. URLs and secrets are read from their files for each request, and are in no
 * text that leaves this file (S9). */
#pragma once

#include "notify/message.h"
#include "policyfile/policyfile.h"
#include "service/context.h"

struct sinks;

struct sinks *sinks_new(struct context *context);
void sinks_free(struct sinks *s); /* before the client; accepts NULL */

/* Those of the file, from now on. What is under way is abandoned. */
void sinks_take(struct sinks *s, const struct policyfile *file);
/* What was told before, from the state file; after the first sinks_take(). */
void sinks_remember(struct sinks *s);

/* What is so: see notify/news.h. `level` of the whole, for switches. */
void sinks_health(struct sinks *s, const char *cluster, const char *name, enum notify_level level,
	const char *text);
void sinks_event(struct sinks *s, const char *cluster, const char *name, enum notify_topic topic,
	enum notify_level level, const char *text);
void sinks_keep(struct sinks *s, bool (*is_there)(void *data, const char *cluster), void *data);
/* Sends what is due. `whole` is the worst of all, NOTIFY_UNKNOWN as long as a cluster is not known
 * to be fresh; `why` says what is critical. */
void sinks_go(struct sinks *s, enum notify_level whole, const char *why);

struct sink_status {
	const char *name;  /* "dingtalk ding-url", borrowed */
	const char *error; /* of the last attempt; "" if it was well, or there was none */
	int failures;      /* in a row */
	int64_t taken, failed;
	int64_t taken_s; /* the last that was taken, by the wall clock; 0: none */
};
size_t sinks_count(const struct sinks *s); /* 0 also for NULL */
void sinks_status(const struct sinks *s, size_t i, struct sink_status *ret);
/* It failed so often that a person should know. */
bool sinks_is_failing(const struct sink_status *status);

/* Sends one test message, also in a dry run. `done` is called once, from client_turn(), or before
 * this returns. */
void sinks_test(struct sinks *s, size_t i,
	void (*done)(void *data, size_t i, bool taken, const char *detail), void *data);
