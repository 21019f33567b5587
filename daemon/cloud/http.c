/* HTTPS requests over libcurl's multi interface. */
#include "cloud/http.h"

#include "base/memory.h"
#include "base/text.h"
#include "cloud/http_setup.h"
#include "cloud/route.h"
#include "cloud/trust.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define HEAD_MAX ((size_t)64 << 10)
#define DELIVER_BYTES ((size_t)256 << 10) /* of replies that one turn reads */

struct http {
	CURLM *multi;        /* keeps up to four connections for each transfer under way */
	struct trust *trust; /* holds the TLS sessions, which connections to a host resume */
	struct http_options options;
	struct transfer *transfers;
	struct resolver *resolver;
	int64_t connections; /* opened so far */
	int64_t woke_ms;     /* when http_turn() last stopped waiting; 0: never */
	bool more;           /* replies wait for the next turn */
};

struct transfer {
	struct transfer *next;
	CURL *easy;
	struct curl_slist *headers;
	char *sent; /* the request's body; NULL: none */
	struct text body, head;
	bool keep_head;
	struct http_reply reply;
	char error[CURL_ERROR_SIZE];
	bool tls;
	struct http_waiter *waiter;
	struct route route;
	int64_t begun_ms; /* by http_now_ms() */
	bool late;        /* may_send() said no */
	int64_t connect_timeout_s;
	enum {
		TRANSFER_WAITS, /* for the addresses of its route */
		TRANSFER_RUNS,
		TRANSFER_FAILED, /* no address was found */
		TRANSFER_DUE,    /* has failed, and is delivered in this turn */
	} state;
};

static void transfer_free(struct transfer *t)
{
	curl_easy_cleanup(t->easy);
	route_done(&t->route);
	http_headers_free(t->headers);
	memory_erase_string(t->sent);
	text_erase(&t->body);
	text_erase(&t->head);
	free(t);
}

