/* DescribeBackups: one page of sets. */
#include "cloud/reply.h"

#include "base/json.h"
#include "base/text.h"
#include "time/civil.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define EARLIEST_ZONE_S (14 * 3600) /* UTC+14 is the zone whose clocks are furthest ahead */

/* What the page is checked against, and what was read so far. */
struct reader {
	const char *cluster; /* NULL until the first set names it */
	const char *region;  /* "" does not check */
	bool remote;         /* copies in other regions are expected */
	struct page page;
	size_t index; /* of the set that is being read */
	struct error *err;
};

static int bad_field(const struct reader *rd, const char *field, const char *what)
{
	return error_set(rd->err, EBADMSG, "DescribeBackups: Items.Backup[%zu].%s %s", rd->index,
		field, what);
}

bool reply_is_set_id(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

	return n > 0 && n <= REPLY_ID_MAX && s[n] == '\0';
}

static const struct {
	const char *name;
	enum set_state state;
} states[] = {
	{"Success", SET_VALID},
	{"Succeed", SET_VALID},
	{"Succeeded", SET_VALID},
	{"Finished", SET_VALID},
	{"Completed", SET_VALID},
	{"Failed", SET_FAILED},
	{"Failure", SET_FAILED},
	{"Error", SET_FAILED},
	{"Running", SET_RUNNING},
	{"Creating", SET_RUNNING},
	{"Processing", SET_RUNNING},
	{"InProgress", SET_RUNNING},
	{"Backuping", SET_RUNNING},
	{"Backing", SET_RUNNING},
	{"Preparing", SET_RUNNING},
	{"Init", SET_RUNNING},
	{"Pending", SET_RUNNING},
	{"NoStart", SET_RUNNING}, /* these five: states of backup tasks of sister products */
	{"Checking", SET_RUNNING},
	{"Waiting", SET_RUNNING},
	{"Uploading", SET_RUNNING},
	{"Progressing", SET_RUNNING},
	{"Deleting", SET_DELETING},
	{"Deleted", SET_DELETING},
};

/* A string member; NULL if it is absent, null or empty. *ret_odd: the member is no string. */
static const char *optional_string(const cJSON *item, const char *key, bool *ret_odd)
{
	const cJSON *value = json_get(item, key);
	const char *s = cJSON_GetStringValue(value);

	*ret_odd = value && !s && !cJSON_IsNull(value);
	return s && *s ? s : NULL;
}

static void set_doubt(struct set *s, enum set_doubt doubt, const char *text, const char **ret_note)
{
	if (s->doubt != DOUBT_NONE)
		return;
	s->state = SET_UNKNOWN;
	s->doubt = (uint8_t)doubt;
	*ret_note = text;
}

/* The form of the expiry is not documented. The vendor's consoles show local time without a zone.
 * That is read as the earliest instant that it can stand for, so that a set which may be about to
 * expire is not counted on. */
static bool read_expiry(const char *text, int64_t *ret_s)
{
	_cleanup_free_ char *copy = xasprintf("%sZ", text);
	char *space = strchr(copy, ' ');

	if (civil_parse_instant(text, false, ret_s))
		return true;
	if (!space)
		return false;
	*space = 'T';
	if (!civil_parse_instant(copy, false, ret_s))
		return false;
	*ret_s -= EARLIEST_ZONE_S;
	return true;
}

static void set_duration(struct set *s, int64_t end_s)
{
	if (end_s >= s->start_s && end_s - s->start_s <= INT32_MAX)
		s->duration_s = (int32_t)(end_s - s->start_s);
}

/* Start, end and expiry. Start and end may be given to the minute or to the second: API pages of
 * different years differ. */
static void read_times(const cJSON *item, struct set *s, int64_t *ret_end_s, const char **ret_note)
{
	bool odd;
	const char *start = optional_string(item, "BackupStartTime", &odd);
	const char *end = optional_string(item, "BackupEndTime", &odd);
	const char *expires = optional_string(item, "BackupExpiredTime", &odd);
	bool bad_expiry = odd || (expires && !read_expiry(expires, &s->expires_s));

	if (!start || !civil_parse_instant(start, false, &s->start_s))
		set_doubt(s, DOUBT_TIME, start ? start : "no BackupStartTime", ret_note);
	else if (bad_expiry)
		set_doubt(s, DOUBT_TIME, expires ? expires : "BackupExpiredTime", ret_note);
	if (s->doubt != DOUBT_NONE) {
		s->start_s = SET_NO_TIME;
		s->expires_s = SET_NO_TIME;
		return;
	}
	if (end && civil_parse_instant(end, false, ret_end_s))
		set_duration(s, *ret_end_s);
}

