/* retainctl diff: what a change of policy would do. */
#include "base/jsonwriter.h"
#include "ctl/command.h"
#include "ctl/files.h"
#include "ctl/pager.h"
#include "ctl/policydiff.h"
#include "ctl/replies.h"
#include "ctl/terminal.h"
#include "outlook/compare.h"
#include "outlook/forecast.h"
#include "policyfile/differ.h"
#include "retention/reach.h"
#include "retention/slot.h"

#include <inttypes.h>
#include <time.h>

#define DEFAULT_POLICY "/etc/retaind/policy.yaml"
#define OUTPUT_MAX_BYTES (256 * 1024 * 1024)
#define SLOTS 3
#define IDS_SHOWN 20
#define SAME_SHOWN 20 /* clusters that do not change; more are counted */
#define YEARS 2

struct request {
	const char *old, *changed, *cluster, *sets, *now, *log;
	bool json, no_pager;
	int64_t now_s, log_days;
};

/* One cluster by both files; one of the two may lack it. */
struct pair {
	const struct policy *old, *changed;
	const struct inventory *inv; /* NULL: no sets given */
	int64_t now_s, log_days;
};

static const char *change_name(const struct pair *p)
{
	if (!p->old)
		return "new";
	if (!p->changed)
		return "gone";
	return differ_policies(p->old, p->changed) ? "changed" : "same";
}

/* What the policy leads to after years, begun without any set. */
struct outlook {
	int64_t backups, kept, most, reach_days;
};

static bool look_ahead(const struct policy *p, int64_t log_days, int64_t now_s, struct outlook *ret)
{
	const struct duration span = {.months = 12 * YEARS};
	struct forecast_input in = {.policy = p,
		.from_s = now_s,
		.to_s = duration_after(&span, now_s, p->zone),
		.cloud_s = (int64_t)CLOUD_DAYS_MOST * 86400,
		.log_days = log_days};
	struct forecast f;

	if (p->schedule.kind == SCHEDULE_NONE)
		return false;
	forecast_make(&in, &f);
	*ret = (struct outlook){f.backups, (int64_t)f.kept, f.most_sets, f.reach_s / 86400};
	forecast_done(&f);
	return true;
}

static void add_slots(const struct policy *p, int64_t now_s, struct text *out)
{
	int64_t slot_s = now_s;
	int i;

	for (i = 0; i < SLOTS && slot_next(p, slot_s, &slot_s) == 0; i++) {
		text_add(out, i ? ", " : "");
		files_add_minute(out, p->zone, slot_s);
	}
	if (i > 0)
		text_printf(out, " (%s)", zone_name(p->zone));
	else
		text_add(out, "never");
}

/* "at once (for 2026-11-21 03:30), " where a slot of the new policy lies behind. */
static void add_due(const struct pair *p, struct text *out)
{
	int64_t slot_s;

	if (!compare_due(p->old, p->changed, p->inv, p->now_s, &slot_s))
		return;
	text_add(out, "at once (for ");
	files_add_minute(out, p->changed->zone, slot_s);
	if (!p->inv)
		text_add(out, ", unless a set has begun since");
	if (!p->changed->schedule.catch_up)
		text_add(out, ", if the service was running then");
	text_add(out, "), ");
}

static void add_outlook(const struct pair *pair, bool changed, struct text *out)
{
	const struct policy *p = changed ? pair->changed : pair->old;
	int64_t now_s = pair->now_s;
	struct outlook o;

	text_printf(out, "  %s: next backups ", changed ? "new" : "old");
	if (changed)
		add_due(pair, out);
	add_slots(p, now_s, out);
	if (look_ahead(p, pair->log_days, now_s, &o))
		text_printf(out,
			"\n       in %d years %" PRId64 " backups, then %" PRId64
			" sets kept (at most %" PRId64 "), the oldest %" PRId64 " days old",
			YEARS, o.backups, o.kept, o.most, o.reach_days);
	text_add(out, "\n");
}

