/* Reads the answers of those who give out keys. */
#include "cloud/session.h"

#include "base/json.h"
#include "base/text.h"
#include "time/civil.h"

#include <errno.h>
#include <strings.h>

void session_done(struct session *s)
{
	keys_done(&s->keys);
	*s = (struct session){0};
}

static int parse(const char *body, size_t length, cJSON **ret, struct error *err)
{
	if (length > SESSION_BODY_MAX)
		return error_set(err, EBADMSG, "the answer is larger than 64 KiB");
	/* The parser's own text might quote the answer. */
	if (json_parse(body, length, ret, NULL) == 0 && cJSON_IsObject(*ret))
		return 0;
	return error_set(err, EBADMSG, "the answer is no JSON object%s",
		length > 0 && *body == '<' ? " but a page, as of a proxy or a captive portal" : "");
}

static int take(const struct keys *keys, int64_t expires_s, struct session *ret, struct error *err)
{
	if (!keys_are_clean(keys))
		return error_set(err, EBADMSG,
			"the answer's key or token has a blank or a character that no key has");
	keys_copy(keys, &ret->keys);
	ret->expires_s = expires_s;
	return 0;
}

/* A string that is borrowed from `object`; struct keys wants it without const. */
static char *string(const cJSON *object, const char *name)
{
	const cJSON *value = json_get(object, name);

	return cJSON_IsString(value) && *value->valuestring ? value->valuestring : NULL;
}

/* Reads id, secret and token by the names that they have. They are borrowed. */
static int read_keys(const cJSON *object, const char *const names[3], bool with_token,
	struct keys *ret, struct error *err)
{
	char **members[] = {&ret->id, &ret->secret, &ret->token};

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		*members[i] = string(object, names[i]);
		if (!*members[i] && (members[i] != &ret->token || with_token))
			return error_set(err, EBADMSG, "the answer has no %s", names[i]);
	}
	return 0;
}

/* The four members that all but commands have in common. */
static int read_four(const cJSON *object, struct session *ret, struct error *err)
{
	static const char *const names[] = {"AccessKeyId", "AccessKeySecret", "SecurityToken"};
	const char *expiration = string(object, "Expiration");
	struct keys keys;
	int64_t expires_s;
	int r = read_keys(object, names, true, &keys, err);

	if (r < 0)
		return r;
	if (!expiration || !civil_parse_instant(expiration, false, &expires_s))
		return error_set(err, EBADMSG, "the answer has no Expiration that reads");
	return take(&keys, expires_s, ret, err);
}

int session_read_sts(const char *body, size_t length, struct session *ret, struct error *err)
{
	_cleanup_(json_erasep) cJSON *reply = NULL;
	int r = parse(body, length, &reply, err);

	return r < 0 ? r : read_four(json_get(reply, "Credentials"), ret, err);
}

int session_read_flat(
	const char *body, size_t length, bool uri, struct session *ret, struct error *err)
{
	_cleanup_(json_erasep) cJSON *reply = NULL;
	const char *code;
	int r = parse(body, length, &reply, err);

	if (r < 0)
		return r;
	code = string(reply, "Code");
	if (code ? strcasecmp(code, "Success") != 0 : !uri)
		return error_set(err, EBADMSG, "the answer's Code is not Success");
	return read_four(reply, ret, err);
}

int session_read_external(const char *body, size_t length, struct session *ret, struct error *err)
{
	static const char *const names[] = {"access_key_id", "access_key_secret", "sts_token"};
	_cleanup_(json_erasep) cJSON *reply = NULL;
	struct keys keys;
	const char *mode, *expiration;
	int64_t expires_s = 0;
	bool with_token;
	int r = parse(body, length, &reply, err);

	if (r < 0)
		return r;
	mode = string(reply, "mode");
	with_token = mode && strcasecmp(mode, "StsToken") == 0;
	if (mode && !with_token && strcasecmp(mode, "AK") != 0)
		return error_set(err, EBADMSG, "the answer's mode is neither AK nor StsToken");
	r = read_keys(reply, names, with_token, &keys, err);
	if (r < 0)
		return r;
	expiration = string(reply, "expiration");
	if (expiration && !civil_parse_instant(expiration, false, &expires_s))
		return error_set(err, EBADMSG, "the answer's expiration does not read");
	return take(&keys, expires_s, ret, err);
}
