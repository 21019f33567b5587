/* Credential files: the CLI's config.json and the SDKs' ini file; the first byte chooses. Whole
 * keys or none, and an error that never quotes what is in the file (S9). */
#include "base/memory.h"
#include "cloud/profile.h"
#include "fuzz.h"

#include <string.h>

#define MARKER "FAKESECRET"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct keys keys = {0};
	struct error err = {0};
	int r;

	if (size < 2)
		return 0;
	_cleanup_free_ char *text = xstrndup((const char *)data + 2, size - 2);
	const char *profile = data[1] == 'p' ? "p" : data[1] == 'd' ? "default" : NULL;
	if (data[0] == 'i')
		r = profile_from_ini(text, "credentials", profile, &keys, &err);
	else
		r = profile_from_cli(text, "config.json", profile, &keys, &err);
	if (r == 1) {
		HOLDS(keys.id && keys.id[0] && keys.secret && keys.secret[0]);
		HOLDS(!keys.token || keys.token[0]);
	} else {
		HOLDS(!keys.id && !keys.secret && !keys.token);
	}
	HOLDS(r >= 0 || err.text[0]);
	/* Without a name asked for, the error may tell the name that the file has as `current`. */
	HOLDS(!profile || !strstr(err.text, MARKER));
	keys_done(&keys);
	return 0;
}
