/* DeleteBackups: what it refuses, and sets that go later than the answer. */
#include "actions.h"

#define MOST_IDS 100

struct request_ids {
	char **id;
	size_t count, capacity;
};

static void ids_done(struct request_ids *ids)
{
	for (size_t i = 0; i < ids->count; i++)
		free(ids->id[i]);
	free(ids->id);
}

/* False on an empty id. */
static bool split(const char *list, struct request_ids *ret)
{
	for (;;) {
		size_t length = strcspn(list, ",");

		if (length == 0)
			return false;
		ret->id = memory_grow(ret->id, &ret->capacity, ret->count + 1, sizeof(char *));
		ret->id[ret->count++] = xstrndup(list, length);
		if (!list[length])
			return true;
		list += length + 1;
	}
}

struct plan {
	struct cluster *cluster;
	bool *goes; /* for each of cluster->sets */
	size_t unknown, blocked;
	bool families; /* some set has a parent */
};

static bool has_child(const struct plan *p, const struct backup *b)
{
	if (!p->families)
		return false;
	for (size_t i = 0; i < p->cluster->count; i++) {
		const struct backup *child = p->cluster->sets[i];

		if (!child->gone && !backup_deleting(child) && !p->goes[i] &&
			text_equal(child->parent, b->id))
			return true;
	}
	return false;
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* One way through the sets, however many are named: there may be a hundred thousand. */
static void mark_named(struct plan *p, struct request_ids *ids)
{
	_cleanup_free_ bool *found = xcalloc(ids->count, sizeof(*found));

	qsort(ids->id, ids->count, sizeof(*ids->id), compare_ids);
	for (size_t i = 0; i < p->cluster->count; i++) {
		const struct backup *b = p->cluster->sets[i];
		char **at = b->gone
			? NULL
			: bsearch(&b->id, ids->id, ids->count, sizeof(*ids->id), compare_ids);
		if (!at)
			continue;
		p->goes[i] = true;
		/* All places of an id that is named twice. */
		while (at > ids->id && text_equal(at[-1], b->id))
			at--;
		for (; at < ids->id + ids->count && text_equal(*at, b->id); at++)
			found[at - ids->id] = true;
	}
	for (size_t n = 0; n < ids->count; n++)
		p->unknown += !found[n];
}

/* With the log on, some clouds keep what is younger than it. */
static bool log_keeps(const struct call *c, const struct plan *p, const struct backup *b)
{
	const struct switches *s = &c->sim->switches;

	return p->cluster->log_backup && switch_is(s, SW_LOG_BACKUP, "on") &&
		switch_is(s, SW_DELETE_IN_LOG, "refuse") &&
		b->start_us > c->now_us - p->cluster->log_retention_days * INT64_C(86400000000);
}

/* Takes back what may not go, and counts it. */
static void mark_blocked(const struct call *c, struct plan *p)
{
	const struct switches *s = &c->sim->switches;
	bool running_stays = switch_is(s, SW_DELETE_RUNNING, "refuse");
	bool again_refused = switch_is(s, SW_DELETE_AGAIN, "refuse");
	bool parent_stays = switch_is(s, SW_DELETE_PARENT, "refuse");

	for (size_t i = 0; i < p->cluster->count; i++) {
		const struct backup *b = p->cluster->sets[i];
		bool running = backup_state(b, c->now_us) == SET_RUNNING;

		if (!p->goes[i])
			continue;
		if ((running && running_stays) || (backup_deleting(b) && again_refused) ||
			(parent_stays && has_child(p, b)) || log_keeps(c, p, b)) {
			p->goes[i] = false;
			p->blocked++;
		}
	}
}

/* Children go with their parents, and their children with them. */
static void mark_children(const struct call *c, struct plan *p)
{
	bool more = p->families && switch_is(&c->sim->switches, SW_DELETE_PARENT, "cascade");

	while (more) {
		more = false;
		for (size_t i = 0; i < p->cluster->count; i++)
			for (size_t j = 0; p->goes[i] && j < p->cluster->count; j++) {
				struct backup *child = p->cluster->sets[j];

				if (!p->goes[j] && !child->gone &&
					text_equal(child->parent, p->cluster->sets[i]->id)) {
					p->goes[j] = true;
					more = true;
				}
			}
	}
}

/* The newest valid set, if this call would leave none; else -1. */
static ptrdiff_t last_valid(const struct call *c, const struct plan *p)
{
	ptrdiff_t newest = -1;

	for (size_t i = 0; i < p->cluster->count; i++) {
		const struct backup *b = p->cluster->sets[i];

		if (!backup_counts(b, &c->sim->switches, c->now_us))
			continue;
		if (!p->goes[i])
			return -1;
		if (newest < 0 || b->start_us > p->cluster->sets[newest]->start_us)
			newest = (ptrdiff_t)i;
	}
	return newest;
}

static void start_delete(struct call *c, struct backup *b)
{
	const cJSON *never = fault_hit(&c->hits, FAULT_DELETE_NEVER);
	const cJSON *takes = fault_hit(&c->hits, FAULT_DELETE_TAKES);
	int64_t us = fault_us(takes, "seconds", SECOND_US, c->sim->world.delete_us);

	if (never && !fault_flag(never, "stuck", false))
		return;
	c->effect = true;
	cJSON_AddItemToArray(c->deleted, cJSON_CreateString(b->id));
	/* A second delete moves only what is stuck. */
	if (backup_deleting(b) && b->gone_us != STAMP_NEVER)
		return;
	b->deleted_us = c->now_us;
	b->gone_us = never ? STAMP_NEVER : c->now_us + us;
}

static void refuse_by_switch(struct call *c, enum switch_name name, const char *message)
{
	int status;
	const char *code = switch_error(&c->sim->switches, name, &status);

	call_refuse(c, status, code, "%s", message);
}

/* Whether anything may go; the answer is set either way. */
static bool judge(struct call *c, struct plan *p)
{
	const struct switches *s = &c->sim->switches;
	ptrdiff_t last = last_valid(c, p);

	if (p->unknown > 0 && !switch_is(s, SW_DELETE_UNKNOWN_ID, "ignore")) {
		refuse_by_switch(
			c, SW_ERROR_UNKNOWN_SET, "The specified backup set does not exist.");
		if (switch_is(s, SW_DELETE_UNKNOWN_ID, "refuse-all"))
			return false;
	} else if (p->blocked > 0) {
		refuse_by_switch(c, SW_ERROR_SET_IN_USE, "The specified backup set is in use.");
		if (switch_is(s, SW_DELETE_MIXED, "all-or-nothing"))
			return false;
	} else {
		call_accept(c);
	}
	if (last >= 0 && switch_is(s, SW_DELETE_LAST, "refuse")) {
		refuse_by_switch(c, SW_ERROR_LAST_SET,
			"The last valid backup set of a cluster cannot be deleted.");
		return false;
	}
	if (last >= 0)
		p->goes[last] = false;
	return true;
}

static bool read_ids(struct call *c, struct request_ids *ret)
{
	const char *list = call_param(c, "BackupIds");

	if (!list) {
		call_refuse(c, 400, "MissingBackupIds", "BackupIds is mandatory for this action.");
		return false;
	}
	if (!split(list, ret)) {
		call_refuse(
			c, 400, "InvalidBackupIds", "Specified parameter BackupIds is not valid.");
		return false;
	}
	if (ret->count > MOST_IDS) {
		refuse_by_switch(c, SW_ERROR_TOO_MANY_IDS,
			"At most 100 backup sets can be deleted in one call.");
		return false;
	}
	return true;
}

void action_delete_backups(struct call *c)
{
	_cleanup_(ids_done) struct request_ids ids = {0};
	_cleanup_free_ bool *goes = NULL;
	struct plan p = {.cluster = action_cluster(c)};

	if (!p.cluster || !read_ids(c, &ids))
		return;
	p.goes = goes = xcalloc(p.cluster->count + 1, sizeof(*goes));
	for (size_t i = 0; i < p.cluster->count && !p.families; i++)
		p.families = p.cluster->sets[i]->parent != NULL;
	mark_named(&p, &ids);
	mark_blocked(c, &p);
	mark_children(c, &p);
	if (!judge(c, &p))
		return;
	for (size_t i = 0; i < p.cluster->count; i++)
		if (goes[i])
			start_delete(c, p.cluster->sets[i]);
}
