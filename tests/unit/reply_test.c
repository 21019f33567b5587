/* Pages of backup sets, honest and otherwise (S2, S11). */
#include "../support/read_body.h"
#include "base/text.h"
#include "testing.h"

#include <errno.h>

#define CLUSTER "amv-test0000000001"

/* 2022-06-01T16:00:00Z */
#define START_S INT64_C(1654099200)

/* A reply with one set, whose members stand in `set` (after those that every set has). */
static char *one_set(const char *set)
{
	return xasprintf("{\"RequestId\":\"R-1\",\"TotalCount\":\"1\",\"PageNumber\":\"1\","
			 "\"PageSize\":\"30\","
			 "\"Items\":{\"Backup\":[{\"DBClusterId\":\"" CLUSTER "\"%s%s}]}}",
		*set ? "," : "", set);
}

static int read_one(const char *set, const char *region, struct page *ret, struct error *err)
{
	_cleanup_free_ char *body = one_set(set);

	return read_backups(body, strlen(body), CLUSTER, region, false, ret, err);
}

/* The documentation's own sample, with ids unmasked. */
static const char sample[] =
	"{\"TotalCount\":\"300\",\"PageSize\":\"30\",\"RequestId\":\"CE17270B-TEST\","
	"\"PageNumber\":\"1\","
	"\"FreeBackupSize\":0,\"TotalBackupSize\":64953700,\"Items\":{\"Backup\":[{\"DBClusterId\":"
	"\"" CLUSTER "\",\"BackupType\":\"FullBackup\",\"BackupStartTime\":\"2022-06-01T16:00Z\","
	"\"BackupSize\":2167808,"
	"\"BackupEndTime\":\"2022-06-02T16:00Z\",\"BackupId\":\"327320001\",\"BackupMethod\":"
	"\"Snapshot\","
	"\"BackupExpiredTime\":\"2022-06-08T16:00:00Z\",\"BackupStatus\":\"Success\","
	"\"BackupRegion\":\"cn-hangzhou\",\"ParentBackupId\":\"327310001\"}]}}";

static void the_documented_sample_is_read(void **state)
{
	_cleanup_(page_done) struct page p;
	const struct set *s;

	(void)state;
	page_init(&p);
	assert_int_equal(
		read_backups(sample, strlen(sample), CLUSTER, "cn-hangzhou", false, &p, NULL), 0);
	assert_int_equal(p.total, 300);
	assert_int_equal(p.number, 1);
	assert_string_equal(p.foreign, "");
	assert_int_equal(p.inv.count, 1);
	s = &p.inv.sets[0];
	assert_string_equal(set_id(&p.inv, 0), "327320001");
	assert_string_equal(set_parent(&p.inv, 0), "327310001");
	assert_int_equal(s->start_s, START_S);
	assert_int_equal(s->duration_s, 86400);
	assert_int_equal(s->expires_s, START_S + 7 * 86400);
	assert_int_equal(s->size_bytes, 2167808);
	assert_int_equal(s->state, SET_VALID);
	assert_int_equal(s->doubt, DOUBT_NONE);
}

static void s2_reply_cut_at_any_byte_is_refused(void **state)
{
	(void)state;
	for (size_t n = 0; n < strlen(sample); n++) {
		_cleanup_free_ char *cut = xstrndup(sample, n);
		struct page untouched = {.total = 77};
		if (read_backups(cut, n, CLUSTER, NULL, false, &untouched, NULL) != -EBADMSG)
			fail_msg("read although cut at byte %zu", n);
		assert_int_equal(untouched.total, 77);
	}
}

/* Whatever the bytes, it is read or refused; the sanitizers watch. */
static void any_byte_changed_does_no_harm(void **state)
{
	static const char interesting[] = "\"{}[]:,\\u0019-.eE\xff\xc3\n tfn";
	uint64_t random = 88172645463325252u;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		_cleanup_free_ char *copy = xstrdup(sample);
		struct page p;
		for (int i = 0; i < 1 + round % 3; i++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			copy[random % (sizeof(sample) - 1)] = round % 2
				? interesting[(random >> 32) % (sizeof(interesting) - 1)]
				: (char)(random >> 40);
		}
		if (read_backups(
			    copy, sizeof(sample) - 1, CLUSTER, "cn-hangzhou", false, &p, NULL) == 0)
			page_done(&p);
	}
}

