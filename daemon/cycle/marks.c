#include "cycle/state.h"

#include <stdio.h>

#define REFUSED_S \
	(24 * 3600)      /* a set that the cloud refused to delete is asked for again after this */
#define GONE_AT_ONCE 200 /* lines in memory, and on their way to disk */
#define GONE_AFTER 2     /* complete listings that lack it */

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct remembered *)a)->m.id, ((const struct remembered *)b)->m.id);
}

static void sort(struct cycle *c)
{
	if (c->mark_count > 1)
		qsort(c->marks, c->mark_count, sizeof(*c->marks), by_id);
}

void marks_load(struct cycle *c, struct ledger *l)
{
	c->listed_s = l->listed_s;
	c->agreed_s = l->agreed_s;
	c->create = l->create;
	c->marks = xcalloc(l->mark_count, sizeof(*c->marks));
	for (size_t i = 0; i < l->mark_count; i++)
		c->marks[c->mark_count++] = (struct remembered){.m = l->marks[i]};
	free(l->marks);
	*l = (struct ledger){0};
	sort(c);
}

/* Among the first `count` marks, which are sorted. */
static struct remembered *find(struct cycle *c, size_t count, const char *id)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(id, c->marks[middle].m.id);
		if (order == 0)
			return &c->marks[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

struct remembered *marks_find(struct cycle *c, const char *id)
{
	return find(c, c->mark_count, id);
}

bool mark_is_refused(const struct remembered *r, struct moment now)
{
	return r->refused_boot_s && now.boot_s - r->refused_boot_s < REFUSED_S;
}

/* Adds rows for the sets (indices of the inventory) that have none yet. */
static void add_missing(struct cycle *c, const uint32_t *sets, size_t count)
{
	size_t known = c->mark_count, missing = 0;

	for (size_t i = 0; i < count; i++)
		missing += !find(c, known, set_id(&c->inv, sets[i]));
	if (missing == 0)
		return;
	c->marks = xreallocarray(c->marks, known + missing, sizeof(*c->marks));
	for (size_t i = 0; i < count; i++) {
		const char *id = set_id(&c->inv, sets[i]);
		if (!find(c, known, id))
			c->marks[c->mark_count++] = (struct remembered){.m.id = xstrdup(id)};
	}
	sort(c);
}

static void forget(struct remembered *r)
{
	r->m = (struct mark){.id = r->m.id};
	r->refused_boot_s = 0;
	r->stuck_told = false;
	r->dropped = r->dirty = true;
}

static void gone(struct cycle *c, struct remembered *r, struct moment now)
{
	struct entry e = {.kind = ENTRY_GONE, .at_s = now.wall_s, .set = r->m.id};
	struct report_extra extra = {.set = r->m.id};

	marks_entry(c, &e);
	report(c, REPORT_GONE, LEVEL_INFO, &extra, "set %s is gone: two complete listings lack it",
		r->m.id);
	forget(r);
}

bool marks_take_gone(struct cycle *c, struct moment now)
{
	size_t taken = 0;

	for (size_t i = 0; i < c->mark_count && taken < GONE_AT_ONCE; i++) {
		struct remembered *r = &c->marks[i];
		if (r->m.asked_s && !r->dropped && r->m.absent >= GONE_AFTER) {
			gone(c, r, now);
			taken++;
		}
	}
	return taken > 0;
}

void marks_follow_deletes(struct cycle *c, struct moment now)
{
	struct inventory_index *index;

	if (c->mark_count == 0)
		return;
	index = inventory_index_new(&c->inv);
	for (size_t i = 0; i < c->mark_count; i++) {
		struct remembered *r = &c->marks[i];
		size_t at = inventory_find(index, r->m.id);
		if (at != SIZE_MAX && r->m.asked_s) {
			again_follow(c, r, &c->inv.sets[at], now);
		} else if (at != SIZE_MAX || c->clock_doubt[0]) {
			continue; /* in doubt of the clock, the window that was listed is, too */
		} else if (r->m.asked_s == 0) {
			forget(r);
		} else {
			r->dirty = true;
			r->m.absent++;
		}
	}
	inventory_index_free(index);
	(void)marks_take_gone(c, now);
}

void marks_mask_asked(struct cycle *c)
{
	struct inventory_index *index = inventory_index_new(&c->inv);

	for (size_t i = 0; i < c->mark_count; i++) {
		size_t at =
			c->marks[i].m.asked_s ? inventory_find(index, c->marks[i].m.id) : SIZE_MAX;
		if (at != SIZE_MAX)
			c->inv.sets[at].state = SET_DELETING;
	}
	inventory_index_free(index);
}

/* Grace: the clock that it is measured on goes on only between complete listings that follow one
 * another, and by at most twice the refresh between two of them. */
static void agree(struct cycle *c)
{
	int64_t most = 2 * c->policy->refresh_s, since = c->since_last_s;

	if (since > 0)
		c->agreed_s += since < most ? since : most;
}

static void forget_kept(struct cycle *c, struct moment now)
{
	struct inventory_index *index;

	if (c->mark_count == 0)
		return;
	index = inventory_index_new(&c->inv);
	for (size_t i = 0; i < c->mark_count; i++) {
		struct remembered *r = &c->marks[i];
		size_t at = r->m.asked_s || r->dropped ? SIZE_MAX : inventory_find(index, r->m.id);
		if (at == SIZE_MAX || c->plan.verdicts[at].kind == VERDICT_DELETE)
			continue;
		if (r->m.expired_s)
			life_kept_again(c, r->m.id, now);
		forget(r);
	}
	inventory_index_free(index);
}

static void begin_grace(struct cycle *c, struct moment now)
{
	_cleanup_free_ uint32_t *newly = xcalloc(c->plan.doomed_count, sizeof(*newly));
	size_t begun = 0;

	add_missing(c, c->plan.doomed, c->plan.doomed_count);
	for (size_t i = 0; i < c->plan.doomed_count; i++) {
		struct remembered *r = marks_find(c, set_id(&c->inv, c->plan.doomed[i]));
		if (r->m.expired_s && !r->dropped)
			continue;
		r->m.expired_s = now.wall_s;
		r->m.expired_agreed_s = c->agreed_s;
		r->dirty = true;
		r->dropped = false;
		newly[begun++] = c->plan.doomed[i];
	}
	life_expired(c, newly, begun, now);
	if (begun > 0) {
		char grace[DURATION_TEXT_SIZE];
		duration_format_seconds(c->policy->safety.grace_s, grace);
		report(c, REPORT_EXPIRED, LEVEL_INFO, NULL, "%zu of %zu sets newly expired%s%s",
			begun, c->inv.count,
			c->policy->safety.grace_s ? "; grace until they may go: " : "",
			c->policy->safety.grace_s ? grace : "");
	}
}

void marks_follow_plan(struct cycle *c, struct moment now)
{
	if (!c->clock_doubt[0]) {
		agree(c);
		c->listed_s = now.wall_s;
	}
	prune_plan(c, now);
	/* The plan stays as it is: of no doomed set this changes how long it has waited. */
	if (!c->clock_doubt[0]) {
		forget_kept(c, now);
		begin_grace(c, now);
	}
	again_plan(c, now);
	prune_tell_plan(c);
}

void marks_approve(struct cycle *c, struct moment now)
{
	struct entry e = {.kind = ENTRY_APPROVED,
		.at_s = now.wall_s,
		.plan = c->plan.hash,
		.count = (int64_t)c->plan.doomed_count};

	add_missing(c, c->plan.doomed, c->plan.doomed_count);
	for (size_t i = 0; i < c->plan.doomed_count; i++) {
		struct remembered *r = marks_find(c, set_id(&c->inv, c->plan.doomed[i]));
		r->m.approved = true;
		r->dirty = true;
		r->dropped = false;
	}
	marks_entry(c, &e);
}

void marks_view(struct cycle *c, struct moment now, struct mark_view *ret)
{
	for (size_t i = 0; i < c->inv.count; i++) {
		const struct remembered *r = marks_find(c, set_id(&c->inv, i));
		ret[i] = (struct mark_view){0};
		if (!r || r->dropped)
			continue;
		ret[i].waited_s = r->m.expired_s ? c->agreed_s - r->m.expired_agreed_s : 0;
		ret[i].approved = r->m.approved;
		ret[i].refused = mark_is_refused(r, now);
	}
}

static char *owned(const char *s)
{
	return s && s[0] ? xstrdup(s) : NULL;
}

void marks_entry(struct cycle *c, const struct entry *e)
{
	struct entry *to;

	c->entries = memory_grow(
		c->entries, &c->entry_capacity, c->entry_count + 1, sizeof(*c->entries));
	to = &c->entries[c->entry_count++];
	*to = *e;
	to->set = owned(e->set);
	to->outcome = owned(e->outcome);
	to->reason = owned(e->reason);
	to->code = owned(e->code);
	to->request_id = owned(e->request_id);
	to->plan = owned(e->plan);
}

static void release_entries(struct cycle *c, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *const strings[] = {c->entries[i].set, c->entries[i].outcome,
			c->entries[i].reason, c->entries[i].code, c->entries[i].request_id,
			c->entries[i].plan};
		for (size_t k = 0; k < ARRAY_SIZE(strings); k++) {
			char *s = NULL;
			memcpy(&s, &strings[k], sizeof(s));
			free(s);
		}
	}
	c->entry_count -= count;
	if (c->entry_count > 0)
		memmove(c->entries, c->entries + count, c->entry_count * sizeof(*c->entries));
}

