/* Begins and ends a call: its parameters, its refusal, what it leaves in the log. */
#include "call.h"

#include "actions.h"
#include "interfere.h"
#include "plain.h"
#include "sts.h"

#include <stdarg.h>
#include <stdio.h>

void simulator_free(struct simulator *s)
{
	switches_free(&s->switches);
	world_free(&s->world);
	identity_clear(&s->identity, &s->auth);
	auth_free(&s->auth);
	faults_free(&s->faults);
	calllog_free(&s->log);
	replay_free(s->replay);
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

bool call_number(const struct call *c, const char *name, int64_t least, int64_t most,
	int64_t otherwise, int64_t *ret)
{
	const char *text = call_param(c, name);
	uint64_t value;

	if (!text) {
		*ret = otherwise;
		return true;
	}
	if (!text_to_u64(text, &value) || value > INT64_MAX || (int64_t)value < least ||
		(int64_t)value > most)
		return false;
	*ret = (int64_t)value;
	return true;
}

bool call_is_common(const struct call *c, const char *name)
{
	static const char *const common[] = {"Action", "Version", "Format", "AccessKeyId",
		"SecurityToken", "Signature", "SignatureMethod", "SignatureVersion",
		"SignatureNonce", "SignatureType", "Timestamp"};

	for (size_t i = 0; c->style == CALL_RPC && i < ARRAY_SIZE(common); i++)
		if (text_equal(common[i], name))
			return true;
	return false;
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

static void log_params(const struct call *c, cJSON *out)
{
	for (size_t i = 0; i < c->params.count; i++) {
		const struct pair *p = &c->params.pairs[i];

		if (!p->key || !p->value || call_is_common(c, p->key))
			continue;
		cJSON_AddStringToObject(
			out, p->key, text_equal(p->key, "OIDCToken") ? "(secret)" : p->value);
	}
}

static const char *style_name(const struct call *c)
{
	if (c->style == CALL_PLAIN || sts_is_unsigned(c))
		return "none";
	return c->style == CALL_RPC ? "rpc" : "acs3";
}

/* The rest of the entry is added when the reply is known. */
static void log_begin(struct call *c)
{
	const struct request *r = c->request;
	const char *nonce = c->style == CALL_RPC ? query_get(&c->params, "SignatureNonce")
						 : request_header(r, "x-acs-signature-nonce");
	const char *agent = request_header(r, "user-agent");
	const char *host = request_header(r, "host");
	char time[STAMP_SIZE];
	cJSON *entry;

	c->log_number = calllog_begin(&c->sim->log);
	entry = calllog_entry(&c->sim->log, c->log_number);
	stamp_print(clock_now_us(&c->sim->clock), STAMP_SECOND, time);
	cJSON_AddStringToObject(entry, "time", time);
	cJSON_AddNumberToObject(
		entry, "time_s", (double)clock_now_us(&c->sim->clock) / (double)SECOND_US);
	cJSON_AddStringToObject(entry, "scheme", r->tls ? "https" : "http");
	cJSON_AddStringToObject(entry, "host", host ? host : "");
	cJSON_AddStringToObject(entry, "method", r->method);
	cJSON_AddStringToObject(entry, "version", c->version);
	cJSON_AddStringToObject(entry, "action", c->action);
	cJSON_AddStringToObject(entry, "signature", style_name(c));
	cJSON_AddStringToObject(entry, "nonce", nonce ? nonce : "");
	cJSON_AddStringToObject(entry, "user_agent", agent ? agent : "");
	cJSON_AddStringToObject(entry, "request_id", c->request_id);
	log_params(c, cJSON_AddObjectToObject(entry, "params"));
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
	const struct key *k;

	if (!entry)
		return;
	k = c->key ? auth_key(&c->sim->auth, c->key) : NULL;
	cJSON_AddStringToObject(entry, "access_key", c->key ? c->key : "");
	cJSON_AddStringToObject(entry, "caller", k ? k->arn : "");
	cJSON_AddStringToObject(entry, "session_policy", k && k->policy ? k->policy : "");
	cJSON_AddStringToObject(entry, "issued", c->issued ? c->issued : "");
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

/* Which kind of call it is; the action, the version. */
static void read_style(struct call *c)
{
	const struct request *r = c->request;
	const char *plain = plain_action(r), *action = request_header(r, "x-acs-action");
	const char *version = request_header(r, "x-acs-version");

	if (plain) {
		c->style = CALL_PLAIN;
		action = plain;
	} else if (!action && query_get(&c->params, "Action")) {
		c->style = CALL_RPC;
		action = query_get(&c->params, "Action");
		version = query_get(&c->params, "Version");
	}
	c->action = action ? action : "";
	c->version = version ? version : "";
}

static bool read_params(struct call *c)
{
	const struct request *r = c->request;
	const char *question = strchr(r->target, '?');
	const char *type = request_header(r, "content-type");
	bool readable = query_parse(question ? question + 1 : "", &c->params);

	c->query_count = c->params.count;
	if (readable && r->body.s && type && text_starts(type, "application/x-www-form-urlencoded"))
		readable = query_add(r->body.s, &c->params);
	return readable;
}

static bool check(struct call *c, struct refusal *ret)
{
	struct auth *a = &c->sim->auth;
	const struct switches *s = &c->sim->switches;
	const struct query query = {.pairs = c->params.pairs, .count = c->query_count};

	if (c->style == CALL_PLAIN || sts_is_unsigned(c))
		return true;
	if (c->style == CALL_RPC)
		return auth_check_rpc(a, s, c->request, &c->params, c->now_us, &c->key, ret);
	return auth_check(a, s, c->request, &query, c->now_us, &c->key, ret);
}

void call_begin(struct call *c)
{
	bool readable = read_params(c);
	struct refusal refusal = {0};

	read_style(c);
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
	if (!check(c, &refusal)) {
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
		if (c->style == CALL_PLAIN)
			plain_run(c);
		else if (!c->sim->replay || !replay_run(c->sim->replay, c))
			actions_run(c);
		interfere_body(c);
	}
	if (c->style != CALL_PLAIN)
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
	free(c->issued);
	*c = (struct call){0};
}
