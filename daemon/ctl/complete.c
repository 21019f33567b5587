/* retainctl complete: the words that shells offer after a TAB. */
#include "ctl/files.h"
#include "ctl/online.h"

#define CONFIG "/etc/retaind/policy.yaml"
#define MESSAGES_MAX_BYTES (4 * 1024 * 1024)
#define HASH_DIGITS 16

static void add_word(struct text *out, const char *word)
{
	_cleanup_free_ char *name = text_name(word);

	if (*name && strcmp(name, word) == 0)
		text_printf(out, "%s\n", word);
}

/* Adds the clusters that the policy file lists; nothing if it does not read. */
static void add_listed(struct text *out, const char *path)
{
	_cleanup_(text_done) struct text messages = TEXT_INIT(MESSAGES_MAX_BYTES);
	_cleanup_(policyfile_freep) struct policyfile *f = NULL;

	if (policyfile_load(path, TRUST_ALL, &f, &messages, NULL) < 0)
		return;
	for (size_t i = 0; i < f->cluster_count; i++) {
		add_word(out, f->clusters[i]->cluster);
		if (strcmp(f->clusters[i]->name, f->clusters[i]->cluster) != 0)
			add_word(out, f->clusters[i]->name);
	}
}

/* Adds the clusters that the daemon knows, or without a daemon those of the usual policy file. */
static void add_known(struct text *out, const struct online *o)
{
	_cleanup_(reply_done) struct reply reply = {0};
	const cJSON *c;

	if (connection_call(o->socket, "Status", "{}", 0, &reply, NULL) < 0 || reply.error) {
		add_listed(out, CONFIG);
		return;
	}
	cJSON_ArrayForEach (c, json_get(json_get(reply.parameters, "status"), "clusters")) {
		const char *id = online_string(c, "cluster"), *name = online_string(c, "name");
		add_word(out, id);
		if (strcmp(id, name) != 0)
			add_word(out, name);
	}
}

/* Adds the hash of the cluster's plan, if it awaits approval. */
static void add_plan(struct text *out, const struct online *o, const char *cluster)
{
	_cleanup_(text_done) struct text parameters = TEXT_INIT(65536);
	_cleanup_(reply_done) struct reply reply = {0};
	struct jsonwriter w = {.out = &parameters};
	const cJSON *plan, *hold;

	json_object_begin(&w, NULL);
	json_string(&w, "cluster", cluster);
	json_object_end(&w);
	if (connection_call(o->socket, "Plan", parameters.s, 0, &reply, NULL) < 0 || reply.error)
		return;
	plan = cJSON_GetArrayItem(json_get(reply.parameters, "plans"), 0);
	cJSON_ArrayForEach (hold, json_get(plan, "holds")) {
		_cleanup_free_ char *hash = xstrndup(online_string(plan, "plan"), HASH_DIGITS);
		if (strcmp(online_string(hold, "hold"), "approval") == 0)
			add_word(out, hash);
	}
}

static int run(const struct command *self, int argc, char **argv)
{
	_cleanup_(text_done) struct text out = TEXT_INIT(ONLINE_OUTPUT_MAX);
	const char *policy = NULL, *what;
	struct online o = {0};
	const struct option options[] = {
		{.name = "policy", .letter = 'p', .value = &policy},
		{.name = "socket", .value = &o.socket},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options));

	if (operands < 0)
		return CTL_USAGE;
	what = operands > 0 ? argv[1] : "";
	if (strcmp(what, "plan") == 0 && operands == 2)
		add_plan(&out, &o, argv[2]);
	else if (strcmp(what, "clusters") == 0 && operands == 1 && policy)
		add_listed(&out, policy);
	else if (strcmp(what, "clusters") == 0 && operands == 1)
		add_known(&out, &o);
	else
		return command_usage(self, "what is to be completed?");
	command_output(&out);
	return CTL_WELL;
}

const struct command command_complete = {
	.name = "complete",
	.usage = "clusters [--policy FILE] [--socket PATH] | plan CLUSTER [--socket PATH]",
	.help = "For the completions of shells: the words that may stand there, a line each.\n",
	.run = run,
};
