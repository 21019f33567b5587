/* Reads the command line. */
#include "options.h"

#include "control.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#define DEFAULT_KEY "TESTONLYACCESSKEYID00:TESTONLYACCESSKEYSECRET0000000"
#define FILE_MAX (1u << 20)

enum option_id {
	OPT_ADDRESS = 256,
	OPT_PORT,
	OPT_PORT_FILE,
	OPT_CERT,
	OPT_KEY,
	OPT_ACCESS_KEY,
	OPT_CLUSTER,
	OPT_SWITCH,
	OPT_FAULT,
	OPT_CONTROL,
	OPT_BACKUP_SECONDS,
	OPT_DELETE_SECONDS,
	OPT_LATE_SECONDS,
	OPT_SCHEDULE_SECONDS,
	OPT_CLOCK_OFFSET,
	OPT_RANDOM_SEED,
	OPT_REPLAY,
	OPT_SWITCHES,
	OPT_FAULTS,
	OPT_JSON,
	OPT_VERBOSE,
	OPT_HELP,
};

static const struct option longopts[] = {
	{"address", required_argument, NULL, OPT_ADDRESS},
	{"port", required_argument, NULL, OPT_PORT},
	{"port-file", required_argument, NULL, OPT_PORT_FILE},
	{"cert", required_argument, NULL, OPT_CERT},
	{"key", required_argument, NULL, OPT_KEY},
	{"access-key", required_argument, NULL, OPT_ACCESS_KEY},
	{"cluster", required_argument, NULL, OPT_CLUSTER},
	{"switch", required_argument, NULL, OPT_SWITCH},
	{"fault", required_argument, NULL, OPT_FAULT},
	{"control", required_argument, NULL, OPT_CONTROL},
	{"backup-seconds", required_argument, NULL, OPT_BACKUP_SECONDS},
	{"delete-seconds", required_argument, NULL, OPT_DELETE_SECONDS},
	{"late-seconds", required_argument, NULL, OPT_LATE_SECONDS},
	{"schedule-seconds", required_argument, NULL, OPT_SCHEDULE_SECONDS},
	{"clock-offset", required_argument, NULL, OPT_CLOCK_OFFSET},
	{"random-seed", required_argument, NULL, OPT_RANDOM_SEED},
	{"replay", required_argument, NULL, OPT_REPLAY},
	{"switches", no_argument, NULL, OPT_SWITCHES},
	{"faults", no_argument, NULL, OPT_FAULTS},
	{"json", no_argument, NULL, OPT_JSON},
	{"verbose", no_argument, NULL, OPT_VERBOSE},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

static const char help[] =
	"adb-simulator [OPTION...]: a stand-in for the AnalyticDB for MySQL API, on loopback, for "
	"tests\n"
	"\n"
	"  --address A            loopback address to listen on (127.0.0.1)\n"
	"  --port N               0, the default, takes a free one; it is printed on stdout\n"
	"  --port-file FILE       writes the port there too\n"
	"  --cert FILE --key FILE serves https (tests/simulator/make-test-ca makes them)\n"
	"  --access-key I:S[:T]   an access key id with secret and security token; repeatable\n"
	"                         (default " DEFAULT_KEY ")\n"
	"  --cluster ID[:REGION[:STATUS]]   repeatable (cn-hangzhou, Running)\n"
	"  --switch NAME=VALUE    how an undocumented question is answered; repeatable\n"
	"  --fault JSON           a fault rule, from the start; repeatable\n"
	"  --control JSON         any control command, from the start; repeatable\n"
	"  --backup-seconds S     how long a backup takes (2)\n"
	"  --delete-seconds S     how long a delete takes (2)\n"
	"  --late-seconds S       for --switch visible-at=late (2)\n"
	"  --schedule-seconds S   each cluster backs itself up that often (0: never)\n"
	"  --clock-offset S       the simulator's clock is so much ahead of the machine's\n"
	"  --random-seed N        of ids and sizes (1)\n"
	"  --replay DIR           answers as the cloud did when `retainctl record DIR` asked it\n"
	"  --verbose              a line to stderr for each call\n"
	"  --switches, --faults   list them and end; with --json, for programs\n"
	"  --help                 this\n"
	"\n"
	"Control URL: POST /_control, GET /_control/log, /_control/state, /_control/clock.\n"
	"tests/simulator/README.md describes the rest.\n";

static int read_file(const char *path, char **ret, struct error *err)
{
	_cleanup_(text_done) struct text content = TEXT_INIT(FILE_MAX);
	char buffer[4096];
	size_t n;
	FILE *f = fopen(path, "re");

	if (!f)
		return error_set(err, errno, "%s: %s", path, strerror(errno));
	while ((n = fread(buffer, 1, sizeof(buffer), f)) > 0)
		text_add_bytes(&content, buffer, n);
	(void)fclose(f);
	free(*ret);
	*ret = text_take(&content);
	return 0;
}

static int read_seconds(const char *name, const char *text, int64_t *ret_us, struct error *err)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds > -9e11 && seconds < 9e11))
		return error_set(err, EINVAL, "--%s: '%s' is no number of seconds", name, text);
	*ret_us = (int64_t)(seconds * (double)SECOND_US);
	return 0;
}

