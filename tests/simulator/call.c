#include "call.h"

#include "actions.h"
#include "interfere.h"

#include <stdarg.h>
#include <stdio.h>

void simulator_free(struct simulator *s)
{
	switches_free(&s->switches);
	world_free(&s->world);
	auth_free(&s->auth);
	faults_free(&s->faults);
	calllog_free(&s->log);
}

int64_t simulator_tick(struct simulator *s)
{
	int64_t now_us = clock_now_us(&s->clock);

	world_tick(&s->world, &s->switches, now_us);
	return now_us;
}

bool call_is_2021(const struct call *c)
{
	return text_equal(c->version, "2021-12-01");
}

const char *call_param(const struct call *c, const char *name)
{
	const char *value = query_get(&c->params, name);

	return value && *value ? value : NULL;
}

/* Brings up to now what the call is about: with a million sets, all of them would take too long. */
static int64_t tick(const struct call *c)
{
	struct simulator *s = c->sim;
	int64_t now_us = clock_now_us(&s->clock);
	struct cluster *cluster = world_cluster(&s->world, call_param(c, "DBClusterId"));

	if (cluster)
		world_tick_cluster(&s->world, cluster, &s->switches, now_us);
	return now_us;
}

void call_refuse(struct call *c, int status, const char *code, const char *format, ...)
{
	_cleanup_free_ char *message = NULL, *recommend = NULL;
	const char *host = request_header(c->request, "host");
	va_list args;

	va_start(args, format);
	if (vasprintf(&message, format, args) < 0)
		abort();
	va_end(args);
	recommend = xasprintf("https://api.aliyun.com/troubleshoot?q=%s&product=adb&requestId=%s",
		code, c->request_id);
	free(c->code);
	c->code = xstrdup(code);
	c->status = status;
	cJSON_Delete(c->body);
	c->body = cJSON_CreateObject();
	cJSON_AddStringToObject(c->body, "RequestId", c->request_id);
	cJSON_AddStringToObject(c->body, "HostId", host ? host : "");
	cJSON_AddStringToObject(c->body, "Code", code);
	cJSON_AddStringToObject(c->body, "Message", message);
	cJSON_AddStringToObject(c->body, "Recommend", recommend);
}

cJSON *call_accept(struct call *c)
{
	cJSON_Delete(c->body);
	c->status = 200;
	c->body = cJSON_CreateObject();
	cJSON_AddStringToObject(c->body, "RequestId", c->request_id);
	return c->body;
}

