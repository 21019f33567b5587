/* No call too soon after one that failed, before the service wants it, or in ignorance of what
 * became of the one before. */
#include "simulation/oracle_inside.h"

#include "base/text.h"

#include <inttypes.h>

#define DELETE_AGAIN_S 29 /* after a call that failed for other reasons than its sets */
#define CREATE_AGAIN_S 4
#define LIST_AGAIN_S 120 /* after many that failed */
#define LISTS_MANY 8
#define LISTS_APART_S 5
#define LISTS_IN_VAIN 10 /* without any call between that changes something */
#define HEARD_S 1300     /* five minutes, and the longest that writing the intent takes */
#define REFUSALS_MOST 40 /* delete calls in a row within an hour */

static int64_t *not_before(struct oracle *o, enum effect_kind kind)
{
	return &o->pace.not_before_boot_s[kind == EFFECT_CREATE ? 0
			: kind == EFFECT_DELETE                 ? 1
								: 2];
}

void pace_restarted(struct oracle *o)
{
	/* What became of the call is on disk; the rest was known to the one before alone. */
	o->pace = (struct oracle_pace){.created_slot_s = o->pace.created_slot_s};
}

void oracle_person(struct oracle *o)
{
	o->pace.not_before_boot_s[0] = o->pace.not_before_boot_s[2] = 0;
	o->pace.create_failed_boot_s = 0;
	o->pace.lists_failed = 0;
	o->pace.lists_in_vain = 0;
}

static void check_retry_after(
	struct oracle *o, const struct oracle_view *v, enum effect_kind kind, const char *what)
{
	int64_t early_s = *not_before(o, kind) - v->now.boot_s;

	if (early_s > 0)
		oracle_fail(
			o, "pace", "%s %" PRId64 " s before the service wants it", what, early_s);
}

void pace_lists(struct oracle *o, const struct oracle_view *v)
{
	check_retry_after(o, v, EFFECT_LIST, "a listing");
	if (o->pace.lists_failed >= LISTS_MANY &&
		v->now.boot_s - o->pace.list_failed_boot_s < LIST_AGAIN_S)
		oracle_fail(o, "pace", "a listing soon after %d that failed", o->pace.lists_failed);
	if (v->now.boot_s - o->pace.listed_boot_s >= LISTS_APART_S)
		o->pace.lists_in_vain = 0;
	else if (++o->pace.lists_in_vain > LISTS_IN_VAIN)
		oracle_fail(o, "pace", "%d listings at once, and nothing done between",
			o->pace.lists_in_vain);
}

/* S5: with a listing right before the call, complete or not; none while the set of the last call
 * may yet show; and for no slot that is yet to come. */
void pace_creates(struct oracle *o, const struct oracle_view *v)
{
	struct oracle_pace *p = &o->pace;
	int64_t slot_s = v->disk->ledger.create.slot_s;

	check_retry_after(o, v, EFFECT_CREATE, "CreateBackup");
	if (p->heard_boot_s == 0 || v->now.boot_s - p->heard_boot_s > HEARD_S)
		oracle_fail(o, "S5", "a call without a listing right before");
	if (slot_s > v->true_s + 600 && slot_s > v->now.wall_s)
		oracle_fail(o, "S5", "a call for the slot of %" PRId64 ", which is yet to come",
			slot_s);
	if (p->create_failed_boot_s && slot_s == p->created_slot_s &&
		v->now.boot_s - p->create_failed_boot_s < CREATE_AGAIN_S)
		oracle_fail(o, "pace", "CreateBackup right after one that failed");
	if (p->listings_at_call && v->disk->backups_shown == p->shown_at_call &&
		o->listings - p->listings_at_call < 2)
		oracle_fail(o, "S5",
			"a call after %zu listings since one that may have been carried out",
			o->listings - p->listings_at_call);
	p->created_slot_s = slot_s;
}

void pace_deletes(struct oracle *o, const struct oracle_view *v)
{
	struct oracle_pace *p = &o->pace;

	check_retry_after(o, v, EFFECT_DELETE, "DeleteBackups");
	if (p->delete_failed_boot_s && v->now.boot_s - p->delete_failed_boot_s < DELETE_AGAIN_S)
		oracle_fail(o, "pace", "DeleteBackups right after one that failed");
}

static bool is_about_sets(const struct answer *a)
{
	return a->kind == ANSWER_REFUSED && a->about == ABOUT_SETS;
}

static void count_refusals(struct oracle *o, const struct oracle_view *v, const struct answer *a)
{
	struct oracle_pace *p = &o->pace;

	if (a->kind != ANSWER_REFUSED || v->true_s - p->refusals_began_s > 3600) {
		p->refusals = 0;
		p->refusals_began_s = v->true_s;
	}
	p->refusals += a->kind == ANSWER_REFUSED;
	if (p->refusals > REFUSALS_MOST)
		oracle_fail(o, "pace", "%zu delete calls are refused in a row", p->refusals);
}

void pace_answered(struct oracle *o, const struct oracle_view *v, enum effect_kind kind,
	const struct answer *a)
{
	struct oracle_pace *p = &o->pace;
	int64_t boot_s = v->now.boot_s;

	if (a->kind == ANSWER_THROTTLED)
		*not_before(o, kind) = boot_s + a->retry_after_ms / 1000;
	if (kind == EFFECT_LIST)
		p->listed_boot_s = boot_s;
	if (kind == EFFECT_DELETE) {
		p->delete_failed_boot_s =
			a->kind == ANSWER_OK || is_about_sets(a) || a->retry_after_ms ? 0 : boot_s;
		count_refusals(o, v, a);
	} else if (kind == EFFECT_CREATE) {
		bool maybe = a->kind == ANSWER_OK || a->kind == ANSWER_AMBIGUOUS;
		p->create_failed_boot_s = maybe ? 0 : boot_s;
		p->listings_at_call = maybe ? o->listings : 0;
		p->shown_at_call = v->disk->backups_shown;
	} else if (a->kind == ANSWER_OK || a->unreadable) {
		p->heard_boot_s = boot_s;
		p->lists_failed = 0;
	} else {
		p->lists_failed++;
		p->list_failed_boot_s = boot_s;
	}
}
