"""Runs the real retaind against a simulator, and tells what it said: to systemd, to stderr, to retainctl."""
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time

BIN = os.environ.get("RETAIND_BIN_DIR", "build/bin")
KEY_ID = "TESTONLYACCESSKEYID00"
KEY_SECRET = "TESTONLYACCESSKEYSECRET0000000"
HANG_S = 300  # No test waits so long for something that comes, on however busy a machine.

# Thinning at once, so that a test need not wait a day; everything else as people would have it.
POLICY = """\
version: 1
defaults:
  region: cn-hangzhou
  backup: {schedule: none}
  keep: {last: 3, daily: 14, weekly: 8, monthly: 24}
  safety: {grace: 0s, max_delete_percent: 100, fresh_within: off}
clusters:
  - id: amv-orders
    name: orders
"""


def eventually(what, predicate, timeout=HANG_S, every=0.05):
    """Waits until predicate() is true and returns its value; fails naming `what`."""
    end = time.monotonic() + timeout
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"after {timeout} s still not: {what}")
        time.sleep(every)


class VarlinkError(Exception):
    """An error reply: `error` is its name without the interface, `parameters` what it tells."""

    def __init__(self, error, parameters):
        super().__init__(f"{error}: {json.dumps(parameters)}")
        self.error, self.parameters = error.rsplit(".", 1)[-1], parameters


