/* retainctl restore: the way back to a moment, as commands to type. Changes nothing. */
#include "ctl/amount.h"
#include "ctl/files.h"
#include "ctl/online.h"
#include "ctl/pager.h"
#include "ctl/report_words.h"
#include "policyfile/cloudnames.h"
#include "time/duration.h"

#include <inttypes.h>
#include <stdio.h>

#define TO_FILL_IN "FILL-IN" /* where the source has no value */
#define CALL_S 150           /* a call to the cloud, with all that it waits for */

/* What the command takes from the source, by DescribeDBClusterAttribute of 2021-12-01: parameters
 * of CreateDBCluster of the same version, and the arguments of the Terraform provider, whose names
 * nobody could try against it. `needed`: where the source has no value, the command says so.
 * `form`: only where ProductForm is this one. */
static const struct parameter {
	const char *name, *argument;
	bool needed;
	const char *form;
} parameters[] = {
	{"ZoneId", "zone_id", true, NULL},
	{"VPCId", "vpc_id", true, NULL},
	{"VSwitchId", "vswitch_id", true, NULL},
	{"SecondaryZoneId", "secondary_zone_id", false, NULL},
	{"SecondaryVSwitchId", "secondary_vswitch_id", false, NULL},
	{"ProductForm", "product_form", true, NULL},
	{"ProductVersion", "product_version", true, "IntegrationForm"},
	{"ReservedNodeSize", "reserved_node_size", true, "IntegrationForm"},
	{"ReservedNodeCount", "reserved_node_count", true, "IntegrationForm"},
	{"StorageResource", "storage_resource", true, "LegacyForm"},
	{"ComputeResource", "compute_resource", true, "LegacyForm"},
	{"DiskEncryption", "disk_encryption", false, NULL},
	{"KmsId", "kms_id", false, NULL},
	{"ResourceGroupId", "resource_group_id", false, NULL},
};

struct way {
	struct online online;
	const char *cluster; /* the word that was typed */
	const char *at, *id; /* --at, --set */
	int64_t at_s;        /* 0: the newest set */
	struct reply sets, attribute;
	cJSON *plan, *body; /* owned; body NULL: the cloud was not asked, or gave no answer */
	const cJSON *source;
	const cJSON *set, *next; /* of the sets; NULL: there is none */
	int64_t second_since_s;  /* 0: no moment can be restored to the second */
	bool warehouse, to_the_second;
};

static void way_done(struct way *w)
{
	reply_done(&w->sets);
	reply_done(&w->attribute);
	cJSON_Delete(w->plan);
	cJSON_Delete(w->body);
}

static int64_t began_s(const cJSON *set)
{
	int64_t at_s = INT64_MIN;

	(void)report_instant(set, "BackupStartTime", &at_s);
	return at_s;
}

static void take_plan(const cJSON *plan, void *data)
{
	struct way *w = data;

	cJSON_Delete(w->plan);
	w->plan = cJSON_Duplicate(plan, true);
}

/* A set that is finished and that the plan does not doubt. */
static bool can_be_restored(const struct way *w, const cJSON *set)
{
	const char *id = online_string(set, "BackupId");
	const cJSON *judged;

	if (strcmp(online_string(set, "BackupStatus"), "Success") != 0 || began_s(set) == INT64_MIN)
		return false;
	cJSON_ArrayForEach (judged, json_get(w->plan, "sets")) {
		const char *verdict = online_string(judged, "verdict");
		if (strcmp(online_string(judged, "id"), id) == 0)
			return strcmp(verdict, "quarantine") != 0 &&
				strcmp(verdict, "deleting") != 0;
	}
	return false;
}

static bool is_better(const struct way *w, const cJSON *set)
{
	if (w->id)
		return strcmp(online_string(set, "BackupId"), w->id) == 0;
	return (w->at_s == 0 || began_s(set) < w->at_s) &&
		(!w->set || began_s(set) > began_s(w->set));
}

static void choose(struct way *w)
{
	const cJSON *sets = json_get(
			    json_get(json_get(w->sets.parameters, "reply"), "Items"), "Backup"),
		    *set;

	cJSON_ArrayForEach (set, sets)
		if (can_be_restored(w, set) && is_better(w, set))
			w->set = set;
	cJSON_ArrayForEach (set, sets)
		if (w->set && can_be_restored(w, set) && began_s(set) > began_s(w->set) &&
			(!w->next || began_s(set) < began_s(w->next)))
			w->next = set;
	if (!report_instant(w->plan, "second_since", &w->second_since_s))
		w->second_since_s = 0;
	w->to_the_second = w->at_s && w->second_since_s && w->at_s >= w->second_since_s;
}

