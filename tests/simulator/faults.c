/* The table of faults, and which rule strikes a call. */
#include "faults.h"

#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

static const struct fault_row {
	const char *name, *args, *what;
} rows[FAULT_COUNT_] = {
	[FAULT_LATENCY] = {"latency", "ms when", "waits before (or after) the effect"},
	[FAULT_STATUS] = {"status", "status code message when",
		"answers with this HTTP status (default 503) and a vendor error body"},
	[FAULT_RESET] = {"reset", "how when",
		"ends the TCP connection without an answer: how = rst (default) or close"},
	[FAULT_HANG] = {"hang", "when", "never answers"},
	[FAULT_HTML] = {"html", "status when", "a captive portal: HTML with status 200"},
	[FAULT_CONTENT] = {"content", "status type body body_hex when",
		"answers with this body, whatever it is"},
	[FAULT_THROTTLE] = {"throttle",
		"code status retry_after_ms rate_limit_ms rate_limit_user_ms",
		"Throttling.User, with x-acs-retry-after, x-ratelimit-user-api, x-ratelimit-user "
		"if given"},
	[FAULT_REFUSE] = {"refuse", "code status message",
		"refuses with any code (default 403 NoPermission)"},
	[FAULT_REDIRECT] = {"redirect", "status location", "302 (default) to location"},
	[FAULT_TRUNCATE] = {"truncate", "at declared",
		"cuts the body at byte `at`; declared (default true): Content-Length tells the "
		"whole"},
	[FAULT_SLOW] = {"slow", "bytes ms",
		"sends `bytes` (default 1) of the body every `ms` (default 100)"},
	[FAULT_DATE] = {"date", "shift_s absent raw", "a wrong, missing or unreadable Date header"},
	[FAULT_PATCH] = {"patch", "fields", "replaces members of the body; null takes one out"},
	[FAULT_COUNT_MISSING] = {"count-missing", "", "no TotalCount"},
	[FAULT_COUNT_SHRINKS] = {"count-shrinks", "by", "TotalCount less `by` (default 1)"},
	[FAULT_DUPLICATE_ID] = {"duplicate-id", "",
		"the first set of the list again, in place of this page's last"},
	[FAULT_FOREIGN_CLUSTER] = {"foreign-cluster", "id",
		"the page's first set has another DBClusterId"},
	[FAULT_LOST_SETS] = {"lost-sets", "sets",
		"the page's last `sets` (default 1) sets are missing"},
	[FAULT_RESHUFFLE] = {"reshuffle", "", "another order in every call"},
	[FAULT_PATCH_SET] = {"patch-set", "index id fields",
		"replaces members of the set at `index` (default 0) of the page, or of that id"},
	[FAULT_SHIFT] = {"shift", "op sets",
		"after this answer, `sets` (default 1) sets come (op = add, default) or the newest "
		"go (remove)"},
	[FAULT_BACKUP_FAILS] = {"backup-fails", "after_s", "the backup becomes a failed set"},
	[FAULT_BACKUP_NEVER_APPEARS] = {"backup-never-appears", "",
		"well answered, but never listed"},
	[FAULT_BACKUP_STUCK] = {"backup-stuck", "", "the backup runs for ever"},
	[FAULT_BACKUP_TAKES] = {"backup-takes", "seconds", "the backup takes that long"},
	[FAULT_DELETE_NEVER] = {"delete-never", "stuck",
		"well answered, but nothing happens; stuck: as if under way, for ever"},
	[FAULT_DELETE_TAKES] = {"delete-takes", "seconds", "the delete takes that long"},
};

/* Members of a rule that are not arguments of its kind. */
static const char rule_members[] =
	"command kind action where args nth every after count probability seed";

static bool in_words(const char *words, const char *word)
{
	size_t length = strlen(word);

	while (*words) {
		size_t n = strcspn(words, " ");

		if (n == length && memcmp(words, word, n) == 0)
			return true;
		words += n + (words[n] == ' ');
	}
	return false;
}

