/* Checks the ACS3 signature of a call, its date, its nonce and its token. */
#include "auth.h"

#include "base/digest.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#define ALGORITHM "ACS3-HMAC-SHA256"
#define CANONICAL_MAX (1u << 20)
#define USER_ARN "acs:ram::1234567890123456:user/tester"

struct authorization {
	char *key, *headers, *signature;
};

static void authorization_done(struct authorization *a)
{
	free(a->key);
	free(a->headers);
	free(a->signature);
}

static void key_free(struct key *k)
{
	free(k->id);
	free(k->secret);
	free(k->token);
	free(k->arn);
	free(k->role);
	free(k->policy);
	free(k);
}

void auth_free(struct auth *a)
{
	while (a->keys) {
		struct key *k = a->keys;

		a->keys = k->next;
		key_free(k);
	}
	for (size_t i = 0; i < AUTH_BUCKETS; i++)
		while (a->nonces[i]) {
			struct nonce *n = a->nonces[i];

			a->nonces[i] = n->next;
			free(n->value);
			free(n);
		}
}

struct key *auth_key(const struct auth *a, const char *id)
{
	for (struct key *k = a->keys; k; k = k->next)
		if (text_equal(k->id, id))
			return k;
	return NULL;
}

static void unlink_key(struct key **at)
{
	struct key *k = *at;

	*at = k->next;
	key_free(k);
}

void auth_remove_key(struct auth *a, const char *id)
{
	for (struct key **at = &a->keys; *at; at = &(*at)->next)
		if (text_equal((*at)->id, id)) {
			unlink_key(at);
			return;
		}
}

void auth_remove_sessions(struct auth *a)
{
	struct key **at = &a->keys;

	while (*at)
		if ((*at)->role)
			unlink_key(at);
		else
			at = &(*at)->next;
}

struct key *auth_put_key(struct auth *a, struct key k)
{
	struct key *put = xcalloc(1, sizeof(*put));

	auth_remove_key(a, k.id);
	*put = k;
	if (!put->arn)
		put->arn = xstrdup(USER_ARN);
	put->next = a->keys;
	a->keys = put;
	return put;
}

bool auth_add_key(struct auth *a, const char *text)
{
	const char *secret = strchr(text, ':'), *token;

	if (!secret || secret == text || !secret[1] || secret[1] == ':')
		return false;
	token = strchr(secret + 1, ':');
	(void)auth_put_key(a,
		(struct key){
			.id = xstrndup(text, (size_t)(secret - text)),
			.secret = token ? xstrndup(secret + 1, (size_t)(token - secret - 1))
					: xstrdup(secret + 1),
			.token = token ? xstrdup(token + 1) : NULL,
			.expires_us = STAMP_NEVER,
		});
	return true;
}

/* Always false, for `return auth_refuse(...)`. */
bool auth_refuse(struct refusal *ret, int status, const char *code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	*ret = (struct refusal){.status = status, .code = code};
	if (vasprintf(&ret->message, format, args) < 0)
		abort();
	va_end(args);
	return false;
}

/* The value of NAME=... in the comma-separated list, owned; NULL if it is not there. */
static char *take_field(const char *list, const char *name)
{
	size_t length = strlen(name);

	while (*list) {
		size_t n = strcspn(list, ",");

		if (n > length && list[length] == '=' && strncmp(list, name, length) == 0)
			return xstrndup(list + length + 1, n - length - 1);
		list += n + (list[n] == ',');
	}
	return NULL;
}

static bool parse_authorization(const char *header, struct authorization *ret)
{
	if (!header || !text_starts(header, ALGORITHM " "))
		return false;
	header += strlen(ALGORITHM " ");
	ret->key = take_field(header, "Credential");
	ret->headers = take_field(header, "SignedHeaders");
	ret->signature = take_field(header, "Signature");
	return ret->key && ret->headers && ret->signature;
}

static bool in_list(const char *list, const char *name)
{
	size_t length = strlen(name);

	for (; list; list = strchr(list, ';')) {
		list += *list == ';';
		if (strcspn(list, ";") == length && strncmp(list, name, length) == 0)
			return true;
	}
	return false;
}

