"""S1, S2, S3, S7, S8, S12: which sets are deleted, against the real daemon."""
import re
import time

from harness.daemon import VarlinkError, eventually
from harness.scenario import CLUSTER, DAY, CloudTest, Judge, deletes, expected, ids, kept, policy, there


class Deletes(CloudTest):
    def test_what_the_policy_does_not_keep_goes_and_the_rest_stays(self):
        self.seed(120)
        with self.daemon() as d:
            self.pruned(d)
            self.assertEqual(1, len(deletes(self.cloud)))

    def test_s1_at_least_one_valid_set_remains_whatever_the_rules_say(self):
        """Only failed sets are newer than the one good set."""
        good = self.seed(1, newest_h=500)[0]
        bad = [self.add(state="failed", start_in_s=-n * 3600 * 24 * 9) for n in range(1, 5)]
        with self.daemon(policy=policy(keep={"last": 1})) as d:
            d.until("the failed sets are gone", sets=1)
            self.assertEqual({good}, there(self.cloud))
            self.assertEqual([sorted(bad)], [sorted(c) for c in deletes(self.cloud)])
        Judge(self.cloud, keep={"last": 1}).judge()

    def test_s14_a_full_set_of_each_day_of_the_log_stays(self):
        """Four backups a day, the rules keep three sets, and the cloud keeps the log for seven days."""
        self.cloud.switch(log_backup="on")
        self.cloud.control("seed", count=60, every_s=6 * 3600)
        with self.daemon(policy=policy(keep={"last": 3})) as d:
            eventually("pruned", lambda: 0 < d.status()["sets"] < 60 and not d.status()["deleting"]
                       and not d.status()["expired"])
            left = self.cloud.sets()
            days = {s["start"][:10] for s in left}
            self.assertGreaterEqual(len(days), 8, left)
            self.assertLessEqual(len(left), 14)
            self.assertIn("point_in_time", d.ctl("plan", "orders")[1])
            self.assertTrue(d.status()["second_since"])

    def test_s14_nothing_is_deleted_before_the_log_is_known(self):
        self.cloud.switch(log_backup="on")
        self.cloud.control("fault", action="DescribeBackupPolicy", kind="refuse", count=1000, code="NoPermission")
        self.seed(30)
        with self.daemon(policy=policy(keep={"last": 3})) as d:
            eventually("held", lambda: "point_in_time" in [h["hold"] for h in d.status()["holds"]])
            self.assertEqual([], deletes(self.cloud))

    def test_l3_what_somebody_shortens_is_told(self):
        """While the daemon is down: it remembers what the cloud kept. Health and status show it."""
        keep = {"last": 3, "daily": 400}
        self.cloud.switch(log_backup="on")
        self.cloud.control("cluster", id=CLUSTER, log_days=30, retention_days=730)
        self.seed(20)
        with self.daemon(policy=policy(keep=keep)) as d:
            eventually("the cloud's policy is read", lambda: d.status()["cloud_days"] == 730)
            d.stop()
            self.cloud.control("cluster", id=CLUSTER, log_days=7, retention_days=7)
            for _ in range(2):  # it is told once, and shows after every start
                d.start()
                d.until("trouble", state="trouble")
                lost = r"lowered the cloud's retention from 730 to 7 days: 13 kept sets are older"
                eventually("counted", lambda: re.search(lost, d.status()["trouble"]))
                code, line, _ = d.ctl("health")
                self.assertEqual(2, code, line)
                self.assertRegex(line, lost)
                d.stop()
            self.assertEqual(1, len(re.findall("lowered the cloud's retention", d.said())))
            self.assertEqual(1, len(re.findall("lowered the log's retention from 30 to 7 days", d.said())))

    def test_s1_the_minimum_remains_though_the_rules_keep_fewer(self):
        newest = set(self.seed(9)[-4:])
        text = policy(keep={"last": 1}, safety="grace: 0s, fresh_within: off, minimum: 4")
        with self.daemon(policy=text) as d:
            d.until("pruned", sets=4)
            d.varlink("Prune", cluster="orders", wait=True)
            self.assertEqual(1, len(deletes(self.cloud)))
            self.assertEqual(newest, there(self.cloud))

    def test_s1_a_set_that_the_cloud_expires_within_the_hour_counts_for_nothing(self):
        """The newest set is about to vanish: the one before it has to stay as the last good one."""
        self.seed(5, newest_h=30)
        self.add(start_in_s=-7200, expires_in_s=3000)
        before = ids(self.cloud.sets())
        with self.daemon(policy=policy(keep={"last": 1})) as d:
            d.until("held by the minimum", state="held")
            d.varlink("Prune", cluster="orders", wait=True)
            left = [s for s in self.cloud.sets() if not s["deleting"]]
            self.assertEqual(2, len(left), left)
            self.assertTrue(any(s["expires"] > time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                                             time.gmtime(time.time() + 2 * DAY))
                                for s in left))
            self.assertTrue(ids(left) <= before)

    def test_s3_at_most_100_ids_a_call_and_only_listed_ones(self):
        self.seed(365)
        with self.daemon() as d:
            self.pruned(d)
            calls = deletes(self.cloud)
            self.assertEqual([100, 100, 100], [len(c) for c in calls[:3]])
            self.assertEqual(sum(len(c) for c in calls), len({i for c in calls for i in c}))

    def test_s3_every_deleted_set_is_said_with_its_reason(self):
        self.seed(40)
        with self.daemon() as d:
            self.pruned(d)
            for identity in deletes(self.cloud)[0]:
                d.wait_said(rf"deleting set {identity} of .*: \w+")
            reasons = [e["reason"] for e in d.history("delete-intent")]
            self.assertTrue(reasons and all(reasons), reasons)

    def test_s7_what_the_policy_keeps_is_never_deleted_through_reloads(self):
        self.seed(120)
        with self.daemon(policy=policy(keep={"last": 100})) as d:
            self.pruned(d, {"last": 100})
            for last in (60, 80, 30):
                d.write_policy(policy(keep={"last": last}))
                d.varlink("Reload")
            self.pruned(d, {"last": 30})

    def test_s7_grace_holds_what_newly_expired(self):
        self.seed(60)
        with self.daemon(policy=policy(safety="grace: 1d, fresh_within: off, max_delete_percent: 100")) as d:
            d.until("listed", complete=True)
            eventually("no hold but grace", lambda: ["grace"] == [h["hold"] for h in d.status()["holds"]])
            status = d.status()
            self.assertGreater(status["expired"], 0)
            d.varlink("Prune", cluster="orders", wait=True)
            self.no_change_asked()
            d.kill()
            d.start()
            d.until("listed", complete=True)
            d.varlink("Prune", cluster="orders", wait=True)
            self.no_change_asked()

    def test_s8_the_parent_of_a_kept_set_is_kept(self):
        """An old full set on which the newest, incremental one builds, by way of another."""
        self.seed(30)
        full = self.add(start_in_s=-100 * DAY)
        middle = self.add(start_in_s=-99 * DAY - 3600, parent=full, type="IncrementalBackup")
        top = self.add(start_in_s=-3600, parent=middle, type="IncrementalBackup")
        doomed = self.add(start_in_s=-95 * DAY - 7200)
        keep = {"last": 2}
        with self.daemon(policy=policy(keep=keep)) as d:
            self.pruned(d, keep)
            self.assertTrue({full, middle, top} <= there(self.cloud))
            self.assertNotIn(doomed, there(self.cloud))

    def test_s12_time_alone_deletes_nothing(self):
        """Sets of twenty years ago, judged today and as they were judged then."""
        self.cloud.control("seed", cluster=CLUSTER, count=30, every_s=DAY, end_in_s=-700 * DAY)
        keep = {"last": 1, "daily": 30}
        with self.daemon(policy=policy(keep=keep)) as d:
            status = d.until("listed", complete=True)
            self.assertEqual((30, 0), (status["kept"], status["expired"]))
            d.varlink("Prune", cluster="orders", wait=True)
            self.no_change_asked()

    def test_s12_a_plan_carried_out_leaves_nothing_to_delete(self):
        self.seed(120)
        with self.daemon() as d:
            self.pruned(d)
            d.varlink("Prune", cluster="orders", wait=True)
            self.assertEqual(0, d.status()["expired"])
            self.assertEqual(expected(self.cloud.sets()), there(self.cloud))


