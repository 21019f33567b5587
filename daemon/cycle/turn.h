/* The order of things, once: what follows a listing, a record, an answer, a policy, a pause or a
 * hold; and when to list next. Which phase follows is said in cycle.c. */
#pragma once

#include "cycle/change.h"

struct cycle;

/* --- listings --- */

/* In how many seconds a listing is to begin; 0 or less: now. */
int64_t turn_next_listing(struct cycle *c, struct moment now);
void turn_begin_listing(struct cycle *c, struct moment now);
/* The listing under way begins again from its first page. */
void turn_restart_listing(struct cycle *c, struct moment now);

enum turn_listing { LISTING_GOES_ON, LISTING_COMPLETE, LISTING_FAILED };
enum turn_listing turn_take_page(struct cycle *c, const struct event *e, struct moment now);

/* --- changes: c->change is the one under way --- */

/* With a listing at hand: the one thing to do next. True if its intent is to be written. */
bool turn_decide(struct cycle *c, struct moment now);
/* What an answer says of the cloud's own policy: nothing new, something to be written, or that a
 * raise is intended. */
enum turn_retention { RETENTION_AS_KNOWN, RETENTION_NEWS, RETENTION_RAISE };
enum turn_retention turn_take_retention(struct cycle *c, const struct event *e, struct moment now);
/* In how many seconds it is to be asked for. */
int64_t turn_next_retention(struct cycle *c, struct moment now);

/* The intent could not be written. */
void turn_cancel(struct cycle *c, struct moment now);
/* The intent is on disk: tells people of the call. False: it is not to be made any more. */
bool turn_announce(struct cycle *c, struct moment now);
/* The call as an effect, after the last check (S2, S5, S6). False: it is not made after all. */
bool turn_send(struct cycle *c, struct moment now, struct effect *ret);
void turn_take_answer(struct cycle *c, const struct answer *a, struct moment now);
/* After this call the plan at hand may want another. */
bool turn_goes_on(const struct cycle *c);

/* --- the state file --- */

struct effect turn_record(struct cycle *c);
void turn_recorded(struct cycle *c, bool ok, struct moment now);

/* --- events from outside --- */

void turn_take_policy(struct cycle *c, const struct policy *policy, struct moment now);
void turn_take_pause(struct cycle *c, enum pause_cause cause, const char *why, struct moment now);
void turn_take_ending(struct cycle *c, const char *why); /* "" or NULL: it stays */
void turn_take_hold(struct cycle *c, const struct event *e, struct moment now);
void turn_want_listing(struct cycle *c, struct moment now); /* at once */

/* What cycle_wake() and cycle_rest() do, but for the phase. */
void turn_wake(struct cycle *c);
void turn_rest(struct cycle *c);

struct context turn_context(struct cycle *c, struct moment now);
