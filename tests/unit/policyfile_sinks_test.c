/* `notify`: which keys go with which kind, and that no URL and no secret is ever shown (S9). */
#include "policyfile_help.h"

static char *with_sink(const char *sinks)
{
	return xasprintf("version: 1\ndefaults: {region: cn-x, keep: {last: 1}}\n"
			 "clusters: [{id: a}]\nnotify:\n%s\n",
		sinks);
}

static void sinks_are_read_with_their_defaults(void **state)
{
	_cleanup_free_ char *yaml = with_sink(
		"  - {kind: healthchecks, url_file: ping-url}\n"
		"  - {kind: dingtalk, url_file: /etc/d, secret_file: none, on: [critical], "
		"language: zh}\n"
		"  - {kind: alertmanager, url_file: am, every: 1min, ca_file: /ca}");
	struct loaded l = load_good(yaml);
	struct sink *const *s = l.file->sinks;

	(void)state;
	assert_int_equal(l.file->sink_count, 3);
	assert_int_equal(s[0]->kind, NOTIFY_HEALTHCHECKS);
	assert_string_equal(s[0]->url_file, "ping-url");
	assert_null(s[0]->secret_file);
	assert_int_equal(s[0]->every_s, 300);
	assert_int_equal(s[1]->on, 1 << NOTIFY_CRITICAL);
	assert_int_equal(s[1]->language, NOTIFY_CHINESE);
	assert_int_equal(s[2]->language, NOTIFY_ENGLISH);
	assert_string_equal(s[1]->secret_file, "none");
	assert_int_equal(s[2]->every_s, 60);
	assert_int_equal(s[2]->on, NOTIFY_ON_ALL);
	assert_string_equal(s[2]->ca_file, "/ca");
	loaded_done(&l);
}

static void a_bad_sink_is_one_clear_line(void **state)
{
	static const struct {
		const char *sink, *message;
	} rows[] = {
		{"{kind: dingtalk, url_file: d}", "needs the 'secret_file'"},
		{"{kind: feishu, url_file: d}", "needs the 'secret_file'"},
		{"{kind: slack}", "needs the 'url_file'"},
		{"{url_file: d}", "needs its 'kind'"},
		{"{kind: dingtlk, url_file: d}", "(did you mean 'dingtalk'?)"},
		{"{kind: slack, url_file: d, every: 1h}",
			"'every' goes with the kinds healthchecks, ping or alertmanager"},
		{"{kind: wecom, url_file: d, secret_file: e}", "'secret_file' goes with"},
		{"{kind: ping, url_file: d, on: [critical]}", "'on' goes with"},
		{"{kind: slack, url_file: d, language: cn}", "'language' takes en or zh, not 'cn'"},
		{"{kind: alertmanager, url_file: d, language: zh}",
			"'language' goes with the kinds webhook, dingtalk, feishu, wecom, slack or "
			"ntfy"},
		{"{kind: slack, url_file: d, on: []}", "takes one level at least"},
		{"{kind: slack, url_file: d, on: [citical]}", "(did you mean 'critical'?)"},
		{"{kind: slack, url_file: a/b}", "the name of a credential"},
		{"{kind: slack, url_file: d, hue: 1}", "unknown key 'hue'"},
		{"{kind: slack, url_file: \"https://hooks.example.com/SeCrEt\"}",
			"the file holds the secret"},
		{"{kind: slack, url: \"https://hooks.example.com/SeCrEt\"}", "no secrets"},
		{"{kind: dingtalk, url_file: d, secret: SeCrEt}", "no secrets"},
		{"dingtalk", "a sink is a mapping"},
		{"{kind: ping, url_file: d}\n  - {kind: ping, url_file: d}", "there is a sink"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *line = xasprintf("  - %s", rows[i].sink);
		_cleanup_free_ char *yaml = with_sink(line);
		struct loaded l = load_bytes(yaml, strlen(yaml));
		if (l.result != -EINVAL || l.counts.errors != 1 ||
			!strstr(l.messages, rows[i].message) || strstr(l.messages, "SeCrEt"))
			fail_msg("%s: %d errors: %s", rows[i].sink, l.counts.errors, l.messages);
		loaded_done(&l);
	}
}

TEST_FILE(policyfile_sinks_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sinks_are_read_with_their_defaults),
		cmocka_unit_test(a_bad_sink_is_one_clear_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
