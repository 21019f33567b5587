/* What the tests of the cycle share: a world in which only what the test says goes wrong. */
#pragma once

#include "../support/cmocka_all.h"
#include "base/text.h"
#include "simulation/policies.h"
#include "simulation/world.h"

#define DAY_S INT64_C(86400)
#define HOUR_S INT64_C(3600)
#define START_S INT64_C(1795132800) /* 2026-11-20T00:00:00Z */

/* The calls of one kind from the first to the last (counted from 1) have a fate, or a mishap. */
struct script {
	enum effect_kind kind;
	int first, last;
	enum fate fate;
	enum mishap mishap;
	int seen;
};

static inline enum fate script_fate(struct world *w, const struct effect *e, void *data)
{
	struct script *s = data;

	(void)w;
	if (e->kind != s->kind || s->mishap)
		return FATE_WELL;
	s->seen++;
	return s->seen >= s->first && s->seen <= s->last ? s->fate : FATE_WELL;
}

static inline enum mishap script_mishap(struct world *w, const struct effect *e, void *data)
{
	struct script *s = data;

	(void)w;
	if (e->kind != s->kind || !s->mishap)
		return MISHAP_NONE;
	s->seen++;
	return s->seen >= s->first && s->seen <= s->last ? s->mishap : MISHAP_NONE;
}

/* The script has to live as long as the world. */
static inline void follow(struct world *w, struct script *s)
{
	w->hooks = (struct hooks){.fate = script_fate, .mishap = script_mishap, .data = s};
}

/* A cloud with so many daily sets, and the daemon started for the first time. */
static inline void begin(struct world *w, struct policy *p, int days)
{
	world_init(w, p, START_S + 12 * HOUR_S, 1);
	w->cloud.on.page_size = 30;
	for (int i = days - 1; i >= 0; i--) {
		struct cloud_set *s = cloud_put(&w->cloud, START_S + 2 * HOUR_S - i * DAY_S);
		s->end_s = s->start_s + 600;
	}
	world_start(w);
}

/* No grace, no approval: what is expired goes at once. */
static inline struct policy *policy_eager(void)
{
	struct policy *p = policy_plain();

	p->safety.grace_s = 0;
	p->safety.max_delete_percent = 100;
	return p;
}

/* Runs, and no promise is broken on the way. */
static inline void run(struct world *w, int64_t for_s)
{
	world_run(w, for_s);
	if (w->oracle.promise[0])
		fail_msg("%s: %s", w->oracle.promise, w->oracle.text);
}

static inline struct cycle_status look(struct world *w)
{
	struct cycle_status s;

	world_look(w, &s);
	return s;
}

static inline bool in_cloud(struct world *w, const char *id)
{
	return cloud_find(&w->cloud, id) != NULL;
}
