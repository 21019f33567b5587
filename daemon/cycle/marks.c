/* What is remembered of single sets: grace, approval, deletion (S7). */
#include "cycle/marks.h"

#include "base/text.h"

#define REFUSED_S (24 * 3600) /* a set that the cloud refused is asked for again after this */
#define GONE_AT_ONCE 200      /* lines in memory, and on their way to disk */
#define GONE_AFTER 2          /* complete listings that lack it */
#define COMPLAIN_AFTER 3      /* calls that named a set, to no effect */

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct remembered *)a)->m.id, ((const struct remembered *)b)->m.id);
}

static void sort(struct marks *m)
{
	if (m->count > 1)
		qsort(m->all, m->count, sizeof(*m->all), by_id);
}

void marks_load(struct marks *m, struct ledger *l)
{
	*m = (struct marks){.listed_s = l->listed_s,
		.agreed_s = l->agreed_s,
		.apart_s = {l->apart_s[0], l->apart_s[1]}};
	m->all = xcalloc(l->mark_count, sizeof(*m->all));
	for (size_t i = 0; i < l->mark_count; i++)
		m->all[m->count++] = (struct remembered){.m = l->marks[i]};
	free(l->marks);
	*l = (struct ledger){.sets = l->sets};
	sort(m);
}

void marks_done(struct marks *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->all[i].m.id);
	free(m->all);
	marks_rest(m);
}

/* Among the first `count` marks, which are sorted. */
static struct remembered *find(const struct marks *m, size_t count, const char *id)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(id, m->all[middle].m.id);
		if (order == 0)
			return &m->all[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

struct remembered *marks_find(const struct marks *m, const char *id)
{
	return find(m, m->count, id);
}

bool mark_is_refused(const struct remembered *r, struct moment now)
{
	return r->refused_boot_s && now.boot_s - r->refused_boot_s < REFUSED_S;
}

size_t marks_asked(const struct marks *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->count; i++)
		n += m->all[i].m.asked_s != 0 && !m->all[i].dropped;
	return n;
}

void marks_add(struct marks *m, const struct inventory *inv, const uint32_t *sets, size_t count)
{
	size_t known = m->count, missing = 0;

	for (size_t i = 0; i < count; i++)
		missing += !find(m, known, set_id(inv, sets[i]));
	if (missing == 0)
		return;
	m->all = xreallocarray(m->all, known + missing, sizeof(*m->all));
	for (size_t i = 0; i < count; i++) {
		const char *id = set_id(inv, sets[i]);
		if (!find(m, known, id))
			m->all[m->count++] = (struct remembered){.m.id = xstrdup(id)};
	}
	sort(m);
}

static void forget(struct remembered *r)
{
	r->m = (struct mark){.id = r->m.id};
	r->refused_boot_s = 0;
	r->stuck_told = r->delete_told = false;
	r->dropped = r->dirty = true;
}

void mark_let_go(struct remembered *r)
{
	const struct mark *m = &r->m;

	r->dirty = true;
	if (!m->expired_s && !m->asked_s && !m->approved && !m->late_s && !m->vanished_s)
		forget(r);
}

/* --- deletion --- */

static void take_leave(struct remembered *r, struct outbox *o, struct moment now)
{
	struct entry e = {.kind = ENTRY_GONE, .at_s = now.wall_s, .set = r->m.id};
	struct report_extra extra = {.set = r->m.id};

	outbox_entry(o, &e);
	outbox_report(o, REPORT_GONE, LEVEL_INFO, &extra,
		"set %s is gone: two complete listings lack it", r->m.id);
	forget(r);
}

bool marks_take_gone(struct marks *m, struct outbox *o, struct moment now)
{
	size_t taken = 0;

	for (size_t i = 0; i < m->count && taken < GONE_AT_ONCE; i++) {
		struct remembered *r = &m->all[i];
		if (r->m.asked_s && !r->dropped && r->m.absent >= GONE_AFTER) {
			take_leave(r, o, now);
			taken++;
		}
	}
	return taken > 0;
}

