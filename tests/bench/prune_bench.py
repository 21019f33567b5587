#!/usr/bin/env python3
"""A prune of 10,000 and of 100,000 sets on one cluster: calls against the fewest possible, CPU, memory."""
import math
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import measure
from daemon import Daemon, eventually
from simulator import Simulator

POLICY = """\
version: 1
defaults:
  region: cn-hangzhou
  backup: {schedule: none}
  keep: {daily: 14, weekly: 8, monthly: 12}
  safety: {grace: 0s, max_delete_percent: 100}
clusters:
  - id: amv-orders
"""


def prune(sets, every_s, https):
    with Simulator("--cluster", "amv-orders", "--delete-seconds", "1", https=https) as cloud:
        cloud.control("cluster", id="amv-orders", retention_days=730)
        cloud.control("seed", cluster="amv-orders", count=sets, every_s=every_s)
        began = time.monotonic()
        with Daemon(cloud, policy=POLICY) as daemon:
            gone = eventually("retaind knows that they are gone",
                              lambda: (s := daemon.status())["deleting"] == 0 and 0 < s["sets"] < 100 and s,
                              timeout=500, every=1)
            result = measure.usage(daemon.process.pid)
            result["wall_s"] = round(time.monotonic() - began, 1)
        calls = [c["action"] for c in cloud.log()]
    kept = gone["sets"]
    result["deleted"] = sets - kept
    result["calls"] = calls.count("DescribeBackups") + calls.count("DeleteBackups")
    # All pages once, every batch full, and two more complete listings that lack the sets.
    result["fewest"] = math.ceil(sets / 100) + math.ceil(result["deleted"] / 100) + 2 * math.ceil(kept / 100)
    result["ratio"] = round(result["calls"] / result["fewest"], 3)
    result["ms_per_call"] = round(1000 * result["cpu_s"] / result["calls"], 2)
    return result


measure.show("prune: one cluster, thinned to 14 days, 8 weeks, 12 months",
             {"10,000 sets, http": prune(10_000, 3600, False),
              "10,000 sets, https": prune(10_000, 3600, True),
              "100,000 sets, http": prune(100_000, 600, False)},
             ["deleted", "calls", "fewest", "ratio", "cpu_s", "ms_per_call", "peak_mib", "wall_s"])
