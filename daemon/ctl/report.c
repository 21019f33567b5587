/* retainctl report: gathers what the page is made of, from the daemon or from files. */
#include "ctl/report.h"
#include "ctl/report_words.h"
#include "ctl/status_order.h"

#include "ctl/files.h"
#include "ctl/replies.h"
#include "outlook/plan_json.h"
#include "retention/slot.h"

#include <stdio.h>
#include <time.h>

#define LINES_OF_CLUSTER 50

struct request {
	struct online online;
	const char *html, *policy;
	struct option_values sets; /* CLUSTER=FILE */
	bool *used;                /* of sets */
	int64_t now_s;
};

static void add_instant(struct jsonwriter *w, const char *key, int64_t at_s)
{
	char at[CIVIL_TEXT_SIZE];

	if (at_s != SET_NO_TIME)
		civil_format_utc(at_s, at);
	json_string(w, key, at_s != SET_NO_TIME ? at : NULL);
}

/* The file given for the cluster, by id or name; NULL if there is none. */
static const char *sets_of(struct request *q, const struct policy *p)
{
	const char *found = NULL;

	for (size_t i = 0; i < q->sets.count; i++) {
		const char *equals = strchr(q->sets.list[i], '=');
		_cleanup_free_ char *name =
			xstrndup(q->sets.list[i], (size_t)(equals - q->sets.list[i]));
		if (strcmp(name, p->cluster) != 0 && strcmp(name, p->name) != 0)
			continue;
		q->used[i] = true;
		found = equals + 1;
	}
	return found;
}

/* The state that the daemon would give the cluster. */
static const char *state_of(const struct plan *plan, bool doubt)
{
	if (doubt)
		return "trouble";
	return plan->doomed_count > 0 && plan->holds & ~(1u << HOLD_GRACE) ? "held" : "well";
}

static int add_plan(const char *path, const struct policy *p, int64_t now_s, struct jsonwriter *w)
{
	struct replies replies;
	struct plan_input in;
	struct plan plan;
	int result = replies_read(path, p, now_s, &replies);

	if (result == CTL_WELL) {
		in = (struct plan_input){.policy = p,
			.inv = &replies.listing.inv,
			.listing_complete = replies.listing.complete && !*replies.doubt,
			.listing_doubt = *replies.doubt ? replies.doubt : NULL,
			.now_s = now_s};
		plan_make(&in, &plan);
		add_instant(w, "newest_valid", plan.newest_valid_s);
		json_string(w, "trouble", *replies.doubt ? replies.doubt : NULL);
		plan_json(&in, &plan, w, "plan");
		json_string(w, "state", state_of(&plan, *replies.doubt));
		plan_done(&plan);
	}
	replies_done(&replies);
	return result;
}

static int add_policy(struct request *q, const struct policy *p, struct jsonwriter *w)
{
	const char *sets = sets_of(q, p);
	int64_t next_s = SET_NO_TIME;
	int result = CTL_WELL;

	if (p->schedule.kind != SCHEDULE_NONE && slot_next(p, q->now_s, &next_s) < 0)
		next_s = SET_NO_TIME;
	json_object_begin(w, NULL);
	json_string(w, "cluster", p->cluster);
	json_string(w, "name", p->name);
	json_string(w, "timezone", zone_name(p->zone));
	add_instant(w, "next_backup", next_s);
	if (sets)
		result = add_plan(sets, p, q->now_s, w);
	json_object_end(w);
	return result;
}

/* Makes the clusters from a policy file and saved listings. */
static int gather_offline(struct request *q, cJSON **ret_clusters)
{
	_cleanup_(policyfile_freep) struct policyfile *f = files_load_policy(q->policy);
	_cleanup_(text_done) struct text json = TEXT_INIT(REPORT_MAX_BYTES);
	struct jsonwriter w = {.out = &json};
	struct error err = {0};
	int result = f ? CTL_WELL : CTL_FAILED;

	json_array_begin(&w, NULL);
	for (size_t i = 0; result == CTL_WELL && i < f->cluster_count; i++)
		result = add_policy(q, f->clusters[i], &w);
	json_array_end(&w);
	for (size_t i = 0; result == CTL_WELL && i < q->sets.count; i++)
		if (!q->used[i])
			result = command_failed(
				"--sets %s: no such cluster in %s", q->sets.list[i], q->policy);
	if (result == CTL_WELL && json_parse(json.s, json.length, ret_clusters, &err) < 0)
		result = command_failed("%s", err.text);
	return result;
}

static int call_history(const struct online *o, const char *cluster, struct reply *ret)
{
	_cleanup_(text_done) struct text parameters = TEXT_INIT(65536);
	struct jsonwriter w = {.out = &parameters};

	json_object_begin(&w, NULL);
	json_string(&w, "cluster", cluster);
	json_int(&w, "limit", LINES_OF_CLUSTER);
	json_object_end(&w);
	return online_call(o, "History", &parameters, ret);
}

/* Moves `part` out of a reply into the cluster, as its member `key`. */
static void take(cJSON *cluster, const char *key, cJSON *from, cJSON *part)
{
	cJSON *taken = part ? cJSON_DetachItemViaPointer(from, part) : NULL;

	cJSON_DeleteItemFromObject(cluster, key); /* the plan's hash stands there */
	if (taken)
		(void)cJSON_AddItemToObject(cluster, key, taken);
}

