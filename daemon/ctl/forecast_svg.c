/* The picture of a forecast. The colours are classes, so that a page in the dark gets others. */
#include "ctl/forecast_view.h"

#include <inttypes.h>
#include <stdio.h>

#define WIDTH 960
#define LEFT 110
#define RIGHT 60
#define PLOT (WIDTH - LEFT - RIGHT)
#define LANE_HEIGHT 24
#define CHART_HEIGHT 120
#define TITLES_MOST 2000 /* marks that tell their date to the mouse */
#define FADES 4
#define DAY_S ((int64_t)86400)
#define ZOOM_S (60 * DAY_S)
#define TICKS_MOST 11

struct drawing {
	const struct forecast_view *v;
	struct text *out;
	int64_t first_s, last_s; /* what lies across */
	int y;                   /* where the next thing begins */
};

static const char *const style =
	"<style>\n"
	"svg{--bg:#fff;--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;--l0:#cf3a1e;--l1:#b5488f;"
	"--l2:#b87800;--l3:#0b66c3;--l4:#1a7f4b;--l5:#7a45b8;--l6:#0e8f9c;--l7:#8a5a2b;--l8:#"
	"4d5661;"
	"--l9:#4d5661;--l10:#8c959f;font:13px system-ui,sans-serif}\n"
	"@media(prefers-color-scheme:dark){svg{--bg:#0d1117;--ink:#e6edf3;--soft:#9aa4af;"
	"--line:#30363d;--l0:#ff7b62;--l1:#f08ccc;--l2:#e3b341;--l3:#58a6ff;--l4:#4ac681;"
	"--l5:#bc8cff;--l6:#4fd0dd;--l7:#d6a26a;--l8:#b1bac4;--l9:#b1bac4;--l10:#8b949e}}\n"
	".bg{fill:var(--bg)}text{fill:var(--ink)}.s{fill:var(--soft);font-size:12px}"
	".h{font-size:17px;font-weight:600}.b{font-weight:600}.e{text-anchor:end}"
	".m{text-anchor:middle}.g{stroke:var(--line);fill:none}"
	".t{stroke:var(--ink);stroke-dasharray:4 3;fill:none}"
	".area{fill:var(--l3);fill-opacity:.2;stroke:var(--l3)}"
	".gone{stroke:var(--l10);stroke-width:1.2;fill:none}\n";

static double x_of(const struct drawing *d, int64_t at_s)
{
	return LEFT + PLOT * (double)(at_s - d->first_s) / (double)(d->last_s - d->first_s);
}

static void add_escaped(struct text *out, const char *s)
{
	for (; *s; s++)
		if (*s == '<' || *s == '>' || *s == '&' || *s == '"')
			text_printf(out, "&#%d;", *s);
		else
			text_add_bytes(out, s, 1);
}

/* "21 Nov 2026" */
static void add_day(struct text *out, const struct zone *z, int64_t at_s, bool day, bool year)
{
	static const char *const months[] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct civil c;

	civil_from_seconds(zone_local(z, at_s), &c);
	if (day)
		text_printf(out, "%d ", c.day);
	text_add(out, months[c.month - 1]);
	if (year)
		text_printf(out, " %" PRId64, c.year);
}

static void add_tick(struct drawing *d, int64_t at_s, int top, bool by_days)
{
	double x = x_of(d, at_s);

	if (at_s < d->first_s || at_s > d->last_s)
		return;
	text_printf(d->out,
		"<path class=\"g\" d=\"M%.1f %dV%d\"/><text class=\"s m\" x=\"%.1f\" "
		"y=\"%d\">",
		x, top, d->y + 4, x, d->y + 18);
	add_day(d->out, d->v->policy->zone, at_s, by_days, !by_days);
	text_add(d->out, "</text>\n");
}

/* Lines at the beginnings of months, or at midnight every so many days, and their dates. */
static void add_axis(struct drawing *d, int top)
{
	static const int steps[] = {1, 2, 3, 6, 12, 24, 60, 120, 240, 600};
	const struct zone *z = d->v->policy->zone;
	int64_t days = (d->last_s - d->first_s) / DAY_S, at_s;
	struct civil c;
	size_t i = 0;

	civil_from_seconds(zone_local(z, d->first_s), &c);
	if (days <= 100) {
		int64_t step = days / TICKS_MOST + 1, day = civil_to_days(c.year, c.month, c.day);
		for (; zone_instant(z, day * DAY_S, &at_s), at_s <= d->last_s; day += step)
			add_tick(d, at_s, top, true);
		return;
	}
	while (i + 1 < ARRAY_SIZE(steps) && days / 30 / steps[i] > TICKS_MOST)
		i++;
	for (int64_t month = (c.year * 12 + c.month - 1) / steps[i] * steps[i];;
		month += steps[i]) {
		(void)zone_instant(
			z, civil_to_days(month / 12, (int)(month % 12) + 1, 1) * DAY_S, &at_s);
		if (at_s > d->last_s)
			return;
		add_tick(d, at_s, top, false);
	}
}

