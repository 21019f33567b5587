/* Looks up host names in threads that nobody waits for. */
#include "cloud/resolve.h"

#include "base/memory.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define THREADS_MAX 16      /* names that are looked up at the same time */
#define FRESH_S INT64_C(60) /* as long as libcurl keeps addresses */
#define OLD_S INT64_C(3600) /* addresses this old are better than none */
#define FAILED_S INT64_C(1) /* a failure is the answer for so long, so that all who wait get it */
#define ADDRESSES_MAX ((size_t)2048)

/* The result of one look-up. */
struct result {
	struct result *next;
	char *host;
	char *addresses; /* NULL: none */
	const char *why; /* static */
};

/* Where threads leave their results. It lives until the resolver and all threads have left it. */
struct mailbox {
	pthread_mutex_t lock;
	size_t owners; /* the resolver, and each thread */
	int fd;        /* eventfd(2) */
	struct result *results;
};

struct name {
	struct name *next;
	char *host;
	char *addresses; /* the last ones; NULL: none yet */
	int64_t found_s;
	const char *failure; /* of the last look-up; NULL: it did not fail */
	int64_t failed_s;
	bool asked; /* a thread looks it up */
};

struct resolver {
	struct mailbox *mailbox;
	struct name *names;
	size_t threads;
};

struct lookup {
	struct mailbox *mailbox;
	char *host;
};

static void results_free(struct result *r)
{
	while (r) {
		struct result *next = r->next;
		free(r->host);
		free(r->addresses);
		free(r);
		r = next;
	}
}

static void mailbox_leave(struct mailbox *m)
{
	bool last;

	(void)pthread_mutex_lock(&m->lock);
	last = --m->owners == 0;
	(void)pthread_mutex_unlock(&m->lock);
	if (!last)
		return;
	results_free(m->results);
	(void)close(m->fd);
	(void)pthread_mutex_destroy(&m->lock);
	free(m);
}

static char *text_of_addresses(const struct addrinfo *list)
{
	struct text t = TEXT_INIT(ADDRESSES_MAX);
	char numeric[NI_MAXHOST];

	for (const struct addrinfo *a = list; a; a = a->ai_next)
		if (getnameinfo(a->ai_addr, a->ai_addrlen, numeric, sizeof(numeric), NULL, 0,
			    NI_NUMERICHOST) == 0 &&
			t.length + strlen(numeric) < t.max)
			text_printf(&t, "%s%s", t.length ? "," : "", numeric);
	return t.length ? text_take(&t) : NULL;
}

/* Runs in the thread. */
static void *look_up(void *data)
{
	struct lookup *l = data;
	struct mailbox *m = l->mailbox;
	struct result *result = xcalloc(1, sizeof(*result));
	struct addrinfo *list = NULL, hints = {.ai_socktype = SOCK_STREAM};
	int r = getaddrinfo(l->host, NULL, &hints, &list);

	result->host = l->host;
	result->addresses = r == 0 ? text_of_addresses(list) : NULL;
	result->why = gai_strerror(r == 0 ? EAI_NONAME : r);
	if (r == 0)
		freeaddrinfo(list);
	(void)pthread_mutex_lock(&m->lock);
	result->next = m->results;
	m->results = result;
	(void)eventfd_write(m->fd, 1);
	(void)pthread_mutex_unlock(&m->lock);
	mailbox_leave(m);
	free(l);
	return NULL;
}

/* The thread blocks all signals: the main thread handles them. */
static int start_thread(struct lookup *l)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all, before;
	int r;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	r = pthread_create(&thread, &attributes, look_up, l);
	(void)pthread_attr_destroy(&attributes);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

static int ask(struct resolver *r, struct name *n, struct error *err)
{
	struct lookup *l = xcalloc(1, sizeof(*l));
	int failed;

	*l = (struct lookup){.mailbox = r->mailbox, .host = xstrdup(n->host)};
	(void)pthread_mutex_lock(&r->mailbox->lock);
	r->mailbox->owners++;
	(void)pthread_mutex_unlock(&r->mailbox->lock);
	failed = start_thread(l);
	if (failed) {
		mailbox_leave(r->mailbox);
		free(l->host);
		free(l);
		return error_set(err, EHOSTUNREACH, "Could not resolve host: %s: no thread: %s",
			n->host, strerror(failed));
	}
	n->asked = true;
	r->threads++;
	return -EAGAIN;
}

int resolver_new(struct resolver **ret, struct error *err)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct resolver *r;

	if (fd < 0)
		return error_set(err, errno, "eventfd: %s", strerror(errno));
	r = xcalloc(1, sizeof(*r));
	r->mailbox = xcalloc(1, sizeof(*r->mailbox));
	*r->mailbox = (struct mailbox){.owners = 1, .fd = fd};
	(void)pthread_mutex_init(&r->mailbox->lock, NULL);
	*ret = r;
	return 0;
}

void resolver_free(struct resolver *r)
{
	if (!r)
		return;
	while (r->names) {
		struct name *n = r->names;
		r->names = n->next;
		free(n->host);
		free(n->addresses);
		free(n);
	}
	mailbox_leave(r->mailbox);
	free(r);
}

int resolver_fd(const struct resolver *r)
{
	return r->mailbox->fd;
}

static struct name *name_of(struct resolver *r, const char *host)
{
	struct name *n = r->names;

	while (n && strcmp(n->host, host) != 0)
		n = n->next;
	if (n)
		return n;
	n = xcalloc(1, sizeof(*n));
	n->host = xstrdup(host);
	n->next = r->names;
	r->names = n;
	return n;
}

void resolver_collect(struct resolver *r, int64_t now_s)
{
	struct result *results;
	eventfd_t count;

	(void)eventfd_read(r->mailbox->fd, &count);
	(void)pthread_mutex_lock(&r->mailbox->lock);
	results = r->mailbox->results;
	r->mailbox->results = NULL;
	(void)pthread_mutex_unlock(&r->mailbox->lock);
	for (struct result *result = results; result; result = result->next) {
		struct name *n = name_of(r, result->host);
		r->threads--;
		n->asked = false;
		n->failure = result->addresses ? NULL : result->why;
		n->failed_s = now_s;
		if (!result->addresses)
			continue;
		free(n->addresses);
		n->addresses = TAKE_PTR(result->addresses);
		n->found_s = now_s;
	}
	results_free(results);
}

static bool knows(const struct name *n, int64_t now_s, int64_t age_s)
{
	return n->addresses && now_s - n->found_s < age_s;
}

int resolver_find(struct resolver *r, const char *host, int64_t now_s, bool patient,
	const char **ret, struct error *err)
{
	struct name *n = name_of(r, host);
	bool failed = n->failure && now_s - n->failed_s <= FAILED_S;

	if (knows(n, now_s, FRESH_S) || ((failed || !patient) && knows(n, now_s, OLD_S))) {
		*ret = n->addresses;
		return 0;
	}
	if (failed)
		return error_set(
			err, EHOSTUNREACH, "Could not resolve host: %s (%s)", host, n->failure);
	if (n->asked || r->threads >= THREADS_MAX)
		return -EAGAIN;
	return ask(r, n, err);
}
