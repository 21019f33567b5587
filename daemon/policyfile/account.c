/* Accounts; the table of keys says which of their members are texts. */
#include "policyfile/account.h"

#include "policyfile/keys.h"

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

/* The text that a key is kept in; NULL for keys of another type or object. */
static char **text_of(struct account *a, const struct key *k)
{
	bool text = k->object == OBJECT_ACCOUNT && key_is_text(k);

	return text ? (char **)(void *)((char *)a + k->offset) : NULL;
}

void account_free(struct account *a)
{
	if (!a)
		return;
	for (const struct key *k = keys; k < keys + FIELD_COUNT; k++)
		if (text_of(a, k))
			free(*text_of(a, k));
	free(a->name);
	free(a);
}

struct account *account_copy(const struct account *a)
{
	struct account *copy = xmalloc(sizeof(*copy));

	*copy = *a;
	copy->name = xstrdup(a->name);
	for (const struct key *k = keys; k < keys + FIELD_COUNT; k++)
		if (text_of(copy, k))
			*text_of(copy, k) = xstrdup(*text_of(copy, k));
	return copy;
}
