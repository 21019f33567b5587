/* config/policy.schema.json is what the table of keys gives. UPDATE=1 writes it. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../support/cmocka_all.h"

#include "base/text.h"
#include "policyfile/keys.h"

#include <cjson/cJSON.h>

#define SCHEMA "config/policy.schema.json"

/* What a key of each type refers to, and its definition ("'" stands for a quote), where it does not
 * follow from the table or from the type that is named like it. Types that are not here are
 * written in place. */
static const struct definition {
	const char *name, *json;
} definitions[TYPE_COUNT] = {
	[TYPE_CLUSTER_ID] = {"id",
		"{'type': ['string', 'integer'], 'pattern': '^[A-Za-z0-9._-]{1,64}$', 'minimum': "
		"0}"},
	[TYPE_ID] = {"id", NULL},
	[TYPE_CLUSTER_NAME] = {"name",
		"{'type': ['string', 'integer'], 'minLength': 1, 'maxLength': 64}"},
	[TYPE_NAME] = {"name", NULL},
	[TYPE_POLICY_NAME] = {"policyName",
		"{'type': ['string', 'integer'], 'pattern': '^[A-Za-z0-9._-]{1,64}$', 'minimum': "
		"0}"},
	[TYPE_ACCOUNT_NAME] = {"accountName",
		"{'type': ['string', 'integer'], 'pattern': '^[A-Za-z0-9._-]{1,64}$', 'minimum': "
		"0}"},
	[TYPE_REGION] = {"region",
		"{'type': 'string', 'pattern': '^[a-z]+(-[a-z0-9]+)+$', 'maxLength': 64}"},
	[TYPE_TIMEZONE] = {"timezone",
		"{'type': 'string', 'description': 'A name of the time zone database.', 'pattern': "
		"'^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$'}"},
	[TYPE_SCHEDULE] = {"schedule",
		"{'type': 'string', 'description': 'A calendar expression as in systemd.time(7), a "
		"shorthand such as daily, or none.', 'minLength': 1}"},
	[TYPE_DURATION] = {"duration",
		"{'description': 'A sum of s, min, h, d and w, each once, such as 10min or 1d12h; "
		"m alone is refused. Or 0.', 'anyOf': [{'type': 'string', 'pattern': "
		"'^([0-9]+(s|min|h|d|w))+$'}, {'enum': [0, '0']}]}"},
	[TYPE_EVERY] = {"duration", NULL},
	[TYPE_SPAN] = {"span",
		"{'description': 'A sum of s, min, h, d, w, mo and y, each once, such as 14d or "
		"1y6mo; m alone is refused.', 'type': 'string', 'pattern': "
		"'^([0-9]+(s|min|h|d|w|mo|y))+$'}"},
	[TYPE_DECIMAL] = {"decimal",
		"{'description': 'A number with at most 9 decimals.', 'type': 'number', "
		"'minimum': 0, 'maximum': 999999999}"},
	[TYPE_CURRENCY] = {"currency",
		"{'description': 'Three capital letters as in ISO 4217.', 'type': 'string', "
		"'pattern': '^[A-Z]{3}$'}"},
	[TYPE_TEXTFILE] = {"path",
		"{'type': 'string', 'description': 'An absolute path that ends in .prom.', "
		"'pattern': '^/.*\\\\.prom$'}"},
	[TYPE_ADDRESS] = {"address",
		"{'type': 'string', 'description': 'An address in numbers and a port, such as "
		"127.0.0.1:9879 or [::1]:9879.', 'pattern': "
		"'^([0-9.]+|\\\\[[0-9a-fA-F:.]+\\\\]):[0-9]{1,5}$'}"},
	[TYPE_WINDOWS] = {"windows",
		"{'type': 'array', 'items': {'type': 'string', 'description': 'Weekdays (none "
		"means every day) and a window of local time, such as Mon..Fri 09:00-19:00.', "
		"'pattern': '(^| )[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$'}}"},
	[TYPE_PROTECT] = {"protect",
		"{'type': 'array', 'items': {'anyOf': [{'$ref': '#/$defs/id'}, {'$ref': "
		"'#/$defs/range'}, {'$ref': '#/$defs/protected'}]}}"},
	[TYPE_INSTANT] = {"instant",
		"{'type': 'string', 'format': 'date-time', 'description': 'RFC 3339 with an offset "
		"or Z, such as 2026-11-21T08:00:00+08:00.', 'pattern': "
		"'^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt "
		"][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\\\.[0-9]+)?)?([Zz]|[+-][0-9]{2}:[0-9]{2})$'}"},
	[TYPE_FILE] = {"file",
		"{'type': 'string', 'description': 'An absolute path.', 'pattern': '^/.'}"},
	[TYPE_URL] = {"url",
		"{'type': 'string', 'description': 'https, or plain http to this machine; without "
		"a user.', 'pattern': '^https?://[A-Za-z0-9.\\\\[\\\\]:-]+([/?][^@# ]*)?$'}"},
	[TYPE_ENDPOINT] = {"endpoint",
		"{'type': 'string', 'description': 'A host and perhaps a port, or a URL without a "
		"path.', 'pattern': '^(https?://)?[A-Za-z0-9.\\\\[\\\\]:-]+/?$'}"},
	[TYPE_ROLE] = {"role",
		"{'type': 'string', 'description': 'Such as acs:ram::123456789012:role/retaind.', "
		"'pattern': '^acs:ram::[0-9]+:role/[A-Za-z0-9._/-]{1,128}$'}"},
	[TYPE_OIDC_PROVIDER] = {"oidcProvider",
		"{'type': 'string', 'description': 'Such as "
		"acs:ram::123456789012:oidc-provider/cluster.', 'pattern': "
		"'^acs:ram::[0-9]+:oidc-provider/[A-Za-z0-9._/-]{1,128}$'}"},
	[TYPE_SESSION_NAME] = {"sessionName",
		"{'type': ['string', 'integer'], 'pattern': '^[A-Za-z0-9.@_-]{2,64}$', 'minimum': "
		"10}"},
	[TYPE_EXTERNAL_ID] = {"externalId",
		"{'type': ['string', 'integer'], 'pattern': '^[A-Za-z0-9=,.@:/_+-]{2,1224}$', "
		"'minimum': 10}"},
	[TYPE_JSON] = {"json",
		"{'type': 'string', 'description': 'A JSON object, as a text.', 'pattern': "
		"'^\\\\s*\\\\{', 'maxLength': 2048}"},
	[TYPE_TAGS] = {"tags",
		"{'type': 'object', 'maxProperties': 20, 'propertyNames': {'minLength': 1, "
		"'maxLength': 128}, 'additionalProperties': {'type': ['string', 'integer', "
		"'number'], 'maxLength': 128}}"},
	[TYPE_IDS] = {"ids", "{'type': 'array', 'items': {'$ref': '#/$defs/id'}}"},
	[TYPE_POLICIES] = {"policies",
		"{'type': 'object', 'propertyNames': {'$ref': '#/$defs/policyName'}, "
		"'additionalProperties': {'$ref': '#/$defs/layer'}}"},
	[TYPE_ACCOUNTS] = {"accounts",
		"{'type': 'object', 'propertyNames': {'$ref': '#/$defs/accountName'}, "
		"'additionalProperties': {'$ref': '#/$defs/account'}}"},
	[TYPE_SINKS] = {"sinks",
		"{'type': 'array', 'maxItems': 16, 'items': {'$ref': '#/$defs/sink'}}"},
	[TYPE_CREDENTIAL] = {"credential",
		"{'type': 'string', 'description': 'The name of a credential of the unit, or an "
		"absolute path.', 'pattern': '^(/.+|[A-Za-z0-9._-]{1,64})$'}"},
	[TYPE_CLUSTERS] = {"clusters",
		"{'type': 'array', 'items': {'anyOf': [{'$ref': '#/$defs/cluster'}, {'$ref': "
		"'#/$defs/found'}]}}"},
	[TYPE_LAYER] = {"layer", NULL},
};

