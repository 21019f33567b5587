/* Calls that are answered when their cluster has done what they ask for. */
#include "service/waits.h"

#include "base/jsonwriter.h"
#include "service/now.h"
#include "service/status.h"
#include "service/warnings.h"

#include <stdio.h>

#define FAILED_LISTINGS 3 /* after so many, who waits for a backup is told that it cannot begin */

struct waiter {
	struct waits *waits;
	struct waiter *next;
	struct varlink_call *call;
	struct cluster *cluster;
	enum wait kind;
	bool to_the_end; /* else until it has begun */
	int64_t gone_before;
	int failed_listings;
	char *reply; /* of WAIT_DELETES, owned */
	char *cause; /* the last thing that went wrong meanwhile, owned; NULL: none */
};

/* How it came out, as the method's reply says it. */
struct outcome {
	const char *code; /* begun, done, held, refused or failed */
	const char *text; /* why; "": nothing to say */
	const char *set;  /* of a backup */
};

/* Takes the waiter out of the list and answers its call. */
static void answer(struct waiter **at, const struct outcome *o)
{
	struct waiter *w = *at;
	struct text t = TEXT_INIT(16384);
	struct jsonwriter j = {.out = &t};

	*at = w->next;
	json_object_begin(&j, NULL);
	json_string(&j, "outcome", o->code);
	json_string(&j, "text", o->text && *o->text ? o->text : NULL);
	if (w->kind == WAIT_BACKUP)
		json_string(&j, "set", o->set && *o->set ? o->set : NULL);
	else
		json_int(&j, "deleted", w->cluster->counters.gone - w->gone_before);
	json_object_end(&j);
	varlink_reply(w->call, text_take(&t));
	free(w->cause);
	free(w);
}

/* The same for an error, or for a reply without members (`message` NULL). */
static void answer_plainly(struct waiter **at, const char *message)
{
	struct waiter *w = *at;

	*at = w->next;
	if (message)
		varlink_error_message(w->call, "Failed", message);
	else
		varlink_reply(w->call, TAKE_PTR(w->reply));
	free(w->reply);
	free(w->cause);
	free(w);
}

/* --- backups --- */

static bool is_running(const struct cycle_status *s)
{
	return s->create.state == CREATE_INTENT || s->create.state == CREATE_ACCEPTED;
}

/* What a report says of a backup; false: nothing that ends the wait. */
static bool backup_reported(const struct waiter *w, const struct report *r, struct outcome *ret)
{
	switch ((int)r->kind) {
	case REPORT_BACKUP_DONE:
		*ret = (struct outcome){.code = "done", .set = r->set};
		return true;
	case REPORT_BACKUP_FAILED:
		*ret = (struct outcome){.code = "failed", .text = r->text, .set = r->set};
		return true;
	case REPORT_BACKUP_ACCEPTED:
		*ret = (struct outcome){.code = "begun"};
		return !w->to_the_end;
	case REPORT_BACKUP_UNSURE:
		*ret = (struct outcome){.code = "failed", .text = r->text};
		return !w->to_the_end;
	default:
		return false;
	}
}

/* Where the cycle has nothing to do for now. */
static bool backup_rested(const struct waiter *w, const struct cycle_status *s, struct outcome *ret)
{
	static const char begun_before[] = "a backup is under way already";

	if (is_running(s)) {
		*ret = (struct outcome){.code = "begun", .text = begun_before};
		return !w->to_the_end;
	}
	if (s->paused[0]) {
		*ret = (struct outcome){.code = "refused", .text = s->paused};
		return true;
	}
	if (!s->backup_wanted) {
		*ret = (struct outcome){
			.code = "refused", .text = w->cause ? w->cause : s->trouble};
		return true;
	}
	/* The cycle goes on trying: a backup that was asked for is made when it can be. */
	*ret = (struct outcome){.code = "failed", .text = w->cause};
	return w->cause && (!w->to_the_end || w->failed_listings >= FAILED_LISTINGS);
}

/* --- prunes --- */

static bool prune_rested(struct waiter *w, const struct cycle_status *s, struct outcome *ret)
{
	const unsigned grace = 1u << HOLD_GRACE;

	if (w->failed_listings > 0) {
		*ret = (struct outcome){.code = "failed", .text = w->cause};
		return true;
	}
	if (!s->settled)
		return false;
	if (s->complete && s->expired == 0 && s->under_way == 0) {
		*ret = (struct outcome){.code = "done"};
		return true;
	}
	if (s->trouble[0]) {
		*ret = (struct outcome){.code = "failed", .text = s->trouble};
		return true;
	}
	if (s->under_way > 0) {
		free(w->cause);
		w->cause = warnings_fewer_seconds(w->cluster->policy, s);
		*ret = (struct outcome){.code = "begun", .text = w->cause};
		return !w->to_the_end;
	}
	*ret = (struct outcome){.code = "held", .text = status_first_hold(s)};
	if (!(s->holds & ~grace))
		*ret = (struct outcome){.code = "done",
			.text = s->holds & grace ? s->plan->hold_detail[HOLD_GRACE] : ""};
	return true;
}