/* The field BackupStatus is younger than the API. Without it, a set that has an end is finished. */
static void read_state(const cJSON *item, struct set *s, int64_t end_s, const char **ret_note)
{
	bool odd, ended = end_s != SET_NO_TIME && end_s >= s->start_s;
	const char *status = optional_string(item, "BackupStatus", &odd);

	if (s->doubt != DOUBT_NONE)
		return;
	if (!status && !odd) {
		s->state = ended ? SET_VALID : SET_RUNNING;
		return;
	}
	for (size_t i = 0; status && i < ARRAY_SIZE(states); i++)
		if (strcasecmp(status, states[i].name) == 0) {
			s->state = (uint8_t)states[i].state;
			return;
		}
	set_doubt(s, DOUBT_STATUS, status ? status : "not a string", ret_note);
}

static void read_region(
	const struct reader *rd, const cJSON *item, struct set *s, const char **ret_note)
{
	bool odd;
	const char *region = optional_string(item, "BackupRegion", &odd);

	if (!*rd->region || (!region && !odd && !rd->remote))
		return;
	if (odd || !region || (strcmp(region, rd->region) != 0) != rd->remote)
		set_doubt(s, DOUBT_REGION,
			region        ? region
				: odd ? "not a string"
				      : "no BackupRegion",
			ret_note);
}

/* The id of the set, of its parent and of its cluster. If one of them is odd, the whole page is
 * refused: a wrong id deletes the wrong set, and a parent that is not known is not kept (S8). */
static int read_ids(
	struct reader *rd, const cJSON *item, const char **ret_id, const char **ret_parent)
{
	bool odd;
	const char *cluster = optional_string(item, "DBClusterId", &odd);

	*ret_id = json_get_string(item, "BackupId");
	if (!*ret_id || !reply_is_set_id(*ret_id))
		return bad_field(rd, "BackupId", "is missing or is not [A-Za-z0-9._-]{1,64}");
	*ret_parent = optional_string(item, "ParentBackupId", &odd);
	if (odd || (*ret_parent && !reply_is_set_id(*ret_parent)))
		return bad_field(rd, "ParentBackupId", "is not [A-Za-z0-9._-]{1,64}");
	if (!cluster)
		return bad_field(rd, "DBClusterId", "is missing or is not a string");
	if (!rd->cluster)
		rd->cluster = cluster;
	if (strcmp(cluster, rd->cluster) != 0 && !*rd->page.foreign) {
		text_copy_printable(rd->page.foreign, sizeof(rd->page.foreign), cluster);
	}
	return 0;
}

static int read_set(struct reader *rd, const cJSON *item)
{
	struct set s = {.start_s = SET_NO_TIME,
		.expires_s = SET_NO_TIME,
		.size_bytes = -1,
		.duration_s = -1};
	const char *id = NULL, *parent = NULL, *note = NULL, *type;
	char shown[96] = "";
	int64_t end_s = SET_NO_TIME;
	int r;

	if (!cJSON_IsObject(item))
		return error_set(rd->err, EBADMSG,
			"DescribeBackups: Items.Backup[%zu] is not an object", rd->index);
	r = read_ids(rd, item, &id, &parent);
	if (r < 0)
		return r;
	read_times(item, &s, &end_s, &note);
	read_region(rd, item, &s, &note);
	read_state(item, &s, end_s, &note);
	type = json_get_string(item, "BackupType");
	if (type && strcasecmp(type, "IncrementalBackup") == 0 && !parent &&
		(s.state == SET_VALID || s.state == SET_RUNNING))
		set_doubt(&s, DOUBT_PARENT, type, &note);
	if (!json_get_int(item, "BackupSize", true, &s.size_bytes) || s.size_bytes < 0)
		s.size_bytes = -1;
	if (note)
		text_copy_printable(shown, sizeof(shown), note);
	inventory_add(&rd->page.inv, &s, id, parent, shown);
	return 0;
}

