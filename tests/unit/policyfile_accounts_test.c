/* Accounts: which keys go with which way to log in, who uses which; and no secret is ever shown. */
#include "policyfile_help.h"

#define ROLE "acs:ram::123456789012:role/retaind"
#define OIDC "acs:ram::123456789012:oidc-provider/cluster"

static char *with_account(const char *account)
{
	return xasprintf(
		"version: 1\n"
		"accounts:\n"
		"  prod: {%s}\n"
		"defaults: {region: cn-x, account: prod, keep: {last: 1}, backup: {schedule: "
		"daily}}\n"
		"clusters: [{id: a}]\n",
		account);
}

static void a_file_without_accounts_has_the_default(void **state)
{
	struct loaded l = load_good("version: 1\ndefaults: {region: cn-x, keep: {last: 1}}\n"
				    "clusters: [{id: a}]\n");
	const struct account *a = policyfile_account(l.file, "default");

	(void)state;
	assert_int_equal(l.file->account_count, 1);
	assert_int_equal(a->login, LOGIN_CHAIN);
	assert_null(a->profile);
	assert_null(a->role);
	assert_string_equal(a->role_session_name, "retaind");
	assert_int_equal(a->session_s, 3600);
	assert_false(a->vpc);
	assert_int_equal(a->rate, 20);
	assert_int_equal(a->concurrency, 16);
	assert_string_equal(l.file->clusters[0]->account, "default");
	assert_int_equal(l.file->clusters[0]->edition, EDITION_LAKEHOUSE);
	assert_int_equal(l.file->clusters[0]->cloud_retention, CLOUD_RETENTION_CHECK);
	assert_false(l.file->clusters[0]->remote);
	assert_null(policyfile_account(l.file, "prod"));
	loaded_done(&l);
}

static void every_key_of_an_account_is_read(void **state)
{
	struct loaded l = load_good(
		"version: 1\n"
		"accounts:\n"
		"  b: {login: profile, profile: ops, file: /etc/a.json, role: \"" ROLE "\",\n"
		"    role_session_name: me@here, external_id: x/1, session_policy: "
		"'{\"Version\":\"1\"}',\n"
		"    session: 12h, sts_endpoint: sts.cn-x.aliyuncs.com, endpoint: "
		"\"https://h:8443/\",\n"
		"    ca_file: /etc/ca.pem, network: vpc, rate: 500, concurrency: 200}\n"
		"  a: {login: oidc, oidc_provider: \"" OIDC "\", oidc_token_file: /run/token}\n"
		"  c: {login: ecs, ecs_role: R}\n"
		"  d: {login: uri, uri: \"http://127.0.0.1:7777/cred?x=1\"}\n"
		"  default: {login: systemd, endpoint: \"[::1]:80\"}\n"
		"defaults: {region: cn-x, keep: {last: 1}, account: b}\n"
		"policies: {p: {account: a}}\n"
		"clusters: [{id: a}, {id: b, policy: p}, {id: c, policy: p, account: c}, {id: d, "
		"account: d},\n"
		"  {id: e, account: default}]\n");
	static const char *const names[] = {"a", "b", "c", "d", "default"},
				 *const used[] = {"b", "a", "c", "d", "default"};
	const struct account *b = policyfile_account(l.file, "b");

	(void)state;
	assert_int_equal(l.file->account_count, ARRAY_SIZE(names));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_string_equal(l.file->accounts[i]->name, names[i]);
		assert_string_equal(l.file->clusters[i]->account, used[i]);
	}
	assert_int_equal(b->login, LOGIN_PROFILE);
	assert_string_equal(b->profile, "ops");
	assert_string_equal(b->file, "/etc/a.json");
	assert_string_equal(b->role, ROLE);
	assert_string_equal(b->role_session_name, "me@here");
	assert_string_equal(b->external_id, "x/1");
	assert_string_equal(b->session_policy, "{\"Version\":\"1\"}");
	assert_int_equal(b->session_s, 43200);
	assert_string_equal(b->sts_endpoint, "sts.cn-x.aliyuncs.com");
	assert_string_equal(b->endpoint, "https://h:8443/");
	assert_string_equal(b->ca_file, "/etc/ca.pem");
	assert_true(b->vpc);
	assert_int_equal(b->rate, 500);
	assert_int_equal(b->concurrency, 200);
	assert_string_equal(policyfile_account(l.file, "a")->oidc_provider, OIDC);
	assert_string_equal(policyfile_account(l.file, "a")->oidc_token_file, "/run/token");
	assert_string_equal(policyfile_account(l.file, "c")->ecs_role, "R");
	assert_string_equal(policyfile_account(l.file, "d")->uri, "http://127.0.0.1:7777/cred?x=1");
	assert_int_equal(policyfile_account(l.file, "default")->login, LOGIN_SYSTEMD);
	loaded_done(&l);
}

