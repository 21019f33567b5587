/* The table of keys is complete: each key is read, printed, compared and documented by its row
 * alone, and each member of what a file gives has a row. */
#include "policyfile_help.h"

#include "policyfile/differ.h"
#include "policyfile/types.h"

#define MANUAL "packaging/man/retaind.policy.5"

/* For each type a value that is no default of its keys. */
static const char *const samples[TYPE_COUNT] = {
	[TYPE_ID] = "a-b.c",
	[TYPE_NAME] = "a b",
	[TYPE_REGION] = "cn-other",
	[TYPE_ACCOUNT_NAME] = "other",
	[TYPE_TEXTFILE] = "/a.prom",
	[TYPE_ADDRESS] = "127.0.0.1:1",
	[TYPE_FILE] = "/a",
	[TYPE_CREDENTIAL] = "a-b.c",
	[TYPE_ENDPOINT] = "localhost",
	[TYPE_URL] = "https://h/a",
	[TYPE_ROLE] = "acs:ram::1:role/r",
	[TYPE_OIDC_PROVIDER] = "acs:ram::1:oidc-provider/p",
	[TYPE_SESSION_NAME] = "other",
	[TYPE_EXTERNAL_ID] = "other",
	[TYPE_JSON] = "'{}'",
	[TYPE_BOOLEAN] = "false",
	[TYPE_FLAG] = "true",
	[TYPE_INTEGER] = "13",
	[TYPE_DURATION] = "4567s",
	[TYPE_SPAN] = "5mo",
	[TYPE_DECIMAL] = "0.00022",
	[TYPE_CURRENCY] = "CNY",
	[TYPE_TIMEZONE] = "Asia/Shanghai",
	[TYPE_SCHEDULE] = "daily",
	[TYPE_EVERY] = "7h",
	[TYPE_WINDOWS] = "['Mon 09:00-10:00']",
	[TYPE_PROTECT] = "['9']",
	[TYPE_TAGS] = "{a: b}",
	[TYPE_IDS] = "[amv-9]",
	[TYPE_LEVELS] = "[critical]",
};

static const char *sample_of(const struct key *k)
{
	if (key_field(k) == FIELD_SINK_KIND)
		return "slack"; /* takes the same keys as the other */
	if (k->type == TYPE_WORD)
		return k->words[1].word;
	if (k->type == TYPE_RULE)
		return rule_rows[key_rule(k)]->kinds & 1u << KEEP_NUMBER ? "9" : "9d";
	return samples[k->type];
}

/* What has to stand in an account beside a key of it, so that the key fits. */
static const char *beside(const struct key *k)
{
	static const char *const words[LOGIN_COUNT] = {[LOGIN_PROFILE] = "login: profile, ",
		[LOGIN_ECS] = "login: ecs, ",
		[LOGIN_OIDC] = "login: oidc, ",
		[LOGIN_URI] = "login: uri, uri: 'https://h/', "};

	if (k->of_role)
		return "role: 'acs:ram::1:role/r', ";
	for (int login = 0; login < LOGIN_COUNT; login++)
		if (k->logins & 1u << login && key_field(k) != FIELD_URI)
			return words[login];
	return key_field(k) == FIELD_URI ? "login: uri, " : "";
}

/* "backup: {jitter: 1h}, " */
static void format_key(const struct key *k, const char *value, char ret[128])
{
	const char *dot = strchr(k->path, '.');

	if (dot && k->object != OBJECT_DISCOVERY)
		(void)snprintf(ret, 128, "%.*s: {%s: %s}, ", (int)(dot - k->path), k->path, dot + 1,
			value);
	else
		(void)snprintf(ret, 128, "%s: %s, ", key_name(k), value);
}

