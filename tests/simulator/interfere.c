/* Carries out the faults that struck a call, before or after its effect. */
#include "interfere.h"

#include "render.h"

#include <inttypes.h>
#include <stdio.h>

#define PORTAL                                                                     \
	"<!DOCTYPE html><html><head><title>Log in</title></head><body>Please log " \
	"in.</body></html>\n"

static void drop_answer(struct call *c, enum delivery delivery)
{
	cJSON_Delete(c->body);
	c->body = NULL;
	reply_set_body(&c->reply, 0, "text/plain", xstrdup(""), 0);
	c->reply.delivery = delivery;
}

static void put_text(struct call *c, const cJSON *args, const char *type, const char *text)
{
	cJSON_Delete(c->body);
	c->body = NULL;
	reply_set_body(&c->reply, (int)fault_int(args, "status", 200),
		fault_text(args, "type", type), xstrdup(text), strlen(text));
}

static void put_content(struct call *c, const cJSON *args)
{
	const char *hex = fault_text(args, "body_hex", NULL);
	size_t length = hex ? strlen(hex) / 2 : 0;

	put_text(c, args, "application/json;charset=utf-8", fault_text(args, "body", ""));
	if (!hex)
		return;
	c->reply.body = xreallocarray(c->reply.body, length + 1, 1);
	for (size_t i = 0; i < length; i++) {
		char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

		c->reply.body[i] = (char)strtoul(digits, NULL, 16);
	}
	c->reply.length = length;
}

static const char *default_code(int64_t status)
{
	switch (status) {
	case 408:
		return "AcsServerTimeOut";
	case 500:
		return "InternalError";
	case 503:
		return "ServiceUnavailable";
	default:
		return status >= 500 ? "InternalFailure" : "Forbidden";
	}
}

static void put_status(struct call *c, const cJSON *args)
{
	int64_t status = fault_int(args, "status", 503);

	call_refuse(c, (int)status, fault_text(args, "code", default_code(status)), "%s",
		fault_text(args, "message", "An error occurred while processing your request."));
}

/* The faults that may come before or after the effect. True if one of them made the reply. */
static bool strike(struct call *c, const char *when)
{
	const cJSON *args;

	if ((args = fault_hit_when(&c->hits, FAULT_RESET, when)))
		drop_answer(c,
			text_equal(fault_text(args, "how", "rst"), "close") ? DELIVER_CLOSE
									    : DELIVER_RESET);
	else if (fault_hit_when(&c->hits, FAULT_HANG, when))
		drop_answer(c, DELIVER_HANG);
	else if ((args = fault_hit_when(&c->hits, FAULT_STATUS, when)))
		put_status(c, args);
	else if ((args = fault_hit_when(&c->hits, FAULT_HTML, when)))
		put_text(c, args, "text/html", PORTAL);
	else if ((args = fault_hit_when(&c->hits, FAULT_CONTENT, when)))
		put_content(c, args);
	else
		return false;
	return true;
}

static void add_rate_limit(struct call *c, const char *name, const cJSON *args, const char *arg)
{
	int64_t ms = fault_int(args, arg, -1);
	_cleanup_free_ char *value = NULL;

	if (ms < 0)
		return;
	value = xasprintf("Limit:1,Remain:0,TimeLeft:%" PRId64 ",Reset:1234", ms);
	reply_add_header(&c->reply, name, value);
}

static void throttle(struct call *c, const cJSON *args)
{
	int64_t ms = fault_int(args, "retry_after_ms", -1);
	_cleanup_free_ char *value = NULL;

	call_refuse(c, (int)fault_int(args, "status", 400),
		fault_text(args, "code", "Throttling.User"),
		"Request was denied due to user flow control.");
	if (ms >= 0) {
		value = xasprintf("%" PRId64, ms);
		reply_add_header(&c->reply, "x-acs-retry-after", value);
	}
	add_rate_limit(c, "x-ratelimit-user-api", args, "rate_limit_ms");
	add_rate_limit(c, "x-ratelimit-user", args, "rate_limit_user_ms");
}

bool interfere_instead(struct call *c)
{
	const cJSON *args;

	if (strike(c, "before"))
		return true;
	if ((args = fault_hit(&c->hits, FAULT_THROTTLE))) {
		throttle(c, args);
		return true;
	}
	if ((args = fault_hit(&c->hits, FAULT_REFUSE))) {
		call_refuse(c, (int)fault_int(args, "status", 403),
			fault_text(args, "code", "NoPermission"), "%s",
			fault_text(args, "message",
				"You are not authorized to do this action. You should be "
				"authorized by RAM."));
		return true;
	}
	if ((args = fault_hit(&c->hits, FAULT_REDIRECT))) {
		put_text(c, args, "text/html", "");
		c->reply.status = (int)fault_int(args, "status", 302);
		reply_add_header(&c->reply, "Location",
			fault_text(args, "location", "http://127.0.0.1:9/login"));
		return true;
	}
	return false;
}

