/* What libcurl is told about every request: limits, protocols, whom to trust, which connection. */
#include "cloud/http_setup.h"

#include "base/memory.h"
#include "cloud/trust.h"

#include <string.h>

#define STALL_S 30       /* no byte for so long: given up */
#define BUFFER_SIZE 4096 /* of each transfer under way; libcurl reads so many bytes at a time */

static void set_protocols(CURL *easy, bool plain)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	(void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, plain ? "http,https" : "https");
#else
	(void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS,
		(long)(plain ? CURLPROTO_HTTP | CURLPROTO_HTTPS : CURLPROTO_HTTPS));
#endif
}

static void set_limits(CURL *easy, const struct http_request *r)
{
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)BUFFER_SIZE);
	(void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)r->connect_timeout_s);
	(void)curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)r->total_timeout_s);
	(void)curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)STALL_S);
	(void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	(void)curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

/* Sets the authorities. What libcurl read of them before `changed_ms` has to be read again. */
static void set_trust(CURL *easy, const struct http_request *r, int64_t changed_ms, int64_t now_ms)
{
	if (r->ca_file)
		(void)curl_easy_setopt(easy, CURLOPT_CAINFO, r->ca_file);
	/* With a folder beside the file libcurl caches nothing: 29 ms a connection, not 1.5. */
	if (r->ca_file || trust_bundle())
		(void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
#if LIBCURL_VERSION_NUM >= 0x075700
	if (changed_ms > 0)
		(void)curl_easy_setopt(
			easy, CURLOPT_CA_CACHE_TIMEOUT, (long)((now_ms - changed_ms) / 1000));
#else
	(void)changed_ms;
	(void)now_ms;
#endif
}

/* Limits the connections that may be reused: none older than the lifetime, since names move, and
 * none made before `after_ms`. libcurl counts in whole seconds. */
static void set_connection(
	CURL *easy, const struct http_request *r, int64_t after_ms, int64_t now_ms)
{
	int64_t age_s = r->connection_lifetime_s;
	bool fresh = r->once;

	if (after_ms > 0 && (now_ms - after_ms) / 1000 - 1 < age_s)
		age_s = (now_ms - after_ms) / 1000 - 1;
	if (age_s < 1) {
		age_s = 1;
		fresh = true;
	}
	(void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
	(void)curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, r->once ? 1L : 0L);
#if LIBCURL_VERSION_NUM >= 0x075000
	(void)curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, (long)age_s);
#else
	(void)curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)(age_s < 118 ? age_s : 118));
#endif
}

void http_setup(CURL *easy, const struct http_request *r, int64_t changed_ms, int64_t now_ms)
{
	int64_t after_ms = r->connected_after_ms > changed_ms ? r->connected_after_ms : changed_ms;

	set_limits(easy, r);
	set_protocols(easy, r->plain);
	set_trust(easy, r, changed_ms, now_ms);
	set_connection(easy, r, after_ms, now_ms);
	(void)curl_easy_setopt(easy, CURLOPT_URL, r->url);
}

void http_headers_free(struct curl_slist *list)
{
	for (struct curl_slist *h = list; h; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(list);
}

/* Frees the list and returns NULL if memory has run out. */
static struct curl_slist *add_header(struct curl_slist *list, const char *header)
{
	struct curl_slist *longer = list ? curl_slist_append(list, header) : NULL;

	if (list && !longer)
		http_headers_free(list);
	return longer;
}

struct curl_slist *http_headers(const struct http_request *r)
{
	/* A name without a value removes the header that libcurl would add. */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	if (!r->body)
		list = add_header(list, "Content-Type:");
	for (const char *const *header = r->headers; *header; header++)
		list = add_header(list, *header);
	return list;
}

/* Errors from before a request: the host is not found, not reached, or not trusted. Some of these
 * codes also stand for later errors (CURLE_UNSUPPORTED_PROTOCOL for a reply that is not HTTP), so
 * the code alone proves nothing. */
static const struct {
	CURLcode code;
	const char *word;
} early[] = {
	{CURLE_COULDNT_RESOLVE_HOST, "Resolve"},
	{CURLE_COULDNT_RESOLVE_PROXY, "Resolve"},
	{CURLE_COULDNT_CONNECT, "Connect"},
	{CURLE_SSL_CONNECT_ERROR, "Tls"},
	{CURLE_PEER_FAILED_VERIFICATION, "Tls"},
	{CURLE_SSL_CACERT_BADFILE, "Tls"},
	{CURLE_SSL_ISSUER_ERROR, "Tls"},
	{CURLE_SSL_INVALIDCERTSTATUS, "Tls"},
	{CURLE_URL_MALFORMAT, "Connect"},
	{CURLE_UNSUPPORTED_PROTOCOL, "Connect"},
};

const char *http_early_word(CURLcode code)
{
	for (size_t i = 0; i < ARRAY_SIZE(early); i++)
		if (early[i].code == code)
			return early[i].word;
	return NULL;
}
