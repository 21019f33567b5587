/* The files of policy.d beside the policy file. */
#include "policyfile_help.h"

#include <sys/stat.h>
#include <unistd.h>

#define MAIN "version: 1\ndefaults: {region: cn-x, keep: {last: 1}, backup: {schedule: weekly}}\n"

static char folder[] = "/tmp/policy-folder-XXXXXX";

static void put(const char *name, const char *text)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", folder, name);
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
	char path[64];

	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/policy-folder-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/policy.d", folder);
	return mkdir(path, 0755);
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

/* The messages name files without the folder. */
static struct loaded load_trusting(const char *name, enum trust trust)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", folder, name);
	_cleanup_free_ char *prefix = xasprintf("%s/", folder);
	struct text messages = TEXT_INIT(1024 * 1024);
	struct loaded l = {0};

	l.result = policyfile_load(path, trust, &l.file, &messages, &l.counts);
	l.messages = text_take(&messages);
	for (char *at; (at = strstr(l.messages, prefix));)
		memmove(at, at + strlen(prefix), strlen(at + strlen(prefix)) + 1);
	assert_int_equal(l.result<0, l.counts.errors> 0);
	assert_int_equal(l.result < 0, l.file == NULL);
	return l;
}

static struct loaded load_file(const char *name)
{
	return load_trusting(name, TRUST_ALL);
}

static struct loaded load(void)
{
	return load_file("policy.yaml");
}

static void files_add_policies_and_clusters(void **state)
{
	struct loaded l;

	(void)state;
	put("policy.yaml",
		MAIN "accounts: {eu: {login: systemd}}\npolicies: {gold: {keep: {last: 2}}}\n"
		     "clusters: [{id: a}]\n");
	put("policy.d/b.yaml",
		"version: 1\npolicies: {silver: {account: eu}}\n"
		"clusters: [{id: b, policy: gold}]\n");
	put("policy.d/B.yaml", "version: 1\nclusters: [{id: c, policy: silver}]\n");
	put("policy.d/c.yaml", "version: 1\n");
	l = load();
	assert_string_equal(l.messages, "");
	assert_int_equal(l.file->cluster_count, 3);
	/* Byte order: upper case first. */
	assert_string_equal(l.file->clusters[0]->cluster, "a");
	assert_string_equal(l.file->clusters[1]->cluster, "c");
	assert_string_equal(l.file->clusters[2]->cluster, "b");
	assert_string_equal(l.file->clusters[1]->account, "eu");
	assert_int_equal(policyfile_account(l.file, "eu")->login, LOGIN_SYSTEMD);
	assert_int_equal(l.file->clusters[2]->keep[RULE_LAST].number, 2);
	assert_string_equal(strrchr(l.file->path, '/'), "/policy.yaml");
	loaded_done(&l);
}

static void the_policy_file_may_leave_the_clusters_to_them(void **state)
{
	struct loaded l;

	(void)state;
	put("policy.yaml", MAIN);
	l = load();
	assert_true(says(&l, "no 'clusters'"));
	loaded_done(&l);
	put("policy.d/a.yaml", "version: 1\nclusters: [{discover: {}}]\n");
	put("policy.d/b.yaml", "version: 1\nclusters: [{id: a}]\n");
	l = load();
	assert_string_equal(l.messages, "");
	assert_int_equal(l.file->cluster_count, 1);
	assert_int_equal(l.file->discovery_count, 1);
	loaded_done(&l);
}

static void conflicts_show_both_places(void **state)
{
	struct loaded l;

	(void)state;
	put("policy.yaml", MAIN "policies: {gold: {}}\nclusters: [{id: a, name: n}]\n");
	put("policy.d/1.yaml",
		"version: 1\npolicies: {gold: {}, p: {}}\nclusters: [{id: a, policy: p}]\n");
	put("policy.d/2.yaml", "version: 1\npolicies: {p: {}}\nclusters: [{id: n}]\n");
	l = load();
	assert_int_equal(l.counts.errors, 4);
	assert_true(says(&l,
		"policy.d/1.yaml:2:12: error: duplicate key 'gold'\n"
		"policies: {gold: {}, p: {}}\n"
		"           ^\n"
		"policy.yaml:3:12: note: it was here before\n"
		"policies: {gold: {}}\n"
		"           ^\n"));
	assert_true(says(&l, "policy.d/1.yaml:3:17: error: duplicate cluster id 'a'"));
	assert_true(says(&l, "policy.yaml:4:17: note: the other is here"));
	assert_true(says(&l, "policy.d/2.yaml:2:12: error: duplicate key 'p'"));
	assert_true(says(&l, "policy.d/1.yaml:2:22: note: it was here before"));
	assert_true(says(&l,
		"policy.d/2.yaml:3:17: error: a name cannot be the id of another "
		"cluster: 'n'"));
	loaded_done(&l);
}