/* Every x-acs-*, host, and content-type has to be signed. */
static bool all_signed(const struct request *r, const char *signed_headers)
{
	for (size_t i = 0; i < r->header_count; i++) {
		const char *name = r->headers[i].name;

		if ((text_starts(name, "x-acs-") || text_equal(name, "host") ||
			    text_equal(name, "content-type")) &&
			!in_list(signed_headers, name))
			return false;
	}
	return true;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* name:value, with repeated values sorted and joined, each without white space around it. */
static void add_signed_header(const struct request *r, const char *name, struct text *out)
{
	_cleanup_free_ const char **values = xcalloc(r->header_count + 1, sizeof(*values));
	size_t count = 0;

	for (size_t i = 0; i < r->header_count; i++)
		if (text_equal(r->headers[i].name, name))
			values[count++] = r->headers[i].value;
	qsort(values, count, sizeof(*values), compare_strings);
	text_printf(out, "%s:", name);
	for (size_t i = 0; i < count; i++) {
		const char *s = values[i] + strspn(values[i], " \t");
		size_t length = strlen(s);

		while (length > 0 && strchr(" \t", s[length - 1]))
			length--;
		text_add(out, i > 0 ? "," : "");
		text_add_bytes(out, s, length);
	}
	text_add(out, "\n");
}

static void canonical_request(const struct request *r, const struct query *q,
	const char *signed_headers, const char *payload_hash, struct text *out)
{
	text_printf(out, "%s\n", r->method);
	text_add_bytes(out, r->target, strcspn(r->target, "?"));
	text_add(out, "\n");
	query_canonical(q, out);
	text_add(out, "\n");
	for (const char *at = signed_headers; at; at = strchr(at, ';')) {
		_cleanup_free_ char *name = NULL;

		at += *at == ';';
		name = xstrndup(at, strcspn(at, ";"));
		add_signed_header(r, name, out);
	}
	text_printf(out, "\n%s\n%s", signed_headers, payload_hash);
}

static bool check_signature(const struct key *k, const struct switches *s, const struct request *r,
	const struct query *q, const struct authorization *a, struct refusal *ret)
{
	_cleanup_(text_done) struct text canonical = TEXT_INIT(CANONICAL_MAX);
	_cleanup_(text_done) struct text to_sign = TEXT_INIT(CANONICAL_MAX);
	char hash[DIGEST_HEX_SIZE], signature[DIGEST_HEX_SIZE];
	const char *payload = hash;

	digest_sha256_hex(r->body.s ? r->body.s : "", r->body.length, hash);
	if (switch_is(s, SW_PAYLOAD_HASH, "unchecked"))
		payload = request_header(r, "x-acs-content-sha256");
	canonical_request(r, q, a->headers, payload, &canonical);
	digest_sha256_hex(canonical.s, canonical.length, signature);
	text_printf(&to_sign, "%s\n%s", ALGORITHM, signature);
	digest_hmac_sha256_hex(k->secret, strlen(k->secret), to_sign.s, to_sign.length, signature);
	if (strcmp(signature, a->signature) == 0)
		return true;
	return auth_refuse(ret, switch_number(s, SW_SIGNATURE_ERROR_STATUS),
		"SignatureDoesNotMatch",
		"Specified signature is not matched with our calculation. server string to sign is:"
		"%s server canonical request is:%s",
		to_sign.s, canonical.s);
}

bool auth_date(const struct switches *s, const char *date, int64_t now_us, struct refusal *ret)
{
	int64_t sent_us;

	if (strlen(date) != 20 || !stamp_parse(date, &sent_us))
		return auth_refuse(ret, 400, "InvalidTimeStamp.Format",
			"Specified time stamp or date value is not well formatted.");
	if (switch_is(s, SW_DATE_CHECK, "on") &&
		(sent_us < now_us - AUTH_WINDOW_US || sent_us > now_us + AUTH_WINDOW_US))
		return auth_refuse(ret, 400, "InvalidTimeStamp.Expired",
			"Specified time stamp or date value is expired.");
	return true;
}

bool auth_token(const struct auth *a, const struct key *k, const struct switches *s,
	const char *token, int64_t now_us, struct refusal *ret)
{
	int status = switch_number(s, SW_TOKEN_ERROR_STATUS);

	if (k->token && !token)
		return auth_refuse(ret, status, "MissingSecurityToken",
			"SecurityToken is mandatory for this action.");
	if (text_equal(k->token, token)) {
		if (k->token && (k->expired || now_us >= k->expires_us))
			return auth_refuse(ret, status, "InvalidSecurityToken.Expired",
				"Specified SecurityToken is expired.");
		return true;
	}
	for (const struct key *other = a->keys; other; other = other->next)
		if (!k->token || text_equal(other->token, token))
			return auth_refuse(ret, status,
				"InvalidSecurityToken.MismatchWithAccessKey",
				"Specified SecurityToken mismatch with the AccessKey.");
	return auth_refuse(ret, status, "InvalidSecurityToken.Malformed",
		"Specified SecurityToken is malformed.");
}

/* Nonces older than any date that could still pass are forgotten on the way. */
bool auth_nonce(
	struct auth *a, const char *key, const char *nonce, int64_t now_us, struct refusal *ret)
{
	_cleanup_free_ char *value = xasprintf("%s\n%s", key, nonce);
	struct nonce **at = &a->nonces[digest_fnv1a(value) % AUTH_BUCKETS], *n;

	while (*at) {
		n = *at;
		if (text_equal(n->value, value))
			return auth_refuse(ret, 400, "SignatureNonceUsed",
				"Specified signature nonce was used already.");
		if (n->used_us < now_us - 4 * AUTH_WINDOW_US) {
			*at = n->next;
			free(n->value);
			free(n);
		} else {
			at = &n->next;
		}
	}
	n = xcalloc(1, sizeof(*n));
	n->value = TAKE_PTR(value);
	n->used_us = now_us;
	*at = n;
	return true;
}

static bool check_present(const struct request *r, struct refusal *ret)
{
	static const struct {
		const char *header, *code, *name;
	} needed[] = {
		{"x-acs-action", "MissingAction", "Action"},
		{"x-acs-version", "MissingVersion", "Version"},
		{"x-acs-date", "MissingTimestamp", "Timestamp"},
		{"x-acs-signature-nonce", "MissingSignatureNonce", "SignatureNonce"},
		{"x-acs-content-sha256", "MissingContentSha256", "ContentSha256"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		const char *value = request_header(r, needed[i].header);

		if (!value || !*value)
			return auth_refuse(ret, 400, needed[i].code,
				"%s is mandatory for this action.", needed[i].name);
	}
	return true;
}

const struct key *auth_usable_key(
	const struct auth *a, const struct switches *s, const char *id, struct refusal *ret)
{
	const struct key *k = auth_key(a, id);

	if (!k)
		(void)auth_refuse(ret, switch_number(s, SW_UNKNOWN_KEY_STATUS),
			"InvalidAccessKeyId.NotFound", "Specified access key is not found.");
	else if (k->inactive)
		(void)auth_refuse(ret, 400, "InvalidAccessKeyId.Inactive",
			"Specified access key is disabled.");
	return k && !k->inactive ? k : NULL;
}

bool auth_check(struct auth *a, const struct switches *s, const struct request *r,
	const struct query *q, int64_t now_us, char **ret_key, struct refusal *ret)
{
	_cleanup_(authorization_done) struct authorization sent = {0};
	bool parsed = parse_authorization(request_header(r, "authorization"), &sent);
	const struct key *k;

	*ret_key = xstrdup(sent.key);
	if (!check_present(r, ret))
		return false;
	if (!parsed || !all_signed(r, sent.headers))
		return auth_refuse(ret, 400, "IncompleteSignature",
			"The request signature does not conform to Aliyun standards.");
	k = auth_usable_key(a, s, sent.key, ret);
	return k && auth_date(s, request_header(r, "x-acs-date"), now_us, ret) &&
		check_signature(k, s, r, q, &sent, ret) &&
		auth_token(a, k, s, request_header(r, "x-acs-security-token"), now_us, ret) &&
		auth_nonce(a, k->id, request_header(r, "x-acs-signature-nonce"), now_us, ret);
}
