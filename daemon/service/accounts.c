/* The accounts of the policy, as the cloud's client knows them. */
#include "service/accounts.h"

#include "policyfile/account.h"
#include "policyfile/differ.h"

#include <string.h>

struct accounts {
	struct client *client;
	const struct options *options;
	struct account_client *all;
	bool preparing;
};

struct accounts *accounts_new(struct client *client, const struct options *options)
{
	struct accounts *a = xcalloc(1, sizeof(*a));

	a->client = client;
	a->options = options;
	return a;
}

static void account_client_free(struct account_client *x)
{
	account_free(x->account);
	free(x);
}

void accounts_free(struct accounts *a)
{
	while (a && a->all) {
		struct account_client *x = a->all;
		a->all = x->next;
		account_client_free(x);
	}
	free(a);
}

static enum login_from login_from(enum login login)
{
	static const enum login_from from[LOGIN_COUNT] = {
		[LOGIN_CHAIN] = LOGIN_FROM_CHAIN,
		[LOGIN_SYSTEMD] = LOGIN_FROM_SYSTEMD,
		[LOGIN_ENVIRONMENT] = LOGIN_FROM_ENVIRONMENT,
		[LOGIN_OIDC] = LOGIN_FROM_OIDC,
		[LOGIN_PROFILE] = LOGIN_FROM_PROFILE,
		[LOGIN_INI] = LOGIN_FROM_INI,
		[LOGIN_ECS] = LOGIN_FROM_ECS,
		[LOGIN_URI] = LOGIN_FROM_URI,
	};

	return from[login];
}

static int add(struct accounts *a, const struct account *from, struct account_client **ret,
	struct error *err)
{
	const struct options *o = a->options;
	const char *endpoint = o->endpoint && o->endpoint[0] ? o->endpoint : from->endpoint;
	const char *ca_file = o->ca_file && o->ca_file[0] ? o->ca_file : from->ca_file;
	struct client_account *client;
	struct account_client *x;
	int r = client_add_account(a->client,
		&(struct client_account_options){.name = from->name,
			.endpoint = endpoint,
			.vpc = from->vpc,
			.ca_file = ca_file,
			.login = {.from = login_from(from->login),
				.profile = from->profile,
				.file = from->file,
				.ecs_role = from->ecs_role,
				.uri = from->uri,
				.oidc_provider = from->oidc_provider,
				.oidc_token_file = from->oidc_token_file,
				.role = from->role,
				.role_session_name = from->role_session_name,
				.external_id = from->external_id,
				.session_policy = from->session_policy,
				.session_s = from->session_s,
				.sts_endpoint = from->sts_endpoint}},
		&client, err);

	if (r < 0)
		return r;
	x = xcalloc(1, sizeof(*x));
	x->account = account_copy(from);
	x->client = client;
	x->next = a->all;
	a->all = x;
	*ret = x;
	return 0;
}

static struct account_client *find_same(struct accounts *a, const struct account *account)
{
	for (struct account_client *x = a->all; x; x = x->next)
		if (x->state == CLIENT_IN_FORCE && strcmp(x->account->name, account->name) == 0 &&
			!differ_accounts(x->account, account))
			return x;
	return NULL;
}

int accounts_prepare(struct accounts *a, const struct policyfile *file, struct error *err)
{
	int r = 0;

	a->preparing = true;
	for (size_t i = 0; r == 0 && i < file->account_count; i++) {
		struct account_client *x = find_same(a, file->accounts[i]);
		if (!x)
			r = add(a, file->accounts[i], &x, err);
		if (r == 0)
			x->wanted = true;
	}
	if (r < 0)
		accounts_cancel(a);
	return r;
}

void accounts_apply(struct accounts *a)
{
	a->preparing = false;
	for (struct account_client *x = a->all; x; x = x->next) {
		x->state = x->wanted ? CLIENT_IN_FORCE : CLIENT_REPLACED;
		x->wanted = false;
	}
}

void accounts_cancel(struct accounts *a)
{
	a->preparing = false;
	for (struct account_client *x = a->all; x; x = x->next) {
		if (x->state == CLIENT_PREPARED)
			x->state = CLIENT_REPLACED;
		x->wanted = false;
	}
	accounts_sweep(a);
}

struct account_client *accounts_join(struct accounts *a, const char *name)
{
	for (struct account_client *x = a->all; x; x = x->next)
		if ((a->preparing ? x->wanted : x->state == CLIENT_IN_FORCE) &&
			strcmp(x->account->name, name) == 0) {
			account_client_join(x);
			return x;
		}
	return NULL;
}

void account_client_join(struct account_client *x)
{
	x->users++;
}

void account_client_leave(struct account_client *x)
{
	if (x)
		x->users--;
}

void accounts_sweep(struct accounts *a)
{
	for (struct account_client **at = &a->all; *at;) {
		struct account_client *x = *at;
		if (x->users > 0 || x->state != CLIENT_REPLACED) {
			at = &x->next;
			continue;
		}
		*at = x->next;
		client_remove_account(x->client);
		account_client_free(x);
	}
}
