/* retainctl's online commands against a stand-in for the daemon that gives prepared replies. */
#include "base/memory.h"
#include "base/text.h"
#include "service/description.h"
#include "service/varlink.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/cmocka_all.h"

#define STATUS_USAGE                                                                    \
	"[CLUSTER...] [--not-well] [--sort ORDER] [--all] [--watch | --json] [--wide] " \
	"[--no-pager] [--socket PATH]"
#define HASH "3f2a00c4b1d2e3f405162738495a6b7c8d9eafb0c1d2e3f405162738495a6bff"

static char directory[] = "/tmp/retaind-online-XXXXXX";
static char path[64];
static pid_t daemon_pid;

static const char status[] =
	"{\"status\":{\"version\":\"0.1.0\",\"started\":\"2026-11-20T00:00:00Z\",\"time\":\"2026-"
	"11-21T00:00:00Z\","
	"\"policy\":{\"path\":\"/etc/retaind/"
	"policy.yaml\",\"loaded\":\"2026-11-20T00:00:00Z\",\"ok\":false,"
	"\"error\":\"policy.yaml:12:5: error: unknown key 'dialy'\"},\"clusters\":["
	"{\"cluster\":\"amv-1\",\"name\":\"orders\",\"region\":\"cn-hangzhou\",\"timezone\":\"Asia/"
	"Shanghai\","
	"\"state\":\"held\",\"listed\":\"2026-11-20T23:59:00Z\",\"complete\":true,\"sets\":731,"
	"\"size\":1099511627776,\"cost\":{\"month\":164.51,\"currency\":\"CNY\"},"
	"\"valid\":730,"
	"\"newest_valid\":\"2026-11-20T18:00:00Z\",\"kept\":67,\"expired\":664,\"deleting\":0,"
	"\"quarantined\":1,"
	"\"failed\":0,\"next_backup\":\"2026-11-21T18:07:00Z\",\"running_backup\":null,"
	"\"holds\":[{\"hold\":\"approval\",\"detail\":\"664 deletes of 731 sets (91%) await "
	"approval\"}],"
	"\"trouble\":null,\"plan\":\"" HASH "\"},"
	"{\"cluster\":\"amv-2\",\"name\":\"amv-2\",\"region\":\"cn-hangzhou\",\"timezone\":\"No/"
	"Where\","
	"\"state\":\"trouble\",\"listed\":null,\"complete\":false,\"sets\":0,\"valid\":0,\"newest_"
	"valid\":null,"
	"\"kept\":0,\"expired\":0,\"deleting\":0,\"quarantined\":0,\"failed\":0,\"next_backup\":"
	"null,"
	"\"running_backup\":{\"since\":\"2026-11-20T23:00:00Z\",\"slot\":null,\"attempts\":1},"
	"\"holds\":[],"
	"\"trouble\":\"cannot list: \\u001b[31mred\",\"plan\":null}],\"summary\":\"2 clusters: 1 "
	"held, 1 in trouble\"}}";

