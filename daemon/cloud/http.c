#include "cloud/http.h"

#include "base/memory.h"
#include "base/text.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define STALL_S 30                        /* no byte for so long: given up */
#define DELIVER_BYTES ((size_t)256 << 10) /* of replies a turn: reading them takes time */
#define BUFFER_SIZE 4096 /* bytes of a reply read at a time; each call under way has so much */

struct http {
	CURLM *multi;   /* keeps up to four connections for each transfer under way */
	CURLSH *shared; /* TLS sessions: a new connection resumes the last one to its host */
	int64_t connect_timeout_s, total_timeout_s;
	struct transfer *transfers;
	int64_t connections; /* opened so far */
	bool more;           /* replies are there that were not delivered in this turn */
};

struct transfer {
	struct transfer *next;
	CURL *easy;
	struct curl_slist *headers;
	char *sent; /* the request's body; NULL: none */
	struct text body;
	struct http_reply reply;
	char error[CURL_ERROR_SIZE];
	bool tls;
	struct http_waiter *waiter;
};

/* Headers hold the token and the signature. */
static void erase_headers(struct curl_slist *list)
{
	for (struct curl_slist *h = list; h; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(list);
}

static void transfer_free(struct transfer *t)
{
	curl_easy_cleanup(t->easy);
	erase_headers(t->headers);
	memory_erase_string(t->sent);
	text_erase(&t->body);
	free(t);
}

int http_new(const struct http_options *o, struct http **ret, struct error *err)
{
	struct http *h;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return error_set(err, EIO, "libcurl does not start");
	h = xcalloc(1, sizeof(*h));
	h->multi = curl_multi_init();
	h->shared = curl_share_init();
	h->connect_timeout_s = o->connect_timeout_s;
	h->total_timeout_s = o->total_timeout_s;
	if (!h->multi || !h->shared ||
		curl_share_setopt(h->shared, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) !=
			CURLSHE_OK) {
		http_free(h);
		return error_set(err, EIO, "libcurl does not start");
	}
	*ret = h;
	return 0;
}

void http_free(struct http *h)
{
	if (!h)
		return;
	while (h->transfers) {
		struct transfer *t = h->transfers;
		h->transfers = t->next;
		(void)curl_multi_remove_handle(h->multi, t->easy);
		transfer_free(t);
	}
	curl_multi_cleanup(h->multi);
	(void)curl_share_cleanup(h->shared);
	free(h);
	curl_global_cleanup();
}

void http_reply_done(struct http_reply *r)
{
	if (r->body)
		explicit_bzero(r->body, r->length);
	free(r->body);
	*r = (struct http_reply){0};
}

static size_t take_body(char *data, size_t size, size_t count, void *user)
{
	struct transfer *t = user;

	text_add_bytes(&t->body, data, size * count);
	return t->body.full ? 0 : size * count; /* 0 breaks the transfer off */
}

static void keep_header(char *to, size_t to_size, const char *value, size_t length)
{
	if (*to || length >= to_size)
		return;
	memcpy(to, value, length);
	to[length] = '\0';
}

static size_t take_header(char *data, size_t size, size_t count, void *user)
{
	struct transfer *t = user;
	struct http_reply *r = &t->reply;
	const struct {
		const char *name;
		char *to;
		size_t size;
	} wanted[] = {
		{"date:", r->date, sizeof(r->date)},
		{"retry-after:", r->retry_after, sizeof(r->retry_after)},
		{"x-acs-retry-after:", r->acs_retry_after, sizeof(r->acs_retry_after)},
		{"x-ratelimit-user-api:", r->ratelimit_api, sizeof(r->ratelimit_api)},
		{"x-ratelimit-user:", r->ratelimit_user, sizeof(r->ratelimit_user)},
	};
	size_t length = size * count;

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		size_t n = strlen(wanted[i].name), end = length;
		if (length < n || strncasecmp(data, wanted[i].name, n) != 0)
			continue;
		while (end > n && strchr(" \t\r\n", data[end - 1]))
			end--;
		while (n < end && strchr(" \t", data[n]))
			n++;
		keep_header(wanted[i].to, wanted[i].size, data + n, end - n);
	}
	return length;
}

