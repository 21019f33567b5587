/* What is told of the clusters: the STATUS= line, and the JSON of the control socket's replies. */
#pragma once

#include "base/jsonwriter.h"
#include "service/service.h"

/* "12 clusters: 11 well, 1 held (orders: 664 deletes of 731 sets await approval); next backup
 * orders 02:07" */
void status_line(struct service *service, struct text *out);
void status_json(struct service *service, struct jsonwriter *w, const char *key);
/* The plan of one cluster in the form of `plan --json`; false if it has not been listed yet. */
bool status_plan_json(struct cluster *c, struct jsonwriter *w);
/* The hold to tell first, in words; "" if there is none. Borrowed from the cycle. */
/* Of which cluster a listing is, of when, and what time it is now: members of the object at hand.
 */
void status_listing_json(struct cluster *c, struct jsonwriter *w);
const char *status_first_hold(const struct cycle_status *s);