static void add_ids(const struct inventory *inv, const uint8_t *differences, enum difference wanted,
	size_t count, const char *words, struct text *out)
{
	size_t shown = 0;

	if (count == 0)
		return;
	text_printf(out, "  %s: %zu set%s:", words, count, count == 1 ? "" : "s");
	for (size_t i = 0; i < inv->count && shown < IDS_SHOWN; i++)
		if (differences[i] == wanted) {
			char id[80];
			text_copy_printable(id, sizeof(id), set_id(inv, i));
			text_printf(out, " %s", id);
			shown++;
		}
	if (count > shown)
		text_printf(out, " and %zu more", count - shown);
	text_add(out, "\n");
}

static void add_sets(const struct pair *p, struct text *out)
{
	size_t counts[DIFFERENCE_COUNT];
	_cleanup_free_ uint8_t *d =
		compare_policies(p->inv, p->old, p->changed, p->log_days, p->now_s, counts);

	add_ids(p->inv, d, DIFFERENCE_DELETE, counts[DIFFERENCE_DELETE], "would delete", out);
	add_ids(p->inv, d, DIFFERENCE_KEEP, counts[DIFFERENCE_KEEP],
		"would keep what is now expired", out);
	if (counts[DIFFERENCE_EARLIER] > 0 || counts[DIFFERENCE_LATER] > 0)
		text_printf(out, "  of the sets kept, %zu expire earlier and %zu later\n",
			counts[DIFFERENCE_EARLIER], counts[DIFFERENCE_LATER]);
	if (counts[DIFFERENCE_NONE] == p->inv->count)
		text_printf(out, "  nothing changes for the %zu sets\n", p->inv->count);
}

static void add_text(const struct pair *p, struct text *out)
{
	const struct policy *any = p->changed ? p->changed : p->old;
	const char *change = change_name(p);

	text_add(out, any->name);
	if (strcmp(any->name, any->cluster) != 0)
		text_printf(out, " (%s)", any->cluster);
	text_printf(out, ": %s\n", change);
	if (strcmp(change, "same") == 0)
		return;
	if (!p->changed) {
		text_add(out, "  its sets stay, and nobody looks after them\n");
		return;
	}
	if (p->old) {
		policydiff_keys(&(struct policydiff){.text = out}, p->old, p->changed);
		add_outlook(p, false, out);
	}
	add_outlook(p, true, out);
	if (p->inv && p->old)
		add_sets(p, out);
}

static void outlook_json(
	struct jsonwriter *w, const char *key, const struct policy *p, const struct pair *pair)
{
	struct outlook o;
	int64_t slot_s = pair->now_s;

	if (!p) {
		json_null(w, key);
		return;
	}
	json_object_begin(w, key);
	json_array_begin(w, "next");
	for (int i = 0; i < SLOTS && slot_next(p, slot_s, &slot_s) == 0; i++) {
		char at[CIVIL_TEXT_SIZE];
		zone_format(p->zone, slot_s, at);
		json_string(w, NULL, at);
	}
	json_array_end(w);
	if (look_ahead(p, pair->log_days, pair->now_s, &o)) {
		json_object_begin(w, "forecast");
		json_int(w, "backups", o.backups);
		json_int(w, "kept", o.kept);
		json_int(w, "most_sets", o.most);
		json_int(w, "oldest_days", o.reach_days);
		json_object_end(w);
	} else {
		json_null(w, "forecast");
	}
	json_object_end(w);
}

static void due_json(const struct pair *p, struct jsonwriter *w)
{
	char at[CIVIL_TEXT_SIZE];
	int64_t slot_s;

	if (p->changed && compare_due(p->old, p->changed, p->inv, p->now_s, &slot_s)) {
		zone_format(p->changed->zone, slot_s, at);
		json_string(w, "due", at);
	} else {
		json_null(w, "due");
	}
}

