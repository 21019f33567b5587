/* The families of worlds. Each policy is one text that is read twice: by the project's fixtures,
 * and here for the specification. */
#include "proof/families.h"

#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HOUR 3600
#define DAY 86400
#define NEVER INT64_MAX
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define FULL                                 \
	{                                    \
		.set = {.expires_s = NEVER } \
	}
#define CHAINED                                              \
	{                                                    \
		.set = {.expires_s = NEVER}, .chained = true \
	}
#define IN_STATE(s)                                        \
	{                                                  \
		.set = {.expires_s = NEVER, .state = (s) } \
	}
#define CHAINED_IN_STATE(s)                                                \
	{                                                                  \
		.set = {.expires_s = NEVER, .state = (s)}, .chained = true \
	}
#define PROTECTED                                             \
	{                                                     \
		.set = {.expires_s = NEVER, .protect = true } \
	}
#define SOON                                        \
	{                                           \
		.set = {.expires_s = BASE_S + DAY } \
	}
#define UNREADABLE                                               \
	{                                                        \
		.set = {.expires_s = NEVER, .unreadable = true } \
	}
#define FOREIGN                                               \
	{                                                     \
		.set = {.expires_s = NEVER, .foreign = true } \
	}

/* All that a set can be, with all parents where these matter. */
static const struct kind all_kinds[] = {CHAINED, CHAINED_IN_STATE(SPEC_FAILED),
	CHAINED_IN_STATE(SPEC_DELETING), IN_STATE(SPEC_UNKNOWN), IN_STATE(SPEC_RUNNING), SOON,
	PROTECTED, UNREADABLE, FOREIGN};
static const struct kind chains[] = {CHAINED, CHAINED_IN_STATE(SPEC_FAILED),
	CHAINED_IN_STATE(SPEC_DELETING),
	{.set = {.expires_s = NEVER, .protect = true}, .chained = true},
	{.set = {.expires_s = BASE_S + DAY}, .chained = true}, CHAINED_IN_STATE(SPEC_RUNNING)};
static const struct kind marked[] = {CHAINED, IN_STATE(SPEC_FAILED), PROTECTED};
static const struct kind three_kinds[] = {FULL, PROTECTED, IN_STATE(SPEC_UNKNOWN)};
static const struct kind full[] = {FULL}, chain[] = {CHAINED};
static const struct kind batched[] = {CHAINED, IN_STATE(SPEC_FAILED),
	CHAINED_IN_STATE(SPEC_DELETING), IN_STATE(SPEC_UNKNOWN), IN_STATE(SPEC_RUNNING), SOON,
	PROTECTED, UNREADABLE};
static const struct kind few[] = {CHAINED, IN_STATE(SPEC_FAILED)};

static const int64_t one_time[] = {0};
static const int64_t two_times[] = {0, -25 * HOUR};
static const int64_t three_times[] = {0, -HOUR, -25 * HOUR};
static const int64_t few_times[] = {0, -HOUR, -24 * HOUR, -25 * HOUR};
static const int64_t many_times[] = {5 * 60 + 1, 5 * 60, 0, -1, -HOUR, -18 * HOUR, -18 * HOUR - 1,
	-24 * HOUR, -2 * DAY, -7 * DAY, -32 * DAY, -366 * DAY};
/* Around the turns of months and years: 20 November less these is 31, 30 and 1 October, 30
 * September, ... */
static const int64_t months[] = {101 * DAY, 71 * DAY, 70 * DAY, 42 * DAY, 41 * DAY, 11 * DAY,
	10 * DAY, -20 * DAY, -21 * DAY, -81 * DAY, -234 * DAY, -264 * DAY, -324 * DAY, -625 * DAY};
/* Around 2026-11-01T06:00Z, when New York's clock goes back, and 2026-03-08T07:00Z, when it goes
 * ahead. */
static const int64_t new_york[] = {0, -19 * DAY - 13 * HOUR, -19 * DAY - 12 * HOUR + 1,
	-19 * DAY - 12 * HOUR - 1, -19 * DAY - 11 * HOUR, -20 * DAY - 12 * HOUR,
	-18 * DAY - 13 * HOUR, -257 * DAY - 12 * HOUR, -257 * DAY - 10 * HOUR,
	-257 * DAY - 11 * HOUR - 1, -258 * DAY - 11 * HOUR};

