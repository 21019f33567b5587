/* Numbers for Prometheus: a file for the node exporter's textfile collector, and a page by HTTP. */
#pragma once

#include "service/service.h"

struct metrics;

/* Begins as the policy file says. A port that is taken does not stop the daemon: it is told, and
 * tried again. */
struct metrics *metrics_new(struct service *service, const struct policyfile *file);
void metrics_free(struct metrics *x); /* accepts NULL; the file goes, too */

/* After a reload. On failure (negative errno) nothing has changed. */
int metrics_change(struct metrics *x, const struct policyfile *file, struct error *err);

/* metrics_text.c: all of it, in the text format 0.0.4. */
void metrics_text(struct service *service, struct text *out);
