/* The file of orders: reads, checks and writes it as a whole. */
#include "store/orders.h"

#include "base/digest.h"
#include "base/text.h"
#include "store/file.h"
#include "time/civil.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Every line ends in a newline, and its fields are parted by tabs:
 *
 *	retaind orders 1
 *	hold	*	-	2026-11-30T22:15:00Z	-	root	before the migration
 *	protect	amv-1	763	2026-11-30T22:15:00Z	2027-01-01T00:00:00Z	root
 *	end	SHA-256 of all bytes before this line */
#define FIRST_LINE "retaind orders 1\n"
#define LAST_WORD "end\t"
#define LAST_LINE_BYTES (strlen(LAST_WORD) + DIGEST_HEX_SIZE) /* with the newline for the NUL */
#define FILE_MAX_BYTES (16u << 20)

static const char *const kind_names[ORDER_KIND_COUNT] = {
	[ORDER_HOLD] = "hold",
	[ORDER_PROTECT] = "protect",
	[ORDER_KEEP] = "keep",
	[ORDER_PROVED] = "proved",
};

enum field { FIELD_KIND, FIELD_CLUSTER, FIELD_SET, FIELD_AT, FIELD_UNTIL, FIELD_BY, FIELD_REASON };
#define FIELD_COUNT (FIELD_REASON + 1)

struct orders {
	char *path;
	struct order **all; /* each owned, with its texts */
	size_t count;
	char *trouble;              /* NULL: the file reads */
	struct file_identity is_at; /* the file as it was last read or written */
};

char *orders_path(const char *state)
{
	const char *slash = strrchr(state, '/'), *name = slash ? slash + 1 : state;
	int folder = (int)(name - state);

	return text_equal(name, "state.db") ? xasprintf("%.*sorders", folder, state)
					    : xasprintf("%.*sorders-%s", folder, state, name);
}

/* --- the list --- */

static void order_free(struct order *o)
{
	free((char *)(uintptr_t)o->cluster);
	free((char *)(uintptr_t)o->set);
	free((char *)(uintptr_t)o->by);
	free((char *)(uintptr_t)o->reason);
	free(o);
}

static struct order *order_copy(const struct order *from)
{
	struct order *o = xmalloc(sizeof(*o));

	*o = *from;
	o->cluster = xstrdup(from->cluster);
	o->set = xstrdup(from->set);
	o->by = xstrdup(from->by);
	o->reason = xstrdup(from->reason);
	return o;
}

static void forget_all(struct orders *o)
{
	for (size_t i = 0; i < o->count; i++)
		order_free(o->all[i]);
	free(o->all);
	o->all = NULL;
	o->count = 0;
}

void orders_close(struct orders *o)
{
	if (!o)
		return;
	forget_all(o);
	free(o->trouble);
	free(o->path);
	free(o);
}

const char *orders_trouble(const struct orders *o)
{
	return o->trouble;
}

size_t orders_count(const struct orders *o)
{
	return o->count;
}

const struct order *orders_at(const struct orders *o, size_t i)
{
	return o->all[i];
}

const struct order *orders_find(
	const struct orders *o, enum order_kind kind, const char *cluster, const char *set)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->all[i]->kind == kind && text_equal(o->all[i]->cluster, cluster) &&
			text_equal(o->all[i]->set, set))
			return o->all[i];
	return NULL;
}

/* --- reading --- */

/* True if nothing in it would be read as something else, or move the cursor of a person. */
static bool is_plain(const char *s)
{
	_cleanup_free_ char *printable = text_printable(s);

	return text_equal(s, printable);
}

static bool parse_time(const char *s, int64_t *ret_s)
{
	if (text_equal(s, "-")) {
		*ret_s = ORDER_NO_END;
		return true;
	}
	return civil_parse_instant(s, false, ret_s);
}

static bool parse_kind(const char *s, enum order_kind *ret)
{
	for (int i = 0; i < ORDER_KIND_COUNT; i++)
		if (text_equal(s, kind_names[i])) {
			*ret = (enum order_kind)i;
			return true;
		}
	return false;
}

static bool names_a_set(enum order_kind kind)
{
	return kind == ORDER_PROTECT || kind == ORDER_PROVED;
}

