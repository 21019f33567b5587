/* The outlook as it was played with queues. */
#include "played/played.h"

#include "played/play.h"
#include "retention/slot.h"

#define MOST_SLOTS 1000000

_Static_assert(
	EXPIRY_PHASES == PLAY_HOLDS + 1, "every hold of the play has a phase, and the cloud");

static const char *hold_name(unsigned hold)
{
	if (hold < RULE_COUNT)
		return rule_rows[hold]->name;
	return hold == PLAY_MINIMUM ? "minimum" : "parent";
}

/* How long the cloud keeps sets, as far as the newest one that says so tells. */
static int64_t cloud_retention(const struct inventory *inv, int64_t otherwise_s)
{
	const struct set *newest = NULL;

	for (size_t i = 0; i < inv->count; i++) {
		const struct set *s = &inv->sets[i];
		if (s->state == SET_VALID && s->start_s != SET_NO_TIME &&
			s->expires_s > s->start_s && (!newest || s->start_s > newest->start_s))
			newest = s;
	}
	return newest ? newest->expires_s - newest->start_s : otherwise_s;
}

static bool is_later(int64_t a_s, int64_t b_s)
{
	return b_s != SET_NO_TIME && (a_s == SET_NO_TIME || a_s > b_s);
}

/* By insertion, in the order in which they let go. */
static void add_phase(struct expiry *e, const char *hold, int64_t until_s)
{
	size_t at = e->count++;

	for (; at > 0 && is_later(e->phases[at - 1].until_s, until_s); at--)
		e->phases[at] = e->phases[at - 1];
	e->phases[at] = (struct expiry_phase){.hold = hold, .until_s = until_s};
}

static void read_set(const struct play *p, size_t index, struct expiry *ret)
{
	const struct play_set *s = &p->sets[index];

	*ret = (struct expiry){.expires_s = s->end_s};
	for (unsigned hold = 0; hold < PLAY_HOLDS; hold++) {
		bool holds = s->holds & 1u << hold;
		if (holds || p->let_go_s[index][hold] != SET_NO_TIME)
			add_phase(ret, hold_name(hold),
				holds ? SET_NO_TIME : p->let_go_s[index][hold]);
	}
	if (s->fate == PLAY_VANISHED)
		add_phase(ret, "cloud", s->end_s);
}

struct expiry *played_expiry(
	const struct inventory *inv, const struct policy *p, int64_t cloud_s, int64_t now_s)
{
	struct expiry *e;
	struct play play;
	int64_t slot_s = now_s;

	if (p->schedule.kind == SCHEDULE_NONE)
		return NULL;
	e = xcalloc(inv->count, sizeof(*e));
	for (size_t i = 0; i < inv->count; i++)
		e[i].expires_s = SET_NO_TIME;
	play_begin(&play, p, inv, cloud_retention(inv, cloud_s), now_s);
	for (int slots = 0; slots < MOST_SLOTS && play.given_held > 0; slots++) {
		if (slot_next(p, slot_s, &slot_s) < 0 || slot_s - now_s > EXPIRY_HORIZON_S)
			break;
		(void)play_backup(&play, slot_s);
	}
	for (size_t i = 0; i < play.given_count; i++)
		if (play.sets[i].role == PLAY_WALKED)
			read_set(&play, i, &e[play.sets[i].source]);
	play_done(&play);
	return e;
}
