"""Many clusters, one budget of calls for each account and region: who goes first, and whose trouble
is whose. By the simulator's log, so that a busy machine changes nothing but the patience needed."""
import os
import pathlib
import re
import shutil
import tempfile

from harness.daemon import eventually
from harness.scenario import CloudTest, due_policy, policy

BURST = 5  # calls of an account in a region that may be made at once


def first_listings(cloud):
    """When each cluster was first listed."""
    found = {}
    for call in cloud.log(action="DescribeBackups"):
        found.setdefault(call["params"]["DBClusterId"], call["time_s"])
    return found


def listed(daemon):
    """True if the last listing of each cluster is complete."""
    return all(c["complete"] for c in daemon.varlink("Status")["status"]["clusters"])


class Fleet(CloudTest):
    clusters = ("amv-none",)

    def fleet(self, count, prefix="amv-", sets=3, **more):
        self.cloud.control("fleet", count=count, prefix=prefix, sets=sets, every_s=86400, **more)
        return tuple(f"{prefix}{n:05}" for n in range(1, count + 1))

    def test_l2_one_that_hangs_and_one_that_is_throttled_delay_no_other(self):
        clusters = self.fleet(1000)
        hangs, throttled = clusters[10], clusters[20]
        self.cloud.fault("latency", where={"DBClusterId": hangs}, args={"ms": 30000})
        self.cloud.fault("throttle", where={"DBClusterId": throttled}, args={"retry_after_ms": 1000})
        text = policy(clusters=clusters).replace("defaults:", "accounts:\n  default: {rate: 50}\ndefaults:", 1)
        with self.daemon(policy=text) as d:
            eventually("all listed", lambda: len(first_listings(self.cloud)) == 1000, every=1)
            at = sorted(t for c, t in first_listings(self.cloud).items() if c not in (hangs, throttled))
            took, least = at[-1] - at[0], (len(at) - 13) / 50
            self.assertGreaterEqual(took, least * 0.95)
            self.assertNotIn("is throttled", d.said())

    def test_one_account_in_one_region_is_throttled_and_slows_no_other(self):
        throttled = self.fleet(20, prefix="amv-hz")
        others = self.fleet(60, prefix="amv-bj", region="cn-beijing")
        for c in throttled[:10]:
            self.cloud.fault("throttle", where={"DBClusterId": c}, count=1)
        text = policy(clusters=throttled, more="".join(
            f"  - {{id: {c}, region: cn-beijing}}\n" for c in others))
        with self.daemon(policy=text) as d:
            eventually("all listed", lambda: listed(d), every=1)
            said = [line for line in d.lines if "is throttled" in line]
            self.assertEqual(1, len(said), said)
            self.assertIn("account default in cn-hangzhou is throttled (Throttling.User): 10.0 calls a second "
                          "instead of 20", said[0])

    def test_a_pass_over_many_clusters_keeps_its_connections(self):
        clusters = self.fleet(200)
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        early, late = f"{folder}/early.prom", f"{folder}/late.prom"
        text = policy(clusters=clusters).replace("defaults:", (
            f"metrics: {{textfile: {early}}}\naccounts:\n  default: {{rate: 50}}\ndefaults:"), 1)
        with self.daemon(policy=text) as d:
            eventually("all listed", lambda: listed(d), every=1)
            d.write_policy(text.replace(early, late))  # it is written anew at once
            self.assertEqual(0, d.ctl("reload")[0])
            page = eventually("metrics", lambda: os.path.exists(late) and pathlib.Path(late).read_text())
            opened = re.search(r"^retaind_connections_opened_total (\d+)$", page, re.M)
            self.assertIn(int(opened[1]), range(1, 33))

    def test_backups_are_caught_up_with_the_oldest_first(self):
        clusters = self.fleet(60, sets=1)
        ages = {c: 24 + n * 7 % 60 for n, c in enumerate(clusters)}
        for c, hours in ages.items():
            self.cloud.control("edit-set", cluster=c, id=self.cloud.sets(c)[0]["id"],
                               start_in_s=-hours * 3600, end_in_s=-hours * 3600 + 60)
        with self.daemon(policy=policy(clusters=clusters)) as d:
            eventually("all listed", lambda: len(first_listings(self.cloud)) == 60)
            eventually("all seen", lambda: listed(d))
            since = self.cloud.log()[-1]["n"]
            d.write_policy(due_policy(clusters=clusters))
            self.assertEqual(0, d.ctl("reload")[0])
            eventually("all taken", lambda: len(self.cloud.log(action="CreateBackup")) == 60)
            order = [c["params"]["DBClusterId"] for c in self.cloud.log(since, action="CreateBackup")]
            oldest_first = sorted(clusters, key=lambda c: -ages[c])
            for place, c in enumerate(order):
                self.assertAlmostEqual(place, oldest_first.index(c), delta=BURST + 3, msg=(c, order))
