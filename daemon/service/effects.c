/* An effect of a cycle that goes to the cloud, as a call of the client. */
#include "service/effects.h"

enum cluster_call effects_call(enum effect_kind kind)
{
	static const enum cluster_call calls[] = {
		[EFFECT_LIST] = CALL_LIST,
		[EFFECT_CREATE] = CALL_CREATE,
		[EFFECT_DELETE] = CALL_DELETE,
		[EFFECT_RETENTION] = CALL_RETENTION,
		[EFFECT_RAISE] = CALL_RAISE,
		[EFFECT_RECORD] = CALL_NONE,
		[EFFECT_REPORT] = CALL_NONE,
		[EFFECT_WAIT] = CALL_NONE,
	};

	return calls[kind];
}

bool effects_changes(enum cluster_call call)
{
	return call == CALL_CREATE || call == CALL_DELETE || call == CALL_RAISE;
}

static void raise(struct client *client, const struct client_target *target,
	const struct effect *effect, int64_t now_s, client_callback *done, void *data)
{
	struct backup_policy raised = *effect->raise.read;

	raised.days = effect->raise.days;
	client_modify_policy(client, target, &raised, now_s, done, data);
}

void effects_send(struct client *client, const struct client_target *target,
	const struct effect *effect, int64_t now_s, client_callback *done, void *data)
{
	switch (effect->kind) {
	case EFFECT_LIST:
		client_describe_backups(client, target, effect->list.from_s, effect->list.to_s,
			effect->list.page, now_s, done, data);
		break;
	case EFFECT_CREATE:
		client_create_backup(client, target, now_s, done, data);
		break;
	case EFFECT_DELETE:
		client_delete_backups(client, target, effect->delete.ids, effect->delete.count,
			now_s, done, data);
		break;
	case EFFECT_RETENTION:
		client_describe_policy(client, target, now_s, done, data);
		break;
	case EFFECT_RAISE:
		raise(client, target, effect, now_s, done, data);
		break;
	case EFFECT_RECORD:
	case EFFECT_REPORT:
	case EFFECT_WAIT:
		break;
	}
}