/* --- the hooks --- */

/* What goes wrong is remembered: it is why the wait ends, if it ends badly. */
static void note(struct waiter *w, const struct report *r)
{
	bool is_listing = r->kind == REPORT_LISTING_FAILED || r->kind == REPORT_LISTING_DOUBT;

	if (!is_listing && r->kind != REPORT_BACKUP_REFUSED && r->kind != REPORT_STATE_FAILED)
		return;
	w->failed_listings += is_listing;
	free(w->cause);
	w->cause = xstrdup(r->text);
}

static void on_report(void *data, struct cluster *cluster, const struct report *r)
{
	struct waits *waits = data;
	struct waiter **at = &waits->first;
	struct outcome o;

	while (*at) {
		struct waiter *w = *at;
		if (w->cluster == cluster)
			note(w, r);
		if (w->cluster == cluster && w->kind == WAIT_BACKUP && backup_reported(w, r, &o))
			answer(at, &o);
		else
			at = &w->next;
	}
}

static void on_rest(void *data, struct cluster *cluster)
{
	struct waits *waits = data;
	struct waiter **at = &waits->first;
	struct cycle_status s;
	struct outcome o;

	if (!waits->first)
		return;
	cycle_status(cluster->cycle, now_moment(), &s);
	while (*at) {
		struct waiter *w = *at;
		if (w->cluster == cluster &&
			((w->kind == WAIT_BACKUP && backup_rested(w, &s, &o)) ||
				(w->kind == WAIT_PRUNE && prune_rested(w, &s, &o))))
			answer(at, &o);
		else
			at = &w->next;
	}
}

/* Its calls may have been the last. */
static void end_of_deletes(struct waits *waits)
{
	struct waiter **at = &waits->first;

	while (*at) {
		if ((*at)->kind == WAIT_DELETES && !fleet_deletes(waits->fleet, (*at)->cluster))
			answer_plainly(at, NULL);
		else
			at = &(*at)->next;
	}
}

static void on_recorded(void *data, struct cluster *cluster, bool written)
{
	struct waits *waits = data;
	struct waiter **at = &waits->first;

	while (*at) {
		if ((*at)->cluster == cluster && (*at)->kind == WAIT_APPROVAL)
			answer_plainly(at,
				written ? NULL
					: "the approval could not be written down, and is not in "
					  "force until it is: the state file cannot be written");
		else
			at = &(*at)->next;
	}
	end_of_deletes(waits);
}

static void on_left(void *data, struct cluster *cluster)
{
	struct waits *waits = data;
	struct waiter **at = &waits->first;

	while (*at) {
		if ((*at)->cluster == cluster)
			answer_plainly(at, "the cluster is no longer in the policy");
		else
			at = &(*at)->next;
	}
}

void waits_begin(struct waits *waits, struct fleet *fleet)
{
	waits->fleet = fleet;
	fleet->context->hooks = (struct cluster_hooks){.reported = on_report,
		.rested = on_rest,
		.recorded = on_recorded,
		.left = on_left,
		.data = waits};
}

void waits_end(struct waits *waits)
{
	while (waits->first)
		answer_plainly(&waits->first,
			"retaind is being stopped; what has begun in the cloud goes on");
	waits->fleet->context->hooks = (struct cluster_hooks){0};
}

static void on_gone(void *data)
{
	struct waiter *w = data, **at = &w->waits->first;

	while (*at != w)
		at = &(*at)->next;
	answer_plainly(at, "nobody is there any more");
}

void waits_for_deletes(
	struct waits *waits, struct varlink_call *call, struct cluster *cluster, char *reply)
{
	waits_add(waits, call, cluster, WAIT_DELETES, true);
	waits->first->reply = reply;
	end_of_deletes(waits);
}

void waits_add(struct waits *waits, struct varlink_call *call, struct cluster *cluster,
	enum wait kind, bool to_the_end)
{
	struct waiter *w = xcalloc(1, sizeof(*w));

	*w = (struct waiter){.waits = waits,
		.next = waits->first,
		.call = call,
		.cluster = cluster,
		.kind = kind,
		.to_the_end = to_the_end,
		.gone_before = cluster ? cluster->counters.gone : 0};
	waits->first = w;
	varlink_call_when_gone(call, on_gone, w);
}
