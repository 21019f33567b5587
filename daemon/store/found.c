/* The clusters that discoveries have found, so that a start without the network knows them. */
#include "base/digest.h"
#include "store/internal.h"

#include <errno.h>
#include <inttypes.h>

static int64_t checksum(const char *key, const struct store_found *f)
{
	_cleanup_free_ char *row = xasprintf("found %s %s %s\001%s\001%" PRId64, key, f->cluster,
		f->description, f->status, f->missing_s);

	return (int64_t)digest_fnv1a(row);
}

static const char *column_text(sqlite3_stmt *q, int column)
{
	const unsigned char *s = sqlite3_column_text(q, column);

	return s ? (const char *)s : "";
}

int store_load_found(struct store *s, const char *key,
	void (*each)(void *data, const struct store_found *f), void *data, struct error *err)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = s->statements[STATEMENT_FOUND_GET];
	int rc;

	bind_text(q, 1, key);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		struct store_found f = {.cluster = column_text(q, 1),
			.description = column_text(q, 2),
			.status = column_text(q, 3),
			.missing_s = sqlite3_column_int64(q, 4)};
		if (sqlite3_column_int64(q, 5) != checksum(key, &f))
			return error_set(err, EBADMSG,
				"%s: damaged: what a discovery found has changed by itself",
				s->path);
		each(data, &f);
	}
	return rc == SQLITE_DONE ? 0 : database_error(s, rc, "read", err);
}

static int add(struct store *s, const char *key, const struct store_found *f)
{
	sqlite3_stmt *q = s->statements[STATEMENT_FOUND_ADD];

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
	sqlite3_stmt *drop = s->statements[STATEMENT_FOUND_DROP];
	int rc = transaction_begin(s);

	if (rc == SQLITE_OK) {
		bind_text(drop, 1, key);
		rc = run(drop);
		for (size_t i = 0; rc == SQLITE_OK && i < count; i++)
			rc = add(s, key, &list[i]);
		rc = transaction_end(s, rc);
	}
	return rc == SQLITE_OK ? 0 : database_error(s, rc, "write", err);
}
