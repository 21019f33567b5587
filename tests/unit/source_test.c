/* Where keys are found: the chain, its files and variables (S9). */
#include "base/memory.h"
#include "base/text.h"
#include "cloud/source.h"
#include "testing.h"

#include <errno.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#define ID "TESTONLYID"
#define SECRET "TESTONLYSECRET"
#define TOKEN "TESTONLYTOKEN"

static const char *const variables[] = {"CREDENTIALS_DIRECTORY", "ALIBABA_CLOUD_ACCESS_KEY_ID",
	"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN",
	"ALIBABA_CLOUD_CONFIG_FILE", "ALIBABA_CLOUD_PROFILE", "ALIBABA_CLOUD_CLI_PROFILE_DISABLED",
	"ALIBABA_CLOUD_CREDENTIALS_FILE", "ALIBABA_CLOUD_ECS_METADATA",
	"ALIBABA_CLOUD_ECS_METADATA_DISABLED", "ALIBABA_CLOUD_CREDENTIALS_URI",
	"ALIBABA_CLOUD_ROLE_ARN", "ALIBABA_CLOUD_ROLE_SESSION_NAME",
	"ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "ALIBABA_CLOUD_OIDC_TOKEN_FILE", "HOME"};

static char directory[64];

/* By the chain, unless a test says otherwise. */
static struct login_options options;
static const char *account;

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

/* A home of its own, without anything in it. */
static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		(void)unsetenv(variables[i]);
	strcpy(directory, "/tmp/credentials-test-XXXXXX");
	assert_non_null(mkdtemp(directory));
	(void)setenv("HOME", directory, 1);
	options = (struct login_options){0};
	account = "default";
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *name, unsigned mode, const char *content)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", directory, name);
	char *slash = strrchr(path, '/');
	FILE *f;

	*slash = '\0';
	(void)mkdir(path, 0700);
	*slash = '/';
	(void)remove(path);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(content, 1, strlen(content), f), strlen(content));
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void set_path(const char *variable, const char *name)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", directory, name);

	(void)setenv(variable, path, 1);
}

static struct provider find(void)
{
	struct provider provider;
	struct error err = {0};

	if (source_find(&options, account, NULL, &provider, &err) < 0)
		fail_msg("%s", err.text);
	return provider;
}

static void expect_keys(const char *id, const char *secret, const char *token, const char *source)
{
	struct provider found = find();

	assert_int_equal(found.kind, PROVIDER_KEYS);
	assert_string_equal(found.keys.id, id);
	assert_string_equal(found.keys.secret, secret);
	if (token)
		assert_string_equal(found.keys.token, token);
	else
		assert_null(found.keys.token);
	assert_non_null(strstr(found.source, source));
	provider_done(&found);
	assert_null(found.keys.secret);
}

static void expect_what(enum provider_kind kind, const char *what, const char *source)
{
	struct provider found = find();

	assert_int_equal(found.kind, kind);
	if (what)
		assert_string_equal(found.what, what);
	else
		assert_null(found.what);
	assert_non_null(strstr(found.source, source));
	provider_done(&found);
}

/* Every error here is also checked for what it must not say. */
static void expect_error(int code, const char *words)
{
	struct provider found = {.role_count = 77};
	struct error err = {0};
	int r = source_find(&options, account, "no such service", &found, &err);

	if (r != -code || !strstr(err.text, words))
		fail_msg("wanted %d '%s', got %d '%s'", code, words, -r, err.text);
	assert_null(strstr(err.text, SECRET));
	assert_null(strstr(err.text, ID));
	assert_null(strstr(err.text, TOKEN));
	assert_int_equal(found.role_count, 77);
}

static void use_environment(void)
{
	(void)setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", ID "-env", 1);
	(void)setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET "-env", 1);
}

#define CONFIG(profile) "{\"current\":\"main\",\"profiles\":[" profile "]}"
#define PROFILE(mode, more)                                                \
	"{\"name\":\"main\",\"mode\":\"" mode "\",\"access_key_id\":\"" ID \
	"-cli\",\"access_key_secret\":\"" SECRET "-cli\"" more "}"

