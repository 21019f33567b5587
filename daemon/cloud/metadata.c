/* The conversation with the ECS metadata service. */
#include "cloud/metadata.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TOKEN_MAX ((size_t)4096)
#define ROLE_MAX ((size_t)64) /* of a RAM role's name: the RAM manual */
#define FOLDER "/latest/meta-data/ram/security-credentials/"

void metadata_begin(struct metadata *m, const char *role, bool hardened)
{
	*m = (struct metadata){.role = xstrdup(role), .hardened = hardened};
}

void metadata_done(struct metadata *m)
{
	free(m->role);
	memory_erase_string(m->token);
	*m = (struct metadata){0};
}

void metadata_ask(const struct metadata *m, struct metadata_question *ret)
{
	*ret = (struct metadata_question){.method = "GET"};
	if (m->stage == METADATA_TOKEN) {
		ret->method = "PUT";
		(void)snprintf(ret->path, sizeof(ret->path), "/latest/api/token");
		/* Six hours, as in the vendor's clients. */
		ret->header = xstrdup("X-aliyun-ecs-metadata-token-ttl-seconds: 21600");
		return;
	}
	(void)snprintf(ret->path, sizeof(ret->path), FOLDER "%s",
		m->stage == METADATA_KEYS ? m->role : "");
	if (m->token)
		ret->header = xconcat("X-aliyun-ecs-metadata-token", ": ", m->token);
}

/* The whole of a one-line body; NULL if it has anything but visible ASCII, or is too long. */
static char *one_word(const struct http_reply *reply, size_t max)
{
	size_t from = strspn(reply->body, " \t\r\n"), length = strlen(reply->body);

	while (length > from && strchr(" \t\r\n", reply->body[length - 1]))
		length--;
	if (length == from || length - from > max || strlen(reply->body) != reply->length)
		return NULL;
	for (size_t i = from; i < length; i++)
		if (reply->body[i] <= 0x20 || reply->body[i] >= 0x7f)
			return NULL;
	return xstrndup(reply->body + from, length - from);
}

static bool is_role_name(const char *s)
{
	for (const char *c = s; *c; c++)
		if (!(*c >= 'a' && *c <= 'z') && !(*c >= 'A' && *c <= 'Z') &&
			!(*c >= '0' && *c <= '9') && !strchr(".-_", *c))
			return false;
	return *s && strlen(s) <= ROLE_MAX;
}

/* 0 if the reply is one with status 200. */
static int check(const struct metadata *m, const struct http_reply *reply, struct error *err)
{
	static const char *const wanted[] = {
		[METADATA_TOKEN] = "its token",
		[METADATA_ROLE] = "the instance's role",
		[METADATA_KEYS] = "the role's keys",
	};

	if (reply->fate == HTTP_UNSENT && m->stage == METADATA_TOKEN)
		return error_set(err, ENODEV, "no metadata service answers (%s)", reply->word);
	if (reply->fate != HTTP_ANSWERED)
		return error_set(err, EIO, "the metadata service did not tell %s: %s",
			wanted[m->stage], reply->word);
	if (reply->status == 404 && m->stage == METADATA_ROLE)
		return error_set(err, ENODEV, "the instance has no role");
	if (reply->status != 200)
		return error_set(err, EIO, "the metadata service did not tell %s: HTTP status %d",
			wanted[m->stage], reply->status);
	return 0;
}

static int take_token(
	struct metadata *m, const struct http_reply *reply, int failed, struct error *err)
{
	if (failed == 0) {
		m->token = one_word(reply, TOKEN_MAX);
		if (!m->token)
			failed = error_set(err, EBADMSG, "the metadata service gave no token");
	}
	if (failed == -ENODEV || (failed < 0 && m->hardened))
		return failed;
	m->stage = m->role ? METADATA_KEYS : METADATA_ROLE;
	return 0;
}

static int take_role(struct metadata *m, const struct http_reply *reply, struct error *err)
{
	char *role = one_word(reply, ROLE_MAX);

	if (!role || !is_role_name(role)) {
		free(role);
		return error_set(
			err, EBADMSG, "what the metadata service calls the role is no role's name");
	}
	m->role = role;
	m->stage = METADATA_KEYS;
	return 0;
}

int metadata_take(
	struct metadata *m, const struct http_reply *reply, struct session *ret, struct error *err)
{
	int r = check(m, reply, err);

	if (m->stage == METADATA_TOKEN)
		return take_token(m, reply, r, err);
	if (r == 0 && m->stage == METADATA_ROLE) {
		r = take_role(m, reply, err);
	} else if (r == 0) {
		r = session_read_flat(reply->body, reply->length, false, ret, err);
		if (r == 0)
			return 1;
	}
	/* Some proxies and old hosts refuse questions with a token. */
	if (r < 0 && m->token && !m->hardened) {
		memory_erase_string(m->token);
		m->token = NULL;
		return 0;
	}
	return r;
}