static void s2_pages_that_cannot_be_trusted_are_refused(void **state)
{
#define ITEMS "\"Items\":{\"Backup\":[]}"
#define ITEM(fields) "{\"TotalCount\":1,\"PageNumber\":1,\"Items\":{\"Backup\":[" fields "]}}"
	static const struct {
		const char *body, *why;
	} bad[] = {
		{"{\"PageNumber\":\"1\"," ITEMS "}", "TotalCount"},
		{"{\"TotalCount\":\"-1\",\"PageNumber\":\"1\"," ITEMS "}", "TotalCount"},
		{"{\"TotalCount\":-1,\"PageNumber\":\"1\"," ITEMS "}", "TotalCount"},
		{"{\"TotalCount\":\"abc\",\"PageNumber\":\"1\"," ITEMS "}", "TotalCount"},
		{"{\"TotalCount\":\"\",\"PageNumber\":\"1\"," ITEMS "}", "TotalCount"},
		{"{\"TotalCount\":1.5,\"PageNumber\":\"1\"," ITEMS "}", "TotalCount"},
		{"{\"TotalCount\":null,\"PageNumber\":\"1\"," ITEMS "}", "TotalCount"},
		{"{\"TotalCount\":0," ITEMS "}", "PageNumber"},
		{"{\"TotalCount\":0,\"PageNumber\":0," ITEMS "}", "PageNumber"},
		{"{\"TotalCount\":0,\"PageNumber\":\"x\"," ITEMS "}", "PageNumber"},
		{"{\"TotalCount\":1,\"PageNumber\":1}", "Items"},
		{"{\"TotalCount\":1,\"PageNumber\":1,\"Items\":null}", "Items"},
		{"{\"TotalCount\":0,\"PageNumber\":1,\"Items\":[]}", "Items"},
		{"{\"TotalCount\":1,\"PageNumber\":1,\"Items\":{}}", "Items.Backup"},
		{"{\"TotalCount\":0,\"PageNumber\":1,\"Items\":{\"Backup\":{}}}", "Items.Backup"},
		{"{\"TotalCount\":0,\"PageNumber\":1,\"Items\":{\"Backup\":\"\"}}", "Items.Backup"},
		{"{\"TotalCount\":\"0\",\"TotalCount\":\"1\",\"PageNumber\":1," ITEMS "}", "twice"},
		{"{\"Code\":\"InvalidDBCluster.NotFound\",\"TotalCount\":0,\"PageNumber\":1," ITEMS
		 "}",
			"InvalidDBCluster.NotFound"},
		{"[]", "not an object"},
		{"\"x\"", "not an object"},
		{"<html></html>", "JSON"},
		{ITEM("3"), "Items.Backup[0] is not an object"},
		{ITEM("{\"DBClusterId\":\"c\"}"), "BackupId"},
		{ITEM("{\"DBClusterId\":\"c\",\"BackupId\":763}"), "BackupId"},
		{ITEM("{\"DBClusterId\":\"c\",\"BackupId\":9007199254740993}"), "2^53"},
		{ITEM("{\"DBClusterId\":\"c\",\"BackupId\":\"\"}"), "BackupId"},
		{ITEM("{\"DBClusterId\":\"c\",\"BackupId\":\"1,2\"}"), "BackupId"},
		{ITEM("{\"DBClusterId\":\"c\",\"BackupId\":\"1 2\"}"), "BackupId"},
		{ITEM("{\"DBClusterId\":\"c\",\"BackupId\":\"1\\u00002\"}"), "u0000"},
		{ITEM("{\"DBClusterId\":\"c\",\"BackupId\":\"\xc3\xa9\"}"), "BackupId"},
		{ITEM("{\"DBClusterId\":\"c\",\"BackupId\":\"\xff\"}"), "UTF-8"},
		{ITEM("{\"DBClusterId\":\"c\",\"BackupId\":\"1\",\"BackupId\":\"2\"}"), "twice"},
		{ITEM("{\"DBClusterId\":\"c\",\"BackupId\":"
		      "\"0123456789012345678901234567890123456789012345678901234567890123x\"}"),
			"BackupId"},
		{ITEM("{\"BackupId\":\"1\"}"), "DBClusterId"},
		{ITEM("{\"DBClusterId\":\"\",\"BackupId\":\"1\"}"), "DBClusterId"},
		{ITEM("{\"DBClusterId\":1,\"BackupId\":\"1\"}"), "DBClusterId"},
		{ITEM("{\"DBClusterId\":\"c\",\"BackupId\":\"1\",\"ParentBackupId\":7}"),
			"ParentBackupId"},
		{ITEM("{\"DBClusterId\":\"c\",\"BackupId\":\"1\",\"ParentBackupId\":\"a b\"}"),
			"ParentBackupId"},
		{ITEM("{\"DBClusterId\":\"c\",\"BackupId\":\"1\"},{\"DBClusterId\":\"c\"}"),
			"Items.Backup[1].BackupId"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct error err = {0};
		struct page p;
		if (read_backups(bad[i].body, strlen(bad[i].body), NULL, NULL, false, &p, &err) !=
			-EBADMSG)
			fail_msg("was let through: %s", bad[i].body);
		if (!strstr(err.text, bad[i].why))
			fail_msg("%s: %s", bad[i].body, err.text);
	}
}

static void counts_may_be_strings_or_integers_and_an_empty_list_may_lack(void **state)
{
	static const char *const good[] = {
		"{\"TotalCount\":\"0\",\"PageNumber\":\"1\"," ITEMS "}",
		"{\"TotalCount\":0,\"PageNumber\":1," ITEMS "}",
		"{\"TotalCount\":0,\"PageNumber\":1}",
		"{\"TotalCount\":0,\"PageNumber\":1,\"Items\":null}",
		"{\"TotalCount\":0,\"PageNumber\":1,\"Items\":{}}",
		"{\"Code\":\"200\",\"TotalCount\":0,\"PageNumber\":1,\"Items\":{}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct page p;
		assert_int_equal(
			read_backups(good[i], strlen(good[i]), NULL, NULL, false, &p, NULL), 0);
		assert_int_equal(p.total, 0);
		assert_int_equal(p.inv.count, 0);
		page_done(&p);
	}
}

static void ids_above_2_to_the_53_survive_exactly(void **state)
{
	static const char *const ids[] = {"9007199254740993", "18446744073709551617",
		"0123456789012345678901234567890123456789012345678901234567890123"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		_cleanup_free_ char *set = xasprintf("\"BackupId\":\"%s\"", ids[i]);
		_cleanup_(page_done) struct page p;
		page_init(&p);
		assert_int_equal(read_one(set, NULL, &p, NULL), 0);
		assert_string_equal(set_id(&p.inv, 0), ids[i]);
	}
}

static void statuses_and_what_stands_for_one(void **state)
{
#define TIMES "\"BackupId\":\"1\",\"BackupStartTime\":\"2022-06-01T16:00Z\""
#define END ",\"BackupEndTime\":\"2022-06-01T16:10Z\""
	static const struct {
		const char *set;
		enum set_state state;
		enum set_doubt doubt;
		const char *note;
	} cases[] = {
		{TIMES END ",\"BackupStatus\":\"Success\"", SET_VALID, DOUBT_NONE, ""},
		{TIMES ",\"BackupStatus\":\"SUCCESS\"", SET_VALID, DOUBT_NONE, ""},
		{TIMES ",\"BackupStatus\":\"finished\"", SET_VALID, DOUBT_NONE, ""},
		{TIMES ",\"BackupStatus\":\"Completed\"", SET_VALID, DOUBT_NONE, ""},
		{TIMES END ",\"BackupStatus\":\"Failed\"", SET_FAILED, DOUBT_NONE, ""},
		{TIMES ",\"BackupStatus\":\"Failure\"", SET_FAILED, DOUBT_NONE, ""},
		{TIMES ",\"BackupStatus\":\"Running\"", SET_RUNNING, DOUBT_NONE, ""},
		{TIMES END ",\"BackupStatus\":\"InProgress\"", SET_RUNNING, DOUBT_NONE, ""},
		{TIMES ",\"BackupStatus\":\"NoStart\"", SET_RUNNING, DOUBT_NONE, ""},
		{TIMES ",\"BackupStatus\":\"Checking\"", SET_RUNNING, DOUBT_NONE, ""},
		{TIMES ",\"BackupStatus\":\"Waiting\"", SET_RUNNING, DOUBT_NONE, ""},
		{TIMES ",\"BackupStatus\":\"Uploading\"", SET_RUNNING, DOUBT_NONE, ""},
		{TIMES ",\"BackupStatus\":\"Progressing\"", SET_RUNNING, DOUBT_NONE, ""},
		{TIMES END ",\"BackupStatus\":\"1\"", SET_UNKNOWN, DOUBT_STATUS, "1"},
		{TIMES ",\"BackupStatus\":\"Deleting\"", SET_DELETING, DOUBT_NONE, ""},
		{TIMES ",\"BackupStatus\":\"Foo\"", SET_UNKNOWN, DOUBT_STATUS, "Foo"},
		{TIMES ",\"BackupStatus\":\"Successful\"", SET_UNKNOWN, DOUBT_STATUS, "Successful"},
		{TIMES ",\"BackupStatus\":\" Success\"", SET_UNKNOWN, DOUBT_STATUS, " Success"},
		{TIMES ",\"BackupStatus\":3", SET_UNKNOWN, DOUBT_STATUS, "not a string"},
		{TIMES ",\"BackupStatus\":\"a\\nb\"", SET_UNKNOWN, DOUBT_STATUS, "a\\nb"},
		{TIMES END, SET_VALID, DOUBT_NONE, ""},
		{TIMES END ",\"BackupStatus\":\"\"", SET_VALID, DOUBT_NONE, ""},
		{TIMES END ",\"BackupStatus\":null", SET_VALID, DOUBT_NONE, ""},
		{TIMES ",\"BackupEndTime\":\"2022-06-01T16:00Z\"", SET_VALID, DOUBT_NONE, ""},
		{TIMES ",\"BackupEndTime\":\"2022-06-01T15:59Z\"", SET_RUNNING, DOUBT_NONE, ""},
		{TIMES ",\"BackupEndTime\":\"soon\"", SET_RUNNING, DOUBT_NONE, ""},
		{TIMES ",\"BackupEndTime\":\"\"", SET_RUNNING, DOUBT_NONE, ""},
		{TIMES, SET_RUNNING, DOUBT_NONE, ""},
		{TIMES END ",\"BackupType\":\"FullBackup\"", SET_VALID, DOUBT_NONE, ""},
		{TIMES END ",\"BackupType\":\"IncrementalBackup\",\"ParentBackupId\":\"7\"",
			SET_VALID, DOUBT_NONE, ""},
		{TIMES END ",\"BackupType\":\"IncrementalBackup\"", SET_UNKNOWN, DOUBT_PARENT,
			"IncrementalBackup"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(page_done) struct page p;
		page_init(&p);
		assert_int_equal(read_one(cases[i].set, NULL, &p, NULL), 0);
		if (p.inv.sets[0].state != cases[i].state ||
			p.inv.sets[0].doubt != cases[i].doubt ||
			strcmp(set_note(&p.inv, 0), cases[i].note) != 0)
			fail_msg("%s: state %d doubt %d note %s", cases[i].set, p.inv.sets[0].state,
				p.inv.sets[0].doubt, set_note(&p.inv, 0));
		assert_int_equal(p.inv.sets[0].start_s, START_S);
	}
}

static void s11_times_that_do_not_parse_are_doubted(void **state)
{
#define ID "\"BackupId\":\"1\",\"BackupStatus\":\"Success\""
	static const struct {
		const char *set;
		int64_t start_s, expires_s;
		enum set_doubt doubt;
		const char *note;
	} cases[] = {
		{ID ",\"BackupStartTime\":\"2022-06-01T16:00Z\"", START_S, SET_NO_TIME, DOUBT_NONE,
			""},
		{ID ",\"BackupStartTime\":\"2022-06-01T16:00:30Z\"", START_S + 30, SET_NO_TIME,
			DOUBT_NONE, ""},
		{ID ",\"BackupStartTime\":\"2022-06-02T00:00:00+08:00\"", START_S, SET_NO_TIME,
			DOUBT_NONE, ""},
		{ID ",\"BackupStartTime\":\"2022-06-01T16:00Z\",\"BackupExpiredTime\":\"2022-06-"
		    "01T16:01Z\"",
			START_S, START_S + 60, DOUBT_NONE, ""},
		{ID ",\"BackupStartTime\":\"2022-06-01T16:00Z\",\"BackupExpiredTime\":\"\"",
			START_S, SET_NO_TIME, DOUBT_NONE, ""},
		{ID ",\"BackupStartTime\":\"2022-06-01T16:00Z\",\"BackupExpiredTime\":null",
			START_S, SET_NO_TIME, DOUBT_NONE, ""},
		{ID ",\"BackupStartTime\":\"2022-06-01T16:00Z\",\"BackupExpiredTime\":\"2022-06-"
		    "02 16:00:00\"",
			START_S, START_S + 10 * 3600, DOUBT_NONE, ""},
		{ID ",\"BackupStartTime\":\"2022-06-01T16:00Z\",\"BackupExpiredTime\":\"2022-06-"
		    "02 25:00:00\"",
			SET_NO_TIME, SET_NO_TIME, DOUBT_TIME, "2022-06-02 25:00:00"},
		{ID ",\"BackupStartTime\":\"2022-06-01T16:00Z\",\"BackupExpiredTime\":\"never\"",
			SET_NO_TIME, SET_NO_TIME, DOUBT_TIME, "never"},
		{ID ",\"BackupStartTime\":\"2022-06-01T16:00Z\",\"BackupExpiredTime\":1654099200",
			SET_NO_TIME, SET_NO_TIME, DOUBT_TIME, "BackupExpiredTime"},
		{ID ",\"BackupStartTime\":\"yesterday\"", SET_NO_TIME, SET_NO_TIME, DOUBT_TIME,
			"yesterday"},
		{ID ",\"BackupStartTime\":\"2022-06-01T16:00\"", SET_NO_TIME, SET_NO_TIME,
			DOUBT_TIME, "2022-06-01T16:00"},
		{ID ",\"BackupStartTime\":\"2022-06-31T16:00Z\"", SET_NO_TIME, SET_NO_TIME,
			DOUBT_TIME, "2022-06-31T16:00Z"},
		{ID ",\"BackupStartTime\":1654099200", SET_NO_TIME, SET_NO_TIME, DOUBT_TIME,
			"no BackupStartTime"},
		{ID, SET_NO_TIME, SET_NO_TIME, DOUBT_TIME, "no BackupStartTime"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(page_done) struct page p;
		const struct set *s;
		page_init(&p);
		assert_int_equal(read_one(cases[i].set, NULL, &p, NULL), 0);
		s = &p.inv.sets[0];
		if (s->start_s != cases[i].start_s || s->expires_s != cases[i].expires_s ||
			s->doubt != cases[i].doubt ||
			strcmp(set_note(&p.inv, 0), cases[i].note) != 0)
			fail_msg("%s", cases[i].set);
		assert_int_equal(s->state, s->doubt ? SET_UNKNOWN : SET_VALID);
	}
}

static void s11_copies_in_another_region_are_doubted(void **state)
{
	/* `copies`: the same set, where the copies in other regions are what is asked for. */
	static const struct {
		const char *fields, *region;
		enum set_doubt doubt, copies;
	} cases[] = {
		{"", "cn-hangzhou", DOUBT_NONE, DOUBT_REGION},
		{",\"BackupRegion\":\"\"", "cn-hangzhou", DOUBT_NONE, DOUBT_REGION},
		{",\"BackupRegion\":null", "cn-hangzhou", DOUBT_NONE, DOUBT_REGION},
		{",\"BackupRegion\":\"cn-hangzhou\"", "cn-hangzhou", DOUBT_NONE, DOUBT_REGION},
		{",\"BackupRegion\":\"cn-beijing\"", "cn-hangzhou", DOUBT_REGION, DOUBT_NONE},
		{",\"BackupRegion\":7", "cn-hangzhou", DOUBT_REGION, DOUBT_REGION},
		{",\"BackupRegion\":\"cn-beijing\"", "", DOUBT_NONE, DOUBT_NONE},
		{",\"BackupRegion\":\"cn-beijing\"", NULL, DOUBT_NONE, DOUBT_NONE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (int remote = 0; remote < 2; remote++) {
			_cleanup_free_ char *set = xasprintf(TIMES END "%s", cases[i].fields);
			_cleanup_free_ char *body = one_set(set);
			_cleanup_(page_done) struct page p;
			page_init(&p);
			assert_int_equal(read_backups(body, strlen(body), CLUSTER, cases[i].region,
						 remote, &p, NULL),
				0);
			assert_int_equal(
				p.inv.sets[0].doubt, remote ? cases[i].copies : cases[i].doubt);
		}
}

static void sizes_are_read_in_64_bits(void **state)
{
	static const struct {
		const char *size;
		int64_t bytes;
	} cases[] = {{"2167808", 2167808}, {"3221225472", 3221225472},
		{"\"3221225472\"", 3221225472}, {"9007199254740992", INT64_C(9007199254740992)},
		{"0", 0}, {"-1", -1}, {"-5", -1}, {"1.5", -1}, {"\"many\"", -1}, {"null", -1},
		{"{}", -1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *set = xasprintf(TIMES ",\"BackupSize\":%s", cases[i].size);
		_cleanup_(page_done) struct page p;
		page_init(&p);
		assert_int_equal(read_one(set, NULL, &p, NULL), 0);
		assert_int_equal(p.inv.sets[0].size_bytes, cases[i].bytes);
	}
}

static void s2_another_clusters_set_is_told(void **state)
{
	static const char body[] = "{\"TotalCount\":2,\"PageNumber\":1,\"Items\":{\"Backup\":["
				   "{\"DBClusterId\":\"amv-1\",\"BackupId\":\"1\"},"
				   "{\"DBClusterId\":\"amv-2\",\"BackupId\":\"2\"}]}}";
	static const struct {
		const char *cluster, *foreign;
	} cases[] = {{"amv-1", "amv-2"}, {"amv-2", "amv-1"}, {"amv-3", "amv-1"}, {NULL, "amv-2"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct page p;
		assert_int_equal(
			read_backups(body, strlen(body), cases[i].cluster, NULL, false, &p, NULL),
			0);
		assert_string_equal(p.foreign, cases[i].foreign);
		page_done(&p);
	}
}

struct taken {
	size_t pages, sets;
	char foreign[128];
	int stop_at;
};

static int take(void *data, struct page *p, struct error *err)
{
	struct taken *t = data;

	t->pages++;
	t->sets += p->inv.count;
	if (*p->foreign)
		strcpy(t->foreign, p->foreign);
	return t->stop_at && (int)t->pages == t->stop_at ? error_set(err, EINTR, "enough") : 0;
}

static void several_replies_one_after_the_other(void **state)
{
	_cleanup_free_ char *one = one_set(TIMES);
	_cleanup_free_ char *two = xasprintf("%s\n%s\n", one, one);
	_cleanup_free_ char *other =
		xasprintf("%s{\"TotalCount\":1,\"PageNumber\":1,\"Items\":{\"Backup\":["
			  "{\"DBClusterId\":\"amv-2\",\"BackupId\":\"2\"}]}}",
			one);
	_cleanup_free_ char *cut = xasprintf("%s{\"TotalCount\"", one);
	struct taken t = {0};
	struct error err = {0};

	(void)state;
	assert_int_equal(
		reply_read_backups_stream(two, strlen(two), NULL, NULL, false, take, &t, &err), 0);
	assert_int_equal(t.pages, 2);
	assert_int_equal(t.sets, 2);
	assert_string_equal(t.foreign, "");
	assert_int_equal(
		reply_read_backups_stream(other, strlen(other), NULL, NULL, false, take, &t, &err),
		0);
	assert_string_equal(t.foreign, "amv-2");
	assert_int_equal(
		reply_read_backups_stream(cut, strlen(cut), NULL, NULL, false, take, &t, &err),
		-EBADMSG);
	assert_non_null(strstr(err.text, "reply from byte"));
	assert_int_equal(
		reply_read_backups_stream("", 0, NULL, NULL, false, take, &t, &err), -EBADMSG);
	t = (struct taken){.stop_at = 1};
	assert_int_equal(
		reply_read_backups_stream(two, strlen(two), NULL, NULL, false, take, &t, &err),
		-EINTR);
	assert_int_equal(t.pages, 1);
}

TEST_FILE(reply_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_documented_sample_is_read),
		cmocka_unit_test(s2_reply_cut_at_any_byte_is_refused),
		cmocka_unit_test(any_byte_changed_does_no_harm),
		cmocka_unit_test(s2_pages_that_cannot_be_trusted_are_refused),
		cmocka_unit_test(counts_may_be_strings_or_integers_and_an_empty_list_may_lack),
		cmocka_unit_test(ids_above_2_to_the_53_survive_exactly),
		cmocka_unit_test(statuses_and_what_stands_for_one),
		cmocka_unit_test(s11_times_that_do_not_parse_are_doubted),
		cmocka_unit_test(s11_copies_in_another_region_are_doubted),
		cmocka_unit_test(sizes_are_read_in_64_bits),
		cmocka_unit_test(s2_another_clusters_set_is_told),
		cmocka_unit_test(several_replies_one_after_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