/* The source as the cloud describes it. Without an answer the names stand for the values. */
static void describe_source(struct way *w)
{
	_cleanup_(text_done) struct text ask = TEXT_INIT(65536);
	struct jsonwriter json = {.out = &ask};
	struct online online = w->online;
	struct error err = {0};
	const char *body;

	json_object_begin(&json, NULL);
	json_string(&json, "cluster", w->cluster);
	json_string(&json, "action", "DescribeDBClusterAttribute");
	json_int(&json, "page", 1);
	json_object_end(&json);
	online.timeout_s = CALL_S;
	if (online_ask(&online, "Record", ask.s, &w->attribute, &err) < 0)
		return;
	body = json_get_string(w->attribute.parameters, "body");
	if (body && json_parse(body, strlen(body), &w->body, NULL) == 0)
		w->source =
			cJSON_GetArrayItem(json_get(json_get(w->body, "Items"), "DBCluster"), 0);
}

/* Owned by the caller; NULL: the cloud named none, or one that no command could carry. */
static char *value_of(const struct way *w, const char *name)
{
	const cJSON *value = json_get(w->source, name);
	const char *text = json_get_string(w->source, name);

	if (cJSON_IsNumber(value))
		return xasprintf("%" PRId64, online_int(w->source, name));
	return text && *text && *text != '-' ? text_printable(text) : NULL;
}

/* Whether the command has this parameter; *ret_value (owned by the caller) may be NULL even so. */
static bool takes(const struct way *w, const struct parameter *p, char **ret_value)
{
	const char *form = json_get_string(w->source, "ProductForm");

	if (p->form && (!form || strcmp(form, p->form) != 0))
		return false;
	*ret_value = value_of(w, p->name);
	return *ret_value || p->needed;
}

static const char *region_of(const struct way *w)
{
	const char *region = json_get_string(w->source, "RegionId");

	return region && *region ? region : online_string(w->set, "BackupRegion");
}

static void add_option(struct text *out, const char *name, const char *value)
{
	text_printf(out, " \\\n    --%s ", name);
	command_add_word(out, value);
}

static void add_what(const struct way *w, void (*add)(struct text *, const char *, const char *),
	struct text *out, const char *const names[4])
{
	char second[CIVIL_TEXT_SIZE];

	add(out, names[0], w->to_the_second ? "timepoint" : "backup");
	add(out, names[1], online_string(w->sets.parameters, "cluster"));
	if (w->to_the_second) {
		civil_format_utc(w->at_s, second);
		add(out, names[2], second);
	} else {
		add(out, names[3], online_string(w->set, "BackupId"));
	}
}

static void add_cli(const struct way *w, struct text *out)
{
	static const char *const names[4] = {
		"RestoreType", "SourceDbClusterId", "RestoreToTime", "BackupSetId"};
	_cleanup_free_ char *endpoint = xasprintf("adb.%s.aliyuncs.com", region_of(w));

	text_add(out, "  aliyun adb CreateDBCluster --version 2021-12-01 --force");
	add_option(out, "endpoint", endpoint);
	add_option(out, "RegionId", region_of(w));
	add_option(out, "DBClusterVersion", "5.0");
	add_option(out, "PayType", "Postpaid");
	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++) {
		_cleanup_free_ char *value = NULL;
		if (takes(w, &parameters[i], &value))
			add_option(out, parameters[i].name, value ? value : TO_FILL_IN);
	}
	add_what(w, add_option, out, names);
	text_add(out, "\n");
}

/* A text of HCL, in which `${` and `%{` begin a template. */
static void add_argument(struct text *out, const char *name, const char *value)
{
	text_printf(out, "    %s = \"", name);
	for (const char *s = value; *s; s++) {
		if (*s == '"' || *s == '\\')
			text_add(out, "\\");
		else if ((*s == '$' || *s == '%') && s[1] == '{')
			text_add_bytes(out, s, 1);
		text_add_bytes(out, s, 1);
	}
	text_add(out, "\"\n");
}

static void add_terraform(const struct way *w, struct text *out)
{
	static const char *const names[4] = {
		"restore_type", "source_db_cluster_id", "restore_to_time", "backup_set_id"};

	text_add(out,
		"  resource \"alicloud_adb_db_cluster_lake_version\" \"restored\" {\n"
		"    db_cluster_version = \"5.0\"\n    payment_type = \"PayAsYouGo\"\n");
	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++) {
		_cleanup_free_ char *value = NULL;
		if (takes(w, &parameters[i], &value))
			add_argument(out, parameters[i].argument, value ? value : TO_FILL_IN);
	}
	add_what(w, add_argument, out, names);
	text_add(out,
		"    lifecycle {\n      ignore_changes = [restore_type, source_db_cluster_id, "
		"restore_to_time, backup_set_id]\n    }\n  }\n");
}

