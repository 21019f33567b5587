#include "cloud/client.h"

#include "base/text.h"
#include "cloud/credentials.h"
#include "cloud/endpoint.h"
#include "cloud/http.h"
#include "cloud/outcome.h"
#include "cloud/redact.h"
#include "cloud/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PARAMS_MAX 8
#define IDS_MAX 100 /* of one DeleteBackups call: the API page's limit */

enum call_kind {
	CALL_DESCRIBE_BACKUPS,
	CALL_CREATE_BACKUP,
	CALL_DELETE_BACKUPS,
	CALL_DESCRIBE_RETENTION,
};

struct call {
	struct call *next; /* while due */
	enum call_kind kind;
	char *region, *cluster;
	int64_t now_s;        /* the wall clock at the start */
	struct keys keys;     /* what it was signed with: to be taken out of the answer's texts */
	struct answer answer; /* once due */
	char *body;
	size_t length;
	client_callback *done;
	void *data;
};

struct client {
	struct http *http;
	char *endpoint;
	struct credentials *credentials;
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
	keys_done(&k->keys);
	free(k->body);
	free(k);
}

int client_new(const struct client_options *o, struct client **ret, struct error *err)
{
	struct client *c;
	struct endpoint e;
	int r;

	/* A bad endpoint is told at the start, not at the first backup. */
	if (o->endpoint && *o->endpoint) {
		r = endpoint_resolve(o->endpoint, NULL, &e, err);
		if (r < 0)
			return r;
	}
	c = xcalloc(1, sizeof(*c));
	r = http_new(&(struct http_options){.ca_file = o->ca_file,
			     .connect_timeout_s = o->connect_timeout_s ? o->connect_timeout_s : 10,
			     .total_timeout_s = o->total_timeout_s ? o->total_timeout_s : 60},
		&c->http, err);
	if (r < 0) {
		free(c);
		return r;
	}
	c->endpoint = xstrdup(o->endpoint);
	c->credentials = o->credentials;
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
	free(c->endpoint);
	free(c);
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

static void fail_unsent(struct client *c, struct call *k, const char *code, const char *message)
{
	k->answer = (struct answer){.kind = ANSWER_UNSENT};
	(void)snprintf(k->answer.code, sizeof(k->answer.code), "%s", code);
	text_copy_printable(k->answer.message, sizeof(k->answer.message), message);
	make_due(c, k);
}

static struct call *call_new(struct client *c, enum call_kind kind, const char *region,
	const char *cluster, client_callback *done, void *data)
{
	struct call *k = xcalloc(1, sizeof(*k));

	k->kind = kind;
	k->region = xstrdup(region);
	k->cluster = xstrdup(cluster);
	k->done = done;
	k->data = data;
	c->calls = memory_grow(c->calls, &c->capacity, c->count + 1, sizeof(struct call *));
	c->calls[c->count++] = k;
	return k;
}

static void send_request(struct client *c, struct call *k, const struct endpoint *e,
	const char *action, const struct sign_pair *params, size_t count, int64_t now_s)
{
	struct request request;
	char nonce[REQUEST_NONCE_SIZE];
	struct error err = {0};
	int r;

	request_nonce(nonce);
	request_build(e, action, params, count, &k->keys, now_s + c->skew_s, nonce, &request);
	r = http_start(c->http,
		&(struct http_request){.url = request.url,
			.headers = (const char *const *)request.headers,
			.loopback = e->loopback,
			.once = k->kind == CALL_CREATE_BACKUP || k->kind == CALL_DELETE_BACKUPS},
		k, &err);
	request_done(&request);
	if (r < 0)
		fail_unsent(c, k, "Connect", err.text);
}

static void start(struct client *c, struct call *k, const char *action,
	const struct sign_pair *params, size_t count, int64_t now_s)
{
	struct endpoint e;
	struct error err = {0};

	k->now_s = now_s;
	if (endpoint_resolve(c->endpoint, k->region, &e, &err) < 0)
		fail_unsent(c, k, "Endpoint", err.text);
	else if (!c->credentials)
		fail_unsent(c, k, "Credentials", "no credentials are given");
	else if (credentials_get(c->credentials, &k->keys, &err) < 0)
		fail_unsent(c, k, "Credentials", err.text);
	else
		send_request(c, k, &e, action, params, count, now_s);
}

void client_describe_backups(struct client *c, const char *region, const char *cluster,
	int64_t from_s, int64_t to_s, int64_t page, int64_t now_s, client_callback *done,
	void *data)
{
	struct call *k = call_new(c, CALL_DESCRIBE_BACKUPS, region, cluster, done, data);
	char from[REQUEST_MINUTE_SIZE], to[REQUEST_MINUTE_SIZE], number[24];

	request_minute(from_s, false, from);
	request_minute(to_s, true, to);
	(void)snprintf(number, sizeof(number), "%lld", (long long)page);
	/* Copies in other regions are not ours to judge: Remote=false leaves them out. */
	start(c, k, "DescribeBackups",
		(struct sign_pair[]){{"DBClusterId", cluster}, {"StartTime", from}, {"EndTime", to},
			{"PageSize", "100"}, {"PageNumber", number}, {"Remote", "false"}},
		6, now_s);
}

void client_create_backup(struct client *c, const char *region, const char *cluster, int64_t now_s,
	client_callback *done, void *data)
{
	struct call *k = call_new(c, CALL_CREATE_BACKUP, region, cluster, done, data);

	start(c, k, "CreateBackup",
		(struct sign_pair[]){{"DBClusterId", cluster}, {"RegionId", region}},
		region && *region ? 2 : 1, now_s);
}

/* "763,764". False if it is not 1 to 100 good ids: a comma within one would name another set. */
static bool join_ids(const char *const *ids, size_t count, struct text *out)
{
	if (count < 1 || count > IDS_MAX)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!reply_is_set_id(ids[i]))
			return false;
		text_printf(out, "%s%s", i ? "," : "", ids[i]);
	}
	return true;
}

