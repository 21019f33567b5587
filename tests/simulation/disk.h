/* The state file of the simulation: what was recorded, and nothing else, survives a crash. */
#pragma once

#include "cycle/ledger.h"

#define DISK_ID_SIZE 24

struct disk {
	struct ledger ledger;
	size_t capacity;
	char (*open)[DISK_ID_SIZE]; /* ids whose delete intent has no outcome yet */
	size_t open_count, open_capacity;
	size_t create_intents, create_outcomes, delete_outcomes; /* lines of history */
	size_t backups_shown; /* calls that a set was found for */
	size_t entries[ENTRY_KIND_COUNT];
};

void disk_write(struct disk *d, const struct record *r);
void disk_load(const struct disk *d, struct ledger *ret); /* a copy */
const struct mark *disk_mark(const struct disk *d, const char *id);
bool disk_intends(const struct disk *d, const char *id); /* an intent without an outcome */
void disk_done(struct disk *d);
