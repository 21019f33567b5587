/* The control commands about clusters and sets. */
#include "control.h"
#include "render.h"

#include <errno.h>

#define SEED_KEPT_US (730ll * 86400 * SECOND_US)

static struct cluster *find_cluster(struct simulator *s, const cJSON *args, struct error *err)
{
	const char *id = fault_text(args, "cluster", NULL);
	struct cluster *c = world_cluster(&s->world, id);

	/* The only one need not be named. */
	if (!c && !id && s->world.count == 1)
		return s->world.clusters[0];
	if (!c)
		(void)error_set(err, EINVAL, "no cluster '%s'", id ? id : "");
	return c;
}

/* A time is "2026-01-02T03:04[:05]Z", or NAME_in_s counts from now. */
static int read_time(
	const cJSON *args, const char *name, int64_t now_us, int64_t *ret_us, struct error *err)
{
	const char *text = fault_text(args, name, NULL);
	_cleanup_free_ char *relative = xasprintf("%s_in_s", name);

	if (text && !text_equal(text, "now"))
		return stamp_parse(text, ret_us) ? 0 : error_set(err, EINVAL, "%s: no time", name);
	if (text)
		*ret_us = now_us;
	else if (cJSON_GetObjectItemCaseSensitive(args, relative))
		*ret_us = now_us + fault_us(args, relative, SECOND_US, 0);
	return 0;
}

static void replace(char **field, const char *value)
{
	free(*field);
	*field = xstrdup(value);
}

static void replace_given(char **field, const cJSON *args, const char *name)
{
	const char *value = fault_text(args, name, NULL);

	if (value)
		replace(field, value);
}

int control_cluster(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	const char *id = fault_text(args, "id", NULL);
	const cJSON *tags = cJSON_GetObjectItemCaseSensitive(args, "tags");
	int64_t now_us = clock_now_us(&s->clock);
	struct cluster *c = world_cluster(&s->world, id);

	(void)out;
	if (!id)
		return error_set(err, EINVAL, "cluster: needs \"id\"");
	c = world_add_cluster(&s->world, id,
		fault_text(args, "region", c ? c->region : "cn-hangzhou"),
		fault_text(args, "status", c ? c->status : "Running"), now_us);
	replace_given(&c->description, args, "description");
	if (tags) {
		cJSON_Delete(c->tags);
		c->tags = cJSON_Duplicate(tags, true);
	}
	c->retention_days = fault_int(args, "retention_days", c->retention_days);
	c->log_retention_days = fault_int(args, "log_days", c->log_retention_days);
	c->log_backup = fault_flag(args, "log", c->log_backup);
	replace_given(&c->lock_mode, args, "lock_mode");
	replace_given(&c->lock_reason, args, "lock_reason");
	if (read_time(args, "ends", now_us, &c->ends_us, err) < 0)
		return -EINVAL;
	if (cJSON_GetObjectItemCaseSensitive(args, "schedule_s")) {
		c->schedule_us = fault_us(args, "schedule_s", SECOND_US, 0);
		c->schedule_next_us = now_us + c->schedule_us;
	}
	return 0;
}

static int set_state(struct backup *b, const cJSON *args, int64_t now_us, struct error *err)
{
	const char *state = fault_text(args, "state", NULL);

	if (!state)
		return 0;
	b->fails = text_equal(state, "failed");
	if (text_equal(state, "running"))
		b->ready_us =
			now_us + fault_us(args, "ready_in_s", SECOND_US, STAMP_NEVER - now_us);
	else if (text_equal(state, "valid") || b->fails)
		b->ready_us = INT64_MIN;
	else
		return error_set(err, EINVAL, "state: valid, failed or running");
	return 0;
}

