/* Replies that repeat our secrets, each character spelt in any way that JSON and URLs have, also
 * one way within another: nothing that is told or kept of such a reply holds one (S9).
 *
 * The first byte chooses the kind of reply, the second the secret and the member that it stands in.
 * After that each character of the secret takes one byte for how it is spelt. */
#include "../support/read_body.h"
#include "base/text.h"
#include "cloud/outcome.h"
#include "cloud/redact.h"
#include "fuzz.h"

#include <strings.h>

static char id[] = "TESTONLYACCESSKEYID00";
static char secret[] = "TESTONLYACCESSKEYSECRET0000000";
static char token[] = "TESTONLY/TOKEN+with==";
static const struct keys keys = {.id = id, .secret = secret, .token = token};

struct input {
	const uint8_t *data;
	size_t left;
};

static unsigned next(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->data++;
}

/* One character of a JSON string, spelt so. */
static void spell(struct text *out, char c, unsigned how)
{
	unsigned code = (unsigned char)c;

	switch (how % 8) {
	case 1:
		text_printf(out, how & 8 ? "\\u%04x" : "\\u%04X", code);
		break;
	case 2:
		text_printf(out, how & 8 ? "%%%02x" : "%%%02X", code);
		break;
	case 3:
		text_printf(out, "%s%c", c == '/' ? "\\" : "", c);
		break;
	case 4:
		text_printf(out, "%%25%02X", code);
		break;
	case 5:
		text_printf(out, "\\\\u%04x", code);
		break;
	case 6:
		text_printf(out, "\\u0025%02x", code);
		break;
	case 7:
		text_printf(out, "%c", c >= 'a' && c <= 'z' ? c - 32 : c);
		break;
	default:
		text_printf(out, "%c", c);
	}
}

static void spell_secret(struct text *out, const char *s, struct input *in)
{
	text_add(out, "x ");
	for (; *s; s++)
		spell(out, *s, next(in));
	text_add(out, " y");
}

static int hex(const char *s, size_t count)
{
	int value = 0;

	for (size_t i = 0; i < count; i++) {
		if (!s[i] || !strchr("0123456789abcdefABCDEF", s[i]))
			return -1;
		value = value * 16 + (s[i] > '9' ? (s[i] | 32) - 'a' + 10 : s[i] - '0');
	}
	return value;
}

/* What a reader with time on their hands makes of a text. */
static bool can_be_read_from(const char *text, const char *wanted)
{
	_cleanup_free_ char *s = xstrdup(text);

	for (int rounds = 0; rounds < 4; rounds++) {
		char *to = s;
		if (strcasestr(s, wanted))
			return true;
		for (const char *at = s; *at; to++) {
			int value = *at == '%'               ? hex(at + 1, 2)
				: strncmp(at, "\\u", 2) == 0 ? hex(at + 2, 4)
							     : -1;
			if (value > 0 && value < 128) {
				at += *at == '%' ? 3 : 6;
				*to = (char)value;
				continue;
			}
			if (at[0] == '\\' && at[1] == '/')
				at++;
			*to = *at++;
		}
		*to = '\0';
	}
	return false;
}

static void is_clean(const char *s)
{
	HOLDS(!can_be_read_from(s, secret));
	HOLDS(!can_be_read_from(s, token));
}

static void backups_are_clean(const cJSON *reply)
{
	struct error err = {0};
	struct page page;

	page_init(&page);
	if (reply_read_backups(reply, NULL, "cn-hangzhou", false, &page, &err) == 0) {
		is_clean(page.foreign);
		for (size_t i = 0; i < page.inv.count; i++) {
			is_clean(set_id(&page.inv, i));
			is_clean(set_note(&page.inv, i));
		}
	}
	is_clean(err.text);
	page_done(&page);
}

