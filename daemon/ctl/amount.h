/* Sizes and amounts of money, for people. */
#pragma once

#include "base/json.h"
#include "base/text.h"

/* "12.5 GiB" */
void amount_add_size(struct text *out, int64_t bytes);

/* "12.30 CNY" */
void amount_add_money(struct text *out, double money, const char *currency);

/* ", 12.30 CNY a month" of the member "cost" of a cluster or a plan; nothing where it is null. */
void amount_add_cost(struct text *out, const cJSON *object);

/* Sizes and costs of many clusters, added up. */
struct amount_total {
	int64_t bytes;
	double month;
	const char *currency; /* borrowed; NULL: none was given */
	bool priced;          /* at least one cluster has a cost */
	bool mixed;           /* of several currencies: no sum of money */
};
void amount_count(struct amount_total *total, int64_t bytes, const cJSON *object);
/* "1.2 TiB, 12.30 CNY a month" */
void amount_add_total(struct text *out, const struct amount_total *total);
