/* The time zone files that are installed, and seeded random numbers. */
#pragma once

#include "base/memory.h"
#include "time/zone.h"

#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZONE_DIRECTORY "/usr/share/zoneinfo"

/* splitmix64 */
static inline uint64_t random_next(uint64_t *seed)
{
	uint64_t x = *seed += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* From low to high, both included. */
static inline int64_t random_between(uint64_t *seed, int64_t low, int64_t high)
{
	return low + (int64_t)(random_next(seed) % (uint64_t)(high - low + 1));
}

/* The seed of a run: from RETAIND_SEED, or a constant, so that runs repeat. */
static inline uint64_t random_seed(void)
{
	const char *text = getenv("RETAIND_SEED");

	return text ? strtoull(text, NULL, 0) : 20261121;
}

struct zone_files {
	char **names; /* below ZONE_DIRECTORY */
	size_t count, capacity;
};

/* Reads a whole file. The buffer is exactly as long as the file, so that a read past its end is
 * seen by the sanitizer. */
static inline unsigned char *read_zone_file(const char *path, size_t *ret_size)
{
	FILE *f = fopen(path, "rb");
	unsigned char *data;
	long size;

	if (!f || fseek(f, 0, SEEK_END) < 0 || (size = ftell(f)) < 0) {
		fprintf(stderr, "cannot read %s\n", path);
		abort();
	}
	rewind(f);
	data = xmalloc((size_t)size);
	*ret_size = fread(data, 1, (size_t)size, f);
	fclose(f);
	return data;
}

static inline void zone_files_add(struct zone_files *to, const char *path)
{
	size_t size;
	_cleanup_free_ unsigned char *data = read_zone_file(path, &size);

	if (size < 4 || memcmp(data, "TZif", 4) != 0)
		return;
	to->names = memory_grow(to->names, &to->capacity, to->count + 1, sizeof(*to->names));
	to->names[to->count++] = xstrdup(path + strlen(ZONE_DIRECTORY) + 1);
}

/* nftw() has no argument for its caller. */
static struct zone_files *zone_files_found;
static const char *zone_files_skip;

static inline int zone_files_visit(const char *path, const struct stat *st, int type, struct FTW *w)
{
	(void)st;
	(void)w;
	if (type == FTW_D && zone_files_skip &&
		(strcmp(path, ZONE_DIRECTORY "/posix") == 0 ||
			strcmp(path, ZONE_DIRECTORY "/right") == 0)) {
		printf("skipped: %s/ (%s)\n", path, zone_files_skip);
		return FTW_SKIP_SUBTREE;
	}
	if (type == FTW_F)
		zone_files_add(zone_files_found, path);
	return FTW_CONTINUE;
}

/* Lists the zone files below a directory. With `skip`, leaves posix/ and right/ out and says so. */
static inline struct zone_files list_zone_files(const char *directory, const char *skip)
{
	struct zone_files files = {0};

	zone_files_found = &files;
	zone_files_skip = skip;
	(void)nftw(directory, zone_files_visit, 16, FTW_ACTIONRETVAL);
	return files;
}

static inline void free_zone_files(struct zone_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->names[i]);
	free(files->names);
}
