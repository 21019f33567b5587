/* An effect of a cycle that goes to the cloud, as a call of the client. */
#pragma once

#include "cloud/client.h"
#include "service/counters.h"

/* CALL_NONE for an effect that goes elsewhere. */
enum cluster_call effects_call(enum effect_kind kind);
/* True of a call that changes something in the cloud. */
bool effects_changes(enum cluster_call call);
/* `done` gets the answer, later. The effect and the target are borrowed until this returns. */
void effects_send(struct client *client, const struct client_target *target,
	const struct effect *effect, int64_t now_s, client_callback *done, void *data);
