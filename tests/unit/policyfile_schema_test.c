/* config/policy.schema.json and the loader's table of keys say the same: neither can drift. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../support/cmocka_all.h"

#include "base/text.h"
#include "policyfile/schema.h"

#include <cjson/cJSON.h>

#define SCHEMA "config/policy.schema.json"

/* The definition that a key of this type refers to; NULL: written in place. */
static const char *const definitions[TYPE_COUNT] = {
	[TYPE_LAYER] = "layer",
	[TYPE_POLICIES] = "policies",
	[TYPE_CLUSTERS] = "clusters",
	[TYPE_ID] = "id",
	[TYPE_NAME] = "name",
	[TYPE_POLICY_NAME] = "policyName",
	[TYPE_REGION] = "region",
	[TYPE_TIMEZONE] = "timezone",
	[TYPE_SCHEDULE] = "schedule",
	[TYPE_DURATION] = "duration",
	[TYPE_WINDOWS] = "windows",
	[TYPE_COUNT_RULE] = "countRule",
	[TYPE_SPAN_RULE] = "spanRule",
	[TYPE_BUCKET_RULE] = "bucketRule",
	[TYPE_PROTECT] = "protect",
	[TYPE_INSTANT] = "instant",
	[TYPE_SPAN] = "span",
	[TYPE_PATH] = "path",
	[TYPE_ADDRESS] = "address",
	[TYPE_ACCOUNTS] = "accounts",
	[TYPE_ACCOUNT_NAME] = "accountName",
	[TYPE_FILE] = "file",
	[TYPE_ENDPOINT] = "endpoint",
	[TYPE_URL] = "url",
	[TYPE_ROLE] = "role",
	[TYPE_OIDC_PROVIDER] = "oidcProvider",
	[TYPE_SESSION_NAME] = "sessionName",
	[TYPE_EXTERNAL_ID] = "externalId",
	[TYPE_JSON] = "json",
	[TYPE_TAGS] = "tags",
	[TYPE_IDS] = "ids",
};

/* Where the keys of a scope stand in the schema. */
static const struct {
	enum scope scope;
	const char *object;
} scopes[] = {
	{SCOPE_FILE, ""},
	{SCOPE_DEFAULTS, "/$defs/layer"},
	{SCOPE_POLICY, "/$defs/layer"},
	{SCOPE_CLUSTER, "/$defs/cluster"},
	{SCOPE_RANGE, "/$defs/range"},
	{SCOPE_FOUND, "/$defs/found"},
	{SCOPE_ACCOUNT, "/$defs/account"},
};

static cJSON *schema;

static int read_schema(void **state)
{
	static char data[131072];
	FILE *f = fopen(SCHEMA, "re");

	(void)state;
	if (!f)
		return -1;
	data[fread(data, 1, sizeof(data) - 1, f)] = '\0';
	(void)fclose(f);
	schema = cJSON_Parse(data);
	return schema ? 0 : -1;
}

static int free_schema(void **state)
{
	(void)state;
	cJSON_Delete(schema);
	return 0;
}

/* A JSON pointer (without escapes: no key here needs them). */
static const cJSON *at_pointer(const char *pointer)
{
	const cJSON *at = schema;
	char part[64];

	while (at && *pointer == '/') {
		size_t length = strcspn(pointer + 1, "/");
		(void)snprintf(part, sizeof(part), "%.*s", (int)length, pointer + 1);
		at = cJSON_GetObjectItemCaseSensitive(at, part);
		pointer += 1 + length;
	}
	return at;
}

static const char *get_text(const cJSON *object, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static double get_number(const cJSON *object, const char *key)
{
	return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

/* Follows a property that is nothing but a reference to another property. */
static const cJSON *follow(const cJSON *property)
{
	const char *ref = get_text(property, "$ref");

	return ref && !get_text(property, "description") ? at_pointer(ref + 1) : property;
}

static const cJSON *find_property(const char *object, const struct key *k)
{
	const char *dot = strchr(k->path, '.');
	char pointer[256];

	if (!dot) {
		(void)snprintf(pointer, sizeof(pointer), "%s/properties/%s", object, k->path);
	} else {
		char parent[256];
		const cJSON *mapping;
		(void)snprintf(parent, sizeof(parent), "%s/properties/%.*s", object,
			(int)(dot - k->path), k->path);
		mapping = at_pointer(parent);
		assert_non_null(mapping);
		return cJSON_GetObjectItemCaseSensitive(
			cJSON_GetObjectItemCaseSensitive(follow(mapping), "properties"), dot + 1);
	}
	return at_pointer(pointer) ? follow(at_pointer(pointer)) : NULL;
}

static void check_words(const struct key *k, const cJSON *words)
{
	int count = 0;

	for (; k->word[count].word; count++)
		assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(words, count)),
			k->word[count].word);
	assert_int_equal(cJSON_GetArraySize(words), count);
}

static void check_reference(const struct key *k, const cJSON *property)
{
	char ref[64];

	(void)snprintf(ref, sizeof(ref), "#/$defs/%s", definitions[k->type]);
	if (!k->word) {
		assert_string_equal(get_text(property, "$ref"), ref);
	} else {
		const cJSON *any = cJSON_GetObjectItemCaseSensitive(property, "anyOf");
		assert_string_equal(get_text(cJSON_GetArrayItem(any, 0), "$ref"), ref);
		check_words(
			k, cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(any, 1), "enum"));
	}
	assert_non_null(at_pointer(ref + 1));
}

