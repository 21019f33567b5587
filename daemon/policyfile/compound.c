/* Reads and prints values of several members, and lists. */
#include "policyfile/compound.h"

#include "policyfile/cron.h"
#include "policyfile/discovery.h"
#include "policyfile/values.h"
#include "policyfile/zonecache.h"

#include <inttypes.h>

void compound_set_zone(struct loader *l, const struct key *k, const struct node *n, void *object)
{
	struct policy *p = object;
	struct error err = {0};
	struct zone *zone;
	const char *name;

	if (!value_text(l, k, n, &name) || text_equal(zone_name(p->zone), name))
		return;
	if (zonecache_get(l->zones, l->known_zones, name, &zone, &err) < 0) {
		loader_error(l, n, "%s", err.text);
		return;
	}
	zone_free(p->zone);
	p->zone = zone;
}

void compound_print_zone(const struct key *k, const void *object, struct text *out)
{
	(void)k;
	document_quote(out, zone_name(((const struct policy *)object)->zone));
}

/* A layer's `schedule` or `every` replaces either of the two in the layers below. */
static struct schedule *clear_schedule(struct loader *l, struct policy *p)
{
	struct schedule *s = &p->schedule;

	calendar_free(s->calendar);
	zone_free(s->zone);
	s->calendar = NULL;
	s->zone = NULL;
	s->every_s = 0;
	s->kind = SCHEDULE_NONE;
	l->origin[FIELD_SCHEDULE] = NULL;
	l->origin[FIELD_EVERY] = NULL;
	return s;
}

void compound_set_schedule(
	struct loader *l, const struct key *k, const struct node *n, void *object)
{
	struct schedule *s = clear_schedule(l, object);
	struct calendar *calendar = NULL;
	struct zone *zone = NULL;
	struct error err = {0};
	const char *text;

	if (!value_text(l, k, n, &text) || strcmp(text, "none") == 0)
		return;
	if (calendar_parse(text, &calendar, &err) < 0) {
		_cleanup_free_ char *instead = cron_to_calendar(text);
		if (instead)
			loader_error(l, n, "'%s' is cron's: here it is \"%s\"", text, instead);
		else
			loader_error(l, n, "%s", err.text);
		return;
	}
	if (calendar_zone_name(calendar) &&
		zonecache_get(l->zones, l->known_zones, calendar_zone_name(calendar), &zone, &err) <
			0) {
		loader_error(l, n, "%s", err.text);
		calendar_free(calendar);
		return;
	}
	s->kind = SCHEDULE_CALENDAR;
	s->calendar = calendar;
	s->zone = zone;
}

void compound_print_schedule(const struct key *k, const void *object, struct text *out)
{
	const struct schedule *s = &((const struct policy *)object)->schedule;
	_cleanup_free_ char *calendar = NULL;

	(void)k;
	if (s->kind == SCHEDULE_NONE)
		text_add(out, "none");
	if (s->kind != SCHEDULE_CALENDAR)
		return;
	calendar = calendar_format(s->calendar);
	document_quote(out, calendar);
}

void compound_set_every(struct loader *l, const struct key *k, const struct node *n, void *object)
{
	struct schedule *s = clear_schedule(l, object);

	if (value_seconds(l, k, n, &s->every_s))
		s->kind = SCHEDULE_EVERY;
}

void compound_print_every(const struct key *k, const void *object, struct text *out)
{
	const struct schedule *s = &((const struct policy *)object)->schedule;
	char every[DURATION_TEXT_SIZE];

	(void)k;
	if (s->kind != SCHEDULE_EVERY)
		return;
	value_format_seconds(s->every_s, every);
	text_add(out, every);
}

void compound_set_blackouts(
	struct loader *l, const struct key *k, const struct node *n, void *object)
{
	struct window *windows;
	size_t count = 0;

	if (!value_is_list(l, k, n, "[\"Mon..Fri 09:00-19:00\"]"))
		return;
	windows = xcalloc(n->count, sizeof(*windows));
	for (size_t i = 0; i < n->count; i++) {
		struct error err = {0};
		const char *text;
		if (!value_text(l, k, n->items[i], &text))
			continue;
		if (window_parse(text, &windows[count], &err) < 0)
			loader_error(l, n->items[i], "%s", err.text);
		else
			count++;
	}
	policy_set_blackouts(object, windows, count);
}

void compound_print_blackouts(const struct key *k, const void *object, struct text *out)
{
	const struct schedule *s = &((const struct policy *)object)->schedule;

	(void)k;
	text_add(out, "[");
	for (size_t i = 0; i < s->blackout_count; i++) {
		char window[WINDOW_TEXT_SIZE];
		window_format(&s->blackouts[i], window);
		text_printf(out, "%s\"%s\"", i ? ", " : "", window);
	}
	text_add(out, "]");
}

void compound_set_rule(struct loader *l, const struct key *k, const struct node *n, void *object)
{
	struct policy *p = object;
	struct keep_rule rule;

	if (value_rule(l, k, n, &rule))
		p->keep[key_rule(k)] = rule;
}

