/* What the deciding part remembers over a restart. */
#include "notify/news_internal.h"

bool news_changed(struct news *n)
{
	bool changed = n->changed;

	n->changed = false;
	return changed;
}

static struct news_row row_of(const struct sink *s, const struct topic *t, const struct told *d)
{
	struct news_row r = {.sink = s->key,
		.cluster = t->cluster,
		.name = t->name,
		.text = t->text,
		.topic = (int64_t)t->topic,
		.level = (int64_t)t->level,
		.owed = d->owed,
		.at_s = t->since_s,
		.shape = d->shape};

	if (t->topic == NOTIFY_HEALTH) {
		r.level = (int64_t)d->level;
		r.at_s = d->owed ? t->critical_s : d->at_s;
		r.text = d->owed && t->critical_text ? t->critical_text : "";
	}
	return r;
}

/* What is sent again all the time need not be remembered. */
static bool is_to_keep(const struct sink *s, const struct topic *t, const struct told *d)
{
	return d->owed ||
		(t->topic == NOTIFY_HEALTH && d->level != NOTIFY_WELL && !s->format->repeats);
}

void news_rows(
	const struct news *n, void (*each)(void *data, const struct news_row *row), void *data)
{
	for (size_t i = 0; i < n->topics.count; i++)
		for (size_t k = 0; k < n->sink_count; k++) {
			const struct topic *t = n->topics.list[i];
			struct news_row row = row_of(&n->sinks[k], t, &t->told[k]);
			if (is_to_keep(&n->sinks[k], t, &t->told[k]))
				each(data, &row);
		}
}

void news_remember(struct news *n, const struct news_row *row, struct news_moment now)
{
	bool good = row->topic >= 0 && row->topic < NOTIFY_TOPIC_COUNT &&
		row->level >= NOTIFY_WELL && row->level <= NOTIFY_CRITICAL;
	size_t i = 0;
	struct topic *t;

	while (i < n->sink_count && strcmp(n->sinks[i].key, row->sink) != 0)
		i++;
	if (i == n->sink_count || !good)
		return;
	t = topics_make(
		&n->topics, row->cluster, row->name, (enum notify_topic)row->topic, n->sink_count);
	t->told[i].owed = row->owed;
	if (t->topic == NOTIFY_HEALTH) {
		t->told[i].level = (enum notify_level)row->level;
		t->told[i].shape = row->shape;
		t->told[i].at_s = row->at_s < now.wall_s ? row->at_s : now.wall_s;
		if (row->owed) {
			xstrset(&t->critical_text, row->text);
			t->critical_s = row->at_s;
		}
		return;
	}
	xstrset(&t->text, row->text);
	t->level = (enum notify_level)row->level;
	t->since_s = row->at_s;
	t->number = ++n->numbers;
}
