/* The forms of texts, each with the words for it. */
#include "policyfile/forms.h"

#include "base/text.h"
#include "policyfile/address.h"

#include <arpa/inet.h>
#include <stdio.h>

#define SMALL "abcdefghijklmnopqrstuvwxyz"
#define LETTERS SMALL "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

#define ID_MAX 64
#define EXTERNAL_ID_MAX 1224 /* AssumeRole: ExternalId */

static bool consists_of(const char *s, const char *allowed, size_t least, size_t most)
{
	size_t length = strlen(s);

	return length >= least && length <= most && strspn(s, allowed) == length;
}

/* What the cloud's ids are made of; safe in a path or a URL. */
static bool is_id(const char *s)
{
	return consists_of(s, LETTERS DIGITS "._-", 1, ID_MAX);
}

/* cn-hangzhou, us-west-1, cn-north-2-gov-1: small words joined by '-'. */
static bool is_region(const char *s)
{
	size_t length = strspn(s, SMALL);

	if (length == 0 || s[length] != '-' || strlen(s) > ID_MAX)
		return false;
	for (s += length; *s == '-'; s += 1 + length) {
		length = strspn(s + 1, SMALL DIGITS);
		if (length == 0)
			return false;
	}
	return !*s;
}

static bool is_textfile(const char *s)
{
	const char *end = strrchr(s, '.');

	return s[0] == '/' && end && strcmp(end, ".prom") == 0;
}

static bool is_address(const char *s)
{
	struct sockaddr_storage address;
	socklen_t length;

	return address_parse(s, &address, &length);
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

/* As in ISO 4217. */
static bool is_currency(const char *s)
{
	return consists_of(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 3, 3);
}

static bool is_external_id(const char *s)
{
	return consists_of(s, LETTERS DIGITS "=,.@:/_-+", 2, EXTERNAL_ID_MAX);
}

/* Cuts ":443" off the end of a host, if it is there; false if something else follows the host. */
static bool cut_port(char *host)
{
	char *bracket = host[0] == '[' ? strchr(host, ']') : NULL;
	char *end = bracket ? bracket + 1 : host + strcspn(host, ":");
	size_t digits;

	if (!*end)
		return true;
	digits = strspn(end + 1, DIGITS);
	if (*end != ':' || digits == 0 || digits > 5 || end[1 + digits])
		return false;
	*end = '\0';
	return true;
}

/* An IPv6 address in brackets. */
static bool is_host_six(char *host, bool *ret_loopback)
{
	char *bracket = strchr(host, ']');
	struct in6_addr six;

	if (!bracket)
		return false;
	*bracket = '\0';
	if (inet_pton(AF_INET6, host + 1, &six) != 1)
		return false;
	*ret_loopback = IN6_IS_ADDR_LOOPBACK(&six);
	return true;
}

/* A name, an IPv4 address, or an IPv6 address in brackets, and perhaps a port. */
static bool is_host(const char *s, size_t length, bool *ret_loopback)
{
	char host[256];
	struct in_addr four;

	if (length == 0 || length >= sizeof(host))
		return false;
	(void)snprintf(host, sizeof(host), "%.*s", (int)length, s);
	if (!cut_port(host))
		return false;
	if (host[0] == '[')
		return is_host_six(host, ret_loopback);
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

static bool is_credential(const char *s)
{
	return is_file(s) || is_id(s);
}

const struct form forms[TYPE_COUNT] = {
	[TYPE_ID] = {"1 to 64 letters, digits, '.', '_' or '-'", is_id},
	[TYPE_REGION] = {"a name such as cn-hangzhou or ap-southeast-1", is_region},
	[TYPE_TEXTFILE] = {"an absolute path that ends in .prom (the collector reads no other)",
		is_textfile},
	[TYPE_ADDRESS] = {"an address in numbers and a port, such as 127.0.0.1:9879 or "
			  "[::1]:9879",
		is_address},
	[TYPE_FILE] = {"an absolute path", is_file},
	[TYPE_CREDENTIAL] = {"the name of a credential of the unit, or an absolute path: the file "
			     "holds the secret, and this file does not",
		is_credential},
	[TYPE_ENDPOINT] = {"a host, or https:// and a host, without user and path (http:// only "
			   "for this machine)",
		is_endpoint},
	[TYPE_URL] = {"an https:// URL without a user (http:// only for this machine)", is_url},
	[TYPE_ROLE] = {"a role such as acs:ram::123456789012:role/retaind", is_role},
	[TYPE_OIDC_PROVIDER] = {"an identity provider such as "
				"acs:ram::123456789012:oidc-provider/cluster",
		is_oidc_provider},
	[TYPE_SESSION_NAME] = {"2 to 64 letters, digits, '.', '@', '_' or '-'", is_session_name},
	[TYPE_CURRENCY] = {"three capital letters such as CNY or USD", is_currency},
	[TYPE_EXTERNAL_ID] = {"2 to 1224 letters, digits and characters of =,.@:/_-+",
		is_external_id},
};
