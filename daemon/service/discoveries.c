/* Lists the clusters of each discovery, on a schedule, and remembers what was found. */
#include "service/discoveries_internal.h"

#include "cycle/backoff.h"
#include "service/now.h"
#include "store/store.h"

#include <stdio.h>

#define READINGS 3 /* of lists whose pages do not fit, in a row */
#define RETRY_FIRST_S 5
#define RETRY_MOST_S 600
static const struct text text_limit = {.max = 1 << 20};

/* What is asked for. The template is left out: clusters that were found stay found if it changes.
 */
static void make_key(struct running_discovery *f)
{
	const struct discovery *d = f->d;
	_cleanup_(text_done) struct text t = text_limit;

	text_printf(&t, "%s\001%s\001%s\001%d", d->region, d->account,
		d->name_pattern ? d->name_pattern : "", (int)d->template->edition);
	for (size_t i = 0; i < d->tag_count; i++)
		text_printf(&t, "\001%s=%s", d->tags[i].key, d->tags[i].value);
	for (size_t i = 0; i < d->exclude_count; i++)
		text_printf(&t, "\001-%s", d->exclude[i]);
	digest_sha256_hex(t.s, t.length, f->key);
}

static void make_what(struct running_discovery *f)
{
	const struct discovery *d = f->d;
	struct text t = text_limit;

	text_add(&t, d->region);
	for (size_t i = 0; i < d->tag_count; i++)
		text_printf(&t, " %s=%s", d->tags[i].key, d->tags[i].value);
	if (d->name_pattern)
		text_printf(&t, " %s", d->name_pattern);
	f->what = text_take(&t);
}

static void remember(void *data, const struct store_found *found)
{
	struct running_discovery *f = data;

	members_add(&f->found, found->cluster, found->description, found->status, found->missing_s);
}

static const struct running_discovery *find_same(
	const struct discovery_list *in_force, const struct running_discovery *f)
{
	for (size_t i = 0; i < in_force->count; i++)
		if (strcmp(in_force->list[i]->key, f->key) == 0)
			return in_force->list[i];
	return NULL;
}

static void recall(struct running_discovery *f)
{
	const struct running_discovery *old = find_same(&f->discoveries->in_force, f);
	struct context *x = f->discoveries->context;
	struct error err = {0};

	if (old) {
		members_copy(&f->found, &old->found);
		f->listed_s = old->listed_s;
		f->listed_boot_s = old->listed_boot_s;
		return;
	}
	if (!x->store || store_load_found(x->store, f->key, remember, f, &err) == 0)
		return;
	members_done(&f->found);
	journal_say(&x->journal, MESSAGE_DISCOVERY_FAILED, LEVEL_WARNING, "discovery %s: %s",
		f->what, err.text);
}

struct discoveries *discoveries_new(struct fleet *fleet)
{
	struct discoveries *d = xcalloc(1, sizeof(*d));

	d->fleet = fleet;
	d->context = fleet->context;
	return d;
}

static void on_granted(void *data);

void discoveries_prepare(struct discoveries *d, struct policyfile *file)
{
	struct discovery_list *all = &d->prepared;

	all->list = xcalloc(file->discovery_count, sizeof(struct running_discovery *));
	for (; all->count < file->discovery_count; all->count++) {
		struct running_discovery *f = xcalloc(1, sizeof(*f));
		all->list[all->count] = f;
		f->discoveries = d;
		f->d = TAKE_PTR(file->discoveries[all->count]);
		f->call.granted = on_granted;
		f->call.data = f;
		cluster_listing_begin(&f->listing);
		make_key(f);
		make_what(f);
		recall(f);
	}
	file->discovery_count = 0;
}

static void discovery_done(struct running_discovery *f)
{
	calls_abandon(&f->call);
	calls_leave(&f->call);
	sd_event_source_unref(f->timer);
	cluster_listing_done(&f->listing);
	members_done(&f->found);
	discovery_free(f->d);
	free(f->what);
	free(f);
}

/* A discovery whose call is under way stays until it is answered. */
static void let_go(struct running_discovery *f)
{
	struct discoveries *d = f->discoveries;

	if (!calls_is_under_way(&f->call)) {
		discovery_done(f);
		return;
	}
	sd_event_source_disable_unref(f->timer);
	f->timer = NULL;
	f->leaving = true;
	f->next_leaving = d->leaving;
	d->leaving = f;
}

static void leave(struct running_discovery *f)
{
	struct running_discovery **at = &f->discoveries->leaving;

	while (*at != f)
		at = &(*at)->next_leaving;
	*at = f->next_leaving;
	discovery_done(f);
}

static void list_done(struct discovery_list *all)
{
	for (size_t i = 0; i < all->count; i++)
		let_go(all->list[i]);
	free(all->list);
	*all = (struct discovery_list){0};
}