/* Takes the line apart, in place. */
static bool parse_line(char *line, struct order *ret)
{
	char *fields[FIELD_COUNT], *rest = line;

	for (int i = 0; i < FIELD_COUNT; i++) {
		fields[i] = strsep(&rest, "\t");
		if (!fields[i] || !is_plain(fields[i]))
			return false;
	}
	*ret = (struct order){
		.cluster = text_equal(fields[FIELD_CLUSTER], "*") ? "" : fields[FIELD_CLUSTER],
		.set = text_equal(fields[FIELD_SET], "-") ? "" : fields[FIELD_SET],
		.by = fields[FIELD_BY],
		.reason = fields[FIELD_REASON]};
	return !rest && parse_kind(fields[FIELD_KIND], &ret->kind) &&
		civil_parse_instant(fields[FIELD_AT], false, &ret->at_s) &&
		parse_time(fields[FIELD_UNTIL], &ret->until_s) &&
		(ret->set[0] != '\0') == names_a_set(ret->kind) &&
		(ret->cluster[0] || ret->kind == ORDER_HOLD);
}

static void add(struct orders *o, const struct order *order)
{
	o->all = xreallocarray(o->all, o->count + 1, sizeof(*o->all));
	o->all[o->count++] = order_copy(order);
}

static int damaged(const struct orders *o, const char *what, struct error *err)
{
	return error_set(err, EBADMSG, "the file of orders %s is damaged: %s", o->path, what);
}

static int parse(struct orders *o, char *s, size_t length, struct error *err)
{
	char digest[DIGEST_HEX_SIZE], *line = s, *last = s + length - LAST_LINE_BYTES, *end;
	struct order order;

	if (length < strlen(FIRST_LINE) + LAST_LINE_BYTES || memchr(s, '\0', length) ||
		s[length - 1] != '\n' || !text_starts(last, LAST_WORD))
		return damaged(o, "its end is missing", err);
	digest_sha256_hex(s, (size_t)(last - s), digest);
	if (strncmp(last + strlen(LAST_WORD), digest, DIGEST_HEX_SIZE - 1) != 0)
		return damaged(o, "it was changed, or is not whole", err);
	if (!text_starts(s, FIRST_LINE))
		return error_set(
			err, ENOTSUP, "the file of orders %s is of a newer retaind", o->path);
	*last = '\0';
	for (line += strlen(FIRST_LINE); *line; line = end + 1) {
		end = strchr(line, '\n');
		if (!end)
			return damaged(o, "a line has no end", err);
		*end = '\0';
		if (!parse_line(line, &order))
			return damaged(o, "a line does not read", err);
		add(o, &order);
	}
	return 0;
}

static int cannot(const struct orders *o, const char *doing, int code, struct error *err)
{
	return error_set(err, code, "the file of orders %s cannot be %s: %s", o->path, doing,
		strerror(code));
}

/* *ret, owned by the caller, ends in NUL. */
static int slurp(const struct orders *o, int fd, char **ret, size_t *ret_length, struct error *err)
{
	struct stat st;
	size_t at = 0;
	ssize_t n = 1;
	_cleanup_free_ char *s = NULL;

	if (fstat(fd, &st) < 0)
		return cannot(o, "read", errno, err);
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX_BYTES)
		return damaged(o, "it is no file of ours", err);
	s = xcalloc((size_t)st.st_size + 1, 1);
	while (n > 0 && at < (size_t)st.st_size) {
		n = read(fd, s + at, (size_t)st.st_size - at);
		at += n > 0 ? (size_t)n : 0;
	}
	if (n < 0)
		return cannot(o, "read", errno, err);
	*ret = TAKE_PTR(s);
	*ret_length = at;
	return 0;
}

static int read_file(struct orders *o, bool missing_is_well, struct error *err)
{
	_cleanup_free_ char *s = NULL;
	size_t length = 0;
	int fd = open(o->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), r;

	if (fd < 0 && errno == ENOENT && missing_is_well)
		return 0;
	if (fd < 0 && errno == ENOENT)
		return error_set(err, ENOENT, "the file of orders %s is gone", o->path);
	if (fd < 0)
		return cannot(o, "read", errno, err);
	r = slurp(o, fd, &s, &length, err);
	(void)close(fd);
	return r < 0 ? r : parse(o, s, length, err);
}

struct orders *orders_open(const char *path, bool missing_is_well)
{
	struct orders *o = xcalloc(1, sizeof(*o));
	struct error err = {0};

	o->path = xstrdup(path);
	if (read_file(o, missing_is_well, &err) < 0) {
		forget_all(o);
		o->trouble = xstrdup(err.text);
	}
	o->is_at = file_identify(path, "");
	return o;
}

/* --- writing --- */

static void add_line(struct text *out, const struct order *o)
{
	char at[CIVIL_TEXT_SIZE], until[CIVIL_TEXT_SIZE] = "-";

	civil_format_utc(o->at_s, at);
	if (o->until_s != ORDER_NO_END)
		civil_format_utc(o->until_s, until);
	text_printf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", kind_names[o->kind],
		o->cluster[0] ? o->cluster : "*", o->set[0] ? o->set : "-", at, until, o->by,
		o->reason);
}

