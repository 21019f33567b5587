"""How long the cloud itself keeps sets: told, or raised where the policy asks for it."""
import time
import unittest

from harness.daemon import Daemon, eventually
from harness.scenario import cloud

POLICY = """\
version: 1
defaults:
  region: cn-hangzhou
  backup: {{schedule: none}}
  keep: {{last: 3, daily: 400}}
  safety: {{fresh_within: off}}
  cloud_retention: {mode}
clusters:
  - {{id: amv-orders, name: orders{more}}}
"""


class Retention(unittest.TestCase):
    def setUp(self):
        self.cloud = cloud("--switch", "log-backup=on")
        self.cloud.start()
        self.addCleanup(self.cloud.stop)
        self.cloud.control("seed", count=3, every_s=86400)

    def cluster(self):
        return self.cloud.state()["clusters"][0]

    def modified(self):
        return self.cloud.log(action="ModifyBackupPolicy")

    def test_ensure_raises_it_and_leaves_all_else_as_it_is(self):
        before = self.cluster()
        self.assertEqual(7, before["retention_days"])
        for switch in ("Enable", "true", "boolean"):
            with self.subTest(switch):
                self.cloud.control("cluster", id="amv-orders", retention_days=7)
                self.cloud.switch(log_backup_value=switch)
                self.cloud.control("log-clear")
                with Daemon(self.cloud, POLICY.format(mode="ensure", more="")) as d:
                    d.wait_said("retention was raised from 7 to 400 days")
                    history = [e["kind"] for e in reversed(d.history()) if e["kind"].startswith("retention")]
                    self.assertEqual(400, d.status()["cloud_days"])
                self.assertIn("raising the cloud's retention from 7 to 400 days", d.said())
                self.assertEqual(["retention-intent", "retention-outcome", "retention-raised"], history)
                self.assertEqual([{
                    "DBClusterId": "amv-orders", "RegionId": "cn-hangzhou", "PreferredBackupTime": before["backup_time"],
                    "PreferredBackupPeriod": before["backup_period"], "BackupRetentionPeriod": "400",
                    "EnableBackupLog": "Enable", "LogBackupRetentionPeriod": "7"}],
                    [c["params"] for c in self.modified()])
                self.assertEqual(dict(before, retention_days=400, sets=[]), dict(self.cluster(), sets=[]))

    def test_what_is_longer_is_left_alone(self):
        self.cloud.control("cluster", id="amv-orders", retention_days=730)
        with Daemon(self.cloud, POLICY.format(mode="ensure", more="")) as d:
            eventually("read", lambda: d.status()["cloud_days"] == 730)
            self.assertEqual([], self.modified())

    def test_check_tells_what_to_set(self):
        with Daemon(self.cloud, POLICY.format(mode="check", more="")) as d:
            d.wait_said("drops sets after 7 days, the policy keeps some for up to 400 days.*to 400 days")
            self.assertEqual((7, 400), (d.status()["cloud_days"], d.status()["needs_days"]))
            code, out, _ = d.ctl("status")
            self.assertIn("the cloud itself keeps sets for 7 days only; the policy needs 400", out)
            self.assertEqual([], self.modified())

    def test_ignore_does_not_ask(self):
        with Daemon(self.cloud, POLICY.format(mode="ignore", more="").replace(
                "fresh_within: off", "fresh_within: off, point_in_time: ignore")) as d:
            d.until("listed", complete=True)
            time.sleep(1)
            self.assertEqual([], self.cloud.log(action="DescribeBackupPolicy"))

    def test_a_policy_that_does_not_read_whole_is_not_sent_back(self):
        for fields in ({"PreferredBackupTime": None}, {"PreferredBackupPeriod": "Someday"}, {"EnableBackupLog": "?"},
                       {"LogBackupRetentionPeriod": 0}):
            name = next(iter(fields))
            with self.subTest(name):
                rule = self.cloud.fault("patch", action="DescribeBackupPolicy", fields=fields)
                with Daemon(self.cloud, POLICY.format(mode="ensure", more="")) as d:
                    d.wait_said(f"is not raised to 400: .*{name}")
                    d.until("trouble", state="trouble")
                self.assertEqual([], self.modified())
                self.cloud.control("fault-clear", rule=rule)

    def test_a_lost_answer_is_looked_for_and_a_refusal_is_trouble(self):
        self.cloud.fault("reset", action="ModifyBackupPolicy", when="after", count=1)
        with Daemon(self.cloud, POLICY.format(mode="ensure", more="")) as d:
            d.wait_said("not known whether the cloud's retention was raised")
            d.wait_said("retention was raised from 7 to 400 days")
            self.assertEqual(1, len(self.modified()))
        self.cloud.control("cluster", id="amv-orders", retention_days=7)
        self.cloud.fault("refuse", action="ModifyBackupPolicy")
        with Daemon(self.cloud, POLICY.format(mode="ensure", more="")) as d:
            d.wait_said("could not be raised from 7 to 400 days: NoPermission")
            d.until("trouble", state="trouble")
            self.assertEqual(2, d.ctl("health")[0])

    def test_s4_its_intent_is_on_disk_before_the_call(self):
        self.cloud.fault("hang", action="ModifyBackupPolicy")
        with Daemon(self.cloud, POLICY.format(mode="ensure", more="")) as d:
            eventually("called", self.modified)
            d.kill()
            self.cloud.control("fault-clear")
            d.start()
            self.assertEqual(1, len(d.history("retention-intent")[-1:]))
            d.wait_said("retention was raised from 7 to 400 days")

    def test_a_dry_run_says_what_it_would_do(self):
        d = Daemon(self.cloud, POLICY.format(mode="ensure", more=""), start=False)
        self.addCleanup(d.stop)
        _, said = d.once("--dry-run")
        self.assertIn("would raise the cloud's retention from 7 to 400 days", said)
        self.assertEqual([], self.modified())

    def test_the_warehouse_edition_has_the_same_calls(self):
        with Daemon(self.cloud, POLICY.format(mode="ensure", more=", edition: warehouse")) as d:
            d.wait_said("retention was raised from 7 to 400 days")
            self.assertEqual(["2019-03-15"], [c["version"] for c in self.modified()])
            self.assertEqual([[]], [c["undeclared"] for c in self.modified()])


if __name__ == "__main__":
    unittest.main()
