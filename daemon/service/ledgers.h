/* What the state file knows of all clusters, read in one pass when the daemon starts: ten thousand
 * clusters would be twenty thousand queries. */
#pragma once

#include "base/memory.h"
#include "store/store.h"

struct ledgers;

/* `store` may be NULL (a dry run): then nothing is known. Owned by the caller. */
int ledgers_load(struct store *store, struct ledgers **ret, struct error *err);
void ledgers_free(struct ledgers *l); /* accepts NULL */
DEFINE_CLEANUP(struct ledgers *, ledgers_free)

/* Hands over what is known of a cluster: all zero if nothing is. Once for each. */
struct ledger ledgers_take(struct ledgers *l, const char *cluster);
