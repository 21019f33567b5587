/* The route of a request to its host. */
#include "cloud/route.h"

#include "base/memory.h"
#include "cloud/proxy.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static bool is_address(const char *host)
{
	unsigned char address[16];

	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

/* The host of a URL, without brackets, and its port; NULL and NULL if it does not read. */
static void read_url(const char *url, const char *default_port, char **ret_host, char **ret_port)
{
	CURLU *parts = curl_url();
	char *host = NULL, *port = NULL;

	*ret_host = *ret_port = NULL;
	if (parts &&
		curl_url_set(parts, CURLUPART_URL, url,
			CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) == CURLUE_OK &&
		curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
		(void)curl_url_get(parts, CURLUPART_PORT, &port, 0);
		*ret_host = *host == '[' ? xstrndup(host + 1, strlen(host) - 2) : xstrdup(host);
		*ret_port = xstrdup(port ? port : default_port);
	}
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(parts);
}

/* Takes the strings over. */
static void add_name(struct route *r, char *host, char *port)
{
	if (host && !is_address(host)) {
		r->names[r->count].host = host;
		r->names[r->count++].port = port;
		return;
	}
	free(host);
	free(port);
}

static bool starts(const char *url, const char *scheme)
{
	return strncasecmp(url, scheme, strlen(scheme)) == 0;
}

bool route_begin(struct route *r, CURL *easy, const char *url, bool tls, bool direct)
{
	char *host, *port, *proxy_host, *proxy_port;
	const char *proxy;

	*r = (struct route){0};
	read_url(url, tls ? "443" : "80", &host, &port);
	if (!host)
		return false;
	proxy = direct ? NULL : proxy_find(tls, host);
	r->proxied = proxy != NULL;
	(void)curl_easy_setopt(easy, CURLOPT_PROXY, proxy ? proxy : "");
	(void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	if (proxy) {
		/* Without a port libcurl uses these. */
		read_url(proxy, starts(proxy, "https:") ? "443" : "1080", &proxy_host, &proxy_port);
		add_name(r, proxy_host, proxy_port);
	}
	/* Proxies of these two kinds take addresses, not names. */
	if (!proxy || starts(proxy, "socks4:") || starts(proxy, "socks5:")) {
		add_name(r, host, port);
		return true;
	}
	free(host);
	free(port);
	return true;
}

void route_done(struct route *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->names[i].host);
		free(r->names[i].port);
	}
	curl_slist_free_all(r->addresses);
	*r = (struct route){0};
}

int route_find(struct route *r, CURL *easy, struct resolver *resolver, int64_t now_s, bool patient,
	struct error *err)
{
	curl_slist_free_all(r->addresses);
	r->addresses = NULL;
	for (size_t i = 0; i < r->count; i++) {
		_cleanup_free_ char *line = NULL;
		struct curl_slist *longer;
		const char *addresses;
		int found =
			resolver_find(resolver, r->names[i].host, now_s, patient, &addresses, err);

		if (found < 0)
			return found;
		line = xasprintf("%s:%s:%s", r->names[i].host, r->names[i].port, addresses);
		longer = curl_slist_append(r->addresses, line);
		if (!longer)
			abort();
		r->addresses = longer;
	}
	(void)curl_easy_setopt(easy, CURLOPT_RESOLVE, r->addresses);
	return 0;
}
