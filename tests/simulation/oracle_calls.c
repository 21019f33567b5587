/* What has to be true when the cycle calls CreateBackup or DeleteBackups. */
#include "simulation/oracle_inside.h"
#include "simulation/oracle_rules.h"

#include "base/text.h"
#include "retention/slot.h"

#include <inttypes.h>
#include <stdio.h>

/* S4: the last call's outcome is on disk before the next call. */
static void check_outcomes(struct oracle *o, const struct oracle_view *v)
{
	if (!o->outcome_excused &&
		(v->disk->create_outcomes < o->outcomes_due_creates ||
			v->disk->delete_outcomes < o->outcomes_due_deletes))
		oracle_fail(o, "S4", "a call before the outcome of the last is on disk");
	o->outcome_excused = false;
	o->outcomes_due_creates = v->disk->create_outcomes;
	o->outcomes_due_deletes = v->disk->delete_outcomes;
	o->checks++;
}

void oracle_answered(struct oracle *o, const struct oracle_view *v, enum effect_kind kind,
	const struct answer *a)
{
	o->outcomes_due_creates += kind == EFFECT_CREATE;
	o->outcomes_due_deletes += kind == EFFECT_DELETE;
	pace_answered(o, v, kind, a);
}

/* The slot of the last call. Our clock may have been set back by minutes since its intent. */
static bool called_slot(const struct oracle *o, const struct oracle_view *v, int64_t *ret_s)
{
	int64_t intended_s = v->disk->ledger.create.slot_s;

	if (!slot_of(v, o->called_wall_s, ret_s))
		return false;
	if (intended_s > *ret_s && intended_s <= o->called_wall_s + 300)
		*ret_s = intended_s;
	return true;
}

void oracle_calls_create(struct oracle *o, const struct oracle_view *v)
{
	int64_t slot_s;

	check_outcomes(o, v);
	if (v->disk->ledger.create.state != CREATE_INTENT)
		oracle_fail(o, "S4", "CreateBackup without an intent on disk");
	pace_creates(o, v);
	/* Up to five minutes apart our clock is as good as any; past that, what it was before. */
	o->called_wall_s =
		distance(v->now.wall_s, v->true_s) <= 300 ? v->now.wall_s : v->true_s + o->offset_s;
	if (o->spare_creates > 0 || !called_slot(o, v, &slot_s))
		return;
	if (o->page_newest_s >= slot_s)
		oracle_fail(o, "S5", "a set on a page stands for the slot already");
	if (!o->have_listing || !o->listing_clock)
		return;
	for (size_t i = 0; i < o->listing_count; i++)
		if ((o->listing[i].state == SET_VALID || o->listing[i].state == SET_RUNNING) &&
			o->listing[i].start_s >= slot_s && o->listing[i].start_s <= v->true_s)
			oracle_fail(
				o, "S5", "set %s stands for the slot already", o->listing[i].id);
}

/* S5. Of two backups that we had made in one slot, the first must have failed, or a person or a
 * step of the clock must stand behind one of them. */
void oracle_created(struct oracle *o, const struct oracle_view *v, const struct cloud_set *s)
{
	int64_t slot_s = 0;
	bool spare = !called_slot(o, v, &slot_s);

	/* Calls of before, latest first: our clock at them never goes back by more than minutes. */
	for (size_t i = o->create_count; i-- > 0 && !spare;) {
		const struct oracle_create *c = &o->creates[i];
		const struct cloud_set *earlier;
		if (c->at_s < slot_s - 3600)
			break;
		earlier = c->at_s >= slot_s ? cloud_find(v->cloud, c->id) : NULL;
		spare = earlier && !(earlier->fails && earlier->end_s <= v->true_s);
	}
	if (spare && o->spare_creates-- <= 0)
		oracle_fail(o, "S5", "a second backup (%s) in the slot of %" PRId64, s->id, slot_s);
	o->creates = memory_grow(
		o->creates, &o->create_capacity, o->create_count + 1, sizeof(*o->creates));
	o->creates[o->create_count].at_s = o->called_wall_s > slot_s ? o->called_wall_s : slot_s;
	memcpy(o->creates[o->create_count++].id, s->id, CLOUD_ID_SIZE);
}