static void add_today(struct drawing *d, int top)
{
	double x = x_of(d, d->v->forecast->from_s);

	if (d->v->forecast->from_s < d->first_s)
		return;
	text_printf(d->out,
		"<path class=\"t\" d=\"M%.1f %dV%d\"/><text class=\"b\" x=\"%.1f\" "
		"y=\"%d\">today</text>\n",
		x, top - 4, d->y, x + 4, top - 4);
}

static void add_title(struct drawing *d, const struct forecast_set *s)
{
	bool more = false;

	text_add(d->out, "<title>");
	add_day(d->out, d->v->policy->zone, s->start_s, true, true);
	for (unsigned rule = 0; rule < RULE_COUNT; rule++)
		if (s->rules & 1u << rule) {
			text_printf(d->out, "%s%s", more ? " and " : ", kept by ",
				rule_rows[rule]->name);
			more = true;
		}
	text_add(d->out, "</title>");
}

static void add_kept_lane(struct drawing *d, enum lane lane)
{
	const struct forecast *f = d->v->forecast;

	for (size_t i = 0; i < f->count; i++) {
		const struct forecast_set *s = &f->sets[i];
		if (forecast_lane(s) != lane || s->start_s < d->first_s)
			continue;
		text_printf(d->out,
			"<rect x=\"%.1f\" y=\"%d\" width=\"3\" height=\"16\" rx=\"1\" "
			"fill=\"var(--l%u)\"",
			x_of(d, s->start_s) - 1.5, d->y + 4, (unsigned)lane);
		if (f->kept > TITLES_MOST) {
			text_add(d->out, "/>\n");
			continue;
		}
		text_add(d->out, ">");
		add_title(d, s);
		text_add(d->out, "</rect>\n");
	}
}

/* Which shade a set that is gone has: 0 went lately, FADES - 1 long ago. */
static int fade_of(const struct drawing *d, const struct forecast_set *s)
{
	double share = (double)(d->last_s - s->end_s) / (double)(d->last_s - d->first_s);

	return share >= 1 ? FADES - 1 : share <= 0 ? 0 : (int)(share * FADES);
}

/* At most one mark in a pixel. */
static void add_gone_lane(struct drawing *d)
{
	const struct forecast *f = d->v->forecast;

	for (int fade = 0; fade < FADES; fade++) {
		int before = -1;
		text_printf(d->out, "<path class=\"gone\" stroke-opacity=\"%.2f\" d=\"",
			0.9 - 0.22 * fade);
		for (size_t i = 0; i < f->count; i++) {
			const struct forecast_set *s = &f->sets[i];
			int x = (int)x_of(d, s->start_s);
			if (s->fate == FATE_KEPT || s->start_s < d->first_s || x == before ||
				fade_of(d, s) != fade)
				continue;
			text_printf(d->out, "M%d %dv12", x, d->y + 6);
			before = x;
		}
		text_add(d->out, "\"/>\n");
	}
}

static size_t count_shown(const struct drawing *d, enum lane lane)
{
	const struct forecast *f = d->v->forecast;
	size_t count = 0;

	for (size_t i = 0; i < f->count; i++)
		count += forecast_lane(&f->sets[i]) == lane && f->sets[i].start_s >= d->first_s;
	return count;
}

static void add_lane(struct drawing *d, enum lane lane)
{
	text_printf(d->out,
		"<path class=\"g\" d=\"M%d %dh%d\"/><text class=\"e\" x=\"%d\" y=\"%d\" "
		"style=\"fill:var(--l%u)\">%s</text><text class=\"s\" x=\"%d\" "
		"y=\"%d\">%zu</text>\n",
		LEFT, d->y + LANE_HEIGHT, PLOT, LEFT - 10, d->y + 17, (unsigned)lane,
		lane == LANE_GONE ? "deleted" : forecast_lane_name(lane), LEFT + PLOT + 8,
		d->y + 17, count_shown(d, lane));
	if (lane == LANE_GONE)
		add_gone_lane(d);
	else
		add_kept_lane(d, lane);
	d->y += LANE_HEIGHT;
}

/* A panel of lanes: what is there in the end of the sets since first_s. */
static void add_lanes(struct drawing *d, const char *title, const char *legend)
{
	int top, lanes = 0, line = *legend ? 18 : 0;

	text_printf(d->out,
		"<text class=\"b\" x=\"%d\" y=\"%d\">%s</text><text class=\"s\" x=\"%d\" "
		"y=\"%d\">%s</text><text class=\"s\" x=\"%d\" y=\"%d\">sets</text>\n",
		LEFT, d->y + 14, title, LEFT, d->y + 32, legend, LEFT + PLOT + 8, d->y + 30 + line);
	top = d->y += 36 + line;
	for (unsigned lane = 0; lane < LANE_COUNT; lane++)
		lanes += forecast_has_lane(d->v, (enum lane)lane);
	/* The axis lies beneath the marks. */
	d->y = top + lanes * LANE_HEIGHT;
	add_axis(d, top);
	d->y = top;
	for (unsigned lane = 0; lane < LANE_COUNT; lane++)
		if (forecast_has_lane(d->v, (enum lane)lane))
			add_lane(d, (enum lane)lane);
	add_today(d, top);
	d->y += 44;
}

