/* Finds the provider of an account's credentials in files and variables. No server is asked. */
#pragma once

#include "cloud/login.h"
#include "cloud/provider.h"

/* The chain has the order of the vendor's own clients, but for its first source, which is ours. The
 * first source that exists is used:
 *   1. $CREDENTIALS_DIRECTORY/{access-key-id,access-key-secret,security-token} (systemd); for an
 *      account other than "default" with its name and a dot before each
 *   2. ALIBABA_CLOUD_ACCESS_KEY_ID, ..._SECRET, ALIBABA_CLOUD_SECURITY_TOKEN
 *   3. ALIBABA_CLOUD_ROLE_ARN, ..._OIDC_PROVIDER_ARN, ..._OIDC_TOKEN_FILE, if all three are set
 *   4. the CLI's profile ALIBABA_CLOUD_PROFILE, or `current`, in ~/.aliyun/config.json
 *      (ALIBABA_CLOUD_CONFIG_FILE); off with ALIBABA_CLOUD_CLI_PROFILE_DISABLED=true
 *   5. the section ALIBABA_CLOUD_PROFILE, or `default`, of ~/.alibabacloud/credentials
 *      (ALIBABA_CLOUD_CREDENTIALS_FILE)
 *   6. the ECS metadata service; off with ALIBABA_CLOUD_ECS_METADATA_DISABLED=true
 *   7. ALIBABA_CLOUD_CREDENTIALS_URI
 * A source that exists but is broken (half a key, an unknown mode, bad JSON) is an error. The
 * vendor's clients go on to the next source; here they do not, because its keys may be another
 * account's. A file that others can read (mode & 077) is refused, and the error says which mode to
 * set; files in $CREDENTIALS_DIRECTORY are left to the service manager.
 *
 * `account` is the account's name. `no_ecs` not NULL: the metadata service is skipped, for this
 * reason, which is told if nothing else is found. -ENOKEY: nothing was found; the text lists the
 * places. Other errors: the first source that exists is broken. `err` never holds a secret. *ret is
 * the caller's (provider_done), and untouched on failure. */
int source_find(const struct login_options *o, const char *account, const char *no_ecs,
	struct provider *ret, struct error *err);
