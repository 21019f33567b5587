/* S16: which sets show too late to count, and how many may be counted at all. */
#include "simulation/oracle_inside.h"

#include "retention/slot.h"

/* S16, leniently: a day late at least, after a listing that is on disk. */
static bool shows_late(
	const struct oracle_view *v, const struct oracle_trail *t, const struct oracle_set *s)
{
	const struct ledger *l = &v->disk->ledger;
	bool moved = t->shown && distance(t->shown_start_s, s->start_s) > 300;

	return l->sets.known && l->sets.remote == v->policy->remote && (!t->shown || moved) &&
		!t->asked_at_s && s->start_s != SET_NO_TIME &&
		s->start_s < l->listed_s - 86400 - 1200;
}

void late_follow_listing(struct oracle *o, const struct oracle_view *v)
{
	for (size_t i = 0; i < o->listing_count; i++) {
		const struct oracle_set *s = &o->listing[i];
		struct oracle_trail *t = trail_at(o, s->number);
		if (!t->late && shows_late(v, t, s)) {
			t->late = true;
			t->late_agreed_s = o->agreed_s;
		}
		t->late = t->late &&
			o->agreed_s - t->late_agreed_s + o->tolerance_s < v->policy->safety.grace_s;
		t->shown = true;
		t->shown_start_s = s->start_s;
	}
}

/* S16: of the sets younger than safety.grace no more count than the schedule asks for, and one a
 * day for the cloud's own. Two more, since the plan is up to five minutes older. */
size_t late_known_sets(struct oracle *o, const struct oracle_view *v)
{
	int64_t grace_s = v->policy->safety.grace_s, from_s = v->true_s - grace_s, slot_s = from_s;
	size_t known = 0, young = 0, slots = (size_t)(grace_s / 86400) + 3;

	for (size_t i = 0; i < o->listing_count; i++) {
		const struct oracle_set *s = &o->listing[i];
		bool counts = s->state != SET_UNKNOWN && !trail_at(o, s->number)->late;
		known += counts && s->start_s <= from_s;
		young += counts && s->start_s > from_s;
	}
	while (slots < young && v->policy->schedule.kind != SCHEDULE_NONE &&
		slot_next(v->policy, slot_s, &slot_s) == 0 && slot_s <= v->true_s + 300)
		slots++;
	return known + (young < slots ? young : slots);
}
