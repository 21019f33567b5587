/* What sinks were told, and what they have yet to be told. */
#include "base/digest.h"
#include "store/state.h"

#include <errno.h>
#include <inttypes.h>

static int64_t checksum(const struct store_told *t)
{
	_cleanup_free_ char *row = xasprintf("told %s %s %" PRId64 " %" PRId64 " %" PRId64
					     " %" PRId64 " %" PRId64 " %s %s",
		t->sink, t->cluster, t->topic, t->level, t->owed, t->at_s, t->shape, t->name,
		t->text);

	return (int64_t)digest_fnv1a(row);
}

static int load_told(struct database *d, void (*each)(void *data, const struct store_told *t),
	void *data, struct error *err)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = d->statements[STATE_TOLD];
	int rc;

	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		const struct store_told t = {.sink = column_text(q, 0),
			.cluster = column_text(q, 1),
			.topic = sqlite3_column_int64(q, 2),
			.level = sqlite3_column_int64(q, 3),
			.owed = sqlite3_column_int64(q, 4),
			.at_s = sqlite3_column_int64(q, 5),
			.shape = sqlite3_column_int64(q, 6),
			.name = column_text(q, 7),
			.text = column_text(q, 8)};
		if (sqlite3_column_int64(q, 9) != checksum(&t))
			return error_set(err, EBADMSG,
				"%s: damaged: what was told has changed by itself", d->path);
		if (each)
			each(data, &t);
	}
	return rc == SQLITE_DONE ? 0 : database_error(d, rc, "read", err);
}

int store_load_told(struct store *s, void (*each)(void *data, const struct store_told *t),
	void *data, struct error *err)
{
	return load_told(&s->d, each, data, err);
}

int told_rows_verify(struct database *d, struct error *err)
{
	return load_told(d, NULL, NULL, err);
}

static int put(struct store *s, const struct store_told *t)
{
	sqlite3_stmt *q = s->d.statements[STATE_TOLD_PUT];

	bind_text(q, 1, t->sink);
	bind_text(q, 2, t->cluster);
	(void)sqlite3_bind_int64(q, 3, t->topic);
	(void)sqlite3_bind_int64(q, 4, t->level);
	(void)sqlite3_bind_int64(q, 5, t->owed);
	(void)sqlite3_bind_int64(q, 6, t->at_s);
	(void)sqlite3_bind_int64(q, 7, t->shape);
	bind_text(q, 8, t->name);
	bind_text(q, 9, t->text);
	(void)sqlite3_bind_int64(q, 10, checksum(t));
	return run(q);
}

int store_keep_told(struct store *s, const struct store_told *list, size_t count, struct error *err)
{
	int rc = database_part_begin(&s->d);

	if (rc == SQLITE_OK) {
		rc = run(s->d.statements[STATE_TOLD_DROP]);
		for (size_t i = 0; rc == SQLITE_OK && i < count; i++)
			rc = put(s, &list[i]);
		rc = database_part_end(&s->d, rc);
	}
	return rc == SQLITE_OK ? 0 : database_error(&s->d, rc, "write", err);
}
