/* Reads the answers of STS, the metadata service, credentials URIs and commands strictly: whole
 * keys or none. Errors quote nothing from the answer (S9). Functions of values. Sources: the STS
 * API pages (AssumeRole), the ECS manual (instance RAM roles), the vendor's own clients. */
#pragma once

#include "base/error.h"
#include "cloud/credentials.h"

#include <stddef.h>
#include <stdint.h>

#define SESSION_BODY_MAX ((size_t)64 << 10)

struct session {
	struct keys keys;
	int64_t expires_s; /* by the giver's clock; 0: not told */
};
void session_done(struct session *s); /* wipes and frees */

/* Each: 0 and *ret (the caller's), or -EBADMSG with what is wrong. */

/* {"Credentials": {"AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration"}} */
int session_read_sts(const char *body, size_t length, struct session *ret, struct error *err);
/* The four at the top, and "Code": "Success", which may be absent if `uri`. */
int session_read_flat(
	const char *body, size_t length, bool uri, struct session *ret, struct error *err);
/* {"mode": "AK"|"StsToken", "access_key_id", "access_key_secret", "sts_token", "expiration"}, as a
 * command of the CLI's mode External prints it. StsToken needs the token; the expiration may be
 * absent. */
int session_read_external(const char *body, size_t length, struct session *ret, struct error *err);
