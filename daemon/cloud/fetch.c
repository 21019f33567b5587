/* Carries out one provider: the conversations that end with keys. */
#include "cloud/fetch.h"

#include "base/text.h"
#include "cloud/endpoint.h"
#include "cloud/keyfile.h"
#include "cloud/metadata.h"
#include "cloud/outcome.h"
#include "cloud/redact.h"
#include "cloud/sts.h"
#include "cloud/subprocess.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define METADATA_URL "http://100.100.100.200" /* the ECS manual */
#define COMMAND_LIMIT_S 60                    /* as the vendor's clients have it */
#define EXPIRED_S 60                          /* for so long a session is tried that came expired */
#define OIDC_TOKEN_MIN ((size_t)4)            /* AssumeRoleWithOIDC: 4 to 20000 characters */
#define OIDC_TOKEN_MAX ((size_t)20000)

struct fetch {
	struct http_waiter waiter; /* the first member: answered() casts it back */
	struct fetch_options options;
	struct provider provider;
	size_t role; /* index of the next role to assume */
	struct keys
		keys; /* those that were got so far; with OIDC its token, so that it is redacted */
	int64_t expires_s, now_s; /* end of `keys` by the giver's clock; that clock now */
	int64_t until_boot_s;     /* end of `keys` by our clock; 0: not known */
	struct metadata metadata;
	struct subprocess *command;
	bool retried; /* the request at hand, after the clock was corrected */
	int64_t retry_after_s;
	int result;
	struct error error;
};

static void begin_next(struct fetch *f);

static void finish(struct fetch *f, int r)
{
	f->result = r;
	if (r < 0 && r != -ENODEV)
		(void)error_add(&f->error, "%s", f->provider.source);
}

static int start_http(struct fetch *f, const struct http_request *request)
{
	struct http_request r = *request;

	r.ca_file = f->options.ca_file;
	r.body_max = SESSION_BODY_MAX;
	r.secret = true;
	return http_start(f->options.http, &r, &f->waiter, &f->error);
}

static int ask_metadata(struct fetch *f)
{
	const char *given = provider_env("RETAIND_METADATA_ENDPOINT");
	struct metadata_question q;
	_cleanup_free_ char *url = NULL;
	struct endpoint e;
	int r;

	metadata_ask(&f->metadata, &q);
	url = xasprintf(METADATA_URL "%s", q.path);
	if (given) { /* for tests: keys must not go elsewhere by a variable */
		r = endpoint_resolve(given, NULL, false, &e, &f->error);
		if (r == 0 && !e.loopback)
			r = error_set(
				&f->error, EINVAL, "RETAIND_METADATA_ENDPOINT: only loopback");
		if (r < 0) {
			memory_erase_string(q.header);
			return r;
		}
		free(url);
		url = xasprintf("%s://%s%s", e.tls ? "https" : "http", e.host, q.path);
	}
	r = start_http(f,
		&(struct http_request){.url = url,
			.method = q.method,
			.headers = (const char *const[]){q.header ? q.header : "Accept: */*", NULL},
			.plain = true,
			.direct = true,
			.connect_timeout_s = 1,
			.total_timeout_s = 2});
	memory_erase_string(q.header);
	return r;
}

static int ask_uri(struct fetch *f)
{
	bool plain = strncasecmp(f->provider.what, "http://", 7) == 0;

	if (!plain && strncasecmp(f->provider.what, "https://", 8) != 0)
		return error_set(&f->error, EINVAL, "it begins with neither http:// nor https://");
	return start_http(f,
		&(struct http_request){.url = f->provider.what,
			.method = "GET",
			.headers = (const char *const[]){"Accept: application/json",
				"User-Agent: retaind/" RETAIND_VERSION, NULL},
			.plain = plain,
			.direct = plain, /* keys in clear text must not leave this network */
			.connect_timeout_s = 5,
			.total_timeout_s = 15});
}

/* Three parts of base64url, the first of which begins as a JSON object does (RFC 7515, 7.1). */
static bool is_jwt(const char *s)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	int parts = 1;

	for (const char *at = s;; at++, parts++) {
		size_t length = strspn(at, alphabet);
		at += length;
		if (length == 0 || !*at)
			return length > 0 && parts == 3 && *s == 'e';
		if (*at != '.')
			return false;
	}
}

/* Also by a symlink. */
static bool is_below_credentials(const char *path)
{
	const char *directory = provider_env("CREDENTIALS_DIRECTORY");
	_cleanup_free_ char *above = directory ? realpath(directory, NULL) : NULL;
	_cleanup_free_ char *file = above ? realpath(path, NULL) : NULL;
	size_t length = above ? strlen(above) : 0;

	return file && strncmp(file, above, length) == 0 && file[length] == '/';
}

