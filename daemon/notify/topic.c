/* One thing that is told. */
#include "notify/topic.h"

#include "base/digest.h"

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		c == '-' || c == ':' || c == '.' || c == '_' || c == '+';
}

static struct topic *topic_new(
	const char *cluster, enum notify_topic topic, const char *name, size_t sinks)
{
	struct topic *t = xcalloc(1, sizeof(*t));

	t->cluster = xstrdup(cluster);
	t->topic = topic;
	t->name = xstrdup(name);
	t->text = xstrdup("");
	t->told = xcalloc(sinks, sizeof(*t->told));
	for (size_t i = 0; i < sinks; i++)
		t->told[i].level = NOTIFY_WELL;
	return t;
}

void topic_free(struct topic *t)
{
	if (!t)
		return;
	free(t->cluster);
	free(t->name);
	free(t->text);
	free(t->critical_text);
	free(t->told);
	free(t);
}

static int compare(const struct topic *t, const char *cluster, enum notify_topic topic)
{
	int order = strcmp(t->cluster, cluster);

	return order ? order : (int)t->topic - (int)topic;
}

/* Where it is, or would have to be. */
static size_t place_of(const struct topics *all, const char *cluster, enum notify_topic topic)
{
	size_t low = 0, high = all->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare(all->list[middle], cluster, topic) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct topic *topics_find(const struct topics *all, const char *cluster, enum notify_topic topic)
{
	size_t i = place_of(all, cluster, topic);

	return i < all->count && compare(all->list[i], cluster, topic) == 0 ? all->list[i] : NULL;
}

struct topic *topics_make(struct topics *all, const char *cluster, const char *name,
	enum notify_topic topic, size_t sinks)
{
	size_t i = place_of(all, cluster, topic);

	if (i < all->count && compare(all->list[i], cluster, topic) == 0) {
		xstrset(&all->list[i]->name, name);
		return all->list[i];
	}
	all->list = memory_grow(all->list, &all->capacity, all->count + 1, sizeof(*all->list));
	memmove(all->list + i + 1, all->list + i, (all->count - i) * sizeof(*all->list));
	all->count++;
	return all->list[i] = topic_new(cluster, topic, name, sinks);
}

/* A word with a digit in it counts as "#", and several of them in a row as one. */
uint64_t topic_shape(const char *text)
{
	_cleanup_(text_done) struct text shape = TEXT_INIT(4096);
	bool numbers = false;

	while (*text) {
		size_t length = 0;
		bool digit = false;
		for (; is_word(text[length]); length++)
			digit |= text[length] >= '0' && text[length] <= '9';
		if (length == 0 && *text == ' ' && numbers) {
			text++;
			continue;
		}
		if (!digit)
			text_add_bytes(&shape, text, length ? length : 1);
		else if (!numbers)
			text_add(&shape, "#");
		numbers = digit;
		text += length ? length : 1;
	}
	return digest_fnv1a(shape.s ? shape.s : "");
}
