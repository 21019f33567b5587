/* Profiles in files: the CLI's config.json and the SDKs' ini file. Errors name the file and what is
 * wrong, and quote nothing of it but the profile's name and kinds of credentials that are known. */
#pragma once

#include "base/error.h"
#include "cloud/provider.h"

/* 1: *ret has a provider; 0: nothing in the file for us (the empty profile that the CLI makes on
 * its first run); < 0: the file is meant, but does not do. `profile` NULL: `current`. Modes are
 * compared without regard to case, as the CLI does. *ret is the caller's (provider_done), also
 * after an error.
 */
int profile_from_cli(const char *text, const char *path, const char *profile, struct provider *ret,
	struct error *err);
/* The same for the ini file. `profile` NULL: section "default". */
int profile_from_ini(const char *text, const char *path, const char *profile, struct provider *ret,
	struct error *err);
