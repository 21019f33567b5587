"""What every case works with: the machine, the cloud in it, and the service."""

import json

from cloud import CLUSTER, DROP_IN, KEY_ID, KEY_SECRET, POLICY, URL, Cloud
from machine import Machine, eventually

__all__ = ["CLUSTER", "DROP_IN", "KEY_ID", "KEY_SECRET", "POLICY", "URL", "Cases", "Skip", "World", "eventually"]

DROP_INS = "/etc/systemd/system/retaind.service.d"
POLICY_FILE = "/etc/retaind/policy.yaml"

# Each MESSAGE_ID by its name in daemon/service/messages.h, as far as the cases ask for it.
DELETING = "1abc1f504fa84c758f2fb51909bb9a7f"
STATE_FAILED = "89161e4bee7345c2a39bfd4553a8871a"
STARTED = "f319e265a3144dafa37bff0d458af44f"


class Skip(Exception):
    """This machine cannot show the case; the text says why."""


class Cases:
    """The cases, in the order in which they are written down."""

    def __init__(self):
        self.all = []

    def __call__(self, function):
        self.all.append(function)
        return function


class World:
    def __init__(self, root, ca):
        self.machine = Machine(root)
        self.ca = ca
        self.cloud = None

    def fresh(self, policy=POLICY, sets=0, every_s=86400, start=True, **drop_in):
        """The service as newly installed, with the test's policy and a new cloud; drop_in: lines of
        [Service] for this case."""
        run = self.machine.run
        run("systemctl stop retaind; systemctl reset-failed retaind 2>/dev/null; umount -q /var/lib/retaind; "
            f"rm -rf /var/lib/retaind/* {DROP_INS}", check=False)
        self.drop_in("10-test", DROP_IN)
        if drop_in:
            self.drop_in("20-case", "[Service]\n" + "".join(f"{k}={v}\n" for k, v in drop_in.items()))
        self.key()
        self.policy(policy)
        self.cloud.reset(sets, every_s)
        run("systemctl daemon-reload")
        if start:
            run("systemctl start retaind")

    def key(self, secret=KEY_SECRET):
        run = self.machine.run
        run("install -d -m 700 /etc/credstore")
        run("install -m 600 /dev/stdin /etc/credstore/retaind.access-key-id", stdin=KEY_ID)
        run("install -m 600 /dev/stdin /etc/credstore/retaind.access-key-secret", stdin=secret)

    def drop_in(self, name, text):
        self.machine.write(f"{DROP_INS}/{name}.conf", text)

    def policy(self, text):
        self.machine.write(POLICY_FILE, text)

    def ctl(self, words, **options):
        return self.machine.run(f"retainctl {words}", **options)

    def status(self):
        """The cluster's part of `retainctl status --json`."""
        status = json.loads(self.machine.out("retainctl status --json"))
        return status.get("status", status)["clusters"][0]

    def holds(self):
        return [h["hold"] for h in self.status()["holds"]]

    def pid(self):
        return int(self.machine.show("MainPID"))

    def said(self, text, after):
        """Whether a line of the daemon since the cursor has the text."""
        return any(text in entry["MESSAGE"] for entry in self.machine.journal(after))

    def listed(self, sets):
        """Waits until the daemon has seen so many sets, and nothing else is to do."""
        eventually(f"{sets} sets are listed", lambda: self.status()["sets"] == sets)
