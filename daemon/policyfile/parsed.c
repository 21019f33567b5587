/* Keeps the zones and calendars that were parsed last. */
#include "policyfile/parsed.h"

#include "base/text.h"
#include "policyfile/zonefile.h"

#define KEPT 64 /* of each; with more texts than this, the oldest goes and is parsed again */

struct parsed {
	struct zone *zones[KEPT];
	struct calendar *calendars[KEPT];
	char *texts[KEPT];                 /* of the calendars */
	size_t zone_count, calendar_count; /* ever added */
};

struct parsed *parsed_new(void)
{
	return xcalloc(1, sizeof(struct parsed));
}

void parsed_free(struct parsed *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < KEPT; i++) {
		zone_free(p->zones[i]);
		calendar_free(p->calendars[i]);
		free(p->texts[i]);
	}
	free(p);
}

int parsed_zone(struct parsed *p, const char *name, struct zone **ret, struct error *err)
{
	struct zone **at;
	int r;

	for (size_t i = 0; i < KEPT && p->zones[i]; i++)
		if (strcmp(zone_name(p->zones[i]), name) == 0) {
			*ret = zone_use(p->zones[i]);
			return 0;
		}
	r = zonefile_load(name, ret, err);
	if (r < 0)
		return r;
	at = &p->zones[p->zone_count++ % KEPT];
	zone_free(*at);
	*at = zone_use(*ret);
	return 0;
}

int parsed_calendar(struct parsed *p, const char *text, struct calendar **ret, struct error *err)
{
	size_t at;
	int r;

	for (size_t i = 0; i < KEPT && p->calendars[i]; i++)
		if (strcmp(p->texts[i], text) == 0) {
			*ret = calendar_use(p->calendars[i]);
			return 0;
		}
	r = calendar_parse(text, ret, err);
	if (r < 0)
		return r;
	at = p->calendar_count++ % KEPT;
	calendar_free(p->calendars[at]);
	p->calendars[at] = calendar_use(*ret);
	free(p->texts[at]);
	p->texts[at] = xstrdup(text);
	return 0;
}
