/* Signature V3 of the cloud's gateway (ACS3-HMAC-SHA256) as a function of values: no clock, no
 * randomness. Source: the vendor's page "V3 request structure and signature". It is tested with
 * requests that the vendor's own SDK signed (tests/unit/data). */
#pragma once

#include "base/digest.h"

#include <stdbool.h>
#include <stddef.h>

/* A query parameter or a header. Borrowed, plain (not percent-encoded) UTF-8. */
struct sign_pair {
	const char *name, *value;
};

struct sign_input {
	const char *method;             /* "POST" */
	const char *path;               /* "/" for every adb action; as it stands on the wire */
	const struct sign_pair *params; /* of the query, in any order */
	size_t param_count;
	const char *canonical_query; /* if not NULL, used instead of `params` */
	const struct sign_pair
		*headers; /* all headers, host included; sign() chooses those that are signed */
	size_t header_count;
	const char *body_sha256; /* hex, the value of x-acs-content-sha256 */
	const char *key_id, *key_secret;
};

/* Every step, so that a test or a refused client can see the first one that differs. */
struct sign_result {
	char *canonical_query; /* the client sends it in this form */
	char *canonical_request;
	char canonical_request_sha256[DIGEST_HEX_SIZE];
	char *string_to_sign;
	char *signed_headers; /* "host;x-acs-action;..." */
	char signature[DIGEST_HEX_SIZE];
	char *authorization; /* value of the Authorization header */
};

#define SIGN_EMPTY_BODY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* Signs host, content-type and all x-acs-* headers. The result is the caller's: sign_done(). */
void sign(const struct sign_input *in, struct sign_result *ret);
void sign_done(struct sign_result *r); /* wipes, since a token may be in it, and frees */

/* The canonical form of parameters, in which the client sends them. The string is the caller's.
 */
char *sign_canonical_query(const struct sign_pair *params, size_t count);

/* Server side: the canonical form of a query as it was sent ("a=1&b=%2C+x", with or without '?').
 * It is form-decoded ('+' is a space), encoded again, and sorted. The caller frees it. NULL: an
 * escape is broken, or stands for NUL. */
char *sign_canonical_query_from_url(const char *query);

/* Server side: takes apart "ACS3-HMAC-SHA256 Credential=..,SignedHeaders=..,Signature=..". False,
 * with nothing to free: the header is not of this form. */
struct sign_authorization {
	char *key_id, *signed_headers, *signature;
};
bool sign_parse_authorization(const char *header, struct sign_authorization *ret);
void sign_authorization_done(struct sign_authorization *a);

/* Server side: true if `given` is the right authorization of `in`. Compares in constant time. `ret`
 * (may be NULL) gets our own steps in either case, for an error message. */
bool sign_verify(const struct sign_input *in, const struct sign_authorization *given,
	struct sign_result *ret);
