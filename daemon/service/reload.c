/* Reads the policy file again, while clusters run. */
#include "service/reload.h"

#include "policyfile/differ.h"
#include "retention/slot.h"

#include "service/metrics.h"
#include "service/now.h"
#include "service/zones.h"

#include <errno.h>
#include <inttypes.h>

#define REMOVAL_CLUSTERS 4 /* of so many or more, the loss of more than half is told */

struct change {
	size_t added, changed, removed;
	int64_t more; /* sets of the last listings that are expired by the new policy, and were not
		       */
};

/* Finds the running cluster for each of the file, and prepares those that are new. The fleet does
 * not change yet. */
static int prepare(struct service *service, struct policyfile *file, struct cluster **next,
	struct change *ret, struct error *err)
{
	struct fleet *f = &service->fleet;
	struct cluster **sorted = xcalloc(f->count, sizeof(struct cluster *));
	size_t kept = 0;
	int r = 0;

	memcpy(sorted, f->clusters, f->count * sizeof(struct cluster *));
	qsort(sorted, f->count, sizeof(struct cluster *), fleet_by_id);
	r = accounts_prepare(service->context.calls->accounts, file, err);
	for (size_t i = 0; r == 0 && i < file->cluster_count; i++) {
		struct cluster key = {.policy = file->clusters[i]}, *k = &key;
		struct cluster **old =
			bsearch(&k, sorted, f->count, sizeof(struct cluster *), fleet_by_id);
		struct cluster *leaving = old ? NULL : fleet_find_leaving(f, key.policy->cluster);
		if (!policyfile_account(file, key.policy->account)) {
			r = error_set(err, ENOENT, "%s: there is no account '%s'", key.policy->name,
				key.policy->account);
		} else if (old) {
			next[i] = *old;
			kept++;
		} else if (leaving) {
			next[i] = leaving;
			ret->added++;
		} else {
			r = fleet_load(f, &file->clusters[i], &next[i], err);
			ret->added += r == 0;
		}
	}
	ret->removed = f->count - kept;
	free(sorted);
	return r;
}

/* An edited schedule may have a slot just behind: its backup comes at once. */
static void add_next(struct text *out, const struct policy *p, int64_t slot_s, int64_t now_s)
{
	char at[CIVIL_TEXT_SIZE] = "never";

	if (slot_s != SET_NO_TIME)
		zone_format(p->zone, slot_s, at);
	if (slot_s != SET_NO_TIME && slot_s <= now_s)
		text_printf(out, "at once (for %s)", at);
	else
		text_add(out, at);
}

/* One line: how the change of policy affects the cluster's sets and its next backup. */
static void tell_change(struct service *service, struct cluster *c, const struct policy *changed,
	int64_t more, struct moment now)
{
	_cleanup_(text_done) struct text line = TEXT_INIT(1024);
	int64_t before_s = cycle_next_backup(c->cycle, c->policy, now),
		after_s = cycle_next_backup(c->cycle, changed, now);

	text_printf(&line, "reload: %s: changed", changed->name);
	if (more != 0)
		text_printf(&line, "; would delete %" PRId64 " %s set%s", more < 0 ? -more : more,
			more < 0 ? "fewer" : "more", more == 1 || more == -1 ? "" : "s");
	if (before_s != after_s) {
		text_add(&line, "; the next backup is due ");
		add_next(&line, changed, after_s, now.wall_s);
		text_add(&line, " instead of ");
		add_next(&line, c->policy, before_s, now.wall_s);
	}
	journal_say(&service->context.journal, MESSAGE_RELOADED, LEVEL_NOTICE, "%s", line.s);
}

/* One line, if a slot of the next year moves because a time zone has other rules. */
static void tell_move(
	struct service *service, struct cluster *c, const struct policy *changed, int64_t now_s)
{
	char old[CIVIL_TEXT_SIZE] = "never", new[CIVIL_TEXT_SIZE] = "never";
	int64_t old_s, new_s;

	if (!slot_first_difference(c->policy, changed, now_s, &old_s, &new_s))
		return;
	if (old_s != SET_NO_TIME)
		zone_format(c->policy->zone, old_s, old);
	if (new_s != SET_NO_TIME)
		zone_format(changed->zone, new_s, new);
	journal_say(&service->context.journal, MESSAGE_RELOADED, LEVEL_NOTICE,
		"%s: its schedule moves with the rules of its time zone: the first backup that "
		"moves is due %s instead of %s",
		changed->name, new, old);
}

static void change_cluster(struct service *service, const struct policyfile *file,
	struct cluster *c, struct policy **policy, struct moment now, struct change *ret)
{
	bool edited, moved;
	int64_t more;

	cluster_take_back(c);
	edited = *policy && differ_policies(c->given, *policy);
	moved = *policy && !edited && zones_differ(service, file, *policy);
	if (!edited && !moved) {
		cluster_renew_account(c);
		return;
	}
	more = cluster_compare(c, *policy);
	ret->changed += edited;
	ret->more += more;
	if (edited || more != 0)
		tell_change(service, c, *policy, more, now);
	if (moved)
		tell_move(service, c, *policy, now.wall_s);
	cluster_set_policy(c, TAKE_PTR(*policy));
}

static void apply(struct service *service, struct policyfile *file, size_t listed_count,
	struct cluster **next, struct change *ret)
{
	struct fleet *f = &service->fleet;
	struct cluster **before = f->clusters;
	size_t before_count = f->count;
	struct moment now = now_moment();

