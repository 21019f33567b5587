/* Reads the short texts that tests write policies and inventories in. */
#include "fixture.h"

#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

__attribute__((noreturn)) static void give_up(const char *what, const char *word)
{
	(void)fprintf(stderr, "fixture: %s: '%s'\n", what, word);
	abort();
}

int64_t fixture_time(const char *text)
{
	int64_t s;

	if (!civil_parse_instant(text, true, &s))
		give_up("not a time", text);
	return s;
}

struct zone *fixture_zone(const char *name)
{
	_cleanup_free_ char *path = xasprintf("/usr/share/zoneinfo/%s", name);
	char data[16384];
	struct zone *z;
	size_t size;
	FILE *f;

	if (text_equal(name, "UTC"))
		return zone_utc();
	f = fopen(path, "rbe");
	if (!f)
		return NULL;
	size = fread(data, 1, sizeof(data), f);
	(void)fclose(f);
	return zone_parse(name, data, size, &z, NULL) < 0 ? NULL : z;
}

static struct duration span_of(const char *text)
{
	struct duration d;

	if (duration_parse(text, &d, NULL) < 0)
		give_up("not a duration", text);
	return d;
}

static int64_t seconds_of(const char *text)
{
	struct duration d = span_of(text);
	int64_t s;

	if (duration_to_seconds(&d, &s, NULL) < 0)
		give_up("not a length", text);
	return s;
}

static int64_t number_of(const char *text)
{
	uint64_t n;

	if (!text_to_u64(text, &n))
		give_up("not a number", text);
	return (int64_t)n;
}

static struct keep_rule rule_of(const char *value)
{
	_cleanup_free_ char *number = xstrndup(value, strcspn(value, "+"));
	const char *span = value + strlen(number);

	if (text_equal(value, "all"))
		return (struct keep_rule){.kind = KEEP_ALL};
	if (*span)
		return (struct keep_rule){
			.kind = KEEP_FLOOR, .number = number_of(number), .span = span_of(span + 1)};
	if (value[strspn(value, "0123456789")])
		return (struct keep_rule){.kind = KEEP_SPAN, .span = span_of(value)};
	if (text_equal(value, "0"))
		return (struct keep_rule){.kind = KEEP_OFF};
	return (struct keep_rule){.kind = KEEP_NUMBER, .number = number_of(value)};
}

static void protect(struct policy *p, char *value)
{
	char *to = strchr(value, '/');

	if (!to) {
		policy_protect_more(
			p, &(struct protected_set){.id = value, .until_s = PROTECT_NO_END}, 1);
		return;
	}
	*to++ = '\0';
	p->protected_ranges = xreallocarray(
		p->protected_ranges, p->protected_range_count + 1, sizeof(*p->protected_ranges));
	p->protected_ranges[p->protected_range_count++] =
		(struct protected_range){fixture_time(value), fixture_time(to)};
}

static void set_zone(struct policy *p, const char *name)
{
	zone_free(p->zone);
	p->zone = fixture_zone(name);
	if (!p->zone)
		give_up("no such zone here", name);
}

static bool set_rule(struct policy *p, const char *key, const char *value)
{
	for (size_t rule = 0; rule < RULE_KEYS; rule++)
		if (text_equal(key, rule_rows[rule]->name)) {
			p->keep[rule] = rule_of(value);
			return true;
		}
	return false;
}

static enum point_in_time_mode mode_of(const char *value)
{
	for (int mode = 0; mode < POINT_IN_TIME_MODE_COUNT; mode++)
		if (text_equal(value, point_in_time_names[mode]))
			return (enum point_in_time_mode)mode;
	give_up("not a mode", value);
	return POINT_IN_TIME_IGNORE;
}

static int64_t fresh_of(const char *value)
{
	if (text_equal(value, "off"))
		return FRESH_OFF;
	return text_equal(value, "auto") ? FRESH_AUTO : seconds_of(value);
}

static void set_word(struct policy *p, const char *key, char *value)
{
	if (set_rule(p, key, value))
		return;
	if (text_equal(key, "minimum"))
		p->safety.minimum = number_of(value);
	else if (text_equal(key, "grace"))
		p->safety.grace_s = seconds_of(value);
	else if (text_equal(key, "percent"))
		p->safety.max_delete_percent = (int)number_of(value);
	else if (text_equal(key, "failed"))
		p->failed_sets_s = text_equal(value, "keep") ? FAILED_KEEP : seconds_of(value);
	else if (text_equal(key, "fresh"))
		p->safety.fresh_within_s = fresh_of(value);
	else if (text_equal(key, "seconds"))
		p->safety.point_in_time = mode_of(value);
	else if (text_equal(key, "protect"))
		protect(p, value);
	else if (text_equal(key, "zone"))
		set_zone(p, value);
	else
		give_up("not a word of a policy", key);
}

