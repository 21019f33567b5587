/* Who may become whom: roles and their trust, OIDC tokens, the sessions that come of them, and the
 * two places that hand sessions out unasked (the metadata service and a credentials URI). */
#pragma once

#include "auth.h"

#include <cjson/cJSON.h>

struct role {
	char *arn;
	cJSON *trust;        /* key ids and role ARNs that may assume it; NULL: any may */
	char *external_id;   /* has to be given; NULL: none */
	char *oidc_provider; /* whose tokens may assume it; NULL: no tokens */
	int64_t max_session_s;
	struct role *next;
};

struct oidc_token {
	char *provider, *token;
	int64_t expires_us;
	struct oidc_token *next;
};

enum metadata_mode {
	METADATA_BOTH,     /* with a token or without */
	METADATA_TOKEN,    /* a token is required */
	METADATA_NO_TOKEN, /* knows no tokens yet */
};

/* Hands out a session of `role`, and another when that one has less than renew_us to go. */
struct handout {
	char *role; /* a role's name; NULL: there is none */
	int64_t session_us, renew_us;
	char *key; /* id of the one that is handed out; NULL: none yet */
};

struct identity {
	struct role *roles;
	struct oidc_token *tokens;
	struct handout metadata, uri;
	enum metadata_mode mode;
	int64_t session_us; /* how long sessions last, whatever is asked for; 0: what is asked for
			     */
	bool reuse;         /* the same question gets the same session while that is good */
	uint64_t sessions;  /* made so far */
};

struct grant {
	const char *role; /* ARN */
	const char *name; /* of the session */
	const char *policy;
	int64_t duration_s;
};

void identity_clear(struct identity *i, struct auth *a);

struct role *identity_role(const struct identity *i, const char *arn); /* NULL if there is none */
/* Any member but `arn` and `next` may be NULL or 0; takes them over. Replaces one of that ARN. */
void identity_put_role(struct identity *i, struct role r);
/* -1: nobody's, 0: expired, 1: good. */
int identity_token(
	const struct identity *i, const char *provider, const char *token, int64_t now_us);
void identity_put_token(
	struct identity *i, const char *provider, const char *token, int64_t expires_us);

/* A new session, or an old one (`reuse`). Borrowed. */
const struct key *identity_session(
	struct identity *i, struct auth *a, const struct grant *g, int64_t now_us);
/* What `h` hands out now; NULL if it has no role. */
const struct key *identity_hand_out(
	struct identity *i, struct auth *a, struct handout *h, int64_t now_us);
