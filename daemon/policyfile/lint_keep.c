/* Warnings about keep rules. Each is given only where it surely holds. */
#include "policyfile/lint_keep.h"

#include <inttypes.h>
#include <stdio.h>

#define HOUR_S INT64_C(3600)
#define DAY_S INT64_C(86400)
#define CLOUD_DAYS 730 /* adb API, ModifyBackupPolicy: BackupRetentionPeriod is 7 to 730 days */

/* The least and the most seconds that a span can take in some calendar. */
static int64_t span_least_s(const struct duration *d)
{
	int64_t days = d->months / 12 * 365 + d->months % 12 * 28 + d->days;

	return days * DAY_S + d->seconds - (days ? HOUR_S : 0);
}

static int64_t span_most_s(const struct duration *d)
{
	int64_t days = d->months / 12 * 366 + d->months % 12 * 31 + d->days;

	return days * DAY_S + d->seconds + (days ? HOUR_S : 0);
}

/* True if `a` is at least as long as `b`, at any time and in any zone. */
static bool span_covers(const struct duration *a, const struct duration *b)
{
	if (a->months >= b->months && a->days >= b->days && a->seconds >= b->seconds)
		return true;
	return span_least_s(a) >= span_most_s(b);
}

static bool has_number(const struct keep_rule *k)
{
	return k->kind == KEEP_NUMBER || k->kind == KEEP_FLOOR;
}

static bool has_span(const struct keep_rule *k)
{
	return k->kind == KEEP_SPAN || k->kind == KEEP_FLOOR;
}

#define RULE_TEXT_SIZE 80

static const char *part_of(const struct node *n, const char *name)
{
	const struct node *part = node_get(n, name, NULL);

	return part ? part->text : "";
}

/* As it stands in the file: "weekly: 26w". */
static void format_rule(const struct loader *l, int rule, char ret[RULE_TEXT_SIZE])
{
	const struct node *n = l->origin[FIELD_RULE_LAST + rule];
	char value[48];

	if (n && n->kind == NODE_MAPPING)
		(void)snprintf(value, sizeof(value), "{count: %.12s, span: %.16s}",
			part_of(n, "count"), part_of(n, "span"));
	else
		text_copy_printable(value, sizeof(value), n ? n->text : "");
	(void)snprintf(ret, RULE_TEXT_SIZE, "%s: %s", rule_rows[rule]->name, value);
}

/* Whether `a`, whose buckets nest in those of `b` so many a bucket, keeps all that `b` keeps. */
static bool covers_nested(const struct keep_rule *a, const struct keep_rule *b, int64_t nests)
{
	if (a->kind == KEEP_ALL || b->kind == KEEP_ALL)
		return a->kind == KEEP_ALL;
	if (has_number(b) && !(has_number(a) && a->number / nests >= b->number))
		return false;
	return !has_span(b) || (has_span(a) && span_covers(&a->span, &b->span));
}

/* Whether `other` keeps all that `rule` keeps, whatever sets there are. Both are on. */
static bool covers(const struct policy *p, int other, int rule)
{
	const struct keep_rule *a = &p->keep[other], *b = &p->keep[rule];
	int64_t nests = rule_rows[rule]->nests[other];

	if (!rule_rows[other]->bucket) /* it keeps every set that it reaches */
		return a->kind == KEEP_ALL ||
			(a->kind == KEEP_SPAN && b->kind == KEEP_SPAN &&
				span_covers(&a->span, &b->span));
	return nests > 0 && covers_nested(a, b, nests);
}

/* Whether `within` covers a count of buckets, as long as backups are taken as scheduled. */
static bool within_covers_count(const struct policy *p, int rule, int64_t longest_gap_s)
{
	const struct keep_rule *within = &p->keep[RULE_WITHIN], *b = &p->keep[rule];
	int64_t step_s = rule_rows[rule]->longest_s > longest_gap_s ? rule_rows[rule]->longest_s
								    : longest_gap_s;

	return within->kind == KEEP_SPAN && longest_gap_s > 0 && rule_rows[rule]->bucket &&
		has_number(b) && (b->number + 1) * step_s <= span_least_s(&within->span) &&
		(!has_span(b) || span_covers(&within->span, &b->span));
}

/* A span touches one bucket more than the whole ones that fit, and one more at its other end. */
static void warn_idle_span(const struct loader *l, int rule)
{
	const struct keep_rule *k = &l->policy->keep[rule];
	char this[RULE_TEXT_SIZE];

	if (k->kind != KEEP_FLOOR ||
		span_most_s(&k->span) / span_least_s(&rule_rows[rule]->shortest) + 2 > k->number)
		return;
	format_rule(l, rule, this);
	loader_warn_value(l, FIELD_RULE_LAST + (enum field)rule, WARN_USELESS,
		"'%s' keeps nothing that '%s: %" PRId64 "' does not keep", this,
		rule_rows[rule]->name, k->number);
}

