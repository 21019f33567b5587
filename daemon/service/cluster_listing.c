/* A listing of clusters (DescribeDBClusters), put together from its pages. */
#include "service/cluster_listing.h"

#include "base/text.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <string.h>

#define TOTAL_MAX 100000

void cluster_listing_done(struct cluster_listing *l)
{
	members_done(&l->found);
	for (size_t i = 0; i < l->count; i++)
		free(l->ids[i]);
	free(l->ids);
	*l = (struct cluster_listing){.total = -1};
}

void cluster_listing_begin(struct cluster_listing *l)
{
	cluster_listing_done(l);
}

static int doubt_of_page(
	const struct cluster_listing *l, const struct cluster_page *p, struct error *err)
{
	if (p->number != l->pages + 1)
		return error_set(err, EBADMSG,
			"page %" PRId64 " where page %" PRId64 " was asked for", p->number,
			l->pages + 1);
	if (p->total < 0 || p->total > TOTAL_MAX)
		return error_set(
			err, EBADMSG, "an impossible count of %" PRId64 " clusters", p->total);
	if (l->total >= 0 && p->total != l->total)
		return error_set(err, EBADMSG,
			"a count that changed from %" PRId64 " to %" PRId64 " between pages",
			l->total, p->total);
	if (p->foreign[0])
		return error_set(err, EBADMSG, "a cluster of another region (%s)", p->foreign);
	if (l->count + p->count > (size_t)p->total)
		return error_set(err, EBADMSG, "%zu clusters where %" PRId64 " were announced",
			l->count + p->count, p->total);
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int doubt_of_ids(struct cluster_listing *l, struct error *err)
{
	if (l->count > 1)
		qsort(l->ids, l->count, sizeof(*l->ids), compare_ids);
	for (size_t i = 1; i < l->count; i++)
		if (strcmp(l->ids[i - 1], l->ids[i]) == 0)
			return error_set(err, EBADMSG, "cluster %s is listed twice", l->ids[i]);
	return 0;
}

static bool matches(const struct discovery *d, const struct found_cluster *f)
{
	for (size_t i = 0; i < d->exclude_count; i++)
		if (strcmp(d->exclude[i], f->id) == 0)
			return false;
	return f->wanted && (!d->name_pattern || fnmatch(d->name_pattern, f->description, 0) == 0);
}

static void take(struct cluster_listing *l, const struct discovery *d, const struct cluster_page *p)
{
	l->total = p->total;
	l->pages++;
	for (size_t i = 0; i < p->count; i++) {
		const struct found_cluster *f = &p->clusters[i];
		l->ids = memory_grow(l->ids, &l->capacity, l->count + 1, sizeof(*l->ids));
		l->ids[l->count++] = xstrdup(f->id);
		if (matches(d, f))
			members_add(&l->found, f->id, f->description, f->status, -1);
	}
}

int cluster_listing_add(struct cluster_listing *l, const struct discovery *d,
	const struct cluster_page *p, struct error *err)
{
	int r = doubt_of_page(l, p, err);

	if (r < 0)
		return r;
	take(l, d, p);
	if (l->count == (size_t)l->total) {
		r = doubt_of_ids(l, err);
		return r < 0 ? r : 1;
	}
	if (p->count == 0)
		return error_set(err, EBADMSG, "%zu clusters where %" PRId64 " were announced",
			l->count, l->total);
	return 0;
}
