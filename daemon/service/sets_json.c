/* The sets of a cluster as JSON, in the form of DescribeBackups. */
#include "service/sets_json.h"

#include "service/now.h"

static const char *const statuses[] = {
	[SET_VALID] = "Success",
	[SET_RUNNING] = "Running",
	[SET_FAILED] = "Failed",
	[SET_DELETING] = "Deleting",
	[SET_UNKNOWN] = "Success", /* the doubt is about another member */
};

static void add_instant(struct jsonwriter *w, const char *key, int64_t at_s)
{
	char at[CIVIL_TEXT_SIZE];

	if (at_s == SET_NO_TIME)
		return;
	civil_format_utc(at_s, at);
	json_string(w, key, at);
}

static void add_set(
	struct jsonwriter *w, const struct policy *p, const struct inventory *inv, size_t index)
{
	const struct set *s = &inv->sets[index];
	const char *parent = set_parent(inv, index), *note = set_note(inv, index);
	bool incremental = *parent || s->doubt == DOUBT_PARENT;

	json_object_begin(w, NULL);
	json_string(w, "DBClusterId", p->cluster);
	json_string(w, "BackupId", set_id(inv, index));
	json_string(w, "BackupType", incremental ? "IncrementalBackup" : "FullBackup");
	if (*parent)
		json_string(w, "ParentBackupId", parent);
	if (s->doubt == DOUBT_TIME)
		json_string(w, "BackupStartTime", note);
	add_instant(w, "BackupStartTime", s->start_s);
	if (s->start_s != SET_NO_TIME && s->duration_s >= 0)
		add_instant(w, "BackupEndTime", s->start_s + s->duration_s);
	add_instant(w, "BackupExpiredTime", s->expires_s);
	if (s->size_bytes >= 0)
		json_int(w, "BackupSize", s->size_bytes);
	json_string(w, "BackupStatus", s->doubt == DOUBT_STATUS ? note : statuses[s->state]);
	if (s->doubt == DOUBT_REGION)
		json_string(w, "BackupRegion", note);
	else if (!p->remote)
		json_string(w, "BackupRegion", p->region);
	json_object_end(w);
}

bool sets_json(struct cluster *c, struct jsonwriter *w, const char *key)
{
	const struct inventory *inv;
	struct cycle_status s;

	cycle_wake(c->cycle);
	cycle_status(c->cycle, now_moment(), &s);
	if (!s.plan)
		return false;
	inv = s.input->inv;
	json_object_begin(w, key);
	json_string(w, "RequestId", "");
	json_int(w, "TotalCount", (int64_t)inv->count);
	json_int(w, "PageNumber", 1);
	json_int(w, "PageSize", (int64_t)inv->count);
	json_object_begin(w, "Items");
	json_array_begin(w, "Backup");
	for (size_t i = 0; i < inv->count; i++)
		add_set(w, c->policy, inv, i);
	json_array_end(w);
	json_object_end(w);
	json_object_end(w);
	cycle_rest(c->cycle);
	return true;
}
