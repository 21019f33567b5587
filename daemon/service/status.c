/* What is told of the clusters: the STATUS= line, and the JSON of the control socket's replies. */
#include "service/status.h"

#include "outlook/cost.h"
#include "outlook/plan_json.h"
#include "retention/reach.h"
#include "service/in_force.h"
#include "service/now.h"
#include "service/warnings.h"

#include <inttypes.h>

/* Holds that a person can end come first. */
const char *status_first_hold(const struct cycle_status *s)
{
	static const enum hold order[] = {HOLD_APPROVAL, HOLD_CLOCK, HOLD_PAUSED, HOLD_INCOMPLETE,
		HOLD_FRESH, HOLD_MINIMUM, HOLD_POINT_IN_TIME};
	_Static_assert(ARRAY_SIZE(order) == HOLD_COUNT - 2, "all but an operator's and grace");

	if (s->held[0])
		return s->held;
	for (size_t i = 0; s->plan && i < ARRAY_SIZE(order); i++)
		if (s->holds & 1u << order[i])
			return s->plan->hold_detail[order[i]];
	return "";
}

struct totals {
	size_t by_state[CYCLE_TROUBLE + 1];
	const char *worst_name;
	char worst[300];
	enum cycle_state worst_state;
	int64_t next_s;
	const struct cluster *next;
	const struct cluster *pruning; /* the one with most sets to go */
	struct progress progress;
	size_t prunes;
};

static void add_prune(
	struct totals *t, struct cluster *c, const struct cycle_status *s, int64_t now_boot_s)
{
	struct progress p;

	if (!counters_progress(&c->counters, s, now_boot_s, &p))
		return;
	t->prunes++;
	if (t->pruning && p.sets - p.gone <= t->progress.sets - t->progress.gone)
		return;
	t->pruning = c;
	t->progress = p;
}

static void add_up(struct service *service, struct totals *t)
{
	struct moment now = now_moment();

	*t = (struct totals){.next_s = INT64_MAX};
	for (size_t i = 0; i < service->fleet.count; i++) {
		struct cluster *c = service->fleet.clusters[i];
		struct cycle_status s;
		cycle_status(c->cycle, now, &s);
		t->by_state[s.state]++;
		add_prune(t, c, &s, now.boot_s);
		if (s.next_backup_s != SET_NO_TIME && s.next_backup_s < t->next_s) {
			t->next_s = s.next_backup_s;
			t->next = c;
		}
		if (s.state >= CYCLE_PAUSED && s.state > t->worst_state) {
			t->worst_state = s.state;
			t->worst_name = c->policy->name;
			text_copy_printable(t->worst, sizeof(t->worst),
				s.state == CYCLE_HELD             ? status_first_hold(&s)
					: s.state == CYCLE_PAUSED ? s.paused
								  : s.trouble);
		}
	}
}

static void add_counts(const struct totals *t, struct text *out)
{
	static const struct {
		enum cycle_state state;
		const char *words;
	} order[] = {{CYCLE_WELL, "well"}, {CYCLE_NEW, "not listed yet"},
		{CYCLE_BACKING_UP, "backing up"}, {CYCLE_PRUNING, "pruning"},
		{CYCLE_PAUSED, "paused"}, {CYCLE_HELD, "held"}, {CYCLE_TROUBLE, "in trouble"}};
	const char *separator = ": ";

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		if (t->by_state[order[i].state]) {
			text_printf(out, "%s%zu %s", separator, t->by_state[order[i].state],
				order[i].words);
			separator = ", ";
		}
}

static void add_next(const struct totals *t, int64_t now_s, struct text *out)
{
	struct civil local;

	if (!t->next)
		return;
	if (t->next_s <= now_s) {
		text_printf(out, "; next backup %s due now", t->next->policy->name);
		return;
	}
	civil_from_seconds(zone_local(t->next->policy->zone, t->next_s), &local);
	text_printf(out, "; next backup %s %02d:%02d %s", t->next->policy->name, local.hour,
		local.minute, zone_name(t->next->policy->zone));
}

/* "; pruning orders: 3 of 7 calls, 200 of 664 sets gone, 4 min left" */
static void add_progress(const struct totals *t, struct text *out)
{
	const struct progress *p = &t->progress;
	char left[DURATION_TEXT_SIZE];

	if (!t->pruning)
		return;
	text_printf(out,
		"; pruning %s: %" PRId64 " of %" PRId64 " call%s, %" PRId64 " of %" PRId64
		" sets gone",
		t->pruning->policy->name, p->calls_done, p->calls, p->calls == 1 ? "" : "s",
		p->gone, p->sets);
	if (p->left_s >= 0) {
		duration_format_seconds(p->left_s, left);
		text_printf(out, ", about %s left", left);
	}
	if (t->prunes > 1)
		text_printf(out, ", and %zu more", t->prunes - 1);
}