static int write_all(int fd, const struct text *t)
{
	size_t at = 0;

	while (at < t->length) {
		ssize_t n = write(fd, t->s + at, t->length - at);
		if (n < 0 && errno != EINTR)
			return -errno;
		at += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* A whole new file takes the place of the old one, or the old one stays. */
static int write_file(struct orders *o, struct order *const *all, size_t count, struct error *err)
{
	_cleanup_(text_done) struct text t = TEXT_INIT(FILE_MAX_BYTES);
	_cleanup_free_ char *fresh = xconcat(o->path, ".new", "");
	char digest[DIGEST_HEX_SIZE];
	int fd, r;

	text_add(&t, FIRST_LINE);
	for (size_t i = 0; i < count; i++)
		add_line(&t, all[i]);
	digest_sha256_hex(t.s, t.length, digest);
	text_printf(&t, LAST_WORD "%s\n", digest);
	if (t.full)
		return cannot(o, "written", EFBIG, err);
	(void)unlink(fresh);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return cannot(o, "written", errno, err);
	r = write_all(fd, &t);
	(void)close(fd);
	if (r < 0) {
		(void)unlink(fresh);
		return cannot(o, "written", -r, err);
	}
	r = file_replace(fresh, o->path, err);
	if (r == 0)
		o->is_at = file_identify(o->path, "");
	return r;
}

int orders_create(const char *path, struct error *err)
{
	struct orders o = {.path = xstrdup(path)};
	int r = file_exists(path) ? 0 : write_file(&o, NULL, 0, err);

	free(o.path);
	return r;
}

int orders_begin_anew(struct orders *o, char **ret_moved, struct error *err)
{
	int r = 0;

	*ret_moved = NULL;
	if (file_exists(o->path))
		r = file_move_aside(o->path, "damaged", ret_moved, err);
	if (r == 0)
		r = write_file(o, NULL, 0, err);
	if (r < 0)
		return r;
	forget_all(o);
	free(o->trouble);
	o->trouble = NULL;
	return 0;
}

int orders_keep_in_place(struct orders *o, char **ret_told, struct error *err)
{
	int r;

	*ret_told = NULL;
	if (o->trouble || file_is_at(&o->is_at, o->path, ""))
		return 0;
	r = write_file(o, o->all, o->count, err);
	if (r == 0)
		*ret_told = xasprintf("the file of orders %s was removed or replaced by somebody, "
				      "and is written anew: nothing of it is lost",
			o->path);
	return r;
}

/* --- changes: the list without `old`, and with `fresh` --- */

static int change(
	struct orders *o, const struct order *old, const struct order *fresh, struct error *err)
{
	struct order **all = xcalloc(o->count + 1, sizeof(*all)), *gone = NULL;
	struct order *copy = fresh ? order_copy(fresh) : NULL;
	size_t count = 0;
	int r;

	for (size_t i = 0; i < o->count; i++) {
		if (o->all[i] == old)
			gone = o->all[i];
		else
			all[count++] = o->all[i];
	}
	if (copy)
		all[count++] = copy;
	r = write_file(o, all, count, err);
	if (r < 0) {
		if (copy)
			order_free(copy);
		free(all);
		return r;
	}
	if (gone)
		order_free(gone);
	free(o->all);
	o->all = all;
	o->count = count;
	return 0;
}

static int refuse_trouble(const struct orders *o, struct error *err)
{
	return o->trouble ? error_set(err, EBADMSG, "%s", o->trouble) : 0;
}

int orders_put(struct orders *o, const struct order *order, struct error *err)
{
	if (!is_plain(order->cluster) || !is_plain(order->set) || !is_plain(order->by) ||
		!is_plain(order->reason))
		return error_set(err, EINVAL,
			"a text of an order has characters that cannot stand in a line");
	if (refuse_trouble(o, err) < 0)
		return -EBADMSG;
	return change(o, orders_find(o, order->kind, order->cluster, order->set), order, err);
}

int orders_drop(struct orders *o, const struct order *order, struct error *err)
{
	return refuse_trouble(o, err) < 0 ? -EBADMSG : change(o, order, NULL, err);
}

int orders_drop_ended(struct orders *o, int64_t before_s, struct error *err)
{
	int r = 0;

	for (size_t i = o->count; r == 0 && i-- > 0;)
		if (o->all[i]->until_s < before_s)
			r = change(o, o->all[i], NULL, err);
	return r;
}

int orders_settle(struct orders *o, const struct order *keep, const char *set, struct error *err)
{
	struct order protect = *keep;

	protect.kind = ORDER_PROTECT;
	protect.set = set;
	if (!is_plain(set))
		return error_set(err, EINVAL, "the id of the set cannot stand in a line");
	return change(o, keep, &protect, err);
}
