/* Neither the log nor what systemd is told ever waits for a reader. */
#include "base/text.h"
#include "service/journal.h"
#include "service/supervisor.h"
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define HANG_S 600 /* SIGALRM ends the program: something waited */

static char directory[] = "/tmp/retaind-journal-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[100];

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

/* A socket for datagrams that nobody reads. */
static int unread_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	(void)unlink(path);
	assert_int_equal(0, bind(fd, (const struct sockaddr *)&address, sizeof(address)));
	return fd;
}

static void log_lines(struct journal *j, int64_t count)
{
	for (int64_t i = 0; i < count; i++)
		journal_say(j, MESSAGE_OTHER, LEVEL_INFO,
			"line %d, and then some words that make it long", (int)i);
}

/* All that can be read now, with what is written meanwhile. */
static char *read_all(struct journal *j, int fd)
{
	struct text all = TEXT_INIT(64u << 20);
	char bytes[65536];
	ssize_t n;

	do {
		(void)journal_flush(j);
		n = read(fd, bytes, sizeof(bytes));
		if (n > 0)
			text_add_bytes(&all, bytes, (size_t)n);
	} while (n > 0);
	return text_take(&all);
}

/* The lines that begin with `before` are `before` N `after`, for each N below `count`, in order. */
static void expect_lines(char *all, const char *before, const char *after, int count)
{
	char *rest = all, *line, expected[200];
	int i = 0;

	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, before, strlen(before)) != 0)
			continue;
		(void)snprintf(expected, sizeof(expected), "%s%d%s", before, i++, after);
		assert_string_equal(line, expected);
	}
	assert_int_equal(i, count);
}

static void a_pipe_that_nobody_reads_stops_nothing(void **state)
{
	struct journal j = {.max_level = 7};
	_cleanup_free_ char *all = NULL;
	int pipes[2];

	(void)state;
	assert_int_equal(0, pipe2(pipes, O_CLOEXEC));
	(void)fcntl(pipes[0], F_SETFL, O_NONBLOCK);
	j.queue.fd = pipes[1];
	(void)alarm(HANG_S);
	log_lines(&j, 10000);
	assert_false(journal_flush(&j));
	assert_int_equal(j.queue.lost, 0); /* kept */
	all = read_all(&j, pipes[0]);
	expect_lines(all, "<6>line ", ", and then some words that make it long", 10000);
	assert_true(journal_flush(&j));
	(void)alarm(0);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}

static void what_is_lost_is_told_once_there_is_room(void **state)
{
	struct journal j = {.max_level = 7};
	_cleanup_free_ char *all = NULL, *told = NULL;
	int pipes[2];

	(void)state;
	assert_int_equal(0, pipe2(pipes, O_CLOEXEC));
	(void)fcntl(pipes[0], F_SETFL, O_NONBLOCK);
	j.queue.fd = pipes[1];
	(void)alarm(HANG_S);
	log_lines(&j, 100000);
	assert_true(j.queue.lost > 1000);
	told = xasprintf(
		"<4>%d lines of the log could not be written, and are lost\n", (int)j.queue.lost);
	all = read_all(&j, pipes[0]);
	assert_non_null(strstr(all, told));
	log_lines(&j, 1);
	assert_true(journal_flush(&j));
	(void)alarm(0);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}

static void a_full_journal_stops_nothing(void **state)
{
	struct journal j = {.structured = true, .max_level = 7};
	const char *path = path_of("journal");
	int fd = unread_socket(path);
	_cleanup_free_ char *all = NULL;

	(void)state;
	journal_queue_open(&j.queue, path);
	(void)alarm(HANG_S);
	log_lines(&j, 5000);
	assert_false(journal_flush(&j));
	all = read_all(&j, fd);
	expect_lines(all, "MESSAGE=line ", ", and then some words that make it long", 5000);
	journal_end(&j);
	(void)alarm(0);
	(void)close(fd);
	(void)unlink(path);
}

static void an_unread_socket_of_systemd_stops_nothing_and_gets_it_all_in_order(void **state)
{
	const char *path = path_of("notify");
	int fd = unread_socket(path), got = 0;
	struct supervisor s;
	char bytes[100], expected[100];
	bool told = false, last = false;

	(void)state;
	(void)setenv("NOTIFY_SOCKET", path, 1);
	supervisor_begin(&s);
	(void)alarm(HANG_S);
	while (supervisor_tell(&s, "STATUS=x"))
		;
	for (int i = 0; i < 20; i++)
		supervisor_promise(&s, "RELOADING=%d", i);
	assert_false(supervisor_tell(&s, "WATCHDOG=1")); /* not before what was promised */
	for (ssize_t n = 0; !told || n > 0;) {
		n = recv(fd, bytes, sizeof(bytes) - 1, 0);
		bytes[n > 0 ? n : 0] = '\0';
		(void)snprintf(expected, sizeof(expected), "RELOADING=%d", got);
		got += strcmp(bytes, expected) == 0;
		last = strcmp(bytes, "WATCHDOG=1") == 0 || (last && n < 0);
		told = told || supervisor_tell(&s, "WATCHDOG=1");
	}
	assert_int_equal(got, 20);
	assert_true(last);
	(void)alarm(0);
	supervisor_end(&s);
	(void)close(fd);
	(void)unlink(path);
}

static int begin(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	return rmdir(directory);
}

TEST_FILE(journal_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pipe_that_nobody_reads_stops_nothing),
		cmocka_unit_test(what_is_lost_is_told_once_there_is_room),
		cmocka_unit_test(a_full_journal_stops_nothing),
		cmocka_unit_test(
			an_unread_socket_of_systemd_stops_nothing_and_gets_it_all_in_order),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