/* The first discovery whose listing failed: what it knows may be old. */
static void add_discoveries(struct service *service, struct text *out)
{
	struct discovery_status v;

	for (size_t i = 0; i < discoveries_count(service->discoveries); i++) {
		discoveries_status(service->discoveries, i, &v);
		if (!v.error[0])
			continue;
		text_printf(out, "; discovery %s fails: %s", v.what, v.error);
		return;
	}
}

static void warnings_json(struct service *service, struct jsonwriter *w)
{
	_cleanup_(warnings_done) struct warnings all;

	warnings_read(service, &all);
	json_array_begin(w, "warnings");
	for (int i = 0; i < WARNING_COUNT; i++)
		if (all.text[i]) {
			json_object_begin(w, NULL);
			json_string(w, "warning", warning_names[i]);
			json_string(w, "text", all.text[i]);
			json_object_end(w);
		}
	json_array_end(w);
}

void status_line(struct service *service, struct text *out)
{
	struct totals t;

	add_up(service, &t);
	text_printf(
		out, "%zu cluster%s", service->fleet.count, service->fleet.count == 1 ? "" : "s");
	add_counts(&t, out);
	if (t.worst_name)
		text_printf(out, " (%s: %s)", t.worst_name, t.worst);
	add_progress(&t, out);
	add_next(&t, now_moment().wall_s, out);
	add_discoveries(service, out);
	if (service->context.state_error)
		text_printf(out, "; %s", service->context.state_error);
	if (service->reload_error)
		text_add(out,
			"; the policy file was rejected at the last reload, the one before is in "
			"force");
	(void)warnings_say(service, WARNINGS_ALL, out);
}

static void json_instant(struct jsonwriter *w, const char *key, int64_t s)
{
	char at[CIVIL_TEXT_SIZE];

	if (s == SET_NO_TIME || s == 0) {
		json_null(w, key);
		return;
	}
	civil_format_utc(s, at);
	json_string(w, key, at);
}

static void json_int_or_null(struct jsonwriter *w, const char *key, int64_t value)
{
	if (value > 0)
		json_int(w, key, value);
	else
		json_null(w, key);
}

static void progress_json(
	struct jsonwriter *w, struct cluster *c, const struct cycle_status *s, struct moment now)
{
	struct progress p;

	if (!counters_progress(&c->counters, s, now.boot_s, &p)) {
		json_null(w, "prune");
		return;
	}
	json_object_begin(w, "prune");
	json_int(w, "calls_done", p.calls_done);
	json_int(w, "calls", p.calls);
	json_int(w, "gone", p.gone);
	json_int(w, "sets", p.sets);
	json_instant(w, "estimated_end", p.left_s < 0 ? SET_NO_TIME : now.wall_s + p.left_s);
	json_object_end(w);
}

static void backup_json(struct jsonwriter *w, const struct cycle_status *s)
{
	if (s->create.state != CREATE_INTENT && s->create.state != CREATE_ACCEPTED) {
		json_null(w, "running_backup");
		return;
	}
	json_object_begin(w, "running_backup");
	json_instant(w, "since", s->create.called_s);
	json_instant(w, "slot", s->create.slot_s);
	json_int(w, "attempts", s->create.attempts);
	json_object_end(w);
}

/* The last restore that somebody tried; null: nobody did. */
static void proof_json(const struct cluster *c, struct jsonwriter *w)
{
	const struct order *proof = in_force_proof(c->context->orders, c->policy->cluster);

	if (!proof) {
		json_null(w, "proved");
		return;
	}
	json_object_begin(w, "proved");
	json_string(w, "set", proof->set);
	json_instant(w, "at", proof->at_s);
	json_string(w, "by", proof->reason);
	json_object_end(w);
}