static void the_first_source_wins(void **state)
{
	(void)state;
	put(".alibabacloud/credentials", 0600,
		"[default]\ntype = access_key\naccess_key_id = " ID
		"-ini\naccess_key_secret = " SECRET "-ini\n");
	expect_keys(ID "-ini", SECRET "-ini", NULL, ".alibabacloud/credentials");
	put(".aliyun/config.json", 0600, CONFIG(PROFILE("AK", "")));
	expect_keys(ID "-cli", SECRET "-cli", NULL, ".aliyun/config.json");
	use_environment();
	expect_keys(ID "-env", SECRET "-env", NULL, "environment");
	(void)setenv("ALIBABA_CLOUD_SECURITY_TOKEN", TOKEN, 1);
	expect_keys(ID "-env", SECRET "-env", TOKEN, "environment");
	put("creds/access-key-id", 0444, ID "-dir\n");
	put("creds/access-key-secret", 0444, SECRET "-dir \r\n");
	set_path("CREDENTIALS_DIRECTORY", "creds");
	expect_keys(ID "-dir", SECRET "-dir", NULL, "systemd credentials");
	put("creds/security-token", 0444, TOKEN);
	expect_keys(ID "-dir", SECRET "-dir", TOKEN, "systemd credentials");
}

static void an_empty_directory_is_passed_over(void **state)
{
	(void)state;
	put("creds/something-else", 0600, "x");
	set_path("CREDENTIALS_DIRECTORY", "creds");
	use_environment();
	expect_keys(ID "-env", SECRET "-env", NULL, "environment");
}

