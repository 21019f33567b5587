/* Reads the policy file, which is YAML, into one struct policy per cluster. */
#pragma once

#include "base/jsonwriter.h"
#include "policyfile/inputs.h"
#include "policyfile/model.h"

/* Reads and checks the whole file, and the files *.yaml of the folder `policy.d` beside it, which
 * add policies and clusters. Every error and warning is appended to `messages` as
 *   policy.yaml:12:5: error: unknown key 'dialy' (did you mean 'daily'?)
 *       dialy: 14d
 *       ^
 * all of them at once. 0: *ret is owned by the caller (there may be warnings); -EINVAL: errors in
 * `messages`; other negative errno: the file could not be read (one line in `messages`).
 * `counts` (may be NULL) gets the number of errors and warnings. */
struct policyfile_counts {
	int errors, warnings;
};
int policyfile_load(const char *path, enum trust trust, struct policyfile **ret,
	struct text *messages, struct policyfile_counts *counts);
/* The same, by what is known of zones whose files cannot be used any more. */
int policyfile_load_again(const char *path, enum trust trust, const struct zonecache *known,
	struct policyfile **ret, struct text *messages);
/* The same with the messages as messages_print_json() writes them. */
int policyfile_load_json(const char *path, enum trust trust, struct policyfile **ret,
	struct jsonwriter *w, struct policyfile_counts *counts);
/* The same from texts. */
int policyfile_parse(const struct inputs *in, struct policyfile **ret, struct text *messages,
	struct policyfile_counts *counts);
/* The digest that policyfile_load() would find now. Nothing is checked. Negative errno: the file
 * cannot be read. */
int policyfile_digest(const char *path, char ret[DIGEST_HEX_SIZE]);
void policyfile_free(struct policyfile *f); /* accepts NULL */

/* NULL if there is none of this name. Borrowed. */
struct account *policyfile_account(const struct policyfile *f, const char *name);

/* By id or by name; NULL if there is none. Borrowed. */
struct policy *policyfile_find(const struct policyfile *f, const char *id_or_name);

/* The effective policy of one cluster as YAML; with its account `a`, it loads again to the same.
 * Without (NULL), it is only to be read. */
void policyfile_print(const struct policy *p, const struct account *a, struct text *out);
/* The same for the whole file and what stands beside it, in one document. */
void policyfile_print_all(const struct policyfile *f, struct text *out);