static void cluster_json(struct cluster *c, struct jsonwriter *w, struct moment now)
{
	struct cycle_status s;

	cycle_status(c->cycle, now, &s);
	json_object_begin(w, NULL);
	json_string(w, "cluster", c->policy->cluster);
	json_string(w, "name", c->policy->name);
	json_string(w, "region", c->policy->region);
	json_string(w, "found_by", c->found_by);
	json_string(w, "paused", s.paused[0] ? s.paused : NULL);
	json_string(w, "timezone", zone_name(c->policy->zone));
	json_string(w, "state", cycle_state_names[s.state]);
	json_instant(w, "listed", s.listed_s);
	json_bool(w, "complete", s.complete);
	json_int(w, "sets", (int64_t)s.sets);
	json_int(w, "size", s.size_bytes);
	cost_json(w, c->policy, s.size_bytes, -1);
	json_int(w, "valid", (int64_t)s.valid);
	json_instant(w, "newest_valid", s.newest_valid_s);
	json_instant(w, "second_since", s.second_since_s);
	json_instant(w, "second_after", s.second_after_s);
	proof_json(c, w);
	json_int_or_null(w, "prove_every_s", c->policy->safety.prove_every_s);
	json_bool(w, "proof_overdue", warnings_proof_is_overdue(c, now.wall_s, false, NULL));
	json_bool(w, "fresh", s.fresh);
	if (s.fresh_within_s > 0)
		json_int(w, "fresh_within_s", s.fresh_within_s);
	else
		json_null(w, "fresh_within_s");
	json_int(w, "kept", (int64_t)s.kept);
	json_int(w, "expired", (int64_t)s.expired);
	json_int(w, "deleting", (int64_t)s.deleting);
	json_int(w, "quarantined", (int64_t)s.quarantined);
	json_int(w, "late", (int64_t)s.late);
	json_int(w, "vanished", (int64_t)s.vanished);
	json_int(w, "failed", (int64_t)s.failed);
	json_instant(w, "next_backup", s.next_backup_s);
	json_int_or_null(w, "cloud_days", s.cloud_days);
	json_int_or_null(w, "needs_days", s.needs_days == REACH_FOR_EVER ? 0 : s.needs_days);
	json_instant(w, "expires", c->expires_s);
	json_string(w, "ending", c->ending_text);
	backup_json(w, &s);
	progress_json(w, c, &s, now);
	json_array_begin(w, "holds");
	for (int i = 0; i < HOLD_COUNT; i++)
		if (s.holds & 1u << i) {
			json_object_begin(w, NULL);
			json_string(w, "hold", hold_names[i]);
			json_string(
				w, "detail", i == HOLD_OPERATOR ? s.held : s.plan->hold_detail[i]);
			json_object_end(w);
		}
	json_array_end(w);
	json_string(w, "trouble", s.trouble[0] ? s.trouble : NULL);
	json_string(w, "plan", s.plan && (s.expired || s.late || s.vanished) ? s.plan->hash : NULL);
	json_object_end(w);
}

static void discoveries_json(struct service *service, struct jsonwriter *w)
{
	struct discovery_status v;

	json_array_begin(w, "discoveries");
	for (size_t i = 0; i < discoveries_count(service->discoveries); i++) {
		discoveries_status(service->discoveries, i, &v);
		json_object_begin(w, NULL);
		json_string(w, "discovery", v.what);
		json_string(w, "region", v.region);
		json_string(w, "account", v.account);
		json_int(w, "clusters", (int64_t)v.clusters);
		json_int(w, "missing", (int64_t)v.missing);
		json_int(w, "waiting", (int64_t)v.waiting);
		json_instant(w, "looked", v.listed_s);
		json_string(w, "error", v.error[0] ? v.error : NULL);
		json_object_end(w);
	}
	json_array_end(w);
}

static void sinks_json(const struct service *service, struct jsonwriter *w)
{
	json_array_begin(w, "sinks");
	for (size_t i = 0; i < sinks_count(service->sinks); i++) {
		struct sink_status s;
		sinks_status(service->sinks, i, &s);
		json_object_begin(w, NULL);
		json_string(w, "sink", s.name);
		json_int(w, "failures", s.failures);
		json_string(w, "error", *s.error ? s.error : NULL);
		json_int(w, "taken", s.taken);
		json_int(w, "failed", s.failed);
		json_instant(w, "last_taken", s.taken_s);
		json_object_end(w);
	}
	json_array_end(w);
}

void status_json(struct service *service, struct jsonwriter *w, const char *key)
{
	struct moment now = now_moment();
	struct text line = TEXT_INIT(2048);

	status_line(service, &line);
	json_object_begin(w, key);
	json_string(w, "version", RETAIND_VERSION);
	json_instant(w, "started", service->started_s);
	json_instant(w, "time", now.wall_s);
	json_int(w, "longest_turn_ms", turns_longest_ms(&service->turns));
	json_object_begin(w, "policy");
	json_string(w, "path", service->context.options->config);
	json_instant(w, "loaded", service->policy_loaded_s);
	json_bool(w, "ok", service->reload_error == NULL);
	json_string(w, "error", service->reload_error);
	json_object_end(w);
	json_array_begin(w, "clusters");
	for (size_t i = 0; i < service->fleet.count; i++)
		cluster_json(service->fleet.clusters[i], w, now);
	json_array_end(w);
	discoveries_json(service, w);
	warnings_json(service, w);
	sinks_json(service, w);
	json_string(w, "summary", line.s);
	json_object_end(w);
	text_done(&line);
}

bool status_plan_json(struct cluster *c, struct jsonwriter *w)
{
	struct cycle_status s;

	cycle_wake(c->cycle);
	cycle_status(c->cycle, now_moment(), &s);
	if (!s.plan)
		return false;
	plan_json(s.input, s.plan, w, NULL);
	cycle_rest(c->cycle);
	return true;
}

void status_listing_json(struct cluster *c, struct jsonwriter *w)
{
	struct cycle_status s;

	cycle_status(c->cycle, now_moment(), &s);
	json_string(w, "cluster", c->policy->cluster);
	json_string(w, "name", c->policy->name);
	json_string(w, "timezone", zone_name(c->policy->zone));
	json_instant(w, "listed", s.listed_s);
	json_instant(w, "time", now_moment().wall_s);
	proof_json(c, w);
}
