/* Every world of few sets: whether the project's plan and last check are what the specification
 * says. */
#include "proof/families.h"

#include "base/memory.h"
#include "retention/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BIT(i) ((spec_mask)1 << (i))
#define NAME_SIZE 3

/* One world in both tongues. */
struct world {
	struct spec_world spec;
	const struct setup *setup;
	struct policy *policy;
	struct set sets[SPEC_SETS];
	struct inventory inv;
	struct mark_view marks[SPEC_SETS];
	struct plan_input in;
};

static struct {
	uint64_t plans, batches, shard, shards;
} run = {.shards = 1};

/* "1" to "8" at 3, 6, ..., and "99", which nobody has. */
static char names[] = "\0\0\0"
		      "1\0\0"
		      "2\0\0"
		      "3\0\0"
		      "4\0\0"
		      "5\0\0"
		      "6\0\0"
		      "7\0\0"
		      "8\0\0"
		      "99";

static void print_world(const struct world *w)
{
	static const char *const states[] = {"done", "failed", "running", "deleting", "unknown"};

	for (int i = 0; i < w->spec.count; i++) {
		const struct spec_set *s = &w->spec.sets[i];
		printf("  set %d: %s%s%s, %s, parent %d, %+.2f h, expires %s%s%s%s\n", i + 1,
			states[s->state], s->unreadable ? ", no time" : "",
			s->foreign ? ", foreign" : "", s->full ? "full" : "incremental",
			s->parent < 0 ? s->parent : s->parent + 1,
			(double)(s->time_s - w->spec.now_s) / 3600,
			s->expires_s == INT64_MAX ? "never" : "soon",
			s->protect ? ", protected" : "", s->ripe ? ", ripe" : "",
			s->approved ? ", approved" : "");
	}
	printf("  %s; minimum %d, %d%%, log %d d\n", w->setup->name, w->spec.minimum,
		w->spec.percent, w->spec.log_days);
}

__attribute__((noreturn)) static void differ(
	const struct world *w, const char *what, spec_mask a, spec_mask b)
{
	printf("%s (sets by bits, of the code %#x, of the specification %#x)\n", what, a, b);
	print_world(w);
	exit(1);
}

static struct set set_of(const struct spec_set *s)
{
	static const enum set_state states[] = {
		SET_VALID, SET_FAILED, SET_RUNNING, SET_DELETING, SET_UNKNOWN};
	struct set set = {.start_s = s->time_s,
		.expires_s = s->expires_s == INT64_MAX ? SET_NO_TIME : s->expires_s,
		.size_bytes = -1,
		.duration_s = -1,
		.parent = s->parent == SPEC_NO_PARENT   ? 0
			: s->parent == SPEC_LOST_PARENT ? (SPEC_SETS + 1) * NAME_SIZE
							: (uint32_t)(s->parent + 1) * NAME_SIZE,
		.state = (uint8_t)states[s->state]};

	if (s->unreadable || s->foreign)
		set.state = SET_UNKNOWN;
	set.doubt = set.state != SET_UNKNOWN ? DOUBT_NONE
		: s->unreadable              ? DOUBT_TIME
		: s->foreign                 ? DOUBT_REGION
					     : DOUBT_STATUS;
	if (s->unreadable)
		set.start_s = SET_NO_TIME;
	return set;
}

/* Makes the project's world from the specification's. `ids`: of each set, from 0 on. */
static void translate(struct world *w, const int *ids)
{
	struct policy *p = w->policy;

	p->protected_set_count = 0;
	for (int i = 0; i < w->spec.count; i++) {
		const struct spec_set *s = &w->spec.sets[i];
		w->sets[i] = set_of(s);
		w->sets[i].id = (uint32_t)(ids[i] + 1) * NAME_SIZE;
		if (s->parent >= 0)
			w->sets[i].parent = (uint32_t)(ids[s->parent] + 1) * NAME_SIZE;
		w->marks[i] = (struct mark_view){
			.waited_s = s->ripe ? GRACE_S : GRACE_S - 1, .approved = s->approved};
		if (s->protect)
			p->protected_sets[p->protected_set_count++] = (struct protected_set){
				.id = names + w->sets[i].id, .until_s = PROTECT_NO_END};
	}
	w->inv = (struct inventory){.sets = w->sets,
		.count = (size_t)w->spec.count,
		.names = names,
		.names_size = sizeof(names)};
	w->in = (struct plan_input){.policy = p,
		.inv = &w->inv,
		.listing_complete = true,
		.log_days = w->spec.log_days < 0 ? 0 : w->spec.log_days,
		.now_s = w->spec.now_s,
		.marks = w->marks};
}

