/* Runs a command that prints keys, without a shell. */
#include "cloud/subprocess.h"

#include "base/text.h"
#include "cloud/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX ((size_t)64 << 10)
#define WORDS_MAX ((size_t)64 << 10) /* bytes of one word: the file that has it is no larger */

struct splitter {
	const char *at;
	struct text word;
	bool inside; /* a word has begun; it may be an empty pair of quotes */
	char **words;
	size_t count, capacity;
};

static void add_char(struct splitter *s, char c)
{
	text_add_bytes(&s->word, &c, 1);
	s->inside = true;
}

static void end_word(struct splitter *s)
{
	if (!s->inside)
		return;
	s->words = memory_grow(s->words, &s->capacity, s->count + 2, sizeof(char *));
	s->words[s->count++] = text_take(&s->word);
	s->words[s->count] = NULL;
	s->word = TEXT_INIT(WORDS_MAX);
	s->inside = false;
}

/* Reads from behind the opening quote to behind the closing one. */
static bool take_single(struct splitter *s)
{
	for (; *s->at && *s->at != '\''; s->at++)
		add_char(s, *s->at);
	return *s->at++ == '\'';
}

static bool take_double(struct splitter *s)
{
	for (; *s->at && *s->at != '"'; s->at++) {
		if (*s->at == '\\' && s->at[1] == '\n') {
			s->at++;
			continue;
		}
		if (*s->at == '\\' && s->at[1] && strchr("\"\\$`", s->at[1]))
			s->at++;
		add_char(s, *s->at);
	}
	return *s->at++ == '"';
}

static bool take_escaped(struct splitter *s)
{
	char c = *s->at++;

	if (!c)
		return false;
	if (c != '\n')
		add_char(s, c);
	return true;
}

/* NULL, or what is wrong with the line. */
static const char *split(struct splitter *s)
{
	while (*s->at) {
		char c = *s->at++;
		if (strchr(" \t\r\n\v\f", c)) {
			end_word(s);
		} else if (c == '\'' || c == '"') {
			s->inside = true;
			if (!(c == '"' ? take_double(s) : take_single(s)))
				return "has a quote that is not closed";
		} else if (c == '\\') {
			if (!take_escaped(s))
				return "ends with a backslash";
		} else {
			add_char(s, c);
		}
	}
	end_word(s);
	return s->count == 0 || !*s->words[0] ? "is empty" : NULL;
}

void subprocess_free_words(char **words)
{
	for (char **word = words; word && *word; word++)
		memory_erase_string(*word);
	free(words);
}

int subprocess_split(const char *line, char ***ret_words, struct error *err)
{
	struct splitter s = {.at = line, .word = TEXT_INIT(WORDS_MAX)};
	const char *wrong = split(&s);

	text_done(&s.word);
	if (wrong) {
		subprocess_free_words(s.words);
		return error_set(err, EINVAL, "the command %s", wrong);
	}
	*ret_words = s.words;
	return 0;
}

struct subprocess {
	pid_t pid; /* of the command, and its process group; 0 once it is reaped */
	int fd;    /* its standard output; -1 once that has ended */
	int64_t limit_s, until_boot_s;
	bool too_much;
	int status;
	size_t length;
	char output[OUTPUT_MAX + 1];
};

/* Where $PATH has the program; NULL: nowhere. Owned by the caller. */
static char *find_program(const char *name)
{
	const char *path = getenv("PATH");

	if (strchr(name, '/'))
		return xstrdup(name);
	for (path = path ? path : "/usr/bin:/bin"; path; path = strchr(path, ':')) {
		char *found;
		path += *path == ':';
		found = xasprintf("%.*s/%s", (int)strcspn(path, ":"), path, name);
		if (*found == '/' && access(found, X_OK) == 0)
			return found;
		free(found);
	}
	return NULL;
}

/* Who may write the program runs as us. */
static int check_program(const char *path, struct error *err)
{
	struct stat st;
	mode_t group;

	if (!path || stat(path, &st) < 0)
		return error_set(err, path ? errno : ENOENT, "the command does not start: %s",
			strerror(path ? errno : ENOENT));
	group = st.st_gid == 0 || st.st_gid == getegid() ? 0 : S_IWGRP;
	return keyfile_check_trust(path, &st, S_IWOTH | group, "0755", err);
}

