/* The table of the formats. */
#include "notify/format.h"

const struct notify_format *const notify_formats[NOTIFY_KIND_COUNT] = {
	[NOTIFY_HEALTHCHECKS] = &notify_healthchecks,
	[NOTIFY_PING] = &notify_ping,
	[NOTIFY_WEBHOOK] = &notify_webhook,
	[NOTIFY_DINGTALK] = &notify_dingtalk,
	[NOTIFY_FEISHU] = &notify_feishu,
	[NOTIFY_WECOM] = &notify_wecom,
	[NOTIFY_SLACK] = &notify_slack,
	[NOTIFY_NTFY] = &notify_ntfy,
	[NOTIFY_ALERTMANAGER] = &notify_alertmanager,
};
