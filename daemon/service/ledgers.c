/* Keeps what the state file knows of each cluster, sorted, until the cluster takes it. */
#include "service/ledgers.h"

#include <string.h>

struct known {
	char *cluster;
	struct ledger ledger;
};

struct ledgers {
	struct known *list; /* sorted by cluster */
	size_t count, capacity;
};

static void add(void *data, const char *cluster, struct ledger *l)
{
	struct ledgers *all = data;

	all->list = memory_grow(all->list, &all->capacity, all->count + 1, sizeof(*all->list));
	all->list[all->count++] = (struct known){xstrdup(cluster), *l};
}

int ledgers_load(struct store *store, struct ledgers **ret, struct error *err)
{
	_cleanup_(ledgers_freep) struct ledgers *l = xcalloc(1, sizeof(*l));
	int r = store ? store_load_all(store, add, l, err) : 0;

	if (r < 0)
		return r;
	*ret = TAKE_PTR(l);
	return 0;
}

void ledgers_free(struct ledgers *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->count; i++) {
		free(l->list[i].cluster);
		ledger_done(&l->list[i].ledger);
	}
	free(l->list);
	free(l);
}

static int compare(const void *cluster, const void *known)
{
	return strcmp(cluster, ((const struct known *)known)->cluster);
}

struct ledger ledgers_take(struct ledgers *l, const char *cluster)
{
	struct known *k =
		l->count ? bsearch(cluster, l->list, l->count, sizeof(*l->list), compare) : NULL;
	struct ledger ret = {0};

	if (!k)
		return ret;
	ret = k->ledger;
	k->ledger = (struct ledger){0};
	return ret;
}
