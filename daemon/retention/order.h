/* The order in which sets are judged. Pure; inside of retention/ only. */
#pragma once

#include "retention/set.h"

/* Newest first by start; ties by id, the larger first; sets without a time last. Writes inv->count
 * indices. One pass where the sets come in this order or in the opposite one, as listings do. */
void order_newest_first(const struct inventory *inv, uint32_t *ret_order);