/* The members that seed, add-set and edit-set have in common. */
static int change_set(struct backup *b, const cJSON *args, int64_t now_us, struct error *err)
{
	const cJSON *fields = cJSON_GetObjectItemCaseSensitive(args, "fields");
	const char *text;
	int status = read_time(args, "start", now_us, &b->start_us, err);

	if (status == 0)
		status = read_time(args, "end", now_us, &b->end_us, err);
	if (status == 0)
		status = read_time(args, "expires", now_us, &b->expires_us, err);
	if (status == 0)
		status = set_state(b, args, now_us, err);
	if (status < 0)
		return status;
	if ((text = fault_text(args, "type", NULL)))
		replace(&b->type, text);
	if ((text = fault_text(args, "region", NULL)))
		replace(&b->region, text);
	if ((text = fault_text(args, "parent", NULL)))
		replace(&b->parent, *text ? text : NULL);
	b->size_bytes = fault_int(args, "size", b->size_bytes);
	b->never_listed = !fault_flag(args, "listed", !b->never_listed);
	if (fields) {
		cJSON_Delete(b->fields);
		b->fields = cJSON_Duplicate(fields, true);
	}
	return 0;
}

static int add_set(struct simulator *s, struct cluster *c, const cJSON *args, int64_t start_us,
	cJSON *ids, struct error *err)
{
	int64_t now_us = clock_now_us(&s->clock), duration_us;
	const char *id = fault_text(args, "id", NULL);
	struct backup *b;

	if (id && cluster_set(c, id) && !fault_flag(args, "duplicate", false))
		return error_set(err, EINVAL, "set '%s' is there already", id);
	if (read_time(args, "start", now_us, &start_us, err) < 0)
		return -EINVAL;
	duration_us = fault_us(args, "duration_s", SECOND_US, 60 * SECOND_US);
	b = world_add_set(&s->world, c, &s->switches, id, start_us);
	b->end_us = start_us + duration_us;
	if (b->end_us > now_us && start_us <= now_us)
		b->end_us = now_us;
	b->expires_us = start_us + SEED_KEPT_US;
	cJSON_AddItemToArray(ids, cJSON_CreateString(b->id));
	return change_set(b, args, now_us, err);
}

int control_seed(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	struct cluster *c = find_cluster(s, args, err);
	const cJSON *sets = cJSON_GetObjectItemCaseSensitive(args, "sets"), *set;
	int64_t last_us = clock_now_us(&s->clock), count = fault_int(args, "count", 0);
	int64_t every_us = fault_us(args, "every_s", SECOND_US, 86400 * SECOND_US);
	cJSON *ids, *common;
	int status;

	if (!c || read_time(args, "end", last_us, &last_us, err) < 0)
		return -EINVAL;
	ids = cJSON_AddArrayToObject(out, "ids");
	cJSON_ArrayForEach (set, sets)
		if ((status = add_set(s, c, set, last_us, ids, err)) < 0)
			return status;
	/* "end" is the start of the last one here. */
	common = cJSON_Duplicate(args, true);
	cJSON_DeleteItemFromObjectCaseSensitive(common, "end");
	cJSON_DeleteItemFromObjectCaseSensitive(common, "end_in_s");
	status = 0;
	for (int64_t i = count - 1; i >= 0 && status == 0; i--)
		status = add_set(s, c, common, last_us - i * every_us, ids, err);
	cJSON_Delete(common);
	return status;
}

/* Many clusters alike: with a command for each, thousands would take minutes. */
int control_fleet(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	const char *prefix = fault_text(args, "prefix", "amv-");
	int64_t now_us = clock_now_us(&s->clock), count = fault_int(args, "count", 0);
	int64_t sets = fault_int(args, "sets", 0);
	int64_t every_us = fault_us(args, "every_s", SECOND_US, 86400 * SECOND_US);

	(void)out;
	if (count < 1)
		return error_set(err, EINVAL, "fleet: needs \"count\"");
	for (int64_t n = 1; n <= count; n++) {
		_cleanup_free_ char *id = xasprintf("%s%05lld", prefix, (long long)n);
		struct cluster *c = world_add_cluster(&s->world, id,
			fault_text(args, "region", "cn-hangzhou"), "Running", now_us);
		c->retention_days = fault_int(args, "retention_days", 730);
		for (int64_t i = sets - 1; i >= 0; i--)
			(void)world_add_set(&s->world, c, &s->switches, NULL,
				now_us - i * every_us - SECOND_US);
	}
	return 0;
}

int control_add_set(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	struct cluster *c = find_cluster(s, args, err);

	if (!c)
		return -EINVAL;
	return add_set(
		s, c, args, clock_now_us(&s->clock), cJSON_AddArrayToObject(out, "ids"), err);
}

