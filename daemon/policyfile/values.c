/* Reads scalars, and tells what is wrong with them. */
#include "policyfile/values.h"

#include "base/json.h"
#include "policyfile/forms.h"
#include "policyfile/width.h"

#include <inttypes.h>
#include <stdio.h>

#define NAME_MAX_CHARACTERS 64
#define SESSION_POLICY_MAX 2048 /* AssumeRole: Policy */

/* "'jitter' takes WHAT, not 'x'REMEDY". Returns false. */
static bool refuse(struct loader *l, const struct key *k, const struct node *n, const char *what,
	const char *remedy)
{
	char found[NODE_TEXT_SIZE];

	node_describe(n, found);
	loader_error(l, n, "'%s' takes %s, not %s%s", key_name(k), what, found, remedy);
	return false;
}

static bool is_in(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (strcasecmp(s, *words) == 0)
			return true;
	return false;
}

bool value_is_boolean(const char *s)
{
	static const char *const words[] = {"true", "false", "yes", "no", "on", "off", NULL};

	return is_in(s, words);
}

/* Says what is wrong with a text that looks like a duration; of another, what the key takes. */
static void refuse_duration(struct loader *l, const struct key *k, const struct node *n,
	const char *what, const struct error *err)
{
	if (n->text[0] >= '0' && n->text[0] <= '9')
		loader_error(l, n, "'%s': %s", key_name(k), err->text);
	else
		(void)refuse(l, k, n, what, "");
}

bool value_text(struct loader *l, const struct key *k, const struct node *n, const char **ret)
{
	if (n->kind != NODE_SCALAR || node_is_null(n) || !*n->text)
		return refuse(l, k, n, "a text", "");
	if (n->plain && value_is_boolean(n->text))
		return refuse(l, k, n, "a text", " (which YAML reads as true or false: quote it)");
	*ret = n->text;
	return true;
}

static bool check_form(struct loader *l, const struct key *k, const struct node *n,
	const struct form *form, const char **ret)
{
	const char *text;

	if (!value_text(l, k, n, &text))
		return false;
	if (!form->is(text))
		return refuse(l, k, n, form->what, "");
	*ret = text;
	return true;
}

bool value_id(struct loader *l, const struct key *k, const struct node *n, const char **ret)
{
	return check_form(l, k, n, &forms[TYPE_ID], ret);
}

bool value_name(struct loader *l, const struct key *k, const struct node *n, const char **ret)
{
	size_t characters = 0, left;
	const char *text;

	if (!value_text(l, k, n, &text))
		return false;
	left = strlen(text);
	for (const char *s = text; left > 0; characters++) {
		uint32_t character;
		size_t used = width_decode(s, left, &character);
		if (character < 0x20 || (character >= 0x7f && character < 0xa0))
			return refuse(l, k, n, "text without control characters", "");
		s += used;
		left -= used;
	}
	if (characters > NAME_MAX_CHARACTERS)
		return refuse(l, k, n, "at most 64 characters", "");
	*ret = text;
	return true;
}

static bool check_json(
	struct loader *l, const struct key *k, const struct node *n, const char **ret)
{
	_cleanup_(json_deletep) cJSON *value = NULL;
	struct error err = {0};
	const char *text;
	bool good = false;

	if (!value_text(l, k, n, &text))
		return false;
	if (json_parse(text, strlen(text), &value, &err) < 0)
		loader_error(l, n, "'%s': %s", key_name(k), err.text);
	else if (!cJSON_IsObject(value))
		loader_error(l, n, "'%s' takes a JSON object such as '{\"Version\":\"1\",...}'",
			key_name(k));
	else if (strlen(text) > SESSION_POLICY_MAX)
		loader_error(l, n, "'%s' takes at most %d bytes, not %zu", key_name(k),
			SESSION_POLICY_MAX, strlen(text));
	else
		good = true;
	if (good)
		*ret = text;
	return good;
}

