/* Decodes a query, and writes it again in the canonical form. */
#include "query.h"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that the three characters at `s` stand for; -1 if they are no %XX, or stand for NUL. */
static int percent_value(const char *s, size_t left)
{
	int high, low;

	if (left < 3)
		return -1;
	high = hex_value(s[1]);
	low = hex_value(s[2]);
	return high < 0 || low < 0 || (high | low) == 0 ? -1 : high << 4 | low;
}

/* NULL if it does not decode; owned by the caller. */
static char *form_decode(const char *s, size_t length)
{
	_cleanup_free_ char *out = xmalloc(length + 1);
	size_t at = 0;

	for (size_t i = 0; i < length; i++) {
		if (s[i] == '%') {
			int value = percent_value(s + i, length - i);
			if (value < 0)
				return NULL;
			out[at++] = (char)value;
			i += 2;
		} else {
			out[at++] = s[i] == '+' ? ' ' : s[i];
		}
	}
	out[at] = '\0';
	return text_is_utf8(out, at) ? TAKE_PTR(out) : NULL;
}

static bool add_pair(struct query *q, const char *s, size_t length)
{
	const char *equals = memchr(s, '=', length);
	size_t key_length = equals ? (size_t)(equals - s) : length;
	struct pair *p;

	q->pairs = memory_grow(q->pairs, &q->capacity, q->count + 1, sizeof(*q->pairs));
	p = &q->pairs[q->count++];
	p->key = form_decode(s, key_length);
	p->value = equals ? form_decode(equals + 1, length - key_length - 1) : xstrdup("");
	return p->key && p->value;
}

bool query_add(const char *raw, struct query *q)
{
	while (*raw) {
		size_t length = strcspn(raw, "&");

		if (length > 0 && !add_pair(q, raw, length))
			return false;
		raw += length + (raw[length] == '&');
	}
	return true;
}

bool query_parse(const char *raw, struct query *ret)
{
	*ret = (struct query){0};
	return query_add(raw, ret);
}

void query_free(struct query *q)
{
	for (size_t i = 0; i < q->count; i++) {
		free(q->pairs[i].key);
		free(q->pairs[i].value);
	}
	free(q->pairs);
	*q = (struct query){0};
}

const char *query_get(const struct query *q, const char *key)
{
	for (size_t i = 0; i < q->count; i++)
		if (text_equal(q->pairs[i].key, key))
			return q->pairs[i].value;
	return NULL;
}

void query_encode(const char *s, struct text *out)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			strchr("-_.~", c))
			text_add_bytes(out, s, 1);
		else
			text_printf(out, "%%%02X", c);
	}
}

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	return order ? order : strcmp(x->value, y->value);
}

void query_canonical(const struct query *q, struct text *out)
{
	_cleanup_free_ struct pair *sorted = xcalloc(q->count + 1, sizeof(*sorted));

	for (size_t i = 0; i < q->count; i++)
		sorted[i] = q->pairs[i];
	qsort(sorted, q->count, sizeof(*sorted), compare_pairs);
	for (size_t i = 0; i < q->count; i++) {
		if (i > 0)
			text_add(out, "&");
		query_encode(sorted[i].key, out);
		text_add(out, "=");
		query_encode(sorted[i].value, out);
	}
}
