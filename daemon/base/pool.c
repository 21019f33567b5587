/* Blocks of many sizes out of few large ones. */
#include "base/pool.h"

#include "base/memory.h"

#include <stdint.h>

#define STEP 64            /* blocks are multiples of this */
#define LARGEST 4096       /* larger ones are malloc()'s */
#define CHUNK (256 * 1024) /* mapped by itself: what was not touched takes no memory */

struct chunk {
	struct chunk *next;
	_Alignas(STEP) char bytes[];
};

struct unused {
	struct unused *next;
};

struct pool {
	struct chunk *chunks;
	size_t left;                           /* bytes at the end of the first chunk */
	struct unused *unused[LARGEST / STEP]; /* given back, by size */
};

struct pool *pool_new(void)
{
	return xcalloc(1, sizeof(struct pool));
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	for (struct chunk *c = p->chunks, *next; c; c = next) {
		next = c->next;
		free(c);
	}
	free(p);
}

static size_t rounded(size_t size)
{
	return (size + STEP - 1) / STEP * STEP;
}

static void *take_new(struct pool *p, size_t size)
{
	struct chunk *c = p->chunks;

	if (p->left < size) {
		c = xmalloc(sizeof(*c) + CHUNK);
		c->next = p->chunks;
		p->chunks = c;
		p->left = CHUNK;
	}
	p->left -= size;
	return c->bytes + p->left;
}

void *pool_take(struct pool *p, size_t size)
{
	struct unused **list;
	void *block;

	if (!p || size == 0 || size > LARGEST)
		return xmalloc(size);
	size = rounded(size);
	list = &p->unused[size / STEP - 1];
	if (!*list)
		return take_new(p, size);
	block = *list;
	*list = (*list)->next;
	return block;
}

void pool_give(struct pool *p, void *block, size_t size)
{
	struct unused *u = block, **list;

	if (!p || size == 0 || size > LARGEST) {
		free(block);
		return;
	}
	if (!block)
		return;
	list = &p->unused[rounded(size) / STEP - 1];
	u->next = *list;
	*list = u;
}
