/* Access keys as values. */
#include "cloud/credentials.h"

#include "base/text.h"

void keys_done(struct keys *k)
{
	memory_erase_string(k->id);
	memory_erase_string(k->secret);
	memory_erase_string(k->token);
	*k = (struct keys){0};
}

void keys_copy(const struct keys *from, struct keys *ret)
{
	*ret = (struct keys){.id = xstrdup(from->id),
		.secret = xstrdup(from->secret),
		.token = xstrdup(from->token)};
}

bool keys_same(const struct keys *a, const struct keys *b)
{
	return text_equal(a->id, b->id) && text_equal(a->secret, b->secret) &&
		text_equal(a->token, b->token);
}

static bool is_clean(const char *s)
{
	for (; s && *s; s++)
		if (*s <= 0x20 || *s >= 0x7f)
			return false;
	return true;
}

bool keys_are_clean(const struct keys *k)
{
	return k->id && *k->id && k->secret && *k->secret && is_clean(k->id) &&
		is_clean(k->secret) && is_clean(k->token);
}
