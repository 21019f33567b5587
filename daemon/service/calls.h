/* Carries out the effects that go to the cloud. */
#pragma once

#include "service/manager.h"

/* True of a call that changes something in the cloud. */
bool calls_changes(enum cluster_call call);

/* Starts c->effect, or lets it wait for its turn. Its answer is fed to the cycle, which then runs
 * on. */
void calls_start(struct cluster *c);
/* Feeds an answer that did not come from the cloud ("Stopped"), for an effect not begun or
 * abandoned. */
void calls_answer_stopped(struct cluster *c, enum answer_kind kind);
/* Its call takes long: no other is to wait for that (L2). */
void calls_slow(struct cluster *c);
