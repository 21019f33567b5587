/* What all lives came to, in numbers. */
#include "simulation/tally.h"

#include "simulation/chaos.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void tally_add(struct tally *t, const struct world *w, int64_t lived_s)
{
	struct tally one = {
		.lived_s = lived_s,
		.clusters = 1,
		.digest = w->digest,
		.lists = w->lists,
		.creates = w->creates,
		.deletes = w->deletes,
		.raises = w->raises,
		.orders = w->orders,
		.ids = w->ids_asked,
		.records = w->records,
		.crashes = w->crashes,
		.effects = w->effects,
		.checks = w->oracle.checks,
		.most_effects = w->most_effects,
	};

	memcpy(one.fates, w->fates, sizeof(one.fates));
	memcpy(one.mishaps, w->mishaps, sizeof(one.mishaps));
	memcpy(one.happenings, w->happenings, sizeof(one.happenings));
	tally_merge(t, &one);
}

void tally_merge(struct tally *t, const struct tally *o)
{
	t->lived_s += o->lived_s;
	t->cpu_s += o->cpu_s;
	t->lives += o->lives;
	t->clusters += o->clusters;
	t->digest += o->digest;
	t->broken += o->broken;
	t->lists += o->lists;
	t->creates += o->creates;
	t->deletes += o->deletes;
	t->raises += o->raises;
	t->orders += o->orders;
	t->ids += o->ids;
	t->records += o->records;
	t->crashes += o->crashes;
	t->effects += o->effects;
	t->checks += o->checks;
	if (t->most_effects < o->most_effects)
		t->most_effects = o->most_effects;
	for (int i = 0; i < FATE_COUNT; i++)
		t->fates[i] += o->fates[i];
	for (int i = 0; i < MISHAP_COUNT; i++)
		t->mishaps[i] += o->mishaps[i];
	for (int i = 0; i < HAPPENINGS_MOST; i++)
		t->happenings[i] += o->happenings[i];
}

void tally_print(const struct tally *t)
{
	double years = (double)t->lived_s / 86400 / 365.25;
	size_t faults = 0;

	for (int i = FATE_WELL + 1; i < FATE_COUNT; i++)
		faults += t->fates[i];
	for (int i = MISHAP_NONE + 1; i < MISHAP_COUNT; i++)
		faults += t->mishaps[i];
	for (int i = 0; i < HAPPENINGS_MOST; i++)
		faults += t->happenings[i];
	(void)printf(
		"%zu seeds, %zu clusters, %zu broken: %.0f cluster-years in %.1f s of CPU, %.1f "
		"cluster-years per CPU second\n",
		t->lives, t->clusters, t->broken, years, t->cpu_s,
		t->cpu_s > 0 ? years / t->cpu_s : 0);
	(void)printf("%zu listings, %zu backups called for, %zu delete calls of %zu sets, %zu "
		     "raises of the retention, %zu orders by command, %zu records; %zu effects, at "
		     "most %zu in an hour; "
		     "%zu calls checked\n",
		t->lists, t->creates, t->deletes, t->ids, t->raises, t->orders, t->records,
		t->effects, t->most_effects, t->checks);
	(void)printf("%zu crashes; %zu faults:", t->crashes, faults);
	for (int i = FATE_WELL + 1; i < FATE_COUNT; i++)
		(void)printf(" %s %zu,", fate_names[i], t->fates[i]);
	for (int i = MISHAP_NONE + 1; i < MISHAP_COUNT; i++)
		(void)printf(" %s %zu,", mishap_names[i], t->mishaps[i]);
	for (size_t i = 0; chaos_happening(i); i++)
		(void)printf("%s %s %zu", i ? "," : "", chaos_happening(i), t->happenings[i]);
	(void)printf("\ndigest %016" PRIx64 "\n", t->digest);
}
