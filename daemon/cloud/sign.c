/* Signature V3 of the gateway: ACS3-HMAC-SHA256. */
#include "cloud/sign.h"

#include "base/memory.h"
#include "base/text.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ALGORITHM "ACS3-HMAC-SHA256"
#define TEXT_MAX ((size_t)1 << 20) /* far above any request: 100 ids of 64 bytes are 6.5 kB */

static int compare_pairs(const void *a, const void *b)
{
	const struct sign_pair *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : strcmp(x->value, y->value);
}

char *sign_canonical_query(const struct sign_pair *params, size_t count)
{
	_cleanup_free_ struct sign_pair *sorted = xcalloc(count, sizeof(*sorted));
	_cleanup_(text_done) struct text out = TEXT_INIT(TEXT_MAX);
	size_t longest = 0;

	for (size_t i = 0; i < count; i++) {
		sorted[i] = params[i];
		longest += 3 * (strlen(params[i].name) + strlen(params[i].value)) + 2;
	}
	text_reserve(&out, longest); /* a token may be among them */
	qsort(sorted, count, sizeof(*sorted), compare_pairs);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			text_add(&out, "&");
		text_add_percent_encoded(&out, sorted[i].name);
		text_add(&out, "=");
		text_add_percent_encoded(&out, sorted[i].value);
	}
	return text_take(&out);
}

static bool is_signed(const char *name)
{
	return strcasecmp(name, "host") == 0 || strcasecmp(name, "content-type") == 0 ||
		strncasecmp(name, "x-acs-", 6) == 0;
}

static int compare_headers(const void *a, const void *b)
{
	const struct sign_pair *x = a, *y = b;
	int order = strcasecmp(x->name, y->name);

	return order ? order : strcmp(x->value, y->value);
}

static void add_lower(struct text *out, const char *s)
{
	for (; *s; s++)
		text_add_bytes(out, (char[]){(char)(*s >= 'A' && *s <= 'Z' ? *s + 32 : *s)}, 1);
}

static void add_trimmed(struct text *out, const char *s)
{
	size_t length;

	s += strspn(s, " \t");
	length = strlen(s);
	while (length > 0 && strchr(" \t", s[length - 1]))
		length--;
	text_add_bytes(out, s, length);
}

/* Adds "name:value\n" for each signed header, and its name to `names`. Several values of one name
 * are joined by commas. */
static void add_headers(const struct sign_input *in, struct text *out, struct text *names)
{
	_cleanup_free_ struct sign_pair *sorted = xcalloc(in->header_count, sizeof(*sorted));
	size_t count = 0;

	for (size_t i = 0; i < in->header_count; i++)
		if (is_signed(in->headers[i].name))
			sorted[count++] = in->headers[i];
	qsort(sorted, count, sizeof(*sorted), compare_headers);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && strcasecmp(sorted[i - 1].name, sorted[i].name) == 0) {
			text_add(out, ",");
		} else {
			if (i > 0) {
				text_add(out, "\n");
				text_add(names, ";");
			}
			add_lower(names, sorted[i].name);
			add_lower(out, sorted[i].name);
			text_add(out, ":");
		}
		add_trimmed(out, sorted[i].value);
	}
	if (count > 0)
		text_add(out, "\n");
}

static size_t longest_request(const struct sign_input *in, const char *query)
{
	size_t bytes = 256 + strlen(in->path) + strlen(query);

	for (size_t i = 0; i < in->header_count; i++)
		bytes += 2 * strlen(in->headers[i].name) + strlen(in->headers[i].value) + 3;
	return bytes;
}

