/* What is found becomes clusters of the fleet. */
#include "service/discoveries_internal.h"

#include "policyfile/differ.h"
#include "service/now.h"

#include <stdio.h>

static void tell_conflict(const struct merged *kept, const struct running_discovery *other)
{
	journal_say(&other->discoveries->context->journal, MESSAGE_DISCOVERY_CONFLICT,
		LEVEL_WARNING,
		"cluster %s is found by two entries: it follows that of %s, the first in the file, "
		"not that of %s",
		kept->member->id, kept->discovery->what, other->what);
}

static void merge(const struct discovery_list *all, const struct policy *const *listed,
	size_t count, bool tell, struct merge *ret)
{
	struct merge_source *sources = xcalloc(all->count, sizeof(*sources));

	for (size_t i = 0; i < all->count; i++)
		sources[i] = (struct merge_source){all->list[i], &all->list[i]->found};
	merge_discoveries(sources, all->count, listed, count, tell ? tell_conflict : NULL, ret);
	free(sources);
}

static struct policy *policy_of(const struct merged *p)
{
	return policy_copy(p->discovery->d->template, p->member->id, p->name);
}

void discoveries_extend(struct discoveries *d, struct policyfile *file)
{
	_cleanup_free_ const struct policy **listed = NULL;
	_cleanup_(merge_done) struct merge m = {0};

	if (d->prepared.count == 0)
		return;
	listed = xcalloc(file->cluster_count, sizeof(struct policy *));
	for (size_t i = 0; i < file->cluster_count; i++)
		listed[i] = file->clusters[i];
	merge(&d->prepared, listed, file->cluster_count, false, &m);
	file->clusters = xreallocarray(
		file->clusters, file->cluster_count + m.count, sizeof(struct policy *));
	for (size_t i = 0; i < m.count; i++)
		file->clusters[file->cluster_count++] = policy_of(&m.list[i]);
}

static void feed_pause(struct cluster *c, const struct member *m)
{
	struct event e = {.kind = EVENT_PAUSE, .cause = PAUSE_DISCOVERY};
	char why[160] = "";

	if (m->missing_s >= 0)
		(void)snprintf(
			why, sizeof(why), "the discovery does not find the cluster any more");
	else if (strcmp(m->status, DISCOVERY_RUNNING) != 0)
		(void)snprintf(why, sizeof(why), "the cluster is %s, not Running", m->status);
	e.paused = why;
	cycle_feed(c->cycle, &e, now_moment());
}

static struct cluster **sorted_clusters(const struct fleet *f)
{
	struct cluster **sorted = xcalloc(f->count, sizeof(struct cluster *));

	for (size_t i = 0; i < f->count; i++)
		sorted[i] = f->clusters[i];
	if (f->count > 1)
		qsort(sorted, f->count, sizeof(struct cluster *), fleet_by_id);
	return sorted;
}

static struct cluster *find_cluster(struct cluster **sorted, size_t count, const char *id)
{
	size_t low = 0;

	while (low < count) {
		size_t middle = low + (count - low) / 2;
		int order = strcmp(id, sorted[middle]->policy->cluster);
		if (order == 0)
			return sorted[middle];
		if (order > 0)
			low = middle + 1;
		else
			count = middle;
	}
	return NULL;
}

static struct cluster *place_cluster(
	struct fleet *f, const struct merged *p, struct cluster **sorted, size_t count)
{
	struct cluster *c = find_cluster(sorted, count, p->member->id);
	struct policy *policy = policy_of(p);
	struct error err = {0};

	if (!c && fleet_add(f, &policy, &c, &err) < 0)
		journal_say(&f->context->journal, MESSAGE_DISCOVERY_FAILED, LEVEL_ERROR, "%s",
			err.text);
	else if (policy && differ_policies(c->given, policy))
		cluster_set_policy(c, TAKE_PTR(policy)); /* its name is another */
	policy_free(policy);
	return c;
}

void discoveries_sync(struct discoveries *d)
{
	struct fleet *f = d->fleet;
	_cleanup_free_ const struct policy **listed = NULL;
	_cleanup_free_ struct cluster **sorted = NULL;
	_cleanup_(merge_done) struct merge m = {0};
	size_t before = f->count;

	if (d->in_force.count == 0 && before == f->listed_count)
		return;
	listed = xcalloc(f->listed_count, sizeof(struct policy *));
	sorted = sorted_clusters(f);
	for (size_t i = 0; i < f->listed_count; i++)
		listed[i] = f->clusters[i]->policy;
	merge(&d->in_force, listed, f->listed_count, true, &m);
	for (size_t i = 0; i < d->in_force.count; i++)
		d->in_force.list[i]->clusters = 0;
	for (size_t i = f->listed_count; i < before; i++)
		f->clusters[i]->found_by = NULL;
	for (size_t i = 0; i < m.count; i++) {
		struct cluster *c = place_cluster(f, &m.list[i], sorted, before);
		if (!c)
			continue;
		c->found_by = m.list[i].discovery->what;
		m.list[i].discovery->clusters++;
		feed_pause(c, m.list[i].member);
	}
	fleet_drop_unfound(f);
	for (size_t i = f->listed_count; i < f->count; i++)
		cluster_run(f->clusters[i]);
	d->context->status_stale = true;
}
