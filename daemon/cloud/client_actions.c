/* The calls about backup sets: DescribeBackups, CreateBackup, DeleteBackups. */
#include "cloud/call.h"

#include "base/text.h"
#include "cloud/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define IDS_MAX 100 /* ids in one DeleteBackups call: the limit of the API page */

static void read_page(struct call *k)
{
	struct client_result result = {0};
	_cleanup_(page_done) struct page page;
	struct error err = {0};

	page_init(&page);
	if (call_reads(k)) {
		if (reply_read_backups(k->reply, k->cluster, k->region, k->remote, &page, &err) < 0)
			call_spoil(k, err.text);
		else
			result.page = &page;
	}
	call_deliver(k, &result);
}

void call_read_receipt(struct call *k)
{
	if (call_reads(k) && !*k->answer.request_id)
		call_spoil(k, "the reply has no RequestId");
	call_deliver(k, &(struct client_result){0});
}

void client_describe_backups(struct client *c, const struct client_target *t, int64_t from_s,
	int64_t to_s, int64_t page, int64_t now_s, client_callback *done, void *data)
{
	static const struct action actions[] = {
		[EDITION_LAKEHOUSE] =
			CALL_ACTION("DescribeBackups", CALL_LAKEHOUSE, "POST", false, read_page),
		[EDITION_WAREHOUSE] =
			CALL_ACTION("DescribeBackups", CALL_WAREHOUSE, "POST", false, read_page),
	};
	struct call *k = call_new(c, t, &actions[t->edition], now_s, done, data);
	char from[REQUEST_MINUTE_SIZE], to[REQUEST_MINUTE_SIZE], number[24];

	request_minute(from_s, false, from);
	request_minute(to_s, true, to);
	(void)snprintf(number, sizeof(number), "%lld", (long long)page);
	/* Remote lists the copies in other regions instead of the local sets. Never both: nobody
	 * could tell which of them a rule counts. 2019-03-15 has no such parameter. */
	call_start(k,
		(struct sign_pair[]){{"DBClusterId", t->cluster}, {"StartTime", from},
			{"EndTime", to}, {"PageSize", "100"}, {"PageNumber", number},
			{"Remote", t->remote ? "true" : "false"}},
		t->edition == EDITION_WAREHOUSE ? 5 : 6);
}

void client_create_backup(struct client *c, const struct client_target *t, int64_t now_s,
	client_callback *done, void *data)
{
	static const struct action action =
		CALL_ACTION("CreateBackup", CALL_LAKEHOUSE, "POST", true, call_read_receipt);
	struct call *k = call_new(c, t, &action, now_s, done, data);

	if (t->edition != EDITION_LAKEHOUSE || t->remote) {
		call_fail(k, "Edition", "no backup can be taken of such a cluster");
		return;
	}
	call_start(k, (struct sign_pair[]){{"DBClusterId", t->cluster}}, 1);
}

/* Joins ids with commas. False if these are not 1 to 100 good ids: an id with a comma in it would
 * name another set. */
static bool join_ids(const char *const *ids, size_t count, struct text *out)
{
	if (count < 1 || count > IDS_MAX)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!reply_is_set_id(ids[i]))
			return false;
		text_printf(out, "%s%s", i ? "," : "", ids[i]);
	}
	return true;
}

void client_delete_backups(struct client *c, const struct client_target *t, const char *const *ids,
	size_t count, int64_t now_s, client_callback *done, void *data)
{
	/* The API metadata of 2019-03-15 lists GET alone for this action. */
	static const struct action actions[] = {
		[EDITION_LAKEHOUSE] = CALL_ACTION(
			"DeleteBackups", CALL_LAKEHOUSE, "POST", true, call_read_receipt),
		[EDITION_WAREHOUSE] = CALL_ACTION(
			"DeleteBackups", CALL_WAREHOUSE, "GET", true, call_read_receipt),
	};
	struct call *k = call_new(c, t, &actions[t->edition], now_s, done, data);
	_cleanup_(text_done) struct text joined = TEXT_INIT(IDS_MAX * (REPLY_ID_MAX + 1));

	if (!join_ids(ids, count, &joined)) {
		call_fail(k, "Ids", "a delete call takes 1 to 100 ids of [A-Za-z0-9._-]{1,64}");
		return;
	}
	call_start(
		k, (struct sign_pair[]){{"DBClusterId", t->cluster}, {"BackupIds", joined.s}}, 2);
}
