#include "service/reload.h"

#include "retention/slot.h"

#include "service/calls.h"
#include "service/discovery.h"
#include "service/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#define REMOVAL_CLUSTERS 4 /* from so many on, the loss of more than half is told */

struct change {
	size_t added, changed, removed;
	int64_t more; /* sets of the last listings that are expired by the new policy, and were not
		       */
};

/* Lays the file's clusters beside those that run; nothing is changed yet but new ones prepared. */
static int prepare(struct manager *m, struct policyfile *file, struct cluster **next,
	struct change *ret, struct error *err)
{
	struct cluster **sorted = xcalloc(m->cluster_count, sizeof(struct cluster *));
	size_t kept = 0;
	int r = 0;

	memcpy(sorted, m->clusters, m->cluster_count * sizeof(struct cluster *));
	qsort(sorted, m->cluster_count, sizeof(struct cluster *), manager_by_id);
	r = accounts_prepare(m->accounts, file, err);
	for (size_t i = 0; r == 0 && i < file->cluster_count; i++) {
		struct cluster key = {.policy = file->clusters[i]}, *k = &key;
		struct cluster **old = bsearch(
			&k, sorted, m->cluster_count, sizeof(struct cluster *), manager_by_id);
		struct cluster *leaving = old ? NULL : manager_find_leaving(m, key.policy->cluster);
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
			r = manager_new_cluster(m, &file->clusters[i], NULL, &next[i], err);
			ret->added += r == 0;
		}
	}
	ret->removed = m->cluster_count - kept;
	free(sorted);
	return r;
}

static void add_next(struct text *out, const struct policy *p, int64_t now_s)
{
	char at[CIVIL_TEXT_SIZE] = "never";
	int64_t slot_s;

	if (slot_next(p, now_s, &slot_s) == 0)
		zone_format(p->zone, slot_s, at);
	text_add(out, at);
}

/* One line of what the change does to a cluster: to its sets, and to its next backup. */
static void tell_change(struct manager *m, const struct policy *old, const struct policy *changed,
	int64_t more, int64_t now_s)
{
	_cleanup_(text_done) struct text line = TEXT_INIT(1024);
	int64_t before_s = SET_NO_TIME, after_s = SET_NO_TIME;

	text_printf(&line, "reload: %s: changed", changed->name);
	if (more != 0)
		text_printf(&line, "; would delete %" PRId64 " %s set%s", more < 0 ? -more : more,
			more < 0 ? "fewer" : "more", more == 1 || more == -1 ? "" : "s");
	(void)slot_next(old, now_s, &before_s);
	(void)slot_next(changed, now_s, &after_s);
	if (before_s != after_s) {
		text_add(&line, "; the next backup is due ");
		add_next(&line, changed, now_s);
		text_add(&line, " instead of ");
		add_next(&line, old, now_s);
	}
	journal_say(&m->journal, MESSAGE_RELOADED, LEVEL_NOTICE, "%s", line.s);
}

static void apply(struct manager *m, struct policyfile *file, size_t listed_count,
	struct discoveries *found, struct cluster **next, struct change *ret)
{
	struct cluster **before = m->clusters;
	size_t before_count = m->cluster_count;
	struct moment now = manager_now();

	accounts_apply(m->accounts);
	m->clusters = next;
	m->cluster_count = file->cluster_count;
	m->listed_count = listed_count;
	discoveries_free(m->discoveries);
	m->discoveries = found;
	for (size_t i = 0; i < before_count; i++) {
		before[i]->leaving = true;
		before[i]->finder = NULL; /* discoveries_begin() tells */
	}
	for (size_t i = 0; i < m->cluster_count; i++) {
		struct cluster *c = next[i];
		int64_t more;
		manager_take_back(c);
		if (!file->clusters[i] || policyfile_same(c->policy, file->clusters[i])) {
			(void)calls_join(c, NULL); /* the account may be another */
			continue;
		}
		ret->changed++;
		more = cycle_compare(c->cycle, file->clusters[i], now);
		ret->more += more;
		tell_change(m, c->policy, file->clusters[i], more, now.wall_s);
		manager_set_policy(c, TAKE_PTR(file->clusters[i]));
	}
	for (size_t i = 0; i < before_count; i++)
		if (before[i]->leaving)
			manager_let_go(before[i]);
	free(before);
	discoveries_begin(found);
	manager_run_all(m);
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

static int reject(struct manager *m, struct text *messages)
{
	free(m->reload_error);
	m->reload_error = xstrdup(messages->s ? messages->s : "the policy could not be loaded");
	m->status_stale = true;
	return -EINVAL;
}

static int reload(
	struct manager *m, struct text *messages, struct text *changes, struct text *warning)
{
	size_t before_count = m->cluster_count;
	struct policyfile *file = NULL;
	struct discoveries *found;
	struct cluster **next;
	struct change change = {0};
	struct error err = {0};
	size_t listed_count;

	if (policyfile_load(m->options->config, &file, messages, NULL) < 0)
		return reject(m, messages);
	listed_count = file->cluster_count;
	found = discoveries_new(m, file, m->discoveries);
	discoveries_extend(found, file);
	next = xcalloc(file->cluster_count, sizeof(struct cluster *));
	if (prepare(m, file, next, &change, &err) < 0 ||
		(m->metrics && metrics_change(m->metrics, file, &err) < 0)) {
		for (size_t i = 0; i < file->cluster_count; i++)
			if (next[i] && !file->clusters[i])
				manager_free_cluster(next[i]);
		accounts_cancel(m->accounts);
		discoveries_free(found);
		free(next);
		policyfile_free(file);
		text_printf(messages, "%s\n", err.text);
		return reject(m, messages);
	}
	apply(m, file, listed_count, found, next, &change);
	m->history = file->history;
	describe(&change, changes);
	warn_of_removal(&change, before_count, warning);
	policyfile_free(file);
	free(m->reload_error);
	m->reload_error = NULL;
	m->policy_loaded_s = manager_now().wall_s;
	m->status_stale = true;
	return 0;
}

static uint64_t monotonic_usec(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

int reload_policy(struct manager *m, struct text *messages, struct text *changes)
{
	_cleanup_(text_done) struct text warning = TEXT_INIT(1024);
	int r;

	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, monotonic_usec());
	r = reload(m, messages, changes, &warning);
	if (messages->s)
		journal_say(&m->journal, MESSAGE_RELOAD_REJECTED,
			r < 0 ? LEVEL_ERROR : LEVEL_WARNING, "%s", messages->s);
	if (r < 0)
		journal_say(&m->journal, MESSAGE_RELOAD_REJECTED, LEVEL_ERROR,
			"reload: rejected; the policy in force stays as it was");
	else
		journal_say(&m->journal, MESSAGE_RELOADED, LEVEL_NOTICE, "reload: %s", changes->s);
	if (warning.s) {
		journal_say(&m->journal, MESSAGE_RELOADED, LEVEL_WARNING, "reload: warning: %s",
			warning.s);
		text_printf(changes, "\nwarning: %s", warning.s);
	}
	(void)sd_notify(0, "READY=1");
	return r;
}
