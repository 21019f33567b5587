/* What earlier listings showed, compared with the new one (S16, L3). */
#include "cycle/seen.h"

#include "base/digest.h"
#include "base/text.h"
#include "cycle/clock.h"
#include "retention/slot.h"

#include <stdio.h>

#define DAY_S INT64_C(86400)
#define OWN_LENGTH_MOST_S DAY_S         /* a set that says that it took longer is not believed */
#define CLOUD_KEEPS_LEAST_S (7 * DAY_S) /* the least that DescribeBackupPolicy can say */
#define VANISHED_FOR_S (7 * DAY_S)      /* they are trouble, unless a person ends it before */
#define IDS_TOLD 5

/* --- memory --- */

/* Without what changes from listing to listing, and is not compared. */
static struct pack pack_sets(const struct inventory *inv)
{
	_cleanup_(inventory_done) struct inventory lean = {0};

	for (size_t i = 0; i < inv->count; i++) {
		struct set s = {.start_s = inv->sets[i].start_s,
			.expires_s = inv->sets[i].expires_s,
			.state = inv->sets[i].state};
		inventory_add(&lean, &s, set_id(inv, i), NULL, NULL);
	}
	return pack_inventory(&lean);
}

static void put_sets(struct seen *s, const struct inventory *inv)
{
	struct pack packed = pack_sets(inv);

	free(s->sets.bytes);
	s->sets.bytes = packed.bytes;
	s->sets.size = packed.size;
}

static void free_sets(struct seen *s)
{
	free(s->sets.bytes);
	s->sets.bytes = NULL;
	s->sets.size = 0;
}

static void free_begun(struct seen *s)
{
	free(s->begun);
	s->begun = NULL;
}

static uint64_t digest_of(const struct listed_sets *l)
{
	uint64_t digest = l->remote ? 2 : 1;

	for (size_t i = 0; i < l->size; i++)
		digest = (digest ^ (unsigned char)l->bytes[i]) * 0x100000001b3u;
	return digest;
}

static void tell_trouble(struct seen *s, const struct marks *m, const struct policy *p)
{
	int64_t first_s = INT64_MAX;
	size_t count = seen_vanished(m);
	char when[CIVIL_TEXT_SIZE];

	interned_clear(&s->trouble);
	if (count == 0)
		return;
	for (size_t i = 0; i < m->count; i++)
		if (m->all[i].m.vanished_s && m->all[i].m.vanished_s < first_s)
			first_s = m->all[i].m.vanished_s;
	zone_format(p->zone, first_s, when);
	interned_set(&s->trouble,
		"%zu kept sets were deleted by another hand, which was first seen at %s: "
		"ActionTrail knows who did it",
		count, when);
}

/* Until the first listing people see these: a set is expired if it was when it was last seen. */
static void count_known(struct seen *s, const struct marks *m)
{
	_cleanup_(inventory_done) struct inventory inv = {0};
	struct last_known *k = xcalloc(1, sizeof(*k));

	*k = (struct last_known){.newest_valid_s = SET_NO_TIME};
	s->begun = k;
	pack_open(&(struct pack){s->sets.bytes, s->sets.size}, &inv);
	k->sets = inv.count;
	for (size_t i = 0; i < inv.count; i++) {
		const struct set *set = &inv.sets[i];
		const struct remembered *r = marks_find(m, set_id(&inv, i));
		bool apart = r && (r->m.asked_s || r->m.late_s);
		bool expired = r && r->m.expired_s && !apart;
		k->failed += set->state == SET_FAILED;
		k->expired += expired;
		if (set->state != SET_VALID)
			continue;
		k->valid++;
		k->kept += !expired && !apart;
		if (k->newest_valid_s == SET_NO_TIME || set->start_s > k->newest_valid_s)
			k->newest_valid_s = set->start_s;
	}
}

void seen_load(struct seen *s, struct ledger *l, const struct marks *m, const struct policy *p)
{
	*s = (struct seen){.sets = l->sets};
	l->sets = (struct listed_sets){0};
	s->sets.known = s->sets.known && s->sets.remote == p->remote;
	if (s->sets.known) {
		s->digest = digest_of(&s->sets);
		count_known(s, m);
	} else {
		free_sets(s);
	}
	tell_trouble(s, m, p);
}

void seen_done(struct seen *s)
{
	free_sets(s);
	free_begun(s);
	interned_clear(&s->trouble);
}

void seen_forget(struct seen *s, struct marks *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->all[i].m.vanished_s) {
			m->all[i].m.vanished_s = 0;
			mark_let_go(&m->all[i]);
		}
	seen_done(s);
	s->sets.known = s->at_hand = s->dirty = false;
}

void seen_pass_over(struct seen *s, const struct inventory *past)
{
	s->of_last = false;
	if (!s->at_hand)
		return;
	put_sets(s, past);
	s->at_hand = false;
}

static void remember(struct seen *s, bool remote, const struct inventory *inv)
{
	free_begun(s);
	put_sets(s, inv);
	s->sets.remote = remote;
	s->of_last = true;
	s->dirty = !s->sets.known || digest_of(&s->sets) != s->digest;
	s->sets.known = true;
	s->at_hand = !s->dirty;
	if (s->at_hand)
		free_sets(s);
}

