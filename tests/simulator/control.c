/* The control commands about switches, faults, the clock and the log. */
#include "control.h"

#include "query.h"

#include <errno.h>

static int run_switch(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	const cJSON *values = cJSON_GetObjectItemCaseSensitive(args, "set"), *value;

	(void)out;
	if (!cJSON_IsObject(values))
		return error_set(
			err, EINVAL, "switch: \"set\" has to be an object of names and values");
	cJSON_ArrayForEach (value, values) {
		int status;

		if (!cJSON_IsString(value))
			return error_set(err, EINVAL, "switch %s: not a string", value->string);
		status = switches_set(&s->switches, value->string, value->valuestring, err);
		if (status < 0)
			return status;
	}
	return 0;
}

static int run_switches_reset(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	(void)args, (void)out, (void)err;
	switches_reset(&s->switches);
	return 0;
}

static int run_fault(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	int64_t number;
	int status = faults_add(&s->faults, args, &number, err);

	if (status < 0)
		return status;
	cJSON_AddNumberToObject(out, "rule", (double)number);
	return 0;
}

static int run_fault_clear(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	(void)out, (void)err;
	faults_clear(&s->faults, fault_int(args, "rule", 0));
	return 0;
}

static int run_clock(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	(void)err;
	s->clock.offset_us = fault_us(args, "offset_s", SECOND_US, s->clock.offset_us);
	s->clock.offset_us += fault_us(args, "advance_s", SECOND_US, 0);
	cJSON_AddNumberToObject(out, "offset_s", (double)s->clock.offset_us / (double)SECOND_US);
	return 0;
}

static int run_timing(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	(void)out, (void)err;
	s->world.backup_us = fault_us(args, "backup_s", SECOND_US, s->world.backup_us);
	s->world.delete_us = fault_us(args, "delete_s", SECOND_US, s->world.delete_us);
	s->world.late_us = fault_us(args, "late_s", SECOND_US, s->world.late_us);
	return 0;
}

static int run_key(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	const char *key = fault_text(args, "key", NULL), *id = fault_text(args, "id", NULL);
	struct key *k;

	(void)out;
	if (key && !auth_add_key(&s->auth, key))
		return error_set(err, EINVAL, "key: not ID:SECRET[:TOKEN]");
	if (key)
		id = s->auth.keys->id;
	k = auth_key(&s->auth, id);
	if (!k)
		return error_set(
			err, EINVAL, "key: give \"key\", or the \"id\" of one that is there");
	k->expired = fault_flag(args, "expired", k->expired);
	if (fault_text(args, "arn", NULL)) {
		free(k->arn);
		k->arn = xstrdup(fault_text(args, "arn", NULL));
	}
	k->inactive = fault_flag(args, "inactive", k->inactive);
	if (fault_flag(args, "remove", false))
		auth_remove_key(&s->auth, id);
	return 0;
}

static int run_log_clear(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	(void)args, (void)out, (void)err;
	calllog_clear(&s->log);
	return 0;
}

static int run_reset(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	(void)args, (void)out, (void)err;
	world_clear(&s->world);
	identity_clear(&s->identity, &s->auth);
	faults_clear(&s->faults, 0);
	switches_reset(&s->switches);
	calllog_clear(&s->log);
	return 0;
}

static const struct {
	const char *name;
	control_command *run;
} commands[] = {
	{"cluster", control_cluster},
	{"fleet", control_fleet},
	{"seed", control_seed},
	{"add-set", control_add_set},
	{"edit-set", control_edit_set},
	{"remove-set", control_remove_set},
	{"finish", control_finish},
	{"switch", run_switch},
	{"switches-reset", run_switches_reset},
	{"fault", run_fault},
	{"fault-clear", run_fault_clear},
	{"clock", run_clock},
	{"timing", run_timing},
	{"key", run_key},
	{"role", control_role},
	{"oidc", control_oidc},
	{"sts", control_sts},
	{"metadata", control_metadata},
	{"uri", control_uri},
	{"log-clear", run_log_clear},
	{"reset", run_reset},
};

