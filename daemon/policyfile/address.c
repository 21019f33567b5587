/* Parses addresses to listen on. */
#include "policyfile/address.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <netinet/in.h>

bool address_parse(const char *s, struct sockaddr_storage *ret, socklen_t *ret_length)
{
	const char *colon = strrchr(s, ':');
	size_t length = colon ? (size_t)(colon - s) : 0;
	char host[INET6_ADDRSTRLEN + 2];
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	uint64_t port;

	if (!length || length >= sizeof(host) || !text_to_u64(colon + 1, &port) || port < 1 ||
		port > 65535)
		return false;
	memcpy(host, s, length);
	host[length] = '\0';
	v4.sin_port = v6.sin6_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
		memcpy(ret, &v4, sizeof(v4));
		*ret_length = sizeof(v4);
		return true;
	}
	if (host[0] != '[' || host[length - 1] != ']')
		return false;
	host[length - 1] = '\0';
	if (inet_pton(AF_INET6, host + 1, &v6.sin6_addr) != 1)
		return false;
	memcpy(ret, &v6, sizeof(v6));
	*ret_length = sizeof(v6);
	return true;
}
