/* What STS, the metadata service, a credentials URI and a command answer; the first byte chooses,
 * and 'm' plays a conversation with the metadata service, its answers parted by lines of "--".
 * Whole keys or none, and an error that never quotes the answer (S9). */
#include "base/memory.h"
#include "cloud/metadata.h"
#include "fuzz.h"

#include <string.h>

#define MARKER "FAKESECRET"

static void check(int r, const struct session *s, const struct error *err)
{
	HOLDS(r >= 0 || (err->text[0] && !strstr(err->text, MARKER)));
	HOLDS(r < 0 || keys_are_clean(&s->keys));
	HOLDS(r >= 0 || (!s->keys.id && !s->keys.secret && !s->keys.token));
}

static void converse(char *text)
{
	struct metadata m;
	struct session session = {0};
	struct error err = {0};
	char *rest = text, *part;
	int r = 0;

	metadata_begin(&m, NULL, false);
	while (r == 0 && (part = rest)) {
		struct http_reply reply = {.fate = HTTP_ANSWERED, .status = 200, .body = part};
		struct metadata_question q;
		rest = strstr(part, "\n--\n");
		if (rest) {
			*rest = '\0';
			rest += 4;
		}
		if (text[0] == '!') /* some of it fails */
			reply.status = part[0] == '!' ? 404 : 200;
		reply.length = strlen(part);
		metadata_ask(&m, &q);
		HOLDS(q.path[0] == '/' && !strpbrk(q.path, " \r\n"));
		HOLDS(!q.header || !strpbrk(q.header, "\r\n"));
		memory_erase_string(q.header);
		r = metadata_take(&m, &reply, &session, &err);
	}
	HOLDS((r == 1) == (session.keys.id != NULL));
	if (r != 0)
		check(r, &session, &err);
	session_done(&session);
	metadata_done(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct session session = {0};
	struct error err = {0};
	int r;

	if (size < 1)
		return 0;
	_cleanup_free_ char *text = xmalloc(size);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	switch (data[0]) {
	case 'm':
		converse(text);
		return 0;
	case 's':
		r = session_read_sts(text, size - 1, &session, &err);
		break;
	case 'x':
		r = session_read_external(text, size - 1, &session, &err);
		break;
	default:
		r = session_read_flat(text, size - 1, data[0] == 'u', &session, &err);
		break;
	}
	check(r, &session, &err);
	session_done(&session);
	return 0;
}