/* Whoever writes a policy file chooses the token's file and where the token goes. So that neither
 * posts a key to a server of theirs, a file below the credentials' directory is refused, and a file
 * without a token, too. */
static int read_oidc_token(struct fetch *f)
{
	char *token = NULL;
	size_t length;
	int r;

	if (is_below_credentials(f->provider.what))
		return error_set(&f->error, EPERM,
			"%s: lies below $CREDENTIALS_DIRECTORY, which is for keys: put the token "
			"elsewhere",
			f->provider.what);
	r = keyfile_read(f->provider.what, false, &token, &f->error);
	if (r < 0)
		return r;
	keyfile_trim(token);
	length = strlen(token);
	keys_done(&f->keys);
	f->keys.token = token;
	if (length < OIDC_TOKEN_MIN || length > OIDC_TOKEN_MAX)
		return error_set(&f->error, EINVAL, "%s: no token of 4 to 20000 characters",
			f->provider.what);
	if (!is_jwt(token))
		return error_set(&f->error, EINVAL,
			"%s: holds no OIDC token (a JWT: three parts of base64url with dots "
			"between)",
			f->provider.what);
	return 0;
}

static int ask_sts(struct fetch *f)
{
	const struct role *role = &f->provider.roles[f->role];
	const char *given = role->sts_endpoint ? role->sts_endpoint : f->options.sts_endpoint;
	struct endpoint e;
	struct request request;
	int64_t now_s = cloud_clock_now(f->options.clock);
	int r;

	r = sts_endpoint(given, f->options.region, f->options.vpc, &e, &f->error);
	if (r < 0)
		return r;
	if (f->provider.kind == PROVIDER_OIDC && f->role == 0) {
		r = read_oidc_token(f);
		if (r < 0)
			return r;
		sts_assume_role_with_oidc(
			&e, role, f->provider.oidc_provider, f->keys.token, now_s, &request);
	} else {
		sts_assume_role(&e, role, &f->keys, now_s, &request);
	}
	r = start_http(f,
		&(struct http_request){.url = request.url,
			.method = "POST",
			.headers = (const char *const *)request.headers,
			.body = request.body,
			.plain = e.loopback,
			.direct = e.loopback,
			.connect_timeout_s = 5,
			.total_timeout_s = 15});
	request_done(&request);
	return r;
}

/* Takes over the keys of a session. */
static void advance(struct fetch *f, struct session *s, int64_t now_s)
{
	keys_done(&f->keys);
	f->keys = s->keys;
	*s = (struct session){.expires_s = s->expires_s};
	f->until_boot_s = 0;
	if (s->expires_s != 0) {
		/* A session that comes expired may be good: a clock may be wrong. It is tried. */
		int64_t lifetime_s = s->expires_s > now_s ? s->expires_s - now_s : EXPIRED_S;
		f->until_boot_s = cloud_clock_boot() + lifetime_s;
	}
	f->retried = false;
}

static void error_of_answer(struct fetch *f, const struct answer *a)
{
	(void)error_set(&f->error, EIO, "%s%s%s%s%s%s", a->code, *a->message ? ": " : "",
		a->message, *a->request_id ? " (request " : "", a->request_id,
		*a->request_id ? ")" : "");
	f->retry_after_s = (a->retry_after_ms + 999) / 1000;
}

static int take_sts(struct fetch *f, const struct http_reply *reply, struct session *ret)
{
	const struct role *role = &f->provider.roles[f->role];
	struct answer answer;
	char shown[128];
	int r = -EIO;

	outcome_read(reply, &f->keys, &answer, NULL);
	if (strcmp(answer.code, "InvalidTimeStamp.Expired") == 0 && answer.server_s != 0 &&
		!f->retried) {
		cloud_clock_learn(f->options.clock, answer.server_s);
		f->retried = true;
		return ask_sts(f);
	}
	if (answer.kind == ANSWER_OK)
		r = session_read_sts(reply->body, reply->length, ret, &f->error);
	else
		error_of_answer(f, &answer);
	if (r < 0) {
		text_copy_printable(shown, sizeof(shown), role->arn);
		return error_add(&f->error, "the role %s", shown);
	}
	f->role++;
	return 1;
}

static int take_uri(struct fetch *f, const struct http_reply *reply, struct session *ret)
{
	char detail[sizeof(reply->detail)];
	int r;

	if (reply->fate != HTTP_ANSWERED) {
		redact(reply->detail, &(struct keys){.token = f->provider.what}, detail,
			sizeof(detail));
		return error_set(&f->error, EIO, "%s: %s", reply->word, detail);
	}
	if (reply->status != 200)
		return error_set(&f->error, EIO, "HTTP status %d", reply->status);
	r = session_read_flat(reply->body, reply->length, true, ret, &f->error);
	return r < 0 ? r : 1;
}

