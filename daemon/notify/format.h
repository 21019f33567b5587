/* The formats of sinks, a row a kind, a file a format. Sources of all of them are named there. */
#pragma once

#include "notify/answer.h"
#include "notify/message.h"
#include "notify/request.h"

enum notify_ping {
	PING_WELL,
	PING_FAIL,
	PING_TEST, /* changes nothing, where the receiver knows such a thing */
	PING_COUNT,
};

struct notify_format {
	const char *doc; /* one line of what it is */
	enum { SECRET_NONE, SECRET_OPTIONAL, SECRET_NEEDED } secret;
	const char *secret_is; /* what secret_file holds */
	bool is_switch;        /* a dead man's switch: pinged, and sent no messages */
	bool repeats;          /* what is wrong is sent again every `every`, as the receiver asks */
	bool shuns_half_hours; /* the receiver refuses more just after full and half hours */
	size_t lines;          /* at most, of a message */
	void (*make)(const struct notify_target *t, const struct notify_message *m,
		struct notify_request *ret);
	/* Of a switch. False: it has no way to say it, and silence does. */
	bool (*ping)(const struct notify_target *t, enum notify_ping ping, const char *words,
		struct notify_request *ret);
	void (*read)(const struct notify_answer *a, struct notify_outcome *ret);
};

extern const struct notify_format notify_healthchecks, notify_ping, notify_webhook, notify_dingtalk,
	notify_feishu, notify_wecom, notify_slack, notify_ntfy, notify_alertmanager;

extern const struct notify_format *const notify_formats[NOTIFY_KIND_COUNT];