static const char plans[] =
	"{\"plans\":[{\"cluster\":\"amv-1\",\"name\":\"orders\",\"now\":\"2026-11-21T00:00:00Z\","
	"\"timezone\":\"Asia/Shanghai\",\"sets\":["
	"{\"id\":\"763\",\"time\":\"2026-11-20T18:00:00Z\",\"size\":1,\"verdict\":\"keep\","
	"\"rules\":[],"
	"\"reason\":\"daily 1 of 14 (2026-11-21)\",\"expires\":\"2027-01-10T02:00:00+08:00\","
	"\"until\":[{\"rule\":\"last\",\"until\":\"2026-11-22T02:00:00+08:00\"},"
	"{\"rule\":\"daily\",\"until\":\"2026-12-05T02:00:00+08:00\"},"
	"{\"rule\":\"weekly\",\"until\":\"2027-01-10T02:00:00+08:00\"},"
	"{\"rule\":\"minimum\",\"until\":\"2027-01-10T02:00:00+08:00\"},"
	"{\"rule\":\"cloud\",\"until\":\"2027-01-10T02:00:00+08:00\"}]},"
	"{\"id\":\"12\",\"time\":\"2026-01-20T18:00:00Z\",\"size\":1,\"verdict\":\"delete\","
	"\"rules\":[],"
	"\"reason\":\"expired: no rule keeps "
	"it\",\"expires\":null,\"until\":[]}],\"size\":3221225472,\"expired_size\":1073741824,"
	"\"cost\":{\"month\":0.48,\"saves\":0.16,\"currency\":\"CNY\"},\"delete\":[\"12\"],"
	"\"batches\":1,"
	"\"holds\":[{\"hold\":\"approval\",\"detail\":\"1 delete of 2 sets (50%) awaits "
	"approval\"}],"
	"\"plan\":\"" HASH "\"}]}";

static void run_status(struct varlink_call *call, const cJSON *parameters, void *data)
{
	(void)parameters;
	(void)data;
	varlink_reply(call, xstrdup(status));
}

static void run_plan(struct varlink_call *call, const cJSON *parameters, void *data)
{
	const char *cluster = json_get_string(parameters, "cluster");

	(void)data;
	if (strcmp(cluster, "new") == 0 || strcmp(cluster, "amv-2") == 0)
		varlink_reply(call, xstrdup("{\"plans\":[]}"));
	else if (strcmp(cluster, "orders") != 0 && strcmp(cluster, "amv-1") != 0)
		varlink_error(call, "UnknownCluster",
			xasprintf("{\"cluster\":\"%s\",\"nearest\":\"orders\"}", cluster));
	else
		varlink_reply(call, xstrdup(plans));
}

static void run_approve(struct varlink_call *call, const cJSON *parameters, void *data)
{
	(void)data;
	if (text_starts(HASH, json_get_string(parameters, "plan")))
		varlink_reply(call, NULL);
	else
		varlink_error(call, "PlanMismatch",
			xstrdup("{\"expected\":\"" HASH
				"\",\"given\":\"0\",\"message\":\"the plan has changed\"}"));
}

static void run_backup(struct varlink_call *call, const cJSON *parameters, void *data)
{
	const char *cluster = json_get_string(parameters, "cluster");
	bool wait = false;

	(void)data;
	(void)json_get_bool(parameters, "wait", &wait);
	if (strcmp(cluster, "never") == 0)
		return; /* no answer ever comes */
	if (strcmp(cluster, "denied") == 0)
		varlink_reply(call,
			xstrdup("{\"outcome\":\"refused\",\"text\":\"Forbidden: "
				"no\",\"set\":null}"));
	else
		varlink_reply(call,
			xstrdup(wait ? "{\"outcome\":\"done\",\"text\":null,\"set\":\"764\"}"
				     : "{\"outcome\":\"begun\",\"text\":null,\"set\":null}"));
}

static void run_prune(struct varlink_call *call, const cJSON *parameters, void *data)
{
	(void)parameters;
	(void)data;
	varlink_error_message(call, "Refused", "the clock is in doubt");
}

static void run_reload(struct varlink_call *call, const cJSON *parameters, void *data)
{
	(void)parameters;
	(void)data;
	varlink_error(call, "ReloadFailed",
		xstrdup("{\"messages\":\"policy.yaml:12:5: error: no\\n    dialy: 1\\n    "
			"^\\n\"}"));
}

static void run_history(struct varlink_call *call, const cJSON *parameters, void *data)
{
	(void)data;
	if (json_get_string(parameters, "set"))
		varlink_reply(call, xstrdup("{\"entries\":[]}"));
	else
		varlink_reply(call,
			xstrdup("{\"entries\":[{\"time\":\"2026-11-20T18:00:00Z\",\"cluster\":"
				"\"amv-1\",\"name\":\"orders\","
				"\"timezone\":\"Asia/"
				"Shanghai\",\"kind\":\"delete-outcome\",\"slot\":null,\"set\":null,"
				"\"outcome\":\"refused\",\"reason\":\"no\",\"code\":\"Forbidden\","
				"\"request_id\":\"R-1\","
				"\"plan\":null,\"count\":3}]}"));
}