void sign(const struct sign_input *in, struct sign_result *ret)
{
	struct text request = TEXT_INIT(TEXT_MAX), names = TEXT_INIT(TEXT_MAX);
	char *query = in->canonical_query ? xstrdup(in->canonical_query)
					  : sign_canonical_query(in->params, in->param_count);

	text_reserve(&request, longest_request(in, query)); /* a token may be in a header */
	text_printf(&request, "%s\n%s\n%s\n", in->method, in->path, query);
	add_headers(in, &request, &names);
	text_printf(&request, "\n%s\n%s", names.s ? names.s : "", in->body_sha256);

	*ret = (struct sign_result){.canonical_query = query};
	ret->canonical_request = text_take(&request);
	ret->signed_headers = text_take(&names);
	digest_sha256_hex(ret->canonical_request, strlen(ret->canonical_request),
		ret->canonical_request_sha256);
	ret->string_to_sign = xasprintf(ALGORITHM "\n%s", ret->canonical_request_sha256);
	digest_hmac_sha256_hex(in->key_secret, strlen(in->key_secret), ret->string_to_sign,
		strlen(ret->string_to_sign), ret->signature);
	ret->authorization = xasprintf(ALGORITHM " Credential=%s,SignedHeaders=%s,Signature=%s",
		in->key_id, ret->signed_headers, ret->signature);
}

void sign_done(struct sign_result *r)
{
	free(r->canonical_query);
	memory_erase_string(r->canonical_request);
	free(r->string_to_sign);
	free(r->signed_headers);
	memory_erase_string(r->authorization);
	*r = (struct sign_result){0};
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
		return (c | 0x20) - 'a' + 10;
	return -1;
}

/* Decodes a part of a form in place. False: an escape is broken, or stands for NUL. */
static bool decode(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s == '%') {
			int high = hex_value(s[1]), low = high < 0 ? -1 : hex_value(s[2]);
			if (low < 0 || high * 16 + low == 0)
				return false;
			*to++ = (char)(high * 16 + low);
			s += 2;
		} else {
			*to++ = *s;
			if (*s == '+')
				to[-1] = ' ';
		}
	}
	*to = '\0';
	return true;
}

char *sign_canonical_query_from_url(const char *query)
{
	_cleanup_free_ char *copy = xstrdup(query + (*query == '?'));
	_cleanup_free_ struct sign_pair *params = NULL;
	size_t count = 0, capacity = 0;
	char *rest = copy, *part;

	while ((part = strsep(&rest, "&"))) {
		char *value = strchr(part, '=');
		if (!*part)
			continue;
		if (value)
			*value++ = '\0';
		else
			value = part + strlen(part);
		if (!decode(part) || !decode(value))
			return NULL;
		params = memory_grow(params, &capacity, count + 1, sizeof(*params));
		params[count++] = (struct sign_pair){part, value};
	}
	return sign_canonical_query(params, count);
}

/* The value of "name=value" at *s, up to `end`; moves *s behind it. NULL: it is not there. */
static char *take_field(const char **s, const char *name, char end)
{
	const char *value, *stop;

	if (!text_starts(*s, name))
		return NULL;
	value = *s + strlen(name);
	stop = end ? strchr(value, end) : value + strlen(value);
	if (!stop || stop == value)
		return NULL;
	*s = stop + (end != '\0');
	return xstrndup(value, (size_t)(stop - value));
}

bool sign_parse_authorization(const char *header, struct sign_authorization *ret)
{
	struct sign_authorization a = {0};
	const char *s = header;

	if (!text_starts(s, ALGORITHM " "))
		return false;
	s += strlen(ALGORITHM " ");
	a.key_id = take_field(&s, "Credential=", ',');
	a.signed_headers = a.key_id ? take_field(&s, "SignedHeaders=", ',') : NULL;
	a.signature = a.signed_headers ? take_field(&s, "Signature=", '\0') : NULL;
	if (!a.signature) {
		sign_authorization_done(&a);
		return false;
	}
	*ret = a;
	return true;
}

void sign_authorization_done(struct sign_authorization *a)
{
	free(a->key_id);
	free(a->signed_headers);
	free(a->signature);
	*a = (struct sign_authorization){0};
}

bool sign_verify(const struct sign_input *in, const struct sign_authorization *given,
	struct sign_result *ret)
{
	struct sign_result own;
	bool same;

	sign(in, &own);
	same = text_equal(in->key_id, given->key_id) &&
		text_equal(own.signed_headers, given->signed_headers) &&
		strlen(given->signature) == DIGEST_HEX_SIZE - 1 &&
		CRYPTO_memcmp(own.signature, given->signature, DIGEST_HEX_SIZE - 1) == 0;
	if (ret)
		*ret = own;
	else
		sign_done(&own);
	return same;
}
