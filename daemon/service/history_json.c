/* The history as JSON. */
#include "service/history_json.h"

#include "base/jsonwriter.h"

#include <errno.h>

struct lines {
	struct service *service;
	struct jsonwriter *w;
	const struct cluster *last; /* lines of one cluster often follow one another */
};

/* NULL for a cluster that is no longer in the policy. */
static const struct policy *policy_of(struct lines *l, const char *cluster)
{
	if (!l->last || strcmp(l->last->policy->cluster, cluster) != 0)
		l->last = fleet_find(&l->service->fleet, cluster);
	return l->last ? l->last->policy : NULL;
}

static void entry_json(void *data, const char *cluster, const struct entry *e)
{
	struct lines *l = data;
	struct jsonwriter *w = l->w;
	const struct policy *p = policy_of(l, cluster);
	char at[CIVIL_TEXT_SIZE];

	json_object_begin(w, NULL);
	civil_format_utc(e->at_s, at);
	json_string(w, "time", at);
	json_string(w, "cluster", cluster);
	json_string(w, "name", p ? p->name : cluster);
	json_string(w, "timezone", p ? zone_name(p->zone) : "UTC");
	json_string(w, "kind", entry_names[e->kind]);
	if (e->slot_s)
		civil_format_utc(e->slot_s, at);
	json_string(w, "slot", e->slot_s ? at : NULL);
	json_string(w, "set", e->set);
	json_string(w, "outcome", e->outcome);
	json_string(w, "reason", e->reason);
	json_string(w, "code", e->code);
	json_string(w, "request_id", e->request_id);
	json_string(w, "plan", e->plan);
	if (e->count)
		json_int(w, "count", e->count);
	else
		json_null(w, "count");
	json_object_end(w);
}

int history_json(
	struct service *service, const struct history_query *q, struct text *out, struct error *err)
{
	struct jsonwriter w = {.out = out};
	struct lines l = {.service = service, .w = &w};
	struct context *x = &service->context;
	int r = 0;

	json_object_begin(&w, NULL);
	json_array_begin(&w, "entries");
	if (x->history_db)
		r = history_db_query(x->history_db, q, entry_json, &l, err);
	if (r == -EBADMSG)
		journal_say(&x->journal, MESSAGE_OTHER, LEVEL_WARNING, "%s", err->text);
	json_array_end(&w);
	json_object_end(&w);
	return r;
}
