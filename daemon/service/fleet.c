/* Which clusters there are. */
#include "service/fleet.h"

#include "service/now.h"
#include "store/store.h"

void fleet_done(struct fleet *f)
{
	for (size_t i = 0; i < f->count; i++)
		cluster_free(f->clusters[i]);
	while (f->leaving)
		cluster_free(f->leaving);
	free(f->clusters);
}

struct cluster *fleet_find(const struct fleet *f, const char *id_or_name)
{
	for (size_t i = 0; i < f->count; i++)
		if (text_equal(f->clusters[i]->policy->cluster, id_or_name) ||
			text_equal(f->clusters[i]->policy->name, id_or_name))
			return f->clusters[i];
	return NULL;
}

struct cluster *fleet_find_leaving(const struct fleet *f, const char *id)
{
	struct cluster *c = f->leaving;

	while (c && !text_equal(c->policy->cluster, id))
		c = c->next_leaving;
	return c;
}

int fleet_by_id(const void *a, const void *b)
{
	return strcmp((*(struct cluster *const *)a)->policy->cluster,
		(*(struct cluster *const *)b)->policy->cluster);
}

int fleet_load(struct fleet *f, struct policy **policy, struct cluster **ret, struct error *err)
{
	_cleanup_(ledger_done) struct ledger known = {0};
	struct store *store = f->context->store;
	int r = store ? store_load(store, (*policy)->cluster, &known, err) : 0;

	return r < 0 ? r : cluster_new(f->context, policy, &known, ret, err);
}

int fleet_add(struct fleet *f, struct policy **policy, struct cluster **ret, struct error *err)
{
	struct cluster *c = fleet_find_leaving(f, (*policy)->cluster);
	int r = 0;

	if (c) {
		cluster_take_back(c);
		cluster_set_policy(c, TAKE_PTR(*policy));
	} else {
		r = fleet_load(f, policy, &c, err);
	}
	if (r < 0)
		return r;
	f->clusters = xreallocarray(f->clusters, f->count + 1, sizeof(struct cluster *));
	f->clusters[f->count++] = c;
	*ret = c;
	return 0;
}

void fleet_let_go(struct fleet *f, struct cluster *c)
{
	cluster_let_go(c, &f->leaving);
}

void fleet_drop_unfound(struct fleet *f)
{
	size_t kept = f->listed_count, count = f->count;
	_cleanup_free_ struct cluster **gone = xcalloc(count, sizeof(struct cluster *));
	size_t gone_count = 0;

	for (size_t i = kept; i < count; i++) {
		if (f->clusters[i]->found_by)
			f->clusters[kept++] = f->clusters[i];
		else
			gone[gone_count++] = f->clusters[i];
	}
	f->count = kept;
	for (size_t i = 0; i < gone_count; i++)
		fleet_let_go(f, gone[i]);
}

void fleet_run(struct fleet *f)
{
	for (size_t i = 0; i < f->count; i++)
		cluster_run(f->clusters[i]);
}

/* In how long the records that wait are to be on disk, in us. A commit costs the same for one as
 * for many, and the answers of calls under way soon bring more: so records wait for as long as the
 * last commit took. However slow the disk, half of the time is then left for all else. Where no
 * call is under way nothing waits. */
static int64_t commit_due_us(struct fleet *f)
{
	int64_t now_us = now_boot_us();

	if (!f->context->recording) {
		f->recording_since_us = 0;
		return INT64_MAX;
	}
	if (f->recording_since_us == 0)
		f->recording_since_us = now_us;
	if (client_pending(f->context->calls->client) == 0)
		return 0;
	return f->recording_since_us + f->commit_us - now_us;
}

static void commit(struct fleet *f)
{
	int64_t began_us = now_boot_us();

	cluster_commit(f->context);
	f->commit_us = now_boot_us() - began_us;
	f->recording_since_us = 0;
}

int64_t fleet_go(struct fleet *f)
{
	int64_t due_us;

	calls_go(f->context->calls);
	while ((due_us = commit_due_us(f)) <= 0) {
		commit(f);
		calls_go(f->context->calls);
	}
	return due_us;
}

bool fleet_deletes(const struct fleet *f, const struct cluster *only)
{
	bool any = false;

	for (size_t i = 0; i < f->count; i++)
		any |= (!only || only == f->clusters[i]) && cluster_is_deleting(f->clusters[i]);
	for (const struct cluster *c = f->leaving; c; c = c->next_leaving)
		any |= (!only || only == c) && cluster_is_deleting(c);
	return any;
}

bool fleet_stop(struct fleet *f)
{
	bool quiet = true;

	for (size_t i = 0; i < f->count; i++) {
		cluster_stop(f->clusters[i]);
		quiet &= !cluster_is_changing(f->clusters[i]);
	}
	for (struct cluster *c = f->leaving; c; c = c->next_leaving)
		quiet &= !cluster_is_changing(c);
	return quiet && !f->context->recording;
}

void fleet_abandon(struct fleet *f)
{
	for (size_t i = 0; i < f->count; i++)
		cluster_abandon(f->clusters[i]);
	for (struct cluster *c = f->leaving, *next; c; c = next) {
		next = c->next_leaving; /* c may be freed */
		cluster_abandon(c);
	}
}

bool fleet_once_finished(const struct fleet *f, bool *ret_unwell)
{
	bool all = true;

	*ret_unwell = false;
	for (size_t i = 0; i < f->count; i++) {
		all &= cluster_once_finished(f->clusters[i]);
		*ret_unwell |= f->clusters[i]->once_unwell;
	}
	return all;
}
