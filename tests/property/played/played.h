/* The outlook as it was played with queues: what the projection is compared with. */
#pragma once

#include "outlook/expiry.h"
#include "outlook/forecast.h"

void played_forecast(const struct forecast_input *in, struct forecast *ret);
struct expiry *played_expiry(
	const struct inventory *inv, const struct policy *p, int64_t cloud_s, int64_t now_s);
