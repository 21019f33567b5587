#include "base/memory.h"
#include "base/text.h"
#include "cloud/credentials.h"
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
	"ALIBABA_CLOUD_CREDENTIALS_FILE", "HOME"};

static char directory[64];

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

static void expect_keys(const char *id, const char *secret, const char *token, const char *source)
{
	struct credentials *c = credentials_new();
	struct keys k;
	struct error err = {0};

	if (credentials_get(c, &k, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(k.id, id);
	assert_string_equal(k.secret, secret);
	if (token)
		assert_string_equal(k.token, token);
	else
		assert_null(k.token);
	assert_non_null(strstr(k.source, source));
	keys_done(&k);
	assert_null(k.secret);
	credentials_free(c);
}

/* Every error here is also checked for what it must not say. */
static void expect_error(int code, const char *words)
{
	struct credentials *c = credentials_new();
	struct keys k = {.source = "untouched"};
	struct error err = {0};
	int r = credentials_get(c, &k, &err);

	if (r != -code || !strstr(err.text, words))
		fail_msg("wanted %d '%s', got %d '%s'", code, words, -r, err.text);
	assert_null(strstr(err.text, SECRET));
	assert_null(strstr(err.text, ID));
	assert_null(strstr(err.text, TOKEN));
	assert_string_equal(k.source, "untouched");
	credentials_free(c);
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
	expect_error(ENOKEY, "$CREDENTIALS_DIRECTORY (not set)");
	expect_error(ENOKEY, "ALIBABA_CLOUD_ACCESS_KEY_ID (not set)");
	expect_error(ENOKEY, "/.aliyun/config.json (no such file)");
	expect_error(ENOKEY, "/.alibabacloud/credentials (no such file)");
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
	put(".aliyun/config.json", 0600, CONFIG(PROFILE("EcsRamRole", "")));
	expect_error(EOPNOTSUPP,
		"profile 'main' has mode 'EcsRamRole'; retaind supports AK and StsToken");
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
		"[default]\ntype = ram_role_arn\naccess_key_id = " ID "\n");
	expect_error(EOPNOTSUPP,
		"section [default] has type 'ram_role_arn'; retaind supports access_key");
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

static void a_rotated_key_is_in_force_at_the_next_call(void **state)
{
	struct credentials *c = credentials_new();
	struct keys k;

	(void)state;
	put("creds/access-key-id", 0400, "one");
	put("creds/access-key-secret", 0400, "a");
	set_path("CREDENTIALS_DIRECTORY", "creds");
	assert_int_equal(credentials_get(c, &k, NULL), 0);
	assert_string_equal(k.id, "one");
	keys_done(&k);
	put("creds/access-key-id", 0400, "two"); /* same size, same second */
	assert_int_equal(credentials_get(c, &k, NULL), 0);
	assert_string_equal(k.id, "two");
	keys_done(&k);
	credentials_free(c);
	credentials_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
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
		TEST(odd_files_are_refused),
		TEST(keys_with_odd_characters_are_refused),
		TEST(a_rotated_key_is_in_force_at_the_next_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
