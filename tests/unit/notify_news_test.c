/* What is told, when, and to whom. */
#include "notify/beat.h"
#include "notify/news.h"

#include "testing.h"

#include "base/memory.h"

#define BEGIN_S INT64_C(1767225700)

static struct news *news;
static int64_t now_s;

static struct news_moment now(void)
{
	return (struct news_moment){.wall_s = BEGIN_S + now_s, .boot_s = now_s};
}

static void begin(enum notify_kind kind, unsigned on)
{
	const struct news_sink sink = {.key = "k", .kind = kind, .on = on, .every_s = 300};

	now_s = 0;
	news_free(news);
	news = news_new();
	news_set_sinks(news, &sink, 1);
}

static int teardown(void **state)
{
	(void)state;
	news_free(news);
	news = NULL;
	return 0;
}

static void is(const char *cluster, enum notify_level level, const char *text)
{
	news_health(news, cluster, cluster, level, text, now());
}

/* Until the given second. "SECOND: first line;second line (and N more)|", for each message. */
static char *told_until(int64_t until_s, bool taken)
{
	struct text t = TEXT_INIT(1 << 16);
	struct news_message m;

	for (; now_s < until_s; now_s += news_wait_s(news, now()))
		while (news_next(news, now(), &m)) {
			text_printf(&t, "%d: ", (int)now_s);
			for (size_t i = 0; i < m.message.count; i++) {
				text_add(&t, i ? ";" : "");
				notify_line_text(NOTIFY_ENGLISH, &m.message.lines[i], &t);
			}
			if (m.message.more)
				text_printf(&t, " (and %zu more)", m.message.more);
			text_add(&t, "|");
			news_sent(news, m.sink, taken, 0, now());
		}
	now_s = until_s;
	return text_take(&t);
}

static void expect(int64_t until_s, const char *expected)
{
	_cleanup_free_ char *got = told_until(until_s, true);

	assert_string_equal(got, expected);
}

static void a_health_is_told_when_it_becomes_worse_other_and_well(void **state)
{
	(void)state;
	begin(NOTIFY_SLACK, NOTIFY_ON_ALL);
	is("a", NOTIFY_WELL, "");
	expect(100, "");
	is("a", NOTIFY_WARNING, "late by 5min");
	expect(200, "130: warning a: late by 5min|");
	is("a", NOTIFY_WARNING, "late by 1h7min");
	expect(4000, ""); /* a number is no news */
	is("a", NOTIFY_CRITICAL, "no set");
	expect(5000, "4030: CRITICAL a: no set|");
	is("a", NOTIFY_CRITICAL, "no login");
	expect(10000, "7670: CRITICAL a: no login|"); /* at most once an hour */
	is("a", NOTIFY_UNKNOWN, "");
	expect(11000, "");
	is("a", NOTIFY_WELL, "");
	expect(20000, "11030: well again: a|");
}

static void what_comes_within_half_a_minute_is_one_message(void **state)
{
	(void)state;
	begin(NOTIFY_SLACK, NOTIFY_ON_ALL);
	is("b", NOTIFY_WARNING, "held");
	expect(20, "");
	is("a", NOTIFY_CRITICAL, "no set");
	is("", NOTIFY_CRITICAL, "no state file");
	is("c", NOTIFY_CRITICAL, "comes");
	is("c", NOTIFY_WELL, ""); /* ... and goes */
	expect(100, "30: CRITICAL retaind: no state file;CRITICAL a: no set;warning b: held|");
}

static void ten_thousand_at_once_are_one_message(void **state)
{
	char name[16];

	(void)state;
	begin(NOTIFY_DINGTALK, NOTIFY_ON_ALL);
	for (int i = 0; i < 10000; i++) {
		(void)snprintf(name, sizeof(name), "c%04d", (i * 7919) % 10000);
		is(name, i == 5 ? NOTIFY_CRITICAL : NOTIFY_WARNING, "x");
	}
	expect(86000,
		"30: CRITICAL c9595: x;warning c0000: x;warning c0001: x;warning c0002: x;warning "
		"c0003: x;warning c0004: x;warning c0005: x;warning c0006: x;warning c0007: x;"
		"warning c0008: x (and 9990 more)|");
}

static void what_stays_critical_is_told_again_once_a_day(void **state)
{
	(void)state;
	begin(NOTIFY_SLACK, NOTIFY_ON_ALL);
	is("a", NOTIFY_CRITICAL, "no set");
	is("w", NOTIFY_WARNING, "held");
	expect(40000, "30: CRITICAL a: no set;warning w: held|");
	is("b", NOTIFY_CRITICAL, "no set");
	/* The second joins the first, so that there is one reminder a day. */
	expect(2 * 86400 + 100,
		"40030: CRITICAL b: no set|"
		"86500: still CRITICAL a (since 2026-01-01T00:01:40Z): no set;"
		"still CRITICAL b (since 2026-01-01T11:08:20Z): no set|");
}

