/* What a person has done to one cluster: asks the daemon, waits, and tells how it came out. */
#include "ctl/act.h"

#include "time/duration.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define BEGIN_S 60 /* without --wait: how long the daemon may take to begin */

struct asked {
	const struct command *self;
	const struct act *act;
	const char *cluster; /* as it was typed */
	const char *keep_until, *reason;
	struct online online;
	struct text told; /* the last line that was told of the wait */
};

/* "a backup runs since 2026-11-21T02:00:00Z", "40 of 664 sets gone"; nothing if all is well. */
static void add_progress(struct text *out, const cJSON *c)
{
	const cJSON *prune = json_get(c, "prune");
	const char *since = online_string(json_get(c, "running_backup"), "since");

	if (*online_string(c, "trouble"))
		text_printf(out, "trouble: %s", online_string(c, "trouble"));
	else if (json_get(prune, "calls"))
		text_printf(out, "%" PRId64 " of %" PRId64 " sets gone", online_int(prune, "gone"),
			online_int(prune, "sets"));
	else if (*since)
		text_printf(out, "a backup runs since %s", since);
	else if (strcmp(online_string(c, "state"), "well") != 0)
		text_add(out, online_string(c, "state"));
}

/* Called while the daemon is silent: prints a line when the progress has changed. */
static void tell_progress(const cJSON *status, void *data)
{
	_cleanup_(text_done) struct text line = TEXT_INIT(4096), shown = TEXT_INIT(16384);
	struct asked *a = data;
	const cJSON *c;

	cJSON_ArrayForEach (c, json_get(status, "clusters")) {
		if (strcmp(online_string(c, "cluster"), a->cluster) == 0 ||
			strcmp(online_string(c, "name"), a->cluster) == 0)
			add_progress(&line, c);
	}
	if (!line.s || (a->told.s && strcmp(a->told.s, line.s) == 0))
		return;
	online_add_text(&shown, line.s);
	(void)fprintf(stderr, "still waiting: %s\n", shown.s);
	text_done(&a->told);
	a->told = line;
	line = TEXT_INIT(0);
}

static void print_json(const char *outcome, const char *text)
{
	_cleanup_(text_done) struct text out = TEXT_INIT(65536);
	struct jsonwriter w = {.out = &out};

	json_object_begin(&w, NULL);
	json_string(&w, "outcome", outcome);
	json_string(&w, "text", text);
	json_object_end(&w);
	(void)puts(out.s);
}

/* The daemon has heard of it and gave no answer: it may do it. */
static bool may_be_done(const struct reply *reply, const struct error *err)
{
	return !reply->error &&
		(err->code == ECONNRESET || err->code == ETIMEDOUT || err->code == ETIME);
}

/* Tells why there is no outcome: the daemon gave no answer, or an error. */
static int not_done(const struct asked *a, const struct reply *reply, const struct error *err)
{
	_cleanup_free_ char *text =
		reply->error ? online_error_text(reply) : text_printable(err->text);
	bool refused = reply->error && strcmp(reply->error, "Failed") != 0;

	if (!reply->error && err->code == ECONNRESET) {
		free(text);
		text = xstrdup("retaind was stopped or started anew meanwhile; what had begun in "
			       "the cloud "
			       "goes on (`retainctl status` tells more)");
	}
	if (a->online.json)
		print_json(refused                        ? "refused"
				: may_be_done(reply, err) ? "unknown"
							  : "failed",
			text);
	return command_failed("%s of %s: %s", a->self->name, a->cluster, text);
}