static int take_metadata(struct fetch *f, const struct http_reply *reply, struct session *ret)
{
	int r = metadata_take(&f->metadata, reply, ret, &f->error);

	return r == 0 ? ask_metadata(f) : r;
}

static int take(struct fetch *f, const struct http_reply *reply, struct session *ret)
{
	if (f->keys.id || f->provider.kind == PROVIDER_OIDC)
		return take_sts(f, reply, ret);
	return f->provider.kind == PROVIDER_ECS ? take_metadata(f, reply, ret)
						: take_uri(f, reply, ret);
}

/* `r` is 0: the conversation goes on. 1: the session has come. */
static void go_on(struct fetch *f, int r, struct session *s, int64_t now_s)
{
	if (r < 0) {
		finish(f, r);
	} else if (r > 0) {
		advance(f, s, now_s);
		begin_next(f);
	}
	session_done(s);
	if (f->result != -EINPROGRESS)
		f->options.finished(f->options.data);
}

static void answered(struct http_waiter *w, struct http_reply *reply)
{
	struct fetch *f = (struct fetch *)w;
	struct session session = {0};
	int64_t date_s = outcome_date(reply);
	int r = take(f, reply, &session);

	http_reply_done(reply);
	go_on(f, r, &session, date_s ? date_s : cloud_clock_now(f->options.clock));
}

static void begin_next(struct fetch *f)
{
	if (f->role == f->provider.role_count) {
		finish(f, 0);
		return;
	}
	f->result = ask_sts(f);
	if (f->result < 0)
		finish(f, f->result);
	else
		f->result = -EINPROGRESS;
}

static int begin(struct fetch *f)
{
	switch (f->provider.kind) {
	case PROVIDER_KEYS:
		keys_copy(&f->provider.keys, &f->keys);
		begin_next(f);
		return f->result == -EINPROGRESS ? 0 : f->result;
	case PROVIDER_OIDC:
		return ask_sts(f);
	case PROVIDER_ECS:
		metadata_begin(&f->metadata, f->provider.what,
			provider_env_is_true("ALIBABA_CLOUD_IMDSV1_DISABLED"));
		return ask_metadata(f);
	case PROVIDER_URI:
		return ask_uri(f);
	case PROVIDER_EXTERNAL:
		return subprocess_start(f->provider.what, COMMAND_LIMIT_S, cloud_clock_boot(),
			&f->command, &f->error);
	}
	return 0;
}

struct fetch *fetch_start(const struct fetch_options *o, struct provider *provider)
{
	struct fetch *f = xcalloc(1, sizeof(*f));
	int r;

	f->waiter.answered = answered;
	f->options = *o;
	f->provider = *provider;
	*provider = (struct provider){0};
	f->result = -EINPROGRESS;
	r = begin(f);
	if (r < 0 && f->result == -EINPROGRESS)
		finish(f, r);
	return f;
}

void fetch_free(struct fetch *f)
{
	if (!f)
		return;
	http_forget(f->options.http, &f->waiter);
	subprocess_free(f->command);
	metadata_done(&f->metadata);
	keys_done(&f->keys);
	provider_done(&f->provider);
	free(f);
}

int fetch_fd(const struct fetch *f)
{
	return f->command ? subprocess_fd(f->command) : -1;
}

int fetch_wait_ms(const struct fetch *f)
{
	return f->command ? subprocess_wait_ms(f->command) : -1;
}

void fetch_poll(struct fetch *f)
{
	struct session session = {0};
	const char *output;
	size_t length;
	int r;

	if (!f->command)
		return;
	r = subprocess_poll(f->command, cloud_clock_boot(), &output, &length, &f->error);
	if (r == 0)
		return;
	if (r > 0) {
		r = session_read_external(output, length, &session, &f->error);
		r = r < 0 ? r : 1;
	}
	subprocess_free(f->command);
	f->command = NULL;
	go_on(f, r, &session, cloud_clock_now(f->options.clock));
}

int fetch_result(struct fetch *f, struct keys *ret_keys, int64_t *ret_lifetime_s, struct error *err)
{
	if (f->result < 0) {
		if (err)
			*err = f->error;
		return f->result;
	}
	*ret_keys = f->keys;
	f->keys = (struct keys){0};
	*ret_lifetime_s = 0;
	if (f->until_boot_s != 0) {
		*ret_lifetime_s = f->until_boot_s - cloud_clock_boot();
		if (*ret_lifetime_s < 1)
			*ret_lifetime_s = 1;
	}
	return 0;
}

int64_t fetch_retry_after_s(const struct fetch *f)
{
	return f->retry_after_s;
}

const struct provider *fetch_provider(const struct fetch *f)
{
	return &f->provider;
}
