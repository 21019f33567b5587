/* The numbers, in the text format of Prometheus. */
#include "service/metrics.h"

#include "retention/reach.h"
#include "service/in_force.h"
#include "service/now.h"
#include "service/warnings.h"

#include <inttypes.h>

/* One cluster as it is now, asked once for all families. */
struct view {
	struct cluster *cluster;
	struct cycle_status s;
	char *labels; /* cluster="amv-1",name="orders" */
};

struct family {
	const char *name; /* without "retaind_" */
	const char *type;
	const char *help;
	void (*add)(const struct family *f, struct view *v, struct text *out);
};

static void add_escaped(struct text *out, const char *value)
{
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			text_add(out, "\\");
		if (*value == '\n')
			text_add(out, "\\n");
		else
			text_add_bytes(out, value, 1);
	}
}

static void add_label(struct text *out, const char *name, const char *value)
{
	text_printf(out, "%s=\"", name);
	add_escaped(out, value ? value : "");
	text_add(out, "\"");
}

static void sample(const struct family *f, const struct view *v, const char *label,
	const char *value, int64_t number, struct text *out)
{
	text_printf(out, "retaind_%s{%s", f->name, v->labels);
	if (label) {
		text_add(out, ",");
		add_label(out, label, value);
	}
	text_printf(out, "} %" PRId64 "\n", number);
}

static void instant(const struct family *f, const struct view *v, int64_t s, struct text *out)
{
	if (s != SET_NO_TIME && s != 0)
		sample(f, v, NULL, NULL, s, out);
}

static void add_info(const struct family *f, struct view *v, struct text *out)
{
	sample(f, v, "region", v->cluster->policy->region, 1, out);
}

static void add_sets(const struct family *f, struct view *v, struct text *out)
{
	const struct cycle_status *s = &v->s;
	const struct {
		const char *verdict;
		size_t count;
	} rows[] = {{"kept", s->kept}, {"expired", s->expired}, {"deleting", s->deleting},
		{"failed", s->failed}, {"quarantined", s->quarantined}};

	for (size_t i = 0; s->plan && i < ARRAY_SIZE(rows); i++)
		sample(f, v, "verdict", rows[i].verdict, (int64_t)rows[i].count, out);
}

static void add_late(const struct family *f, struct view *v, struct text *out)
{
	if (v->s.plan)
		sample(f, v, NULL, NULL, (int64_t)v->s.late, out);
}

static void add_vanished(const struct family *f, struct view *v, struct text *out)
{
	sample(f, v, NULL, NULL, (int64_t)v->s.vanished, out);
}

static void add_valid(const struct family *f, struct view *v, struct text *out)
{
	if (v->s.plan)
		sample(f, v, NULL, NULL, (int64_t)v->s.valid, out);
}

static void add_bytes(const struct family *f, struct view *v, struct text *out)
{
	if (v->s.plan)
		sample(f, v, NULL, NULL, v->s.size_bytes, out);
}

static void add_seconds(const struct family *f, struct view *v, struct text *out)
{
	if (v->s.second_since_s != SET_NO_TIME)
		sample(f, v, NULL, NULL, v->s.listed_s - v->s.second_since_s, out);
}

static void add_newest(const struct family *f, struct view *v, struct text *out)
{
	instant(f, v, v->s.newest_valid_s, out);
}

static void add_fresh_within(const struct family *f, struct view *v, struct text *out)
{
	if (v->s.fresh_within_s > 0)
		sample(f, v, NULL, NULL, v->s.fresh_within_s, out);
}

static void add_fresh(const struct family *f, struct view *v, struct text *out)
{
	if (v->s.plan)
		sample(f, v, NULL, NULL, v->s.fresh, out);
}

static void add_next(const struct family *f, struct view *v, struct text *out)
{
	instant(f, v, v->s.next_backup_s, out);
}

static void add_listed(const struct family *f, struct view *v, struct text *out)
{
	instant(f, v, v->s.listed_s, out);
}

static void add_complete(const struct family *f, struct view *v, struct text *out)
{
	sample(f, v, NULL, NULL, v->s.complete, out);
}

static void add_trouble(const struct family *f, struct view *v, struct text *out)
{
	sample(f, v, NULL, NULL, v->s.trouble[0] != '\0', out);
}

static void add_holds(const struct family *f, struct view *v, struct text *out)
{
	for (int i = 0; v->s.plan && i < HOLD_COUNT; i++)
		sample(f, v, "hold", hold_names[i],
			(v->s.expired > 0 || i == HOLD_OPERATOR) && v->s.holds & 1u << i, out);
}

