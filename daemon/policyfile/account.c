#include "policyfile/account.h"

#include "base/text.h"

const char *const login_names[LOGIN_COUNT + 1] = {
	[LOGIN_CHAIN] = "chain",
	[LOGIN_SYSTEMD] = "systemd",
	[LOGIN_ENVIRONMENT] = "environment",
	[LOGIN_OIDC] = "oidc",
	[LOGIN_PROFILE] = "profile",
	[LOGIN_INI] = "ini",
	[LOGIN_ECS] = "ecs",
	[LOGIN_URI] = "uri",
};

struct account *account_new(const char *name)
{
	struct account *a = xcalloc(1, sizeof(*a));

	a->name = xstrdup(name);
	a->role_session_name = xstrdup(ACCOUNT_ROLE_SESSION);
	a->session_s = 3600;
	a->rate = 20;
	a->concurrency = 16;
	return a;
}

void account_free(struct account *a)
{
	if (!a)
		return;
	free(a->name);
	free(a->profile);
	free(a->file);
	free(a->ecs_role);
	free(a->uri);
	free(a->oidc_provider);
	free(a->oidc_token_file);
	free(a->role);
	free(a->role_session_name);
	free(a->external_id);
	free(a->session_policy);
	free(a->sts_endpoint);
	free(a->endpoint);
	free(a->ca_file);
	free(a);
}

struct account *account_copy(const struct account *a)
{
	struct account *copy = xcalloc(1, sizeof(*copy));

	*copy = *a;
	copy->name = xstrdup(a->name);
	copy->profile = xstrdup(a->profile);
	copy->file = xstrdup(a->file);
	copy->ecs_role = xstrdup(a->ecs_role);
	copy->uri = xstrdup(a->uri);
	copy->oidc_provider = xstrdup(a->oidc_provider);
	copy->oidc_token_file = xstrdup(a->oidc_token_file);
	copy->role = xstrdup(a->role);
	copy->role_session_name = xstrdup(a->role_session_name);
	copy->external_id = xstrdup(a->external_id);
	copy->session_policy = xstrdup(a->session_policy);
	copy->sts_endpoint = xstrdup(a->sts_endpoint);
	copy->endpoint = xstrdup(a->endpoint);
	copy->ca_file = xstrdup(a->ca_file);
	return copy;
}

bool account_same(const struct account *a, const struct account *b)
{
	return a->login == b->login && text_equal(a->profile, b->profile) &&
		text_equal(a->file, b->file) && text_equal(a->ecs_role, b->ecs_role) &&
		text_equal(a->uri, b->uri) && text_equal(a->oidc_provider, b->oidc_provider) &&
		text_equal(a->oidc_token_file, b->oidc_token_file) &&
		text_equal(a->role, b->role) &&
		text_equal(a->role_session_name, b->role_session_name) &&
		text_equal(a->external_id, b->external_id) &&
		text_equal(a->session_policy, b->session_policy) && a->session_s == b->session_s &&
		text_equal(a->sts_endpoint, b->sts_endpoint) &&
		text_equal(a->endpoint, b->endpoint) && text_equal(a->ca_file, b->ca_file) &&
		a->vpc == b->vpc && a->rate == b->rate && a->concurrency == b->concurrency;
}
