#include "ctl/online.h"

#include <ctype.h>

#define HASH_LEAST 12
#define HASH_DIGITS 64

/* Lower-cases the hash in place; false if it cannot be one. */
static bool normalize(char *hash)
{
	size_t n = strlen(hash);

	for (size_t i = 0; i < n; i++) {
		if (!isxdigit((unsigned char)hash[i]))
			return false;
		hash[i] = (char)tolower((unsigned char)hash[i]);
	}
	return n >= HASH_LEAST && n <= HASH_DIGITS;
}

static int run(const struct command *self, int argc, char **argv)
{
	_cleanup_(text_done) struct text parameters = TEXT_INIT(65536);
	_cleanup_(reply_done) struct reply reply = {0};
	struct jsonwriter w = {.out = &parameters};
	struct online o = {.timeout_s = 60}; /* it is written to the disk first */
	const struct option options[] = {
		{.name = "json", .flag = &o.json},
		{.name = "socket", .value = &o.socket},
	};
	int operands = command_options(self, argc, argv, options, ARRAY_SIZE(options)), result;

	if (operands < 0)
		return CTL_USAGE;
	if (operands != 2)
		return command_usage(self,
			"a cluster and the hash of its plan are needed (`retainctl plan` shows "
			"it)");
	if (!normalize(argv[2]))
		return command_usage(self,
			"'%s' is not the hash of a plan: %d to %d hexadecimal digits", argv[2],
			HASH_LEAST, HASH_DIGITS);
	json_object_begin(&w, NULL);
	json_string(&w, "cluster", argv[1]);
	json_string(&w, "plan", argv[2]);
	json_object_end(&w);
	result = online_call(&o, "Approve", &parameters, &reply);
	if (result != CTL_WELL)
		return result;
	if (o.json)
		online_print_json(reply.parameters);
	else
		(void)printf("approved: plan %s of %s\n", argv[2], argv[1]);
	return CTL_WELL;
}

const struct command command_approve = {
	.name = "approve",
	.usage = "CLUSTER HASH [--json] [--socket PATH]",
	.summary = "let a plan go that is larger than safety.max_delete_percent",
	.help = "      --json         as JSON\n" ONLINE_HELP "\n"
		"HASH names the plan, as `retainctl plan CLUSTER` shows it: all of it, or its "
		"first 12 digits\n"
		"at least. If the plan has changed since, it is refused. What is approved may go "
		"when its\n"
		"grace is over; what expires later is not approved.\n",
	.run = run,
};
