/* retainctl forecast: plays schedule and policy forward. */
#include "base/jsonwriter.h"
#include "ctl/command.h"
#include "ctl/files.h"
#include "ctl/forecast_view.h"
#include "ctl/pager.h"
#include "ctl/replies.h"
#include "ctl/terminal.h"
#include "outlook/cost.h"
#include "retention/reach.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#define OUTPUT_MAX_BYTES (256 * 1024 * 1024)
#define DAY_S INT64_C(86400)

struct request {
	const char *policy, *cluster, *sets, *from, *span, *miss, *seed, *down, *size, *cloud_days,
		*log_days, *svg;
	bool json, no_pager;
};

static void add_instant(struct jsonwriter *w, const char *key, int64_t at_s)
{
	char at[CIVIL_TEXT_SIZE];

	civil_format_utc(at_s, at);
	json_string(w, key, at);
}

static void add_number(struct jsonwriter *w, const char *key, double value)
{
	char number[64];

	(void)snprintf(number, sizeof(number), "%.2f", value);
	json_raw(w, key, number);
}

static void cost_of(const struct forecast_view *v, const char *key, bool flat, struct jsonwriter *w)
{
	struct cost cost = cost_of_forecast(v->policy, v->forecast, v->size_bytes, flat);

	json_object_begin(w, key);
	add_number(w, "average_sets", cost.average_sets);
	if (v->size_bytes >= 0)
		add_number(w, "gb_months", cost.gb_months);
	else
		json_null(w, "gb_months");
	if (v->size_bytes >= 0 && v->policy->storage.price_billionths > 0)
		add_number(w, "cost", cost.money);
	else
		json_null(w, "cost");
	json_object_end(w);
}

/* What is held over this time, and what the cloud alone would hold, with one window for all. */
static void storage_json(const struct forecast_view *v, struct jsonwriter *w)
{
	if (v->size_bytes >= 0)
		json_int(w, "set_size", v->size_bytes);
	else
		json_null(w, "set_size");
	cost_of(v, "storage", false, w);
	cost_of(v, "flat_storage", true, w);
	json_string(w, "currency", v->policy->storage.currency);
}

static void print_json(const struct forecast_view *v, struct text *out)
{
	const struct forecast *f = v->forecast;
	struct jsonwriter w = {.out = out};

	json_object_begin(&w, NULL);
	json_string(&w, "cluster", v->policy->cluster);
	add_instant(&w, "from", f->from_s);
	add_instant(&w, "to", f->to_s);
	json_int(&w, "backups", f->backups);
	json_int(&w, "deletes", f->deletes);
	json_int(&w, "most_sets", f->most_sets);
	json_array_begin(&w, "kept");
	for (size_t i = f->count; i-- > 0;)
		if (f->sets[i].fate == FATE_KEPT)
			add_instant(&w, NULL, f->sets[i].start_s);
	json_array_end(&w);
	json_object_begin(&w, "worst_gap_s");
	for (int age = 0; age < AGE_COUNT; age++)
		if (f->worst_gap_s[age] < 0)
			json_null(&w, forecast_age_names[age]);
		else
			json_int(&w, forecast_age_names[age], f->worst_gap_s[age]);
	json_object_end(&w);
	storage_json(v, &w);
	json_object_end(&w);
	text_add(out, "\n");
}

static int write_svg(const struct forecast_view *v, const char *path)
{
	_cleanup_(text_done) struct text out = TEXT_INIT(OUTPUT_MAX_BYTES);

	forecast_svg(v, &out);
	return files_write(path, &out);
}

/* "5%" or "0.5%": of 1000. */
static bool parse_share(const char *s, int *ret_permille)
{
	const char *dot = strchr(s, '.');
	char whole[8] = "";
	size_t length = strlen(s);
	uint64_t percent, tenths = 0;

	if (length < 2 || length > sizeof(whole) || s[length - 1] != '%')
		return false;
	memcpy(whole, s, dot ? (size_t)(dot - s) : length - 1);
	if (!text_to_u64(whole, &percent) || percent > 100)
		return false;
	if (dot && (dot[1] < '0' || dot[1] > '9' || dot + 3 != s + length))
		return false;
	tenths = dot ? (uint64_t)(dot[1] - '0') : 0;
	*ret_permille = (int)(percent * 10 + tenths);
	return *ret_permille <= 1000;
}

