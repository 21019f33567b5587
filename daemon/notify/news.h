/* Decides what is told to whom, and when. Pure: it is fed with what is so, and with moments.
 *
 *	news_health(n, ...); ...              what is so now, as often as it is known
 *	while (news_next(n, now, &message)) { ... write news_rows() down; send message ... }
 *	news_sent(n, sink, taken, ...)        what became of it
 *
 * - A health is told when it becomes worse, is bad in another way, or is well again. Numbers that
 *   change in its text are no news.
 * - What is new waits NEWS_MERGE_S, so that one message has all that changed.
 * - A sink gets NEWS_BURST messages at once at most, and one more every NEWS_REFILL_S; what cannot
 *   be sent yet goes into the next message, as it is then. The last NEWS_RESERVE of them are for
 *   what is critical.
 * - What is critical is told, if it lasts for NEWS_MERGE_S, to everybody who wants to know it, even
 *   if it is over when that is possible at last.
 * - What a sink has taken is not told again, apart from a reminder each day of what is still
 *   critical. A message whose answer was lost is sent again: twice is better than never. */
#pragma once

#include "notify/message.h"

#define NEWS_MERGE_S 30
#define NEWS_BURST 6
#define NEWS_REFILL_S 600
#define NEWS_RESERVE 2
#define NEWS_OTHER_S 3600 /* a health that is bad in one way and another tells no oftener */
#define NEWS_REMIND_S 86400
#define NEWS_BACKOFF_S 30 /* after a first failure, then twice as long each time */
#define NEWS_BACKOFF_MOST_S 3600

struct news;

struct news_moment {
	int64_t wall_s, boot_s;
};

struct news_sink {
	const char *key;       /* by which its memory is found again: its kind and file */
	enum notify_kind kind; /* no switch */
	unsigned on;           /* 1 << enum notify_level */
	int64_t every_s;
};

struct news *news_new(void);
void news_free(struct news *n); /* accepts NULL */

/* Replaces the sinks; those that have the key of one before remember what they were told. None of
 * their messages may be under way. */
void news_set_sinks(struct news *n, const struct news_sink *sinks, size_t count);

/* The health of a cluster, or with "" of the service. `text` is "" if it is well. */
void news_health(struct news *n, const char *cluster, const char *name, enum notify_level level,
	const char *text, struct news_moment now);
/* Something that happened once. Until it is told, another of the same topic and cluster takes its
 * place. */
void news_event(struct news *n, const char *cluster, const char *name, enum notify_topic topic,
	enum notify_level level, const char *text, struct news_moment now);
/* Forgets the health of clusters that are not there. */
void news_keep(struct news *n, bool (*is_there)(void *data, const char *cluster), void *data);

struct news_message {
	size_t sink;
	struct notify_message message; /* its host is for the caller to set; all is borrowed until
					  the next call */
};
/* False: nothing is to be sent now. */
bool news_next(struct news *n, struct news_moment now, struct news_message *ret);
/* `wait_s`: not before so many seconds again, as the sink says. */
void news_sent(struct news *n, size_t sink, bool taken, int64_t wait_s, struct news_moment now);
/* In how many seconds news_next() is to be asked again, at least 1 and at most a minute. */
int64_t news_wait_s(const struct news *n, struct news_moment now);
int news_failures(const struct news *n, size_t sink); /* in a row */

/* The memory, for the state file: all that a restart has to know. */
struct news_row {
	const char *sink, *cluster, *name, *text;
	int64_t topic, level, owed, at_s;
	uint64_t shape;
};
/* True if the rows are not what they were at the last call. */
bool news_changed(struct news *n);
void news_rows(
	const struct news *n, void (*each)(void *data, const struct news_row *row), void *data);
/* After news_set_sinks(), before anything is fed. A row of a sink that is not there is dropped. */
void news_remember(struct news *n, const struct news_row *row, struct news_moment now);
