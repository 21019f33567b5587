/* What the doctor finds, and what to do about it. Values: nobody is asked here. */
#pragma once

#include "base/jsonwriter.h"
#include "cycle/answer.h"

enum finding_state {
	FINDING_WELL,
	FINDING_UNKNOWN, /* could not be checked */
	FINDING_WARNING,
	FINDING_BAD,
};

/* One object into an array. `about`: a cluster, an account, a region; "" none. `remedy` NULL: there
 * is nothing to do. */
void finding_add(struct jsonwriter *w, const char *check, const char *about,
	enum finding_state state, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* Whether the answer came from the service at all, well or not. */
bool finding_reached(const struct answer *a);
/* Whether the cause is the keys, or a right that they lack. */
bool finding_is_login(const struct answer *a);
bool finding_is_permission(const struct answer *a);

/* What to do about a call that did not go well: never NULL, borrowed. */
const char *finding_remedy(const struct answer *a);
