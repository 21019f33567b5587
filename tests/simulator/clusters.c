/* The backup policy, and the clusters. */
#include "actions.h"
#include "render.h"

#define DAY_US (86400 * SECOND_US)
#define TAGS_MAX 20

void action_describe_backup_policy(struct call *c)
{
	const struct cluster *cluster = action_cluster(c);
	const char *form = switch_value(&c->sim->switches, SW_LOG_BACKUP_VALUE);
	cJSON *body;
	bool log;

	if (!cluster)
		return;
	log = cluster->log_backup && switch_is(&c->sim->switches, SW_LOG_BACKUP, "on");
	body = call_accept(c);
	cJSON_AddStringToObject(body, "PreferredBackupPeriod", cluster->backup_period);
	cJSON_AddStringToObject(body, "PreferredBackupTime", cluster->backup_time);
	cJSON_AddNumberToObject(body, "BackupRetentionPeriod", (double)cluster->retention_days);
	cJSON_AddNumberToObject(
		body, "LogBackupRetentionPeriod", (double)cluster->log_retention_days);
	if (text_equal(form, "boolean"))
		cJSON_AddBoolToObject(body, "EnableBackupLog", log);
	else if (text_equal(form, "true"))
		cJSON_AddStringToObject(body, "EnableBackupLog", log ? "true" : "false");
	else
		cJSON_AddStringToObject(body, "EnableBackupLog", log ? "Enable" : "Disable");
}

