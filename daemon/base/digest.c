/* SHA-256 and HMAC in hex digits or base64, and FNV-1a. */
#include "base/digest.h"

#include "base/memory.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

static void to_hex(const unsigned char md[32], char ret_hex[DIGEST_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 32; i++) {
		ret_hex[2 * i] = digits[md[i] >> 4];
		ret_hex[2 * i + 1] = digits[md[i] & 15];
	}
	ret_hex[64] = '\0';
}

void digest_sha256_hex(const void *data, size_t length, char ret_hex[DIGEST_HEX_SIZE])
{
	unsigned char md[EVP_MAX_MD_SIZE];

	if (EVP_Digest(data, length, md, NULL, EVP_sha256(), NULL) != 1)
		abort();
	to_hex(md, ret_hex);
}

void digest_hmac_sha256_hex(const void *key, size_t key_length, const void *data, size_t length,
	char ret_hex[DIGEST_HEX_SIZE])
{
	unsigned char md[EVP_MAX_MD_SIZE];

	if (!HMAC(EVP_sha256(), key, (int)key_length, data, length, md, NULL))
		abort();
	to_hex(md, ret_hex);
}

char *digest_hmac_sha256_base64(const void *key, size_t key_length, const void *data, size_t length)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	char *text = xcalloc(45, 1);

	if (!HMAC(EVP_sha256(), key, (int)key_length, data, length, md, NULL))
		abort();
	(void)EVP_EncodeBlock((unsigned char *)text, md, 32);
	return text;
}

uint64_t digest_fnv1a(const char *s)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (; *s; s++)
		hash = (hash ^ (unsigned char)*s) * 0x100000001b3u;
	return hash;
}
