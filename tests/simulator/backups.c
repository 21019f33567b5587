/* CreateBackup and DescribeBackups. */
#include "actions.h"
#include "base/digest.h"
#include "render.h"

/* What the faults make of a backup that was just started. */
static void apply_fate(const struct call *c, struct backup *b)
{
	const cJSON *args;

	if ((args = fault_hit(&c->hits, FAULT_BACKUP_TAKES)))
		b->end_us = b->start_us + fault_us(args, "seconds", SECOND_US, 0);
	if ((args = fault_hit(&c->hits, FAULT_BACKUP_FAILS))) {
		b->fails = true;
		b->end_us =
			b->start_us + fault_us(args, "after_s", SECOND_US, b->end_us - b->start_us);
	}
	if (fault_hit(&c->hits, FAULT_BACKUP_STUCK))
		b->end_us = STAMP_NEVER;
	b->ready_us = b->end_us;
}

static bool may_create(struct call *c, const struct cluster *cluster)
{
	const struct switches *s = &c->sim->switches;
	const char *code;
	int status;

	if (!text_equal(cluster->status, "Running")) {
		call_refuse(c, 400, "IncorrectDBInstanceState",
			"The specified instance state does not support this operation.");
		return false;
	}
	if (switch_is(s, SW_SECOND_CREATE, "refuse") &&
		cluster_backup_running(cluster, c->now_us)) {
		code = switch_error(s, SW_ERROR_BACKUP_RUNNING, &status);
		call_refuse(
			c, status, code, "The operation is not permitted due to backup job exist.");
		return false;
	}
	return true;
}

/* True if the call is to start nothing, though it is answered well. */
static bool is_repeat(struct call *c, struct cluster *cluster)
{
	const struct switches *s = &c->sim->switches;
	const char *token = call_param(c, "ClientToken");

	if (switch_is(s, SW_SECOND_CREATE, "same") && cluster_backup_running(cluster, c->now_us))
		return true;
	if (!token || switch_is(s, SW_CLIENT_TOKEN, "ignored"))
		return false;
	if (text_equal(token, cluster->client_token))
		return true;
	free(cluster->client_token);
	cluster->client_token = xstrdup(token);
	return false;
}

void action_create_backup(struct call *c)
{
	struct simulator *s = c->sim;
	struct cluster *cluster = action_cluster(c);
	struct backup *b;

	if (!cluster || !may_create(c, cluster))
		return;
	call_accept(c);
	if (is_repeat(c, cluster) || fault_hit(&c->hits, FAULT_BACKUP_NEVER_APPEARS))
		return;
	b = world_start_backup(&s->world, cluster, &s->switches, "api", c->now_us);
	apply_fate(c, b);
	c->effect = true;
	cJSON_AddItemToArray(c->created, cJSON_CreateString(b->id));
}

struct filter {
	int64_t from_us, to_us;
	const char *id;
	bool local, remote;
	bool by_end, exclusive;
};

/* The documented form alone: minutes, UTC. */
static bool read_time(
	struct call *c, const char *name, bool required, int64_t otherwise_us, int64_t *ret_us)
{
	const char *text = call_param(c, name);
	_cleanup_free_ char *code = NULL;

	if (!text && !required) {
		*ret_us = otherwise_us;
		return true;
	}
	if (text && strlen(text) == 17 && stamp_parse(text, ret_us))
		return true;
	code = text ? xasprintf("Invalid%s.Malformed", name) : xasprintf("Missing%s", name);
	if (text)
		call_refuse(c, 400, code, "The specified %s is invalid.", name);
	else
		call_refuse(c, 400, code, "%s is mandatory for this action.", name);
	return false;
}

static bool is_too_long(const struct call *c, const struct filter *f)
{
	const char *longest = switch_value(&c->sim->switches, SW_LONGEST_WINDOW);
	int64_t days = strtoll(longest, NULL, 10);

	return days > 0 && f->from_us < f->to_us - days * INT64_C(86400) * SECOND_US;
}

static bool read_filter(struct call *c, struct filter *ret)
{
	const struct switches *s = &c->sim->switches;
	const char *remote = call_is_2021(c) ? call_param(c, "Remote") : NULL;
	bool required = call_is_2021(c);
	struct filter f = {
		.id = call_param(c, "BackupId"),
		.by_end = switch_is(s, SW_TIME_FILTER, "end"),
		.exclusive = switch_is(s, SW_TIME_FILTER_EDGES, "exclusive"),
	};

	if (!read_time(c, "StartTime", required, INT64_MIN, &f.from_us) ||
		!read_time(c, "EndTime", required, INT64_MAX, &f.to_us))
		return false;
	if (f.to_us <= f.from_us) {
		call_refuse(
			c, 400, "InvalidEndTime.Malformed", "The specified EndTime is invalid.");
		return false;
	}
	if (is_too_long(c, &f)) {
		call_refuse(c, 504, "GatewayTimeout", "The service did not answer in time.");
		return false;
	}
	if (remote && !text_equal(remote, "true") && !text_equal(remote, "false")) {
		call_refuse(c, 400, "InvalidRemote", "Specified parameter Remote is not valid.");
		return false;
	}
	f.remote = remote ? text_equal(remote, "true") : switch_is(s, SW_REMOTE_OMITTED, "all");
	f.local = !remote || text_equal(remote, "false");
	*ret = f;
	return true;
}

