/* What nobody may overlook though nothing fails. */
#include "service/warnings.h"

#include "retention/reach.h"
#include "service/in_force.h"
#include "service/now.h"
#include "service/proof.h"
#include "service/zones.h"

#include <inttypes.h>

const char *const warning_names[WARNING_COUNT] = {
	[WARNING_POLICY_EDITED] = "policy_edited",
	[WARNING_NOTHING_FOUND] = "nothing_found",
	[WARNING_NO_CLUSTERS] = "no_clusters",
	[WARNING_CLOUD_RETENTION] = "cloud_retention",
	[WARNING_LATE_SETS] = "late_sets",
	[WARNING_ENDING] = "cluster_ending",
	[WARNING_PROOF] = "proven_restore",
	[WARNING_POINT_IN_TIME] = "point_in_time",
	[WARNING_TIME_ZONE] = "time_zone",
	[WARNING_NOTIFY] = "notify",
	[WARNING_DRY_RUN] = "dry_run",
};

bool warnings_cloud_is_short(const struct policy *p, const struct cycle_status *s)
{
	return !p->remote && p->cloud_retention != CLOUD_RETENTION_IGNORE && s->cloud_days > 0 &&
		s->needs_days > 0 && s->cloud_days < reach_cloud_days(s->needs_days);
}

/* Whoever asks for no proof pays for no search. */
bool warnings_proof_is_overdue(const struct cluster *c, int64_t now_s, bool named, struct text *why)
{
	const struct policy *p = c->policy;
	const struct order *last = p->safety.prove_every_s == PROVE_OFF
		? NULL
		: in_force_proof(c->context->orders, p->cluster);

	if (!proof_is_overdue(p, last, now_s))
		return false;
	if (why)
		proof_say(p, last, now_s, named, why);
	return true;
}

char *warnings_fewer_seconds(const struct policy *p, const struct cycle_status *s)
{
	char since[CIVIL_TEXT_SIZE], after[CIVIL_TEXT_SIZE] = "never";

	if (p->safety.point_in_time != POINT_IN_TIME_WARN ||
		(s->expired == 0 && s->under_way == 0) || s->second_after_s == s->second_since_s)
		return NULL;
	zone_format(p->zone, s->second_since_s, since);
	if (s->second_after_s != SET_NO_TIME)
		zone_format(p->zone, s->second_after_s, after);
	return xasprintf(
		"any second since %s can be restored, and after the deletes to come only since %s",
		since, after);
}

static void count_more(struct warnings *w, enum warning which, size_t count)
{
	char *first = w->text[which];

	if (count < 2)
		return;
	w->text[which] = xasprintf("%s (and so of %zu more)", first, count - 1);
	free(first);
}

/* Of each the first cluster is told. */
static void add_of_clusters(struct service *service, struct warnings *w)
{
	const struct fleet *f = &service->fleet;
	struct moment now = now_moment();
	_cleanup_(text_done) struct text proof = TEXT_INIT(1000);
	size_t shorts = 0, lates = 0, endings = 0, unproven = 0, shrinking = 0;

	for (size_t i = 0; i < f->count; i++) {
		const struct policy *p = f->clusters[i]->policy;
		_cleanup_free_ char *fewer = NULL;
		struct cycle_status s;
		cycle_status(f->clusters[i]->cycle, now, &s);
		fewer = warnings_fewer_seconds(p, &s);
		if (warnings_cloud_is_short(p, &s) && shorts++ == 0)
			w->text[WARNING_CLOUD_RETENTION] =
				xasprintf("the cloud keeps the sets of %s for %" PRId64
					  " days, and the policy needs %" PRId64,
					p->name, s.cloud_days, reach_cloud_days(s.needs_days));
		if (s.late > 0 && lates++ == 0)
			w->text[WARNING_LATE_SETS] =
				xasprintf("%zu sets of %s showed late and count for nothing yet",
					s.late, p->name);
		if (f->clusters[i]->ending == ENDING_SOON && endings++ == 0)
			w->text[WARNING_ENDING] =
				xasprintf("%s: %s", p->name, f->clusters[i]->ending_text);
		unproven += warnings_proof_is_overdue(
			f->clusters[i], now.wall_s, true, unproven ? NULL : &proof);
		if (fewer && shrinking++ == 0)
			w->text[WARNING_POINT_IN_TIME] = xasprintf("%s: %s", p->name, fewer);
	}
	w->text[WARNING_PROOF] = unproven ? xstrdup(proof.s) : NULL;
	count_more(w, WARNING_CLOUD_RETENTION, shorts);
	count_more(w, WARNING_LATE_SETS, lates);
	count_more(w, WARNING_ENDING, endings);
	count_more(w, WARNING_PROOF, unproven);
	count_more(w, WARNING_POINT_IN_TIME, shrinking);
}