static void clusters_are_clean(const cJSON *reply)
{
	struct cluster_page page = {0};
	struct error err = {0};

	if (reply_read_clusters(reply, "cn-hangzhou", NULL, 0, &page, &err) == 0) {
		is_clean(page.foreign);
		for (size_t i = 0; i < page.count; i++) {
			is_clean(page.clusters[i].description);
			is_clean(page.clusters[i].status);
		}
	}
	is_clean(err.text);
	cluster_page_done(&page);
}

static void rest_is_clean(const cJSON *reply)
{
	struct cluster_attributes cluster;
	struct caller caller;
	struct backup_policy policy;

	if (describe_read_cluster(reply, "amv-1", &cluster, NULL) == 0) {
		is_clean(cluster.status);
		is_clean(cluster.region);
		is_clean(cluster.description);
	}
	if (describe_read_caller(reply, &caller, NULL) == 0) {
		is_clean(caller.arn);
		is_clean(caller.account);
	}
	if (reply_read_policy(reply, &policy, NULL) == 0)
		is_clean(policy.unread);
}

/* %1$s is the secret, in the member that was chosen; the others are in order. */
static const struct {
	const char *start;
	const char *members[8];
	const char *end;
} kinds[] = {
	{"{", {"Code", "Message", "RequestId", "code", "message"}, ",\"Code\":\"Some.Code\"}"},
	{"{\"TotalCount\":1,\"PageNumber\":1,\"Items\":{\"Backup\":[{\"BackupId\":\"1\","
	 "\"DBClusterId\":\"amv-1\"",
		{"BackupStatus", "BackupStartTime", "BackupExpiredTime", "BackupRegion",
			"BackupType", "ParentBackupId"},
		"}]}}"},
	{"{\"TotalCount\":1,\"PageNumber\":1,\"Items\":{\"DBCluster\":[{\"DBClusterId\":"
	 "\"amv-1\"",
		{"DBClusterDescription", "DBClusterStatus", "RegionId"},
		",\"DBClusterStatus\":\"Running\",\"RegionId\":\"r\"}]}}"},
	{"{\"Arn\":\"a\",\"AccountId\":\"1\",\"BackupRetentionPeriod\":7",
		{"RequestId", "PreferredBackupTime", "EnableBackupLog", "x"}, "}"},
};

static size_t members_of(size_t kind)
{
	size_t count = 0;

	while (count < ARRAY_SIZE(kinds[kind].members) && kinds[kind].members[count])
		count++;
	return count;
}

/* A member of the end that is the chosen one would make the document one with a key twice: it is
 * cut out by name. */
static void add_end(struct text *out, const char *end, const char *chosen)
{
	_cleanup_free_ char *key = xasprintf(",\"%s\":\"", chosen);
	const char *hit = strstr(end, key), *after;

	if (!hit) {
		text_add(out, end);
		return;
	}
	after = strchr(hit + strlen(key), '"') + 1;
	text_add_bytes(out, end, (size_t)(hit - end));
	text_add(out, after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	size_t kind = next(&in) % ARRAY_SIZE(kinds);
	unsigned choice = next(&in);
	const char *member = kinds[kind].members[choice / 2 % members_of(kind)];
	struct text body = TEXT_INIT(1 << 14);
	struct http_reply reply = {.fate = HTTP_ANSWERED, .status = kind == 0 ? 400 : 200};
	struct answer answer;
	cJSON *document;

	text_printf(&body, "%s%s\"%s\":\"", kinds[kind].start, kind == 0 ? "" : ",", member);
	spell_secret(&body, choice % 2 ? secret : token, &in);
	text_add(&body, "\"");
	add_end(&body, kinds[kind].end, member);
	reply.body = body.s;
	reply.length = body.length;
	outcome_read(&reply, &keys, &answer, &document);
	HOLDS(answer.kind == (kind == 0 ? ANSWER_REFUSED : ANSWER_OK));
	is_clean(answer.code);
	is_clean(answer.message);
	is_clean(answer.request_id);
	if (document && !redact_finds_in(document, &keys)) {
		backups_are_clean(document);
		clusters_are_clean(document);
		rest_is_clean(document);
	}
	json_erase(document);
	text_done(&body);
	return 0;
}
