/* Where the access key comes from. In this order, the first that has something wins:
 *   1. $CREDENTIALS_DIRECTORY/{access-key-id,access-key-secret,security-token}  (systemd)
 *   2. ALIBABA_CLOUD_ACCESS_KEY_ID, ..._SECRET, ALIBABA_CLOUD_SECURITY_TOKEN
 *   3. CLI profile ~/.aliyun/config.json (ALIBABA_CLOUD_CONFIG_FILE), modes AK and StsToken;
 *      profile ALIBABA_CLOUD_PROFILE or `current`; off with ALIBABA_CLOUD_CLI_PROFILE_DISABLED=true
 *   4. ini file ALIBABA_CLOUD_CREDENTIALS_FILE or ~/.alibabacloud/credentials, type access_key
 * A source that is there but does not do (half a key, a profile in another mode, broken JSON) is an
 * error and not passed over. The source is read anew for each call, so that keys can be rotated
 * without a restart. A file that others can read (mode & 077) is refused with the mode to set (not
 * in $CREDENTIALS_DIRECTORY). */
#pragma once

#include "base/error.h"

struct credentials;

struct keys {
	char *id;
	char *secret;
	char *token;        /* NULL without STS */
	const char *source; /* for people: "systemd credentials", "environment" or a path; borrowed
			     * from the credentials until the next credentials_get() */
};
void keys_done(struct keys *k); /* wipes and frees */

struct credentials *credentials_new(void);
void credentials_free(struct credentials *c); /* wipes */

/* Hands out a copy for one call; the caller wipes it with keys_done(). -ENOKEY: none found; the
 * text lists where it looked. Other errors: the first source that is there does not do. err never
 * holds a secret. */
int credentials_get(struct credentials *c, struct keys *ret, struct error *err);
