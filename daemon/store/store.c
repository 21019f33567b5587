/* state.db: its owner, and its transactions. */
#include "store/file.h"
#include "store/state.h"

void store_close(struct store *s)
{
	if (!s)
		return;
	database_close(&s->d);
	file_unlock(s->lock_fd);
	free(s);
}
DEFINE_CLEANUP(struct store *, store_close)

int store_open(const char *path, struct store **ret, char **ret_moved, struct error *err)
{
	_cleanup_(store_closep) struct store *s = xcalloc(1, sizeof(*s));
	int r;

	s->lock_fd = -1;
	r = file_lock(path, &s->lock_fd, err);
	if (r == 0)
		r = database_open_or_begin(&s->d, path, &state_schema, ret_moved, err);
	if (r == 0)
		*ret = TAKE_PTR(s);
	return r;
}

int store_begin(struct store *s, struct error *err)
{
	int rc = database_begin(&s->d);

	return rc == SQLITE_OK ? 0 : database_error(&s->d, rc, "write", err);
}

int store_commit(struct store *s, struct error *err)
{
	int rc = database_end(&s->d, SQLITE_OK);

	return rc == SQLITE_OK ? 0 : database_error(&s->d, rc, "write", err);
}
