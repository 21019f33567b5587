#include "policyfile/loader.h"

#include "policyfile/width.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define ID_MAX 64
#define NAME_MAX_CHARACTERS 64

void loader_error(struct loader *l, const struct node *at, const char *format, ...)
{
	char text[1600];
	va_list args;

	if (l->quiet || at->kind == NODE_BROKEN)
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	messages_add(l->m, SEVERITY_ERROR, at->at, "%s", text);
}

const char *loader_nearest(
	const struct loader *l, const char *word, const char *const *names, size_t count)
{
	return count > 1000 || l->m->count >= MESSAGES_MAX ? NULL : text_nearest(word, names);
}

/* "'jitter' takes WHAT, not 'x'REMEDY". Returns false. */
static bool refuse(struct loader *l, const struct key *k, const struct node *n, const char *what,
	const char *remedy)
{
	char found[NODE_TEXT_SIZE];

	node_describe(n, found);
	loader_error(l, n, "'%s' takes %s, not %s%s", key_name(k), what, found, remedy);
	return false;
}

static bool is_word(const struct node *n, const char *const *words)
{
	if (n->kind != NODE_SCALAR)
		return false;
	for (; *words; words++)
		if (strcasecmp(n->text, *words) == 0)
			return true;
	return false;
}

static const char *const boolean_words[] = {"true", "false", "yes", "no", "on", "off", NULL};

/* What is wrong with something that looks like a duration, or else what is taken. */
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
	if (n->plain && is_word(n, boolean_words))
		return refuse(l, k, n, "a text", " (which YAML reads as true or false: quote it)");
	*ret = n->text;
	return true;
}

/* Letters, digits and ._- : what the cloud's ids are made of, and safe in a path or a URL. */
static bool is_id(const char *s)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t length = strlen(s);

	return length > 0 && length <= ID_MAX && strspn(s, allowed) == length;
}

