/* Commands that print keys. */
#include "base/text.h"
#include "cloud/cloud_clock.h"
#include "cloud/subprocess.h"
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* No command of these tests takes so long, on however slow a machine. */
#define HANG_S 600

static void words_are_quoted_as_in_posix_and_nothing_is_expanded(void **state)
{
	static const struct {
		const char *line, *words; /* words: "[a][b c]"; NULL: refused */
	} cases[] = {
		{"tool", "[tool]"},
		{"  tool\t-x \n y ", "[tool][-x][y]"},
		{"tool 'a b' \"c d\"", "[tool][a b][c d]"},
		{"tool a'b'\"c\"d", "[tool][abcd]"},
		{"tool '' \"\" x", "[tool][][][x]"},
		{"tool a\\ b \\'", "[tool][a b][']"},
		{"tool 'a\\b'", "[tool][a\\b]"},
		{"tool \"a\\\"b\\\\c\\$d\\`e\\f\"", "[tool][a\"b\\c$d`e\\f]"},
		{"tool a\\\nb \"c\\\nd\" 'e\\\nf'", "[tool][ab][cd][e\\\nf]"},
		{"tool $HOME `id` $(id) * ~ a;b|c>d #x",
			"[tool][$HOME][`id`][$(id)][*][~][a;b|c>d][#x]"},
		{"/path\\ with/blanks", "[/path with/blanks]"},
		{"", NULL},
		{"  \n ", NULL},
		{"'' x", NULL},
		{"tool 'a", NULL},
		{"tool \"a", NULL},
		{"tool \"a\\", NULL},
		{"tool a\\", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(text_done) struct text out = TEXT_INIT(4096);
		char **words = NULL;
		int r = subprocess_split(cases[i].line, &words, NULL);
		for (char **word = words; word && *word; word++)
			text_printf(&out, "[%s]", *word);
		subprocess_free_words(words);
		if ((r == 0) != (cases[i].words != NULL) ||
			(r == 0 && strcmp(out.s, cases[i].words) != 0))
			fail_msg("case %zu: %d %s", i, r, out.s ? out.s : "");
	}
}

/* Runs it to its end; the output goes to `output`. */
static int run(const char *line, int64_t limit_s, char *output, size_t size, struct error *err)
{
	struct subprocess *c = NULL;
	const char *said;
	size_t length;
	int r = subprocess_start(line, limit_s, cloud_clock_boot(), &c, err);

	if (r < 0)
		return r;
	while ((r = subprocess_poll(c, cloud_clock_boot(), &said, &length, err)) == 0) {
		struct pollfd fd = {.fd = subprocess_fd(c), .events = POLLIN};
		(void)poll(&fd, 1, subprocess_wait_ms(c));
	}
	if (r == 1)
		(void)snprintf(output, size, "%.*s", (int)length, said);
	subprocess_free(c);
	return r;
}

static void what_it_prints_is_taken_if_it_ends_well(void **state)
{
	char output[128] = "";
	struct error err = {0};

	(void)state;
	assert_int_equal(
		run("printf '%s|%s' 'a b' '$HOME'", HANG_S, output, sizeof(output), &err), 1);
	assert_string_equal(output, "a b|$HOME");
	assert_int_equal(run("sh -c 'sleep 0.2; echo x; echo FAKESECRET >&2'", HANG_S, output,
				 sizeof(output), &err),
		1);
	assert_string_equal(output, "x\n");
	assert_int_equal(
		run("sh -c 'echo FAKESECRET; exit 3'", HANG_S, output, sizeof(output), &err), -EIO);
	assert_non_null(strstr(err.text, "failed with status 3"));
	assert_int_equal(run("sh -c 'kill -9 $$'", HANG_S, output, sizeof(output), &err), -EIO);
	assert_non_null(strstr(err.text, "ended by signal 9"));
	assert_int_equal(run("/nonexistent/FAKE", HANG_S, output, sizeof(output), &err), -ENOENT);
	assert_null(strstr(err.text, "FAKE"));
	assert_int_equal(
		run("sh -c 'read x; echo \"[$x]\"'", HANG_S, output, sizeof(output), &err), 1);
	assert_string_equal(output, "[]\n"); /* nothing to read, and no wait for it */
}

/* Whoever may write the program gets our keys. */
static void s9_a_program_that_others_may_write_is_not_run(void **state)
{
	static const struct {
		unsigned mode;
		uid_t owner;
		const char *words; /* NULL: it runs */
	} cases[] = {
		{0755, (uid_t)-1, NULL},
		{0777, (uid_t)-1, ": others may write it (mode 0777): chmod 0755 /tmp/program-"},
		{0757, (uid_t)-1, ": others may write it (mode 0757): chmod 0755 /tmp/program-"},
		{0755, 54321,
			": its owner is nobody known (uid 54321), and neither root nor this "},
	};
	char path[] = "/tmp/program-XXXXXX", output[128] = "";
	int fd = mkostemp(path, O_CLOEXEC);

	(void)state;
	assert_int_equal(write(fd, "#!/bin/sh\necho x\n", 17), 17);
	assert_int_equal(close(fd), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = {0};
		int r;
		assert_int_equal(chmod(path, cases[i].mode), 0);
		/* Only root can give a file away, so that others see no such owner. */
		if (chown(path, cases[i].owner, (gid_t)-1) < 0)
			continue;
		r = run(path, HANG_S, output, sizeof(output), &err);
		assert_int_equal(r, cases[i].words ? -EPERM : 1);
		if (cases[i].words && !strstr(err.text, cases[i].words))
			fail_msg("%s", err.text);
	}
	assert_int_equal(unlink(path), 0);
}

static void what_prints_without_end_is_ended(void **state)
{
	char output[128];
	struct error err = {0};

	(void)state;
	assert_int_equal(run("yes FAKESECRET", HANG_S, output, sizeof(output), &err), -EIO);
	assert_non_null(strstr(err.text, "more than 64 KiB"));
	/* Just as much as may be. */
	assert_int_equal(run("head -c 65536 /dev/zero", HANG_S, output, sizeof(output), &err), 1);
	assert_int_equal(
		run("head -c 65537 /dev/zero", HANG_S, output, sizeof(output), &err), -EIO);
}

/* Gone, or a zombie that nobody has asked about yet. */
static bool has_ended(pid_t pid)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/stat", pid);
	FILE *f = fopen(path, "re");
	char state = 'X';

	if (!f)
		return true;
	if (fscanf(f, "%*d %*s %c", &state) != 1)
		state = 'X';
	(void)fclose(f);
	return state == 'Z' || state == 'X';
}

