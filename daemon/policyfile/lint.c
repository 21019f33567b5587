/* Warnings about schedules, safety and what clusters have in common. */
#include "policyfile/lint.h"

#include "policyfile/cloudnames.h"
#include "policyfile/lint_keep.h"
#include "policyfile/lint_seconds.h"
#include "policyfile/lint_zone.h"
#include "retention/slot.h"

#include <inttypes.h>
#include <stdio.h>

#define COLLIDING_CLUSTERS 20
#define DDL_S 600 /* adb: DDL is refused for about 10 minutes after a backup starts */
#define FROM_S                                                                                     \
	INT64_C(1767225600) /* 2026-01-01: slots are checked from here, so that no clock is needed \
			     */
#define SLOTS_PER_SCHEDULE 120
#define SLOTS_PER_FILE \
	200000 /* after this many, schedules are not checked any more: it took seconds */

/* How far apart the slots of a schedule are. Clusters whose values have the same origins share one.
 */
struct rhythm {
	const struct node *origins[5];
	bool has_slot;
	int64_t shortest_gap_s, longest_gap_s;
};

struct slot_user {
	char *slot;
	struct node *at;
};

/* An entry that discovers clusters. Entries that discover the same have the same text. */
struct discovering_entry {
	char *what;
	struct node *at;
};

struct lint {
	struct messages *m;
	struct discovering_entry *entries;
	size_t entry_count, entry_capacity;
	struct rhythm rhythms[64];
	size_t rhythm_count;
	int64_t slots;         /* that were checked so far */
	int64_t seconds_slots; /* the same, of lint_seconds() */
	const struct node *seconds_of[FIELD_REFRESH - FIELD_TIMEZONE]; /* checked last */
	struct slot_user *users;                                       /* clusters without jitter */
	size_t user_count, user_capacity;
	struct node *unscheduled; /* the first cluster without a schedule */
	size_t unscheduled_count;
};

struct lint *lint_new(struct messages *m)
{
	struct lint *x = xcalloc(1, sizeof(*x));

	x->m = m;
	return x;
}

void lint_free(struct lint *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->user_count; i++)
		free(x->users[i].slot);
	free(x->users);
	for (size_t i = 0; i < x->entry_count; i++)
		free(x->entries[i].what);
	free(x->entries);
	free(x);
}

static void measure(struct lint *x, const struct policy *p, struct rhythm *r)
{
	int64_t previous_s, slot_s;

	r->has_slot = slot_next(p, FROM_S, &previous_s) == 0;
	for (int i = 0; r->has_slot && i < SLOTS_PER_SCHEDULE; i++) {
		if (slot_next(p, previous_s, &slot_s) < 0)
			break;
		x->slots++;
		if (i == 0 || slot_s - previous_s < r->shortest_gap_s)
			r->shortest_gap_s = slot_s - previous_s;
		if (slot_s - previous_s > r->longest_gap_s)
			r->longest_gap_s = slot_s - previous_s;
		previous_s = slot_s;
	}
}

/* NULL if there is no schedule, or too many slots were checked already. */
static const struct rhythm *find_rhythm(struct lint *x, const struct loader *l)
{
	struct rhythm new = {.origins = {l->origin[FIELD_SCHEDULE], l->origin[FIELD_EVERY],
				     l->origin[FIELD_TIMEZONE], l->origin[FIELD_BLACKOUT],
				     l->origin[FIELD_JITTER]}};
	size_t used =
		x->rhythm_count < ARRAY_SIZE(x->rhythms) ? x->rhythm_count : ARRAY_SIZE(x->rhythms);
	struct rhythm *r;

	if (l->policy->schedule.kind == SCHEDULE_NONE)
		return NULL;
	for (size_t i = 0; i < used; i++)
		if (memcmp(x->rhythms[i].origins, new.origins, sizeof(new.origins)) == 0)
			return &x->rhythms[i];
	if (x->slots > SLOTS_PER_FILE)
		return NULL;
	r = &x->rhythms[x->rhythm_count++ % ARRAY_SIZE(x->rhythms)];
	*r = new;
	measure(x, l->policy, r);
	return r;
}

/* Which of the two keys gives the schedule in force. */
static enum field schedule_field(const struct loader *l)
{
	return l->origin[FIELD_SCHEDULE] ? FIELD_SCHEDULE : FIELD_EVERY;
}

