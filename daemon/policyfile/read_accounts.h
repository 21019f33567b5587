/* The part of the loader that reads `accounts`. */
#pragma once

#include "policyfile/loader.h"

struct named_account {
	struct account *account;
	struct node *at; /* its name in the file; NULL: built in */
	bool used;       /* by a cluster; true for the default account */
};

struct read_accounts {
	struct named_account *list; /* sorted by name; always holds "default" */
	size_t count;
	const char **names; /* of the list, ended by NULL */
};

/* Reads them all from the file's root, and lets the loader know their names. Duplicate names were
 * told before. */
void read_accounts(struct loader *l, const struct node *root, struct read_accounts *ret);
/* Notes that a cluster uses the account of this name, which has to be in the list. */
void read_accounts_use(struct read_accounts *all, const char *name);
/* Warns of those that nobody uses, and hands them all over to `ret`. */
void read_accounts_end(struct read_accounts *all, struct messages *m, struct policyfile *ret);
