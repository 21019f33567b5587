/* The timeline of a cluster: a lane for each rule, a mark for each set. */
#include "ctl/report.h"
#include "ctl/report_words.h"

#include <math.h>

#define WIDTH 1000 /* of the drawing; it is stretched to the page */
#define COARSE 4   /* a packed drawing has units so much larger, and one mark for each two */
#define LANE 10    /* the height of a lane in a packed drawing, of which a mark takes LANE - 2 */
#define HOUR_S INT64_C(3600)
#define DAY_S INT64_C(86400)

/* Kept sets stand in the lane of every rule that keeps them. */
static const struct lane {
	const char *name; /* of the rule, or of the verdict; the class of its marks, too */
	const char *label;
	bool verdict;
} lanes[] = {
	{"last", "last", false},
	{"within", "within", false},
	{"hourly", "hourly", false},
	{"daily", "daily", false},
	{"weekly", "weekly", false},
	{"monthly", "monthly", false},
	{"quarterly", "quarterly", false},
	{"yearly", "yearly", false},
	{"protect", "protected", true},
	{"keep", "kept otherwise", true},
	{"delete", "expired", true},
	{"deleting", "being deleted", true},
	{"failed", "failed", true},
	{"quarantine", "quarantined", true},
};

/* The axis is logarithmic in the age, so that yesterday and two years ago are both to be seen. */
struct axis {
	int64_t now_s, oldest_age_s, unit_s;
	bool fine;
};

/* From 0, the oldest, to WIDTH, now. */
static double place(const struct axis *a, int64_t age_s)
{
	double age = age_s > 0 ? (double)age_s : 0, unit = (double)a->unit_s;

	return WIDTH * (1 - log1p(age / unit) / log1p((double)a->oldest_age_s / unit));
}

static bool in_lane(const struct lane *lane, const cJSON *set)
{
	const char *verdict = online_string(set, "verdict");
	const cJSON *rules = json_get(set, "rules"), *rule;

	if (lane->verdict && strcmp(lane->name, "keep") == 0)
		return strcmp(verdict, "keep") == 0 && cJSON_GetArraySize(rules) == 0;
	if (lane->verdict)
		return strcmp(lane->name, verdict) == 0;
	cJSON_ArrayForEach (rule, rules) {
		if (strcmp(online_string(rule, "rule"), lane->name) == 0)
			return true;
	}
	return false;
}

static void find_axis(const cJSON *sets, int64_t now_s, bool fine, struct axis *ret)
{
	int64_t oldest_s = now_s - DAY_S, at_s;
	const cJSON *set;

	cJSON_ArrayForEach (set, sets) {
		if (report_instant(set, "time", &at_s) && at_s < oldest_s)
			oldest_s = at_s;
	}
	*ret = (struct axis){.now_s = now_s, .oldest_age_s = now_s - oldest_s, .fine = fine};
	ret->unit_s = ret->oldest_age_s / 30;
	if (ret->unit_s > DAY_S)
		ret->unit_s = DAY_S;
}

/* Marks that the axis may have. Those are drawn that stand far enough apart. */
struct tick {
	const char *label;
	int64_t age_s;
};
static const struct tick ticks[] = {
	{"1 h", HOUR_S},
	{"6 h", 6 * HOUR_S},
	{"1 d", DAY_S},
	{"1 w", 7 * DAY_S},
	{"1 mo", 30 * DAY_S},
	{"3 mo", 91 * DAY_S},
	{"1 y", 365 * DAY_S},
	{"2 y", 730 * DAY_S},
	{"5 y", 1826 * DAY_S},
	{"10 y", 3652 * DAY_S},
};
#define APART (WIDTH * 0.09)
#define FAR_APART (WIDTH * 0.18) /* on a packed drawing */
#define AT_EDGE (WIDTH * 0.04)   /* a label in the middle of its mark would stand outside */
#define NEAR_NOW (WIDTH * 0.2)   /* hidden where the page is narrow */

static size_t choose_ticks(const struct axis *a, const struct tick *ret[ARRAY_SIZE(ticks)])
{
	double last = WIDTH;
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ticks); i++) {
		double x = place(a, ticks[i].age_s);
		if (ticks[i].age_s > a->oldest_age_s + DAY_S ||
			last - x < (a->fine ? APART : FAR_APART))
			continue;
		ret[count++] = &ticks[i];
		last = x;
	}
	return count;
}

static void add_grid(const struct axis *a, struct text *out)
{
	const struct tick *chosen[ARRAY_SIZE(ticks)];
	size_t count = choose_ticks(a, chosen);

	if (count == 0)
		return;
	text_add(out, "<path class=\"grid\" d=\"");
	for (size_t i = 0; i < count; i++)
		text_printf(out, "M%.0f 0v20", place(a, chosen[i]->age_s));
	text_add(out, "\"/>");
}

/* The places of the marks in a lane, the newest first. Returns how many sets are in it, also those
 * of an unknown time. `ret` has room for every set. */
static size_t find_marks(const struct lane *lane, const cJSON *sets, const struct axis *a, int *ret,
	size_t *ret_marks)
{
	size_t count = 0;
	const cJSON *set;
	int64_t at_s;

	*ret_marks = 0;
	cJSON_ArrayForEach (set, sets) {
		if (!in_lane(lane, set))
			continue;
		count++;
		if (report_instant(set, "time", &at_s))
			ret[(*ret_marks)++] = (int)place(a, a->now_s - at_s);
	}
	return count;
}