static void without_any_it_says_where_it_looked(void **state)
{
	(void)state;
	expect_error(ENOKEY, "no access key found: no $CREDENTIALS_DIRECTORY, no ALIBABA");
	expect_error(ENOKEY, "no ALIBABA_CLOUD_ACCESS_KEY_ID");
	expect_error(ENOKEY, "/.aliyun/config.json");
	expect_error(ENOKEY, "/.alibabacloud/credentials");
	expect_error(ENOKEY, "no ALIBABA_CLOUD_OIDC_TOKEN_FILE");
	expect_error(ENOKEY, ", no such service");
	expect_error(ENOKEY, "no ALIBABA_CLOUD_CREDENTIALS_URI");
	(void)setenv("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "true", 1);
	expect_error(ENOKEY, "CLI profile (switched off)");
}

static void half_a_key_is_an_error(void **state)
{
	(void)state;
	put(".alibabacloud/credentials", 0600, "[default]\naccess_key_id=" ID "\n");
	expect_error(EINVAL, "section [default] has no access_key_secret");
	put(".aliyun/config.json", 0600,
		CONFIG("{\"name\":\"main\",\"mode\":\"AK\",\"access_key_id\":\"\",\"access_key_"
		       "secret\":\"" SECRET "\"}"));
	expect_error(EINVAL, "profile 'main' has no access_key_id");
	put(".aliyun/config.json", 0600, CONFIG(PROFILE("StsToken", "")));
	expect_error(EINVAL, "profile 'main' has no sts_token");
	(void)setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", ID, 1);
	expect_error(EINVAL,
		"ALIBABA_CLOUD_ACCESS_KEY_ID is set, but not ALIBABA_CLOUD_ACCESS_KEY_SECRET");
	put("creds/access-key-secret", 0600, SECRET);
	set_path("CREDENTIALS_DIRECTORY", "creds");
	expect_error(EINVAL, "has no access-key-id");
	put("creds/access-key-id", 0600, "\n");
	expect_error(EINVAL, "is empty");
}

static void cli_profiles(void **state)
{
	(void)state;
	put(".aliyun/config.json", 0600,
		CONFIG(PROFILE("ststoken", ",\"sts_token\":\"" TOKEN "\"")));
	expect_keys(ID "-cli", SECRET "-cli", TOKEN, "config.json");
	put(".aliyun/config.json", 0600, CONFIG(PROFILE("AK", ",\"sts_token\":\"" TOKEN "\"")));
	expect_keys(ID "-cli", SECRET "-cli", NULL, "config.json");
	put(".aliyun/config.json", 0600, CONFIG(PROFILE("CloudSSO", "")));
	expect_error(EOPNOTSUPP, "mode 'CloudSSO', by which no service can log in; use EcsRamRole");
	put(".aliyun/config.json", 0600, CONFIG(PROFILE("oauth", "")));
	expect_error(EOPNOTSUPP, "mode 'OAuth'");
	put(".aliyun/config.json", 0600, CONFIG(PROFILE(SECRET, "")));
	expect_error(EOPNOTSUPP, "mode '?'");
	put(".aliyun/config.json", 0600, CONFIG(""));
	expect_error(ENOENT, "there is no profile 'main'");
	put(".aliyun/config.json", 0600,
		"{\"profiles\":[{\"name\":\"default\",\"access_key_id\":\"" ID
		"\",\"access_key_secret\":\"" SECRET "\"}]}");
	expect_keys(ID, SECRET, NULL, "config.json");
	(void)setenv("ALIBABA_CLOUD_PROFILE", "other", 1);
	expect_error(ENOENT, "there is no profile 'other'");
	put(".aliyun/config.json", 0600, "{\"" SECRET "\":1,\"" SECRET "\":2}");
	expect_error(EBADMSG, "not well-formed JSON");
	put(".aliyun/config.json", 0600, "{\"current\":\"" SECRET "\", nonsense " SECRET);
	expect_error(EBADMSG, "not well-formed JSON");
	put("elsewhere.json", 0600, CONFIG(PROFILE("AK", "")));
	set_path("ALIBABA_CLOUD_CONFIG_FILE", "elsewhere.json");
	(void)unsetenv("ALIBABA_CLOUD_PROFILE");
	expect_keys(ID "-cli", SECRET "-cli", NULL, "elsewhere.json");
}

/* What the CLI writes on its first run. */
static void an_empty_cli_profile_is_passed_over(void **state)
{
	(void)state;
	put(".aliyun/config.json", 0600,
		"{\"current\":\"default\",\"profiles\":[{\"name\":\"default\",\"mode\":\"AK\","
		"\"access_key_id\":\"\",\"access_key_secret\":\"\"}]}");
	expect_error(ENOKEY, "config.json (no key in it)");
	put(".alibabacloud/credentials", 0600,
		"[default]\naccess_key_id=" ID "\naccess_key_secret=" SECRET "\n");
	expect_keys(ID, SECRET, NULL, "credentials");
}

static void ini_files(void **state)
{
	(void)state;
	put(".alibabacloud/credentials", 0600,
		"# comment\n; comment\n\n[other]\naccess_key_id = wrong\naccess_key_secret = "
		"wrong\n"
		"[ default ]\r\n\ttype=access_key\r\naccess_key_id =" ID
		"=\naccess_key_secret = " SECRET "\n"
		"[third]\naccess_key_id = wrong\n");
	expect_keys(ID "=", SECRET, NULL, "credentials");
	(void)setenv("ALIBABA_CLOUD_PROFILE", "none", 1);
	expect_error(ENOENT, "there is no section [none]");
	(void)unsetenv("ALIBABA_CLOUD_PROFILE");
	put(".alibabacloud/credentials", 0600,
		"[default]\ntype = " SECRET "\naccess_key_id = " ID "\n");
	expect_error(EOPNOTSUPP, "section [default] has another type than access_key,");
	put(".alibabacloud/credentials", 0600,
		"[default]\ntype=access_key\naccess_key_id='" ID "'\naccess_key_secret=\"" SECRET
		"\"\n");
	expect_keys(ID, SECRET, NULL, "section [default] of ");
	put(".alibabacloud/credentials", 0600, "[default]\n" SECRET "\n");
	expect_error(EBADMSG, "credentials:2: neither [section] nor key = value");
	put(".alibabacloud/credentials", 0600, "[default\n");
	expect_error(EBADMSG, "credentials:1:");
}

static void s9_files_that_others_can_read_are_refused(void **state)
{
	static const unsigned modes[] = {0640, 0604, 0644, 0620, 0601, 0777};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		put(".aliyun/config.json", modes[i], CONFIG(PROFILE("AK", "")));
		expect_error(EPERM, "config.json: others may read it");
		expect_error(EPERM, "chmod 0600");
	}
	put(".aliyun/config.json", 0600, CONFIG(PROFILE("AK", "")));
	expect_keys(ID "-cli", SECRET "-cli", NULL, "config.json");
	put(".aliyun/config.json", 0400, CONFIG(PROFILE("AK", "")));
	expect_keys(ID "-cli", SECRET "-cli", NULL, "config.json");
}

/* Only root can give a file away, so that others see no such owner. */
static void s9_files_of_another_owner_are_refused(void **state)
{
	_cleanup_free_ char *path = xasprintf("%s/.aliyun/config.json", directory);

	(void)state;
	put(".aliyun/config.json", 0600, CONFIG(PROFILE("AK", "")));
	if (chown(path, 54321, (gid_t)-1) < 0)
		skip();
	expect_error(EPERM,
		"config.json: its owner is nobody known (uid 54321), and neither root nor this "
		"service: chown 0 ");
	expect_error(EPERM, "; chmod 0600 ");
}

