/* What the gateway checks before an action is looked at: the signature (ACS3-HMAC-SHA256, or the
 * older one of RPC calls), date, nonce, token. Written apart from the daemon's signer on purpose,
 * so that they cannot share a mistake. */
#pragma once

#include "query.h"
#include "request.h"
#include "stamp.h"
#include "switches.h"

#define AUTH_WINDOW_US (15 * 60 * SECOND_US)
#define AUTH_BUCKETS 4096

struct key {
	char *id, *secret, *token; /* token NULL: a long-lived key */
	char *arn;                 /* whose it is: a user's, or a role's session's; never NULL */
	char *role, *policy; /* of a session that STS gave: the role's ARN, the session policy */
	int64_t expires_us;  /* of the token; STAMP_NEVER: does not */
	int64_t asked_s;     /* of such a session: the DurationSeconds asked for */
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
/* Takes over what `k` owns; `arn` NULL: a user's. Borrowed. */
struct key *auth_put_key(struct auth *a, struct key k);
struct key *auth_key(const struct auth *a, const char *id);
void auth_remove_key(struct auth *a, const char *id);
void auth_remove_sessions(struct auth *a);

/* Checks all and uses the nonce up. True if the call may go on; else *ret says why not. *ret_key
 * gets the key id as sent (owned), also on refusal. */
bool auth_check(struct auth *a, const struct switches *s, const struct request *r,
	const struct query *q, int64_t now_us, char **ret_key, struct refusal *ret);
/* The same for an RPC call: HMAC-SHA1 over the parameters, `params` being query and form. */
bool auth_check_rpc(struct auth *a, const struct switches *s, const struct request *r,
	const struct query *params, int64_t now_us, char **ret_key, struct refusal *ret);

/* What both signatures have in common. Each is false (NULL) after refusing. */
bool auth_refuse(struct refusal *ret, int status, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
const struct key *auth_usable_key(
	const struct auth *a, const struct switches *s, const char *id, struct refusal *ret);
bool auth_date(const struct switches *s, const char *date, int64_t now_us, struct refusal *ret);
bool auth_token(const struct auth *a, const struct key *k, const struct switches *s,
	const char *token, int64_t now_us, struct refusal *ret);
bool auth_nonce(
	struct auth *a, const char *key, const char *nonce, int64_t now_us, struct refusal *ret);
