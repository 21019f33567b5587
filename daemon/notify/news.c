/* Decides what is told to whom, and when. */
#include "notify/news.h"

#include "notify/news_internal.h"
#include "time/civil.h"

enum due { DUE_NOT, DUE_NEWS, DUE_REMINDER, DUE_IN_SILENCE };

struct news *news_new(void)
{
	return xcalloc(1, sizeof(struct news));
}

static void free_sinks(struct news *n)
{
	for (size_t i = 0; i < n->sink_count; i++)
		free(n->sinks[i].key);
	free(n->sinks);
}

void news_free(struct news *n)
{
	if (!n)
		return;
	free_sinks(n);
	for (size_t i = 0; i < n->topics.count; i++)
		topic_free(n->topics.list[i]);
	free(n->topics.list);
	free(n->lines);
	free(n);
}

/* --- topics --- */

/* Nobody has to be told anything of it. */
static bool is_over(const struct news *n, const struct topic *t)
{
	if (t->topic == NOTIFY_HEALTH && t->level > NOTIFY_WELL)
		return false;
	for (size_t i = 0; i < n->sink_count; i++) {
		const struct told *d = &t->told[i];
		if (d->owed || d->sending || d->level != NOTIFY_WELL)
			return false;
	}
	return true;
}

static void sweep(struct news *n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n->topics.count; i++)
		if (is_over(n, n->topics.list[i]))
			topic_free(n->topics.list[i]);
		else
			n->topics.list[kept++] = n->topics.list[i];
	n->topics.count = kept;
}

/* --- sinks --- */

void news_set_sinks(struct news *n, const struct news_sink *sinks, size_t count)
{
	struct sink *list = xcalloc(count, sizeof(*list));
	size_t *before = xcalloc(count, sizeof(*before)); /* its place, from 1 */

	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < n->sink_count && !before[i]; k++)
			if (strcmp(n->sinks[k].key, sinks[i].key) == 0)
				before[i] = k + 1;
		list[i] = (struct sink){.waits_boot_s = -1, .tokens = NEWS_BURST};
		if (before[i])
			list[i] = n->sinks[before[i] - 1];
		list[i].key = xstrdup(sinks[i].key);
		list[i].format = notify_formats[sinks[i].kind];
		list[i].on = sinks[i].on;
		list[i].every_s = sinks[i].every_s;
		list[i].in_flight = false;
	}
	for (size_t i = 0; i < n->topics.count; i++) {
		struct told *told = xcalloc(count, sizeof(*told));
		for (size_t k = 0; k < count; k++) {
			told[k].level = NOTIFY_WELL;
			if (before[k])
				told[k] = n->topics.list[i]->told[before[k] - 1];
			told[k].sending = false;
		}
		free(n->topics.list[i]->told);
		n->topics.list[i]->told = told;
	}
	free_sinks(n);
	free(before);
	n->sinks = list;
	n->sink_count = count;
	n->changed = true;
}

/* --- what is so --- */

void news_health(struct news *n, const char *cluster, const char *name, enum notify_level level,
	const char *text, struct news_moment now)
{
	struct topic *t = topics_find(&n->topics, cluster, NOTIFY_HEALTH);

	if (level == NOTIFY_UNKNOWN || (!t && level == NOTIFY_WELL))
		return;
	if (!t || strcmp(t->name, name) != 0)
		t = topics_make(&n->topics, cluster, name, NOTIFY_HEALTH, n->sink_count);
	if (t->level != level) {
		t->level = level;
		t->since_s = now.wall_s;
		t->since_boot_s = now.boot_s;
		t->critical_s = level == NOTIFY_CRITICAL ? now.wall_s : t->critical_s;
	}
	if (strcmp(t->text, text) != 0) {
		xstrset(&t->text, text);
		t->shape = topic_shape(text);
	}
	if (level == NOTIFY_CRITICAL && (!t->critical_text || strcmp(t->critical_text, text) != 0))
		xstrset(&t->critical_text, text);
}

static void owe(struct news *n, struct topic *t, size_t sink)
{
	t->told[sink].owed = true;
	n->changed = true;
}

static struct topic *happen(struct news *n, const char *cluster, const char *name,
	enum notify_topic topic, enum notify_level level, const char *text, int64_t wall_s)
{
	struct topic *t = topics_make(&n->topics, cluster, name, topic, n->sink_count);

	xstrset(&t->text, text);
	t->level = level;
	t->since_s = wall_s;
	t->number = ++n->numbers;
	return t;
}

void news_event(struct news *n, const char *cluster, const char *name, enum notify_topic topic,
	enum notify_level level, const char *text, struct news_moment now)
{
	struct topic *t = happen(n, cluster, name, topic, level, text, now.wall_s);

