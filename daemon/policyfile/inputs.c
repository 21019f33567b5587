/* Reads the policy file and the files beside it. */
#include "policyfile/inputs.h"

#include "policyfile/document.h"
#include "policyfile/readfile.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <strings.h>
#include <unistd.h>

#define READ_MAX_BYTES (2 * DOCUMENT_MAX_BYTES) /* enough to see that a file is too large */

void inputs_done(struct inputs *in)
{
	for (size_t i = 0; i < in->count; i++) {
		free(in->list[i].name);
		text_done(&in->list[i].data);
	}
	free(in->list);
	*in = (struct inputs){0};
}

static int fail(struct messages *m, const char *path, int code)
{
	messages_add_file(m, SEVERITY_ERROR, path, "cannot be read: %s",
		code == EINVAL ? "not a regular file" : strerror(code));
	return -code;
}

/* Trusted are root, the user of this program, and, when a person checks a file, the service's user.
 */
static bool is_trusted(uid_t uid, enum trust trust)
{
	const struct passwd *service = trust == TRUST_TELL ? getpwnam("retaind") : NULL;

	return uid == 0 || uid == geteuid() || (service && uid == service->pw_uid);
}

/* With a umask of 002, files of one's own are writable for one's own group. */
static bool others_may_write(const struct stat *st)
{
	bool own = st->st_uid == geteuid() && st->st_gid == getegid();

	return st->st_mode & S_IWOTH || (st->st_mode & S_IWGRP && st->st_gid != 0 && !own);
}

/* Whoever writes the policy decides what is deleted. */
static void check_trust(
	struct messages *m, const char *path, const struct stat *st, enum trust trust)
{
	enum severity severity = trust == TRUST_TELL ? SEVERITY_WARNING : SEVERITY_ERROR;
	const char *what = trust == TRUST_TELL ? "the service refuses this file" : "not trusted";
	unsigned mode = (unsigned)st->st_mode & 07777, uid = (unsigned)st->st_uid;
	bool owner = is_trusted(st->st_uid, trust);
	const struct passwd *user;

	if (trust == TRUST_ALL || (owner && !others_may_write(st)))
		return;
	user = getpwuid(st->st_uid);
	if (!owner)
		messages_add_file(m, severity, path,
			"%s: its owner is %s (uid %u), and neither root nor the service: `chown "
			"root` it",
			what, user ? user->pw_name : "nobody known", uid);
	else
		messages_add_file(m, severity, path,
			"%s: others may write it (mode %04o, owner %s): `chmod %04o` it", what,
			mode, user ? user->pw_name : "unknown",
			mode & ~(unsigned)(S_IWGRP | S_IWOTH));
}

static void warn(struct messages *m, const char *path, const char *why)
{
	messages_add_file(m, SEVERITY_WARNING, path, "not read: %s", why);
}

static struct text *add_input(struct inputs *in, const char *name, size_t max)
{
	struct input *input;

	in->list = memory_grow(in->list, &in->capacity, in->count + 1, sizeof(*in->list));
	input = &in->list[in->count++];
	*input = (struct input){xstrdup(name), TEXT_INIT(max)};
	return &input->data;
}

void inputs_add(struct inputs *in, const char *name, const char *data, size_t size)
{
	text_add_bytes(add_input(in, name, size), data, size);
}

static bool has_ending(const char *name, const char *ending)
{
	size_t length = strlen(name), wanted = strlen(ending);

	return length > wanted && strcasecmp(name + length - wanted, ending) == 0;
}

/* Reads a file of policy.d. Names that no policy has are passed over. A name that was probably
 * meant to be one is told. */
static void read_part(struct inputs *in, const char *folder, const char *name, enum trust trust,
	struct messages *m)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", folder, name), *shown = text_printable(path);
	struct stat st;
	int r;

	if (name[0] == '.' || !(has_ending(name, ".yaml") || has_ending(name, ".yml")))
		return;
	if (strcmp(strrchr(name, '.'), ".yaml") != 0) {
		warn(m, shown, "call it *.yaml");
		return;
	}
	r = readfile(path, add_input(in, shown, READ_MAX_BYTES), &st);
	if (r == 0) {
		check_trust(m, shown, &st, trust);
		return;
	}
	in->count--;
	text_done(&in->list[in->count].data);
	free(in->list[in->count].name);
	if (r == -EINVAL || r == -EISDIR)
		warn(m, shown, "not a regular file");
	else
		(void)fail(m, shown, -r);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void check_sum(const struct inputs *in, const char *folder, struct messages *m)
{
	size_t bytes = 0;

	for (size_t i = 0; i < in->count; i++)
		bytes += in->list[i].data.length;
	if (in->count <= INPUTS_MAX_FILES && bytes <= INPUTS_MAX_BYTES)
		return;
	messages_add_file(m, SEVERITY_ERROR, folder, "more than %d files or %d bytes",
		INPUTS_MAX_FILES, INPUTS_MAX_BYTES);
}

static void read_folder(struct inputs *in, const char *folder, enum trust trust, struct messages *m)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, NULL, by_name);

	if (count < 0 && errno != ENOENT)
		(void)fail(m, folder, errno);
	for (int i = 0; i < count; i++) {
		if (in->count <= INPUTS_MAX_FILES)
			read_part(in, folder, entries[i]->d_name, trust, m);
		free(entries[i]);
	}
	free(entries);
	check_sum(in, folder, m);
}

/* A file of policy.d lacks the defaults if it is read alone, and names policies of other files. */
static void warn_of_part(struct messages *m, const char *path)
{
	static const char folder[] = "policy.d/";
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash + 1 - path) : 0, wanted = sizeof(folder) - 1;

	if (length < wanted || memcmp(path + length - wanted, folder, wanted) != 0 ||
		(length > wanted && path[length - wanted - 1] != '/'))
		return;
	messages_add_file(m, SEVERITY_WARNING, path,
		"read alone: name the policy file itself, which is read with all of policy.d");
}

int inputs_read(const char *path, enum trust trust, struct inputs *ret, struct messages *m)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *folder =
		xasprintf("%.*spolicy.d", slash ? (int)(slash + 1 - path) : 0, path);
	struct stat st;
	int r = readfile(path, add_input(ret, path, READ_MAX_BYTES), &st);

	if (r < 0)
		return fail(m, path, -r);
	check_trust(m, path, &st, trust);
	warn_of_part(m, path);
	read_folder(ret, folder, trust, m);
	return 0;
}

void inputs_digest(const struct inputs *in, char ret[DIGEST_HEX_SIZE])
{
	_cleanup_(text_done) struct text all = TEXT_INIT(INPUTS_MAX_FILES * DIGEST_HEX_SIZE * 2);
	char hex[DIGEST_HEX_SIZE];

	for (size_t i = 0; i < in->count; i++) {
		const struct text *data = &in->list[i].data;
		digest_sha256_hex(in->list[i].name, strlen(in->list[i].name), hex);
		text_add(&all, hex);
		digest_sha256_hex(data->s ? data->s : "", data->length, hex);
		text_add(&all, hex);
	}
	digest_sha256_hex(all.s ? all.s : "", all.length, ret);
}
