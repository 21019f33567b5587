/* What all ways to show a forecast share: the lane that a set stands in, and counts. */
#include "ctl/forecast_view.h"

enum lane forecast_lane(const struct forecast_set *s)
{
	if (s->fate != FATE_KEPT)
		return LANE_GONE;
	if (s->protect)
		return LANE_PROTECTED;
	for (unsigned rule = 0; rule < RULE_COUNT; rule++)
		if (s->rules & 1u << rule)
			return (enum lane)rule;
	return LANE_MINIMUM;
}

const char *forecast_lane_name(enum lane lane)
{
	if ((unsigned)lane < RULE_COUNT)
		return rule_rows[lane]->name;
	return lane == LANE_PROTECTED ? "protected" : lane == LANE_MINIMUM ? "minimum" : "gone";
}

size_t forecast_count_lane(const struct forecast *f, enum lane lane)
{
	size_t count = 0;

	for (size_t i = 0; i < f->count; i++)
		count += forecast_lane(&f->sets[i]) == lane;
	return count;
}

bool forecast_has_lane(const struct forecast_view *v, enum lane lane)
{
	if ((unsigned)lane < RULE_COUNT && v->policy->keep[lane].kind != KEEP_OFF)
		return true;
	return forecast_count_lane(v->forecast, lane) > 0;
}

size_t forecast_count_at(const struct forecast *f, int64_t at_s)
{
	size_t count = 0;

	for (size_t i = 0; i < f->count; i++)
		count += f->sets[i].start_s <= at_s &&
			(f->sets[i].end_s == SET_NO_TIME || f->sets[i].end_s > at_s);
	return count;
}