/* A discovery that has yet to list its clusters is no reason to warn. */
static void add_discoveries(struct service *service, struct warnings *w)
{
	bool waits = false;

	for (size_t i = 0; i < discoveries_count(service->discoveries); i++) {
		struct discovery_status d;
		discoveries_status(service->discoveries, i, &d);
		waits |= d.listed_s == 0 && !d.error[0];
		if (d.listed_s > 0 && d.clusters == 0 && !w->text[WARNING_NOTHING_FOUND])
			w->text[WARNING_NOTHING_FOUND] =
				xasprintf("discovery %s finds no cluster", d.what);
	}
	if (service->fleet.count == 0 && !waits)
		w->text[WARNING_NO_CLUSTERS] =
			xstrdup("there is no cluster: nothing is backed up or pruned");
}

static void add_zones(struct service *service, struct warnings *w)
{
	const struct zonecache_entry *first;
	size_t count = zones_in_trouble(service, &first);

	if (count == 1)
		w->text[WARNING_TIME_ZONE] =
			xasprintf("%s; its last known rules are in use", first->trouble);
	else if (count > 1)
		w->text[WARNING_TIME_ZONE] =
			xasprintf("%s; its last known rules are in use (and those of %zu more)",
				first->trouble, count - 1);
}

static void add_sinks(struct service *service, struct warnings *w)
{
	for (size_t i = 0; i < sinks_count(service->sinks); i++) {
		struct sink_status s;
		sinks_status(service->sinks, i, &s);
		if (sinks_is_failing(&s) && !w->text[WARNING_NOTIFY])
			w->text[WARNING_NOTIFY] =
				xasprintf("the sink %s takes no messages: %s", s.name, s.error);
	}
}

void warnings_read(struct service *service, struct warnings *ret)
{
	struct warnings w = {0};

	/* A file that was rejected is told of as such. */
	if (service->policy_edited && !service->reload_error)
		w.text[WARNING_POLICY_EDITED] = xstrdup(
			"the policy file was edited and is not loaded: run `retainctl reload`");
	add_discoveries(service, &w);
	add_of_clusters(service, &w);
	add_zones(service, &w);
	add_sinks(service, &w);
	if (service->context.options->dry_run)
		w.text[WARNING_DRY_RUN] = xstrdup("this is a dry run: nothing is changed");
	*ret = w;
}

void warnings_done(struct warnings *w)
{
	for (int i = 0; i < WARNING_COUNT; i++)
		free(w->text[i]);
	*w = (struct warnings){0};
}

bool warnings_say(struct service *service, unsigned mask, struct text *out)
{
	_cleanup_(warnings_done) struct warnings w;
	const char *first = NULL;
	size_t more = 0;

	warnings_read(service, &w);
	for (int i = 0; i < WARNING_COUNT; i++) {
		if (!w.text[i] || !(mask & 1u << i))
			continue;
		more += first != NULL;
		first = first ? first : w.text[i];
	}
	if (first)
		text_printf(out, "; warning: %s", first);
	if (more > 0)
		text_printf(out, " (and %zu more)", more);
	return first;
}

void warnings_tell(struct service *service)
{
	struct warnings w;

	warnings_read(service, &w);
	for (int i = 0; i < WARNING_COUNT; i++) {
		bool told = service->warnings_told & 1u << i;
		if (WARNINGS_OF_CYCLES & 1u << i || told == (w.text[i] != NULL))
			continue;
		service->warnings_told ^= 1u << i;
		journal_say(&service->context.journal, MESSAGE_WARNING,
			told ? LEVEL_NOTICE : LEVEL_WARNING, "%s%s", told ? "no longer so: " : "",
			told ? warning_names[i] : w.text[i]);
	}
	warnings_done(&w);
}
