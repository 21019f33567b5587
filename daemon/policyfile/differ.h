/* Which keys differ, by the table of keys. */
#pragma once

#include "policyfile/keys.h"
#include "policyfile/model.h"

/* `key` is its path ("keep.daily"), the values are as in the file; NULL: it has none. */
typedef void differ_found(void *data, const char *key, const char *old, const char *changed);

/* True if the values of a scope's keys differ; each difference is told, in the order of the keys,
 * unless `tell` is NULL. Which layers a value came from makes none. */
bool differ(enum scope scope, const struct objects *old, const struct objects *changed,
	differ_found *tell, void *data);

/* The same for a cluster's policy, and for accounts whatever their names are. */
static inline bool differ_policies(const struct policy *old, const struct policy *changed)
{
	return differ(SCOPE_CLUSTER, OBJECTS(POLICY, old), OBJECTS(POLICY, changed), NULL, NULL);
}

static inline bool differ_accounts(const struct account *old, const struct account *changed)
{
	return differ(SCOPE_ACCOUNT, OBJECTS(ACCOUNT, old), OBJECTS(ACCOUNT, changed), NULL, NULL);
}
