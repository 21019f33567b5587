/* The transport of calls: keys, signature, host, and the callbacks that tell what came of them. */
#include "cloud/client.h"

#include "base/text.h"
#include "cloud/call.h"
#include "cloud/credential_cache.h"
#include "cloud/endpoint.h"
#include "cloud/http.h"
#include "cloud/outcome.h"
#include "cloud/redact.h"
#include "cloud/request.h"
#include "cloud/sts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CHANGE_WAIT_S 10

struct client_account {
	struct client_account *next;
	struct client *client;
	char *name, *endpoint, *sts_endpoint, *ca_file;
	bool vpc;
	int64_t unavailable_ms; /* of the last 503: another server of the name may be well; 0: none
				 */
	bool shared;            /* ask the shared host: a region's own had no address */
	struct credential_cache *cache;
	struct call *waiting; /* calls that wait for keys */
};

struct client {
	struct http *http;
	struct client_account *accounts;
	struct cloud_clock clock;
	int64_t renewed_ms; /* client_renew(); 0: never */
	void (*tell)(void *data, bool trouble, const char *text);
	void *tell_data;
	struct call **calls; /* all calls whose callback has not run yet */
	size_t count, capacity;
	struct call *due, **due_end;
	bool turning, freed; /* client_turn() runs; a callback has freed the client meanwhile */
};

static void call_free(struct call *k)
{
	free(k->region);
	free(k->cluster);
	for (size_t i = 0; i < k->tag_count; i++) {
		free(k->tags[i].key);
		free(k->tags[i].value);
	}
	free(k->tags);
	free(k->query);
	keys_done(&k->keys);
	cJSON_Delete(k->reply);
	http_reply_done(&k->reply_raw);
	free(k);
}

int client_new(const struct client_options *o, struct client **ret, struct error *err)
{
	struct client *c = xcalloc(1, sizeof(*c));
	int r;

	r = http_new(
		&(struct http_options){
			.connect_timeout_s = o->connect_timeout_s ? o->connect_timeout_s : 10,
			.total_timeout_s = o->total_timeout_s ? o->total_timeout_s : 60,
			.connection_lifetime_s =
				o->connection_lifetime_s ? o->connection_lifetime_s : 300},
		&c->http, err);
	if (r < 0) {
		free(c);
		return r;
	}
	c->due_end = &c->due;
	c->tell = o->tell;
	c->tell_data = o->tell_data;
	*ret = c;
	return 0;
}

void client_free(struct client *c)
{
	if (!c)
		return;
	if (c->turning) { /* a callback frees the client: client_turn() does it at its end */
		c->freed = true;
		return;
	}
	while (c->accounts)
		client_remove_account(c->accounts);
	http_free(c->http);
	for (size_t i = 0; i < c->count; i++)
		call_free(c->calls[i]);
	free(c->calls);
	free(c);
}

void client_account_state(const struct client_account *a, struct login_state *ret)
{
	credential_cache_state(a->cache, ret);
}

/* Where the account's calls about a region go. */
static int find_endpoint(
	const struct client_account *a, const char *region, struct endpoint *ret, struct error *err)
{
	int r = endpoint_resolve(a->endpoint, region, a->vpc, ret, err);

	if (r == 0 && a->shared && ret->shared)
		(void)snprintf(ret->host, sizeof(ret->host), "%s", ret->shared);
	return r;
}

char *client_account_url(const struct client_account *a, const char *region)
{
	struct endpoint e;

	if (find_endpoint(a, region, &e, NULL) < 0)
		return NULL;
	return xasprintf("%s://%s", e.tls ? "https" : "http", e.host);
}

struct http *client_http(struct client *c)
{
	return c->http;
}

void client_renew(struct client *c)
{
	c->renewed_ms = http_now_ms();
}

size_t client_pending(const struct client *c)
{
	return c->count;
}

int64_t client_busy_ms(const struct client *c)
{
	return http_busy_ms(c->http);
}

int64_t client_connections(const struct client *c)
{
	return http_connections(c->http);
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
			      .now_s = cloud_clock_now(&c->clock),
			      .nonce = nonce},
		&request);
	r = http_start(c->http,
		&(struct http_request){.url = request.url,
			.method = k->action->method,
			.headers = (const char *const *)request.headers,
			.ca_file = k->account->ca_file,
			.plain = e->loopback,
			.direct = e->loopback,
			.once = k->action->changes,
			.body_max = k->action->reply_max,
			.keep_head = k->raw,
			.connected_after_ms = c->renewed_ms > k->account->unavailable_ms
				? c->renewed_ms
				: k->account->unavailable_ms},
		&k->waiter, &err);
	request_done(&request);
	if (r < 0)
		call_fail(k, "Connect", err.text);
}

