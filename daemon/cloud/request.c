/* Builds one signed request. */
#include "cloud/request.h"

#include "base/memory.h"
#include "time/civil.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void request_nonce(char ret[REQUEST_NONCE_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char random[16];

	/* getrandom(2) gives up to 256 bytes whole or not at all. */
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		abort();
	for (size_t i = 0; i < sizeof(random); i++) {
		ret[2 * i] = digits[random[i] >> 4];
		ret[2 * i + 1] = digits[random[i] & 15];
	}
	ret[32] = '\0';
}

void request_minute(int64_t instant_s, bool up, char ret[REQUEST_MINUTE_SIZE])
{
	int64_t second = ((instant_s % 60) + 60) % 60;
	char *tail;

	instant_s -= second;
	if (up && second > 0)
		instant_s += 60;
	civil_format_utc(instant_s, ret);
	tail = strrchr(ret, ':');
	if (tail)
		memcpy(tail, "Z", 2);
}

void request_build(const struct request_input *in, struct request *ret)
{
	const struct endpoint *e = in->endpoint;
	const struct keys *keys = in->keys;
	char date[CIVIL_TEXT_SIZE], body_sha256[DIGEST_HEX_SIZE] = SIGN_EMPTY_BODY_SHA256;
	struct sign_pair headers[REQUEST_HEADERS_MAX - 2] = {
		{"host", e->host},
		{"x-acs-action", in->action},
		{"x-acs-version", in->version},
		{"x-acs-date", date},
		{"x-acs-signature-nonce", in->nonce},
		{"x-acs-content-sha256", body_sha256},
		{"accept", "application/json"},
		{"user-agent", "retaind/" RETAIND_VERSION},
	};
	size_t count = 8;
	struct sign_result signature;

	civil_format_utc(in->now_s, date);
	if (in->form) {
		digest_sha256_hex(in->form, strlen(in->form), body_sha256);
		headers[count++] = (struct sign_pair){"content-type", REQUEST_FORM};
	}
	if (keys->token) {
		headers[count++] = (struct sign_pair){"x-acs-accesskey-id", keys->id};
		headers[count++] = (struct sign_pair){"x-acs-security-token", keys->token};
	}
	sign(&(struct sign_input){.method = in->method,
		     .path = "/",
		     .canonical_query = in->query,
		     .headers = headers,
		     .header_count = count,
		     .body_sha256 = body_sha256,
		     .key_id = keys->id,
		     .key_secret = keys->secret},
		&signature);

	*ret = (struct request){.body = xstrdup(in->form)};
	/* The canonical query itself goes on the wire: both sides then sign the same bytes. */
	ret->url = xasprintf(
		"%s://%s/?%s", e->tls ? "https" : "http", e->host, signature.canonical_query);
	for (size_t i = 0; i < count; i++)
		ret->headers[i] = xconcat(headers[i].name, ": ", headers[i].value);
	ret->headers[count] = xasprintf("Authorization: %s", signature.authorization);
	sign_done(&signature);
}

void request_done(struct request *r)
{
	free(r->url);
	memory_erase_string(r->body);
	for (size_t i = 0; r->headers[i]; i++)
		memory_erase_string(r->headers[i]);
	*r = (struct request){0};
}
