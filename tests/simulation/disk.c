/* The simulated disk: the ledger as the state file holds it, and what its history tells. */
#include "simulation/disk.h"

#include "base/text.h"

#include <stdio.h>

const struct mark *disk_mark(const struct disk *d, const char *id)
{
	for (size_t i = 0; i < d->ledger.mark_count; i++)
		if (strcmp(d->ledger.marks[i].id, id) == 0)
			return &d->ledger.marks[i];
	return NULL;
}

bool disk_intends(const struct disk *d, const char *id)
{
	for (size_t i = 0; i < d->open_count; i++)
		if (strcmp(d->open[i], id) == 0)
			return true;
	return false;
}

static void put(struct disk *d, const struct mark *m)
{
	struct mark *to = NULL;

	for (size_t i = 0; i < d->ledger.mark_count && !to; i++)
		if (strcmp(d->ledger.marks[i].id, m->id) == 0)
			to = &d->ledger.marks[i];
	if (to) {
		char *id = to->id;
		*to = *m;
		to->id = id;
		return;
	}
	d->ledger.marks = memory_grow(
		d->ledger.marks, &d->capacity, d->ledger.mark_count + 1, sizeof(*d->ledger.marks));
	to = &d->ledger.marks[d->ledger.mark_count++];
	*to = *m;
	to->id = xstrdup(m->id);
}

static void drop(struct disk *d, const char *id)
{
	for (size_t i = 0; i < d->ledger.mark_count; i++) {
		if (strcmp(d->ledger.marks[i].id, id) != 0)
			continue;
		free(d->ledger.marks[i].id);
		d->ledger.marks[i] = d->ledger.marks[--d->ledger.mark_count];
		return;
	}
}

static void note(struct disk *d, const struct entry *e)
{
	d->entries[e->kind]++;
	d->create_intents += e->kind == ENTRY_CREATE_INTENT;
	d->create_outcomes += e->kind == ENTRY_CREATE_OUTCOME;
	d->backups_shown += (e->kind == ENTRY_BACKUP_DONE || e->kind == ENTRY_BACKUP_FAILED) &&
		e->set && *e->set;
	if (e->kind == ENTRY_DELETE_OUTCOME) {
		d->delete_outcomes++;
		d->open_count = 0;
	} else if (e->kind == ENTRY_DELETE_INTENT) {
		d->open = memory_grow(
			d->open, &d->open_capacity, d->open_count + 1, sizeof(*d->open));
		(void)snprintf(d->open[d->open_count++], DISK_ID_SIZE, "%s", e->set);
	}
}

static char *copy_bytes(const struct listed_sets *sets)
{
	char *bytes = sets->size ? xmalloc(sets->size) : NULL;

	if (bytes)
		memcpy(bytes, sets->bytes, sets->size);
	return bytes;
}

void disk_write(struct disk *d, const struct record *r)
{
	d->ledger.listed_s = r->listed_s;
	d->ledger.agreed_s = r->agreed_s;
	memcpy(d->ledger.apart_s, r->apart_s, sizeof(d->ledger.apart_s));
	d->ledger.cloud = r->cloud;
	d->ledger.create = *r->create;
	if (r->sets) {
		free(d->ledger.sets.bytes);
		d->ledger.sets = *r->sets;
		d->ledger.sets.bytes = copy_bytes(r->sets);
	}
	for (size_t i = 0; i < r->put_count; i++)
		put(d, r->put[i]);
	for (size_t i = 0; i < r->drop_count; i++)
		drop(d, r->drop[i]);
	for (size_t i = 0; i < r->entry_count; i++)
		note(d, &r->entries[i]);
}

void disk_load(const struct disk *d, struct ledger *ret)
{
	*ret = d->ledger;
	ret->sets.bytes = copy_bytes(&d->ledger.sets);
	ret->marks = xcalloc(d->ledger.mark_count, sizeof(*ret->marks));
	for (size_t i = 0; i < d->ledger.mark_count; i++) {
		ret->marks[i] = d->ledger.marks[i];
		ret->marks[i].id = xstrdup(d->ledger.marks[i].id);
	}
}

void disk_done(struct disk *d)
{
	ledger_done(&d->ledger);
	free(d->open);
	*d = (struct disk){0};
}