int http_new(const struct http_options *o, struct http **ret, struct error *err)
{
	struct http *h;
	int r;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return error_set(err, EIO, "libcurl does not start");
	h = xcalloc(1, sizeof(*h));
	h->multi = curl_multi_init();
	h->trust = trust_new();
	h->options = *o;
	if (!h->multi || !h->trust) {
		http_free(h);
		return error_set(err, EIO, "libcurl does not start");
	}
	r = resolver_new(&h->resolver, err);
	if (r < 0) {
		http_free(h);
		return r;
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
	trust_free(h->trust);
	resolver_free(h->resolver);
	free(h);
	curl_global_cleanup();
}

void http_reply_done(struct http_reply *r)
{
	if (r->body)
		explicit_bzero(r->body, r->length);
	free(r->body);
	memory_erase_string(r->head);
	*r = (struct http_reply){0};
}

static size_t take_body(char *data, size_t size, size_t count, void *user)
{
	struct transfer *t = user;

	text_add_bytes(&t->body, data, size * count);
	return t->body.full ? 0 : size * count; /* 0 ends the transfer */
}

static void keep_header(char *to, size_t to_size, const char *value, size_t length)
{
	if (*to || length >= to_size)
		return;
	memcpy(to, value, length);
	to[length] = '\0';
}

/* A reply that is no final one, of a proxy for one, has headers of its own: those are dropped. */
static void keep_line(struct transfer *t, const char *data, size_t length)
{
	if (length >= 5 && strncasecmp(data, "HTTP/", 5) == 0) {
		text_erase(&t->head);
		t->head = TEXT_INIT(HEAD_MAX);
		return;
	}
	text_add_bytes(&t->head, data, length);
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

	if (t->keep_head)
		keep_line(t, data, length);
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

#if LIBCURL_VERSION_NUM >= 0x075000
static int before_request(void *user, char *from, char *to, int from_port, int to_port)
{
	struct transfer *t = user;

	(void)from;
	(void)to;
	(void)from_port;
	(void)to_port;
	t->late |= t->waiter->may_send && !t->waiter->may_send(t->waiter);
	return t->late ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}
#endif

static void set_request(const struct http *h, struct transfer *t, const struct http_request *r)
{
	CURL *easy = t->easy;
	int64_t now_ms = http_now_ms(), changed_ms = trust_changed_ms(h->trust, r->ca_file, now_ms);

	http_setup(easy, r, changed_ms, now_ms);
	(void)curl_easy_setopt(easy, CURLOPT_SHARE, trust_sessions(h->trust));
	(void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t->headers);
	if (strcmp(r->method, "GET") != 0) {
		(void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
		(void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, t->sent ? t->sent : "");
		(void)curl_easy_setopt(
			easy, CURLOPT_POSTFIELDSIZE, t->sent ? (long)strlen(t->sent) : 0L);
		(void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, r->method);
	}
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
	(void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->error);
	(void)curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
#if LIBCURL_VERSION_NUM >= 0x075000
	(void)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
	(void)curl_easy_setopt(easy, CURLOPT_PREREQDATA, t);
#endif
}

static int64_t clock_ms(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

int64_t http_now_ms(void)
{
	return clock_ms(CLOCK_BOOTTIME);
}

static void fail(struct transfer *t, const char *word, const char *detail)
{
	t->state = TRANSFER_FAILED;
	t->reply.fate = HTTP_UNSENT;
	t->reply.word = word;
	text_copy_printable(t->reply.detail, sizeof(t->reply.detail), detail);
}

/* Starts the transfer once all names of its route have addresses. */
static void go_on(struct http *h, struct transfer *t)
{
	bool late = http_now_ms() - t->begun_ms >= t->connect_timeout_s * 1000;
	struct error err = {0};
	int r = route_find(&t->route, t->easy, h->resolver, http_now_ms() / 1000, !late, &err);

	if (r == -EAGAIN && !late)
		return;
	if (r == -EAGAIN)
		(void)error_set(&err, ETIMEDOUT,
			"Could not resolve host: %s (no answer within %lld s)",
			t->route.names[0].host, (long long)t->connect_timeout_s);
	if (r < 0) {
		fail(t, r == -EAGAIN ? "Timeout" : "Resolve", err.text);
		return;
	}
	t->state = TRANSFER_RUNS;
	if (curl_multi_add_handle(h->multi, t->easy) != CURLM_OK)
		fail(t, "Connect", "libcurl cannot start a request");
}

int http_start(
	struct http *h, const struct http_request *r, struct http_waiter *w, struct error *err)
{
	struct transfer *t = xcalloc(1, sizeof(*t));
	struct http_request timed = *r;

	if (timed.connect_timeout_s == 0)
		timed.connect_timeout_s = h->options.connect_timeout_s;
	if (timed.total_timeout_s == 0)
		timed.total_timeout_s = h->options.total_timeout_s;
	if (timed.connection_lifetime_s == 0)
		timed.connection_lifetime_s = h->options.connection_lifetime_s;
	t->body = TEXT_INIT(r->body_max ? r->body_max : HTTP_BODY_MAX);
	if (r->secret)
		text_reserve(&t->body, t->body.max);
	t->keep_head = r->keep_head;
	t->head = TEXT_INIT(HEAD_MAX);
	t->sent = xstrdup(r->body);
	t->tls = strncasecmp(r->url, "https:", 6) == 0;
	t->waiter = w;
	t->easy = curl_easy_init();
	t->headers = http_headers(r);
	if (t->easy && t->headers)
		set_request(h, t, &timed);
	if (!t->easy || !t->headers ||
		!route_begin(&t->route, t->easy, r->url, t->tls, r->direct)) {
		transfer_free(t);
		return error_set(err, EIO, "libcurl cannot start a request");
	}
	t->begun_ms = http_now_ms();
	t->connect_timeout_s = timed.connect_timeout_s;
	t->next = h->transfers;
	h->transfers = t;
	go_on(h, t);
	return 0;
}

/* True if the proxy refused to connect us to the server. */
static bool proxy_refused(const struct transfer *t)
{
	long code = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &code);
	return t->route.proxied && code / 100 != 2;
}

/* True if no byte of the request can have been sent, whatever the error was. Proof is that libcurl
 * has not come to the request by its clocks, and counts no byte sent. Through a proxy it counts the
 * bytes of CONNECT: there the proof is that the tunnel was refused, or that TLS inside of it was
 * not established. */
static bool nothing_sent(const struct transfer *t)
{
	curl_off_t secured = 0, ready = 0;
	long bytes = 0;

	(void)curl_easy_getinfo(
		t->easy, t->tls ? CURLINFO_APPCONNECT_TIME_T : CURLINFO_CONNECT_TIME_T, &secured);
	(void)curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &ready);
	(void)curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &bytes);
	if (t->route.proxied && t->tls)
		return ready == 0 && (secured == 0 || proxy_refused(t));
	return secured == 0 && ready == 0 && bytes == 0;
}

static void classify(struct transfer *t, CURLcode code)
{
	struct http_reply *r = &t->reply;
	const char *detail = *t->error ? t->error : curl_easy_strerror(code);
	const char *early = http_early_word(code);

	if (code == CURLE_OK) {
		r->fate = HTTP_ANSWERED;
		return;
	}
	r->fate = HTTP_AMBIGUOUS;
	r->word = "Connection";
	if (t->late) { /* however the connection ended after that */
		r->word = "Late";
		r->fate = HTTP_UNSENT;
		detail = "it took too long until the request could be sent";
	} else if (code == CURLE_OPERATION_TIMEDOUT) {
		r->word = "Timeout";
		r->fate = nothing_sent(t) ? HTTP_UNSENT : HTTP_AMBIGUOUS;
	} else if (t->body.full) {
		r->word = "TooLarge";
		detail = "the reply is larger than it may be";
	} else if (proxy_refused(t) && nothing_sent(t)) {
		r->word = "Proxy";
		r->fate = HTTP_UNSENT;
	}
	if (early && nothing_sent(t)) {
		r->word = early;
		r->fate = HTTP_UNSENT;
	}
	text_copy_printable(r->detail, sizeof(r->detail), detail);
}

/* The longest wait after which something may have to be done that no descriptor tells of. */
static int longest_wait_ms(const struct http *h)
{
	int ms = INT_MAX;

	if (h->more)
		return 0;
	for (const struct transfer *t = h->transfers; t; t = t->next)
		if (t->state == TRANSFER_FAILED)
			return 0;
		else if (t->state == TRANSFER_WAITS)
			ms = 500;
	return ms;
}

int http_turn(struct http *h, const int *fds, size_t fd_count, int timeout_ms, struct error *err)
{
	struct curl_waitfd extra[HTTP_FDS_MAX + 1] = {0};
	int most_ms = longest_wait_ms(h);
	CURLMcode code;
	int running;

	if (fd_count > HTTP_FDS_MAX)
		fd_count = HTTP_FDS_MAX;
	for (size_t i = 0; i < fd_count; i++)
		extra[i] = (struct curl_waitfd){.fd = fds[i], .events = CURL_WAIT_POLLIN};
	extra[fd_count++] =
		(struct curl_waitfd){.fd = resolver_fd(h->resolver), .events = CURL_WAIT_POLLIN};
	if (timeout_ms < 0 || timeout_ms > most_ms)
		timeout_ms = most_ms;
	code = curl_multi_poll(h->multi, extra, (unsigned)fd_count, timeout_ms, NULL);
	h->woke_ms = clock_ms(CLOCK_MONOTONIC);
	resolver_collect(h->resolver, http_now_ms() / 1000);
	for (struct transfer *t = h->transfers; t; t = t->next)
		if (t->state == TRANSFER_WAITS)
			go_on(h, t);
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

/* Returns the length of the reply. */
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
	if (t->state == TRANSFER_RUNS)
		classify(t, code);
	t->reply.length = t->body.length;
	t->reply.body = text_take(&t->body);
	t->reply.head = t->keep_head ? text_take(&t->head) : NULL;
	reply = t->reply;
	length = reply.length;
	detach(h, t);
	transfer_free(t);
	trust_sweep(h->trust);
	waiter->answered(waiter, &reply);
	return length;
}

/* A machine that slept meanwhile kept nobody waiting: CLOCK_MONOTONIC does not count that. */
int64_t http_busy_ms(const struct http *h)
{
	return h->woke_ms ? clock_ms(CLOCK_MONOTONIC) - h->woke_ms : 0;
}

int64_t http_connections(const struct http *h)
{
	return h->connections;
}

static struct transfer *first_in(const struct http *h, int state)
{
	struct transfer *t = h->transfers;

	while (t && (int)t->state != state)
		t = t->next;
	return t;
}

/* Requests that answered() starts, and that fail at once, wait for the next turn. */
static void deliver_failed(struct http *h)
{
	struct transfer *t;

	while ((t = first_in(h, TRANSFER_FAILED)))
		t->state = TRANSFER_DUE;
	while ((t = first_in(h, TRANSFER_DUE)))
		(void)deliver(h, t, CURLE_OK);
}

void http_deliver(struct http *h)
{
	CURLMsg *message;
	size_t bytes = 0;
	int left;

	h->more = false;
	deliver_failed(h);
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
