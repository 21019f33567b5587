/* The doctor: asks the cloud once about everything that has to be set up, and tells what came back.
 */
#include "service/doctor.h"

#include "service/doctor_internal.h"
#include "service/finding.h"
#include "service/now.h"
#include "service/question.h"

#include <inttypes.h>

#define REPLY_MAX (16u << 20)
#define LOOK_BACK_S (30 * INT64_C(86400)) /* a page of sets, to see how they are told */
#define SKEW_MAX_S 300                    /* S6: beyond, deletes stop */

struct step {
	enum question question;
	char *cluster; /* its id: it may leave the policy meanwhile */
};

/* An account in a region, as far as it is known by now. Its trouble is told once. */
struct place {
	char *account, *region;
	bool reached, failed;
	bool told_login; /* it was told that the login fails */
	bool told_replies;
};

struct doctor {
	struct service *service;
	struct varlink_call *call; /* NULL: answered */
	void (*finished)(void *data, struct doctor *d);
	void *data;
	struct step *steps;
	size_t step_count, step_capacity, at;
	struct account_client *account; /* the account of the call under way */
	struct place *places;
	size_t place_count, place_capacity;
	struct text out;
	struct jsonwriter w;
	bool told_clock;
	bool single;     /* about one cluster */
	struct text may; /* the calls that went well for the cluster at hand */
};

static struct place *place_of(struct doctor *d, const struct policy *p)
{
	for (size_t i = 0; i < d->place_count; i++)
		if (text_equal(d->places[i].account, p->account) &&
			text_equal(d->places[i].region, p->region))
			return &d->places[i];
	d->places =
		memory_grow(d->places, &d->place_capacity, d->place_count + 1, sizeof(*d->places));
	d->places[d->place_count] =
		(struct place){.account = xstrdup(p->account), .region = xstrdup(p->region)};
	return &d->places[d->place_count++];
}

static bool knows_account(const struct doctor *d, const char *account)
{
	for (size_t i = 0; i < d->place_count; i++)
		if (text_equal(d->places[i].account, account))
			return true;
	return false;
}

static void add_step(struct doctor *d, enum question question, const struct policy *p)
{
	d->steps = memory_grow(d->steps, &d->step_capacity, d->step_count + 1, sizeof(*d->steps));
	d->steps[d->step_count++] =
		(struct step){.question = question, .cluster = xstrdup(p->cluster)};
}

static void add_cluster(struct doctor *d, const struct policy *p)
{
	if (!knows_account(d, p->account))
		add_step(d, ASK_CALLER, p);
	(void)place_of(d, p);
	add_step(d, ASK_CLUSTER, p);
	add_step(d, ASK_SETS, p);
	add_step(d, ASK_POLICY, p);
}

struct doctor *doctor_new(struct service *service, struct varlink_call *call, struct cluster *only,
	void (*finished)(void *data, struct doctor *d), void *data)
{
	struct doctor *d = xcalloc(1, sizeof(*d));

	*d = (struct doctor){.service = service,
		.call = call,
		.finished = finished,
		.data = data,
		.single = only != NULL,
		.out = TEXT_INIT(REPLY_MAX),
		.may = TEXT_INIT(512)};
	d->w.out = &d->out;
	for (size_t i = 0; i < service->fleet.count && i < DOCTOR_CLUSTERS_MAX; i++)
		if (!only)
			add_cluster(d, service->fleet.clusters[i]->policy);
	if (only)
		add_cluster(d, only->policy);
	return d;
}

void doctor_free(struct doctor *d)
{
	if (d->call)
		varlink_error_message(d->call, "Failed", "retaind stops");
	for (size_t i = 0; i < d->step_count; i++)
		free(d->steps[i].cluster);
	free(d->steps);
	for (size_t i = 0; i < d->place_count; i++) {
		free(d->places[i].account);
		free(d->places[i].region);
	}
	free(d->places);
	text_done(&d->out);
	text_done(&d->may);
	free(d);
}

static void tell_clock(struct doctor *d, const struct answer *a)
{
	int64_t off_s = a->server_s - now_moment().wall_s;

	if (a->server_s == 0 || d->told_clock)
		return;
	d->told_clock = true;
	if (off_s > SKEW_MAX_S || off_s < -SKEW_MAX_S)
		finding_add(&d->w, "clock", "", FINDING_BAD,
			"set the clock: timedatectl set-ntp true; until then nothing is deleted",
			"this machine's is %" PRId64 " min %s the cloud's",
			(off_s < 0 ? -off_s : off_s) / 60, off_s < 0 ? "ahead of" : "behind");
	else
		finding_add(&d->w, "clock", "", FINDING_WELL, NULL,
			"that of this machine and of the cloud agree");
}