static bool parse_size(const char *s, int64_t *ret_bytes)
{
	static const char *const units[] = {"", "KiB", "MiB", "GiB", "TiB"};
	size_t digits = strspn(s, "0123456789");
	char number[20] = "";
	uint64_t n;

	if (digits == 0 || digits >= sizeof(number))
		return false;
	memcpy(number, s, digits);
	for (unsigned i = 0; i < ARRAY_SIZE(units); i++)
		if (strcmp(s + digits, units[i]) == 0 && text_to_u64(number, &n) &&
			n <= (uint64_t)INT64_MAX >> 10 * i) {
			*ret_bytes = (int64_t)(n << 10 * i);
			return true;
		}
	return false;
}

/* "2027-01-01/2027-01-15" */
static bool parse_down(const char *s, int64_t *ret_from_s, int64_t *ret_to_s)
{
	const char *slash = strchr(s, '/');
	_cleanup_free_ char *from = slash ? xstrndup(s, (size_t)(slash - s)) : NULL;

	return slash && civil_parse_instant(from, true, ret_from_s) &&
		civil_parse_instant(slash + 1, true, ret_to_s) && *ret_from_s < *ret_to_s;
}

/* What the options say; an exit code. */
static int read_times(
	const struct command *self, const struct request *r, struct forecast_input *in)
{
	if (r->from && !civil_parse_instant(r->from, true, &in->from_s))
		return command_usage(
			self, "'%s' is not a time such as 2026-11-21T00:00:00Z", r->from);
	if (r->down && !parse_down(r->down, &in->down_from_s, &in->down_to_s))
		return command_usage(
			self, "'%s' is not a span such as 2027-01-01/2027-01-15", r->down);
	if (r->cloud_days && !files_parse_cloud_days(r->cloud_days, &in->cloud_s))
		return command_usage(self, FILES_CLOUD_DAYS_WRONG, r->cloud_days);
	if (r->log_days && !files_parse_log_days(r->log_days, &in->log_days))
		return command_usage(self, FILES_LOG_DAYS_WRONG, r->log_days);
	return CTL_WELL;
}

static int read_options(const struct command *self, const struct request *r,
	struct forecast_input *in, int64_t *ret_size)
{
	if (r->miss && !parse_share(r->miss, &in->miss_permille))
		return command_usage(self, "'%s' is not a share such as 5%%", r->miss);
	if (r->seed && !text_to_u64(r->seed, &in->seed))
		return command_usage(self, "'%s' is not a number", r->seed);
	if (r->size && !parse_size(r->size, ret_size))
		return command_usage(self, "'%s' is not a size such as 20GiB", r->size);
	return read_times(self, r, in);
}

/* Of the valid sets that say their size; -1: none does. */
static int64_t mean_size(const struct inventory *inv)
{
	double bytes = 0;
	size_t count = 0;

	for (size_t i = 0; i < inv->count; i++)
		if (inv->sets[i].state == SET_VALID && inv->sets[i].size_bytes >= 0) {
			bytes += (double)inv->sets[i].size_bytes;
			count++;
		}
	return count ? (int64_t)(bytes / (double)count) : -1;
}

static int show(const struct request *r, const struct forecast_input *in, int64_t size_bytes)
{
	_cleanup_(text_done) struct text out = TEXT_INIT(OUTPUT_MAX_BYTES);
	struct forecast f;
	struct forecast_view v = {.policy = in->policy,
		.forecast = &f,
		.size_bytes = size_bytes,
		.size_is_mean = !r->size};
	int result = CTL_WELL;

	forecast_make(in, &f);
	if (r->svg)
		result = write_svg(&v, r->svg);
	if (result == CTL_WELL && (!r->svg || strcmp(r->svg, "-") != 0)) {
		(r->json ? print_json : forecast_text)(&v, &out);
		pager_show(
			&out, r->json ? 0 : terminal_screen(false).columns, r->no_pager || r->json);
	}
	forecast_done(&f);
	return result;
}

