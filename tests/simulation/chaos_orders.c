/* What people order by command, drawn at random. */
#include "simulation/chaos.h"
#include "simulation/oracle_inside.h"

#define DAY_S INT64_C(86400)

static int64_t draw_end(const struct world *w, struct random *r)
{
	if (random_chance(r, 300))
		return INT64_MAX;
	return w->true_s +
		(random_chance(r, 300) ? random_between(r, 1, 1200)
				       : random_between(r, 3600, 10 * DAY_S));
}

/* A set that no call has named: of any other the daemon says that it is too late. */
static void protect_some(struct world *w, struct random *r)
{
	size_t count = w->cloud.count;
	const struct cloud_set *s = count ? &w->cloud.sets[random_below(r, (int64_t)count)] : NULL;

	if (s && trail(&w->oracle, s->id)->asked_at_s == 0)
		world_protect(w, s->id, draw_end(w, r));
}

/* People hold, release, protect and unprotect. */
static void order(struct world *w, struct random *r)
{
	enum hold_scope scope = random_chance(r, 500) ? HOLD_SCOPE_ALL : HOLD_SCOPE_CLUSTER;

	if (w->ordered.count > 0 && random_chance(r, 200))
		world_unprotect(w, (size_t)random_below(r, (int64_t)w->ordered.count));
	else if (random_chance(r, 500))
		protect_some(w, r);
	else
		world_hold(w, scope,
			w->ordered.held_until_s[scope] && random_chance(r, 700) ? 0
										: draw_end(w, r));
}

bool chaos_orders(struct world *w, void *data)
{
	struct chaos *c = data;

	if (c->calm || !random_chance(&c->orders_random, c->orders_rate) || !chaos_happens(c))
		return false;
	w->orders++;
	order(w, &c->orders_random);
	return true;
}

void chaos_hold_first(struct world *w, struct chaos *c, int64_t offset_s)
{
	struct random *r = &c->orders_random;
	int64_t for_s;

	if (!w->cycle || offset_s <= 600 || c->orders_rate == 0 || !random_chance(r, 500) ||
		!chaos_happens(c))
		return;
	w->orders++;
	for_s = 600 + random_below(r, offset_s < 10 * DAY_S ? offset_s : 10 * DAY_S);
	world_hold(
		w, random_chance(r, 500) ? HOLD_SCOPE_ALL : HOLD_SCOPE_CLUSTER, w->true_s + for_s);
}

void chaos_end_orders(struct world *w)
{
	for (int i = 0; i < HOLD_SCOPE_COUNT; i++)
		if (w->ordered.held_until_s[i] > w->true_s + 7200)
			world_hold(w, (enum hold_scope)i, 0);
	for (size_t i = w->ordered.count; i-- > 0;)
		if (w->ordered.sets[i].until_s != INT64_MAX)
			world_unprotect(w, i);
}
