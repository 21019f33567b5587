/* The line of `retainctl health`: whether all is well, for monitoring plugins. */
#include "service/health.h"

#include "retention/reach.h"

#include "service/now.h"
#include "service/status.h"
#include "service/warnings.h"

#include <inttypes.h>

enum { WELL, WARNING, CRITICAL, UNKNOWN };

/* Of fresh_within: the newest set is late, but nothing is held back yet. `auto` is the longest gap
 * and a quarter more, so that this is at least an eighth more than the gap. */
#define LATE_PERCENT 90

static bool late(const struct cycle_status *s, int64_t now_s)
{
	bool running = s->create.state == CREATE_INTENT || s->create.state == CREATE_ACCEPTED;

	return s->plan && s->fresh_within_s > 0 && s->newest_valid_s != SET_NO_TIME && !running &&
		now_s - s->newest_valid_s > s->fresh_within_s / 100 * LATE_PERCENT;
}

static bool warned_of(const struct cluster *c, const struct cycle_status *s, int64_t now_s)
{
	return warnings_cloud_is_short(c->policy, s) || s->late > 0 || c->ending == ENDING_SOON ||
		warnings_proof_is_overdue(c, now_s, false, NULL);
}

static int judge(const struct cluster *c, const struct cycle_status *s, int64_t now_s)
{
	if (s->state == CYCLE_TROUBLE || (s->complete && !s->fresh))
		return CRITICAL;
	if (s->held[0] || s->state == CYCLE_HELD || s->state == CYCLE_PAUSED || late(s, now_s) ||
		warned_of(c, s, now_s))
		return WARNING;
	return s->state == CYCLE_NEW ? UNKNOWN : WELL;
}

/* The order of monitoring plugins is not the order of urgency: a warning is worse than unknown. */
static int worse(int a, int b)
{
	static const int rank[] = {[WELL] = 0, [UNKNOWN] = 1, [WARNING] = 2, [CRITICAL] = 3};

	return rank[a] > rank[b] ? a : b;
}

/* A label stands in quotes, a quote in it twice; it may hold no equals sign, and no bar, at which
 * the data begin. */
static void add_label(struct text *out, const char *name, const char *what)
{
	text_add(out, out->length ? " '" : "'");
	for (; *name; name++)
		text_add_bytes(out,
			*name == '\''                 ? "''"
				: strchr("=|", *name) ? "_"
						      : name,
			*name == '\'' ? 2 : 1);
	text_printf(out, "%s'=", what);
}

static void add_performance(
	struct text *out, const char *name, const struct cycle_status *s, int64_t now_s)
{
	if (!s->plan)
		return;
	if (s->newest_valid_s != SET_NO_TIME) {
		int64_t age_s = now_s > s->newest_valid_s ? now_s - s->newest_valid_s : 0;
		add_label(out, name, " newest_age");
		text_printf(out, "%" PRId64 "s;", age_s);
		if (s->fresh_within_s > 0)
			text_printf(out, "%" PRId64 ";%" PRId64,
				s->fresh_within_s / 100 * LATE_PERCENT, s->fresh_within_s);
		else
			text_add(out, ";");
		text_add(out, ";0");
	}
	add_label(out, name, " valid");
	text_printf(out, "%zu;;1:;0", s->valid);
	add_label(out, name, " expired");
	text_printf(out, "%zu;;;0", s->expired);
}

/* "" if it is neither in trouble, nor held, nor paused. */
static const char *first_cause(const struct cycle_status *s)
{
	if (s->trouble[0])
		return s->trouble;
	if (s->state == CYCLE_PAUSED)
		return s->paused;
	return s->state == CYCLE_HELD ? status_first_hold(s) : "";
}

static void say_warnings(
	const struct cluster *c, const struct cycle_status *s, int64_t now_s, struct text *out)
{
	_cleanup_(text_done) struct text proof = TEXT_INIT(1000);

	if (warnings_cloud_is_short(c->policy, s))
		text_printf(out,
			"; the cloud keeps sets for %" PRId64
			" days, and the policy needs %" PRId64,
			s->cloud_days, reach_cloud_days(s->needs_days));
	if (s->late > 0)
		text_printf(out, "; %zu sets showed late and count for nothing yet", s->late);
	if (c->ending == ENDING_SOON)
		text_printf(out, "; %s", c->ending_text);
	if (warnings_proof_is_overdue(c, now_s, false, &proof))
		text_printf(out, "; %s", proof.s);
}

/* `notify` has a topic of its own for seconds that can be restored no more: here they are added. */
static int judge_seconds(const struct cluster *c, const struct cycle_status *s, int64_t now_s)
{
	_cleanup_free_ char *fewer = warnings_fewer_seconds(c->policy, s);

	return worse(judge(c, s, now_s), fewer ? WARNING : WELL);
}

