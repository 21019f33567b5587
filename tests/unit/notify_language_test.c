/* Messages in Chinese: the table of phrases, and what becomes of a message. */
#include "notify/format.h"

#include "testing.h"

/* The numbers of the places in a text, sorted, as bits: each may stand there once. */
static unsigned places_of(const char *text)
{
	unsigned places = 0;

	for (const char *s = text; *s; s++)
		if (strchr("{[<", *s) && s[1] >= '1' && s[1] <= '9' && s[2] &&
			strchr("}]>", s[2])) {
			if (places & 1u << (s[1] - '0'))
				fail_msg("twice in '%s'", text);
			places |= 1u << (s[1] - '0');
		}
	return places;
}

static void check_phrase(const struct notify_phrase *p)
{
	for (int l = 0; l < NOTIFY_LANGUAGE_COUNT; l++) {
		if (!p->text[l] || !*p->text[l])
			fail_msg("language %d lacks '%s'", l, p->text[NOTIFY_ENGLISH]);
		assert_true(text_is_utf8(p->text[l], strlen(p->text[l])));
		if (places_of(p->text[l]) != places_of(p->text[NOTIFY_ENGLISH]))
			fail_msg("'%s' and '%s'", p->text[NOTIFY_ENGLISH], p->text[l]);
	}
}

static void both_languages_have_every_text_with_the_same_places(void **state)
{
	size_t count = 0;

	(void)state;
	for (int i = 0; i < FRAME_COUNT; i++)
		check_phrase(&notify_frames[i]);
	for (; notify_phrases[count].text[NOTIFY_ENGLISH]; count++)
		check_phrase(&notify_phrases[count]);
	assert_true(count > 50);
}

/* Each place with "v" and its number in it. */
static void with_values(const char *text, struct text *out)
{
	while (*text) {
		bool place = places_of((char[]){text[0], text[1], text[1] ? text[2] : '\0', '\0'});
		if (place)
			text_printf(out, "v%c", text[1]);
		else
			text_add_bytes(out, text, 1);
		text += place ? 3 : 1;
	}
}

/* A row behind one that takes all of its texts would never be used. */
static void every_phrase_is_found_by_its_own_words(void **state)
{
	(void)state;
	for (const struct notify_phrase *p = notify_phrases; p->text[NOTIFY_ENGLISH]; p++) {
		struct text english = TEXT_INIT(4096), chinese = TEXT_INIT(4096),
			    got = TEXT_INIT(4096);
		with_values(p->text[NOTIFY_ENGLISH], &english);
		with_values(p->text[NOTIFY_CHINESE], &chinese);
		notify_translate(NOTIFY_CHINESE, english.s, &got);
		assert_string_equal(got.s, chinese.s);
		text_done(&english);
		text_done(&chinese);
		text_done(&got);
	}
}

