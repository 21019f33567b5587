/* The part of the loader that reads `accounts`. */
#pragma once

#include "policyfile/loader.h"

struct named_account {
	struct account *account;
	struct node *at; /* its name in the file; NULL: built in */
	bool used;       /* by a cluster; the default always is */
};

struct accountlist {
	struct named_account *list; /* sorted by name; always holds "default" */
	size_t count;
};

/* Reads them all from the file's root. Duplicate names were errors before. */
void accountlist_read(struct loader *l, const struct node *root, struct accountlist *ret);
/* NULL if there is none of this name. */
struct named_account *accountlist_find(const struct accountlist *all, const char *name);
/* Tells the error, at `n`, and returns false if l->accounts has none of this name. */
bool accountlist_check_name(struct loader *l, const struct node *n, const char *name);
/* Warns of those that nobody uses, and hands them all over to `ret`. */
void accountlist_end(struct accountlist *all, struct messages *m, struct policyfile *ret);