static spec_mask mask_of(const uint32_t *indices, size_t count)
{
	spec_mask m = 0;

	for (size_t i = 0; i < count; i++)
		m |= BIT(indices[i]);
	return m;
}

static void compare_verdicts(
	const struct world *w, const struct verdict *v, const struct spec_judged *j)
{
	struct spec_judged got = {0};

	for (int i = 0; i < w->spec.count; i++) {
		got.valid |= verdict_is_valid_set(&w->sets[i], &v[i]) ? BIT(i) : 0;
		got.quarantined |= v[i].kind == VERDICT_QUARANTINE ? BIT(i) : 0;
		got.doomed |= v[i].kind == VERDICT_DELETE ? BIT(i) : 0;
	}
	if (got.valid != j->valid)
		differ(w, "valid sets", got.valid, j->valid);
	if (got.quarantined != j->quarantined)
		differ(w, "S11: quarantine", got.quarantined, j->quarantined);
	if (got.doomed != j->doomed)
		differ(w, "S7: what the rules let go", got.doomed, j->doomed);
}

/* S12: the sets that a plan leaves lose no other valid one. */
static void carry_out(const struct world *w, const struct spec_judged *j)
{
	struct verdict v[SPEC_SETS];
	struct spec_judged rest;
	int ids[SPEC_SETS], place[SPEC_SETS];
	struct world left = {.spec = w->spec, .setup = w->setup, .policy = w->policy};

	left.spec.count = 0;
	for (int i = 0; i < w->spec.count; i++)
		place[i] = j->doomed & BIT(i) ? SPEC_LOST_PARENT : left.spec.count++;
	for (int i = 0; i < w->spec.count; i++) {
		if (place[i] < 0)
			continue;
		struct spec_set *s = &left.spec.sets[place[i]];
		*s = w->spec.sets[i];
		s->parent = s->parent < 0 ? s->parent : place[s->parent];
		ids[place[i]] = i;
	}
	translate(&left, ids);
	verdicts(&left.inv, left.policy, left.in.log_days, left.spec.now_s, v, NULL);
	rest = spec_judge(&left.spec);
	compare_verdicts(&left, v, &rest);
	if (rest.doomed != 0)
		differ(&left, "S12: a plan carried out leaves something to delete", rest.doomed, 0);
}

static bool is_safe(
	const struct world *w, const struct plan *p, const uint32_t *batch, size_t count)
{
	run.batches++;
	return plan_batch_is_safe(&w->in, p, batch, count, NULL);
}

/* What the plan lets go passes the last check, in whatever slices. */
static void check_own_batches(const struct world *w, const struct plan *p)
{
	size_t n = p->allowed_count;

	for (size_t cut = 0; cut < n; cut++)
		if (!is_safe(w, p, p->allowed + cut, n - cut) ||
			(cut > 0 && !is_safe(w, p, p->allowed, cut)))
			differ(w, "L1: the last check refuses what the plan lets go",
				mask_of(p->allowed, n), (spec_mask)cut);
}

/* Whatever a plan might let go, by whatever mistake: no bad batch passes. */
static void check_any_batches(const struct world *w, struct plan *p)
{
	spec_mask all = BIT(w->spec.count) - 1;
	uint32_t allowed[SPEC_SETS], batch[SPEC_SETS];
	size_t plan_allowed = p->allowed_count;
	uint32_t *plan_list = p->allowed;

	for (int i = 0; i < w->spec.count; i++)
		p->verdicts[i].kind = VERDICT_DELETE;
	p->allowed = allowed;
	for (spec_mask a = 0; a <= all; a++) {
		p->allowed_count = 0;
		for (size_t i = p->count; i-- > 0;)
			if (a & BIT(p->newest_first[i]))
				allowed[p->allowed_count++] = p->newest_first[i];
		for (spec_mask b = 0; b <= all; b++) {
			spec_mask gone = 0;
			size_t count = 0;
			const char *fault;
			for (size_t i = 0; i < p->allowed_count && !(b & BIT(allowed[i])); i++)
				gone |= BIT(allowed[i]);
			for (int i = 0; i < w->spec.count; i++)
				if (b & BIT(i))
					batch[count++] = (uint32_t)i;
			if (!is_safe(w, p, batch, count))
				continue;
			fault = spec_batch_fault(&w->spec, a, gone, b);
			if (fault)
				differ(w, fault, b, a);
		}
	}
	p->allowed = plan_list;
	p->allowed_count = plan_allowed;
}

