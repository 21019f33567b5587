/* Calls that are answered when their cluster has done what they ask for. */
#include "service/waits.h"

#include "base/jsonwriter.h"
#include "service/now.h"

struct waiter {
	struct waits *waits;
	struct waiter *next;
	struct varlink_call *call;
	struct cluster *cluster;
	bool prune; /* else backup */
	int64_t gone_before;
};

static void answer_backup(struct varlink_call *call, const char *outcome, const char *set)
{
	struct text t = TEXT_INIT(4096);
	struct jsonwriter w = {.out = &t};

	json_object_begin(&w, NULL);
	json_string(&w, "outcome", outcome);
	json_string(&w, "set", set);
	json_object_end(&w);
	varlink_reply(call, text_take(&t));
}

static void answer_prune(struct varlink_call *call, const char *outcome, int64_t deleted)
{
	struct text t = TEXT_INIT(4096);
	struct jsonwriter w = {.out = &t};

	json_object_begin(&w, NULL);
	json_string(&w, "outcome", outcome);
	json_int(&w, "deleted", deleted);
	json_object_end(&w);
	varlink_reply(call, text_take(&t));
}

void waits_answer_begun(struct varlink_call *call, bool prune)
{
	if (prune)
		answer_prune(call, "begun", 0);
	else
		answer_backup(call, "begun", NULL);
}

/* Takes it out of the list; the caller answers. */
static void take(struct waiter **at, struct waiter *ret)
{
	struct waiter *w = *at;

	*at = w->next;
	*ret = *w;
	free(w);
}

static void give_up(struct waiter **at)
{
	struct waiter w;

	take(at, &w);
	varlink_error_message(
		w.call, "Failed", "the cluster is no longer in the policy, or retaind stops");
}

static void on_gone(void *data)
{
	struct waiter *w = data, **at = &w->waits->first;

	while (*at != w)
		at = &(*at)->next;
	give_up(at);
}

void waits_add(struct waits *waits, struct varlink_call *call, struct cluster *cluster, bool prune)
{
	struct waiter *w = xcalloc(1, sizeof(*w));

	*w = (struct waiter){.waits = waits,
		.next = waits->first,
		.call = call,
		.cluster = cluster,
		.prune = prune,
		.gone_before = cluster->counters.gone};
	waits->first = w;
	varlink_call_when_gone(call, on_gone, w);
}

/* How a backup that somebody waits for came out; NULL: the report says nothing of it. */
static const char *backup_outcome(enum report_kind kind)
{
	if (kind == REPORT_BACKUP_DONE)
		return "done";
	if (kind == REPORT_BACKUP_FAILED)
		return "failed";
	return kind == REPORT_BACKUP_REFUSED ? "refused" : NULL;
}

static void on_report(void *data, struct cluster *cluster, const struct report *r)
{
	struct waits *waits = data;
	const char *outcome = backup_outcome(r->kind);
	struct waiter **at = &waits->first, w;

	while (outcome && *at) {
		if ((*at)->cluster != cluster || (*at)->prune) {
			at = &(*at)->next;
			continue;
		}
		take(at, &w);
		answer_backup(w.call, outcome, r->set[0] ? r->set : NULL);
	}
}

static const char *prune_outcome(const struct cycle_status *s)
{
	if (s->trouble[0])
		return s->trouble;
	if (s->expired > 0)
		for (int i = 0; i < HOLD_COUNT; i++)
			if (s->holds & 1u << i)
				return s->plan->hold_detail[i];
	return "done";
}

static void on_rest(void *data, struct cluster *cluster)
{
	struct waits *waits = data;
	struct waiter **at = &waits->first, w;
	struct cycle_status s;

	if (!waits->first)
		return;
	cycle_status(cluster->cycle, now_moment(), &s);
	if (!s.settled || (s.under_way > 0 && !s.trouble[0]))
		return;
	while (*at) {
		if ((*at)->cluster != cluster || !(*at)->prune) {
			at = &(*at)->next;
			continue;
		}
		take(at, &w);
		answer_prune(w.call, prune_outcome(&s), cluster->counters.gone - w.gone_before);
	}
}

static void on_left(void *data, struct cluster *cluster)
{
	struct waits *waits = data;
	struct waiter **at = &waits->first;

	while (*at) {
		if ((*at)->cluster == cluster)
			give_up(at);
		else
			at = &(*at)->next;
	}
}

void waits_begin(struct waits *waits, struct context *context)
{
	waits->context = context;
	context->hooks = (struct cluster_hooks){
		.reported = on_report, .rested = on_rest, .left = on_left, .data = waits};
}

void waits_end(struct waits *waits)
{
	while (waits->first)
		give_up(&waits->first);
	waits->context->hooks = (struct cluster_hooks){0};
}