static const char *const kind_policies[] = {
	"last=1 failed=1d",
	"daily=1 minimum=2 failed=keep",
	"daily=2d failed=0s log=1",
	"last=2 daily=all failed=1h now=-7200",
	NULL,
};
static const char *const mark_policies[] = {
	"last=1 failed=0s marks percent=100",
	"last=1 failed=0s marks percent=33 minimum=2 now=7200",
	"last=1 failed=1d marks percent=50 now=7200",
	"last=1 failed=1d marks percent=50",
	"last=1 failed=1d percent=0",
	"last=1 failed=1d now=7200 holds",
	NULL,
};
static const char *const rule_policies[] = {
	"last=1",
	"last=2",
	"last=3",
	"last=all",
	"within=1h",
	"within=1d",
	"within=2d1h",
	"hourly=1",
	"hourly=2",
	"hourly=2h",
	"hourly=all",
	"daily=1",
	"daily=2",
	"daily=1d",
	"daily=2d",
	"daily=all",
	"weekly=1",
	"weekly=2",
	"weekly=1w",
	"weekly=all",
	"monthly=1",
	"monthly=2",
	"monthly=1mo",
	"monthly=all",
	"quarterly=1",
	"quarterly=2",
	"quarterly=3mo",
	"yearly=1",
	"yearly=2",
	"yearly=1y",
	"yearly=all",
	"last=1 minimum=3",
	"last=1 minimum=0",
	"last=1 log=1",
	"last=1 log=7",
	"weekly=1 log=1 minimum=2",
	"last=1 daily=2 monthly=2",
	"within=1h hourly=2 yearly=2",
	"hourly=2 weekly=2 log=1",
	"daily=2+1d",
	"hourly=1+1d",
	"daily=2 now=-3600",
	NULL,
};
static const char *const month_policies[] = {
	"monthly=1",
	"monthly=3",
	"monthly=1mo",
	"monthly=2mo",
	"monthly=1mo1d",
	"within=1mo",
	"quarterly=2",
	"quarterly=3mo",
	"quarterly=all",
	"yearly=1",
	"yearly=2",
	"yearly=1y",
	"yearly=1y1mo",
	"yearly=all",
	"weekly=2",
	"weekly=5w",
	"daily=30d",
	"daily=3 monthly=2",
	"monthly=2 yearly=2",
	"last=1 log=30",
	NULL,
};
static const char *const zone_policies[] = {
	"hourly=1",
	"hourly=2",
	"hourly=3",
	"hourly=all",
	"hourly=20d",
	"daily=1",
	"daily=2",
	"daily=3",
	"daily=all",
	"daily=19d",
	"daily=20d",
	"daily=257d",
	"weekly=2",
	"weekly=3w",
	"monthly=2",
	"monthly=9mo",
	"yearly=1",
	"within=456h",
	"within=19d",
	"last=1 log=18",
	"last=1 log=19",
	"hourly=2 daily=2",
	NULL,
};
static const char *const batch_policies[] = {
	"last=1 any failed=0s",
	"last=1 minimum=2 any failed=0s",
	"last=1 log=1 any failed=0s",
	"last=1 minimum=0 any failed=0s",
	NULL,
};
static const char *const few_policies[] = {
	"last=1 failed=0s",
	"last=2 minimum=2",
	"daily=1 log=1",
	"daily=2 hourly=1",
	"daily=2d",
	"hourly=2+1d",
	NULL,
};

static const char *const chain_policies[] = {"last=1", "last=2 minimum=2", "daily=2 log=1", NULL};

#define FAMILY(NAME, ZONE, KINDS, TIMES, POLICIES)                        \
	{                                                                 \
		NAME, ZONE, POLICIES,                                     \
		{                                                         \
			KINDS, COUNT(KINDS), TIMES, COUNT(TIMES), NULL, 0 \
		}                                                         \
	}
static struct named {
	const char *name, *zone;
	const char *const *policies;
	struct family family;
} families[] = {
	FAMILY("kinds", "UTC", all_kinds, two_times, kind_policies),
	FAMILY("chains", "UTC", chains, three_times, kind_policies),
	FAMILY("marks", "UTC", marked, one_time, mark_policies),
	FAMILY("rules", "UTC", three_kinds, many_times, rule_policies),
	FAMILY("months", "UTC", full, months, month_policies),
	FAMILY("zones", "America/New_York", full, new_york, zone_policies),
	FAMILY("shanghai", "Asia/Shanghai", full, many_times, rule_policies),
	FAMILY("batches", "UTC", batched, two_times, batch_policies),
	FAMILY("few", "UTC", few, few_times, few_policies),
	FAMILY("plain", "UTC", full, few_times, rule_policies),
	FAMILY("chain", "UTC", chain, two_times, chain_policies),
};

