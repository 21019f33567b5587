/* state.db: its owner, and its transactions. */
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

static void note_identities(struct store *s)
{
	s->file = file_identify(s->d.path, "");
	s->wal = file_identify(s->d.path, "-wal");
	s->lock = file_identify(s->d.path, ".lock");
}

int store_open(const char *path, struct store **ret, char **ret_moved, struct error *err)
{
	_cleanup_(store_closep) struct store *s = xcalloc(1, sizeof(*s));
	int r;

	s->lock_fd = -1;
	r = file_lock(path, &s->lock_fd, err);
	if (r == 0)
		r = database_open_or_begin(&s->d, path, &state_schema, ret_moved, err);
	if (r < 0)
		return r;
	note_identities(s);
	*ret = TAKE_PTR(s);
	return 0;
}

/* A copy of all that was committed, also what stood in a -wal that is gone. */
static int copy_to(struct store *s, const char *path, struct error *err)
{
	_cleanup_(statement_finalizep) sqlite3_stmt *q = NULL;
	bool created;
	struct file_header header;
	int rc, r;

	file_discard(path);
	r = file_prepare(path, &created, &header, err);
	if (r < 0)
		return r;
	rc = sqlite3_prepare_v2(s->d.db, "VACUUM INTO ?1", -1, &q, NULL);
	if (rc == SQLITE_OK) {
		bind_text(q, 1, path);
		rc = run(q);
	}
	return rc == SQLITE_OK ? 0 : database_error(&s->d, rc, "copy", err);
}

static int write_anew(struct store *s, char **ret_moved, struct error *err)
{
	_cleanup_free_ char *path = xstrdup(s->d.path), *copy = xasprintf("%s.new", path);
	struct database fresh;
	bool ours = file_is_at(&s->file, path, "");
	int r = copy_to(s, copy, err);

	if (r == 0 && !ours && file_exists(path))
		r = file_move_aside(path, "replaced", ret_moved, err);
	if (r == 0)
		r = file_replace(copy, path, err);
	if (r < 0)
		return r;
	r = database_open(&fresh, path, &state_schema, err);
	if (r < 0) {
		database_close(&fresh);
		file_discard(path);
		return r;
	}
	/* Closing must leave the files alone that have its names now. */
	(void)sqlite3_db_config(s->d.db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	database_close(&s->d);
	s->d = fresh;
	return 0;
}

static int gone(struct error *err)
{
	return error_add(err,
		"the state file was removed or replaced by somebody, and cannot be "
		"written anew");
}

int store_keep_in_place(struct store *s, char **ret_told, struct error *err)
{
	_cleanup_free_ char *path = xstrdup(s->d.path), *moved = NULL;
	int r, fd = -1;

	*ret_told = NULL;
	if (!file_is_at(&s->lock, path, ".lock")) {
		r = file_lock(path, &fd, err);
		if (r < 0)
			return gone(err);
		file_unlock(s->lock_fd);
		s->lock_fd = fd;
		s->lock = file_identify(path, ".lock");
	}
	if (s->wal.inode == 0) /* SQLite makes it when it first needs it */
		s->wal = file_identify(path, "-wal");
	if (file_is_at(&s->file, path, "") && file_is_at(&s->wal, path, "-wal"))
		return 0;
	r = write_anew(s, &moved, err);
	if (r < 0)
		return gone(err);
	note_identities(s);
	*ret_told = xasprintf("the state file %s was removed or replaced by somebody, and is "
			      "written anew: nothing of it is lost%s%s",
		path, moved ? "; the other file is now " : "", moved ? moved : "");
	return 0;
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
