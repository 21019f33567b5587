/* What goes wrong in a simulated world, drawn from its seed. */
#pragma once

#include "simulation/world.h"

/* Faults that do not happen after all, by their number in the life. */
struct drops {
	bool *out; /* owned by whoever made it */
	size_t count;
};

/* Of a life, whatever number of clusters it has. */
struct faults {
	const struct drops *drops; /* NULL: all happen */
	size_t count;              /* so far, dropped or not */
};

struct fleet;

struct chaos {
	struct faults *faults;
	int64_t start_s;     /* 0: drawn */
	bool sparse;         /* a life of years: few slots, few listings, storms and quiet months */
	struct fleet *fleet; /* NULL: one cluster alone */
	/* This one's and those of the same machine: what befalls one befalls all. */
	struct world *worlds;
	struct chaos *chaoses;
	size_t count; /* up to here set by the caller of chaos_make() */

	struct random random;
	bool calm; /* all faults have ended */
	/* What goes wrong with a call, if it is always the same: no answer, or Throttling. */
	bool hangs, throttled;
	int64_t fate_rate;     /* calls in a thousand that do not go well */
	int64_t mishap_rate;   /* effects in a thousand around which the daemon or the disk fails */
	int64_t shift_rate;    /* pages in a thousand before which a set is added or goes */
	int64_t event_every_s; /* of persons, clocks, the cloud's own backups: on average */
	int64_t next_event_s;
	int64_t outage_until_s; /* nothing reaches the service */
	int64_t disk_full_until_s;
	int64_t denied_until_s;   /* the cloud refuses all that changes something */
	int64_t doubtful_until_s; /* no pages fit together */
	int64_t lie_until_s;      /* replies show sets that there are not; 0 they do not */
	int64_t kept_before_s; /* the cloud's retention, until somebody lowered it; 0 nobody did */
	int64_t slow_rate;     /* writes in a thousand that take minutes */
	bool restarts;         /* the daemon is restarted often, without any fault */
	int64_t restart_s, calm_since_s;
	int64_t wrong_clock_until_s;
	struct random orders_random;
	int64_t orders_rate;   /* calls and writes in a thousand that people order something at */
	bool clocks, policies; /* clocks are set, policies change in this world */
	int64_t cloud_every_s,
		cloud_next_s; /* the cloud's own schedule, in storm and quiet; 0 none */
	int fail_per_thousand, never_deleted_per_thousand; /* of the cloud, in a storm */
	size_t looks;
};

/* The next fault: true unless it was dropped. */
static inline bool chaos_happens(struct chaos *c)
{
	const struct drops *drops = c->faults->drops;
	size_t n = c->faults->count++;

	return !drops || n >= drops->count || !drops->out[n];
}

/* Makes the world of a seed: cloud, policy, history, faults. Its first fields are set already.
 * `chaos` has to stay where it is. */
void chaos_make(struct world *w, struct chaos *chaos, uint64_t seed);
const char *chaos_happening(size_t which); /* the name of what world.happenings counts; or NULL */
bool chaos_happens(struct chaos *chaos);   /* the next fault: true unless it was dropped */
void chaos_storm(struct world *w, struct chaos *chaos); /* faults begin (again) */
void chaos_calm(struct world *w, struct chaos *chaos);  /* and end */
/* A person may hold, release, protect or unprotect now: a hook of the world. */
bool chaos_orders(struct world *w, void *data);
/* Right before our clock is set: people may hold deletes until then, as that clock will say. */
void chaos_hold_first(struct world *w, struct chaos *c, int64_t offset_s);
/* Replies show sets that there are not (S16), until chaos_end_lie(), which is called then. */
void chaos_invent(struct world *w, struct chaos *c);
void chaos_end_lie(struct world *w, struct chaos *c);
void chaos_put_set(struct world *w, struct chaos *c); /* by the cloud's own schedule */
void chaos_lower(struct world *w, struct chaos *c);   /* its retention, or sets it back */
/* What would end in the calm ends now, so that all that is expired then has its time to go. */
void chaos_end_orders(struct world *w);
