/* The host of a region, and the hosts that options may name. */
#include "cloud/endpoint.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

static bool is_digits(const char *s)
{
	return *s && s[strspn(s, "0123456789")] == '\0';
}

static bool is_label(const char *s, size_t length)
{
	if (length == 0 || length > 63 || s[0] == '-' || s[length - 1] == '-')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_label_char(s[i]))
			return false;
	return true;
}

/* A name is of labels of letters, digits and inner hyphens. Its last label is not of digits alone:
 * such a name would be an address in one of the older forms of inet_aton ("127.1"). */
static bool is_host_name(const char *s)
{
	const char *last = strrchr(s, '.');

	if (strlen(s) > 253 || is_digits(last ? last + 1 : s))
		return false;
	for (;;) {
		size_t length = strcspn(s, ".");
		if (!is_label(s, length))
			return false;
		if (!s[length])
			return true;
		s += length + 1;
	}
}

/* True if `host` is a name or an address. *ret_loopback: it is this machine. */
static bool check_host(const char *host, bool bracketed, bool *ret_loopback)
{
	struct in6_addr six;
	struct in_addr four;

	if (bracketed) {
		if (inet_pton(AF_INET6, host, &six) != 1)
			return false;
		*ret_loopback = IN6_IS_ADDR_LOOPBACK(&six);
		return true;
	}
	if (inet_pton(AF_INET, host, &four) == 1) {
		*ret_loopback = ntohl(four.s_addr) >> 24 == 127;
		return true;
	}
	*ret_loopback = strcmp(host, "localhost") == 0;
	return is_host_name(host);
}

/* Splits "host:port" or "[v6]:port" in place. NULL if a bracket is missing. */
static char *split_port(char *s, bool *ret_bracketed, char **ret_port)
{
	char *colon;

	*ret_bracketed = *s == '[';
	*ret_port = NULL;
	if (*ret_bracketed) {
		char *close = strchr(++s, ']');
		if (!close || (close[1] != '\0' && close[1] != ':'))
			return NULL;
		*close = '\0';
		if (close[1] == ':')
			*ret_port = close + 2;
		return s;
	}
	colon = strchr(s, ':');
	if (colon) {
		*colon = '\0';
		*ret_port = colon + 1;
	}
	return s;
}

/* Moves *s behind http:// or https://. False if there is another scheme. */
static bool take_scheme(const char **s, bool *ret_tls)
{
	*ret_tls = strncasecmp(*s, "http://", 7) != 0;
	if (!*ret_tls)
		*s += 7;
	else if (strncasecmp(*s, "https://", 8) == 0)
		*s += 8;
	return !strstr(*s, "://");
}

/* Copies in lower case, without a last '/'. False if it is too long. */
static bool copy_lower(const char *s, char *to, size_t size)
{
	size_t length = strlen(s);

	if (length > 0 && s[length - 1] == '/')
		length--;
	if (length >= size)
		return false;
	for (size_t i = 0; i < length; i++)
		to[i] = (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] + 32 : s[i]);
	to[length] = '\0';
	return true;
}

/* *ret is 0 if `s` is NULL. */
static bool read_port(const char *s, unsigned *ret)
{
	uint64_t number = 0;

	if (s && (!text_to_u64(s, &number) || number == 0 || number > 65535))
		return false;
	*ret = (unsigned)number;
	return true;
}

/* `port` 0: none was given. The port of the scheme is left out. */
static void write_host(struct endpoint *e, const char *host, bool bracketed, unsigned port)
{
	size_t length;

	(void)snprintf(e->host, sizeof(e->host), bracketed ? "[%s]" : "%s", host);
	length = strlen(e->host);
	if (port > 0 && port != (e->tls ? 443 : 80))
		(void)snprintf(e->host + length, sizeof(e->host) - length, ":%u", port);
}

/* NULL, or what is wrong with the option. */
static const char *read_option(const char *given, struct endpoint *ret)
{
	char rest[ENDPOINT_HOST_SIZE], *host, *port;
	unsigned number;
	bool bracketed;

	if (!take_scheme(&given, &ret->tls))
		return "only https:// (or http:// to loopback)";
	if (!copy_lower(given, rest, sizeof(rest)))
		return "too long";
	if (strpbrk(rest, "/?#@"))
		return "a host and perhaps a port, without user, path or query";
	host = split_port(rest, &bracketed, &port);
	if (!host || !check_host(host, bracketed, &ret->loopback))
		return "not a host name or an address";
	if (!read_port(port, &number))
		return "the port is a number from 1 to 65535";
	if (!ret->tls && !ret->loopback)
		return "plain http is only for loopback (127.0.0.0/8, ::1, localhost); use https";
	write_host(ret, host, bracketed, number);
	return NULL;
}

static int from_option(const char *given, struct endpoint *ret, struct error *err)
{
	struct endpoint e = {0};
	const char *wrong = read_option(given, &e);

	if (wrong) {
		char shown[128];
		text_copy_printable(shown, sizeof(shown), given);
		return error_set(err, EINVAL, "endpoint '%s': %s", shown, wrong);
	}
	*ret = e;
	return 0;
}

static int check_region(const char *region, struct error *err)
{
	char shown[128];

	if (!region || !*region)
		return error_set(
			err, EINVAL, "no endpoint: neither a region nor an endpoint is given");
	if (strlen(region) <= 63 && !strchr(region, '.') && is_host_name(region))
		return 0;
	text_copy_printable(shown, sizeof(shown), region);
	return error_set(err, EINVAL, "region '%s': not the name of a region", shown);
}

/* The regions for which the vendor's SDK asks adb.aliyuncs.com (2021-12-01, endpoint map). */
static const char *shared_host(const char *region)
{
	static const char *const regions[] = {"cn-qingdao", "cn-beijing", "cn-hangzhou",
		"cn-shanghai", "cn-shenzhen", "cn-hongkong", "ap-southeast-1", "us-west-1",
		"us-east-1", "cn-hangzhou-finance", "cn-north-2-gov-1", "cn-beijing-finance-1",
		"cn-shanghai-finance-1", "cn-shenzhen-finance-1"};

	for (size_t i = 0; i < ARRAY_SIZE(regions); i++)
		if (strcmp(region, regions[i]) == 0)
			return "adb.aliyuncs.com";
	return NULL;
}

int endpoint_resolve(
	const char *given, const char *region, bool vpc, struct endpoint *ret, struct error *err)
{
	struct endpoint e = {.tls = true};
	int r;

	if (given && *given)
		return from_option(given, ret, err);
	r = check_region(region, err);
	if (r < 0)
		return r;
	(void)snprintf(e.host, sizeof(e.host), "adb%s.%s.aliyuncs.com", vpc ? "-vpc" : "", region);
	e.shared = vpc ? NULL : shared_host(region);
	*ret = e;
	return 0;
}

int endpoint_resolve_sts(
	const char *given, const char *region, bool vpc, struct endpoint *ret, struct error *err)
{
	struct endpoint e = {.tls = true, .host = "sts.aliyuncs.com"};
	int r;

	if (given && *given)
		return from_option(given, ret, err);
	if (vpc || (region && *region)) {
		r = check_region(region, err);
		if (r < 0)
			return r;
		(void)snprintf(
			e.host, sizeof(e.host), "sts%s.%s.aliyuncs.com", vpc ? "-vpc" : "", region);
	}
	*ret = e;
	return 0;
}
