#include "cloud/keeper.h"

#include "base/text.h"
#include "cloud/fetch.h"
#include "cloud/source.h"

#include <errno.h>
#include <string.h>

#define AHEAD_S INT64_C(900)  /* renewed in the background */
#define LATE_S INT64_C(180)   /* calls wait for the new one */
#define UNTOLD_S INT64_C(900) /* a session without an expiration is renewed at this age */
#define BACKOFF_S INT64_C(2)  /* after the first failure; doubles */
#define BACKOFF_MAX_S INT64_C(60)
#define RETRY_AFTER_MAX_S INT64_C(300) /* a longer wish of STS is cut */

struct keeper {
	struct keeper_options options; /* its strings lie in `block` */
	char *block;
	struct fetch *fetch;                           /* under way; NULL: none */
	struct keys session;                           /* id NULL: none */
	int64_t ahead_boot_s, late_boot_s, end_boot_s; /* of the session; end 0: nobody knows */
	struct keys refused; /* a session that the service took no longer */
	int64_t retry_boot_s, backoff_s;
	char *source;
	char *region;  /* of the call that gave rise to the last attempt */
	char *trouble; /* why that failed */
};

/* Lays all strings of the options into one block. */
static char *copy_strings(struct keeper_options *o)
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

struct keeper *keeper_new(const struct keeper_options *o)
{
	struct keeper *k = xcalloc(1, sizeof(*k));

	k->options = *o;
	k->block = copy_strings(&k->options);
	return k;
}

void keeper_free(struct keeper *k)
{
	if (!k)
		return;
	fetch_free(k->fetch);
	keys_done(&k->session);
	keys_done(&k->refused);
	free(k->source);
	free(k->region);
	free(k->trouble);
	free(k->block);
	free(k);
}

static bool has_session(const struct keeper *k, int64_t now_boot_s)
{
	return k->session.id && (k->end_boot_s == 0 || now_boot_s < k->end_boot_s);
}

static void set_source(struct keeper *k, const char *source)
{
	free(k->source);
	k->source = xstrdup(source);
}

static void recovered(struct keeper *k)
{
	k->backoff_s = 0;
	k->retry_boot_s = 0;
	if (!k->trouble)
		return;
	free(k->trouble);
	k->trouble = NULL;
	k->options.tell(k->options.data, false, "logged in again");
}

/* Told once, until it is over. (The words may differ each time, by the id of a request.) */
static void failed(struct keeper *k, const struct error *err, int64_t retry_after_s)
{
	int64_t now_s = cloud_clock_boot();
	bool news = !k->trouble;

	k->backoff_s = k->backoff_s ? 2 * k->backoff_s : BACKOFF_S;
	if (k->backoff_s > BACKOFF_MAX_S)
		k->backoff_s = BACKOFF_MAX_S;
	if (retry_after_s > RETRY_AFTER_MAX_S)
		retry_after_s = RETRY_AFTER_MAX_S;
	k->retry_boot_s = now_s + (retry_after_s > k->backoff_s ? retry_after_s : k->backoff_s);
	free(k->trouble);
	k->trouble = xstrdup(err->text);
	if (news && has_session(k, now_s)) {
		_cleanup_free_ char *text =
			xasprintf("the session could not be renewed and goes on until it ends: %s",
				err->text);
		k->options.tell(k->options.data, true, text);
	}
}

static int refresh(struct keeper *k, const char *no_ecs, struct keys *ret, struct error *err);

/* Takes the keys over. */
static void keep_session(struct keeper *k, struct keys *keys, int64_t lifetime_s)
{
	int64_t now_s = cloud_clock_boot(), ahead_s = lifetime_s / 4, late_s = lifetime_s / 8;

	keys_done(&k->session);
	k->session = *keys;
	*keys = (struct keys){0};
	if (lifetime_s == 0) {
		k->end_boot_s = 0;
		k->ahead_boot_s = k->late_boot_s = now_s + UNTOLD_S;
		return;
	}
	k->end_boot_s = now_s + lifetime_s;
	k->ahead_boot_s = k->end_boot_s - (ahead_s < AHEAD_S ? ahead_s : AHEAD_S);
	k->late_boot_s = k->end_boot_s - (late_s < LATE_S ? late_s : LATE_S);
}

/* Takes in what the fetch came to: 0, an error, or -EINPROGRESS if it goes on, or another one began
 * in its place. */
