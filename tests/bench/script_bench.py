#!/usr/bin/env python3
"""1,000 clusters of 100 sets thinned once: retaind --once next to a script on the vendor's own client for Node."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import measure
from daemon import KEY_ID, KEY_SECRET, Daemon
from simulator import Simulator

CLUSTERS = 1000
HERE = os.path.dirname(os.path.realpath(__file__))
VENDOR = os.path.join(measure.ROOT, "tests", "integration", "vendor")
INSTALLED = os.path.join(measure.ROOT, "build", "vendor")
SCRIPT_ENV = {"PATH": os.environ["PATH"], "VENDOR_DIR": INSTALLED, "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY_ID,
              "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY_SECRET}


def policy():
    listed = "".join(f"  - id: amv-{n:05}\n" for n in range(1, CLUSTERS + 1))
    return f"""\
version: 1
accounts:
  default: {{rate: 500, concurrency: 16}}
defaults:
  region: cn-hangzhou
  cloud_retention: ignore
  backup: {{schedule: none}}
  keep: {{daily: 14, weekly: 8, monthly: 12}}
  safety: {{grace: 0s, max_delete_percent: 100}}
clusters:
{listed}"""


def run(cloud, command, **how):
    cloud.control("reset")
    cloud.control("fleet", count=CLUSTERS, sets=100)
    cloud.fault("latency", args={"ms": 50})
    _, used = measure.wait_for(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                                stderr=subprocess.DEVNULL, **how))
    log = cloud.log()
    used["wall_s"] = measure.span_s(log)
    used["calls"] = len(log)
    used["deleted"] = sum(len(c["deleted"]) for c in log)
    return used


def main():
    subprocess.run([os.path.join(VENDOR, "install"), INSTALLED], check=True)
    with Simulator() as cloud, Daemon(cloud, policy=policy(), start=False) as daemon:
        script = run(cloud, ["node", os.path.join(HERE, "script", "thin.mjs"), cloud.url.split("//")[1], "1",
                             str(CLUSTERS)], env=SCRIPT_ENV)
        ours = run(cloud, daemon.command("--once"), env=daemon.env)
    ratio = {k: round(ours[k] / script[k], 3) for k in ("wall_s", "cpu_s", "peak_mib", "calls", "deleted")}
    measure.show(f"{CLUSTERS} clusters of 100 sets thinned once, 50 ms latency, 16 calls at once",
                 {"script on Node": script, "retaind --once": ours, "ours / script's": ratio},
                 ["deleted", "calls", "wall_s", "cpu_s", "peak_mib"])


main()
