/* Reads of each cluster whether it is about to be gone. */
#include "service/endings.h"

#include "service/now.h"

#define READERS 4
#define FIRST_S 60            /* after the start: the sets come first */
#define WELL_S INT64_C(21600) /* until it is read again */
#define AGAIN_S INT64_C(3600) /* ... where something is wrong, or the read failed */
#define LONGEST_S INT64_C(30) /* between two searches for clusters that joined meanwhile */

/* One call at a time. */
struct reader {
	struct endings *all;
	struct call call;
	char *cluster; /* owned: its id, since it may leave meanwhile; NULL: nothing to read */
};

struct endings {
	struct fleet *fleet;
	sd_event_source *timer;
	int64_t not_before_boot_s;
	struct reader readers[READERS];
};

static void go(struct endings *e);

static void arm(struct endings *e, int64_t in_s)
{
	uint64_t now = 0;

	(void)sd_event_now(e->fleet->context->event, CLOCK_BOOTTIME, &now);
	(void)sd_event_source_set_time(e->timer, now + (uint64_t)in_s * 1000000u);
	(void)sd_event_source_set_enabled(e->timer, SD_EVENT_ONESHOT);
}

static void rest(struct reader *r)
{
	free(r->cluster);
	r->cluster = NULL;
	calls_leave(&r->call);
}

/* --- replies --- */

/* What is critical is the cycle's trouble; what may wait is a warning. */
static void take(struct cluster *c, enum ending ending, struct text *why)
{
	struct event event = {.kind = EVENT_ENDING, .ending = ending == ENDING_NOW ? why->s : NULL};

	c->ending = ending;
	free(c->ending_text);
	c->ending_text = ending == ENDING_NONE ? NULL : xstrdup(why->s);
	c->ending_after_boot_s = now_moment().boot_s + (ending == ENDING_NOW ? AGAIN_S : WELL_S);
	cycle_feed(c->cycle, &event, now_moment());
	cluster_run(c);
}

static void answered(struct cluster *c, const struct client_result *result)
{
	_cleanup_(text_done) struct text why = TEXT_INIT(600);

	if (result->cluster) {
		c->expires_s = result->cluster->subscription ? result->cluster->expires_s : 0;
		take(c, ending_judge(result->cluster, c->policy, now_moment().wall_s, &why), &why);
	} else if (result->answer->kind == ANSWER_REFUSED && ending_is_gone(result->answer->code)) {
		ending_say_gone(result->answer->code, &why);
		take(c, ENDING_NOW, &why);
	} else { /* as it was */
		c->ending_after_boot_s = now_moment().boot_s + AGAIN_S;
	}
}

static void on_answer(void *data, const struct client_result *result)
{
	struct reader *r = data;
	struct endings *e = r->all;
	struct cluster *c = fleet_find(e->fleet, r->cluster);

	calls_end(&r->call, result->answer);
	rest(r);
	if (e->fleet->context->stopping)
		return;
	if (c)
		answered(c, result);
	go(e);
}

/* --- the calls --- */

static void send_call(struct reader *r, const struct policy *p)
{
	const struct client_target target = {.account = r->call.account->client,
		.region = p->region,
		.cluster = p->cluster,
		.edition = p->edition};

	calls_begin(&r->call);
	client_describe_cluster(r->call.calls->client, &target, now_moment().wall_s, on_answer, r);
}

static void on_granted(void *data)
{
	struct reader *r = data;
	struct cluster *c = fleet_find(r->all->fleet, r->cluster);

	if (!c)
		rest(r);
	else if (calls_ask(&r->call, RANK_REFRESH, 0))
		send_call(r, c->policy);
}

static void begin(struct reader *r, struct cluster *c)
{
	const struct policy *p = c->policy;

	if (calls_join(c->context->calls, &r->call, p->account, p->region ? p->region : "") < 0)
		return;
	r->call.granted = on_granted;
	r->call.data = r;
	r->cluster = xstrdup(p->cluster);
	if (calls_ask(&r->call, RANK_REFRESH, 0))
		send_call(r, p);
}

/* The next that is due; NULL: none is, and *ret_in_s says when one will be. */
static struct cluster *next_due(const struct endings *e, int64_t now_s, int64_t *ret_in_s)
{
	struct cluster *first = NULL;

	for (size_t i = 0; i < e->fleet->count; i++) {
		struct cluster *c = e->fleet->clusters[i];
		if (!first || c->ending_after_boot_s < first->ending_after_boot_s)
			first = c;
	}
	*ret_in_s = LONGEST_S;
	if (first && first->ending_after_boot_s - now_s < LONGEST_S)
		*ret_in_s = first->ending_after_boot_s - now_s;
	return *ret_in_s <= 0 ? first : NULL;
}

static void go(struct endings *e)
{
	int64_t now_s = now_moment().boot_s, in_s = LONGEST_S;

	if (e->fleet->context->stopping)
		return;
	for (size_t i = 0; i < READERS && now_s >= e->not_before_boot_s; i++) {
		struct cluster *c;
		if (e->readers[i].cluster)
			continue;
		c = next_due(e, now_s, &in_s);
		if (!c)
			break;
		c->ending_after_boot_s = now_s + AGAIN_S; /* if no answer comes */
		begin(&e->readers[i], c);
	}
	if (now_s < e->not_before_boot_s)
		in_s = e->not_before_boot_s - now_s;
	arm(e, in_s > 0 ? in_s : LONGEST_S);
}

static int on_timer(sd_event_source *s, uint64_t usec, void *data)
{
	(void)s;
	(void)usec;
	go(data);
	return 0;
}

int endings_new(struct fleet *fleet, struct endings **ret, struct error *err)
{
	struct endings *e = xcalloc(1, sizeof(*e));
	int r = sd_event_add_time(
		fleet->context->event, &e->timer, CLOCK_BOOTTIME, 0, 1000000, on_timer, e);

	if (r < 0) {
		free(e);
		return error_set(err, -r, "no timer");
	}
	e->fleet = fleet;
	e->not_before_boot_s = now_moment().boot_s + FIRST_S;
	for (size_t i = 0; i < READERS; i++)
		e->readers[i].all = e;
	*ret = e;
	return 0;
}

void endings_free(struct endings *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < READERS; i++) {
		calls_abandon(&e->readers[i].call);
		rest(&e->readers[i]);
	}
	sd_event_source_disable_unref(e->timer);
	free(e);
}

void endings_read_all(struct endings *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->fleet->count; i++)
		e->fleet->clusters[i]->ending_after_boot_s = 0;
	e->not_before_boot_s = 0;
	go(e);
}
