/* Months of a fleet's troubles, with sinks that fail and a daemon that is killed: no storm, nothing
 * critical that is never told, nothing told twice. */
#include "../support/cmocka_all.h"

#include "base/memory.h"
#include "notify/news.h"
#include "simulation/random.h"

#include <stdio.h>

#define SEEDS 12
#define CLUSTERS 24
#define SINKS 3
#define DAY_S INT64_C(86400)
#define PLAY_S (10 * DAY_S) /* of each seed */
#define STEP_S 20
#define REST_S (2 * DAY_S) /* at the end all sinks are well */

static const struct news_sink sinks[SINKS] = {
	{"dingtalk", NOTIFY_DINGTALK, NOTIFY_ON_ALL, 300},
	{"slack", NOTIFY_SLACK, 1u << NOTIFY_CRITICAL, 300},
	{"feishu", NOTIFY_FEISHU, 1u << NOTIFY_CRITICAL | 1u << NOTIFY_WELL, 300},
};

/* One cluster, and what each sink was told of it. */
struct unit {
	char name[16];
	enum notify_level level;
	int64_t critical_since_s; /* 0: it is not */
	struct {
		bool was;    /* it was critical, and that was not told yet */
		bool unsure; /* the daemon was killed before it wrote down what it told */
		bool owed;   /* ... for so long that it has to be */
		enum notify_level told;
		int64_t told_s;
	} of[SINKS];
};

struct stored {
	char sink[16], cluster[8], text[400];
	struct news_row row;
};

struct play {
	struct random random;
	struct news *news;
	struct unit units[CLUSTERS];
	int64_t now_s, began_s;
	bool fails[SINKS];
	int day_count[SINKS], most_a_day, messages;
	int64_t day;
	struct stored *stored;
	size_t stored_count;
};

static struct news_moment moment(const struct play *p)
{
	return (struct news_moment){.wall_s = p->now_s, .boot_s = p->now_s - p->began_s};
}

static void store(void *data, const struct news_row *r)
{
	struct play *p = data;
	struct stored *s;

	p->stored = xreallocarray(p->stored, p->stored_count + 1, sizeof(*p->stored));
	s = &p->stored[p->stored_count++];
	s->row = *r;
	(void)snprintf(s->sink, sizeof(s->sink), "%s", r->sink);
	(void)snprintf(s->cluster, sizeof(s->cluster), "%s", r->cluster);
	(void)snprintf(s->text, sizeof(s->text), "%s", r->text);
}

static void write_down(struct play *p)
{
	if (!news_changed(p->news))
		return;
	free(p->stored);
	p->stored = NULL;
	p->stored_count = 0;
	news_rows(p->news, store, p);
}

/* What was not written down is gone. */
static void kill_and_start(struct play *p)
{
	news_free(p->news);
	p->news = news_new();
	news_set_sinks(p->news, sinks, SINKS);
	for (size_t i = 0; i < p->stored_count; i++) {
		struct news_row r = p->stored[i].row;
		r.sink = p->stored[i].sink;
		r.cluster = r.name = p->stored[i].cluster;
		r.text = p->stored[i].text;
		news_remember(p->news, &r, moment(p));
	}
}

static bool wants(int sink, enum notify_level level)
{
	return sinks[sink].on & 1u << level;
}

static void check_line(struct play *p, int sink, const struct notify_line *l)
{
	struct unit *u = &p->units[atoi(l->cluster + 1)];

	if (l->topic == NOTIFY_WAS_CRITICAL) {
		if (!u->of[sink].was && !u->of[sink].unsure)
			fail_msg("%s told sink %d twice that it was critical", u->name, sink);
		u->of[sink].owed = u->of[sink].was = false;
		return;
	}
	assert_true(wants(sink, l->level));
	if (l->reminder && !u->of[sink].unsure && p->now_s - u->of[sink].told_s < DAY_S / 2)
		fail_msg(
			"%s reminded of after %d s", u->name, (int)(p->now_s - u->of[sink].told_s));
	if (!l->reminder && l->level == u->of[sink].told && !u->of[sink].unsure &&
		p->now_s - u->of[sink].told_s < NEWS_OTHER_S)
		fail_msg("%s told sink %d twice", u->name, sink);
	u->of[sink].unsure = false;
	u->of[sink].told = l->level;
	u->of[sink].told_s = p->now_s;
	if (l->level == NOTIFY_CRITICAL)
		u->of[sink].owed = u->of[sink].was = false;
}

/* The test sees every line: a message has ten. */
static void check_message(struct play *p, const struct news_message *m)
{
	int sink = (int)m->sink;

	assert_true(m->message.count <= 10);
	for (int past = 1; past >= 0; past--)
		for (size_t i = 0; i < m->message.count + m->message.more; i++)
			if ((m->message.lines[i].topic == NOTIFY_WAS_CRITICAL) == past)
				check_line(p, sink, &m->message.lines[i]);
	p->day_count[sink]++;
	p->messages++;
	p->most_a_day = p->day_count[sink] > p->most_a_day ? p->day_count[sink] : p->most_a_day;
}

