"""S15: the state file of an older program, and of a newer one; and a history that cannot be kept."""
import calendar
import os
import pathlib
import shutil
import sqlite3
import time
import unittest

from harness.daemon import BIN, POLICY, Daemon, eventually
from harness.simulator import ROOT, Simulator

# Written by the program of version 3 at this time; tests/unit/store_upgrade_test.c tells what it holds.
OLD = ROOT / "tests/data/state-3.db"
WRITTEN_S = calendar.timegm((2026, 12, 1, 6, 1, 36))
DAY = 86400

UPGRADED = """\
version: 1
defaults:
  region: cn-hangzhou
  cloud_retention: ignore
  keep: {last: 3}
  backup: {schedule: none}
  safety: {grace: 0s, max_delete_percent: 100, fresh_within: off}
clusters:
  - {id: amv-orders, name: orders, keep: {last: 2}, backup: {schedule: "*-*-* 02:00"}, safety: {grace: 30d}}
  - {id: amv-billing, name: billing, keep: {last: 1}, safety: {grace: 2min, max_delete_percent: 10}}
  - {id: amv-stock, name: stock}
  - {id: amv-users, name: users, backup: {schedule: "*-*-* 03:00"}}
  - discover: {region: cn-hangzhou, tags: {env: prod}, every: 1h, forget_after: 7d}
"""
# first id, how many, one a day, until then
SETS = {
    "orders": [(104, 2, (2026, 11, 11, 3)), (110, 3, (2026, 11, 30, 6))],
    "billing": [(203, 3, (2026, 11, 11, 3)), (210, 15, (2026, 12, 1, 3))],
    "stock": [(300, 6, (2026, 11, 30, 6))],
    "users": [(400, 3, (2026, 11, 30, 6))],
    "found-1": [(510, 3, (2026, 12, 1, 3))],
    "found-2": [(520, 3, (2026, 12, 1, 3))],
}


def text(at_s):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at_s))


class Upgrade(unittest.TestCase):
    def setUp(self):
        """Four minutes after the file was written."""
        offset = WRITTEN_S + 240 - int(time.time())
        self.cloud = Simulator("--backup-seconds", "1", "--delete-seconds", "1", "--clock-offset", str(offset))
        self.cloud.start()
        self.addCleanup(self.cloud.stop)
        for name, groups in SETS.items():
            for first, count, newest in groups:
                newest_s = calendar.timegm((*newest, 0, 0))
                sets = [{"id": str(first + i), "start": text(newest_s - (count - 1 - i) * DAY)} for i in range(count)]
                self.cloud.control("cluster", id=f"amv-{name}")
                self.cloud.control("seed", cluster=f"amv-{name}", sets=sets)
        self.daemon = Daemon(self.cloud, UPGRADED, start=False)
        clock = os.path.join(self.daemon.dir, "clock")
        pathlib.Path(clock).write_text(str(offset), encoding="utf-8")
        self.daemon.env.update(LD_PRELOAD=os.path.join(BIN, "../tests/wrongclock.so"), WRONG_CLOCK=clock)

    def test_s15_an_upgrade_takes_no_second_backup_and_forgets_no_grace(self):
        self.cloud.fault("status", action="DescribeDBClusters")
        shutil.copy(OLD, self.daemon.state)
        with self.daemon as d:
            d.start()
            # Two minutes of grace have passed, three before the upgrade; and all of it was approved.
            gone = eventually("the approved sets are asked for", lambda: self.cloud.log(action="DeleteBackups"))
            for name in SETS:  # two of them were found, and the list of clusters cannot be had now
                d.until("listed", cluster=f"amv-{name}", complete=True)
            d.varlink("Prune", cluster="orders", wait=True)
            d.varlink("Prune", cluster="users", wait=True)
            self.assertEqual(["amv-billing"], [c["params"]["DBClusterId"] for c in gone])
            self.assertEqual({str(i) for i in (203, 204, 205, *range(210, 224))},
                             set(gone[0]["params"]["BackupIds"].split(",")))
            self.assertEqual(1, len(self.cloud.log(action="DeleteBackups")))
            # The slot of orders is done, that of users has a call that nobody answered.
            self.assertEqual([], self.cloud.log(action="CreateBackup"))
            self.assertEqual("backing-up", d.status("amv-users")["state"])
            self.assertEqual(["expired", "delete-intent", "gone"],
                             [e["kind"] for e in reversed(d.history(set="103"))])
            self.assertNotIn("damaged", d.said())


class Newer(unittest.TestCase):
    def setUp(self):
        self.cloud = Simulator("--cluster", "amv-orders")
        self.cloud.start()
        self.addCleanup(self.cloud.stop)

    def test_s15_a_newer_state_file_is_refused_and_left_untouched(self):
        with Daemon(self.cloud) as d:
            d.until("listed", complete=True)
            d.stop()
            file = pathlib.Path(d.state)
            with sqlite3.connect(d.state) as db:
                db.execute("PRAGMA user_version = 99")
            db.close()
            before, listed = file.read_bytes(), sorted(os.listdir(d.dir))
            code, said = d.once()
            self.assertEqual(1, code)
            self.assertEqual(1, len([line for line in said.split("\n") if d.state in line]), said)
            self.assertRegex(said, f"{d.state}: the state file was written by a newer retaind .*99.*install")
            d.start(wait=False)
            self.assertEqual(1, d.process.wait(20))
            d.process = None
            self.assertEqual(before, file.read_bytes())
            self.assertEqual(listed, sorted(os.listdir(d.dir)))

    def history_is_lost(self, spoil, line):
        with Daemon(self.cloud, POLICY) as d:
            d.until("listed", complete=True)
            d.stop()
            path = os.path.join(d.dir, "history.db")
            self.assertTrue(os.path.exists(path))
            spoil(path)
            d.start()
            d.wait_said(line)
            d.varlink("Backup", cluster="orders", wait=True)
            self.assertEqual("well", d.status()["state"])
            self.assertEqual(1, len([line for line in d.lines if "history" in line]), d.said())
            return d.history()

    def test_a_damaged_history_is_moved_aside_and_the_daemon_goes_on(self):
        def spoil(path):
            pathlib.Path(path).write_bytes(b"not a database" * 100)
        entries = self.history_is_lost(spoil, r"<4>the history .*history.db was damaged and is now .*damaged-\d+")
        self.assertEqual("backup-done", entries[0]["kind"])

    def test_without_a_history_the_daemon_goes_on(self):
        def spoil(path):
            os.unlink(path)
            os.mkdir(path)
        self.assertEqual([], self.history_is_lost(spoil, "<4>no history is kept: .*history.db: "))