class Approval(CloudTest):
    """S7: a plan that is too large waits for a person's yes to exactly it."""

    text = policy(safety="grace: 0s, fresh_within: off, max_delete_percent: 50")

    def held(self, d):
        status = d.until("held", state="held")
        self.assertIn("approval", [h["hold"] for h in status["holds"]])
        self.no_change_asked()
        return status

    def refused(self, d, plan, error="PlanMismatch"):
        with self.assertRaises(VarlinkError) as caught:
            d.varlink("Approve", cluster="orders", plan=plan)
        self.assertEqual(error, caught.exception.error)
        self.no_change_asked()
        return caught.exception.parameters

    def test_s7_a_large_plan_is_held_and_says_so(self):
        self.seed(120)
        with self.daemon(policy=self.text) as d:
            self.held(d)
            n = 120 - len(kept(self.cloud.sets()))
            words = f"{n} deletes of 120 sets ({n / 1.2:.0f}%) await approval"
            d.wait_said(re.escape(words))
            eventually("STATUS= tells it", lambda: words in d.status_text())

    def test_s7_only_exactly_that_plan_is_approved(self):
        self.seed(120)
        with self.daemon(policy=self.text) as d:
            plan = self.held(d)["plan"]
            self.refused(d, "0" * 64)
            self.refused(d, plan[:11])
            self.refused(d, plan + "0")
            self.refused(d, "")
            self.assertEqual(plan, self.refused(d, plan[:20] + "zz")["expected"])
            d.varlink("Approve", cluster="orders", plan=plan[:12])
            self.pruned(d)
            self.assertEqual(1, len(d.history("approved")))

    def test_s7_an_old_plan_is_not_approved(self):
        self.seed(120)
        with self.daemon(policy=self.text) as d:
            old = self.held(d)["plan"]
            self.add(start_in_s=-200 * DAY)
            self.add(start_in_s=-201 * DAY)
            d.varlink("Prune", cluster="orders", wait=True)
            self.assertNotEqual(old, d.status()["plan"])
            self.refused(d, old)

    def test_s7_what_is_new_since_the_approval_waits_for_another(self):
        self.seed(120)
        extra = self.add(start_in_s=-50 * DAY - 7200)
        self.cloud.control("edit-set", id=extra, listed=False)
        with self.daemon(policy=self.text.replace("max_delete_percent: 50", "max_delete_percent: 0")) as d:
            plan = self.held(d)["plan"]
            self.cloud.fault("hang", action="DeleteBackups", count=1)
            self.cloud.control("edit-set", id=extra, listed=True)
            d.varlink("Approve", cluster="orders", plan=plan)
            d.wait_said("1 deletes of 121 sets .* await approval, beside those that were approved")
            named = {i for call in deletes(self.cloud) for i in call}
            self.assertNotIn(extra, named)

    def test_s7_an_approval_survives_a_restart(self):
        self.seed(120)
        with self.daemon(policy=self.text) as d:
            plan = self.held(d)["plan"]
            rule = self.cloud.fault("throttle", action="DeleteBackups", retry_after_ms=4000)
            d.varlink("Approve", cluster="orders", plan=plan)
            d.wait_said("DeleteBackups was not carried out")
            d.kill()
            self.cloud.control("fault-clear", rule=rule)
            d.start()
            self.pruned(d)

    def test_unknown_clusters_are_named_with_the_nearest(self):
        with self.daemon(policy=self.text) as d:
            for method in ("Approve", "Plan", "Backup", "Prune", "History"):
                more = {"plan": "0" * 64} if method == "Approve" else {}
                with self.assertRaises(VarlinkError) as caught:
                    d.varlink(method, cluster="order", **more)
                self.assertEqual("UnknownCluster", caught.exception.error)
                self.assertEqual("orders", caught.exception.parameters["nearest"])