int health_of_cluster(struct cluster *c, struct text *why)
{
	int64_t now_s = now_moment().wall_s;
	struct cycle_status s;
	int code;

	cycle_status(c->cycle, now_moment(), &s);
	code = judge(c, &s, now_s);
	if (code == WELL || code == UNKNOWN)
		return code;
	text_add(why, cycle_state_names[s.state]);
	if (*first_cause(&s))
		text_printf(why, ": %s", first_cause(&s));
	else if (s.held[0])
		text_printf(why, "; deletes are held: %s", s.held);
	say_warnings(c, &s, now_s, why);
	if (late(&s, now_s))
		text_add(why, "; no new set for longer than scheduled");
	return code;
}

static void say_one(
	struct cluster *c, const struct cycle_status *s, int64_t now_s, struct text *out)
{
	_cleanup_free_ char *fewer = warnings_fewer_seconds(c->policy, s);
	char age[DURATION_TEXT_SIZE];

	text_printf(out, "%s: %s", c->policy->name, cycle_state_names[s->state]);
	if (*first_cause(s))
		text_printf(out, ": %s", first_cause(s));
	if (!s->plan)
		return;
	say_warnings(c, s, now_s, out);
	if (fewer)
		text_printf(out, "; %s", fewer);
	if (s->newest_valid_s == SET_NO_TIME) {
		text_add(out, "; no valid set");
		return;
	}
	duration_format_seconds(now_s > s->newest_valid_s ? now_s - s->newest_valid_s : 0, age);
	text_printf(out, "; newest valid set %s old%s; %zu kept, %zu expired", age,
		late(s, now_s) ? " (late)" : "", s->kept, s->expired);
}

static bool a_discovery_fails(const struct service *service)
{
	struct discovery_status v;

	for (size_t i = 0; i < discoveries_count(service->discoveries); i++) {
		discoveries_status(service->discoveries, i, &v);
		if (v.error[0])
			return true;
	}
	return false;
}

/* What is no cluster's own. `words` gets the warnings, which the line of all has anyway. */
static int judge_service(struct service *service, struct text *words)
{
	if (service->context.state_error)
		return CRITICAL;
	if (warnings_say(service, WARNINGS_COMMON, words))
		return WARNING;
	return service->reload_error || a_discovery_fails(service) ? WARNING : WELL;
}

int health_of_service(struct service *service, struct text *why)
{
	_cleanup_(text_done) struct text words = TEXT_INIT(why->max);
	int code = judge_service(service, &words);

	if (service->context.state_error)
		text_add(why, service->context.state_error);
	else if (words.s)
		text_add(why, words.s + strlen("; warning: "));
	else if (service->reload_error)
		text_add(why, "the policy file was rejected at the last reload");
	else if (code != WELL)
		text_add(why, "a discovery fails");
	return code;
}

struct totals {
	int code;
	size_t not_well, late;
};

/* The data of those that are not well come first: who shows the line may cut it. */
static void add_cluster(struct totals *t, const struct cluster *c, const struct cycle_status *s,
	int64_t now_s, struct text *performance, struct text *of_well)
{
	int code = judge_seconds(c, s, now_s);

	t->code = worse(t->code, code);
	t->not_well += code != WELL;
	t->late += late(s, now_s);
	add_performance(code == WELL ? of_well : performance, c->policy->name, s, now_s);
}

/* Before the data of the clusters. */
static void add_totals(struct text *performance, size_t clusters, size_t not_well)
{
	struct text all = TEXT_INIT(performance->max);

	text_printf(&all, "clusters=%zu;;;0 not_well=%zu;;;0%s", clusters, not_well,
		performance->length ? " " : "");
	text_add(&all, performance->s ? performance->s : "");
	text_done(performance);
	*performance = all;
}

static void say_all(struct service *service, const struct totals *t, struct text *out)
{
	status_line(service, out);
	if (t->late)
		text_printf(out, "; %zu without a new set for longer than scheduled", t->late);
}

int health_status(
	struct service *service, struct cluster *only, struct text *line, struct text *performance)
{
	static const char *const words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
	int64_t now_s = now_moment().wall_s;
	struct text details = TEXT_INIT(line->max), of_well = TEXT_INIT(performance->max);
	struct text warnings = TEXT_INIT(line->max);
	struct totals t = {.code = judge_service(service, &warnings)};

	for (size_t i = 0; i < service->fleet.count; i++) {
		struct cluster *c = service->fleet.clusters[i];
		struct cycle_status s;
		if (only && c != only)
			continue;
		cycle_status(c->cycle, now_moment(), &s);
		add_cluster(&t, c, &s, now_s, performance, &of_well);
		if (only)
			say_one(c, &s, now_s, &details);
	}
	text_printf(performance, "%s%s", performance->length && of_well.length ? " " : "",
		of_well.s ? of_well.s : "");
	text_done(&of_well);
	if (!only) {
		say_all(service, &t, &details);
		add_totals(performance, service->fleet.count, t.not_well);
	}
	if (only && warnings.s)
		text_add(&details, warnings.s);
	text_printf(line, "RETAIND %s - %s", words[t.code], details.s ? details.s : "");
	text_done(&warnings);
	text_done(&details);
	return t.code;
}