class Daemon:
    """One retaind in a directory of its own. Use as a context manager, or call stop()."""

    def __init__(self, simulator, policy=POLICY, env=None, args=(), start=True):
        self._dir = tempfile.TemporaryDirectory(prefix="retaind-test-")
        self.dir = self._dir.name
        self.config = os.path.join(self.dir, "policy.yaml")
        self.state = os.path.join(self.dir, "state.db")
        self.socket = os.path.join(self.dir, "control")
        self.simulator = simulator
        self.bin = BIN
        self.args = list(args)
        self.wrapper = []  # a command that execs the rest of its arguments
        self.lines = []
        self.notified = []
        self.process = None
        self.env = dict(
            {k: v for k, v in os.environ.items() if not k.startswith("ALIBABA_CLOUD_")},
            HOME=self.dir,
            RETAIND_ENDPOINT=simulator.url,
            ALIBABA_CLOUD_ACCESS_KEY_ID=KEY_ID,
            ALIBABA_CLOUD_ACCESS_KEY_SECRET=KEY_SECRET,
        )
        if simulator.ca_file:
            self.env["RETAIND_CA_FILE"] = simulator.ca_file
        self.env.update(env or {})
        self.write_policy(policy)
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(os.path.join(self.dir, "notify"))
        self.env["NOTIFY_SOCKET"] = os.path.join(self.dir, "notify")
        threading.Thread(target=self._take_notifications, daemon=True).start()
        if start:
            self.start()

    def write_policy(self, text):
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(text)

    def command(self, *more):
        return [os.path.join(self.bin, "retaind"), "--config", self.config, "--state", self.state,
                "--socket", self.socket, *self.args, *more]

    def start(self, wait=True):
        before = self.notified.count("READY=1")
        self.process = subprocess.Popen(
            [*self.wrapper, *self.command()], env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        threading.Thread(target=self._take_lines, args=(self.process,), daemon=True).start()
        if wait:
            eventually("READY=1", lambda: self.notified.count("READY=1") > before
                       or self.process.poll() is not None, every=0.001)
            if self.process.poll() is not None:
                raise AssertionError("retaind ended at once:\n" + self.said())
        return self

    def once(self, *more, timeout=HANG_S):
        """Runs `retaind --once`; (exit code, what it said)."""
        done = subprocess.run(self.command("--once", *more), env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=timeout)
        return done.returncode, done.stderr

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, timeout=HANG_S):
        """SIGTERM; the exit code. Sanitizers make it non-zero if they found something."""
        if self.process and self.process.poll() is None:
            self.expect_short_turns()
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError("retaind did not stop:\n" + self.told())
        code = self.process.returncode if self.process else 0
        self.process = None
        return code

    def expect_short_turns(self):
        """L2: while the loop turns, nobody else is served. A program that hangs, or has no socket, is another's test."""
        try:
            longest_ms = self.varlink("Status", 5)["status"]["longest_turn_ms"]
        except (OSError, EOFError, VarlinkError):
            return
        if os.environ.get("RETAIND_TURNS"):
            with open(os.environ["RETAIND_TURNS"], "a", encoding="ascii") as f:
                f.write(f"{longest_ms}\n")
        if longest_ms > 1000:
            raise AssertionError(f"a turn of the loop took {longest_ms} ms:\n{self.told()}")

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        killed = self.process and self.process.poll() == -signal.SIGKILL
        code = self.stop()
        time.sleep(0.05)
        self._notify.close()
        self._dir.cleanup()
        if kind:
            print(f"--- after {kind.__name__}, retaind said:\n{self.told()}")
        elif code and not killed:
            raise AssertionError(f"retaind exited with {code}:\n{self.told()}")

    def said(self):
        return "".join(self.lines)

    def told(self):
        """What it said, for people: without what it said of set after set."""
        one = r".*(?:deleting set|is gone:).*\n"
        said = re.sub(r"<4>(?:/tmp/.*warning: |  ).*\n", "", self.said())
        said = re.sub(r".*(?:the cloud itself drops sets|is quarantined).*\n", "", said)
        return re.sub(f"((?:{one}){{2}})(?:{one})+", r"\1      ...\n", said)

    def wait_said(self, pattern, timeout=HANG_S):
        return eventually(f"a line like {pattern!r}", lambda: re.search(pattern, self.said(), re.M), timeout)

    def status_text(self):
        """The last STATUS= that systemd was told."""
        for line in reversed(self.notified):
            if line.startswith("STATUS="):
                return line[len("STATUS="):]
        return ""

    def ctl(self, *args, timeout=HANG_S):
        """Runs retainctl; (exit code, stdout, stderr)."""
        done = subprocess.run([os.path.join(BIN, "retainctl"), *args], stdin=subprocess.DEVNULL,
                              env=dict(self.env, RETAIND_SOCKET=self.socket), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=timeout)
        return done.returncode, done.stdout, done.stderr

    def json(self, *args):
        code, out, err = self.ctl(*args, "--json")
        if code:
            raise AssertionError(f"retainctl {args} exited with {code}: {err}")
        return json.loads(out)

    def varlink(self, method, timeout=HANG_S, **parameters):
        """One call of io.retaind over the control socket; the reply's parameters."""
        with self.varlink_begin(method, timeout, **parameters) as peer:
            data = b""
            while not data.endswith(b"\0"):
                more = peer.recv(1 << 16)
                if not more:
                    raise EOFError(f"{method}: the daemon closed the connection")
                data += more
        reply = json.loads(data[:-1])
        if "error" in reply:
            raise VarlinkError(reply["error"], reply.get("parameters", {}))
        return reply.get("parameters", {})

    def varlink_begin(self, method, timeout=60, **parameters):
        """The connection of a call whose reply nobody has read yet."""
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        peer.settimeout(timeout)
        peer.connect(self.socket)
        peer.sendall(json.dumps({"method": f"io.retaind.{method}", "parameters": parameters}).encode() + b"\0")
        return peer

    def varlink_answers(self):
        try:
            return self.varlink("Status")
        except (OSError, EOFError):
            return None

    def status(self, cluster="amv-orders"):
        """A cluster's part of Status."""
        clusters = self.varlink("Status")["status"]["clusters"]
        return next(c for c in clusters if c["cluster"] == cluster)

    def plan(self, cluster="amv-orders"):
        return self.varlink("Plan", cluster=cluster)["plans"][0]

    def history(self, kind=None, **query):
        """Newest first."""
        entries = self.varlink("History", **query)["entries"]
        return [e for e in entries if kind in (None, e["kind"])]

    def until(self, what, timeout=HANG_S, cluster="amv-orders", **members):
        """Waits until these members of the cluster's status are so, and returns it."""
        def look():
            status = self.status(cluster)
            fits = all(status[k] == v for k, v in members.items())
            return status if fits else None
        try:
            return eventually(what, look, timeout)
        except AssertionError:
            raise AssertionError(f"{what}: still {self.status(cluster)}") from None

    def _take_lines(self, process):
        for line in process.stderr:
            self.lines.append(line)

    def _take_notifications(self):
        while True:
            try:
                data = self._notify.recv(65536)
            except OSError:
                return
            self.notified.extend(data.decode().split("\n"))
