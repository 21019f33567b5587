/* What libcurl is told about every request: limits, protocols, whom to trust, which connection. */
#include "cloud/http_setup.h"

#include <unistd.h>

#define STALL_S 30       /* no byte for so long: given up */
#define BUFFER_SIZE 4096 /* bytes of a reply read at a time; each call under way has so much */

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

/* True if the system's authorities are in one file. libcurl (from 7.87) then reads them once a day;
 * with a folder beside it, all of them anew for each connection, which took 29 ms instead of 1.5.
 */
static bool have_bundle(void)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

	return v->age >= CURLVERSION_SEVENTH && v->cainfo && access(v->cainfo, R_OK) == 0;
}

void http_setup(CURL *easy, const struct http_request *r)
{
	set_limits(easy, r);
	set_protocols(easy, r->plain);
	(void)curl_easy_setopt(easy, CURLOPT_URL, r->url);
	if (r->ca_file)
		(void)curl_easy_setopt(easy, CURLOPT_CAINFO, r->ca_file);
	if (r->ca_file || have_bundle())
		(void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	(void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, r->once ? 1L : 0L);
	(void)curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, r->once ? 1L : 0L);
}
