/* Strict JSON: a scanner that refuses what cJSON would misread, and helpers on what cJSON read. */
#include "base/json.h"

#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

#define MAX_WHOLE \
	(INT64_C(1) << 53) /* up to here a double tells every whole number from the next */
#define SURE_DIGITS 15     /* of a whole number below that */
#define FEW_KEYS 16        /* compared each with each, which is faster than sorting them */

/* Checks the grammar of RFC 8259, so that cJSON sees only what it reads right. */
struct scanner {
	const char *s;
	size_t at, length;
	size_t values_left; /* that may still come */
	struct error *err;
};

static int bad(const struct scanner *sc, size_t at, const char *what)
{
	return error_set(sc->err, EBADMSG, "JSON: byte %zu: %s", at, what);
}

static int peek(const struct scanner *sc)
{
	return sc->at < sc->length ? (unsigned char)sc->s[sc->at] : -1;
}

static void skip_space(struct scanner *sc)
{
	for (; sc->at < sc->length; sc->at++) {
		char c = sc->s[sc->at];
		if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
			return;
	}
}

static size_t skip_digits(struct scanner *sc)
{
	size_t from = sc->at;

	while (peek(sc) >= '0' && peek(sc) <= '9')
		sc->at++;
	return sc->at - from;
}

/* Numbers that a double cannot hold exactly are refused: a rounded id is another set's id. */
static int check_number(const struct scanner *sc, size_t from, bool whole)
{
	char literal[64];
	size_t length = sc->at - from;
	bool fits;

	if (whole && length <= SURE_DIGITS)
		return 0;
	if (length >= sizeof(literal))
		return bad(sc, from, "a number that is too long");
	memcpy(literal, sc->s + from, length);
	literal[length] = '\0';
	if (whole) {
		uint64_t value;
		fits = text_to_u64(literal + (*literal == '-'), &value) &&
			value <= (uint64_t)MAX_WHOLE;
	} else {
		double value = strtod(literal, NULL);
		fits = value < (double)MAX_WHOLE && value > -(double)MAX_WHOLE;
	}
	return fits ? 0 : bad(sc, from, "a number beyond 2^53, which cannot be read exactly");
}

static int scan_number(struct scanner *sc)
{
	size_t from = sc->at, digits;
	bool whole = true;

	if (peek(sc) == '-')
		sc->at++;
	digits = skip_digits(sc);
	if (digits == 0)
		return bad(sc, sc->at, "a digit was expected");
	if (digits > 1 && sc->s[sc->at - digits] == '0')
		return bad(sc, from, "a number with a leading zero");
	if (peek(sc) == '.') {
		whole = false;
		sc->at++;
		if (skip_digits(sc) == 0)
			return bad(sc, sc->at, "a digit was expected");
	}
	if (peek(sc) == 'e' || peek(sc) == 'E') {
		whole = false;
		sc->at++;
		if (peek(sc) == '+' || peek(sc) == '-')
			sc->at++;
		if (skip_digits(sc) == 0)
			return bad(sc, sc->at, "a digit was expected");
	}
	return check_number(sc, from, whole);
}

static int hex_value(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
		return (c | 0x20) - 'a' + 10;
	return -1;
}

/* After "\u": four hex digits. -1 if they are not there. */
static int scan_unit(struct scanner *sc)
{
	int unit = 0;

	for (int i = 0; i < 4; i++) {
		int digit = hex_value(peek(sc));
		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
		sc->at++;
	}
	return unit;
}

/* After "\u". A character beyond U+FFFF is two halves, each with its own \u. */
static int scan_unicode(struct scanner *sc, size_t from)
{
	int unit = scan_unit(sc);
	bool pair = unit >= 0xd800 && unit <= 0xdbff;

	if (unit < 0)
		return bad(sc, from, "four hex digits were expected after \\u");
	if (unit == 0)
		return bad(sc, from, "\\u0000 in a string");
	if (pair) {
		if (sc->length - sc->at < 6 || memcmp(sc->s + sc->at, "\\u", 2) != 0)
			return bad(sc, from, "half a surrogate pair");
		sc->at += 2;
		unit = scan_unit(sc);
	}
	if (pair != (unit >= 0xdc00 && unit <= 0xdfff))
		return bad(sc, from, "half a surrogate pair");
	return 0;
}

