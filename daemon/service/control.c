/* The methods of io.retaind: what the control socket offers. */
#include "service/control.h"

#include "service/control_internal.h"
#include "service/description.h"
#include "service/doctor.h"
#include "service/health.h"
#include "service/history_json.h"
#include "service/now.h"
#include "service/recorder.h"
#include "service/reload.h"
#include "service/sets_json.h"
#include "service/status.h"

#include <errno.h>
#include <inttypes.h>

#define REPLY_MAX \
	(64u << 20) /* bytes: a question must not take the memory that the daemon is given */

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
		only = control_named(c, call, parameters);
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

static void run_sets(struct varlink_call *call, const cJSON *parameters, void *data)
{
	struct control *c = data;
	struct cluster *cluster = control_named(c, call, parameters);
	struct text t = TEXT_INIT(REPLY_MAX);
	struct jsonwriter w = {.out = &t};

	if (!cluster)
		return;
	json_object_begin(&w, NULL);
	status_listing_json(cluster, &w);
	if (!sets_json(cluster, &w, "reply"))
		json_null(&w, "reply");
	json_object_end(&w);
	reply_text(call, &t);
}

static void run_approve(struct varlink_call *call, const cJSON *parameters, void *data)
{
	struct control *c = data;
	struct cluster *cluster = control_named(c, call, parameters);
	const char *plan = json_get_string(parameters, "plan");
	struct error err = {0};

	if (!cluster)
		return;
	cluster_commit(&c->service->context); /* the next record has the approval */
	if (c->service->context.options->dry_run) {
		varlink_error_message(call, "Refused", DRY_RUN);
	} else if (cycle_approve(cluster->cycle, plan, now_moment(), &err) == 0) {
		control_tell_asker(c, call, "approve", cluster, plan);
		waits_add(&c->waits, call, cluster, WAIT_APPROVAL, true);
		cluster_withdraw(cluster);
		cluster_run(cluster); /* writes the approval down */
		cluster_commit(&c->service->context);
	} else if (err.code == ESTALE) {
		plan_mismatch(call, cluster, plan, err.text);
	} else {
		varlink_error_message(call, "Refused", err.text);
	}
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
	struct cluster *cluster = control_named(c, call, parameters);
	struct event e = {.kind = prune ? EVENT_PRUNE : EVENT_BACKUP};
	bool wait = false;

	if (!cluster)
		return;
	if (c->service->context.stopping) {
		varlink_error_message(call, "Refused", "retaind is being stopped");
		return;
	}
	if (c->service->context.options->dry_run) {
		varlink_error_message(call, "Refused", DRY_RUN);
		return;
	}
	if (!prune && (refuse_backup(cluster, call) || !control_keep(c, call, parameters, cluster)))
		return;
	(void)json_get_bool(parameters, "wait", &wait);
	control_tell_asker(c, call, prune ? "prune" : "backup", cluster, NULL);
	cluster->asked_backup |= !prune;
	if (prune)
		cluster->asked_prune_s = now_moment().boot_s;
	cycle_feed(cluster->cycle, &e, now_moment());
	waits_add(&c->waits, call, cluster, prune ? WAIT_PRUNE : WAIT_BACKUP, wait);
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
	int r;

	(void)parameters;
	control_tell_asker(c, call, "reload", NULL, NULL);
	r = reload_policy(c->service, &messages, &changes);
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

/* NULL, or the parameter that makes no sense. */
static const char *read_history_query(const cJSON *parameters, struct history_query *ret)
{
	const char *since = json_get_string(parameters, "since");

	*ret = (struct history_query){.limit = 1000, .set = json_get_string(parameters, "set")};
	(void)json_get_bool(parameters, "failed", &ret->failed);
	(void)json_get_bool(parameters, "jobs", &ret->jobs);
	if (since && !civil_parse_instant(since, false, &ret->since_s))
		return "since";
	if (json_get(parameters, "limit") &&
		(!json_get_int(parameters, "limit", false, &ret->limit) || ret->limit < 1 ||
			ret->limit > 100000))
		return "limit";
	return NULL;
}

static void run_history(struct varlink_call *call, const cJSON *parameters, void *data)
{
	struct control *c = data;
	struct history_query q;
	const char *wrong = read_history_query(parameters, &q);
	struct text t = TEXT_INIT(REPLY_MAX);
	struct error err = {0};

	if (wrong) {
		varlink_error_parameter(call, wrong);
		return;
	}
	if (json_get(parameters, "cluster")) {
		struct cluster *cluster = control_named(c, call, parameters);
		if (!cluster)
			return;
		q.cluster = cluster->policy->cluster;
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
		only = control_named(c, call, parameters);
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
		only = control_named(c, call, parameters);
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

static void on_recorder_finished(void *data, struct recorder *r)
{
	struct control *c = data;

	c->recorder = NULL;
	recorder_free(r);
}

static void run_record(struct varlink_call *call, const cJSON *parameters, void *data)
{
	struct control *c = data;
	struct cluster *cluster = control_named(c, call, parameters);
	int64_t page = 1;

	if (!cluster)
		return;
	if (json_get(parameters, "page") &&
		(!json_get_int(parameters, "page", false, &page) || page < 1 || page > INT32_MAX)) {
		varlink_error_parameter(call, "page");
		return;
	}
	if (c->recorder || c->service->context.stopping) {
		varlink_error_message(call, "Refused",
			c->recorder ? "somebody else is recording: try again in a minute"
				    : "retaind is being stopped");
		return;
	}
	c->recorder = recorder_start(c->service, call, cluster,
		json_get_string(parameters, "action"), page, on_recorder_finished, c);
}

static const struct varlink_method methods[] = {
	{.name = "Status", .run = run_status},
	{.name = "Plan", .parameters = {{"cluster", VARLINK_STRING, true}}, .run = run_plan},
	{.name = "Sets", .parameters = {{"cluster", VARLINK_STRING, false}}, .run = run_sets},
	{.name = "Approve",
		.parameters = {{"cluster", VARLINK_STRING, false}, {"plan", VARLINK_STRING, false}},
		.run = run_approve},
	{.name = "Backup",
		.parameters = {{"cluster", VARLINK_STRING, false}, {"wait", VARLINK_BOOL, true},
			{"keep_until", VARLINK_STRING, true}, {"reason", VARLINK_STRING, true}},
		.run = run_backup},
	{.name = "Prune",
		.parameters = {{"cluster", VARLINK_STRING, false}, {"wait", VARLINK_BOOL, true}},
		.run = run_prune},
	{.name = "Hold",
		.parameters = {{"cluster", VARLINK_STRING, true}, {"until", VARLINK_STRING, true},
			{"reason", VARLINK_STRING, true}},
		.run = control_hold},
	{.name = "Release",
		.parameters = {{"cluster", VARLINK_STRING, true}},
		.run = control_release},
	{.name = "Protect",
		.parameters = {{"cluster", VARLINK_STRING, false}, {"set", VARLINK_STRING, false},
			{"until", VARLINK_STRING, true}, {"reason", VARLINK_STRING, true}},
		.run = control_protect},
	{.name = "Unprotect",
		.parameters = {{"cluster", VARLINK_STRING, false}, {"set", VARLINK_STRING, false}},
		.run = control_unprotect},
	{.name = "Proved",
		.parameters = {{"cluster", VARLINK_STRING, false}, {"set", VARLINK_STRING, false},
			{"by", VARLINK_STRING, false}},
		.run = control_proved},
	{.name = "Reload", .run = run_reload},
	{.name = "History",
		.parameters = {{"cluster", VARLINK_STRING, true}, {"set", VARLINK_STRING, true},
			{"limit", VARLINK_INT, true}, {"since", VARLINK_STRING, true},
			{"failed", VARLINK_BOOL, true}, {"jobs", VARLINK_BOOL, true}},
		.run = run_history},
	{.name = "Doctor", .parameters = {{"cluster", VARLINK_STRING, true}}, .run = run_doctor},
	{.name = "NotifyTest", .run = control_notify},
	{.name = "Record",
		.parameters = {{"cluster", VARLINK_STRING, false},
			{"action", VARLINK_STRING, false}, {"page", VARLINK_INT, true}},
		.run = run_record},
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
	waits_begin(&c->waits, &service->fleet);
	*ret = c;
	return 0;
}

void control_free(struct control *c)
{
	if (!c)
		return;
	waits_end(&c->waits);
	if (c->doctor)
		doctor_free(c->doctor);
	control_notify_cancel(c, "retaind is being stopped");
	if (c->recorder)
		recorder_free(c->recorder);
	varlink_server_free(c->server);
	free(c);
}

bool control_is_busy(const struct control *c)
{
	return c && varlink_server_is_busy(c->server);
}
