/* DescribeBackups replies. One is read whole or not at all: whatever reads only in part yields no
 * set, and so no delete (S2); and what the plan makes of a reply holds S1 and S3. */
#include "../support/read_body.h"
#include "base/memory.h"
#include "fuzz.h"
#include "retention/plan.h"

#include <ctype.h>
#include <string.h>

#define NOW_S 1795219200 /* 2026-11-21 */

static bool read_page(const char *body, size_t length, struct page *ret)
{
	struct error err = {0};
	int r;

	page_init(ret);
	r = read_backups(body, length, "amv-1", "cn-hangzhou", false, ret, &err);
	HOLDS((r == 0) == (err.code == 0));
	HOLDS(r == 0 || err.text[0]);
	HOLDS(r == 0 || (ret->inv.count == 0 && ret->total == 0));
	return r == 0;
}

/* As many sets as the reply has items: none is dropped on the way. */
static void nothing_is_lost(const char *body, size_t length, const struct page *page)
{
	_cleanup_(json_deletep) cJSON *reply = NULL;
	const cJSON *items;

	HOLDS(json_parse(body, length, &reply, NULL) == 0);
	items = json_get(reply, "Items");
	items = cJSON_IsArray(items) ? items : json_get(items, "Backup");
	HOLDS((size_t)cJSON_GetArraySize(items) == page->inv.count);
	HOLDS(page->total >= 0);
}

/* No cut of a reply reads. */
static void no_part_reads(const char *body, size_t length)
{
	uint64_t seed = length;

	while (length > 0 && isspace((unsigned char)body[length - 1]))
		length--;
	for (int i = 0; i < 4 && length > 0; i++) {
		struct page page;
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		size_t part = i == 0 ? length - 1 : (size_t)(seed >> 33) % length;
		HOLDS(!read_page(body, part, &page));
		page_done(&page);
	}
}

static void plan_keeps_the_promises(const struct listing *l)
{
	struct policy *policy = policy_new("amv-1");
	struct mark_view *marks = xcalloc(l->inv.count, sizeof(*marks));
	struct plan plan;

	policy->keep[RULE_LAST] = (struct keep_rule){.kind = KEEP_NUMBER, .number = 1};
	policy->safety.grace_s = 0;
	policy->safety.max_delete_percent = 100;
	policy->safety.fresh_within_s = FRESH_OFF;
	struct plan_input in = {.policy = policy,
		.inv = &l->inv,
		.listing_complete = l->complete,
		.now_s = NOW_S,
		.marks = marks};
	plan_make(&in, &plan);
	HOLDS(l->complete || plan.allowed_count == 0);
	HOLDS(plan.allowed_count <= plan.doomed_count);
	for (size_t from = 0; from < plan.allowed_count; from += PLAN_BATCH) {
		size_t count = plan.allowed_count - from;
		HOLDS(plan_batch_is_safe(&in, &plan, plan.allowed + from,
			count < PLAN_BATCH ? count : PLAN_BATCH, NULL));
	}
	plan_done(&plan);
	free(marks);
	policy_free(policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *body = (const char *)data;
	struct listing listing;
	struct page page;

	if (!read_page(body, size, &page)) {
		page_done(&page);
		return 0;
	}
	nothing_is_lost(body, size, &page);
	no_part_reads(body, size);
	listing_init(&listing, NOW_S, 1);
	HOLDS((listing_add(&listing, &page, NULL) > 0) == listing.complete);
	HOLDS(!listing.complete || listing.inv.count == (size_t)page.total);
	plan_keeps_the_promises(&listing);
	listing_done(&listing);
	page_done(&page);
	return 0;
}
