/* What the control socket bears: floods, slow peers, strangers. */
#include "base/memory.h"
#include "base/text.h"
#include "varlink_bench.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/cmocka_all.h"

static void an_endless_message_is_cut_off(void **state)
{
	static char block[70 * 1024];
	struct bench *b = *state;
	int fd = client();
	size_t sent = 0;

	memset(block, ' ', sizeof(block));
	memcpy(block + 60000, ECHO("long"), sizeof(ECHO("long")) - 1);
	block[64 * 1024 - 1] = '\0';
	put(fd, block, 64 * 1024); /* as long as one may be */
	expect(b, fd, ECHOED("long"));
	memset(block, ' ', sizeof(block));
	while (sent < sizeof(block)) {
		ssize_t n = send(fd, block, sizeof(block) - sent, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			break;
		sent += n > 0 ? (size_t)n : 0;
		pump_for(b, 0);
	}
	expect(b, fd, CLOSED);
	(void)close(fd);
}

static void a_large_reply_arrives_whole(void **state)
{
	struct bench *b = *state;
	int fd = client();
	size_t got = 0, x = 0;
	static char block[65536];

	put(fd, "{\"method\":\"io.retaind.Big\"}\0" ECHO("a"), 28 + sizeof(ECHO("a")));
	for (int quiet = 0; quiet < 50;) {
		ssize_t n = recv(fd, block, sizeof(block), 0);
		quiet = n > 0 ? 0 : quiet + 1;
		for (ssize_t i = 0; i < n; i++)
			x += block[i] == 'x';
		got += n > 0 ? (size_t)n : 0;
		pump_for(b, 0);
	}
	assert_int_equal(
		got, BIG + sizeof("{\"parameters\":{\"text\":\"\"}}") + sizeof(ECHOED("a")));
	assert_int_equal(x, BIG + 1); /* one in "text" */
	assert_false(varlink_server_is_busy(b->server));
	(void)close(fd);
}

static int64_t monotonic_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Longer than write_timeout_s in all, but never that long without progress. False if this machine
 * was too slow to read steadily. */
static bool reads_steadily(struct bench *b, char *block, size_t *ret_got)
{
	int64_t before_ms = monotonic_ms(), longest_ms = 0;
	size_t got = 0;
	int fd = client();

	put(fd, "{\"method\":\"io.retaind.Big\"}", 28);
	for (int i = 0; i < 18; i++) {
		size_t taken = 0;
		ssize_t n;
		while (taken < BIG / 16 && (n = recv(fd, block, BIG / 16 - taken, 0)) > 0) {
			taken += (size_t)n;
			(void)sd_event_run(b->e, 0);
		}
		got += taken;
		for (int ms = 0; ms < 90; ms += 10)
			pump_for(b, 10);
		if (monotonic_ms() - before_ms > longest_ms)
			longest_ms = monotonic_ms() - before_ms;
		before_ms = monotonic_ms();
	}
	(void)close(fd);
	*ret_got = got;
	return longest_ms < 900;
}

static void who_reads_steadily_gets_it_all(void **state)
{
	_cleanup_free_ char *block = xmalloc(BIG / 16);
	size_t got = 0;

	while (!reads_steadily(*state, block, &got))
		pump(*state);
	assert_int_equal(got, BIG + sizeof("{\"parameters\":{\"text\":\"\"}}"));
}

static void who_does_not_read_is_dropped(void **state)
{
	struct bench *b = *state;
	int fd = client(), other = client();

	put(fd, "{\"method\":\"io.retaind.Big\"}", 28);
	pump(b);
	assert_true(varlink_server_is_busy(b->server));
	put(other, ECHO("a"), sizeof(ECHO("a")));
	expect(b, other, ECHOED("a")); /* nobody else waits for it */
	pump_for(b, 1300);
	assert_false(varlink_server_is_busy(b->server));
	put(other, ECHO("a"), sizeof(ECHO("a")));
	expect(b, other, ECHOED("a"));
	(void)close(fd);
	(void)close(other);
}

/* A byte now and then does not buy time. */
static void who_sends_slowly_is_dropped(void **state)
{
	struct bench *b = *state;
	int fd = client(), idle = client();

	for (int i = 0; i < 8; i++) {
		if (send(fd, " ", 1, MSG_NOSIGNAL) < 0)
			break;
		pump_for(b, 200);
	}
	expect(b, fd, CLOSED);
	/* who sends nothing at all is no harm */
	put(idle, ECHO("a"), sizeof(ECHO("a")));
	expect(b, idle, ECHOED("a"));
	(void)close(fd);
	(void)close(idle);
}

static void among_too_many_the_idle_make_room(void **state)
{
	struct bench *b = *state;
	int busy = client(), fds[64], last;

	put(busy, "{\"method\":\"io.retaind.Late\"}", 29);
	pump(b);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = client();
		pump_for(b, 0);
	}
	last = client();
	put(last, ECHO("a"), sizeof(ECHO("a")));
	expect(b, last, ECHOED("a"));
	expect(b, fds[0], CLOSED);
	expect(b, fds[1], CLOSED);
	expect(b, fds[2], NULL);
	assert_true(varlink_call_is_awaited(b->late));
	varlink_reply(TAKE_PTR(b->late), NULL);
	expect(b, busy, "{\"parameters\":{}}");
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		(void)close(fds[i]);
	(void)close(busy);
	(void)close(last);
}

