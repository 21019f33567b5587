/* Answers calls by what `retainctl record` wrote down of the cloud. */
#include "replay.h"

#include "base/digest.h"
#include "base/json.h"
#include "base/memory.h"
#include "call.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>

#define FILE_MAX (64u << 20)
#define SUMS "SHA256SUMS"

struct replay {
	cJSON **files;
	size_t count, capacity;
};

static int read_whole(const char *path, struct text *ret, struct error *err)
{
	char buffer[4096];
	size_t n;
	FILE *f = fopen(path, "re");

	if (!f)
		return error_set(err, errno, "%s: %s", path, strerror(errno));
	while ((n = fread(buffer, 1, sizeof(buffer), f)) > 0)
		text_add_bytes(ret, buffer, n);
	n = ferror(f) || ret->full;
	(void)fclose(f);
	if (n > 0 || !ret->s)
		return error_set(err, EBADMSG, "%s: cannot be read whole", path);
	return 0;
}

static bool is_recorded_call(const cJSON *file)
{
	const cJSON *body = json_get(file, "body");
	int64_t status;

	return json_get_string(file, "action") && json_get_string(file, "version") &&
		cJSON_IsObject(json_get(file, "params")) &&
		json_get_int(file, "status", false, &status) && status >= 100 && status <= 599 &&
		cJSON_IsArray(json_get(file, "headers")) &&
		(cJSON_IsObject(body) || json_get_string(file, "text"));
}

/* One file, which has to have this sum. */
static int read_file(struct replay *r, const char *path, const char *sum, struct error *err)
{
	_cleanup_(text_done) struct text content = TEXT_INIT(FILE_MAX);
	char found[DIGEST_HEX_SIZE];
	cJSON *file;
	int status = read_whole(path, &content, err);

	if (status < 0)
		return status;
	digest_sha256_hex(content.s, content.length, found);
	if (strcmp(found, sum) != 0)
		return error_set(err, EBADMSG,
			"%s: is not as it was recorded (its sum is not that of " SUMS ")", path);
	status = json_parse(content.s, content.length, &file, NULL);
	r->files = memory_grow(r->files, &r->capacity, r->count + 1, sizeof(cJSON *));
	r->files[r->count] = status < 0 ? NULL : file;
	r->count++;
	if (status < 0 || !is_recorded_call(file))
		return error_set(err, EBADMSG, "%s: is no recorded call", path);
	return 0;
}

/* "SUM  NAME", as sha256sum writes and checks it. */
static int read_line(struct replay *r, const char *dir, char *line, struct error *err)
{
	size_t hex = strspn(line, "0123456789abcdef");
	const char *name = line + hex + 2;
	_cleanup_free_ char *path = NULL;

	if (hex != DIGEST_HEX_SIZE - 1 || strncmp(line + hex, "  ", 2) != 0 || !*name ||
		strchr(name, '/'))
		return error_set(err, EBADMSG, "%s/" SUMS ": line %zu is no sum of a file", dir,
			r->count + 1);
	line[hex] = '\0';
	path = xasprintf("%s/%s", dir, name);
	return read_file(r, path, line, err);
}

/* As many files as sums: nothing was added. */
static int check_count(const struct replay *r, const char *dir, struct error *err)
{
	size_t count = 0;
	DIR *d = opendir(dir);

	for (const struct dirent *e; d && (e = readdir(d));) {
		const char *end = strrchr(e->d_name, '.');
		count += end && strcmp(end, ".json") == 0;
	}
	if (d)
		(void)closedir(d);
	if (count == r->count && count > 0)
		return 0;
	return error_set(
		err, EBADMSG, "%s/" SUMS ": has %zu sums of the %zu replies", dir, r->count, count);
}

int replay_open(const char *dir, struct replay **ret, struct error *err)
{
	_cleanup_free_ char *path = xasprintf("%s/" SUMS, dir);
	_cleanup_(text_done) struct text sums = TEXT_INIT(FILE_MAX);
	struct replay *r = xcalloc(1, sizeof(*r));
	int status = read_whole(path, &sums, err);
	char *rest = sums.s, *line;

	while (status == 0 && (line = strsep(&rest, "\n")))
		if (*line || (rest && *rest))
			status = read_line(r, dir, line, err);
	if (status == 0)
		status = check_count(r, dir, err);
	if (status < 0) {
		replay_free(r);
		return status;
	}
	*ret = r;
	return 0;
}

void replay_free(struct replay *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++)
		cJSON_Delete(r->files[i]);
	free(r->files);
	free(r);
}

/* The parameters that make a call another. */
static bool asks_the_same(const struct call *c, const cJSON *params)
{
	static const char *const names[] = {"DBClusterId", "RegionId", "PageNumber", "Remote"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *recorded = json_get_string(params, names[i]);
		const char *asked = query_get(&c->params, names[i]);
		if (!text_equal(recorded, asked))
			return false;
	}
	return true;
}

static const cJSON *find(const struct replay *r, const struct call *c)
{
	for (size_t i = 0; i < r->count; i++)
		if (text_equal(json_get_string(r->files[i], "action"), c->action) &&
			text_equal(json_get_string(r->files[i], "version"), c->version) &&
			asks_the_same(c, json_get(r->files[i], "params")))
			return r->files[i];
	return NULL;
}

/* Headers that the server itself makes. The date is that of now: a clock in doubt would hold all.
 */
static bool is_made(const char *name)
{
	static const char *const names[] = {"date", "content-type", "content-length",
		"transfer-encoding", "connection", "keep-alive", "x-acs-request-id"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}

static void answer(struct call *c, const cJSON *file)
{
	const char *text = json_get_string(file, "text");
	const cJSON *body = json_get(file, "body"), *header;
	const char *id = json_get_string(body, "RequestId");
	int64_t status = 200;

	(void)json_get_int(file, "status", false, &status);
	if (id && *id)
		(void)snprintf(c->request_id, sizeof(c->request_id), "%s", id);
	c->status = (int)status;
	if (body)
		c->body = cJSON_Duplicate(body, true);
	else
		reply_set_body(&c->reply, c->status, "text/plain", xstrdup(text), strlen(text));
	cJSON_ArrayForEach (header, json_get(file, "headers")) {
		const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(header, 0));
		const char *value = cJSON_GetStringValue(cJSON_GetArrayItem(header, 1));
		if (name && value && !is_made(name))
			reply_add_header(&c->reply, name, value);
	}
}

bool replay_run(const struct replay *r, struct call *c)
{
	const cJSON *file = find(r, c);

	if (!file &&
		(text_equal(c->action, "AssumeRole") ||
			text_equal(c->action, "AssumeRoleWithOIDC")))
		return false;
	if (file)
		answer(c, file);
	else
		call_refuse(c, 404, "NotRecorded", "The recording has no such call.");
	return true;
}
