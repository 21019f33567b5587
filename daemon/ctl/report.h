/* The page of `retainctl report`. */
#pragma once

#include "ctl/online.h"

#define REPORT_MAX_BYTES (1024 * 1024 * 1024)

/* Of a fleet larger than REPORT_SMALL the first clusters alone are shown with every set and their
 * history, so that the page of a thousand can be mailed. */
#define REPORT_SMALL 100
#define REPORT_FULL 30

/* What the page is made of. A cluster is an object in the form of Status' clusters (of which only
 * "cluster", "name" and "timezone" have to be there), with "plan" (in the form of `plan --json`, or
 * null) and "entries" (the history, newest first, or null) besides. */
struct report_data {
	const cJSON *clusters; /* array, the worst first */
	const char *summary;   /* one line */
	const char *source;    /* where it comes from: "the daemon", "/etc/retaind/policy.yaml" */
	int64_t now_s;
};

/* report_html.c: one self-contained page, which loads nothing. */
void report_html(const struct report_data *data, struct text *out);

/* report_index.c: the totals, and a row for each cluster with a link to its section, "#c0" and on.
 */
void report_index(const struct report_data *data, struct text *out);

/* report_timeline.c: a lane for each rule, a mark for each set; `fine` with a mark for each, else
 * in one small drawing with a mark for all that stand close together. */
void report_timeline(const cJSON *plan, int64_t now_s, bool fine, struct text *out);

/* report_style.c: the style sheet in two parts, and the script that finds clusters by name and
 * state. The page's Content-Security-Policy allows this script alone, by its hash. */
extern const char report_style[], report_narrow_style[], report_script[], report_script_hash[];