static void on_chooses_levels(void **state)
{
	(void)state;
	begin(NOTIFY_SLACK, 1u << NOTIFY_CRITICAL | 1u << NOTIFY_WELL);
	is("a", NOTIFY_WARNING, "late");
	expect(100, "");
	is("a", NOTIFY_CRITICAL, "no set");
	expect(200, "130: CRITICAL a: no set|");
	is("a", NOTIFY_WARNING, "late");
	expect(300, "230: no longer critical: a|");
	begin(NOTIFY_SLACK, 1u << NOTIFY_CRITICAL);
	is("a", NOTIFY_CRITICAL, "no set");
	expect(100, "30: CRITICAL a: no set|");
	is("a", NOTIFY_WELL, "");
	expect(200, "");
	is("a", NOTIFY_CRITICAL, "no set");
	expect(1000, "230: CRITICAL a: no set|");
}

static void what_happened_once_is_told_once(void **state)
{
	(void)state;
	begin(NOTIFY_SLACK, NOTIFY_ON_ALL);
	news_event(news, "a", "orders", NOTIFY_COMMAND, NOTIFY_WARNING, "refused", now());
	expect(100, "30: warning orders: refused|");
	expect(90000, "");
	news_event(news, "a", "orders", NOTIFY_COMMAND, NOTIFY_WARNING, "again", now());
	expect(200000, "90030: warning orders: again|");
}

static void a_sink_that_fails_is_asked_again_after_longer_and_longer_waits(void **state)
{
	_cleanup_free_ char *got = NULL;

	(void)state;
	begin(NOTIFY_SLACK, NOTIFY_ON_ALL);
	is("a", NOTIFY_CRITICAL, "no set");
	got = told_until(300, false);
	assert_string_equal(got,
		"30: CRITICAL a: no set|60: CRITICAL a: no set|120: CRITICAL a: no set|240: "
		"CRITICAL a: no set|");
	assert_int_equal(news_failures(news, 0), 4);
	/* It is well before the sink is: that it was critical is told all the same. */
	is("a", NOTIFY_WELL, "");
	expect(1000,
		"480: CRITICAL a: it was critical at 2026-01-01T00:01:40Z, and is no longer: no "
		"set|");
}

static void a_sink_is_sent_a_handful_at_once_and_six_an_hour(void **state)
{
	int count = 0;

	(void)state;
	begin(NOTIFY_SLACK, NOTIFY_ON_ALL);
	for (int i = 0; i < 24 * 60; i++) {
		_cleanup_free_ char *some = NULL;
		is("a", i % 2 ? NOTIFY_WELL : NOTIFY_CRITICAL, i % 2 ? "" : "flaps");
		some = told_until(i * 60, true);
		for (const char *s = some; *s; s++)
			count += *s == '|';
	}
	assert_in_range(count, 24, NEWS_BURST + 24 * 6);
}

static void feishu_is_left_alone_at_full_and_half_hours(void **state)
{
	_cleanup_free_ char *got = NULL;
	int at_s;

	(void)state;
	begin(NOTIFY_FEISHU, NOTIFY_ON_ALL);
	now_s = 1800 - BEGIN_S % 1800 - 25;
	is("a", NOTIFY_CRITICAL, "no set");
	got = told_until(now_s + 300, true);
	assert_int_equal(sscanf(got, "%d:", &at_s), 1);
	assert_in_range((BEGIN_S + at_s) % 1800, 20, 139); /* asked once a minute meanwhile */
}

static void an_alertmanager_is_told_again_and_again(void **state)
{
	(void)state;
	begin(NOTIFY_ALERTMANAGER, NOTIFY_ON_ALL);
	is("a", NOTIFY_WARNING, "held");
	expect(1000,
		"30: warning a: held|360: still warning a (since 2026-01-01T00:01:40Z): held|"
		"690: still warning a (since 2026-01-01T00:01:40Z): held|");
}

static struct news_row *rows;
static size_t row_count;

static void keep_row(void *data, const struct news_row *r)
{
	(void)data;
	rows = xreallocarray(rows, row_count + 1, sizeof(*rows));
	rows[row_count] = *r;
	rows[row_count].cluster = xstrdup(r->cluster);
	rows[row_count].name = xstrdup(r->name);
	rows[row_count++].text = xstrdup(r->text);
}

