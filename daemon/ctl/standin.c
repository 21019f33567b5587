/* Stand-ins for what a reply of the cloud tells of its account. */
#include "ctl/standin.h"

#include "base/memory.h"
#include "retention/set.h"

#include <inttypes.h>
#include <stdio.h>
#include <strings.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define FIRST_SET 1000001
#define TEXT_MOST 64     /* bytes of a text that stays */
#define RUN_OF_DIGITS 14 /* so many, and more, may be the number of an account */

enum kind {
	KIND_OTHER, /* replaced, whatever it is */
	KIND_COUNT, /* digits, as a number or as a text */
	KIND_WORD,  /* one of the vendor's own words, or several */
	KIND_TIME,
	KIND_REGION,
	KIND_SET,
	KIND_CLUSTER,
	KIND_REQUEST,
	KIND_ACCOUNT,
	KIND_ARN,
};

/* What the members of the API's pages hold. */
static const struct {
	const char *name;
	enum kind kind;
} members[] = {
	{"BackupId", KIND_SET},
	{"ParentBackupId", KIND_SET},
	{"DBClusterId", KIND_CLUSTER},
	{"RequestId", KIND_REQUEST},
	{"AccountId", KIND_ACCOUNT},
	{"Arn", KIND_ARN},
	{"RegionId", KIND_REGION},
	{"BackupRegion", KIND_REGION},
	{"ZoneId", KIND_REGION},
	{"TotalCount", KIND_COUNT},
	{"PageNumber", KIND_COUNT},
	{"PageSize", KIND_COUNT},
	{"FreeBackupSize", KIND_COUNT},
	{"TotalBackupSize", KIND_COUNT},
	{"BackupSize", KIND_COUNT},
	{"BackupRetentionPeriod", KIND_COUNT},
	{"LogBackupRetentionPeriod", KIND_COUNT},
	{"DBNodeCount", KIND_COUNT},
	{"DBNodeStorage", KIND_COUNT},
	{"BackupStartTime", KIND_TIME},
	{"BackupEndTime", KIND_TIME},
	{"BackupExpiredTime", KIND_TIME},
	{"StartTime", KIND_TIME},
	{"EndTime", KIND_TIME},
	{"CreateTime", KIND_TIME},
	{"CreationTime", KIND_TIME},
	{"ExpireTime", KIND_TIME},
	{"PreferredBackupTime", KIND_TIME},
	{"PreferredBackupPeriod", KIND_WORD},
	{"EnableBackupLog", KIND_WORD},
	{"BackupStatus", KIND_WORD},
	{"BackupType", KIND_WORD},
	{"BackupMethod", KIND_WORD},
	{"Remote", KIND_WORD},
	{"DBClusterStatus", KIND_WORD},
	{"DBClusterType", KIND_WORD},
	{"DBVersion", KIND_WORD},
	{"EngineVersion", KIND_WORD},
	{"Engine", KIND_WORD},
	{"Category", KIND_WORD},
	{"CommodityCode", KIND_WORD},
	{"ComputeResource", KIND_WORD},
	{"StorageResource", KIND_WORD},
	{"Expired", KIND_WORD},
	{"IdentityType", KIND_WORD},
	{"LockMode", KIND_WORD},
	{"Mode", KIND_WORD},
	{"PayType", KIND_WORD},
	{"ProductForm", KIND_WORD},
	{"ProductVersion", KIND_WORD},
	{"Code", KIND_WORD},
};

struct pair {
	char *from, *to;
};

struct standins {
	struct pair *sets; /* sorted by the original once they are named */
	size_t set_count, set_capacity;
	bool named;
	struct pair *others;
	size_t other_count, other_capacity;
	unsigned counts[KIND_ARN + 1];
};

struct standins *standins_new(void)
{
	return xcalloc(1, sizeof(struct standins));
}

static void free_pairs(struct pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(pairs[i].from);
		free(pairs[i].to);
	}
	free(pairs);
}

void standins_free(struct standins *s)
{
	if (!s)
		return;
	free_pairs(s->sets, s->set_count);
	free_pairs(s->others, s->other_count);
	free(s);
}

static enum kind kind_of(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_SIZE(members); i++)
		if (strcmp(members[i].name, name) == 0)
			return members[i].kind;
	return KIND_OTHER;
}

/* A number as a text, so that it has the stand-in of the text. NULL: neither. Owned by the caller.
 */
static char *text_of(const cJSON *value)
{
	if (cJSON_IsNumber(value))
		return xasprintf("%.0f", value->valuedouble);
	return cJSON_IsString(value) ? xstrdup(value->valuestring) : NULL;
}

