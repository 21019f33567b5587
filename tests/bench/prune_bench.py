#!/usr/bin/env python3
"""A prune of 10,000 sets on one cluster: calls against the fewest possible, CPU, memory."""
import json
import math
import os
import sys
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "integration", "harness"))
from daemon import Daemon, eventually  # noqa: E402
from simulator import Simulator  # noqa: E402

SETS = 10_000
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


def memory(pid, what):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith(what))


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(https):
    with Simulator("--cluster", "amv-orders", "--delete-seconds", "1", https=https) as cloud:
        cloud.control("cluster", id="amv-orders", retention_days=730)
        cloud.control("seed", cluster="amv-orders", count=SETS, every_s=3600)
        began = time.monotonic()
        with Daemon(cloud, policy=POLICY) as daemon:
            pid = daemon.process.pid
            eventually("the sets are gone", lambda: len(cloud.sets()) < 100, timeout=120, every=0.5)
            eventually("retaind knows it", lambda: daemon.status()["deleting"] == 0, timeout=60, every=0.5)
            result = {"wall_s": round(time.monotonic() - began, 1), "cpu_s": cpu_s(pid),
                      "peak_rss_kib": memory(pid, "VmHWM:"), "rss_kib": memory(pid, "VmRSS:")}
        kept = len(cloud.sets())
        calls = [c["action"] for c in cloud.log()]
    result["deleted"] = SETS - kept
    result["list_calls"] = calls.count("DescribeBackups")
    result["delete_calls"] = calls.count("DeleteBackups")
    # All pages once, every batch full, and two more complete listings that lack the sets.
    result["fewest_calls"] = math.ceil(SETS / 100) + math.ceil(result["deleted"] / 100) + 2 * math.ceil(kept / 100)
    result["calls"] = result["list_calls"] + result["delete_calls"]
    result["cpu_ms_per_call"] = round(1000 * result["cpu_s"] / result["calls"], 2)
    return result


def main():
    results = {scheme: measure(scheme == "https") for scheme in ("http", "https")}
    if "--json" in sys.argv[1:]:
        print(json.dumps({"prune": results}))
        return
    print(f"a prune of {SETS} sets on one cluster")
    print(f"{'':8}{'deleted':>9}{'calls':>7}{'fewest':>8}{'ratio':>7}{'CPU s':>8}{'ms/call':>9}{'peak MiB':>10}{'wall s':>8}")
    for scheme, r in results.items():
        print(f"{scheme:8}{r['deleted']:>9}{r['calls']:>7}{r['fewest_calls']:>8}{r['calls'] / r['fewest_calls']:>7.2f}"
              f"{r['cpu_s']:>8.2f}{r['cpu_ms_per_call']:>9.2f}{r['peak_rss_kib'] / 1024:>10.1f}{r['wall_s']:>8.1f}")


main()
