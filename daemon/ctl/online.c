/* What the commands that speak to the daemon share. */
#include "ctl/online.h"

#include "ctl/files.h"
#include "policyfile/zonefile.h"
#include "retention/set.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define FIRST_LISTING_MS 5000
#define FIRST_LISTING_STEP_MS 100

char *online_error_text(const struct reply *r)
{
	const char *message = online_string(r->parameters, "message");
	const char *nearest = online_string(r->parameters, "nearest");
	_cleanup_free_ char *text = NULL;

	if (strcmp(r->error, "UnknownCluster") == 0)
		text = xasprintf("no cluster '%s' in the policy%s%s%s",
			online_string(r->parameters, "cluster"), *nearest ? " (did you mean '" : "",
			nearest, *nearest ? "'?)" : "");
	else if (*message)
		text = xstrdup(message);
	else if (strcmp(r->error, "org.varlink.service.MethodNotFound") == 0)
		text = xasprintf(
			"the daemon that runs does not know '%s': is it older than this program?",
			online_string(r->parameters, "method"));
	else
		text = xasprintf("retaind answered %s%s%s", r->error,
			*online_string(r->parameters, "parameter") ? ": " : "",
			online_string(r->parameters, "parameter"));
	return text_printable(text);
}

/* How often a call that may take long checks whether the daemon still answers, and how long it
 * waits for that answer. */
#define LOOK_S (CONNECTION_ANSWER_S / 2)

static int look_after(const struct online *o, struct error *err)
{
	_cleanup_(reply_done) struct reply status = {0};
	int r = connection_call(o->socket, "Status", "{}", LOOK_S, &status, err);

	if (r == 0 && o->on_silence)
		o->on_silence(json_get(status.parameters, "status"), o->data);
	return r;
}

int online_ask(const struct online *o, const char *method, const char *parameters,
	struct reply *ret, struct error *err)
{
	int64_t left_s = o->timeout_s;
	_cleanup_(connection_done) struct connection c;
	int r = connection_send(o->socket, method, parameters, &c, err);

	if (r == 0 && !o->timeout_s)
		return connection_receive(&c, CONNECTION_ANSWER_S, ret, err);
	while (r == 0) {
		int64_t wait_s = left_s < LOOK_S ? left_s : LOOK_S;
		r = connection_receive(&c, wait_s, ret, err);
		if (r != -ETIMEDOUT)
			break;
		left_s -= wait_s;
		r = look_after(o, err);
		if (r == -ETIMEDOUT)
			return connection_silent(wait_s + LOOK_S, err);
		if (r == 0 && left_s <= 0)
			r = error_set(err, ETIME,
				"not done after %" PRId64 " s; retaind goes on with it (`retainctl "
				"status` tells more)",
				o->timeout_s);
	}
	return r;
}

int online_call(const struct online *o, const char *method, const struct text *parameters,
	struct reply *ret)
{
	_cleanup_free_ char *text = NULL;
	struct error err = {0};

	if (online_ask(o, method, parameters ? parameters->s : "{}", ret, &err) < 0)
		return command_failed("%s", err.text);
	if (!ret->error)
		return CTL_WELL;
	if (strcmp(ret->error, "ReloadFailed") == 0) {
		terminal_print_messages(online_string(ret->parameters, "messages"));
		return command_failed("the policy in force stays as it was");
	}
	text = online_error_text(ret);
	return command_failed("%s", text);
}

int online_call_for(
	const struct online *o, const char *method, const char *cluster, struct reply *ret)
{
	_cleanup_(text_done) struct text parameters = TEXT_INIT(65536);
	struct jsonwriter w = {.out = &parameters};

	json_object_begin(&w, NULL);
	json_string(&w, "cluster", cluster);
	json_object_end(&w);
	return online_call(o, method, &parameters, ret);
}

static int take_plan(const struct online *o, const char *cluster,
	void (*take)(const cJSON *plan, void *data), void *data, size_t *missing)
{
	_cleanup_(reply_done) struct reply reply = {0};
	int result = online_call_for(o, "Plan", cluster, &reply);
	const cJSON *plan = cJSON_GetArrayItem(json_get(reply.parameters, "plans"), 0);

	if (result == CTL_WELL && plan)
		take(plan, data);
	*missing += result == CTL_WELL && !plan;
	return result;
}