static void odd_files_are_refused(void **state)
{
	_cleanup_free_ char *big = xcalloc(70001, 1);
	_cleanup_free_ char *path = xasprintf("%s/.aliyun/config.json", directory);

	(void)state;
	memset(big, 'x', 70000);
	put(".aliyun/config.json", 0600, big);
	expect_error(EFBIG, "larger than 64 KiB");
	(void)remove(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_error(EINVAL, "not a regular file"); /* and does not wait for a writer */
	(void)remove(path);
	assert_int_equal(mkdir(path, 0700), 0);
	expect_error(EINVAL, "not a regular file");
}

/* Else a token with a line end could add a header of its own. */
static void keys_with_odd_characters_are_refused(void **state)
{
	static const char *const bad[] = {
		ID "\r\nx-evil: 1", ID " x", ID "\t", ID "\x7f", ID "\xc3\xa9"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		use_environment();
		(void)setenv("ALIBABA_CLOUD_SECURITY_TOKEN", bad[i], 1);
		expect_error(EINVAL,
			"environment: a key or token has a blank or a character that no key has");
		(void)unsetenv("ALIBABA_CLOUD_SECURITY_TOKEN");
		(void)setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", bad[i], 1);
		expect_error(EINVAL, "a key or token has a blank");
	}
}

/* The account's own credentials, and never another account's in their place. */
static void systemd_credentials_are_the_accounts_own(void **state)
{
	(void)state;
	put("creds/access-key-id", 0400, ID);
	put("creds/access-key-secret", 0400, SECRET);
	set_path("CREDENTIALS_DIRECTORY", "creds");
	account = "prod";
	options.from = LOGIN_FROM_SYSTEMD;
	expect_error(ENOKEY, "creds (no prod.access-key-id)");
	put("creds/prod.access-key-id", 0400, ID "-prod");
	expect_error(EINVAL, "has no prod.access-key-secret");
	put("creds/prod.access-key-secret", 0400, SECRET "-prod");
	put("creds/prod.security-token", 0400, TOKEN "-prod");
	expect_keys(ID "-prod", SECRET "-prod", TOKEN "-prod", "systemd credentials");
	account = "default";
	expect_keys(ID, SECRET, NULL, "systemd credentials");
}

/* What is asked for by name is not looked for elsewhere. */
static void a_login_that_is_named_is_the_only_one(void **state)
{
	static const struct {
		enum login_from from;
		const char *words;
	} cases[] = {
		{LOGIN_FROM_SYSTEMD, "no access key found: no $CREDENTIALS_DIRECTORY"},
		{LOGIN_FROM_OIDC, "no access key found: no ALIBABA_CLOUD_OIDC_TOKEN_FILE"},
		{LOGIN_FROM_PROFILE, ".aliyun/config.json"},
		{LOGIN_FROM_INI, ".alibabacloud/credentials"},
		{LOGIN_FROM_URI, "no access key found: no ALIBABA_CLOUD_CREDENTIALS_URI"},
	};

	(void)state;
	use_environment();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		options.from = cases[i].from;
		expect_error(ENOKEY, cases[i].words);
	}
	options.from = LOGIN_FROM_ENVIRONMENT;
	expect_keys(ID "-env", SECRET "-env", NULL, "environment");
	options.from = LOGIN_FROM_ECS;
	expect_what(PROVIDER_ECS, NULL, "ECS metadata");
}

/* The tail of the chain, where somebody has to be asked. */
static void without_keys_the_chain_asks_the_instance_and_then_the_uri(void **state)
{
	struct provider found;
	struct error err = {0};

	(void)state;
	(void)setenv("ALIBABA_CLOUD_CREDENTIALS_URI", "http://127.0.0.1:1/x", 1);
	found = find();
	assert_int_equal(found.kind, PROVIDER_ECS);
	assert_true(found.perhaps);
	provider_done(&found);
	assert_int_equal(source_find(&options, account, "no answer", &found, &err), 0);
	assert_int_equal(found.kind, PROVIDER_URI);
	assert_string_equal(found.what, "http://127.0.0.1:1/x");
	provider_done(&found);
	(void)setenv("ALIBABA_CLOUD_ECS_METADATA", "my-role", 1);
	expect_what(PROVIDER_ECS, "my-role", "ECS metadata");
	(void)setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "True", 1);
	expect_what(PROVIDER_URI, "http://127.0.0.1:1/x", "credentials URI");
	(void)unsetenv("ALIBABA_CLOUD_CREDENTIALS_URI");
	expect_error(ENOKEY, ", no such service");
	options.from = LOGIN_FROM_ECS;
	assert_int_equal(source_find(&options, account, NULL, &found, &err), -EACCES);
	assert_non_null(strstr(err.text, "ALIBABA_CLOUD_ECS_METADATA_DISABLED"));
}

