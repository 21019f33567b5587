/* Where play.c cannot go on by itself: verdicts() judges all sets that are there. For play*.c. */
#pragma once

#include "played/play.h"

/* Judges all that are there at `at_s`, buries what is expired, and sets up the queues. */
void play_judge(struct play *p, int64_t at_s);

/* How many of the newest valid sets stay whatever the rules say. */
int64_t play_minimum(const struct policy *p);

/* Steps of the engine that both files take. */
void play_push(struct play *p, unsigned hold, size_t index); /* to the end of a queue */
void play_lose(struct play *p, size_t index, unsigned holds, int64_t at_s);
void play_let_go(struct play *p, size_t index, unsigned holds, int64_t at_s);
void play_bury(struct play *p, size_t index, enum play_fate fate, int64_t at_s);
bool play_rule_is_active(const struct policy *p, enum rule rule);
