/* The head of the page: totals, what to look for, and a row for each cluster. */
#include "ctl/report.h"
#include "ctl/report_words.h"
#include "ctl/status_order.h"

#include <inttypes.h>
#include <stdio.h>

static void add_total(struct text *out, const char *name, const char *value)
{
	text_printf(out, "<div><dt>%s</dt><dd>%s</dd></div>", name, value);
}

static void add_totals(struct text *out, const cJSON *clusters)
{
	size_t sets = 0, kept = 0, expired = 0;
	_cleanup_(text_done) struct text size = TEXT_INIT(64);
	char number[32];
	struct amount_total amount = {0};
	const cJSON *c;

	cJSON_ArrayForEach (c, clusters) {
		const cJSON *plan = json_get(c, "plan");
		sets += (size_t)cJSON_GetArraySize(json_get(plan, "sets"));
		kept += report_count_kept(plan);
		expired += report_count(plan, "delete");
		amount_count(&amount, report_size(plan), plan);
	}
	amount_add_total(&size, &amount);
	text_add(out, "<dl class=\"totals\">");
	(void)snprintf(number, sizeof(number), "%d", cJSON_GetArraySize(clusters));
	add_total(out, "Clusters", number);
	(void)snprintf(number, sizeof(number), "%zu", sets);
	add_total(out, "Backup sets", number);
	(void)snprintf(number, sizeof(number), "%zu", kept);
	add_total(out, "Kept", number);
	(void)snprintf(number, sizeof(number), "%zu", expired);
	add_total(out, "Expired", number);
	add_total(out, "Size", size.s);
	text_add(out, "</dl>\n");
}

/* Fields to search by name and by the states that occur. The script shows them; without it they
 * stay hidden. */
static void add_search(struct text *out, const cJSON *clusters)
{
	const cJSON *c;

	text_add(out,
		"<form id=\"find\" hidden><label>Name <input type=\"search\" id=\"name\"></label> "
		"<label>State <select id=\"state\"><option value=\"\">all</option>");
	for (const struct status_state *s = status_states; s->state; s++) {
		size_t count = 0;
		cJSON_ArrayForEach (c, clusters)
			count += strcmp(online_string(c, "state"), s->state) == 0;
		if (count > 0)
			text_printf(out, "<option value=\"%s\">%s (%zu)</option>", s->state,
				s->words, count);
	}
	text_add(out, "</select></label> <output id=\"found\"></output></form>\n");
}

/* Anchors go by number: an id may hold anything. */
static void add_row(struct text *out, const cJSON *c, int number, int64_t now_s)
{
	_cleanup_(zone_freep) struct zone *z = online_zone(online_string(c, "timezone"));
	const cJSON *plan = json_get(c, "plan");

	text_printf(out, "<tr><td><a href=\"#c%d\">", number);
	report_add_escaped(out, report_name(c));
	text_add(out, "</a><td class=\"");
	report_add_escaped(out, report_state(c));
	text_add(out, "\">");
	report_add_escaped(out, report_state_words(c));
	text_add(out, "<td>");
	report_add_distance(out, c, "newest_valid", now_s);
	text_add(out, "<td>");
	report_add_next(out, c, now_s);
	text_printf(out, "<td class=\"n\">%zu<td class=\"n\">%zu<td class=\"n\">",
		report_count_kept(plan), report_count(plan, "delete"));
	amount_add_size(out, report_size(plan));
	text_add(out, "<td>");
	report_add_reason(out, c, z);
	text_add(out, "\n");
}

void report_index(const struct report_data *d, struct text *out)
{
	const cJSON *c;
	int number = 0;

	text_add(out, "<nav aria-labelledby=\"index\"><h2 id=\"index\">Clusters</h2>\n");
	add_totals(out, d->clusters);
	add_search(out, d->clusters);
	text_add(out,
		"<table class=\"index\"><thead><tr><th scope=\"col\">Cluster"
		"<th scope=\"col\">State<th scope=\"col\">Newest valid set<th scope=\"col\">Next "
		"backup"
		"<th scope=\"col\" class=\"n\">Kept<th scope=\"col\" class=\"n\">Expired"
		"<th scope=\"col\" class=\"n\">Size<th scope=\"col\">Why</thead><tbody>\n");
	cJSON_ArrayForEach (c, d->clusters)
		add_row(out, c, number++, d->now_s);
	text_add(out, "</tbody></table></nav>\n");
}
