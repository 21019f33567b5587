/* The line of `retainctl health`, in the form of monitoring plugins
 * (https://www.monitoring-plugins.org/doc/guidelines.html). */
#pragma once

#include "service/service.h"

/* 0 well, 1 warning, 2 critical, 3 unknown; of one cluster, or (NULL) of all. `line` gets what to
 * say, `performance` the data: 'label'=value[UOM];[warn];[crit], a space between two. The
 * thresholds come from the schedule: a set should be younger than safety.fresh_within. */
int health_status(
	struct service *service, struct cluster *only, struct text *line, struct text *performance);

/* The same for one cluster, and for what is no cluster's own, with the cause alone in `why`: what
 * is told elsewhere. Nothing if it is well. */
int health_of_cluster(struct cluster *c, struct text *why);
int health_of_service(struct service *service, struct text *why);
