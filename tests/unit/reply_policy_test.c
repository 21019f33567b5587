/* The cloud's own backup policy, as it is read. */
#include "../support/read_body.h"
#include "base/text.h"
#include "testing.h"

#include <errno.h>

#define POLICY(period, time, days, log, log_days)                                                 \
	"{\"RequestId\":\"R\",\"PreferredBackupPeriod\":" period ",\"PreferredBackupTime\":" time \
	",\"BackupRetentionPeriod\":" days ",\"EnableBackupLog\":" log                            \
	",\"LogBackupRetentionPeriod\":" log_days "}"
#define PERIOD "\"Wednesday,Saturday\""
#define TIME "\"15:00Z-16:00Z\""

static void the_clouds_own_policy_is_read(void **state)
{
	static const char *const bad[] = {"{}", "{\"BackupRetentionPeriod\":0}",
		"{\"BackupRetentionPeriod\":-7}", "{\"BackupRetentionPeriod\":\"x\"}", "[]", "",
		"{\"Code\":\"InternalError\",\"BackupRetentionPeriod\":7}"};
	static const char good[] = POLICY(PERIOD, TIME, "7", "\"true\"", "8");
	struct backup_policy p = {.days = 99};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(read_policy(bad[i], strlen(bad[i]), &p, NULL), -EBADMSG);
	assert_int_equal(p.days, 99);
	assert_int_equal(read_policy(good, strlen(good), &p, NULL), 0);
	assert_int_equal(p.days, 7);
	assert_string_equal(p.weekdays, "Wednesday,Saturday");
	assert_string_equal(p.window, "15:00Z-16:00Z");
	assert_true(p.log);
	assert_int_equal(p.log_days, 8);
	assert_string_equal(p.unread, "");
}

/* Each form that the vendor's pages and samples show. */
static void the_log_backup_has_many_spellings(void **state)
{
	static const struct {
		const char *log, *log_days, *unread;
		bool on;
		int64_t days;
	} cases[] = {
		{"\"Enable\"", "7", "", true, 7},
		{"\"Disable\"", "7", "", false, 7},
		{"\"true\"", "730", "", true, 730},
		{"\"false\"", "0", "", false, 0},
		{"true", "\"30\"", "", true, 30},
		{"false", "null", "", false, 0},
		{"\"Disable\"", "1000", "", false, 0},
		{"\"Enable\"", "0", "LogBackupRetentionPeriod", true, 0},
		{"\"Enable\"", "null", "LogBackupRetentionPeriod", true, 0},
		{"\"Enable\"", "731", "LogBackupRetentionPeriod", true, 0},
		{"\"Perhaps\"", "7", "EnableBackupLog", false, 0},
		{"null", "7", "EnableBackupLog", false, 0},
		{"1", "7", "EnableBackupLog", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *body = xasprintf(
			POLICY(PERIOD, TIME, "7", "%s", "%s"), cases[i].log, cases[i].log_days);
		struct backup_policy p;
		assert_int_equal(read_policy(body, strlen(body), &p, NULL), 0);
		if (!text_starts(p.unread, cases[i].unread) || !*cases[i].unread != !*p.unread)
			fail_msg("%s: %s", body, p.unread);
		assert_int_equal(p.log, cases[i].on);
		assert_int_equal(p.log_days, cases[i].days);
	}
}

/* What does not read could not be sent back as it was: it is named, and the days still count. */
static void what_cannot_be_sent_back_is_named(void **state)
{
	static const struct {
		const char *period, *time, *unread;
	} cases[] = {
		{"\"Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday\"", TIME, ""},
		{"\"Sunday\"", TIME, ""},
		{PERIOD, "\"23:30Z-00:30Z\"", ""},
		{"\"\"", TIME, "PreferredBackupPeriod"},
		{"null", TIME, "PreferredBackupPeriod"},
		{"\"Wednesday,\"", TIME, "PreferredBackupPeriod"},
		{"\"Wednesday,Wednesday\"", TIME, "PreferredBackupPeriod"},
		{"\"Wednesday, Saturday\"", TIME, "PreferredBackupPeriod"},
		{"\"wednesday,saturday\"", TIME, "PreferredBackupPeriod"},
		{"\"1,4\"", TIME, "PreferredBackupPeriod"},
		{PERIOD, "\"\"", "PreferredBackupTime"},
		{PERIOD, "null", "PreferredBackupTime"},
		{PERIOD, "\"24:00Z-25:00Z\"", "PreferredBackupTime"},
		{PERIOD, "\"15:00-16:00\"", "PreferredBackupTime"},
		{PERIOD, "\"15:00Z-16:00Z \"", "PreferredBackupTime"},
		{PERIOD, "\"1500Z-1600Z\"", "PreferredBackupTime"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *body = xasprintf(
			POLICY("%s", "%s", "7", "\"Enable\"", "7"), cases[i].period, cases[i].time);
		struct backup_policy p;
		assert_int_equal(read_policy(body, strlen(body), &p, NULL), 0);
		assert_int_equal(p.days, 7);
		if (!text_starts(p.unread, cases[i].unread) || !*cases[i].unread != !*p.unread)
			fail_msg("%s: %s", body, p.unread);
	}
}

TEST_FILE(reply_policy_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_clouds_own_policy_is_read),
		cmocka_unit_test(the_log_backup_has_many_spellings),
		cmocka_unit_test(what_cannot_be_sent_back_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
