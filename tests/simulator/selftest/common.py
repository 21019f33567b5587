"""What the self-tests share: a simulator, a client, and tables of scenarios."""

import json
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "integration/harness"))

from acs3 import Client, stamp  # noqa: E402,F401
from simulator import HANG_S, Simulator, program  # noqa: E402

CLUSTER = "amv-1"
SLOW = 60  # seconds that backups and deletes take; the clock command moves past them


def listing(text, *arguments):
    """The table of --switches or --faults."""
    return json.loads(subprocess.run([program(), text, "--json", *arguments], check=True,
                                     stdout=subprocess.PIPE).stdout)


class Case(unittest.TestCase):
    """One simulator for all tests of a class; each test finds it as new."""

    args, https = [], False

    @classmethod
    def setUpClass(cls):
        cls.cloud = Simulator(*cls.args, https=cls.https).start()
        cls.addClassCleanup(cls.cloud.stop)

    def setUp(self):
        self.fresh()

    def fresh(self):
        self.cloud.control("reset")
        self.cloud.control("clock", offset_s=0)
        self.cloud.control("timing", backup_s=SLOW, delete_s=SLOW, late_s=SLOW)
        self.cloud.control("cluster", id=CLUSTER)
        self.client = Client(self.cloud.url, self.cloud.ca_file)

    # Short words for what the scenarios do all the time.

    def seed(self, count, **args):
        return self.cloud.control("seed", count=count, **args)["ids"]

    def add(self, **args):
        return self.cloud.control("add-set", **args)["ids"][0]

    def later(self, seconds=SLOW + 1):
        self.cloud.control("clock", advance_s=seconds)

    def listed(self, **params):
        return self.client.backups(CLUSTER, **params).ids

    def item(self, **params):
        return self.client.backups(CLUSTER, **params).items[0]

    def left(self):
        """How many sets there are once deletes are over."""
        self.later()
        return len(self.cloud.sets())


def outcome(reply):
    return reply.code or reply.status