const struct listed_sets *seen_record(struct seen *s)
{
	s->writing = s->dirty;
	return s->dirty ? &s->sets : NULL;
}

void seen_recorded(struct seen *s, bool ok)
{
	if (!s->writing)
		return;
	s->writing = false;
	if (!ok)
		return;
	s->dirty = false;
	s->digest = digest_of(&s->sets);
	s->at_hand = s->of_last;
	if (s->at_hand)
		free_sets(s);
}

/* --- the comparison --- */

/* Ids for people: "763, 764, 765 and 22 more". */
static void add_id(struct text *t, size_t nth, const char *id)
{
	char shown[64];

	if (nth >= IDS_TOLD)
		return;
	text_copy_printable(shown, sizeof(shown), id);
	text_printf(t, "%s%s", nth ? ", " : "", shown);
}

static void end_ids(struct text *t, size_t count)
{
	if (count > IDS_TOLD)
		text_printf(t, " and %zu more", count - IDS_TOLD);
}

/* It was shown before, and as old. One that was dated anew is as good as another. */
static bool was_shown(const struct inventory *before, size_t at, const struct set *now)
{
	int64_t apart_s;

	return at != SIZE_MAX &&
		!__builtin_sub_overflow(before->sets[at].start_s, now->start_s, &apart_s) &&
		apart_s <= CLOCK_SLACK_S && apart_s >= -CLOCK_SLACK_S;
}

/* When it was not there, at `listed_s`, it had had all the time that a set may take to show. */
static bool is_late(const struct set *s, int64_t listed_s, int64_t shows_within_s)
{
	int64_t own_s = s->duration_s + INT64_C(600);

	if (own_s > OWN_LENGTH_MOST_S)
		own_s = OWN_LENGTH_MOST_S;
	if (own_s > shows_within_s)
		shows_within_s = own_s;
	return s->start_s != SET_NO_TIME && s->start_s < listed_s - CLOCK_SLACK_S - shows_within_s;
}

static void mark_late(const struct seen_context *x, const struct inventory *inv,
	const uint32_t *sets, size_t count)
{
	struct text ids = TEXT_INIT(1024);

	if (count == 0)
		return;
	marks_add(x->marks, inv, sets, count);
	for (size_t i = 0; i < count; i++) {
		struct remembered *r = marks_find(x->marks, set_id(inv, sets[i]));
		r->m.late_s = x->now.wall_s;
		r->m.late_agreed_s = x->marks->agreed_s;
		r->dirty = true;
		r->dropped = false;
		add_id(&ids, i, r->m.id);
	}
	end_ids(&ids, count);
	outbox_report(x->out, REPORT_LATE, LEVEL_WARNING,
		&(struct report_extra){.set = count == 1 ? ids.s : NULL},
		"%zu sets show for the first time, and earlier listings should have had them: %s. "
		"They count for nothing until they are approved, or safety.grace has passed",
		count, ids.s);
	text_done(&ids);
}

static void is_back(struct remembered *r)
{
	r->m.vanished_s = 0;
	mark_let_go(r);
}

static void find_late(const struct seen_context *x, const struct inventory *before,
	const struct inventory_index *index, const struct inventory *inv)
{
	_cleanup_free_ uint32_t *late = xcalloc(inv->count, sizeof(*late));
	int64_t shows_within_s = slot_shows_within(slot_longest_backup(inv));
	size_t count = 0;

	for (size_t i = 0; i < inv->count; i++) {
		const struct set *s = &inv->sets[i];
		struct remembered *r = marks_find(x->marks, set_id(inv, i));
		if (r && r->m.vanished_s && s->state != SET_DELETING)
			is_back(r);
		else if (!(r && (r->m.asked_s || r->m.late_s || r->m.vanished_s)) &&
			!was_shown(before, inventory_find(index, set_id(inv, i)), s) &&
			is_late(s, x->listed_s, shows_within_s))
			late[count++] = (uint32_t)i;
	}
	mark_late(x, inv, late, count);
}

/* What the history says of a set that is gone. *ret_kept: it was valid, and nothing here and
 * nothing of the cloud's had it go (A7). */
static const char *who_took(
	const struct set *s, const struct remembered *r, int64_t now_s, bool *ret_kept)
{
	*ret_kept = false;
	if (r && r->m.expired_s)
		return "expired, and deleted, but not by retaind";
	if (r && r->m.late_s)
		return "it had shown late, and does not show any more";
	if (s->expires_s != SET_NO_TIME && s->expires_s <= now_s + OUTLIVE_S)
		return "dropped by the cloud, which kept it for so long";
	/* Where the cloud does not say until when it keeps a set, this is the least. */
	*ret_kept = s->state == SET_VALID &&
		(s->expires_s != SET_NO_TIME || s->start_s > now_s - CLOUD_KEEPS_LEAST_S);
	return "deleted, but not by retaind";
}