static void rule_done(struct fault_rule *r)
{
	free(r->action);
	cJSON_Delete(r->where);
	cJSON_Delete(r->args);
}

void faults_free(struct faults *f)
{
	faults_clear(f, 0);
	free(f->rules);
	*f = (struct faults){0};
}

void faults_clear(struct faults *f, int64_t number)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->count; i++) {
		if (number == 0 || f->rules[i].number == number)
			rule_done(&f->rules[i]);
		else
			f->rules[kept++] = f->rules[i];
	}
	f->count = kept;
}

static bool find_kind(const char *name, enum fault_kind *ret)
{
	for (int i = 0; name && i < FAULT_COUNT_; i++)
		if (text_equal(rows[i].name, name)) {
			*ret = (enum fault_kind)i;
			return true;
		}
	return false;
}

/* Arguments may stand in "args" or beside the other members. */
static int gather_args(enum fault_kind kind, const cJSON *rule, cJSON *args, struct error *err)
{
	const cJSON *nested = cJSON_GetObjectItemCaseSensitive(rule, "args"), *member;

	cJSON_ArrayForEach (member, nested) {
		if (!in_words(rows[kind].args, member->string))
			return error_set(err, EINVAL, "fault %s has no argument '%s' (it has: %s)",
				rows[kind].name, member->string, rows[kind].args);
		cJSON_AddItemToObject(args, member->string, cJSON_Duplicate(member, true));
	}
	cJSON_ArrayForEach (member, rule) {
		if (in_words(rows[kind].args, member->string))
			cJSON_AddItemToObject(args, member->string, cJSON_Duplicate(member, true));
		else if (!in_words(rule_members, member->string))
			return error_set(err, EINVAL, "fault %s has no argument '%s' (it has: %s)",
				rows[kind].name, member->string, rows[kind].args);
	}
	return 0;
}

int faults_add(struct faults *f, const cJSON *rule, int64_t *ret_number, struct error *err)
{
	const char *action = fault_text(rule, "action", "*");
	struct fault_rule r = {.args = cJSON_CreateObject()};
	int status;

	if (!find_kind(fault_text(rule, "kind", NULL), &r.kind))
		status = error_set(err, EINVAL, "no such kind of fault: %s",
			fault_text(rule, "kind", "(none given)"));
	else
		status = gather_args(r.kind, rule, r.args, err);
	if (status < 0) {
		rule_done(&r);
		return status;
	}
	r.number = ++f->last_number;
	r.action = text_equal(action, "*") ? NULL : xstrdup(action);
	r.where = cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(rule, "where"), true);
	r.nth = fault_int(rule, "nth", 0);
	r.every = fault_int(rule, "every", 0);
	r.after = fault_int(rule, "after", 0);
	r.count = fault_int(rule, "count", -1);
	r.random = (uint64_t)fault_int(rule, "seed", 1);
	r.probability = 1;
	if (cJSON_GetObjectItemCaseSensitive(rule, "probability"))
		r.probability =
			cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(rule, "probability"));
	f->rules = memory_grow(f->rules, &f->capacity, f->count + 1, sizeof(*f->rules));
	f->rules[f->count++] = r;
	*ret_number = r.number;
	return 0;
}

cJSON *faults_list(const struct faults *f)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < f->count; i++) {
		const struct fault_rule *r = &f->rules[i];
		cJSON *o = cJSON_CreateObject();

		cJSON_AddNumberToObject(o, "rule", (double)r->number);
		cJSON_AddStringToObject(o, "kind", rows[r->kind].name);
		cJSON_AddStringToObject(o, "action", r->action ? r->action : "*");
		cJSON_AddItemToObject(o, "args", cJSON_Duplicate(r->args, true));
		cJSON_AddNumberToObject(o, "seen", (double)r->seen);
		cJSON_AddNumberToObject(o, "hits", (double)r->hits);
		cJSON_AddItemToArray(list, o);
	}
	return list;
}