/* True if a call that changes something has waited for keys or for its connection as long as it
 * may: the listing that it rests on grows old (S2). Both clocks count, since CLOCK_BOOTTIME stands
 * still while a hypervisor pauses the machine. */
static bool is_too_late(const struct call *k)
{
	int64_t boot_s = cloud_clock_boot() - k->asked_boot_s;
	int64_t wall_s = cloud_clock_wall() - k->asked_wall_s;

	return k->action->changes && (boot_s > CHANGE_WAIT_S || wall_s > CHANGE_WAIT_S);
}

/* Asked once the call is signed and its connection is made: the machine may have slept since. */
static bool may_send(const struct http_waiter *w)
{
	return !is_too_late((const struct call *)w);
}

static void wait_for_keys(struct call *k)
{
	k->next = k->account->waiting;
	k->account->waiting = k;
}

/* Sends the call if there are keys, or lets it wait for them. */
static void go(struct call *k)
{
	const struct client_account *a = k->account;
	struct endpoint e;
	struct error err = {0};
	struct keys keys;
	int r;

	r = k->action->sts ? sts_endpoint(a->sts_endpoint, k->region, a->vpc, &e, &err)
			   : find_endpoint(a, k->region, &e, &err);
	if (r < 0) {
		call_fail(k, "Endpoint", err.text);
		return;
	}
	r = credential_cache_get(a->cache, k->region, &keys, &err);
	if (r == -EAGAIN) {
		wait_for_keys(k);
	} else if (r < 0) {
		call_fail(k, "Credentials", err.text);
	} else if (k->renewed && keys_same(&keys, &k->keys)) {
		keys_done(&keys); /* the same keys would be refused again */
		make_due(k->client, k);
	} else if (is_too_late(k)) {
		keys_done(&keys);
		call_fail(k, "Credentials",
			"the keys came too late for a call that changes something");
	} else {
		keys_done(&k->keys);
		k->keys = keys;
		send_request(k, &e);
	}
}

/* The keys of the account have changed, or cannot be had. */
static void resume_waiting(void *data)
{
	struct client_account *a = data;
	struct call *k = a->waiting;

	a->waiting = NULL;
	while (k) {
		struct call *next = k->next;
		k->next = NULL;
		go(k);
		k = next;
	}
}

static void tell(void *data, bool trouble, const char *text)
{
	const struct client_account *a = data;
	_cleanup_free_ char *line = xasprintf("account '%s': %s", a->name, text);

	if (a->client->tell)
		a->client->tell(a->client->tell_data, trouble, line);
}

int client_add_account(struct client *c, const struct client_account_options *o,
	struct client_account **ret, struct error *err)
{
	struct client_account *a;
	struct endpoint e;
	int r;

	if (o->endpoint && *o->endpoint) {
		r = endpoint_resolve(o->endpoint, NULL, false, &e, err);
		if (r < 0)
			return error_add(err, "account '%s'", o->name);
	}
	if (o->login.sts_endpoint && *o->login.sts_endpoint) {
		r = endpoint_resolve_sts(o->login.sts_endpoint, NULL, false, &e, err);
		if (r < 0)
			return error_add(err, "account '%s': sts_endpoint", o->name);
	}
	a = xcalloc(1, sizeof(*a));
	a->client = c;
	a->name = xstrdup(o->name);
	a->endpoint = xstrdup(o->endpoint);
	a->sts_endpoint = xstrdup(o->login.sts_endpoint);
	a->ca_file = xstrdup(o->ca_file);
	a->vpc = o->vpc;
	a->cache = credential_cache_new(&(struct credential_cache_options){.name = a->name,
		.login = o->login,
		.ca_file = a->ca_file,
		.vpc = a->vpc,
		.http = c->http,
		.clock = &c->clock,
		.changed = resume_waiting,
		.tell = tell,
		.data = a});
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
	credential_cache_free(a->cache);
	free(a->name);
	free(a->endpoint);
	free(a->sts_endpoint);
	free(a->ca_file);
	free(a);
}

/* True if the call is to be sent again, with a new session. These codes say that the session had
 * ended, and so prove that nothing was done (the page of common error codes). Once a call. */
static bool renews(struct call *k)
{
	if (k->answer.kind != ANSWER_REFUSED || !k->keys.token || k->renewed ||
		!text_starts(k->answer.code, "InvalidSecurityToken."))
		return false;
	credential_cache_refused(k->account->cache, &k->keys);
	k->renewed = !is_too_late(k);
	return k->renewed;
}