static void add(cJSON *to, const char *key, cJSON *value)
{
	assert_true(cJSON_AddItemToObject(to, key, value));
}

static void add_text(cJSON *to, const char *key, const char *text)
{
	add(to, key, cJSON_CreateString(text));
}

static void add_reference(cJSON *to, const char *at, const char *name)
{
	char ref[128];

	(void)snprintf(ref, sizeof(ref), "#/$defs/%s%s", at, name);
	add_text(to, "$ref", ref);
}

/* An object of a fixed set of keys, all of them below `parent`. */
static cJSON *object_of(enum scope scope, const struct key *parent, const char *required);

static cJSON *words_of(const struct key *k)
{
	cJSON *words = cJSON_CreateArray();

	for (const struct key_word *w = k->words; w->word; w++)
		cJSON_AddItemToArray(words, cJSON_CreateString(w->word));
	return words;
}

static void add_range(cJSON *to, const struct key *k)
{
	add_text(to, "type", "integer");
	add(to, "minimum", cJSON_CreateNumber((double)k->least));
	add(to, "maximum", cJSON_CreateNumber((double)k->most));
}

/* Appends {} to a list under "anyOf". */
static cJSON *add_choice(cJSON *to)
{
	cJSON *choice = cJSON_CreateObject();

	if (!cJSON_HasObjectItem(to, "anyOf"))
		add(to, "anyOf", cJSON_CreateArray());
	cJSON_AddItemToArray(cJSON_GetObjectItem(to, "anyOf"), choice);
	return choice;
}

