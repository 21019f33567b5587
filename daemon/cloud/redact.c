#include "cloud/redact.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

#define TEXT_MAX ((size_t)1 << 16)
#define MARK "[redacted]"

static void erase_stringp(char **s)
{
	memory_erase_string(*s);
}

static char *without(char *s, const char *secret)
{
	size_t length = strlen(secret);
	struct text out = TEXT_INIT(TEXT_MAX);
	const char *from = s, *hit;

	if (length == 0 || !strcasestr(s, secret))
		return s;
	while ((hit = strcasestr(from, secret))) {
		text_add_bytes(&out, from, (size_t)(hit - from));
		text_add(&out, MARK);
		from = hit + length;
	}
	text_add(&out, from);
	memory_erase_string(s);
	return text_take(&out);
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

bool redact_finds(const char *s, const struct keys *keys)
{
	const char *secrets[] = {keys->secret, keys->token};

	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
		struct text text = TEXT_INIT(TEXT_MAX);
		_cleanup_(erase_stringp) char *encoded = NULL;
		if (!secrets[i] || !*secrets[i])
			continue;
		text_reserve(&text, 3 * strlen(secrets[i]));
		text_add_percent_encoded(&text, secrets[i]);
		encoded = text_take(&text);
		if (strcasestr(s, secrets[i]) || strcasestr(s, encoded))
			return true;
	}
	return false;
}

void redact(const char *s, const struct keys *keys, char *to, size_t size)
{
	_cleanup_(erase_stringp) char *work = xstrndup(s, TEXT_MAX / 4);
	const char *secrets[] = {
		keys ? keys->secret : NULL, keys ? keys->token : NULL, keys ? keys->id : NULL};

	/* The whole text first, and cut to size last: half a secret would not be found. */
	cut_echo(work);
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
		struct text text = TEXT_INIT(TEXT_MAX);
		_cleanup_(erase_stringp) char *encoded = NULL;
		if (!secrets[i])
			continue;
		/* Encoded forms too, since what is signed is full of them. */
		text_reserve(&text, 3 * strlen(secrets[i]));
		text_add_percent_encoded(&text, secrets[i]);
		encoded = text_take(&text);
		work = without(work, secrets[i]);
		work = without(work, encoded);
	}
	text_copy_printable(to, size, work);
}
