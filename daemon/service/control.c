#include "service/control.h"

#include "service/description.h"
#include "service/doctor.h"
#include "service/health.h"
#include "service/history.h"
#include "service/now.h"
#include "service/reload.h"
#include "service/status.h"
#include "service/varlink.h"

#include <errno.h>
#include <inttypes.h>

#define REPLY_MAX \
	(64u << 20) /* bytes: a question must not take the memory that the daemon is given */

/* A call that is answered when its cluster comes to rest. */
struct waiter {
	struct waiter *next;
	struct varlink_call *call;
	struct cluster *cluster;
	bool prune; /* else backup */
	bool begun; /* the cluster has taken it up */
	int64_t gone_before;
	char *set; /* backup: the set that was made */
};

struct control {
	struct service *service;
	struct varlink_server *server;
	struct waiter *waiters;
	struct doctor *doctor; /* at work; NULL: none */
};

static void reply_text(struct varlink_call *call, struct text *t)
{
	if (t->full) {
		text_done(t);
		varlink_error_message(
			call, "Failed", "the reply is too long: ask for one cluster at a time");
		return;
	}
	varlink_reply(call, text_take(t));
}

static void unknown_cluster(struct varlink_call *call, struct service *service, const char *given)
{
	const char **names = xcalloc(2 * service->fleet.count + 1, sizeof(*names));
	struct text t = TEXT_INIT(4096);
	struct jsonwriter w = {.out = &t};

	for (size_t i = 0; i < service->fleet.count; i++) {
		names[2 * i] = service->fleet.clusters[i]->policy->name;
		names[2 * i + 1] = service->fleet.clusters[i]->policy->cluster;
	}
	json_object_begin(&w, NULL);
	json_string(&w, "cluster", given);
	json_string(&w, "nearest", text_nearest(given, names));
	json_object_end(&w);
	varlink_error(call, "UnknownCluster", text_take(&t));
	free(names);
}

/* The cluster that a call names; NULL if there is none, and then the call has been answered. */
static struct cluster *named(struct control *c, struct varlink_call *call, const cJSON *parameters)
{
	const char *name = json_get_string(parameters, "cluster");
	struct cluster *found = fleet_find(&c->service->fleet, name);

	if (!found)
		unknown_cluster(call, c->service, name);
	return found;
}

static void run_status(struct varlink_call *call, const cJSON *parameters, void *data)
{
	struct control *c = data;
	struct text t = TEXT_INIT(REPLY_MAX);
	struct jsonwriter w = {.out = &t};

	(void)parameters;
	json_object_begin(&w, NULL);
	status_json(c->service, &w, "status");
	json_object_end(&w);
	reply_text(call, &t);
}

static void run_plan(struct varlink_call *call, const cJSON *parameters, void *data)
{
	struct control *c = data;
	struct cluster *only = NULL;
	struct text t = TEXT_INIT(REPLY_MAX);
	struct jsonwriter w = {.out = &t};

	if (json_get(parameters, "cluster")) {
		only = named(c, call, parameters);
		if (!only)
			return;
	}
	json_object_begin(&w, NULL);
	json_array_begin(&w, "plans");
	for (size_t i = 0; i < c->service->fleet.count; i++)
		if (!only || only == c->service->fleet.clusters[i])
			(void)status_plan_json(c->service->fleet.clusters[i], &w);
	json_array_end(&w);
	json_object_end(&w);
	reply_text(call, &t);
}

static void plan_mismatch(
	struct varlink_call *call, struct cluster *c, const char *given, const char *message)
{
	struct text t = TEXT_INIT(4096);
	struct jsonwriter w = {.out = &t};
	struct cycle_status s;

	cycle_status(c->cycle, now_moment(), &s);
	json_object_begin(&w, NULL);
	json_string(&w, "expected", s.plan ? s.plan->hash : "");
	json_string(&w, "given", given);
	json_string(&w, "message", message);
	json_object_end(&w);
	varlink_error(call, "PlanMismatch", text_take(&t));
}

