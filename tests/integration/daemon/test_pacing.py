"""Many clusters, one budget of calls for each account and region: who goes first, and whose trouble
is whose. By the simulator's log, so that a busy machine changes nothing but the patience needed."""
import time

from harness.daemon import eventually
from harness.scenario import CloudTest, due_policy, policy

RATE, BURST = 20, 5  # calls a second of an account in a region; a quarter of a second's worth


def first_listings(cloud):
    """When each cluster was first listed."""
    found = {}
    for call in cloud.log(action="DescribeBackups"):
        found.setdefault(call["params"]["DBClusterId"], call["time_s"])
    return found


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
        with self.daemon(policy=policy(clusters=clusters)) as d:
            eventually("all listed", lambda: len(first_listings(self.cloud)) == 1000, timeout=300, every=1)
            at = sorted(t for c, t in first_listings(self.cloud).items() if c not in (hangs, throttled))
            took, least = at[-1] - at[0], (len(at) - BURST) / RATE
            self.assertLessEqual(took, least * 1.1 + 1)
            self.assertGreaterEqual(took, least * 0.95)
            self.assertNotIn("is throttled", d.said())
