/* retainctl history: what the daemon did, or the life of one set. */
#include "ctl/files.h"
#include "ctl/life.h"
#include "ctl/pager.h"
#include "time/duration.h"

#include <time.h>

#define LIMIT_DEFAULT 50
#define LIMIT_MAX 100000

/* What was asked for. */
struct asked {
	struct online online;
	const char *cluster, *set, *number, *since;
	bool failed, sets;
	int64_t since_s;
	uint64_t limit;
};

static const char *kind_words(const char *kind)
{
	static const char *const rows[][2] = {
		{"create-intent", "backup asked for"},
		{"create-outcome", "backup: the answer"},
		{"backup-done", "backup complete"},
		{"backup-failed", "backup failed"},
		{"delete-intent", "delete asked for"},
		{"delete-outcome", "delete: the answer"},
		{"gone", "gone"},
		{"approved", "plan approved"},
		{"seen", "first seen"},
		{"expired", "expired"},
		{"kept-again", "kept again"},
		{"vanished", "deleted by others"},
		{"retention-intent", "cloud's retention: raise asked for"},
		{"retention-outcome", "cloud's retention: the answer"},
		{"retention-raised", "cloud's retention raised"},
		{"asked", "command"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i][0], kind) == 0)
			return rows[i][1];
	return kind;
}

/* "no rule keeps it; Throttling; 1D7F8A3B-..." */
static void add_detail(struct text *out, const cJSON *e)
{
	static const char *const keys[] = {"reason", "code", "request_id"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *value = online_string(e, keys[i]);
		if (!*value)
			continue;
		text_add(out, out->length > 0 ? "; " : "");
		text_add(out, value);
	}
}

/* Where the table has to fit a screen: without the offset from UTC, since the zone is named above
 * it, and to the minute. */
static void add_time(
	struct table *t, const cJSON *e, const struct zone *z, const struct screen *screen)
{
	_cleanup_(text_done) struct text cell = TEXT_INIT(64);
	char when[CIVIL_TEXT_SIZE];
	int64_t at_s;

	online_time(e, "time", z, "?", when);
	if (screen->columns > 0 && strlen(when) > strlen("2026-11-21T08:00:00"))
		when[strlen("2026-11-21T08:00:00")] = '\0';
	if (screen_is_narrow(screen) && civil_parse_instant(online_string(e, "time"), false, &at_s))
		files_add_minute(&cell, z, at_s);
	table_add(t, cell.s ? cell.s : when);
}

static void add_sets(struct table *t, const cJSON *e)
{
	const char *set = online_string(e, "set");
	int64_t count = online_int(e, "count");

	if (*set || count == 0)
		online_add_cell(t, PAINT_NONE, set);
	else
		table_printf(t, "%lld set%s", (long long)count, count == 1 ? "" : "s");
}

static void add_row(
	struct table *t, const cJSON *e, const struct zone *z, const struct screen *screen)
{
	_cleanup_(text_done) struct text detail = TEXT_INIT(65536);
	const char *name = online_string(e, "name"), *outcome = online_string(e, "outcome");
	const char *kind = online_string(e, "kind");
	bool is_answer = *outcome && strcmp(kind, "asked") != 0;

	add_time(t, e, z, screen);
	online_add_cell(t, PAINT_NONE, *name ? name : online_string(e, "cluster"));
	online_add_cell(t, PAINT_NONE, kind_words(kind));
	add_sets(t, e);
	online_add_cell(
		t, is_answer && strcmp(outcome, "ok") != 0 ? PAINT_YELLOW : PAINT_NONE, outcome);
	add_detail(&detail, e);
	online_add_cell(t, PAINT_NONE, detail.s ? detail.s : "");
}

/* The zone of all clusters that are named, or UTC if they have several. */
static struct zone *common_zone(const cJSON *entries)
{
	const char *common = NULL;
	const cJSON *e;

	cJSON_ArrayForEach (e, entries) {
		const char *zone = online_string(e, "timezone");
		if (!*online_string(e, "cluster")) /* of the daemon itself */
			continue;
		if (common && strcmp(common, zone) != 0)
			return zone_utc();
		common = zone;
	}
	return common ? online_zone(common) : zone_utc();
}

static void print_entries(const struct asked *a, const cJSON *entries)
{
	static const char *const titles[] = {
		"=TIME", "~CLUSTER", "=WHAT", "=SET", "=OUTCOME", "DETAIL"};
	_cleanup_(text_done) struct text out = TEXT_INIT(ONLINE_OUTPUT_MAX);
	_cleanup_(zone_freep) struct zone *z = common_zone(entries);
	const struct screen screen = terminal_screen(a->online.wide);
	_cleanup_(table_done) struct table t;
	const cJSON *e;

	table_init(&t, ARRAY_SIZE(titles), titles);
	cJSON_ArrayForEach (e, entries)
		add_row(&t, e, z, &screen);
	if (cJSON_GetArraySize(entries) > 0) {
		text_printf(&out, "in the zone %s\n\n", zone_name(z));
		table_print(&t, &screen, &out);
	} else {
		text_add(&out,
			a->failed          ? "nothing has failed\n"
				: a->since ? "nothing is recorded since then\n"
					   : "nothing is recorded\n");
	}
	if ((uint64_t)cJSON_GetArraySize(entries) == a->limit)
		text_printf(&out, "\nthere may be older lines: -n %lld\n",
			(long long)(a->limit * 10 < LIMIT_MAX ? a->limit * 10 : LIMIT_MAX));
	pager_show(&out, screen.columns, a->online.no_pager);
}