static void run_approve(struct varlink_call *call, const cJSON *parameters, void *data)
{
	struct control *c = data;
	struct cluster *cluster = named(c, call, parameters);
	const char *plan = json_get_string(parameters, "plan");
	struct error err = {0};

	if (!cluster)
		return;
	if (cycle_approve(cluster->cycle, plan, now_moment(), &err) == 0) {
		cluster_withdraw(cluster);
		cluster_run(cluster); /* writes the approval down */
		cluster_commit(&c->service->context);
		varlink_reply(call, NULL);
	} else if (err.code == ESTALE) {
		plan_mismatch(call, cluster, plan, err.text);
	} else {
		varlink_error_message(call, "Refused", err.text);
	}
}

static void answer_backup(struct varlink_call *call, const char *outcome, const char *set)
{
	struct text t = TEXT_INIT(4096);
	struct jsonwriter w = {.out = &t};

	json_object_begin(&w, NULL);
	json_string(&w, "outcome", outcome);
	json_string(&w, "set", set);
	json_object_end(&w);
	varlink_reply(call, text_take(&t));
}

static void answer_prune(struct varlink_call *call, const char *outcome, int64_t deleted)
{
	struct text t = TEXT_INIT(4096);
	struct jsonwriter w = {.out = &t};

	json_object_begin(&w, NULL);
	json_string(&w, "outcome", outcome);
	json_int(&w, "deleted", deleted);
	json_object_end(&w);
	varlink_reply(call, text_take(&t));
}

/* True if no backup can be taken, and then the call has been answered. */
static bool refuse_backup(struct cluster *cluster, struct varlink_call *call)
{
	const char *never = policy_refuses_backup(cluster->policy);
	struct cycle_status s;

	cycle_status(cluster->cycle, now_moment(), &s);
	if (never)
		varlink_error_message(call, "Refused", never);
	else if (s.paused[0])
		varlink_error_message(call, "Refused", s.paused);
	return never || s.paused[0];
}

static void command(
	struct control *c, struct varlink_call *call, const cJSON *parameters, bool prune)
{
	struct cluster *cluster = named(c, call, parameters);
	struct event e = {.kind = prune ? EVENT_PRUNE : EVENT_BACKUP};
	bool wait = false;
	struct waiter *w;

	if (!cluster)
		return;
	if (c->service->context.stopping) {
		varlink_error_message(call, "Refused", "retaind is being stopped");
		return;
	}
	if (c->service->context.options->dry_run) {
		varlink_error_message(call, "Refused", "this is a dry run: nothing is changed");
		return;
	}
	if (!prune && refuse_backup(cluster, call))
		return;
	(void)json_get_bool(parameters, "wait", &wait);
	cycle_feed(cluster->cycle, &e, now_moment());
	if (wait) {
		w = xcalloc(1, sizeof(*w));
		*w = (struct waiter){.next = c->waiters,
			.call = call,
			.cluster = cluster,
			.prune = prune,
			.gone_before = cluster->counters.gone};
		c->waiters = w;
	} else if (prune) {
		answer_prune(call, "begun", 0);
	} else {
		answer_backup(call, "begun", NULL);
	}
	cluster_withdraw(cluster); /* what a person asks for goes before a refresh */
	cluster_run(cluster);
}

static void run_backup(struct varlink_call *call, const cJSON *parameters, void *data)
{
	command(data, call, parameters, false);
}

static void run_prune(struct varlink_call *call, const cJSON *parameters, void *data)
{
	command(data, call, parameters, true);
}