static void oidc_needs_all_three(void **state)
{
	struct provider found;

	(void)state;
	(void)setenv("ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1:role/token", 1);
	(void)setenv("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/k", 1);
	expect_error(ENOKEY, "no ALIBABA_CLOUD_OIDC_TOKEN_FILE");
	(void)setenv("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/run/token", 1);
	found = find();
	assert_int_equal(found.kind, PROVIDER_OIDC);
	assert_string_equal(found.what, "/run/token");
	assert_string_equal(found.oidc_provider, "acs:ram::1:oidc-provider/k");
	assert_int_equal(found.role_count, 1);
	assert_string_equal(found.roles[0].arn, "acs:ram::1:role/token");
	assert_string_equal(found.roles[0].session_name, "retaind");
	assert_int_equal(found.roles[0].duration_s, 3600);
	provider_done(&found);
	/* The account's own role comes on top in a chain, and is the token's with `oidc`. */
	options.role = "acs:ram::2:role/own";
	options.session_policy = "{}";
	found = find();
	assert_int_equal(found.role_count, 2);
	assert_null(found.roles[0].policy);
	assert_string_equal(found.roles[1].arn, "acs:ram::2:role/own");
	provider_done(&found);
	options.from = LOGIN_FROM_OIDC;
	options.oidc_token_file = "/run/other";
	options.session_s = 900;
	found = find();
	assert_string_equal(found.what, "/run/other");
	assert_int_equal(found.role_count, 1);
	assert_string_equal(found.roles[0].arn, "acs:ram::2:role/own");
	assert_string_equal(found.roles[0].policy, "{}");
	assert_int_equal(found.roles[0].duration_s, 900);
	provider_done(&found);
	use_environment(); /* which stands before it in the chain */
	options = (struct login_options){0};
	expect_keys(ID "-env", SECRET "-env", NULL, "environment");
}

static void the_accounts_role_is_assumed_with_what_it_logs_in_by(void **state)
{
	struct provider found;

	(void)state;
	use_environment();
	(void)setenv("ALIBABA_CLOUD_ROLE_SESSION_NAME", "of-the-environment", 1);
	options = (struct login_options){.role = "acs:ram::1:role/r",
		.external_id = "ext",
		.session_policy = "{}",
		.session_s = 1800};
	found = find();
	assert_int_equal(found.kind, PROVIDER_KEYS);
	assert_int_equal(found.role_count, 1);
	assert_string_equal(found.roles[0].arn, "acs:ram::1:role/r");
	assert_string_equal(found.roles[0].session_name, "retaind");
	assert_string_equal(found.roles[0].external_id, "ext");
	assert_string_equal(found.roles[0].policy, "{}");
	assert_int_equal(found.roles[0].duration_s, 1800);
	provider_done(&found);
	options.session_s = 899;
	expect_error(EINVAL, "a session lasts at least 900 seconds");
}

#define ROLE_FIELDS ",\"ram_role_arn\":\"acs:ram::1:role/p\""