void discoveries_cancel(struct discoveries *d)
{
	list_done(&d->prepared);
}

void discoveries_free(struct discoveries *d)
{
	if (!d)
		return;
	list_done(&d->prepared);
	list_done(&d->in_force);
	while (d->leaving)
		leave(d->leaving);
	free(d);
}

static void keep(struct running_discovery *f)
{
	struct context *x = f->discoveries->context;
	_cleanup_free_ struct store_found *list = xcalloc(f->found.count, sizeof(*list));
	struct error err = {0};

	for (size_t i = 0; i < f->found.count; i++) {
		const struct member *m = &f->found.list[i];
		list[i] = (struct store_found){m->id, m->description, m->status, m->missing_s};
	}
	if (x->store && store_keep_found(x->store, f->key, list, f->found.count, &err) < 0)
		journal_say(&x->journal, MESSAGE_DISCOVERY_FAILED, LEVEL_ERROR, "discovery %s: %s",
			f->what, err.text);
}

static bool has_own_entry(const struct fleet *fleet, const char *id)
{
	for (size_t i = 0; i < fleet->listed_count; i++)
		if (text_equal(fleet->clusters[i]->policy->cluster, id))
			return true;
	return false;
}

static void tell_news(void *data, enum reconcile_news news, const struct member *x)
{
	static const struct {
		enum service_message message;
		enum report_level level;
		const char *words;
	} lines[] = {
		[RECONCILE_JOINED] = {MESSAGE_DISCOVERED, LEVEL_NOTICE, "joins"},
		[RECONCILE_STATUS] = {MESSAGE_DISCOVERED, LEVEL_INFO, "has another status"},
		[RECONCILE_MISSING] = {MESSAGE_DISCOVERY_MISSING, LEVEL_WARNING,
			"is not found any more, and is left alone until it is"},
		[RECONCILE_BACK] = {MESSAGE_DISCOVERED, LEVEL_NOTICE, "is found again"},
		[RECONCILE_FORGOTTEN] = {MESSAGE_DISCOVERY_FORGOTTEN, LEVEL_WARNING,
			"has not been found for so long that it is forgotten"},
	};
	const struct running_discovery *f = data;
	bool own = news == RECONCILE_JOINED && has_own_entry(f->discoveries->fleet, x->id);

	journal_say(&f->discoveries->context->journal, lines[news].message, lines[news].level,
		"discovery %s: cluster %s%s%s%s %s (%s)", f->what, x->id,
		x->description[0] ? " (" : "", x->description, x->description[0] ? ")" : "",
		own ? "is found, and goes by its own entry" : lines[news].words, x->status);
}

/* --- listing --- */

static void ask(struct running_discovery *f);

static void arm(struct running_discovery *f, int64_t in_s)
{
	uint64_t now = 0;

	(void)sd_event_now(f->discoveries->context->event, CLOCK_BOOTTIME, &now);
	(void)sd_event_source_set_time(f->timer, now + (uint64_t)in_s * 1000000u);
	(void)sd_event_source_set_enabled(f->timer, SD_EVENT_ONESHOT);
}

/* `passes`: the cause passes by itself within minutes, so that --once waits for it. */
static void failed(struct running_discovery *f, int64_t least_s, bool passes, const char *why)
{
	int64_t wait_s = backoff_wait_s(++f->failures, RETRY_FIRST_S, RETRY_MOST_S);

	backoff_later(&wait_s, least_s);
	f->listed_once |= !passes || wait_s >= cluster_once_left_s(f->discoveries->context);
	if (strcmp(f->error, why) != 0)
		journal_say(&f->discoveries->context->journal, MESSAGE_DISCOVERY_FAILED,
			LEVEL_WARNING,
			"discovery %s: the clusters could not be listed, so nothing changes: %s",
			f->what, why);
	text_copy_printable(f->error, sizeof(f->error), why);
	f->discoveries->context->status_stale = true;
	arm(f, wait_s);
}

static void complete(struct running_discovery *f)
{
	int64_t boot_s = now_moment().boot_s;
	int64_t since_s = f->listed_boot_s > 0 ? boot_s - f->listed_boot_s : 0;

	/* Time in which nothing could be listed does not count, as with the grace of sets. */
	if (since_s > 2 * f->d->every_s)
		since_s = 2 * f->d->every_s;
	f->listed_boot_s = boot_s > 0 ? boot_s : 1;
	f->listed_s = now_moment().wall_s;
	f->listed_once = true;
	f->failures = 0;
	if (f->error[0])
		journal_say(&f->discoveries->context->journal, MESSAGE_DISCOVERED, LEVEL_NOTICE,
			"discovery %s: the clusters are listed again", f->what);
	f->error[0] = '\0';
	arm(f, f->d->every_s);
	if (reconcile(&f->found, &f->listing, since_s, f->d->forget_after_s, tell_news, f))
		keep(f);
	discoveries_sync(f->discoveries);
}