static void add_pending(const struct family *f, struct view *v, struct text *out)
{
	sample(f, v, NULL, NULL, (int64_t)v->s.under_way, out);
}

static void add_backups(const struct family *f, struct view *v, struct text *out)
{
	const struct counters *n = &v->cluster->counters;

	sample(f, v, "outcome", "done", n->backups_done, out);
	sample(f, v, "outcome", "failed", n->backups_failed, out);
	sample(f, v, "outcome", "refused", n->backups_refused, out);
}

static void add_deletes(const struct family *f, struct view *v, struct text *out)
{
	sample(f, v, NULL, NULL, v->cluster->counters.deletes, out);
}

static void add_gone(const struct family *f, struct view *v, struct text *out)
{
	sample(f, v, NULL, NULL, v->cluster->counters.gone, out);
}

/* Outcomes that have not happened are shown as zeroes: rate() misses the first one otherwise. */
static void add_calls(const struct family *f, struct view *v, struct text *out)
{
	static const char *const actions[CALL_KINDS] = {[CALL_LIST] = "DescribeBackups",
		[CALL_CREATE] = "CreateBackup",
		[CALL_DELETE] = "DeleteBackups",
		[CALL_RETENTION] = "DescribeBackupPolicy",
		[CALL_RAISE] = "ModifyBackupPolicy"};

	for (int call = CALL_LIST; call < CALL_KINDS; call++)
		for (int kind = 0; kind < ANSWER_KINDS; kind++)
			text_printf(out,
				"retaind_%s{%s,action=\"%s\",outcome=\"%s\"} %" PRIu32 "\n",
				f->name, v->labels, actions[call], answer_names[kind],
				v->cluster->counters.answers[call][kind]);
}

static void add_proved(const struct family *f, struct view *v, struct text *out)
{
	const struct order *proof =
		in_force_proof(v->cluster->context->orders, v->cluster->policy->cluster);

	if (proof)
		sample(f, v, NULL, NULL, proof->at_s, out);
}

static void add_prove_within(const struct family *f, struct view *v, struct text *out)
{
	if (v->cluster->policy->safety.prove_every_s != PROVE_OFF)
		sample(f, v, NULL, NULL, v->cluster->policy->safety.prove_every_s, out);
}

static void add_paused(const struct family *f, struct view *v, struct text *out)
{
	sample(f, v, NULL, NULL, v->s.paused[0] != '\0', out);
}

static void add_cloud_days(const struct family *f, struct view *v, struct text *out)
{
	if (v->s.cloud_days > 0)
		sample(f, v, NULL, NULL, v->s.cloud_days * 86400, out);
}

static void add_cloud_drops(const struct family *f, struct view *v, struct text *out)
{
	sample(f, v, NULL, NULL, (int64_t)v->s.cloud_drops, out);
}

static void add_expires(const struct family *f, struct view *v, struct text *out)
{
	if (v->cluster->expires_s)
		sample(f, v, NULL, NULL, v->cluster->expires_s, out);
}

static void add_ending(const struct family *f, struct view *v, struct text *out)
{
	sample(f, v, NULL, NULL, v->cluster->ending == ENDING_NOW, out);
}

static void add_needs_days(const struct family *f, struct view *v, struct text *out)
{
	if (v->s.needs_days > 0 && v->s.needs_days != REACH_FOR_EVER)
		sample(f, v, NULL, NULL, v->s.needs_days * 86400, out);
}

