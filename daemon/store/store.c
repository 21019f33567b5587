#include "store/internal.h"

#include <errno.h>

void store_close(struct store *s)
{
	if (!s)
		return;
	s->opened &= database_close(s);
	file_unlock(s->lock_fd, s->opened && !s->suspect ? s->path : NULL);
	free(s->path);
	free(s);
}
DEFINE_CLEANUP(struct store *, store_close)

/* Opens what is at the path. A file that this call created does not outlive its failure. */
static int open_or_create(struct store *s, struct error *err)
{
	bool created = false;
	int r = file_prepare(s->path, &created, err);

	if (r < 0)
		return r;
	r = database_open(s, err);
	if (r < 0) {
		database_close(s);
		if (created)
			file_discard(s->path);
	}
	return r;
}

int store_open(const char *path, struct store **ret, char **ret_moved, struct error *err)
{
	_cleanup_(store_closep) struct store *s = xcalloc(1, sizeof(*s));
	_cleanup_free_ char *moved = NULL;
	int r;

	s->path = xstrdup(path);
	s->lock_fd = -1;
	r = file_lock(path, &s->lock_fd, &s->whole, err);
	if (r < 0)
		return r;
	r = open_or_create(s, err);
	if (r == -EBADMSG) {
		s->whole = s->suspect = false; /* of the new file all is known */
		r = file_move_aside(path, &moved, err);
		if (r < 0)
			return r;
		r = open_or_create(s, err);
		if (r < 0)
			file_move_back(path, moved);
	}
	if (r < 0)
		return r;
	s->opened = true;
	*ret_moved = TAKE_PTR(moved);
	*ret = TAKE_PTR(s);
	return 0;
}