/* NULL: well. */
static const struct {
	const char *account, *error;
} accounts[] = {
	{"", NULL},
	{"login: chain", NULL},
	{"login: chian",
		"3:17: error: 'login' takes chain, systemd, environment, oidc, profile, "
		"ini, ecs or uri, not 'chian' (did you mean 'chain'?)"},
	{"login: []", "not a list"},
	{"login: ini, profile: p, file: /f", NULL},
	{"profile: p",
		"'profile' goes with `login: profile or ini`, and this account has `login: "
		"chain`: leave one of them out"},
	{"login: ecs, file: /f", "'file' goes with `login: profile or ini`"},
	{"login: profile, ecs_role: R",
		"'ecs_role' goes with `login: ecs`, and this account has "
		"`login: profile`"},
	{"ecs_role: R, login: profile", "'ecs_role' goes with"}, /* in any order */
	{"login: uri", "`login: uri` needs the 'uri' to fetch the keys from"},
	{"uri: \"https://h/x\"", "'uri' goes with `login: uri`"},
	{"login: uri, uri: \"http://h/x\"", "http:// only for this machine"},
	{"login: uri, uri: \"http://[::1]:1/x\"", NULL},
	{"login: uri, uri: \"http://[::2]:1/x\"", "http:// only for this machine"},
	{"login: uri, uri: \"http://127.0.0.1.example.com/\"", "http:// only for this machine"},
	{"login: uri, uri: \"http://localhost:123456/\"", "http:// only for this machine"},
	{"login: uri, uri: \"ftp://h/x\"", "an https:// URL"},
	{"login: environment, oidc_provider: \"" OIDC "\"", "'oidc_provider' goes with"},
	{"login: oidc, oidc_provider: \"" ROLE "\"", "takes an identity provider such as"},
	{"login: oidc, oidc_token_file: token", "'oidc_token_file' takes an absolute path, not"},
	{"login: oidc, role: \"" ROLE "\", session: 15min, role_session_name: ab", NULL},
	{"login: oidc, external_id: ab", "leave 'external_id' out"},
	{"role: \"" ROLE "\", external_id: ab, session: 1h, session_policy: \"{}\"", NULL},
	{"external_id: ab",
		"'external_id' is of a role to assume: give the 'role', or leave this "
		"out"},
	{"session: 1h", "'session' is of a role to assume"},
	{"session_policy: \"{}\"", "'session_policy' is of a role to assume"},
	{"role_session_name: ab", "'role_session_name' is of a role to assume"},
	{"role: retaind",
		"'role' takes a role such as acs:ram::123456789012:role/retaind, not "
		"'retaind'"},
	{"role: \"acs:ram::1:role/\"", "takes a role such as"},
	{"role: \"" ROLE "\", session: 14min", "'session' takes a duration from 15min to 12h"},
	{"role: \"" ROLE "\", session: 13h", "'session' takes a duration from 15min to 12h"},
	{"role: \"" ROLE "\", role_session_name: a", "2 to 64 letters"},
	{"role: \"" ROLE "\", role_session_name: a b", "2 to 64 letters"},
	{"role: \"" ROLE "\", external_id: \"a b\"", "2 to 1224 letters"},
	{"role: \"" ROLE "\", session_policy: {}", "takes a text, not a mapping"},
	{"role: \"" ROLE "\", session_policy: \"[]\"", "takes a JSON object"},
	{"role: \"" ROLE "\", session_policy: \"{\"", "JSON: byte 1"},
	{"endpoint: h", NULL},
	{"endpoint: \"https://h\"", NULL},
	{"endpoint: \"http://127.0.0.1:8080\"", NULL},
	{"endpoint: \"http://h\"", "http:// only for this machine"},
	{"endpoint: \"https://h/path\"", "without user and path"},
	{"endpoint: \"h:\"", "'endpoint' takes a host"},
	{"endpoint: \"[::1\"", "'endpoint' takes a host"},
	{"sts_endpoint: \"https://h?q\"", "'sts_endpoint' takes a host"},
	{"ca_file: ca.pem", "'ca_file' takes an absolute path"},
	{"network: private", "'network' takes public or vpc, not 'private'"},
	{"rate: 0", "'rate' takes a whole number from 1 to 500"},
	{"rate: 501", "'rate' takes a whole number from 1 to 500"},
	{"concurrency: 201", "'concurrency' takes a whole number from 1 to 200"},
	{"rool: x", "unknown key 'rool' (did you mean 'role'?)"},
	{"region: cn-x", "unknown key 'region' (it belongs in 'defaults', a policy or a cluster)"},
};

static void what_goes_with_which_login_is_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(accounts); i++) {
		_cleanup_free_ char *yaml = with_account(accounts[i].account);
		struct loaded l = load_text(yaml);
		if (!accounts[i].error && l.result < 0)
			fail_msg("%s: %s", accounts[i].account, l.messages);
		if (accounts[i].error) {
			assert_true(says(&l, accounts[i].error));
			assert_int_equal(l.counts.errors, 1);
		}
		loaded_done(&l);
	}
}

