#!/usr/bin/env python3
"""A full pass over 10,000 clusters of 100 sets, each answer after 50 ms, 500 calls a second allowed: next to the
20 seconds that these calls take at that rate at least. And over 100 clusters at the rate that a policy has unasked."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import measure
from daemon import Daemon, eventually
from simulator import Simulator

FAST = 500
UNASKED = 20


def policy(clusters, port, rate):
    account = f"{{rate: {FAST}, concurrency: 64}}" if rate == FAST else "{}"
    listed = "".join(f"  - id: amv-{n:05}\n" for n in range(1, clusters + 1))
    return f"""\
version: 1
metrics: {{listen: "127.0.0.1:{port}"}}
accounts:
  default: {account}
defaults:
  region: cn-hangzhou
  cloud_retention: ignore
  backup: {{schedule: none}}
  keep: {{last: 200}}
  refresh: 6h
clusters:
{listed}"""


def full_pass(clusters, rate, https):
    with Simulator(https=https) as cloud:
        cloud.control("fleet", count=clusters, sets=100)
        cloud.fault("latency", args={"ms": 50})
        port = measure.free_port()
        with Daemon(cloud, policy=policy(clusters, port, rate)) as daemon:
            measure.forget_peak(daemon.process.pid)
            eventually("all are listed", lambda: f"{clusters} well" in daemon.status_text(), timeout=250, every=0.5)
            result = measure.usage(daemon.process.pid)
            result["connections"] = measure.metric(port, "retaind_connections_opened_total")
        log = cloud.log()
    result["calls"] = len(log)
    result["pass_s"] = measure.span_s(log)
    result["bound_s"] = round(len(log) / rate, 1)
    result["ratio"] = round(result["pass_s"] / result["bound_s"], 2)
    return result


measure.show("full pass: 100 sets a cluster, 50 ms latency",
             {"100 clusters, 20 calls/s, http": full_pass(100, UNASKED, False),
              "100 clusters, 20 calls/s, https": full_pass(100, UNASKED, True),
              "10,000 clusters, 500 calls/s, http": full_pass(10_000, FAST, False),
              "10,000 clusters, 500 calls/s, https": full_pass(10_000, FAST, True)},
             ["calls", "pass_s", "bound_s", "ratio", "cpu_s", "peak_mib", "rss_mib", "heap_mib", "libs_mib", "connections"])
