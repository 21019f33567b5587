/* Finds the proxy of a request in the environment. */
#include "cloud/proxy.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The address in network order, and how many bits it has; 0 if it is none. */
static unsigned address_bits(const char *text, unsigned char ret[16])
{
	if (inet_pton(AF_INET, text, ret) == 1)
		return 32;
	return inet_pton(AF_INET6, text, ret) == 1 ? 128 : 0;
}

/* "10.0.0.0/8", or an address alone. */
static bool is_in_network(const char *network, const char *host)
{
	_cleanup_free_ char *base = xstrdup(network);
	unsigned char a[16], b[16];
	char *slash = strchr(base, '/');
	unsigned bits = address_bits(host, a);
	uint64_t prefix = bits;

	if (slash)
		*slash = '\0';
	if (bits == 0 || address_bits(base, b) != bits ||
		(slash && (!text_to_u64(slash + 1, &prefix) || prefix > bits)))
		return false;
	for (unsigned i = 0; i < prefix; i++)
		if ((a[i / 8] ^ b[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}

static bool is_in_domain(const char *domain, const char *host)
{
	size_t length = strlen(host), tail;

	domain += *domain == '.';
	tail = strlen(domain);
	return tail > 0 && tail <= length && strcasecmp(host + length - tail, domain) == 0 &&
		(tail == length || host[length - tail - 1] == '.');
}

bool proxy_is_excluded(const char *list, const char *host)
{
	_cleanup_free_ char *copy = xstrdup(list);
	char *rest = copy, *entry;

	while ((entry = strsep(&rest, ", \t"))) {
		size_t length = strlen(entry);
		if (length > 2 && *entry == '[' && entry[length - 1] == ']') {
			entry[length - 1] = '\0';
			entry++;
		}
		if (strcmp(entry, "*") == 0 || is_in_network(entry, host) ||
			is_in_domain(entry, host))
			return true;
	}
	return false;
}

static const char *first_of(const char *const *names)
{
	for (; *names; names++) {
		const char *value = getenv(*names);
		if (value && *value)
			return value;
	}
	return NULL;
}

const char *proxy_find(bool tls, const char *host)
{
	static const char *const https[] = {
		"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
	static const char *const http[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
	static const char *const none[] = {"no_proxy", "NO_PROXY", NULL};
	const char *proxy = first_of(tls ? https : http), *excluded = first_of(none);

	return proxy && !(excluded && proxy_is_excluded(excluded, host)) ? proxy : NULL;
}
