/* The life of one backup set, from the history and from today's plan. */
#include "ctl/life.h"
#include "ctl/pager.h"

#include <stdio.h>

#define LINES_MAX 10000

/* What one cluster knows of the set. Everything is borrowed from the reply with the history, or
 * from `kept`. */
struct life {
	const char *cluster, *name, *timezone;
	const cJSON *now;      /* the set in today's plan; NULL: it is not listed */
	const cJSON **entries; /* oldest first; owned array */
	size_t count, capacity;
};

struct lives {
	const char *set;
	struct life *list;
	size_t count, capacity;
	cJSON *kept; /* owned array: what the plans say of the set */
};

static void lives_done(struct lives *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->list[i].entries);
	free(l->list);
	cJSON_Delete(l->kept);
}

static struct life *life_of(struct lives *l, const cJSON *from)
{
	const char *cluster = online_string(from, "cluster");

	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->list[i].cluster, cluster) == 0)
			return &l->list[i];
	l->list = memory_grow(l->list, &l->capacity, l->count + 1, sizeof(*l->list));
	l->list[l->count] = (struct life){.cluster = cluster,
		.name = online_string(from, "name"),
		.timezone = online_string(from, "timezone")};
	return &l->list[l->count++];
}

static void take_entries(struct lives *l, const cJSON *entries)
{
	for (int i = cJSON_GetArraySize(entries); i-- > 0;) {
		const cJSON *e = cJSON_GetArrayItem(entries, i);
		struct life *life = life_of(l, e);
		life->entries = memory_grow(
			life->entries, &life->capacity, life->count + 1, sizeof(*life->entries));
		life->entries[life->count++] = e;
	}
}

static void take_plan(const cJSON *plan, void *data)
{
	static const char *const keys[] = {"cluster", "name", "timezone"};
	struct lives *l = data;
	const cJSON *set;

	cJSON_ArrayForEach (set, json_get(plan, "sets")) {
		cJSON *kept;
		if (strcmp(online_string(set, "id"), l->set) != 0)
			continue;
		kept = cJSON_CreateObject();
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
			(void)cJSON_AddStringToObject(kept, keys[i], online_string(plan, keys[i]));
		(void)cJSON_AddItemToObject(kept, "now", cJSON_Duplicate(set, true));
		(void)cJSON_AddItemToArray(l->kept, kept);
		life_of(l, kept)->now = json_get(kept, "now");
	}
}

static void say_made(struct text *out, const cJSON *e, const struct zone *z)
{
	char slot[CIVIL_TEXT_SIZE];

	if (json_get_string(e, "slot")) {
		online_time(e, "slot", z, "", slot);
		text_printf(out, "for the slot of %s", slot);
	} else {
		text_add(out, "asked for by a person");
	}
}

static void say_entry(struct text *out, const cJSON *e, const struct zone *z)
{
	static const struct {
		const char *kind, *words;
	} rows[] = {
		{"seen", "first seen in a listing"},
		{"backup-done", "the backup is complete: "},
		{"backup-failed", "the backup failed: "},
		{"expired", "expired"},
		{"kept-again", "kept again: what it waited of its grace is forgotten"},
		{"delete-intent", "asked to be deleted"},
		{"gone", "gone: two complete listings lack it"},
		{"vanished", "no longer listed"},
	};
	const char *kind = online_string(e, "kind"), *reason = online_string(e, "reason"),
		   *plan = online_string(e, "plan");
	size_t i = 0;

	while (i < ARRAY_SIZE(rows) && strcmp(rows[i].kind, kind) != 0)
		i++;
	text_add(out, i < ARRAY_SIZE(rows) ? rows[i].words : kind);
	if (strcmp(kind, "backup-done") == 0 || strcmp(kind, "backup-failed") == 0)
		say_made(out, e, z);
	if (*reason)
		text_printf(out, ": %s", reason);
	if (*plan)
		text_printf(out, " (plan %.12s)", plan);
}