/* A set that a delete call named counts for nothing until it is gone, whatever the cloud says. */
static void still_there(struct remembered *r, struct outbox *o, struct set *s, int64_t now_s)
{
	r->listed_state = s->state;
	s->state = SET_DELETING;
	if (r->m.absent) {
		r->m.absent = 0;
		r->dirty = true;
	}
	if (now_s - r->m.asked_s >= ASK_AGAIN_S && r->m.asks >= COMPLAIN_AFTER && !r->stuck_told) {
		struct report_extra extra = {.set = r->m.id};
		r->stuck_told = true;
		outbox_report(o, REPORT_DELETE_STUCK, LEVEL_WARNING, &extra,
			"set %s is still there after %d delete calls", r->m.id, (int)r->m.asks);
	}
}

void marks_follow_listing(struct marks *m, struct outbox *o, struct inventory *inv,
	struct moment now, int64_t now_s, bool doubted)
{
	struct inventory_index *index;

	if (m->count == 0)
		return;
	index = inventory_index_new(inv);
	for (size_t i = 0; i < m->count; i++) {
		struct remembered *r = &m->all[i];
		size_t at = inventory_find(index, r->m.id);
		if (at != SIZE_MAX && r->m.asked_s) {
			still_there(r, o, &inv->sets[at], now_s);
		} else if (at != SIZE_MAX || doubted) {
			continue;
		} else if (r->m.vanished_s) {
			continue;
		} else if (r->m.asked_s == 0) {
			forget(r);
		} else {
			r->dirty = true;
			r->m.absent++;
		}
	}
	inventory_index_free(index);
	(void)marks_take_gone(m, o, now);
}

void marks_mask_asked(const struct marks *m, struct inventory *inv)
{
	struct inventory_index *index = inventory_index_new(inv);

	for (size_t i = 0; i < m->count; i++) {
		size_t at = m->all[i].m.asked_s ? inventory_find(index, m->all[i].m.id) : SIZE_MAX;
		if (at != SIZE_MAX)
			inv->sets[at].state = SET_DELETING;
	}
	inventory_index_free(index);
}

/* --- grace and approval --- */

void marks_agree(struct marks *m, int64_t since_s, int64_t most_s)
{
	if (since_s > 0)
		m->agreed_s += since_s < most_s ? since_s : most_s;
}

void marks_agree_run(struct marks *m, int64_t since_s, int64_t most_s)
{
	int64_t rhythm_s = m->apart_s[0] < m->apart_s[1] ? m->apart_s[0] : m->apart_s[1];

	rhythm_s += rhythm_s / 4;
	marks_agree(m, since_s, rhythm_s > most_s ? rhythm_s : most_s);
	if (since_s <= 0)
		return;
	m->apart_s[1] = m->apart_s[0];
	m->apart_s[0] = since_s < INT32_MAX ? (int32_t)since_s : INT32_MAX;
}

void marks_forget_runs(struct marks *m)
{
	m->apart_s[0] = m->apart_s[1] = 0;
}

static void kept_again(const struct remembered *r, struct outbox *o, struct moment now)
{
	struct entry e = {.kind = ENTRY_KEPT_AGAIN, .at_s = now.wall_s, .set = r->m.id};

	if (r->m.expired_s)
		outbox_entry(o, &e);
}

void marks_want_again(struct remembered *r, struct outbox *o, struct moment now)
{
	kept_again(r, o, now);
	r->dirty |= r->m.expired_s || r->m.approved;
	r->m.expired_s = 0;
	r->m.approved = false;
	r->delete_told = false;
}

