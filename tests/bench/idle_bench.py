#!/usr/bin/env python3
"""Idle minutes of 100 clusters that are listed every hour: wake-ups and CPU. RETAIND_BENCH_MINUTES (10) says how many;
in the first half hour nothing is due, in 60 each is listed once."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import measure
from daemon import Daemon, eventually
from simulator import Simulator

CLUSTERS = 100


def policy():
    listed = "".join(f"  - id: amv-{n:05}\n" for n in range(1, CLUSTERS + 1))
    return f"""\
version: 1
defaults:
  region: cn-hangzhou
  cloud_retention: ignore
  backup: {{schedule: none}}
  keep: {{last: 200}}
  refresh: 1h
clusters:
{listed}"""


def main():
    minutes = float(os.environ.get("RETAIND_BENCH_MINUTES", "10"))
    # The watchdog as the unit has it.
    with Simulator() as cloud:
        cloud.control("fleet", count=CLUSTERS, sets=100)
        with Daemon(cloud, policy=policy(), env={"WATCHDOG_USEC": "60000000"}) as daemon:
            eventually("all are listed", lambda: f"{CLUSTERS} well" in daemon.status_text(), timeout=60, every=0.5)
            time.sleep(10)
            pid, calls = daemon.process.pid, len(cloud.log())
            before, wakeups = measure.cpu_s(pid), measure.status_number(pid, "voluntary_ctxt")
            time.sleep(60 * minutes)
            result = measure.usage(pid)
            cpu = measure.cpu_s(pid) - before
            result["wakeups_per_min"] = round((measure.status_number(pid, "voluntary_ctxt") - wakeups) / minutes, 2)
            result["calls"] = len(cloud.log()) - calls
            result["cpu_percent"] = round(100 * cpu / (60 * minutes), 4)
            result["minutes"] = minutes
    measure.show("idle: 100 clusters refreshed hourly", {f"{CLUSTERS} clusters": result},
                 ["minutes", "calls", "wakeups_per_min", "cpu_percent", "rss_mib", "peak_mib"])


main()