static struct backup *find_set(struct simulator *s, const cJSON *args, struct error *err)
{
	const struct cluster *c = find_cluster(s, args, err);
	const char *id = fault_text(args, "id", NULL);
	struct backup *b = c ? cluster_set(c, id) : NULL;

	if (c && !b)
		(void)error_set(err, EINVAL, "no set '%s'", id ? id : "");
	return b;
}

int control_edit_set(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	struct backup *b = find_set(s, args, err);

	(void)out;
	return b ? change_set(b, args, clock_now_us(&s->clock), err) : -EINVAL;
}

int control_remove_set(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	struct cluster *c;
	struct backup *b;

	(void)out;
	if (!fault_flag(args, "all", false)) {
		b = find_set(s, args, err);
		if (b)
			world_remove_set(b, "removed");
		return b ? 0 : -EINVAL;
	}
	c = find_cluster(s, args, err);
	for (size_t i = 0; c && i < c->count; i++)
		if (!c->sets[i]->gone)
			world_remove_set(c->sets[i], "removed");
	return c ? 0 : -EINVAL;
}

int control_finish(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	const struct cluster *c = NULL;

	(void)out;
	if (cJSON_GetObjectItemCaseSensitive(args, "cluster") && !(c = find_cluster(s, args, err)))
		return -EINVAL;
	world_finish(&s->world, c, clock_now_us(&s->clock));
	return 0;
}

static void add_time(cJSON *object, const char *name, int64_t us)
{
	char text[STAMP_SIZE];

	if (us == STAMP_NEVER) {
		cJSON_AddNullToObject(object, name);
		return;
	}
	stamp_print(us, STAMP_SECOND, text);
	cJSON_AddStringToObject(object, name, text);
}

static cJSON *set_entry(
	const struct simulator *s, const struct cluster *c, const struct backup *b, int64_t now_us)
{
	static const char *const states[] = {
		[SET_RUNNING] = "running", [SET_VALID] = "valid", [SET_FAILED] = "failed"};
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "id", b->id);
	cJSON_AddStringToObject(o, "state", states[backup_state(b, now_us)]);
	cJSON_AddStringToObject(o, "origin", b->origin);
	cJSON_AddStringToObject(o, "type", b->type);
	cJSON_AddStringToObject(o, "region", b->region);
	cJSON_AddItemToObject(
		o, "parent", b->parent ? cJSON_CreateString(b->parent) : cJSON_CreateNull());
	add_time(o, "start", b->start_us);
	add_time(o, "end", b->end_us);
	add_time(o, "expires", b->expires_us);
	cJSON_AddItemToObject(o, "size", render_int(b->size_bytes));
	cJSON_AddBoolToObject(o, "valid", backup_counts(b, &s->switches, now_us));
	cJSON_AddBoolToObject(o, "listed", world_lists(&s->world, &s->switches, b, now_us));
	cJSON_AddBoolToObject(o, "deleting", backup_deleting(b));
	add_time(o, "gone_at", b->gone_us);
	cJSON_AddItemToObject(
		o, "gone", b->gone ? cJSON_CreateString(b->gone) : cJSON_CreateNull());
	cJSON_AddItemToObject(o, "item", render_set(s, c, b, true, now_us));
	return o;
}

cJSON *control_clusters_state(struct simulator *s, int64_t now_us)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t n = 0; n < s->world.count; n++) {
		const struct cluster *c = s->world.clusters[n];
		cJSON *o = cJSON_CreateObject(), *sets;

		cJSON_AddStringToObject(o, "id", c->id);
		cJSON_AddStringToObject(o, "region", c->region);
		cJSON_AddStringToObject(o, "status", c->status);
		cJSON_AddNumberToObject(o, "retention_days", (double)c->retention_days);
		cJSON_AddStringToObject(o, "backup_time", c->backup_time);
		cJSON_AddStringToObject(o, "backup_period", c->backup_period);
		sets = cJSON_AddArrayToObject(o, "sets");
		for (size_t i = 0; i < c->count; i++)
			cJSON_AddItemToArray(sets, set_entry(s, c, c->sets[i], now_us));
		cJSON_AddItemToArray(list, o);
	}
	return list;
}
