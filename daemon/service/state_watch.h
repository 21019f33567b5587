/* Sees to it that the state file stays where it was opened: people remove it, or put another in its
 * place, and nobody would notice before the next start. */
#pragma once

#include "service/context.h"

/* To be called before a transaction. Where the file is not in place, what it holds is written anew,
 * and that is said. On an error nothing may be written, so nothing is changed in the cloud (S4);
 * the error stands in the context until it has been overcome. In a dry run there is no file. */
int state_watch_check(struct context *context, struct error *err);

/* Does the same as soon as something happens in the folder, and every half minute while the file
 * cannot be written anew. */
struct state_watch;
struct state_watch *state_watch_new(struct context *context);
void state_watch_free(struct state_watch *w); /* accepts NULL */
