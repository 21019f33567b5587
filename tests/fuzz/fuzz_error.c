/* Error replies. What is taken over is one printable line without our secrets (S9), and the other
 * readers never take an error for an answer. */
#include "../support/read_body.h"
#include "base/memory.h"
#include "base/text.h"
#include "cloud/redact.h"
#include "fuzz.h"

#include <string.h>

static char id[] = "TESTONLYACCESSKEYID00";
static char secret[] = "TESTONLYACCESSKEYSECRET0000000";
static char token[] = "TESTONLYSECURITYTOKEN00000000";

static void is_one_clean_line(const char *s, size_t size, const struct keys *keys)
{
	HOLDS(memchr(s, '\0', size));
	HOLDS(text_is_utf8(s, strlen(s)));
	for (; *s; s++)
		HOLDS((unsigned char)*s >= ' ' && *s != 0x7f);
	HOLDS(!redact_finds(s, keys));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct keys keys = {.id = id, .secret = secret, .token = token};
	const char *body = (const char *)data;
	struct answer a = {.kind = ANSWER_AMBIGUOUS}, untouched = a;
	struct backup_policy policy = {0};
	struct cluster_page clusters = {0};
	struct cluster_attributes look = {0};
	struct caller caller = {0};
	struct page page;
	bool is_error = read_error(body, size, &keys, &a);

	if (!is_error)
		HOLDS(memcmp(&a, &untouched, sizeof(a)) == 0);
	HOLDS(!is_error || a.code[0]);
	(void)read_request_id(body, size, &a);
	is_one_clean_line(a.code, sizeof(a.code), &keys);
	is_one_clean_line(a.message, sizeof(a.message), &keys);
	is_one_clean_line(a.request_id, sizeof(a.request_id), &keys);

	page_init(&page);
	if (read_backups(body, size, NULL, NULL, false, &page, NULL) == 0)
		HOLDS(!is_error);
	page_done(&page);
	if (read_policy(body, size, &policy, NULL) == 0)
		HOLDS(!is_error && policy.days > 0);
	if (read_clusters(body, size, "cn-hangzhou", NULL, 0, &clusters, NULL) == 0)
		HOLDS(!is_error);
	cluster_page_done(&clusters);
	if (read_caller(body, size, &caller, NULL) == 0)
		HOLDS(!is_error && caller.arn[0] && caller.account[0]);
	if (read_cluster(body, size, "amv-1", &look, NULL) == 0)
		HOLDS(!is_error && look.status[0] && look.region[0]);
	return 0;
}
