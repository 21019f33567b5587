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

/* Where the texts are, but for the name. */
static const size_t texts[] = {
	offsetof(struct account, profile),
	offsetof(struct account, file),
	offsetof(struct account, ecs_role),
	offsetof(struct account, uri),
	offsetof(struct account, oidc_provider),
	offsetof(struct account, oidc_token_file),
	offsetof(struct account, role),
	offsetof(struct account, role_session_name),
	offsetof(struct account, external_id),
	offsetof(struct account, session_policy),
	offsetof(struct account, sts_endpoint),
	offsetof(struct account, endpoint),
	offsetof(struct account, ca_file),
};

static char *get_text(const struct account *a, size_t i)
{
	return *(char *const *)(const void *)((const char *)a + texts[i]);
}

void account_free(struct account *a)
{
	if (!a)
		return;
	free(a->name);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(get_text(a, i));
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
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (!text_equal(get_text(a, i), get_text(b, i)))
			return false;
	return a->login == b->login && a->session_s == b->session_s && a->vpc == b->vpc &&
		a->rate == b->rate && a->concurrency == b->concurrency;
}
