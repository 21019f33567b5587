/* The verdicts once more, as naively as can be: buckets are texts, order is found by looking for
 * the newest again and again, parents by comparing all ids. What both agree on is likely right. */
#include "cmocka_all.h"
#include "retention_world.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

#define MOST 60

struct oracle {
	const struct world *w;
	size_t n;
	char letter[MOST]; /* K D P Q F X, as fixture_letters() has them; 'v' valid, to be judged */
	size_t order[MOST];
};

static bool newer(const struct inventory *inv, size_t a, size_t b)
{
	if (inv->sets[a].start_s != inv->sets[b].start_s)
		return inv->sets[a].start_s > inv->sets[b].start_s;
	return atoi(set_id(inv, a)) > atoi(set_id(inv, b));
}

static void put_in_order(struct oracle *o)
{
	bool taken[MOST] = {false};

	for (size_t i = 0; i < o->n; i++) {
		size_t best = SIZE_MAX;
		for (size_t j = 0; j < o->n; j++)
			if (!taken[j] && (best == SIZE_MAX || newer(&o->w->inv, j, best)))
				best = j;
		taken[best] = true;
		o->order[i] = best;
	}
}

static size_t parent_of(const struct inventory *inv, size_t i)
{
	for (size_t j = 0; j < inv->count; j++)
		if (strcmp(set_id(inv, j), set_parent(inv, i)) == 0)
			return j;
	return SIZE_MAX;
}

static bool alone_valid(const struct set *s)
{
	return s->state == SET_VALID && s->start_s <= WORLD_NOW_S + 300;
}

/* Goes up: who takes more steps than there are sets runs in a circle. */
static bool in_circle(const struct inventory *inv, size_t i)
{
	for (size_t steps = 0; steps <= inv->count; steps++) {
		if (!*set_parent(inv, i) || parent_of(inv, i) == SIZE_MAX)
			return false;
		i = parent_of(inv, i);
	}
	return true;
}

static bool is_valid(const struct inventory *inv, size_t i)
{
	for (size_t steps = 0; steps <= inv->count; steps++) {
		if (!alone_valid(&inv->sets[i]))
			return false;
		if (!*set_parent(inv, i))
			return true;
		i = parent_of(inv, i);
		if (i == SIZE_MAX)
			return false;
	}
	return false;
}

static char first_letter(const struct world *w, size_t i)
{
	const struct set *s = &w->inv.sets[i];

	if (s->state == SET_DELETING)
		return 'X';
	if (s->state == SET_UNKNOWN || s->start_s > WORLD_NOW_S + 300)
		return 'Q';
	if (s->state == SET_RUNNING)
		return 'K';
	if (s->state == SET_VALID)
		return is_valid(&w->inv, i) ? 'v' : 'Q';
	if (in_circle(&w->inv, i))
		return 'Q';
	if (w->policy->failed_sets_s == FAILED_KEEP)
		return 'F';
	return WORLD_NOW_S - s->start_s >= w->policy->failed_sets_s ? 'D' : 'F';
}

static bool is_protected(const struct world *w, size_t i)
{
	const struct policy *p = w->policy;
	int64_t start_s = w->inv.sets[i].start_s;

	for (size_t j = 0; j < p->protected_set_count; j++)
		if (strcmp(p->protected_sets[j].id, set_id(&w->inv, i)) == 0)
			return true;
	for (size_t j = 0; j < p->protected_range_count; j++)
		if (p->protected_ranges[j].from_s <= start_s &&
			start_s <= p->protected_ranges[j].to_s)
			return true;
	return false;
}

/* The bucket in words, from the calendar of the policy's zone. */
static void bucket(const struct world *w, size_t i, enum rule rule, char ret[64])
{
	struct civil c;
	int64_t days, thursday, year;
	int month, day;

	civil_from_seconds(zone_local(w->policy->zone, w->inv.sets[i].start_s), &c);
	days = civil_to_days(c.year, c.month, c.day);
	/* The ISO week is that of its Thursday: the year and how many weeks before it there were.
	 */
	thursday = days - civil_weekday(days) + 3;
	civil_from_days(thursday, &year, &month, &day);
	if (rule == RULE_HOURLY)
		(void)snprintf(ret, 64, "%d-%d-%d %d", (int)c.year, c.month, c.day, c.hour);
	else if (rule == RULE_DAILY)
		(void)snprintf(ret, 64, "%d-%d-%d", (int)c.year, c.month, c.day);
	else if (rule == RULE_WEEKLY)
		(void)snprintf(ret, 64, "%d week %d", (int)year,
			(int)((thursday - civil_to_days(year, 1, 1)) / 7));
	else if (rule == RULE_MONTHLY)
		(void)snprintf(ret, 64, "%d-%d", (int)c.year, c.month);
	else if (rule == RULE_QUARTERLY)
		(void)snprintf(ret, 64, "%d q%d", (int)c.year, (c.month - 1) / 3);
	else if (rule == RULE_YEARLY)
		(void)snprintf(ret, 64, "%d", (int)c.year);
	else
		(void)snprintf(ret, 64, "set %zu", i);
}

