/* DescribeBackupPolicy and ModifyBackupPolicy: the cloud's own backup policy of a cluster. */
#include "cloud/call.h"

#include <stdio.h>

static void read_policy(struct call *k)
{
	struct client_result result = {0};
	struct backup_policy policy;
	struct error err = {0};

	if (call_reads(k)) {
		if (reply_read_policy(k->reply, &policy, &err) < 0)
			call_spoil(k, err.text);
		else
			result.policy = &policy;
	}
	call_deliver(k, &result);
}

void client_describe_policy(struct client *c, const struct client_target *t, int64_t now_s,
	client_callback *done, void *data)
{
	static const struct action actions[] = {
		[EDITION_LAKEHOUSE] = CALL_ACTION(
			"DescribeBackupPolicy", CALL_LAKEHOUSE, "POST", false, read_policy),
		[EDITION_WAREHOUSE] = CALL_ACTION(
			"DescribeBackupPolicy", CALL_WAREHOUSE, "POST", false, read_policy),
	};
	struct call *k = call_new(c, t, &actions[t->edition], now_s, done, data);

	call_start(k, (struct sign_pair[]){{"DBClusterId", t->cluster}}, 1);
}

void client_modify_policy(struct client *c, const struct client_target *t,
	const struct backup_policy *p, int64_t now_s, client_callback *done, void *data)
{
	static const struct action actions[] = {
		[EDITION_LAKEHOUSE] = CALL_ACTION(
			"ModifyBackupPolicy", CALL_LAKEHOUSE, "POST", true, call_read_receipt),
		[EDITION_WAREHOUSE] = CALL_ACTION(
			"ModifyBackupPolicy", CALL_WAREHOUSE, "POST", true, call_read_receipt),
	};
	struct call *k = call_new(c, t, &actions[t->edition], now_s, done, data);
	char days[24], log_days[24];

	if (p->unread[0] || !p->window[0] || !p->weekdays[0] || p->days < 1) {
		call_fail(k, "Policy", "a policy that was not read whole is not sent back");
		return;
	}
	(void)snprintf(days, sizeof(days), "%lld", (long long)p->days);
	(void)snprintf(log_days, sizeof(log_days), "%lld", (long long)p->log_days);
	/* The API page gives defaults for fields that are left out: all are sent. */
	call_start(k,
		(struct sign_pair[]){{"DBClusterId", t->cluster},
			{"PreferredBackupTime", p->window}, {"PreferredBackupPeriod", p->weekdays},
			{"BackupRetentionPeriod", days},
			{"EnableBackupLog", p->log ? "Enable" : "Disable"},
			{"LogBackupRetentionPeriod", log_days}},
		p->log_days > 0 ? 6 : 5);
}
