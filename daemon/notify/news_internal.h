/* What the files of the deciding part share. Nobody outside of this folder includes it. */
#pragma once

#include "notify/news.h"
#include "notify/sink.h"
#include "notify/topic.h"

struct news {
	struct sink *sinks;
	size_t sink_count;
	struct topics topics;
	struct notify_line *lines; /* of the message at hand */
	bool changed;
	int64_t numbers;
};
