/* DescribeBackupPolicy: the cloud's own backup policy of a cluster. */
#include "base/text.h"
#include "cloud/reply.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LOG_DAYS_LEAST 7 /* LogBackupRetentionPeriod, as ModifyBackupPolicy takes it */
#define LOG_DAYS_MOST 730

static void unread(struct backup_policy *p, const char *field, const char *why)
{
	if (!p->unread[0])
		(void)snprintf(p->unread, sizeof(p->unread), "%s %s", field, why);
}

static bool is_weekday(const char *s, size_t length, unsigned *seen)
{
	static const char *const names[] = {
		"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == length && strncmp(names[i], s, length) == 0) {
			bool again = *seen & 1u << i;
			*seen |= 1u << i;
			return !again;
		}
	return false;
}

/* "Tuesday,Friday": each day once, in any order. */
static bool is_period(const char *s)
{
	unsigned seen = 0;

	for (;;) {
		size_t length = strcspn(s, ",");
		if (!is_weekday(s, length, &seen))
			return false;
		if (!s[length])
			return true;
		s += length + 1;
	}
}

static bool is_minute(const char *s)
{
	unsigned hour, minute;
	size_t digits = strspn(s, "0123456789");

	if (digits != 2 || s[2] != ':' || strspn(s + 3, "0123456789") != 2)
		return false;
	hour = (unsigned)(s[0] - '0') * 10 + (unsigned)(s[1] - '0');
	minute = (unsigned)(s[3] - '0') * 10 + (unsigned)(s[4] - '0');
	return hour < 24 && minute < 60;
}

/* "15:00Z-16:00Z" */
static bool is_window(const char *s)
{
	return strlen(s) == 13 && is_minute(s) && s[5] == 'Z' && s[6] == '-' && is_minute(s + 7) &&
		s[12] == 'Z';
}

static void read_when(const cJSON *reply, struct backup_policy *p)
{
	const char *weekdays = json_get_string(reply, "PreferredBackupPeriod");
	const char *window = json_get_string(reply, "PreferredBackupTime");

	if (weekdays && is_period(weekdays))
		text_copy_printable(p->weekdays, sizeof(p->weekdays), weekdays);
	else
		unread(p, "PreferredBackupPeriod", "is missing or is not a list of weekdays");
	if (window && is_window(window))
		text_copy_printable(p->window, sizeof(p->window), window);
	else
		unread(p, "PreferredBackupTime", "is missing or is not HH:mmZ-HH:mmZ");
}

static void read_log(const cJSON *reply, struct backup_policy *p)
{
	const char *log = json_get_string(reply, "EnableBackupLog");
	bool on;

	if (!json_get_bool(reply, "EnableBackupLog", &on)) {
		on = log && (strcasecmp(log, "Enable") == 0 || strcasecmp(log, "true") == 0);
		if (!on &&
			!(log &&
				(strcasecmp(log, "Disable") == 0 ||
					strcasecmp(log, "false") == 0))) {
			unread(p, "EnableBackupLog", "is missing or is neither Enable nor Disable");
			return;
		}
	}
	p->log = on;
	if (json_get_int(reply, "LogBackupRetentionPeriod", true, &p->log_days) &&
		p->log_days >= LOG_DAYS_LEAST && p->log_days <= LOG_DAYS_MOST)
		return;
	p->log_days = 0;
	if (on)
		unread(p, "LogBackupRetentionPeriod", "is missing or is not 7 to 730 days");
}

int reply_read_policy(const cJSON *reply, struct backup_policy *ret, struct error *err)
{
	struct backup_policy got = {0};

	if (!cJSON_IsObject(reply) || reply_read_error(reply, NULL, &(struct answer){0}))
		return error_set(err, EBADMSG, "DescribeBackupPolicy: the reply is an error");
	if (!json_get_int(reply, "BackupRetentionPeriod", true, &got.days) || got.days < 1)
		return error_set(err, EBADMSG,
			"DescribeBackupPolicy: BackupRetentionPeriod is missing or is not a number "
			"of days");
	read_when(reply, &got);
	read_log(reply, &got);
	*ret = got;
	return 0;
}
