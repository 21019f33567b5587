/* What backup sets take up, and what that costs at the price that the policy gives. Pure. The price
 * differs by region and contract, so that none is built in. */
#pragma once

#include "base/jsonwriter.h"
#include "outlook/forecast.h"

#define COST_GB 1073741824.0     /* bytes of a GB, as the cloud's bills count it */
#define COST_HOURS_A_MONTH 730.5 /* of 30.4375 days */

/* Money for a month of so many bytes, less the part that is free; 0 where no price is given. */
double cost_of_month(const struct policy *p, int64_t bytes);

/* Storage over a forecast, in GB-months. */
struct cost {
	double average_sets; /* at once */
	double gb_months;
	double money; /* 0 where no price is given */
};
/* With the policy's sets, or with `flat` those of a cloud that keeps every set for f->reach_s. */
struct cost cost_of_forecast(
	const struct policy *p, const struct forecast *f, int64_t set_bytes, bool flat);

/* Writes {"month", "saves", "currency"}, or null where no price is given. `saves` is how much less
 * a month costs without `expired_bytes` of the bytes; it is left out if these are not known (-1).
 */
void cost_json(struct jsonwriter *w, const struct policy *p, int64_t bytes, int64_t expired_bytes);