static bool warn_useless(const struct loader *l, int rule, int64_t longest_gap_s)
{
	char this[RULE_TEXT_SIZE], that[RULE_TEXT_SIZE];
	const struct policy *p = l->policy;
	bool scheduled = within_covers_count(p, rule, longest_gap_s);
	int by = scheduled ? (int)RULE_WITHIN : -1;

	for (int other = 0; other < RULE_COUNT; other++)
		if (other != rule && p->keep[other].kind != KEEP_OFF && covers(p, other, rule)) {
			by = other;
			scheduled = false;
			break;
		}
	if (by < 0)
		return false;
	format_rule(l, rule, this);
	format_rule(l, by, that);
	loader_warn_value(l, FIELD_RULE_LAST + (enum field)rule, WARN_USELESS,
		"'%s' keeps nothing that '%s' does not keep%s", this, that,
		scheduled ? " while backups are taken as scheduled" : "");
	return true;
}

/* Warns of a rule with shorter buckets than the schedule's gaps: its count is one of sets then. */
static void warn_sparse(const struct loader *l, int rule, int64_t shortest_gap_s)
{
	const struct keep_rule *k = &l->policy->keep[rule];
	char this[RULE_TEXT_SIZE], gap[DURATION_TEXT_SIZE], reach[DURATION_TEXT_SIZE];

	if (shortest_gap_s == 0)
		return;
	format_rule(l, rule, this);
	duration_format_seconds(shortest_gap_s, gap);
	if (k->kind == KEEP_SPAN && span_most_s(&k->span) <= shortest_gap_s / 2)
		loader_warn_value(l, FIELD_RULE_LAST + (enum field)rule, WARN_SPARSE,
			"'%s' never keeps more than the newest set: the schedule's backups are %s "
			"apart",
			this, gap);
	if (k->kind != KEEP_NUMBER || k->number < 2 || !rule_rows[rule]->bucket ||
		shortest_gap_s < 2 * rule_rows[rule]->longest_s)
		return;
	duration_format_seconds(k->number * shortest_gap_s, reach);
	loader_warn_value(l, FIELD_RULE_LAST + (enum field)rule, WARN_SPARSE,
		"'%s' counts only what has a set: the schedule's backups are %s apart, so it "
		"reaches back %s",
		this, gap, reach);
}

/* True if the oldest set that the rule wants is surely older than the cloud keeps any. */
static bool beyond_cloud(const struct policy *p, int rule, int64_t shortest_gap_s)
{
	const struct keep_rule *k = &p->keep[rule];
	struct duration reach = k->span;

	if (k->kind == KEEP_ALL)
		return rule != RULE_LAST; /* whoever writes `last: all` wants to delete nothing */
	if (has_span(k) && span_least_s(&reach) > CLOUD_DAYS * DAY_S)
		return true;
	if (has_number(k)) {
		const struct duration *step = &rule_rows[rule]->shortest;
		int64_t steps = k->number - 1;
		if (steps * (shortest_gap_s / HOUR_S) > CLOUD_DAYS * 24)
			return true;
		reach = (struct duration){
			steps * step->months, steps * step->days, steps * step->seconds};
	}
	return span_least_s(&reach) > CLOUD_DAYS * DAY_S;
}

/* Counts alone say how many sets they keep at most. */
static void warn_minimum(const struct loader *l)
{
	int64_t most = 0;

	for (int rule = 0; rule < RULE_COUNT; rule++) {
		const struct keep_rule *k = &l->policy->keep[rule];
		if (k->kind != KEEP_OFF && k->kind != KEEP_NUMBER)
			return;
		most += k->kind == KEEP_NUMBER ? k->number : 0;
	}
	if (most < l->policy->safety.minimum)
		loader_warn_value(l, FIELD_MINIMUM, WARN_SAFETY,
			"the rules of 'keep' ask for %" PRId64
			" sets at most, and this keeps more than they do",
			most);
}

void lint_keep(const struct loader *l, int64_t shortest_gap_s, int64_t longest_gap_s)
{
	warn_minimum(l);
	for (int rule = 0; rule < RULE_COUNT; rule++) {
		char this[RULE_TEXT_SIZE];
		if (l->policy->keep[rule].kind == KEEP_OFF)
			continue;
		if (warn_useless(l, rule, longest_gap_s))
			continue;
		warn_idle_span(l, rule);
		warn_sparse(l, rule, shortest_gap_s);
		if (!beyond_cloud(l->policy, rule, shortest_gap_s))
			continue;
		format_rule(l, rule, this);
		loader_warn_value(l, FIELD_RULE_LAST + (enum field)rule, WARN_CLOUD,
			"'%s' reaches back further than %d days, and the cloud keeps no set longer "
			"than that",
			this, CLOUD_DAYS);
	}
}