	accounts_apply(service->context.calls->accounts);
	f->clusters = next;
	f->count = file->cluster_count;
	f->listed_count = listed_count;
	for (size_t i = 0; i < before_count; i++) {
		before[i]->leaving = true;
		before[i]->found_by = NULL; /* discoveries_apply() tells */
	}
	for (size_t i = 0; i < f->count; i++)
		change_cluster(service, file, next[i], &file->clusters[i], now, ret);
	for (size_t i = 0; i < before_count; i++)
		if (before[i]->leaving)
			fleet_let_go(f, before[i]);
	free(before);
	zones_take(service, file);
	discoveries_apply(service->discoveries);
	fleet_run(f);
}

static void describe(const struct change *c, struct text *out)
{
	text_printf(out, "%zu cluster%s changed, %zu new, %zu gone", c->changed,
		c->changed == 1 ? "" : "s", c->added, c->removed);
	if (c->more > 0)
		text_printf(out, "; the new policy would delete %" PRId64 " more sets", c->more);
	else if (c->more < 0)
		text_printf(out, "; the new policy would delete %" PRId64 " fewer sets", -c->more);
}

/* Nobody looks after the sets of a cluster that is gone from the policy. That may be meant, so it
 * is done; but where it is most of them, or all, it may be half a file. */
static void warn_of_removal(const struct change *c, size_t before_count, struct text *warning)
{
	bool most = before_count >= REMOVAL_CLUSTERS && c->removed > before_count / 2;

	if (c->removed > 0 && (most || c->removed == before_count))
		text_printf(warning,
			"%zu of %zu cluster%s no longer in the policy: nobody backs them up or "
			"prunes them; their sets stay. If that is not meant, put them back and "
			"reload",
			c->removed, before_count, before_count == 1 ? " is" : "s are");
}

static int reject(struct service *service, struct text *messages)
{
	free(service->reload_error);
	service->reload_error =
		xstrdup(messages->s ? messages->s : "the policy could not be loaded");
	service->context.status_stale = true;
	return -EINVAL;
}

static int reload(
	struct service *service, struct text *messages, struct text *changes, struct text *warning)
{
	size_t before_count = service->fleet.count;
	struct policyfile *file = NULL;
	struct cluster **next;
	struct change change = {0};
	struct error err = {0};
	size_t listed_count;

	if (policyfile_load_again(service->context.options->config, TRUST_OWNERS, service->zones,
		    &file, messages) < 0)
		return reject(service, messages);
	listed_count = file->cluster_count;
	discoveries_prepare(service->discoveries, file);
	discoveries_extend(service->discoveries, file);
	next = xcalloc(file->cluster_count, sizeof(struct cluster *));
	if (prepare(service, file, next, &change, &err) < 0 ||
		(service->metrics && metrics_change(service->metrics, file, &err) < 0)) {
		for (size_t i = 0; i < file->cluster_count; i++)
			if (next[i] && !file->clusters[i])
				cluster_free(next[i]);
		accounts_cancel(service->context.calls->accounts);
		discoveries_cancel(service->discoveries);
		free(next);
		policyfile_free(file);
		text_printf(messages, "%s\n", err.text);
		return reject(service, messages);
	}
	apply(service, file, listed_count, next, &change);
	service->history = file->history;
	if (service->sinks)
		sinks_take(service->sinks, file);
	memcpy(service->policy_digest, file->digest, sizeof(service->policy_digest));
	service->policy_edited = false;
	describe(&change, changes);
	warn_of_removal(&change, before_count, warning);
	policyfile_free(file);
	free(service->reload_error);
	service->reload_error = NULL;
	service->policy_loaded_s = now_moment().wall_s;
	service->context.status_stale = true;
	endings_read_all(service->endings);
	return 0;
}

int reload_policy(struct service *service, struct text *messages, struct text *changes)
{
	_cleanup_(text_done) struct text warning = TEXT_INIT(1024);
	int r;

	supervisor_promise(&service->context.supervisor, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		now_us(CLOCK_MONOTONIC));
	/* Also with a policy that is rejected: who asks for a reload may have moved a name. */
	client_renew(service->context.calls->client);
	r = reload(service, messages, changes, &warning);
	if (messages->s)
		journal_say(&service->context.journal, MESSAGE_RELOAD_REJECTED,
			r < 0 ? LEVEL_ERROR : LEVEL_WARNING, "%s", messages->s);
	if (r < 0)
		journal_say(&service->context.journal, MESSAGE_RELOAD_REJECTED, LEVEL_ERROR,
			"reload: rejected; the policy in force stays as it was");
	else
		journal_say(&service->context.journal, MESSAGE_RELOADED, LEVEL_NOTICE, "reload: %s",
			changes->s);
	if (warning.s) {
		journal_say(&service->context.journal, MESSAGE_RELOADED, LEVEL_WARNING,
			"reload: warning: %s", warning.s);
		text_printf(changes, "\nwarning: %s", warning.s);
	}
	supervisor_promise(&service->context.supervisor, "READY=1");
	return r;
}

void reload_zones(struct service *service)
{
	_cleanup_(text_done) struct text messages = TEXT_INIT(1 << 20), changes = TEXT_INIT(4096),
					 warning = TEXT_INIT(1024);

	if (reload(service, &messages, &changes, &warning) < 0)
		journal_say(&service->context.journal, MESSAGE_RELOAD_REJECTED, LEVEL_ERROR,
			"the rules of time zones could not be read again: %s",
			service->reload_error);
}
