/* What the names that the cloud gives look like: regions, and ids of clusters. */
#pragma once

#include "retention/edition.h"

#include <stdbool.h>

/* The known region that was probably meant; NULL if the region is known, or may be one that was
 * opened since: another area, or another number of a known place. */
const char *cloudname_region(const char *region);

/* Whose ids begin like this one, if that is another product than AnalyticDB for MySQL; else NULL.
 */
const char *cloudname_product(const char *id);

/* The edition whose ids mostly begin like this one. False if that is not known. */
bool cloudname_edition(const char *id, enum edition *ret);
