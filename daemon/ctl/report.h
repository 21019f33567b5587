/* The page of `retainctl report`. */
#pragma once

#include "ctl/online.h"

#define REPORT_MAX_BYTES (1024 * 1024 * 1024)

/* What the page is made of. A cluster is an object in the form of Status' clusters (of which only
 * "cluster", "name" and "timezone" have to be there), with "plan" (in the form of `plan --json`, or
 * null) and "entries" (the history, newest first, or null) besides. */
struct report_data {
	const cJSON *clusters; /* array */
	const char *summary;   /* one line */
	const char *source;    /* where it comes from: "the daemon", "/etc/retaind/policy.yaml" */
	int64_t now_s;
};

/* report_html.c: one self-contained page: no scripts, nothing loaded. */
void report_html(const struct report_data *data, struct text *out);
void report_add_escaped(struct text *out, const char *s);
/* "2027-01-24 02:00" of the zone; `none` if the member is not an instant. Escaped. */
void report_add_minute(struct text *out, const cJSON *object, const char *key, const struct zone *z,
	const char *none);
bool report_instant(const cJSON *object, const char *key, int64_t *ret_s);

/* report_timeline.c: a lane for each rule, a mark for each set. */
void report_timeline(const cJSON *plan, int64_t now_s, struct text *out);
