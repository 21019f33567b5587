/* Strictness of the YAML itself, and the form of messages. */
#include "policyfile_help.h"

#define HEAD                                                                               \
	"version: 1\ndefaults: {region: cn-hangzhou, keep: {last: 1}, backup: {schedule: " \
	"weekly}}\n"
#define TAIL "clusters: [{id: amv-1}]\n"

static void message_shows_place_line_and_caret(void **state)
{
	static const struct {
		const char *yaml, *messages;
	} rows[] = {
		{HEAD "clusters:\n  - id: amv-1\n    keep:\n      dialy: 14d\n",
			"p.yaml:6:7: error: unknown key 'dialy' (did you mean 'daily'?)\n"
			"      dialy: 14d\n"
			"      ^\n"},
		{HEAD "clusters: [{id: amv-1,\tnmae: x}]\n", /* the caret follows a tab */
			"p.yaml:3:24: error: unknown key 'nmae' (did you mean 'name'?)\n"
			"clusters: [{id: amv-1,\tnmae: x}]\n"
			"                      \t^\n"},
		{HEAD "clusters: [{id: amv-1, name: \"Zürich\", nmae: x}]\n", /* two bytes, one
										 column */
			"p.yaml:3:40: error: unknown key 'nmae' (did you mean 'name'?)\n"
			"clusters: [{id: amv-1, name: \"Zürich\", nmae: x}]\n"
			"                                       ^\n"},
		{HEAD "clusters: [{id: amv-1, name: 订单, nmae: x}]\n", /* one character, two
									   columns */
			"p.yaml:3:34: error: unknown key 'nmae' (did you mean 'name'?)\n"
			"clusters: [{id: amv-1, name: 订单, nmae: x}]\n"
			"                                   ^\n"},
		{HEAD "clusters: [{id: amv-1}]\r\nnope: 1\r\n", /* lines of Windows */
			"p.yaml:4:1: error: unknown key 'nope'\n"
			"nope: 1\n"
			"^\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct loaded l = load_text(rows[i].yaml);
		assert_string_equal(l.messages, rows[i].messages);
		assert_int_equal(l.counts.errors, 1);
		loaded_done(&l);
	}
}

static void what_yaml_allows_beyond_the_plain_is_refused(void **state)
{
	static const struct {
		const char *yaml, *says;
	} rows[] = {
		{"", "p.yaml:1:1: error: the file is empty\n"},
		{"# nothing\n\n", "the file is empty"},
		{"--- \n...\n", "'the file' has no value"},
		{"- 1\n", "p.yaml:1:1: error: 'the file' takes keys with values, not a list\n"},
		{"hello\n", "not 'hello'"},
		{HEAD TAIL "---\n" HEAD TAIL, "p.yaml:4:1: error: a second document"},
		{HEAD TAIL "---\n", "a second document"},
		{HEAD "clusters: [&a {id: amv-1}]\n",
			"p.yaml:3:12: error: anchors are not allowed"},
		{HEAD "clusters: [{id: &a amv-1}]\n",
			"p.yaml:3:17: error: anchors are not allowed"},
		{HEAD "clusters: &a [{id: amv-1}]\n",
			"p.yaml:3:11: error: anchors are not allowed"},
		{HEAD "clusters: [{id: &a amv-1}, {id: *a}]\n",
			"p.yaml:3:33: error: aliases are not allowed"},
		{HEAD "clusters: [{id: amv-1, <<: {name: x}}]\n",
			"error: merge keys are not allowed"},
		{HEAD "clusters: [{id: !!str amv-1}]\n",
			"p.yaml:3:17: error: tags are not allowed"},
		{HEAD "clusters: [!x {id: amv-1}]\n", "tags are not allowed"},
		{HEAD "clusters: !x [{id: amv-1}]\n", "tags are not allowed"},
		{"%TAG ! tag:example.com,2000:\n---\n" HEAD TAIL, "tags are not allowed"},
		{HEAD TAIL "version: 1\n",
			"p.yaml:4:1: error: duplicate key 'version'\nversion: 1\n^\n"
			"p.yaml:1:1: note: it was here before\n"},
		{HEAD "clusters: [{id: amv-1, keep: {daily: 1, last: 2, daily: 3}}]\n",
			"duplicate key 'daily'"},
		{HEAD "clusters: [{id: amv-1, \"id\": amv-1}]\n", "duplicate key 'id'"},
		{HEAD TAIL "? [a, b]\n: 1\n", "a key must be a single word"},
		{HEAD TAIL "? {a: b}\n: 1\n", "a key must be a single word"},
		{HEAD "clusters: [{id: \"a\\0b\"}]\n",
			"p.yaml:3:17: error: a value cannot hold a NUL character"},
		{HEAD "clusters: [{id: amv-1}\n", "error: not YAML: "},
		{HEAD "clusters:\n\t- id: amv-1\n", "indent with spaces, not tabs"},
		{HEAD "clusters: [{id: \"amv-1}]\n",
			"error: not YAML: while scanning a quoted scalar"},
		{HEAD "clusters: [{id: a\x01mv-1}]\n",
			"p.yaml:3:18: error: not YAML: control characters"},
		{HEAD "clusters: [{id: a\xffmv-1}]\n", "p.yaml:3:18: error: not UTF-8"},
		{HEAD "clusters: [{id: a\xc3(mv-1}]\n", "p.yaml:3:18: error: not UTF-8"},
		{HEAD "clusters: [{id: \xed\xa0\x80}]\n", "not UTF-8"},
		{"\xff\xfe"
		 "v",
			"p.yaml:1:1: error: this is UTF-16"},
		{"\xfe\xff"
		 "v",
			"p.yaml:1:1: error: this is UTF-16"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct loaded l = load_text(rows[i].yaml);
		assert_int_equal(l.result, -EINVAL);
		assert_true(says(&l, rows[i].says));
		loaded_done(&l);
	}
}

static void utf16_without_a_mark_is_refused(void **state)
{
	static const char bytes[] = "v\0e\0r\0s\0i\0o\0n\0:\0 \0001\0";
	struct loaded l = load_bytes(bytes, sizeof(bytes) - 1);

	(void)state;
	assert_int_equal(l.result, -EINVAL);
	assert_true(says(&l, "p.yaml:1:2: error: not YAML: control characters"));
	loaded_done(&l);
}

static void utf8_mark_is_accepted(void **state)
{
	struct loaded l = load_good("\xef\xbb\xbf" HEAD TAIL);

	(void)state;
	assert_int_equal(l.file->cluster_count, 1);
	loaded_done(&l);
}

/* Lists inside `protect`: any key will do, the document is read before the keys are looked at. */
static struct loaded load_nested(int depth)
{
	struct text yaml = TEXT_INIT(1024 * 1024);
	struct loaded l;

	text_add(&yaml, "version: 1\nx: "); /* the file itself is one level */
	for (int i = 1; i < depth; i++)
		text_add(&yaml, "[");
	for (int i = 1; i < depth; i++)
		text_add(&yaml, "]");
	text_add(&yaml, "\n");
	l = load_text(yaml.s);
	text_done(&yaml);
	return l;
}

static void depth_is_limited_to_16(void **state)
{
	struct loaded l = load_nested(16);

	(void)state;
	assert_true(says(&l, "unknown key 'x'"));
	assert_null(strstr(l.messages, "deep"));
	loaded_done(&l);
	l = load_nested(17);
	assert_true(says(&l, "p.yaml:2:19: error: nested more than 16 deep"));
	assert_int_equal(l.counts.errors, 1);
	loaded_done(&l);
	l = load_nested(100000);
	assert_true(says(&l, "nested more than 16 deep"));
	loaded_done(&l);
}

static void size_is_limited_to_one_mebibyte(void **state)
{
	const size_t limit = 1024 * 1024;
	char *data = xmalloc(limit + 1);
	const char *yaml = HEAD TAIL;
	struct loaded l;

	(void)state;
	memset(data, '\n', limit + 1);
	memcpy(data, yaml, strlen(yaml));
	l = load_bytes(data, limit);
	assert_int_equal(l.result, 0);
	loaded_done(&l);
	l = load_bytes(data, limit + 1);
	assert_true(says(&l, "p.yaml:1:1: error: larger than 1048576 bytes"));
	loaded_done(&l);
	free(data);
}

static void many_errors_are_cut_but_counted(void **state)
{
	struct text yaml = TEXT_INIT(1024 * 1024);
	struct loaded l;

	(void)state;
	text_add(&yaml, HEAD TAIL);
	for (int i = 0; i < 5000; i++)
		text_printf(&yaml, "unknown%d: 1\n", i);
	l = load_text(yaml.s);
	assert_int_equal(l.counts.errors, 5000);
	assert_true(says(&l, "p.yaml: 4000 more not shown\n"));
	text_done(&yaml);
	loaded_done(&l);
}

static void long_lines_are_cut_around_the_caret(void **state)
{
	struct text yaml = TEXT_INIT(1024 * 1024);
	struct loaded l;
	const char *line;

	(void)state;
	text_add(&yaml,
		"version: 1\ndefaults: {region: cn-x, keep: {last: 1}, backup: {schedule: "
		"none}}\nclusters: [");
	for (int i = 0; i < 1000; i++)
		text_printf(&yaml, "{id: amv-%d, name: 集群%d}, ", i, i);
	text_add(&yaml, "{id: amv-x, nmae: x}");
	for (int i = 1000; i < 2000; i++)
		text_printf(&yaml, ", {id: amv-%d}", i);
	text_add(&yaml, "]\n");
	l = load_text(yaml.s);
	line = strchr(l.messages, '\n') + 1;
	assert_int_equal(strncmp(line, "...", 3), 0);
	assert_true(strlen(l.messages) < 600);
	assert_true(text_is_utf8(l.messages, strlen(l.messages)));
	assert_true(says(&l, "nmae: x}, {id"));
	text_done(&yaml);
	loaded_done(&l);
}

static void unreadable_files_are_told_in_one_line(void **state)
{
	struct text messages = TEXT_INIT(4096);
	struct policyfile_counts counts = {0};
	struct policyfile *file = NULL;

	(void)state;
	assert_int_equal(
		policyfile_load("tests/no-such.yaml", TRUST_ALL, &file, &messages, &counts),
		-ENOENT);
	assert_string_equal(messages.s,
		"tests/no-such.yaml: error: cannot be read: No such file or directory\n");
	assert_int_equal(counts.errors, 1);
	text_done(&messages);
	assert_int_equal(policyfile_load("tests", TRUST_ALL, &file, &messages, &counts), -EISDIR);
	assert_null(file);
	text_done(&messages);
}

/* Whatever the bytes are, loading ends, with errors or a policy (and clean under sanitizers). */
static void damaged_files_are_survived(void **state)
{
	uint64_t seed = 42;
	char data[4096];
	FILE *f = fopen("config/examples/fleet.yaml", "re");
	size_t size;

	(void)state;
	assert_non_null(f);
	size = fread(data, 1, sizeof(data), f);
	(void)fclose(f);
	for (int round = 0; round < 3000; round++) {
		static const char bytes[] = "{}[]:,&*!|>'\"%@`#-?\n\t \xff\xc3\0azA09m";
		char damaged[4096];
		struct loaded l;
		memcpy(damaged, data, size);
		for (int i = 0; i < 1 + round % 8; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			damaged[(seed >> 33) % size] = bytes[(seed >> 20) % (sizeof(bytes) - 1)];
		}
		l = load_bytes(damaged, size - (size_t)round % 64);
		loaded_done(&l);
	}
}

TEST_FILE(policyfile_document_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_shows_place_line_and_caret),
		cmocka_unit_test(what_yaml_allows_beyond_the_plain_is_refused),
		cmocka_unit_test(utf16_without_a_mark_is_refused),
		cmocka_unit_test(utf8_mark_is_accepted),
		cmocka_unit_test(depth_is_limited_to_16),
		cmocka_unit_test(size_is_limited_to_one_mebibyte),
		cmocka_unit_test(many_errors_are_cut_but_counted),
		cmocka_unit_test(long_lines_are_cut_around_the_caret),
		cmocka_unit_test(unreadable_files_are_told_in_one_line),
		cmocka_unit_test(damaged_files_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
