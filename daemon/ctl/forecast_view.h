/* What the text and the picture of a forecast share. For forecast*.c. */
#pragma once

#include "base/text.h"
#include "ctl/command.h"
#include "outlook/forecast.h"

struct forecast_view {
	const struct policy *policy;
	const struct forecast *forecast;
	int64_t size_bytes; /* of a set; -1 not known */
	bool size_is_mean;  /* of the sets that were given */
};

/* Where a set stands in the picture: at the first rule that keeps it, in the order of the file. */
enum lane {
	LANE_PROTECTED = RULE_COUNT,
	LANE_MINIMUM, /* no rule keeps it, but safety.minimum, or a set that depends on it */
	LANE_GONE,
	LANE_COUNT,
};

enum lane forecast_lane(const struct forecast_set *s); /* unsigned below RULE_COUNT: a rule */
const char *forecast_lane_name(enum lane lane);
/* The lanes worth a row: the policy's rules, and others that have sets. */
bool forecast_has_lane(const struct forecast_view *v, enum lane lane);
size_t forecast_count_lane(const struct forecast *f, enum lane lane);
/* Sets that are there at an instant. */
size_t forecast_count_at(const struct forecast *f, int64_t at_s);

void forecast_text(const struct forecast_view *v, struct text *out);
void forecast_svg(const struct forecast_view *v, struct text *out);
