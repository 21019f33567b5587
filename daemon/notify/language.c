/* Puts what is told into another language, by a table of phrases. */
#include "notify/language.h"

#include "base/memory.h"

#define VALUES_MAX 4
#define DEPTH_MAX 4 /* of texts in texts */
#define TEXT_BYTES 4096

struct span {
	const char *s;
	size_t length;
};

/* A place for a value: "{1}". Its kind is the first character, its number the second. */
static bool is_place(const char *s)
{
	return *s && strchr("{[<", *s) && s[1] >= '1' && s[1] <= '0' + VALUES_MAX && s[2] &&
		strchr("}]>", s[2]);
}

static size_t literal_length(const char *pattern)
{
	size_t n = 0;

	while (pattern[n] && !is_place(pattern + n))
		n++;
	return n;
}

/* The value ends where the words after its place first stand again; with none after it, or where
 * these end the pattern, at the end. NULL: nowhere. */
static const char *end_of_value(struct span rest, const char *after)
{
	size_t length = literal_length(after);
	const char *end = rest.s + rest.length;

	if (length > rest.length)
		return NULL;
	if (!after[length]) /* also if no words are left at all */
		return memcmp(end - length, after, length) == 0 ? end - length : NULL;
	return memmem(rest.s, rest.length, after, length);
}

static bool match(const char *pattern, struct span text, struct span values[VALUES_MAX])
{
	while (*pattern) {
		size_t length = literal_length(pattern);
		const char *end;
		struct span *value;
		if (length > text.length || memcmp(text.s, pattern, length) != 0)
			return false;
		pattern += length;
		text = (struct span){text.s + length, text.length - length};
		if (!*pattern)
			break;
		end = end_of_value(text, pattern + 3);
		value = &values[pattern[1] - '1'];
		if (!end || end == text.s)
			return false;
		*value = (struct span){text.s, (size_t)(end - text.s)};
		if (*pattern == '[' && memchr(value->s, ' ', value->length))
			return false;
		text = (struct span){end, text.length - value->length};
		pattern += 3;
	}
	return text.length == 0;
}

/* Appends "23 小时" for "23 h" at the beginning; how many bytes that are, 0 if there is none. */
static size_t add_part(struct span s, struct text *out)
{
	static const struct {
		const char *english, *chinese;
	} units[] = {{" y", " 年"}, {" mo", " 个月"}, {" d", " 天"}, {" h", " 小时"},
		{" min", " 分钟"}, {" s", " 秒"}};
	size_t digits = 0;

	while (digits < s.length && s.s[digits] >= '0' && s.s[digits] <= '9')
		digits++;
	for (size_t i = 0; digits > 0 && i < ARRAY_SIZE(units); i++) {
		size_t used = digits + strlen(units[i].english);
		if (used > s.length || !text_starts(s.s + digits, units[i].english) ||
			(used < s.length && s.s[used] != ' '))
			continue;
		text_printf(out, "%s%.*s%s", out->length ? " " : "", (int)digits, s.s,
			units[i].chinese);
		return used + (used < s.length);
	}
	return 0;
}

/* A span of time, such as "23 h 59 min", has units of its own. */
static void add_value(struct span value, struct text *out)
{
	_cleanup_(text_done) struct text words = TEXT_INIT(TEXT_BYTES);
	struct span rest = value;
	size_t used;

	while ((used = add_part(rest, &words)) > 0)
		rest = (struct span){rest.s + used, rest.length - used};
	if (rest.length == 0 && words.s)
		text_add(out, words.s);
	else
		text_add_bytes(out, value.s, value.length);
}

static void translate(enum notify_language l, struct span text, int depth, struct text *out);

static void fill(enum notify_language l, const char *pattern, const struct span *values, int depth,
	struct text *out)
{
	while (*pattern) {
		size_t length = literal_length(pattern);
		text_add_bytes(out, pattern, length);
		pattern += length;
		if (!*pattern)
			return;
		if (*pattern == '<' && depth < DEPTH_MAX)
			translate(l, values[pattern[1] - '1'], depth + 1, out);
		else
			add_value(values[pattern[1] - '1'], out);
		pattern += 3;
	}
}

/* False, and nothing: it has no translation. */
static bool add_clause(enum notify_language l, struct span clause, int depth, struct text *out)
{
	for (const struct notify_phrase *p = notify_phrases; p->text[NOTIFY_ENGLISH]; p++) {
		struct span values[VALUES_MAX] = {0};
		if (!match(p->text[NOTIFY_ENGLISH], clause, values))
			continue;
		fill(l, p->text[l], values, depth, out);
		return true;
	}
	return false;
}

static void translate(enum notify_language l, struct span text, int depth, struct text *out)
{
	for (bool first = true; text.length > 0; first = false) {
		_cleanup_(text_done) struct text words = TEXT_INIT(TEXT_BYTES);
		const char *end = memmem(text.s, text.length, "; ", 2);
		struct span clause = {text.s, end ? (size_t)(end - text.s) : text.length};
		bool known = add_clause(l, clause, depth, &words);
		if (!first)
			text_add(out, known ? "；" : "; ");
		if (known)
			text_add(out, words.s);
		else
			text_add_bytes(out, clause.s, clause.length);
		text = end ? (struct span){end + 2, text.length - clause.length - 2}
			   : (struct span){0};
	}
}

void notify_frame(enum notify_language language, enum notify_frame frame, const char *const *values,
	struct text *out)
{
	const char *pattern = notify_frames[frame].text[language];

	while (*pattern) {
		size_t length = literal_length(pattern);
		text_add_bytes(out, pattern, length);
		pattern += length;
		if (!*pattern)
			return;
		text_add(out, values[pattern[1] - '1']);
		pattern += 3;
	}
}

void notify_translate(enum notify_language language, const char *english, struct text *out)
{
	if (language == NOTIFY_ENGLISH)
		text_add(out, english);
	else
		translate(language, (struct span){english, strlen(english)}, 0, out);
}
