/* DescribeDBClusters and DescribeBackupPolicy replies: read whole or not at all. A cluster that is
 * taken in shows all tags that were asked for, and a policy that is sent back is one that was read.
 */
#include "../support/read_body.h"
#include "base/memory.h"
#include "base/text.h"
#include "fuzz.h"

#include <ctype.h>
#include <string.h>

static char key[] = "env", value[] = "prod";
static const struct client_tag tag = {key, value};

static bool read_page(const char *body, size_t length, struct cluster_page *ret)
{
	struct error err = {0};
	int r;

	*ret = (struct cluster_page){0};
	r = read_clusters(body, length, "cn-hangzhou", &tag, 1, ret, &err);
	HOLDS((r == 0) == (err.code == 0));
	HOLDS(r == 0 || err.text[0]);
	HOLDS(r == 0 || (ret->count == 0 && ret->total == 0));
	return r == 0;
}

static void clusters_are_sound(const struct cluster_page *p)
{
	HOLDS(p->total >= 0 && p->number >= 1);
	for (size_t i = 0; i < p->count; i++) {
		const struct found_cluster *f = &p->clusters[i];
		HOLDS(reply_is_set_id(f->id));
		HOLDS(f->status[0] && text_is_utf8(f->status, strlen(f->status)));
		HOLDS(text_is_utf8(f->description, strlen(f->description)));
		for (const char *s = f->description; *s; s++)
			HOLDS((unsigned char)*s >= ' ' && *s != 0x7f);
	}
}

/* No cut of a reply reads. */
static void no_part_reads(const char *body, size_t length)
{
	struct cluster_page page;

	while (length > 0 && isspace((unsigned char)body[length - 1]))
		length--;
	for (size_t part = length; part > 0 && part + 3 > length; part--)
		HOLDS(!read_page(body, part - 1, &page));
}

static void a_policy_reads_in_one_form(const char *body, size_t length)
{
	struct backup_policy p;

	if (read_policy(body, length, &p, NULL) < 0)
		return;
	HOLDS(p.days >= 1);
	HOLDS(memchr(p.unread, '\0', sizeof(p.unread)));
	if (p.unread[0])
		return;
	HOLDS(strlen(p.window) == 13 && p.window[5] == 'Z' && p.window[12] == 'Z');
	HOLDS(p.weekdays[0] && strspn(p.weekdays, ",MTWFSadehiknorstuyl") >= 1);
	HOLDS(p.log ? p.log_days >= 7 && p.log_days <= 730 : p.log_days == 0 || p.log_days >= 7);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *body = (const char *)data;
	struct cluster_page page;

	a_policy_reads_in_one_form(body, size);
	if (read_page(body, size, &page)) {
		clusters_are_sound(&page);
		no_part_reads(body, size);
	}
	cluster_page_done(&page);
	return 0;
}