/* A client of another user; only root can make one. */
static int client_as(uid_t uid)
{
	int fd;

	assert_int_equal(0, setegid(2));
	assert_int_equal(0, seteuid(uid));
	fd = client();
	assert_int_equal(0, seteuid(0));
	assert_int_equal(0, setegid(0));
	return fd;
}

static const char hold[] = "{\"method\":\"io.retaind.Hold\"}";
static const char big[] = "{\"method\":\"io.retaind.Big\"}";

/* Connections of a user that all ask the same, and read nothing. */
static void ask_often(struct bench *b, uid_t uid, const char *message, int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		fds[i] = client_as(uid);
		(void)send(fds[i], message, strlen(message) + 1, MSG_NOSIGNAL);
		pump(b);
	}
}

static void expect_echo(struct bench *b, int fd)
{
	put(fd, ECHO("a"), sizeof(ECHO("a")));
	expect(b, fd, ECHOED("a"));
	(void)close(fd);
}

/* A server that the group of id 2 may call. */
static bool open_to_group(struct bench *b)
{
	struct varlink_options o = options(b);
	struct error err = {0};
	struct group *group = getgrgid(2);

	if (geteuid() != 0 || !group)
		return false;
	varlink_server_free(b->server);
	o.mode = 0666;
	o.group = group->gr_name;
	o.write_timeout_s = 30;
	assert_int_equal(0, varlink_server_new(b->e, &o, &b->server, &err));
	(void)chmod(directory, 0755);
	return true;
}

static void one_user_cannot_lock_out_another_nor_all_of_them_root(void **state)
{
	struct bench *b = *state;
	int fds[3][50];

	if (!open_to_group(b))
		skip();
	ask_often(b, 65534, hold, fds[0], ARRAY_SIZE(fds[0]));
	expect_echo(b, client_as(65533));
	for (uid_t i = 1; i < ARRAY_SIZE(fds); i++)
		ask_often(b, 65534 - i, hold, fds[i], ARRAY_SIZE(fds[i]));
	expect_echo(b, client());
	for (size_t i = 0; i < ARRAY_SIZE(fds) * ARRAY_SIZE(fds[0]); i++)
		(void)close(fds[i / ARRAY_SIZE(fds[0])][i % ARRAY_SIZE(fds[0])]);
}

/* Of the beginning of a reply. */
static void expect_in(int fd, const char *words)
{
	char begin[201] = "";

	assert_true(recv(fd, begin, sizeof(begin) - 1, 0) > 0);
	assert_non_null(strstr(begin, words));
	(void)close(fd);
}

static void replies_that_nobody_reads_take_bounded_memory(void **state)
{
	struct bench *b = *state;
	int fds[20], root;

	if (!open_to_group(b))
		skip();
	ask_often(b, 65534, big, fds, ARRAY_SIZE(fds));
	root = client();
	put(root, big, sizeof(big));
	pump(b);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		expect_in(fds[i], i < 7 ? "xxxx" : "too many replies wait to be read");
	expect_in(root, "xxxx");
}

static void note_gone(void *data)
{
	struct bench *b = data;

	b->runs = 1000;
	varlink_reply(TAKE_PTR(b->late), NULL);
}

static void a_call_is_told_that_its_client_has_gone(void **state)
{
	struct bench *b = *state;
	int fd = client();

	put(fd, "{\"method\":\"io.retaind.Late\"}", 29);
	pump(b);
	varlink_call_when_gone(b->late, note_gone, b);
	pump(b);
	assert_int_equal(b->runs, 1);
	(void)close(fd);
	pump(b);
	assert_int_equal(b->runs, 1000);
	assert_null(b->late);
}

static void random_bytes_do_no_harm(void **state)
{
	static const char *const seeds[] = {ECHO("a"),
		"{\"method\":\"io.retaind.Fail\",\"oneway\":true}",
		"{\"method\":\"org.varlink.service.GetInfo\",\"parameters\":{}}"};
	struct bench *b = *state;
	unsigned random = 1;
	int fd;

	for (int round = 0; round < 3000; round++) {
		char message[256];
		const char *seed = seeds[round % (int)ARRAY_SIZE(seeds)];
		size_t length = strlen(seed) + 1;
		memcpy(message, seed, length);
		random = random * 1103515245u + 12345u;
		for (unsigned i = 0; i < (random >> 16) % 4; i++) {
			random = random * 1103515245u + 12345u;
			message[(random >> 8) % length] = (char)(random >> 16);
		}
		fd = client();
		put(fd, message, length);
		pump_for(b, 0);
		(void)close(fd);
		if (round % 50 == 0)
			pump_for(b, 0);
	}
	pump(b);
	fd = client();
	put(fd, ECHO("a"), sizeof(ECHO("a")));
	expect(b, fd, ECHOED("a"));
	(void)close(fd);
}

