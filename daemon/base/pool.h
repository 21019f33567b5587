/* Memory for many small blocks that stay for long while much is taken and given back around them:
 * in blocks of its own, so that no gaps are left between them. */
#pragma once

#include <stddef.h>

struct pool;

struct pool *pool_new(void);
void pool_free(struct pool *p); /* with all that was taken from it; accepts NULL */

/* A block, not zeroed; never NULL. A pool of NULL stands for malloc(). */
void *pool_take(struct pool *p, size_t size);
/* `size` as it was taken; a block of NULL is accepted. */
void pool_give(struct pool *p, void *block, size_t size);