/* What the key refers to; NULL if it is written in place. */
static const char *definition_name(const struct key *k)
{
	unsigned kinds;

	if (k->type != TYPE_RULE)
		return definitions[k->type].name;
	kinds = rule_rows[key_rule(k)]->kinds;
	if (!(kinds & 1u << KEEP_NUMBER))
		return "spanRule";
	return kinds & 1u << KEEP_SPAN ? "bucketRule" : "countRule";
}

static cJSON *property_of(enum scope scope, const struct key *k)
{
	cJSON *p = k->type == TYPE_MAPPING ? object_of(scope, k, NULL) : cJSON_CreateObject();

	add_text(p, "description", key_doc(k));
	if (k->type == TYPE_VERSION) {
		add(p, "const", cJSON_CreateNumber((double)k->most));
	} else if (k->type == TYPE_BOOLEAN || k->type == TYPE_FLAG) {
		add_text(p, "type", "boolean");
	} else if (k->type == TYPE_WORD) {
		add(p, "enum", words_of(k));
	} else if (k->type == TYPE_LEVELS) {
		add_text(p, "type", "array");
		add(p, "minItems", cJSON_CreateNumber(1));
		add(p, "items", cJSON_CreateObject());
		add(cJSON_GetObjectItem(p, "items"), "enum", words_of(k));
	} else if (k->type == TYPE_INTEGER) {
		add_range(p, k);
	} else if (k->words) {
		add_reference(add_choice(p), definition_name(k), "");
		add(add_choice(p), "enum", words_of(k));
	} else if (k->type != TYPE_MAPPING) {
		if (!definition_name(k))
			fail_msg("no definition for the type of '%s'", k->path);
		add_reference(p, definition_name(k), "");
	}
	return p;
}

static cJSON *object_of(enum scope scope, const struct key *parent, const char *required)
{
	cJSON *object = cJSON_CreateObject(), *properties = cJSON_CreateObject();

	add_text(object, "type", "object");
	add(object, "additionalProperties", cJSON_CreateFalse());
	if (required)
		add(object, "required", cJSON_Parse(required));
	add(object, "properties", properties);
	for (const struct key *k = keys; k < keys + FIELD_COUNT; k++) {
		cJSON *p;
		if (!(k->scopes & (unsigned)scope) || !key_is_below(k, parent))
			continue;
		if (k->scopes & SCOPE_DEFAULTS && scope != SCOPE_DEFAULTS) {
			p = cJSON_CreateObject();
			add_reference(p, "layer/properties/", k->path);
		} else {
			p = property_of(scope, k);
		}
		add(properties, key_name(k), p);
	}
	return object;
}

static cJSON *parse_definition(const char *json)
{
	struct text t = TEXT_INIT(4096);
	cJSON *parsed;

	for (const char *s = json; *s; s++)
		text_add_bytes(&t, *s == '\'' ? "\"" : s, 1);
	parsed = cJSON_Parse(t.s);
	text_done(&t);
	assert_non_null(parsed);
	return parsed;
}

/* {count: N, span: T} */
static cJSON *floor_of(const struct key *k)
{
	cJSON *floor = cJSON_CreateObject(), *properties = cJSON_CreateObject(),
	      *count = cJSON_CreateObject(), *span = cJSON_CreateObject();

	add_text(floor, "type", "object");
	add(floor, "additionalProperties", cJSON_CreateFalse());
	add(floor, "required", cJSON_Parse("[\"count\", \"span\"]"));
	add_range(count, k);
	cJSON_ReplaceItemInObject(count, "minimum", cJSON_CreateNumber(1));
	add(properties, "count", count);
	add_reference(span, "span", "");
	add(properties, "span", span);
	add(floor, "properties", properties);
	return floor;
}