static void tell_login(struct doctor *d, struct place *place, const struct answer *a)
{
	struct login_state login;

	if (place->told_login)
		return;
	place->told_login = true;
	client_account_state(d->account->client, &login);
	/* The message of an answer is shorter. */
	if (text_equal(a->code, "Credentials") && login.trouble)
		finding_add(&d->w, "login", place->account, FINDING_BAD, finding_remedy(a), "%s",
			login.trouble);
	else
		finding_add(&d->w, "login", place->account, FINDING_BAD, finding_remedy(a),
			"%s: %s", a->code, a->message);
}

/* Who we are, and where the keys come from. */
static void tell_identity(struct doctor *d, const struct policy *p, const struct caller *caller)
{
	char left[DURATION_TEXT_SIZE] = "";
	struct login_state login;

	client_account_state(d->account->client, &login);
	if (login.lasts_s > 0)
		duration_format_seconds(login.lasts_s, left);
	finding_add(&d->w, "identity", p->account, login.trouble ? FINDING_WARNING : FINDING_WELL,
		login.trouble ? "see that the login does before the session ends" : NULL,
		"%s, keys from %s%s%s%s%s", caller->arn, login.source ? login.source : "?",
		*left ? "; the session lasts " : "", left, login.trouble ? "; not renewed: " : "",
		login.trouble ? login.trouble : "");
}

static void tell_caller(
	struct doctor *d, const struct policy *p, const struct client_result *result)
{
	const struct answer *a = result->answer;
	struct place *place = place_of(d, p);

	if (result->caller)
		tell_identity(d, p, result->caller);
	else if (finding_is_login(a))
		tell_login(d, place, a);
	else
		finding_add(&d->w, "identity", p->account, FINDING_UNKNOWN, finding_remedy(a),
			"STS does not tell who we are: %s: %s", a->code, a->message);
}

static void tell_endpoint(struct doctor *d, struct place *place)
{
	_cleanup_free_ char *url = client_account_url(d->account->client, place->region);

	if (!place->reached && url)
		finding_add(&d->w, "endpoint", place->region, FINDING_WELL, NULL, "%s answers%s",
			url, text_starts(url, "https:") ? ", with a good certificate" : "");
	place->reached = true;
}

/* Once for an account in a region. False if there is no use in asking more there. */
static bool tell_place(struct doctor *d, const struct policy *p, const struct answer *a)
{
	struct place *place = place_of(d, p);

	if (finding_reached(a)) {
		tell_endpoint(d, place);
		tell_clock(d, a);
	}
	if (finding_is_login(a)) {
		place->failed = true;
		tell_login(d, place, a);
	} else if (!finding_reached(a)) {
		place->failed = true;
		finding_add(&d->w, "endpoint", p->region, FINDING_BAD, finding_remedy(a), "%s: %s",
			a->code, a->message);
	}
	return !place->failed;
}

static void tell_cluster(
	struct doctor *d, const struct policy *p, const struct cluster_attributes *seen)
{
	_cleanup_(text_done) struct text why = TEXT_INIT(600);
	enum ending ending = ending_judge(seen, p, now_moment().wall_s, &why);

	if (ending != ENDING_NONE)
		finding_add(&d->w, "cluster", p->name,
			ending == ENDING_NOW ? FINDING_BAD : FINDING_WARNING, NULL, "%s", why.s);
	if (!text_equal(seen->region, p->region))
		finding_add(&d->w, "cluster", p->name, FINDING_BAD,
			"correct the region in the policy: its sets are quarantined",
			"is in %s, the policy says %s", seen->region, p->region);
	else if (text_equal(seen->status, "Running"))
		finding_add(
			&d->w, "cluster", p->name, FINDING_WELL, NULL, "%s is Running", p->cluster);
	else
		finding_add(&d->w, "cluster", p->name, FINDING_WARNING,
			"backups are made when it is Running again", "%s is %s", p->cluster,
			seen->status);
}

/* What the service itself was refused is known, though it may have worked long ago. The text begins
 * with the code. */
static void tell_refused(
	struct doctor *d, const struct cluster *c, enum cluster_call call, const char *action)
{
	const char *refused = c->counters.refused[call];
	struct answer a = {.kind = ANSWER_REFUSED};

	if (!refused || !*refused)
		return;
	text_copy_printable(a.code, sizeof(a.code), refused);
	finding_add(&d->w, finding_is_permission(&a) ? "rights" : "cluster", c->policy->name,
		FINDING_BAD, finding_remedy(&a), "%s was refused: %s", action, refused);
}

static void add_tried(
	struct text *out, const struct cluster *c, enum cluster_call call, const char *action)
{
	if (c->counters.refused[call] && *c->counters.refused[call])
		return;
	text_printf(out, "%s %s %s", out->length > 0 ? "," : ";", action,
		c->counters.answers[call][ANSWER_OK] > 0 ? "has worked" : "is not tried");
}