static bool selects(
	const struct filter *f, const struct cluster *c, const struct backup *b, int64_t now_us)
{
	bool ended = backup_state(b, now_us) != SET_RUNNING;
	int64_t t = f->by_end && ended ? b->end_us : b->start_us;
	bool local = text_equal(b->region, c->region);

	if (f->id && !text_equal(f->id, b->id))
		return false;
	if (local ? !f->local : !f->remote)
		return false;
	return f->exclusive ? t > f->from_us && t < f->to_us : t >= f->from_us && t <= f->to_us;
}

static int compare_ids(const struct backup *x, const struct backup *y)
{
	size_t a = strlen(x->id), b = strlen(y->id);

	return a != b ? (a < b ? -1 : 1) : strcmp(x->id, y->id);
}

static int by_id(const void *a, const void *b)
{
	return compare_ids(*(struct backup *const *)a, *(struct backup *const *)b);
}

static int by_start(const void *a, const void *b)
{
	const struct backup *x = *(struct backup *const *)a, *y = *(struct backup *const *)b;

	if (x->start_us != y->start_us)
		return x->start_us < y->start_us ? -1 : 1;
	return compare_ids(x, y);
}

static int by_newest(const void *a, const void *b)
{
	return by_start(b, a);
}

static int by_hash(const void *a, const void *b)
{
	uint64_t x = digest_fnv1a((*(struct backup *const *)a)->id);
	uint64_t y = digest_fnv1a((*(struct backup *const *)b)->id);

	return x != y ? (x < y ? -1 : 1) : by_id(a, b);
}

static void sort_listing(struct call *c)
{
	const char *order = switch_value(&c->sim->switches, SW_ORDER);
	int (*compare)(const void *, const void *) = text_equal(order, "newest") ? by_newest
		: text_equal(order, "oldest")                                    ? by_start
		: text_equal(order, "id")                                        ? by_id
										 : by_hash;

	qsort(c->listing, c->listing_count, sizeof(*c->listing), compare);
	if (!fault_hit(&c->hits, FAULT_RESHUFFLE))
		return;
	for (size_t i = c->listing_count; i > 1; i--) {
		size_t j = (size_t)(world_random(&c->sim->world) % i);
		struct backup *b = c->listing[i - 1];

		c->listing[i - 1] = c->listing[j];
		c->listing[j] = b;
	}
}

static void add_items(struct call *c, cJSON *list)
{
	const char *empty = switch_value(&c->sim->switches, SW_EMPTY_ITEMS);
	cJSON *items;

	if (cJSON_GetArraySize(list) > 0 || text_equal(empty, "array")) {
		items = cJSON_AddObjectToObject(c->body, "Items");
		cJSON_AddItemToObject(items, "Backup", list);
		return;
	}
	cJSON_Delete(list);
	if (text_equal(empty, "no-list"))
		cJSON_AddObjectToObject(c->body, "Items");
	else if (text_equal(empty, "null"))
		cJSON_AddNullToObject(c->body, "Items");
}

static void render_page(struct call *c, const struct cluster *cluster, int64_t size, int64_t number)
{
	const struct switches *s = &c->sim->switches;
	int64_t first = (number - 1) * size, shown, total_size = 0;
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < c->listing_count; i++) {
		if (backup_state(c->listing[i], c->now_us) == SET_VALID)
			total_size += c->listing[i]->size_bytes;
		if ((int64_t)i >= first && (int64_t)i < first + size)
			cJSON_AddItemToArray(list,
				render_set(c->sim, cluster, c->listing[i], call_is_2021(c),
					c->now_us));
	}
	shown = switch_is(s, SW_PAGE_SIZE_MEANING, "requested") ? size : cJSON_GetArraySize(list);
	call_accept(c);
	cJSON_AddItemToObject(c->body, "TotalCount", render_count(s, (int64_t)c->listing_count));
	cJSON_AddItemToObject(c->body, "PageNumber", render_count(s, number));
	cJSON_AddItemToObject(c->body, "PageSize", render_count(s, shown));
	cJSON_AddNumberToObject(c->body, "FreeBackupSize", 0);
	cJSON_AddItemToObject(c->body, "TotalBackupSize", render_int(total_size));
	add_items(c, list);
}

void action_describe_backups(struct call *c)
{
	const struct simulator *s = c->sim;
	const struct cluster *cluster = action_cluster(c);
	struct filter f;
	int64_t size, number;

	if (!cluster || !read_filter(c, &f) || !action_page(c, &size, &number))
		return;
	c->listing = xcalloc(cluster->count + 1, sizeof(struct backup *));
	for (size_t i = 0; i < cluster->count; i++) {
		struct backup *b = cluster->sets[i];

		if (world_lists(&s->world, &s->switches, b, c->now_us) &&
			selects(&f, cluster, b, c->now_us))
			c->listing[c->listing_count++] = b;
	}
	sort_listing(c);
	render_page(c, cluster, size, number);
}
