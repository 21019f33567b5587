"""A small Debian machine, booted with systemd-nspawn, without a network but its own loopback."""

import ctypes
import json
import os
import pathlib
import signal
import subprocess
import time

HANG_S = 300  # No case waits so long for something that comes, on however busy a machine.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def end_with_parent():
    """A test that is killed leaves no machine behind (nspawn asks the same of the machine)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class CommandFailed(Exception):
    """A command in the machine ended with another status than 0."""


def eventually(what, predicate, timeout=HANG_S, every=0.1):
    """Waits until predicate() is true and returns its value; fails naming `what`."""
    end = time.monotonic() + timeout
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"after {timeout} s still not: {what}")
        time.sleep(every)


class Machine:
    """One booted root. Commands run inside, as root, in all its namespaces."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.process = self.leader = None

    def boot(self):
        """Boots; the seconds until systemd is up."""
        began = time.monotonic()
        self.process = subprocess.Popen(
            ["systemd-nspawn", "--quiet", f"--directory={self.root}", "--boot", "--register=no", "--keep-unit",
             "--private-network", "--link-journal=no", "--timezone=off", f"--machine=retaind-{os.getpid()}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=end_with_parent)
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        self.leader = int(eventually("nspawn has a child", lambda: children.read_text().split() or self._ended())[0])
        eventually("systemd is up", lambda: self.run("systemctl is-system-running", check=False).stdout.strip()
                   in ("running", "degraded") or self._ended())
        return time.monotonic() - began

    def _ended(self):
        if self.process.poll() is not None:
            raise AssertionError(f"systemd-nspawn ended with {self.process.returncode}")
        return False

    def halt(self):
        if not self.process:
            return
        # SIGRTMIN+4 is systemd's poweroff; it needs no bus.
        os.kill(self.leader, signal.SIGRTMIN + 4)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def command(self, *words, network_only=False):
        """How to run words in the machine; network_only: this machine's programs, that one's network."""
        enter = ["nsenter", "--target", str(self.leader)]
        if network_only:
            return [*enter, "--net", *words]
        return [*enter, "--all", "env", "-i", "--chdir=/root", f"PATH={PATH}", "LANG=C.UTF-8", "HOME=/root", "PAGER=cat",
                "SYSTEMD_COLORS=0", "DEBIAN_FRONTEND=noninteractive", *words]

    def run(self, script, stdin=None, check=True, timeout=HANG_S):
        """Runs a line of shell. CommandFailed, with what it said, if it fails and `check`."""
        done = subprocess.run(self.command("bash", "-c", script), input=stdin, text=True, timeout=timeout, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              **({} if stdin is not None else {"stdin": subprocess.DEVNULL}))
        if check and done.returncode:
            raise CommandFailed(f"{script}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def out(self, script, **options):
        return self.run(script, **options).stdout.strip()

    def write(self, path, text, mode=0o644):
        self.run(f"install -D -m {mode:o} /dev/stdin {path}", stdin=text)

    def show(self, name, unit="retaind"):
        """A property of a unit."""
        return self.out(f"systemctl show {unit} --property={name} --value")

    def cursor(self):
        """Where the journal ends now."""
        self.run("journalctl --sync", check=False)
        return self.out("journalctl -n 0 --show-cursor").split("cursor: ")[-1]

    def journal(self, after, identifier="retaind"):
        """Entries of `identifier` after the cursor, as dictionaries. Chosen here: with a match, journalctl
        leaves out the first entry after the cursor."""
        self.run("journalctl --sync", check=False)
        lines = self.run(f"journalctl --after-cursor='{after}' -o json --all --no-pager").stdout
        entries = (json.loads(line) for line in lines.splitlines())
        return [e for e in entries if e.get("SYSLOG_IDENTIFIER") == identifier and isinstance(e.get("MESSAGE"), str)]
