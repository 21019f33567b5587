"""A day of an operator, at a terminal: what is typed, and what the screen then shows."""
import os
import re
import shlex
import subprocess
import tempfile
import unittest

from harness.daemon import BIN, Daemon, eventually
from harness.scenario import CLUSTER, DAY, cloud, policy


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

    def shows(self, pattern, timeout=20):
        """Waits for the pattern on the screen; the screen."""
        try:
            return eventually(pattern, lambda: re.search(pattern, self.screen(), re.M) and self.screen(), timeout)
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


class Day(unittest.TestCase):
    def setUp(self):
        self.cloud = cloud("--switch", "time-format=second", clusters=(CLUSTER, "amv-billing"), delete=3).start()
        self.addCleanup(self.cloud.stop)
        for c in (CLUSTER, "amv-billing"):
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
        self.assertIn("to look at it, and approve it: retainctl plan amv-orders", screen)
        self.assertIn("exit 0.", screen)
        self.assertIn("\x1b[33mheld", t.screen(colours=True))

    def approval(self, t):
        screen = t.run("retainctl plan orders | head -5", "to let exactly this plan go")
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
        t.shows("orders +well", 40)
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
        screen = t.run("retainctl history billing -n 5", "backup-done")
        made = re.search(r"backup-done +(\d+)", screen).group(1)
        screen = t.run(f"retainctl history --set {made}", "now: keep: ")
        self.assertRegex(screen, rf"(?m)^set {made} of billing, begun .*, in the zone UTC$")
        self.assertIn("the backup is complete: ", screen)
        self.assertIn("exit 0.", t.run("retainctl health --cluster billing", "RETAIND OK - billing: well"))
        page = os.path.join(d.dir, "report.html")
        self.assertIn("exit 0.", t.run(f"retainctl report --html {shlex.quote(page)}", ""))
        self.assertGreater(os.path.getsize(page), 5000)