static int spawn(const char *program, char **words, int out, pid_t *ret)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int r;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_adddup2(&files, out, 1);
	(void)posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	(void)posix_spawn_file_actions_addclosefrom_np(&files, 3);
	(void)posix_spawnattr_init(&attributes);
	/* We block signals and ignore some; the command expects the defaults. */
	(void)posix_spawnattr_setsigmask(&attributes, &none);
	(void)posix_spawnattr_setsigdefault(&attributes, &all);
	(void)posix_spawnattr_setpgroup(&attributes, 0);
	(void)posix_spawnattr_setflags(&attributes,
		POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	r = posix_spawn(ret, program, &files, &attributes, words, environ);
	(void)posix_spawn_file_actions_destroy(&files);
	(void)posix_spawnattr_destroy(&attributes);
	return r;
}

int subprocess_start(const char *line, int64_t limit_s, int64_t boot_s, struct subprocess **ret,
	struct error *err)
{
	_cleanup_free_ char *program = NULL;
	char **words = NULL;
	struct subprocess *c;
	int ends[2], r;

	r = subprocess_split(line, &words, err);
	if (r < 0)
		return r;
	program = find_program(words[0]);
	r = check_program(program, err);
	if (r < 0) {
		subprocess_free_words(words);
		return r;
	}
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
		subprocess_free_words(words);
		return error_set(err, errno, "a pipe: %s", strerror(errno));
	}
	c = xcalloc(1, sizeof(*c));
	c->fd = ends[0];
	c->limit_s = limit_s;
	c->until_boot_s = boot_s + limit_s;
	/* The command expects a standard output that blocks. */
	(void)fcntl(ends[1], F_SETFL, 0);
	r = spawn(program, words, ends[1], &c->pid);
	(void)close(ends[1]);
	subprocess_free_words(words);
	if (r != 0) {
		c->pid = 0;
		subprocess_free(c);
		return error_set(err, r, "the command does not start: %s", strerror(r));
	}
	*ret = c;
	return 0;
}

void subprocess_free(struct subprocess *c)
{
	if (!c)
		return;
	if (c->fd >= 0)
		(void)close(c->fd);
	if (c->pid > 0) {
		(void)kill(-c->pid, SIGKILL);
		while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	explicit_bzero(c->output, sizeof(c->output));
	free(c);
}

int subprocess_fd(const struct subprocess *c)
{
	return c->fd;
}

int subprocess_wait_ms(const struct subprocess *c)
{
	/* A command that has closed its output ends very soon. */
	return c->fd < 0 ? 10 : 1000;
}

static void read_output(struct subprocess *c)
{
	ssize_t n;

	while (c->fd >= 0) {
		n = read(c->fd, c->output + c->length, OUTPUT_MAX - c->length + 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		c->too_much = n > 0 && c->length + (size_t)n > OUTPUT_MAX;
		if (n > 0 && !c->too_much) {
			c->length += (size_t)n;
			continue;
		}
		(void)close(c->fd);
		c->fd = -1;
	}
}

/* True once the command has ended. */
static bool reap(struct subprocess *c)
{
	pid_t pid = c->pid > 0 ? waitpid(c->pid, &c->status, WNOHANG) : c->pid;

	if (pid == 0 && c->pid > 0)
		return false;
	c->pid = 0;
	return true;
}

static int judge(const struct subprocess *c, struct error *err)
{
	if (c->too_much)
		return error_set(err, EIO, "the command printed more than 64 KiB");
	if (WIFSIGNALED(c->status))
		return error_set(
			err, EIO, "the command was ended by signal %d", WTERMSIG(c->status));
	if (WEXITSTATUS(c->status) != 0)
		return error_set(
			err, EIO, "the command failed with status %d", WEXITSTATUS(c->status));
	return 1;
}

int subprocess_poll(struct subprocess *c, int64_t boot_s, const char **ret_output,
	size_t *ret_length, struct error *err)
{
	bool ended;
	int r;

	ended = reap(c);
	read_output(c); /* after reap(): so all of its output is there */
	if (!ended && c->too_much)
		return judge(c, err);
	if (!ended && boot_s < c->until_boot_s)
		return 0;
	if (!ended)
		return error_set(
			err, EIO, "the command took longer than %lld s", (long long)c->limit_s);
	r = judge(c, err);
	if (r == 1) {
		*ret_output = c->output;
		*ret_length = c->length;
	}
	return r;
}
