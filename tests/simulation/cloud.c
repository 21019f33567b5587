/* The simulated cloud: its sets, its calls, and how it behaves where the vendor leaves that open.
 */
#include "simulation/cloud.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

#define DAY_S INT64_C(86400)

void cloud_init(struct cloud *c, uint64_t seed)
{
	*c = (struct cloud){
		.random = {seed},
		.next_id = 1000,
		.on = {.visible_at_start = true,
			.failed_are_listed = true,
			.says_expiry = true,
			.page_size = 100,
			.delete_least_s = 600,
			.delete_most_s = 1200,
			.backup_least_s = 300,
			.backup_most_s = 600,
			.retention_s = 730 * DAY_S,
			.log_days = 7},
	};
}

void cloud_draw(struct cloud *c, struct random *r, bool sparse)
{
	struct cloud_switches *on = &c->on;
	static const int64_t pages[] = {30, 30, 100, 30, 7};

	on->visible_at_start = random_chance(r, 600);
	on->failed_are_listed = random_chance(r, 700);
	on->minute_times = random_chance(r, 500);
	on->filters_by_end = random_chance(r, 300);
	on->oldest_first = random_chance(r, 300);
	on->unordered = random_chance(r, 200);
	on->deleting_is_shown = random_chance(r, 300);
	on->refuses_unknown_ids = random_chance(r, 300);
	on->deletes_some = random_chance(r, 300);
	on->refuses_parents = random_chance(r, 300);
	on->one_at_a_time = random_chance(r, 500);
	on->says_expiry = random_chance(r, 700);
	on->page_size = pages[random_below(r, 5)];
	on->delete_least_s = random_chance(r, 800) ? 600 : 0;
	on->delete_most_s = random_chance(r, 800) ? 1200 : 9000;
	on->backup_least_s = random_between(r, 0, sparse && random_chance(r, 800) ? 200 : 1500);
	on->backup_most_s = on->backup_least_s + random_between(r, 0, on->backup_least_s + 300);
	on->retention_s = random_chance(r, 300) ? random_between(r, 7, 60) * DAY_S : 730 * DAY_S;
	on->fail_per_thousand = random_chance(r, 500) ? (int)random_between(r, 10, 300) : 0;
	on->never_deleted_per_thousand = random_chance(r, 300) ? 100 : 0;
	on->incremental_per_thousand = random_chance(r, 300) ? (int)random_between(r, 100, 700) : 0;
	on->log_days = random_chance(r, 700) ? random_between(r, 7, 30) : 0;
	if (random_chance(&c->random, 200))
		on->longest_s = random_between(&c->random, 31, 700) * DAY_S;
	on->wide_hangs = random_chance(&c->random, 500);
}

void cloud_done(struct cloud *c)
{
	free(c->sets);
	*c = (struct cloud){0};
}

struct cloud_set *cloud_find(struct cloud *c, const char *id)
{
	int64_t number = strtoll(id, NULL, 10);
	size_t low = 0, high = c->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (c->sets[middle].number == number)
			return &c->sets[middle];
		if (c->sets[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

void cloud_turn(struct cloud *c, int64_t now_s)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->count; i++) {
		const struct cloud_set *s = &c->sets[i];
		if (s->expires_s <= now_s || (s->delete_at_s && s->delete_at_s <= now_s))
			continue;
		c->sets[kept++] = *s;
	}
	c->count = kept;
}

static struct cloud_set *add(struct cloud *c, int64_t start_s)
{
	struct cloud_set *s;

	c->sets = memory_grow(c->sets, &c->capacity, c->count + 1, sizeof(*c->sets));
	s = &c->sets[c->count++];
	*s = (struct cloud_set){.number = c->next_id, .start_s = start_s, .end_s = start_s};
	s->expires_s = start_s + c->on.retention_s;
	(void)snprintf(s->id, sizeof(s->id), "%" PRId64, c->next_id);
	c->next_id += random_between(&c->random, 1, 3);
	return s;
}

struct cloud_set *cloud_put(struct cloud *c, int64_t start_s)
{
	return add(c, start_s);
}

bool cloud_is_valid(const struct cloud *c, const struct cloud_set *s, int64_t now_s)
{
	bool odd = s->oddity != ODD_NONE &&
		!(s->oddity == ODD_FUTURE && cloud_listed_start(c, s) <= now_s + 300);

	return s->end_s <= now_s && !s->fails && !odd && s->delete_at_s == 0;
}

/* Any set may be a parent of an incremental one, the last valid one is. */
static void choose_parent(struct cloud *c, struct cloud_set *s)
{
	if (!random_chance(&c->random, c->on.incremental_per_thousand))
		return;
	for (size_t i = c->count - 1; i-- > 0;)
		if (cloud_is_valid(c, &c->sets[i], s->start_s)) {
			memcpy(s->parent, c->sets[i].id, sizeof(s->parent));
			return;
		}
}

struct cloud_set *cloud_begin(struct cloud *c, int64_t now_s)
{
	struct cloud_set *s = add(c, now_s);