static const struct family families[] = {
	{"cluster_info", "gauge", "A cluster of the policy, and its region.", add_info},
	{"sets", "gauge", "Backup sets of the last listing, by what becomes of them.", add_sets},
	{"valid_sets", "gauge", "Backup sets that can be restored.", add_valid},
	{"late_sets", "gauge",
		"Backup sets that earlier listings should have had, and that count for nothing "
		"yet.",
		add_late},
	{"vanished_sets", "gauge",
		"Kept backup sets that another hand deleted, until a person approves.",
		add_vanished},
	{"sets_bytes", "gauge", "Size of all listed backup sets, as the cloud tells it.",
		add_bytes},
	{"newest_valid_set_timestamp_seconds", "gauge",
		"When the newest valid backup set was begun; none if there is none.", add_newest},
	{"fresh_within_seconds", "gauge",
		"The newest valid set should be younger than this; none if that is off.",
		add_fresh_within},
	{"point_in_time_seconds", "gauge",
		"How far back from the last listing any second can be restored; none if none can.",
		add_seconds},
	{"fresh", "gauge", "1 if the newest valid set is young enough.", add_fresh},
	{"next_backup_timestamp_seconds", "gauge", "When the next backup is due.", add_next},
	{"last_listing_timestamp_seconds", "gauge", "When the last complete listing was made.",
		add_listed},
	{"listing_complete", "gauge", "1 if the last listing was complete.", add_complete},
	{"trouble", "gauge", "1 if the cluster is in trouble: retainctl status tells which.",
		add_trouble},
	{"paused", "gauge",
		"1 if nothing is changed since the cluster is not Running, or not found.",
		add_paused},
	{"cloud_retention_seconds", "gauge",
		"How long the cloud itself keeps sets; none if unknown.", add_cloud_days},
	{"cloud_retention_needed_seconds", "gauge",
		"How long the policy needs the cloud to keep sets; none if unknown, or without "
		"end.",
		add_needs_days},
	{"cloud_drops_sets", "gauge",
		"Kept sets that the cloud may drop, since another hand lowered its retention.",
		add_cloud_drops},
	{"cluster_expires_timestamp_seconds", "gauge",
		"When the subscription of the cluster ends; none if never, or not known.",
		add_expires},
	{"cluster_ending", "gauge",
		"1 if the cluster is locked, being released or gone: its sets go with it.",
		add_ending},
	{"last_proven_restore_timestamp_seconds", "gauge",
		"When a restore was last proven; none if that was never.", add_proved},
	{"prove_within_seconds", "gauge",
		"The last proven restore should be younger than this; none if that is off.",
		add_prove_within},
	{"hold", "gauge", "1 if this keeps expired sets from being deleted.", add_holds},
	{"pending_deletes", "gauge",
		"Sets that a prune is to delete or has asked to, and that are not gone.",
		add_pending},
	{"backups_total", "counter", "Backups that the daemon asked for, by outcome.", add_backups},
	{"deletes_total", "counter", "Sets that delete calls named.", add_deletes},
	{"gone_total", "counter", "Deleted sets that listings then lacked.", add_gone},
	{"api_calls_total", "counter", "Calls to the cloud, by action and outcome.", add_calls},
};

static void head(struct text *out, const char *name, const char *type, const char *help)
{
	text_printf(out, "# HELP retaind_%s %s\n# TYPE retaind_%s %s\n", name, help, name, type);
}

static void add_milli(int64_t milli, struct text *out)
{
	text_printf(out, "%" PRId64, milli / 1000);
	if (milli % 1000)
		text_printf(out, ".%03" PRId64, milli % 1000);
}

static void add_service(struct service *service, struct text *out)
{
	const struct {
		const char *name, *help;
		int64_t value;
	} rows[] = {
		{"start_time_seconds", "When the daemon was started.", service->started_s},
		{"clusters", "Clusters of the policy.", (int64_t)service->fleet.count},
		{"policy_last_reload_successful", "1 unless the policy file was rejected.",
			!service->reload_error},
		{"policy_last_reload_success_timestamp_seconds",
			"When the policy in force was loaded.", service->policy_loaded_s},
		{"dry_run", "1 if nothing is changed.", service->context.options->dry_run},
	};

	head(out, "build_info", "gauge", "The version that runs.");
	text_add(out, "retaind_build_info{version=\"" RETAIND_VERSION "\"} 1\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		head(out, rows[i].name, "gauge", rows[i].help);
		text_printf(out, "retaind_%s %" PRId64 "\n", rows[i].name, rows[i].value);
	}
	head(out, "loop_longest_seconds", "gauge",
		"The longest turn of the loop in the last minutes: so long nobody was answered.");
	text_add(out, "retaind_loop_longest_seconds ");
	add_milli(turns_longest_ms(&service->turns), out);
	text_add(out, "\n");
	head(out, "log_lines_lost_total", "counter",
		"Lines of the log that nobody read in time, and that are lost.");
	text_printf(out, "retaind_log_lines_lost_total %" PRId64 "\n",
		service->context.journal.queue.lost);
	head(out, "connections_opened_total", "counter",
		"Connections to the cloud that were opened.");
	text_printf(out, "retaind_connections_opened_total %" PRId64 "\n",
		client_connections(service->context.calls->client));
}

static void add_sinks(const struct service *service, struct text *out)
{
	size_t count = sinks_count(service->sinks);

	for (size_t i = 0; i < count; i++) {
		struct sink_status s;
		sinks_status(service->sinks, i, &s);
		if (i == 0)
			head(out, "notify_total", "counter",
				"Messages and pings to sinks of notify, by what came of them.");
		text_add(out, "retaind_notify_total{");
		add_label(out, "sink", s.name);
		text_printf(out, ",outcome=\"taken\"} %" PRId64 "\nretaind_notify_total{", s.taken);
		add_label(out, "sink", s.name);
		text_printf(out, ",outcome=\"failed\"} %" PRId64 "\n", s.failed);
	}
}

