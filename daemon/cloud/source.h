/* Where an account's keys come from: files and variables are looked at, nobody is asked. */
#pragma once

#include "cloud/login.h"
#include "cloud/provider.h"

/* The chain, in the order of the vendor's own clients but for the first, which is ours; the first
 * that has something wins:
 *   1. $CREDENTIALS_DIRECTORY/{access-key-id,access-key-secret,security-token} (systemd); for an
 *      account other than "default" its name and a dot before each
 *   2. ALIBABA_CLOUD_ACCESS_KEY_ID, ..._SECRET, ALIBABA_CLOUD_SECURITY_TOKEN
 *   3. ALIBABA_CLOUD_ROLE_ARN, ..._OIDC_PROVIDER_ARN, ..._OIDC_TOKEN_FILE, if all three are set
 *   4. the CLI's profile ALIBABA_CLOUD_PROFILE, or `current`, in ~/.aliyun/config.json
 *      (ALIBABA_CLOUD_CONFIG_FILE); off with ALIBABA_CLOUD_CLI_PROFILE_DISABLED=true
 *   5. the section ALIBABA_CLOUD_PROFILE, or `default`, of ~/.alibabacloud/credentials
 *      (ALIBABA_CLOUD_CREDENTIALS_FILE)
 *   6. the ECS metadata service; off with ALIBABA_CLOUD_ECS_METADATA_DISABLED=true
 *   7. ALIBABA_CLOUD_CREDENTIALS_URI
 * A source that is there but does not do (half a key, a mode that is not known, broken JSON) is an
 * error and not passed over, unlike in the vendor's clients: the keys of another source may be
 * another account's. A file that others can read (mode & 077) is refused with the mode to set (not
 * in $CREDENTIALS_DIRECTORY, which is the service manager's).
 *
 * `account` is the account's name. `no_ecs` (may be NULL): why the chain's sixth is out of
 * question; to be told if nothing else is found. -ENOKEY: nothing found; the text lists where it
 * looked. Other errors: the first source that is there does not do. err never holds a secret. *ret
 * is the caller's (provider_done), and untouched on failure. */
int source_find(const struct login_options *o, const char *account, const char *no_ecs,
	struct provider *ret, struct error *err);