static void set_protocols(CURL *easy, bool plain)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	(void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, plain ? "http,https" : "https");
#else
	(void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS,
		(long)(plain ? CURLPROTO_HTTP | CURLPROTO_HTTPS : CURLPROTO_HTTPS));
#endif
}

static void set_limits(const struct http *h, struct transfer *t, const struct http_request *r)
{
	int64_t connect_s = r->connect_timeout_s ? r->connect_timeout_s : h->connect_timeout_s;
	int64_t total_s = r->total_timeout_s ? r->total_timeout_s : h->total_timeout_s;
	CURL *easy = t->easy;

	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)BUFFER_SIZE);
	(void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)connect_s);
	(void)curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)total_s);
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

static void set_request(struct transfer *t, const struct http_request *r)
{
	CURL *easy = t->easy;

	(void)curl_easy_setopt(easy, CURLOPT_URL, r->url);
	(void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t->headers);
	if (strcmp(r->method, "GET") != 0) {
		(void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
		(void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, t->sent ? t->sent : "");
		(void)curl_easy_setopt(
			easy, CURLOPT_POSTFIELDSIZE, t->sent ? (long)strlen(t->sent) : 0L);
		(void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, r->method);
	}
	if (r->ca_file)
		(void)curl_easy_setopt(easy, CURLOPT_CAINFO, r->ca_file);
	if (r->ca_file || have_bundle())
		(void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	(void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, r->once ? 1L : 0L);
	(void)curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, r->once ? 1L : 0L);
	if (r->direct)
		(void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
	set_protocols(easy, r->plain);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
	(void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->error);
	(void)curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
}

/* NULL if there is no memory for it. */
static struct curl_slist *add_header(struct curl_slist *list, const char *header)
{
	struct curl_slist *longer = list ? curl_slist_append(list, header) : NULL;

	if (list && !longer)
		erase_headers(list);
	return longer;
}

static struct curl_slist *make_headers(const struct http_request *r)
{
	/* Without a value it takes out what libcurl would add by itself. */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	if (!r->body)
		list = add_header(list, "Content-Type:");
	for (const char *const *header = r->headers; *header; header++)
		list = add_header(list, *header);
	return list;
}

int http_start(
	struct http *h, const struct http_request *r, struct http_waiter *w, struct error *err)
{
	struct transfer *t = xcalloc(1, sizeof(*t));

	t->body = TEXT_INIT(r->body_max ? r->body_max : HTTP_BODY_MAX);
	if (r->secret)
		text_reserve(&t->body, t->body.max);
	t->sent = xstrdup(r->body);
	t->tls = strncasecmp(r->url, "https:", 6) == 0;
	t->waiter = w;
	t->easy = curl_easy_init();
	t->headers = make_headers(r);
	if (t->easy && t->headers) {
		set_limits(h, t, r);
		(void)curl_easy_setopt(t->easy, CURLOPT_SHARE, h->shared);
		set_request(t, r);
	}
	if (!t->easy || !t->headers || curl_multi_add_handle(h->multi, t->easy) != CURLM_OK) {
		transfer_free(t);
		return error_set(err, EIO, "libcurl cannot start a request");
	}
	t->next = h->transfers;
	h->transfers = t;
	return 0;
}

/* True if nothing of the request can have left, whatever the error was. A clock that libcurl has
 * not started counts as proof only together with its count of bytes. */
static bool nothing_sent(const struct transfer *t)
{
	curl_off_t secured = 0, ready = 0;
	long bytes = 0;

	(void)curl_easy_getinfo(
		t->easy, t->tls ? CURLINFO_APPCONNECT_TIME_T : CURLINFO_CONNECT_TIME_T, &secured);
	(void)curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &ready);
	(void)curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &bytes);
	return secured == 0 && ready == 0 && bytes == 0;
}