int control_run(struct simulator *s, const cJSON *command, cJSON *out, struct error *err)
{
	const char *name = fault_text(command, "command", NULL);

	for (size_t i = 0; name && i < ARRAY_SIZE(commands); i++)
		if (text_equal(commands[i].name, name)) {
			int status;

			(void)simulator_tick(s);
			status = commands[i].run(s, command, out, err);
			(void)simulator_tick(s);
			return status;
		}
	return error_set(err, EINVAL, "no command '%s'", name ? name : "");
}

int control_run_text(struct simulator *s, const char *json, cJSON *out, struct error *err)
{
	cJSON *command = cJSON_ParseWithOpts(json, NULL, true);
	int status;

	if (!cJSON_IsObject(command))
		status = error_set(err, EINVAL, "not a JSON object");
	else
		status = control_run(s, command, out, err);
	cJSON_Delete(command);
	return status;
}

static void answer_post(struct simulator *s, const struct request *r, struct reply *ret)
{
	struct error err = {0};
	cJSON *out = cJSON_CreateObject();
	int status = control_run_text(s, r->body.s ? r->body.s : "", out, &err);

	cJSON_AddBoolToObject(out, "ok", status == 0);
	if (status < 0)
		cJSON_AddStringToObject(out, "error", err.text);
	reply_set_json(ret, status < 0 ? 400 : 200, out);
	cJSON_Delete(out);
}

static cJSON *clock_state(const struct simulator *s, int64_t now_us)
{
	cJSON *out = cJSON_CreateObject();
	char text[STAMP_SIZE];

	stamp_print(now_us, STAMP_SECOND, text);
	cJSON_AddStringToObject(out, "now", text);
	cJSON_AddNumberToObject(out, "now_s", (double)now_us / (double)SECOND_US);
	cJSON_AddNumberToObject(out, "offset_s", (double)s->clock.offset_us / (double)SECOND_US);
	return out;
}

static cJSON *whole_state(struct simulator *s, int64_t now_us)
{
	cJSON *out = cJSON_CreateObject(), *keys;

	cJSON_AddItemToObject(out, "clock", clock_state(s, now_us));
	cJSON_AddItemToObject(out, "clusters", control_clusters_state(s, now_us));
	cJSON_AddItemToObject(out, "switches", switches_values(&s->switches));
	cJSON_AddItemToObject(out, "faults", faults_list(&s->faults));
	keys = cJSON_AddArrayToObject(out, "keys");
	for (const struct key *k = s->auth.keys; k; k = k->next)
		cJSON_AddItemToArray(keys, cJSON_CreateString(k->id));
	cJSON_AddItemToObject(out, "sessions", control_sessions_state(s));
	return out;
}

static cJSON *answer_get(struct simulator *s, const char *target)
{
	const char *question = strchr(target, '?');
	size_t length = question ? (size_t)(question - target) : strlen(target);
	_cleanup_free_ char *path = xstrndup(target, length);
	_cleanup_(query_free) struct query q = {0};
	const char *since;
	int64_t now_us = simulator_tick(s);

	if (!query_parse(question ? question + 1 : "", &q))
		return NULL;
	since = query_get(&q, "since");
	if (text_equal(path, "/_control/log"))
		return calllog_since(&s->log, since ? strtoll(since, NULL, 10) : 0);
	if (text_equal(path, "/_control/state"))
		return whole_state(s, now_us);
	if (text_equal(path, "/_control/clock"))
		return clock_state(s, now_us);
	return NULL;
}

void control_answer(struct simulator *s, const struct request *r, struct reply *ret)
{
	cJSON *out;

	if (text_equal(r->method, "POST") && text_equal(r->target, "/_control")) {
		answer_post(s, r, ret);
		return;
	}
	out = text_equal(r->method, "GET") ? answer_get(s, r->target) : NULL;
	if (out)
		reply_set_json(ret, 200, out);
	else
		reply_set_body(ret, 404, "text/plain", xstrdup("not found\n"), 10);
	cJSON_Delete(out);
}