static void restart(const char *key)
{
	const struct news_sink sink = {
		.key = key, .kind = NOTIFY_SLACK, .on = NOTIFY_ON_ALL, .every_s = 300};

	rows = NULL;
	row_count = 0;
	news_rows(news, keep_row, NULL);
	news_free(news);
	news = news_new();
	news_set_sinks(news, &sink, 1);
	for (size_t i = 0; i < row_count; i++) {
		rows[i].sink = "k";
		news_remember(news, &rows[i], now());
		free((char *)(uintptr_t)rows[i].cluster);
		free((char *)(uintptr_t)rows[i].name);
		free((char *)(uintptr_t)rows[i].text);
	}
	free(rows);
}

static void after_a_restart_nothing_is_told_twice_and_nothing_is_forgotten(void **state)
{
	(void)state;
	begin(NOTIFY_SLACK, NOTIFY_ON_ALL);
	is("a", NOTIFY_CRITICAL, "no set for 30h");
	is("b", NOTIFY_WARNING, "held");
	expect(100, "30: CRITICAL a: no set for 30h;warning b: held|");
	news_event(news, "c", "stock", NOTIFY_LOWERED, NOTIFY_CRITICAL, "gone", now());
	restart("k");
	is("a", NOTIFY_CRITICAL, "no set for 31h");
	is("b", NOTIFY_WELL, "");
	expect(200, "130: CRITICAL stock: gone;well again: b|");
	restart("k");
	is("a", NOTIFY_CRITICAL, "no set for 32h");
	expect(3000, "");
	restart("another");
	is("a", NOTIFY_CRITICAL, "no set for 33h");
	expect(4000, "3030: CRITICAL a: no set for 33h|"); /* who is new is told */
}

static void a_switch_is_pinged_while_all_is_well_and_told_at_once_when_not(void **state)
{
	static const struct {
		int64_t at_s;
		enum notify_level health;
		enum beat_ping expected;
		bool taken;
	} rows_of[] = {
		{0, NOTIFY_UNKNOWN, BEAT_NONE, true},
		{10, NOTIFY_WELL, BEAT_WELL, true},
		{20, NOTIFY_WELL, BEAT_NONE, true},
		{309, NOTIFY_WARNING, BEAT_NONE, true},
		{310, NOTIFY_WARNING, BEAT_WELL, true},
		{320, NOTIFY_CRITICAL, BEAT_NONE, true}, /* not oftener than three in a minute */
		{330, NOTIFY_CRITICAL, BEAT_FAIL, true},
		{331, NOTIFY_CRITICAL, BEAT_NONE, true},
		{630, NOTIFY_CRITICAL, BEAT_FAIL, true},
		{650, NOTIFY_WELL, BEAT_WELL, false},
		{670, NOTIFY_WELL, BEAT_NONE, true},
		{680, NOTIFY_WELL, BEAT_WELL, false},
		{700, NOTIFY_WELL, BEAT_NONE, true},
		{740, NOTIFY_WELL, BEAT_WELL, true},
		{1000, NOTIFY_UNKNOWN, BEAT_NONE, true},
		{2000, NOTIFY_UNKNOWN, BEAT_NONE, true},
	};
	struct beat b = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows_of); i++) {
		enum beat_ping ping = beat_next(&b, rows_of[i].health, 300, 1000 + rows_of[i].at_s);
		if (ping != rows_of[i].expected)
			fail_msg("row %zu: %d", i, ping);
		if (ping != BEAT_NONE)
			beat_sent(&b, ping, rows_of[i].taken, 300, 1000 + rows_of[i].at_s);
	}
}

TEST_FILE(notify_news_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_health_is_told_when_it_becomes_worse_other_and_well),
		cmocka_unit_test(what_comes_within_half_a_minute_is_one_message),
		cmocka_unit_test(ten_thousand_at_once_are_one_message),
		cmocka_unit_test(what_stays_critical_is_told_again_once_a_day),
		cmocka_unit_test(on_chooses_levels),
		cmocka_unit_test(what_happened_once_is_told_once),
		cmocka_unit_test(a_sink_that_fails_is_asked_again_after_longer_and_longer_waits),
		cmocka_unit_test(a_sink_is_sent_a_handful_at_once_and_six_an_hour),
		cmocka_unit_test(feishu_is_left_alone_at_full_and_half_hours),
		cmocka_unit_test(an_alertmanager_is_told_again_and_again),
		cmocka_unit_test(after_a_restart_nothing_is_told_twice_and_nothing_is_forgotten),
		cmocka_unit_test(a_switch_is_pinged_while_all_is_well_and_told_at_once_when_not),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
