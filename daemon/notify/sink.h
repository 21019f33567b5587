/* When a sink may be sent a message: merging, how many, and waits after failures. A part of
 * notify/news.c. */
#pragma once

#include "notify/format.h"

struct sink {
	char *key;
	const struct notify_format *format;
	unsigned on;
	int64_t every_s;
	int64_t waits_boot_s;      /* since when there is something to tell; -1: there is nothing */
	int64_t not_before_boot_s; /* after a failure */
	int64_t refilled_boot_s;
	int tokens, failures;
	bool urgent; /* what there is to tell is critical */
	bool in_flight;
};

/* `on` has the level. */
bool sink_wants(const struct sink *s, enum notify_level level);
/* The level as the sink is told it: the worst that it wants to know and that is not worse. */
enum notify_level sink_shown(const struct sink *s, enum notify_level level);

/* Gives it the messages that it may be sent as time passes. */
void sink_refill(struct sink *s, int64_t boot_s);
bool sink_is_ready(const struct sink *s, int64_t wall_s, int64_t boot_s);
/* When it will be, on its part; INT64_MAX if there is nothing to tell. */
int64_t sink_due_boot_s(const struct sink *s);

void sink_takes(struct sink *s); /* a message is under way */
void sink_sent(struct sink *s, bool taken, int64_t wait_s, int64_t boot_s);
