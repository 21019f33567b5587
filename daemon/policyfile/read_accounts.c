/* Reads the accounts, and whether their keys fit each other. */
#include "policyfile/read_accounts.h"

#include "policyfile/account.h"
#include "policyfile/layers.h"
#include "policyfile/values.h"

#include <stdio.h>

#define BIT(login) (1u << (login))

static const char *login_name(enum login login)
{
	return key_word(&keys[FIELD_LOGIN], login);
}

/* "profile or ini" */
static void describe_logins(unsigned logins, char *ret, size_t size)
{
	size_t used = 0;

	ret[0] = '\0';
	for (int login = 0; login < LOGIN_COUNT; login++)
		if (logins & BIT(login) && used < size)
			used += (size_t)snprintf(ret + used, size - used, "%s%s",
				used ? " or " : "", login_name((enum login)login));
}

/* Whether a key of an account fits its way to log in. */
static void check_key(
	struct loader *l, const struct key *k, const struct node *key, const struct account *a)
{
	char logins[64];

	describe_logins(k->logins, logins, sizeof(logins));
	if (k->logins && !(k->logins & BIT(a->login)))
		loader_error(l, key,
			"'%s' goes with `login: %s`, and this account has `login: %s`: "
			"leave one of them out",
			k->path, logins, login_name(a->login));
	else if (k->of_role && !a->role && a->login != LOGIN_OIDC)
		loader_error(l, key,
			"'%s' is of a role to assume: give the 'role', or leave this out", k->path);
	else if (k == &keys[FIELD_EXTERNAL_ID] && a->login == LOGIN_OIDC)
		loader_error(l, key,
			"with `login: oidc` the token vouches for the role: leave 'external_id' "
			"out");
}

static void read_account(struct loader *l, const struct node *n, struct account *a)
{
	int errors = l->m->errors;

	l->account = a;
	layer_apply(l, n, SCOPE_ACCOUNT);
	l->account = NULL;
	if (l->m->errors != errors)
		return;
	for (size_t i = 0; i < n->count; i++)
		check_key(l, key_find(SCOPE_ACCOUNT, FIELD_COUNT, n->keys[i]->text), n->keys[i], a);
	if (a->login == LOGIN_URI && !a->uri)
		loader_error(l, n, "`login: uri` needs the 'uri' to fetch the keys from");
}

static int compare_accounts(const void *a, const void *b)
{
	const struct named_account *x = a, *y = b;

	return strcmp(x->account->name, y->account->name);
}

static struct named_account *add(struct read_accounts *all, const char *name, struct node *key)
{
	struct named_account *a = &all->list[all->count++];

	*a = (struct named_account){.account = account_new(name),
		.at = key,
		.used = strcmp(name, ACCOUNT_DEFAULT) == 0};
	return a;
}

void read_accounts(struct loader *l, const struct node *root, struct read_accounts *ret)
{
	const struct node *accounts = node_get(root, "accounts", NULL);
	bool has_default = false;

	if (accounts && !loader_is_mapping(l, "accounts", accounts))
		accounts = NULL;
	ret->list = xcalloc((accounts ? accounts->count : 0) + 1, sizeof(*ret->list));
	for (size_t i = 0; accounts && i < accounts->count; i++) {
		const char *name = accounts->keys[i]->text;
		struct named_account *a = add(ret, name, accounts->keys[i]);
		(void)value_id(l, &keys[FIELD_ACCOUNT], accounts->keys[i], &name);
		has_default = has_default || a->used;
		if (loader_is_mapping(l, name, accounts->items[i]))
			read_account(l, accounts->items[i], a->account);
	}
	if (!has_default)
		(void)add(ret, ACCOUNT_DEFAULT, NULL);
	qsort(ret->list, ret->count, sizeof(*ret->list), compare_accounts);
	ret->names = xcalloc(ret->count + 1, sizeof(*ret->names));
	for (size_t i = 0; i < ret->count; i++)
		ret->names[i] = ret->list[i].account->name;
	l->account_names = ret->names;
	l->account_count = ret->count;
}

static int compare_name_to_account(const void *name, const void *account)
{
	return strcmp(name, ((const struct named_account *)account)->account->name);
}

void read_accounts_use(struct read_accounts *all, const char *name)
{
	struct named_account *a =
		bsearch(name, all->list, all->count, sizeof(*all->list), compare_name_to_account);

	a->used = true;
}

void read_accounts_end(struct read_accounts *all, struct messages *m, struct policyfile *ret)
{
	ret->accounts = xcalloc(all->count, sizeof(struct account *));
	for (size_t i = 0; i < all->count; i++) {
		struct named_account *a = &all->list[i];
		if (!a->used)
			loader_warn(m, a->at, WARN_UNUSED, "no cluster uses the account '%s'",
				a->account->name);
		ret->accounts[ret->account_count++] = a->account;
	}
	free(all->list);
	free(all->names);
	*all = (struct read_accounts){0};
}
