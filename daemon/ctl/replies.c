/* Saved replies of DescribeBackups, put together as the daemon would. */
#include "ctl/replies.h"

#include "cloud/reply.h"
#include "ctl/command.h"
#include "ctl/files.h"

#include <inttypes.h>
#include <stdio.h>

#define SETS_MAX_BYTES (1024 * 1024 * 1024)

static int take_page(void *data, struct page *page, struct error *err)
{
	struct replies *r = data;
	struct error doubt = {0};

	(void)err;
	if (!*r->doubt && listing_add(&r->listing, page, &doubt) < 0)
		text_copy_printable(r->doubt, sizeof(r->doubt), doubt.text);
	return 0;
}

int replies_read(const char *path, const struct policy *p, int64_t now_s, struct replies *ret)
{
	_cleanup_(text_done) struct text body = TEXT_INIT(SETS_MAX_BYTES);
	struct error err = {0};

	*ret = (struct replies){.doubt = ""};
	listing_init(&ret->listing, now_s, 0);
	if (files_read(path, &body, &err) < 0)
		return command_failed("%s", err.text);
	if (body.length == 0)
		return command_failed(
			"%s is empty: it should hold replies of DescribeBackups", path);
	if (reply_read_backups_stream(body.s, body.length, p->cluster, p->region, p->remote,
		    take_page, ret, &err) < 0)
		return command_failed("%s: %s", path, err.text);
	if (!ret->listing.complete && !*ret->doubt)
		(void)snprintf(ret->doubt, sizeof(ret->doubt),
			"%zu of %" PRId64 " sets on %" PRId64 " page%s: the rest is missing",
			ret->listing.inv.count, ret->listing.total, ret->listing.pages,
			ret->listing.pages == 1 ? "" : "s");
	return CTL_WELL;
}

void replies_done(struct replies *r)
{
	listing_done(&r->listing);
}
