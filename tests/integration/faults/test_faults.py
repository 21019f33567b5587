"""Failing calls of the C library under the real daemon: while they fail nothing is lost, and when
they no longer do, all is done that was due (L1)."""
import errno
import os
import random
import tempfile
import unittest

from harness.daemon import eventually
from harness.scenario import CLUSTER, CloudTest, Judge, due_policy, policy, there
from harness.shim import EAI_AGAIN, Shim


class Faults(CloudTest):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory(prefix="retaind-faults-")
        self.addCleanup(directory.cleanup)
        self.shim = Shim(directory.name)

    def start(self, text=None, **more):
        """A daemon with a due backup and 60 sets of which most may go."""
        self.seed(60, newest_h=40)
        return self.daemon(policy=text or due_policy(), env={**self.shim.env, **more})

    def made_up(self, d):
        """In the end there is one backup, and what is left is what the policy keeps."""
        d.varlink("Prune", cluster="orders")
        d.wait_said("backup set .* is complete")
        self.pruned(d)
        Judge(self.cloud).judge(backups=1)

    def changes(self):
        return [c for c in self.cloud.log() if c["action"] in ("CreateBackup", "DeleteBackups")]


class TheStateFile(Faults):
    def nothing_goes_while(self, call, error):
        d = self.start()
        with d:
            d.stop()  # the state file is there, and whole
            self.cloud.control("log-clear")
            before = there(self.cloud, CLUSTER)
            self.cloud.control("add-set", cluster=CLUSTER, start_in_s=-90000)
            self.shim.fail(call, 1, error)
            d.start(wait=False)
            eventually("it fails", lambda: self.shim.failed(call) > 0)
            if d.process.poll() is None:
                eventually("it fails again", lambda: self.shim.failed(call) > 2
                           or d.process.poll() is not None)
            self.assertEqual([], self.changes(), "S4: a call without an intent on disk")
            self.assertTrue(before <= there(self.cloud, CLUSTER))
            self.shim.heal()
            if d.process.poll() is not None:  # it would not begin with such a state file
                self.assertNotEqual(0, d.process.returncode)
                d.start()
            self.made_up(d)

    def test_s4_nothing_changes_while_fsync_fails(self):
        self.nothing_goes_while("fsync", errno.EIO)

    def test_s4_nothing_changes_while_the_disk_is_full(self):
        self.nothing_goes_while("write", errno.ENOSPC)

    def test_l4_an_approval_that_is_not_on_disk_is_none(self):
        self.seed(60)
        text = policy(safety="grace: 1d, max_delete_percent: 10, fresh_within: off")
        with self.daemon(policy=text, env=self.shim.env) as d:
            d.until("held", state="held")
            plan = d.plan()["plan"]
            self.shim.fail("write", 1, errno.ENOSPC)
            code, out, err = d.ctl("approve", "orders", plan)
            self.assertEqual((1, ""), (code, out), err)
            self.assertIn("the approval could not be written down, and is not in force until it is", err)
            self.shim.heal()
            self.assertEqual(0, d.ctl("approve", "orders", plan)[0])

    def now_and_then(self, call, error):
        with self.start() as d:
            self.shim.fail(call, 3, error)
            eventually("some fail", lambda: self.shim.failed(call) > 3)
            self.shim.heal()
            self.made_up(d)

    def test_s4_syncs_that_fail_now_and_then_break_nothing(self):
        self.now_and_then("fsync", errno.EIO)

    def test_s4_writes_that_fail_now_and_then_break_nothing(self):
        self.now_and_then("write", errno.ENOSPC)


class TheNetwork(Faults):
    def test_l1_connections_that_fail_now_and_then(self):
        self.shim.fail("connect", 2, errno.ECONNREFUSED)
        # One call after the other on a new connection, or curl would keep the first good one.
        self.cloud.fault("reset", how="close", when="after", probability=0.3, action="DescribeBackups")
        with self.start() as d:
            eventually("some fail", lambda: self.shim.failed("connect") > 1)
            self.cloud.control("fault-clear")
            self.shim.heal()
            self.made_up(d)

    def test_l3_no_connection_is_told_and_nothing_is_changed(self):
        self.shim.fail("connect", 1, errno.ENETUNREACH)
        with self.start() as d:
            status = d.until("trouble", state="trouble")
            self.assertFalse(status["complete"])
            self.assertEqual(2, d.ctl("health")[0])
            self.assertEqual([], self.changes())
            self.shim.heal()
            self.made_up(d)

    def test_l3_a_name_that_does_not_resolve_is_told(self):
        self.shim.fail("getaddrinfo", 1, EAI_AGAIN)
        with self.start(RETAIND_ENDPOINT="https://adb.test.invalid") as d:
            d.until("trouble", state="trouble")
            d.wait_said("(?i)resolve")
            self.assertGreater(self.shim.failed("getaddrinfo"), 0)


@unittest.skipIf(os.environ.get("RETAIND_SANITIZED"), "the sanitizers have their own malloc")
class Memory(Faults):
    def test_s4_out_of_memory_anywhere_is_a_crash_like_any_other(self):
        dice = random.Random(4)
        ends = 0
        d = self.start()
        with d:
            d.stop()
            for _ in range(int(os.environ.get("RETAIND_MALLOCS", "40"))):
                self.shim.fail("malloc", dice.randint(200, 6000))
                d.start(wait=False)
                try:
                    d.process.wait(dice.random() * 0.6)
                    ends += 1
                except Exception:  # still there
                    d.kill()
            self.assertGreater(ends, 5)
            self.assertGreater(self.shim.failed("malloc"), 5)
            self.shim.heal()
            d.start()
            self.made_up(d)
        print(f"{self.shim.failed('malloc')} allocations failed, {ends} ends")