struct policy *fixture_policy(const char *words)
{
	struct policy *p = policy_new("amv-1");
	_cleanup_free_ char *copy = xstrdup(words);
	char *save = NULL;

	p->safety.grace_s = 0;
	p->safety.max_delete_percent = 100;
	p->safety.fresh_within_s = FRESH_OFF;
	p->safety.point_in_time = POINT_IN_TIME_IGNORE;
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		char *value = strchr(word, '=');
		if (!value)
			give_up("no = in", word);
		*value++ = '\0';
		set_word(p, word, value);
	}
	return p;
}

static void doubt(struct set *s, enum set_doubt why, const char **note, const char *text)
{
	s->state = SET_UNKNOWN;
	s->doubt = (uint8_t)why;
	*note = text;
}

static void set_flag(struct set *s, const char *flag, const char **parent, const char **note)
{
	if (text_equal(flag, "failed"))
		s->state = SET_FAILED;
	else if (text_equal(flag, "running"))
		s->state = SET_RUNNING;
	else if (text_equal(flag, "deleting"))
		s->state = SET_DELETING;
	else if (text_equal(flag, "unknown"))
		doubt(s, DOUBT_STATUS, note, "Foo");
	else if (text_equal(flag, "late"))
		doubt(s, DOUBT_LATE, note, "");
	else if (text_equal(flag, "region"))
		doubt(s, DOUBT_REGION, note, "cn-beijing");
	else if (text_starts(flag, "parent="))
		*parent = flag + strlen("parent=");
	else if (text_starts(flag, "expires="))
		s->expires_s = fixture_time(flag + strlen("expires="));
	else
		give_up("not a flag of a set", flag);
}

static void add_one(struct inventory *inv, char *word)
{
	struct set s = {.expires_s = SET_NO_TIME, .size_bytes = -1, .duration_s = -1};
	const char *parent = NULL, *note = NULL;
	char *save = NULL, *id = strtok_r(word, ",", &save), *time = strchr(id, '@');

	if (!time)
		give_up("no @ in", word);
	*time++ = '\0';
	if (text_equal(time, "?")) {
		doubt(&s, DOUBT_TIME, &note, "yesterday");
		s.start_s = SET_NO_TIME;
	} else {
		s.start_s = fixture_time(time);
	}
	for (char *flag = strtok_r(NULL, ",", &save); flag; flag = strtok_r(NULL, ",", &save))
		set_flag(&s, flag, &parent, &note);
	inventory_add(inv, &s, id, parent, note);
}

void fixture_sets(struct inventory *inv, const char *words)
{
	_cleanup_free_ char *copy = xstrdup(words);
	char *save = NULL;

	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		add_one(inv, word);
}

char *fixture_letters(const struct inventory *inv, const struct policy *p, int64_t now_s)
{
	_cleanup_free_ struct verdict *v = xcalloc(inv->count, sizeof(*v));
	_cleanup_free_ uint32_t *order = xcalloc(inv->count, sizeof(*order));
	struct text t = TEXT_INIT(1 << 20);

	verdicts(inv, p, 0, now_s, v, order);
	for (size_t i = 0; i < inv->count; i++)
		text_printf(&t, "%s%s%c", i ? " " : "", set_id(inv, order[i]),
			"KDPQFX"[v[order[i]].kind]);
	return text_take(&t);
}

char *fixture_ids(const struct inventory *inv, const uint32_t *indices, size_t count)
{
	struct text t = TEXT_INIT(1 << 20);

	for (size_t i = 0; i < count; i++)
		text_printf(&t, "%s%s", i ? " " : "", set_id(inv, indices[i]));
	return text_take(&t);
}

uint64_t dice_roll(struct dice *d)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

int64_t dice_between(struct dice *d, int64_t from, int64_t to)
{
	return from + (int64_t)(dice_roll(d) % (uint64_t)(to - from + 1));
}

bool dice_one_in(struct dice *d, int n)
{
	return dice_between(d, 1, n) == 1;
}
