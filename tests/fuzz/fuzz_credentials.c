/* Credential files: the CLI's config.json and the SDKs' ini file; the first byte chooses, and 'x'
 * is for a command line of the former. A whole provider or none, and an error that never quotes
 * what is in the file (S9). */
#include "base/memory.h"
#include "cloud/profile.h"
#include "cloud/subprocess.h"
#include "fuzz.h"

#include <string.h>

#define MARKER "FAKESECRET"

static void split(const char *line)
{
	struct error err = {0};
	char **words = NULL;

	if (subprocess_split(line, &words, &err) < 0) {
		HOLDS(!words && err.text[0] && !strstr(err.text, MARKER));
		return;
	}
	HOLDS(words && words[0] && words[0][0]);
	subprocess_free_words(words);
}

static bool is_whole(const struct provider *r)
{
	if (r->kind == PROVIDER_KEYS && (!r->keys.id || !r->keys.id[0] || !r->keys.secret))
		return false;
	if (r->kind == PROVIDER_OIDC && (!r->what || !r->oidc_provider || r->role_count < 1))
		return false;
	if ((r->kind == PROVIDER_URI || r->kind == PROVIDER_EXTERNAL) && !r->what)
		return false;
	for (size_t i = 0; i < r->role_count; i++)
		if (!r->roles[i].arn || !r->roles[i].arn[0] || r->roles[i].duration_s < 900)
			return false;
	return r->source != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct provider provider = {0};
	struct error err = {0};
	int r;

	if (size < 2)
		return 0;
	_cleanup_free_ char *text = xstrndup((const char *)data + 2, size - 2);
	const char *profile = data[1] == 'p' ? "p" : data[1] == 'd' ? "default" : NULL;
	if (data[0] == 'x') {
		split(text);
		return 0;
	}
	if (data[0] == 'i')
		r = profile_from_ini(text, "credentials", profile, &provider, &err);
	else
		r = profile_from_cli(text, "config.json", profile, &provider, &err);
	HOLDS(r != 1 || is_whole(&provider));
	HOLDS(r >= 0 || err.text[0]);
	/* Without a name asked for, the error may tell the name that the file has as `current`; and
	 * a profile names its source. */
	HOLDS(!profile || strstr(text, "source_profile") || !strstr(err.text, MARKER));
	provider_done(&provider);
	return 0;
}
