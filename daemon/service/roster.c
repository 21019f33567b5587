#include "service/roster.h"

#include "base/text.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <string.h>

#define TOTAL_MAX 100000
#define MISSING_AFTER 2 /* complete lists in a row without it */

static void member_done(struct member *m)
{
	free(m->id);
	free(m->description);
	free(m->status);
}

void roster_done(struct roster *r)
{
	for (size_t i = 0; i < r->count; i++)
		member_done(&r->members[i]);
	free(r->members);
	*r = (struct roster){0};
}

static int compare_id(const void *id, const void *member)
{
	return strcmp(id, ((const struct member *)member)->id);
}

struct member *roster_find(const struct roster *r, const char *id)
{
	return r->count == 0 ? NULL
			     : bsearch(id, r->members, r->count, sizeof(*r->members), compare_id);
}

void roster_add(struct roster *r, const char *id, const char *description, const char *status,
	int64_t missing_s)
{
	size_t at = r->count;

	while (at > 0 && strcmp(r->members[at - 1].id, id) > 0)
		at--;
	r->members = memory_grow(r->members, &r->capacity, r->count + 1, sizeof(*r->members));
	memmove(r->members + at + 1, r->members + at, (r->count - at) * sizeof(*r->members));
	r->members[at] = (struct member){.id = xstrdup(id),
		.description = text_name(description),
		.status = xstrdup(status),
		.missing_s = missing_s};
	r->count++;
}

void roster_copy(struct roster *to, const struct roster *from)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct member *m = &from->members[i];
		roster_add(to, m->id, m->description, m->status, m->missing_s);
		to->members[i].absent = m->absent; /* `from` is sorted, so `to` is like it */
		to->members[i].conflict = m->conflict;
	}
}

void census_done(struct census *c)
{
	roster_done(&c->found);
	for (size_t i = 0; i < c->count; i++)
		free(c->ids[i]);
	free(c->ids);
	*c = (struct census){.total = -1};
}

void census_begin(struct census *c)
{
	census_done(c);
}

static int doubt_of_page(const struct census *c, const struct cluster_page *p, struct error *err)
{
	if (p->number != c->pages + 1)
		return error_set(err, EBADMSG,
			"page %" PRId64 " where page %" PRId64 " was asked for", p->number,
			c->pages + 1);
	if (p->total < 0 || p->total > TOTAL_MAX)
		return error_set(
			err, EBADMSG, "an impossible count of %" PRId64 " clusters", p->total);
	if (c->total >= 0 && p->total != c->total)
		return error_set(err, EBADMSG,
			"a count that changed from %" PRId64 " to %" PRId64 " between pages",
			c->total, p->total);
	if (p->foreign[0])
		return error_set(err, EBADMSG, "a cluster of another region (%s)", p->foreign);
	if (c->count + p->count > (size_t)p->total)
		return error_set(err, EBADMSG, "%zu clusters where %" PRId64 " were announced",
			c->count + p->count, p->total);
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int doubt_of_ids(struct census *c, struct error *err)
{
	if (c->count > 1)
		qsort(c->ids, c->count, sizeof(*c->ids), compare_ids);
	for (size_t i = 1; i < c->count; i++)
		if (strcmp(c->ids[i - 1], c->ids[i]) == 0)
			return error_set(err, EBADMSG, "cluster %s is listed twice", c->ids[i]);
	return 0;
}

static bool matches(const struct discovery *d, const struct found_cluster *f)
{
	for (size_t i = 0; i < d->exclude_count; i++)
		if (strcmp(d->exclude[i], f->id) == 0)
			return false;
	return f->wanted && (!d->name_pattern || fnmatch(d->name_pattern, f->description, 0) == 0);
}

static void take(struct census *c, const struct discovery *d, const struct cluster_page *p)
{
	c->total = p->total;
	c->pages++;
	for (size_t i = 0; i < p->count; i++) {
		const struct found_cluster *f = &p->clusters[i];
		c->ids = memory_grow(c->ids, &c->capacity, c->count + 1, sizeof(*c->ids));
		c->ids[c->count++] = xstrdup(f->id);
		if (matches(d, f))
			roster_add(&c->found, f->id, f->description, f->status, -1);
	}
}

int census_add(struct census *c, const struct discovery *d, const struct cluster_page *p,
	struct error *err)
{
	int r = doubt_of_page(c, p, err);

	if (r < 0)
		return r;
	take(c, d, p);
	if (c->count == (size_t)c->total) {
		r = doubt_of_ids(c, err);
		return r < 0 ? r : 1;
	}
	if (p->count == 0)
		return error_set(err, EBADMSG, "%zu clusters where %" PRId64 " were announced",
			c->count, c->total);
	return 0;
}

struct following {
	void (*tell)(void *data, enum roster_news news, const struct member *m);
	void *data;
	bool news;
};

static void tell(struct following *f, enum roster_news news, const struct member *m)
{
	f->news = true;
	f->tell(f->data, news, m);
}

static bool replace(char **to, const char *from)
{
	if (text_equal(*to, from))
		return false;
	free(*to);
	*to = xstrdup(from);
	return true;
}

static void see(struct following *f, struct member *m, const struct member *listed)
{
	bool was_missing = m->missing_s >= 0, other;

	m->absent = 0;
	m->missing_s = -1;
	f->news |= replace(&m->description, listed->description);
	other = replace(&m->status, listed->status);
	if (was_missing)
		tell(f, ROSTER_BACK, m);
	else if (other)
		tell(f, ROSTER_STATUS, m);
}

/* One list may lack it by mistake. */
static void miss(struct following *f, struct member *m, int64_t since_s)
{
	bool known = m->missing_s >= 0;

	if (++m->absent < MISSING_AFTER && !known)
		return;
	m->missing_s = known ? m->missing_s + since_s : 0;
	f->news = true;
	if (!known)
		tell(f, ROSTER_MISSING, m);
}

bool roster_follow(struct roster *r, const struct census *c, int64_t since_s,
	int64_t forget_after_s,
	void (*told)(void *data, enum roster_news news, const struct member *m), void *data)
{
	struct following f = {.tell = told, .data = data};
	size_t kept = 0;

	for (size_t i = 0; i < r->count; i++) {
		struct member *m = &r->members[i];
		const struct member *listed = roster_find(&c->found, m->id);
		if (listed)
			see(&f, m, listed);
		else
			miss(&f, m, since_s);
		if (m->missing_s >= forget_after_s) {
			tell(&f, ROSTER_FORGOTTEN, m);
			member_done(m);
			continue;
		}
		r->members[kept++] = *m;
	}
	r->count = kept;
	for (size_t i = 0; i < c->found.count; i++) {
		const struct member *listed = &c->found.members[i];
		if (roster_find(r, listed->id))
			continue;
		roster_add(r, listed->id, listed->description, listed->status, -1);
		tell(&f, ROSTER_JOINED, roster_find(r, listed->id));
	}
	return f.news;
}