void compound_print_rule(const struct key *k, const void *object, struct text *out)
{
	const struct keep_rule *rule = &((const struct policy *)object)->keep[key_rule(k)];
	char span[DURATION_TEXT_SIZE];

	switch (rule->kind) {
	case KEEP_OFF:
		text_add(out, "0");
		break;
	case KEEP_NUMBER:
		text_printf(out, "%" PRId64, rule->number);
		break;
	case KEEP_SPAN:
		duration_format(&rule->span, span);
		text_add(out, span);
		break;
	case KEEP_FLOOR:
		duration_format(&rule->span, span);
		text_printf(out, "{count: %" PRId64 ", span: %s}", rule->number, span);
		break;
	case KEEP_ALL:
		text_add(out, "all");
		break;
	}
}

/* {from: T, to: T} */
static bool read_range(struct loader *l, const struct node *n, struct protected_range *ret)
{
	struct node *from = node_get(n, "from", NULL), *to = node_get(n, "to", NULL);
	struct protected_range range = {0};

	for (size_t i = 0; i < n->count; i++)
		if (!key_find(SCOPE_RANGE, FIELD_COUNT, n->keys[i]->text))
			loader_error(l, n->keys[i],
				"unknown key in a range of `protect`: it takes {from: TIME, to: "
				"TIME}");
	if (!from || !to) {
		loader_error(l, n, "a range of `protect` takes both {from: TIME, to: TIME}");
		return false;
	}
	if (!value_instant(l, &keys[FIELD_FROM], from, &range.from_s) ||
		!value_instant(l, &keys[FIELD_TO], to, &range.to_s))
		return false;
	if (range.to_s < range.from_s) {
		loader_error(l, to, "this range ends before it begins");
		return false;
	}
	*ret = range;
	return true;
}

#define REASON_MAX_BYTES 200

static bool value_reason(struct loader *l, const struct key *k, const struct node *n, char **ret)
{
	_cleanup_free_ char *printable = NULL;
	const char *text;

	if (!value_text(l, k, n, &text))
		return false;
	printable = text_printable(text);
	if (strlen(text) > REASON_MAX_BYTES || !text_equal(text, printable))
		return loader_refuse(
			l, n, "a reason is one line of at most %d bytes", REASON_MAX_BYTES);
	*ret = TAKE_PTR(printable);
	return true;
}

/* The cloud's ids are numbers: a slip would protect nothing. */
static bool read_id(struct loader *l, const struct key *k, const struct node *n, char **ret)
{
	const char *id;

	if (!value_id(l, k, n, &id))
		return false;
	if (id[strspn(id, "0123456789")])
		loader_warn(l->m, (struct node *)(uintptr_t)n, WARN_NAME,
			"'protect': the ids of backup sets are numbers, so '%s' protects nothing",
			id);
	*ret = xstrdup(id);
	return true;
}

/* {id: ID, until: T, reason: TEXT} */
static bool read_protected(
	struct loader *l, const struct key *k, const struct node *n, struct protected_set *ret)
{
	static const char *const names[] = {"id", "until", "reason", NULL};
	struct node *until = node_get(n, "until", NULL), *reason = node_get(n, "reason", NULL);
	struct protected_set s = {.until_s = PROTECT_NO_END};

