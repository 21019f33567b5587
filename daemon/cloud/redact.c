/* Takes secrets out of text that comes from outside, whatever escapes they hide behind. */
#include "cloud/redact.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

#define TEXT_MAX ((size_t)1 << 16)
#define MARK "[redacted]"

/* A text in lower case, and where each of its bytes stands in the text as it came. */
struct plain {
	char *s;
	size_t *from; /* length + 1 of them */
	size_t length;
};

static void plain_done(struct plain *p)
{
	explicit_bzero(p->s, p->length);
	free(p->s);
	free(p->from);
}

static void plain_init(struct plain *p, const char *s)
{
	p->length = strlen(s);
	p->s = xstrdup(s);
	p->from = xcalloc(p->length + 1, sizeof(*p->from));
	for (size_t i = 0; i <= p->length; i++)
		p->from[i] = i;
	for (size_t i = 0; i < p->length; i++)
		if (p->s[i] >= 'A' && p->s[i] <= 'Z')
			p->s[i] = (char)(p->s[i] + 'a' - 'A');
}

/* The value of `count` hex digits in lower case; -1 if they are not. */
static int hex_value(const char *s, size_t count)
{
	static const char digits[] = "0123456789abcdef";
	int value = 0;

	for (size_t i = 0; i < count; i++) {
		const char *digit = s[i] ? strchr(digits, s[i]) : NULL;
		if (!digit)
			return -1;
		value = value * 16 + (int)(digit - digits);
	}
	return value;
}

/* The length of the escape of JSON that ends at `end`: \/, \\, \" or \u002f; 0 if there is none. */
static size_t json_escape_before(const char *end, size_t length, int *ret_value)
{
	if (length >= 2 && end[-2] == '\\' && end[-1] && strchr("/\\\"", end[-1])) {
		*ret_value = end[-1];
		return 2;
	}
	if (length >= 6 && end[-6] == '\\' && end[-5] == 'u') {
		*ret_value = hex_value(end - 4, 4);
		return 6;
	}
	return 0;
}

/* The same, or of a URL: %2f; and what it stands for. Secrets are of ASCII. */
static size_t escape_before(const char *end, size_t length, char *ret)
{
	int value = -1;
	size_t taken = json_escape_before(end, length, &value);

	if (taken == 0 && length >= 3 && end[-3] == '%') {
		taken = 3;
		value = hex_value(end - 2, 2);
	}
	if (value < 0 || value > 0x7f)
		return 0;
	*ret = (char)(value >= 'A' && value <= 'Z' ? value + 'a' - 'A' : value);
	return taken;
}

/* Takes all escapes off, also those that only show once others are off, in one pass: whenever the
 * text so far ends in an escape, what that stands for takes its place. */
static void plain_unescape(struct plain *p)
{
	size_t to = 0, taken;

	for (size_t at = 0; at < p->length; at++) {
		char c = p->s[at];
		p->from[to] = p->from[at];
		p->s[to++] = c;
		while ((taken = escape_before(p->s + to, to, &c)) > 0) {
			to -= taken;
			p->s[to++] = c;
		}
	}
	p->from[to] = p->from[p->length];
	p->length = to;
}

static bool has_escape(const char *s)
{
	return strpbrk(s, "%\\") != NULL;
}

static void cut_echo(char *s)
{
	static const char *const phrases[] = {"string to sign", "stringtosign", "string-to-sign",
		"canonical request", "canonicalrequest", "canonical string", "canonicalstring"};

	for (size_t i = 0; i < ARRAY_SIZE(phrases); i++) {
		char *hit = strcasestr(s, phrases[i]);
		if (hit)
			hit[strlen(phrases[i])] = '\0';
	}
}

/* Marks the bytes of the text that make up the secret, everywhere. */
static void hide(const struct plain *p, const char *secret, bool *hidden)
{
	_cleanup_(plain_done) struct plain needle;
	const char *hit = p->s;

	plain_init(&needle, secret);
	while (needle.length > 0 &&
		(hit = memmem(hit, p->length - (size_t)(hit - p->s), needle.s, needle.length))) {
		size_t from = (size_t)(hit - p->s);
		for (size_t i = p->from[from]; i < p->from[from + needle.length]; i++)
			hidden[i] = true;
		hit++;
	}
}

void redact(const char *s, const struct keys *keys, char *to, size_t size)
{
	char *work = xstrndup(s, TEXT_MAX / 4);
	const char *secrets[] = {
		keys ? keys->secret : NULL, keys ? keys->token : NULL, keys ? keys->id : NULL};
	struct text out = TEXT_INIT(TEXT_MAX);
	struct plain plain;
	_cleanup_free_ bool *hidden = NULL;

	/* The whole text first, and cut to size last: half a secret would not be found. */
	cut_echo(work);
	hidden = xcalloc(strlen(work) + 1, sizeof(*hidden));
	plain_init(&plain, work);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(secrets); i++)
			if (secrets[i])
				hide(&plain, secrets[i], hidden);
		plain_unescape(&plain);
	}
	for (size_t i = 0; work[i]; i++)
		if (!hidden[i])
			text_add_bytes(&out, work + i, 1);
		else if (i == 0 || !hidden[i - 1])
			text_add(&out, MARK);
	text_copy_printable(to, size, out.s ? out.s : "");
	plain_done(&plain);
	text_erase(&out);
	memory_erase_string(work);
}

static bool holds(const char *s, const char *secret)
{
	struct plain plain, needle;
	bool found;

	if (!secret || !*secret)
		return false;
	if (strcasestr(s, secret))
		return true;
	if (!has_escape(s))
		return false;
	plain_init(&plain, s);
	plain_unescape(&plain);
	plain_init(&needle, secret);
	found = memmem(plain.s, plain.length, needle.s, needle.length) != NULL;
	plain_done(&plain);
	plain_done(&needle);
	return found;
}

bool redact_finds(const char *s, const struct keys *keys)
{
	return holds(s, keys->secret) || holds(s, keys->token);
}

/* What is shorter than `least` bytes holds none: escapes only make it longer. */
static bool finds_in(const cJSON *value, const struct keys *keys, size_t least)
{
	const char *texts[] = {value->string, value->valuestring};
	const cJSON *child;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (texts[i] && strlen(texts[i]) >= least && redact_finds(texts[i], keys))
			return true;
	cJSON_ArrayForEach (child, value)
		if (finds_in(child, keys, least))
			return true;
	return false;
}

bool redact_finds_in(const cJSON *value, const struct keys *keys)
{
	size_t secret = strlen(keys->secret ? keys->secret : "");
	size_t token = keys->token ? strlen(keys->token) : secret;

	return finds_in(value, keys, secret < token ? secret : token);
}