static bool read_rule(const char *key, const char *value, struct spec_rule *ret)
{
	static const char *const keys[] = {
		"last", "hourly", "daily", "weekly", "monthly", "quarterly", "yearly"};
	char *end;

	*ret = (struct spec_rule){0};
	for (size_t i = 0; i < COUNT(keys); i++)
		ret->bucket = strcmp(key, keys[i]) == 0 ? (enum spec_bucket)i : ret->bucket;
	if (ret->bucket == SPEC_EACH && strcmp(key, "last") != 0 && strcmp(key, "within") != 0)
		return false;
	if (strcmp(value, "all") == 0)
		return true;
	for (const char *at = value; *at; at = end + strspn(end, "hdwmoy")) {
		int n = (int)strtol(at, &end, 10);
		ret->span = ret->span || *end != '\0';
		ret->count = *end == '\0' ? n : 0;
		ret->hours += *end == 'h' ? n : 0;
		ret->days += *end == 'd' ? n : *end == 'w' ? 7 * n : 0;
		ret->months += *end == 'm' ? n : *end == 'y' ? 12 * n : 0;
	}
	return true;
}

static int64_t seconds_of(const char *value)
{
	int64_t n = strtol(value, NULL, 10);

	return strcmp(value, "keep") == 0 ? -1
		: strchr(value, 'd')      ? n * DAY
		: strchr(value, 'h')      ? n * HOUR
					  : n;
}

/* What stands behind `key=` in the word; NULL: it is another word. */
static const char *value_of(const char *word, const char *key)
{
	size_t length = strlen(key);

	return strncmp(word, key, length) == 0 && word[length] == '=' ? word + length + 1 : NULL;
}

/* "daily: {count: 7, span: 14d} keeps what either keeps": `daily=7+14d` is two rules. */
static void read_rules(struct setup *s, char *word, char *equals)
{
	char *plus = strchr(word, '+');

	*equals = '\0';
	if (plus) {
		*plus = '\0';
		if (!read_rule(word, plus + 1, &s->rules[s->rule_count++]))
			abort();
	}
	if (!read_rule(word, equals + 1, &s->rules[s->rule_count++]))
		abort();
	*equals = '=';
	if (plus)
		*plus = '+';
}

/* Reads a word for the specification. True if the policy knows it, too. */
static bool read_word(struct setup *s, char *word)
{
	char *equals = strchr(word, '=');
	const char *v;

	s->marks = s->marks || strcmp(word, "marks") == 0;
	s->holds = s->holds || strcmp(word, "holds") == 0;
	s->any_batch = s->any_batch || strcmp(word, "any") == 0;
	if (!equals)
		return false;
	if ((v = value_of(word, "log")) != NULL) {
		s->log_days = atoi(v);
		return false;
	}
	if ((v = value_of(word, "now")) != NULL) {
		s->now_s = atoi(v);
		return false;
	}
	if ((v = value_of(word, "minimum")) != NULL)
		s->minimum = atoi(v);
	else if ((v = value_of(word, "percent")) != NULL)
		s->percent = atoi(v);
	else if ((v = value_of(word, "failed")) != NULL)
		s->failed_s = seconds_of(v);
	else
		read_rules(s, word, equals);
	return true;
}

static void read_setup(struct setup *s, const char *zone, const char *text)
{
	char words[128], known[256];
	int length =
		snprintf(known, sizeof(known), "zone=%s grace=%ds seconds=keep", zone, GRACE_S);

	*s = (struct setup){
		.name = text, .minimum = 1, .percent = 100, .log_days = -1, .failed_s = -1};
	(void)snprintf(
		words, sizeof(words), "%s failed=%s", text, strstr(text, "failed=") ? "" : "keep");
	for (char *save, *word = strtok_r(words, " ", &save); word;
		word = strtok_r(NULL, " ", &save))
		if (strcmp(word, "failed=") != 0 && read_word(s, word))
			length += snprintf(
				known + length, sizeof(known) - (size_t)length, " %s", word);
	s->policy = fixture_policy(known);
	s->policy->protected_sets = calloc(SPEC_SETS, sizeof(*s->policy->protected_sets));
}

const struct family *family_named(const char *name)
{
	for (size_t i = 0; i < COUNT(families); i++) {
		struct family *f = &families[i].family;
		if (strcmp(families[i].name, name) != 0)
			continue;
		(void)setenv("TZ", families[i].zone, 1);
		tzset();
		while (families[i].policies[f->setup_count])
			f->setup_count++;
		f->setups = calloc(f->setup_count, sizeof(*f->setups));
		for (size_t k = 0; k < f->setup_count; k++)
			read_setup(&f->setups[k], families[i].zone, families[i].policies[k]);
		return f;
	}
	return NULL;
}