static void what_is_told_is_put_into_chinese_clause_by_clause(void **state)
{
	static const struct {
		const char *english, *chinese;
	} rows[] = {
		{"trouble: no fresh valid set", "故障：没有足够新的有效备份集"},
		{"held: 37 deletes of 60 sets (62%) await approval; the cloud keeps sets for 7 "
		 "days, and the policy needs 730",
			"暂缓：60 个备份集中有 37 个（62%）要删除，等待批准；云端把备份集保留 7 "
			"天，而策略需要 730 天"},
		{"held: held by root (uid 0) since 2026-11-22T11:33:20+08:00: the disks are moved",
			"暂缓：root (uid 0) 自 2026-11-22T11:33:20+08:00 起暂停删除：the disks are "
			"moved"},
		{"held: held with all clusters by root (uid 0) since 2026-11-22T11:33:20+08:00 "
		 "until 2026-12-01T00:00:00Z",
			"暂缓：root (uid 0) 自 2026-11-22T11:33:20+08:00 起暂停全部集群的删除，至 "
			"2026-12-01T00:00:00Z"},
		{"trouble: the newest valid set is 1 d 6 h old, more than 23 h 59 min",
			"故障：最新的有效备份集距今 1 天 6 小时，超过 23 小时 59 分钟"},
		{"well; no restore was ever proven, and the policy wants one every 90 d",
			"正常；从未有过验证过的恢复，而策略要求每 90 天有一次"},
		/* what the cloud says stays as it is, and so does what nobody translated */
		{"trouble: CreateBackup was refused: Throttling: slow down; really",
			"故障：CreateBackup 被拒绝：Throttling: slow down; really"},
		{"Forbidden.RAM: no; not you", "Forbidden.RAM: no; not you"},
		{"trouble: Forbidden.RAM: no", "故障：Forbidden.RAM: no"},
		{"what a person asked for failed: the backup failed: 5 d",
			"有人发起的操作失败了：备份失败：5 天"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text got = TEXT_INIT(4096), same = TEXT_INIT(4096);
		notify_translate(NOTIFY_CHINESE, rows[i].english, &got);
		assert_string_equal(got.s ? got.s : "", rows[i].chinese);
		notify_translate(NOTIFY_ENGLISH, rows[i].english, &same);
		assert_string_equal(same.s ? same.s : "", rows[i].english);
		text_done(&got);
		text_done(&same);
	}
}

static const struct notify_line lines[] = {
	{.level = NOTIFY_CRITICAL,
		.cluster = "amv-1",
		.name = "orders",
		.text = "trouble: no valid set at all",
		.reminder = true,
		.since_s = 1767225600},
	{.level = NOTIFY_WARNING, .cluster = "", .name = "", .text = "a discovery fails"},
	{.level = NOTIFY_WELL, .cluster = "amv-2", .name = "stock", .text = ""},
};

static void a_message_is_whole_in_chinese(void **state)
{
	const struct notify_message m = {.host = "db1",
		.language = NOTIFY_CHINESE,
		.lines = lines,
		.count = 3,
		.totals = {[NOTIFY_CRITICAL] = 1, [NOTIFY_WARNING] = 2, [NOTIFY_WELL] = 1},
		.more = 2};
	struct notify_request r = {0};

	(void)state;
	notify_wecom.make(&(struct notify_target){.url = "https://host/"}, &m, &r);
	assert_string_equal(r.body,
		"{\"msgtype\":\"text\",\"text\":{\"content\":\"retaind（db1）：1 项严重，2 "
		"项警告，1 项恢复正常\\n【仍然严重】orders（自 2026-01-01T00:00:00Z "
		"起）：故障：没有任何有效备份集\\n【警告】retaind：自动发现失败\\n恢复正常：stock\\"
		"n"
		"另有 2 项：参见 `retainctl status --not-well`\"}}");
	notify_request_done(&r);
}

/* WeCom takes 2,048 bytes, and a character of Chinese has three of them. */
static void no_cut_goes_through_a_character_and_no_message_is_too_long(void **state)
{
	static const enum notify_kind kinds[] = {NOTIFY_WECOM, NOTIFY_DINGTALK, NOTIFY_FEISHU,
		NOTIFY_SLACK, NOTIFY_NTFY, NOTIFY_WEBHOOK};
	struct notify_line many[10];
	char text[900] = "";

	(void)state;
	for (size_t i = 0; i < 280; i++)
		memcpy(text + 3 * i, "集", 3);
	for (size_t length = 0; length <= 840; length += 7)
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
			struct notify_message m = {.host = "db1",
				.language = NOTIFY_CHINESE,
				.lines = many,
				.count = 10,
				.totals = {[NOTIFY_CRITICAL] = 10}};
			struct notify_request r = {0};
			struct text cut = TEXT_INIT(4096);
			for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
				many[i] = lines[0];
				many[i].text = text + 840 - length / 3 * 3;
				many[i].name = i % 2 ? "订单" : "订单 a";
			}
			notify_formats[kinds[k]]->make(
				&(struct notify_target){.url = "https://host/T"}, &m, &r);
			notify_lines(&m, 2048, &cut);
			assert_true(text_is_utf8(cut.s, cut.length));
			assert_true(cut.length <= 2048);
			text_done(&cut);
			if (kinds[k] == NOTIFY_WECOM) {
				const char *content = strstr(r.body, "\"content\":\"") + 11;
				size_t newlines = 0;
				for (const char *s = content; (s = strstr(s, "\\n")); s++)
					newlines++;
				assert_true(strlen(content) - 3 - newlines <= 2048);
			}
			notify_request_done(&r);
		}
}

TEST_FILE(notify_language_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_languages_have_every_text_with_the_same_places),
		cmocka_unit_test(every_phrase_is_found_by_its_own_words),
		cmocka_unit_test(what_is_told_is_put_into_chinese_clause_by_clause),
		cmocka_unit_test(a_message_is_whole_in_chinese),
		cmocka_unit_test(no_cut_goes_through_a_character_and_no_message_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