static int scan_escape(struct scanner *sc)
{
	size_t from = sc->at++;
	int c = peek(sc);

	if (c <= 0 || !strchr("u\"\\/bfnrt", c))
		return bad(sc, from, "an escape that JSON does not have");
	sc->at++;
	return c == 'u' ? scan_unicode(sc, from) : 0;
}

/* Characters that stand for themselves and take one byte: most of a document. */
static void skip_plain(struct scanner *sc)
{
	const unsigned char *s = (const unsigned char *)sc->s + sc->at;
	size_t n = 0, most = sc->length - sc->at;

	while (n < most && s[n] >= 0x20 && s[n] < 0x80 && s[n] != '"' && s[n] != '\\')
		n++;
	sc->at += n;
}

static int scan_string(struct scanner *sc)
{
	size_t from = sc->at;

	sc->at++;
	for (skip_plain(sc); peek(sc) != '"'; skip_plain(sc)) {
		size_t n;
		if (peek(sc) < 0)
			return bad(sc, from, "a string without an end");
		if (peek(sc) < 0x20)
			return bad(sc, sc->at, "a control character in a string");
		if (peek(sc) == '\\') {
			int r = scan_escape(sc);
			if (r < 0)
				return r;
			continue;
		}
		n = text_utf8_length(sc->s + sc->at, sc->length - sc->at);
		if (n == 0)
			return bad(sc, sc->at, "not UTF-8");
		sc->at += n;
	}
	sc->at++;
	return 0;
}

static int scan_value(struct scanner *sc, int depth);

/* The key and the colon before a member's value. */
static int scan_key(struct scanner *sc)
{
	int r;

	if (peek(sc) != '"')
		return bad(sc, sc->at, "a key in quotes was expected");
	r = scan_string(sc);
	if (r < 0)
		return r;
	skip_space(sc);
	if (peek(sc) != ':')
		return bad(sc, sc->at, "':' was expected");
	sc->at++;
	skip_space(sc);
	return 0;
}

/* An array or an object, from its bracket on. */
static int scan_container(struct scanner *sc, int depth)
{
	bool object = peek(sc) == '{';
	int close = object ? '}' : ']', r;

	if (depth >= JSON_MAX_DEPTH)
		return bad(sc, sc->at, "nested too deep");
	sc->at++;
	skip_space(sc);
	if (peek(sc) == close) {
		sc->at++;
		return 0;
	}
	for (;;) {
		r = object ? scan_key(sc) : 0;
		if (r < 0)
			return r;
		r = scan_value(sc, depth + 1);
		if (r < 0)
			return r;
		skip_space(sc);
		if (peek(sc) == close)
			break;
		if (peek(sc) != ',')
			return bad(sc, sc->at,
				object ? "',' or '}' was expected" : "',' or ']' was expected");
		sc->at++;
		skip_space(sc);
	}
	sc->at++;
	return 0;
}

static int scan_word(struct scanner *sc, const char *word)
{
	size_t n = strlen(word);

	if (sc->length - sc->at < n || memcmp(sc->s + sc->at, word, n) != 0)
		return bad(sc, sc->at, "a value was expected");
	sc->at += n;
	return 0;
}

