/* Stand-ins for what a reply of the cloud tells of its account, so that the reply can be given
 * away: ids, names, numbers of accounts, hosts, request ids. What is not known to be harmless is
 * replaced. One text has one stand-in, wherever it stands; those of backup sets come in the order
 * of their ids. Sizes, times, counts, states and the names of members stay. Pure. */
#pragma once

#include "base/json.h"
#include "base/text.h"

struct standins;

struct standins *standins_new(void);
void standins_free(struct standins *s); /* accepts NULL */

/* Collects the ids of sets. All replies first, then the rest. */
void standins_learn(struct standins *s, const cJSON *reply);

/* Replaces in place. */
void standins_replace(struct standins *s, cJSON *reply);

/* The parameters of a call, from its canonical query, as an object of texts. Owned by the caller.
 */
cJSON *standins_params(struct standins *s, const char *query);
/* The headers of a reply, a line each, as an array of [name, value]. Owned by the caller. */
cJSON *standins_headers(struct standins *s, const char *head);