static int collect(struct keeper *k, struct error *err)
{
	struct fetch *f = k->fetch;
	struct keys keys;
	int64_t lifetime_s;
	int r = fetch_result(f, &keys, &lifetime_s, err);

	if (r == -EINPROGRESS)
		return r;
	k->fetch = NULL;
	if (r == -ENODEV && fetch_recipe(f)->perhaps) {
		_cleanup_free_ char *no_ecs = xstrdup(err->text);
		fetch_free(f);
		return refresh(k, no_ecs, NULL, err);
	}
	if (r == 0 && keys_same(&keys, &k->refused)) {
		keys_done(&keys);
		r = error_set(err, EKEYEXPIRED,
			"%s: gives a session that the service refuses as ended",
			fetch_recipe(f)->source);
	}
	if (r == 0) {
		set_source(k, fetch_recipe(f)->source);
		keys_done(&k->refused);
		keep_session(k, &keys, lifetime_s);
		recovered(k);
	} else {
		failed(k, err, fetch_retry_after_s(f));
	}
	fetch_free(f);
	return r;
}

static void finished(void *data)
{
	struct keeper *k = data;
	struct error err = {0};

	if (collect(k, &err) != -EINPROGRESS)
		k->options.changed(k->options.data);
}

static int start_fetch(struct keeper *k, struct recipe *recipe, struct error *err)
{
	const struct keeper_options *o = &k->options;

	k->fetch = fetch_start(&(struct fetch_options){.http = o->http,
				       .clock = o->clock,
				       .ca_file = o->ca_file,
				       .sts_endpoint = o->login.sts_endpoint,
				       .region = k->region,
				       .vpc = o->vpc,
				       .finished = finished,
				       .data = k},
		recipe);
	return collect(k, err);
}

/* Looks where keys are to come from. Those that stand there go to *ret (NULL: nobody waits for them
 * just now) and 0 is returned; for a session somebody is asked: see collect(). */
static int refresh(struct keeper *k, const char *no_ecs, struct keys *ret, struct error *err)
{
	struct recipe recipe;
	int r = source_find(&k->options.login, k->options.name, no_ecs, &recipe, err);

	if (r < 0) {
		/* What only files were asked for may be asked at every call. */
		if (no_ecs || has_session(k, cloud_clock_boot()))
			failed(k, err, 0);
		return r;
	}
	if (recipe.kind != RECIPE_KEYS || recipe.role_count > 0)
		return start_fetch(k, &recipe, err);
	keys_done(&k->session);
	set_source(k, recipe.source);
	recovered(k);
	if (ret) {
		*ret = recipe.keys;
		recipe.keys = (struct keys){0};
	}
	recipe_done(&recipe);
	return 0;
}

/* 0: *ret has keys; -EAGAIN: nothing has come of it yet; others: why there are none. */
static int renew(struct keeper *k, const char *region, struct keys *ret, struct error *err)
{
	int64_t now_s = cloud_clock_boot();
	int r;

	if (k->fetch)
		return -EAGAIN;
	if (now_s < k->retry_boot_s)
		return error_set(err, ENOKEY, "%s (tried again in %lld s)", k->trouble,
			(long long)(k->retry_boot_s - now_s));
	free(k->region);
	k->region = xstrdup(region);
	r = refresh(k, NULL, ret, err);
	return r == -EINPROGRESS ? -EAGAIN : r;
}

int keeper_get(struct keeper *k, const char *region, struct keys *ret, struct error *err)
{
	struct keys keys = {0};
	struct error why = {0};
	int64_t now_s = cloud_clock_boot();
	int r = 0;

	if (!k->session.id || now_s >= k->ahead_boot_s)
		r = renew(k, region, &keys, &why);
	if (keys.id) {
		*ret = keys;
		return 0;
	}
	/* With time to spare the old session goes on while the new one is fetched; and to its very
	 * end if there is none to be had. */
	if (has_session(k, now_s) && (r != -EAGAIN || now_s < k->late_boot_s)) {
		keys_copy(&k->session, ret);
		return 0;
	}
	if (err)
		*err = why;
	return r == 0 ? error_set(err, ENOKEY, "the session has ended") : r;
}

void keeper_refused(struct keeper *k, const struct keys *used)
{
	if (!k->session.id || !keys_same(&k->session, used))
		return; /* another one is in use by now */
	keys_done(&k->refused);
	k->refused = k->session;
	k->session = (struct keys){0};
}

int keeper_fd(const struct keeper *k)
{
	return k->fetch ? fetch_fd(k->fetch) : -1;
}

int keeper_wait_ms(const struct keeper *k)
{
	return k->fetch ? fetch_wait_ms(k->fetch) : -1;
}

void keeper_look(struct keeper *k)
{
	if (k->fetch)
		fetch_look(k->fetch);
}

void keeper_state(const struct keeper *k, struct login_state *ret)
{
	int64_t now_s = cloud_clock_boot();

	*ret = (struct login_state){.source = k->source, .trouble = k->trouble};
	if (k->session.id && k->end_boot_s > now_s)
		ret->lasts_s = k->end_boot_s - now_s;
}
