/* Signatures, with every step between as the vendor's vectors have it. */
#include "base/json.h"
#include "base/text.h"
#include "cloud/sign.h"
#include "testing.h"

#define PAIRS_MAX 32
#define SECRET "TESTONLYACCESSKEYSECRET0000000"

static cJSON *load(const char *path)
{
	size_t length;
	char *data = read_test_file(path, &length);
	struct error err = {0};
	cJSON *o = NULL;

	if (json_parse(data, length, &o, &err) < 0)
		fail_msg("%s: %s", path, err.text);
	free(data);
	return o;
}

static size_t pairs_of_object(const cJSON *object, struct sign_pair *to)
{
	const cJSON *member;
	size_t n = 0;

	cJSON_ArrayForEach (member, object) {
		assert_true(n < PAIRS_MAX);
		to[n++] = (struct sign_pair){member->string, member->valuestring};
	}
	return n;
}

/* ["name", "value", ...] */
static size_t pairs_of_array(const cJSON *array, struct sign_pair *to)
{
	size_t n = (size_t)cJSON_GetArraySize(array) / 2;

	assert_true(n <= PAIRS_MAX);
	for (size_t i = 0; i < n; i++)
		to[i] = (struct sign_pair){cJSON_GetArrayItem(array, (int)(2 * i))->valuestring,
			cJSON_GetArrayItem(array, (int)(2 * i + 1))->valuestring};
	return n;
}

static void every_intermediate_of_the_vendors_vectors(void **state)
{
	_cleanup_(json_deletep) cJSON *all = load("tests/unit/data/acs3-vectors.json");
	const cJSON *v;
	size_t count = 0;

	(void)state;
	cJSON_ArrayForEach (v, json_get(all, "vectors")) {
		struct sign_pair params[PAIRS_MAX], headers[PAIRS_MAX];
		const cJSON *h = json_get(v, "headers");
		const char *body = json_get_string(v, "body");
		char hash[DIGEST_HEX_SIZE];
		struct sign_result r;

		digest_sha256_hex(body, strlen(body), hash);
		assert_string_equal(hash, json_get_string(h, "x-acs-content-sha256"));
		sign(&(struct sign_input){.method = json_get_string(v, "method"),
			     .path = json_get_string(v, "pathname"),
			     .params = params,
			     .param_count = pairs_of_object(json_get(v, "query"), params),
			     .headers = headers,
			     .header_count = pairs_of_object(h, headers),
			     .body_sha256 = hash,
			     .key_id = json_get_string(v, "access_key_id"),
			     .key_secret = json_get_string(v, "access_key_secret")},
			&r);
		assert_string_equal(r.canonical_query, json_get_string(v, "canonical_query"));
		assert_string_equal(r.canonical_request, json_get_string(v, "canonical_request"));
		assert_string_equal(
			r.canonical_request_sha256, json_get_string(v, "canonical_request_sha256"));
		assert_string_equal(r.string_to_sign, json_get_string(v, "string_to_sign"));
		assert_string_equal(r.signed_headers, json_get_string(v, "signed_headers"));
		assert_string_equal(r.signature, json_get_string(v, "signature"));
		assert_string_equal(r.authorization, json_get_string(v, "authorization"));
		sign_done(&r);
		count++;
	}
	assert_int_equal(count, 7);
}

static const char *header(const struct sign_pair *h, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(h[i].name, name) == 0)
			return h[i].value;
	return "";
}

/* The secret that signed a sample is that of the vector of the same name. */
static const char *secret_of(const cJSON *vectors, const char *name)
{
	const cJSON *v;

	cJSON_ArrayForEach (v, json_get(vectors, "vectors"))
		if (text_equal(json_get_string(v, "name"), name))
			return json_get_string(v, "access_key_secret");
	fail_msg("no vector %s", name);
	return NULL;
}

