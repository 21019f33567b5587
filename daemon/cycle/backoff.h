/* How long to wait before a call is made again. */
#pragma once

#include "cycle/answer.h"

/* `first_s` after the first failure, doubled with each one more, and at most `most_s`. */
int64_t backoff_wait_s(int64_t failures, int64_t first_s, int64_t most_s);

/* The wait that the service asks for in its answer, in whole seconds; 0 if it asks for none. */
int64_t backoff_asked_s(const struct answer *a);

/* The longer of the two. */
int64_t backoff_after_s(int64_t failures, int64_t first_s, int64_t most_s, const struct answer *a);

/* Makes *in_s the sooner of itself and `candidate_s`, or the later. */
void backoff_sooner(int64_t *in_s, int64_t candidate_s);
void backoff_later(int64_t *in_s, int64_t candidate_s);