/* What holds every delete holds them all. */
static void check_holds(struct world *w)
{
	for (int which = 0; which < 6; which++) {
		struct plan_input calm = w->in;
		struct plan p;
		w->in.listing_complete = which != 0;
		w->in.clock_doubt = which == 1 ? "doubt" : NULL;
		w->in.operator_hold = which == 2 ? "hold" : NULL;
		w->in.paused = which == 3 ? "paused" : NULL;
		w->in.fresh_within_s = which == 4 ? 1 : 0;
		w->in.log_days = which == 5 ? LOG_UNKNOWN : calm.log_days;
		plan_make(&w->in, &p);
		run.plans++;
		if (p.allowed_count > 0)
			differ(w, "a plan lets sets go in spite of a hold",
				mask_of(p.allowed, p.allowed_count), (spec_mask)which);
		plan_done(&p);
		w->in = calm;
	}
}

static void check_world(struct world *w)
{
	static const int ids[SPEC_SETS] = {0, 1, 2, 3, 4, 5, 6, 7};
	struct spec_judged j = spec_judge(&w->spec);
	struct plan p;
	const char *fault;

	translate(w, ids);
	plan_make(&w->in, &p);
	run.plans++;
	compare_verdicts(w, p.verdicts, &j);
	fault = spec_plan_fault(&w->spec, mask_of(p.allowed, p.allowed_count));
	if (fault)
		differ(w, fault, mask_of(p.allowed, p.allowed_count), j.doomed);
	check_own_batches(w, &p);
	if (w->setup->any_batch)
		check_any_batches(w, &p);
	plan_done(&p);
	if (w->setup->holds)
		check_holds(w);
	if (j.doomed != 0)
		carry_out(w, &j);
}

/* All marks of the sets, or none that holds anything. */
static void each_marks(struct world *w)
{
	unsigned n = (unsigned)w->spec.count, all = w->setup->marks ? 1u << 2 * n : 1;

	for (unsigned m = 0; m < all; m++) {
		for (unsigned i = 0; i < n; i++) {
			w->spec.sets[i].ripe = !(m >> 2 * i & 1);
			w->spec.sets[i].approved = !(m >> 2 * i & 2);
		}
		check_world(w);
	}
}

static void each_setup(struct world *w, const struct family *f)
{
	for (size_t i = 0; i < f->setup_count; i++) {
		const struct setup *s = &f->setups[i];
		w->setup = s;
		w->policy = s->policy;
		memcpy(w->spec.rules, s->rules, sizeof(s->rules));
		w->spec.rule_count = s->rule_count;
		w->spec.minimum = s->minimum;
		w->spec.percent = s->percent;
		w->spec.percent_from = PERCENT_FROM;
		w->spec.failed_s = s->failed_s;
		w->spec.log_days = s->log_days;
		w->spec.now_s = BASE_S + s->now_s;
		w->spec.grace_s = GRACE_S;
		each_marks(w);
	}
}

/* The set `at` of all its kinds, parents and times; then those after it. */
static void each_set(struct world *w, const struct family *f, int at)
{
	int n = w->spec.count;
	struct spec_set *s = &w->spec.sets[at];

	if (at == n) {
		each_setup(w, f);
		return;
	}
	for (size_t k = 0; k < f->kind_count; k++)
		for (int parent = SPEC_LOST_PARENT; parent < (f->kinds[k].chained ? n : 0);
			parent++) {
			if (parent == at || (!f->kinds[k].chained && parent != SPEC_NO_PARENT))
				continue;
			for (size_t t = 0; t < f->time_count; t++) {
				if (at == 0 &&
					(k + t + (size_t)(parent + 2)) % run.shards != run.shard)
					continue;
				*s = f->kinds[k].set;
				s->parent = parent;
				s->full = parent == SPEC_NO_PARENT;
				s->time_s += BASE_S + f->times[t];
				each_set(w, f, at + 1);
			}
		}
}

int main(int argc, char **argv)
{
	const struct family *f = argc == 5 ? family_named(argv[1]) : NULL;
	struct world w = {.spec.count = argc == 5 ? atoi(argv[2]) : 0};

	if (!f || w.spec.count < 1 || w.spec.count > SPEC_SETS) {
		fprintf(stderr, "usage: worlds FAMILY SETS SHARD SHARDS\n");
		return 2;
	}
	run.shard = (uint64_t)atoi(argv[3]);
	run.shards = (uint64_t)atoi(argv[4]);
	each_set(&w, f, 0);
	printf("%" PRIu64 " plans %" PRIu64 " batches\n", run.plans, run.batches);
	return 0;
}