static int read_counts(struct reader *rd, const cJSON *reply)
{
	struct page *p = &rd->page;

	if (!json_get_int(reply, "TotalCount", true, &p->total) || p->total < 0)
		return error_set(rd->err, EBADMSG,
			"DescribeBackups: TotalCount is missing or is not a count");
	if (!json_get_int(reply, "PageNumber", true, &p->number) || p->number < 1)
		return error_set(rd->err, EBADMSG,
			"DescribeBackups: PageNumber is missing or is not a page's number");
	return 0;
}

/* An error body is no page, whatever else it has. */
static int check_code(const struct reader *rd, const cJSON *reply)
{
	const char *code = json_get_string(reply, "Code");
	char shown[96];

	if (!code)
		code = json_get_string(reply, "code"); /* the SDKs read both */
	if (!code || reply_code_is_success(code))
		return 0;
	text_copy_printable(shown, sizeof(shown), code);
	return error_set(rd->err, EBADMSG, "DescribeBackups: the reply is an error: %s", shown);
}

/* The list of sets; NULL if the page has none. Without sets, the list or the whole of Items may be
 * absent. */
static int find_list(const struct reader *rd, const cJSON *reply, const cJSON **ret)
{
	const cJSON *items = json_get(reply, "Items"), *backups = json_get(items, "Backup");
	bool may_lack = rd->page.total == 0;

	*ret = NULL;
	if (may_lack && (!items || cJSON_IsNull(items)))
		return 0;
	if (!cJSON_IsObject(items))
		return error_set(
			rd->err, EBADMSG, "DescribeBackups: Items is missing or is not an object");
	if (!cJSON_IsArray(backups) && !(may_lack && !backups))
		return error_set(rd->err, EBADMSG,
			"DescribeBackups: Items.Backup is missing or is not an array");
	*ret = backups;
	return 0;
}

static int read_reply(struct reader *rd, const cJSON *reply)
{
	const cJSON *list, *item;
	int r;

	if (!cJSON_IsObject(reply))
		return error_set(rd->err, EBADMSG, "DescribeBackups: the reply is not an object");
	r = check_code(rd, reply);
	if (r == 0)
		r = read_counts(rd, reply);
	if (r == 0)
		r = find_list(rd, reply, &list);
	if (r < 0)
		return r;
	cJSON_ArrayForEach (item, list) {
		r = read_set(rd, item);
		if (r < 0)
			return r;
		rd->index++;
	}
	return 0;
}

static void reader_done(struct reader *rd)
{
	page_done(&rd->page);
}

static void reader_init(
	struct reader *rd, const char *cluster, const char *region, bool remote, struct error *err)
{
	*rd = (struct reader){
		.cluster = cluster, .region = region ? region : "", .remote = remote, .err = err};
	page_init(&rd->page);
}

int reply_read_backups(const cJSON *reply, const char *cluster, const char *region, bool remote,
	struct page *ret, struct error *err)
{
	_cleanup_(reader_done) struct reader rd;
	int r;

	reader_init(&rd, cluster, region, remote, err);
	r = read_reply(&rd, reply);
	if (r < 0)
		return r;
	*ret = rd.page;
	page_init(&rd.page);
	return 0;
}

int reply_read_backups_stream(const char *body, size_t length, const char *cluster,
	const char *region, bool remote,
	int (*take)(void *data, struct page *page, struct error *err), void *data,
	struct error *err)
{
	_cleanup_free_ char *first = xstrdup(cluster); /* outlives the reply that named it */
	size_t at = 0, used;

	do {
		_cleanup_(json_deletep) cJSON *reply = NULL;
		_cleanup_(reader_done) struct reader rd;
		int r;

		reader_init(&rd, first, region, remote, err);
		r = json_parse_one(body + at, length - at, &reply, &used, err);
		if (r == 0)
			r = read_reply(&rd, reply);
		if (r < 0)
			return at > 0 ? error_add(err, "reply from byte %zu on", at) : r;
		if (!first)
			first = xstrdup(rd.cluster);
		r = take(data, &rd.page, err);
		if (r < 0)
			return r;
		at += used;
	} while (at < length);
	return 0;
}