static int add_cluster(const char *text, struct simulator *sim, struct error *err)
{
	_cleanup_free_ char *copy = xstrdup(text);
	char *rest = copy, *id = strsep(&rest, ":"), *region = strsep(&rest, ":");

	if (!*id)
		return error_set(err, EINVAL, "--cluster: ID[:REGION[:STATUS]]");
	(void)world_add_cluster(&sim->world, id, region && *region ? region : "cn-hangzhou",
		rest && *rest ? rest : "Running", clock_now_us(&sim->clock));
	return 0;
}

static int add_switch(const char *text, struct simulator *sim, struct error *err)
{
	_cleanup_free_ char *copy = xstrdup(text);
	char *value = copy, *name = strsep(&value, "=");

	return value ? switches_set(&sim->switches, name, value, err)
		     : error_set(err, EINVAL, "--switch NAME=VALUE");
}

static int add_fault(const char *text, struct simulator *sim, struct error *err)
{
	cJSON *rule = cJSON_ParseWithOpts(text, NULL, true);
	int64_t number;
	int status = rule ? faults_add(&sim->faults, rule, &number, err)
			  : error_set(err, EINVAL, "--fault: not JSON");

	cJSON_Delete(rule);
	return status;
}

static int run_control(const char *text, struct simulator *sim, struct error *err)
{
	cJSON *out = cJSON_CreateObject();
	int status = control_run_text(sim, text, out, err);

	cJSON_Delete(out);
	return status;
}

static int read_port(const char *text, uint16_t *ret, struct error *err)
{
	uint64_t port;

	if (!text_to_u64(text, &port) || port > 65535)
		return error_set(err, EINVAL, "--port: '%s' is no port", text);
	*ret = (uint16_t)port;
	return 0;
}

/* Options that set the server up. 1 if it is not one of them. */
static int server_option(int id, const char *value, struct options *o, struct error *err)
{
	switch (id) {
	case OPT_ADDRESS:
		o->server.address = value;
		return 0;
	case OPT_PORT:
		return read_port(value, &o->server.port, err);
	case OPT_PORT_FILE:
		o->port_file = value;
		return 0;
	case OPT_CERT:
		return read_file(value, &o->cert, err);
	case OPT_KEY:
		return read_file(value, &o->key, err);
	default:
		return 1;
	}
}

/* Options about the time. 1 if it is not one of them. */
static int time_option(
	int id, const char *name, const char *value, struct simulator *sim, struct error *err)
{
	switch (id) {
	case OPT_BACKUP_SECONDS:
		return read_seconds(name, value, &sim->world.backup_us, err);
	case OPT_DELETE_SECONDS:
		return read_seconds(name, value, &sim->world.delete_us, err);
	case OPT_LATE_SECONDS:
		return read_seconds(name, value, &sim->world.late_us, err);
	case OPT_SCHEDULE_SECONDS:
		return read_seconds(name, value, &sim->world.schedule_us, err);
	case OPT_CLOCK_OFFSET:
		return read_seconds(name, value, &sim->clock.offset_us, err);
	default:
		return 1;
	}
}