	for (size_t i = 0; i < n->sink_count; i++)
		if (sink_wants(&n->sinks[i], level))
			owe(n, t, i);
	sweep(n);
}

void news_keep(struct news *n, bool (*is_there)(void *data, const char *cluster), void *data)
{
	size_t kept = 0;

	for (size_t i = 0; i < n->topics.count; i++) {
		struct topic *t = n->topics.list[i];
		if (t->topic != NOTIFY_HEALTH || !*t->cluster || is_there(data, t->cluster)) {
			n->topics.list[kept++] = t;
			continue;
		}
		topic_free(t);
		n->changed = true;
	}
	n->topics.count = kept;
}

/* --- what is due --- */

static int64_t age_s(const struct told *d, int64_t wall_s)
{
	return wall_s > d->at_s ? wall_s - d->at_s : 0;
}

static enum due health_due(
	const struct sink *s, const struct topic *t, const struct told *d, int64_t wall_s)
{
	enum notify_level level = sink_shown(s, t->level);

	if (level != d->level)
		return level == NOTIFY_WELL && !sink_wants(s, NOTIFY_WELL) ? DUE_IN_SILENCE
									   : DUE_NEWS;
	if (level == NOTIFY_WELL)
		return DUE_NOT;
	if (s->format->repeats)
		return age_s(d, wall_s) >= s->every_s ? DUE_REMINDER : DUE_NOT;
	if (t->shape != d->shape && age_s(d, wall_s) >= NEWS_OTHER_S)
		return DUE_NEWS;
	return level == NOTIFY_CRITICAL && age_s(d, wall_s) >= NEWS_REMIND_S ? DUE_REMINDER
									     : DUE_NOT;
}

static enum due find_due(
	const struct sink *s, const struct topic *t, const struct told *d, int64_t wall_s)
{
	if (d->sending)
		return DUE_NOT;
	if (t->topic != NOTIFY_HEALTH)
		return d->owed ? DUE_NEWS : DUE_NOT;
	return t->level == NOTIFY_UNKNOWN ? DUE_NOT : health_due(s, t, d, wall_s);
}

/* It was critical, is not any more, and was not told: now it is something that happened. */
static void tell_of_past(struct news *n, struct topic *t, size_t sink, int64_t wall_s)
{
	char since[CIVIL_TEXT_SIZE];
	_cleanup_free_ char *text = NULL;

	civil_format_utc(t->critical_s, since);
	text = xasprintf("it was critical at %s, and is no longer: %s", since,
		t->critical_text ? t->critical_text : "");
	t->told[sink].owed = false;
	owe(n, happen(n, t->cluster, t->name, NOTIFY_WAS_CRITICAL, NOTIFY_CRITICAL, text, wall_s),
		sink);
}

static void settle_owed(struct news *n, size_t sink, struct news_moment now)
{
	const struct sink *s = &n->sinks[sink];

	for (size_t i = 0; i < n->topics.count; i++) {
		struct topic *t = n->topics.list[i];
		struct told *d = &t->told[sink];
		if (t->topic != NOTIFY_HEALTH || d->sending || t->level == NOTIFY_UNKNOWN)
			continue;
		if (d->owed && t->level < NOTIFY_CRITICAL)
			tell_of_past(n, t, sink, now.wall_s); /* adds a topic behind this one */
		else if (!d->owed && t->level == NOTIFY_CRITICAL && d->level != NOTIFY_CRITICAL &&
			sink_wants(s, NOTIFY_CRITICAL) &&
			now.boot_s - t->since_boot_s >= NEWS_MERGE_S)
			owe(n, t, sink);
	}
}

/* Since when there is something to tell, and whether it is urgent. */
static void look_for_news(struct news *n, struct sink *s, struct news_moment now)
{
	size_t sink = (size_t)(s - n->sinks);
	bool found = false;

	s->urgent = false;
	for (size_t i = 0; i < n->topics.count; i++) {
		struct topic *t = n->topics.list[i];
		struct told *d = &t->told[sink];
		enum due due = find_due(s, t, d, now.wall_s);
		if (due == DUE_IN_SILENCE) {
			d->level = NOTIFY_WELL;
			n->changed = true;
		} else if (due != DUE_NOT) {
			found = true;
			s->urgent |= t->level == NOTIFY_CRITICAL;
		}
	}
	if (!found)
		s->waits_boot_s = -1;
	else if (s->waits_boot_s < 0)
		s->waits_boot_s = now.boot_s;
}

/* --- the message --- */

/* The worst first, what is new before reminders, the service before clusters. */
static int by_urgency(const void *a, const void *b)
{
	const struct notify_line *x = a, *y = b;

	if (x->level != y->level)
		return x->level > y->level ? -1 : 1;
	if (x->reminder != y->reminder)
		return x->reminder ? 1 : -1;
	if (!*x->cluster != !*y->cluster)
		return *x->cluster ? 1 : -1;
	return strcmp(x->name, y->name);
}