static void send(struct play *p, bool troubled)
{
	struct news_message m;

	while (news_next(p->news, moment(p), &m)) {
		bool killed = troubled && random_chance(&p->random, 2), taken = !p->fails[m.sink];
		write_down(p);
		if (taken)
			check_message(p, &m);
		if (killed) { /* before the answer was written down */
			for (int i = 0; i < CLUSTERS; i++)
				p->units[i].of[m.sink].unsure = true;
			kill_and_start(p);
			return;
		}
		news_sent(p->news, m.sink, taken, 0, moment(p));
		write_down(p);
	}
}

static void change(struct play *p, struct unit *u, enum notify_level level)
{
	static const char *const texts[] = {"", "", "held: deletes", "no set for"};
	char text[64];

	for (int k = 0; k < SINKS && level == NOTIFY_CRITICAL && u->level != level; k++)
		u->of[k].was = true;
	if (level == NOTIFY_CRITICAL && u->level != level)
		u->critical_since_s = p->now_s;
	for (int k = 0; k < SINKS && level != NOTIFY_CRITICAL; k++)
		if (!wants(k, NOTIFY_WELL))
			u->of[k].told = NOTIFY_WELL; /* it is not told that it ends */
	if (level != NOTIFY_CRITICAL)
		u->critical_since_s = 0;
	u->level = level;
	(void)snprintf(
		text, sizeof(text), "%s %dh", texts[level], (int)random_between(&p->random, 1, 99));
	news_health(p->news, u->name, u->name, level, text, moment(p));
}

/* Troubles come alone, in waves of the whole fleet, and as one cluster that flaps. */
static void trouble(struct play *p)
{
	if (random_between(&p->random, 0, 10000) == 0)
		kill_and_start(p);
	for (int i = 0; i < SINKS; i++)
		if (random_between(&p->random, 0, 20000) == 0)
			p->fails[i] = !p->fails[i];
	if (random_between(&p->random, 0, 20000) == 0) {
		enum notify_level wave =
			(enum notify_level)random_between(&p->random, NOTIFY_WELL, NOTIFY_CRITICAL);
		for (int i = 0; i < CLUSTERS; i++)
			change(p, &p->units[i], wave);
	}
	if (random_between(&p->random, 0, 500) == 0)
		change(p, &p->units[random_between(&p->random, 0, CLUSTERS - 1)],
			(enum notify_level)random_between(
				&p->random, NOTIFY_WELL, NOTIFY_CRITICAL));
	if (p->now_s / DAY_S % 7 == 3 && random_chance(&p->random, 200))
		change(p, &p->units[0],
			p->units[0].level == NOTIFY_CRITICAL ? NOTIFY_WELL : NOTIFY_CRITICAL);
}

/* What lasts is owed from when the deciding part has seen it last so long. */
static void note_owed(struct play *p)
{
	for (int i = 0; i < CLUSTERS; i++) {
		struct unit *u = &p->units[i];
		if (!u->critical_since_s || p->now_s - u->critical_since_s < 2 * NEWS_MERGE_S)
			continue;
		for (int k = 0; k < SINKS; k++)
			if (u->of[k].told != NOTIFY_CRITICAL)
				u->of[k].owed = true;
	}
}

static void step(struct play *p, bool troubled)
{
	p->now_s += STEP_S;
	if (p->now_s / DAY_S != p->day) {
		p->day = p->now_s / DAY_S;
		memset(p->day_count, 0, sizeof(p->day_count));
	}
	if (troubled)
		trouble(p);
	for (int i = 0; i < CLUSTERS; i++)
		if (p->units[i].level > NOTIFY_WELL || random_between(&p->random, 0, 30) == 0)
			change(p, &p->units[i], p->units[i].level);
	send(p, troubled);
	write_down(p);
	note_owed(p);
}

static void nothing_critical_is_lost_nothing_is_told_twice_and_there_is_no_storm(void **state)
{
	int messages = 0, most = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct play p = {
			.random = {seed}, .now_s = 20000 * DAY_S, .began_s = 19999 * DAY_S};
		int64_t begin_s = p.now_s;
		for (int i = 0; i < CLUSTERS; i++) {
			(void)snprintf(p.units[i].name, sizeof(p.units[i].name), "c%d", i);
			p.units[i].level = NOTIFY_WELL;
			for (int k = 0; k < SINKS; k++)
				p.units[i].of[k].told = NOTIFY_WELL;
		}
		kill_and_start(&p);
		while (p.now_s < begin_s + PLAY_S)
			step(&p, true);
		memset(p.fails, 0, sizeof(p.fails));
		for (int64_t end_s = p.now_s + REST_S; p.now_s < end_s;)
			step(&p, false);
		for (int i = 0; i < CLUSTERS; i++)
			for (int k = 0; k < SINKS; k++)
				if (p.units[i].of[k].owed)
					fail_msg("seed %d: sink %d was never told that %s was "
						 "critical",
						(int)seed, k, p.units[i].name);
		messages += p.messages;
		most = p.most_a_day > most ? p.most_a_day : most;
		news_free(p.news);
		free(p.stored);
	}
	print_message("%d messages to %d sinks, at most %d a day\n", messages, SINKS, most);
	assert_true(messages > SEEDS * 200);
	/* Each start may send a handful more. */
	assert_true(most <= 24 * 6 + 8 * NEWS_BURST);
}

TEST_FILE(notify_property)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(
		nothing_critical_is_lost_nothing_is_told_twice_and_there_is_no_storm)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
