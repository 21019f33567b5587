/* From the tree to policies, inside: what the parts of the loader share.
 *
 * A cluster's policy is made by applying the layers onto it, one after the other: the defaults, the
 * named policy, the cluster's own keys; what comes later overwrites. Errors of the first two are
 * told when they are read by themselves, and left out (`quiet`) when they are applied again. The
 * first two are merged once, and clusters begin as copies of what came out. */
#pragma once

#include "policyfile/document.h"
#include "policyfile/policyfile.h"
#include "policyfile/schema.h"

struct parsed;
struct accountlist;

struct loader {
	struct messages *m;
	struct parsed *parsed;
	struct accountlist *accounts; /* all of them, before any layer is read */
	bool quiet;
	struct policy *policy;            /* being made */
	struct discovery *discovery;      /* being made; its template is `policy` */
	struct node *origin[FIELD_COUNT]; /* where each value in force stands; NULL: built in */
};

/* Adds an error unless `quiet`. */
void loader_error(struct loader *l, const struct node *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What is nearest to `word` of `count` names and a NULL; NULL if nothing is, or the search would
 * take long, or nobody would see it. */
const char *loader_nearest(
	const struct loader *l, const char *word, const char *const *names, size_t count);

/* parsed.c: zones and calendars by their text, so that clusters that write the same share them; the
 * caller gets a use of its own. Errors as from zonefile_load() and calendar_parse(). */
struct parsed *parsed_new(void);
void parsed_free(struct parsed *p);
DEFINE_CLEANUP(struct parsed *, parsed_free)
int parsed_zone(struct parsed *p, const char *name, struct zone **ret, struct error *err);
int parsed_calendar(struct parsed *p, const char *text, struct calendar **ret, struct error *err);

/* values.c: what a scalar says. False after telling the error; *ret is then untouched. */
bool value_text(struct loader *l, const struct key *k, const struct node *n, const char **ret);
bool value_id(struct loader *l, const struct key *k, const struct node *n, const char **ret);
bool value_name(struct loader *l, const struct key *k, const struct node *n, const char **ret);
bool value_region(struct loader *l, const struct key *k, const struct node *n, const char **ret);
bool value_boolean(struct loader *l, const struct key *k, const struct node *n, bool *ret);
bool value_integer(struct loader *l, const struct key *k, const struct node *n, int64_t *ret);
bool value_seconds(struct loader *l, const struct key *k, const struct node *n, int64_t *ret);
bool value_instant(struct loader *l, const struct key *k, const struct node *n, int64_t *ret);
bool value_rule(struct loader *l, const struct key *k, const struct node *n, struct keep_rule *ret);
bool value_is_list(
	struct loader *l, const struct key *k, const struct node *n, const char *example);
int value_compare_texts(const void *a, const void *b); /* of arrays of char *, for qsort() */

/* forms.c: the same, for texts of a certain form. */
bool value_form(struct loader *l, const struct key *k, const struct node *n, const char **ret);
bool value_json(struct loader *l, const struct key *k, const struct node *n, const char **ret);
bool value_word(struct loader *l, const struct key *k, const struct node *n, int64_t *ret);

/* discover.c: sets one field of l->discovery; and completes it, once the layers are in its
 * template (`good`: without errors). */
void discover_set(struct loader *l, const struct key *k, const struct node *n);
void discover_end(struct loader *l, struct discovery *d, bool good);

/* fields.c: sets one field of l->policy. */
void field_set(struct loader *l, const struct key *k, struct node *n);

/* layers.c: applies a whole layer onto l->policy. */
void layer_apply(struct loader *l, const struct node *layer, enum scope scope);
/* Tells the error and returns false unless `n` is a mapping (for the key `what`). */
bool layer_is_mapping(struct loader *l, const char *what, const struct node *n);
/* Tells the error, with what may have been meant. */
void layer_unknown_key(
	struct loader *l, enum scope scope, enum field parent, const struct node *key);

/* parts.c: the top of the policy file; and takes what the files beside it (all roots but the first;
 * any may be NULL) add over into its tree. */
void parts_check_file(struct loader *l, const struct node *root);
void parts_merge(struct loader *l, struct node *const *roots, size_t count);

/* general.c: what the file says of the daemon as a whole. */
void general_read(struct loader *l, const struct node *root, struct policyfile *ret);

/* clusters.c: the policy file and the files beside it; the first root is not NULL. */
struct policyfile *clusters_load(struct messages *m, struct node *const *roots, size_t count);

/* lint.c: warnings, each told once for a place. */
enum lint_kind {
	LINT_NO_CLUSTERS,
	LINT_UNUSED, /* a policy that no cluster names */
	LINT_SCHEDULE,
	LINT_COLLISION,
	LINT_SAFETY,
	LINT_USELESS,       /* a keep rule that another covers */
	LINT_SPARSE,        /* a keep rule finer than the schedule */
	LINT_CLOUD,         /* a keep rule that reaches further than the cloud keeps sets */
	LINT_CANNOT_BACKUP, /* an error, in truth */
};
struct lint;
struct lint *lint_new(struct messages *m);
void lint_free(struct lint *x);
DEFINE_CLEANUP(struct lint *, lint_free)
/* Looks at l->policy, whose values stand at l->origin; `cluster` is its place in the file. */
void lint_cluster(struct lint *x, const struct loader *l, struct node *cluster);
/* The same for what is discovered, with its template; both are complete. */
void lint_discovery(struct lint *x, const struct discovery *d, struct node *entry);
/* Looks at all clusters together. */
void lint_end(struct lint *x);

/* lint_keep.c: the warnings about keep rules. `shortest_gap_s` and `longest_gap_s`: between the
 * schedule's slots; 0 if there is none. */
void lint_keep(
	struct messages *m, const struct loader *l, int64_t shortest_gap_s, int64_t longest_gap_s);
/* A warning; `at` may be NULL (a built-in value): then there is none. */
void lint_warn(struct messages *m, struct node *at, enum lint_kind kind, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