static size_t column_of(const struct drawing *d, int64_t at_s)
{
	double x = x_of(d, at_s) - LEFT;

	return x <= 0 ? 0 : x >= PLOT ? PLOT : (size_t)x;
}

/* How many sets there are, over time. */
static void add_chart(struct drawing *d)
{
	const struct forecast *f = d->v->forecast;
	int64_t changes[PLOT + 1] = {0}, sets = 0, most = f->most_sets > 0 ? f->most_sets : 1;
	int top;

	for (size_t i = 0; i < f->count; i++) {
		changes[column_of(d, f->sets[i].start_s)]++;
		if (f->sets[i].end_s != SET_NO_TIME)
			changes[column_of(d, f->sets[i].end_s)]--;
	}
	text_printf(d->out, "<text class=\"b\" x=\"%d\" y=\"%d\">Sets held over time</text>\n",
		LEFT, d->y + 14);
	top = d->y += 36;
	d->y += CHART_HEIGHT;
	add_axis(d, top);
	text_printf(d->out, "<path class=\"area\" d=\"M%d %d", LEFT, d->y);
	for (int x = 0; x <= PLOT; x++) {
		sets += changes[x];
		if (changes[x] != 0 || x == PLOT)
			text_printf(d->out, "H%dV%.1f", LEFT + x,
				d->y - CHART_HEIGHT * (double)sets / (double)most);
	}
	text_printf(d->out,
		"V%dZ\"/>\n<path class=\"g\" d=\"M%d %dV%dh%d\"/>"
		"<text class=\"s e\" x=\"%d\" y=\"%d\">%" PRId64 " at most</text>"
		"<text class=\"s e\" x=\"%d\" y=\"%d\">0</text>"
		"<text class=\"s\" x=\"%d\" y=\"%.0f\">%zu</text>\n",
		d->y, LEFT, top, d->y, PLOT, LEFT - 10, top + 9, most, LEFT - 10, d->y + 4,
		LEFT + PLOT + 8, d->y - CHART_HEIGHT * (double)f->kept / (double)most + 4, f->kept);
	add_today(d, top);
	d->y += 40;
}

static void add_head(struct drawing *d)
{
	const struct forecast *f = d->v->forecast;
	const struct policy *p = d->v->policy;

	text_printf(d->out, "<text class=\"h\" x=\"%d\" y=\"34\">", 20);
	add_escaped(d->out, p->name);
	text_add(d->out, ": what the policy keeps</text>\n<text class=\"s\" x=\"20\" y=\"56\">");
	text_printf(d->out, "%" PRId64 " backups from ", f->backups);
	add_day(d->out, p->zone, f->from_s, true, true);
	text_add(d->out, " to ");
	add_day(d->out, p->zone, f->to_s, true, true);
	text_printf(d->out,
		". In the end %zu sets are kept, the oldest %" PRId64
		" days old; keeping every backup as long would take %" PRId64 ".</text>\n",
		f->kept, f->reach_s / DAY_S, f->flat_sets);
	d->y = 76;
}

static void add_date_title(struct drawing *d)
{
	_cleanup_(text_done) struct text title = TEXT_INIT(200);

	text_add(&title, "Backup sets on ");
	add_day(&title, d->v->policy->zone, d->last_s, true, true);
	text_add(&title, ", by the time when they were made");
	add_lanes(d, title.s,
		"Coloured: kept, by the first rule that keeps it. Grey: deleted by then, the paler "
		"the longer ago.");
}

void forecast_svg(const struct forecast_view *v, struct text *out)
{
	const struct forecast *f = v->forecast;
	_cleanup_(text_done) struct text body = TEXT_INIT(out->max);
	struct drawing d = {.v = v, .out = &body, .first_s = f->from_s, .last_s = f->to_s};

	if (f->count > 0 && f->sets[0].start_s < d.first_s)
		d.first_s = f->sets[0].start_s;
	if (d.last_s <= d.first_s)
		d.last_s = d.first_s + 1;
	add_head(&d);
	add_date_title(&d);
	if (d.last_s - d.first_s > 3 * ZOOM_S) {
		struct drawing zoom = d;
		zoom.first_s = d.last_s - ZOOM_S;
		add_lanes(&zoom, "The last 60 days of the same", "");
		d.y = zoom.y;
	}
	add_chart(&d);
	text_printf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
		"height=\"%d\" role=\"img\">\n<title>",
		WIDTH, d.y, WIDTH, d.y);
	add_escaped(out, v->policy->name);
	text_printf(out,
		": what the policy keeps</title>\n%s</style>\n<rect class=\"bg\" "
		"width=\"%d\" height=\"%d\"/>\n",
		style, WIDTH, d.y);
	text_add_bytes(out, body.s, body.length);
	text_add(out, "</svg>\n");
}