static void profiles_with_roles(void **state)
{
	struct provider found;

	(void)state;
	put(".aliyun/config.json", 0600,
		CONFIG(PROFILE("RamRoleArn",
			ROLE_FIELDS ",\"ram_session_name\":\"s\",\"external_id\":\"e\","
				    "\"policy\":\"{}\",\"expired_seconds\":1800,"
				    "\"sts_region\":\"cn-beijing\",\"enable_vpc\":true")));
	found = find();
	assert_int_equal(found.kind, PROVIDER_KEYS);
	assert_string_equal(found.keys.id, ID "-cli");
	assert_int_equal(found.role_count, 1);
	assert_string_equal(found.roles[0].arn, "acs:ram::1:role/p");
	assert_string_equal(found.roles[0].session_name, "s");
	assert_string_equal(found.roles[0].external_id, "e");
	assert_string_equal(found.roles[0].policy, "{}");
	assert_string_equal(found.roles[0].sts_endpoint, "sts-vpc.cn-beijing.aliyuncs.com");
	assert_int_equal(found.roles[0].duration_s, 1800);
	provider_done(&found);
	put(".aliyun/config.json", 0600,
		CONFIG(PROFILE("RamRoleArn", ROLE_FIELDS ",\"sts_region\":\"cn-beijing\"")));
	found = find();
	assert_string_equal(found.roles[0].sts_endpoint, "sts.cn-beijing.aliyuncs.com");
	assert_string_equal(found.roles[0].session_name, "retaind");
	provider_done(&found);
	put(".aliyun/config.json", 0600, CONFIG(PROFILE("RamRoleArn", "")));
	expect_error(EINVAL, "profile 'main' has no ram_role_arn");
	put(".aliyun/config.json", 0600,
		CONFIG(PROFILE("RamRoleArn", ROLE_FIELDS ",\"expired_seconds\":60")));
	expect_error(EINVAL, "profile 'main': a session lasts at least 900 seconds");
	put(".aliyun/config.json", 0600, CONFIG("{\"name\":\"main\",\"mode\":\"RamRoleArn\"}"));
	expect_error(EINVAL, "profile 'main' has no access_key_id");
}

static void profiles_that_lead_elsewhere(void **state)
{
	static const char *const modes[] = {
		"CredentialsURI", "External", "OIDC", "ChainableRamRoleArn"};
	static const char *const lacks[] = {
		"credentials_uri", "process_command", "oidc_provider_arn", "source_profile"};
	struct provider found;

	(void)state;
	put(".aliyun/config.json", 0600,
		CONFIG("{\"name\":\"main\",\"mode\":\"EcsRamRole\",\"ram_role_name\":\"r\"}"));
	expect_what(PROVIDER_ECS, "r", "profile 'main' of ");
	put(".aliyun/config.json", 0600,
		CONFIG("{\"name\":\"main\",\"mode\":\"CredentialsURI\","
		       "\"credentials_uri\":\"http://127.0.0.1:9/u\"}"));
	expect_what(PROVIDER_URI, "http://127.0.0.1:9/u", "profile 'main' of ");
	put(".aliyun/config.json", 0600,
		CONFIG("{\"name\":\"main\",\"mode\":\"External\","
		       "\"process_command\":\"tool 'a b'\"}"));
	expect_what(PROVIDER_EXTERNAL, "tool 'a b'", "profile 'main' of ");
	put(".aliyun/config.json", 0600,
		CONFIG("{\"name\":\"main\",\"mode\":\"OIDC\",\"oidc_provider_arn\":\"p\","
		       "\"oidc_token_file\":\"/run/t\"" ROLE_FIELDS "}"));
	found = find();
	assert_int_equal(found.kind, PROVIDER_OIDC);
	assert_string_equal(found.what, "/run/t");
	assert_string_equal(found.oidc_provider, "p");
	assert_string_equal(found.roles[0].arn, "acs:ram::1:role/p");
	provider_done(&found);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		_cleanup_free_ char *config = xasprintf(
			"{\"current\":\"m\",\"profiles\":[{\"name\":\"m\",\"mode\":\"%s\"}]}",
			modes[i]);
		_cleanup_free_ char *words = xasprintf("profile 'm' has no %s", lacks[i]);
		put(".aliyun/config.json", 0600, config);
		expect_error(EINVAL, words);
	}
}

#define CHAINED(name, source)                                                                  \
	"{\"name\":\"" name "\",\"mode\":\"ChainableRamRoleArn\",\"source_profile\":\"" source \
	"\",\"ram_role_arn\":\"acs:ram::1:role/" name "\"}"
#define CHAIN(profiles) "{\"current\":\"c\",\"profiles\":[" profiles "]}"