static bool matches(const struct fault_rule *r, const char *action, const struct query *q)
{
	const cJSON *want;

	if (r->action && !text_equal(r->action, action))
		return false;
	cJSON_ArrayForEach (want, r->where)
		if (!text_equal(query_get(q, want->string), cJSON_GetStringValue(want)))
			return false;
	return true;
}

static bool chance(struct fault_rule *r)
{
	if (r->probability >= 1)
		return true;
	r->random = r->random * 6364136223846793005u + 1442695040888963407u;
	return (double)(r->random >> 11) / (double)(1ull << 53) < r->probability;
}

/* Whether the rule strikes this call, which it matches. */
static bool strikes(struct fault_rule *r)
{
	int64_t n = ++r->seen - r->after;

	if (n <= 0 || r->count == 0 || (r->nth > 0 && n != r->nth) ||
		(r->every > 0 && n % r->every != 0))
		return false;
	if (!chance(r))
		return false;
	if (r->count > 0)
		r->count--;
	r->hits++;
	return true;
}

void faults_pick(
	struct faults *f, const char *action, const struct query *q, struct fault_hits *ret)
{
	*ret = (struct fault_hits){0};
	for (size_t i = 0; i < f->count; i++) {
		struct fault_rule *r = &f->rules[i];

		if (matches(r, action, q) && strikes(r) && ret->count < FAULT_HITS)
			ret->hit[ret->count++] =
				(struct fault_hit){r->kind, cJSON_Duplicate(r->args, true)};
	}
}

void fault_hits_free(struct fault_hits *h)
{
	for (size_t i = 0; i < h->count; i++)
		cJSON_Delete(h->hit[i].args);
	h->count = 0;
}

const cJSON *fault_hit(const struct fault_hits *h, enum fault_kind kind)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->hit[i].kind == kind)
			return h->hit[i].args;
	return NULL;
}

const cJSON *fault_hit_when(const struct fault_hits *h, enum fault_kind kind, const char *when)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->hit[i].kind == kind &&
			text_equal(fault_text(h->hit[i].args, "when", "before"), when))
			return h->hit[i].args;
	return NULL;
}

const char *fault_name(enum fault_kind kind)
{
	return rows[kind].name;
}

cJSON *faults_table(void)
{
	cJSON *table = cJSON_CreateArray();

	for (size_t i = 0; i < FAULT_COUNT_; i++) {
		cJSON *o = cJSON_CreateObject();

		cJSON_AddStringToObject(o, "kind", rows[i].name);
		cJSON_AddStringToObject(o, "args", rows[i].args);
		cJSON_AddStringToObject(o, "what", rows[i].what);
		cJSON_AddItemToArray(table, o);
	}
	return table;
}

void faults_print(void)
{
	for (size_t i = 0; i < FAULT_COUNT_; i++)
		printf("%s%s%s\n    %s\n", rows[i].name, *rows[i].args ? ": " : "", rows[i].args,
			rows[i].what);
}

int64_t fault_int(const cJSON *args, const char *name, int64_t otherwise)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(args, name);

	if (!cJSON_IsNumber(value) || !(fabs(value->valuedouble) < 9e15))
		return otherwise;
	return (int64_t)value->valuedouble;
}

int64_t fault_us(const cJSON *args, const char *name, int64_t unit_us, int64_t otherwise_us)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(args, name);

	if (!cJSON_IsNumber(value) || !(fabs(value->valuedouble) < 9e11))
		return otherwise_us;
	return (int64_t)(value->valuedouble * (double)unit_us);
}

const char *fault_text(const cJSON *args, const char *name, const char *otherwise)
{
	const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(args, name));

	return value ? value : otherwise;
}

bool fault_flag(const cJSON *args, const char *name, bool otherwise)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(args, name);

	return cJSON_IsBool(value) ? cJSON_IsTrue(value) : otherwise;
}
