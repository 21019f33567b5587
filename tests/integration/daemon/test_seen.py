"""What earlier listings showed: invented sets (S16), and kept sets that another hand deletes (L3)."""
import unittest

from harness.daemon import Daemon
from harness.scenario import CLUSTER, DAY, CloudTest, deletes, policy

GRACE = "grace: 1d, fresh_within: off"


class Seen(CloudTest):
    def daemon(self, **more):
        return Daemon(self.cloud, **more)

    def invent(self, days):
        """A later set for each of so many days."""
        return [self.cloud.control("add-set", cluster=CLUSTER, start_in_s=-(n * DAY - 3 * 3600))["ids"][0]
                for n in range(2, days + 2)]

    def test_s16_invented_sets_displace_nothing(self):
        """Not even across restarts; until a person lets them count, or a grace has passed."""
        self.cloud.control("cluster", id=CLUSTER, retention_days=730)
        self.seed(count=14)
        with self.daemon(policy=policy(keep={"daily": 14}, safety=GRACE)) as d:
            d.wait_said("no earlier listing is remembered: 14 sets")
            d.until("a listing", complete=True)
            d.stop()
            invented = self.invent(10)
            d.start()
            status = d.until("late sets", late=10)
            self.assertEqual((10, 0, 14), (status["quarantined"], status["expired"], status["kept"]))
            d.wait_said("10 sets show for the first time, and earlier listings should have had them: ")
            self.assertEqual(1, d.ctl("health")[0])
            self.assertIn("10 sets of orders showed late and count for nothing yet", d.ctl("health")[1])
            self.assertIn("late_sets", [w["warning"] for w in d.json("status")["warnings"]])
            told = d.ctl("status")[1]
            self.assertIn("10 sets showed late and count for nothing yet\n", told)
            command = told.split("when you have looked into it:\n    retainctl ")[1].split("\n")[0]
            plan = d.ctl("plan", CLUSTER)[1]
            self.assertIn(command, plan)
            self.assertIn("an earlier listing should have had it, dated ", plan)
            self.assertEqual([], deletes(self.cloud))

            self.assertEqual(0, d.ctl(*command.split())[0])
            status = d.until("what a person let count", late=0)
            self.assertEqual(10, status["expired"])
            self.assertEqual([], deletes(self.cloud))
            self.assertEqual(10, len(invented))

    def test_l3_kept_sets_that_another_hand_deletes(self):
        """While the daemon runs, and while it does not."""
        for stopped in (False, True):
            with self.subTest(stopped=stopped):
                self.cloud.control("remove-set", cluster=CLUSTER, all=True)
                self.vanish(self.seed(count=30), stopped)

    def vanish(self, kept, stopped):
        with self.daemon(policy=policy(keep={"daily": 30}, safety=GRACE)) as d:
            d.until("a listing", complete=True)
            if stopped:
                d.stop()
            for identity in kept[:25]:
                self.cloud.control("remove-set", cluster=CLUSTER, id=identity)
            if stopped:
                d.start()
            else:
                d.ctl("prune", CLUSTER)
            status = d.until("the trouble", vanished=25, state="trouble")
            self.assertRegex(status["trouble"], "^25 kept sets were deleted by another hand.*ActionTrail")
            d.wait_said(r"<2>orders: 25 of 30 kept sets were deleted by another hand since .*: "
                        + ", ".join(kept[24:19:-1]) + r" and 20 more\. ActionTrail knows who did it")
            health = d.ctl("health")
            self.assertEqual(2, health[0])
            self.assertIn("25 kept sets were deleted by another hand", health[1])
            self.assertEqual(25, len(d.history("vanished")))

            d.stop()  # it is still trouble after that
            d.start()
            self.assertEqual(25, d.status()["vanished"])
            d.until("a listing", complete=True)
            told = d.ctl("status")[1]
            self.assertIn("25 kept sets were deleted by another hand\n", told)
            command = told.split("when you have looked into it:\n    retainctl ")[1].split("\n")[0]
            self.assertEqual(0, d.ctl(*command.split())[0])
            self.assertEqual((0, None), (d.status()["vanished"], d.status()["trouble"]))
            self.assertEqual(1, len([line for line in d.lines if "by another hand since" in line]))


if __name__ == "__main__":
    unittest.main()
