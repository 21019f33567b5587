/* Reads and prints the values of each type. */
#include "policyfile/types.h"

#include "policyfile/compound.h"
#include "policyfile/values.h"

#include <inttypes.h>
#include <stdio.h>

static char **text_at(const struct key *k, void *object)
{
	return (char **)(void *)((char *)object + k->offset);
}

static void set_text(struct loader *l, const struct key *k, const struct node *n, void *object)
{
	char **at = text_at(k, object);
	const char *text;

	if (value_form(l, k, n, &text))
		xstrset(at, text);
}

static const char *get_text(const struct key *k, const void *object)
{
	return *(char *const *)(const void *)((const char *)object + k->offset);
}

static void print_text(const struct key *k, const void *object, struct text *out)
{
	const char *text = get_text(k, object);

	if (text)
		document_quote(out, text);
}

static void print_region(const struct key *k, const void *object, struct text *out)
{
	const char *text = get_text(k, object);

	text_add(out, text ? text : "");
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void set_account(struct loader *l, const struct key *k, const struct node *n, void *object)
{
	const char *name;

	if (!value_id(l, k, n, &name))
		return;
	if (bsearch(&name, l->account_names, l->account_count, sizeof(name), compare_texts))
		xstrset(text_at(k, object), name);
	else
		loader_unknown_name(
			l, n, "account", "accounts", name, l->account_names, l->account_count);
}

static void store(const struct key *k, void *object, int64_t value)
{
	void *at = (char *)object + k->offset;

	if (k->size == sizeof(int64_t))
		*(int64_t *)at = value;
	else if (k->size == sizeof(int))
		*(int *)at = (int)value;
	else
		*(bool *)at = value;
}

static int64_t fetch(const struct key *k, const void *object)
{
	const void *at = (const char *)object + k->offset;

	if (k->size == sizeof(int64_t))
		return *(const int64_t *)at;
	return k->size == sizeof(int) ? *(const int *)at : *(const bool *)at;
}

static void set_levels(struct loader *l, const struct key *k, const struct node *n, void *object)
{
	int64_t levels = 0, level;

	if (!value_is_list(l, k, n, "[critical, warning, resolved]"))
		return;
	for (size_t i = 0; i < n->count; i++)
		if (value_word(l, k, n->items[i], &level))
			levels |= 1 << level;
	if (n->count == 0)
		loader_error(l, n, "'%s' takes one level at least", key_name(k));
	store(k, object, levels);
}

static void print_levels(const struct key *k, const void *object, struct text *out)
{
	const char *separator = "";

	text_add(out, "[");
	for (const struct key_word *w = k->words; w->word; w++)
		if (fetch(k, object) & 1 << w->value) {
			text_printf(out, "%s%s", separator, w->word);
			separator = ", ";
		}
	text_add(out, "]");
}

static void set_word(struct loader *l, const struct key *k, const struct node *n, void *object)
{
	int64_t value;

	if (value_word(l, k, n, &value))
		store(k, object, value);
}

static void print_word(const struct key *k, const void *object, struct text *out)
{
	text_add(out, key_word(k, fetch(k, object)));
}

static void set_boolean(struct loader *l, const struct key *k, const struct node *n, void *object)
{
	bool value;

	if (value_boolean(l, k, n, &value))
		store(k, object, value);
}

static void print_boolean(const struct key *k, const void *object, struct text *out)
{
	text_add(out, fetch(k, object) ? "true" : "false");
}

static void print_flag(const struct key *k, const void *object, struct text *out)
{
	text_add(out, fetch(k, object) ? "true" : "");
}

static void set_integer(struct loader *l, const struct key *k, const struct node *n, void *object)
{
	int64_t value;

	if (value_integer(l, k, n, &value))
		store(k, object, value);
}

static void print_integer(const struct key *k, const void *object, struct text *out)
{
	text_printf(out, "%" PRId64, fetch(k, object));
}

static void set_duration(struct loader *l, const struct key *k, const struct node *n, void *object)
{
	int64_t seconds;

	if (value_seconds(l, k, n, &seconds))
		store(k, object, seconds);
}

static void print_duration(const struct key *k, const void *object, struct text *out)
{
	const char *word = key_word(k, fetch(k, object));
	char value[DURATION_TEXT_SIZE];

	value_format_seconds(fetch(k, object), value);
	if (word && value_is_boolean(word))
		text_printf(out, "\"%s\"", word);
	else
		text_add(out, word ? word : value);
}

static void set_decimal(struct loader *l, const struct key *k, const struct node *n, void *object)
{
	int64_t billionths;

	if (value_decimal(l, k, n, &billionths))
		store(k, object, billionths);
}

static void print_decimal(const struct key *k, const void *object, struct text *out)
{
	int64_t value = fetch(k, object);
	char number[64];

	if (value == 0)
		return;
	(void)snprintf(number, sizeof(number), "%" PRId64 ".%09" PRId64, value / VALUE_BILLION,
		value % VALUE_BILLION);
	for (char *end = number + strlen(number) - 1; *end == '0' || *end == '.'; end--) {
		bool is_point = *end == '.';
		*end = '\0';
		if (is_point)
			break;
	}
	text_add(out, number);
}

static void set_span(struct loader *l, const struct key *k, const struct node *n, void *object)
{
	(void)value_span(l, k, n, (void *)((char *)object + k->offset));
}

static void print_span(const struct key *k, const void *object, struct text *out)
{
	char value[DURATION_TEXT_SIZE];

	duration_format((const void *)((const char *)object + k->offset), value);
	text_add(out, value);
}

const struct type types[TYPE_COUNT] = {
	[TYPE_CLUSTER_ID] = {.print = print_text},
	[TYPE_CLUSTER_NAME] = {.print = print_text},
	[TYPE_ID] = {.set = set_text, .print = print_text},
	[TYPE_NAME] = {.set = set_text, .print = print_text},
	[TYPE_REGION] = {.set = set_text, .print = print_region},
	[TYPE_ACCOUNT_NAME] = {.set = set_account, .print = print_text},
	[TYPE_TEXTFILE] = {.set = set_text, .print = print_text},
	[TYPE_ADDRESS] = {.set = set_text, .print = print_text},
	[TYPE_FILE] = {.set = set_text, .print = print_text},
	[TYPE_CREDENTIAL] = {.set = set_text, .print = print_text},
	[TYPE_ENDPOINT] = {.set = set_text, .print = print_text},
	[TYPE_URL] = {.set = set_text, .print = print_text},
	[TYPE_ROLE] = {.set = set_text, .print = print_text},
	[TYPE_OIDC_PROVIDER] = {.set = set_text, .print = print_text},
	[TYPE_SESSION_NAME] = {.set = set_text, .print = print_text},
	[TYPE_EXTERNAL_ID] = {.set = set_text, .print = print_text},
	[TYPE_CURRENCY] = {.set = set_text, .print = print_text},
	[TYPE_JSON] = {.set = set_text, .print = print_text},
	[TYPE_WORD] = {.set = set_word, .print = print_word},
	[TYPE_BOOLEAN] = {.set = set_boolean, .print = print_boolean},
	[TYPE_FLAG] = {.set = set_boolean, .print = print_flag},
	[TYPE_INTEGER] = {.set = set_integer, .print = print_integer},
	[TYPE_DURATION] = {.set = set_duration, .print = print_duration},
	[TYPE_DECIMAL] = {.set = set_decimal, .print = print_decimal},
	[TYPE_SPAN] = {.set = set_span, .print = print_span},
	[TYPE_TIMEZONE] = {.set = compound_set_zone, .print = compound_print_zone},
	[TYPE_SCHEDULE] = {.set = compound_set_schedule, .print = compound_print_schedule},
	[TYPE_EVERY] = {.set = compound_set_every, .print = compound_print_every},
	[TYPE_WINDOWS] = {.set = compound_set_blackouts, .print = compound_print_blackouts},
	[TYPE_RULE] = {.set = compound_set_rule, .print = compound_print_rule},
	[TYPE_PROTECT] = {compound_set_protect, compound_print_protect,
		compound_print_protect_lines},
	[TYPE_TAGS] = {.set = compound_set_tags, .print = compound_print_tags},
	[TYPE_LEVELS] = {.set = set_levels, .print = print_levels},
	[TYPE_IDS] = {.set = compound_set_exclude, .print = compound_print_exclude},
};

void type_print(const struct key *k, const struct objects *objects, struct text *out)
{
	const void *object = objects->of[k->object];
	const struct account *a = objects->of[OBJECT_ACCOUNT];
	const struct sink *s = objects->of[OBJECT_SINK];

	if (!object || !types[k->type].print)
		return;
	if (k->of_role && !a->role && a->login != LOGIN_OIDC)
		return;
	if (k->kinds && !(k->kinds & 1u << s->kind))
		return;
	types[k->type].print(k, object, out);
}
