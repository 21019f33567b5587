/* Digests by OpenSSL. A pure function of its input. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DIGEST_HEX_SIZE 65 /* 64 lower-case hex digits and NUL */

void digest_sha256_hex(const void *data, size_t length, char ret_hex[DIGEST_HEX_SIZE]);
void digest_hmac_sha256_hex(const void *key, size_t key_length, const void *data, size_t length,
	char ret_hex[DIGEST_HEX_SIZE]);
/* The same in base64 (RFC 4648, with padding). Owned by the caller. */
char *digest_hmac_sha256_base64(
	const void *key, size_t key_length, const void *data, size_t length);

/* FNV-1a, 64 bits: stable across versions and machines. For spreading, never for trust. */
uint64_t digest_fnv1a(const char *s);
