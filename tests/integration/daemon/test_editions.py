"""Clusters that are pruned only: those of the 2019 interface, and the copies in other regions."""
import unittest

from harness.daemon import Daemon, VarlinkError, eventually
from harness.scenario import CLUSTER, cloud, ids

POLICY = """\
version: 1
defaults:
  region: cn-hangzhou
  keep: {{last: 3}}
  safety: {{grace: 0s, max_delete_percent: 100, fresh_within: off}}
clusters:
  - {{id: amv-orders, name: orders, backup: {{schedule: none}}, {more}}}
"""


class Editions(unittest.TestCase):
    def setUp(self):
        self.cloud = cloud()
        self.cloud.start()
        self.addCleanup(self.cloud.stop)
        self.cloud.control("seed", count=8, every_s=86400)

    def refused_backup(self, d, words):
        with self.assertRaises(VarlinkError) as caught:
            d.varlink("Backup", cluster=CLUSTER)
        self.assertEqual("Refused", caught.exception.error)
        self.assertIn(words, caught.exception.parameters["message"])
        code, _, err = d.ctl("backup", "orders")
        self.assertEqual(1, code)
        self.assertIn(words, err)

    def test_the_warehouse_edition_is_pruned_over_its_own_interface(self):
        with Daemon(self.cloud, POLICY.format(more="edition: warehouse")) as d:
            eventually("pruned", lambda: len(self.cloud.sets()) == 3)
            self.refused_backup(d, "2019-03-15")
            calls = self.cloud.log()
        self.assertEqual({"2019-03-15"}, {c["version"] for c in calls})
        self.assertEqual([], [c for c in calls if c["undeclared"] or c["action"] == "CreateBackup"])
        self.assertEqual({"GET"}, {c["method"] for c in calls if c["action"] == "DeleteBackups"})
        self.assertEqual({"POST"}, {c["method"] for c in calls if c["action"] != "DeleteBackups"})
        for call in calls:
            self.assertNotIn("Remote", call["params"])
            if call["action"] == "DescribeBackups":
                self.assertTrue({"StartTime", "EndTime"} <= call["params"].keys())

    def test_copies_in_other_regions_are_pruned_and_the_local_sets_left_alone(self):
        for n in range(6):
            self.cloud.control("add-set", cluster=CLUSTER, id=f"90{n}", region="cn-beijing",
                               start_in_s=-86400 * (n + 1), end_in_s=-86400 * (n + 1) + 60)
        local = ids(s for s in self.cloud.sets() if s["region"] == "cn-hangzhou")
        with Daemon(self.cloud, POLICY.format(more="remote: true")) as d:
            eventually("pruned", lambda: len(self.cloud.sets()) == 3 + len(local))
            left = self.cloud.sets()
            self.refused_backup(d, "other regions")
            d.until("3 sets", sets=3, deleting=0)
            calls = self.cloud.log()
        self.assertEqual(local, ids(s for s in left if s["region"] == "cn-hangzhou"))
        self.assertEqual({"900", "901", "902"}, ids(s for s in left if s["region"] == "cn-beijing"))
        self.assertEqual({"true"}, {c["params"]["Remote"] for c in calls if c["action"] == "DescribeBackups"})
        # The retention of the copies is not that of the cluster's own policy.
        self.assertEqual([], [c for c in calls if c["action"] in ("CreateBackup", "DescribeBackupPolicy")])

    def test_s11_a_local_set_among_the_copies_is_quarantined(self):
        self.cloud.control("add-set", cluster=CLUSTER, id="900", region="cn-beijing", start_in_s=-60, end_in_s=-30)
        self.cloud.fault("patch", action="DescribeBackups", fields={
            "TotalCount": "2", "Items": {"Backup": [
                {"BackupId": n, "DBClusterId": CLUSTER, "BackupStatus": "Success", **region,
                 "BackupStartTime": "2026-01-01T00:00Z", "BackupEndTime": "2026-01-01T00:01Z"}
                for n, region in (("900", {"BackupRegion": "cn-beijing"}), ("901", {}))]}})
        with Daemon(self.cloud, POLICY.format(more="remote: true")) as d:
            d.until("listed", quarantined=1, sets=2)
            d.wait_said("set 901 is quarantined")

    def test_a_reload_from_the_sets_to_their_copies_deletes_none_of_the_sets(self):
        with Daemon(self.cloud, POLICY.format(more="keep: {last: all}")) as d:
            d.until("listed", sets=8)
            d.write_policy(POLICY.format(more="remote: true"))
            self.assertEqual(0, d.ctl("reload")[0])
            d.until("no copies", sets=0)
            self.assertEqual([], d.history("vanished"))
        self.assertEqual(8, len(self.cloud.sets()))
        self.assertEqual([], self.cloud.log(action="DeleteBackups"))


if __name__ == "__main__":
    unittest.main()