void marks_forget_kept(struct marks *m, struct outbox *o, const struct inventory *inv,
	const struct plan *p, struct moment now)
{
	struct inventory_index *index;

	if (m->count == 0)
		return;
	index = inventory_index_new(inv);
	for (size_t i = 0; i < m->count; i++) {
		struct remembered *r = &m->all[i];
		size_t at = r->m.asked_s || r->dropped ? SIZE_MAX : inventory_find(index, r->m.id);
		if (at == SIZE_MAX || p->verdicts[at].kind == VERDICT_DELETE)
			continue;
		if (r->m.late_s || r->m.vanished_s)
			marks_want_again(r, o, now);
		else {
			kept_again(r, o, now);
			forget(r);
		}
	}
	inventory_index_free(index);
}

size_t marks_begin_grace(struct marks *m, const struct inventory *inv, const struct plan *p,
	struct moment now, uint32_t *ret_newly)
{
	size_t begun = 0;

	marks_add(m, inv, p->doomed, p->doomed_count);
	for (size_t i = 0; i < p->doomed_count; i++) {
		struct remembered *r = marks_find(m, set_id(inv, p->doomed[i]));
		if (r->m.expired_s && !r->dropped)
			continue;
		r->m.expired_s = now.wall_s;
		r->m.expired_agreed_s = m->agreed_s;
		r->dirty = true;
		r->dropped = false;
		ret_newly[begun++] = p->doomed[i];
	}
	return begun;
}

void marks_approve(struct marks *m, struct outbox *o, const struct inventory *inv,
	const struct plan *p, struct moment now)
{
	struct entry e = {.kind = ENTRY_APPROVED,
		.at_s = now.wall_s,
		.plan = p->hash,
		.count = (int64_t)p->doomed_count};

	marks_add(m, inv, p->doomed, p->doomed_count);
	for (size_t i = 0; i < p->doomed_count; i++) {
		struct remembered *r = marks_find(m, set_id(inv, p->doomed[i]));
		r->m.approved = true;
		r->dirty = true;
		r->dropped = false;
	}
	outbox_entry(o, &e);
}

void marks_view(const struct marks *m, const struct inventory *inv, struct moment now,
	struct mark_view *ret)
{
	for (size_t i = 0; i < inv->count; i++) {
		const struct remembered *r = marks_find(m, set_id(inv, i));
		ret[i] = (struct mark_view){0};
		if (!r || r->dropped)
			continue;
		ret[i].waited_s = r->m.expired_s ? m->agreed_s - r->m.expired_agreed_s : 0;
		ret[i].approved = r->m.approved;
		ret[i].refused = mark_is_refused(r, now);
	}
}

/* --- to disk --- */

void marks_record(struct marks *m, struct record *to)
{
	size_t puts = 0, drops = 0;

	m->put = xreallocarray(m->put, m->count, sizeof(*m->put));
	m->drop = xreallocarray(m->drop, m->count, sizeof(*m->drop));
	for (size_t i = 0; i < m->count; i++) {
		struct remembered *r = &m->all[i];
		r->writing = r->dirty;
		r->dirty = false;
		if (r->writing && r->dropped)
			m->drop[drops++] = r->m.id;
		else if (r->writing)
			m->put[puts++] = &r->m;
	}
	to->listed_s = m->listed_s;
	to->agreed_s = m->agreed_s;
	memcpy(to->apart_s, m->apart_s, sizeof(to->apart_s));
	to->put = m->put;
	to->put_count = puts;
	to->drop = m->drop;
	to->drop_count = drops;
}

void marks_recorded(struct marks *m, bool ok)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->count; i++) {
		struct remembered *r = &m->all[i];
		if (!ok)
			r->dirty |= r->writing;
		else if (r->dropped && !r->dirty) {
			free(r->m.id);
			continue;
		}
		m->all[kept++] = *r;
	}
	m->count = kept;
}

void marks_rest(struct marks *m)
{
	free(m->put);
	free(m->drop);
	m->put = NULL;
	m->drop = NULL;
}
