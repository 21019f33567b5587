/* A forecast as text. */
#include "ctl/amount.h"
#include "ctl/files.h"
#include "ctl/forecast_view.h"
#include "ctl/table.h"
#include "outlook/cost.h"

#include <inttypes.h>
#include <stdio.h>

#define COLUMNS 60
#define MOMENTS 6

struct picture {
	int64_t first_s, last_s;
};

static size_t column_of(const struct picture *p, int64_t at_s)
{
	double share = (double)(at_s - p->first_s) / (double)(p->last_s - p->first_s + 1);

	return share <= 0 ? 0 : (size_t)(share * COLUMNS);
}

static void add_head(const struct forecast_view *v, struct text *out)
{
	const struct forecast *f = v->forecast;
	const struct policy *p = v->policy;
	bool named = strcmp(p->name, p->cluster) != 0;

	text_printf(out, "%s%s%s%s from ", p->name, named ? " (" : "", named ? p->cluster : "",
		named ? ")" : "");
	files_add_minute(out, p->zone, f->from_s);
	text_add(out, " to ");
	files_add_minute(out, p->zone, f->to_s);
	text_printf(out, ", in the zone %s\n\n", zone_name(p->zone));
	text_printf(out, "backups   %" PRId64, f->backups);
	if (f->missed > 0)
		text_printf(out, ", and %" PRId64 " missed", f->missed);
	text_printf(out, "\ndeletes   %" PRId64, f->deletes);
	if (f->expired > 0)
		text_printf(out, ", and %" PRId64 " taken by the cloud", f->expired);
	text_printf(out, "\nsets      %zu in the end, at most %" PRId64 " at once", f->kept,
		f->most_sets);
	if (f->most_at_s != SET_NO_TIME) {
		text_add(out, ", first at ");
		files_add_minute(out, p->zone, f->most_at_s);
	}
	text_add(out, "\nsteady    ");
	if (f->steady_s == SET_NO_TIME)
		text_add(out, "not within this time: some rules are not full yet");
	else
		files_add_minute(out, p->zone, f->steady_s);
	text_printf(out, "\nreach     %" PRId64 " days back in the end\n", f->reach_s / 86400);
	if (f->cut)
		text_printf(out, "cut       after %d backups\n", FORECAST_BACKUPS_MAX);
}

/* ": 12.3 GB-months in all, 2.00 CNY" */
static void add_cost(const struct forecast_view *v, const struct cost *cost, struct text *out)
{
	const struct policy *p = v->policy;

	if (v->size_bytes < 0)
		return;
	text_printf(out, ": %.1f GB-months in all", cost->gb_months);
	if (p->storage.price_billionths > 0) {
		text_add(out, ", ");
		amount_add_money(out, cost->money, p->storage.currency);
	}
}

/* What this policy keeps, and what the cloud keeps that has one window for all sets. */
static void add_storage(const struct forecast_view *v, struct text *out)
{
	const struct forecast *f = v->forecast;
	struct cost ours = cost_of_forecast(v->policy, f, v->size_bytes, false);
	struct cost flat = cost_of_forecast(v->policy, f, v->size_bytes, true);

	text_printf(out, "storage   %.1f sets at once on average", ours.average_sets);
	if (v->size_bytes >= 0) {
		text_add(out, ", each of ");
		amount_add_size(out, v->size_bytes);
		text_add(out, v->size_is_mean ? " (the mean of those listed)" : "");
	}
	add_cost(v, &ours, out);
	text_printf(out,
		"\nflat      the cloud alone, which keeps every set equally long, would have\n"
		"          %.1f on average and %" PRId64 " in the end to reach back %" PRId64
		" days",
		flat.average_sets, f->flat_sets, f->reach_s / 86400);
	add_cost(v, &flat, out);
	text_add(out, "\n");
}