static void ids_json(struct jsonwriter *w, const char *key, const struct inventory *inv,
	const uint8_t *differences, enum difference wanted)
{
	json_array_begin(w, key);
	for (size_t i = 0; i < inv->count; i++)
		if (differences[i] == wanted)
			json_string(w, NULL, set_id(inv, i));
	json_array_end(w);
}

static void sets_json(const struct pair *p, struct jsonwriter *w)
{
	size_t counts[DIFFERENCE_COUNT];
	_cleanup_free_ uint8_t *d = NULL;

	if (!p->inv || !p->old || !p->changed) {
		json_null(w, "sets");
		return;
	}
	d = compare_policies(p->inv, p->old, p->changed, p->log_days, p->now_s, counts);
	json_object_begin(w, "sets");
	ids_json(w, "delete", p->inv, d, DIFFERENCE_DELETE);
	ids_json(w, "keep", p->inv, d, DIFFERENCE_KEEP);
	ids_json(w, "earlier", p->inv, d, DIFFERENCE_EARLIER);
	ids_json(w, "later", p->inv, d, DIFFERENCE_LATER);
	json_object_end(w);
}

static void add_json(const struct pair *p, struct jsonwriter *w)
{
	const struct policy *any = p->changed ? p->changed : p->old;

	json_object_begin(w, NULL);
	json_string(w, "cluster", any->cluster);
	json_string(w, "name", any->name);
	json_string(w, "change", change_name(p));
	json_array_begin(w, "policy");
	if (p->old && p->changed)
		policydiff_keys(&(struct policydiff){.w = w}, p->old, p->changed);
	json_array_end(w);
	outlook_json(w, "old", p->old, p);
	outlook_json(w, "new", p->changed, p);
	due_json(p, w);
	sets_json(p, w);
	json_object_end(w);
}

static struct policy *by_id(const struct policyfile *f, const char *cluster)
{
	for (size_t i = 0; i < f->cluster_count; i++)
		if (strcmp(f->clusters[i]->cluster, cluster) == 0)
			return f->clusters[i];
	return NULL;
}

struct output {
	struct text text;
	struct jsonwriter w;
	bool json;
};

static void add_pair(struct output *o, const struct pair *p)
{
	if (o->json)
		add_json(p, &o->w);
	else
		add_text(p, &o->text);
}

static void compare_all(struct output *o, const struct policyfile *old,
	const struct policyfile *changed, const struct request *r)
{
	size_t same = 0;

	for (size_t i = 0; i < changed->cluster_count; i++) {
		const struct policy *p = changed->clusters[i];
		const struct pair pair = {.old = by_id(old, p->cluster),
			.changed = p,
			.now_s = r->now_s,
			.log_days = r->log_days};
		same += strcmp(change_name(&pair), "same") == 0;
		if (o->json || same <= SAME_SHOWN || strcmp(change_name(&pair), "same") != 0)
			add_pair(o, &pair);
	}
	if (!o->json && same > SAME_SHOWN)
		text_printf(&o->text, "%zu cluster%s more: same\n", same - SAME_SHOWN,
			same == SAME_SHOWN + 1 ? "" : "s");
	for (size_t i = 0; i < old->cluster_count; i++)
		if (!by_id(changed, old->clusters[i]->cluster))
			add_pair(o,
				&(struct pair){.old = old->clusters[i],
					.now_s = r->now_s,
					.log_days = r->log_days});
	policydiff_rest(
		&(struct policydiff){.text = &o->text, .w = o->json ? &o->w : NULL}, old, changed);
}

