/* Answers calls by what `retainctl record` wrote down of the cloud. */
#pragma once

#include "base/error.h"

#include <stdbool.h>

struct call;
struct replay;

/* Reads a folder whole. -EBADMSG and the like with one line that names the file: what was edited,
 * cut short or added since the recording is refused. */
int replay_open(const char *dir, struct replay **ret, struct error *err);
void replay_free(struct replay *r); /* accepts NULL */

/* Answers as recorded, if there was such a call. Of the times that a call asks for nothing is read:
 * a recording has all sets of its window. False: the call is not for the replay (a login). */
bool replay_run(const struct replay *r, struct call *c);
