/* Sizes and amounts of money, for people. */
#include "ctl/amount.h"

void amount_add_size(struct text *out, int64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
	double size = bytes > 0 ? (double)bytes : 0;
	size_t unit = 0;

	for (; size >= 1024 && unit + 1 < ARRAY_SIZE(units); unit++)
		size /= 1024;
	text_printf(out, unit > 0 && size < 100 ? "%.1f %s" : "%.0f %s", size, units[unit]);
}

void amount_add_money(struct text *out, double money, const char *currency)
{
	text_printf(out, "%.2f%s%s", money, currency ? " " : "", currency ? currency : "");
}

static double number(const cJSON *object, const char *key)
{
	const cJSON *value = json_get(object, key);

	return cJSON_IsNumber(value) ? value->valuedouble : 0;
}

void amount_add_cost(struct text *out, const cJSON *object)
{
	const cJSON *cost = json_get(object, "cost");

	if (!cJSON_IsObject(cost))
		return;
	text_add(out, ", ");
	amount_add_money(out, number(cost, "month"), json_get_string(cost, "currency"));
	text_add(out, " a month");
}

void amount_count(struct amount_total *total, int64_t bytes, const cJSON *object)
{
	const cJSON *cost = json_get(object, "cost");
	const char *currency = json_get_string(cost, "currency");

	if (bytes > 0)
		total->bytes += bytes;
	if (!cJSON_IsObject(cost))
		return;
	total->mixed |= total->priced && !text_equal(total->currency, currency);
	total->currency = currency;
	total->priced = true;
	total->month += number(cost, "month");
}

void amount_add_total(struct text *out, const struct amount_total *total)
{
	amount_add_size(out, total->bytes);
	if (!total->priced || total->mixed)
		return;
	text_add(out, ", ");
	amount_add_money(out, total->month, total->currency);
	text_add(out, " a month");
}
