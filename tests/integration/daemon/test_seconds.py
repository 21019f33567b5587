"""The time that can be restored to the second (S14): where it shows, and that `warn` tells of it before it shrinks."""
import re
import socket
import time
import urllib.request

from harness.daemon import HANG_S, eventually
from harness.scenario import DAY, CloudTest, policy, seconds


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Seconds(CloudTest):
    def with_metrics(self, **more):
        self.port = free_port()
        return policy(keep={"last": 3}, **more).replace("defaults:", f"metrics: {{listen: 127.0.0.1:{self.port}}}\ndefaults:", 1)

    def metric(self, name):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=HANG_S) as r:
            return int(re.search(rf"(?m)^retaind_{name} (\d+)$", r.read().decode())[1])

    def log(self, d):
        """Since when any second can be restored, now and after the deletes, once the log's retention is read."""
        c = eventually("the log is known", lambda: (c := d.status())["second_since"] and c)
        return c["second_since"], c["second_after"]

    def seed_four_a_day(self, count):
        self.cloud.switch(log_backup="on")
        self.cloud.control("seed", count=count, every_s=6 * 3600)

    def test_l3_it_shows_in_status_plan_report_and_metrics(self):
        self.seed_four_a_day(60)
        with self.daemon(policy=self.with_metrics()) as d:
            eventually("pruned", lambda: 0 < d.status()["sets"] < 60 and not d.status()["deleting"]
                       and not d.status()["expired"])
            since, after = self.log(d)
            self.assertEqual(since, after)
            self.assertTrue(6 * DAY < time.time() - seconds(since) < 7 * DAY, since)
            said = f"to the second since {since[:10]} {since[11:16]}"
            self.assertIn(f"\n  {said} (UTC)\n", d.ctl("status", "orders")[1])
            self.assertNotIn(said, d.ctl("status")[1])
            self.assertIn(f"\ncan be restored {said}\n", d.ctl("plan", "orders")[1])
            self.assertIn(f"<dt>Can be restored</dt><dd>{said}</dd>", d.ctl("report", "--html", "-")[1])
            self.assertLess(abs(time.time() - seconds(since) - self.metric(r"point_in_time_seconds\{.*\}")), HANG_S)

    def test_s14_warn_tells_how_it_shrinks_before_it_does(self):
        self.seed_four_a_day(20)
        warn = "grace: {}, max_delete_percent: 100, fresh_within: off, point_in_time: warn"
        with self.daemon(policy=self.with_metrics(safety=warn.format("1d"))) as d:
            since, after = self.log(d)
            self.assertEqual((17, 17 * 6 * 3600), (d.status()["expired"], seconds(after) - seconds(since)))
            words = f"to the second since {since[:10]} {since[11:16]}; after these deletes since {after[:10]} {after[11:16]}"
            self.assertIn(f"\n  {words} (UTC)\n", d.ctl("status", "orders")[1])
            self.assertIn(f"\ncan be restored {words}\n", d.ctl("plan", "orders")[1])
            self.assertEqual([since, after], [d.plan()["second_since"], d.plan()["second_after"]])
            told = f"any second since {since[:19]}.* can be restored, and after the deletes to come only since {after[:19]}"
            for command in (["status"], ["health"], ["health", "--cluster", "orders"]):
                self.assertRegex(d.ctl(*command)[1], told)
            self.assertEqual(1, d.ctl("health")[0])
            eventually("STATUS=", lambda: re.search(told, d.status_text()))
            self.assertEqual(["point_in_time"], [w["warning"] for w in d.json("status")["warnings"]])
            self.assertEqual(1, self.metric(r'warning\{warning="point_in_time"\}'))
            d.wait_said("every second since .* can be restored now; after these deletes only those since")
            d.write_policy(self.with_metrics(safety=warn.format("0s")))
            d.varlink("Reload")
            d.until("pruned", sets=3, expired=0, deleting=0)
            self.assertEqual((after, after), self.log(d))
            self.assertEqual(0, d.ctl("health")[0])
            self.assertEqual(0, self.metric(r'warning\{warning="point_in_time"\}'))

    def test_s14_a_prune_by_hand_tells_how_it_shrinks(self):
        self.cloud.switch(log_backup="on")
        self.seed(3, newest_h=60)
        warn = "grace: 0s, max_delete_percent: 100, fresh_within: off, point_in_time: warn"
        with self.daemon(policy=policy(keep={"last": 3}, safety=warn)) as d:
            since, after = self.log(d)
            self.assertEqual(since, after)
            for hours in (3, 2, 1):
                self.add(start_in_s=-hours * 3600)
            self.cloud.fault("latency", action="DeleteBackups", ms=2000)
            code, out, _ = d.ctl("prune", "orders")
            self.assertEqual(0, code, out)
            self.assertRegex(out, f"prune of orders: begun: any second since {since[:19]}.* only since")

    def test_l3_a_log_that_somebody_switches_off_is_told(self):
        self.seed_four_a_day(20)
        with self.daemon(policy=policy(keep={"last": 3})) as d:
            self.log(d)
            self.cloud.switch(log_backup="off")
            d.write_policy(policy(keep={"last": 4}))  # another policy has it read again
            d.varlink("Reload")
            d.wait_said("somebody else switched the log off")
            eventually("it does not show any more", lambda: not d.status()["second_since"])
