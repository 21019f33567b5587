#!/usr/bin/env python3
"""1,000 clusters of 100 sets thinned once: retaind --once next to a script on the vendor's own client for Node."""
import os
import subprocess
import sys
import tempfile

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


# The script knows nothing of the cloud's log: without it both make the same calls.
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
  safety: {{grace: 0s, max_delete_percent: 100, point_in_time: ignore}}
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


def slow_disk(folder):
    """The environment of a disk that takes 30 ms to sync."""
    library = os.path.join(folder, "slowsync.so")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, os.path.join(HERE, "slowsync.c")], check=True)
    return {"LD_PRELOAD": library}


def main():
    subprocess.run([os.path.join(VENDOR, "install"), INSTALLED], check=True)
    with tempfile.TemporaryDirectory() as folder, Simulator() as cloud, \
            Daemon(cloud, policy=policy(), start=False) as daemon:
        script = run(cloud, ["node", os.path.join(HERE, "script", "thin.mjs"), cloud.url.split("//")[1], "1",
                             str(CLUSTERS)], env=SCRIPT_ENV)
        ours = run(cloud, daemon.command("--once"), env=daemon.env)
        anew = daemon.command("--once", "--state", os.path.join(folder, "state.db"))
        slow = run(cloud, anew, env=dict(daemon.env, **slow_disk(folder)))
    ratio = {k: round(ours[k] / script[k], 3) for k in ("wall_s", "cpu_s", "peak_mib", "calls", "deleted")}
    measure.show(f"{CLUSTERS} clusters of 100 sets thinned once, 50 ms latency, 16 calls at once",
                 {"script on Node": script, "retaind --once": ours, "the same, 30 ms a sync": slow,
                  "ours / script's": ratio},
                 ["deleted", "calls", "wall_s", "cpu_s", "peak_mib"])


main()
