"""What a refusal is about: only a code that may speak of sets has a call split until single sets are left."""
import unittest

from harness.daemon import Daemon, eventually
from harness.scenario import cloud

POLICY = """\
version: 1
defaults:
  region: cn-hangzhou
  backup: {schedule: none}
  keep: {last: 3}
  safety: {grace: 0s, max_delete_percent: 100, fresh_within: off}
clusters:
"""
ABOUT_SETS = ["InvalidBackupSetID.NotFound", "OperationDenied.BackupSetDeleteNotSupport", "Some.NewCode"]
ABOUT_ANYTHING_ELSE = [
    "ACS.Cluster.InvalidWorkerState", "ACS.ServerError", "BackupJobExists", "ConcurrentTaskExceeded",
    "Database.ConnectError", "DeleteBackupSetNumExceed", "IdempotentParameterMismatch", "IncorrectDBInstanceState",
    "InstanceConnectTimeoutFault", "LockTimeout", "NoPermission", "OperationDenied.BackupJobExists",
    "OperationDenied.DBStatus", "OperationDenied.OrderProcessing", "OperationDenied.OutofUsage", "RelatedTaskNotFinish"]


class Codes(unittest.TestCase):
    def setUp(self):
        self.cloud = cloud()
        self.cloud.start()
        self.addCleanup(self.cloud.stop)

    def test_a_call_is_split_only_where_the_code_may_be_about_its_sets(self):
        clusters = {code: f"amv-{n}" for n, code in enumerate(ABOUT_SETS + ABOUT_ANYTHING_ELSE)}
        policy = POLICY
        for code, cluster in clusters.items():
            policy += f"  - id: {cluster}\n"
            self.cloud.control("cluster", id=cluster)
            self.cloud.control("seed", cluster=cluster, count=40, every_s=3600)
            self.cloud.fault("refuse", action="DeleteBackups", where={"DBClusterId": cluster},
                             args={"code": code, "status": 400})
        with Daemon(self.cloud, policy) as d:
            def calls():
                asked = {cluster: [] for cluster in clusters.values()}
                for c in self.cloud.log(action="DeleteBackups"):
                    asked[c["params"]["DBClusterId"]].append(len(c["params"]["BackupIds"].split(",")))
                return asked
            eventually("all asked", lambda: all(calls().values()))
            eventually("split", lambda: all(min(calls()[clusters[c]]) == 1 for c in ABOUT_SETS))
            asked = calls()
            for code in ABOUT_ANYTHING_ELSE:
                self.assertEqual({37}, set(asked[clusters[code]]), code)
                self.assertIn(f"DeleteBackups: {code}", d.status(cluster=clusters[code])["trouble"])

    def test_a_full_quota_of_backups_waits_an_hour_and_says_what_it_is(self):
        self.cloud.control("seed", count=5, every_s=86400, end_in_s=-7200)
        self.cloud.fault("refuse", action="CreateBackup", args={"code": "Exceeded.BackupTimes", "status": 403})
        policy = POLICY.replace("schedule: none", "every: 1h") + "  - {id: amv-orders, name: orders}\n"
        with Daemon(self.cloud, policy) as d:
            d.wait_said("next try in 1 h: Exceeded.BackupTimes: a quota of manual backups is full")
            self.assertIn("a quota of manual backups is full", d.ctl("status")[1])
            self.assertEqual(1, len(self.cloud.log(action="CreateBackup")))


if __name__ == "__main__":
    unittest.main()