static void what_takes_too_long_is_ended_with_all_that_it_started(void **state)
{
	char output[128], marker[] = "/tmp/command-test-XXXXXX";
	_cleanup_free_ char *line = NULL;
	struct error err = {0};
	time_t begun = time(NULL);
	int fd = mkstemp(marker), pid = 0;
	FILE *f;

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	line = xasprintf("sh -c 'sleep 1000 & echo $! >%s; sleep 1000'", marker);
	do {
		assert_int_equal(run(line, 1, output, sizeof(output), &err), -EIO);
		assert_non_null(strstr(err.text, "took longer than 1 s"));
		f = fopen(marker, "re");
		assert_non_null(f);
	} while (fscanf(f, "%d", &pid) != 1 && fclose(f) == 0); /* ended before it began */
	(void)fclose(f);
	assert_true(time(NULL) - begun < 1000);
	while (!has_ended(pid))
		(void)usleep(10000);
	assert_int_equal(unlink(marker), 0);
}

/* What it started may stay, and keep its output open: that is no reason to wait. */
static void what_it_leaves_behind_is_not_waited_for(void **state)
{
	char output[128];
	struct error err = {0};
	time_t begun = time(NULL);

	(void)state;
	assert_int_equal(
		run("sh -c 'sleep 60 & echo done'", HANG_S, output, sizeof(output), &err), 1);
	assert_string_equal(output, "done\n");
	assert_true(time(NULL) - begun < 60);
}

/* We block signals and ignore some; a command expects neither. */
static void it_starts_with_signals_as_usual_and_no_descriptors_of_ours(void **state)
{
	char output[512] = "", listed[64] = "";
	struct error err = {0};
	sigset_t all;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0); /* not close-on-exec */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	/* Without a shell, which would set some of it right. */
	assert_int_equal(run("grep -E '^Sig(Blk|Ign)' /proc/self/status", HANG_S, output,
				 sizeof(output), &err),
		1);
	assert_int_equal(run("ls /proc/self/fd", HANG_S, listed, sizeof(listed), &err), 1);
	(void)sigemptyset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	assert_non_null(strstr(output, "SigBlk:\t0000000000000000\n"));
	assert_non_null(strstr(output, "SigIgn:\t"));
	/* Those from 32 on are the C library's own. */
	assert_int_equal(
		strtoull(strstr(output, "SigIgn:\t") + strlen("SigIgn:\t"), NULL, 16) & 0x7fffffff,
		0);
	assert_string_equal(listed, "0\n1\n2\n3\n"); /* 3 is the folder that ls reads */
	(void)close(ends[0]);
	(void)close(ends[1]);
}

TEST_FILE(subprocess_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_quoted_as_in_posix_and_nothing_is_expanded),
		cmocka_unit_test(what_it_prints_is_taken_if_it_ends_well),
		cmocka_unit_test(s9_a_program_that_others_may_write_is_not_run),
		cmocka_unit_test(what_prints_without_end_is_ended),
		cmocka_unit_test(what_takes_too_long_is_ended_with_all_that_it_started),
		cmocka_unit_test(what_it_leaves_behind_is_not_waited_for),
		cmocka_unit_test(it_starts_with_signals_as_usual_and_no_descriptors_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
