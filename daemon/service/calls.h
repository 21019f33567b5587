/* Carries out the effects that go to the cloud, each when it gets its permit (pace/pace.h). */
#pragma once

#include "service/manager.h"

/* True of a call that changes something in the cloud. */
bool calls_changes(enum cluster_call call);

/* The client, with the policy's accounts. calls_close() also after a failure; client_free() and the
 * clusters go first. */
int calls_open(struct manager *m, const struct policyfile *file, struct error *err);
void calls_close(struct manager *m);

/* By the cluster's policy: where it waits, and by which account it calls. Again after a reload. */
int calls_join(struct cluster *c, struct error *err);
void calls_leave(struct cluster *c);

/* Lets c->effect wait for its permit. */
void calls_start(struct cluster *c);
/* Makes the calls that have got their permits, and sets the timer for the next. Not within a callback. */
void calls_go(struct manager *m);

/* A call that has not begun waits no longer: the cycle is to be asked again. */
void calls_take_back(struct cluster *c);
/* Feeds an answer that did not come from the cloud ("Stopped"), for an effect not begun or
 * abandoned. */
void calls_answer_stopped(struct cluster *c, enum answer_kind kind);
