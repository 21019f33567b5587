/* Writes JSON: commas, escapes, numbers, and bytes that are not UTF-8. */
#include "base/jsonwriter.h"

#include <inttypes.h>

/* Bytes from `s` on that need no change. */
static size_t plain_length(const char *s, size_t left)
{
	size_t at = 0;

	while (at < left && (unsigned char)s[at] >= 0x20 && s[at] != '"' && s[at] != '\\') {
		size_t n = text_utf8_length(s + at, left - at);
		if (n == 0)
			break;
		at += n;
	}
	return at;
}

static void write_string(struct text *out, const char *s)
{
	size_t left = strlen(s);

	text_add(out, "\"");
	while (left > 0) {
		size_t plain = plain_length(s, left);
		text_add_bytes(out, s, plain);
		s += plain;
		left -= plain;
		if (left == 0)
			break;
		if (*s == '"' || *s == '\\')
			text_printf(out, "\\%c", *s);
		else if (*s == '\n')
			text_add(out, "\\n");
		else if ((unsigned char)*s < 0x20)
			text_printf(out, "\\u%04x", (unsigned)(unsigned char)*s);
		else
			text_add(out, "\xef\xbf\xbd");
		s++;
		left--;
	}
	text_add(out, "\"");
}

static void begin_value(struct jsonwriter *w, const char *key)
{
	if (w->more)
		text_add(w->out, ",");
	if (key) {
		write_string(w->out, key);
		text_add(w->out, ":");
	}
	w->more = true;
}

void json_object_begin(struct jsonwriter *w, const char *key)
{
	begin_value(w, key);
	text_add(w->out, "{");
	w->more = false;
}

void json_object_end(struct jsonwriter *w)
{
	text_add(w->out, "}");
	w->more = true;
}

void json_array_begin(struct jsonwriter *w, const char *key)
{
	begin_value(w, key);
	text_add(w->out, "[");
	w->more = false;
}

void json_array_end(struct jsonwriter *w)
{
	text_add(w->out, "]");
	w->more = true;
}

void json_string(struct jsonwriter *w, const char *key, const char *value)
{
	if (!value) {
		json_null(w, key);
		return;
	}
	begin_value(w, key);
	write_string(w->out, value);
}

void json_int(struct jsonwriter *w, const char *key, int64_t value)
{
	begin_value(w, key);
	text_printf(w->out, "%" PRId64, value);
}

void json_bool(struct jsonwriter *w, const char *key, bool value)
{
	begin_value(w, key);
	text_add(w->out, value ? "true" : "false");
}

void json_null(struct jsonwriter *w, const char *key)
{
	begin_value(w, key);
	text_add(w->out, "null");
}

void json_raw(struct jsonwriter *w, const char *key, const char *json)
{
	begin_value(w, key);
	text_add(w->out, json);
}
