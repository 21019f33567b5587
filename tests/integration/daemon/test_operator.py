"""A day of an operator, at a terminal: what is typed, and what the screen then shows."""
import fcntl
import json
import os
import pathlib
import pty
import re
import shlex
import shutil
import struct
import subprocess
import tempfile
import termios
import unicodedata
import unittest

from harness.daemon import BIN, Daemon, eventually
from harness.scenario import CLUSTER, DAY, CloudTest, cloud, policy


class Terminal:
    """A shell in tmux, with a server of its own."""

    def __init__(self, env, width=140, height=45):
        self._dir = tempfile.TemporaryDirectory(prefix="retaind-tmux-")
        self._socket = os.path.join(self._dir.name, "tmux")
        self.env = {k: v for k, v in env.items() if k not in ("TMUX", "NOTIFY_SOCKET")}
        self.env.update(TERM="xterm-256color", PS1="$ ", LC_ALL="C.UTF-8", HISTFILE="/dev/null",
                        PATH=f"{os.path.abspath(BIN)}:{os.environ['PATH']}")
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), "bash --norc --noprofile -i")

    def tmux(self, *args):
        return subprocess.run(["tmux", "-S", self._socket, *args], env=self.env, check=True, text=True,
                              stdout=subprocess.PIPE).stdout

    def type(self, line):
        self.tmux("send-keys", "-l", line)
        self.tmux("send-keys", "Enter")

    def key(self, name):
        self.tmux("send-keys", name)

    def screen(self, colours=False):
        return self.tmux("capture-pane", "-p", *(["-e"] if colours else []))

    def shows(self, pattern):
        """Waits for the pattern on the screen; the screen."""
        try:
            return eventually(pattern, lambda: re.search(pattern, self.screen(), re.M) and self.screen())
        except AssertionError:
            raise AssertionError(f"not on the screen: {pattern}\n{self.screen()}") from None

    def run(self, line, pattern=""):
        """Types a command on an empty screen, and waits for its end and for the pattern."""
        self.tmux("send-keys", "-R")
        self.tmux("clear-history")
        self.type(f"clear; {line}; echo \"exit $?.\"")
        return self.shows(f"(?s){pattern}.*^exit \\d+\\.")

    def close(self):
        try:
            self.tmux("kill-server")
        except subprocess.CalledProcessError:
            pass
        self._dir.cleanup()