bool value_id(struct loader *l, const struct key *k, const struct node *n, const char **ret)
{
	const char *text;

	if (!value_text(l, k, n, &text))
		return false;
	if (!is_id(text))
		return refuse(l, k, n, "1 to 64 letters, digits, '.', '_' or '-'", "");
	*ret = text;
	return true;
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

/* cn-hangzhou, us-west-1, cn-north-2-gov-1: small words joined by '-'. */
bool value_region(struct loader *l, const struct key *k, const struct node *n, const char **ret)
{
	static const char small[] = "abcdefghijklmnopqrstuvwxyz",
			  more[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	const char *text, *s;
	bool good;

	if (!value_text(l, k, n, &text))
		return false;
	s = text + strspn(text, small);
	good = s > text && *s == '-' && strlen(text) <= ID_MAX;
	while (good && *s) {
		size_t length = strspn(s + 1, more);
		good = *s == '-' && length > 0;
		s += 1 + length;
	}
	if (!good)
		return refuse(l, k, n, "a name such as cn-hangzhou or ap-southeast-1", "");
	*ret = text;
	return true;
}

bool value_boolean(struct loader *l, const struct key *k, const struct node *n, bool *ret)
{
	static const char *const yes[] = {"true", "yes", "on", NULL};
	bool value = is_word(n, yes);

	if (!is_word(n, boolean_words))
		return refuse(l, k, n, "true or false", "");
	if (!n->plain)
		return refuse(l, k, n, "true or false", " in quotes");
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

/* "10min", for the bounds that a message names. */
static void format_bound(int64_t seconds, char ret[DURATION_TEXT_SIZE])
{
	struct duration d = {.days = seconds / 86400, .seconds = seconds % 86400};

	duration_format(&d, ret);
}

static void refuse_range(
	struct loader *l, const struct key *k, const struct node *n, const char *words)
{
	char least[DURATION_TEXT_SIZE], most[DURATION_TEXT_SIZE];

	format_bound(k->least, least);
	format_bound(k->most, most);
	loader_error(l, n, "'%s' takes a duration from %s to %s%s, not '%s'", key_name(k), least,
		most, words, n->text);
}

bool value_seconds(struct loader *l, const struct key *k, const struct node *n, int64_t *ret)
{
	char words[64] = "", what[128];
	struct error err = {0};
	struct duration d;
	int64_t seconds;
	size_t used = 0;

	for (const struct key_word *w = k->word; w && w->word; w++) {
		if (n->kind == NODE_SCALAR && strcmp(n->text, w->word) == 0) {
			*ret = w->value;
			return true;
		}
		used += (size_t)snprintf(words + used, sizeof(words) - used, "%s %s",
			w[1].word ? "," : " or", w->word);
	}
	(void)snprintf(what, sizeof(what), "a duration such as 10min or 6h%s", words);
	if (n->kind != NODE_SCALAR || node_is_null(n) || !*n->text)
		return refuse(l, k, n, what, "");
	if (duration_parse(n->text, &d, &err) < 0 || duration_to_seconds(&d, &seconds, &err) < 0) {
		refuse_duration(l, k, n, what, &err);
		return false;
	}
	if (seconds < k->least || seconds > k->most) {
		refuse_range(l, k, n, words);
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

static bool value_span(struct loader *l, const struct key *k, const struct node *n,
	const char *what, struct keep_rule *ret)
{
	struct error err = {0};
	struct duration d;

	if (duration_parse(n->text, &d, &err) < 0) {
		refuse_duration(l, k, n, what, &err);
		return false;
	}
	*ret = (struct keep_rule){.kind = KEEP_OFF};
	if (d.months || d.days || d.seconds)
		*ret = (struct keep_rule){.kind = KEEP_SPAN, .span = d};
	return true;
}

/* What a rule of this type takes, in words. */
static const char *rule_takes(enum key_type type)
{
	if (type == TYPE_SPAN_RULE)
		return "a span such as 2d, or 0 for none";
	if (type == TYPE_COUNT_RULE)
		return "a count such as 3, or all, or 0 for none";
	return "a count such as 7, a span such as 14d, or all, or 0 for none";
}

/* A rule's text that is neither `all` nor a bare number. */
static bool value_rule_span(
	struct loader *l, const struct key *k, const struct node *n, struct keep_rule *ret)
{
	bool begins_with_digit = n->text[0] >= '0' && n->text[0] <= '9';

	if (k->type != TYPE_COUNT_RULE)
		return value_span(l, k, n, rule_takes(k->type), ret);
	return refuse(l, k, n, rule_takes(k->type),
		begins_with_digit ? " (a span of time goes under `within`)" : "");
}

bool value_rule(struct loader *l, const struct key *k, const struct node *n, struct keep_rule *ret)
{
	const char *what = rule_takes(k->type);
	int64_t number;

	if (n->kind != NODE_SCALAR || node_is_null(n) || !*n->text)
		return refuse(l, k, n, what, "");
	if (strcmp(n->text, "all") == 0) {
		if (k->type == TYPE_SPAN_RULE)
			return refuse(l, k, n, what, " (to keep everything: `last: all`)");
		*ret = (struct keep_rule){.kind = KEEP_ALL};
		return true;
	}
	if (n->text[strspn(n->text, "0123456789")])
		return value_rule_span(l, k, n, ret);
	if (k->type == TYPE_SPAN_RULE && strcmp(n->text, "0") != 0)
		return refuse(l, k, n, what, " (a count goes under `last`; days are written 7d)");
	if (!value_integer(l, k, n, &number))
		return false;
	*ret = (struct keep_rule){.kind = number ? KEEP_NUMBER : KEEP_OFF, .number = number};
	return true;
}

bool value_is_list(struct loader *l, const struct key *k, const struct node *n, const char *example)
{
	char found[NODE_TEXT_SIZE];

	if (n->kind == NODE_LIST)
		return true;
	node_describe(n, found);
	loader_error(l, n, "'%s' takes a list such as %s, not %s", key_name(k), example, found);
	return false;
}

int value_compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}