static void add_warnings(struct service *service, struct text *out)
{
	_cleanup_(warnings_done) struct warnings w;

	warnings_read(service, &w);
	head(out, "warning", "gauge",
		"1 while something may not be as it was meant: retainctl status tells.");
	for (int i = 0; i < WARNING_COUNT; i++)
		text_printf(out, "retaind_warning{warning=\"%s\"} %d\n", warning_names[i],
			w.text[i] != NULL);
}

/* About an account in a region. */
struct limiter_family {
	const char *name, *help;
	void (*add)(const struct pace_status *v, struct text *out);
};

static void add_waiting(const struct pace_status *v, struct text *out)
{
	text_printf(out, "%zu", v->waiting);
}

static void add_under_way(const struct pace_status *v, struct text *out)
{
	text_printf(out, "%zu", v->under_way);
}

static void add_rate(const struct pace_status *v, struct text *out)
{
	add_milli(v->rate_milli, out);
}

static void add_full_rate(const struct pace_status *v, struct text *out)
{
	add_milli(v->full_rate_milli, out);
}

static const struct limiter_family limiter_families[] = {
	{"calls_waiting", "Calls that wait for their turn.", add_waiting},
	{"calls_under_way", "Calls that wait for the cloud's answer.", add_under_way},
	{"call_rate", "Calls a second that are allowed now; throttling lowers it.", add_rate},
	{"call_rate_limit", "Calls a second that are allowed without throttling.", add_full_rate},
};

static void add_limiters(struct service *service, struct text *out)
{
	for (size_t f = 0; f < ARRAY_SIZE(limiter_families); f++) {
		head(out, limiter_families[f].name, "gauge", limiter_families[f].help);
		for (size_t i = 0; i < pace_limiters(service->context.calls->pace); i++) {
			struct pace_status v;
			pace_status_at(service->context.calls->pace, i, now_boot_us(), &v);
			text_printf(out, "retaind_%s{", limiter_families[f].name);
			add_label(out, "account", v.account);
			text_add(out, ",");
			add_label(out, "region", v.region);
			text_add(out, "} ");
			limiter_families[f].add(&v, out);
			text_add(out, "\n");
		}
	}
}

static void add_discoveries(struct service *service, struct text *out)
{
	static const struct {
		const char *name, *help;
	} gauges[] = {
		{"discovered_clusters", "Clusters that a discovery of the policy stands for."},
		{"discovered_clusters_missing", "Of them those that are not found any more."},
		{"discovered_clusters_waiting", "Of them those that are not Running."},
		{"discovery_failing", "1 if the clusters could not be listed at the last look."},
		{"discovery_last_list_timestamp_seconds", "When the clusters were last listed."},
	};

	for (size_t f = 0; f < ARRAY_SIZE(gauges); f++) {
		if (discoveries_count(service->discoveries) > 0)
			head(out, gauges[f].name, "gauge", gauges[f].help);
		for (size_t i = 0; i < discoveries_count(service->discoveries); i++) {
			struct discovery_status v;
			discoveries_status(service->discoveries, i, &v);
			const int64_t values[] = {(int64_t)v.clusters, (int64_t)v.missing,
				(int64_t)v.waiting, v.error[0] != '\0', v.listed_s};
			text_printf(out, "retaind_%s{", gauges[f].name);
			add_label(out, "discovery", v.what);
			text_printf(out, "} %" PRId64 "\n", values[f]);
		}
	}
}

static void read_cluster(struct cluster *c, struct moment now, struct view *ret)
{
	struct text labels = TEXT_INIT(4096);

	ret->cluster = c;
	cycle_status(c->cycle, now, &ret->s);
	add_label(&labels, "cluster", c->policy->cluster);
	text_add(&labels, ",");
	add_label(&labels, "name", c->policy->name);
	ret->labels = text_take(&labels);
}

void metrics_text(struct service *service, struct text *out)
{
	_cleanup_free_ struct view *views = xcalloc(service->fleet.count, sizeof(*views));
	struct moment now = now_moment();

	add_service(service, out);
	add_warnings(service, out);
	add_sinks(service, out);
	add_limiters(service, out);
	add_discoveries(service, out);
	for (size_t i = 0; i < service->fleet.count; i++)
		read_cluster(service->fleet.clusters[i], now, &views[i]);
	for (size_t f = 0; f < ARRAY_SIZE(families); f++) {
		head(out, families[f].name, families[f].type, families[f].help);
		for (size_t i = 0; i < service->fleet.count; i++)
			families[f].add(&families[f], &views[i], out);
	}
	for (size_t i = 0; i < service->fleet.count; i++)
		free(views[i].labels);
}
