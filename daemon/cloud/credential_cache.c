/* Keeps the keys of one account fresh. */
#include "cloud/credential_cache.h"

#include "base/text.h"
#include "cloud/fetch.h"
#include "cloud/source.h"

#include <errno.h>
#include <string.h>

#define AHEAD_S INT64_C(900)  /* with so much life left a session is renewed in the background */
#define LATE_S INT64_C(180)   /* with so much left calls wait for the new session */
#define UNTOLD_S INT64_C(900) /* the age at which a session without an expiration is renewed */
#define BACKOFF_S INT64_C(2)  /* after the first failure; doubles */
#define BACKOFF_MAX_S INT64_C(60)
#define RETRY_AFTER_MAX_S INT64_C(300) /* the longest Retry-After of STS that is heeded */

struct credential_cache {
	struct credential_cache_options options; /* the strings lie in `block` */
	char *block;
	struct fetch *fetch;                           /* under way; NULL: none */
	struct keys session;                           /* id NULL: none */
	int64_t ahead_boot_s, late_boot_s, end_boot_s; /* of the session; end 0: not known */
	struct keys refused; /* the last session that the service refused as ended */
	int64_t retry_boot_s, backoff_s;
	char *source;
	char *region;  /* of the call that caused the last attempt */
	char *trouble; /* why the last attempt failed; NULL: it did not */
};

/* Copies all strings of the options into one block of memory. */
static char *copy_strings(struct credential_cache_options *o)
{
	const char **strings[] = {&o->name, &o->ca_file, &o->login.profile, &o->login.file,
		&o->login.ecs_role, &o->login.uri, &o->login.oidc_provider,
		&o->login.oidc_token_file, &o->login.role, &o->login.role_session_name,
		&o->login.external_id, &o->login.session_policy, &o->login.sts_endpoint};
	size_t size = 1;
	char *block, *at;

	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		size += *strings[i] ? strlen(*strings[i]) + 1 : 0;
	block = at = xcalloc(size, 1);
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		if (*strings[i]) {
			const char *copy = at;
			at = stpcpy(at, *strings[i]) + 1;
			*strings[i] = copy;
		}
	return block;
}

struct credential_cache *credential_cache_new(const struct credential_cache_options *o)
{
	struct credential_cache *c = xcalloc(1, sizeof(*c));

	c->options = *o;
	c->block = copy_strings(&c->options);
	return c;
}

void credential_cache_free(struct credential_cache *c)
{
	if (!c)
		return;
	fetch_free(c->fetch);
	keys_done(&c->session);
	keys_done(&c->refused);
	free(c->source);
	free(c->region);
	free(c->trouble);
	free(c->block);
	free(c);
}

static bool has_session(const struct credential_cache *c, int64_t now_boot_s)
{
	return c->session.id && (c->end_boot_s == 0 || now_boot_s < c->end_boot_s);
}

static void set_source(struct credential_cache *c, const char *source)
{
	free(c->source);
	c->source = xstrdup(source);
}

static void recovered(struct credential_cache *c)
{
	c->backoff_s = 0;
	c->retry_boot_s = 0;
	if (!c->trouble)
		return;
	free(c->trouble);
	c->trouble = NULL;
	c->options.tell(c->options.data, false, "logged in again");
}

/* Trouble is told once, until it ends, although its text may differ each time by a request id. */
static void failed(struct credential_cache *c, const struct error *err, int64_t retry_after_s)
{
	int64_t now_s = cloud_clock_boot();
	bool news = !c->trouble;

	c->backoff_s = c->backoff_s ? 2 * c->backoff_s : BACKOFF_S;
	if (c->backoff_s > BACKOFF_MAX_S)
		c->backoff_s = BACKOFF_MAX_S;
	if (retry_after_s > RETRY_AFTER_MAX_S)
		retry_after_s = RETRY_AFTER_MAX_S;
	c->retry_boot_s = now_s + (retry_after_s > c->backoff_s ? retry_after_s : c->backoff_s);
	free(c->trouble);
	c->trouble = xstrdup(err->text);
	if (news && has_session(c, now_s)) {
		_cleanup_free_ char *text =
			xasprintf("the session could not be renewed and goes on until it ends: %s",
				err->text);
		c->options.tell(c->options.data, true, text);
	}
}

static int refresh(
	struct credential_cache *c, const char *no_ecs, struct keys *ret, struct error *err);

/* Puts new keys into the cache, and takes them over. */
static void keep_session(struct credential_cache *c, struct keys *keys, int64_t lifetime_s)
{
	int64_t now_s = cloud_clock_boot(), ahead_s = lifetime_s / 4, late_s = lifetime_s / 8;

	keys_done(&c->session);
	c->session = *keys;
	*keys = (struct keys){0};
	if (lifetime_s == 0) {
		c->end_boot_s = 0;
		c->ahead_boot_s = c->late_boot_s = now_s + UNTOLD_S;
		return;
	}
	c->end_boot_s = now_s + lifetime_s;
	c->ahead_boot_s = c->end_boot_s - (ahead_s < AHEAD_S ? ahead_s : AHEAD_S);
	c->late_boot_s = c->end_boot_s - (late_s < LATE_S ? late_s : LATE_S);
}

/* Takes in the result of the fetch: 0, or an error. -EINPROGRESS: the fetch goes on, or another one
 * has begun in its place. */