static void a_server_verifies_what_the_vendors_client_sent(void **state)
{
	_cleanup_(json_deletep) cJSON *vectors = load("tests/unit/data/acs3-vectors.json");
	_cleanup_(json_deletep) cJSON *all = load("tests/unit/data/acs3-wire-samples.json");
	const cJSON *s;
	size_t count = 0;

	(void)state;
	cJSON_ArrayForEach (s, json_get(all, "samples")) {
		struct sign_pair headers[PAIRS_MAX];
		size_t n = pairs_of_array(json_get(s, "headers"), headers);
		const char *query = strchr(json_get_string(s, "url"), '?');
		const char *line = json_get_string(s, "request_line");
		_cleanup_free_ char *method = xstrndup(line, strcspn(line, " "));
		_cleanup_free_ char *canonical = sign_canonical_query_from_url(query ? query : "");
		struct sign_authorization given;
		struct sign_input in = {.method = method,
			.path = "/",
			.canonical_query = canonical,
			.headers = headers,
			.header_count = n,
			.body_sha256 = header(headers, n, "x-acs-content-sha256"),
			.key_secret = secret_of(vectors, json_get_string(s, "name"))};

		assert_true(sign_parse_authorization(header(headers, n, "Authorization"), &given));
		in.key_id = given.key_id;
		assert_true(sign_verify(&in, &given, NULL));
		/* And nothing else than what was sent. */
		in.key_secret = "TESTONLYANOTHERSECRET";
		assert_false(sign_verify(&in, &given, NULL));
		in.key_secret = secret_of(vectors, json_get_string(s, "name"));
		in.canonical_query = "DBClusterId=amv-other";
		assert_false(sign_verify(&in, &given, NULL));
		in.canonical_query = canonical;
		in.key_id = "another";
		assert_false(sign_verify(&in, &given, NULL));
		in.key_id = given.key_id;
		in.header_count = 3; /* a header that was signed is gone */
		assert_false(sign_verify(&in, &given, NULL));
		sign_authorization_done(&given);
		count++;
	}
	assert_int_equal(count, 7);
}

static void queries_are_form_decoded_and_made_canonical(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"", ""},
		{"?", ""},
		{"b=2&a=1", "a=1&b=2"},
		{"?b=2&a=1", "a=1&b=2"},
		{"a=x+y", "a=x%20y"},
		{"a=x%20y", "a=x%20y"},
		{"a=!()*'", "a=%21%28%29%2A%27"},
		{"a=%2c%2C", "a=%2C%2C"},
		{"a", "a="},
		{"a=", "a="},
		{"a=b=c", "a=b%3Dc"},
		{"&&a=1&", "a=1"},
		{"a=2&a=1", "a=1&a=2"},
		{"B=1&a=1", "B=1&a=1"},
		{"a=%7E~", "a=~~"},
		{"%44B=1", "DB=1"},
		{"a=%", NULL},
		{"a=%4", NULL},
		{"a=%zz", NULL},
		{"a=%00", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *got = sign_canonical_query_from_url(cases[i].in);
		if (!text_equal(got, cases[i].out))
			fail_msg("%s: %s", cases[i].in, got ? got : "(refused)");
	}
}

static void authorization_headers_are_taken_apart(void **state)
{
	static const char *const bad[] = {"", "ACS3-HMAC-SHA256", "ACS3-HMAC-SHA256 ",
		"ACS3-HMAC-SHA1 Credential=a,SignedHeaders=b,Signature=c",
		"ACS3-HMAC-SHA256 Credential=,SignedHeaders=b,Signature=c",
		"ACS3-HMAC-SHA256 Credential=a,Signature=c",
		"ACS3-HMAC-SHA256 Credential=a,SignedHeaders=b",
		"ACS3-HMAC-SHA256 Credential=a,SignedHeaders=b,Signature=",
		"ACS3-HMAC-SHA256 Credential=a SignedHeaders=b Signature=c"};
	struct sign_authorization a;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(sign_parse_authorization(bad[i], &a));
	assert_true(sign_parse_authorization(
		"ACS3-HMAC-SHA256 Credential=id,SignedHeaders=host;x-acs-date,Signature=ff", &a));
	assert_string_equal(a.key_id, "id");
	assert_string_equal(a.signed_headers, "host;x-acs-date");
	assert_string_equal(a.signature, "ff");
	sign_authorization_done(&a);
}

static void headers_are_lowered_trimmed_and_joined(void **state)
{
	const struct sign_pair headers[] = {{"X-Acs-B", "  2 "}, {"Host", "h"}, {"x-acs-a", "z"},
		{"X-ACS-A", "y"}, {"accept", "no"}, {"Authorization", "no"}};
	struct sign_result r;

	(void)state;
	sign(&(struct sign_input){.method = "GET",
		     .path = "/",
		     .headers = headers,
		     .header_count = ARRAY_SIZE(headers),
		     .body_sha256 = "00",
		     .key_id = "i",
		     .key_secret = SECRET},
		&r);
	assert_string_equal(r.canonical_request,
		"GET\n/\n\nhost:h\nx-acs-a:y,z\nx-acs-b:2\n\nhost;x-acs-a;x-acs-b\n00");
	sign_done(&r);
}

TEST_FILE(sign_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_intermediate_of_the_vendors_vectors),
		cmocka_unit_test(a_server_verifies_what_the_vendors_client_sent),
		cmocka_unit_test(queries_are_form_decoded_and_made_canonical),
		cmocka_unit_test(authorization_headers_are_taken_apart),
		cmocka_unit_test(headers_are_lowered_trimmed_and_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
