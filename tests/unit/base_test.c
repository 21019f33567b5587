/* JSON, texts, digests and errors. */
#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/jsonwriter.h"
#include "base/text.h"
#include "testing.h"

#include <errno.h>
#include <time.h>

static void json_accepts_what_the_rfc_does(void **state)
{
	static const char *const good[] = {"{}", "[]", "null", " true ", "\t\r\n[1, -2, 0, -0]\n",
		"9007199254740992", "-9007199254740992",
		"\"\\u00e9\\ud83d\\ude00 \\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\xf0\x9f\x98\x80\"",
		"{\"a\":{\"a\":1},\"A\":2,\"b\":[{}]}", "0.5", "1e3", "-1.25E-2", "\"\x7f\"",
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		_cleanup_(json_deletep) cJSON *value = NULL;
		struct error err = {0};
		if (json_parse(good[i], strlen(good[i]), &value, &err) < 0)
			fail_msg("%s: %s", good[i], err.text);
		assert_non_null(value);
	}
}

static void json_refuses_what_cjson_lets_through(void **state)
{
	static const struct {
		const char *json, *why;
	} bad[] = {
		{"9007199254740993", "byte 0: a number beyond 2^53"},
		{"[-9007199254740993]", "byte 1: a number beyond 2^53"},
		{"9007199254740992.0", "2^53"},
		{"1e16", "2^53"},
		{"1e999", "2^53"},
		{"18446744073709551617", "2^53"},
		{"1000000000000000000000000000000000000000000000000000000000000000000", "too long"},
		{"007", "leading zero"},
		{"-01", "leading zero"},
		{"+1", "a value was expected"},
		{".5", "a value was expected"},
		{"1.", "digit"},
		{"1e", "digit"},
		{"-", "digit"},
		{"{\"a\":1,\"b\":2,\"a\":3}", "key 'a' occurs twice"},
		{"[{\"x\":{\"k\":1,\"\\u006b\":2}}]", "key 'k' occurs twice"},
		{"\"a\\u0000b\"", "byte 2: \\u0000"},
		{"{\"a\\u0000b\":1}", "\\u0000"},
		{"\"\\ud800\"", "surrogate"},
		{"\"\\ud800\\u0041\"", "surrogate"},
		{"\"\\udc00\"", "surrogate"},
		{"\"\\u12g4\"", "hex"},
		{"\"\\x41\"", "escape"},
		{"\"\xff\"", "byte 1: not UTF-8"},
		{"\"\xc0\xaf\"", "not UTF-8"},
		{"\"\xed\xa0\x80\"", "not UTF-8"},
		{"\"\xf4\x90\x80\x80\"", "not UTF-8"},
		{"\"\xe2\x82\"", "not UTF-8"},
		{"\"a\nb\"", "control"},
		{"{} x", "byte 3: something follows"},
		{"{}{}", "something follows"},
		{"", "byte 0: the text ends"},
		{"  ", "the text ends"},
		{"[1,]", "a value was expected"},
		{"[1 2]", "',' or ']'"},
		{"{\"a\":1,}", "key in quotes"},
		{"{\"a\" 1}", "':'"},
		{"{a:1}", "key in quotes"},
		{"[1", "',' or ']'"},
		{"\"abc", "without an end"},
		{"tru", "a value was expected"},
		{"NaN", "a value was expected"},
		{"nul", "a value was expected"},
		{"\xef\xbb\xbf{}", "a value was expected"},
		{"/**/1", "a value was expected"},
		{"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
			"byte 32: nested too deep"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cJSON *value = NULL;
		struct error err = {0};
		if (json_parse(bad[i].json, strlen(bad[i].json), &value, &err) != -EBADMSG)
			fail_msg("was let through: %s", bad[i].json);
		assert_null(value);
		if (!strstr(err.text, bad[i].why))
			fail_msg("%s: %s", bad[i].json, err.text);
	}
	/* A NUL byte in the middle is not an end. */
	assert_int_equal(json_parse("1\0", 2, &(cJSON *){NULL}, NULL), -EBADMSG);
	assert_int_equal(json_parse("\"a\0\"", 4, &(cJSON *){NULL}, NULL), -EBADMSG);
}

static void json_deep_nesting_costs_no_stack(void **state)
{
	size_t length = 1000000;
	char *deep = malloc(length);

	(void)state;
	memset(deep, '[', length);
	assert_int_equal(json_parse(deep, length, &(cJSON *){NULL}, NULL), -EBADMSG);
	free(deep);
}

/* Processor time, the least of several: other programs on the machine count for little. */
static clock_t time_for_keys(int count)
{
	struct text t = TEXT_INIT(8 << 20);
	clock_t least = 0;

	text_add(&t, "{\"k\":0");
	for (int i = 0; i < count; i++)
		text_printf(&t, ",\"k%d\":0", i);
	text_add(&t, "}");
	for (int round = 0; round < 3; round++) {
		cJSON *value = NULL;
		clock_t begin = clock(), took;

		assert_int_equal(json_parse(t.s, t.length, &value, NULL), 0);
		took = clock() - begin;
		least = round == 0 || took < least ? took : least;
		cJSON_Delete(value);
	}
	text_done(&t);
	return least;
}

/* Compared pair by pair, eight times the keys take 64 times as long. */
static void json_many_keys_are_not_compared_pair_by_pair(void **state)
{
	clock_t few = time_for_keys(16000), many = time_for_keys(8 * 16000);

	(void)state;
	if (many > 32 * few)
		fail_msg("%ld and %ld ticks", (long)few, (long)many);
}

static void json_values_one_after_the_other(void **state)
{
	const char *s = " {\"a\":1}\n[2] 3 ";
	size_t at = 0, used, count = 0;

	(void)state;
	while (at < strlen(s)) {
		cJSON *value = NULL;
		assert_int_equal(json_parse_one(s + at, strlen(s) - at, &value, &used, NULL), 0);
		cJSON_Delete(value);
		at += used;
		count++;
	}
	assert_int_equal(count, 3);
}

static void json_getters(void **state)
{
	static const char s[] = "{\"n\":12,\"s\":\"34\",\"m\":\"-5\",\"p\":\"+6\",\"z\":\"007\","
				"\"f\":1.5,\"w\":2.0,"
				"\"e\":\"\",\"x\":\"12a\",\"big\":\"9007199254740993\",\"max\":"
				"\"9007199254740992\","
				"\"b\":true,\"t\":\"text\",\"-\":\"-\"}";
	_cleanup_(json_deletep) cJSON *o = NULL;
	int64_t n = 99;
	bool b = false;

	(void)state;
	assert_int_equal(json_parse(s, strlen(s), &o, NULL), 0);
	assert_true(json_get_int(o, "n", false, &n) && n == 12);
	assert_true(json_get_int(o, "s", true, &n) && n == 34);
	assert_true(json_get_int(o, "m", true, &n) && n == -5);
	assert_true(json_get_int(o, "p", true, &n) && n == 6);
	assert_true(json_get_int(o, "w", false, &n) && n == 2);
	assert_true(json_get_int(o, "max", true, &n) && n == INT64_C(9007199254740992));
	n = 99;
	assert_false(json_get_int(o, "s", false, &n));
	assert_false(json_get_int(o, "z", true, &n));
	assert_false(json_get_int(o, "f", true, &n));
	assert_false(json_get_int(o, "e", true, &n));
	assert_false(json_get_int(o, "x", true, &n));
	assert_false(json_get_int(o, "-", true, &n));
	assert_false(json_get_int(o, "big", true, &n));
	assert_false(json_get_int(o, "b", true, &n));
	assert_false(json_get_int(o, "none", true, &n));
	assert_false(json_get_int(o, "N", true, &n)); /* with case */
	assert_int_equal(n, 99);
	assert_true(json_get_bool(o, "b", &b) && b);
	assert_false(json_get_bool(o, "n", &b));
	assert_string_equal(json_get_string(o, "t"), "text");
	assert_null(json_get_string(o, "T"));
	assert_null(json_get_string(o, "n"));
	assert_null(json_get(NULL, "n"));
	assert_null(json_get(json_get(o, "n"), "n"));
}

static void json_writes_what_it_reads(void **state)
{
	struct text t = TEXT_INIT(1000);
	struct jsonwriter w = {.out = &t};
	_cleanup_(json_deletep) cJSON *o = NULL;

	(void)state;
	json_object_begin(&w, NULL);
	json_string(&w, "s", "a\"b\\c\n\x01\t\xc3\xa9");
	json_string(&w, "none", NULL);
	json_int(&w, "n", INT64_C(-9007199254740992));
	json_array_begin(&w, "list");
	json_bool(&w, NULL, true);
	json_null(&w, NULL);
	json_object_begin(&w, NULL);
	json_object_end(&w);
	json_array_end(&w);
	json_raw(&w, "raw", "[1,2]");
	json_object_end(&w);
	assert_string_equal(t.s,
		"{\"s\":\"a\\\"b\\\\c\\n\\u0001\\u0009\xc3\xa9\",\"none\":null,"
		"\"n\":-9007199254740992,\"list\":[true,null,{}],\"raw\":[1,2]}");
	assert_int_equal(json_parse(t.s, t.length, &o, NULL), 0);
	assert_string_equal(json_get_string(o, "s"), "a\"b\\c\n\x01\t\xc3\xa9");
	text_done(&t);
}

static void json_writer_replaces_only_the_broken_bytes(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"a\xff"
		 "b",
			"\"a\xef\xbf\xbd"
			"b\""},
		{"\xc3\xa9\xc3", "\"\xc3\xa9\xef\xbf\xbd\""},
		{"\xc3\xa9\xff\xc3\xa9", "\"\xc3\xa9\xef\xbf\xbd\xc3\xa9\""},
		{"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
		{"\xff\"\n", "\"\xef\xbf\xbd\\\"\\n\""},
		{"", "\"\""},
	};
	struct text big = TEXT_INIT(4 << 20);
	char *bytes = malloc(1000001);
	clock_t begin;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct text t = TEXT_INIT(100);
		struct jsonwriter w = {.out = &t};
		json_string(&w, NULL, cases[i].in);
		assert_string_equal(t.s, cases[i].out);
		text_done(&t);
	}
	memset(bytes, 0xff, 1000000);
	bytes[1000000] = '\0';
	begin = clock();
	json_string(&(struct jsonwriter){.out = &big}, NULL, bytes);
	assert_int_equal(big.length, 3000002);
	assert_true(clock() - begin < 5 * CLOCKS_PER_SEC); /* quadratic would be hours */
	text_done(&big);
	free(bytes);
}

