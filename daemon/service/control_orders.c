/* The methods by which people hold and release deletes, and protect sets. */
#include "service/control_internal.h"

#include "service/in_force.h"
#include "service/now.h"

#include <errno.h>
#include <stdio.h>

#define REASON_MAX_BYTES 200
#define TOO_LATE "set %.60s of %s is being deleted: it is too late"

/* An order being made, with the texts that it borrows. */
struct draft {
	struct order order;
	char *by, *reason; /* owned */
};

static void draft_done(struct draft *d)
{
	free(d->by);
	free(d->reason);
}

static struct context *context_of(struct control *c)
{
	return &c->service->context;
}

static void reply_text(struct waits *waits, struct varlink_call *call, struct cluster *cluster,
	bool after_deletes, const char *text)
{
	struct text t = TEXT_INIT(16384);
	struct jsonwriter w = {.out = &t};

	json_object_begin(&w, NULL);
	json_string(&w, "text", text);
	json_object_end(&w);
	if (after_deletes)
		waits_for_deletes(waits, call, cluster, text_take(&t));
	else
		varlink_reply(call, text_take(&t));
}

/* --- what a call says --- */

static bool refuse(struct varlink_call *call, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static bool refuse(struct varlink_call *call, const char *format, ...)
{
	char text[600];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	varlink_error_message(call, "Refused", text);
	return false;
}

static bool take_until(struct varlink_call *call, const cJSON *parameters, const char *key,
	int64_t now_s, int64_t *ret_s)
{
	const char *until = json_get_string(parameters, key);
	char now[CIVIL_TEXT_SIZE];

	*ret_s = ORDER_NO_END;
	if (!until)
		return true;
	if (!civil_parse_instant(until, false, ret_s))
		return refuse(call,
			"the end has to be a time such as 2026-11-21T08:00:00+08:00, not '%.60s'",
			until);
	civil_format_utc(now_s, now);
	return *ret_s > now_s || refuse(call, "the end %.60s has passed: it is %s", until, now);
}

static bool take_reason(struct varlink_call *call, const cJSON *parameters, char **ret)
{
	const char *reason = json_get_string(parameters, "reason");
	_cleanup_free_ char *printable = text_printable(reason ? reason : "");

	if (strlen(printable) > REASON_MAX_BYTES)
		return refuse(call, "a reason has at most %d bytes", REASON_MAX_BYTES);
	*ret = TAKE_PTR(printable);
	return true;
}

/* False: the call has been answered. `d` is to be released either way. */
static bool draft_order(struct control *c, struct varlink_call *call, const cJSON *parameters,
	const char *until_key, struct draft *d)
{
	const struct asker who = {varlink_call_uid(call), varlink_call_pid(call)};
	int64_t now_s = now_moment().wall_s;

	if (context_of(c)->options->dry_run)
		return refuse(call, "%s", DRY_RUN);
	if (!take_until(call, parameters, until_key, now_s, &d->order.until_s) ||
		!take_reason(call, parameters, &d->reason))
		return false;
	d->by = asked_who(&who);
	d->order.by = d->by;
	d->order.reason = d->reason;
	d->order.at_s = now_s;
	return true;
}

static bool refuse_trouble(struct control *c, struct varlink_call *call)
{
	const char *trouble = orders_trouble(context_of(c)->orders);

	if (trouble)
		(void)refuse(call,
			"%s. Everything is held: look at it, then `retainctl release` begins an "
			"empty one",
			trouble);
	return trouble;
}

/* "hold until 2026-12-01T00:00:00Z: the migration"; who asks is told with it. */
static void tell(struct control *c, const struct varlink_call *call, const char *what,
	struct cluster *cluster, const struct order *o)
{
	_cleanup_free_ char *line = NULL;
	char until[CIVIL_TEXT_SIZE] = "";

	if (o->until_s != ORDER_NO_END)
		civil_format_utc(o->until_s, until);
	line = xasprintf("%s%s%s%s%s%s%s", what, o->set[0] ? " " : "", o->set,
		until[0] ? " until " : "", until, o->reason[0] ? ": " : "", o->reason);
	control_tell_asker(c, call, line, cluster, NULL);
}

/* --- hold, release --- */

/* All heed it before the call is answered. */
static void heed_holds(struct control *c, struct cluster *only)
{
	struct fleet *f = &c->service->fleet;

	cluster_commit(context_of(c));
	for (size_t i = 0; i < f->count; i++)
		if (!only || only == f->clusters[i])
			cluster_take_holds(f->clusters[i]);
	cluster_commit(context_of(c));
}

/* The cluster that a call may name. False: there is none of this name, and the call has been
 * answered. */
static bool take_cluster(
	struct control *c, struct varlink_call *call, const cJSON *parameters, struct cluster **ret)
{
	*ret = json_get(parameters, "cluster") ? control_named(c, call, parameters) : NULL;
	return *ret || !json_get(parameters, "cluster");
}

static const char *id_of(const struct cluster *cluster)
{
	return cluster ? cluster->policy->cluster : "";
}

void control_hold(struct varlink_call *call, const cJSON *parameters, void *data)
{
	struct control *c = data;
	_cleanup_(draft_done) struct draft d = {.order = {.kind = ORDER_HOLD, .set = ""}};
	_cleanup_free_ char *text = NULL, *words = NULL;
	struct cluster *cluster;
	struct error err = {0};

	if (!take_cluster(c, call, parameters, &cluster) ||
		!draft_order(c, call, parameters, "until", &d) || refuse_trouble(c, call))
		return;
	d.order.cluster = id_of(cluster);
	if (orders_put(context_of(c)->orders, &d.order, &err) < 0) {
		varlink_error_message(call, "Failed", err.text);
		return;
	}
	tell(c, call, "hold", cluster, &d.order);
	heed_holds(c, cluster);
	words = in_force_words(&d.order, cluster ? cluster->policy->zone : context_of(c)->utc);
	text = xasprintf("deletes of %s are held %s",
		cluster ? cluster->policy->name : "all clusters", words);
	reply_text(&c->waits, call, cluster, true, text);
}

/* Of all, where the file cannot be read: nobody knows what was ordered. */
static void release_trouble(struct control *c, struct varlink_call *call)
{
	_cleanup_free_ char *moved = NULL, *text = NULL;
	struct error err = {0};

	if (orders_begin_anew(context_of(c)->orders, &moved, &err) < 0) {
		varlink_error_message(call, "Failed", err.text);
		return;
	}
	text = xasprintf("nothing is held or protected by command any more%s%s",
		moved ? ": what was ordered before may stand in " : "", moved ? moved : "");
	control_tell_asker(c, call, text, NULL, NULL);
	heed_holds(c, NULL);
	reply_text(&c->waits, call, NULL, false, text);
}

/* What still holds the cluster, or some of all. */
static char *still_held(struct control *c, struct cluster *cluster)
{
	const struct orders *o = context_of(c)->orders;
	size_t held = 0;

	if (cluster && orders_find(o, ORDER_HOLD, "", ""))
		return xstrdup(
			"; it is still held with all clusters (`retainctl release` ends that)");
	for (size_t i = 0; !cluster && i < orders_count(o); i++)
		held += orders_at(o, i)->kind == ORDER_HOLD;
	return held ? xasprintf("; %zu hold%s of single clusters stay%s in force (`retainctl "
				"release CLUSTER`)",
			      held, held == 1 ? "" : "s", held == 1 ? "s" : "")
		    : xstrdup("");
}

void control_release(struct varlink_call *call, const cJSON *parameters, void *data)
{
	struct control *c = data;
	struct orders *orders = context_of(c)->orders;
	_cleanup_free_ char *text = NULL, *still = NULL;
	const struct order *found;
	const char *name;
	struct cluster *cluster;
	struct error err = {0};

	if (!take_cluster(c, call, parameters, &cluster))
		return;
	name = cluster ? cluster->policy->name : "all clusters";
	if (context_of(c)->options->dry_run) {
		(void)refuse(call, "%s", DRY_RUN);
		return;
	}
	if (!cluster && orders_trouble(orders)) {
		release_trouble(c, call);
		return;
	}
	if (refuse_trouble(c, call))
		return;
	found = orders_find(orders, ORDER_HOLD, id_of(cluster), "");
	if (found && orders_drop(orders, found, &err) < 0) {
		varlink_error_message(call, "Failed", err.text);
		return;
	}
	still = still_held(c, cluster);
	if (!found) {
		(void)refuse(call, "no hold of %s is in force%s", name, still);
		return;
	}
	control_tell_asker(c, call, "release", cluster, NULL);
	heed_holds(c, cluster);
	text = xasprintf("deletes of %s are released%s", name, still);
	reply_text(&c->waits, call, cluster, false, text);
}

/* --- protect, unprotect --- */

static bool is_listed(struct cluster *cluster, struct varlink_call *call, const char *set)
{
	const char *name = cluster->policy->name;
	struct inventory_index *ids;
	struct cycle_status s;
	bool deleting;
	size_t at;

	cycle_wake(cluster->cycle);
	cycle_status(cluster->cycle, now_moment(), &s);
	if (!s.plan)
		return refuse(call,
			"the sets of %s have not been listed yet: try again in a minute", name);
	ids = inventory_index_new(s.input->inv);
	at = inventory_find(ids, set);
	inventory_index_free(ids);
	deleting = at != SIZE_MAX && s.input->inv->sets[at].state == SET_DELETING;
	cycle_rest(cluster->cycle);
	if (deleting)
		return refuse(call, TOO_LATE, set, name);
	return at != SIZE_MAX ||
		refuse(call,
			"set %.60s of %s is not listed (`retainctl sets` shows those that are)",
			set, name);
}

static void heed_protections(struct cluster *cluster)
{
	cluster_commit(cluster->context);
	cluster_take_protections(cluster);
	cluster_withdraw(cluster);
	cluster_run(cluster);
	cluster_commit(cluster->context);
}

/* What was ordered before, if anything, is again in force. */
static void take_back(struct control *c, struct cluster *cluster, const char *set)
{
	struct orders *o = context_of(c)->orders;

	(void)orders_drop(o, orders_find(o, ORDER_PROTECT, cluster->policy->cluster, set), NULL);
	heed_protections(cluster);
}

void control_protect(struct varlink_call *call, const cJSON *parameters, void *data)
{
	struct control *c = data;
	struct cluster *cluster = control_named(c, call, parameters);
	const char *set = json_get_string(parameters, "set");
	_cleanup_(draft_done) struct draft d = {.order = {.kind = ORDER_PROTECT}};
	_cleanup_free_ char *text = NULL, *words = NULL;
	struct error err = {0};

	if (!cluster || !draft_order(c, call, parameters, "until", &d) || refuse_trouble(c, call) ||
		!is_listed(cluster, call, set))
		return;
	d.order.cluster = cluster->policy->cluster;
	d.order.set = set;
	if (orders_put(context_of(c)->orders, &d.order, &err) < 0) {
		varlink_error_message(call, "Failed", err.text);
		return;
	}
	heed_protections(cluster); /* a call that names it and waits is not made any more */
	if (cycle_asked_for(cluster->cycle, set)) {
		take_back(c, cluster, set);
		(void)refuse(call, TOO_LATE, set, cluster->policy->name);
		return;
	}
	tell(c, call, "protect set", cluster, &d.order);
	words = in_force_words(&d.order, cluster->policy->zone);
	text = xasprintf("set %s of %s is protected %s", set, cluster->policy->name, words);
	reply_text(&c->waits, call, cluster, false, text);
}

void control_unprotect(struct varlink_call *call, const cJSON *parameters, void *data)
{
	struct control *c = data;
	struct cluster *cluster = control_named(c, call, parameters);
	const char *set = json_get_string(parameters, "set");
	struct orders *orders = context_of(c)->orders;
	_cleanup_free_ char *text = NULL, *what = xasprintf("unprotect set %s", set);
	const struct order *found;
	const struct protected_set *file;
	struct error err = {0};

	if (!cluster || refuse_trouble(c, call))
		return;
	if (context_of(c)->options->dry_run) {
		(void)refuse(call, "%s", DRY_RUN);
		return;
	}
	file = policy_protection(cluster->given, set, now_moment().wall_s);
	found = orders_find(orders, ORDER_PROTECT, cluster->policy->cluster, set);
	if (!found) {
		(void)refuse(call, "set %.60s of %s is not protected by command%s", set,
			cluster->policy->name, file ? "; the policy file protects it" : "");
		return;
	}
	if (orders_drop(orders, found, &err) < 0) {
		varlink_error_message(call, "Failed", err.text);
		return;
	}
	control_tell_asker(c, call, what, cluster, NULL);
	heed_protections(cluster);
	text = xasprintf("set %s of %s is no longer protected by command%s", set,
		cluster->policy->name, file ? "; the policy file still protects it" : "");
	reply_text(&c->waits, call, cluster, false, text);
}

/* --- proved --- */

void control_proved(struct varlink_call *call, const cJSON *parameters, void *data)
{
	struct control *c = data;
	struct cluster *cluster = control_named(c, call, parameters);
	const char *set = json_get_string(parameters, "set");
	_cleanup_(draft_done) struct draft d = {.order = {.kind = ORDER_PROVED}};
	_cleanup_free_ char *text = NULL, *by = text_printable(json_get_string(parameters, "by"));
	struct error err = {0};

	if (!cluster || !draft_order(c, call, parameters, "until", &d) || refuse_trouble(c, call))
		return;
	if (!by[0] || strlen(by) > REASON_MAX_BYTES) {
		(void)refuse(call, "who tried it takes 1 to %d bytes", REASON_MAX_BYTES);
		return;
	}
	if (!is_listed(cluster, call, set))
		return;
	d.order.cluster = cluster->policy->cluster;
	d.order.set = set;
	d.order.reason = by;
	if (orders_put(context_of(c)->orders, &d.order, &err) < 0) {
		varlink_error_message(call, "Failed", err.text);
		return;
	}
	tell(c, call, "proved set", cluster, &d.order);
	context_of(c)->status_stale = true;
	text = xasprintf(
		"it is noted that %s restored set %s of %s", by, set, cluster->policy->name);
	reply_text(&c->waits, call, cluster, false, text);
}

bool control_keep(struct control *c, struct varlink_call *call, const cJSON *parameters,
	struct cluster *cluster)
{
	_cleanup_(draft_done) struct draft d = {.order = {.kind = ORDER_KEEP, .set = ""}};
	struct error err = {0};

	if (!json_get(parameters, "keep_until") && !json_get(parameters, "reason"))
		return true;
	if (!json_get(parameters, "keep_until"))
		return refuse(call, "a reason belongs to keep_until");
	if (!draft_order(c, call, parameters, "keep_until", &d) || refuse_trouble(c, call))
		return false;
	d.order.cluster = cluster->policy->cluster;
	if (orders_put(context_of(c)->orders, &d.order, &err) == 0)
		return true;
	varlink_error_message(call, "Failed", err.text);
	return false;
}