bool value_form(struct loader *l, const struct key *k, const struct node *n, const char **ret)
{
	if (k->type == TYPE_NAME)
		return value_name(l, k, n, ret);
	if (k->type == TYPE_JSON)
		return check_json(l, k, n, ret);
	/* A user and a password may stand before the @, so that the text is not shown. */
	if (n->kind == NODE_SCALAR &&
		(((k->type == TYPE_URL || k->type == TYPE_ENDPOINT) && strchr(n->text, '@')) ||
			(k->type == TYPE_CREDENTIAL && strstr(n->text, "://")))) {
		loader_error(l, n, "'%s' takes %s", key_name(k), forms[k->type].what);
		return false;
	}
	return check_form(l, k, n, &forms[k->type], ret);
}

/* True, and *ret is its value, if the text is one of the key's words; else they are appended to
 * `words`: ", auto or off". */
static bool find_word(const struct key *k, const char *s, int64_t *ret, struct text *words)
{
	for (const struct key_word *w = k->words; w && w->word; w++) {
		if (strcmp(s, w->word) == 0) {
			*ret = w->value;
			return true;
		}
		text_printf(words, "%s %s", w[1].word ? "," : " or", w->word);
	}
	return false;
}

bool value_word(struct loader *l, const struct key *k, const struct node *n, int64_t *ret)
{
	_cleanup_(text_done) struct text takes = TEXT_INIT(256);
	const char *words[16] = {NULL}, *nearest;
	char hint[64] = "";

	if (find_word(k, n->kind == NODE_SCALAR ? n->text : "", ret, &takes))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(words) - 1 && k->words[i].word; i++)
		words[i] = k->words[i].word;
	nearest = n->kind == NODE_SCALAR ? text_nearest(n->text, words) : NULL;
	if (nearest)
		(void)snprintf(hint, sizeof(hint), " (did you mean '%s'?)", nearest);
	return refuse(l, k, n, takes.s + strlen(", "), hint);
}

bool value_boolean(struct loader *l, const struct key *k, const struct node *n, bool *ret)
{
	static const char *const yes[] = {"true", "yes", "on", NULL};
	bool value;

	if (n->kind != NODE_SCALAR || !value_is_boolean(n->text))
		return refuse(l, k, n, "true or false", "");
	if (!n->plain)
		return refuse(l, k, n, "true or false", " in quotes");
	value = is_in(n->text, yes);
	if (strcmp(n->text, "true") != 0 && strcmp(n->text, "false") != 0)
		return refuse(l, k, n, "true or false", value ? " (write true)" : " (write false)");
	*ret = value;
	return true;
}

bool value_integer(struct loader *l, const struct key *k, const struct node *n, int64_t *ret)
{
	char what[80];
	uint64_t value;

	(void)snprintf(what, sizeof(what), "a whole number from %" PRId64 " to %" PRId64, k->least,
		k->most);
	if (n->kind != NODE_SCALAR || node_is_null(n))
		return refuse(l, k, n, what, "");
	if (!n->plain)
		return refuse(l, k, n, what, " in quotes");
	if (!text_to_u64(n->text, &value))
		return refuse(l, k, n, what,
			n->text[strspn(n->text, "0123456789")] == '%' ? " (write it without %)"
								      : "");
	if (value > (uint64_t)k->most || value < (uint64_t)k->least)
		return refuse(l, k, n, what, "");
	*ret = (int64_t)value;
	return true;
}

/* "0.00022": at most 9 digits, and perhaps a point and at most 9 more. */
static bool parse_decimal(const char *s, int64_t *ret_billionths)
{
	size_t whole = strspn(s, "0123456789");
	bool point = s[whole] == '.';
	const char *decimals = point ? s + whole + 1 : "";
	size_t more = strspn(decimals, "0123456789");
	int64_t value = 0;

	if (whole == 0 || whole > 9 || more > 9 || (point && more == 0))
		return false;
	if (point ? decimals[more] : s[whole])
		return false;
	for (size_t i = 0; i < whole; i++)
		value = value * 10 + (s[i] - '0');
	for (size_t i = 0; i < 9; i++)
		value = value * 10 + (i < more ? decimals[i] - '0' : 0);
	*ret_billionths = value;
	return true;
}