static void chained_profiles_are_assumed_from_the_source_on(void **state)
{
	struct provider found;

	(void)state;
	put(".aliyun/config.json", 0600,
		CHAIN(CHAINED("c", "b") "," CHAINED("b", "main") "," PROFILE(
			"StsToken", ",\"sts_token\":\"" TOKEN "\"")));
	found = find();
	assert_int_equal(found.kind, PROVIDER_KEYS);
	assert_string_equal(found.keys.token, TOKEN);
	assert_int_equal(found.role_count, 2);
	assert_string_equal(found.roles[0].arn, "acs:ram::1:role/b");
	assert_string_equal(found.roles[1].arn, "acs:ram::1:role/c");
	assert_non_null(strstr(found.source, "profile 'c' of "));
	provider_done(&found);
	put(".aliyun/config.json", 0600, CHAIN(CHAINED("c", "b") "," CHAINED("b", "c")));
	expect_error(ELOOP, "leads in a circle");
	put(".aliyun/config.json", 0600, CHAIN(CHAINED("c", "gone")));
	expect_error(ENOENT, "there is no profile 'gone'");
	put(".aliyun/config.json", 0600,
		CHAIN(CHAINED("c", "sso") ",{\"name\":\"sso\",\"mode\":\"CloudSSO\"}"));
	expect_error(EOPNOTSUPP, "profile 'sso' has mode 'CloudSSO'");
}

static void ini_sections_with_roles(void **state)
{
	struct provider found;

	(void)state;
	put(".alibabacloud/credentials", 0600,
		"[default]\ntype = ram_role_arn\naccess_key_id = " ID
		"\naccess_key_secret = " SECRET
		"\nrole_arn = acs:ram::1:role/i\nrole_session_name = s\n"
		"policy = {\"Version\":\"1\"}\n[e]\ntype=ecs_ram_role\nrole_name=r\n");
	found = find();
	assert_int_equal(found.kind, PROVIDER_KEYS);
	assert_string_equal(found.keys.secret, SECRET);
	assert_string_equal(found.roles[0].arn, "acs:ram::1:role/i");
	assert_string_equal(found.roles[0].session_name, "s");
	assert_string_equal(found.roles[0].policy, "{\"Version\":\"1\"}");
	provider_done(&found);
	(void)setenv("ALIBABA_CLOUD_PROFILE", "e", 1);
	expect_what(PROVIDER_ECS, "r", "section [e] of ");
	(void)unsetenv("ALIBABA_CLOUD_PROFILE");
	options.from = LOGIN_FROM_INI;
	options.profile = "e";
	expect_what(PROVIDER_ECS, "r", "section [e] of ");
	put(".alibabacloud/credentials", 0600,
		"[e]\ntype = ram_role_arn\naccess_key_id = " ID "\naccess_key_secret = " SECRET
		"\n");
	expect_error(EINVAL, "section [e] has no role_arn");
}

/* `file` of an account, which has to be there. */
static void a_file_that_is_named_is_meant(void **state)
{
	_cleanup_free_ char *path = xasprintf("%s/ops.json", directory);

	(void)state;
	put(".aliyun/config.json", 0600, CONFIG(PROFILE("AK", "")));
	put("ops.json", 0644, CONFIG(PROFILE("StsToken", ",\"sts_token\":\"" TOKEN "\"")));
	options = (struct login_options){.from = LOGIN_FROM_PROFILE, .file = path};
	expect_error(EPERM, "ops.json: others may read it (mode 0644): chmod 0600");
	assert_int_equal(chmod(path, 0600), 0);
	expect_keys(ID "-cli", SECRET "-cli", TOKEN, "ops.json");
	(void)setenv("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "true", 1);
	expect_keys(ID "-cli", SECRET "-cli", TOKEN, "ops.json");
	assert_int_equal(remove(path), 0);
	expect_error(ENOKEY, "ops.json");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

TEST_FILE(source_test)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_source_wins),
		TEST(an_empty_directory_is_passed_over),
		TEST(without_any_it_says_where_it_looked),
		TEST(half_a_key_is_an_error),
		TEST(cli_profiles),
		TEST(an_empty_cli_profile_is_passed_over),
		TEST(ini_files),
		TEST(s9_files_that_others_can_read_are_refused),
		TEST(s9_files_of_another_owner_are_refused),
		TEST(odd_files_are_refused),
		TEST(keys_with_odd_characters_are_refused),
		TEST(systemd_credentials_are_the_accounts_own),
		TEST(a_login_that_is_named_is_the_only_one),
		TEST(without_keys_the_chain_asks_the_instance_and_then_the_uri),
		TEST(oidc_needs_all_three),
		TEST(the_accounts_role_is_assumed_with_what_it_logs_in_by),
		TEST(profiles_with_roles),
		TEST(profiles_that_lead_elsewhere),
		TEST(chained_profiles_are_assumed_from_the_source_on),
		TEST(ini_sections_with_roles),
		TEST(a_file_that_is_named_is_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