	s->end_s = now_s + random_between(&c->random, c->on.backup_least_s, c->on.backup_most_s);
	s->fails = random_chance(&c->random, c->on.fail_per_thousand);
	choose_parent(c, s);
	return s;
}

static bool is_shown(const struct cloud *c, const struct cloud_set *s, int64_t now_s)
{
	if (s->end_s > now_s)
		return c->on.visible_at_start;
	return !s->fails || c->on.failed_are_listed;
}

int64_t cloud_listed_start(const struct cloud *c, const struct cloud_set *s)
{
	int64_t start_s = s->start_s;

	if (s->oddity == ODD_FUTURE)
		start_s += s->ahead_s;
	return c->on.minute_times ? start_s - start_s % 60 : start_s;
}

static void list_one(
	const struct cloud *c, const struct cloud_set *s, int64_t now_s, struct inventory *inv)
{
	struct set to = {
		.start_s = cloud_listed_start(c, s),
		.expires_s = c->on.says_expiry ? s->expires_s : SET_NO_TIME,
		.size_bytes = 1 << 20,
		.duration_s = s->end_s > now_s ? -1 : (int32_t)(s->end_s - s->start_s),
		.state = s->end_s > now_s ? SET_RUNNING
			: s->fails        ? SET_FAILED
					  : SET_VALID,
	};
	const char *note = NULL;

	if (s->delete_at_s && c->on.deleting_is_shown)
		to.state = SET_DELETING;
	if (s->oddity > ODD_FUTURE) {
		to.state = SET_UNKNOWN;
		to.doubt = s->oddity == ODD_TIME  ? DOUBT_TIME
			: s->oddity == ODD_STATUS ? DOUBT_STATUS
						  : DOUBT_REGION;
		note = "odd";
	}
	if (s->oddity == ODD_TIME)
		to.start_s = SET_NO_TIME;
	inventory_add(inv, &to, s->id, s->parent, note);
}

/* Whether a listing of this window has it. */
static bool is_within(const struct cloud *c, const struct cloud_set *s, int64_t now_s,
	int64_t from_s, int64_t to_s)
{
	bool by_end = c->on.filters_by_end && s->end_s <= now_s && s->oddity == ODD_NONE;
	int64_t at_s = by_end ? s->end_s : cloud_listed_start(c, s);

	return is_shown(c, s, now_s) && at_s >= from_s && at_s <= to_s;
}

void cloud_describe(struct cloud *c, const char *cluster, int64_t now_s, int64_t from_s,
	int64_t to_s, int64_t number, struct page *ret)
{
	int64_t size = c->count > 200 ? 100 : c->on.page_size, at = 0, first = (number - 1) * size;
	size_t steps = c->on.unordered ? 2 : 1;

	(void)cluster;
	cloud_turn(c, now_s);
	ret->number = number;
	for (size_t k = 0; k < steps * c->count; k++) {
		size_t i = k % c->count;
		const struct cloud_set *s = &c->sets[c->on.oldest_first ? i : c->count - 1 - i];
		if (c->on.unordered && (s->number % 2 == 0) != (k < c->count))
			continue;
		if (!is_within(c, s, now_s, from_s, to_s))
			continue;
		if (at >= first && at < first + size)
			list_one(c, s, now_s, &ret->inv);
		at++;
	}
	ret->total = at;
}

static void refuse(struct answer *ret, const char *code)
{
	ret->kind = ANSWER_REFUSED;
	ret->http_status = 400;
	(void)snprintf(ret->code, sizeof(ret->code), "%s", code);
	(void)snprintf(ret->message, sizeof(ret->message), "The cloud refuses.");
}

struct cloud_set *cloud_create(struct cloud *c, int64_t now_s, struct answer *ret)
{
	cloud_turn(c, now_s);
	for (size_t i = 0; i < c->count && c->on.one_at_a_time; i++)
		if (c->sets[i].end_s > now_s) {
			refuse(ret, "OperationDenied.BackupJobExists");
			return NULL;
		}
	*ret = (struct answer){.kind = ANSWER_OK, .http_status = 200};
	return cloud_begin(c, now_s);
}

static bool is_named(const char *const *ids, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(ids[i], id) == 0)
			return true;
	return false;
}

/* How many ids come before the first that can not be deleted, and why it can not. */
static size_t good_ids(
	struct cloud *c, const char *const *ids, size_t count, const char **ret_refusal)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(ids[i], c->refuses) == 0)
			*ret_refusal = "BackupSet.InUse";
		else if (c->on.refuses_unknown_ids && !cloud_find(c, ids[i]))
			*ret_refusal = "InvalidBackupId.NotFound";
		else
			continue;
		return i;
	}
	return count;
}

static const char *why_none(struct cloud *c, int64_t now_s, const char *const *ids, size_t count)
{
	bool valid_remains = false;

	if (count < 1 || count > 100)
		return "InvalidBackupIds.Count";
	for (size_t i = 0; i < c->count; i++) {
		const struct cloud_set *s = &c->sets[i];
		bool named = is_named(ids, count, s->id);
		valid_remains |= !named && cloud_is_valid(c, s, now_s);
		if (!named && c->on.refuses_parents && is_shown(c, s, now_s) && *s->parent &&
			!s->delete_at_s && is_named(ids, count, s->parent))
			return "BackupSet.HasChildren";
	}
	return valid_remains ? NULL : "BackupSet.LastValid";
}

void cloud_delete(
	struct cloud *c, int64_t now_s, const char *const *ids, size_t count, struct answer *ret)
{
	const char *refusal;
	size_t good = 0;

	cloud_turn(c, now_s);
	refusal = why_none(c, now_s, ids, count);
	if (!refusal)
		good = good_ids(c, ids, count, &refusal);
	if (refusal)
		refuse(ret, refusal);
	else
		*ret = (struct answer){.kind = ANSWER_OK, .http_status = 200};
	if (refusal && !c->on.deletes_some)
		return;
	for (size_t i = 0; i < good; i++) {
		struct cloud_set *s = cloud_find(c, ids[i]);
		c->deletes_asked++;
		if (!s || s->delete_at_s ||
			random_chance(&c->random, c->on.never_deleted_per_thousand))
			continue;
		s->delete_at_s = now_s +
			random_between(&c->random, c->on.delete_least_s, c->on.delete_most_s);
	}
}
