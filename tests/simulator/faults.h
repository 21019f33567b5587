/* Faults: rules that say which calls go wrong, and how. */
#pragma once

#include "base/error.h"
#include "query.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault_kind {
	/* These may strike before or after the effect (args.when). */
	FAULT_LATENCY,
	FAULT_STATUS,
	FAULT_RESET,
	FAULT_HANG,
	FAULT_HTML,
	FAULT_CONTENT,
	/* These take the place of the effect. */
	FAULT_THROTTLE,
	FAULT_REFUSE,
	FAULT_REDIRECT,
	/* These change the answer on its way. */
	FAULT_TRUNCATE,
	FAULT_SLOW,
	FAULT_DATE,
	FAULT_PATCH,
	/* These change a page of DescribeBackups. */
	FAULT_COUNT_MISSING,
	FAULT_COUNT_SHRINKS,
	FAULT_DUPLICATE_ID,
	FAULT_FOREIGN_CLUSTER,
	FAULT_LOST_SETS,
	FAULT_RESHUFFLE,
	FAULT_PATCH_SET,
	FAULT_SHIFT,
	/* These change what becomes of the effect. */
	FAULT_BACKUP_FAILS,
	FAULT_BACKUP_NEVER_APPEARS,
	FAULT_BACKUP_STUCK,
	FAULT_BACKUP_TAKES,
	FAULT_DELETE_NEVER,
	FAULT_DELETE_TAKES,
	FAULT_COUNT_
};

struct fault_rule {
	int64_t number;
	enum fault_kind kind;
	char *action;       /* NULL: any */
	cJSON *where;       /* parameters that the call must have; NULL: any */
	cJSON *args;        /* never NULL */
	int64_t nth, every; /* 0: not used */
	int64_t after;      /* matching calls to let pass first */
	int64_t count;      /* times it may still strike; -1: no limit */
	double probability;
	uint64_t random;
	int64_t seen, hits;
};

struct faults {
	struct fault_rule *rules;
	size_t count, capacity;
	int64_t last_number;
};

/* What struck one call: copies, so that rules may come and go meanwhile. */
struct fault_hit {
	enum fault_kind kind;
	cJSON *args;
};

#define FAULT_HITS 8

struct fault_hits {
	struct fault_hit hit[FAULT_HITS];
	size_t count;
};

void faults_free(struct faults *f);
/* From {"kind": ..., "action": ..., "nth": ..., ...}. -EINVAL on a kind, member or argument that
 * does not exist. */
int faults_add(struct faults *f, const cJSON *rule, int64_t *ret_number, struct error *err);
void faults_clear(struct faults *f, int64_t number); /* 0: all */
cJSON *faults_list(const struct faults *f);

/* Counts the call against every rule, and gathers those that strike. */
void faults_pick(
	struct faults *f, const char *action, const struct query *q, struct fault_hits *ret);
void fault_hits_free(struct fault_hits *h);
/* The args of the hit of that kind; NULL if there is none. */
const cJSON *fault_hit(const struct fault_hits *h, enum fault_kind kind);
/* The same, for the kinds with args.when ("before", the default, or "after"). */
const cJSON *fault_hit_when(const struct fault_hits *h, enum fault_kind kind, const char *when);

const char *fault_name(enum fault_kind kind);
cJSON *faults_table(void); /* [{"kind", "args": [...], "what"}] */
void faults_print(void);

/* Arguments, with what they are if absent. */
int64_t fault_int(const cJSON *args, const char *name, int64_t otherwise);
int64_t fault_us(const cJSON *args, const char *name, int64_t unit_us, int64_t otherwise_us);
const char *fault_text(const cJSON *args, const char *name, const char *otherwise);
bool fault_flag(const cJSON *args, const char *name, bool otherwise);