static void text_keeps_to_its_limit(void **state)
{
	struct text t = TEXT_INIT(5);
	char *s;

	(void)state;
	text_add(&t, "abc");
	text_add(&t, "def");
	assert_true(t.full);
	assert_string_equal(t.s, "abc");
	text_printf(&t, "%d", 12);
	assert_string_equal(t.s, "abc12");
	s = text_take(&t);
	assert_string_equal(s, "abc12");
	assert_int_equal(t.length, 0);
	assert_false(t.full);
	free(s);
	s = text_take(&t);
	assert_string_equal(s, "");
	free(s);
}

static void text_numbers(void **state)
{
	static const char *const bad[] = {"", "00", "01", "-1", "+1", " 1", "1 ", "1a",
		"18446744073709551616", "99999999999999999999999"};
	uint64_t n = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(text_to_u64(bad[i], &n));
	assert_int_equal(n, 7);
	assert_true(text_to_u64("18446744073709551615", &n) && n == UINT64_MAX);
	assert_true(text_to_u64("0", &n) && n == 0);
}

static void text_utf8(void **state)
{
	static const char *const good[] = {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
		"\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
	static const char *const bad[] = {"\x80", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf",
		"\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
		"\xe2\x82", "\xc2\x41", "a\xff"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(text_is_utf8(good[i], strlen(good[i])));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(text_is_utf8(bad[i], strlen(bad[i])));
	assert_int_equal(text_utf8_length("", 0), 0);
}

static void text_for_people_shows_what_would_be_hidden(void **state)
{
	static const struct {
		const char *in, *out;
		size_t size;
	} cases[] = {
		{"plain", "plain", 32},
		{"a\nb\x1b[31m\x7f", "a\\nb\\x1b[31m\\x7f", 32},
		{"\xc2\x9b"
		 "31m",
			"\\u009b31m", 32},
		{"x\xffy", "x\\xffy", 32},
		{"a\xe2\x80\xae"
		 "b\xe2\x80\x8b"
		 "c",
			"a\\u202eb\\u200bc", 32},
		{"\xf3\xa0\x81\x81", "\\U000e0041", 32},
		{"a\nb", "a", 3}, /* an escape is whole or not there */
		{"a\nb", "a\\n", 4},
		{"a\\x1b", "a\\x1b", 32}, /* a second copy changes nothing */
		{"\xe8\xae\xa2\xe5\x8d\x95 \xf0\x9f\x90\x98",
			"\xe8\xae\xa2\xe5\x8d\x95 \xf0\x9f\x90\x98", 32},
		{"abc\xc3\xa9", "abc", 5},
		{"abc\xc3\xa9", "abc\xc3\xa9", 6},
		{"abc", "", 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char to[32] = "untouched";
		text_copy_printable(to, cases[i].size, cases[i].in);
		assert_string_equal(to, cases[i].out);
	}
	text_copy_printable(NULL, 0, "abc");
}

static void a_name_reads_in_one_way_only(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"orders", "orders"},
		{"x; id > F #", "x-id-F"},
		{"$(id>F)`id`", "id-F-id"},
		{"--wait", "wait"},
		{"-", ""},
		{"Orders (prod)", "Orders-prod"},
		{"a'b\"c", "a-b-c"},
		{"\xe8\xae\xa2\xe5\x8d\x95", "\xe8\xae\xa2\xe5\x8d\x95"},
		{"a\xe3\x80\x80"
		 "b\xe2\x80\xae"
		 "c\xff",
			"a-b-c"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *name = text_name(cases[i].in);
		assert_string_equal(name, cases[i].out);
	}
}

static void text_suggests_the_nearest(void **state)
{
	static const char *const keys[] = {"last", "within", "hourly", "daily", "weekly", NULL};

	(void)state;
	assert_string_equal(text_nearest("dialy", keys), "daily");
	assert_string_equal(text_nearest("wekly", keys), "weekly");
	assert_null(text_nearest("retention", keys));
	assert_null(text_nearest("", (const char *const[]){"a", NULL}));
}

static void text_percent_encoding(void **state)
{
	struct text t = TEXT_INIT(100);

	(void)state;
	text_add_percent_encoded(&t, "aZ09-_.~ *+,:/%\xc3\xa9");
	assert_string_equal(t.s, "aZ09-_.~%20%2A%2B%2C%3A%2F%25%C3%A9");
	text_done(&t);
}

static void digests(void **state)
{
	char hex[DIGEST_HEX_SIZE];

	(void)state;
	digest_sha256_hex("", 0, hex);
	assert_string_equal(
		hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	digest_sha256_hex("abc", 3, hex); /* FIPS 180-2 */
	assert_string_equal(
		hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	/* RFC 4231, case 2 */
	digest_hmac_sha256_hex("Jefe", 4, "what do ya want for nothing?", 28, hex);
	assert_string_equal(
		hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	assert_true(digest_fnv1a("") == 0xcbf29ce484222325u);
	assert_true(digest_fnv1a("foobar") == 0x85944171f73967e8u);
}

static void errors_gather_context(void **state)
{
	struct error err = {0};

	(void)state;
	assert_int_equal(error_set(&err, ENOENT, "no %s", "file"), -ENOENT);
	assert_int_equal(error_add(&err, "policy '%s'", "gold"), -ENOENT);
	assert_string_equal(err.text, "policy 'gold': no file");
	for (int i = 0; i < 100; i++)
		(void)error_add(&err, "%0100d", i);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_int_equal(error_set(NULL, EIO, "x"), -EIO);
}

TEST_FILE(base_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_accepts_what_the_rfc_does),
		cmocka_unit_test(json_refuses_what_cjson_lets_through),
		cmocka_unit_test(json_deep_nesting_costs_no_stack),
		cmocka_unit_test(json_many_keys_are_not_compared_pair_by_pair),
		cmocka_unit_test(json_values_one_after_the_other),
		cmocka_unit_test(json_getters),
		cmocka_unit_test(json_writes_what_it_reads),
		cmocka_unit_test(json_writer_replaces_only_the_broken_bytes),
		cmocka_unit_test(text_keeps_to_its_limit),
		cmocka_unit_test(text_numbers),
		cmocka_unit_test(text_utf8),
		cmocka_unit_test(text_for_people_shows_what_would_be_hidden),
		cmocka_unit_test(a_name_reads_in_one_way_only),
		cmocka_unit_test(text_suggests_the_nearest),
		cmocka_unit_test(text_percent_encoding),
		cmocka_unit_test(digests),
		cmocka_unit_test(errors_gather_context),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
