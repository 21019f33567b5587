/* The sets of each cluster's last listing, packed: what the next one is compared with (S16). */
#include "base/digest.h"
#include "store/state.h"

#include <errno.h>
#include <string.h>

static int64_t checksum(const char *cluster, const struct listed_sets *l)
{
	char hex[DIGEST_HEX_SIZE];
	_cleanup_free_ char *row = NULL;

	digest_sha256_hex(l->bytes ? l->bytes : "", l->size, hex);
	row = xasprintf("sets %s %d %s", cluster, l->remote, hex);
	return (int64_t)digest_fnv1a(row);
}

/* The row that `q` stands at; what it points to is valid until it steps. */
static int read_row(struct database *d, sqlite3_stmt *q, struct listed_sets *ret, struct error *err)
{
	const char *cluster = column_text(q, 0);
	char *bytes = (char *)(uintptr_t)sqlite3_column_blob(q, 2); /* NULL if it is empty */

	*ret = (struct listed_sets){.known = true,
		.remote = sqlite3_column_int(q, 1) == 1,
		.bytes = bytes,
		.size = (size_t)sqlite3_column_bytes(q, 2)};
	if (sqlite3_column_int64(q, 3) == checksum(cluster, ret))
		return 0;
	return error_set(err, EBADMSG,
		"%s: damaged: the sets of cluster %.64s have changed by themselves", d->path,
		cluster);
}

int sets_row_load(
	struct database *d, const char *cluster, struct listed_sets *ret, struct error *err)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = d->statements[STATE_SETS_GET];
	struct listed_sets l;
	int rc, r;

	bind_text(q, 1, cluster);
	rc = sqlite3_step(q);
	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? 0 : database_error(d, rc, "read", err);
	r = read_row(d, q, &l, err);
	if (r < 0)
		return r;
	*ret = l;
	ret->bytes = l.size ? memcpy(xmalloc(l.size), l.bytes, l.size) : NULL;
	return 0;
}

int sets_rows_verify(struct database *d, struct error *err)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = d->statements[STATE_SETS];
	struct listed_sets l;
	int rc;

	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		int r = read_row(d, q, &l, err);
		if (r < 0)
			return r;
	}
	return rc == SQLITE_DONE ? 0 : database_error(d, rc, "read", err);
}

int sets_row_put(struct store *s, const char *cluster, const struct listed_sets *l)
{
	sqlite3_stmt *q = s->d.statements[STATE_SETS_PUT];

	bind_text(q, 1, cluster);
	(void)sqlite3_bind_int(q, 2, l->remote);
	(void)sqlite3_bind_blob64(q, 3, l->bytes ? l->bytes : "", l->size, SQLITE_STATIC);
	(void)sqlite3_bind_int64(q, 4, checksum(cluster, l));
	return run(q);
}