/* Options that are carried out in their order, once the time is set. 1 if it is not one of them. */
static int world_option(int id, const char *value, struct simulator *sim, struct error *err)
{
	switch (id) {
	case OPT_ACCESS_KEY:
		return auth_add_key(&sim->auth, value)
			? 0
			: error_set(err, EINVAL, "--access-key ID:SECRET[:TOKEN]");
	case OPT_CLUSTER:
		return add_cluster(value, sim, err);
	case OPT_SWITCH:
		return add_switch(value, sim, err);
	case OPT_FAULT:
		return add_fault(value, sim, err);
	case OPT_CONTROL:
		return run_control(value, sim, err);
	case OPT_RANDOM_SEED:
		sim->world.random = strtoull(value, NULL, 10);
		return 0;
	case OPT_REPLAY:
		replay_free(TAKE_PTR(sim->replay));
		return replay_open(value, &sim->replay, err);
	case OPT_VERBOSE:
		sim->verbose = true;
		return 0;
	default:
		return 1;
	}
}

static void print_table(cJSON *table)
{
	char *text = cJSON_Print(table);

	if (text)
		puts(text);
	free(text);
	cJSON_Delete(table);
}

/* What is only printed. False if `id` is none of that. */
static bool print_option(int id, bool json)
{
	if (id == OPT_HELP)
		fputs(help, stdout);
	else if (id == OPT_SWITCHES && json)
		print_table(switches_table());
	else if (id == OPT_SWITCHES)
		switches_print();
	else if (id == OPT_FAULTS && json)
		print_table(faults_table());
	else if (id == OPT_FAULTS)
		faults_print();
	else
		return false;
	return true;
}

struct parse {
	struct options *o;
	struct simulator *sim;
	int to_print;
	bool json;
};

/* The first pass: how long things take, before anything is put into the world. 1: not for it. */
static int first_pass(struct parse *p, int id, const char *name, struct error *err)
{
	int status = server_option(id, optarg, p->o, err);

	if (id == OPT_JSON)
		p->json = true;
	else if (id == OPT_HELP || id == OPT_SWITCHES || id == OPT_FAULTS)
		p->to_print = id;
	else if (id == '?')
		return error_set(err, EINVAL, "try --help");
	return status == 1 ? time_option(id, name, optarg, p->sim, err) : status;
}

static int pass(struct parse *p, bool first, int argc, char **argv, struct error *err)
{
	int id, index = 0, status = 0;

	optind = 0; /* as getopt(3) has it: begin again */
	opterr = first;
	while (status >= 0 && (id = getopt_long(argc, argv, "", longopts, &index)) != -1)
		status = first ? first_pass(p, id, longopts[index].name, err)
			       : world_option(id, optarg, p->sim, err);
	return status < 0 ? status : 0;
}

int options_parse(
	int argc, char **argv, struct options *ret, struct simulator *sim, struct error *err)
{
	struct parse p = {.o = ret, .sim = sim};
	int status;

	ret->server.address = "127.0.0.1";
	status = pass(&p, true, argc, argv, err);
	if (status == 0)
		status = pass(&p, false, argc, argv, err);
	if (status < 0)
		return status;
	if (optind < argc)
		return error_set(err, EINVAL, "'%s' is no option; try --help", argv[optind]);
	if (!ret->cert != !ret->key)
		return error_set(err, EINVAL, "--cert and --key go together");
	ret->server.cert = ret->cert;
	ret->server.key = ret->key;
	ret->done = print_option(p.to_print, p.json);
	if (!sim->auth.keys)
		(void)auth_add_key(&sim->auth, DEFAULT_KEY);
	return 0;
}

void options_free(struct options *o)
{
	free(o->cert);
	free(o->key);
}
