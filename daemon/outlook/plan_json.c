/* A plan as JSON. */
#include "outlook/plan_json.h"

#include "base/memory.h"
#include "outlook/cost.h"
#include "outlook/expiry.h"
#include "retention/explain.h"

#define REASON_MAX 2048

struct view {
	const struct plan_input *in;
	const struct plan *plan;
	struct explanation *explanation;
	struct expiry *expiry; /* by index; NULL without a schedule */
};

static void instant_json(const struct view *v, struct jsonwriter *w, const char *key, int64_t at_s)
{
	char at[CIVIL_TEXT_SIZE];

	if (at_s != SET_NO_TIME)
		zone_format(v->in->policy->zone, at_s, at);
	json_string(w, key, at_s != SET_NO_TIME ? at : NULL);
}

/* "expires", and which rules hold it until when. */
static void expiry_json(const struct view *v, size_t index, struct jsonwriter *w)
{
	const struct expiry *x = expiry_find(v->expiry, index, &v->plan->verdicts[index]);

	instant_json(v, w, "expires", x ? x->expires_s : SET_NO_TIME);
	json_array_begin(w, "until");
	for (size_t i = 0; x && i < x->count; i++) {
		json_object_begin(w, NULL);
		json_string(w, "rule", x->phases[i].hold);
		instant_json(v, w, "until", x->phases[i].until_s);
		json_object_end(w);
	}
	json_array_end(w);
}

static void rules_json(const struct view *v, size_t index, struct jsonwriter *w)
{
	const struct verdict *verdict = &v->plan->verdicts[index];
	char bucket[RULE_BUCKET_TEXT_SIZE];

	json_array_begin(w, "rules");
	for (enum rule rule = 0; rule < RULE_COUNT; rule++) {
		const struct keep_rule *k = &v->in->policy->keep[rule];
		if (!(verdict->rules & 1u << rule))
			continue;
		json_object_begin(w, NULL);
		json_string(w, "rule", rule_rows[rule]->name);
		if (rule_counts(rule))
			json_int(w, "slot", explanation_number(v->explanation, index, rule));
		else
			json_null(w, "slot");
		if (k->kind == KEEP_NUMBER ||
			(k->kind == KEEP_FLOOR &&
				explanation_number(v->explanation, index, rule) <= k->number))
			json_int(w, "of", k->number);
		else
			json_null(w, "of");
		rule_bucket_text(
			rule, v->in->policy->zone, v->in->inv->sets[index].start_s, bucket);
		json_string(w, "bucket", bucket[0] ? bucket : NULL);
		if (verdict->oldest & 1u << rule)
			json_bool(w, "oldest", true);
		json_object_end(w);
	}
	json_array_end(w);
}

static void set_json(const struct view *v, size_t index, struct jsonwriter *w)
{
	const struct set *s = &v->in->inv->sets[index];
	struct text reason = TEXT_INIT(REASON_MAX);
	char time[CIVIL_TEXT_SIZE];

	json_object_begin(w, NULL);
	json_string(w, "id", set_id(v->in->inv, index));
	if (s->start_s != SET_NO_TIME)
		civil_format_utc(s->start_s, time);
	json_string(w, "time", s->start_s != SET_NO_TIME ? time : NULL);
	if (s->size_bytes >= 0)
		json_int(w, "size", s->size_bytes);
	else
		json_null(w, "size");
	json_string(w, "verdict", verdict_name(&v->plan->verdicts[index]));
	rules_json(v, index, w);
	explanation_reason(v->explanation, index, &reason);
	json_string(w, "reason", reason.s ? reason.s : "");
	text_done(&reason);
	expiry_json(v, index, w);
	json_object_end(w);
}

static void deletes_json(const struct view *v, struct jsonwriter *w)
{
	const struct plan *p = v->plan;

	json_array_begin(w, "delete");
	for (size_t i = 0; i < p->doomed_count; i++)
		json_string(w, NULL, set_id(v->in->inv, p->doomed[i]));
	json_array_end(w);
	json_int(w, "batches", (int64_t)((p->doomed_count + PLAN_BATCH - 1) / PLAN_BATCH));
	json_array_begin(w, "holds");
	for (enum hold hold = 0; hold < HOLD_COUNT; hold++) {
		if (!(p->holds & 1u << hold))
			continue;
		json_object_begin(w, NULL);
		json_string(w, "hold", hold_names[hold]);
		json_string(w, "detail", p->hold_detail[hold]);
		json_object_end(w);
	}
	json_array_end(w);
	json_string(w, "plan", p->hash);
}

static void add_size(const struct set *s, int64_t *bytes)
{
	if (s->size_bytes > 0 && s->size_bytes < INT64_MAX - *bytes)
		*bytes += s->size_bytes;
}

/* "size" of all sets listed, "expired_size" of those to be deleted, "cost". */
static void storage_json(const struct view *v, struct jsonwriter *w)
{
	const struct inventory *inv = v->in->inv;
	int64_t bytes = 0, expired_bytes = 0;

	for (size_t i = 0; i < inv->count; i++)
		add_size(&inv->sets[i], &bytes);
	for (size_t i = 0; i < v->plan->doomed_count; i++)
		add_size(&inv->sets[v->plan->doomed[i]], &expired_bytes);
	json_int(w, "size", bytes);
	json_int(w, "expired_size", expired_bytes);
	cost_json(w, v->in->policy, bytes, expired_bytes);
}

void plan_json(
	const struct plan_input *in, const struct plan *p, struct jsonwriter *w, const char *key)
{
	const struct policy *policy = in->policy;
	struct view v = {.in = in,
		.plan = p,
		.explanation = explanation_new(in, p),
		.expiry = expiry_new(in->inv, policy, in->cloud_s, in->log_days, in->now_s)};
	char now[CIVIL_TEXT_SIZE];

	json_object_begin(w, key);
	json_string(w, "cluster", policy->cluster);
	json_string(w, "name", policy->name);
	civil_format_utc(in->now_s, now);
	json_string(w, "now", now);
	json_string(w, "timezone", zone_name(policy->zone));
	instant_json(&v, w, "second_since", p->second_since_s);
	instant_json(&v, w, "second_after", p->second_after_s);
	json_array_begin(w, "sets");
	for (size_t i = 0; i < p->count; i++)
		set_json(&v, p->newest_first[i], w);
	json_array_end(w);
	storage_json(&v, w);
	deletes_json(&v, w);
	json_object_end(w);
	explanation_free(v.explanation);
	free(v.expiry);
}