/* The one cluster, by id or name in either file. An exit code. */
static int compare_one(struct output *o, const struct policyfile *old,
	const struct policyfile *changed, const struct request *r)
{
	_cleanup_(replies_done) struct replies replies = {.doubt = ""};
	const struct policy *p = policyfile_find(changed, r->cluster);
	struct pair pair = {.now_s = r->now_s, .log_days = r->log_days};

	if (!p)
		p = policyfile_find(old, r->cluster);
	if (!p)
		p = files_find_cluster(changed, r->cluster);
	if (!p)
		return CTL_FAILED;
	pair.old = by_id(old, p->cluster);
	pair.changed = by_id(changed, p->cluster);
	if (r->sets) {
		int result = replies_read(r->sets, p, r->now_s, &replies);
		if (result != CTL_WELL)
			return result;
		if (*replies.doubt)
			return command_failed("%s: %s", r->sets, replies.doubt);
		pair.inv = &replies.listing.inv;
	}
	add_pair(o, &pair);
	return CTL_WELL;
}

static int diff(const struct request *r)
{
	_cleanup_(policyfile_freep) struct policyfile *old = files_load_policy(r->old);
	_cleanup_(policyfile_freep) struct policyfile *changed =
		old ? files_load_policy(r->changed) : NULL;
	struct output o = {.text = TEXT_INIT(OUTPUT_MAX_BYTES), .json = r->json};
	int result = CTL_WELL;

	if (!changed)
		return CTL_FAILED;
	o.w.out = &o.text;
	if (o.json)
		json_array_begin(&o.w, NULL);
	if (r->cluster)
		result = compare_one(&o, old, changed, r);
	else
		compare_all(&o, old, changed, r);
	if (o.json) {
		json_array_end(&o.w);
		text_add(&o.text, "\n");
	}
	if (result == CTL_WELL)
		pager_show(&o.text, r->json ? 0 : terminal_screen(false).columns,
			r->no_pager || r->json);
	text_done(&o.text);
	return result;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct request r = {.old = DEFAULT_POLICY, .now_s = time(NULL)};
	const struct option options[] = {
		{.name = "policy", .letter = 'p', .value = &r.changed},
		{.name = "old", .value = &r.old},
		{.name = "cluster", .letter = 'c', .value = &r.cluster},
		{.name = "sets", .letter = 's', .value = &r.sets},
		{.name = "now", .value = &r.now},
		{.name = "log-retention", .value = &r.log},
		{.name = "json", .flag = &r.json},
		{.name = "no-pager", .flag = &r.no_pager},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options));

	if (operands < 0)
		return CTL_USAGE;
	if (operands > 0)
		return command_usage(self, "'%s' is one word too many", argv[1]);
	if (!r.changed)
		return command_usage(self, "--policy FILE is missing");
	if (r.sets && !r.cluster)
		return command_usage(self, "--sets needs --cluster: a listing is of one cluster");
	if (r.now && !civil_parse_instant(r.now, true, &r.now_s))
		return command_usage(
			self, "'%s' is not a time such as 2026-11-21T00:00:00Z", r.now);
	if (r.log && !files_parse_log_days(r.log, &r.log_days))
		return command_usage(self, FILES_LOG_DAYS_WRONG, r.log);
	return diff(&r);
}

const struct command command_diff = {
	.name = "diff",
	.usage = "--policy NEW [--old FILE] [--cluster CLUSTER [--sets FILE|-]] [--now TIME] "
		 "[--json] [--no-pager]",
	.summary =
		"show what a change of policy would delete, keep longer and schedule differently",
	.help = "  -p, --policy NEW       the policy file to be\n"
		"      --old FILE         the policy file as it is; default " DEFAULT_POLICY "\n"
		"  -c, --cluster CLUSTER  only this one, by id or name\n"
		"  -s, --sets FILE        what happens to these sets: saved replies of "
		"DescribeBackups\n"
		"      --now TIME         as if it were then, RFC 3339; default now\n"
		"      --log-retention DAYS\n"
		"                         the cloud keeps the log for so long, as 7d; default: no "
		"log\n"
		"      --json             as JSON\n" PAGER_HELP "\n"
		"Nothing is changed. For each policy the next backups are shown, and what two "
		"years "
		"of it\n"
		"come to, from no sets.\n",
	.run = run,
};