static void add_set(const struct way *w, const char *head, const cJSON *set, const struct zone *z,
	struct text *out)
{
	int64_t at_s = began_s(set), apart_s = w->at_s - at_s;
	char apart[DURATION_TEXT_SIZE];

	text_add(out, head);
	online_add_text(out, online_string(set, "BackupId"));
	text_add(out, ", begun ");
	files_add_minute(out, z, at_s);
	text_add(out, " (");
	online_add_text(out, online_string(w->sets.parameters, "timezone"));
	text_add(out, ")");
	if (json_get(set, "BackupSize")) {
		text_add(out, ", ");
		amount_add_size(out, online_int(set, "BackupSize"));
	}
	if (w->at_s) {
		duration_format_seconds(apart_s < 0 ? -apart_s : apart_s, apart);
		text_printf(out, ", %s %s the moment asked for", apart,
			apart_s < 0 ? "after" : "before");
	}
	text_add(out, "\n");
}

static void add_seconds(const struct way *w, const struct zone *z, struct text *out)
{
	char since[CIVIL_TEXT_SIZE] = "";

	if (w->second_since_s)
		zone_format(z, w->second_since_s, since);
	if (w->to_the_second)
		text_printf(out, "To the second: yes, every moment since %s\n", since);
	else if (w->second_since_s)
		text_printf(out, "To the second: %s since %s (name a moment: --at TIME)\n",
			w->at_s ? "not then, only" : "every moment", since);
	else
		text_add(out, "To the second: no moment; only what the sets hold\n");
}

static void add_proof(const struct way *w, const struct zone *z, struct text *out)
{
	const cJSON *proof = json_get(w->sets.parameters, "proved");
	char at[CIVIL_TEXT_SIZE];

	if (!cJSON_IsObject(proof)) {
		text_add(out, "Last proven restore: none (`retainctl proved` notes one)\n");
		return;
	}
	online_time(proof, "at", z, "?", at);
	text_printf(out, "Last proven restore: %s, set ", at);
	online_add_text(out, online_string(proof, "set"));
	text_add(out, ", by ");
	online_add_text(out, online_string(proof, "by"));
	text_add(out, "\n");
}

static void add_after(const struct way *w, struct text *out)
{
	text_add(out,
		"\nAfterwards\n"
		"  The new cluster lets nobody in: the IP whitelist is not copied.\n"
		"  Accounts and passwords are.\n"
		"  It has an endpoint of its own: applications have to be pointed at it.\n"
		"  It costs as much as any cluster of its size until it is deleted.\n"
		"  External tables and lake storage are in no set.\n"
		"Until then, let the source keep what it has:\n  retainctl hold ");
	command_add_word(out, online_string(w->sets.parameters, "cluster"));
	text_add(out, " --reason restore\nWhen the data is there, note it:\n  retainctl proved ");
	command_add_word(out, online_string(w->sets.parameters, "cluster"));
	text_add(out, " ");
	command_add_word(out, online_string(w->set, "BackupId"));
	text_add(out, " --by YOU\n");
}

static void add_commands(const struct way *w, struct text *out)
{
	if (w->warehouse) {
		text_add(out,
			"\nIn the console (the API's parameters for restoring a Warehouse cluster "
			"are reserved)\n"
			"  Clusters > the cluster > Backup and Restoration > this set\n");
		return;
	}
	text_add(out, "\nWith the aliyun CLI (it makes a new cluster, and costs money)\n");
	add_cli(w, out);
	text_add(out, "\nOr with Terraform\n");
	add_terraform(w, out);
	text_add(out,
		w->source ? "\nThe values are those of the source."
			  : "\nThe cloud did not describe the source.");
	text_add(out, strstr(out->s, TO_FILL_IN) ? " Replace each " TO_FILL_IN ".\n" : "\n");
	text_add(out,
		"Nobody could try this against the cloud yet. Not documented are: the names of\n"
		"Terraform's arguments, whether a set that is built on another restores alone,\n"
		"and how small the new cluster may be.\n");
}

static void print(const struct way *w)
{
	_cleanup_(zone_freep) struct zone *z =
		online_zone(online_string(w->sets.parameters, "timezone"));
	_cleanup_(text_done) struct text out = TEXT_INIT(1 << 20);

	online_add_cluster(&out, w->sets.parameters);
	text_add(&out, ": nothing is changed by this command\n");
	add_set(w, "Set: ", w->set, z, &out);
	if (w->next)
		add_set(w, "The next one: ", w->next, z, &out);
	add_seconds(w, z, &out);
	add_proof(w, z, &out);
	add_commands(w, &out);
	add_after(w, &out);
	pager_show(&out, terminal_screen(false).columns, w->online.no_pager);
}

