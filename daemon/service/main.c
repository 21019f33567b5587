/* retaind: reads the policy, takes backups, thins them, tells systemd and people about it. */
#include "service/asked.h"
#include "service/control.h"
#include "service/housekeeping.h"
#include "service/metrics.h"
#include "service/now.h"
#include "service/policy_watch.h"
#include "service/reload.h"
#include "service/state_watch.h"
#include "service/status.h"
#include "service/telling.h"
#include "service/warnings.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#define STOP_WAIT_S                                                                  \
	8 /* for answers to calls that change something; later they count as unknown \
	   */
#define UNWRITTEN_MS 100
#define EXIT_POLICY 78 /* EX_CONFIG: starting again does not help, and the unit does not try */

struct daemon {
	struct options options;
	struct service service;
	struct control *control;
	struct housekeeping *housekeeping;
	struct state_watch *state_watch;
	struct policy_watch *policy_watch;
	struct telling *telling;
	int clock_fd;           /* readable when the system clock was set */
	int64_t stop_by_boot_s; /* 0: not stopping */
	uint64_t watchdog_usec; /* 0: none */
	uint64_t watchdog_told_usec;
	char *told; /* the last STATUS= */
	int64_t told_boot_s;
	int64_t commit_due_us; /* until records must be on disk; INT64_MAX: none waits */
	bool unwritten;        /* lines of the log, or what systemd is to be told */
	int exit_code;
};

static int on_stop(sd_event_source *s, const struct signalfd_siginfo *si, void *data)
{
	struct daemon *d = data;

	(void)s;
	if (d->stop_by_boot_s)
		return 0;
	d->stop_by_boot_s = now_moment().boot_s + STOP_WAIT_S;
	journal_say(&d->service.context.journal, MESSAGE_STOPPING, LEVEL_INFO,
		"stopping (signal %u)", si->ssi_signo);
	supervisor_promise(&d->service.context.supervisor,
		"STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=%d", (STOP_WAIT_S + 2) * 1000000);
	(void)service_stop(&d->service);
	return 0;
}

static int on_reload(sd_event_source *s, const struct signalfd_siginfo *si, void *data)
{
	struct daemon *d = data;
	struct text messages = TEXT_INIT(1 << 20), changes = TEXT_INIT(4096);

	(void)s;
	if (!d->stop_by_boot_s) {
		const struct asker who = {si->ssi_uid, (pid_t)si->ssi_pid};
		asked_tell(&d->service.context, &who, "reload", NULL, NULL);
		(void)reload_policy(&d->service, &messages, &changes);
	}
	text_done(&messages);
	text_done(&changes);
	return 0;
}

static void watch_clock(struct daemon *d)
{
	struct itimerspec far = {.it_value = {.tv_sec = INT32_MAX}};

	(void)timerfd_settime(d->clock_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, NULL);
}

static int on_clock_set(sd_event_source *s, int fd, uint32_t events, void *data)
{
	struct daemon *d = data;
	uint64_t ignored;

	(void)s;
	(void)events;
	if (read(fd, &ignored, sizeof(ignored)) < 0 && errno == ECANCELED)
		journal_say(&d->service.context.journal, MESSAGE_CLOCK_SET, LEVEL_NOTICE,
			"the system clock was set");
	watch_clock(d);
	fleet_run(&d->service.fleet);
	return 0;
}

static int listen_to_system(struct daemon *d, struct error *err)
{
	static const int stops[] = {SIGTERM, SIGINT};
	sd_event *e = d->service.context.event;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(stops); i++)
		r = sd_event_add_signal(e, NULL, stops[i], on_stop, d);
	if (r >= 0)
		r = sd_event_add_signal(e, NULL, SIGHUP, on_reload, d);
	d->clock_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (r >= 0 && d->clock_fd >= 0) {
		watch_clock(d);
		r = sd_event_add_io(e, NULL, d->clock_fd, EPOLLIN, on_clock_set, d);
	}
	return r < 0 ? error_set(err, -r, "cannot set up the event loop: %s", strerror(-r)) : 0;
}

