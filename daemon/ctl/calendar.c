/* retainctl calendar: when a calendar expression fires. */
#include "time/calendar.h"
#include "base/jsonwriter.h"
#include "ctl/command.h"
#include "ctl/pager.h"
#include "ctl/table.h"
#include "policyfile/zonefile.h"
#include "time/duration.h"

#include <time.h>

#define INSTANTS_DEFAULT 5
#define INSTANTS_MAX 100000

struct request {
	const char *expression;
	struct calendar *calendar;
	struct zone *zone;
	char *normalized;
	int64_t after_s;
	bool after_now; /* no --after was given */
	uint64_t count;
};

static void request_done(struct request *r)
{
	calendar_free(r->calendar);
	zone_free(r->zone);
	free(r->normalized);
}

static void print_json(const struct request *r, struct text *out)
{
	struct jsonwriter w = {.out = out};
	int64_t at_s = r->after_s;

	json_object_begin(&w, NULL);
	json_string(&w, "expression", r->expression);
	json_string(&w, "normalized", r->normalized);
	json_string(&w, "timezone", zone_name(r->zone));
	json_array_begin(&w, "next");
	for (uint64_t i = 0; i < r->count && calendar_next(r->calendar, r->zone, at_s, &at_s) == 0;
		i++) {
		char instant[CIVIL_TEXT_SIZE];
		zone_format(r->zone, at_s, instant);
		json_string(&w, NULL, instant);
	}
	json_array_end(&w);
	json_object_end(&w);
	text_add(out, "\n");
}

static void print_table(const struct request *r, struct text *out)
{
	static const char *const titles[] = {">#", "=TIME", "DAY", "DISTANCE"};
	static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	_cleanup_(table_done) struct table t;
	const struct screen screen = terminal_screen(false);
	int64_t at_s = r->after_s;
	uint64_t i;

	text_printf(out, "%s, in the zone %s\n\n", r->normalized, zone_name(r->zone));
	table_init(&t, ARRAY_SIZE(titles), titles);
	for (i = 0; i < r->count && calendar_next(r->calendar, r->zone, at_s, &at_s) == 0; i++) {
		char instant[CIVIL_TEXT_SIZE], distance[DURATION_TEXT_SIZE];
		int64_t local_s = zone_local(r->zone, at_s),
			day = local_s / 86400 - (local_s % 86400 < 0);
		zone_format(r->zone, at_s, instant);
		duration_format_seconds(at_s - r->after_s, distance);
		table_printf(&t, "%llu", (unsigned long long)i + 1);
		table_add(&t, instant);
		table_add(&t, days[civil_weekday(day)]);
		table_printf(&t, r->after_now ? "in %s" : "%s later", distance);
	}
	if (i > 0)
		table_print(&t, &screen, out);
	if (i < r->count)
		text_add(out, i ? "and never again\n" : "never\n");
}

/* Fills in what the options leave to the expression and the clock. An exit code. */
static int resolve(const struct command *self, struct request *r, const char *zone,
	const char *after, const char *count)
{
	struct error err = {0};

	if (after && !civil_parse_instant(after, true, &r->after_s))
		return command_usage(
			self, "'%s' is not a time such as 2026-11-21T00:00:00Z", after);
	if (count && (!text_to_u64(count, &r->count) || r->count < 1 || r->count > INSTANTS_MAX))
		return command_usage(
			self, "-n takes a number from 1 to %d, not '%s'", INSTANTS_MAX, count);
	if (calendar_parse(r->expression, &r->calendar, &err) < 0)
		return command_failed("%s", err.text);
	if (calendar_zone_name(r->calendar))
		zone = calendar_zone_name(r->calendar);
	if (zonefile_load(zone, &r->zone, &err) < 0)
		return command_failed("%s", err.text);
	r->normalized = calendar_format(r->calendar);
	return CTL_WELL;
}

static int run(const struct command *self, int argc, char **argv)
{
	_cleanup_(request_done) struct request r = {
		.after_s = time(NULL), .count = INSTANTS_DEFAULT};
	_cleanup_(text_done) struct text out = TEXT_INIT(64 * 1024 * 1024);
	const char *zone = "UTC", *after = NULL, *count = NULL;
	bool json = false, no_pager = false;
	const struct option options[] = {
		{.name = "timezone", .letter = 'z', .value = &zone},
		{.name = "after", .letter = 'a', .value = &after},
		{.name = "number", .letter = 'n', .value = &count},
		{.name = "json", .flag = &json},
		{.name = "no-pager", .flag = &no_pager},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options)), result;

	if (operands < 0)
		return CTL_USAGE;
	if (operands != 1)
		return command_usage(self,
			operands == 0 ? "which expression?"
				      : "one expression, please: put it in quotes");
	r.expression = argv[1];
	r.after_now = !after;
	result = resolve(self, &r, zone, after, count);
	if (result != CTL_WELL)
		return result;
	(json ? print_json : print_table)(&r, &out);
	pager_show(&out, json ? 0 : terminal_screen(false).columns, no_pager || json);
	return CTL_WELL;
}

const struct command command_calendar = {
	.name = "calendar",
	.usage = "EXPR [--timezone ZONE] [--after TIME] [-n N] [--json] [--no-pager]",
	.summary = "show when a calendar expression fires",
	.help = "  -z, --timezone ZONE  of an expression that names none; default UTC\n"
		"  -a, --after TIME     begin after this instant, RFC 3339; default now\n"
		"  -n, --number N       how many instants; default 5\n"
		"      --json           as JSON\n"
		"      --no-pager       all at once, also if it is longer than the screen\n"
		"\n"
		"The grammar is that of systemd.time(7). A local time that a change of the clocks "
		"skips\n"
		"fires right after the gap; one that occurs twice fires the first time.\n",
	.run = run,
};