static int forecast(const struct command *self, const struct request *r)
{
	_cleanup_(policyfile_freep) struct policyfile *f = NULL;
	_cleanup_(replies_done) struct replies replies = {.doubt = ""};
	struct forecast_input in = {
		.from_s = time(NULL), .seed = 1, .cloud_s = CLOUD_DAYS_MOST * DAY_S};
	struct duration span;
	struct error err = {0};
	int64_t size_bytes = -1;
	int result = read_options(self, r, &in, &size_bytes);

	if (result != CTL_WELL)
		return result;
	if (duration_parse(r->span, &span, &err) < 0)
		return command_usage(self, "--for: %s", err.text);
	f = files_load_policy(r->policy);
	in.policy = f ? files_find_cluster(f, r->cluster) : NULL;
	if (!in.policy)
		return CTL_FAILED;
	if (in.policy->schedule.kind == SCHEDULE_NONE)
		return command_failed("%s has no schedule to play forward", in.policy->name);
	if (r->sets) {
		result = replies_read(r->sets, in.policy, in.from_s, &replies);
		if (result != CTL_WELL)
			return result;
		if (*replies.doubt)
			return command_failed("%s: %s", r->sets, replies.doubt);
		in.inv = &replies.listing.inv;
		size_bytes = size_bytes < 0 ? mean_size(in.inv) : size_bytes;
	}
	in.to_s = duration_after(&span, in.from_s, in.policy->zone);
	return show(r, &in, size_bytes);
}

static int run(const struct command *self, int argc, char **argv)
{
	struct request r = {.span = "2y"};
	const struct option options[] = {
		{.name = "policy", .letter = 'p', .value = &r.policy},
		{.name = "cluster", .letter = 'c', .value = &r.cluster},
		{.name = "sets", .letter = 's', .value = &r.sets},
		{.name = "from", .value = &r.from},
		{.name = "for", .value = &r.span},
		{.name = "miss", .value = &r.miss},
		{.name = "seed", .value = &r.seed},
		{.name = "down", .value = &r.down},
		{.name = "size", .value = &r.size},
		{.name = "cloud-retention", .value = &r.cloud_days},
		{.name = "log-retention", .value = &r.log_days},
		{.name = "svg", .value = &r.svg},
		{.name = "json", .flag = &r.json},
		{.name = "no-pager", .flag = &r.no_pager},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options));

	if (operands < 0)
		return CTL_USAGE;
	if (operands > 0)
		return command_usage(self, "'%s' is one word too many", argv[1]);
	if (!r.policy || !r.cluster)
		return command_usage(
			self, "%s is missing", !r.policy ? "--policy FILE" : "--cluster CLUSTER");
	return forecast(self, &r);
}

const struct command command_forecast = {
	.name = "forecast",
	.usage = "--policy FILE --cluster CLUSTER [--sets FILE|-] [--from TIME] [--for 2y] "
		 "[--json] [--svg FILE] [...]",
	.summary = "play schedule and policy forward: what is kept in years, and with which gaps",
	.help = "  -p, --policy FILE      the policy file\n"
		"  -c, --cluster CLUSTER  by id or name\n"
		"  -s, --sets FILE        set out from saved replies of DescribeBackups, as "
		"evaluate\n"
		"                         takes them; default from no sets\n"
		"      --from TIME        begin then, RFC 3339; default now\n"
		"      --for DURATION     go on for so long; default 2y\n"
		"      --miss 5%          so many slots give no backup, at random\n"
		"      --seed N           ... in another way; default 1\n"
		"      --down FROM/TO     no backups in this time; one is made up at its end\n"
		"      --cloud-retention DAYS\n"
		"                         the cloud takes a set at this age; 0 never; default 730\n"
		"      --log-retention DAYS\n"
		"                         the cloud keeps the log for so long, as 7d; default: no "
		"log\n"
		"      --size 20GiB       of a set, for the storage; default the mean of the sets "
		"given\n"
		"      --svg FILE         draw the picture, too; - draws it to standard output\n"
		"      --json             as JSON\n" PAGER_HELP "\n"
		"Backups and prunes happen at once, without grace. The most sets are those between "
		"a "
		"backup\n"
		"and its prune. A gap is the way from a set to the one before it; it counts at the "
		"age of the\n"
		"newer one, and is the worst that there was at any time of the forecast.\n",
	.run = run,
};