static void what_one_file_has_twice_is_told_once(void **state)
{
	struct loaded l;

	(void)state;
	put("policy.yaml", MAIN "policies: {p: {}}\nclusters: [{id: a, policy: p}]\n");
	put("policy.d/1.yaml", "version: 1\npolicies: {gold: {}, gold: {}}\n");
	l = load();
	assert_int_equal(l.counts.errors, 1);
	assert_true(says(&l, "policy.d/1.yaml:2:22: error: duplicate key 'gold'"));
	loaded_done(&l);
}

static void a_file_of_the_folder_alone_is_told_to_be_a_part(void **state)
{
	struct loaded l;

	(void)state;
	put("policy.d/1.yaml", "version: 1\nclusters: [{id: a, keep: {last: 1}}]\n");
	l = load_file("policy.d/1.yaml");
	assert_true(says(&l, "policy.d/1.yaml: warning: read alone: name the policy file itself"));
	assert_true(says(&l, "no 'region' for 1 cluster"));
	loaded_done(&l);
	put("policy.yaml", MAIN);
	l = load();
	assert_string_equal(l.messages, "");
	loaded_done(&l);
}

static void s10_one_broken_file_rejects_all(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{"", "policy.d/a.yaml:1:1: error: the file is empty"},
		{"[]", "'the file' takes keys with values, not a list"},
		{"clusters: []\n", "policy.d/a.yaml:1:1: error: no 'version'"},
		{"version: 2\n", "this program reads `version: 1` only"},
		{"version: 1\nclusters: [\n", "policy.d/a.yaml:3:1: error: not YAML"},
		{"version: 1\nclusters: {}\n", "'clusters' takes a list"},
		{"version: 1\npolicies: []\n", "'policies' takes keys with values, not a list"},
		{"version: 1\npolicies:\n", "'policies' has no value"},
		{"version: 1\naccounts: {x: {login: ecs}}\n",
			"'accounts' belongs into the policy file itself"},
		{"version: 1\ndefaults: {}\n",
			"policy.d/a.yaml:2:1: error: 'defaults' belongs "
			"into the policy file itself"},
		{"version: 1\nmetrics: {}\n", "'metrics' belongs into the policy file itself"},
		{"version: 1\ncluster: []\n", "unknown key 'cluster' (did you mean 'clusters'?)"},
		{"version: 1\nclusters: [{id: a, dialy: 1}]\n", "unknown key 'dialy'"},
		{"version: 1\nclusters: [{id: a}]\n---\n", "a second document"},
		{"version: 1\nclusters: [{id: \xff}]\n", "not UTF-8"},
	};

	(void)state;
	put("policy.yaml", MAIN "clusters: [{id: x}]\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct loaded l;
		put("policy.d/a.yaml", rows[i].text);
		l = load();
		assert_int_equal(l.result, -EINVAL);
		assert_int_equal(l.counts.errors, 1);
		assert_true(says(&l, rows[i].error));
		loaded_done(&l);
	}
}

static void errors_of_all_files_are_told_at_once(void **state)
{
	struct loaded l;

	(void)state;
	put("policy.yaml", "version: 1\ndefaults: [\n");
	put("policy.d/a.yaml", "version: 1\nclusters: [\n");
	l = load();
	assert_true(says(&l, "policy.yaml:3:1: error: not YAML"));
	assert_true(says(&l, "policy.d/a.yaml:3:1: error: not YAML"));
	loaded_done(&l);
}

static void a_file_that_cannot_be_read_rejects_all(void **state)
{
	char path[64];
	struct loaded l;

	(void)state;
	put("policy.yaml", MAIN "clusters: [{id: x}]\n");
	(void)snprintf(path, sizeof(path), "%s/policy.d/a.yaml", folder);
	assert_int_equal(symlink("nowhere", path), 0);
	l = load();
	assert_int_equal(l.result, -EINVAL);
	assert_true(says(&l, "policy.d/a.yaml: error: cannot be read: No such file"));
	loaded_done(&l);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/policy.d", folder);
	assert_int_equal(rmdir(path), 0);
	put("policy.d", "");
	l = load();
	assert_int_equal(l.result, -EINVAL);
	assert_true(says(&l, "policy.d: error: cannot be read: Not a directory"));
	loaded_done(&l);
}