static struct notify_line line_of(const struct sink *s, const struct topic *t, bool reminder)
{
	enum notify_level level = t->topic == NOTIFY_HEALTH ? sink_shown(s, t->level) : t->level;

	return (struct notify_line){.topic = t->topic,
		.level = level,
		.reminder = reminder,
		.cluster = t->cluster,
		.name = t->name,
		.text = t->text,
		.since_s = t->since_s};
}

/* A reminder takes along what would have its own within half a day. */
static bool goes_along(
	const struct sink *s, const struct topic *t, const struct told *d, int64_t wall_s)
{
	int64_t least_s = s->format->repeats ? 0 : NEWS_REMIND_S / 2;

	return t->topic == NOTIFY_HEALTH && !d->sending && t->level != NOTIFY_UNKNOWN &&
		d->level == sink_shown(s, t->level) && age_s(d, wall_s) >= least_s &&
		(d->level == NOTIFY_CRITICAL || (s->format->repeats && d->level == NOTIFY_WARNING));
}

static void compose(struct news *n, struct sink *s, int64_t wall_s, struct notify_message *ret)
{
	size_t sink = (size_t)(s - n->sinks), count = 0;
	bool reminds = false;

	for (size_t i = 0; i < n->topics.count; i++)
		reminds |= find_due(s, n->topics.list[i], &n->topics.list[i]->told[sink], wall_s) ==
			DUE_REMINDER;
	free(n->lines);
	n->lines = xcalloc(n->topics.count, sizeof(*n->lines));
	for (size_t i = 0; i < n->topics.count; i++) {
		struct topic *t = n->topics.list[i];
		struct told *d = &t->told[sink];
		enum due due = find_due(s, t, d, wall_s);
		if (due != DUE_NEWS && !(reminds && goes_along(s, t, d, wall_s)))
			continue;
		n->lines[count] = line_of(s, t, due != DUE_NEWS);
		ret->totals[n->lines[count++].level]++;
		d->sending = true;
		d->sent_level = sink_shown(s, t->level);
		d->sent_shape = t->shape;
		d->sent_number = t->number;
		if (t->topic == NOTIFY_HEALTH && d->sent_level == NOTIFY_CRITICAL &&
			d->level != NOTIFY_CRITICAL && !d->owed)
			owe(n, t, sink);
	}
	qsort(n->lines, count, sizeof(*n->lines), by_urgency);
	ret->lines = n->lines;
	ret->count = count < s->format->lines ? count : s->format->lines;
	ret->more = count - ret->count;
	ret->now_s = wall_s;
	ret->every_s = s->every_s;
}

bool news_next(struct news *n, struct news_moment now, struct news_message *ret)
{
	sweep(n);
	for (size_t i = 0; i < n->sink_count; i++) {
		struct sink *s = &n->sinks[i];
		settle_owed(n, i, now);
		sink_refill(s, now.boot_s);
		if (s->in_flight)
			continue;
		look_for_news(n, s, now);
		if (!sink_is_ready(s, now.wall_s, now.boot_s))
			continue;
		*ret = (struct news_message){.sink = i};
		compose(n, s, now.wall_s, &ret->message);
		sink_takes(s);
		return true;
	}
	return false;
}

static void taken_by(
	struct news *n, const struct sink *s, struct topic *t, struct told *d, int64_t wall_s)
{
	if (t->topic != NOTIFY_HEALTH) {
		d->owed = d->sent_number != t->number; /* it has happened again */
	} else {
		d->owed = d->owed && d->sent_level != NOTIFY_CRITICAL;
		d->level = d->sent_level;
		d->shape = d->sent_shape;
		d->at_s = wall_s;
	}
	n->changed |= t->topic != NOTIFY_HEALTH || !s->format->repeats;
}

void news_sent(struct news *n, size_t sink, bool taken, int64_t wait_s, struct news_moment now)
{
	struct sink *s = &n->sinks[sink];

	for (size_t i = 0; i < n->topics.count; i++) {
		struct told *d = &n->topics.list[i]->told[sink];
		if (d->sending && taken)
			taken_by(n, s, n->topics.list[i], d, now.wall_s);
		d->sending = false;
	}
	sink_sent(s, taken, wait_s, now.boot_s);
}

int64_t news_wait_s(const struct news *n, struct news_moment now)
{
	int64_t wait_s = 60;

	for (size_t i = 0; i < n->sink_count; i++) {
		int64_t left_s = sink_due_boot_s(&n->sinks[i]) - now.boot_s;
		wait_s = left_s < wait_s ? left_s : wait_s;
	}
	return wait_s > 1 ? wait_s : 1;
}

int news_failures(const struct news *n, size_t sink)
{
	return n->sinks[sink].failures;
}
