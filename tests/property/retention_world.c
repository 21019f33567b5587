/* Draws random policies and inventories from a seed. */
#include "retention_world.h"
#include "cmocka_all.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

#define HOUR 3600
#define DAY 86400

static struct duration random_span(struct dice *d)
{
	switch (dice_between(d, 0, 3)) {
	case 0:
		return (struct duration){.seconds = dice_between(d, 1, 100) * HOUR};
	case 1:
		return (struct duration){.days = dice_between(d, 1, 60)};
	case 2:
		return (struct duration){.months = dice_between(d, 1, 14)};
	default:
		return (struct duration){.months = dice_between(d, 0, 3),
			.days = dice_between(d, 0, 20),
			.seconds = dice_between(d, 0, 30) * HOUR};
	}
}

static struct keep_rule random_rule(struct dice *d, enum rule rule)
{
	int64_t kind = dice_between(d, 0, 9);

	if (kind < 4)
		return (struct keep_rule){.kind = KEEP_OFF};
	if (rule == RULE_WITHIN || (kind == 4 && rule != RULE_LAST))
		return (struct keep_rule){.kind = KEEP_SPAN, .span = random_span(d)};
	if (kind == 5 && dice_one_in(d, 3))
		return (struct keep_rule){.kind = KEEP_ALL};
	return (struct keep_rule){.kind = rule == RULE_LAST || kind < 8 ? KEEP_NUMBER : KEEP_FLOOR,
		.number = dice_between(d, 1, dice_one_in(d, 4) ? 40 : 6),
		.span = random_span(d)};
}

static void random_zone(struct policy *p, struct dice *d)
{
	static const char *const names[] = {"UTC", "Asia/Shanghai", "America/New_York",
		"Australia/Lord_Howe", "Antarctica/Casey", "Asia/Kathmandu"};
	struct zone *z = fixture_zone(names[dice_between(d, 0, ARRAY_SIZE(names) - 1)]);

	if (!z)
		return;
	zone_free(p->zone);
	p->zone = z;
}

static struct policy *random_policy(struct dice *d, enum world_kind kind)
{
	struct policy *p = fixture_policy("");

	for (enum rule rule = 0; rule < RULE_KEYS; rule++)
		p->keep[rule] = random_rule(d, rule);
	if (kind == WORLD_PLAIN)
		return p;
	random_zone(p, d);
	p->failed_sets_s = dice_one_in(d, 4) ? FAILED_KEEP : dice_between(d, 0, 30) * DAY;
	p->safety.minimum = dice_one_in(d, 2) ? 1 : dice_between(d, 0, 6);
	return p;
}

/* Protects some ids and a range, by the sets that there are. */
static void protect_some(struct world *w)
{
	struct policy *p = w->policy;
	struct dice *d = &w->dice;

	for (size_t i = 0; i < w->inv.count; i++)
		if (dice_one_in(d, 12))
			policy_protect_more(p,
				&(struct protected_set){.id = (char *)(uintptr_t)set_id(&w->inv, i),
					.until_s = PROTECT_NO_END},
				1);
	if (dice_one_in(d, 2))
		return;
	free(p->protected_ranges);
	p->protected_ranges = xcalloc(1, sizeof(*p->protected_ranges));
	p->protected_range_count = 1;
	p->protected_ranges[0].from_s = WORLD_NOW_S - dice_between(d, 0, 90) * DAY;
	p->protected_ranges[0].to_s = p->protected_ranges[0].from_s + dice_between(d, 0, 9) * DAY;
}

static void spoil(struct set *s, struct dice *d)
{
	switch (dice_between(d, 0, 6)) {
	case 0:
		s->state = SET_RUNNING;
		break;
	case 1:
		s->state = SET_DELETING;
		break;
	case 2:
		s->state = SET_UNKNOWN;
		s->doubt = DOUBT_STATUS;
		break;
	case 3:
		s->state = SET_UNKNOWN;
		s->doubt = DOUBT_TIME;
		s->start_s = SET_NO_TIME;
		break;
	case 4:
		s->start_s = WORLD_NOW_S + dice_between(d, 0, 1000) * HOUR;
		break;
	default:
		s->state = SET_FAILED;
		break;
	}
}