static int scan_value(struct scanner *sc, int depth)
{
	int c = peek(sc);

	if (sc->values_left-- == 0)
		return bad(sc, sc->at, "more values than are taken in");
	if (c == '-' || (c >= '0' && c <= '9'))
		return scan_number(sc);
	switch (c) {
	case '{':
	case '[':
		return scan_container(sc, depth);
	case '"':
		return scan_string(sc);
	case 't':
		return scan_word(sc, "true");
	case 'f':
		return scan_word(sc, "false");
	case 'n':
		return scan_word(sc, "null");
	default:
		return bad(sc, sc->at,
			c < 0 ? "the text ends where a value was expected"
			      : "a value was expected");
	}
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int twice(const char *key, struct error *err)
{
	char shown[64];

	text_copy_printable(shown, sizeof(shown), key);
	return error_set(err, EBADMSG, "JSON: key '%s' occurs twice", shown);
}

/* Sorted, so that a million keys do not take a million times a million steps. */
static int check_many_keys(const cJSON *object, struct error *err)
{
	size_t count = (size_t)cJSON_GetArraySize(object), n = 0;
	_cleanup_free_ const char **keys = xcalloc(count, sizeof(*keys));
	const cJSON *member;

	cJSON_ArrayForEach (member, object)
		keys[n++] = member->string;
	qsort(keys, n, sizeof(*keys), compare_keys);
	for (size_t i = 1; i < n; i++)
		if (strcmp(keys[i - 1], keys[i]) == 0)
			return twice(keys[i], err);
	return 0;
}

static int check_keys(const cJSON *object, struct error *err)
{
	const char *keys[FEW_KEYS];
	const cJSON *member;
	size_t count = 0;

	cJSON_ArrayForEach (member, object) {
		const char *key = member->string;
		if (count == FEW_KEYS)
			return check_many_keys(object, err);
		for (size_t i = 0; i < count; i++)
			if (keys[i][0] == key[0] && strcmp(keys[i], key) == 0)
				return twice(key, err);
		keys[count++] = key;
	}
	return 0;
}

static int check_all_keys(const cJSON *value, struct error *err)
{
	const cJSON *child;
	int r = cJSON_IsObject(value) ? check_keys(value, err) : 0;

	if (r < 0)
		return r;
	cJSON_ArrayForEach (child, value) {
		if (!child->child)
			continue;
		r = check_all_keys(child, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int parse(const char *data, size_t length, size_t values_max, cJSON **ret, size_t *ret_used,
	struct error *err)
{
	struct scanner sc = {.s = data, .length = length, .values_left = values_max, .err = err};
	_cleanup_(json_deletep) cJSON *value = NULL;
	size_t from;
	int r;

	skip_space(&sc);
	from = sc.at;
	r = scan_value(&sc, 0);
	if (r < 0)
		return r;
	value = cJSON_ParseWithLengthOpts(data + from, sc.at - from, NULL, 0);
	if (!value)
		return bad(&sc, from, "does not read");
	r = check_all_keys(value, err);
	if (r < 0)
		return r;
	skip_space(&sc);
	*ret = TAKE_PTR(value);
	*ret_used = sc.at;
	return 0;
}

int json_parse_one(
	const char *data, size_t length, cJSON **ret, size_t *ret_used, struct error *err)
{
	return parse(data, length, SIZE_MAX, ret, ret_used, err);
}

int json_parse(const char *data, size_t length, cJSON **ret, struct error *err)
{
	return json_parse_within(data, length, SIZE_MAX, ret, err);
}

int json_parse_within(
	const char *data, size_t length, size_t values_max, cJSON **ret, struct error *err)
{
	_cleanup_(json_deletep) cJSON *value = NULL;
	size_t used;
	int r;

	r = parse(data, length, values_max, &value, &used, err);
	if (r < 0)
		return r;
	if (used < length)
		return error_set(err, EBADMSG, "JSON: byte %zu: something follows the value", used);
	*ret = TAKE_PTR(value);
	return 0;
}

static void erase_strings(cJSON *value)
{
	cJSON *child;

	if (value->valuestring)
		explicit_bzero(value->valuestring, strlen(value->valuestring));
	cJSON_ArrayForEach (child, value)
		erase_strings(child);
}

void json_erase(cJSON *value)
{
	if (value)
		erase_strings(value);
	cJSON_Delete(value);
}

cJSON *json_get(const cJSON *object, const char *key)
{
	return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, key) : NULL;
}

const char *json_get_string(const cJSON *object, const char *key)
{
	return cJSON_GetStringValue(json_get(object, key));
}

static bool whole_of_text(const char *s, int64_t *ret)
{
	bool negative = *s == '-';
	uint64_t value;

	if (!text_to_u64(s + (negative || *s == '+'), &value) || value > (uint64_t)MAX_WHOLE)
		return false;
	*ret = negative ? -(int64_t)value : (int64_t)value;
	return true;
}

bool json_get_int(const cJSON *object, const char *key, bool or_string, int64_t *ret)
{
	const cJSON *item = json_get(object, key);

	if (cJSON_IsNumber(item)) {
		double value = item->valuedouble; /* within 2^53: json_parse() saw to it */
		if (value != (double)(int64_t)value)
			return false;
		*ret = (int64_t)value;
		return true;
	}
	return or_string && cJSON_IsString(item) && whole_of_text(item->valuestring, ret);
}

bool json_get_bool(const cJSON *object, const char *key, bool *ret)
{
	const cJSON *item = json_get(object, key);

	if (!cJSON_IsBool(item))
		return false;
	*ret = cJSON_IsTrue(item);
	return true;
}