/* The values that a keep rule takes. */
static cJSON *rule_of(const struct key *k)
{
	const unsigned kinds = rule_rows[key_rule(k)]->kinds;
	cJSON *rule = cJSON_CreateObject();

	if (kinds & 1u << KEEP_NUMBER)
		add_range(add_choice(rule), k);
	if (kinds & 1u << KEEP_ALL)
		add_text(add_choice(rule), "const", "all");
	if (kinds & 1u << KEEP_SPAN)
		add_reference(add_choice(rule), "span", "");
	if (!(kinds & 1u << KEEP_NUMBER))
		add(add_choice(rule), "enum", cJSON_Parse("[0, \"0\"]"));
	if (kinds & 1u << KEEP_NUMBER && kinds & 1u << KEEP_SPAN)
		cJSON_AddItemToArray(cJSON_GetObjectItem(rule, "anyOf"), floor_of(k));
	return rule;
}

static cJSON *make_schema(void)
{
	cJSON *schema = cJSON_CreateObject(), *file, *defs = cJSON_CreateObject();

	add_text(schema, "$schema", "https://json-schema.org/draft/2020-12/schema");
	add_text(schema, "title", "Retention policy of retaind");
	add_text(schema, "description",
		"When backups of AnalyticDB for MySQL clusters are taken, and which backup sets "
		"are kept.");
	file = object_of(SCOPE_FILE, NULL, "[\"version\", \"clusters\"]");
	while (file->child) {
		cJSON *item = cJSON_DetachItemViaPointer(file, file->child);
		add(schema, item->string, item);
	}
	cJSON_Delete(file);
	add(defs, "layer", object_of(SCOPE_DEFAULTS, NULL, NULL));
	add(defs, "account", object_of(SCOPE_ACCOUNT, NULL, NULL));
	add(defs, "sink", object_of(SCOPE_SINK, NULL, "[\"kind\", \"url_file\"]"));
	add(defs, "cluster", object_of(SCOPE_CLUSTER, NULL, "[\"id\"]"));
	add(defs, "found", object_of(SCOPE_FOUND, NULL, "[\"discover\"]"));
	add(defs, "protected",
		parse_definition(
			"{'type': 'object', 'properties': {'id': {'$ref': '#/$defs/id'}, 'until': "
			"{'$ref': '#/$defs/instant', 'description': 'When the protection ends.'}, "
			"'reason': {'type': 'string', 'minLength': 1, 'maxLength': 200, "
			"'description': 'Why, for people.'}}, 'required': ['id'], "
			"'additionalProperties': false}"));
	add(defs, "range", object_of(SCOPE_RANGE, NULL, "[\"from\", \"to\"]"));
	for (const struct key *k = keys; k < keys + FIELD_COUNT; k++)
		if (k->type == TYPE_RULE && !cJSON_HasObjectItem(defs, definition_name(k)))
			add(defs, definition_name(k), rule_of(k));
	for (int type = 0; type < TYPE_COUNT; type++)
		if (definitions[type].json)
			add(defs, definitions[type].name, parse_definition(definitions[type].json));
	add(schema, "$defs", defs);
	return schema;
}

/* cJSON_Print() with an indentation of two spaces instead of tabs. */
static void print_schema(const cJSON *schema, struct text *out)
{
	char *printed = cJSON_Print(schema);
	bool begin = true;

	for (const char *s = printed; *s; s++) {
		text_add_bytes(out, begin && *s == '\t' ? "  " : s, begin && *s == '\t' ? 2 : 1);
		begin = *s == '\n' || (begin && *s == '\t');
		if (*s == ':' && s[1] == '\t') {
			text_add(out, " ");
			s++;
		}
	}
	text_add(out, "\n");
	cJSON_free(printed);
}

static void the_schema_is_what_the_table_of_keys_gives(void **state)
{
	static char committed[131072];
	struct text made = TEXT_INIT(sizeof(committed));
	cJSON *schema = make_schema();
	FILE *f = fopen(SCHEMA, getenv("UPDATE") ? "we" : "re");

	(void)state;
	assert_non_null(f);
	print_schema(schema, &made);
	if (getenv("UPDATE"))
		(void)fputs(made.s, f);
	else
		committed[fread(committed, 1, sizeof(committed) - 1, f)] = '\0';
	(void)fclose(f);
	if (!getenv("UPDATE"))
		assert_string_equal(committed, made.s);
	cJSON_Delete(schema);
	text_done(&made);
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
		{SCOPE_FILE, FIELD_COUNT, "url_file", " (it belongs to an entry of 'notify')"},
		{SCOPE_SINK, FIELD_COUNT, "urlfile", " (did you mean 'url_file'?)"},
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
		cmocka_unit_test(the_schema_is_what_the_table_of_keys_gives),
		cmocka_unit_test(hints_say_where_a_key_belongs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