static void an_unknown_account_is_told_where_it_is_named_and_once(void **state)
{
	struct loaded l =
		load_text("version: 1\n"
			  "accounts: {prod: {}}\n"
			  "defaults: {region: cn-x, keep: {last: 1}, account: prd}\n"
			  "policies: {p: {account: p}}\n"
			  "clusters: [{id: a}, {id: b, policy: p}, {id: c, policy: p}]\n");

	(void)state;
	assert_int_equal(l.counts.errors, 2);
	assert_true(says(&l,
		"p.yaml:3:52: error: no account 'prd' in `accounts` (did you mean "
		"'prod'?)\n"));
	assert_true(says(&l, "p.yaml:4:25: error: no account 'p' in `accounts`\n"));
	loaded_done(&l);
}

static void accounts_that_nobody_uses_are_told(void **state)
{
	struct loaded l =
		load_good("version: 1\n"
			  "accounts: {a: {}, b: {}, c: {}, default: {}}\n"
			  "defaults: {region: cn-x, keep: {last: 1}, backup: {schedule: weekly}}\n"
			  "clusters: [{id: x, account: b}, {discover: {}, account: c}]\n");

	(void)state;
	assert_true(says(&l, "p.yaml:2:12: warning: no cluster uses the account 'a'\n"));
	assert_int_equal(l.counts.warnings, 1);
	loaded_done(&l);
}

/* Files with SECRET in them where somebody may have pasted it. */
static const char *const pasted[] = {
	"accounts: {prod: {access_key_secret: SECRET}}",
	"accounts: {prod: {access_key_secret: SECRET, dialy: 1}, x: [}",
	"accounts:\n  prod:\n    access_key_id: SECRET\n    accessKeySecret: \"SECRET\"\n",
	"accounts:\n  prod:\n    security-token: |\n      SECRET\n      SECRET\n    x: 1\n",
	"accounts:\n  prod:\n    sts_token:\n      - SECRET: [\n",
	"accounts:\n  prod:\n    password:\n    SECRET: a: b\n",
	"accounts:\n  password: SECRET\n",
	"accounts: {token: SECRET}",
	"policies: {password: SECRET}",
	"defaults: {secret: SECRET}",
	"defaults:\n  keep: {last: 3, api_key: SECRET, lst: 3}",
	"metrics: {password: SECRET}",
	"password: SECRET",
	"'password' : SECRET",
	"accounts: {prod: {login: uri, uri: \"https://me:SECRET@h/x\", rate: x}}",
	"accounts: {prod: {endpoint: \"https://SECRET@h\"}}",
	"# access_key_secret: SECRET\ncolour: 1 # access_key_secret=SECRET",
	"accounts: {prod: {private_key: 'SECRET",
	"clusters: [{id: a, secret_access_key: SECRET}]",
};

static void s9_secrets_in_a_policy_file_are_refused_and_never_shown(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pasted); i++) {
		_cleanup_free_ char *yaml = xasprintf("version: 1\n%s", pasted[i]);
		struct loaded l = load_text(yaml);
		if (l.result == 0)
			fail_msg("accepted: %s", yaml);
		if (strstr(l.messages, "SECRET"))
			fail_msg("%s\nis told as\n%s", yaml, l.messages);
		loaded_done(&l);
	}
}

static void a_pasted_secret_is_told_with_what_to_do(void **state)
{
	struct loaded l = load_text("version: 1\naccounts:\n  prod: {access_key_secret: SECRET}\n"
				    "clusters: []\n");

	(void)state;
	assert_string_equal(strstr(l.messages, "p.yaml:3:10"),
		"p.yaml:3:10: error: no secrets in a policy file, which others may read: leave "
		"'access_key_secret' out, get a new key, and keep it where one of the ways to "
		"`login` finds it (see retaind(8))\n"
		"  prod: {access_key_secret: (not shown)\n"
		"         ^\n"
		"p.yaml:4:1: warning: no clusters: nothing is backed up\n"
		"clusters: []\n"
		"^\n");
	loaded_done(&l);
}

static void what_only_looks_like_a_secret_is_shown(void **state)
{
	struct loaded l = load_text("version: 1\n"
				    "accounts: {p: {login: oidc, oidc_token_file: shown}}\n"
				    "secrets: 1\n");

	(void)state;
	assert_true(says(&l, "accounts: {p: {login: oidc, oidc_token_file: shown}}\n"));
	assert_true(says(&l, "unknown key 'secrets'"));
	loaded_done(&l);
}

TEST_FILE(policyfile_accounts_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_without_accounts_has_the_default),
		cmocka_unit_test(every_key_of_an_account_is_read),
		cmocka_unit_test(what_goes_with_which_login_is_checked),
		cmocka_unit_test(an_unknown_account_is_told_where_it_is_named_and_once),
		cmocka_unit_test(accounts_that_nobody_uses_are_told),
		cmocka_unit_test(s9_secrets_in_a_policy_file_are_refused_and_never_shown),
		cmocka_unit_test(a_pasted_secret_is_told_with_what_to_do),
		cmocka_unit_test(what_only_looks_like_a_secret_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