static void tell_vanished(const struct seen_context *x, const struct inventory *before,
	const uint32_t *sets, size_t count, size_t kept)
{
	struct text ids = TEXT_INIT(1024);
	char when[CIVIL_TEXT_SIZE];

	if (count == 0)
		return;
	marks_add(x->marks, before, sets, count);
	for (size_t i = 0; i < count; i++) {
		struct remembered *r = marks_find(x->marks, set_id(before, sets[i]));
		r->m.vanished_s = x->now.wall_s;
		r->dirty = true;
		r->dropped = false;
		add_id(&ids, i, r->m.id);
	}
	end_ids(&ids, count);
	zone_format(x->policy->zone, x->listed_s, when);
	outbox_report(x->out, REPORT_VANISHED, LEVEL_CRITICAL,
		&(struct report_extra){.set = count == 1 ? ids.s : NULL},
		"%zu of %zu kept sets were deleted by another hand since %s: %s. ActionTrail knows "
		"who did it",
		count, kept, when, ids.s);
	text_done(&ids);
}

static void find_vanished(
	const struct seen_context *x, const struct inventory *before, const struct inventory *inv)
{
	struct inventory_index *index = inventory_index_new(inv);
	_cleanup_free_ uint32_t *vanished = xcalloc(before->count, sizeof(*vanished));
	struct lines lines = {x->out, ENTRY_VANISHED, x->now.wall_s, 0};
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < before->count; i++) {
		const struct remembered *r = marks_find(x->marks, set_id(before, i));
		size_t at = inventory_find(index, set_id(before, i));
		bool is_kept;
		const char *why = who_took(&before->sets[i], r, x->now_s, &is_kept);
		if (r && (r->m.asked_s || r->m.vanished_s))
			continue;
		kept += is_kept;
		if (at == SIZE_MAX)
			lines_add(&lines, set_id(before, i), why);
		if (is_kept && (at == SIZE_MAX || inv->sets[at].state == SET_DELETING))
			vanished[count++] = (uint32_t)i;
	}
	lines_end(&lines);
	tell_vanished(x, before, vanished, count, kept);
	inventory_index_free(index);
}

static void end_troubles(const struct seen_context *x)
{
	for (size_t i = 0; i < x->marks->count; i++) {
		struct remembered *r = &x->marks->all[i];
		if (r->m.vanished_s && x->now.wall_s - r->m.vanished_s >= VANISHED_FOR_S)
			is_back(r);
	}
}

static void compare(
	const struct seen_context *x, const struct inventory *before, const struct inventory *inv)
{
	struct inventory_index *index = inventory_index_new(before);

	end_troubles(x);
	find_late(x, before, index, inv);
	find_vanished(x, before, inv);
	inventory_index_free(index);
}

void seen_compare(struct seen *s, const struct seen_context *x, const struct inventory *inv)
{
	_cleanup_(inventory_done) struct inventory opened = {0};

	if (!s->sets.known)
		outbox_report(x->out, REPORT_NO_MEMORY, LEVEL_NOTICE, NULL,
			"no earlier listing is remembered: %zu sets are taken for what they say",
			inv->count);
	else if (!s->at_hand)
		pack_open(&(struct pack){s->sets.bytes, s->sets.size}, &opened);
	if (s->sets.known)
		compare(x, s->at_hand ? x->past : &opened, inv);
	remember(s, x->policy->remote, inv);
	tell_trouble(s, x->marks, x->policy);
}

/* --- what follows from it --- */

void seen_mask_late(struct marks *m, struct inventory *inv, int64_t grace_s)
{
	struct inventory_index *index = NULL;

	for (size_t i = 0; i < m->count; i++) {
		struct remembered *r = &m->all[i];
		size_t at;
		if (!r->m.late_s)
			continue;
		index = index ? index : inventory_index_new(inv);
		at = inventory_find(index, r->m.id);
		if (m->agreed_s - r->m.late_agreed_s >= grace_s) {
			r->m.late_s = r->m.late_agreed_s = 0;
			mark_let_go(r);
		} else if (at != SIZE_MAX && inv->sets[at].state == SET_VALID) {
			inv->sets[at].state = SET_UNKNOWN;
			inv->sets[at].doubt = DOUBT_LATE;
		}
	}
	inventory_index_free(index);
}

size_t seen_accept(struct seen *s, struct marks *m, struct inventory *inv)
{
	size_t accepted = 0;

	for (size_t i = 0; i < inv->count; i++)
		if (inv->sets[i].doubt == DOUBT_LATE) {
			inv->sets[i].state = SET_VALID;
			inv->sets[i].doubt = DOUBT_NONE;
		}
	for (size_t i = 0; i < m->count; i++) {
		struct remembered *r = &m->all[i];
		if (!r->m.late_s && !r->m.vanished_s)
			continue;
		r->m.late_s = r->m.late_agreed_s = r->m.vanished_s = 0;
		mark_let_go(r);
		accepted++;
	}
	interned_clear(&s->trouble);
	return accepted;
}

size_t seen_vanished(const struct marks *m)
{
	size_t count = 0;

	for (size_t i = 0; i < m->count; i++)
		count += m->all[i].m.vanished_s != 0;
	return count;
}
