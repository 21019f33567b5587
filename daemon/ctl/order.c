/* What a person orders by command, with an end and a reason. */
#include "ctl/order.h"

#include "time/civil.h"

#define WAIT_S 120 /* a delete call that was sent before is waited for */

struct given {
	const char *cluster, *set, *until, *reason, *by;
};

static int ask(const struct online *online, const struct ordering *o, const struct given *g)
{
	_cleanup_(text_done) struct text parameters = TEXT_INIT(65536), out = TEXT_INIT(65536);
	_cleanup_(reply_done) struct reply reply = {0};
	struct jsonwriter w = {.out = &parameters};
	int result;

	json_object_begin(&w, NULL);
	if (g->cluster)
		json_string(&w, "cluster", g->cluster);
	if (g->set)
		json_string(&w, "set", g->set);
	if (g->until)
		json_string(&w, "until", g->until);
	if (g->reason)
		json_string(&w, "reason", g->reason);
	if (g->by)
		json_string(&w, "by", g->by);
	json_object_end(&w);
	result = online_call(online, o->method, &parameters, &reply);
	if (result != CTL_WELL)
		return result;
	if (online->json) {
		online_print_json(reply.parameters);
		return CTL_WELL;
	}
	online_add_text(&out, online_string(reply.parameters, "text"));
	text_add(&out, "\n");
	command_output(&out);
	return CTL_WELL;
}

/* CTL_WELL if the words make sense. */
static int check(
	const struct command *self, const struct ordering *o, int operands, const struct given *g)
{
	int64_t until_s;

	if (o->takes_set && operands != 2)
		return command_usage(self, "a cluster and a set are needed");
	if (!o->takes_set && operands > 1)
		return command_usage(self, "one cluster at a time, or none for all");
	if (o->takes_by && (!g->by || !*g->by))
		return command_usage(self, "who restored it? --by TEXT");
	if (g->until && !civil_parse_instant(g->until, false, &until_s))
		return command_usage(self,
			"--until takes a time such as 2026-11-21T08:00:00+08:00, not '%s'",
			g->until);
	return CTL_WELL;
}

int order_run(const struct command *self, const struct ordering *o, int argc, char **argv)
{
	struct online online = {.timeout_s = WAIT_S};
	struct given g = {0};
	const struct option options[] = {
		{.name = "json", .flag = &online.json},
		{.name = "socket", .value = &online.socket},
		{.name = o->takes_by ? "by" : "until", .value = o->takes_by ? &g.by : &g.until},
		{.name = "reason", .value = &g.reason},
	};
	int more = o->takes_end ? 2 : o->takes_by, operands;

	operands = command_options(self, argc, argv, options, (size_t)(2 + more));
	if (operands < 0 || check(self, o, operands, &g) != CTL_WELL)
		return CTL_USAGE;
	g.cluster = operands > 0 ? argv[1] : NULL;
	g.set = o->takes_set ? argv[2] : NULL;
	return ask(&online, o, &g);
}
