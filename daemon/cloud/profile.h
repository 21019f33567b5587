/* Profiles in files: config.json of the CLI, and the ini file of the SDKs. Errors name the file and
 * what is wrong. They quote nothing from it but the name of the profile and known modes. */
#pragma once

#include "base/error.h"
#include "cloud/provider.h"

/* 1: *ret has a provider. 0: the profile is empty, as the CLI makes it on its first run. < 0: the
 * file is not acceptable. `profile` NULL: the profile that the file calls `current`. Modes are
 * compared without regard to case, as in the CLI. *ret is the caller's (provider_done), also after
 * an error.
 */
int profile_from_cli(const char *text, const char *path, const char *profile, struct provider *ret,
	struct error *err);
/* The same for the ini file. `profile` NULL: section "default". */
int profile_from_ini(const char *text, const char *path, const char *profile, struct provider *ret,
	struct error *err);
