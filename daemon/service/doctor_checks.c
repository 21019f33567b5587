/* What the doctor finds without asking the cloud, and its judgement of the cloud's retention. */
#include "service/doctor_internal.h"

#include "retention/reach.h"
#include "service/finding.h"
#include "service/now.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/statvfs.h>

#define SPACE_LEAST_BYTES (64u << 20) /* the state file has to grow on a bad day too */

void doctor_state(const struct service *service, struct jsonwriter *w)
{
	const char *path = service->context.options->state, *error = service->context.state_error;
	struct statvfs fs;
	uint64_t free_bytes;

	if (service->context.options->dry_run) {
		finding_add(w, "state", "", FINDING_WARNING, "start the service without --dry-run",
			"a dry run: nothing is changed and nothing remembered");
		return;
	}
	if (error || statvfs(path, &fs) < 0) {
		finding_add(w, "state", "", FINDING_BAD,
			"see to its folder and its disk: it is written anew within a minute",
			"%s%s%s", error ? "" : path, error ? "" : ": ",
			error ? error : strerror(errno));
		return;
	}
	free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (free_bytes < SPACE_LEAST_BYTES)
		finding_add(w, "state", "", FINDING_BAD,
			"make room: without it nothing is begun any more",
			"%s: %" PRIu64 " KiB are free on its disk", path, free_bytes >> 10);
	else
		finding_add(w, "state", "", FINDING_WELL, NULL, "%s", path);
}

static void tell_discovery(struct jsonwriter *w, const struct discovery_status *v)
{
	struct answer a = {.kind = ANSWER_REFUSED};

	/* The error begins with its code. */
	text_copy_printable(a.code, sizeof(a.code), v->error);
	if (*v->error)
		finding_add(
			w, "discovery", v->what, FINDING_BAD, finding_remedy(&a), "%s", v->error);
	else if (v->listed_s == 0)
		finding_add(w, "discovery", v->what, FINDING_UNKNOWN, "ask again in a minute",
			"has not ended its first look yet");
	else if (v->clusters == 0)
		finding_add(w, "discovery", v->what, FINDING_WARNING,
			"correct its region, tags, name or exclude", "no cluster matches");
	else if (v->missing > 0)
		finding_add(w, "discovery", v->what, FINDING_WARNING,
			"were they released? They are forgotten after `forget_after`",
			"%zu of %zu clusters are no longer listed", v->missing, v->clusters);
	else
		finding_add(w, "discovery", v->what, FINDING_WELL, NULL, "%zu cluster%s match%s",
			v->clusters, v->clusters == 1 ? "" : "s", v->clusters == 1 ? "es" : "");
}

/* They list their clusters by themselves, so that nothing has to be asked here. */
void doctor_discoveries(const struct service *service, struct jsonwriter *w)
{
	const struct discoveries *all = service->discoveries;

	for (size_t i = 0; all && i < discoveries_count(all); i++) {
		struct discovery_status v;

		discoveries_status(all, i, &v);
		tell_discovery(w, &v);
	}
}

/* The copies in other regions have a retention of their own, which the API does not tell. */
void doctor_retention(
	const struct policy *p, const struct backup_policy *policy, struct jsonwriter *w)
{
	int64_t needs_days = reach_days(p, now_moment().wall_s);
	int64_t wanted_days = reach_cloud_days(needs_days);
	_cleanup_free_ char *remedy = xasprintf("set the cluster's backup retention to %" PRId64
						" days, or let `cloud_retention: ensure` do it",
		wanted_days);

	if (p->remote || p->cloud_retention == CLOUD_RETENTION_IGNORE)
		return;
	if (policy->days >= needs_days)
		finding_add(w, "retention", p->name, FINDING_WELL, NULL,
			"the cloud keeps sets for %" PRId64 " days, enough for the policy",
			policy->days);
	else if (policy->days < wanted_days && p->cloud_retention == CLOUD_RETENTION_ENSURE)
		finding_add(w, "retention", p->name, FINDING_WELL, NULL,
			"the cloud drops sets after %" PRId64
			" days; the service raises that to %" PRId64,
			policy->days, wanted_days);
	else
		finding_add(w, "retention", p->name, FINDING_WARNING,
			policy->days < wanted_days
				? remedy
				: "keep nothing longer: it is the most that the cloud takes",
			"the cloud drops sets after %" PRId64 " days, the policy keeps some longer",
			policy->days);
}

/* Since when that makes any second restorable is not said here: right after a start nobody knows.
 */
void doctor_log(const struct policy *p, const struct backup_policy *policy, struct jsonwriter *w)
{
	if (p->remote || p->safety.point_in_time == POINT_IN_TIME_IGNORE)
		return;
	if (policy->log && policy->log_days == 0)
		finding_add(w, "log", p->name, FINDING_WARNING,
			"look at the cluster's backup settings in the console",
			"how long the cloud keeps the log does not read (%s), so nothing is "
			"deleted",
			policy->unread);
	else if (policy->log)
		finding_add(w, "log", p->name, FINDING_WELL, NULL,
			"the cloud keeps the log for %" PRId64
			" days; `retainctl plan` says since when any second can be restored",
			policy->log_days);
	else
		finding_add(w, "log", p->name, FINDING_WELL, NULL,
			"the log is off: whole sets can be restored, no second between them");
}
