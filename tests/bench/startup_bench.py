#!/usr/bin/env python3
"""A policy file of 10,000 clusters: checked, started with, reloaded."""
import os
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import measure
from daemon import BIN, Daemon
from simulator import Simulator

CLUSTERS = 10_000
TIMES = 5


def policy(days):
    listed = "".join(f"  - id: amv-{n:05}\n    name: orders-{n}\n" for n in range(1, CLUSTERS + 1))
    return f"""\
version: 1
defaults:
  region: cn-hangzhou
  timezone: Asia/Shanghai
  backup: {{schedule: "*-*-* 02:00", jitter: 3h}}
  keep: {{last: 3, daily: {days}, weekly: 8, monthly: 24}}
clusters:
{listed}"""


def timed(what):
    took = []
    for _ in range(TIMES):
        began = time.monotonic()
        what()
        took.append(1000 * (time.monotonic() - began))
    return {"best_ms": round(min(took), 1), "median_ms": round(statistics.median(took), 1)}


def main():
    rows = {}
    # No cloud: a network that is down does not keep the daemon from starting.
    with Simulator() as cloud, Daemon(cloud, policy=policy(14), start=False) as daemon:
        rows["retainctl check"] = timed(lambda: subprocess.run(
            [os.path.join(BIN, "retainctl"), "check", daemon.config], check=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL))
        daemon.env["RETAIND_ENDPOINT"] = "http://127.0.0.1:9"

        def start():
            if daemon.process:
                daemon.kill()
            daemon.start()
        rows["start to READY, no state yet"] = timed(start)
        daemon.kill()

        def start_again():
            if daemon.process:
                daemon.kill()
            daemon.start()
        rows["start to READY, again"] = timed(start_again)
        rows["reload, nothing changed"] = timed(lambda: daemon.varlink("Reload", timeout=60))
        days = iter(range(15, 100))

        def reload():
            daemon.write_policy(policy(next(days)))
            daemon.varlink("Reload", timeout=60)
        rows["reload, all changed"] = timed(reload)
        rows["reload, all changed"].update(measure.usage(daemon.process.pid))
    measure.show(f"policy file of {CLUSTERS} clusters", rows, ["best_ms", "median_ms", "cpu_s", "peak_mib", "rss_mib"])


main()
