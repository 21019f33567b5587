/* What the gateway checks before an action is looked at: ACS3-HMAC-SHA256, date, nonce, token.
 * Written apart from the daemon's signer on purpose, so that they cannot share a mistake. */
#pragma once

#include "query.h"
#include "request.h"
#include "stamp.h"
#include "switches.h"

#define AUTH_WINDOW_US (15 * 60 * SECOND_US)
#define AUTH_BUCKETS 4096

struct key {
	char *id, *secret, *token; /* token NULL: a long-lived key */
	bool expired, inactive;
	struct key *next;
};

struct nonce {
	char *value; /* key id, newline, nonce */
	int64_t used_us;
	struct nonce *next;
};

struct auth {
	struct key *keys;
	struct nonce *nonces[AUTH_BUCKETS];
};

struct refusal {
	int status; /* 0: none */
	const char *code;
	char *message; /* owned */
};

void auth_free(struct auth *a);
/* "ID:SECRET[:TOKEN]"; replaces one of the same id. False if it is not of that form. */
bool auth_add_key(struct auth *a, const char *text);
struct key *auth_key(const struct auth *a, const char *id);
void auth_remove_key(struct auth *a, const char *id);

/* Checks all and uses the nonce up. True if the call may go on; else *ret says why not. *ret_key
 * gets the key id as sent (owned), also on refusal. */
bool auth_check(struct auth *a, const struct switches *s, const struct request *r,
	const struct query *q, int64_t now_us, char **ret_key, struct refusal *ret);