/* A fleet whose names have what parts text from data. */
static void reply_large_health(struct varlink_call *call)
{
	struct text t = TEXT_INIT(1 << 20);

	text_add(&t, "{\"exit\":2,\"text\":\"CRITICAL: a|b\\nc");
	for (int i = 0; i < 300; i++)
		text_add(&t, " words");
	text_add(&t, "\",\"performance\":\"clusters=1000");
	for (int i = 0; i < 1000; i++)
		text_printf(&t, " 'shop ''%d'' valid'=1;;1:;0", i);
	text_add(&t, "\"}");
	varlink_reply(call, text_take(&t));
}

static void run_health(struct varlink_call *call, const cJSON *parameters, void *data)
{
	(void)data;
	if (text_equal(json_get_string(parameters, "cluster"), "large")) {
		reply_large_health(call);
		return;
	}
	varlink_reply(call,
		xstrdup("{\"exit\":1,\"text\":\"WARNING: 1 "
			"held\",\"performance\":\"clusters=2\"}"));
}

static const struct varlink_method methods[] = {
	{"Status", {{0}}, run_status},
	{"Plan", {{"cluster", VARLINK_STRING, true}}, run_plan},
	{"Approve", {{"cluster", VARLINK_STRING, false}, {"plan", VARLINK_STRING, false}},
		run_approve},
	{"Backup", {{"cluster", VARLINK_STRING, false}, {"wait", VARLINK_BOOL, true}}, run_backup},
	{"Prune", {{"cluster", VARLINK_STRING, false}, {"wait", VARLINK_BOOL, true}}, run_prune},
	{"Reload", {{0}}, run_reload},
	{"History",
		{{"cluster", VARLINK_STRING, true}, {"set", VARLINK_STRING, true},
			{"limit", VARLINK_INT, true}, {"since", VARLINK_STRING, true},
			{"failed", VARLINK_BOOL, true}, {"jobs", VARLINK_BOOL, true}},
		run_history},
	{"Health", {{"cluster", VARLINK_STRING, true}}, run_health},
};

static int serve(int ready)
{
	const struct varlink_options o = {.path = path,
		.mode = 0600,
		.interface = "io.retaind",
		.description = service_description,
		.vendor = "retaind",
		.product = "stand-in",
		.version = "0",
		.url = "",
		.methods = methods,
		.method_count = ARRAY_SIZE(methods)};
	struct varlink_server *server = NULL;
	sd_event *e = NULL;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (sd_event_new(&e) < 0 || varlink_server_new(e, &o, &server, NULL) < 0)
		return 1;
	(void)!write(ready, "x", 1);
	return sd_event_loop(e) < 0;
}

