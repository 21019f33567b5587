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

/* Labels of letters, digits and inner hyphens. A last label of digits would be an address in one of
 * inet_aton's older forms ("127.1"), which only a full dotted quad may be. */
static bool is_host_name(const char *s)
{
	size_t label = 0, length = strlen(s);
	const char *last = strrchr(s, '.');

	if (length == 0 || length > 253)
		return false;
	for (size_t i = 0; i <= length; i++) {
		if (s[i] != '.' && s[i] != '\0') {
			if (!is_label_char(s[i]) || (s[i] == '-' && label == 0))
				return false;
			label++;
			continue;
		}
		if (label == 0 || label > 63 || s[i - 1] == '-')
			return false;
		label = 0;
	}
	return !is_digits(last ? last + 1 : s);
}

/* True if `host` may be called; says whether it is this machine. */
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

/* Splits "host:port" or "[v6]:port" in place. NULL if brackets are out of order. */
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

static int from_option(const char *given, struct endpoint *ret, struct error *err)
{
	struct endpoint e = {.tls = true};
	char rest[ENDPOINT_HOST_SIZE], shown[128], *host, *port;
	uint64_t number = 0;
	bool bracketed;
	size_t length;

	text_copy_printable(shown, sizeof(shown), given);
	if (strncasecmp(given, "https://", 8) == 0) {
		given += 8;
	} else if (strncasecmp(given, "http://", 7) == 0) {
		given += 7;
		e.tls = false;
	} else if (strstr(given, "://")) {
		return error_set(err, EINVAL,
			"endpoint '%s': only https:// (or http:// to loopback)", shown);
	}
	length = strlen(given);
	if (length > 0 && given[length - 1] == '/')
		length--;
	if (length >= sizeof(rest))
		return error_set(err, EINVAL, "endpoint '%s': too long", shown);
	for (size_t i = 0; i < length; i++)
		rest[i] = (char)(given[i] >= 'A' && given[i] <= 'Z' ? given[i] + 32 : given[i]);
	rest[length] = '\0';
	if (strpbrk(rest, "/?#@"))
		return error_set(err, EINVAL,
			"endpoint '%s': a host and perhaps a port, without user, path or query",
			shown);

	host = split_port(rest, &bracketed, &port);
	if (!host || !check_host(host, bracketed, &e.loopback))
		return error_set(
			err, EINVAL, "endpoint '%s': not a host name or an address", shown);
	if (port && (!text_to_u64(port, &number) || number == 0 || number > 65535))
		return error_set(
			err, EINVAL, "endpoint '%s': the port is a number from 1 to 65535", shown);
	if (!e.tls && !e.loopback)
		return error_set(err, EINVAL,
			"endpoint '%s': plain http is only for loopback (127.0.0.0/8, ::1, "
			"localhost); "
			"use https",
			shown);
	(void)snprintf(e.host, sizeof(e.host), bracketed ? "[%s]" : "%s", host);
	if (number > 0 && number != (e.tls ? 443 : 80)) {
		length = strlen(e.host);
		(void)snprintf(e.host + length, sizeof(e.host) - length, ":%u", (unsigned)number);
	}
	*ret = e;
	return 0;
}

int endpoint_resolve(const char *given, const char *region, struct endpoint *ret, struct error *err)
{
	static const char *const shared[] = {"cn-beijing", "cn-hangzhou", "cn-shanghai"};
	struct endpoint e = {.tls = true};

	if (given && *given)
		return from_option(given, ret, err);
	if (!region || !*region)
		return error_set(
			err, EINVAL, "no endpoint: neither a region nor an endpoint is given");
	if (strlen(region) > 63 || strchr(region, '.') || !is_host_name(region)) {
		char shown[128];
		text_copy_printable(shown, sizeof(shown), region);
		return error_set(err, EINVAL, "region '%s': not the name of a region", shown);
	}
	(void)snprintf(e.host, sizeof(e.host), "adb.%s.aliyuncs.com", region);
	for (size_t i = 0; i < ARRAY_SIZE(shared); i++)
		if (strcmp(region, shared[i]) == 0)
			(void)snprintf(e.host, sizeof(e.host), "adb.aliyuncs.com");
	*ret = e;
	return 0;
}
