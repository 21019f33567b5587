/* Files that commands read; what is wrong with them goes to standard error. */
#pragma once

#include "base/error.h"
#include "policyfile/policyfile.h"

/* The policy file, owned by the caller; NULL after telling its errors. Its warnings are for
 * `check`. */
struct policyfile *files_load_policy(const char *path);
/* The cluster with this id or name, borrowed; NULL after telling that there is none. */
struct policy *files_find_cluster(const struct policyfile *f, const char *id_or_name);
/* All of a file, "-" for standard input. Negative errno with *err. */
int files_read(const char *path, struct text *ret, struct error *err);

/* Writes a file that somebody asked for, "-" for standard output. A file is there whole or as it
 * was; a device, a pipe or our own standard output is written through. A symbolic link is followed
 * if it is ours or root's: in a folder where all may write, another's could lead anywhere. An exit
 * code, after telling what is wrong. */
int files_write(const char *path, const struct text *t);

/* "2027-01-24 02:00" of the zone. */
void files_add_minute(struct text *out, const struct zone *z, int64_t instant_s);

/* "to the second since 2026-11-23 02:00; after these deletes since 2026-11-29 20:00": how far back
 * any second can be restored (S14), now and when the expired sets are gone (SET_NO_TIME: none). */
void files_add_seconds(struct text *out, const struct zone *z, int64_t since_s, int64_t after_s);

/* "730": how long the cloud keeps sets, in days; 0 for ever. False if it is anything else. */
bool files_parse_cloud_days(const char *s, int64_t *ret_s);
#define FILES_CLOUD_DAYS_WRONG "'%s' is not a number of days from 0 to 36500"
/* "7d" or "7": how long the cloud keeps the log, in days; "0": it keeps none. */
bool files_parse_log_days(const char *s, int64_t *ret_days);
#define FILES_LOG_DAYS_WRONG "--log-retention takes 0 or 7d to 730d, not '%s'"

static inline void policyfile_freep(struct policyfile **f)
{
	policyfile_free(*f);
}