static int tell_outcome(const struct asked *a, const cJSON *parameters)
{
	_cleanup_(text_done) struct text out = TEXT_INIT(65536), why = TEXT_INIT(65536);
	const char *outcome = online_string(parameters, "outcome");
	bool is_done = strcmp(outcome, "done") == 0;
	bool well = is_done || strcmp(outcome, "begun") == 0;

	if (a->online.json)
		online_print_json(parameters);
	online_add_text(&why, outcome);
	if (*online_string(parameters, "text")) {
		text_add(&why, ": ");
		online_add_text(&why, online_string(parameters, "text"));
	}
	if (!well)
		return command_failed("%s of %s: %s", a->self->name, a->cluster, why.s);
	if (a->online.json)
		return CTL_WELL;
	text_printf(&out, "%s of %s: %s", a->self->name, a->cluster, why.s);
	if (is_done)
		a->act->add_result(&out, parameters);
	text_add(&out, "\n");
	command_output(&out);
	return CTL_WELL;
}

static int ask(struct asked *a)
{
	_cleanup_(text_done) struct text parameters = TEXT_INIT(65536);
	_cleanup_(reply_done) struct reply reply = {0};
	struct jsonwriter w = {.out = &parameters};
	struct error err = {0};

	json_object_begin(&w, NULL);
	json_string(&w, "cluster", a->cluster);
	json_bool(&w, "wait", a->online.wait);
	if (a->keep_until)
		json_string(&w, "keep_until", a->keep_until);
	if (a->reason)
		json_string(&w, "reason", a->reason);
	json_object_end(&w);
	if (a->online.wait)
		(void)fprintf(stderr, "waiting until %s; ^C ends the wait alone\n", a->act->until);
	if (online_ask(&a->online, a->act->method, parameters.s, &reply, &err) < 0 || reply.error)
		return not_done(a, &reply, &err);
	return tell_outcome(a, reply.parameters);
}

/* --timeout. False after telling what is wrong with it. */
static bool take_timeout(const struct command *self, const char *given, int64_t *ret_s)
{
	struct duration d;
	struct error err = {0};

	if (duration_parse(given, &d, &err) < 0 || duration_to_seconds(&d, ret_s, &err) < 0 ||
		*ret_s < 1) {
		(void)command_usage(
			self, "--timeout takes a duration such as 30min, not '%s'", given);
		return false;
	}
	return true;
}

/* False after telling what makes no sense. */
static bool check_words(const struct asked *a, int operands, const char *timeout)
{
	int64_t until_s;

	if (operands != 1)
		(void)command_usage(a->self, operands ? "one cluster at a time" : "which cluster?");
	else if (timeout && !a->online.wait)
		(void)command_usage(a->self, "--timeout belongs to --wait");
	else if (a->reason && !a->keep_until)
		(void)command_usage(a->self, "--reason belongs to --keep-until");
	else if (a->keep_until && !civil_parse_instant(a->keep_until, false, &until_s))
		(void)command_usage(a->self,
			"--keep-until takes a time such as 2026-11-21T08:00:00+08:00, not '%s'",
			a->keep_until);
	else
		return true;
	return false;
}

int act_run(const struct command *self, const struct act *act, int argc, char **argv)
{
	struct asked a = {.self = self, .act = act, .told = TEXT_INIT(4096)};
	const char *timeout = NULL;
	const struct option options[] = {
		{.name = "wait", .letter = 'w', .flag = &a.online.wait},
		{.name = "timeout", .value = &timeout},
		{.name = "json", .flag = &a.online.json},
		{.name = "socket", .value = &a.online.socket},
		{.name = "keep-until", .value = &a.keep_until},
		{.name = "reason", .value = &a.reason},
	};
	int operands = command_options(
		self, argc, argv, options, ARRAY_SIZE(options) - (act->keeps ? 0 : 2));
	int result;

	if (operands < 0 || !check_words(&a, operands, timeout))
		return CTL_USAGE;
	a.online.timeout_s = a.online.wait ? INT64_MAX : BEGIN_S;
	if (timeout && !take_timeout(self, timeout, &a.online.timeout_s))
		return CTL_USAGE;
	a.cluster = argv[1];
	a.online.on_silence = a.online.wait ? tell_progress : NULL;
	a.online.data = &a;
	result = ask(&a);
	text_done(&a.told);
	return result;
}