void client_delete_backups(struct client *c, const char *region, const char *cluster,
	const char *const *ids, size_t count, int64_t now_s, client_callback *done, void *data)
{
	struct call *k = call_new(c, CALL_DELETE_BACKUPS, region, cluster, done, data);
	_cleanup_(text_done) struct text joined = TEXT_INIT(IDS_MAX * (REPLY_ID_MAX + 1));

	if (!join_ids(ids, count, &joined)) {
		fail_unsent(
			c, k, "Ids", "a delete call takes 1 to 100 ids of [A-Za-z0-9._-]{1,64}");
		return;
	}
	start(c, k, "DeleteBackups",
		(struct sign_pair[]){
			{"DBClusterId", cluster}, {"BackupIds", joined.s}, {"RegionId", region}},
		region && *region ? 3 : 2, now_s);
}

void client_describe_retention(struct client *c, const char *region, const char *cluster,
	int64_t now_s, client_callback *done, void *data)
{
	struct call *k = call_new(c, CALL_DESCRIBE_RETENTION, region, cluster, done, data);

	start(c, k, "DescribeBackupPolicy", (struct sign_pair[]){{"DBClusterId", cluster}}, 1,
		now_s);
}

/* Reads the body that this kind of call returns; what does not read turns the answer. */
static void read_body(struct call *k, struct page *page, struct cloud_retention *retention)
{
	struct error err = {0};
	int r = 0;

	/* What a set is said to be like is told to people: no secret may stand there. */
	if (k->body && redact_finds(k->body, &k->keys)) {
		outcome_bad_reply(&k->answer, "the reply repeats a secret", &k->keys);
		return;
	}
	switch (k->kind) {
	case CALL_DESCRIBE_BACKUPS:
		r = reply_read_backups(k->body, k->length, k->cluster, k->region, page, &err);
		break;
	case CALL_DESCRIBE_RETENTION:
		r = reply_read_retention(k->body, k->length, retention, &err);
		break;
	case CALL_CREATE_BACKUP:
	case CALL_DELETE_BACKUPS:
		if (!*k->answer.request_id)
			r = error_set(&err, EBADMSG, "the reply has no RequestId");
		break;
	}
	if (r < 0)
		outcome_bad_reply(&k->answer, err.text, &k->keys);
}

static void deliver(struct call *k)
{
	struct client_result result = {.answer = &k->answer};
	_cleanup_(page_done) struct page page;
	struct cloud_retention retention;

	page_init(&page);
	if (k->answer.kind == ANSWER_OK)
		read_body(k, &page, &retention);
	if (k->answer.kind == ANSWER_OK && k->kind == CALL_DESCRIBE_BACKUPS)
		result.page = &page;
	if (k->answer.kind == ANSWER_OK && k->kind == CALL_DESCRIBE_RETENTION)
		result.retention = &retention;
	k->done(k->data, &result);
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
			deliver(k);
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