static bool named(const char *const *ids, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(ids[i], id) == 0)
			return true;
	return false;
}

/* S1, by what the cloud truly has: valid, not asked for, outliving a day, the chain too. */
static bool outlives(struct oracle *o, const struct oracle_view *v, const char *const *ids,
	size_t count, const struct cloud_set *s)
{
	for (size_t steps = 0; steps <= v->cloud->count; steps++) {
		if (!s || !cloud_is_valid(v->cloud, s, v->true_s) || named(ids, count, s->id) ||
			is_asked(o, s->id, v->true_s) ||
			(v->cloud->on.says_expiry && s->expires_s <= v->true_s + 86400))
			return false;
		if (!*s->parent)
			return true;
		s = cloud_find(v->cloud, s->parent);
	}
	return false;
}

static void check_remains(
	struct oracle *o, const struct oracle_view *v, const char *const *ids, size_t count)
{
	int64_t least = v->policy->safety.minimum > 1 ? v->policy->safety.minimum : 1, remain = 0;
	const struct cloud_set *newest;

	/* What was listed and trusted may be gone, and no listing can have told so. */
	if (o->lie_ended_s && v->true_s - o->lie_ended_s < 600)
		return;
	cloud_turn(v->cloud, v->true_s);
	newest = newest_true(o, v);
	for (size_t i = 0; i < v->cloud->count; i++)
		remain += outlives(o, v, ids, count, &v->cloud->sets[i]);
	if (remain < least)
		oracle_fail(o, "S1", "%" PRId64 " valid sets would remain, not %" PRId64, remain,
			least);
	if (newest && named(ids, count, newest->id))
		oracle_fail(o, "S1", "the newest valid set %s is in the call", newest->id);
}

static void check_listing(
	struct oracle *o, const struct oracle_view *v, const char *const *ids, size_t count)
{
	int64_t age = v->now.boot_s - o->listing_began.boot_s;

	if (!o->have_listing || age > 300)
		oracle_fail(o, "S2", "a delete on %s listing", o->have_listing ? "an old" : "no");
	if (!o->reading_sound || o->reading_count > 0)
		oracle_fail(o, "S2", "a delete after a listing that was not complete");
	if (count < 1 || count > 100)
		oracle_fail(o, "S3", "%zu ids in a call", count);
	for (size_t i = 0; i < count; i++) {
		const struct oracle_set *s = listed(o, ids[i]);
		if (!s)
			oracle_fail(o, "S3", "set %s is not in the listing", ids[i]);
		else if (s->state == SET_UNKNOWN || s->state == SET_RUNNING ||
			s->state == SET_DELETING || s->start_s > v->true_s + 300)
			oracle_fail(o, "S11", "set %s cannot be judged", ids[i]);
		if (!trail(o, ids[i])->told)
			oracle_fail(o, "S3", "set %s goes without a reason", ids[i]);
		if (named(ids, i, ids[i]))
			oracle_fail(o, "S3", "set %s is named twice", ids[i]);
		if (!disk_intends(v->disk, ids[i]) || !disk_mark(v->disk, ids[i]) ||
			disk_mark(v->disk, ids[i])->asked_s == 0)
			oracle_fail(o, "S4", "set %s has no intent on disk", ids[i]);
	}
	if (!o->listing_clock ||
		distance(v->now.wall_s - o->listing_ended.wall_s,
			v->now.boot_s - o->listing_ended.boot_s) > 300)
		oracle_fail(o, "S6", "a delete while the clock is in doubt");
}