/* Gaps of minutes, hours, days or months, changing on the way. */
static int64_t random_gap(struct dice *d, int64_t *scale)
{
	static const int64_t scales[] = {60, 20 * 60, HOUR, 6 * HOUR, DAY, 5 * DAY, 40 * DAY};

	if (*scale == 0 || dice_one_in(d, 15))
		*scale = scales[dice_between(d, 0, ARRAY_SIZE(scales) - 1)];
	if (dice_one_in(d, 10))
		return 0;
	return dice_one_in(d, 2) ? *scale : dice_between(d, 0, 2 * *scale);
}

static void add_sets(struct world *w, enum world_kind kind, int64_t count)
{
	struct dice *d = &w->dice;
	bool incrementals = kind == WORLD_ANY && dice_one_in(d, 2);
	bool expiring = kind == WORLD_ANY && dice_one_in(d, 3);
	int64_t at_s = WORLD_NOW_S - dice_between(d, 0, 3 * DAY), scale = 0;
	char id[32], parent[32];

	for (int64_t i = 0; i < count; i++) {
		struct set s = {.start_s = at_s,
			.expires_s = SET_NO_TIME,
			.size_bytes = -1,
			.duration_s = -1,
			.state = SET_VALID};
		if (kind == WORLD_ANY && dice_one_in(d, 6))
			spoil(&s, d);
		if (expiring)
			s.expires_s = WORLD_NOW_S + dice_between(d, -1, 9) * 12 * HOUR;
		/* Sets come newest first: mostly the next ones are parents; sometimes any, or none.
		 */
		(void)snprintf(id, sizeof(id), "%" PRId64, 9000 - i);
		(void)snprintf(parent, sizeof(parent), "%" PRId64,
			dice_one_in(d, 12) ? 9000 - dice_between(d, -1, count)
					   : 9000 - i - dice_between(d, 1, 4));
		inventory_add(
			&w->inv, &s, id, incrementals && dice_one_in(d, 2) ? parent : NULL, NULL);
		at_s -= random_gap(d, &scale);
	}
}

void world_init(struct world *w, uint64_t seed, enum world_kind kind, int most)
{
	*w = (struct world){.seed = seed, .dice = {seed}};
	w->policy = random_policy(&w->dice, kind);
	inventory_init(&w->inv);
	add_sets(w, kind, dice_between(&w->dice, 0, dice_one_in(&w->dice, 3) ? most : most / 4));
	if (kind == WORLD_ANY)
		protect_some(w);
	w->marks = xcalloc(w->inv.count, sizeof(*w->marks));
	w->in = (struct plan_input){
		.policy = w->policy,
		.inv = &w->inv,
		.listing_complete = true,
		.now_s = WORLD_NOW_S,
		.marks = w->marks,
	};
}

void world_done(struct world *w)
{
	policy_free(w->policy);
	inventory_done(&w->inv);
	free(w->marks);
}

void world_filter(const struct inventory *from, const bool *keep, struct inventory *to)
{
	for (size_t i = 0; i < from->count; i++)
		if (keep[i])
			inventory_add(to, &from->sets[i], set_id(from, i), set_parent(from, i),
				set_note(from, i));
}

static void print_world(const struct world *w)
{
	for (enum rule rule = 0; rule < RULE_KEYS; rule++) {
		const struct keep_rule *k = &w->policy->keep[rule];
		char span[DURATION_TEXT_SIZE];
		duration_format(&k->span, span);
		if (k->kind != KEEP_OFF)
			print_error("  %s kind %d number %" PRId64 " span %s\n",
				rule_rows[rule]->name, (int)k->kind, k->number, span);
	}
	print_error("  zone %s, minimum %" PRId64 "\n", zone_name(w->policy->zone),
		w->policy->safety.minimum);
	for (size_t i = 0; i < w->inv.count; i++) {
		const struct set *s = &w->inv.sets[i];
		char start[CIVIL_TEXT_SIZE] = "?";
		if (s->start_s != SET_NO_TIME)
			civil_format_utc(s->start_s, start);
		print_error("  %s@%s state %d parent '%s'\n", set_id(&w->inv, i), start, s->state,
			set_parent(&w->inv, i));
	}
}

void world_fail(const struct world *w, const char *what)
{
	print_world(w);
	print_error("RETAIND_SEED=%" PRIu64 ": %s\n", w->seed, what);
	fail();
	abort();
}

void world_each_seed(int count, void (*check)(uint64_t seed))
{
	const char *only = getenv("RETAIND_SEED");

	if (only) {
		check(strtoull(only, NULL, 10));
		return;
	}
	for (int i = 1; i <= count; i++)
		check((uint64_t)i);
}