static int collect(struct credential_cache *c, struct error *err)
{
	struct fetch *f = c->fetch;
	struct keys keys;
	int64_t lifetime_s;
	int r = fetch_result(f, &keys, &lifetime_s, err);

	if (r == -EINPROGRESS)
		return r;
	c->fetch = NULL;
	if (r == -ENODEV && fetch_provider(f)->perhaps) {
		_cleanup_free_ char *no_ecs = xstrdup(err->text);
		fetch_free(f);
		return refresh(c, no_ecs, NULL, err);
	}
	if (r == 0 && keys_same(&keys, &c->refused)) {
		keys_done(&keys);
		r = error_set(err, EKEYEXPIRED,
			"%s: gives a session that the service refuses as ended",
			fetch_provider(f)->source);
	}
	if (r == 0) {
		set_source(c, fetch_provider(f)->source);
		keys_done(&c->refused);
		keep_session(c, &keys, lifetime_s);
		recovered(c);
	} else {
		failed(c, err, fetch_retry_after_s(f));
	}
	fetch_free(f);
	return r;
}

static void finished(void *data)
{
	struct credential_cache *c = data;
	struct error err = {0};

	if (collect(c, &err) != -EINPROGRESS)
		c->options.changed(c->options.data);
}

static int start_fetch(struct credential_cache *c, struct provider *provider, struct error *err)
{
	const struct credential_cache_options *o = &c->options;

	c->fetch = fetch_start(&(struct fetch_options){.http = o->http,
				       .clock = o->clock,
				       .ca_file = o->ca_file,
				       .sts_endpoint = o->login.sts_endpoint,
				       .region = c->region,
				       .vpc = o->vpc,
				       .finished = finished,
				       .data = c},
		provider);
	return collect(c, err);
}

/* Finds the provider. Keys that it holds itself go to *ret, which is NULL if no call waits for
 * them; the result is then 0. To get a session a fetch begins; the result is then that of
 * collect(). */
static int refresh(
	struct credential_cache *c, const char *no_ecs, struct keys *ret, struct error *err)
{
	struct provider provider;
	int r = source_find(&c->options.login, c->options.name, no_ecs, &provider, err);

	if (r < 0) {
		/* Files may be read again at the next call, so a failure there needs no backoff. */
		if (no_ecs || has_session(c, cloud_clock_boot()))
			failed(c, err, 0);
		return r;
	}
	if (provider.kind != PROVIDER_KEYS || provider.role_count > 0)
		return start_fetch(c, &provider, err);
	keys_done(&c->session);
	set_source(c, provider.source);
	recovered(c);
	if (ret) {
		*ret = provider.keys;
		provider.keys = (struct keys){0};
	}
	provider_done(&provider);
	return 0;
}

/* 0: *ret has keys, or the cache has a new session. -EAGAIN: a fetch is under way. */
static int renew(
	struct credential_cache *c, const char *region, struct keys *ret, struct error *err)
{
	int64_t now_s = cloud_clock_boot();
	int r;

	if (c->fetch)
		return -EAGAIN;
	if (now_s < c->retry_boot_s)
		return error_set(err, ENOKEY, "%s (tried again in %lld s)", c->trouble,
			(long long)(c->retry_boot_s - now_s));
	free(c->region);
	c->region = xstrdup(region);
	r = refresh(c, NULL, ret, err);
	return r == -EINPROGRESS ? -EAGAIN : r;
}

int credential_cache_get(
	struct credential_cache *c, const char *region, struct keys *ret, struct error *err)
{
	struct keys keys = {0};
	struct error why = {0};
	int64_t now_s = cloud_clock_boot();
	int r = 0;

	if (!c->session.id || now_s >= c->ahead_boot_s)
		r = renew(c, region, &keys, &why);
	if (keys.id) {
		*ret = keys;
		return 0;
	}
	/* The old session serves while the new one is fetched, as long as there is time to spare;
	 * and to its very end if no new one can be had. */
	if (has_session(c, now_s) && (r != -EAGAIN || now_s < c->late_boot_s)) {
		keys_copy(&c->session, ret);
		return 0;
	}
	if (err)
		*err = why;
	return r == 0 ? error_set(err, ENOKEY, "the session has ended") : r;
}

void credential_cache_refused(struct credential_cache *c, const struct keys *used)
{
	if (!c->session.id || !keys_same(&c->session, used))
		return; /* another session is in use by now */
	keys_done(&c->refused);
	c->refused = c->session;
	c->session = (struct keys){0};
}

int credential_cache_fd(const struct credential_cache *c)
{
	return c->fetch ? fetch_fd(c->fetch) : -1;
}

int credential_cache_wait_ms(const struct credential_cache *c)
{
	return c->fetch ? fetch_wait_ms(c->fetch) : -1;
}

void credential_cache_poll(struct credential_cache *c)
{
	if (c->fetch)
		fetch_poll(c->fetch);
}

void credential_cache_state(const struct credential_cache *c, struct login_state *ret)
{
	int64_t now_s = cloud_clock_boot();

	*ret = (struct login_state){.source = c->source, .trouble = c->trouble};
	if (c->session.id && c->end_boot_s > now_s)
		ret->lasts_s = c->end_boot_s - now_s;
}
