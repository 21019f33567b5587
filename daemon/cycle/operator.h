/* The deletes of a cluster are held by command: by whom, until when. */
#pragma once

#include "cycle/effect.h"

struct operator
{
	struct {
		const char *why; /* interned; "" no hold */
		int64_t until_s; /* by the clock that is gone by: clock_now() */
	} holds[HOLD_SCOPE_COUNT];
	const char *why; /* interned: operator_why() */
};

void operator_init(struct operator* o);
void operator_done(struct operator* o);

/* False if nothing changes. */
bool operator_take(struct operator* o, const struct event *e);
bool operator_holds(const struct operator* o, int64_t now_s);
/* Why, in words for people: the first hold in force; "" if there is none. */
const char *operator_first(const struct operator* o, int64_t now_s);
/* All of them; NULL if there is none. Borrowed until the next call. */
const char *operator_why(struct operator* o, int64_t now_s);
/* In how many seconds the next hold ends; INT64_MAX: none does. */
int64_t operator_ends_in(const struct operator* o, int64_t now_s);