static void print_life(const struct life *l, const char *set, struct text *out)
{
	_cleanup_(zone_freep) struct zone *z = online_zone(l->timezone);
	_cleanup_(table_done) struct table t;
	char when[CIVIL_TEXT_SIZE];

	table_init(&t, 2, NULL);
	for (size_t i = 0; i < l->count; i++) {
		_cleanup_(text_done) struct text words = TEXT_INIT(65536);
		online_time(l->entries[i], "time", z, "?", when);
		say_entry(&words, l->entries[i], z);
		online_add_cell(&t, PAINT_NONE, when);
		online_add_cell(&t, PAINT_NONE, words.s ? words.s : "");
	}
	text_add(out, out->length ? "\nset " : "set ");
	online_add_text(out, set);
	text_printf(out, " of ");
	online_add_text(out, *l->name ? l->name : l->cluster);
	if (l->now) {
		online_time(l->now, "time", z, "an unknown time", when);
		text_printf(out, ", begun %s", when);
	}
	text_printf(out, ", in the zone %s\n", zone_name(z));
	table_print(&t, &(struct screen){0}, out);
	if (!l->now) {
		text_add(out, "now: not listed\n");
		return;
	}
	text_add(out, "now: ");
	online_add_text(out, online_string(l->now, "verdict"));
	text_add(out, ": ");
	online_add_text(out, online_string(l->now, "reason"));
	if (json_get_string(l->now, "expires")) {
		online_time(l->now, "expires", z, "", when);
		text_printf(out, "; expires %s", when);
	}
	text_add(out, "\n");
}

static void print_json(const struct lives *l)
{
	cJSON *root = cJSON_CreateObject(), *list;

	(void)cJSON_AddStringToObject(root, "set", l->set);
	list = cJSON_AddArrayToObject(root, "lives");
	for (size_t i = 0; i < l->count; i++) {
		const struct life *life = &l->list[i];
		cJSON *one = cJSON_CreateObject(), *entries;
		(void)cJSON_AddStringToObject(one, "cluster", life->cluster);
		(void)cJSON_AddStringToObject(one, "name", life->name);
		(void)cJSON_AddItemToObject(one, "now",
			life->now ? cJSON_Duplicate(life->now, true) : cJSON_CreateNull());
		entries = cJSON_AddArrayToObject(one, "entries");
		for (size_t k = 0; k < life->count; k++)
			(void)cJSON_AddItemToArray(
				entries, cJSON_Duplicate(life->entries[k], true));
		(void)cJSON_AddItemToArray(list, one);
	}
	online_print_json(root);
	cJSON_Delete(root);
}

static int ask_history(
	const struct online *o, const char *cluster, const char *set, struct reply *ret)
{
	_cleanup_(text_done) struct text parameters = TEXT_INIT(65536);
	struct jsonwriter w = {.out = &parameters};

	json_object_begin(&w, NULL);
	json_string(&w, "cluster", cluster);
	json_string(&w, "set", set);
	json_int(&w, "limit", LINES_MAX);
	json_object_end(&w);
	return online_call(o, "History", &parameters, ret);
}

int life_show(const struct online *o, const char *cluster, const char *set)
{
	_cleanup_(reply_done) struct reply history = {0}; /* the lives borrow from it */
	_cleanup_(text_done) struct text out = TEXT_INIT(ONLINE_OUTPUT_MAX);
	_cleanup_(lives_done) struct lives lives = {.set = set, .kept = cJSON_CreateArray()};
	int result = ask_history(o, cluster, set, &history);
	size_t unlisted;

	if (result == CTL_WELL) {
		take_entries(&lives, json_get(history.parameters, "entries"));
		result = online_plans(o, cluster, take_plan, &lives, &unlisted);
	}
	if (result != CTL_WELL)
		return result;
	if (o->json) {
		print_json(&lives);
		return CTL_WELL;
	}
	if (lives.count == 0)
		return command_failed("no set '%s' is listed, or in the history", set);
	for (size_t i = 0; i < lives.count; i++)
		print_life(&lives.list[i], set, &out);
	pager_show(&out, terminal_screen(o->wide).columns, o->no_pager);
	return CTL_WELL;
}