/* An instant, a day, or how long ago. */
static bool parse_since(const char *given, int64_t *ret_s)
{
	_cleanup_(zone_freep) struct zone *utc = zone_utc();
	struct duration d;
	struct error err = {0};

	if (civil_parse_instant(given, true, ret_s))
		return true;
	if (duration_parse(given, &d, &err) < 0)
		return false;
	*ret_s = duration_before(&d, time(NULL), utc);
	return true;
}

/* CTL_WELL if the words make sense. */
static int check(const struct command *self, struct asked *a, int operands, char **argv)
{
	if (operands > 1)
		return command_usage(self, "'%s' is one word too many", argv[2]);
	if (a->set && (a->since || a->failed || a->sets))
		return command_usage(self,
			"--set shows the whole life of one set: without --since, --failed and "
			"--sets");
	if (a->number &&
		(!text_to_u64(a->number, &a->limit) || a->limit < 1 || a->limit > LIMIT_MAX))
		return command_usage(
			self, "-n takes a number from 1 to %d, not '%s'", LIMIT_MAX, a->number);
	if (a->since && !parse_since(a->since, &a->since_s))
		return command_usage(self,
			"--since takes a time such as 2026-11-21T08:00:00+08:00, a day, or how "
			"long ago, "
			"such as 2d, not '%s'",
			a->since);
	return CTL_WELL;
}

static int show(const struct asked *a)
{
	_cleanup_(text_done) struct text parameters = TEXT_INIT(65536);
	_cleanup_(reply_done) struct reply reply = {0};
	struct jsonwriter w = {.out = &parameters};
	char since[CIVIL_TEXT_SIZE];
	const cJSON *entries;
	int result;

	json_object_begin(&w, NULL);
	json_string(&w, "cluster", a->cluster);
	json_int(&w, "limit", (int64_t)a->limit);
	json_bool(&w, "failed", a->failed);
	json_bool(&w, "jobs", !a->sets);
	if (a->since) {
		civil_format_utc(a->since_s, since);
		json_string(&w, "since", since);
	}
	json_object_end(&w);
	result = online_call(&a->online, "History", &parameters, &reply);
	if (result != CTL_WELL)
		return result;
	entries = json_get(reply.parameters, "entries");
	if (a->online.json)
		online_print_json(entries);
	else
		print_entries(a, entries);
	return CTL_WELL;
}

static int run(const struct command *self, int argc, char **argv)
{
	/* of years, from the disk */
	struct asked a = {.limit = LIMIT_DEFAULT, .online = {.timeout_s = 60}};
	const struct option options[] = {
		{.name = "set", .letter = 's', .value = &a.set},
		{.name = "number", .letter = 'n', .value = &a.number},
		{.name = "since", .value = &a.since},
		{.name = "failed", .flag = &a.failed},
		{.name = "sets", .flag = &a.sets},
		{.name = "json", .flag = &a.online.json},
		ONLINE_SCREEN_OPTIONS(a.online),
		{.name = "socket", .value = &a.online.socket},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options));

	if (operands < 0 || check(self, &a, operands, argv) != CTL_WELL)
		return CTL_USAGE;
	a.cluster = operands ? argv[1] : NULL;
	return a.set ? life_show(&a.online, a.cluster, a.set) : show(&a);
}

const struct command command_history = {
	.name = "history",
	.usage = "[CLUSTER] [--since T] [--failed] [--sets] [--set ID] [-n N] [--json] [--wide] "
		 "[--no-pager] [--socket PATH]",
	.summary = "show what the daemon did, newest first",
	.help = "      --since T      not what is older: a time, a day, or how long ago, such as "
		"2d\n"
		"      --failed       only failed backups, and calls that the cloud did not carry "
		"out\n"
		"      --sets         a line for each set; else a line for each call, with how "
		"many\n"
		"  -s, --set ID       the life of this set: when it was first seen, when and why "
		"it\n"
		"                     expired, was deleted and verified gone; and what keeps it "
		"now\n"
		"  -n, --number N     how many lines; default 50\n"
		"      --json         as JSON\n" ONLINE_SCREEN_HELP ONLINE_HELP "\n"
		"Lines older than `history` in the policy file (default 1y) are forgotten.\n",
	.run = run,
};
