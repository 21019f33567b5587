/* One message: what has changed, the worst first, and its words for people. */
#pragma once

#include "base/text.h"
#include "notify/kind.h"
#include "notify/language.h"

/* What a line is about. A topic of one subject is told in one line. */
enum notify_topic {
	NOTIFY_HEALTH,       /* as `retainctl health` says it; all others happened once */
	NOTIFY_WAS_CRITICAL, /* it was, and is no longer, and could not be told meanwhile */
	NOTIFY_COMMAND,      /* a backup or prune that a person asked for failed */
	NOTIFY_SECONDS,      /* the time that can be restored to the second became shorter */
	NOTIFY_LOWERED,      /* the cloud's retention was lowered by another hand */
	NOTIFY_TEST,         /* `retainctl notify --test` */
	NOTIFY_TOPIC_COUNT,
};
extern const char *const notify_topic_names[NOTIFY_TOPIC_COUNT];

struct notify_line {
	enum notify_topic topic;
	enum notify_level level;
	bool reminder;       /* it was told before, and is still so */
	const char *cluster; /* its id; "": it is about the service */
	const char *name;    /* the label of the cluster */
	const char *text;    /* "" with NOTIFY_WELL */
	int64_t since_s;     /* wall clock */
};

struct notify_message {
	const char *host;
	enum notify_language language;
	int64_t now_s;
	const struct notify_line *lines; /* the worst first */
	size_t count;
	size_t totals[NOTIFY_LEVEL_COUNT]; /* of all that is told, those without a line, too */
	size_t more;                       /* without a line */
	int64_t every_s;                   /* of the sink */
};

enum notify_level notify_worst(const struct notify_message *m);

/* In the language of the message: "retaind on db1: 2 critical, 1 warning, 3 well again" */
void notify_title(const struct notify_message *m, struct text *out);
/* "CRITICAL orders: no valid set younger than 1d6h" */
void notify_line_text(enum notify_language language, const struct notify_line *l, struct text *out);
/* The lines, each ended by "\n" but the last; at most `bytes`, whole lines only, and a last one
 * that counts those that are left out. */
void notify_lines(const struct notify_message *m, size_t bytes, struct text *out);
