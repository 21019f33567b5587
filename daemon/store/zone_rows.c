/* The rules of time zones as they were last known, for the day on which an upgrade takes a zone's
 * file away. */
#include "base/digest.h"
#include "store/state.h"

#include <errno.h>

static int64_t checksum(const struct store_zone *z)
{
	char hex[DIGEST_HEX_SIZE];
	_cleanup_free_ char *row = NULL;

	digest_sha256_hex(z->data, z->size, hex);
	row = xasprintf("zone %s %s", z->name, hex);
	return (int64_t)digest_fnv1a(row);
}

/* The row that `q` stands at; what it points to is valid until it steps. */
static int read_zone(struct database *d, sqlite3_stmt *q, struct store_zone *ret, struct error *err)
{
	const void *data = sqlite3_column_blob(q, 1); /* NULL if it is empty */

	*ret = (struct store_zone){.name = column_text(q, 0),
		.data = data ? data : "",
		.size = (size_t)sqlite3_column_bytes(q, 1)};
	if (sqlite3_column_int64(q, 2) == checksum(ret))
		return 0;
	return error_set(err, EBADMSG, "%s: damaged: a time zone has changed by itself", d->path);
}

static int load_zones(struct database *d, void (*each)(void *data, const struct store_zone *z),
	void *data, struct error *err)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = d->statements[STATE_ZONES];
	struct store_zone z;
	int rc;

	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		int r = read_zone(d, q, &z, err);
		if (r < 0)
			return r;
		if (each)
			each(data, &z);
	}
	return rc == SQLITE_DONE ? 0 : database_error(d, rc, "read", err);
}

int store_load_zones(struct store *s, void (*each)(void *data, const struct store_zone *z),
	void *data, struct error *err)
{
	return load_zones(&s->d, each, data, err);
}

int zone_rows_verify(struct database *d, struct error *err)
{
	return load_zones(d, NULL, NULL, err);
}

static int put(struct store *s, const struct store_zone *z)
{
	sqlite3_stmt *q = s->d.statements[STATE_ZONE_PUT];

	bind_text(q, 1, z->name);
	(void)sqlite3_bind_blob64(q, 2, z->data, z->size, SQLITE_STATIC);
	(void)sqlite3_bind_int64(q, 3, checksum(z));
	return run(q);
}

int store_keep_zones(
	struct store *s, const struct store_zone *list, size_t count, struct error *err)
{
	int rc = database_part_begin(&s->d);

	if (rc == SQLITE_OK) {
		rc = run(s->d.statements[STATE_ZONES_DROP]);
		for (size_t i = 0; rc == SQLITE_OK && i < count; i++)
			rc = put(s, &list[i]);
		rc = database_part_end(&s->d, rc);
	}
	return rc == SQLITE_OK ? 0 : database_error(&s->d, rc, "write", err);
}
