"""Clusters that are found by what they are, in step with what the cloud says there is."""
import time
import unittest

from harness.daemon import Daemon, eventually
from harness.simulator import Simulator

POLICY = """\
version: 1
defaults:
  region: cn-hangzhou
  backup: {{schedule: none}}
  keep: {{last: 3}}
  safety: {{grace: 0s, max_delete_percent: 100, fresh_within: off}}
  cloud_retention: ignore
clusters:
{clusters}
"""
DISCOVER = """\
  - discover: {{region: cn-hangzhou, tags: {{env: prod}}, every: {every}, forget_after: {forget}{more}}}
"""


def policy(*entries):
    return POLICY.format(clusters="".join(entries))


def discover(every="1h", forget="7d", more=""):
    return DISCOVER.format(every=every, forget=forget, more=more)


class Discovery(unittest.TestCase):
    def setUp(self):
        self.cloud = Simulator("--backup-seconds", "1", "--delete-seconds", "1")
        self.cloud.start()
        self.addCleanup(self.cloud.stop)
        for name in ("orders", "carts"):
            self.add(name)
        self.add("lab", tags={"env": "test"})

    def add(self, name, tags=None, **more):
        tags = {"env": "prod", "team": "shop"} if tags is None else tags
        self.cloud.control("cluster", id=f"amv-{name}", description=name, tags=tags, **more)
        self.cloud.control("seed", cluster=f"amv-{name}", count=5, every_s=86400)

    def clusters(self, d):
        return {c["cluster"]: c for c in d.varlink("Status")["status"]["clusters"]}

    def discovery(self, d):
        return d.varlink("Status")["status"]["discoveries"][0]

    def until(self, d, *ids):
        names = sorted(f"amv-{i}" for i in ids)
        eventually(f"the clusters {names}", lambda: sorted(self.clusters(d)) == names)

    def look(self, d, times=1):
        """A reload looks at once."""
        for _ in range(times):
            before = len(self.cloud.log(action="DescribeDBClusters"))
            code, _, err = d.ctl("reload")
            self.assertEqual(0, code, err)
            eventually("looked", lambda: len(self.cloud.log(action="DescribeDBClusters")) > before)
            time.sleep(0.3)

    def sets(self, name):
        return len(self.cloud.sets(f"amv-{name}"))

    def test_clusters_with_the_tags_are_found_and_pruned_by_the_policy(self):
        with Daemon(self.cloud, policy(discover())) as d:
            self.until(d, "carts", "orders")
            eventually("pruned", lambda: self.sets("orders") == 3 and self.sets("carts") == 3)
            self.assertEqual(5, self.sets("lab"))
            status = self.clusters(d)["amv-orders"]
            self.assertEqual("orders", status["name"])
            self.assertEqual("cn-hangzhou env=prod", status["found_by"])
            call = self.cloud.log(action="DescribeDBClusters")[0]
            self.assertEqual({"RegionId": "cn-hangzhou", "PageSize": "100", "PageNumber": "1",
                              "Tag.1.Key": "env", "Tag.1.Value": "prod"}, call["params"])
            self.assertEqual([], call["undeclared"])
            code, out, _ = d.ctl("status")
            self.assertEqual(0, code)
            self.assertIn("discovery cn-hangzhou env=prod: 2 clusters", out)

    def test_name_and_exclude_narrow_it(self):
        self.add("orders-2")
        more = ', name: "orders*", exclude: [amv-orders-2]'
        with Daemon(self.cloud, policy(discover(more=more))) as d:
            self.until(d, "orders")

    def test_a_new_cluster_joins_and_one_that_vanishes_is_left_alone(self):
        with Daemon(self.cloud, policy(discover())) as d:
            self.until(d, "carts", "orders")
            self.add("users")
            self.look(d)
            self.until(d, "carts", "orders", "users")
            self.assertRegex(d.said(), "cluster amv-users .*joins")
            self.cloud.control("cluster", id="amv-users", tags={})
            self.look(d, times=2)
            d.wait_said("cluster amv-users .*is not found any more")
            status = eventually("paused", lambda: self.clusters(d).get("amv-users", {}).get("state") == "paused"
                                and self.clusters(d)["amv-users"])
            self.assertIn("does not find", status["paused"])
            self.cloud.control("cluster", id="amv-users", tags={"env": "prod"})
            self.look(d)
            d.wait_said("cluster amv-users .*is found again")
            eventually("resumed", lambda: self.clusters(d)["amv-users"]["state"] == "well")

    def test_one_list_without_it_changes_nothing(self):
        with Daemon(self.cloud, policy(discover())) as d:
            self.until(d, "carts", "orders")
            self.cloud.fault("patch", action="DescribeDBClusters", count=1,
                             fields={"TotalCount": 0, "Items": {"DBCluster": []}})
            self.look(d, times=3)
            self.assertNotIn("not found any more", d.said())
            self.until(d, "carts", "orders")

    def test_a_doubtful_list_changes_nothing_and_is_told(self):
        item = {"DBClusterId": "amv-x", "DBClusterStatus": "Running", "RegionId": "cn-hangzhou",
                "Tags": {"Tag": [{"Key": "env", "Value": "prod"}]}}
        doubts = [
            ({"TotalCount": 7}, "announced"),
            ({"TotalCount": 1}, "announced"),
            ({"TotalCount": None}, "TotalCount"),
            ({"PageNumber": 2}, "page 2"),
            ({"TotalCount": 2, "Items": {"DBCluster": [item, item]}}, "listed twice"),
            ({"TotalCount": 1, "Items": {"DBCluster": [dict(item, RegionId="cn-beijing")]}}, "another region"),
            ({"TotalCount": 1, "Items": {"DBCluster": [dict(item, Tags=None)]}}, "Tags"),
            ({"TotalCount": 1, "Items": {"DBCluster": [dict(item, DBClusterStatus="")]}}, "DBClusterStatus"),
            ({"Items": None}, "Items"),
        ]
        with Daemon(self.cloud, policy(discover())) as d:
            self.until(d, "carts", "orders")
            for fields, words in doubts:
                with self.subTest(words):
                    rule = self.cloud.fault("patch", action="DescribeDBClusters", fields=fields)
                    self.look(d)
                    eventually(words, lambda: words in self.discovery(d)["error"])
                    self.assertEqual(["amv-carts", "amv-orders"], sorted(self.clusters(d)))
                    self.cloud.control("fault-clear", rule=rule)
                    self.look(d)
                    eventually("well again", lambda: not self.discovery(d)["error"])
            self.assertNotIn("not found any more", d.said())
            self.assertNotRegex(d.said(), "amv-x .*joins")

    def test_tags_that_the_service_does_not_heed_let_nobody_in(self):
        lab = {"DBClusterId": "amv-lab", "DBClusterStatus": "Running", "RegionId": "cn-hangzhou",
               "Tags": {"Tag": [{"Key": "env", "Value": "test"}]}}
        self.cloud.fault("patch", action="DescribeDBClusters",
                         fields={"TotalCount": 1, "Items": {"DBCluster": [lab]}})
        with Daemon(self.cloud, policy(discover())) as d:
            eventually("looked", lambda: self.discovery(d)["looked"])
            self.assertEqual({}, self.clusters(d))

    def test_a_cluster_that_is_not_running_waits(self):
        self.cloud.control("cluster", id="amv-orders", status="ClassChanging")
        with Daemon(self.cloud, policy(discover())) as d:
            self.until(d, "carts", "orders")
            eventually("pruned", lambda: self.sets("carts") == 3)
            status = d.until("listed", cluster="amv-orders", complete=True)
            self.assertEqual("paused", status["state"])
            self.assertIn("ClassChanging", status["paused"])
            self.assertEqual(5, self.sets("orders"))
            self.assertRegex(d.said(), "orders: nothing is changed for now .*ClassChanging")
            code, out, _ = d.ctl("health")
            self.assertEqual(1, code, out)
            self.cloud.control("cluster", id="amv-orders", status="Running")
            self.look(d)
            eventually("pruned", lambda: self.sets("orders") == 3)
            self.assertEqual([], self.cloud.log(action="CreateBackup"))

    def test_a_cluster_that_is_listed_keeps_its_own_entry(self):
        listed = "  - {id: amv-orders, name: mine, keep: {last: 4}}\n"
        with Daemon(self.cloud, policy(discover(), listed)) as d:
            self.until(d, "carts", "orders")
            eventually("pruned", lambda: self.sets("orders") == 4 and self.sets("carts") == 3)
            self.assertIsNone(self.clusters(d)["amv-orders"]["found_by"])
            self.assertEqual("mine", self.clusters(d)["amv-orders"]["name"])
            self.assertRegex(d.said(), "cluster amv-orders .*goes by its own entry")
            self.assertNotRegex(d.said(), "cluster amv-orders .*joins")

    def test_of_two_entries_the_first_in_the_file_wins(self):
        first = discover(more=", name: orders").rstrip() + "\n    keep: {last: 4}\n"
        with Daemon(self.cloud, policy(first, discover())) as d:
            self.until(d, "carts", "orders")
            eventually("pruned", lambda: self.sets("orders") == 4 and self.sets("carts") == 3)
            d.wait_said("cluster amv-orders is found by two entries")
            self.look(d, times=2)
            self.assertEqual(1, d.said().count("is found by two entries"))

    def test_a_start_without_the_network_knows_its_clusters(self):
        with Daemon(self.cloud, policy(discover())) as d:
            self.until(d, "carts", "orders")
            eventually("pruned", lambda: self.sets("orders") == 3)
            d.stop()
            self.cloud.fault("reset", action="DescribeDBClusters")
            self.cloud.control("seed", cluster="amv-orders", count=2, every_s=60)
            d.start()
            self.until(d, "carts", "orders")
            eventually("pruned again", lambda: self.sets("orders") == 3)
            eventually("told", lambda: self.discovery(d)["error"])
            d.wait_said("the clusters could not be listed")
            self.assertIn("discovery cn-hangzhou env=prod", eventually("status", d.status_text))

    def test_a_reload_keeps_what_was_found_and_changes_its_policy(self):
        with Daemon(self.cloud, policy(discover())) as d:
            self.until(d, "carts", "orders")
            eventually("pruned", lambda: self.sets("orders") == 3 and self.sets("carts") == 3)
            self.cloud.fault("hang", action="DescribeDBClusters")
            d.write_policy(policy(discover().rstrip() + "\n    keep: {last: 2}\n"))
            code, out, err = d.ctl("reload")
            self.assertEqual(0, code, err)
            self.assertIn("2 clusters changed, 0 new, 0 gone", out)
            eventually("pruned", lambda: self.sets("orders") == 2 and self.sets("carts") == 2)
            d.write_policy(policy(discover(more=", name: orders")))  # another question: nothing is known of it
            code, out, err = d.ctl("reload")
            self.assertEqual(0, code, err)
            self.assertIn("2 gone", out)

    def test_the_list_is_read_in_pages(self):
        for n in range(120):
            self.cloud.control("cluster", id=f"amv-many{n:03}", description=f"many{n}", tags={"env": "prod"})
        with Daemon(self.cloud, policy(discover())) as d:
            eventually("found", lambda: len(self.clusters(d)) == 122)
            pages = [c["params"]["PageNumber"] for c in self.cloud.log(action="DescribeDBClusters")]
            self.assertEqual(["1", "2"], pages)

    def test_l2_throttled_listings_of_clusters_slow_the_calls_of_their_account(self):
        rule = self.cloud.fault("throttle", action="DescribeDBClusters", args={"retry_after_ms": 100})
        with Daemon(self.cloud, policy(discover(), discover(more=', name: "x*"'))) as d:
            d.wait_said("account default in cn-hangzhou is throttled .Throttling.User.: 10.0 calls a second instead of 20")
            self.cloud.control("fault-clear", rule=rule)
            self.until(d, "carts", "orders")

    def test_once_waits_for_the_discovery(self):
        d = Daemon(self.cloud, policy(discover()), start=False)
        self.addCleanup(d.stop)
        code, said = d.once()
        self.assertEqual(0, code, said)
        eventually("pruned", lambda: self.sets("orders") == 3 and self.sets("carts") == 3)
        self.cloud.fault("refuse", action="DescribeDBClusters")
        code, said = d.once()
        self.assertEqual(1, code, said)
        self.assertIn("NoPermission", said)


if __name__ == "__main__":
    unittest.main()
