#include "policyfile/accountlist.h"

#include "policyfile/secret.h"

#include <stdio.h>

#define BIT(login) (1u << (login))

/* The keys that not every account may have: what they take is kept where `offset` says (all but
 * the session's length are texts). */
static const struct member {
	enum field field;
	unsigned logins; /* that it goes with, a bit each; 0: any */
	bool of_role;    /* says something of the role to assume, and needs one */
	size_t offset;
} members[] = {
#define MEMBER(field, logins, of_role, name)                           \
	{                                                              \
		field, logins, of_role, offsetof(struct account, name) \
	}
	MEMBER(FIELD_PROFILE, BIT(LOGIN_PROFILE) | BIT(LOGIN_INI), false, profile),
	MEMBER(FIELD_FILE, BIT(LOGIN_PROFILE) | BIT(LOGIN_INI), false, file),
	MEMBER(FIELD_ECS_ROLE, BIT(LOGIN_ECS), false, ecs_role),
	MEMBER(FIELD_URI, BIT(LOGIN_URI), false, uri),
	MEMBER(FIELD_OIDC_PROVIDER, BIT(LOGIN_OIDC), false, oidc_provider),
	MEMBER(FIELD_OIDC_TOKEN_FILE, BIT(LOGIN_OIDC), false, oidc_token_file),
	MEMBER(FIELD_ROLE, 0, false, role),
	MEMBER(FIELD_ROLE_SESSION_NAME, 0, true, role_session_name),
	MEMBER(FIELD_EXTERNAL_ID, 0, true, external_id),
	MEMBER(FIELD_SESSION_POLICY, 0, true, session_policy),
	MEMBER(FIELD_SESSION, 0, true, session_s),
	MEMBER(FIELD_STS_ENDPOINT, 0, false, sts_endpoint),
	MEMBER(FIELD_ENDPOINT, 0, false, endpoint),
	MEMBER(FIELD_CA_FILE, 0, false, ca_file),
#undef MEMBER
};

static char **find_text(struct account *a, enum field field)
{
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (members[i].field == field)
			return (char **)(void *)((char *)a + members[i].offset);
	return NULL;
}

static void set_text(struct loader *l, const struct key *k, const struct node *n, char **at)
{
	const char *text = NULL;
	bool good;

	if (k->type == TYPE_NAME)
		good = value_name(l, k, n, &text);
	else if (k->type == TYPE_ID)
		good = value_id(l, k, n, &text);
	else if (k->type == TYPE_JSON)
		good = value_json(l, k, n, &text);
	else
		good = value_form(l, k, n, &text);
	if (!good)
		return;
	free(*at);
	*at = xstrdup(text);
}

static void set_number(
	struct loader *l, const struct key *k, const struct node *n, struct account *a)
{
	int64_t value = 0;

	if (k->type == TYPE_DURATION)
		(void)value_seconds(l, k, n, &a->session_s);
	else if (k->type == TYPE_WORD ? !value_word(l, k, n, &value)
				      : !value_integer(l, k, n, &value))
		return;
	else if (key_field(k) == FIELD_LOGIN)
		a->login = (enum login)value;
	else if (key_field(k) == FIELD_NETWORK)
		a->vpc = value;
	else if (key_field(k) == FIELD_RATE)
		a->rate = (int)value;
	else
		a->concurrency = (int)value;
}

/* "profile or ini" */
static void describe_logins(unsigned logins, char *ret, size_t size)
{
	size_t used = 0;

	ret[0] = '\0';
	for (int login = 0; login < LOGIN_COUNT; login++)
		if (logins & BIT(login) && used < size)
			used += (size_t)snprintf(ret + used, size - used, "%s%s",
				used ? " or " : "", login_names[login]);
}

/* Whether the keys that are there fit the way to log in, and each other. */
static void check_fit(struct loader *l, const struct node *account, struct account *a,
	struct node *const at[FIELD_COUNT])
{
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		const struct member *m = &members[i];
		char logins[64];
		if (!at[m->field])
			continue;
		describe_logins(m->logins, logins, sizeof(logins));
		if (m->logins && !(m->logins & BIT(a->login)))
			loader_error(l, at[m->field],
				"'%s' goes with `login: %s`, and this account has `login: %s`: "
				"leave one of them out",
				key_name(&keys[m->field]), logins, login_names[a->login]);
		else if (m->of_role && !at[FIELD_ROLE] && a->login != LOGIN_OIDC)
			loader_error(l, at[m->field],
				"'%s' is of a role to assume: give the 'role', or leave this out",
				key_name(&keys[m->field]));
	}
	if (a->login == LOGIN_OIDC && at[FIELD_EXTERNAL_ID])
		loader_error(l, at[FIELD_EXTERNAL_ID],
			"with `login: oidc` the token vouches for the role: leave 'external_id' "
			"out");
	if (a->login == LOGIN_URI && !at[FIELD_URI])
		loader_error(l, account, "`login: uri` needs the 'uri' to fetch the keys from");
}