class SaidAndDone(CloudTest):
    """What a command says is what happened (L4): 0 for what was done or has begun, 1 with the cause for all else."""

    def refused(self, d, words, cause, outcome):
        """With the cause on standard error, and with --json an outcome besides."""
        code, out, err = d.ctl(*words)
        self.assertEqual((1, ""), (code, out), err)
        self.assertRegex(err, cause)
        code, out, err = d.ctl(*words, "--json")
        self.assertEqual(1, code)
        self.assertEqual(outcome, json.loads(out)["outcome"])
        self.assertRegex(json.loads(out)["text"], cause)

    def test_l4_a_backup_that_the_cloud_refuses_is_no_success(self):
        self.seed(5)
        with self.daemon() as d:
            d.until("listed", complete=True)
            self.cloud.fault("status", action="CreateBackup", status=403, code="Forbidden.NoPermission")
            for wait in ([], ["--wait"]):
                self.refused(d, ["backup", "orders", *wait], "NoPermission", "refused")

    def test_l4_a_backup_that_fails_is_no_success(self):
        self.seed(5)
        with self.daemon() as d:
            d.until("listed", complete=True)
            self.cloud.fault("backup-fails")
            self.refused(d, ["backup", "orders", "--wait"], "the backup failed", "failed")

    def test_l4_a_backup_begins_before_it_is_said_to_have(self):
        self.seed(5)
        with self.daemon() as d:
            d.until("listed", complete=True)
            self.assertEqual((0, "backup of orders: begun\n"), d.ctl("backup", "orders")[:2])
            self.assertEqual(1, len(self.cloud.log(action="CreateBackup")))
            code, out, err = d.ctl("backup", "orders", "--wait")
            self.assertRegex(out, r"backup of orders: done, set \d+\n")
            self.assertEqual(0, code)
            self.assertTrue(err.startswith("waiting until the backup is complete; ^C ends the wait alone\n"), err)

    def test_l4_what_cannot_begin_is_said_at_once(self):
        """The cloud is out of reach, or the key is no longer one: the same words for both."""
        self.seed(5)
        with self.daemon() as d:
            d.until("listed", complete=True)
            self.cloud.fault("status", action="DescribeBackups", status=403, code="InvalidAccessKeyId.Inactive")
            cause = "the sets could not be listed: InvalidAccessKeyId.Inactive"
            self.refused(d, ["backup", "orders"], cause, "failed")
            self.refused(d, ["prune", "orders"], "InvalidAccessKeyId.Inactive", "failed")
            self.refused(d, ["prune", "orders", "--wait"], "InvalidAccessKeyId.Inactive", "failed")
            self.assertEqual([], self.cloud.log(action="CreateBackup"))
            self.cloud.stop()
            self.refused(d, ["backup", "orders"], "the sets could not be listed: ", "failed")

    def test_l4_a_prune_that_is_refused_or_held_is_no_success(self):
        self.seed(60)
        held = policy(safety="grace: 0s, max_delete_percent: 10, fresh_within: off")
        with self.daemon(policy=held) as d:
            d.until("held", state="held")
            for wait in ([], ["--wait"]):
                self.refused(d, ["prune", "orders", *wait], "await approval", "held")
            self.cloud.fault("status", action="DeleteBackups", status=403, code="Forbidden.NoPermission")
            d.write_policy(policy())
            d.ctl("reload")
            self.refused(d, ["prune", "orders", "--wait"], "NoPermission", "failed")

    def test_l4_a_prune_in_its_grace_is_done_and_says_so(self):
        self.seed(60)
        with self.daemon(policy=policy(safety="grace: 1d, max_delete_percent: 100, fresh_within: off")) as d:
            d.until("listed", complete=True)
            code, out, _ = d.ctl("prune", "orders", "--wait")
            self.assertEqual(0, code)
            self.assertRegex(out, r"prune of orders: done: \d+ of \d+ deletes wait.*, 0 sets deleted\n")


class LongBackup(CloudTest):
    cloud_args = ("--backup-seconds", "60")

    def test_l4_a_wait_tells_of_the_end_of_the_daemon(self):
        for end in ("stop", "kill"):
            with self.subTest(end=end), self.daemon() as d:
                d.until("listed", complete=True)
                with subprocess.Popen([os.path.join(BIN, "retainctl"), "backup", "orders", "--wait"], text=True,
                                      env=dict(d.env, RETAIND_SOCKET=d.socket), stderr=subprocess.PIPE) as command:
                    eventually("a backup", lambda: d.status()["running_backup"])
                    getattr(d, end)()
                    self.assertRegex(command.communicate(timeout=20)[1], "retaind (was|is being) stopped.* goes on")
                    self.assertEqual(1, command.returncode)

    def test_l4_a_wait_has_an_end_and_says_what_it_waits_for(self):
        with self.daemon() as d:
            d.until("listed", complete=True)
            code, _, err = d.ctl("backup", "orders", "--wait", "--timeout", "7s")
            self.assertEqual(1, code)
            self.assertRegex(err, r"still waiting: a backup runs since \S+Z\n"
                                  r"retainctl: backup of orders: not done after 7 s; retaind goes on with it")


