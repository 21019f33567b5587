/* Reads the answers of sinks. */
#include "notify/answer.h"

#include "base/json.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define VALUES_MAX 200 /* of a body in JSON */

void notify_read_status(const struct notify_answer *a, struct notify_outcome *ret)
{
	*ret = (struct notify_outcome){.told = a->status / 100 == 2, .wait_s = a->retry_after_s};
	(void)snprintf(ret->detail, sizeof(ret->detail), "HTTP %d%s", a->status,
		a->status == 429               ? " (too many messages)"
			: a->status == 404     ? " (the URL is not known there)"
			: a->status / 100 == 3 ? " (it points elsewhere, which is not followed)"
					       : "");
}

void notify_read_code(const struct notify_answer *a, const char *key,
	const struct notify_code *codes, struct notify_outcome *ret)
{
	_cleanup_(json_deletep) cJSON *body = NULL;
	int64_t code;

	notify_read_status(a, ret);
	if (!ret->told && a->status != 400)
		return;
	ret->told = false;
	if (json_parse_within(a->body, a->length, VALUES_MAX, &body, NULL) < 0 ||
		!json_get_int(body, key, false, &code)) {
		(void)snprintf(ret->detail, sizeof(ret->detail),
			"HTTP %d, and the body has no '%s'", a->status, key);
		return;
	}
	ret->told = code == 0;
	for (; codes->text && codes->code != code; codes++)
		;
	ret->wait_s = codes->text && codes->wait_s > ret->wait_s ? codes->wait_s : ret->wait_s;
	(void)snprintf(ret->detail, sizeof(ret->detail), "%s %" PRId64 "%s%s", key, code,
		codes->text ? ": " : "", codes->text ? codes->text : "");
}

void notify_read_text(const struct notify_answer *a, const char *ok, struct notify_outcome *ret)
{
	size_t length = a->length;

	notify_read_status(a, ret);
	while (length > 0 && strchr(" \t\r\n", a->body[length - 1]))
		length--;
	if (!ret->told || (length == strlen(ok) && memcmp(a->body, ok, length) == 0))
		return;
	ret->told = false;
	(void)snprintf(ret->detail, sizeof(ret->detail), "HTTP %d, and the body is not '%s'",
		a->status, ok);
}