struct effect marks_record(struct cycle *c)
{
	struct effect e = {.kind = EFFECT_RECORD};
	size_t puts = 0, drops = 0;

	c->put = xreallocarray(c->put, c->mark_count, sizeof(*c->put));
	c->drop = xreallocarray(c->drop, c->mark_count, sizeof(*c->drop));
	for (size_t i = 0; i < c->mark_count; i++) {
		struct remembered *r = &c->marks[i];
		r->writing = r->dirty;
		r->dirty = false;
		if (r->writing && r->dropped)
			c->drop[drops++] = r->m.id;
		else if (r->writing)
			c->put[puts++] = &r->m;
	}
	c->entries_writing = c->entry_count;
	c->record = (struct record){
		.listed_s = c->listed_s,
		.agreed_s = c->agreed_s,
		.create = &c->create,
		.put = c->put,
		.put_count = puts,
		.drop = c->drop,
		.drop_count = drops,
		.entries = c->entries,
		.entry_count = c->entry_count,
	};
	e.record = &c->record;
	return e;
}

void marks_recorded(struct cycle *c, bool ok, struct moment now)
{
	size_t kept = 0;

	c->state_failed = !ok;
	if (!ok) {
		for (size_t i = 0; i < c->mark_count; i++)
			c->marks[i].dirty |= c->marks[i].writing;
		c->list_after_boot_s = now.boot_s + backoff_s(++c->state_failures, 5, 300);
		report(c, REPORT_STATE_FAILED, LEVEL_ERROR, NULL,
			"the state file cannot be written, so nothing is changed in the cloud "
			"until it can");
		return;
	}
	c->state_failures = 0;
	release_entries(c, c->entries_writing);
	for (size_t i = 0; i < c->mark_count; i++) {
		if (c->marks[i].dropped && !c->marks[i].dirty) {
			free(c->marks[i].m.id);
			continue;
		}
		c->marks[kept++] = c->marks[i];
	}
	c->mark_count = kept;
}

void marks_done(struct cycle *c)
{
	release_entries(c, c->entry_count);
	free(c->entries);
	for (size_t i = 0; i < c->mark_count; i++)
		free(c->marks[i].m.id);
	free(c->marks);
	free(c->put);
	free(c->drop);
}