static void print_json(const struct way *w)
{
	_cleanup_(text_done) struct text cli = TEXT_INIT(65536), hcl = TEXT_INIT(65536);
	cJSON *out = cJSON_CreateObject();

	if (!w->warehouse) {
		add_cli(w, &cli);
		add_terraform(w, &hcl);
	}
	(void)cJSON_AddStringToObject(out, "cluster", online_string(w->sets.parameters, "cluster"));
	(void)cJSON_AddStringToObject(out, "name", online_string(w->sets.parameters, "name"));
	(void)cJSON_AddItemReferenceToObject(out, "set", (cJSON *)(uintptr_t)w->set);
	(void)cJSON_AddItemToObject(
		out, "next", w->next ? cJSON_Duplicate(w->next, true) : cJSON_CreateNull());
	(void)cJSON_AddItemToObject(out, "second_since",
		w->second_since_s ? cJSON_CreateString(online_string(w->plan, "second_since"))
				  : cJSON_CreateNull());
	(void)cJSON_AddBoolToObject(out, "to_the_second", w->to_the_second);
	(void)cJSON_AddItemToObject(
		out, "aliyun", cli.s ? cJSON_CreateString(cli.s) : cJSON_CreateNull());
	(void)cJSON_AddItemToObject(
		out, "terraform", hcl.s ? cJSON_CreateString(hcl.s) : cJSON_CreateNull());
	online_print_json(out);
	cJSON_Delete(out);
}

/* By the version of the API that the daemon speaks to it, or else by its id. */
static bool is_warehouse(const struct way *w)
{
	const char *version = online_string(w->attribute.parameters, "version");
	enum edition edition;

	if (*version)
		return strcmp(version, "2019-03-15") == 0;
	return cloudname_edition(online_string(w->sets.parameters, "cluster"), &edition) &&
		edition == EDITION_WAREHOUSE;
}

static int find(struct way *w)
{
	int result = online_call_for(&w->online, "Sets", w->cluster, &w->sets);
	size_t unlisted;
	int64_t now_s;

	if (result == CTL_WELL)
		result = online_plans(&w->online, w->cluster, take_plan, w, &unlisted);
	if (result != CTL_WELL)
		return result;
	if (!w->plan)
		return command_failed("the sets of %s could not be listed so far (`retainctl "
				      "status` tells why)",
			w->cluster);
	if (report_instant(w->sets.parameters, "time", &now_s) && w->at_s > now_s)
		return command_failed("%s has not come yet", w->at);
	choose(w);
	if (!w->set && w->id)
		return command_failed("%s has no valid set %s (`retainctl sets %s` lists them)",
			w->cluster, w->id, w->cluster);
	if (!w->set)
		return command_failed("%s has no valid set%s (`retainctl sets %s` lists them)",
			w->cluster, w->at ? " that began before then" : "", w->cluster);
	describe_source(w);
	w->warehouse = is_warehouse(w);
	return CTL_WELL;
}

static int run(const struct command *self, int argc, char **argv)
{
	_cleanup_(way_done) struct way w = {0};
	const struct option options[] = {
		{.name = "at", .value = &w.at},
		{.name = "set", .letter = 's', .value = &w.id},
		{.name = "json", .flag = &w.online.json},
		{.name = "no-pager", .flag = &w.online.no_pager},
		{.name = "socket", .value = &w.online.socket},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options)), result;

	if (operands < 0)
		return CTL_USAGE;
	if (operands != 1)
		return command_usage(self, operands ? "one cluster at a time" : "which cluster?");
	if (w.at && w.id)
		return command_usage(self, "either --at or --set");
	if (w.at && !civil_parse_instant(w.at, true, &w.at_s))
		return command_usage(self, "'%s' is not a time such as 2026-11-21T00:00:00Z", w.at);
	w.cluster = argv[1];
	result = find(&w);
	if (result != CTL_WELL)
		return result;
	if (w.online.json)
		print_json(&w);
	else
		print(&w);
	return CTL_WELL;
}

const struct command command_restore = {
	.name = "restore",
	.usage = "CLUSTER [--at TIME | --set ID] [--json] [--no-pager] [--socket PATH]",
	.summary = "show the way back to a moment: the set, and the command that restores it",
	.help = "      --at TIME      the newest set that began before then, or that very second "
		"if "
		"the log\n                     of the cloud allows it; default the newest set\n"
		"  -s, --set ID       this set\n"
		"      --json         as JSON\n"
		"      --no-pager     all at once, also if it is longer than the "
		"screen\n" ONLINE_HELP "\n"
		"Changes nothing, and calls nothing that does. A restore always makes a new "
		"cluster.\n",
	.run = run,
};
