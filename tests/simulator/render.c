/* Writes numbers as the vendor does, and lays fields over a reply. */
#include "render.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

cJSON *render_int(int64_t n)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%" PRId64, n);
	return cJSON_CreateRaw(digits);
}

cJSON *render_count(const struct switches *s, int64_t n)
{
	char digits[24];

	if (switch_is(s, SW_COUNTS, "integer"))
		return render_int(n);
	(void)snprintf(digits, sizeof(digits), "%" PRId64, n);
	return cJSON_CreateString(digits);
}

void render_patch(cJSON *object, const cJSON *fields)
{
	const cJSON *field;

	cJSON_ArrayForEach (field, fields) {
		const char *raw =
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(field, "$raw"));

		cJSON_DeleteItemFromObjectCaseSensitive(object, field->string);
		if (raw)
			cJSON_AddItemToObject(object, field->string, cJSON_CreateRaw(raw));
		else if (!cJSON_IsNull(field))
			cJSON_AddItemToObject(object, field->string, cJSON_Duplicate(field, true));
	}
}

static void add_time(cJSON *object, const char *name, int64_t us, enum stamp_form form)
{
	char text[STAMP_SIZE];

	stamp_print(us, form, text);
	cJSON_AddStringToObject(object, name, text);
}

static enum stamp_form form_of(const struct switches *s, enum switch_name name)
{
	const char *value = switch_value(s, name);

	if (text_equal(value, "local"))
		return STAMP_LOCAL;
	return text_equal(value, "second") ? STAMP_SECOND : STAMP_MINUTE;
}

static void add_end_time(
	cJSON *item, const struct simulator *s, const struct backup *b, int64_t now_us)
{
	enum stamp_form form = form_of(&s->switches, SW_TIME_FORMAT);
	const char *running = switch_value(&s->switches, SW_RUNNING_END_TIME);

	if (backup_state(b, now_us) != SET_RUNNING)
		add_time(item, "BackupEndTime", b->end_us, form);
	else if (text_equal(running, "empty"))
		cJSON_AddStringToObject(item, "BackupEndTime", "");
	else if (text_equal(running, "start"))
		add_time(item, "BackupEndTime", b->start_us, form);
	else if (text_equal(running, "future"))
		add_time(item, "BackupEndTime", now_us + 3600 * SECOND_US, form);
}

static void add_size(cJSON *item, const struct simulator *s, const struct backup *b, int64_t now_us)
{
	int64_t size = backup_state(b, now_us) == SET_VALID ? b->size_bytes : 0;
	char digits[24];

	if (switch_is(&s->switches, SW_SIZE_FORMAT, "int32"))
		size = (int32_t)(uint32_t)(uint64_t)size;
	if (switch_is(&s->switches, SW_SIZE_FORMAT, "string")) {
		(void)snprintf(digits, sizeof(digits), "%" PRId64, size);
		cJSON_AddStringToObject(item, "BackupSize", digits);
	} else {
		cJSON_AddItemToObject(item, "BackupSize", render_int(size));
	}
}

static const char *status_word(const struct simulator *s, const struct backup *b, int64_t now_us)
{
	enum set_state state = backup_state(b, now_us);

	if (backup_deleting(b) && switch_is(&s->switches, SW_DELETE_ASYNC, "status-deleting"))
		return "Deleting";
	if (state == SET_RUNNING)
		return switch_value(&s->switches, SW_STATUS_RUNNING);
	if (state == SET_VALID)
		return "Success";
	return switch_is(&s->switches, SW_STATUS_VALUES, "Success/Failed") ? "Failed" : "Failure";
}

static void add_status(
	cJSON *item, const struct simulator *s, const struct backup *b, int64_t now_us)
{
	const char *word = status_word(s, b, now_us);

	if (switch_is(&s->switches, SW_STATUS_FIELD, "absent") || text_equal(word, "absent"))
		return;
	cJSON_AddStringToObject(item, "BackupStatus",
		switch_is(&s->switches, SW_STATUS_FIELD, "empty") ? "" : word);
}

static void add_expiry(cJSON *item, const struct simulator *s, const struct backup *b)
{
	if (switch_is(&s->switches, SW_EXPIRED_FIELD, "empty"))
		cJSON_AddStringToObject(item, "BackupExpiredTime", "");
	else if (switch_is(&s->switches, SW_EXPIRED_FIELD, "present") &&
		b->expires_us != STAMP_NEVER)
		add_time(item, "BackupExpiredTime", b->expires_us,
			form_of(&s->switches, SW_EXPIRED_FORMAT));
}