	for (size_t i = 0; i < n->count; i++) {
		size_t known = 0;
		while (names[known] && strcmp(names[known], n->keys[i]->text) != 0)
			known++;
		if (!names[known])
			loader_error(l, n->keys[i],
				"unknown key in a set of `protect`: it takes {id: ID, until: TIME, "
				"reason: TEXT}");
	}
	if (!read_id(l, k, node_get(n, "id", NULL), &s.id) ||
		(until && !value_instant(l, k, until, &s.until_s)) ||
		(reason && !value_reason(l, k, reason, &s.reason))) {
		free(s.id);
		return false;
	}
	*ret = s;
	return true;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_texts(char **texts, size_t count)
{
	if (count > 1)
		qsort(texts, count, sizeof(*texts), compare_texts);
}

void compound_set_protect(struct loader *l, const struct key *k, const struct node *n, void *object)
{
	struct protected_range *ranges;
	struct protected_set *sets;
	size_t set_count = 0, range_count = 0;

	if (!value_is_list(
		    l, k, n, "[\"763\", {from: 2026-01-01T00:00:00Z, to: 2026-02-01T00:00:00Z}]"))
		return;
	sets = xcalloc(n->count, sizeof(*sets));
	ranges = xcalloc(n->count, sizeof(*ranges));
	for (size_t i = 0; i < n->count; i++) {
		const struct node *item = n->items[i];
		sets[set_count].until_s = PROTECT_NO_END;
		if (item->kind == NODE_MAPPING && node_get(item, "id", NULL))
			set_count += read_protected(l, k, item, &sets[set_count]);
		else if (item->kind == NODE_MAPPING)
			range_count += read_range(l, item, &ranges[range_count]);
		else
			set_count += read_id(l, k, item, &sets[set_count].id);
	}
	policy_set_protected(object, sets, set_count, ranges, range_count);
}

static void add_protected_set(const struct protected_set *s, struct text *out)
{
	char until[CIVIL_TEXT_SIZE];

	if (s->until_s == PROTECT_NO_END && !s->reason) {
		document_quote(out, s->id);
		return;
	}
	text_add(out, "{id: ");
	document_quote(out, s->id);
	if (s->until_s != PROTECT_NO_END) {
		civil_format_utc(s->until_s, until);
		text_printf(out, ", until: \"%s\"", until);
	}
	if (s->reason) {
		text_add(out, ", reason: ");
		document_quote(out, s->reason);
	}
	text_add(out, "}");
}

/* One of the sets, or of the ranges after them. */
static void add_protected(const struct policy *p, size_t i, struct text *out)
{
	char from[CIVIL_TEXT_SIZE], to[CIVIL_TEXT_SIZE];

	if (i < p->protected_set_count) {
		add_protected_set(&p->protected_sets[i], out);
		return;
	}
	i -= p->protected_set_count;
	civil_format_utc(p->protected_ranges[i].from_s, from);
	civil_format_utc(p->protected_ranges[i].to_s, to);
	text_printf(out, "{from: \"%s\", to: \"%s\"}", from, to);
}

void compound_print_protect(const struct key *k, const void *object, struct text *out)
{
	const struct policy *p = object;

	(void)k;
	text_add(out, "[");
	for (size_t i = 0; i < p->protected_set_count + p->protected_range_count; i++) {
		text_add(out, i ? ", " : "");
		add_protected(p, i, out);
	}
	text_add(out, "]");
}

bool compound_print_protect_lines(const void *object, int indent, struct text *out)
{
	const struct policy *p = object;
	size_t count = p->protected_set_count + p->protected_range_count;

	for (size_t i = 0; i < count; i++) {
		text_printf(out, "\n%*s- ", indent, "");
		add_protected(p, i, out);
	}
	return count > 0;
}

/* DescribeDBClusters: keys and values of tags have at most 128 characters. */
#define TAG_MAX 128

/* The value of a tag may be empty, but only as "" in quotes. */
static bool is_tag_text(struct loader *l, const struct key *k, const struct node *n,
	const char *what, bool may_be_empty)
{
	const char *text;

	if (n->kind == NODE_SCALAR && may_be_empty && !n->plain && !*n->text)
		return true;
	if (n->kind == NODE_SCALAR && *n->text && strlen(n->text) > TAG_MAX) {
		loader_error(l, n, "%s has at most %d bytes", what, TAG_MAX);
		return false;
	}
	if (n->kind == NODE_SCALAR && !node_is_null(n))
		return value_name(l, k, n, &text);
	return loader_refuse(l, n, "%s is a text", what);
}

static int compare_tags(const void *a, const void *b)
{
	return strcmp(
		((const struct discovery_tag *)a)->key, ((const struct discovery_tag *)b)->key);
}

void compound_set_tags(struct loader *l, const struct key *k, const struct node *n, void *object)
{
	struct discovery_tag *tags;
	size_t count = 0;

	if (!loader_is_mapping(l, key_name(k), n))
		return;
	if (n->count > (size_t)k->most) {
		loader_error(l, n, "'%s' takes at most %d tags", key_name(k), (int)k->most);
		return;
	}
	tags = xcalloc(n->count, sizeof(*tags));
	for (size_t i = 0; i < n->count; i++)
		if (is_tag_text(l, k, n->keys[i], "the key of a tag", false) &&
			is_tag_text(l, k, n->items[i], "the value of a tag", true))
			tags[count++] = (struct discovery_tag){
				xstrdup(n->keys[i]->text), xstrdup(n->items[i]->text)};
	if (count > 1)
		qsort(tags, count, sizeof(*tags), compare_tags);
	discovery_set_tags(object, tags, count);
}

void compound_print_tags(const struct key *k, const void *object, struct text *out)
{
	const struct discovery *d = object;

	(void)k;
	for (size_t i = 0; i < d->tag_count; i++) {
		text_add(out, i ? ", " : "{");
		document_quote(out, d->tags[i].key);
		text_add(out, ": ");
		document_quote(out, d->tags[i].value);
	}
	text_add(out, d->tag_count ? "}" : "");
}

void compound_set_exclude(struct loader *l, const struct key *k, const struct node *n, void *object)
{
	size_t count = 0;
	char **ids;

	if (!value_is_list(l, k, n, "[amv-bp1xxxxxxxxxxxxx]"))
		return;
	ids = xcalloc(n->count, sizeof(*ids));
	for (size_t i = 0; i < n->count; i++) {
		const char *id;
		if (value_id(l, k, n->items[i], &id))
			ids[count++] = xstrdup(id);
	}
	sort_texts(ids, count);
	discovery_set_exclude(object, ids, count);
}

void compound_print_exclude(const struct key *k, const void *object, struct text *out)
{
	const struct discovery *d = object;

	(void)k;
	text_add(out, "[");
	for (size_t i = 0; i < d->exclude_count; i++) {
		text_add(out, i ? ", " : "");
		document_quote(out, d->exclude[i]);
	}
	text_add(out, "]");
}
