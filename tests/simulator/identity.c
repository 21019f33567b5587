/* Keeps the roles, the tokens and the sessions. */
#include "identity.h"

#include <inttypes.h>

#define ACCOUNT "1234567890123456"

static void role_free(struct role *r)
{
	free(r->arn);
	cJSON_Delete(r->trust);
	free(r->external_id);
	free(r->oidc_provider);
	free(r);
}

static void handout_clear(struct handout *h)
{
	free(h->role);
	free(h->key);
	*h = (struct handout){0};
}

void identity_clear(struct identity *i, struct auth *a)
{
	while (i->roles) {
		struct role *r = i->roles;

		i->roles = r->next;
		role_free(r);
	}
	while (i->tokens) {
		struct oidc_token *t = i->tokens;

		i->tokens = t->next;
		free(t->provider);
		free(t->token);
		free(t);
	}
	handout_clear(&i->metadata);
	handout_clear(&i->uri);
	auth_remove_sessions(a);
	/* The count goes on: an id is never used twice. */
	*i = (struct identity){.sessions = i->sessions};
}

struct role *identity_role(const struct identity *i, const char *arn)
{
	for (struct role *r = i->roles; r; r = r->next)
		if (text_equal(r->arn, arn))
			return r;
	return NULL;
}

void identity_put_role(struct identity *i, struct role r)
{
	for (struct role **at = &i->roles; *at; at = &(*at)->next)
		if (text_equal((*at)->arn, r.arn)) {
			struct role *old = *at;

			*at = old->next;
			role_free(old);
			break;
		}
	r.next = i->roles;
	i->roles = xcalloc(1, sizeof(r));
	*i->roles = r;
}

int identity_token(
	const struct identity *i, const char *provider, const char *token, int64_t now_us)
{
	for (const struct oidc_token *t = i->tokens; t; t = t->next)
		if (text_equal(t->provider, provider) && text_equal(t->token, token))
			return now_us < t->expires_us;
	return -1;
}

void identity_put_token(
	struct identity *i, const char *provider, const char *token, int64_t expires_us)
{
	struct oidc_token *t = xcalloc(1, sizeof(*t));

	t->provider = xstrdup(provider);
	t->token = xstrdup(token);
	t->expires_us = expires_us;
	/* In front: a token that is put again has its new expiry. */
	t->next = i->tokens;
	i->tokens = t;
}

/* acs:ram::ACCOUNT:role/NAME as acs:ram::ACCOUNT:assumed-role/NAME/SESSION. */
static char *session_arn(const char *role, const char *name)
{
	const char *slash = strstr(role, ":role/");

	return xasprintf("%.*s:assumed-role/%s/%s", (int)(slash - role), role,
		slash + strlen(":role/"), name);
}

static const struct key *find_session(
	const struct auth *a, const char *arn, const struct grant *g, int64_t now_us)
{
	for (const struct key *k = a->keys; k; k = k->next)
		if (k->role && text_equal(k->arn, arn) && text_equal(k->policy, g->policy) &&
			k->asked_s == g->duration_s && !k->expired && now_us < k->expires_us)
			return k;
	return NULL;
}

const struct key *identity_session(
	struct identity *i, struct auth *a, const struct grant *g, int64_t now_us)
{
	_cleanup_free_ char *arn = session_arn(g->role, g->name);
	const struct key *old = i->reuse ? find_session(a, arn, g, now_us) : NULL;
	uint64_t n;

	if (old)
		return old;
	n = ++i->sessions;
	return auth_put_key(a,
		(struct key){
			.id = xasprintf("STS.TESTONLYSESSION%06" PRIu64, n),
			.secret = xasprintf("TESTONLYSESSIONSECRET%06" PRIu64, n),
			/* With what has to be encoded in a query. */
			.token = xasprintf("TESTONLYSESSIONTOKEN%06" PRIu64 "/+a~*==", n),
			.arn = TAKE_PTR(arn),
			.role = xstrdup(g->role),
			.policy = xstrdup(g->policy),
			.asked_s = g->duration_s,
			.expires_us = now_us +
				(i->session_us > 0 ? i->session_us : g->duration_s * SECOND_US),
		});
}

const struct key *identity_hand_out(
	struct identity *i, struct auth *a, struct handout *h, int64_t now_us)
{
	_cleanup_free_ char *role = NULL;
	const struct key *k = h->key ? auth_key(a, h->key) : NULL;

	if (!h->role || (k && !k->expired && k->expires_us - now_us > h->renew_us))
		return h->role ? k : NULL;
	role = xasprintf("acs:ram::" ACCOUNT ":role/%s", h->role);
	k = identity_session(i, a,
		&(struct grant){.role = role,
			.name = "handed-out",
			.duration_s = h->session_us / SECOND_US},
		now_us);
	free(h->key);
	h->key = xstrdup(k->id);
	return k;
}