static bool is_one_waiting(const cJSON *status, const char *cluster)
{
	const cJSON *each;

	cJSON_ArrayForEach (each, json_get(status, "clusters"))
		if (strcmp(online_string(each, "state"), "waiting") == 0 &&
			(!cluster || strcmp(online_string(each, "cluster"), cluster) == 0 ||
				strcmp(online_string(each, "name"), cluster) == 0))
			return true;
	return false;
}

/* The status. Right after a start it waits a little for the first listing. */
static int ask_listed(const struct online *o, const char *cluster, struct reply *ret)
{
	for (int waited_ms = 0;; waited_ms += FIRST_LISTING_STEP_MS) {
		int result = online_call(o, "Status", NULL, ret);
		if (result != CTL_WELL || waited_ms >= FIRST_LISTING_MS ||
			!is_one_waiting(json_get(ret->parameters, "status"), cluster))
			return result;
		reply_done(ret);
		(void)usleep(FIRST_LISTING_STEP_MS * 1000);
	}
}

int online_plans(const struct online *o, const char *cluster,
	void (*take)(const cJSON *plan, void *data), void *data, size_t *ret_missing)
{
	_cleanup_(reply_done) struct reply status = {0};
	const cJSON *each;
	int result;

	*ret_missing = 0;
	if (cluster) {
		result = take_plan(o, cluster, take, data, ret_missing);
		if (*ret_missing == 0)
			return result;
		*ret_missing = 0;
		result = ask_listed(o, cluster, &status);
		return result == CTL_WELL ? take_plan(o, cluster, take, data, ret_missing) : result;
	}
	result = ask_listed(o, NULL, &status);
	cJSON_ArrayForEach (each, json_get(json_get(status.parameters, "status"), "clusters")) {
		if (result == CTL_WELL)
			result = take_plan(
				o, online_string(each, "cluster"), take, data, ret_missing);
	}
	return result;
}

void online_print_json(const cJSON *value)
{
	char *text = value ? cJSON_PrintUnformatted(value) : NULL;

	(void)puts(text ? text : "null");
	cJSON_free(text);
}

const char *online_string(const cJSON *object, const char *key)
{
	const char *s = json_get_string(object, key);

	return s ? s : "";
}

int64_t online_int(const cJSON *object, const char *key)
{
	int64_t value = 0;

	(void)json_get_int(object, key, false, &value);
	return value;
}

struct zone *online_zone(const char *name)
{
	struct zone *z = NULL;

	return zonefile_load(name, &z, NULL) == 0 ? z : zone_utc();
}

void online_time(const cJSON *object, const char *key, const struct zone *z, const char *none,
	char ret[CIVIL_TEXT_SIZE])
{
	const char *s = json_get_string(object, key);
	int64_t instant_s;

	if (s && civil_parse_instant(s, false, &instant_s))
		zone_format(z, instant_s, ret);
	else
		text_copy_printable(ret, CIVIL_TEXT_SIZE, s ? s : none);
}

bool online_add_seconds(struct text *out, const cJSON *object, const struct zone *z)
{
	int64_t since_s, after_s = SET_NO_TIME;

	if (!civil_parse_instant(online_string(object, "second_since"), false, &since_s))
		return false;
	(void)civil_parse_instant(online_string(object, "second_after"), false, &after_s);
	files_add_seconds(out, z, since_s, after_s);
	return true;
}

void online_add_cell(struct table *t, enum paint paint, const char *text)
{
	_cleanup_free_ char *s = text_printable(text);

	table_add_painted(t, paint, s);
}

void online_add_text(struct text *out, const char *text)
{
	_cleanup_free_ char *s = text_printable(text);

	text_add(out, s);
}

void online_add_cluster(struct text *out, const cJSON *cluster)
{
	const char *id = online_string(cluster, "cluster"), *name = online_string(cluster, "name");

	online_add_text(out, *name ? name : id);
	if (*name && strcmp(name, id) != 0) {
		text_add(out, " (");
		online_add_text(out, id);
		text_add(out, ")");
	}
}

void online_add_holds(struct text *out, const char *indent, const cJSON *holds)
{
	const cJSON *hold;

	cJSON_ArrayForEach (hold, holds) {
		text_printf(out, "%sheld (", indent);
		online_add_text(out, online_string(hold, "hold"));
		text_add(out, "): ");
		online_add_text(out, online_string(hold, "detail"));
		text_add(out, "\n");
	}
}