/* HH:mm; -1 if it is not that. In minutes. */
static int read_hour(const char *s)
{
	int hour, minute;

	for (int i = 0; i < 5; i++)
		if (i == 2 ? s[i] != ':' : s[i] < '0' || s[i] > '9')
			return -1;
	hour = (s[0] - '0') * 10 + s[1] - '0';
	minute = (s[3] - '0') * 10 + s[4] - '0';
	return hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

/* "15:00Z-16:00Z": exactly one hour. */
static bool is_window(const char *s)
{
	int from, to;

	if (!s || strlen(s) != 13 || s[5] != 'Z' || s[6] != '-' || s[12] != 'Z')
		return false;
	from = read_hour(s);
	to = read_hour(s + 7);
	return from >= 0 && to >= 0 && (from + 60) % (24 * 60) == to;
}

/* At least two different days: "Monday,Thursday". */
static bool is_period(const char *s)
{
	static const char *const days[] = {
		"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
	unsigned seen = 0;

	while (*s) {
		size_t length = strcspn(s, ","), day = 0;

		while (day < 7 &&
			!(strlen(days[day]) == length && strncmp(days[day], s, length) == 0))
			day++;
		if (day == 7)
			return false;
		seen |= 1u << day;
		s += length + (s[length] == ',');
	}
	return __builtin_popcount(seen) >= 2;
}

static void refuse_parameter(struct call *c, const char *name)
{
	_cleanup_free_ char *code = xasprintf("Invalid%s.Malformed", name);

	call_refuse(c, 400, code, "The specified parameter %s is not valid.", name);
}

static void set_retention(struct call *c, struct cluster *cluster, int64_t days)
{
	cluster->retention_days = days;
	if (switch_is(&c->sim->switches, SW_RETENTION_CHANGE, "new-sets"))
		return;
	for (size_t i = 0; i < cluster->count; i++)
		cluster->sets[i]->expires_us = cluster->sets[i]->start_us + days * DAY_US;
}

void action_modify_backup_policy(struct call *c)
{
	struct cluster *cluster = action_cluster(c);
	const char *window = call_param(c, "PreferredBackupTime");
	const char *period = call_param(c, "PreferredBackupPeriod");
	const char *log_backup = call_param(c, "EnableBackupLog");
	int64_t days, log_days;

	if (!cluster)
		return;
	if (!is_window(window)) {
		refuse_parameter(c, "PreferredBackupTime");
	} else if (period && !is_period(period)) {
		refuse_parameter(c, "PreferredBackupPeriod");
	} else if (!call_number(
			   c, "BackupRetentionPeriod", 7, 730, cluster->retention_days, &days)) {
		refuse_parameter(c, "BackupRetentionPeriod");
	} else if (!call_number(c, "LogBackupRetentionPeriod", 7, 730, cluster->log_retention_days,
			   &log_days)) {
		refuse_parameter(c, "LogBackupRetentionPeriod");
	} else if (log_backup && !text_equal(log_backup, "Enable") &&
		!text_equal(log_backup, "Disable")) {
		refuse_parameter(c, "EnableBackupLog");
	} else {
		free(cluster->backup_time);
		cluster->backup_time = xstrdup(window);
		if (period) {
			free(cluster->backup_period);
			cluster->backup_period = xstrdup(period);
		}
		if (log_backup)
			cluster->log_backup = text_equal(log_backup, "Enable");
		cluster->log_retention_days = log_days;
		set_retention(c, cluster, days);
		c->effect = true;
		call_accept(c);
	}
}

static bool named_in(const char *list, const char *id)
{
	size_t length = strlen(id);

	for (; list; list = strchr(list, ',')) {
		list += *list == ',';
		if (strcspn(list, ",") == length && strncmp(list, id, length) == 0)
			return true;
	}
	return false;
}

/* Tag.1.Key, Tag.1.Value, and so on: the cluster has to have all of them; a key without a value is
 * met by any. */
static bool has_tags(const struct call *c, const struct cluster *cluster)
{
	for (int n = 1; n <= TAGS_MAX; n++) {
		_cleanup_free_ char *key_name = xasprintf("Tag.%d.Key", n);
		_cleanup_free_ char *value_name = xasprintf("Tag.%d.Value", n);
		const char *key = call_param(c, key_name), *value = call_param(c, value_name);
		const char *has = key ? fault_text(cluster->tags, key, NULL) : NULL;

		if (key && (!has || (value && !text_equal(has, value))))
			return false;
	}
	return true;
}

static bool wanted(const struct call *c, const struct cluster *cluster)
{
	const char *ids = call_param(c, "DBClusterIds");
	const char *status = call_param(c, "DBClusterStatus");
	const char *description = call_param(c, "DBClusterDescription");

	if (!text_equal(cluster->region, call_param(c, "RegionId")))
		return false;
	if (ids && !named_in(ids, cluster->id))
		return false;
	if (status && !text_equal(status, cluster->status))
		return false;
	if (description && !strstr(cluster->description, description))
		return false;
	return has_tags(c, cluster);
}

void action_describe_clusters(struct call *c)
{
	int64_t size, number, found = 0;
	cJSON *list;

	if (!call_param(c, "RegionId")) {
		call_refuse(c, 400, "MissingRegionId", "RegionId is mandatory for this action.");
		return;
	}
	if (!action_page(c, &size, &number))
		return;
	list = cJSON_CreateArray();
	for (size_t i = 0; i < c->sim->world.count; i++) {
		const struct cluster *cluster = c->sim->world.clusters[i];

		if (!wanted(c, cluster))
			continue;
		if (found >= (number - 1) * size && found < number * size)
			cJSON_AddItemToArray(list, render_cluster(cluster, call_is_2021(c), false));
		found++;
	}
	call_accept(c);
	/* Integers here, unlike in DescribeBackups: so does the vendor. */
	cJSON_AddNumberToObject(c->body, "TotalCount", (double)found);
	cJSON_AddNumberToObject(c->body, "PageNumber", (double)number);
	cJSON_AddNumberToObject(c->body, "PageSize", (double)size);
	cJSON_AddItemToObject(cJSON_AddObjectToObject(c->body, "Items"), "DBCluster", list);
}

void action_describe_cluster(struct call *c)
{
	const struct cluster *cluster = action_cluster(c);
	cJSON *list;

	if (!cluster)
		return;
	call_accept(c);
	list = cJSON_AddArrayToObject(cJSON_AddObjectToObject(c->body, "Items"), "DBCluster");
	cJSON_AddItemToArray(list, render_cluster(cluster, call_is_2021(c), true));
}