/* An entry of `notify` with the key, and what it needs beside it. */
static void sink_with(const struct key *k, const char *key, char ret[256])
{
	const char *kind = key_field(k) == FIELD_SINK_EVERY ? "alertmanager" : "webhook";
	bool own = k->object == OBJECT_SINK && *key;

	(void)snprintf(ret, 256, "%s", own ? key : "");
	if (!own || key_field(k) != FIELD_SINK_KIND)
		(void)snprintf(ret + strlen(ret), 256 - strlen(ret), "kind: %s, ", kind);
	if (!own || key_field(k) != FIELD_URL_FILE)
		(void)snprintf(ret + strlen(ret), 256 - strlen(ret), "url_file: u");
}

/* A file that gives the key this value, and as little else as it takes; NULL: that little alone. */
static struct loaded load_with(const struct key *k, const char *value)
{
	char key[128] = "", yaml[1024], sink[256];
	const char *at[OBJECT_COUNT] = {"", "", "", "", "", ""};

	if (value)
		format_key(k, value, key);
	else if (key_field(k) == FIELD_URI)
		format_key(k, "'https://h/'", key);
	at[k->object] = key;
	sink_with(k, value ? key : "", sink);
	(void)snprintf(yaml, sizeof(yaml),
		"{version: 1, %saccounts: {other: {}, x: {%s%s}}, defaults: {region: cn-x, keep: "
		"{last: 1}, backup: {schedule: none}}, clusters: [{%sid: a}, {discover: {%s}, "
		"account: x}], notify: [{%s}]}",
		at[OBJECT_FILE], beside(k), at[OBJECT_ACCOUNT], at[OBJECT_POLICY],
		at[OBJECT_DISCOVERY], sink);
	return load_good(yaml);
}

/* All that differs between two such files, " PATH" for each. */
static void add_path(void *data, const char *key, const char *old, const char *changed)
{
	assert_false(text_equal(old, changed));
	text_printf(data, " %s", key);
}

static void add_differences(
	const struct policyfile *a, const struct policyfile *b, struct text *out)
{
	(void)differ(SCOPE_FILE, OBJECTS(FILE, a), OBJECTS(FILE, b), add_path, out);
	for (size_t i = 0; i < a->account_count; i++)
		(void)differ(SCOPE_ACCOUNT, OBJECTS(ACCOUNT, a->accounts[i]),
			OBJECTS(ACCOUNT, b->accounts[i]), add_path, out);
	(void)differ(
		SCOPE_SINK, OBJECTS(SINK, a->sinks[0]), OBJECTS(SINK, b->sinks[0]), add_path, out);
	(void)differ(SCOPE_CLUSTER, OBJECTS(POLICY, a->clusters[0]),
		OBJECTS(POLICY, b->clusters[0]), add_path, out);
	(void)differ(SCOPE_FOUND, OBJECTS_FOUND(a->discoveries[0]),
		OBJECTS_FOUND(b->discoveries[0]), add_path, out);
}

/* The key itself, and what comes with it by its meaning. */
static const char *expected(const struct key *k, char ret[128])
{
	switch ((int)key_field(k)) {
	case FIELD_EVERY:
		return " backup.schedule backup.every"; /* takes its place */
	case FIELD_ROLE:
		return " role role_session_name session"; /* which it needs */
	case FIELD_FIND_REGION:
		return " discover.region region"; /* of what is found there */
	default:
		(void)snprintf(ret, 128, " %s", k->path);
		return ret;
	}
}

/* The value differs from the default, and no other does. */
static void check_set(
	const struct key *k, const struct policyfile *plain, const struct policyfile *f)
{
	struct text found = TEXT_INIT(4096);
	char path[128];

	add_differences(plain, f, &found);
	assert_string_equal(found.s ? found.s : "", expected(k, path));
	text_done(&found);
}

