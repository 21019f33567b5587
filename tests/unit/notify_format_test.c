/* The formats of sinks: what is sent, signatures included, and what is made of the answers. The
 * vectors of the signatures were computed apart from this program. */
#include "notify/format.h"

#include "testing.h"

#define NOW_S INT64_C(1767225600)

static const struct notify_line lines[] = {
	{.level = NOTIFY_CRITICAL,
		.cluster = "amv-1",
		.name = "orders",
		.text = "no valid set younger than 1d6h",
		.since_s = NOW_S - 60},
	{.level = NOTIFY_WARNING,
		.cluster = "",
		.name = "",
		.text = "a \"quote\"",
		.since_s = NOW_S},
	{.level = NOTIFY_WELL, .cluster = "amv-2", .name = "stock", .text = "", .since_s = NOW_S},
};
static const struct notify_message message = {.host = "db1",
	.now_s = NOW_S,
	.lines = lines,
	.count = 3,
	.totals = {[NOTIFY_CRITICAL] = 3, [NOTIFY_WARNING] = 1, [NOTIFY_WELL] = 1},
	.more = 2,
	.every_s = 300};

#define TITLE "retaind on db1: 3 critical, 1 warning, 1 well again"
#define LINES                                                     \
	"CRITICAL orders: no valid set younger than 1d6h\\n"      \
	"warning retaind: a \\\"quote\\\"\\nwell again: stock\\n" \
	"and 2 more: see `retainctl status --not-well`"
#define SECRET "SECexample0123456789abcdef"

static void each_kind_sends_what_its_receiver_takes(void **state)
{
	static const struct {
		enum notify_kind kind;
		struct notify_target target;
		const char *url, *body;
	} rows[] = {
		{NOTIFY_DINGTALK, {"https://oapi.dingtalk.com/robot/send?access_token=T", SECRET},
			"https://oapi.dingtalk.com/robot/send?access_token=T&timestamp="
			"1767225600000&sign=3Lg6XzxNz4pq8wCtLdrEgAGqMEc5tRedvi%2FWsGWHAZA%3D",
			"{\"msgtype\":\"text\",\"text\":{\"content\":\"" TITLE "\\n" LINES "\"}}"},
		{NOTIFY_DINGTALK, {"https://host/send?access_token=T", NULL},
			"https://host/send?access_token=T",
			"{\"msgtype\":\"text\",\"text\":{\"content\":\"" TITLE "\\n" LINES "\"}}"},
		{NOTIFY_FEISHU, {"https://host/hook/T", "exampleFeishuSecret"},
			"https://host/hook/T",
			"{\"timestamp\":\"1767225600\",\"sign\":"
			"\"XUaNLIle/MpyFniKE/lLWZdPdU6JzeEz4pPf2rtsdjk=\",\"msg_type\":\"text\","
			"\"content\":{\"text\":\"" TITLE "\\n" LINES "\"}}"},
		{NOTIFY_WECOM, {"https://host/send?key=K", NULL}, "https://host/send?key=K",
			"{\"msgtype\":\"text\",\"text\":{\"content\":\"" TITLE "\\n" LINES "\"}}"},
		{NOTIFY_SLACK, {"https://host/T/B/X", NULL}, "https://host/T/B/X",
			"{\"attachments\":[{\"fallback\":\"" TITLE "\",\"title\":\"" TITLE
			"\",\"text\":\"" LINES "\",\"color\":\"danger\"}]}"},
		{NOTIFY_NTFY, {"https://ntfy.sh/my-topic", "tk_1"}, "https://ntfy.sh/",
			"{\"topic\":\"my-topic\",\"title\":\"" TITLE "\",\"message\":\"" LINES
			"\",\"priority\":5,\"tags\":[\"rotating_light\"]}"},
		{NOTIFY_WEBHOOK, {"https://host/hook", "t"}, "https://host/hook",
			"{\"version\":1,\"host\":\"db1\",\"time\":\"2026-01-01T00:00:00Z\","
			"\"level\":\"critical\",\"title\":\"" TITLE
			"\",\"critical\":3,\"warning\":1,\"resolved\":1,\"changes\":["
			"{\"topic\":\"health\",\"level\":\"critical\",\"reminder\":false,"
			"\"cluster\":\"amv-1\",\"name\":\"orders\",\"text\":\"no valid set younger "
			"than 1d6h\",\"since\":\"2025-12-31T23:59:00Z\"},"
			"{\"topic\":\"health\",\"level\":\"warning\",\"reminder\":false,"
			"\"cluster\":null,\"name\":null,\"text\":\"a \\\"quote\\\"\",\"since\":"
			"\"2026-01-01T00:00:00Z\"},"
			"{\"topic\":\"health\",\"level\":\"resolved\",\"reminder\":false,"
			"\"cluster\":\"amv-2\",\"name\":\"stock\",\"text\":\"\",\"since\":"
			"\"2026-01-01T00:00:00Z\"}],\"more\":2}"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct notify_request r = {0};
		const struct notify_format *f = notify_formats[rows[i].kind];
		bool bearer = f->secret == SECRET_OPTIONAL && rows[i].target.secret;
		f->make(&rows[i].target, &message, &r);
		assert_string_equal(r.url, rows[i].url);
		assert_string_equal(r.body, rows[i].body);
		assert_string_equal(r.headers[0], "Content-Type: application/json; charset=utf-8");
		assert_int_equal(r.headers[1] != NULL, bearer);
		if (bearer)
			assert_non_null(strstr(r.headers[1], "Authorization: Bearer t"));
		notify_request_done(&r);
	}
}

static void alerts_end_by_themselves_and_a_change_ends_the_other_severity(void **state)
{
	static const struct notify_target target = {.url = "http://localhost:9093/api/v2/alerts"};
	struct notify_message one = message;
	struct notify_request r = {0};

	(void)state;
	one.count = 1;
	notify_alertmanager.make(&target, &one, &r);
	assert_string_equal(r.body,
		"[{\"labels\":{\"alertname\":\"RetaindHealth\",\"instance\":\"db1\",\"cluster\":"
		"\"amv-1\",\"severity\":\"warning\"},\"annotations\":{\"summary\":\"no valid set "
		"younger than 1d6h\",\"name\":\"orders\"},\"startsAt\":\"2025-12-31T23:59:00Z\","
		"\"endsAt\":\"2026-01-01T00:00:00Z\"},"
		"{\"labels\":{\"alertname\":\"RetaindHealth\",\"instance\":\"db1\",\"cluster\":"
		"\"amv-1\",\"severity\":\"critical\"},\"annotations\":{\"summary\":\"no valid set "
		"younger than 1d6h\",\"name\":\"orders\"},\"startsAt\":\"2025-12-31T23:59:00Z\","
		"\"endsAt\":\"2026-01-01T00:15:00Z\"}]");
	notify_request_done(&r);
}

static void a_message_is_as_long_as_its_receiver_takes(void **state)
{
	struct notify_line many[10];
	struct notify_message m = message;
	struct notify_request r = {0};
	char text[400];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
		many[i] = lines[0];
		many[i].text = text;
	}
	m.lines = many;
	m.count = 10;
	notify_wecom.make(&(struct notify_target){.url = "https://host/"}, &m, &r);
	assert_true(strlen(r.body) < 2048 + 60);
	assert_non_null(strstr(r.body, "and 6 more: "));
	notify_request_done(&r);
}