static int begin(void **state)
{
	int ready[2];
	char byte;

	(void)state;
	if (!mkdtemp(directory) || pipe(ready) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/control", directory);
	(void)setenv("RETAIND_SOCKET", path, 1);
	(void)unsetenv("NO_COLOR");
	daemon_pid = fork();
	if (daemon_pid == 0)
		_exit(serve(ready[1]));
	(void)close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		return -1;
	(void)close(ready[0]);
	return 0;
}

static int end(void **state)
{
	(void)state;
	(void)kill(daemon_pid, SIGKILL);
	(void)waitpid(daemon_pid, NULL, 0);
	(void)unlink(path);
	return rmdir(directory);
}

/* Runs retainctl; standard output and error together. Returns the exit code. */
static int retainctl(const char *arguments, char *ret, size_t size)
{
	_cleanup_free_ char *command = xasprintf("{ %s %s; } 2>&1", RETAINCTL, arguments);
	FILE *f = popen(command, "re");
	size_t n;
	int code;

	assert_non_null(f);
	n = fread(ret, 1, size - 1, f);
	ret[n] = '\0';
	code = pclose(f);
	return WIFEXITED(code) ? WEXITSTATUS(code) : -1;
}

static void each_command_says_it_in_plain_words(void **state __attribute__((unused)))
{
	static const struct {
		const char *arguments;
		int code;
		const char *output;
	} rows[] = {
		{"status", 0,
			"2 clusters: 1 held, 1 in trouble\n"
			"retaind 0.1.0, running since 2026-11-20T00:00:00Z, in the zone UTC\n"
			"policy /etc/retaind/policy.yaml, loaded 2026-11-20T00:00:00Z\n"
			"the file has changed and was refused; the policy in force is the one "
			"loaded before: "
			"policy.yaml:12:5: error: unknown key 'dialy'\n"
			"\n"
			"CLUSTER  STATE    NEWEST SET    NEXT BACKUP  SETS  KEPT  EXPIRED  WHAT IS "
			"THE MATTER\n"
			"amv-2    TROUBLE           ?    running now     ?     ?        ?  cannot "
			"list: \\x1b[31mred\n"
			"orders   held            6 h  in 18 h 7 min   731    67      664  664 "
			"deletes of 731 sets (91%) await approval\n"
			"731 sets in all: 1.0 TiB, 164.51 CNY a month\n"
			"\n"
			"orders (amv-1)\n"
			"  1 set cannot be judged; to see which:\n"
			"    retainctl plan amv-1\n"
			"\n"
			"to look at the plan of orders, and approve it:\n  retainctl plan amv-1\n"},
		{"status amv-2 --json | grep -o '\"cluster\":\"[^\"]*\"'", 0,
			"\"cluster\":\"amv-2\"\n"},
		{"status --sort size | cut -c 1-6 | sed -n 7,8p", 0, "orders\namv-2 \n"},
		{"status ordres", 1,
			"retainctl: no cluster 'ordres' in the policy (did you mean 'orders'?)\n"},
		{"status --sort width", 2,
			"retainctl status: --sort takes worst, age, name or size, not 'width'\n"
			"usage: retainctl status " STATUS_USAGE "\n"},
		{"approve --all </dev/null", 1,
			"CLUSTER  ID     PLAN          WHAT\n"
			"orders   amv-1  3f2a00c4b1d2  664 deletes of 731 sets (91%) await "
			"approval\n"
			"retainctl: nothing was approved: there is no terminal to ask on; --yes is "
			"the "
			"answer\n"},
		{"approve --all --yes 2>&1 | tail -n 1", 0, "approved: plan " HASH " of amv-1\n"},
		{"status --json --watch", 2,
			"retainctl status: --watch and --json exclude each other\nusage: retainctl "
			"status " STATUS_USAGE "\n"},
		{"status --watch", 2,
			"retainctl status: --watch needs a terminal\nusage: retainctl "
			"status " STATUS_USAGE "\n"},
		{"plan", 1,
			"orders (amv-1) at 2026-11-21T08:00:00+08:00, in the zone "
			"Asia/Shanghai\n"
			"2 sets: 1 kept, 1 expired\n"
			"size 3.0 GiB, 0.48 CNY a month; the expired sets take 1.0 GiB of it, 0.16 "
			"CNY a month\n"
			"plan " HASH ": 1 to delete, in 1 call\n"
			"held (approval): 1 delete of 2 sets (50%) awaits approval\n"
			"to let exactly this plan go:\n  retainctl approve amv-1 "
			"3f2a00c4b1d2e3f4\n"
			"retainctl: no plan of 1 of 2 clusters yet: their sets could not be "
			"listed so far (`retainctl status` tells why)\n"},
		{"plan orders", 0,
			"orders (amv-1) at 2026-11-21T08:00:00+08:00, in the zone "
			"Asia/Shanghai\n"
			"2 sets: 1 kept, 1 expired\n"
			"size 3.0 GiB, 0.48 CNY a month; the expired sets take 1.0 GiB of it, 0.16 "
			"CNY a month\n"
			"plan " HASH ": 1 to delete, in 1 call\n"
			"held (approval): 1 delete of 2 sets (50%) awaits approval\n"
			"\n"
			"ID   TIME                       VERDICT  REASON                   "
			"   "
			"EXPIRES\n"
			"763  2026-11-21T02:00:00+08:00  keep     daily 1 of 14 "
			"(2026-11-21)  "
			"2027-01-10 02:00 (last, then daily, then weekly, then the cloud "
			"takes "
			"it)\n"
			"12   2026-01-21T02:00:00+08:00  delete   expired: no rule keeps "
			"it   -\n"
			"\n"
			"to let exactly this plan go:\n  retainctl approve amv-1 "
			"3f2a00c4b1d2e3f4\n"},
		{"plan new", 1,
			"retainctl: no plan of new yet: its sets could not be listed so far "
			"(`retainctl status` tells why)\n"},
		{"plan new --json", 1,
			"retainctl: no plan of new yet: its sets could not be listed so far "
			"(`retainctl status` tells why)\n"},
		{"plan ordres", 1,
			"retainctl: no cluster 'ordres' in the policy (did you mean "
			"'orders'?)\n"},
		{"approve orders 3F2A00C4B1D2", 0, "approved: plan 3f2a00c4b1d2 of orders\n"},
		{"approve orders 000000000000", 1, "retainctl: the plan has changed\n"},
		{"approve orders 3f2a", 2,
			"retainctl approve: '3f2a' is not the hash of a plan: 12 to 64 "
			"hexadecimal "
			"digits\n"
			"usage: retainctl approve CLUSTER HASH [--json] [--socket PATH] | "
			"--all [--yes] [--wide] "
			"[--socket PATH]\n"},
		{"approve orders", 2,
			"retainctl approve: a cluster and the hash of its plan are needed "
			"(`retainctl plan` shows it)\n"
			"usage: retainctl approve CLUSTER HASH [--json] [--socket PATH] | "
			"--all [--yes] [--wide] "
			"[--socket PATH]\n"},
		{"backup orders", 0, "backup of orders: begun\n"},
		{"backup orders --wait", 0,
			"waiting until the backup is complete; ^C ends the wait alone\n"
			"backup of orders: done, set 764\n"},
		{"backup orders --json --wait 2>/dev/null", 0,
			"{\"outcome\":\"done\",\"text\":null,\"set\":\"764\"}\n"},
		{"backup denied", 1, "retainctl: backup of denied: refused: Forbidden: no\n"},
		{"backup denied --json 2>/dev/null", 1,
			"{\"outcome\":\"refused\",\"text\":\"Forbidden: "
			"no\",\"set\":null}\n"},
		{"backup never --wait --timeout 1s", 1,
			"waiting until the backup is complete; ^C ends the wait alone\n"
			"retainctl: backup of never: not done after 1 s; retaind goes on "
			"with it "
			"(`retainctl status` tells more)\n"},
		{"backup orders --timeout 1s", 2,
			"retainctl backup: --timeout belongs to --wait\nusage: retainctl "
			"backup "
			"CLUSTER "
			"[--wait [--timeout DURATION]] [--keep-until T [--reason TEXT]] [--json] "
			"[--socket PATH]\n"},
		{"backup orders --reason x", 2,
			"retainctl backup: --reason belongs to --keep-until\nusage: retainctl "
			"backup "
			"CLUSTER [--wait [--timeout DURATION]] [--keep-until T [--reason TEXT]] "
			"[--json] "
			"[--socket PATH]\n"},
		{"hold a b", 2,
			"retainctl hold: one cluster at a time, or none for all\nusage: retainctl "
			"hold "
			"[CLUSTER] [--until T] [--reason TEXT] [--json] [--socket PATH]\n"},
		{"hold --until noon", 2,
			"retainctl hold: --until takes a time such as 2026-11-21T08:00:00+08:00, "
			"not "
			"'noon'\nusage: retainctl hold "
			"[CLUSTER] [--until T] [--reason TEXT] [--json] [--socket PATH]\n"},
		{"protect orders", 2,
			"retainctl protect: a cluster and a set are needed\nusage: retainctl "
			"protect "
			"CLUSTER SET [--until T] [--reason TEXT] [--json] [--socket PATH]\n"},
		{"prune orders", 1, "retainctl: prune of orders: the clock is in doubt\n"},
		{"prune orders --json 2>/dev/null", 1,
			"{\"outcome\":\"refused\",\"text\":\"the clock is in doubt\"}\n"},
		{"reload", 1,
			"policy.yaml:12:5: error: no\n    dialy: 1\n    ^\nretainctl: the "
			"policy "
			"in force stays as it was\n"},
		{"history", 0,
			"in the zone Asia/Shanghai\n"
			"\n"
			"TIME                       CLUSTER  WHAT                SET     OUTCOME  "
			"DETAIL\n"
			"2026-11-21T02:00:00+08:00  orders   delete: the answer  3 sets  refused  "
			"no; Forbidden; R-1\n"},
		{"history --set 5 --json", 0, "{\"set\":\"5\",\"lives\":[]}\n"},
		{"history --set 5", 1, "retainctl: no set '5' is listed, or in the history\n"},
		{"history -n 0", 2,
			"retainctl history: -n takes a number from 1 to 100000, not '0'\n"
			"usage: retainctl history [CLUSTER] [--since T] [--failed] [--sets] "
			"[--set ID] [-n N] [--json] [--wide] [--no-pager] [--socket PATH]\n"},
		{"health", 1, "WARNING: 1 held | clusters=2\n"},
		{"health --json", 1,
			"{\"exit\":1,\"text\":\"WARNING: 1 "
			"held\",\"performance\":\"clusters=2\"}\n"},
		{"health x", 3,
			"retainctl health: 'x' is one word too many\nusage: retainctl "
			"health "
			"[--cluster CLUSTER] [--json] [--socket PATH]\n"},
		{"status --socket /nonexistent/control", 1,
			"retainctl: retaind is not running: nothing listens on "
			"/nonexistent/control (`systemctl status "
			"retaind` tells more)\n"},
		{"backup orders --json --socket /nonexistent/control 2>/dev/null", 1,
			"{\"outcome\":\"failed\",\"text\":\"retaind is not running: nothing "
			"listens on /nonexistent/control (`systemctl status retaind` tells "
			"more)\"}\n"},
		{"health --socket /nonexistent/control", 2,
			"CRITICAL: retaind is not running: nothing listens on "
			"/nonexistent/control "
			"(`systemctl status "
			"retaind` tells more)\n"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char output[8192];
		int code = retainctl(rows[i].arguments, output, sizeof(output));
		assert_string_equal(output, rows[i].output);
		assert_int_equal(code, rows[i].code);
	}
}

/* One line that monitoring reads: a bar, then data that are whole. */
static void health_is_one_line_of_a_kilobyte(void **state __attribute__((unused)))
{
	char output[8192], *bar, *last;

	assert_int_equal(2, retainctl("health -c large", output, sizeof(output)));
	assert_true(strlen(output) <= 1024 && strlen(output) > 900);
	assert_ptr_equal(strchr(output, '\n'), output + strlen(output) - 1);
	assert_true(text_starts(output, "CRITICAL: a/b\\nc words words"));
	bar = strchr(output, '|');
	assert_true(text_starts(bar, "| clusters=1000 'shop ''0'' valid'=1;;1:;0 'shop"));
	assert_ptr_equal(bar, strrchr(output, '|'));
	last = strrchr(output, '=');
	assert_string_equal(last, "=1;;1:;0\n");
}

static void json_is_what_the_daemon_said(void **state __attribute__((unused)))
{
	static const struct {
		const char *arguments, *reply, *begin, *end, *before, *after;
		int code;
	} rows[] = {
		{"status --json", status, "{\"status\":", "}", "", "", 0},
		/* A line for each; there is none of the second. */
		{"plan --json 2>/dev/null", plans, "{\"plans\":[", "]}", "[", "\n]", 1},
		{"plan --json orders", plans, "{\"plans\":[", "]}", "", "", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char output[8192], expected[8192];
		assert_int_equal(
			rows[i].code, retainctl(rows[i].arguments, output, sizeof(output)));
		(void)snprintf(expected, sizeof(expected), "%s%.*s%s\n", rows[i].before,
			(int)(strlen(rows[i].reply) - strlen(rows[i].begin) - strlen(rows[i].end)),
			rows[i].reply + strlen(rows[i].begin), rows[i].after);
		assert_string_equal(output, expected);
	}
}

/* As a user whom the socket's mode keeps out, which root is not. */
static int ask_as_nobody(void)
{
	char output[1024];

	if (geteuid() == 0 && setuid(65534) < 0)
		return 1;
	if (access(RETAINCTL, X_OK) < 0)
		return 2; /* a build directory that is closed to others */
	if (retainctl("status", output, sizeof(output)) != 1 ||
		!strstr(output, "join the group retaind"))
		return 3;
	return retainctl("health", output, sizeof(output)) == 3 ? 0 : 4;
}

static void a_socket_that_is_not_for_us_says_how_to_be_let_in(void **state __attribute__((unused)))
{
	int result = -1;
	pid_t pid;

	(void)chmod(path, 0);
	pid = fork();
	if (pid == 0)
		_exit(ask_as_nobody());
	assert_int_equal(pid, waitpid(pid, &result, 0));
	(void)chmod(path, 0600);
	if (WEXITSTATUS(result) == 2)
		skip();
	assert_int_equal(WEXITSTATUS(result), 0);
}

/* What does not answer is told, and is no success. */
static void a_stopped_daemon_is_told_within_ten_seconds(void **state __attribute__((unused)))
{
	static const struct {
		const char *arguments;
		int code;
	} rows[] = {
		{"status", 1},
		{"plan orders", 1},
		{"health", 3},
		{"history", 1},
		{"doctor", 1},
		{"approve orders 3f2a00c4b1d2", 1},
		{"backup orders", 1},
		{"backup orders --wait", 1},
		{"prune orders --json", 1},
		{"reload", 1},
		{"report --html -", 1},
	};
	FILE *running[ARRAY_SIZE(rows)];

	(void)kill(daemon_pid, SIGSTOP);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *command =
			xasprintf("timeout 1000 %s %s 2>&1", RETAINCTL, rows[i].arguments);
		running[i] = popen(command, "re");
		assert_non_null(running[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char output[8192];
		size_t n = fread(output, 1, sizeof(output) - 1, running[i]);
		int code = pclose(running[i]);
		output[n] = '\0';
		assert_int_equal(WEXITSTATUS(code), rows[i].code);
		assert_non_null(strstr(output, "retaind has not answered for"));
	}
	(void)kill(daemon_pid, SIGCONT);
}

TEST_FILE(online_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_command_says_it_in_plain_words),
		cmocka_unit_test(json_is_what_the_daemon_said),
		cmocka_unit_test(health_is_one_line_of_a_kilobyte),
		cmocka_unit_test(a_socket_that_is_not_for_us_says_how_to_be_let_in),
		cmocka_unit_test(a_stopped_daemon_is_told_within_ten_seconds),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