static void make_request_id(struct call *c)
{
	uint64_t a = world_random(&c->sim->world), b = world_random(&c->sim->world);

	(void)snprintf(c->request_id, sizeof(c->request_id), "%08X-%04X-5%03X-8%03X-%012llX",
		(unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
		(unsigned)(b >> 52), (unsigned long long)(b & 0xffffffffffffull));
}

/* The rest of the entry is added when the reply is known. */
static void log_begin(struct call *c)
{
	const struct request *r = c->request;
	const char *nonce = request_header(r, "x-acs-signature-nonce");
	const char *agent = request_header(r, "user-agent");
	char time[STAMP_SIZE];
	cJSON *entry, *params;

	c->log_number = calllog_begin(&c->sim->log);
	entry = calllog_entry(&c->sim->log, c->log_number);
	stamp_print(clock_now_us(&c->sim->clock), STAMP_SECOND, time);
	cJSON_AddStringToObject(entry, "time", time);
	cJSON_AddNumberToObject(
		entry, "time_s", (double)clock_now_us(&c->sim->clock) / (double)SECOND_US);
	cJSON_AddStringToObject(entry, "scheme", r->tls ? "https" : "http");
	cJSON_AddStringToObject(entry, "method", r->method);
	cJSON_AddStringToObject(entry, "version", c->version);
	cJSON_AddStringToObject(entry, "action", c->action);
	cJSON_AddStringToObject(entry, "nonce", nonce ? nonce : "");
	cJSON_AddStringToObject(entry, "user_agent", agent ? agent : "");
	cJSON_AddStringToObject(entry, "request_id", c->request_id);
	params = cJSON_AddObjectToObject(entry, "params");
	for (size_t i = 0; i < c->params.count; i++)
		if (c->params.pairs[i].key && c->params.pairs[i].value)
			cJSON_AddStringToObject(
				params, c->params.pairs[i].key, c->params.pairs[i].value);
	cJSON_AddItemToObject(entry, "undeclared", actions_undeclared(c));
	cJSON_AddStringToObject(entry, "delivery", "pending");
}

static const char *delivery_name(const struct reply *r)
{
	static const char *const names[] = {
		[DELIVER_ANSWER] = "answer",
		[DELIVER_RESET] = "reset",
		[DELIVER_CLOSE] = "close",
		[DELIVER_HANG] = "hang",
	};

	if (r->delivery == DELIVER_ANSWER && r->cut)
		return "truncated";
	return names[r->delivery];
}

static void log_end(struct call *c)
{
	cJSON *entry = calllog_entry(&c->sim->log, c->log_number), *faults;

	if (!entry)
		return;
	cJSON_AddStringToObject(entry, "access_key", c->key ? c->key : "");
	cJSON_AddNumberToObject(entry, "status", c->reply.status);
	cJSON_AddStringToObject(entry, "code", c->code ? c->code : "");
	cJSON_AddBoolToObject(entry, "effect", c->effect);
	cJSON_AddItemToObject(entry, "created", TAKE_PTR(c->created));
	cJSON_AddItemToObject(entry, "deleted", TAKE_PTR(c->deleted));
	faults = cJSON_AddArrayToObject(entry, "faults");
	for (size_t i = 0; i < c->hits.count; i++)
		cJSON_AddItemToArray(faults, cJSON_CreateString(fault_name(c->hits.hit[i].kind)));
	cJSON_ReplaceItemInObjectCaseSensitive(
		entry, "delivery", cJSON_CreateString(delivery_name(&c->reply)));
}

static void print_line(const struct call *c)
{
	fprintf(stderr, "%s %s %s %s: %d %s%s\n", c->request_id, c->key ? c->key : "-", c->version,
		c->action, c->reply.status, c->code ? c->code : "",
		c->reply.delivery == DELIVER_ANSWER ? "" : " (not sent)");
}

void call_begin(struct call *c)
{
	const struct request *r = c->request;
	const char *action = request_header(r, "x-acs-action");
	const char *version = request_header(r, "x-acs-version");
	const char *question = strchr(r->target, '?');
	bool readable = query_parse(question ? question + 1 : "", &c->params);
	struct refusal refusal = {0};

	c->action = action ? action : "";
	c->version = version ? version : "";
	c->created = cJSON_CreateArray();
	c->deleted = cJSON_CreateArray();
	make_request_id(c);
	log_begin(c);
	if (!readable) {
		call_refuse(c, 400, "InvalidParameter", "Specified parameter is not valid.");
		c->settled = true;
		return;
	}
	c->now_us = clock_now_us(&c->sim->clock);
	if (!auth_check(&c->sim->auth, &c->sim->switches, r, &c->params, c->now_us, &c->key,
		    &refusal)) {
		call_refuse(c, refusal.status, refusal.code, "%s", refusal.message);
		free(refusal.message);
		c->settled = true;
		return;
	}
	faults_pick(&c->sim->faults, c->action, &c->params, &c->hits);
	c->wait_us = fault_us(fault_hit_when(&c->hits, FAULT_LATENCY, "before"), "ms", 1000, 0);
}

void call_finish(struct call *c)
{
	if (!c->settled && !interfere_instead(c)) {
		c->now_us = tick(c);
		actions_run(c);
		interfere_body(c);
	}
	reply_add_header(&c->reply, "x-acs-request-id", c->request_id);
	interfere_reply(c);
	log_end(c);
	if (c->sim->verbose)
		print_line(c);
}

void call_free(struct call *c)
{
	query_free(&c->params);
	fault_hits_free(&c->hits);
	reply_free(&c->reply);
	cJSON_Delete(c->body);
	cJSON_Delete(c->created);
	cJSON_Delete(c->deleted);
	free(c->listing);
	free(c->key);
	free(c->code);
	*c = (struct call){0};
}