/* restic's loop for one rule, over the sets marked 'v', newest first. */
static void apply_half(const struct oracle *o, enum rule rule, const struct keep_rule *k,
	int64_t newest_s, bool *kept)
{
	int64_t count = k->kind == KEEP_NUMBER ? k->number : k->kind == KEEP_ALL ? -1 : 0;
	char last[64] = "", this[64];
	size_t oldest = SIZE_MAX;

	for (size_t n = 0; n < o->n; n++)
		if (o->letter[o->order[n]] == 'v')
			oldest = o->order[n];
	for (size_t n = 0; n < o->n; n++) {
		size_t i = o->order[n];
		if (o->letter[i] != 'v')
			continue;
		if (k->kind == KEEP_SPAN) {
			if (o->w->inv.sets[i].start_s <=
				duration_before(&k->span, newest_s, o->w->policy->zone))
				continue;
		} else if (count == 0) {
			continue;
		}
		bucket(o->w, i, rule, this);
		if (strcmp(this, last) == 0 && i != oldest)
			continue;
		kept[i] = true;
		strcpy(last, this);
		if (count > 0)
			count--;
	}
}

/* A floor is two rules: one that counts, and one with a span. */
static void apply_rule(const struct oracle *o, enum rule rule, int64_t newest_s, bool *kept)
{
	const struct keep_rule *k = &o->w->policy->keep[rule];
	struct keep_rule number = *k, span = *k;

	if (k->kind != KEEP_FLOOR) {
		apply_half(o, rule, k, newest_s, kept);
		return;
	}
	number.kind = KEEP_NUMBER;
	apply_half(o, rule, &number, newest_s, kept);
	span.kind = KEEP_SPAN;
	apply_half(o, rule, &span, newest_s, kept);
}

static void apply_rules(struct oracle *o)
{
	const struct world *w = o->w;
	int64_t newest_s = SET_NO_TIME,
		left = w->policy->safety.minimum > 1 ? w->policy->safety.minimum : 1;
	bool kept[MOST] = {false}, valid[MOST];

	for (size_t i = 0; i < o->n; i++) {
		valid[i] = o->letter[i] == 'v';
		if (valid[i] && w->inv.sets[i].start_s > newest_s)
			newest_s = w->inv.sets[i].start_s;
	}
	for (size_t i = 0; i < o->n; i++)
		if (strchr("vDF", o->letter[i]) && is_protected(w, i))
			o->letter[i] = 'P';
	for (enum rule rule = 0; rule < RULE_KEYS; rule++)
		apply_rule(o, rule, newest_s, kept);
	for (size_t n = 0; n < o->n; n++) {
		size_t i = o->order[n];
		bool least = valid[i] && left-- > 0;
		if (o->letter[i] == 'v')
			o->letter[i] = kept[i] || least ? 'K' : 'D';
	}
}

static void keep_parents(struct oracle *o)
{
	for (size_t again = 0; again < o->n; again++)
		for (size_t i = 0; i < o->n; i++) {
			size_t parent =
				*set_parent(&o->w->inv, i) ? parent_of(&o->w->inv, i) : SIZE_MAX;
			if (parent != SIZE_MAX && !strchr("DX", o->letter[i]) &&
				o->letter[parent] == 'D')
				o->letter[parent] = 'K';
		}
}

static char *oracle_letters(const struct world *w)
{
	struct oracle o = {.w = w, .n = w->inv.count};
	struct text t = TEXT_INIT(10000);

	put_in_order(&o);
	for (size_t i = 0; i < o.n; i++)
		o.letter[i] = first_letter(w, i);
	apply_rules(&o);
	keep_parents(&o);
	for (size_t i = 0; i < o.n; i++)
		text_printf(&t, "%s%s%c", i ? " " : "", set_id(&w->inv, o.order[i]),
			o.letter[o.order[i]]);
	return text_take(&t);
}

static void check_seed(uint64_t seed)
{
	_cleanup_(world_done) struct world w;
	_cleanup_free_ char *got = NULL, *want = NULL;

	world_init(&w, seed, seed % 3 ? WORLD_ANY : WORLD_PLAIN, MOST);
	got = fixture_letters(&w.inv, w.policy, WORLD_NOW_S);
	want = oracle_letters(&w);
	if (strcmp(got, want) != 0) {
		print_error("  verdicts %s\n  oracle   %s\n", got, want);
		world_fail(&w, "the oracle says otherwise");
	}
}

static void a_naive_oracle_comes_to_the_same_verdicts(void **state)
{
	(void)state;
	world_each_seed(20000, check_seed);
}

TEST_FILE(retention_oracle_property)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_naive_oracle_comes_to_the_same_verdicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