static void pings_say_that_all_is_well_or_why_not(void **state)
{
	static const struct {
		enum notify_kind kind;
		const char *given;
		enum notify_ping ping;
		const char *url, *body;
	} rows[] = {
		{NOTIFY_HEALTHCHECKS, "https://hc/ping/u", PING_WELL, "https://hc/ping/u", "w"},
		{NOTIFY_HEALTHCHECKS, "https://hc/ping/u/", PING_FAIL, "https://hc/ping/u/fail",
			"w"},
		{NOTIFY_HEALTHCHECKS, "https://hc/k/s?create=1", PING_FAIL,
			"https://hc/k/s/fail?create=1", "w"},
		{NOTIFY_HEALTHCHECKS, "https://hc/ping/u", PING_TEST, "https://hc/ping/u/log", "w"},
		{NOTIFY_PING, "https://kuma/push/K?status=up", PING_WELL,
			"https://kuma/push/K?status=up", NULL},
		{NOTIFY_PING, "https://kuma/push/K?status=up", PING_FAIL, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct notify_request r = {0};
		const struct notify_target t = {.url = rows[i].given};
		bool says = notify_formats[rows[i].kind]->ping(&t, rows[i].ping, "w", &r);
		assert_int_equal(says, rows[i].url != NULL);
		assert_true(text_equal(r.url, rows[i].url));
		assert_true(text_equal(r.body, rows[i].body));
		notify_request_done(&r);
	}
}

static void an_answer_is_well_only_if_it_says_so(void **state)
{
	static const struct {
		enum notify_kind kind;
		int status;
		const char *body;
		bool told;
		int64_t retry_after_s, wait_s;
		const char *detail; /* a part of it */
	} rows[] = {
		{NOTIFY_DINGTALK, 200, "{\"errcode\":0,\"errmsg\":\"ok\"}", true, 0, 0, "0"},
		{NOTIFY_DINGTALK, 200, "{\"errcode\":310000,\"errmsg\":\"sign not match\"}", false,
			0, 0, "310000: the robot's security check"},
		{NOTIFY_DINGTALK, 200, "{\"errcode\":130101,\"errmsg\":\"send too fast\"}", false,
			0, 600, "20 messages"},
		{NOTIFY_DINGTALK, 200, "", false, 0, 0, "no 'errcode'"},
		{NOTIFY_DINGTALK, 200, "<html>ok</html>", false, 0, 0, "no 'errcode'"},
		{NOTIFY_DINGTALK, 502, "", false, 0, 0, "HTTP 502"},
		{NOTIFY_FEISHU, 200, "{\"code\":0,\"msg\":\"success\",\"data\":{}}", true, 0, 0,
			""},
		{NOTIFY_FEISHU, 200, "{\"code\":19021,\"msg\":\"sign match fail\"}", false, 0, 0,
			"19021: the signature"},
		{NOTIFY_FEISHU, 400, "{\"code\":9499,\"msg\":\"Bad Request\"}", false, 0, 0,
			"9499"},
		{NOTIFY_FEISHU, 200, "{\"code\":11232,\"msg\":\"limited\"}", false, 0, 60, "11232"},
		{NOTIFY_WECOM, 200, "{\"errcode\":0,\"errmsg\":\"ok\"}", true, 0, 0, ""},
		{NOTIFY_WECOM, 200, "{\"errcode\":93000}", false, 0, 0, "93000: the key"},
		{NOTIFY_WECOM, 200, "{\"errcode\":45009}", false, 0, 60, "45009"},
		{NOTIFY_WECOM, 200, "{\"errcode\":7}", false, 0, 0, "errcode 7"},
		{NOTIFY_SLACK, 200, "ok", true, 0, 0, ""},
		{NOTIFY_SLACK, 200, "ok\n", true, 0, 0, ""},
		{NOTIFY_SLACK, 200, "no_service", false, 0, 0, "is not 'ok'"},
		{NOTIFY_SLACK, 429, "rate_limited", false, 30, 30, "too many messages"},
		{NOTIFY_NTFY, 200, "{}", true, 0, 0, ""},
		{NOTIFY_NTFY, 429, "", false, 7, 7, "429"},
		{NOTIFY_ALERTMANAGER, 200, "", true, 0, 0, ""},
		{NOTIFY_ALERTMANAGER, 400, "", false, 0, 0, "400"},
		{NOTIFY_HEALTHCHECKS, 200, "OK", true, 0, 0, ""},
		{NOTIFY_HEALTHCHECKS, 404, "not found", false, 0, 0, "not known there"},
		{NOTIFY_WEBHOOK, 302, "", false, 0, 0, "not followed"},
		{NOTIFY_WEBHOOK, 204, "", true, 0, 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct notify_answer a = {.status = rows[i].status,
			.body = rows[i].body,
			.length = strlen(rows[i].body),
			.retry_after_s = rows[i].retry_after_s};
		struct notify_outcome o;
		notify_formats[rows[i].kind]->read(&a, &o);
		if (o.told != rows[i].told || o.wait_s != rows[i].wait_s ||
			!strstr(o.detail, rows[i].detail))
			fail_msg("row %zu: %d, wait %d, '%s'", i, o.told, (int)o.wait_s, o.detail);
	}
}

static void only_https_leaves_the_machine(void **state)
{
	static const struct {
		const char *url;
		bool good;
	} rows[] = {
		{"https://hc-ping.com/uuid", true},
		{"HTTPS://host/x?y=z", true},
		{"http://127.0.0.1:8000/ping", true},
		{"http://localhost/ping", true},
		{"http://[::1]:9093/api/v2/alerts", true},
		{"http://hc-ping.com/uuid", false},
		{"http://localhost.example.com/", false},
		{"http://127.0.0.1@example.com/", false},
		{"https://user:word@host/", false},
		{"https:///path", false},
		{"https://host/a b", false},
		{"https://host/a\nhttps://host/b", false},
		{"ftp://host/", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error err = {0};
		int r = notify_url_check(rows[i].url, &err);
		if ((r == 0) != rows[i].good)
			fail_msg("%s: %d", rows[i].url, r);
		if (r < 0 && *rows[i].url)
			assert_null(strstr(err.text, rows[i].url)); /* S9 */
	}
}

TEST_FILE(notify_format_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_sends_what_its_receiver_takes),
		cmocka_unit_test(alerts_end_by_themselves_and_a_change_ends_the_other_severity),
		cmocka_unit_test(a_message_is_as_long_as_its_receiver_takes),
		cmocka_unit_test(pings_say_that_all_is_well_or_why_not),
		cmocka_unit_test(an_answer_is_well_only_if_it_says_so),
		cmocka_unit_test(only_https_leaves_the_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
