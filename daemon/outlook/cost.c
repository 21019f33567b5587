/* What backup sets take up, and what that costs at the price that the policy gives. */
#include "outlook/cost.h"

#include "base/memory.h"

#include <stdio.h>

#define BILLION 1e9

static double money(const struct policy *p, double gb_hours)
{
	return gb_hours * (double)p->storage.price_billionths / BILLION;
}

static double paid_gb(const struct policy *p, double gb)
{
	double free_gb = (double)p->storage.free_billionths / BILLION;

	return gb > free_gb ? gb - free_gb : 0;
}

double cost_of_month(const struct policy *p, int64_t bytes)
{
	return money(p, paid_gb(p, (double)bytes / COST_GB) * COST_HOURS_A_MONTH);
}

static int compare_instants(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Of each set that is there during the forecast, since when and until when. Returns how many. */
static size_t take_spans(const struct forecast *f, bool flat, int64_t *ret_from, int64_t *ret_to)
{
	size_t count = 0;

	for (size_t i = 0; i < f->count; i++) {
		const struct forecast_set *s = &f->sets[i];
		int64_t from_s = s->start_s > f->from_s ? s->start_s : f->from_s;
		int64_t end_s = flat ? s->start_s + f->reach_s : s->end_s;
		int64_t to_s = end_s == SET_NO_TIME || end_s > f->to_s ? f->to_s : end_s;
		if (to_s <= from_s)
			continue;
		ret_from[count] = from_s;
		ret_to[count++] = to_s;
	}
	qsort(ret_from, count, sizeof(*ret_from), compare_instants);
	qsort(ret_to, count, sizeof(*ret_to), compare_instants);
	return count;
}

/* The free part is free at each moment: what is not used of it in one month is lost to the next. So
 * the money is added up from each coming and going of a set to the one after it. */
struct cost cost_of_forecast(
	const struct policy *p, const struct forecast *f, int64_t set_bytes, bool flat)
{
	_cleanup_free_ int64_t *from = xcalloc(f->count + 1, sizeof(*from));
	_cleanup_free_ int64_t *to = xcalloc(f->count + 1, sizeof(*to));
	size_t count = take_spans(f, flat, from, to), came = 0, went = 0;
	double set_gb = (double)set_bytes / COST_GB, set_hours = 0;
	int64_t at_s = f->from_s;
	struct cost cost = {0};

	while (went < count) {
		bool comes = came < count && from[came] <= to[went];
		int64_t next_s = comes ? from[came] : to[went];
		double hours = (double)(next_s - at_s) / 3600;
		double sets = (double)(came - went);
		set_hours += sets * hours;
		cost.money += money(p, paid_gb(p, sets * set_gb) * hours);
		at_s = next_s;
		if (comes)
			came++;
		else
			went++;
	}
	if (f->to_s > f->from_s)
		cost.average_sets = set_hours * 3600 / (double)(f->to_s - f->from_s);
	cost.gb_months = set_hours * set_gb / COST_HOURS_A_MONTH;
	return cost;
}

static void add_number(struct jsonwriter *w, const char *key, double value)
{
	char number[64];

	(void)snprintf(number, sizeof(number), "%.2f", value);
	json_raw(w, key, number);
}

void cost_json(struct jsonwriter *w, const struct policy *p, int64_t bytes, int64_t expired_bytes)
{
	double month = cost_of_month(p, bytes);

	if (p->storage.price_billionths == 0) {
		json_null(w, "cost");
		return;
	}
	json_object_begin(w, "cost");
	add_number(w, "month", month);
	if (expired_bytes >= 0)
		add_number(w, "saves", month - cost_of_month(p, bytes - expired_bytes));
	json_string(w, "currency", p->storage.currency);
	json_object_end(w);
}
