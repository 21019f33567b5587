/* Which set depends on which (S8). Pure. */
#pragma once

#include "retention/set.h"

#define PARENT_NONE UINT32_MAX       /* stands alone */
#define PARENT_LOST (UINT32_MAX - 1) /* names a set that is not listed */

/* For each set the index of its parent, or one of the above. Owned by the caller. NULL if no set
 * names a parent, which is the usual case. */
uint32_t *lineage_new(const struct inventory *inv);

/* True if `parent`, as lineage_new() gives it, is the index of a set. */
static inline bool parent_is_listed(uint32_t parent)
{
	return parent < PARENT_LOST;
}

enum standing {
	STANDING_OPEN,   /* sound by itself; its chain is to be judged */
	STANDING_BROKEN, /* by itself, or because its chain is */
	STANDING_SOUND,  /* by itself and all the way up */
	STANDING_CIRCLE, /* its chain runs in a circle */
};

/* Turns every STANDING_OPEN into one of the others: BROKEN if the chain ends in a lost or broken
 * parent. Takes time that grows with the number of sets, however long the chains are. */
void lineage_judge(const uint32_t *parents, size_t count, uint8_t *standing);
