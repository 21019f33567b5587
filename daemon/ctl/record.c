/* retainctl record: what the cloud really answers, in a form that can be given away. */
#include "base/digest.h"
#include "base/memory.h"
#include "ctl/files.h"
#include "ctl/online.h"
#include "ctl/standin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define CALL_S 150 /* a call to the cloud, with all that it waits for */
#define CLUSTERS_MAX 100
#define PAGES_MAX 1000
#define FILE_MAX_BYTES (16 * 1024 * 1024)
#define SUMS_MAX_BYTES (16 * 1024 * 1024)

/* A reply, before anything is replaced in it. */
struct recorded {
	const char *action;
	char *version, *query, *head;
	int64_t status;
	cJSON *body;   /* NULL: it is no JSON */
	size_t length; /* of the body in bytes */
};

struct recording {
	struct online online;
	struct recorded *replies;
	size_t count, capacity;
	struct standins *standins;
	int failed; /* calls without a reply that can be recorded */
};

static void recording_done(struct recording *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->replies[i].version);
		free(r->replies[i].query);
		free(r->replies[i].head);
		cJSON_Delete(r->replies[i].body);
	}
	free(r->replies);
	standins_free(r->standins);
}

/* The reply to a call that the service refused has its code alone. */
static cJSON *refusal(const char *code)
{
	cJSON *body = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(body, "RequestId", "");
	(void)cJSON_AddStringToObject(body, "Code", code);
	(void)cJSON_AddStringToObject(body, "Message", "");
	return body;
}

/* Keeps a reply. False: there is nothing to keep, which is told. */
static bool keep(struct recording *r, const char *action, const char *cluster, const cJSON *reply)
{
	const char *body = json_get_string(reply, "body"), *code = online_string(reply, "code");
	struct recorded kept = {.action = action, .status = online_int(reply, "status")};

	if (!body && (kept.status == 0 || strcmp(code, "BadReply") == 0)) {
		(void)command_failed(
			"%s: %s: %s: %s", cluster, action, code, online_string(reply, "message"));
		r->failed++;
		return false;
	}
	kept.version = xstrdup(online_string(reply, "version"));
	kept.query = xstrdup(online_string(reply, "query"));
	kept.head = xstrdup(online_string(reply, "head"));
	if (!body)
		kept.body = refusal(code);
	else if (json_parse(body, strlen(body), &kept.body, NULL) < 0)
		kept.length = strlen(body);
	standins_learn(r->standins, kept.body);
	r->replies = memory_grow(r->replies, &r->capacity, r->count + 1, sizeof(*r->replies));
	r->replies[r->count++] = kept;
	return true;
}

/* Has the daemon make one call. An exit code. */
static int record_call(
	struct recording *r, const char *cluster, const char *action, int64_t page, bool *ret_kept)
{
	_cleanup_(text_done) struct text parameters = TEXT_INIT(65536);
	_cleanup_(reply_done) struct reply reply = {0};
	struct jsonwriter w = {.out = &parameters};
	int result;

	json_object_begin(&w, NULL);
	json_string(&w, "cluster", cluster);
	json_string(&w, "action", action);
	json_int(&w, "page", page);
	json_object_end(&w);
	*ret_kept = false;
	result = online_call(&r->online, "Record", &parameters, &reply);
	if (result == CTL_WELL)
		*ret_kept = keep(r, action, cluster, reply.parameters);
	return result;
}

/* All pages, as far as their counts say that there are more. */
static int record_sets(struct recording *r, const char *cluster)
{
	int64_t seen = 0, total = 0;

	for (int64_t page = 1; page <= PAGES_MAX; page++) {
		const cJSON *body;
		int items, result;
		bool kept;
		result = record_call(r, cluster, "DescribeBackups", page, &kept);
		if (result != CTL_WELL || !kept)
			return result;
		body = r->replies[r->count - 1].body;
		items = cJSON_GetArraySize(json_get(json_get(body, "Items"), "Backup"));
		seen += items;
		if (items == 0 || !json_get_int(body, "TotalCount", true, &total) || seen >= total)
			break;
	}
	return CTL_WELL;
}

static int record_cluster(struct recording *r, const char *cluster, bool first)
{
	bool kept;
	int result = CTL_WELL;

	if (first)
		result = record_call(r, cluster, "GetCallerIdentity", 1, &kept);
	if (result == CTL_WELL)
		result = record_call(r, cluster, "DescribeDBClusterAttribute", 1, &kept);
	if (result == CTL_WELL)
		result = record_sets(r, cluster);
	if (result == CTL_WELL)
		result = record_call(r, cluster, "DescribeBackupPolicy", 1, &kept);
	return result;
}

