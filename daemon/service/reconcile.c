/* What a listing of clusters says against what is known of them. */
#include "service/reconcile.h"

#include "base/text.h"

#define MISSING_AFTER 2 /* complete listings in a row without the cluster */

struct reconciling {
	void (*tell)(void *data, enum reconcile_news news, const struct member *m);
	void *data;
	bool news;
};

static void tell(struct reconciling *f, enum reconcile_news news, const struct member *m)
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

static void see(struct reconciling *f, struct member *m, const struct member *listed)
{
	bool was_missing = m->missing_s >= 0, other;

	m->absent = 0;
	m->missing_s = -1;
	f->news |= replace(&m->description, listed->description);
	other = replace(&m->status, listed->status);
	if (was_missing)
		tell(f, RECONCILE_BACK, m);
	else if (other)
		tell(f, RECONCILE_STATUS, m);
}

/* One listing may lack it by mistake. */
static void miss(struct reconciling *f, struct member *m, int64_t since_s)
{
	bool was_missing = m->missing_s >= 0;

	if (++m->absent < MISSING_AFTER && !was_missing)
		return;
	m->missing_s = was_missing ? m->missing_s + since_s : 0;
	f->news = true;
	if (!was_missing)
		tell(f, RECONCILE_MISSING, m);
}

bool reconcile(struct members *known, const struct cluster_listing *l, int64_t since_s,
	int64_t forget_after_s,
	void (*told)(void *data, enum reconcile_news news, const struct member *m), void *data)
{
	struct reconciling f = {.tell = told, .data = data};
	size_t kept = 0;

	for (size_t i = 0; i < known->count; i++) {
		struct member *m = &known->list[i];
		const struct member *listed = members_find(&l->found, m->id);
		if (listed)
			see(&f, m, listed);
		else
			miss(&f, m, since_s);
		if (m->missing_s >= forget_after_s) {
			tell(&f, RECONCILE_FORGOTTEN, m);
			member_done(m);
			continue;
		}
		known->list[kept++] = *m;
	}
	known->count = kept;
	for (size_t i = 0; i < l->found.count; i++) {
		const struct member *listed = &l->found.list[i];
		if (members_find(known, listed->id))
			continue;
		members_add(known, listed->id, listed->description, listed->status, -1);
		tell(&f, RECONCILE_JOINED, members_find(known, listed->id));
	}
	return f.news;
}
