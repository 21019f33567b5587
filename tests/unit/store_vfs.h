/* A layer between SQLite and the disk that can fail at the n-th change, and lose at a power cut
 * what was not synced. */
#pragma once

#include <stdbool.h>

enum vfs_fault {
	VFS_IO_ERROR, /* from then on every change fails */
	VFS_TORN,     /* the same, and the failing write does half of its work */
	VFS_FULL,     /* the disk is full from then on */
	VFS_ONCE,     /* this change alone fails */
};

void vfs_install(void);                           /* as the default of this process */
void vfs_fail_at(int change, enum vfs_fault how); /* 1 = the next; 0 = never */
bool vfs_has_failed(void);
void vfs_note_synced(const char *path); /* a file that was there before */
/* Puts every file back to what was last synced. With no file open. */
void vfs_power_cut(void);
void vfs_forget(void); /* what was synced so far */