/* Of one cluster, or of the first ones that the daemon looks after. */
static int record_all(struct recording *r, const char *only)
{
	_cleanup_(reply_done) struct reply reply = {0};
	const cJSON *c;
	int result, count = 0;

	if (only)
		return record_cluster(r, only, true);
	result = online_call(&r->online, "Status", NULL, &reply);
	cJSON_ArrayForEach (c, json_get(json_get(reply.parameters, "status"), "clusters")) {
		if (result == CTL_WELL && count < CLUSTERS_MAX)
			result = record_cluster(r, online_string(c, "cluster"), count == 0);
		count++;
	}
	if (result == CTL_WELL && count > CLUSTERS_MAX)
		(void)fprintf(stderr, "retainctl: %d of %d clusters were recorded\n", CLUSTERS_MAX,
			count);
	return result;
}

/* The file of one reply. Owned by the caller. */
static char *file_of(struct recording *r, const struct recorded *reply)
{
	cJSON *file = cJSON_CreateObject();
	char *text;

	standins_replace(r->standins, reply->body);
	(void)cJSON_AddStringToObject(file, "action", reply->action);
	(void)cJSON_AddStringToObject(file, "version", reply->version);
	(void)cJSON_AddItemToObject(file, "params", standins_params(r->standins, reply->query));
	(void)cJSON_AddNumberToObject(file, "status", (double)reply->status);
	(void)cJSON_AddItemToObject(file, "headers", standins_headers(r->standins, reply->head));
	if (reply->body) {
		(void)cJSON_AddItemReferenceToObject(file, "body", reply->body);
	} else {
		_cleanup_free_ char *instead =
			xasprintf("(%zu bytes that are no JSON)", reply->length);
		(void)cJSON_AddStringToObject(file, "text", instead);
	}
	text = cJSON_Print(file);
	cJSON_Delete(file);
	return text;
}

static int write_file(const char *dir, const char *name, const char *content)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
	bool well = f && fputs(content, f) >= 0 && fputs("\n", f) >= 0;

	if (f && fclose(f) != 0)
		well = false;
	return well ? CTL_WELL : command_failed("%s cannot be written: %s", path, strerror(errno));
}

/* The sums come last: a recording that was cut short has none. */
static int write_all(struct recording *r, const char *dir)
{
	_cleanup_(text_done) struct text sums = TEXT_INIT(SUMS_MAX_BYTES);
	int result = CTL_WELL;

	for (size_t i = 0; i < r->count && result == CTL_WELL; i++) {
		_cleanup_free_ char *name = xasprintf("%04zu-%s.json", i + 1, r->replies[i].action);
		_cleanup_free_ char *content = file_of(r, &r->replies[i]);
		_cleanup_free_ char *line = xasprintf("%s\n", content);
		char sum[DIGEST_HEX_SIZE];
		digest_sha256_hex(line, strlen(line), sum);
		text_printf(&sums, "%s%s  %s", i ? "\n" : "", sum, name);
		result = write_file(dir, name, content);
	}
	return result == CTL_WELL ? write_file(dir, "SHA256SUMS", sums.s) : result;
}

static int record(struct recording *r, const char *dir, const char *only)
{
	int result;

	if (mkdir(dir, 0700) < 0 && errno == EEXIST)
		return command_failed(
			"%s is there already: a recording goes into a new folder", dir);
	if (access(dir, W_OK | X_OK) < 0)
		return command_failed("%s cannot be made: %s", dir, strerror(errno));
	result = record_all(r, only);
	if (result == CTL_WELL && r->count == 0)
		result = r->failed ? CTL_FAILED : command_failed("there are no clusters");
	if (result == CTL_WELL)
		result = write_all(r, dir);
	if (result != CTL_WELL) {
		(void)rmdir(dir); /* if nothing is in it */
		return result;
	}
	(void)printf("%zu replies are in %s, without ids and names; read them before you give them "
		     "away\nto ask them again: adb-simulator --replay %s\n",
		r->count, dir, dir);
	return r->failed ? CTL_FAILED : CTL_WELL;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct recording r = {.online = {.timeout_s = CALL_S}};
	const char *only = NULL;
	const struct option options[] = {
		{.name = "cluster", .letter = 'c', .value = &only},
		{.name = "socket", .value = &r.online.socket},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options)), result;

	if (operands < 0)
		return CTL_USAGE;
	if (operands != 1)
		return command_usage(self,
			operands ? "'%s' is one word too many" : "DIR is missing",
			operands ? argv[2] : "");
	r.standins = standins_new();
	result = record(&r, argv[1], only);
	recording_done(&r);
	return result;
}

const struct command command_record = {
	.name = "record",
	.usage = "DIR [--cluster CLUSTER] [--socket PATH]",
	.summary =
		"write down what the cloud really answers, without ids and names, to give it away",
	.help = "  -c, --cluster CLUSTER  of one cluster, by id or name; default all, up to "
		"100\n" ONLINE_WIDE_HELP "\nThe daemon calls GetCallerIdentity, "
		"DescribeDBClusterAttribute, DescribeBackups and\n"
		"DescribeBackupPolicy, which change nothing. Each reply becomes a file of the new "
		"folder\n"
		"DIR, with its headers. Ids, names, numbers of accounts, hosts and request ids "
		"have\n"
		"stand-ins, the same everywhere; sizes, times, counts and states stay. "
		"adb-simulator(1)\n"
		"answers the same calls with such a folder.\n",
	.run = run,
};