bool value_decimal(struct loader *l, const struct key *k, const struct node *n, int64_t *ret)
{
	char what[80];
	int64_t value;

	(void)snprintf(what, sizeof(what), "a number from 0 to %" PRId64 " with at most 9 decimals",
		k->most);
	if (n->kind != NODE_SCALAR || node_is_null(n) || !n->plain)
		return refuse(
			l, k, n, what, n->kind == NODE_SCALAR && !n->plain ? " in quotes" : "");
	if (!parse_decimal(n->text, &value) || value > k->most * VALUE_BILLION)
		return refuse(l, k, n, what, "");
	*ret = value;
	return true;
}

void value_format_seconds(int64_t seconds, char ret[DURATION_TEXT_SIZE])
{
	struct duration d = {.days = seconds / 86400, .seconds = seconds % 86400};

	duration_format(&d, ret);
}

static void refuse_range(
	struct loader *l, const struct key *k, const struct node *n, const char *words)
{
	char least[DURATION_TEXT_SIZE], most[DURATION_TEXT_SIZE];

	value_format_seconds(k->least, least);
	value_format_seconds(k->most, most);
	loader_error(l, n, "'%s' takes a duration from %s to %s%s, not '%s'", key_name(k), least,
		most, words, n->text);
}

bool value_seconds(struct loader *l, const struct key *k, const struct node *n, int64_t *ret)
{
	_cleanup_(text_done) struct text words = TEXT_INIT(64), what = TEXT_INIT(128);
	struct error err = {0};
	struct duration d;
	int64_t seconds;

	if (find_word(k, n->kind == NODE_SCALAR ? n->text : "", ret, &words))
		return true;
	text_printf(&what, "a duration such as 10min or 6h%s", words.s ? words.s : "");
	if (n->kind != NODE_SCALAR || node_is_null(n) || !*n->text)
		return refuse(l, k, n, what.s, "");
	if (duration_parse(n->text, &d, &err) < 0 || duration_to_seconds(&d, &seconds, &err) < 0) {
		refuse_duration(l, k, n, what.s, &err);
		return false;
	}
	if (seconds < k->least || seconds > k->most) {
		refuse_range(l, k, n, words.s ? words.s : "");
		return false;
	}
	*ret = seconds;
	return true;
}

bool value_instant(struct loader *l, const struct key *k, const struct node *n, int64_t *ret)
{
	static const char what[] =
		"a time such as 2026-11-21T00:00:00Z or 2026-11-21T08:00:00+08:00";

	if (n->kind != NODE_SCALAR || node_is_null(n))
		return refuse(l, k, n, what, "");
	if (!civil_parse_instant(n->text, false, ret))
		return refuse(l, k, n, what, "");
	return true;
}

bool value_span(struct loader *l, const struct key *k, const struct node *n, struct duration *ret)
{
	struct error err = {0};
	char least[DURATION_TEXT_SIZE];
	struct duration d;
	const char *text;

	if (!value_text(l, k, n, &text))
		return false;
	if (duration_parse(text, &d, &err) < 0) {
		loader_error(l, n, "'%s' takes a duration such as 2y: %s", key_name(k), err.text);
		return false;
	}
	if (d.months == 0 && d.days * 86400 + d.seconds < k->least) {
		value_format_seconds(k->least, least);
		loader_error(l, n, "'%s' takes at least %s, not '%s'", key_name(k), least, text);
		return false;
	}
	*ret = d;
	return true;
}

static bool takes(const struct key *k, enum keep_kind kind)
{
	return rule_rows[key_rule(k)]->kinds & 1u << kind;
}

