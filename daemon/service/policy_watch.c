/* Sees whether the policy file, or a file of policy.d, was edited and not loaded, and whether the
 * files of time zones have changed. */
#include "service/policy_watch.h"

#include "service/reload.h"
#include "service/zones.h"

#include <libgen.h>
#include <sys/inotify.h>

#define PERIOD_USEC (60 * UINT64_C(1000000))
#define SOON_USEC (1 * UINT64_C(1000000)) /* an editor does several things in a row */

struct policy_watch {
	struct service *service;
	sd_event_source *file, *parts, *timer;
};

/* A file that cannot be read now cannot be told from an edited one. */
static bool is_edited(const struct service *service)
{
	char digest[DIGEST_HEX_SIZE];

	if (policyfile_digest(service->context.options->config, digest) < 0)
		return true;
	return strcmp(digest, service->policy_digest) != 0;
}

/* An edited policy has to wait for a person, and new rules of its zones with it. */
static void check_zones(struct service *service)
{
	size_t before = zones_in_trouble(service, NULL);
	bool changed = zonecache_recheck(service->zones);

	service->context.status_stale |= zones_in_trouble(service, NULL) != before;
	if (changed && !service->policy_edited && !service->reload_error)
		reload_zones(service);
}

static void check_in(struct policy_watch *w, uint64_t usec)
{
	uint64_t now = 0;

	(void)sd_event_now(w->service->context.event, CLOCK_MONOTONIC, &now);
	(void)sd_event_source_set_time(w->timer, now + usec);
	(void)sd_event_source_set_enabled(w->timer, SD_EVENT_ONESHOT);
}

static int on_folder(sd_event_source *s, const struct inotify_event *event, void *data)
{
	(void)s;
	(void)event;
	check_in(data, SOON_USEC);
	return 0;
}

/* Where the kernel cannot watch a folder, the timer finds out. */
static void watch(struct policy_watch *w, sd_event_source **ret, const char *folder)
{
	if (*ret)
		return;
	(void)sd_event_add_inotify(w->service->context.event, ret, folder,
		IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR,
		on_folder, w);
}

/* Again from time to time: policy.d may come later. */
static void watch_folders(struct policy_watch *w)
{
	_cleanup_free_ char *path = xstrdup(w->service->context.options->config), *parts = NULL;
	const char *folder = dirname(path);

	parts = xasprintf("%s/policy.d", folder);
	watch(w, &w->file, folder);
	watch(w, &w->parts, parts);
}

static int on_timer(sd_event_source *s, uint64_t usec, void *data)
{
	struct policy_watch *w = data;
	bool edited = is_edited(w->service);

	(void)s;
	(void)usec;
	w->service->context.status_stale |= edited != w->service->policy_edited;
	w->service->policy_edited = edited;
	check_zones(w->service);
	watch_folders(w);
	check_in(w, PERIOD_USEC);
	return 0;
}

struct policy_watch *policy_watch_new(struct service *service)
{
	struct policy_watch *w = xcalloc(1, sizeof(*w));

	w->service = service;
	watch_folders(w);
	if (sd_event_add_time(service->context.event, &w->timer, CLOCK_MONOTONIC, 0, 100000,
		    on_timer, w) >= 0)
		check_in(w, PERIOD_USEC);
	return w;
}

void policy_watch_free(struct policy_watch *w)
{
	if (!w)
		return;
	sd_event_source_unref(w->file);
	sd_event_source_unref(w->parts);
	sd_event_source_unref(w->timer);
	free(w);
}
