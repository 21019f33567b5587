/* The order in which the calls of many clusters are made. */
#include "cycle/effect.h"

enum effect_rank effect_rank(const struct effect *e, int64_t *ret_order)
{
	*ret_order = 0;
	if (e->kind == EFFECT_CREATE || e->kind == EFFECT_DELETE || e->kind == EFFECT_RAISE)
		return RANK_CHANGE;
	if (e->kind != EFFECT_LIST || (e->list.begins && !e->list.due))
		return RANK_REFRESH;
	if (!e->list.begins)
		return RANK_CHANGE;
	*ret_order = e->list.newest_s;
	return RANK_DUE;
}
