/* The command line and the environment of retaind. */
#include "service/options.h"

#include "base/text.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>

static const char usage[] =
	"retaind [--config FILE] [--state FILE] [--socket PATH] [--once] [--dry-run] [--log-level "
	"L] [--version]\n"
	"\n"
	"Takes backups of AnalyticDB for MySQL clusters and thins them to a policy.\n"
	"\n"
	"  --config FILE    the policy (default /etc/retaind/policy.yaml)\n"
	"  --state FILE     what has to survive a restart (default $STATE_DIRECTORY/state.db, or\n"
	"                   /var/lib/retaind/state.db)\n"
	"  --socket PATH    where retainctl finds the daemon (default /run/retaind/control)\n"
	"  --once           one cycle for every cluster, then exit: 0 all well, 1 something failed "
	"or is held\n"
	"  --dry-run        the same path, but nothing is changed in the cloud or on disk\n"
	"  --log-level L    error, warning, notice, info (default) or debug\n"
	"  --version        print the version and exit\n"
	"\n"
	"Environment: RETAIND_ENDPOINT overrides the region's endpoint (plain http only to "
	"loopback),\n"
	"RETAIND_CA_FILE the system's certificate authorities. Credentials: see retaind(8).\n";

static int log_level(const char *name, int *ret, struct error *err)
{
	static const struct {
		const char *name;
		int level;
	} levels[] = {{"error", 3}, {"warning", 4}, {"notice", 5}, {"info", 6}, {"debug", 7}};

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (text_equal(name, levels[i].name)) {
			*ret = levels[i].level;
			return 0;
		}
	return error_set(
		err, EINVAL, "--log-level '%s': use error, warning, notice, info or debug", name);
}

static void default_state(struct options *o)
{
	const char *directory = getenv("STATE_DIRECTORY");

	(void)snprintf(o->state, sizeof(o->state), "%s/state.db",
		directory && directory[0] ? directory : "/var/lib/retaind");
}

/* NULL if it is not there, or empty: a unit may set it to nothing. */
static const char *from_environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

int options_parse(int argc, char **argv, struct options *ret, struct error *err)
{
	enum { CONFIG = 1, STATE, SOCKET, ONCE, DRY_RUN, LOG_LEVEL, VERSION, HELP };
	static const struct option options[] = {
		{"config", required_argument, NULL, CONFIG},
		{"state", required_argument, NULL, STATE},
		{"socket", required_argument, NULL, SOCKET},
		{"once", no_argument, NULL, ONCE},
		{"dry-run", no_argument, NULL, DRY_RUN},
		{"log-level", required_argument, NULL, LOG_LEVEL},
		{"version", no_argument, NULL, VERSION},
		{"help", no_argument, NULL, HELP},
		{NULL, 0, NULL, 0},
	};
	struct options o = {
		.config = "/etc/retaind/policy.yaml",
		.socket = "/run/retaind/control",
		.endpoint = from_environment("RETAIND_ENDPOINT"),
		.ca_file = from_environment("RETAIND_CA_FILE"),
		.log_level = 6,
	};
	int c, r = 0;

	default_state(&o);
	opterr = 0;
	while (r == 0 && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case CONFIG:
			o.config = optarg;
			break;
		case STATE:
			(void)snprintf(o.state, sizeof(o.state), "%s", optarg);
			break;
		case SOCKET:
			o.socket = optarg;
			break;
		case ONCE:
			o.once = true;
			break;
		case DRY_RUN:
			o.dry_run = true;
			break;
		case LOG_LEVEL:
			r = log_level(optarg, &o.log_level, err);
			break;
		case VERSION:
			(void)printf("retaind %s\n", RETAIND_VERSION);
			o.finished = true;
			break;
		case HELP:
			(void)fputs(usage, stdout);
			o.finished = true;
			break;
		default:
			r = error_set(err, EINVAL,
				"'%s' is not an option, or lacks its value (see retaind --help)",
				argv[optind - 1]);
		}
	}
	if (r == 0 && optind < argc)
		r = error_set(
			err, EINVAL, "'%s' is not expected (see retaind --help)", argv[optind]);
	if (r == 0)
		*ret = o;
	return r;
}