/* Errors that come before a request: the host is not found, not reached, or not trusted. Some of
 * them also come later (CURLE_UNSUPPORTED_PROTOCOL for a reply that is no HTTP), so that the code
 * alone proves nothing. */
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

static void classify(struct transfer *t, CURLcode code)
{
	struct http_reply *r = &t->reply;
	const char *detail = *t->error ? t->error : curl_easy_strerror(code);

	if (code == CURLE_OK) {
		r->fate = HTTP_ANSWERED;
		return;
	}
	r->fate = HTTP_AMBIGUOUS;
	r->word = "Connection";
	if (code == CURLE_OPERATION_TIMEDOUT) {
		r->word = "Timeout";
		r->fate = nothing_sent(t) ? HTTP_UNSENT : HTTP_AMBIGUOUS;
	} else if (t->body.full) {
		r->word = "TooLarge";
		detail = "the reply is larger than it may be";
	}
	for (size_t i = 0; i < ARRAY_SIZE(early); i++)
		if (early[i].code == code && nothing_sent(t)) {
			r->word = early[i].word;
			r->fate = HTTP_UNSENT;
		}
	text_copy_printable(r->detail, sizeof(r->detail), detail);
}

int http_turn(struct http *h, const int *fds, size_t fd_count, int timeout_ms, struct error *err)
{
	struct curl_waitfd extra[HTTP_FDS_MAX] = {0};
	CURLMcode code;
	int running;

	if (fd_count > HTTP_FDS_MAX)
		fd_count = HTTP_FDS_MAX;
	for (size_t i = 0; i < fd_count; i++)
		extra[i] = (struct curl_waitfd){.fd = fds[i], .events = CURL_WAIT_POLLIN};
	if (h->more)
		timeout_ms = 0;
	code = curl_multi_poll(
		h->multi, extra, (unsigned)fd_count, timeout_ms < 0 ? INT_MAX : timeout_ms, NULL);
	if (code == CURLM_OK)
		code = curl_multi_perform(h->multi, &running);
	if (code != CURLM_OK)
		return error_set(err, EIO, "libcurl: %s", curl_multi_strerror(code));
	return 0;
}

static void detach(struct http *h, struct transfer *t)
{
	struct transfer **at = &h->transfers;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	(void)curl_multi_remove_handle(h->multi, t->easy);
}

void http_forget(struct http *h, const struct http_waiter *w)
{
	for (struct transfer *t = h->transfers, *next; t; t = next) {
		next = t->next;
		if (t->waiter != w)
			continue;
		detach(h, t);
		transfer_free(t);
	}
}

/* Returns the bytes of its reply. */
static size_t deliver(struct http *h, struct transfer *t, CURLcode code)
{
	struct http_waiter *waiter = t->waiter;
	struct http_reply reply;
	long status = 0, opened = 0;
	size_t length;

	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &opened);
	h->connections += opened;
	t->reply.status = (int)status;
	classify(t, code);
	t->reply.length = t->body.length;
	t->reply.body = text_take(&t->body);
	reply = t->reply;
	length = reply.length;
	detach(h, t);
	transfer_free(t);
	waiter->answered(waiter, &reply);
	return length;
}

int64_t http_connections(const struct http *h)
{
	return h->connections;
}

void http_deliver(struct http *h)
{
	CURLMsg *message;
	size_t bytes = 0;
	int left;

	h->more = false;
	while ((message = curl_multi_info_read(h->multi, &left))) {
		char *private = NULL;
		if (message->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
		bytes += deliver(h, (struct transfer *)private, message->data.result);
		if (bytes >= DELIVER_BYTES) {
			h->more = left > 0;
			return;
		}
	}
}