static void run_reload(struct varlink_call *call, const cJSON *parameters, void *data)
{
	struct control *c = data;
	struct text messages = TEXT_INIT(1 << 20), changes = TEXT_INIT(4096),
		    t = TEXT_INIT(1 << 21);
	struct jsonwriter w = {.out = &t};
	int r = reload_policy(c->service, &messages, &changes);

	(void)parameters;
	json_object_begin(&w, NULL);
	json_string(&w, r < 0 ? "messages" : "changes", r < 0 ? messages.s : changes.s);
	json_object_end(&w);
	if (r < 0)
		varlink_error(call, "ReloadFailed", text_take(&t));
	else
		varlink_reply(call, text_take(&t));
	text_done(&messages);
	text_done(&changes);
}

static void run_history(struct varlink_call *call, const cJSON *parameters, void *data)
{
	struct control *c = data;
	struct history_query q = {.limit = 1000, .set = json_get_string(parameters, "set")};
	struct text t = TEXT_INIT(REPLY_MAX);
	struct error err = {0};

	if (json_get(parameters, "cluster")) {
		struct cluster *cluster = named(c, call, parameters);
		if (!cluster)
			return;
		q.cluster = cluster->policy->cluster;
	}
	if (json_get(parameters, "limit") &&
		(!json_get_int(parameters, "limit", false, &q.limit) || q.limit < 1 ||
			q.limit > 100000)) {
		varlink_error_parameter(call, "limit");
		return;
	}
	if (history_json(c->service, &q, &t, &err) < 0) {
		text_done(&t);
		varlink_error_message(call, "Failed", err.text);
		return;
	}
	reply_text(call, &t);
}

static void run_health(struct varlink_call *call, const cJSON *parameters, void *data)
{
	struct control *c = data;
	struct cluster *only = NULL;
	struct text t = TEXT_INIT(REPLY_MAX), line = TEXT_INIT(4096),
		    performance = TEXT_INIT(REPLY_MAX);
	struct jsonwriter w = {.out = &t};
	int code;

	if (json_get(parameters, "cluster")) {
		only = named(c, call, parameters);
		if (!only)
			return;
	}
	code = health_status(c->service, only, &line, &performance);
	json_object_begin(&w, NULL);
	json_int(&w, "exit", code);
	json_string(&w, "text", line.s);
	json_string(&w, "performance", performance.s ? performance.s : "");
	json_object_end(&w);
	reply_text(call, &t);
	text_done(&line);
	text_done(&performance);
}

static void on_doctor_finished(void *data, struct doctor *d)
{
	struct control *c = data;

	c->doctor = NULL;
	doctor_free(d);
}

static void run_doctor(struct varlink_call *call, const cJSON *parameters, void *data)
{
	struct control *c = data;
	struct cluster *only = NULL;

	if (json_get(parameters, "cluster")) {
		only = named(c, call, parameters);
		if (!only)
			return;
	}
	/* One doctor at a time is enough for a cloud that counts our calls. */
	if (c->doctor || c->service->context.stopping) {
		varlink_error_message(call, "Refused",
			c->doctor ? "somebody else has just asked the same: try again in a minute"
				  : "retaind is being stopped");
		return;
	}
	c->doctor = doctor_new(c->service, call, only, on_doctor_finished, c);
	doctor_start(c->doctor);
}

static void finish(struct control *c, struct waiter **at, const char *outcome)
{
	struct waiter *w = *at;

	(void)c;
	*at = w->next;
	if (!outcome)
		varlink_error_message(w->call, "Failed",
			"the cluster is no longer in the policy, or retaind stops");
	else if (w->prune)
		answer_prune(w->call, outcome, w->cluster->counters.gone - w->gone_before);
	else
		answer_backup(w->call, outcome, w->set);
	free(w->set);
	free(w);
}

/* How a backup that somebody waits for came out; NULL: this says nothing of it. */
static const char *backup_outcome(enum report_kind kind)
{
	if (kind == REPORT_BACKUP_DONE)
		return "done";
	if (kind == REPORT_BACKUP_FAILED)
		return "failed";
	return kind == REPORT_BACKUP_REFUSED ? "refused" : NULL;
}