static void lint_schedule(const struct loader *l, const struct rhythm *r)
{
	struct node *at = l->origin[schedule_field(l)];
	int64_t fresh_s = l->policy->safety.fresh_within_s;
	char gap[DURATION_TEXT_SIZE];

	if (!r->has_slot) {
		if (loader_is_first(at, WARN_SCHEDULE))
			messages_add(l->m, SEVERITY_ERROR, at->at,
				"this schedule has no slot from 2026 on%s: no backups would be "
				"taken (if that is meant: `schedule: none`)",
				l->policy->schedule.blackout_count
					? ", or all of them lie in blackouts"
					: "");
		return;
	}
	duration_format_seconds(r->shortest_gap_s, gap);
	if (r->shortest_gap_s > 0 && r->shortest_gap_s < DDL_S)
		loader_warn_value(l, schedule_field(l), WARN_SCHEDULE,
			"backups only %s apart: the cluster refuses DDL for about 10 minutes after "
			"each starts",
			gap);
	duration_format_seconds(r->longest_gap_s, gap);
	if (fresh_s > 0 && fresh_s <= r->longest_gap_s)
		loader_warn_value(l, FIELD_FRESH_WITHIN, WARN_SAFETY,
			"the schedule's backups are up to %s apart: pruning is held whenever the "
			"newest is older than this",
			gap);
}

static void lint_names(const struct loader *l)
{
	const struct policy *p = l->policy;
	const char *region = p->region ? cloudname_region(p->region) : NULL;
	const char *product = cloudname_product(p->cluster);
	enum edition edition;

	if (region)
		loader_warn_value(l, FIELD_REGION, WARN_NAME,
			"the cloud has no region '%s' that is known here (did you mean '%s'?)",
			p->region, region);
	if (product)
		loader_warn_value(l, FIELD_ID, WARN_NAME,
			"'%s' looks like an id of %s, and not of AnalyticDB for MySQL", p->cluster,
			product);
	else if (!l->origin[FIELD_EDITION] && cloudname_edition(p->cluster, &edition) &&
		edition != p->edition)
		loader_warn_value(l, FIELD_ID, WARN_NAME,
			"ids that begin like '%s' are mostly of Data Warehouse Edition: set "
			"`edition: warehouse`, or `edition: lakehouse` if it is none",
			p->cluster);
}

static void lint_safety(const struct loader *l)
{
	const struct policy *p = l->policy;

	if (p->safety.grace_s == 0)
		loader_warn(l->m, l->origin[FIELD_GRACE], WARN_SAFETY,
			"without grace a set is deleted by the first listing that finds it "
			"expired");
	if (p->safety.max_delete_percent == 100)
		loader_warn(l->m, l->origin[FIELD_MAX_DELETE_PERCENT], WARN_SAFETY,
			"with 100 no plan waits for approval, however much it deletes");
	if (p->safety.fresh_within_s == FRESH_OFF && p->schedule.kind != SCHEDULE_NONE)
		loader_warn(l->m, l->origin[FIELD_FRESH_WITHIN], WARN_SAFETY,
			"with 'off' old sets are deleted even while new backups fail");
}

/* Remembers the slot that the cluster takes. Equal slots have equal texts. */
static void add_slot_user(struct lint *x, const struct loader *l)
{
	const struct schedule *s = &l->policy->schedule;
	struct text slot = TEXT_INIT(1024);

	if (s->kind == SCHEDULE_NONE || s->jitter_s > 0)
		return;
	if (s->kind == SCHEDULE_EVERY) {
		text_printf(&slot, "every: %s",
			l->origin[FIELD_EVERY] ? l->origin[FIELD_EVERY]->text : "");
	} else {
		_cleanup_free_ char *calendar = calendar_format(s->calendar);
		text_printf(&slot, "%s", calendar);
		if (!s->zone)
			text_printf(&slot, " %s", zone_name(l->policy->zone));
	}
	x->users = memory_grow(x->users, &x->user_capacity, x->user_count + 1, sizeof(*x->users));
	x->users[x->user_count++] = (struct slot_user){
		.slot = text_take(&slot),
		.at = l->origin[schedule_field(l)],
	};
}

