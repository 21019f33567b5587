/* The clusters that discoveries have found, so that a start without the network knows them. */
#include "base/digest.h"
#include "store/state.h"

#include <errno.h>
#include <inttypes.h>

static int64_t checksum(const char *key, const struct store_found *f)
{
	_cleanup_free_ char *row = xasprintf("found %s %s %s\001%s\001%" PRId64, key, f->cluster,
		f->description, f->status, f->missing_s);

	return (int64_t)digest_fnv1a(row);
}

/* The row that `q` stands at; the strings are valid until it steps. */
static int read_found(
	struct database *d, sqlite3_stmt *q, struct store_found *ret, struct error *err)
{
	*ret = (struct store_found){.cluster = column_text(q, 1),
		.description = column_text(q, 2),
		.status = column_text(q, 3),
		.missing_s = sqlite3_column_int64(q, 4)};
	if (sqlite3_column_int64(q, 5) == checksum(column_text(q, 0), ret))
		return 0;
	return error_set(
		err, EBADMSG, "%s: damaged: what a discovery found has changed by itself", d->path);
}

int store_load_found(struct store *s, const char *key,
	void (*each)(void *data, const struct store_found *f), void *data, struct error *err)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = s->d.statements[STATE_FOUND_GET];
	struct store_found f;
	int rc;

	bind_text(q, 1, key);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		int r = read_found(&s->d, q, &f, err);
		if (r < 0)
			return r;
		each(data, &f);
	}
	return rc == SQLITE_DONE ? 0 : database_error(&s->d, rc, "read", err);
}

int found_rows_verify(struct database *d, struct error *err)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = d->statements[STATE_FOUND];
	struct store_found f;
	int rc, r = 0;

	while (r == 0 && (rc = sqlite3_step(q)) == SQLITE_ROW)
		r = read_found(d, q, &f, err);
	if (r < 0)
		return r;
	return rc == SQLITE_DONE ? 0 : database_error(d, rc, "read", err);
}

static int add(struct store *s, const char *key, const struct store_found *f)
{
	sqlite3_stmt *q = s->d.statements[STATE_FOUND_ADD];

	bind_text(q, 1, key);
	bind_text(q, 2, f->cluster);
	bind_text(q, 3, f->description);
	bind_text(q, 4, f->status);
	(void)sqlite3_bind_int64(q, 5, f->missing_s);
	(void)sqlite3_bind_int64(q, 6, checksum(key, f));
	return run(q);
}

int store_keep_found(struct store *s, const char *key, const struct store_found *list, size_t count,
	struct error *err)
{
	sqlite3_stmt *drop = s->d.statements[STATE_FOUND_DROP];
	int rc = database_part_begin(&s->d);

	if (rc == SQLITE_OK) {
		bind_text(drop, 1, key);
		rc = run(drop);
		for (size_t i = 0; rc == SQLITE_OK && i < count; i++)
			rc = add(s, key, &list[i]);
		rc = database_part_end(&s->d, rc);
	}
	return rc == SQLITE_OK ? 0 : database_error(&s->d, rc, "write", err);
}