/* How many sets of a lane fall into each column: a digit, or + for ten and more. */
static void add_lane(
	const struct forecast_view *v, const struct picture *p, enum lane lane, struct text *out)
{
	const struct forecast *f = v->forecast;
	size_t counts[COLUMNS] = {0}, all = 0;
	char row[COLUMNS + 1] = "";

	for (size_t i = 0; i < f->count; i++)
		if (forecast_lane(&f->sets[i]) == lane) {
			counts[column_of(p, f->sets[i].start_s)]++;
			all++;
		}
	for (size_t i = 0; i < COLUMNS; i++)
		row[i] = counts[i] == 0     ? ' '
			: lane == LANE_GONE ? '.'
			: counts[i] > 9     ? '+'
					    : (char)('0' + counts[i]);
	text_printf(out, "%-10s|%s| %zu\n", forecast_lane_name(lane), row, all);
}

static void add_timeline(const struct forecast_view *v, struct text *out)
{
	const struct forecast *f = v->forecast;
	struct picture p = {.first_s = f->from_s, .last_s = f->to_s};
	char line[COLUMNS + 1];

	if (f->count > 0 && f->sets[0].start_s < p.first_s)
		p.first_s = f->sets[0].start_s;
	text_add(out, "\nWhat is there in the end, by the first rule that keeps it:\n\n          ");
	files_add_minute(out, v->policy->zone, p.first_s);
	text_printf(out, "%*s", COLUMNS + 2 - 32, "");
	files_add_minute(out, v->policy->zone, p.last_s);
	text_add(out, "\n");
	for (unsigned lane = 0; lane < LANE_COUNT; lane++)
		if (forecast_has_lane(v, (enum lane)lane))
			add_lane(v, &p, (enum lane)lane, out);
	memset(line, '-', COLUMNS);
	line[COLUMNS] = '\0';
	line[column_of(&p, f->from_s)] = '^';
	text_printf(out, "%-10s|%s|\n", "", line);
	text_add(out, "          digits: sets; + ten or more; . gone by then; ^ today\n");
}

static void add_moments(const struct forecast_view *v, struct text *out)
{
	static const char *const titles[] = {"AT", ">SETS"};
	const struct screen screen = terminal_screen(false);
	const struct forecast *f = v->forecast;
	_cleanup_(table_done) struct table t;

	table_init(&t, ARRAY_SIZE(titles), titles);
	for (int i = 0; i <= MOMENTS; i++) {
		_cleanup_(text_done) struct text at = TEXT_INIT(64);
		int64_t at_s = f->from_s + (f->to_s - f->from_s) / MOMENTS * i;
		if (i == MOMENTS)
			at_s = f->to_s;
		files_add_minute(&at, v->policy->zone, at_s);
		table_add(&t, at.s);
		table_printf(&t, "%zu", forecast_count_at(f, at_s));
	}
	text_add(out, "\n");
	table_print(&t, &screen, out);
}

static void add_gaps(const struct forecast_view *v, struct text *out)
{
	static const char *const ages[AGE_COUNT] = {
		"up to a day", "a week", "a month", "a quarter", "a year", "older"};
	static const char *const titles[] = {"AGE OF A SET", "WORST GAP TO THE ONE BEFORE"};
	const struct screen screen = terminal_screen(false);
	_cleanup_(table_done) struct table t;

	table_init(&t, ARRAY_SIZE(titles), titles);
	for (int age = 0; age < AGE_COUNT; age++) {
		char gap[DURATION_TEXT_SIZE] = "-";
		if (v->forecast->worst_gap_s[age] >= 0)
			duration_format_seconds(v->forecast->worst_gap_s[age], gap);
		table_add(&t, ages[age]);
		table_add(&t, gap);
	}
	text_add(out, "\n");
	table_print(&t, &screen, out);
}

void forecast_text(const struct forecast_view *v, struct text *out)
{
	add_head(v, out);
	add_storage(v, out);
	add_timeline(v, out);
	add_moments(v, out);
	add_gaps(v, out);
}