/* BackupRegion and ParentBackupId are in 2021-12-01 alone. */
static void add_relations(
	cJSON *item, const struct simulator *s, const struct cluster *c, const struct backup *b)
{
	if (!text_equal(b->region, c->region) || switch_is(&s->switches, SW_REGION_FIELD, "always"))
		cJSON_AddStringToObject(item, "BackupRegion", b->region);
	if (b->parent)
		cJSON_AddStringToObject(item, "ParentBackupId", b->parent);
	else if (switch_is(&s->switches, SW_PARENT_FIELD, "empty"))
		cJSON_AddStringToObject(item, "ParentBackupId", "");
}

cJSON *render_set(const struct simulator *s, const struct cluster *c, const struct backup *b,
	bool is_2021, int64_t now_us)
{
	cJSON *item = cJSON_CreateObject();

	cJSON_AddStringToObject(item, "DBClusterId", c->id);
	cJSON_AddStringToObject(item, "BackupType", b->type);
	add_time(item, "BackupStartTime", b->start_us, form_of(&s->switches, SW_TIME_FORMAT));
	add_size(item, s, b, now_us);
	add_end_time(item, s, b, now_us);
	cJSON_AddStringToObject(item, "BackupId", b->id);
	cJSON_AddStringToObject(item, "BackupMethod", "Snapshot");
	add_expiry(item, s, b);
	add_status(item, s, b, now_us);
	if (is_2021)
		add_relations(item, s, c, b);
	render_patch(item, b->fields);
	return item;
}

static void add_strings(cJSON *item, const char *const (*pairs)[2], size_t count)
{
	for (size_t i = 0; i < count; i++)
		cJSON_AddStringToObject(item, pairs[i][0], pairs[i][1]);
}

static void add_tags(cJSON *list, const cJSON *tags)
{
	const cJSON *tag;

	cJSON_ArrayForEach (tag, tags) {
		cJSON *o = cJSON_CreateObject();

		cJSON_AddStringToObject(o, "Key", tag->string);
		cJSON_AddStringToObject(o, "Value", fault_text(tags, tag->string, ""));
		cJSON_AddItemToArray(list, o);
	}
}

cJSON *render_cluster(const struct cluster *c, bool is_2021, bool attribute)
{
	const char *const common[][2] = {
		{"DBClusterId", c->id},
		{"DBClusterDescription", c->description},
		{"DBClusterStatus", c->status},
		{"RegionId", c->region},
		{"DBClusterType", "Common"},
		{"DBClusterNetworkType", "VPC"},
		{"DBVersion", is_2021 ? "5.0" : "3.0"},
		{"Engine", "AnalyticDB"},
		{"PayType", c->ends_us ? "Prepaid" : "Postpaid"},
		{"CommodityCode", "ads"},
		{"LockMode", c->lock_mode ? c->lock_mode : "Unlock"},
		{"LockReason", c->lock_reason ? c->lock_reason : ""},
		{"Mode", "flexible"},
		{"VPCId", "vpc-test0000000000000"},
		{"VSwitchId", "vsw-test0000000000000"},
		{"ResourceGroupId", "rg-test00000000000"},
	};
	const char *const only_2021[][2] = {
		{"ComputeResource", "16ACU"},
		{"StorageResource", "24ACU"},
		{"ReservedACU", "24ACU"},
		{"ProductForm", "IntegrationForm"},
		{"ProductVersion", "EnterpriseVersion"},
	};
	const char *const only_2019[][2] = {
		{"Category", "MIXED_STORAGE"},
		{"DBNodeClass", "E8"},
	};
	_cleanup_free_ char *zone = xasprintf("%s-h", c->region);
	_cleanup_free_ char *connection = xasprintf("%s.ads.aliyuncs.com", c->id);
	cJSON *item = cJSON_CreateObject();

	add_strings(item, common, ARRAY_SIZE(common));
	if (is_2021)
		add_strings(item, only_2021, ARRAY_SIZE(only_2021));
	else
		add_strings(item, only_2019, ARRAY_SIZE(only_2019));
	cJSON_AddStringToObject(item, "ZoneId", zone);
	cJSON_AddStringToObject(item, "ConnectionString", connection);
	add_time(item, attribute ? "CreationTime" : "CreateTime", c->created_us, STAMP_SECOND);
	if (c->ends_us)
		add_time(item, "ExpireTime", c->ends_us, STAMP_SECOND);
	cJSON_AddStringToObject(
		item, "Expired", text_equal(c->lock_mode, "LockByExpiration") ? "true" : "false");
	/* A string in the list, an integer in the attributes: so does the vendor. */
	if (attribute)
		cJSON_AddNumberToObject(item, "Port", 3306);
	else
		cJSON_AddStringToObject(item, "Port", "3306");
	add_tags(cJSON_AddArrayToObject(cJSON_AddObjectToObject(item, "Tags"), "Tag"), c->tags);
	return item;
}