static void take_page(struct running_discovery *f, const struct cluster_page *page)
{
	struct error err = {0};
	int r = cluster_listing_add(&f->listing, f->d, page, &err);

	if (r == 0)
		ask(f);
	else if (r > 0)
		complete(f);
	if (r >= 0)
		return;
	cluster_listing_begin(&f->listing);
	if (++f->readings < READINGS)
		ask(f);
	else
		failed(f, 0, true, err.text);
}

static void answered(struct running_discovery *f, const struct client_result *result)
{
	const struct answer *a = result->answer;
	char why[480];

	if (a->kind == ANSWER_OK && result->clusters) {
		take_page(f, result->clusters);
		return;
	}
	(void)snprintf(why, sizeof(why), "%s%s%s", a->code[0] ? a->code : "no answer",
		a->message[0] ? ": " : "", a->message);
	failed(f, (a->retry_after_ms + 999) / 1000, a->transient, why);
}

static void on_answer(void *data, const struct client_result *result)
{
	struct running_discovery *f = data;

	calls_end(&f->call, result->answer);
	if (f->leaving)
		leave(f);
	else if (!f->discoveries->context->stopping)
		answered(f, result);
}

static void send_call(struct running_discovery *f)
{
	const struct discovery *d = f->d;
	const struct client_target target = {.account = f->call.account->client,
		.region = d->region,
		.edition = d->template->edition};
	struct client_tag *tags = xcalloc(d->tag_count, sizeof(*tags));

	for (size_t i = 0; i < d->tag_count; i++)
		tags[i] = (struct client_tag){d->tags[i].key, d->tags[i].value};
	calls_begin(&f->call);
	client_describe_clusters(f->call.calls->client, &target, tags, d->tag_count,
		f->listing.pages + 1, now_moment().wall_s, on_answer, f);
	free(tags);
}

/* The next page. As with sets, a listing that has begun goes before those that have not. */
static void ask(struct running_discovery *f)
{
	enum effect_rank rank = f->listing.pages > 0 ? RANK_CHANGE : RANK_REFRESH;

	if (calls_ask(&f->call, rank, 0))
		send_call(f);
}

static void on_granted(void *data)
{
	ask(data);
}

static int on_timer(sd_event_source *s, uint64_t usec, void *data)
{
	struct running_discovery *f = data;

	(void)s;
	(void)usec;
	if (f->discoveries->context->stopping)
		return 0;
	f->readings = 0;
	cluster_listing_begin(&f->listing);
	ask(f);
	return 0;
}

static void begin(struct running_discovery *f)
{
	struct context *x = f->discoveries->context;

	if (calls_join(x->calls, &f->call, f->d->account, f->d->region) < 0 ||
		sd_event_add_time(x->event, &f->timer, CLOCK_BOOTTIME, 0, 100000, on_timer, f) <
			0) {
		(void)snprintf(f->error, sizeof(f->error), "it cannot begin");
		f->listed_once = true;
		return;
	}
	arm(f, 0);
}

void discoveries_apply(struct discoveries *d)
{
	list_done(&d->in_force);
	d->in_force = d->prepared;
	d->prepared = (struct discovery_list){0};
	discoveries_sync(d);
	for (size_t i = 0; i < d->in_force.count; i++)
		begin(d->in_force.list[i]);
}

/* --- for people --- */

bool discoveries_finished(const struct discoveries *d, bool *ret_unwell)
{
	bool all = true;

	for (size_t i = 0; d && i < d->in_force.count; i++) {
		all &= d->in_force.list[i]->listed_once || cluster_once_left_s(d->context) <= 0;
		*ret_unwell |= d->in_force.list[i]->error[0] != '\0';
	}
	return all;
}

size_t discoveries_count(const struct discoveries *d)
{
	return d ? d->in_force.count : 0;
}

void discoveries_status(const struct discoveries *d, size_t index, struct discovery_status *ret)
{
	const struct running_discovery *f = d->in_force.list[index];

	*ret = (struct discovery_status){.region = f->d->region,
		.account = f->d->account,
		.what = f->what,
		.clusters = f->clusters,
		.listed_s = f->listed_s,
		.error = f->error};
	for (size_t i = 0; i < f->found.count; i++) {
		const struct member *m = &f->found.list[i];
		ret->missing += m->missing_s >= 0;
		ret->waiting += m->missing_s < 0 && strcmp(m->status, DISCOVERY_RUNNING) != 0;
	}
}