static void read_account(struct loader *l, const struct node *account, struct account *a)
{
	struct node *at[FIELD_COUNT] = {NULL};
	int errors = l->m->errors;

	for (size_t i = 0; i < account->count; i++) {
		const struct key *k = key_find(SCOPE_ACCOUNT, FIELD_COUNT, account->keys[i]->text);
		char **text = k ? find_text(a, key_field(k)) : NULL;
		if (!k) {
			layer_unknown_key(l, SCOPE_ACCOUNT, FIELD_COUNT, account->keys[i]);
			continue;
		}
		at[key_field(k)] = account->keys[i];
		if (text && key_field(k) != FIELD_SESSION)
			set_text(l, k, account->items[i], text);
		else
			set_number(l, k, account->items[i], a);
	}
	if (l->m->errors == errors)
		check_fit(l, account, a, at);
}

static int compare_accounts(const void *a, const void *b)
{
	const struct named_account *x = a, *y = b;

	return strcmp(x->account->name, y->account->name);
}

static void add_account(struct accountlist *all, const char *name, struct node *key)
{
	all->list[all->count++] = (struct named_account){.account = account_new(name),
		.at = key,
		.used = strcmp(name, ACCOUNT_DEFAULT) == 0};
}

void accountlist_read(struct loader *l, const struct node *root, struct accountlist *ret)
{
	const struct node *accounts = node_get(root, "accounts", NULL);
	bool has_default = false;

	if (accounts && !layer_is_mapping(l, "accounts", accounts))
		accounts = NULL;
	ret->list = xcalloc((accounts ? accounts->count : 0) + 1, sizeof(*ret->list));
	for (size_t i = 0; accounts && i < accounts->count; i++) {
		const char *name = accounts->keys[i]->text;
		(void)value_id(l, &keys[FIELD_ACCOUNT], accounts->keys[i], &name);
		has_default = has_default || strcmp(name, ACCOUNT_DEFAULT) == 0;
		add_account(ret, name, accounts->keys[i]);
		if (layer_is_mapping(l, name, accounts->items[i]))
			read_account(l, accounts->items[i], ret->list[ret->count - 1].account);
	}
	if (!has_default)
		add_account(ret, ACCOUNT_DEFAULT, NULL);
	qsort(ret->list, ret->count, sizeof(*ret->list), compare_accounts);
}

static int compare_name_to_account(const void *name, const void *account)
{
	return strcmp(name, ((const struct named_account *)account)->account->name);
}

struct named_account *accountlist_find(const struct accountlist *all, const char *name)
{
	return bsearch(name, all->list, all->count, sizeof(*all->list), compare_name_to_account);
}

bool accountlist_check_name(struct loader *l, const struct node *n, const char *name)
{
	const struct accountlist *all = l->accounts;
	_cleanup_free_ const char **names = NULL;
	const char *nearest;

	if (accountlist_find(all, name))
		return true;
	names = xcalloc(all->count + 1, sizeof(*names));
	for (size_t i = 0; i < all->count; i++)
		names[i] = all->list[i].account->name;
	nearest = loader_nearest(l, name, names, all->count);
	loader_error(l, n, "no account '%s' in `accounts`%s%s%s", name,
		nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "");
	return false;
}

void accountlist_end(struct accountlist *all, struct messages *m, struct policyfile *ret)
{
	ret->accounts = xcalloc(all->count, sizeof(*ret->accounts));
	for (size_t i = 0; i < all->count; i++) {
		struct named_account *a = &all->list[i];
		if (!a->used)
			lint_warn(m, a->at, LINT_UNUSED, "no cluster uses the account '%s'",
				a->account->name);
		ret->accounts[ret->account_count++] = a->account;
	}
	free(all->list);
	*all = (struct accountlist){0};
}
