/* Long lines of prose, continued below where a terminal ends. */
#include "ctl/fold.h"

#include "policyfile/width.h"

#define DEEP 12 /* columns: a line that begins there goes on with the option above it */

/* One character of `s`, or one sequence that sets a colour. */
struct glyph {
	size_t length, width;
};

static struct glyph glyph_at(const char *s, size_t left)
{
	struct glyph g = {0};
	uint32_t character;

	if (left >= 2 && s[0] == '\x1b' && s[1] == '[') {
		while (g.length < left && s[g.length] != 'm')
			g.length++;
		g.length += g.length < left;
		return g;
	}
	g.length = width_decode(s, left, &character);
	g.width = (size_t)width_of(character);
	return g;
}

static size_t width_on_screen(const char *s, size_t length)
{
	size_t width = 0;

	for (size_t i = 0; i < length;) {
		struct glyph g = glyph_at(s + i, length - i);
		width += g.width;
		i += g.length;
	}
	return width;
}

static size_t spaces(const char *s, size_t length)
{
	size_t n = 0;

	while (n < length && s[n] == ' ')
		n++;
	return n;
}

/* Where the rest of a line begins: its bytes before that, and the column. */
struct hang {
	size_t bytes, column;
};

/* `step`: how far to the right of its beginning a line without columns goes on. */
static struct hang hang_of(const char *s, size_t length, size_t columns, size_t step)
{
	size_t indent = spaces(s, length), column = indent;
	struct hang h = {indent, indent < DEEP ? indent + step : indent};

	for (size_t i = indent; i < length && column < columns / 2;) {
		size_t gap = spaces(s + i, length - i);
		struct glyph g = gap ? (struct glyph){gap, gap} : glyph_at(s + i, length - i);
		i += g.length;
		column += g.width;
		if (gap > 1 && i < length && column <= columns / 2)
			h = (struct hang){i, column};
	}
	return h;
}

/* The bytes up to the next space; of a line that shows how a command is called, brackets stay
 * whole. */
static size_t word_length(const char *s, size_t length, bool is_usage)
{
	size_t n = 0, depth = 0;

	for (; n < length && (s[n] != ' ' || depth > 0); n++) {
		depth += is_usage && s[n] == '[';
		depth -= depth > 0 && s[n] == ']';
	}
	return n;
}

/* What is to be done, which follows "->", begins a line of its own. */
static bool is_arrow(const char *s, size_t length)
{
	return length == 2 && memcmp(s, "->", 2) == 0;
}

static void fold_line(struct text *out, const char *s, size_t length, size_t columns, size_t step)
{
	bool is_usage = length > 7 && memcmp(s, "usage: ", 7) == 0;
	struct hang h = is_usage ? (struct hang){7, 7} : hang_of(s, length, columns, step);
	size_t used = width_on_screen(s, h.bytes);

	text_add_bytes(out, s, h.bytes);
	for (size_t i = h.bytes; i < length;) {
		size_t gap = spaces(s + i, length - i);
		size_t word = word_length(s + i + gap, length - i - gap, is_usage);
		size_t width = width_on_screen(s + i + gap, word);
		if (i > h.bytes && (used + gap + width > columns || is_arrow(s + i + gap, word))) {
			text_printf(out, "\n%*s", (int)h.column, "");
			used = h.column;
		} else {
			text_add_bytes(out, s + i, gap);
			used += gap;
		}
		text_add_bytes(out, s + i + gap, word);
		used += width;
		i += gap + word;
	}
}

/* A command, or a part of one: an option that nothing explains, or what ends in a backslash. */
static bool is_command(const char *s, size_t length)
{
	size_t indent = spaces(s, length);

	if (length > 0 && s[length - 1] == '\\')
		return true;
	if (indent < 2)
		return false;
	return strncmp(s + indent, "retainctl ", 10) == 0 ||
		(strncmp(s + indent, "--", 2) == 0 &&
			hang_of(s, length, SIZE_MAX, 0).bytes == indent);
}

static void fold_lines(struct text *out, const char *s, size_t columns, size_t step)
{
	while (*s) {
		size_t length = strcspn(s, "\n");
		if (columns > 0 && !is_command(s, length) && width_on_screen(s, length) > columns)
			fold_line(out, s, length, columns, step);
		else
			text_add_bytes(out, s, length);
		if (s[length] == '\n')
			text_add(out, "\n");
		s += length + (s[length] == '\n');
	}
}

void fold_add(struct text *out, const char *s, size_t columns)
{
	fold_lines(out, s, columns, 2);
}

/* True if the line at `next` goes on with the one before it, which is not an option alone. */
static bool goes_on(const char *before, size_t length, const char *next)
{
	size_t indent = spaces(before, length), next_indent = strspn(next, " ");

	if (next_indent == 0)
		return indent == 0 && length > 0 && *next && *next != '\n';
	return next_indent >= DEEP &&
		(indent == 0 || indent >= DEEP ||
			hang_of(before, length, SIZE_MAX, 0).bytes > indent);
}

void fold_add_help(struct text *out, const char *s, size_t columns)
{
	_cleanup_(text_done) struct text joined = TEXT_INIT(65536);

	while (columns > 0 && *s) {
		size_t length = strcspn(s, "\n");
		const char *next = s + length + (s[length] == '\n');
		bool joins = goes_on(s, length, next);
		text_add_bytes(&joined, s, length);
		text_add(&joined, joins ? " " : "\n");
		s = next + (joins ? spaces(next, strlen(next)) : 0);
	}
	fold_lines(out, joined.s ? joined.s : s, columns, 0);
}