static void every_key_of_the_loader_stands_in_the_schema(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scopes); i++)
		for (size_t j = 0; j < FIELD_COUNT; j++) {
			const struct key *k = &keys[j];
			const cJSON *property;
			if (!(k->scopes & (unsigned)scopes[i].scope))
				continue;
			property = find_property(scopes[i].object, k);
			if (!property || !text_equal(get_text(property, "description"), k->doc))
				fail_msg("'%s' is not, or not with this description, in " SCHEMA
					 ": %s",
					k->path, k->doc);
			if (definitions[k->type])
				check_reference(k, property);
			else if (k->type == TYPE_MAPPING)
				assert_string_equal(get_text(property, "type"), "object");
			else if (k->type == TYPE_BOOLEAN)
				assert_string_equal(get_text(property, "type"), "boolean");
			else if (k->type == TYPE_WORD)
				check_words(k, cJSON_GetObjectItemCaseSensitive(property, "enum"));
			else if (k->type == TYPE_VERSION)
				assert_true(get_number(property, "const") == 1);
			if (k->type != TYPE_INTEGER)
				continue;
			assert_string_equal(get_text(property, "type"), "integer");
			assert_true(get_number(property, "minimum") == (double)k->least);
			assert_true(get_number(property, "maximum") == (double)k->most);
		}
}

/* Checks that all properties of an object, and of the objects in it, are known keys. */
static void check_properties(const cJSON *object, enum scope scope, enum field parent)
{
	const cJSON *properties = cJSON_GetObjectItemCaseSensitive(object, "properties"), *property;

	assert_non_null(properties);
	assert_true(
		cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(object, "additionalProperties")));
	cJSON_ArrayForEach (property, properties) {
		const struct key *k = key_find(scope, parent, property->string);
		if (!k)
			fail_msg("'%s' stands in " SCHEMA ", but the loader does not know it",
				property->string);
		else if (k->type == TYPE_MAPPING)
			check_properties(follow(property), scope, key_field(k));
	}
}

static void every_key_of_the_schema_is_known_to_the_loader(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scopes); i++)
		check_properties(at_pointer(scopes[i].object), scopes[i].scope, FIELD_COUNT);
}

static void counts_have_the_same_bounds(void **state)
{
	static const char *const places[] = {"/$defs/countRule/anyOf", "/$defs/bucketRule/anyOf"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const cJSON *number = cJSON_GetArrayItem(at_pointer(places[i]), 0);
		assert_true(get_number(number, "minimum") == (double)keys[FIELD_LAST].least);
		assert_true(get_number(number, "maximum") == (double)keys[FIELD_DAILY].most);
	}
}

static void hints_say_where_a_key_belongs(void **state)
{
	static const struct {
		enum scope scope;
		enum field parent;
		const char *name, *hint;
	} rows[] = {
		{SCOPE_CLUSTER, FIELD_COUNT, "daily", " (it belongs under 'keep')"},
		{SCOPE_CLUSTER, FIELD_KEEP, "dialy", " (did you mean 'daily'?)"},
		{SCOPE_CLUSTER, FIELD_KEEP, "grace", " (it belongs under 'safety')"},
		{SCOPE_DEFAULTS, FIELD_COUNT, "name", " (it belongs to a cluster)"},
		{SCOPE_POLICY, FIELD_COUNT, "clusters", " (it belongs at the top of the file)"},
		{SCOPE_FILE, FIELD_COUNT, "region",
			" (it belongs in 'defaults', a policy or a cluster)"},
		{SCOPE_FILE, FIELD_COUNT, "daily",
			" (it belongs under 'keep' in 'defaults', a policy or a cluster)"},
		{SCOPE_FILE, FIELD_COUNT, "default", " (did you mean 'defaults'?)"},
		{SCOPE_DEFAULTS, FIELD_COUNT, "remote", " (it belongs to a cluster)"},
		{SCOPE_FOUND, FIELD_COUNT, "remote", " (it belongs to a cluster with an id)"},
		{SCOPE_CLUSTER, FIELD_COUNT, "tags", " (it belongs under 'discover')"},
		{SCOPE_CLUSTER, FIELD_COUNT, "login", " (it belongs to an entry of 'accounts')"},
		{SCOPE_FILE, FIELD_COUNT, "role", " (it belongs to an entry of 'accounts')"},
		{SCOPE_ACCOUNT, FIELD_COUNT, "region",
			" (it belongs in 'defaults', a policy or a cluster)"},
		{SCOPE_ACCOUNT, FIELD_COUNT, "rool", " (did you mean 'role'?)"},
		{SCOPE_ACCOUNT, FIELD_COUNT, "accounts", " (it belongs at the top of the file)"},
		{SCOPE_FOUND, FIELD_DISCOVER, "tag", " (did you mean 'tags'?)"},
		{SCOPE_DEFAULTS, FIELD_COUNT, "from", ""},
		{SCOPE_DEFAULTS, FIELD_COUNT, "colour", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char hint[KEY_HINT_SIZE];
		key_hint(rows[i].scope, rows[i].parent, rows[i].name, hint);
		assert_string_equal(hint, rows[i].hint);
	}
}

TEST_FILE(policyfile_schema_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_of_the_loader_stands_in_the_schema),
		cmocka_unit_test(every_key_of_the_schema_is_known_to_the_loader),
		cmocka_unit_test(counts_have_the_same_bounds),
		cmocka_unit_test(hints_say_where_a_key_belongs),
	};

	return cmocka_run_group_tests(tests, read_schema, free_schema);
}
