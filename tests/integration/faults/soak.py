#!/usr/bin/env python3
"""A real daemon at a high rate, with faults: its memory and its descriptors stay flat.

    soak.py [--minutes M] [--clusters N]

Every cluster is listed each second, sets come and expire all the time, backups and deletes go on,
people ask, the policy is reloaded, and every tenth call of the cloud fails in some way."""
import argparse
import os
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.daemon import Daemon  # noqa: E402
from harness.scenario import DAY, cloud, policy  # noqa: E402

KEEP = {"last": 3, "daily": 14, "weekly": 8, "monthly": 24}


def measure(pid):
    """(resident KiB, open descriptors, threads)"""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        status = dict(line.split(":", 1) for line in f)
    return (int(status["RssAnon"].split()[0]), len(os.listdir(f"/proc/{pid}/fd")),
            int(status["Threads"]))


def faults(cloud_):
    for kind, more in (("latency", {"ms": 300}), ("status", {"status": 503}), ("truncate", {"at": 200}),
                       ("reset", {"how": "rst", "when": "after"}), ("throttle", {"retry_after_ms": 200})):
        cloud_.fault(kind, probability=0.02, **more)


def one_turn(d, cloud_, clusters, dice, turn):
    for cluster in dice.sample(clusters, min(3, len(clusters))):
        # A set from long ago: expired at once.
        cloud_.control("add-set", cluster=cluster, start_in_s=-dice.randint(3, 700) * DAY)
    name = dice.choice(clusters)
    for method, query in (("Status", {}), ("Plan", {"cluster": name}), ("History", {"limit": 50}),
                          ("Prune", {"cluster": name})):
        d.varlink(method, **query)
    if turn % 10 == 0:
        d.write_policy(text(clusters, 1 + turn // 10 % 2))
        d.varlink("Reload")
        d.ctl("health")
    if turn % 5 == 0:
        d.varlink("Backup", cluster=name)


def text(clusters, refresh_s):
    return policy(schedule="minutely", keep=KEEP, clusters=clusters,
                  extra=f"  refresh: {refresh_s}s\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--clusters", type=int, default=20)
    args = parser.parse_args()
    dice = random.Random(1)
    clusters = [f"amv-{n}" for n in range(args.clusters)]
    samples = []
    with cloud("--random-seed", "1", clusters=clusters) as cloud_:
        for cluster in clusters:
            cloud_.control("seed", cluster=cluster, count=60, every_s=DAY)
        faults(cloud_)
        with Daemon(cloud_, policy=text(clusters, 1)) as d:
            began, turn, calls = time.monotonic(), 0, 0
            while time.monotonic() - began < args.minutes * 60:
                turn += 1
                one_turn(d, cloud_, clusters, dice, turn)
                samples.append(measure(d.process.pid))
                if turn % 60 == 0:
                    log = cloud_.log()
                    calls += len(log)
                    cloud_.control("log-clear")
                    d.lines.clear()
                    d.notified[:] = d.notified[-10:]
                    print(f"{time.monotonic() - began:.0f} s, {calls} calls: "
                          "%d KiB, %d descriptors, %d threads" % samples[-1], flush=True)
                time.sleep(0.5)
            calls += len(cloud_.log())
            took = time.monotonic() - began
    quarter = len(samples) // 4
    early, late = samples[quarter:2 * quarter], samples[-quarter:]
    memory = [max(s[0] for s in part) for part in (early, late)]
    descriptors = [max(s[1] for s in part) for part in (early, late)]
    print(f"{took:.0f} s, {calls} calls ({calls / took:.0f} a second), {turn} turns: memory at most {memory[0]} KiB "
          f"in the second quarter, {memory[1]} in the last; descriptors {descriptors[0]} and {descriptors[1]}")
    # Allocators wander: a leak of 100 bytes a call would be far more than this.
    if memory[1] > memory[0] * 1.1 + 512 or descriptors[1] > descriptors[0] + 4:
        print("not flat")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
