/* What those who give out keys answer. */
#include "base/text.h"
#include "cloud/metadata.h"
#include "cloud/session.h"
#include "testing.h"

#include <errno.h>

#define FOUR                                                                               \
	"\"AccessKeyId\":\"STS.id\",\"AccessKeySecret\":\"FAKESECRET\",\"SecurityToken\":" \
	"\"FAKETOKEN\",\"Expiration\":\"2026-11-21T01:00:00Z\""
#define EXPIRES_S INT64_C(1795222800)

enum kind {
	STS,
	FLAT,
	URI,
	EXTERNAL,
};

static int read_one(enum kind kind, const char *body, struct session *ret, struct error *err)
{
	size_t length = strlen(body);

	switch (kind) {
	case STS:
		return session_read_sts(body, length, ret, err);
	case FLAT:
	case URI:
		return session_read_flat(body, length, kind == URI, ret, err);
	case EXTERNAL:
		return session_read_external(body, length, ret, err);
	}
	return -1;
}

static void s9_answers_with_keys_read_whole_or_not_at_all(void **state)
{
	static const struct {
		enum kind kind;
		const char *body;
		const char *wrong; /* NULL: it reads */
	} cases[] = {
		{STS, "{\"Credentials\":{" FOUR "},\"RequestId\":\"R\"}", NULL},
		{STS, "{" FOUR "}", "has no AccessKeyId"},
		{STS, "{\"Credentials\":[]}", "has no AccessKeyId"},
		{STS, "<html>FAKESECRET</html>", "no JSON object but a page"},
		{STS, "", "no JSON object"},
		{STS, "{\"Credentials\":{" FOUR "}", "no JSON object"},
		{FLAT, "{\"Code\":\"Success\"," FOUR "}", NULL},
		{FLAT, "{" FOUR "}", "Code is not Success"},
		{FLAT, "{\"Code\":\"Failed\"," FOUR "}", "Code is not Success"},
		{URI, "{" FOUR "}", NULL},
		{URI, "{\"Code\":\"Success\"," FOUR "}", NULL},
		{URI, "{\"Code\":\"Forbidden\"," FOUR "}", "Code is not Success"},
		{URI, "[{" FOUR "}]", "no JSON object"},
		{URI, "{" FOUR ",\"AccessKeyId\":\"x\"}", "no JSON object"},
		{URI, "{\"AccessKeyId\":\"STS.id\",\"AccessKeySecret\":\"FAKESECRET\"}",
			"has no SecurityToken"},
		{URI, "{\"AccessKeyId\":\"STS.id\",\"SecurityToken\":\"FAKETOKEN\"}",
			"has no AccessKeySecret"},
		{URI,
			"{\"AccessKeyId\":\"STS.id\",\"AccessKeySecret\":\"FAKESECRET\","
			"\"SecurityToken\":\"FAKETOKEN\"}",
			"no Expiration that reads"},
		{URI,
			"{\"AccessKeyId\":\"STS.id\",\"AccessKeySecret\":\"FAKESECRET\","
			"\"SecurityToken\":\"FAKETOKEN\",\"Expiration\":\"soon\"}",
			"no Expiration that reads"},
		{URI,
			"{\"AccessKeyId\":\"STS.id\",\"AccessKeySecret\":\"FAKESECRET\","
			"\"SecurityToken\":\"FAKE\\r\\nTOKEN\",\"Expiration\":"
			"\"2026-11-21T01:00:00Z\"}",
			"has a blank or a character that no key has"},
		{URI,
			"{\"AccessKeyId\":7,\"AccessKeySecret\":\"FAKESECRET\",\"SecurityToken\":"
			"\"FAKETOKEN\",\"Expiration\":\"2026-11-21T01:00:00Z\"}",
			"has no AccessKeyId"},
		{EXTERNAL,
			"{\"mode\":\"StsToken\",\"access_key_id\":\"STS.id\",\"access_key_secret\":"
			"\"FAKESECRET\",\"sts_token\":\"FAKETOKEN\",\"expiration\":"
			"\"2026-11-21T09:00:00+08:00\"}",
			NULL},
		{EXTERNAL,
			"{\"mode\":\"StsToken\",\"access_key_id\":\"STS.id\",\"access_key_secret\":"
			"\"FAKESECRET\"}",
			"has no sts_token"},
		{EXTERNAL, "{\"mode\":\"AK\",\"access_key_id\":\"STS.id\"}",
			"has no access_key_secret"},
		{EXTERNAL,
			"{\"mode\":\"FAKESECRET\",\"access_key_id\":\"STS.id\",\"access_key_"
			"secret\":"
			"\"FAKESECRET\"}",
			"neither AK nor StsToken"},
		{EXTERNAL,
			"{\"access_key_id\":\"STS.id\",\"access_key_secret\":\"FAKESECRET\","
			"\"expiration\":\"FAKESECRET\"}",
			"expiration does not read"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct session s = {0};
		struct error err = {0};
		int r = read_one(cases[i].kind, cases[i].body, &s, &err);
		if (r != (cases[i].wrong ? -EBADMSG : 0) ||
			(cases[i].wrong && !strstr(err.text, cases[i].wrong)))
			fail_msg("case %zu: %d %s", i, r, err.text);
		assert_null(strstr(err.text, "FAKE"));
		if (r == 0) {
			assert_string_equal(s.keys.id, "STS.id");
			assert_string_equal(s.keys.secret, "FAKESECRET");
			assert_string_equal(s.keys.token, "FAKETOKEN");
			assert_int_equal(s.expires_s, EXPIRES_S);
		} else {
			assert_null(s.keys.id);
		}
		session_done(&s);
	}
}

static void a_commands_keys_may_have_no_token_and_no_end(void **state)
{
	static const char body[] = "{\"mode\":\"AK\",\"access_key_id\":\"id\","
				   "\"access_key_secret\":\"s\",\"expiration\":\"\"}";
	struct session s = {0};

	(void)state;
	assert_int_equal(session_read_external(body, strlen(body), &s, NULL), 0);
	assert_string_equal(s.keys.id, "id");
	assert_null(s.keys.token);
	assert_int_equal(s.expires_s, 0);
	session_done(&s);
}

static void answers_that_are_too_large_are_not_read(void **state)
{
	_cleanup_free_ char *big = xmalloc(SESSION_BODY_MAX + 2);
	struct session s = {0};

	(void)state;
	memset(big, ' ', SESSION_BODY_MAX + 2);
	assert_int_equal(session_read_sts(big, SESSION_BODY_MAX + 1, &s, NULL), -EBADMSG);
}

/* One answer of the metadata service. */
struct said {
	enum http_fate fate;
	int status;
	const char *body;
};

#define SAYS(text)                         \
	{                                  \
		HTTP_ANSWERED, 200, (text) \
	}
#define STATUS(number)                    \
	{                                 \
		HTTP_ANSWERED, number, "" \
	}
#define KEYS SAYS("{\"Code\":\"Success\"," FOUR "}")

static int take(struct metadata *m, const struct said *said, struct session *ret, struct error *err)
{
	char body[256];
	struct http_reply reply = {
		.fate = said->fate, .status = said->status, .word = "Timeout", .body = body};

	(void)snprintf(body, sizeof(body), "%s", said->body);
	reply.length = strlen(body);
	return metadata_take(m, &reply, ret, err);
}

/* Plays a conversation; what was asked goes to `asked` ("PUT token", "GET list", "GET keys", each
 * with a '+' if it came with a token). */
static int converse(const char *role, bool hardened, const struct said *said, size_t count,
	char *asked, size_t size, struct error *err)
{
	struct metadata m;
	struct session session = {0};
	int r = 0;

	metadata_begin(&m, role, hardened);
	*asked = '\0';
	for (size_t i = 0; r == 0; i++) {
		struct metadata_question q;
		size_t used = strlen(asked);
		assert_true(i < count);
		metadata_ask(&m, &q);
		(void)snprintf(asked + used, size - used, "%s%s %s%s", used ? ", " : "", q.method,
			strrchr(q.path, '/') + 1,
			q.header && strstr(q.header, "metadata-token: ") ? "+" : "");
		memory_erase_string(q.header);
		r = take(&m, &said[i], &session, err);
	}
	assert_int_equal(session.keys.id != NULL, r == 1);
	session_done(&session);
	metadata_done(&m);
	return r;
}

static void the_metadata_service_is_asked_by_its_rules(void **state)
{
	static const struct {
		const char *role;
		bool hardened;
		struct said said[8];
		int result;
		const char *asked;
	} cases[] = {
		{NULL, false, {SAYS("TOK\n"), SAYS(" my-role\n"), KEYS}, 1,
			"PUT token, GET +, GET my-role+"},
		{"given", false, {SAYS("TOK"), KEYS}, 1, "PUT token, GET given+"},
		/* An old host, or a container to which the answer does not come through. */
		{NULL, false, {STATUS(404), SAYS("r"), KEYS}, 1, "PUT token, GET , GET r"},
		{"r", false, {{HTTP_AMBIGUOUS, 0, ""}, KEYS}, 1, "PUT token, GET r"},
		{"r", true, {{HTTP_AMBIGUOUS, 0, ""}}, -EIO, "PUT token"},
		{NULL, true, {STATUS(403)}, -EIO, "PUT token"},
		{"r", false, {SAYS("two words"), KEYS}, 1, "PUT token, GET r"},
		{"r", true, {SAYS("two words")}, -EBADMSG, "PUT token"},
		/* Nobody there: not even asked again. */
		{NULL, false, {{HTTP_UNSENT, 0, ""}}, -ENODEV, "PUT token"},
		{NULL, true, {{HTTP_UNSENT, 0, ""}}, -ENODEV, "PUT token"},
		/* A token that helps nobody. */
		{"r", false, {SAYS("TOK"), STATUS(403), KEYS}, 1, "PUT token, GET r+, GET r"},
		{NULL, false, {SAYS("TOK"), STATUS(401), SAYS("r"), KEYS}, 1,
			"PUT token, GET +, GET , GET r"},
		{"r", true, {SAYS("TOK"), STATUS(403)}, -EIO, "PUT token, GET r+"},
		{"r", false, {SAYS("TOK"), STATUS(500), STATUS(500)}, -EIO,
			"PUT token, GET r+, GET r"},
		/* An instance without a role. */
		{NULL, false, {SAYS("TOK"), STATUS(404), STATUS(404)}, -ENODEV,
			"PUT token, GET +, GET "},
		{NULL, false, {SAYS("TOK"), SAYS("a/../b"), SAYS("")}, -EBADMSG,
			"PUT token, GET +, GET "},
		{"r", false, {SAYS("TOK"), SAYS("{\"Code\":\"Failed\"}"), SAYS("<html>")}, -EBADMSG,
			"PUT token, GET r+, GET r"},
		{"r", false, {STATUS(302), STATUS(302)}, -EIO, "PUT token, GET r"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char asked[256];
		struct error err = {0};
		int r = converse(cases[i].role, cases[i].hardened, cases[i].said,
			ARRAY_SIZE(cases[i].said), asked, sizeof(asked), &err);
		if (r != cases[i].result || strcmp(asked, cases[i].asked) != 0)
			fail_msg("case %zu: %d '%s': %s", i, r, asked, err.text);
	}
}

TEST_FILE(session_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s9_answers_with_keys_read_whole_or_not_at_all),
		cmocka_unit_test(a_commands_keys_may_have_no_token_and_no_end),
		cmocka_unit_test(answers_that_are_too_large_are_not_read),
		cmocka_unit_test(the_metadata_service_is_asked_by_its_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