static void on_report(void *data, struct cluster *cluster, const struct report *r)
{
	struct control *c = data;
	const char *outcome = backup_outcome(r->kind);
	struct waiter **at = &c->waiters;

	while (outcome && *at) {
		struct waiter *w = *at;
		if (w->cluster == cluster && !w->prune) {
			w->set = r->set[0] ? xstrdup(r->set) : NULL;
			finish(c, at, outcome);
		} else {
			at = &w->next;
		}
	}
}

static const char *prune_outcome(const struct cycle_status *s)
{
	if (s->trouble[0])
		return s->trouble;
	if (s->expired > 0)
		for (int i = 0; i < HOLD_COUNT; i++)
			if (s->holds & 1u << i)
				return s->plan->hold_detail[i];
	return "done";
}

static void on_rest(void *data, struct cluster *cluster)
{
	struct control *c = data;
	struct waiter **at = &c->waiters;
	struct cycle_status s;

	if (!c->waiters)
		return;
	cycle_status(cluster->cycle, now_moment(), &s);
	while (*at) {
		struct waiter *w = *at;
		bool over = w->cluster == cluster && w->prune && s.settled &&
			(s.under_way == 0 || s.trouble[0]);
		if (over)
			finish(c, at, prune_outcome(&s));
		else
			at = &w->next;
	}
}

static void on_left(void *data, struct cluster *cluster)
{
	struct control *c = data;
	struct waiter **at = &c->waiters;

	while (*at) {
		if ((*at)->cluster == cluster)
			finish(c, at, NULL);
		else
			at = &(*at)->next;
	}
}

static const struct varlink_method methods[] = {
	{.name = "Status", .run = run_status},
	{.name = "Plan", .parameters = {{"cluster", VARLINK_STRING, true}}, .run = run_plan},
	{.name = "Approve",
		.parameters = {{"cluster", VARLINK_STRING, false}, {"plan", VARLINK_STRING, false}},
		.run = run_approve},
	{.name = "Backup",
		.parameters = {{"cluster", VARLINK_STRING, false}, {"wait", VARLINK_BOOL, true}},
		.run = run_backup},
	{.name = "Prune",
		.parameters = {{"cluster", VARLINK_STRING, false}, {"wait", VARLINK_BOOL, true}},
		.run = run_prune},
	{.name = "Reload", .run = run_reload},
	{.name = "History",
		.parameters = {{"cluster", VARLINK_STRING, true}, {"set", VARLINK_STRING, true},
			{"limit", VARLINK_INT, true}},
		.run = run_history},
	{.name = "Doctor", .parameters = {{"cluster", VARLINK_STRING, true}}, .run = run_doctor},
	{.name = "Health", .parameters = {{"cluster", VARLINK_STRING, true}}, .run = run_health},
};

int control_new(struct service *service, struct control **ret, struct error *err)
{
	struct control *c = xcalloc(1, sizeof(*c));
	struct varlink_options o = {
		.path = service->context.options->socket,
		.mode = 0660,
		.group = "retaind",
		.interface = "io.retaind",
		.description = service_description,
		.vendor = "retaind",
		.product = "retaind",
		.version = RETAIND_VERSION,
		.url = "",
		.methods = methods,
		.method_count = ARRAY_SIZE(methods),
		.data = c,
	};
	int r = varlink_server_new(service->context.event, &o, &c->server, err);

	if (r < 0) {
		free(c);
		return r;
	}
	c->service = service;
	service->context.hooks = (struct cluster_hooks){
		.reported = on_report, .rested = on_rest, .left = on_left, .data = c};
	*ret = c;
	return 0;
}

void control_free(struct control *c)
{
	if (!c)
		return;
	while (c->waiters)
		finish(c, &c->waiters, NULL);
	if (c->doctor)
		doctor_free(c->doctor);
	c->service->context.hooks = (struct cluster_hooks){0};
	varlink_server_free(c->server);
	free(c);
}

bool control_is_busy(const struct control *c)
{
	return c && varlink_server_is_busy(c->server);
}