/* `full`: with the history. */
static int add_details(const struct online *o, cJSON *cluster, bool full)
{
	const char *id = online_string(cluster, "cluster");
	_cleanup_(reply_done) struct reply plans = {0}, history = {0};
	cJSON *list;
	int result = online_call_for(o, "Plan", id, &plans);

	if (result == CTL_WELL && full)
		result = call_history(o, id, &history);
	if (result != CTL_WELL)
		return result;
	list = json_get(plans.parameters, "plans");
	take(cluster, "plan", list, list ? list->child : NULL);
	list = json_get(history.root, "parameters");
	if (list)
		take(cluster, "entries", list, json_get(list, "entries"));
	return CTL_WELL;
}

/* A copy with the worst first. Owned by the caller. */
static cJSON *sorted(const cJSON *clusters)
{
	const struct status_choice all = {.sort = STATUS_WORST};
	cJSON *list = cJSON_CreateArray();
	size_t count;
	_cleanup_free_ const cJSON **order = status_order(clusters, &all, &count);

	for (size_t i = 0; i < count; i++)
		(void)cJSON_AddItemToArray(list, cJSON_Duplicate(order[i], true));
	return list;
}

/* From the daemon: the clusters of its status, the worst first, with plans and history. */
static int gather_online(const struct request *q, const cJSON *status, cJSON **ret_clusters)
{
	cJSON *clusters = sorted(json_get(status, "clusters")), *cluster;
	bool small = cJSON_GetArraySize(clusters) <= REPORT_SMALL;
	int result = CTL_WELL, number = 0;

	cJSON_ArrayForEach (cluster, clusters) {
		if (result == CTL_WELL)
			result = add_details(&q->online, cluster, small || number++ < REPORT_FULL);
	}
	*ret_clusters = clusters;
	return result;
}

static int write_page(const struct request *q, const struct report_data *d)
{
	_cleanup_(text_done) struct text page = TEXT_INIT(REPORT_MAX_BYTES);

	report_html(d, &page);
	if (page.full)
		return command_failed("the page would be larger than %d bytes", REPORT_MAX_BYTES);
	return files_write(q->html, &page);
}

static int make_online(struct request *q)
{
	_cleanup_(reply_done) struct reply reply = {0};
	_cleanup_(json_deletep) cJSON *clusters = NULL;
	int result = online_call(&q->online, "Status", NULL, &reply);
	const cJSON *status = json_get(reply.parameters, "status");

	if (result == CTL_WELL)
		result = gather_online(q, status, &clusters);
	if (result != CTL_WELL)
		return result;
	(void)report_instant(status, "time", &q->now_s);
	return write_page(q,
		&(struct report_data){.clusters = clusters,
			.summary = online_string(status, "summary"),
			.source = "the daemon",
			.now_s = q->now_s});
}

static int make_offline(struct request *q)
{
	_cleanup_(json_deletep) cJSON *gathered = NULL, *clusters = NULL;
	_cleanup_free_ char *summary = NULL;
	int result = gather_offline(q, &gathered);

	if (result != CTL_WELL)
		return result;
	clusters = sorted(gathered);
	summary = xasprintf("%d clusters, of saved listings", cJSON_GetArraySize(clusters));
	return write_page(q,
		&(struct report_data){.clusters = clusters,
			.summary = summary,
			.source = q->policy,
			.now_s = q->now_s});
}

static int check(
	const struct command *self, struct request *q, const char *now, char **argv, int operands)
{
	if (operands > 0)
		return command_usage(self, "'%s' belongs to no option", argv[1]);
	if (!q->html)
		return command_usage(self, "--html is missing");
	if (!q->policy && (q->sets.count > 0 || now))
		return command_usage(self, "--sets and --now need --policy");
	if (now && !civil_parse_instant(now, true, &q->now_s))
		return command_usage(self, "'%s' is not a time such as 2026-11-21T00:00:00Z", now);
	for (size_t i = 0; i < q->sets.count; i++)
		if (!strchr(q->sets.list[i], '='))
			return command_usage(
				self, "--sets takes CLUSTER=FILE, not '%s'", q->sets.list[i]);
	return CTL_WELL;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct request q = {.now_s = time(NULL)};
	const char *now = NULL;
	const struct option options[] = {
		{.name = "html", .value = &q.html},
		{.name = "policy", .letter = 'p', .value = &q.policy},
		{.name = "sets", .letter = 's', .values = &q.sets},
		{.name = "now", .value = &now},
		{.name = "socket", .value = &q.online.socket},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options));
	int result = operands < 0 ? CTL_USAGE : check(self, &q, now, argv, operands);

	q.used = xcalloc(q.sets.count, sizeof(*q.used));
	if (result == CTL_WELL)
		result = q.policy ? make_offline(&q) : make_online(&q);
	free(q.used);
	option_values_done(&q.sets);
	return result;
}

const struct command command_report = {
	.name = "report",
	.usage = "--html FILE|- [--policy FILE [--sets CLUSTER=FILE]... [--now TIME]] [--socket "
		 "PATH]",
	.summary = "draw a page of all clusters: their sets, what keeps them, what comes next",
	.help = "      --html FILE           where the page goes; - writes it to standard output\n"
		"  -p, --policy FILE         without the daemon: of this policy file ...\n"
		"  -s, --sets CLUSTER=FILE   ... and saved replies of DescribeBackups, for as "
		"many\n"
		"                            clusters as are given\n"
		"      --now TIME            as if it were then, RFC 3339; default now\n"
		"      --socket PATH         of the daemon; default $RETAIND_SOCKET, "
		"or " CONNECTION_SOCKET "\n\n"
		"One file that loads nothing from elsewhere: it can be mailed, or kept. Its one "
		"script "
		"finds\nclusters by name and state; without it all are shown.\n",
	.run = run,
};