void standins_learn(struct standins *s, const cJSON *reply)
{
	const cJSON *child;

	if (!cJSON_IsObject(reply) && !cJSON_IsArray(reply)) {
		_cleanup_free_ char *id =
			reply && kind_of(reply->string) == KIND_SET ? text_of(reply) : NULL;
		if (!id || !*id)
			return;
		s->sets =
			memory_grow(s->sets, &s->set_capacity, s->set_count + 1, sizeof(*s->sets));
		s->sets[s->set_count++] = (struct pair){.from = TAKE_PTR(id)};
		return;
	}
	cJSON_ArrayForEach (child, reply)
		standins_learn(s, child);
}

static int compare_sets(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return set_compare_ids(x->from, y->from);
}

/* Sorts the ids of sets, each once, and numbers them. */
static void name_sets(struct standins *s)
{
	size_t kept = 0;

	if (s->set_count > 0)
		qsort(s->sets, s->set_count, sizeof(*s->sets), compare_sets);
	for (size_t i = 0; i < s->set_count; i++) {
		struct pair *p = &s->sets[i];
		bool number = p->from[0] && !p->from[strspn(p->from, DIGITS)];
		if (kept > 0 && strcmp(s->sets[kept - 1].from, p->from) == 0) {
			free(p->from);
			continue;
		}
		p->to = xasprintf("%s%zu", number ? "" : "set-", FIRST_SET + kept);
		s->sets[kept++] = *p;
	}
	s->set_count = kept;
	s->named = true;
}

static const char *find_set(struct standins *s, const char *id)
{
	const struct pair key = {.from = (char *)(uintptr_t)id}, *found;

	if (!s->named)
		name_sets(s);
	found = s->set_count ? bsearch(&key, s->sets, s->set_count, sizeof(key), compare_sets)
			     : NULL;
	return found ? found->to : NULL;
}

/* "amv-bp1..." becomes "amv-1": which edition an id is of can be seen. */
static char *name_cluster(const char *id, unsigned number)
{
	bool known = strncmp(id, "amv-", 4) == 0 || strncmp(id, "am-", 3) == 0;

	return xasprintf(
		"%.*s-%u", known ? (int)strcspn(id, "-") : 7, known ? id : "cluster", number);
}

static char *make(enum kind kind, const char *from, unsigned number)
{
	if (kind == KIND_CLUSTER)
		return name_cluster(from, number);
	if (kind == KIND_REQUEST)
		return xasprintf("00000000-0000-0000-0000-%012u", number);
	if (kind == KIND_ACCOUNT)
		return xasprintf("%u", 1000000000u + number);
	if (kind == KIND_ARN)
		return xasprintf("acs:ram::1000000000:user/name-%u", number);
	return xasprintf("text-%u", number);
}

/* The stand-in of a text. Borrowed. */
static const char *standin(struct standins *s, enum kind kind, const char *from)
{
	const char *set = kind == KIND_SET || kind == KIND_OTHER ? find_set(s, from) : NULL;

	if (set || !*from)
		return set ? set : "";
	for (size_t i = 0; i < s->other_count; i++)
		if (strcmp(s->others[i].from, from) == 0)
			return s->others[i].to;
	s->others =
		memory_grow(s->others, &s->other_capacity, s->other_count + 1, sizeof(*s->others));
	s->others[s->other_count] =
		(struct pair){.from = xstrdup(from), .to = make(kind, from, ++s->counts[kind])};
	return s->others[s->other_count++].to;
}

static bool has_run_of_digits(const char *s, size_t least)
{
	size_t run = 0;

	for (; *s && run < least; s++)
		run = *s >= '0' && *s <= '9' ? run + 1 : 0;
	return run >= least;
}

static bool consists_of(const char *s, const char *allowed)
{
	return strlen(s) <= TEXT_MOST && !s[strspn(s, allowed)];
}

/* Whether a text is what its member should hold, and may stay. */
static bool may_stay(enum kind kind, const char *s)
{
	static const struct {
		const char *allowed;
		size_t run_of_digits; /* that is too long */
	} forms[KIND_ARN + 1] = {
		[KIND_COUNT] = {DIGITS "-", SIZE_MAX},
		[KIND_TIME] = {DIGITS "TZ:.,+-/ ", RUN_OF_DIGITS},
		[KIND_WORD] = {LETTERS DIGITS "_.,", 5},
		[KIND_REGION] = {"abcdefghijklmnopqrstuvwxyz" DIGITS "-", 5},
	};

	return forms[kind].allowed && consists_of(s, forms[kind].allowed) &&
		!has_run_of_digits(s, forms[kind].run_of_digits);
}

