/* Warnings about time zones: a sign that is read the wrong way round, names that may go away, and
 * none where one may have been meant. */
#include "policyfile/lint_zone.h"

#include "policyfile/zonecache.h"

#include <stdio.h>
#include <string.h>

/* "Etc/GMT+8" is 8 hours behind UTC, since POSIX counts westwards. */
static void lint_sign(const struct loader *l, struct node *at, const char *name)
{
	int hours, length = 0;
	char sign[2];

	if (sscanf(name, "Etc/GMT%1[+-]%2d%n", sign, &hours, &length) != 2 || hours == 0 ||
		name[length])
		return;
	loader_warn(l->m, at, WARN_ZONE,
		"'%s' is %d hour%s %s UTC: for UTC%s%d write Etc/GMT%s%d, or the name of a place",
		name, hours, hours == 1 ? "" : "s", *sign == '+' ? "behind" : "ahead of", sign,
		hours, *sign == '+' ? "-" : "+", hours);
}

static void lint_name(const struct loader *l, struct node *at, const struct zone *zone)
{
	const char *name = zone_name(zone);
	const struct zonecache_entry *e = zonecache_find(l->zones, name);

	if (e && e->instead)
		loader_warn(l->m, at, WARN_ZONE,
			"'%s' is an old name, which an upgrade of tzdata may take away: write %s",
			name, e->instead);
	lint_sign(l, at, name);
}

/* A schedule with an hour in it, and no zone, is in UTC, which may not be meant. */
static void lint_none(const struct loader *l)
{
	struct node *at = l->origin[FIELD_SCHEDULE];
	const char *colon = at ? strchr(at->text, ':') : NULL;

	if (l->origin[FIELD_TIMEZONE] || l->policy->schedule.zone || !colon || colon == at->text ||
		!strchr("0123456789", colon[-1]))
		return;
	if (loader_is_first(at, WARN_ZONE))
		messages_add(l->m, SEVERITY_HINT, at->at,
			"without a 'timezone' this is in UTC (to say so: `timezone: UTC`)");
}

void lint_zones(const struct loader *l)
{
	lint_none(l);
	lint_name(l, l->origin[FIELD_TIMEZONE], l->policy->zone);
	if (l->policy->schedule.zone)
		lint_name(l, l->origin[FIELD_SCHEDULE], l->policy->schedule.zone);
}
