/* Fails a change of SQLite's to the disk, or forgets what was not synced. */
#include "store_vfs.h"

#include "base/memory.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILES 16

struct durable {
	char *path;
	char *data;
	size_t size;
};

static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	int fail_at, changes;
	enum vfs_fault how;
	bool failed;
	struct durable files[FILES];
} shim;

struct shim_file {
	sqlite3_file base;
	struct durable *durable; /* NULL for temporary files */
	sqlite3_file *real;
};

static sqlite3_file *real_of(sqlite3_file *f)
{
	return ((struct shim_file *)(void *)f)->real;
}

/* Counts a change; true if it is to fail. */
static bool fails(void)
{
	bool now = shim.fail_at && ++shim.changes >= shim.fail_at;

	if (now && shim.how == VFS_ONCE)
		now = shim.changes == shim.fail_at;
	shim.failed |= now;
	return now;
}

static int failure(int rc)
{
	errno = shim.how == VFS_FULL ? ENOSPC : EIO;
	return shim.how == VFS_FULL ? SQLITE_FULL : rc;
}

static struct durable *durable_of(const char *path)
{
	for (size_t i = 0; i < FILES; i++) {
		struct durable *d = &shim.files[i];
		if (!d->path)
			d->path = xstrdup(path);
		if (strcmp(d->path, path) == 0)
			return d;
	}
	return NULL;
}

static int on_close(sqlite3_file *f)
{
	int rc = real_of(f)->pMethods->xClose(real_of(f));

	free(real_of(f));
	return rc;
}

static int on_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
	return real_of(f)->pMethods->xRead(real_of(f), to, n, at);
}

static int on_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
	bool torn = shim.how == VFS_TORN && !shim.failed;

	if (!fails())
		return real_of(f)->pMethods->xWrite(real_of(f), from, n, at);
	if (torn && n > 1)
		(void)real_of(f)->pMethods->xWrite(real_of(f), from, n / 2, at);
	return failure(SQLITE_IOERR_WRITE);
}

static int on_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	return fails() ? failure(SQLITE_IOERR_TRUNCATE)
		       : real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int on_sync(sqlite3_file *f, int flags)
{
	struct durable *d = ((struct shim_file *)(void *)f)->durable;
	sqlite3_int64 size = 0;

	(void)flags;
	if (fails())
		return failure(SQLITE_IOERR_FSYNC);
	if (!d || real_of(f)->pMethods->xFileSize(real_of(f), &size) != SQLITE_OK)
		return SQLITE_OK;
	d->data = xreallocarray(d->data, (size_t)size, 1);
	d->size = (size_t)size;
	return size ? real_of(f)->pMethods->xRead(real_of(f), d->data, (int)size, 0) : SQLITE_OK;
}

static int on_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int on_lock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xLock(real_of(f), level);
}

static int on_unlock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int on_check_lock(sqlite3_file *f, int *ret)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), ret);
}

static int on_control(sqlite3_file *f, int op, void *arg)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int on_sector_size(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int on_characteristics(sqlite3_file *f)
{
	(void)f;
	return 0; /* promise SQLite nothing */
}

/* Version 1: without shared memory, so that only the exclusive mode can work at all. */
static const sqlite3_io_methods methods = {1, on_close, on_read, on_write, on_truncate, on_sync,
	on_size, on_lock, on_unlock, on_check_lock, on_control, on_sector_size, on_characteristics,
	NULL, NULL, NULL, NULL, NULL, NULL};

static int on_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *f, int flags, int *ret_flags)
{
	struct shim_file *file = (struct shim_file *)(void *)f;
	int rc;

	(void)vfs;
	file->base.pMethods = NULL;
	file->real = xcalloc(1, (size_t)shim.real->szOsFile);
	file->durable = path ? durable_of(path) : NULL;
	rc = shim.real->xOpen(shim.real, path, file->real, flags, ret_flags);
	if (rc == SQLITE_OK)
		file->base.pMethods = &methods;
	else
		free(file->real);
	return rc;
}

static int on_delete(sqlite3_vfs *vfs, const char *path, int sync_directory)
{
	struct durable *d = durable_of(path);

	(void)vfs;
	if (fails())
		return failure(SQLITE_IOERR_DELETE);
	if (d)
		d->size = 0;
	return shim.real->xDelete(shim.real, path, sync_directory);
}

void vfs_install(void)
{
	(void)sqlite3_initialize();
	shim.real = sqlite3_vfs_find(NULL);
	shim.vfs = *shim.real;
	shim.vfs.zName = "shim";
	shim.vfs.szOsFile = (int)sizeof(struct shim_file);
	shim.vfs.xOpen = on_open;
	shim.vfs.xDelete = on_delete;
	(void)sqlite3_vfs_register(&shim.vfs, 1);
}

void vfs_fail_at(int change, enum vfs_fault how)
{
	shim.fail_at = change;
	shim.how = how;
	shim.changes = 0;
	shim.failed = false;
}

bool vfs_has_failed(void)
{
	return shim.failed;
}

void vfs_note_synced(const char *path)
{
	struct durable *d = durable_of(path);
	FILE *f = fopen(path, "re");

	if (!d || !f || fseek(f, 0, SEEK_END) < 0)
		abort();
	d->size = (size_t)ftell(f);
	d->data = xreallocarray(d->data, d->size, 1);
	rewind(f);
	if (fread(d->data, 1, d->size, f) != d->size)
		abort();
	(void)fclose(f);
}

void vfs_power_cut(void)
{
	for (size_t i = 0; i < FILES && shim.files[i].path; i++) {
		FILE *f;
		if (access(shim.files[i].path, F_OK) < 0)
			continue;
		f = fopen(shim.files[i].path, "we");
		if (!f)
			abort();
		if (shim.files[i].size > 0)
			(void)fwrite(shim.files[i].data, 1, shim.files[i].size, f);
		(void)fclose(f);
	}
}

void vfs_forget(void)
{
	for (size_t i = 0; i < FILES; i++) {
		free(shim.files[i].path);
		free(shim.files[i].data);
		shim.files[i] = (struct durable){0};
	}
}
