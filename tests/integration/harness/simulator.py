"""Runs an adb-simulator for a test, with the standard library alone.

    with Simulator("--cluster", "amv-1", https=True) as cloud:
        cloud.control("seed", count=30, every_s=86400)
        ... run something against cloud.url, with cloud.ca_file ...
        assert [c["action"] for c in cloud.log()] == ["DescribeBackups"]
"""

import json
import os
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
HANG_S = 300  # No test waits so long for something that comes, on however busy a machine.


def program():
    """RETAIND_BIN_DIR names the directory of the built programs; build/bin is the default."""
    return pathlib.Path(os.environ.get("RETAIND_BIN_DIR", ROOT / "build/bin")) / "adb-simulator"


class ControlError(Exception):
    """The control URL refused a command."""


class Simulator:
    """A simulator with the given command line; starts on entry or by start()."""

    def __init__(self, *args, https=False, names=()):
        """`names`: hosts that the certificate is for, besides loopback."""
        self.args, self.https, self.names = list(args), https, names
        self.process = self.url = self.ca_file = self.directory = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.directory = tempfile.mkdtemp(prefix="adb-simulator-")
        # Tests that are about the log say so: elsewhere it would keep sets that the rules do not.
        log = [] if any("log-backup=" in str(a) for a in self.args) else ["--switch", "log-backup=off"]
        command = [str(program()), "--port", "0", *log, *self.args]
        if self.https:
            subprocess.run([str(ROOT / "tests/simulator/make-test-ca"), self.directory, *self.names],
                           check=True)
            self.ca_file = f"{self.directory}/ca.pem"
            command += ["--cert", f"{self.directory}/server.pem",
                        "--key", f"{self.directory}/server.key"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if "listening on " not in line:
            raise RuntimeError(f"adb-simulator ended with {self.process.wait()}")
        self.url = line.split("listening on ")[1].strip()
        return self

    def stop(self):
        """Ends it; fails if it did not end well (so a leak that ASan finds fails the test)."""
        if not self.process:
            return
        process, self.process = self.process, None
        process.terminate()
        try:
            status = process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        process.stdout.close()
        shutil.rmtree(self.directory, ignore_errors=True)
        if status != 0:
            raise RuntimeError(f"adb-simulator ended with {status}")

    def _open(self, path, data=None):
        context = ssl.create_default_context(cafile=self.ca_file) if self.https else None
        request = urllib.request.Request(self.url + path, data=data)
        try:
            with urllib.request.urlopen(request, timeout=HANG_S, context=context) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise ControlError(error.read().decode()) from None

    def control(self, command, **args):
        """One control command; returns its answer, raises ControlError if it is refused."""
        return self._open("/_control", json.dumps({"command": command, **args}).encode())

    def switch(self, **values):
        """switch(visible_at="finish"): underscores stand for the hyphens of the names."""
        return self.control("switch", set={k.replace("_", "-"): v for k, v in values.items()})

    def fault(self, kind, **rule):
        """Adds a fault rule; returns its number."""
        return self.control("fault", kind=kind, **rule)["rule"]

    def log(self, since=0, **match):
        """The API calls so far, those whose members equal `match`: log(action="CreateBackup")."""
        calls = self._open(f"/_control/log?since={since}")
        return [c for c in calls if all(c.get(k) == v for k, v in match.items())]

    def state(self):
        return self._open("/_control/state")

    def clock(self):
        return self._open("/_control/clock")

    def sets(self, cluster=None, gone=False):
        """The cluster's sets with their hidden details; the only cluster need not be named."""
        clusters = self.state()["clusters"]
        found = [c for c in clusters if cluster in (None, c["id"])]
        return [s for s in found[0]["sets"] if gone or not s["gone"]]

    def wait(self, condition, seconds=HANG_S, every=0.05):
        """Waits until condition() is true and returns its value; fails after `seconds`."""
        end = time.monotonic() + seconds
        while not (value := condition()):
            if time.monotonic() > end:
                raise TimeoutError("the condition did not come true")
            time.sleep(every)
        return value