class Names(CloudTest):
    """A name is data: whoever may write one has nothing run where a suggested command is pasted."""

    clusters = (CLUSTER, "amv-b")

    def test_what_is_suggested_can_be_pasted_whatever_the_names_are(self):
        hostile = "x; touch RAN #", "$(touch RAN)", "`touch RAN`\u202e", "--socket=/nowhere"
        for n, name in enumerate(hostile):
            self.cloud.control("cluster", id=f"amv-hostile{n}", description=name, tags={"env": "prod"})
            self.cloud.control("seed", cluster=f"amv-hostile{n}", count=60, every_s=DAY)
        text = policy(clusters=(), safety="grace: 1d, max_delete_percent: 10, fresh_within: off",
                      more="  - discover: {region: cn-hangzhou, tags: {env: prod}}\n")
        self.cloud.control("seed", cluster="amv-b", count=60, every_s=DAY)
        text += "  - {id: amv-b, name: \"$(touch RAN); touch RAN #\"}\n"
        with self.daemon(policy=text) as d:
            eventually("all are held", lambda: [c["state"] for c in d.varlink("Status")["status"]["clusters"]] == ["held"] * 5)
            said = d.ctl("status")[1] + d.ctl("plan")[1]
            commands = re.findall(r"(?m)^  (retainctl .*)$", said)
            self.assertGreaterEqual(len(commands), 8, said)
            env = dict(d.env, RETAIND_SOCKET=d.socket, PATH=f"{os.path.abspath(BIN)}:{os.environ['PATH']}")
            for command in commands:
                if command != "retainctl approve --all":
                    subprocess.run(["sh", "-c", command], cwd=d.dir, env=env, check=True, stdout=subprocess.DEVNULL)
            self.assertNotIn("RAN", os.listdir(d.dir))
            self.assertNotIn("\u202e", said)
            names = {c["name"] for c in d.varlink("Status")["status"]["clusters"]}
            self.assertEqual({"x-touch-RAN", "touch-RAN", "touch-RAN-u202e", "socket-nowhere"},
                             names - {"$(touch RAN); touch RAN #"})


    def test_a_tab_offers_what_the_daemon_knows(self):
        self.cloud.control("cluster", id="amv-found", description="found", tags={"env": "prod"})
        self.cloud.control("seed", cluster="amv-found", count=60, every_s=DAY)
        text = policy(safety="grace: 1d, max_delete_percent: 10, fresh_within: off",
                      more="  - discover: {region: cn-hangzhou, tags: {env: prod}}\n")
        with self.daemon(policy=text) as d:
            eventually("found and held", lambda: [c["state"] for c in d.varlink("Status")["status"]["clusters"]][1:] == ["held"])
            env = dict(d.env, RETAIND_SOCKET=d.socket, PATH=f"{os.path.abspath(BIN)}:{os.environ['PATH']}")
            folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "packaging", "completions")
            bash = ("source retainctl.bash; COMP_WORDS=(retainctl {0} ''); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); "
                    "_retainctl; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
            shells = {("bash", "--norc", "-c"): bash, ("fish", "--no-config", "-c"): "source retainctl.fish; complete -C 'retainctl {0} '"}
            for shell, script in shells.items():
                if not shutil.which(shell[0]):
                    continue
                for line, wanted in (("plan", {CLUSTER, "orders", "amv-found", "found"}),
                                     ("approve found", {d.plan("amv-found")["plan"][:16]})):
                    with self.subTest(shell=shell[0], line=line):
                        shown = subprocess.run([*shell, script.format(line)], cwd=folder, env=env, check=True, text=True,
                                               stdout=subprocess.PIPE).stdout
                        self.assertEqual(wanted, {word.split("\t")[0] for word in shown.splitlines()})


class Away(CloudTest):
    def test_after_a_restart_without_the_cloud_what_was_last_known_is_told_with_its_age(self):
        self.seed(30)
        with self.daemon(policy=policy(safety="grace: 1d, max_delete_percent: 100, fresh_within: off")) as d:
            listed = d.until("listed", complete=True)["listed"]
            eventually("the grace begins", lambda: d.history("expired"))
            before = d.status()
            self.assertEqual(before["expired"], len(d.history("expired")))
            d.stop()
            self.cloud.stop()
            d.start()
            status = d.until("trouble", state="trouble")
            for member in ("sets", "valid", "kept", "expired", "newest_valid"):
                self.assertEqual(before[member], status[member], member)
            out = d.ctl("status")[1]
            self.assertRegex(out, rf"(?m)^orders +TROUBLE +\d+ h\b.* 30 +{before['kept']} +{before['expired']} +\S")
            self.assertRegex(out, rf"  the last complete listing is of {listed}, \d+ \w+ ago\n")
            d.write_policy(pathlib.Path(d.config).read_text(encoding="utf-8").replace(
                "  keep:", "  timezone: Asia/Shanghai\n  keep:", 1))
            self.assertEqual(0, d.ctl("reload")[0])
            out = d.ctl("status")[1]  # one zone for the whole screen, and named
            self.assertRegex(out, r"running since \S+\+08:00, in the zone Asia/Shanghai\n")
            self.assertRegex(out, r", loaded \S+\+08:00\n")
            self.assertRegex(out, r"  the last complete listing is of \S+\+08:00, ")
            self.assertNotRegex(out, r"\d\d:\d\dZ")
            why = "could not be listed so far (`retainctl status` tells why)\n"
            self.assertEqual((1, "", f"retainctl: no plan of orders yet: its sets {why}"), d.ctl("plan", "orders"))
            self.assertEqual((1, "", f"retainctl: no plan of 1 of 1 clusters yet: their sets {why}"), d.ctl("plan"))
            self.assertEqual((1, "[]\n"), d.ctl("plan", "--json")[:2])
            self.assertIn("could not be listed so far", d.ctl("sets", "orders")[2])

    def test_l4_a_plan_right_after_the_start_waits_for_the_first_listing(self):
        self.seed(5)
        for words in (["plan"], ["plan", "orders"]):
            self.cloud.fault("latency", action="DescribeBackups", args={"ms": 1000}, count=1)
            with self.daemon(policy=policy()) as d:
                code, out, err = d.ctl(*words)
                self.assertEqual((0, ""), (code, err))
                self.assertIn("orders", out)


def columns(line):
    """What a terminal takes for it."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


class Fleet(unittest.TestCase):
    """Sixty clusters on a screen of 80 columns."""

    def setUp(self):
        self.cloud = cloud("--switch", "time-format=second", clusters=()).start()
        self.addCleanup(self.cloud.stop)
        self.cloud.control("fleet", count=60, prefix="amv-bp1shop", sets=60, every_s=DAY)
        # Each character of the Chinese names takes two columns.
        named = "".join(f"  - {{id: {c['id']}, name: a-shop-{'with-a-long-name' if n % 3 else '名称很长的订单集群'}-{n}}}\n"
                        for n, c in enumerate(self.cloud.state()["clusters"]))
        self.text = policy(clusters=(), safety="grace: 1d, max_delete_percent: 50, fresh_within: off") + named

    def test_tables_fit_and_long_pages_have_a_pager(self):
        with Daemon(self.cloud, policy=self.text) as d:
            eventually("all held", lambda: all(c["state"] == "held" for c in d.varlink("Status")["status"]["clusters"]))
            t = Terminal(dict(d.env, RETAIND_SOCKET=d.socket), width=80, height=24)
            self.addCleanup(t.close)
            t.type("clear; retainctl status; echo \"exit $?.\"")
            screen = t.shows(r"^lines 1-2\d")
            rows = [line for line in screen.split("\n") if line.startswith("a-shop")]
            self.assertGreater(len(rows), 10, screen)
            self.assertTrue(all(re.search(r"\d+ +\d+ +\d+$", row) for row in rows), screen)
            t.key("q")
            t.shows(r"^exit 0\.")
            # What is to be typed next stands last.
            self.assertRegex(d.ctl("plan")[1], r"\n60 plans await approval; .*:\n  retainctl approve --all\n$")
            screen = t.run("SYSTEMD_PAGER= retainctl status", "approve --all")
            self.assertRegex(screen, r"\n57 plans more await approval:\n  retainctl approve --all\nexit 0\.")
            self.assertRegex(t.run("retainctl status | grep -c ' held  .*await approval$'", ""), r"(?m)^60$")
            t.type("clear; retainctl approve --all; echo \"exit $?.\"")
            t.shows(r"Approve them all\? \[yes/no\]")
            t.type("no")
            t.shows(r"retainctl: nothing was approved\nexit 1\.")
            code, out, err = d.ctl("approve", "--all", "--yes")
            self.assertEqual((0, "", 60), (code, err, out.count("approved: plan ")))


    def on_a_terminal(self, d, *words):
        """Its lines on a screen of 80 columns and 24 lines; those that went through the pager, and how many more."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        env = dict(d.env, RETAIND_SOCKET=d.socket, TERM="xterm", NO_COLOR="1", SYSTEMD_PAGER="sed 's/^/|/'")
        with subprocess.Popen([os.path.join(BIN, "retainctl"), *words], env=env, stdin=subprocess.DEVNULL,
                              stdout=theirs, stderr=subprocess.DEVNULL):
            os.close(theirs)
            out = b""
            while True:
                try:
                    more = os.read(ours, 65536)
                except OSError:  # the other end is closed
                    more = b""
                if not more:
                    break
                out += more
        os.close(ours)
        return out.decode().replace("\r\n", "\n").splitlines()

    def test_no_line_is_wider_than_the_screen_and_what_is_longer_has_a_pager(self):
        with Daemon(self.cloud, policy=self.text) as d:
            eventually("all held", lambda: all(c["state"] == "held" for c in d.varlink("Status")["status"]["clusters"]))
            name = "a-shop-with-a-long-name-17"
            cluster = next(c["cluster"] for c in d.varlink("Status")["status"]["clusters"] if c["name"] == name)
            saved = os.path.join(d.dir, "sets.json")
            with open(saved, "w", encoding="utf-8") as f:
                f.write(d.ctl("sets", name, "--json")[1])
            planned = os.path.join(d.dir, "planned.yaml")
            with open(planned, "w", encoding="utf-8") as f:
                f.write(self.text.replace("schedule: none", "schedule: '*-*-* 02:00'"))
            here = ["--policy", planned, "--cluster", cluster]
            screens = (["status"], ["status", "--all"], ["status", "--not-well", "--sort", "name"], ["plan"], ["plan", name],
                       ["sets", name], ["history"], ["history", "--sets"], ["restore", name], ["show", d.config],
                       ["forecast", *here], ["evaluate", *here, "--sets", saved], ["diff", "--policy", planned, "--old", d.config],
                       ["calendar", "hourly", "-n", "30"], ["help", "status"], ["help", "evaluate"], ["help"],
                       # and some that are shorter than the screen
                       ["status", name], ["history", "-n", "5"], ["help", "plan"], ["calendar", "daily"],
                       ["history", "--set", d.plan(cluster)["sets"][0]["id"]])
            for words in screens:
                with self.subTest(words=words):
                    lines = self.on_a_terminal(d, *words)
                    paged = [line[1:] for line in lines if line.startswith("|")]
                    self.assertTrue(lines)
                    self.assertEqual(len(lines) if len(lines) > 23 else 0, len(paged), lines)
                    if words[0] == "show":  # a policy file is not folded
                        continue
                    wide = [line for line in paged or lines if columns(line) > 80 and not re.match(" +retainctl ", line)]
                    self.assertEqual([], wide)
            # Names that differ at the end are told apart, and times are whole.
            shown = [line.split()[0] for line in self.on_a_terminal(d, "status") if line.startswith("|a-shop")]
            self.assertGreaterEqual(len(set(shown)), 20, shown)
            for line in self.on_a_terminal(d, "history")[3:20]:
                self.assertRegex(line, r"^\|\d{4}-\d\d-\d\d \d\d:\d\d  a-\S*…\S*-\d+  ")


class Day(unittest.TestCase):
    def setUp(self):
        self.cloud = cloud("--switch", "time-format=second", clusters=(CLUSTER, "amv-billing"), delete=3).start()
        self.addCleanup(self.cloud.stop)
        for c in (CLUSTER, "amv-billing"):
            self.cloud.control("cluster", id=c, retention_days=730)
            self.cloud.control("seed", cluster=c, count=250 if c == CLUSTER else 20, every_s=DAY, end_in_s=-36000)

    def test_from_the_first_look_to_the_report(self):
        text = policy(schedule='"*-*-* 02:00"', clusters=(CLUSTER, "amv-billing"),
                      safety="grace: 0s, max_delete_percent: 50, fresh_within: auto")
        text = text.replace("{schedule:", "{catch_up: false, schedule:")
        with Daemon(self.cloud, policy=text) as d:
            d.until("held", state="held")
            t = Terminal(dict(d.env, RETAIND_SOCKET=d.socket))
            self.addCleanup(t.close)
            self.morning(t)
            plan = self.approval(t)
            self.watching(t, d, plan)
            self.a_slip_in_the_policy(t, d, text)
            self.evening(t, d)

    def morning(self, t):
        """What is worst stands first, in words, with the command to type."""
        screen = t.run("retainctl status", "WHAT IS THE MATTER")
        lines = screen.split("\n")
        rows = [n for n, line in enumerate(lines) if re.match("(orders|billing) +(held|well|pruning) ", line)]
        self.assertRegex(lines[rows[0]], r"^orders +held +10 h +in \d.* +250 .* await approval")
        self.assertRegex(screen, r"to look at the plan of orders, and approve it:\n  retainctl plan amv-orders\n")
        self.assertIn("exit 0.", screen)
        self.assertIn("\x1b[33mheld", t.screen(colours=True))

    def approval(self, t):
        screen = t.run("retainctl plan orders | tail -3", "to let exactly this plan go")
        command = re.search(r"retainctl approve amv-orders [0-9a-f]+", screen).group()
        wrong = re.sub(r"[0-9a-f]+$", "0" * 16, command)
        self.assertIn("exit 1.", t.run(wrong, "retainctl: "))
        return command

    def watching(self, t, d, command):
        """The picture moves while sets go; ^C gives the shell back."""
        t.tmux("send-keys", "-R")
        t.type("clear; retainctl status --watch; echo \"exit $?.\"")
        t.shows(r"every 2 s; \^C ends")
        t.shows("orders +held")
        d.ctl(*command.split()[1:])
        t.shows(r"orders +pruning .* \d of \d calls, \d+ of \d+ sets gone")
        t.shows("orders +well")
        t.key("C-c")
        t.shows(r"^exit 0\.")
        t.type("echo still here")
        t.shows("^still here")

    def a_slip_in_the_policy(self, t, d, text):
        d.write_policy(text.replace("daily:", "dialy:"))
        screen = t.run("retainctl reload", "in force stays")
        self.assertIn("unknown key 'dialy' (did you mean 'daily'?)", screen)
        self.assertIn("exit 1.", screen)
        self.assertIn("exit 1.", t.run("retainctl health", "RETAIND WARNING"))
        d.write_policy(text)
        self.assertIn("exit 0.", t.run("retainctl reload", ""))

    def evening(self, t, d):
        self.assertIn("exit 0.", t.run("retainctl backup billing --wait", "done, set"))
        screen = t.run("retainctl history billing -n 5", "backup complete")
        made = re.search(r"backup complete +(\d+)", screen).group(1)
        screen = t.run(f"retainctl history --set {made}", "now: keep: ")
        self.assertRegex(screen, rf"(?m)^set {made} of billing, begun .*, in the zone UTC$")
        self.assertIn("the backup is complete: ", screen)
        # The new set made an old one expire, which goes first.
        d.until("well again", cluster="amv-billing", state="well")
        self.assertIn("exit 0.", t.run("retainctl health --cluster billing", "RETAIND OK - billing: well"))
        page = os.path.join(d.dir, "report.html")
        self.assertIn("exit 0.", t.run(f"retainctl report --html {shlex.quote(page)}", ""))
        self.assertGreater(os.path.getsize(page), 5000)
