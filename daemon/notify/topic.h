/* One thing that is told, and what each sink was told of it. A part of notify/news.c. */
#pragma once

#include "notify/message.h"

/* What one sink was told. */
struct told {
	enum notify_level level; /* of a health: as told last; NOTIFY_WELL if nothing was */
	uint64_t shape;          /* ... of its text: topic_shape() */
	int64_t at_s;            /* ... when, by the wall clock; 0: never */
	bool owed;    /* it has yet to be told: of what happened once, that; of a health, that it is
			 critical, even if it is no longer */
	bool sending; /* a message that tells of this topic is under way */
	enum notify_level sent_level;
	uint64_t sent_shape;
	int64_t sent_number; /* of what happened once */
};

struct topic {
	char *cluster; /* owned; "": the service */
	enum notify_topic topic;
	char *name, *text; /* owned */
	enum notify_level level;
	uint64_t shape;
	int64_t since_s, since_boot_s; /* of the level */
	int64_t number;                /* of what happened once: which time */
	/* The last time that the health was critical, for those who are owed it. */
	char *critical_text; /* owned; NULL: it was not */
	int64_t critical_s;
	struct told *told; /* owned, one a sink */
};

void topic_free(struct topic *t); /* accepts NULL */

/* Owned, and sorted by cluster and topic. */
struct topics {
	struct topic **list;
	size_t count, capacity;
};
/* NULL if there is none. */
struct topic *topics_find(const struct topics *all, const char *cluster, enum notify_topic topic);
/* The one that is there, or a new one. It is called `name` from now on. */
struct topic *topics_make(struct topics *all, const char *cluster, const char *name,
	enum notify_topic topic, size_t sinks);

/* What a text says apart from its numbers: an age that grows is no news. */
uint64_t topic_shape(const char *text);
