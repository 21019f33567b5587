/* Entries that discover clusters, and their lists. */
#include "policyfile/discovery.h"

struct discovery *discovery_new(struct policy *template)
{
	struct discovery *d = xcalloc(1, sizeof(*d));

	d->template = template;
	d->every_s = 900;
	d->forget_after_s = INT64_C(7) * 86400;
	return d;
}

void discovery_set_tags(struct discovery *d, struct discovery_tag *tags, size_t count)
{
	for (size_t i = 0; i < d->tag_count; i++) {
		free(d->tags[i].key);
		free(d->tags[i].value);
	}
	free(d->tags);
	d->tags = tags;
	d->tag_count = count;
}

void discovery_set_exclude(struct discovery *d, char **ids, size_t count)
{
	for (size_t i = 0; i < d->exclude_count; i++)
		free(d->exclude[i]);
	free(d->exclude);
	d->exclude = ids;
	d->exclude_count = count;
}

void discovery_free(struct discovery *d)
{
	if (!d)
		return;
	free(d->region);
	free(d->account);
	free(d->name_pattern);
	discovery_set_tags(d, NULL, 0);
	discovery_set_exclude(d, NULL, 0);
	policy_free(d->template);
	free(d);
}
