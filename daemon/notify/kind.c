/* The names of the kinds of sinks and of the levels. */
#include "notify/kind.h"

const char *const notify_kind_names[NOTIFY_KIND_COUNT] = {
	[NOTIFY_HEALTHCHECKS] = "healthchecks",
	[NOTIFY_PING] = "ping",
	[NOTIFY_WEBHOOK] = "webhook",
	[NOTIFY_DINGTALK] = "dingtalk",
	[NOTIFY_FEISHU] = "feishu",
	[NOTIFY_WECOM] = "wecom",
	[NOTIFY_SLACK] = "slack",
	[NOTIFY_NTFY] = "ntfy",
	[NOTIFY_ALERTMANAGER] = "alertmanager",
};

const char *const notify_level_names[NOTIFY_LEVEL_COUNT] = {
	[NOTIFY_UNKNOWN] = "unknown",
	[NOTIFY_WELL] = "resolved",
	[NOTIFY_WARNING] = "warning",
	[NOTIFY_CRITICAL] = "critical",
};