static void add_lane(
	const struct lane *lane, const cJSON *sets, const struct axis *a, struct text *out)
{
	_cleanup_free_ int *marks = xcalloc((size_t)cJSON_GetArraySize(sets), sizeof(*marks));
	size_t mark_count, count = find_marks(lane, sets, a, marks, &mark_count);

	if (count == 0)
		return;
	text_printf(out,
		"<div class=\"lane\"><span class=\"name\">%s <b>%zu</b></span>"
		"<svg viewBox=\"0 0 %d 20\" preserveAspectRatio=\"none\" role=\"img\" "
		"aria-label=\"%s: %zu sets\">",
		lane->label, count, WIDTH, lane->label, count);
	add_grid(a, out);
	text_printf(out, "<path class=\"%s\" d=\"", lane->name);
	for (size_t i = 0; i < mark_count; i++)
		text_printf(out, "M%d 3v14", marks[i]);
	text_add(out, "\"/></svg></div>\n");
}

/* The path of lane number `number` of a packed drawing. Where sets stand close together one mark
 * stands for all of them, and each but the first is told by its way from the one before. */
static void add_packed_path(
	const struct lane *lane, int number, const int *marks, size_t count, struct text *out)
{
	int last = INT32_MAX;

	text_printf(out, "<path class=\"%s\" d=\"", lane->name);
	for (size_t i = 0; i < count; i++) {
		int x = marks[i] / COARSE;
		if (i == 0)
			text_printf(out, "M%d %dv%d", x, number * LANE + 1, LANE - 2);
		else if (last - x < 2 && last >= x)
			continue;
		else
			text_printf(out, "m%d-%dv%d", x - last, LANE - 2, LANE - 2);
		last = x;
	}
	text_add(out, "\"/>");
}

/* All lanes in one drawing, in as few bytes as may be: of a thousand clusters. */
static void add_packed(const cJSON *sets, const struct axis *a, struct text *out)
{
	_cleanup_free_ int *marks = xcalloc((size_t)cJSON_GetArraySize(sets), sizeof(*marks));
	_cleanup_(text_done) struct text paths = TEXT_INIT(REPORT_MAX_BYTES);
	int lane_count = 0;

	text_add(out, "<div class=\"packed\"><div class=\"name\">");
	for (size_t i = 0; i < ARRAY_SIZE(lanes); i++) {
		size_t mark_count, count = find_marks(&lanes[i], sets, a, marks, &mark_count);
		if (count == 0)
			continue;
		text_printf(
			out, "%s%s <b>%zu</b>", lane_count ? "<br>" : "", lanes[i].label, count);
		add_packed_path(&lanes[i], lane_count++, marks, mark_count, &paths);
	}
	text_printf(out,
		"</div><svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" "
		"aria-hidden=\"true\">%s</svg></div>",
		WIDTH / COARSE, lane_count * LANE, paths.s ? paths.s : "");
}

/* The class of the label at `x`, whose younger neighbour stands at `next`. A tight label is hidden
 * on a narrow page. The first label begins at its mark: centred, half of it would stand outside. */
static const char *tick_class(double x, double next)
{
	bool tight = WIDTH - x < NEAR_NOW || (x < AT_EDGE && next - x < NEAR_NOW);

	if (x < AT_EDGE)
		return tight ? " class=\"first tight\"" : " class=\"first\"";
	return tight ? " class=\"tight\"" : "";
}

static void add_axis(const struct axis *a, struct text *out)
{
	const struct tick *chosen[ARRAY_SIZE(ticks)];
	size_t count = choose_ticks(a, chosen);

	text_add(out,
		"<div class=\"lane axis\"><span class=\"name\">age</span><div class=\"ticks\">");
	for (size_t i = 0; i < count; i++)
		text_printf(out, "<span%s style=\"left:%.1f%%\">%s</span>",
			tick_class(place(a, chosen[i]->age_s),
				i > 0 ? place(a, chosen[i - 1]->age_s) : WIDTH),
			place(a, chosen[i]->age_s) * 100 / WIDTH, chosen[i]->label);
	text_add(out, "<span class=\"now\">now</span></div></div>\n");
}

void report_timeline(const cJSON *plan, int64_t now_s, bool fine, struct text *out)
{
	const cJSON *sets = json_get(plan, "sets");
	struct axis a;

	if (cJSON_GetArraySize(sets) == 0)
		return;
	find_axis(sets, now_s, fine, &a);
	text_add(out, "<figure><div class=\"timeline\">\n");
	for (size_t i = 0; fine && i < ARRAY_SIZE(lanes); i++)
		add_lane(&lanes[i], sets, &a, out);
	if (!fine)
		add_packed(sets, &a, out);
	add_axis(&a, out);
	text_add(out, "</div>");
	if (fine)
		text_add(out,
			"<figcaption>A mark is a backup set, by its age; it stands in the row of "
			"every rule that keeps it. The axis is logarithmic: the young ones have "
			"more room.</figcaption>");
	text_add(out, "</figure>\n");
}