/* STATUS=, at most once a second, and only if it says something new. */
static void tell_status(struct daemon *d)
{
	struct text line = TEXT_INIT(2048);
	int64_t boot_s = now_moment().boot_s;

	if (!d->service.context.status_stale || boot_s == d->told_boot_s || d->stop_by_boot_s)
		return;
	warnings_tell(&d->service);
	status_line(&d->service, &line);
	if (!text_equal(d->told, line.s)) {
		_cleanup_free_ char *state = xasprintf("STATUS=%s", line.s);
		bool told = supervisor_tell(&d->service.context.supervisor, state);
		free(d->told);
		d->told = told ? xstrdup(line.s) : NULL;
	}
	d->told_boot_s = boot_s;
	d->service.context.status_stale = false;
	text_done(&line);
}

/* WATCHDOG=1 comes after a whole turn of the loop, never from a timer alone. */
static void tell_watchdog(struct daemon *d)
{
	uint64_t now = now_us(CLOCK_MONOTONIC);

	if (!d->watchdog_usec || now - d->watchdog_told_usec < d->watchdog_usec / 2)
		return;
	d->watchdog_told_usec = now;
	if (!supervisor_tell(&d->service.context.supervisor, "WATCHDOG=1"))
		d->watchdog_told_usec -= d->watchdog_usec / 2 - UNWRITTEN_MS * 1000;
}

static void flush(struct daemon *d)
{
	struct context *x = &d->service.context;
	bool told = supervisor_flush(&x->supervisor), written = journal_flush(&x->journal);

	d->unwritten = !told || !written;
}

/* How long the loop may sleep, in ms; -1: until something happens. It wakes by itself only for the
 * next second, where a change is yet to be told, for the watchdog, and where somebody does not read
 * the log or what systemd is told. */
static int sleep_ms(struct daemon *d)
{
	int64_t ms = -1;

	if (d->unwritten)
		ms = UNWRITTEN_MS;
	else if (d->stop_by_boot_s || d->options.once)
		ms = 200;
	else if (d->service.context.status_stale)
		ms = 1000 - (int64_t)(now_us(CLOCK_BOOTTIME) / 1000 % 1000);
	if (d->watchdog_usec) {
		uint64_t now = now_us(CLOCK_MONOTONIC),
			 due = d->watchdog_told_usec + d->watchdog_usec / 2;
		int64_t left_ms = due > now ? (int64_t)((due - now) / 1000) + 1 : 0;
		ms = ms < 0 || ms > left_ms ? left_ms : ms;
	}
	if (d->commit_due_us != INT64_MAX && (ms < 0 || ms > d->commit_due_us / 1000 + 1))
		ms = d->commit_due_us / 1000 + 1;
	return (int)ms;
}

static bool finished(struct daemon *d)
{
	bool unwell = false;

	if (d->stop_by_boot_s) {
		bool late = now_moment().boot_s >= d->stop_by_boot_s;
		if (late) {
			fleet_abandon(&d->service.fleet);
			cluster_commit(&d->service.context);
		}
		return late || (service_stop(&d->service) && !control_is_busy(d->control));
	}
	if (!d->options.once || !service_once_finished(&d->service, &unwell))
		return false;
	d->exit_code = unwell ? 1 : 0;
	return true;
}

static int turn(struct daemon *d, struct error *err)
{
	sd_event *e = d->service.context.event;
	int r = sd_event_prepare(e);

	turns_note(&d->service.turns, client_busy_ms(d->service.context.calls->client),
		now_moment().boot_s);
	if (r >= 0) {
		int pending = r;
		r = client_turn(d->service.context.calls->client, sd_event_get_fd(e),
			pending ? 0 : sleep_ms(d), err);
		if (r < 0)
			return r;
		r = pending ? 1 : sd_event_wait(e, 0);
	}
	if (r > 0)
		r = sd_event_dispatch(e);
	if (d->service.context.failed < 0)
		r = d->service.context.failed;
	if (r < 0)
		return error_set(err, -r, "the event loop failed: %s", strerror(-r));
	return 0;
}

