/* adb-simulator: starts the server, tells where it listens, and waits for its end. */
#include "options.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

static int announce(const struct options *o, uint16_t port, struct error *err)
{
	bool v6 = strchr(o->server.address, ':') != NULL;
	FILE *f;

	if (o->port_file) {
		f = fopen(o->port_file, "we");
		if (!f)
			return error_set(err, errno, "%s: %s", o->port_file, strerror(errno));
		fprintf(f, "%u\n", port);
		if (fclose(f) != 0)
			return error_set(err, EIO, "%s: cannot be written", o->port_file);
	}
	printf("adb-simulator: listening on %s://%s%s%s:%u\n", o->server.cert ? "https" : "http",
		v6 ? "[" : "", o->server.address, v6 ? "]" : "", port);
	(void)fflush(stdout);
	return 0;
}

/* Until SIGTERM or SIGINT. */
static int serve(const struct options *o, struct simulator *sim, struct error *err)
{
	struct server *server = NULL;
	struct signalfd_siginfo info;
	sigset_t signals;
	int fd, status;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		return error_set(err, errno, "signalfd: %s", strerror(errno));
	status = server_start(&o->server, sim, &server, err);
	if (status == 0)
		status = announce(o, server_port(server), err);
	while (status == 0 && read(fd, &info, sizeof(info)) < 0)
		server_turn(server, fd);
	server_stop(server);
	(void)close(fd);
	return status;
}

int main(int argc, char **argv)
{
	struct simulator sim = {
		.world = {.backup_us = 2 * SECOND_US,
			.delete_us = 2 * SECOND_US,
			.late_us = 2 * SECOND_US,
			.random = 1},
	};
	struct options o = {0};
	struct error err = {0};
	int status;

	switches_reset(&sim.switches);
	status = options_parse(argc, argv, &o, &sim, &err);
	if (status == 0 && !o.done)
		status = serve(&o, &sim, &err);
	if (status < 0)
		fprintf(stderr, "adb-simulator: %s\n", err.text);
	options_free(&o);
	simulator_free(&sim);
	return status < 0 ? 2 : 0;
}