static void a_second_server_is_refused_and_a_dead_one_replaced(void **state)
{
	struct bench *b = *state;
	struct varlink_options o = options(b);
	struct varlink_server *second = NULL;
	struct error err = {0};
	struct stat st;
	pid_t pid;
	int fd;

	assert_int_equal(-EADDRINUSE, varlink_server_new(b->e, &o, &second, &err));
	assert_non_null(strstr(err.text, "already running"));
	assert_null(second);
	pump(b);
	assert_int_equal(0, stat(path, &st));
	assert_int_equal(st.st_mode & 07777, 0600);

	/* One that was killed leaves its file behind. */
	varlink_server_free(b->server);
	b->server = NULL;
	assert_int_equal(-1, access(path, F_OK));
	pid = fork();
	if (pid == 0) {
		sd_event *own = NULL;
		_exit(sd_event_new(&own) < 0 || varlink_server_new(own, &o, &second, &err) < 0);
	}
	assert_int_equal(pid, waitpid(pid, NULL, 0));
	assert_int_equal(0, access(path, F_OK));
	o.mode = 0660;
	assert_int_equal(0, varlink_server_new(b->e, &o, &b->server, &err));
	assert_int_equal(0, stat(path, &st));
	assert_int_equal(st.st_mode & 07777, 0660);
	fd = client();
	put(fd, ECHO("a"), sizeof(ECHO("a")));
	expect(b, fd, ECHOED("a"));
	(void)close(fd);
}

static void what_is_not_a_socket_is_left_alone(void **state)
{
	struct bench *b = *state;
	struct varlink_options o = options(b);
	struct varlink_server *second = NULL;
	struct error err = {0};
	char longer[200];
	int fd;

	varlink_server_free(b->server);
	b->server = NULL;
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	(void)close(fd);
	assert_int_equal(-EEXIST, varlink_server_new(b->e, &o, &second, &err));
	assert_int_equal(0, unlink(path));
	(void)snprintf(longer, sizeof(longer), "%s/no/such", directory);
	o.path = longer;
	assert_int_equal(-ENOENT, varlink_server_new(b->e, &o, &second, &err));
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(-ENAMETOOLONG, varlink_server_new(b->e, &o, &second, &err));
	assert_null(second);
}

/* The client side of the test below: as a user with these groups. */
static int ask_as(uid_t uid, gid_t gid, gid_t supplementary)
{
	static const char ask[] = ECHO("a") "\0{\"method\":\"org.varlink.service.GetInfo\"}";
	char reply[1024];
	ssize_t n = 0;
	int fd;

	if (setgroups(1, &supplementary) < 0 || setgid(gid) < 0 || setuid(uid) < 0)
		return 99;
	fd = client();
	(void)fcntl(fd, F_SETFL, 0);
	if (send(fd, ask, sizeof(ask), 0) < 0)
		return 98;
	for (size_t used = 0; used < sizeof(reply) && strnlen(reply, used) == used;
		used += (size_t)n)
		if ((n = recv(fd, reply + used, sizeof(reply) - used, 0)) <= 0)
			return 97;
	return strcmp(reply, ECHOED("a")) == 0             ? 0
		: strstr(reply, "io.retaind.NotPermitted") ? 1
							   : 96;
}

static void only_root_ourselves_and_the_group_may_call(void **state)
{
	static const struct {
		uid_t uid;
		gid_t gid, supplementary;
		int expected;
	} rows[] = {
		{0, 0, 0, 0},
		{65534, 65534, 65534, 1},
		{65534, 2, 65534, 0},
		{65534, 65534, 2, 0},
	};
	struct bench *b = *state;

	if (!open_to_group(b))
		skip(); /* only root can be somebody else */
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int status = 0;
		pid_t pid = fork();
		if (pid == 0)
			_exit(ask_as(rows[i].uid, rows[i].gid, rows[i].supplementary));
		while (waitpid(pid, &status, WNOHANG) == 0)
			pump(b);
		assert_int_equal(WEXITSTATUS(status), rows[i].expected);
	}
}

TEST_FILE(varlink_limits_test)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(an_endless_message_is_cut_off),
		TEST(a_large_reply_arrives_whole),
		TEST(who_reads_steadily_gets_it_all),
		TEST(who_does_not_read_is_dropped),
		TEST(who_sends_slowly_is_dropped),
		TEST(among_too_many_the_idle_make_room),
		TEST(one_user_cannot_lock_out_another_nor_all_of_them_root),
		TEST(replies_that_nobody_reads_take_bounded_memory),
		TEST(a_call_is_told_that_its_client_has_gone),
		TEST(random_bytes_do_no_harm),
		TEST(a_second_server_is_refused_and_a_dead_one_replaced),
		TEST(what_is_not_a_socket_is_left_alone),
		TEST(only_root_ourselves_and_the_group_may_call),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