static void check_policy(
	struct oracle *o, const struct oracle_view *v, const char *const *ids, size_t count)
{
	/* What is asked for again is judged with all of the call; others as if it were not there.
	 */
	bool *asked = asked_sets(o, v->true_s, NULL, 0);
	bool *skip = asked_sets(o, v->true_s, ids, count);
	enum opinion *opinions = opinions_but(o, v, asked);
	enum opinion *again = opinions_but(o, v, skip);
	/* A protection may have ended since the plan was made, at most 5 minutes ago. */
	enum opinion *then = oracle_opinions(o->listing, o->listing_count, asked, v->policy,
		v->ordered, v->log_days, latest(v) - 310);
	size_t doomed = 0, known = late_known_sets(o, v);
	bool large, late = false;

	for (size_t i = 0; i < o->listing_count; i++) {
		/* What an earlier plan asked for counts from the listing on that follows the one
		 * after a day. */
		const struct oracle_trail *t = trail(o, o->listing[i].id);
		bool earlier = t->asked_at_s && o->before_s - t->asked_at_s < INT64_C(2) * 86400 &&
			t->asked_in != o->listings;
		late |= t->late;
		doomed += opinions[i] == OPINION_EXPIRED && !earlier && !t->approved &&
			then[i] == OPINION_EXPIRED &&
			!ordered_may_protect(v->ordered, o->listing[i].id, latest(v));
	}
	for (size_t i = 0; i < o->listing_count; i++)
		if (asked[i] && !skip[i])
			opinions[i] = again[i];
	large = o->listing_count >= 10 && v->policy->safety.max_delete_percent < 100 &&
		doomed * 100 > known * (size_t)v->policy->safety.max_delete_percent;
	for (size_t i = 0; i < o->listing_count; i++) {
		const struct oracle_set *s = &o->listing[i];
		const struct oracle_trail *t = trail(o, s->id);
		if (*s->parent && opinions[i] == OPINION_KEPT && named(ids, count, s->parent))
			oracle_fail(o, "S8", "kept set %s depends on %s", s->id, s->parent);
		if (!named(ids, count, s->id))
			continue;
		if (opinions[i] != OPINION_EXPIRED)
			oracle_fail(o, late ? "S16" : "S7", "the policy keeps set %s (%s)%s", s->id,
				opinions[i] == OPINION_KEPT ? "kept" : "no opinion",
				late ? ", since sets that showed late count for nothing" : "");
		else if (!t->expired ||
			o->agreed_s - t->expired_agreed_s + o->tolerance_s <
				v->policy->safety.grace_s)
			oracle_fail(o, "S7", "set %s has waited %" PRId64 " of its grace (%s)",
				s->id, o->agreed_s - t->expired_agreed_s,
				t->expired ? "expired" : "not expired");
		else if (large && !t->approved)
			oracle_fail(o, "S7", "set %s was not approved in a plan of %zu of %zu",
				s->id, doomed, known);
	}
	free(then);
	free(again);
	free(asked);
	free(opinions);
	free(skip);
}

void oracle_calls_delete(
	struct oracle *o, const struct oracle_view *v, const char *const *ids, size_t count)
{
	check_outcomes(o, v);
	if (ordered_holds(v->ordered, latest(v)))
		oracle_fail(o, "S7", "a delete while a person holds them");
	pace_deletes(o, v);
	if (v->log_days == LOG_UNKNOWN && v->policy->safety.point_in_time != POINT_IN_TIME_IGNORE)
		oracle_fail(o, "S14", "deletes, and nobody knows what the log needs");
	check_listing(o, v, ids, count);
	check_remains(o, v, ids, count);
	check_policy(o, v, ids, count);
}

void oracle_deleted(struct oracle *o, const struct oracle_view *v, const char *const *ids,
	size_t count, bool certain_not)
{
	for (size_t i = 0; i < count; i++) {
		trail(o, ids[i])->named_in = o->listings;
		if (certain_not)
			continue;
		trail(o, ids[i])->asked_at_s = v->true_s;
		trail(o, ids[i])->asked_in = o->listings;
	}
}
