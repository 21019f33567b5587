/* The deletes of a cluster are held by command. */
#include "cycle/operator.h"

#include "base/text.h"

void operator_init(struct operator* o)
{
	for (int i = 0; i < HOLD_SCOPE_COUNT; i++)
		interned_clear(&o->holds[i].why);
	interned_clear(&o->why);
}

void operator_done(struct operator* o)
{
	operator_init(o);
}

bool operator_take(struct operator* o, const struct event *e)
{
	const char *why = e->held ? e->held : "";

	if (text_equal(o->holds[e->scope].why, why) && o->holds[e->scope].until_s == e->until_s)
		return false;
	interned_set(&o->holds[e->scope].why, "%s", why);
	o->holds[e->scope].until_s = e->until_s;
	return true;
}

static bool is_in_force(const struct operator* o, int i, int64_t now_s)
{
	return o->holds[i].why[0] && now_s < o->holds[i].until_s;
}

const char *operator_first(const struct operator* o, int64_t now_s)
{
	for (int i = 0; i < HOLD_SCOPE_COUNT; i++)
		if (is_in_force(o, i, now_s))
			return o->holds[i].why;
	return "";
}

bool operator_holds(const struct operator* o, int64_t now_s)
{
	return operator_first(o, now_s)[0];
}

const char *operator_why(struct operator* o, int64_t now_s)
{
	interned_clear(&o->why);
	for (int i = 0; i < HOLD_SCOPE_COUNT; i++)
		if (is_in_force(o, i, now_s))
			interned_set(
				&o->why, "%s%s%s", o->why, o->why[0] ? "; " : "", o->holds[i].why);
	return o->why[0] ? o->why : NULL;
}

int64_t operator_ends_in(const struct operator* o, int64_t now_s)
{
	int64_t in_s = INT64_MAX;

	for (int i = 0; i < HOLD_SCOPE_COUNT; i++)
		if (is_in_force(o, i, now_s) && o->holds[i].until_s != INT64_MAX &&
			o->holds[i].until_s - now_s < in_s)
			in_s = o->holds[i].until_s - now_s;
	return in_s;
}
