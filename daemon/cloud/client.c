#include "cloud/client.h"

#include "base/text.h"
#include "cloud/call.h"
#include "cloud/endpoint.h"
#include "cloud/http.h"
#include "cloud/outcome.h"
#include "cloud/redact.h"
#include "cloud/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct client_account {
	struct client_account *next;
	struct client *client;
	char *name, *endpoint, *ca_file;
	bool vpc;
	struct credentials *credentials;
};

struct client {
	struct http *http;
	struct client_account *accounts;
	int64_t skew_s;      /* added to the wall clock in x-acs-date */
	struct call **calls; /* all whose callback has not run */
	size_t count, capacity;
	struct call *due, **due_end;
	bool turning, freed; /* inside client_turn(); and freed there by a callback */
};

static void call_free(struct call *k)
{
	free(k->region);
	free(k->cluster);
	free(k->query);
	keys_done(&k->keys);
	free(k->body);
	free(k);
}

int client_new(const struct client_options *o, struct client **ret, struct error *err)
{
	struct client *c = xcalloc(1, sizeof(*c));
	int r;

	r = http_new(
		&(struct http_options){
			.connect_timeout_s = o->connect_timeout_s ? o->connect_timeout_s : 10,
			.total_timeout_s = o->total_timeout_s ? o->total_timeout_s : 60},
		&c->http, err);
	if (r < 0) {
		free(c);
		return r;
	}
	c->due_end = &c->due;
	*ret = c;
	return 0;
}

void client_free(struct client *c)
{
	if (!c)
		return;
	if (c->turning) { /* called by a callback: client_turn() does the rest */
		c->freed = true;
		return;
	}
	http_free(c->http);
	for (size_t i = 0; i < c->count; i++)
		call_free(c->calls[i]);
	free(c->calls);
	while (c->accounts)
		client_remove_account(c->accounts);
	free(c);
}

int client_add_account(struct client *c, const struct client_account_options *o,
	struct client_account **ret, struct error *err)
{
	struct client_account *a;
	struct endpoint e;
	int r;

	if (o->endpoint && *o->endpoint) {
		r = endpoint_resolve(o->endpoint, NULL, &e, err);
		if (r < 0)
			return r;
	}
	a = xcalloc(1, sizeof(*a));
	a->client = c;
	a->name = xstrdup(o->name);
	a->endpoint = xstrdup(o->endpoint);
	a->ca_file = xstrdup(o->ca_file);
	a->vpc = o->vpc;
	a->credentials = credentials_new();
	a->next = c->accounts;
	c->accounts = a;
	*ret = a;
	return 0;
}

void client_remove_account(struct client_account *a)
{
	struct client_account **at;

	if (!a)
		return;
	at = &a->client->accounts;
	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	credentials_free(a->credentials);
	free(a->name);
	free(a->endpoint);
	free(a->ca_file);
	free(a);
}

size_t client_pending(const struct client *c)
{
	return c->count;
}

static void make_due(struct client *c, struct call *k)
{
	*c->due_end = k;
	c->due_end = &k->next;
}

void call_fail(struct call *k, const char *code, const char *message)
{
	k->answer = (struct answer){.kind = ANSWER_UNSENT};
	(void)snprintf(k->answer.code, sizeof(k->answer.code), "%s", code);
	text_copy_printable(k->answer.message, sizeof(k->answer.message), message);
	make_due(k->client, k);
}

struct call *call_new(struct client *c, const struct client_target *t, const struct action *action,
	int64_t now_s, client_callback *done, void *data)
{
	struct call *k = xcalloc(1, sizeof(*k));

	k->client = c;
	k->account = t->account;
	k->action = action;
	k->region = xstrdup(t->region);
	k->cluster = xstrdup(t->cluster);
	k->now_s = now_s;
	k->done = done;
	k->data = data;
	c->calls = memory_grow(c->calls, &c->capacity, c->count + 1, sizeof(struct call *));
	c->calls[c->count++] = k;
	return k;
}

static void send_request(struct call *k, const struct endpoint *e)
{
	struct client *c = k->client;
	struct request request;
	char nonce[REQUEST_NONCE_SIZE];
	struct error err = {0};
	int r;

	request_nonce(nonce);
	request_build(&(struct request_input){.endpoint = e,
			      .action = k->action->name,
			      .version = k->action->version,
			      .method = k->action->method,
			      .query = k->query,
			      .keys = &k->keys,
			      .now_s = k->now_s + c->skew_s,
			      .nonce = nonce},
		&request);
	r = http_start(c->http,
		&(struct http_request){.url = request.url,
			.method = k->action->method,
			.headers = (const char *const *)request.headers,
			.ca_file = k->account->ca_file,
			.loopback = e->loopback,
			.once = k->action->changes},
		k, &err);
	request_done(&request);
	if (r < 0)
		call_fail(k, "Connect", err.text);
}

void call_start(struct call *k, const struct sign_pair *params, size_t count)
{
	struct endpoint e;
	struct error err = {0};

	k->query = sign_canonical_query(params, count);
	if (endpoint_resolve(k->account->endpoint, k->region, &e, &err) < 0)
		call_fail(k, "Endpoint", err.text);
	else if (credentials_get(k->account->credentials, &k->keys, &err) < 0)
		call_fail(k, "Credentials", err.text);
	else
		send_request(k, &e);
}

bool call_reads(struct call *k)
{
	/* What a set is said to be like is told to people: no secret may stand there. */
	if (k->answer.kind == ANSWER_OK && redact_finds(k->body, &k->keys))
		call_spoil(k, "the reply repeats a secret");
	return k->answer.kind == ANSWER_OK;
}

void call_spoil(struct call *k, const char *message)
{
	outcome_bad_reply(&k->answer, message, &k->keys);
}

void call_deliver(struct call *k, struct client_result *result)
{
	result->answer = &k->answer;
	k->done(k->data, result);
}

/* The service refuses what is dated over 15 minutes off, and tells its own time as it does. Going
 * by that from then on lets a machine with a wrong clock list and take backups (S6). */
static void learn_skew(struct client *c, const struct call *k)
{
	if (strcmp(k->answer.code, "InvalidTimeStamp.Expired") == 0 && k->answer.server_s != 0)
		c->skew_s = k->answer.server_s - k->now_s;
}

static void collect(struct client *c)
{
	struct http_reply reply;
	void *data;

	while (http_take(c->http, &reply, &data)) {
		struct call *k = data;
		outcome_read(&reply, &k->keys, &k->answer);
		learn_skew(c, k);
		k->body = TAKE_PTR(reply.body);
		k->length = reply.length;
		http_reply_done(&reply);
		make_due(c, k);
	}
}

static void forget(struct client *c, const struct call *k)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->calls[i] == k) {
			c->calls[i] = c->calls[--c->count];
			return;
		}
}

/* Runs the callbacks that are due now; what they start and fails at once is for the next turn. */
static void run_due(struct client *c)
{
	struct call *k = c->due;

	c->due = NULL;
	c->due_end = &c->due;
	while (k) {
		struct call *next = k->next;
		if (!c->freed) {
			forget(c, k);
			k->action->read(k);
			call_free(k);
		}
		k = next;
	}
}

int client_turn(struct client *c, int fd, int timeout_ms, struct error *err)
{
	int r;

	if (c->turning)
		return error_set(err, EBUSY, "client_turn() within a turn");
	r = http_turn(c->http, fd, c->due ? 0 : timeout_ms, err);
	c->turning = true;
	collect(c);
	run_due(c);
	c->turning = false;
	if (c->freed)
		client_free(c);
	return r;
}