/* Calls that change something are not tried. */
static void tell_rights(struct doctor *d, const struct cluster *c)
{
	_cleanup_(text_done) struct text tried = TEXT_INIT(512);

	tell_refused(d, c, CALL_CREATE, "CreateBackup");
	tell_refused(d, c, CALL_DELETE, "DeleteBackups");
	tell_refused(d, c, CALL_RAISE, "ModifyBackupPolicy");
	if (d->may.length == 0)
		return;
	add_tried(&tried, c, CALL_CREATE, "CreateBackup");
	add_tried(&tried, c, CALL_DELETE, "DeleteBackups");
	finding_add(&d->w, "rights", c->policy->name, FINDING_WELL, NULL, "may call %s%s", d->may.s,
		tried.s ? tried.s : "");
	text_done(&d->may);
	d->may = TEXT_INIT(512);
}

static void tell_refusal(struct doctor *d, const struct policy *p, const char *action,
	const struct answer *a, bool needed)
{
	bool permission = finding_is_permission(a);

	finding_add(&d->w, permission ? "rights" : "cluster", p->name,
		needed ? FINDING_BAD : FINDING_WARNING, finding_remedy(a), "%s: %s: %s", action,
		a->code, a->message);
}

/* The cluster's other questions are left out. */
static void tell_missing(struct doctor *d, const struct policy *p, const struct answer *a)
{
	finding_add(&d->w, "cluster", p->name, FINDING_BAD, finding_remedy(a),
		"%s was looked for in %s: %s: %s", p->cluster, p->region, a->code, a->message);
	while (d->at < d->step_count && text_equal(d->steps[d->at].cluster, p->cluster))
		d->at++;
}

/* Of the first cluster there that has sets. */
static void tell_replies(
	struct doctor *d, const struct policy *p, const struct client_result *result)
{
	struct place *place = place_of(d, p);

	if (!place->told_replies && result->page && result->raw && result->raw->body)
		place->told_replies = doctor_replies(p, result->page, result->raw->body, &d->w);
}

static void tell_answer(struct doctor *d, const struct cluster *c, enum question question,
	const struct client_result *result)
{
	const struct policy *p = c->policy;
	const struct answer *a = result->answer;

	if (question == ASK_CALLER) {
		tell_caller(d, p, result);
		return;
	}
	if (!tell_place(d, p, a))
		return;
	if (text_starts(a->code, "InvalidDBCluster"))
		tell_missing(d, p, a);
	else if (a->kind != ANSWER_OK)
		tell_refusal(d, p, question_actions[question], a, question == ASK_SETS);
	else
		text_printf(
			&d->may, "%s%s", d->may.length > 0 ? ", " : "", question_actions[question]);
	if (result->cluster)
		tell_cluster(d, p, result->cluster);
	if (result->policy) {
		doctor_retention(p, result->policy, &d->w);
		doctor_log(p, result->policy, &d->w);
	}
	tell_replies(d, p, result);
	if (question == ASK_POLICY)
		tell_rights(d, c);
}

static void finish(struct doctor *d)
{
	struct varlink_call *call = d->call;

	if (d->service->fleet.count > DOCTOR_CLUSTERS_MAX && !d->single)
		finding_add(&d->w, "cluster", "", FINDING_UNKNOWN,
			"name a cluster with --cluster to look at another",
			"%d of %zu clusters were looked at", DOCTOR_CLUSTERS_MAX,
			d->service->fleet.count);
	json_array_end(&d->w);
	json_object_end(&d->w);
	d->call = NULL;
	varlink_reply(call, text_take(&d->out));
	d->finished(d->data, d);
}

static void next(struct doctor *d);

static void done(void *data, const struct client_result *result)
{
	struct doctor *d = data;
	const struct step *s = &d->steps[d->at++];
	const struct cluster *c = fleet_find(&d->service->fleet, s->cluster);

	if (c)
		tell_answer(d, c, s->question, result);
	account_client_leave(d->account);
	next(d);
}

static void ask(struct doctor *d, const struct step *s, const struct cluster *c)
{
	const struct question_window window = {.back_s = LOOK_BACK_S, .page = 1};

	d->account = c->call.account;
	account_client_join(d->account);
	question_ask(d->service->context.calls->client, d->account->client, c->policy, s->question,
		&window, s->question == ASK_SETS, done, d);
}

/* The next question that has a point: one whose cluster is there and whose place answers. */
static void next(struct doctor *d)
{
	for (; d->at < d->step_count; d->at++) {
		const struct step *s = &d->steps[d->at];
		const struct cluster *c = fleet_find(&d->service->fleet, s->cluster);

		if (!c)
			continue;
		if (!place_of(d, c->policy)->failed) {
			ask(d, s, c);
			return;
		}
		if (s->question == ASK_CLUSTER)
			finding_add(&d->w, "cluster", c->policy->name, FINDING_UNKNOWN, NULL,
				"was not looked at");
	}
	finish(d);
}

void doctor_start(struct doctor *d)
{
	json_object_begin(&d->w, NULL);
	json_array_begin(&d->w, "findings");
	doctor_state(d->service, &d->w);
	if (!d->single)
		doctor_discoveries(d->service, &d->w);
	next(d);
}