static void replace_text(struct standins *s, cJSON *value)
{
	enum kind kind = kind_of(value->string);

	if (!may_stay(kind, value->valuestring))
		(void)cJSON_SetValuestring(value, standin(s, kind, value->valuestring));
}

/* Counts and times stay. Of the rest, one that fits into a text's stand-in may be an id. */
static void replace_number(struct standins *s, cJSON *value)
{
	enum kind kind = kind_of(value->string);
	_cleanup_free_ char *text = text_of(value);
	const char *to;

	if (kind == KIND_COUNT || kind == KIND_TIME || (kind == KIND_WORD && may_stay(kind, text)))
		return;
	to = standin(s, kind, text);
	cJSON_SetNumberHelper(value, strtod(to + strcspn(to, DIGITS), NULL));
}

/* Members are named like DBClusterId. Others may be data: a map with ids for names. */
static bool is_member_name(const char *name)
{
	size_t length = strlen(name);

	return length <= 40 && strspn(name, LETTERS) == length;
}

void standins_replace(struct standins *s, cJSON *reply)
{
	cJSON *child;

	if (cJSON_IsString(reply))
		replace_text(s, reply);
	else if (cJSON_IsNumber(reply))
		replace_number(s, reply);
	cJSON_ArrayForEach (child, reply)
		standins_replace(s, child);
	/* After the value, which goes by its name. */
	if (reply && reply->string && !is_member_name(reply->string)) {
		char *name = xstrdup(standin(s, KIND_OTHER, reply->string));
		cJSON_free(reply->string);
		reply->string = name;
	}
}

static int digit_of(char c)
{
	const char *digits = "0123456789ABCDEF", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Undoes the %XX of a canonical query. Owned by the caller. */
static char *decode(const char *s, size_t length)
{
	char *decoded = xcalloc(length + 1, 1), *to = decoded;

	for (size_t i = 0; i < length; i++) {
		int high = s[i] == '%' && i + 2 < length ? digit_of(s[i + 1]) : -1;
		int low = high >= 0 ? digit_of(s[i + 2]) : -1;
		*to++ = low >= 0 ? (char)(high * 16 + low) : s[i];
		i += low >= 0 ? 2 : 0;
	}
	return decoded;
}

cJSON *standins_params(struct standins *s, const char *query)
{
	cJSON *params = cJSON_CreateObject();

	while (*query) {
		size_t length = strcspn(query, "&"), name = strcspn(query, "=&");
		if (name > 0 && name < length) {
			_cleanup_free_ char *key = decode(query, name);
			_cleanup_free_ char *value = decode(query + name + 1, length - name - 1);
			(void)cJSON_AddStringToObject(params, key, value);
		}
		query += length + (query[length] == '&');
	}
	standins_replace(s, params);
	return params;
}

/* Headers of which the value stays. */
static bool is_plain_header(const char *name)
{
	static const char *const names[] = {"date", "content-type", "content-length",
		"content-encoding", "transfer-encoding", "connection", "keep-alive", "vary",
		"cache-control", "retry-after", "x-acs-retry-after", "x-ratelimit-user-api",
		"x-ratelimit-user"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasecmp(names[i], name) == 0)
			return true;
	return false;
}

static void add_header(struct standins *s, cJSON *headers, const char *name, const char *value)
{
	bool plain = is_plain_header(name) && !has_run_of_digits(value, RUN_OF_DIGITS);
	bool request = strcasecmp(name, "x-acs-request-id") == 0;
	cJSON *header = cJSON_CreateArray();

	if (!plain)
		value = standin(s, request ? KIND_REQUEST : KIND_OTHER, value);
	(void)cJSON_AddItemToArray(header, cJSON_CreateString(name));
	(void)cJSON_AddItemToArray(header, cJSON_CreateString(value));
	(void)cJSON_AddItemToArray(headers, header);
}

cJSON *standins_headers(struct standins *s, const char *head)
{
	cJSON *headers = cJSON_CreateArray();

	while (*head) {
		size_t length = strcspn(head, "\r\n"), name = strcspn(head, ":\r\n");
		if (name > 0 && name < length) {
			_cleanup_free_ char *key = xstrndup(head, name);
			const char *from = head + name + 1;
			from += strspn(from, " \t");
			_cleanup_free_ char *value = from < head + length
				? xstrndup(from, (size_t)(head + length - from))
				: xstrdup("");
			add_header(s, headers, key, value);
		}
		head += length;
		head += strspn(head, "\r\n");
	}
	return headers;
}
