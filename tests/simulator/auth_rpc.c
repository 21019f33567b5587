/* The signature of RPC calls before ACS3: all in the parameters, HMAC-SHA1. The vendor's
 * credentials libraries call STS with it. */
#include "auth.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#define CANONICAL_MAX (1u << 20)

static bool check_present(const struct query *p, struct refusal *ret)
{
	static const struct {
		const char *name, *code;
	} needed[] = {
		{"Version", "MissingVersion"},
		{"AccessKeyId", "MissingAccessKeyId"},
		{"Signature", "MissingSignature"},
		{"SignatureMethod", "MissingSignatureMethod"},
		{"SignatureVersion", "MissingSignatureVersion"},
		{"SignatureNonce", "MissingSignatureNonce"},
		{"Timestamp", "MissingTimestamp"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		const char *value = query_get(p, needed[i].name);

		if (!value || !*value)
			return auth_refuse(ret, 400, needed[i].code,
				"%s is mandatory for this action.", needed[i].name);
	}
	if (text_equal(query_get(p, "SignatureMethod"), "HMAC-SHA1") &&
		text_equal(query_get(p, "SignatureVersion"), "1.0"))
		return true;
	return auth_refuse(ret, 400, "IncompleteSignature",
		"The request signature does not conform to Aliyun standards.");
}

/* METHOD&%2F&, and the encoded canonical form of all parameters but the signature. */
static void string_to_sign(const struct request *r, const struct query *p, struct text *out)
{
	_cleanup_(text_done) struct text canonical = TEXT_INIT(CANONICAL_MAX);
	_cleanup_free_ struct pair *pairs = xcalloc(p->count + 1, sizeof(*pairs));
	struct query rest = {.pairs = pairs};

	for (size_t i = 0; i < p->count; i++)
		if (!text_equal(p->pairs[i].key, "Signature"))
			pairs[rest.count++] = p->pairs[i];
	query_canonical(&rest, &canonical);
	text_printf(out, "%s&%%2F&", r->method);
	query_encode(canonical.s, out);
}

static bool check_signature(const struct key *k, const struct switches *s, const struct request *r,
	const struct query *p, struct refusal *ret)
{
	_cleanup_(text_done) struct text to_sign = TEXT_INIT(CANONICAL_MAX);
	_cleanup_free_ char *secret = xasprintf("%s&", k->secret);
	unsigned char digest[EVP_MAX_MD_SIZE], base64[2 * EVP_MAX_MD_SIZE];
	unsigned length;

	string_to_sign(r, p, &to_sign);
	if (!HMAC(EVP_sha1(), secret, (int)strlen(secret), (const unsigned char *)to_sign.s,
		    to_sign.length, digest, &length))
		abort();
	(void)EVP_EncodeBlock(base64, digest, (int)length);
	if (text_equal((const char *)base64, query_get(p, "Signature")))
		return true;
	return auth_refuse(ret, switch_number(s, SW_SIGNATURE_ERROR_STATUS),
		"SignatureDoesNotMatch",
		"Specified signature is not matched with our calculation. server string to sign "
		"is:%s",
		to_sign.s);
}

bool auth_check_rpc(struct auth *a, const struct switches *s, const struct request *r,
	const struct query *params, int64_t now_us, char **ret_key, struct refusal *ret)
{
	const char *id = query_get(params, "AccessKeyId");
	const struct key *k;

	*ret_key = xstrdup(id);
	if (!check_present(params, ret))
		return false;
	k = auth_usable_key(a, s, id, ret);
	return k && auth_date(s, query_get(params, "Timestamp"), now_us, ret) &&
		check_signature(k, s, r, params, ret) &&
		auth_token(a, k, s, query_get(params, "SecurityToken"), now_us, ret) &&
		auth_nonce(a, id, query_get(params, "SignatureNonce"), now_us, ret);
}
