/* Where the numbers go: a file for the node exporter, and a page by HTTP. */
#include "service/metrics.h"

#include "service/webserver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PERIOD_USEC (15 * 1000000u) /* as often as Prometheus commonly asks */
#define PAGE_MAX (256u << 20)

struct metrics {
	struct service *service;
	char *textfile, *listen; /* as configured; NULL: not wanted */
	struct webserver *http;  /* NULL also while the address is taken */
	sd_event_source *timer;
	bool file_failed, listen_failed; /* the failure was told, and lasts */
};

static void page(void *data, struct text *out)
{
	struct metrics *x = data;

	metrics_text(x->service, out);
}

static int write_all(int fd, const struct text *t)
{
	size_t done = 0;

	while (done < t->length) {
		ssize_t n = write(fd, t->s + done, t->length - done);
		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* The collector must never see half a file: it is written beside, under a name that nobody can
 * guess, and renamed. No sync: after a crash of the machine the next write is seconds away. What is
 * there and no file stays: -ENOTSUP. */
static int write_file(const char *path, const struct text *t)
{
	_cleanup_free_ char *beside = xasprintf("%s.XXXXXX", path);
	struct stat st;
	int fd, r;

	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return -ENOTSUP;
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	(void)fchmod(fd, 0644); /* the exporter is another user */
	r = write_all(fd, t);
	(void)close(fd);
	if (r == 0 && rename(beside, path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(beside);
	return r;
}

static void renew_file(struct metrics *x)
{
	struct text t = TEXT_INIT(PAGE_MAX);
	int r;

	metrics_text(x->service, &t);
	r = write_file(x->textfile, &t);
	if (r < 0 && !x->file_failed)
		journal_say(&x->service->context.journal, MESSAGE_OTHER, LEVEL_WARNING,
			"metrics: cannot write %s: %s", x->textfile,
			r == -ENOTSUP ? "it is no regular file" : strerror(-r));
	x->file_failed = r < 0;
	text_done(&t);
}

static void try_to_listen(struct metrics *x)
{
	struct error err = {0};
	int r = webserver_new(x->service->context.event, x->listen, page, x, &x->http, &err);

	if (r < 0 && !x->listen_failed)
		journal_say(&x->service->context.journal, MESSAGE_OTHER, LEVEL_ERROR,
			"%s; will try again", err.text);
	x->listen_failed = r < 0;
}

static int on_timer(sd_event_source *s, uint64_t usec, void *data)
{
	struct metrics *x = data;

	if (x->textfile)
		renew_file(x);
	if (x->listen && !x->http)
		try_to_listen(x);
	(void)sd_event_source_set_time(s, usec + PERIOD_USEC);
	return 0;
}

/* The timer runs only where there is a file or a port to see to; its first time is now. */
static void arm(struct metrics *x)
{
	uint64_t now = 0;

	(void)sd_event_now(x->service->context.event, CLOCK_MONOTONIC, &now);
	(void)sd_event_source_set_time(x->timer, now);
	(void)sd_event_source_set_enabled(
		x->timer, x->textfile || x->listen ? SD_EVENT_ON : SD_EVENT_OFF);
}

struct metrics *metrics_new(struct service *service, const struct policyfile *file)
{
	struct metrics *x = xcalloc(1, sizeof(*x));

	x->service = service;
	x->textfile = xstrdup(file->metrics_textfile);
	x->listen = xstrdup(file->metrics_listen);
	if (sd_event_add_time(
		    service->context.event, &x->timer, CLOCK_MONOTONIC, 0, 0, on_timer, x) >= 0)
		arm(x);
	if (x->listen)
		try_to_listen(x);
	return x;
}

static void forget_file(struct metrics *x)
{
	if (x->textfile)
		(void)unlink(x->textfile);
	free(x->textfile);
	x->textfile = NULL;
}

void metrics_free(struct metrics *x)
{
	if (!x)
		return;
	forget_file(x);
	webserver_free(x->http);
	sd_event_source_unref(x->timer);
	free(x->listen);
	free(x);
}

int metrics_change(struct metrics *x, const struct policyfile *file, struct error *err)
{
	struct webserver *http = NULL;
	int r = 0;

	if (!text_equal(x->listen, file->metrics_listen)) {
		if (file->metrics_listen)
			r = webserver_new(x->service->context.event, file->metrics_listen, page, x,
				&http, err);
		if (r < 0)
			return r;
		webserver_free(x->http);
		x->http = http;
		free(x->listen);
		x->listen = xstrdup(file->metrics_listen);
	}
	if (!text_equal(x->textfile, file->metrics_textfile)) {
		forget_file(x);
		x->textfile = xstrdup(file->metrics_textfile);
	}
	x->file_failed = false;
	arm(x);
	return 0;
}