static cJSON *page_items(const struct call *c)
{
	const cJSON *items = cJSON_GetObjectItemCaseSensitive(c->body, "Items");

	return cJSON_GetObjectItemCaseSensitive(items, "Backup");
}

static void change_counts(struct call *c)
{
	const cJSON *args = fault_hit(&c->hits, FAULT_COUNT_SHRINKS);
	int64_t total = (int64_t)c->listing_count - fault_int(args, "by", 1);

	if (!cJSON_HasObjectItem(c->body, "TotalCount"))
		return;
	if (fault_hit(&c->hits, FAULT_COUNT_MISSING))
		cJSON_DeleteItemFromObjectCaseSensitive(c->body, "TotalCount");
	else if (args)
		cJSON_ReplaceItemInObjectCaseSensitive(c->body, "TotalCount",
			render_count(&c->sim->switches, total > 0 ? total : 0));
}

static void patch_set(const cJSON *args, cJSON *items)
{
	const char *id = fault_text(args, "id", NULL);
	cJSON *item = id ? NULL : cJSON_GetArrayItem(items, (int)fault_int(args, "index", 0)), *at;

	cJSON_ArrayForEach (at, items)
		if (id && text_equal(fault_text(at, "BackupId", NULL), id))
			item = at;
	if (item)
		render_patch(item, cJSON_GetObjectItemCaseSensitive(args, "fields"));
}

static void change_items(struct call *c, cJSON *items)
{
	const struct cluster *cluster =
		world_cluster(&c->sim->world, query_get(&c->params, "DBClusterId"));
	const cJSON *args = fault_hit(&c->hits, FAULT_FOREIGN_CLUSTER);

	if (args && items->child)
		cJSON_ReplaceItemInObjectCaseSensitive(items->child, "DBClusterId",
			cJSON_CreateString(fault_text(args, "id", "amv-someoneelses")));
	if ((args = fault_hit(&c->hits, FAULT_LOST_SETS)))
		for (int64_t n = fault_int(args, "sets", 1); n > 0 && items->child; n--)
			cJSON_DeleteItemFromArray(items, cJSON_GetArraySize(items) - 1);
	if (fault_hit(&c->hits, FAULT_DUPLICATE_ID) && items->child)
		cJSON_ReplaceItemInArray(items, cJSON_GetArraySize(items) - 1,
			render_set(c->sim, cluster, c->listing[0], call_is_2021(c), c->now_us));
	if ((args = fault_hit(&c->hits, FAULT_PATCH_SET)))
		patch_set(args, items);
}

static void shift(struct call *c, const cJSON *args)
{
	struct simulator *s = c->sim;
	struct cluster *cluster = world_cluster(&s->world, query_get(&c->params, "DBClusterId"));
	bool remove = text_equal(fault_text(args, "op", "add"), "remove");

	for (int64_t n = fault_int(args, "sets", 1); cluster && n > 0; n--) {
		struct backup *newest = NULL;

		if (!remove) {
			(void)world_add_set(&s->world, cluster, &s->switches, NULL, c->now_us);
			continue;
		}
		for (size_t i = 0; i < cluster->count; i++) {
			struct backup *b = cluster->sets[i];

			if (!b->gone && (!newest || b->start_us >= newest->start_us))
				newest = b;
		}
		if (newest)
			world_remove_set(newest, "removed");
	}
}

void interfere_body(struct call *c)
{
	const cJSON *args;
	cJSON *items;

	if (c->status != 200)
		return;
	change_counts(c);
	if ((items = page_items(c)))
		change_items(c, items);
	if ((args = fault_hit(&c->hits, FAULT_PATCH)))
		render_patch(c->body, cJSON_GetObjectItemCaseSensitive(args, "fields"));
	if ((args = fault_hit(&c->hits, FAULT_SHIFT)))
		shift(c, args);
}

void interfere_reply(struct call *c)
{
	const cJSON *args;
	struct reply *r = &c->reply;

	(void)strike(c, "after");
	if (c->body)
		reply_set_json(r, c->status, c->body);
	r->delay_us = fault_us(fault_hit_when(&c->hits, FAULT_LATENCY, "after"), "ms", 1000, 0);
	if ((args = fault_hit(&c->hits, FAULT_TRUNCATE))) {
		int64_t at = fault_int(args, "at", (int64_t)r->length / 2);

		r->cut = at < (int64_t)r->length;
		r->cut_at = at > 0 ? (size_t)at : 0;
		r->cut_declared = fault_flag(args, "declared", true);
	}
	if ((args = fault_hit(&c->hits, FAULT_SLOW))) {
		r->slow_bytes = (size_t)fault_int(args, "bytes", 1);
		r->slow_us = fault_us(args, "ms", 1000, 100000);
	}
	if ((args = fault_hit(&c->hits, FAULT_DATE))) {
		r->date_shift_us = fault_us(args, "shift_s", SECOND_US, 0);
		r->date_absent = fault_flag(args, "absent", false);
		r->date_raw = xstrdup(fault_text(args, "raw", NULL));
	}
}