static void only_regular_files_called_yaml_are_read(void **state)
{
	static const char *const passed_over[] = {"a.yaml~", ".a.yaml", ".a.yaml.swp", "a.yaml.bak",
		"a.yaml.rpmnew", "a.yaml.dpkg-old", "#a.yaml#", "README", "yaml", ".yaml"};
	char path[64], target[64];
	struct loaded l;

	(void)state;
	put("policy.yaml", MAIN "clusters: [{id: x}]\n");
	for (size_t i = 0; i < ARRAY_SIZE(passed_over); i++) {
		char name[64];
		(void)snprintf(name, sizeof(name), "policy.d/%s", passed_over[i]);
		put(name, "no policy");
	}
	l = load();
	assert_string_equal(l.messages, "");
	loaded_done(&l);

	put("policy.d/a.yml", "version: 1\n");
	put("policy.d/a.YAML", "version: 1\n");
	(void)snprintf(path, sizeof(path), "%s/policy.d/b.yaml", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	(void)snprintf(path, sizeof(path), "%s/policy.d/c.yaml", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	put("d", "version: 1\nclusters: [{id: y}]\n");
	(void)snprintf(target, sizeof(target), "%s/d", folder);
	(void)snprintf(path, sizeof(path), "%s/policy.d/d.yaml", folder);
	assert_int_equal(symlink(target, path), 0);
	l = load();
	assert_string_equal(l.messages,
		"policy.d/a.YAML: warning: not read: call it *.yaml\n"
		"policy.d/a.yml: warning: not read: call it *.yaml\n"
		"policy.d/b.yaml: warning: not read: not a regular file\n"
		"policy.d/c.yaml: warning: not read: not a regular file\n");
	assert_int_equal(l.counts.warnings, 4);
	assert_int_equal(l.file->cluster_count, 2);
	loaded_done(&l);
}

static void a_fifo_as_policy_file_blocks_nobody(void **state)
{
	_cleanup_free_ char *path = xasprintf("%s/policy.yaml", folder);
	struct loaded l;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	l = load();
	assert_int_equal(l.result, -EINVAL);
	assert_string_equal(l.messages, "policy.yaml: error: cannot be read: not a regular file\n");
	loaded_done(&l);
}

static void set_mode(const char *name, mode_t mode, uid_t owner)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", folder, name);

	assert_int_equal(chmod(path, mode), 0);
	assert_int_equal(chown(path, owner, (gid_t)-1), 0);
}

/* Only root can give a file away, so that others see no such owner. */
static void s10_files_that_others_can_write_are_refused(void **state)
{
	static const struct {
		mode_t mode;
		bool given_away;
		const char *error; /* NULL: none */
	} rows[] = {
		{0644, false, NULL},
		{0600, false, NULL},
		{0664, false, NULL}, /* one's own group */
		{0666, false, "others may write it (mode 0666, owner "},
		{0602, false, "): `chmod 0600` it\n"},
		{0644, true, "its owner is nobody known (uid 54321), and neither root nor the "},
		{0666, true, "service: `chown root` it\n"},
	};
	static const char *const names[] = {"policy.yaml", "policy.d/a.yaml"};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		const char *name = names[i % 2], *error = rows[i / 2].error;
		_cleanup_free_ char *refused = xasprintf("%s: error: not trusted: ", name);
		_cleanup_free_ char *told = xasprintf("%s: warning: the service refuses", name);
		struct loaded l;
		if (rows[i / 2].given_away && geteuid() != 0)
			continue;
		put("policy.yaml", MAIN "clusters: [{id: x}]\n");
		put("policy.d/a.yaml", "version: 1\n");
		set_mode(name, rows[i / 2].mode, rows[i / 2].given_away ? 54321 : geteuid());
		l = load_trusting("policy.yaml", TRUST_OWNERS);
		assert_int_equal(l.counts.errors, error != NULL);
		assert_true(!error || (says(&l, refused) && says(&l, error)));
		loaded_done(&l);
		l = load_trusting("policy.yaml", TRUST_TELL);
		assert_int_equal(l.counts.warnings, error != NULL);
		assert_true(!error || (says(&l, told) && says(&l, error)));
		loaded_done(&l);
		l = load();
		assert_string_equal(l.messages, "");
		loaded_done(&l);
		set_mode(name, 0644, geteuid());
	}
}

static void the_names_of_files_are_shown_without_what_a_terminal_acts_on(void **state)
{
	struct loaded l;

	(void)state;
	put("policy.yaml", MAIN "clusters: [{id: x}]\n");
	put("policy.d/\x1b[2J\n.yaml", "version: 2\n");
	l = load();
	assert_true(says(&l, "policy.d/\\x1b[2J\\n.yaml:1:10: error: this program reads"));
	loaded_done(&l);
}

TEST_FILE(policyfile_folder_test)
{
	const struct CMUnitTest tests[] = {
#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		IN_A_FOLDER(files_add_policies_and_clusters),
		IN_A_FOLDER(the_policy_file_may_leave_the_clusters_to_them),
		IN_A_FOLDER(conflicts_show_both_places),
		IN_A_FOLDER(what_one_file_has_twice_is_told_once),
		IN_A_FOLDER(a_file_of_the_folder_alone_is_told_to_be_a_part),
		IN_A_FOLDER(s10_one_broken_file_rejects_all),
		IN_A_FOLDER(errors_of_all_files_are_told_at_once),
		IN_A_FOLDER(a_file_that_cannot_be_read_rejects_all),
		IN_A_FOLDER(only_regular_files_called_yaml_are_read),
		IN_A_FOLDER(a_fifo_as_policy_file_blocks_nobody),
		IN_A_FOLDER(s10_files_that_others_can_write_are_refused),
		IN_A_FOLDER(the_names_of_files_are_shown_without_what_a_terminal_acts_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