/* It is shown, and what is shown loads to the same. */
static void check_shown(
	const struct key *k, const struct policyfile *plain, const struct policyfile *f)
{
	struct text shown = TEXT_INIT(65536), before = TEXT_INIT(65536), rest = TEXT_INIT(4096);
	struct loaded again;
	char name[64];

	policyfile_print_all(f, &shown);
	policyfile_print_all(plain, &before);
	(void)snprintf(name, sizeof(name), "%s: ", key_name(k));
	assert_string_not_equal(shown.s, before.s);
	assert_non_null(strstr(shown.s, name));
	again = load_good(shown.s);
	add_differences(f, again.file, &rest);
	assert_string_equal(rest.s ? rest.s : "", "");
	loaded_done(&again);
	text_done(&shown);
	text_done(&before);
	text_done(&rest);
}

static void each_key_sets_its_value_and_no_other_and_is_shown(void **state)
{
	size_t count = 0;

	(void)state;
	for (const struct key *k = keys; k < keys + FIELD_COUNT; k++) {
		struct loaded plain, set;
		const char *value = sample_of(k);
		if (!types[k->type].set)
			continue;
		if (!value)
			fail_msg("no sample for the type of %s", k->path);
		plain = load_with(k, NULL);
		set = load_with(k, value);
		check_set(k, plain.file, set.file);
		check_shown(k, plain.file, set.file);
		loaded_done(&plain);
		loaded_done(&set);
		count++;
	}
	assert_true(count > 50);
}

static void each_key_has_a_row_and_stands_in_the_manual(void **state)
{
	static char manual[131072];
	FILE *f = fopen(MANUAL, "re");

	(void)state;
	assert_non_null(f);
	manual[fread(manual, 1, sizeof(manual) - 1, f)] = '\0';
	(void)fclose(f);
	for (int i = 0; i < FIELD_COUNT; i++) {
		char item[64];
		if (!keys[i].path || !keys[i].scopes || !key_doc(&keys[i]))
			fail_msg("field %d has no row: see keys.c", i);
		(void)snprintf(item, sizeof(item), "\n.It Cm %s\n", keys[i].path);
		if (!strstr(manual, item))
			fail_msg("'%s' is not in " MANUAL, keys[i].path);
	}
}

/* A member that is as large as the type takes it for, and a word for each of its values. */
static void each_row_fits_its_type(void **state)
{
	(void)state;
	for (const struct key *k = keys; k < keys + FIELD_COUNT; k++) {
		bool number = k->type >= TYPE_WORD && k->type <= TYPE_DURATION;
		assert_int_equal(k->type == TYPE_WORD,
			k->words && k->type != TYPE_DURATION && k->type != TYPE_LEVELS);
		assert_int_equal(k->object == OBJECT_NONE, k->size == 0);
		assert_int_equal(k->type > TYPE_INSTANT, types[k->type].set != NULL);
		if (types[k->type].set)
			assert_true(k->object != OBJECT_NONE && types[k->type].print);
		if (key_is_text(k))
			assert_int_equal(k->size, sizeof(char *));
		if (k->type == TYPE_DURATION)
			assert_int_equal(k->size, sizeof(int64_t));
		if (number)
			assert_true(k->size == 1 || k->size == 4 || k->size == 8);
		if (k->type == TYPE_INTEGER || k->type == TYPE_DURATION)
			assert_true(k->least >= 0 && k->most > k->least &&
				(k->size == 8 || k->most <= INT32_MAX));
	}
}

static void each_keep_rule_has_the_key_of_its_name(void **state)
{
	(void)state;
	for (int rule = 0; rule < RULE_KEYS; rule++) {
		const struct key *k = &keys[FIELD_RULE_LAST + rule];
		assert_int_equal(key_rule(k), rule);
		assert_string_equal(key_name(k), rule_rows[rule]->name);
		assert_string_equal(key_doc(k), rule_rows[rule]->help);
	}
}

TEST_FILE(policyfile_keys_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_sets_its_value_and_no_other_and_is_shown),
		cmocka_unit_test(each_key_has_a_row_and_stands_in_the_manual),
		cmocka_unit_test(each_row_fits_its_type),
		cmocka_unit_test(each_keep_rule_has_the_key_of_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
