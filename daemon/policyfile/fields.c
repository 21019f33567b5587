#include "policyfile/accountlist.h"
#include "policyfile/loader.h"

static void set_zone(struct loader *l, const struct key *k, const struct node *n)
{
	struct policy *p = l->policy;
	struct error err = {0};
	struct zone *zone;
	const char *name;

	if (!value_text(l, k, n, &name) || text_equal(zone_name(p->zone), name))
		return;
	if (parsed_zone(l->parsed, name, &zone, &err) < 0) {
		loader_error(l, n, "%s", err.text);
		return;
	}
	zone_free(p->zone);
	p->zone = zone;
}

static void clear_schedule(struct schedule *s)
{
	calendar_free(s->calendar);
	zone_free(s->zone);
	s->calendar = NULL;
	s->zone = NULL;
	s->every_s = 0;
	s->kind = SCHEDULE_NONE;
}

static void set_schedule(struct loader *l, const struct key *k, const struct node *n)
{
	struct schedule *s = &l->policy->schedule;
	struct calendar *calendar = NULL;
	struct zone *zone = NULL;
	struct error err = {0};
	const char *text;

	if (!value_text(l, k, n, &text))
		return;
	clear_schedule(s);
	if (strcmp(text, "none") == 0)
		return;
	if (parsed_calendar(l->parsed, text, &calendar, &err) < 0) {
		loader_error(l, n, "%s", err.text);
		return;
	}
	if (calendar_zone_name(calendar) &&
		parsed_zone(l->parsed, calendar_zone_name(calendar), &zone, &err) < 0) {
		loader_error(l, n, "%s", err.text);
		calendar_free(calendar);
		return;
	}
	s->kind = SCHEDULE_CALENDAR;
	s->calendar = calendar;
	s->zone = zone;
}

static void set_every(struct loader *l, const struct key *k, const struct node *n)
{
	int64_t every_s;

	if (!value_seconds(l, k, n, &every_s))
		return;
	clear_schedule(&l->policy->schedule);
	l->policy->schedule.kind = SCHEDULE_EVERY;
	l->policy->schedule.every_s = every_s;
}

static void set_blackout(struct loader *l, const struct key *k, const struct node *n)
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
	policy_set_blackouts(l->policy, windows, count);
}

/* {from: T, to: T} */
static bool read_range(struct loader *l, const struct node *n, struct protected_range *ret)
{
	struct node *from = NULL, *to = NULL;
	struct protected_range range = {0};

	for (size_t i = 0; i < n->count; i++) {
		const struct key *k = key_find(SCOPE_RANGE, FIELD_COUNT, n->keys[i]->text);
		if (!k)
			loader_error(l, n->keys[i],
				"unknown key in a range of `protect`: it takes {from: TIME, to: "
				"TIME}");
		else if (k == &keys[FIELD_FROM])
			from = n->items[i];
		else
			to = n->items[i];
	}
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

static void set_protect(struct loader *l, const struct key *k, const struct node *n)
{
	struct protected_range *ranges;
	size_t id_count = 0, range_count = 0;
	char **ids;

	if (!value_is_list(
		    l, k, n, "[\"763\", {from: 2026-01-01T00:00:00Z, to: 2026-02-01T00:00:00Z}]"))
		return;
	ids = xcalloc(n->count, sizeof(*ids));
	ranges = xcalloc(n->count, sizeof(*ranges));
	for (size_t i = 0; i < n->count; i++) {
		const char *id;
		if (n->items[i]->kind == NODE_MAPPING)
			range_count += read_range(l, n->items[i], &ranges[range_count]);
		else if (value_id(l, k, n->items[i], &id))
			ids[id_count++] = xstrdup(id);
	}
	if (id_count > 1)
		qsort(ids, id_count, sizeof(*ids), value_compare_texts);
	policy_set_protected(l->policy, ids, id_count, ranges, range_count);
}

/* Where a duration of fixed length is kept; NULL for the others. */
static int64_t *seconds_of(struct policy *p, enum field field)
{
	switch ((int)field) {
	case FIELD_JITTER:
		return &p->schedule.jitter_s;
	case FIELD_FAILED_SETS:
		return &p->failed_sets_s;
	case FIELD_GRACE:
		return &p->safety.grace_s;
	case FIELD_FRESH_WITHIN:
		return &p->safety.fresh_within_s;
	case FIELD_REFRESH:
		return &p->refresh_s;
	default:
		return NULL;
	}
}

static void set_integer(struct loader *l, const struct key *k, const struct node *n)
{
	int64_t value;

	if (!value_integer(l, k, n, &value))
		return;
	if (key_field(k) == FIELD_MINIMUM)
		l->policy->safety.minimum = value;
	else
		l->policy->safety.max_delete_percent = (int)value;
}

static void set_region(struct loader *l, const struct key *k, const struct node *n)
{
	const char *text;

	if (value_region(l, k, n, &text))
		policy_set_region(l->policy, text);
}

static void set_rule(struct loader *l, const struct key *k, const struct node *n)
{
	struct keep_rule rule;

	if (value_rule(l, k, n, &rule))
		policy_set_rule(l->policy, (enum rule)(key_field(k) - FIELD_LAST), &rule);
}

static void set_account(struct loader *l, const struct key *k, const struct node *n)
{
	const char *name;

	if (value_id(l, k, n, &name) && accountlist_check_name(l, n, name))
		policy_set_account(l->policy, name);
}

static void set_word(struct loader *l, const struct key *k, const struct node *n)
{
	int64_t value;

	if (!value_word(l, k, n, &value))
		return;
	if (key_field(k) == FIELD_EDITION)
		l->policy->edition = (enum edition)value;
	else
		l->policy->cloud_retention = (enum cloud_retention_mode)value;
}

static void set_duration(struct loader *l, const struct key *k, const struct node *n)
{
	int64_t *at = seconds_of(l->policy, key_field(k));

	if (at)
		(void)value_seconds(l, k, n, at);
	else
		set_every(l, k, n);
}

static void set_boolean(struct loader *l, const struct key *k, const struct node *n)
{
	struct policy *p = l->policy;

	(void)value_boolean(
		l, k, n, key_field(k) == FIELD_REMOTE ? &p->remote : &p->schedule.catch_up);
}

typedef void set_field(struct loader *l, const struct key *k, const struct node *n);

/* The types that are not here are of keys that are read elsewhere. */
static set_field *const setters[TYPE_COUNT] = {
	[TYPE_REGION] = set_region,
	[TYPE_ACCOUNT_NAME] = set_account,
	[TYPE_WORD] = set_word,
	[TYPE_TIMEZONE] = set_zone,
	[TYPE_SCHEDULE] = set_schedule,
	[TYPE_DURATION] = set_duration,
	[TYPE_WINDOWS] = set_blackout,
	[TYPE_BOOLEAN] = set_boolean,
	[TYPE_COUNT_RULE] = set_rule,
	[TYPE_SPAN_RULE] = set_rule,
	[TYPE_BUCKET_RULE] = set_rule,
	[TYPE_PROTECT] = set_protect,
	[TYPE_INTEGER] = set_integer,
};

void field_set(struct loader *l, const struct key *k, struct node *n)
{
	enum field field = key_field(k);

	l->origin[field] = n;
	if (field == FIELD_SCHEDULE)
		l->origin[FIELD_EVERY] = NULL;
	if (field == FIELD_EVERY)
		l->origin[FIELD_SCHEDULE] = NULL;
	if (field > FIELD_DISCOVER)
		discover_set(l, k, n);
	else if (setters[k->type])
		setters[k->type](l, k, n);
}