/* Clusters whose schedule and rules stand at the same places are checked once. */
static void check_seconds(struct lint *x, const struct loader *l)
{
	struct node *const *from = l->origin + FIELD_TIMEZONE;

	if (x->seconds_slots > SLOTS_PER_FILE ||
		memcmp(x->seconds_of, from, sizeof(x->seconds_of)) == 0)
		return;
	memcpy(x->seconds_of, from, sizeof(x->seconds_of));
	x->seconds_slots += lint_seconds(l, FROM_S);
}

static void lint_values(struct lint *x, const struct loader *l)
{
	const struct rhythm *r = find_rhythm(x, l);

	if (r)
		lint_schedule(l, r);
	lint_zones(l);
	lint_names(l);
	lint_safety(l);
	lint_keep(l, r ? r->shortest_gap_s : 0, r ? r->longest_gap_s : 0);
	check_seconds(x, l);
}

void lint_cluster(struct lint *x, const struct loader *l, struct node *cluster)
{
	bool can_backup = l->policy->edition != EDITION_WAREHOUSE && !l->policy->remote;

	if (can_backup && !l->origin[FIELD_SCHEDULE] && !l->origin[FIELD_EVERY]) {
		x->unscheduled = x->unscheduled ? x->unscheduled : cluster;
		x->unscheduled_count++;
	}
	lint_values(x, l);
	add_slot_user(x, l);
}

static int compare_users(const void *a, const void *b)
{
	return strcmp(((const struct slot_user *)a)->slot, ((const struct slot_user *)b)->slot);
}

static void lint_collisions(struct lint *x)
{
	size_t begin = 0;

	if (x->user_count > 1)
		qsort(x->users, x->user_count, sizeof(*x->users), compare_users);
	for (size_t i = 1; i <= x->user_count; i++) {
		const struct slot_user *first = &x->users[begin];
		if (i < x->user_count && strcmp(first->slot, x->users[i].slot) == 0)
			continue;
		if (i - begin > COLLIDING_CLUSTERS)
			loader_warn(x->m, first->at, WARN_COLLISION,
				"%zu clusters have the slot '%s': spread them with a jitter such "
				"as 30min",
				i - begin, first->slot);
		begin = i;
	}
}

void lint_discovery(struct lint *x, const struct discovery *d, struct node *entry)
{
	struct text what = TEXT_INIT(1024 * 1024);

	text_printf(&what, "%s\n%s\n%s\n", d->account, d->region,
		d->name_pattern ? d->name_pattern : "");
	for (size_t i = 0; i < d->tag_count; i++)
		text_printf(&what, "%s\n%s\n", d->tags[i].key, d->tags[i].value);
	for (size_t i = 0; i < d->exclude_count; i++)
		text_printf(&what, "\n%s", d->exclude[i]);
	x->entries = memory_grow(
		x->entries, &x->entry_capacity, x->entry_count + 1, sizeof(*x->entries));
	x->entries[x->entry_count++] = (struct discovering_entry){text_take(&what), entry};
}

static int compare_entries(const void *a, const void *b)
{
	const struct discovering_entry *x = a, *y = b;
	int order = strcmp(x->what, y->what);

	return order ? order : position_before(x->at->at, y->at->at) ? -1 : 1;
}

/* A cluster belongs to the first entry that finds it. A second entry that finds the same clusters
 * gets none. */
static void lint_entries(struct lint *x)
{
	if (x->entry_count > 1)
		qsort(x->entries, x->entry_count, sizeof(*x->entries), compare_entries);
	for (size_t i = 1; i < x->entry_count; i++)
		if (strcmp(x->entries[i - 1].what, x->entries[i].what) == 0)
			loader_warn(x->m, x->entries[i].at, WARN_USELESS,
				"an entry before this one discovers the same clusters, and has "
				"them all");
}

void lint_end(struct lint *x)
{
	lint_entries(x);
	lint_collisions(x);
	if (x->unscheduled_count)
		loader_warn(x->m, x->unscheduled, WARN_SCHEDULE,
			"no schedule for %zu %s: no backups are taken (if that is meant: `backup: "
			"{schedule: none}`)",
			x->unscheduled_count, x->unscheduled_count > 1 ? "clusters" : "cluster");
}
