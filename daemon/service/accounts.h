/* The accounts of the policy, as the cloud's client knows them. A reload replaces all that were
 * changed, or none (S10). A replaced account stays until its last user has left. */
#pragma once

#include "cloud/client.h"
#include "policyfile/policyfile.h"
#include "service/options.h"

struct accounts;

/* An account in use: by the clusters that name it, and by their calls. */
struct account_client {
	struct account_client *next;
	struct account *account; /* owned */
	struct client_account *client;
	size_t users;
	enum { CLIENT_PREPARED, CLIENT_IN_FORCE, CLIENT_REPLACED } state;
	bool wanted; /* by the file that is prepared */
};

/* Borrows both. RETAIND_ENDPOINT and RETAIND_CA_FILE go before what the accounts say. */
struct accounts *accounts_new(struct client *client, const struct options *options);
/* After client_free(), or with none of its calls under way. Accepts NULL. */
void accounts_free(struct accounts *a);

/* Makes the accounts that the file has and that are not there yet, beside those in force. Then
 * accounts_apply() or accounts_cancel(). On failure nothing is prepared. */
int accounts_prepare(struct accounts *a, const struct policyfile *file, struct error *err);
void accounts_apply(struct accounts *a);
void accounts_cancel(struct accounts *a); /* their users have left */

/* The account of this name, of the prepared file if there is one, with one user more. NULL: there
 * is none. */
struct account_client *accounts_join(struct accounts *a, const char *name);
void account_client_join(struct account_client *x);
void account_client_leave(struct account_client *x); /* accepts NULL */

/* Removes what was replaced and has no users any more. Not within a callback of the client. */
void accounts_sweep(struct accounts *a);
