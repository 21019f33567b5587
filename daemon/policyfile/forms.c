/* Texts of a certain form: hosts, names of roles, paths. */
#include "policyfile/loader.h"

#include "base/json.h"

#include <arpa/inet.h>
#include <stdio.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* STS: at most so many characters. */
#define SESSION_POLICY_MAX 2048
#define EXTERNAL_ID_MAX 1224

static bool consists_of(const char *s, const char *allowed, size_t least, size_t most)
{
	size_t length = strlen(s);

	return length >= least && length <= most && strspn(s, allowed) == length;
}

static bool is_file(const char *s)
{
	return s[0] == '/' && s[1] && strlen(s) < 4096;
}

/* acs:ram::123456789012:KIND/NAME */
static bool is_resource(const char *s, const char *kind)
{
	static const char prefix[] = "acs:ram::";
	size_t digits;

	if (!text_starts(s, prefix))
		return false;
	s += sizeof(prefix) - 1;
	digits = strspn(s, DIGITS);
	return digits > 0 && s[digits] == ':' && text_starts(s + digits + 1, kind) &&
		consists_of(s + digits + 1 + strlen(kind), LETTERS DIGITS "._-/", 1, 128);
}

static bool is_role(const char *s)
{
	return is_resource(s, "role/");
}

static bool is_oidc_provider(const char *s)
{
	return is_resource(s, "oidc-provider/");
}

static bool is_session_name(const char *s)
{
	return consists_of(s, LETTERS DIGITS ".@_-", 2, 64);
}

static bool is_external_id(const char *s)
{
	return consists_of(s, LETTERS DIGITS "=,.@:/_-+", 2, EXTERNAL_ID_MAX);
}

/* A name, an IPv4 address, or an IPv6 address in brackets, and perhaps a port. */
static bool is_host(const char *s, size_t length, bool *ret_loopback)
{
	char host[256];
	size_t port = 0, end;
	struct in6_addr six;
	struct in_addr four;

	if (length == 0 || length >= sizeof(host))
		return false;
	(void)snprintf(host, sizeof(host), "%.*s", (int)length, s);
	end = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
	if (end < length) {
		port = strspn(host + end + 1, DIGITS);
		if (host[end] != ':' || port == 0 || port > 5 || end + 1 + port != length)
			return false;
		host[end] = '\0';
	}
	if (host[0] == '[') {
		if (end > length)
			return false;
		host[end - 1] = '\0';
		*ret_loopback =
			inet_pton(AF_INET6, host + 1, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
		return inet_pton(AF_INET6, host + 1, &six) == 1;
	}
	*ret_loopback = strcmp(host, "localhost") == 0 ||
		(inet_pton(AF_INET, host, &four) == 1 && ntohl(four.s_addr) >> 24 == 127);
	return consists_of(host, LETTERS DIGITS ".-", 1, 253) && !strchr(".-", host[0]);
}

/* Plain http is for this machine alone: what it carries could be read and changed by others. */
static bool is_url(const char *s)
{
	bool tls = text_starts(s, "https://"), loopback;
	size_t host;

	if (!tls && !text_starts(s, "http://"))
		return false;
	s += tls ? 8 : 7;
	host = strcspn(s, "/?#");
	return is_host(s, host, &loopback) && (tls || loopback) && !strpbrk(s, "@# ") &&
		strlen(s) < 2048;
}

static bool is_endpoint(const char *s)
{
	const char *slashes = strstr(s, "://");
	bool loopback;
	size_t rest;

	if (!slashes)
		return is_host(s, strlen(s), &loopback);
	rest = strcspn(slashes + 3, "/?#");
	return is_url(s) && (strcmp(slashes + 3 + rest, "/") == 0 || !slashes[3 + rest]);
}

struct form {
	const char *what; /* it takes */
	bool (*is)(const char *s);
};

static const struct form forms[TYPE_COUNT] = {
	[TYPE_FILE] = {"an absolute path", is_file},
	[TYPE_ENDPOINT] = {"a host, or https:// and a host, without user and path (http:// only "
			   "for this machine)",
		is_endpoint},
	[TYPE_URL] = {"an https:// URL without a user (http:// only for this machine)", is_url},
	[TYPE_ROLE] = {"a role such as acs:ram::123456789012:role/retaind", is_role},
	[TYPE_OIDC_PROVIDER] = {"an identity provider such as "
				"acs:ram::123456789012:oidc-provider/cluster",
		is_oidc_provider},
	[TYPE_SESSION_NAME] = {"2 to 64 letters, digits, '.', '@', '_' or '-'", is_session_name},
	[TYPE_EXTERNAL_ID] = {"2 to 1224 letters, digits and characters of =,.@:/_-+",
		is_external_id},
};

bool value_form(struct loader *l, const struct key *k, const struct node *n, const char **ret)
{
	const struct form *form = &forms[k->type];
	char found[NODE_TEXT_SIZE];
	const char *text;

	if (!value_text(l, k, n, &text))
		return false;
	if (form->is(text)) {
		*ret = text;
		return true;
	}
	node_describe(n, found);
	if (strchr(text, '@') && (k->type == TYPE_URL || k->type == TYPE_ENDPOINT))
		loader_error(l, n, "'%s' takes %s", key_name(k), form->what);
	else
		loader_error(l, n, "'%s' takes %s, not %s", key_name(k), form->what, found);
	return false;
}

bool value_json(struct loader *l, const struct key *k, const struct node *n, const char **ret)
{
	_cleanup_(json_deletep) cJSON *value = NULL;
	struct error err = {0};
	const char *text;

	if (!value_text(l, k, n, &text))
		return false;
	if (json_parse(text, strlen(text), &value, &err) < 0)
		loader_error(l, n, "'%s': %s", key_name(k), err.text);
	else if (!cJSON_IsObject(value))
		loader_error(l, n, "'%s' takes a JSON object such as '{\"Version\":\"1\",...}'",
			key_name(k));
	else if (strlen(text) > SESSION_POLICY_MAX)
		loader_error(l, n, "'%s' takes at most %d bytes, not %zu", key_name(k),
			SESSION_POLICY_MAX, strlen(text));
	else
		*ret = text;
	return *ret == text;
}

bool value_word(struct loader *l, const struct key *k, const struct node *n, int64_t *ret)
{
	const char *words[16] = {NULL};
	_cleanup_(text_done) struct text takes = TEXT_INIT(256);
	char found[NODE_TEXT_SIZE];
	const char *nearest;
	size_t count = 0;

	for (const struct key_word *w = k->word; w->word; w++) {
		if (n->kind == NODE_SCALAR && strcmp(n->text, w->word) == 0) {
			*ret = w->value;
			return true;
		}
		text_printf(&takes, "%s%s", !count ? "" : w[1].word ? ", " : " or ", w->word);
		if (count < ARRAY_SIZE(words) - 1)
			words[count++] = w->word;
	}
	node_describe(n, found);
	nearest = n->kind == NODE_SCALAR ? text_nearest(n->text, words) : NULL;
	loader_error(l, n, "'%s' takes %s, not %s%s%s%s", key_name(k), takes.s, found,
		nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "");
	return false;
}