/* True if the call is to be sent again, to the other of the region's two hosts, because the name of
 * the first one has no address. Once a call. */
static bool asks_other_host(struct call *k)
{
	struct client_account *a = k->account;
	struct endpoint e;

	if (k->answer.kind != ANSWER_UNSENT || strcmp(k->answer.code, "Resolve") != 0 ||
		k->action->sts || endpoint_resolve(a->endpoint, k->region, a->vpc, &e, NULL) < 0 ||
		!e.shared)
		return false;
	if (k->both_asked) {
		a->shared = false;
		(void)snprintf(k->answer.message, sizeof(k->answer.message),
			"Could not resolve host: %s, nor %s", e.host, e.shared);
		return false;
	}
	a->shared = !a->shared;
	return k->both_asked = true;
}

static void answered(struct http_waiter *w, struct http_reply *reply)
{
	struct call *k = (struct call *)w;

	outcome_read(reply, &k->keys, &k->answer, &k->reply);
	if (k->answer.http_status == 503)
		k->account->unavailable_ms = http_now_ms();
	if (strcmp(k->answer.code, "InvalidTimeStamp.Expired") == 0 && k->answer.server_s != 0)
		cloud_clock_learn(&k->client->clock, k->answer.server_s);
	http_reply_done(&k->reply_raw);
	if (k->raw && reply->fate == HTTP_ANSWERED) {
		k->reply_raw = *reply;
		*reply = (struct http_reply){0};
	}
	http_reply_done(reply);
	if (renews(k) || asks_other_host(k))
		go(k);
	else
		make_due(k->client, k);
}

struct call *call_new(struct client *c, const struct client_target *t, const struct action *action,
	int64_t now_s, client_callback *done, void *data)
{
	struct call *k = xcalloc(1, sizeof(*k));

	k->waiter.answered = answered;
	k->waiter.may_send = may_send;
	k->client = c;
	k->account = t->account;
	k->action = action;
	k->region = xstrdup(t->region);
	k->cluster = xstrdup(t->cluster);
	k->remote = t->remote;
	k->raw = t->raw;
	k->now_s = now_s;
	k->done = done;
	k->data = data;
	c->calls = memory_grow(c->calls, &c->capacity, c->count + 1, sizeof(struct call *));
	c->calls[c->count++] = k;
	return k;
}

void call_start(struct call *k, const struct sign_pair *params, size_t count)
{
	_cleanup_free_ struct sign_pair *all = xcalloc(count + 1, sizeof(*all));

	for (size_t i = 0; i < count; i++)
		all[i] = params[i];
	/* The shared host serves several regions, and reads without a RegionId have failed there:
	 * the vendor's Terraform provider (PR 8097) adds it even where no API page lists it. */
	if (!k->action->sts && k->region && *k->region)
		all[count++] = (struct sign_pair){"RegionId", k->region};
	cloud_clock_see(&k->client->clock, k->now_s);
	k->asked_boot_s = cloud_clock_boot();
	k->asked_wall_s = cloud_clock_wall();
	k->query = sign_canonical_query(all, count);
	go(k);
}

static void forget(struct client *c, const struct call *k)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->calls[i] == k) {
			c->calls[i] = c->calls[--c->count];
			return;
		}
}

/* Runs the callbacks that are due now. Calls that they start, and that fail at once, are due in the
 * next turn. */
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

/* Adds the descriptors that the credential caches wait for, and lowers the time-out to theirs. */
static size_t watch(const struct client *c, int fds[HTTP_FDS_MAX], size_t count, int *timeout_ms)
{
	for (const struct client_account *a = c->accounts; a; a = a->next) {
		int fd = credential_cache_fd(a->cache), ms = credential_cache_wait_ms(a->cache);
		if (fd >= 0 && count < HTTP_FDS_MAX)
			fds[count++] = fd;
		if (ms >= 0 && (*timeout_ms < 0 || ms < *timeout_ms))
			*timeout_ms = ms;
	}
	return count;
}

int client_turn(struct client *c, int fd, int timeout_ms, struct error *err)
{
	int fds[HTTP_FDS_MAX] = {fd};
	size_t count = fd >= 0 ? 1 : 0;
	int r;

	if (c->turning)
		return error_set(err, EBUSY, "client_turn() within a turn");
	if (c->due)
		timeout_ms = 0;
	count = watch(c, fds, count, &timeout_ms);
	r = http_turn(c->http, fds, count, timeout_ms, err);
	c->turning = true;
	http_deliver(c->http);
	for (struct client_account *a = c->accounts; a; a = a->next)
		credential_cache_poll(a->cache);
	run_due(c);
	c->turning = false;
	if (c->freed)
		client_free(c);
	return r;
}