static int loop(struct daemon *d, struct error *err)
{
	fleet_run(&d->service.fleet);
	d->commit_due_us = fleet_go(&d->service.fleet);
	while (!finished(d)) {
		int r = turn(d, err);
		if (r < 0)
			return r;
		d->commit_due_us = fleet_go(&d->service.fleet);
		tell_status(d);
		tell_watchdog(d);
		flush(d);
	}
	return 0;
}

static int load(struct daemon *d, struct policyfile **ret, struct error *err)
{
	struct text messages = TEXT_INIT(1 << 20);
	int r = policyfile_load_again(
		d->options.config, TRUST_OWNERS, d->service.zones, ret, &messages);

	if (messages.s)
		journal_say(&d->service.context.journal, MESSAGE_OTHER,
			r < 0 ? LEVEL_ERROR : LEVEL_WARNING, "%s", messages.s);
	text_done(&messages);
	if (r == 0)
		return 0;
	if (!d->options.once)
		d->exit_code = EXIT_POLICY;
	return error_set(err, EINVAL, "the policy %s cannot be used", d->options.config);
}

static int run(struct daemon *d, struct error *err)
{
	struct service *s = &d->service;
	struct policyfile *file = NULL;
	int r;

	s->context.options = &d->options;
	r = sd_event_new(&s->context.event);
	if (r < 0)
		return error_set(err, -r, "cannot make an event loop: %s", strerror(-r));
	r = service_open(s, err);
	if (r == 0)
		r = load(d, &file, err);
	if (r == 0)
		r = service_start(s, file, err);
	if (r == 0)
		r = listen_to_system(d, err);
	if (r == 0 && !d->options.once)
		r = control_new(s, &d->control, err);
	if (r == 0 && !d->options.once) {
		s->metrics = metrics_new(s, file);
		d->housekeeping = housekeeping_new(s);
		d->state_watch = state_watch_new(&s->context);
		d->policy_watch = policy_watch_new(s);
		d->telling = telling_new(s);
	}
	policyfile_free(file);
	if (r < 0)
		return r;
	(void)sd_watchdog_enabled(0, &d->watchdog_usec);
	journal_say(&s->context.journal, MESSAGE_STARTED, LEVEL_INFO,
		"retaind " RETAIND_VERSION ": %zu cluster%s in %s%s", s->fleet.count,
		s->fleet.count == 1 ? "" : "s", d->options.config,
		d->options.dry_run ? " (dry run)" : "");
	supervisor_promise(&s->context.supervisor, "READY=1");
	s->context.status_stale = true; /* even without a cluster there is something to tell */
	return loop(d, err);
}

static void keep_secrets_in(void)
{
	static const struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)umask(0077);
	(void)unsetenv("SSLKEYLOGFILE"); /* libcurl would write the keys of its connections there */
}

static void block_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like others */
}

/* Else the next file would be one of the three, and what is meant for people be written into it. */
static void open_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd);
}

int main(int argc, char **argv)
{
	struct daemon d = {.clock_fd = -1};
	struct error err = {0};
	int r;

	open_standard_descriptors();
	keep_secrets_in();
	r = options_parse(argc, argv, &d.options, &err);
	if (r < 0 || d.options.finished) {
		if (r < 0)
			(void)fprintf(stderr, "retaind: %s\n", err.text);
		return r < 0 ? 2 : 0;
	}
	block_signals();
	journal_init(&d.service.context.journal, d.options.log_level);
	supervisor_begin(&d.service.context.supervisor);
	r = run(&d, &err);
	if (r < 0)
		journal_say(&d.service.context.journal, MESSAGE_OTHER, LEVEL_ERROR, "%s", err.text);
	control_free(d.control);
	metrics_free(d.service.metrics);
	housekeeping_free(d.housekeeping);
	state_watch_free(d.state_watch);
	policy_watch_free(d.policy_watch);
	telling_free(d.telling);
	service_done(&d.service);
	sd_event_unref(d.service.context.event);
	if (d.clock_fd >= 0)
		(void)close(d.clock_fd);
	supervisor_end(&d.service.context.supervisor);
	journal_end(&d.service.context.journal);
	free(d.told);
	return r < 0 && !d.exit_code ? 1 : d.exit_code;
}
