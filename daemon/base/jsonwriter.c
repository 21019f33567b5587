#include "base/jsonwriter.h"

#include <inttypes.h>

static void write_string(struct text *out, const char *s)
{
	text_add(out, "\"");
	while (*s) {
		size_t plain = 0;
		while ((unsigned char)s[plain] >= 0x20 && s[plain] != '"' && s[plain] != '\\')
			plain++;
		if (plain > 0 && text_is_utf8(s, plain)) {
			text_add_bytes(out, s, plain);
			s += plain;
		} else if (plain > 0) {
			text_add(out, (unsigned char)*s < 0x80 ? (char[]){*s, 0} : "\xef\xbf\xbd");
			s++;
		} else {
			if (*s == '"' || *s == '\\')
				text_printf(out, "\\%c", *s);
			else if (*s == '\n')
				text_add(out, "\\n");
			else
				text_printf(out, "\\u%04x", (unsigned)(unsigned char)*s);
			s++;
		}
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
