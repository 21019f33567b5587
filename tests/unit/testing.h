/* What the tests of this folder share: cmocka with its includes, and files read whole. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "../support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file of the tree, by its path from the root. The caller's to free. */
static inline char *read_test_file(const char *path, size_t *ret_length)
{
	FILE *f = fopen(path, "re");
	char *data = calloc(1, (size_t)1 << 20);

	assert_non_null(f);
	assert_non_null(data);
	*ret_length = fread(data, 1, ((size_t)1 << 20) - 1, f);
	assert_true(feof(f));
	(void)fclose(f);
	return data;
}