/* What a rule takes, in words. */
static const char *rule_takes(const struct key *k)
{
	if (!takes(k, KEEP_NUMBER))
		return "a span such as 2d, or 0 for none";
	if (!takes(k, KEEP_SPAN))
		return "a count such as 3, or all, or 0 for none";
	return "a count such as 7, a span such as 14d, both such as {count: 7, span: 14d}, or all, "
	       "or 0 for none";
}

/* A rule's text that is neither `all` nor a bare number. */
static bool read_rule_span(
	struct loader *l, const struct key *k, const struct node *n, struct keep_rule *ret)
{
	bool begins_with_digit = n->text[0] >= '0' && n->text[0] <= '9';
	struct error err = {0};
	struct duration d;

	if (!takes(k, KEEP_SPAN))
		return refuse(l, k, n, rule_takes(k),
			begins_with_digit ? " (a span of time goes under `within`)" : "");
	if (duration_parse(n->text, &d, &err) < 0) {
		refuse_duration(l, k, n, rule_takes(k), &err);
		return false;
	}
	*ret = (struct keep_rule){.kind = KEEP_OFF};
	if (d.months || d.days || d.seconds)
		*ret = (struct keep_rule){.kind = KEEP_SPAN, .span = d};
	return true;
}

static bool read_rule(
	struct loader *l, const struct key *k, const struct node *n, struct keep_rule *ret)
{
	const char *what = rule_takes(k);
	int64_t number;

	if (n->kind != NODE_SCALAR || node_is_null(n) || !*n->text)
		return refuse(l, k, n, what, "");
	if (strcmp(n->text, "all") == 0) {
		if (!takes(k, KEEP_ALL))
			return refuse(l, k, n, what, " (to keep everything: `last: all`)");
		*ret = (struct keep_rule){.kind = KEEP_ALL};
		return true;
	}
	if (n->text[strspn(n->text, "0123456789")])
		return read_rule_span(l, k, n, ret);
	if (!takes(k, KEEP_NUMBER) && strcmp(n->text, "0") != 0)
		return refuse(l, k, n, what, " (a count goes under `last`; days are written 7d)");
	if (!n->plain)
		return refuse(l, k, n, what, " in quotes");
	if (!value_integer(l, k, n, &number))
		return false;
	*ret = (struct keep_rule){.kind = number ? KEEP_NUMBER : KEEP_OFF, .number = number};
	return true;
}

/* {count: N, span: T} */
static bool read_floor(
	struct loader *l, const struct key *k, const struct node *n, struct keep_rule *ret)
{
	static const char form[] = "{count: 7, span: 14d}";
	struct node *count = node_get(n, "count", NULL), *span = node_get(n, "span", NULL);
	struct keep_rule number = {.kind = KEEP_OFF}, length = {.kind = KEEP_OFF};

	if (!count || !span || n->count > 2) {
		loader_error(l, n, "a mapping under '%s' takes both keys of %s, and no other",
			key_name(k), form);
		return false;
	}
	if (!read_rule(l, k, count, &number) || !read_rule(l, k, span, &length))
		return false;
	if (number.kind != KEEP_NUMBER)
		return loader_refuse(l, count, "'count' takes a number from 1, as in %s", form);
	if (length.kind != KEEP_SPAN)
		return loader_refuse(l, span, "'span' takes a span of time, as in %s", form);
	*ret = (struct keep_rule){.kind = KEEP_FLOOR, .number = number.number, .span = length.span};
	return true;
}

bool value_rule(struct loader *l, const struct key *k, const struct node *n, struct keep_rule *ret)
{
	if (n->kind == NODE_MAPPING && takes(k, KEEP_NUMBER) && takes(k, KEEP_SPAN))
		return read_floor(l, k, n, ret);
	return read_rule(l, k, n, ret);
}

bool value_is_list(struct loader *l, const struct key *k, const struct node *n, const char *example)
{
	return n->kind == NODE_LIST ||
		loader_refuse(l, n, "'%s' takes a list such as %s", key_name(k), example);
}
