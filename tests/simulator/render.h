/* The vendor's shapes. */
#pragma once

#include "simulator.h"

/* One item of DescribeBackups. The set's own `fields` are laid over it last. */
cJSON *render_set(const struct simulator *s, const struct cluster *c, const struct backup *b,
	bool is_2021, int64_t now_us);
/* One item of DescribeDBClusters, or of DescribeDBClusterAttribute (`attribute`). */
cJSON *render_cluster(const struct cluster *c, bool is_2021, bool attribute);
/* A count of DescribeBackups: a string, or an integer. */
cJSON *render_count(const struct switches *s, int64_t n);
/* Exact, where cJSON's own numbers end at 2^53. */
cJSON *render_int(int64_t n);
/* Lays `fields` over `object`: null takes a member out, {"$raw": text} puts the text there as it
 * stands, anything else replaces or adds. */
void render_patch(cJSON *object, const cJSON *fields);
