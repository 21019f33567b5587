/* Signature V3 of the cloud's gateway (ACS3-HMAC-SHA256), as a function over values: no clock, no
 * randomness. Rules: the vendor's page "V3 request structure and signature", tested with requests
 * that the vendor's own SDK signed (tests/unit/data). Used by the client and, to verify, by the
 * simulator. */
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
	const char *canonical_query; /* instead of params, if not NULL */
	const struct sign_pair
		*headers; /* all of them, host too; which ones are signed is decided here */
	size_t header_count;
	const char *body_sha256; /* hex, the value of x-acs-content-sha256 */
	const char *key_id, *key_secret;
};

/* Every step, so that a test or a refused client can see where two sides part. */
struct sign_result {
	char *canonical_query; /* also what the client puts on the wire */
	char *canonical_request;
	char canonical_request_sha256[DIGEST_HEX_SIZE];
	char *string_to_sign;
	char *signed_headers; /* "host;x-acs-action;..." */
	char signature[DIGEST_HEX_SIZE];
	char *authorization; /* value of the Authorization header */
};

#define SIGN_EMPTY_BODY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* Signed are host, content-type and all x-acs-*. The result is the caller's: sign_done(). */
void sign(const struct sign_input *in, struct sign_result *ret);
void sign_done(struct sign_result *r); /* wipes (a token may be in it) and frees */

/* The canonical form of parameters, which is also what the client puts on the wire. The caller's.
 */
char *sign_canonical_query(const struct sign_pair *params, size_t count);

/* The canonical form of a query as it came over the wire ("a=1&b=%2C+x", with or without '?'):
 * form-decoded ('+' is a space), then encoded and sorted. The caller's to free. NULL if an escape
 * is broken or a NUL byte is in it. */
char *sign_canonical_query_from_url(const char *query);

/* Server side: takes an Authorization header apart. The strings are the caller's (free). False,
 * with nothing to free, if it is not of the form "ACS3-HMAC-SHA256 Credential=..,SignedHeaders=..,
 * Signature=..". */
struct sign_authorization {
	char *key_id, *signed_headers, *signature;
};
bool sign_parse_authorization(const char *header, struct sign_authorization *ret);
void sign_authorization_done(struct sign_authorization *a);

/* Server side: true if `given` is the authorization that `in` calls for. Compares in constant time;
 * `ret` (may be NULL) gets our own steps, for an error message, whatever the outcome. */
bool sign_verify(const struct sign_input *in, const struct sign_authorization *given,
	struct sign_result *ret);
