/* Runs systemd-analyze on many expressions at once, and reads its answers. */
#include "systemd.h"

#include "base/memory.h"
#include "base/text.h"
#include "time/civil.h"

#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/cmocka_all.h"

extern char **environ;

/* Runs systemd-analyze, with its output and its errors in files. */
static void run_systemd(char **argv, FILE *out, FILE *complaints)
{
	posix_spawn_file_actions_t actions;
	int status = 0, r;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fileno(out), STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fileno(complaints), STDERR_FILENO);
	r = posix_spawnp(&pid, "systemd-analyze", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (r != 0)
		fail_msg("cannot run systemd-analyze (%s): install systemd to run this test",
			strerror(r));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
		fail_msg("systemd-analyze did not work: status %x", (unsigned)status);
	rewind(out);
	rewind(complaints);
}

/* "Sun 2026-11-22 00:00:00 UTC" */
static void add_next(struct answer *a, const char *text)
{
	struct civil c;
	long long year;

	if (strcmp(text, "never\n") == 0)
		return;
	if (sscanf(text, "%*s %lld-%d-%d %d:%d:%d UTC", &year, &c.month, &c.day, &c.hour, &c.minute,
		    &c.second) != 6)
		fail_msg("systemd-analyze printed '%s'", text);
	assert_in_range(a->count, 0, ITERATIONS - 1);
	c.year = year;
	a->next[a->count++] = civil_to_seconds(&c);
}

/* Reads the blocks, each of which begins with a normalized form, into the answers that have
 * one. */
static void read_answers(FILE *out, struct answer *answers, size_t count)
{
	struct answer *a = NULL;
	size_t next = 0;
	char line[4096];

	while (fgets(line, sizeof(line), out)) {
		char *value = strstr(line, ": ");

		if (!value)
			continue;
		value += 2;
		if (strstr(line, "Normalized form: ") == line) {
			while (next < count && (answers[next].refused || answers[next].lost))
				next++;
			assert_in_range(next, 0, count - 1);
			a = &answers[next++];
			value[strcspn(value, "\n")] = '\0';
			strcpy(a->normalized, value);
		} else if (strstr(line, "Next elapse: ") || strstr(line, "Iter. #") ||
			strstr(line, "Iteration #")) {
			assert_non_null(a);
			add_next(a, value);
		}
	}
	while (next < count && (answers[next].refused || answers[next].lost))
		next++;
	assert_int_equal(next, count);
}

static void read_complaints(
	FILE *complaints, char *const *expressions, struct answer *answers, size_t count)
{
	char line[4096];
	size_t next = 0;

	while (fgets(line, sizeof(line), complaints)) {
		if (text_starts(line, "Hint: ")) /* "this expression is a valid timestamp" */
			continue;
		if (!strstr(line, "Failed to parse calendar specification") &&
			!strstr(line, "Failed to determine next elapse"))
			fail_msg("systemd-analyze complained: %s", line);
		for (;; next++) {
			_cleanup_free_ char *quoted = NULL;

			if (next == count)
				fail_msg("systemd-analyze refused what it was not asked: %s", line);
			quoted = xasprintf(" '%s': ", expressions[next]);
			if (strstr(line, quoted))
				break;
		}
		answers[next].lost = strstr(line, "Failed to determine") != NULL;
		answers[next].refused = !answers[next].lost;
		next++;
	}
}

void ask_systemd(int64_t base_s, char *const *expressions, struct answer *answers, size_t count)
{
	_cleanup_free_ char *base = NULL, *iterations = xasprintf("--iterations=%d", ITERATIONS);
	char *argv[BATCH + 6] = {"systemd-analyze", "calendar", iterations};
	FILE *out = tmpfile(), *complaints = tmpfile();
	struct civil c;

	assert_true(out && complaints && count <= BATCH);
	civil_from_seconds(base_s - 1, &c);
	base = xasprintf("--base-time=%04d-%02d-%02d %02d:%02d:%02d.999999 UTC", (int)c.year,
		c.month, c.day, c.hour, c.minute, c.second);
	argv[3] = base;
	argv[4] = "--";
	memcpy(argv + 5, expressions, count * sizeof(*expressions));
	run_systemd(argv, out, complaints);
	memset(answers, 0, count * sizeof(*answers));
	read_complaints(complaints, expressions, answers, count);
	read_answers(out, answers, count);
	fclose(out);
	fclose(complaints);
}
