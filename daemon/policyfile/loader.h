/* What the parts of the loader share, on the way from the trees of the texts to policies.
 *
 * A cluster's policy is made by applying the layers onto it, one after the other: the defaults, the
 * named policy, the cluster's own keys; a later one overwrites. The first two are merged once, and
 * clusters begin as copies of the result. */
#pragma once

#include "policyfile/document.h"
#include "policyfile/keys.h"
#include "policyfile/model.h"

struct zonecache;

struct loader {
	struct messages *m;
	struct zonecache *zones;             /* the file's */
	const struct zonecache *known_zones; /* from before, or NULL */
	const char **account_names; /* sorted and ended by NULL, before any layer is read */
	size_t account_count;
	struct policyfile *file; /* this and the next three are being made */
	struct account *account;
	struct policy *policy;
	struct discovery *discovery; /* its template is `policy` */
	struct sink *sink;
	struct node *origin[FIELD_COUNT]; /* where each value in force stands; NULL: built in */
	struct node *const *above;        /* the same of the layers above the cluster being made */
};

/* Adds an error, unless one was told at this place. */
void loader_error(struct loader *l, const struct node *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same, with ", not 'x'" at its end: what stands there. Returns false. */
bool loader_refuse(struct loader *l, const struct node *n, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Tells the error and returns false unless `n` is a mapping (for the key `what`). */
bool loader_is_mapping(struct loader *l, const char *what, const struct node *n);
/* Tells that the key is unknown, and which one may have been meant. */
void loader_unknown_key(
	struct loader *l, enum scope scope, enum field parent, const struct node *key);
/* Tells that there is no `what` ("policy") of this name under the key `under` ("policies"), whose
 * `count` names end with NULL. */
void loader_unknown_name(struct loader *l, const struct node *at, const char *what,
	const char *under, const char *name, const char *const *names, size_t count);

/* Each warning of one kind is told once for a place. */
enum warning {
	WARN_NO_CLUSTERS,
	WARN_UNUSED, /* a policy or an account that no cluster names */
	WARN_SCHEDULE,
	WARN_COLLISION,
	WARN_SAFETY,
	WARN_USELESS,       /* a keep rule that another covers */
	WARN_SPARSE,        /* a keep rule finer than the schedule */
	WARN_CLOUD,         /* a keep rule that reaches further than the cloud keeps sets */
	WARN_CANNOT_BACKUP, /* marks the places of an error, told once as well */
	WARN_NAME,          /* an id or a region that may be a slip */
	WARN_ZONE,
	WARN_SECONDS, /* rules that keep too few sets for the log */
};
/* True for the first message of a kind at a place; `at` may be NULL (the value is built in). */
bool loader_is_first(struct node *at, enum warning kind);
void loader_warn(struct messages *m, struct node *at, enum warning kind, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* At the place of the value in force. If that is in a layer above, the warning says for which
 * cluster it holds. */
void loader_warn_value(const struct loader *l, enum field field, enum warning kind,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
