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
    """(KiB of memory, descriptors but sockets, sockets)"""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        status = dict(line.split(":", 1) for line in f)
    kinds = []
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            kinds.append(os.readlink(f"/proc/{pid}/fd/{number}"))
        except FileNotFoundError:  # closed meanwhile
            pass
    sockets = sum(kind.startswith("socket:") for kind in kinds)
    return int(status["RssAnon"].split()[0]), len(kinds) - sockets, sockets


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
                          "%d KiB, %d descriptors and %d sockets" % samples[-1], flush=True)
                time.sleep(0.5)
            calls += len(cloud_.log())
            took = time.monotonic() - began
    quarter = len(samples) // 4
    early, late = samples[quarter:2 * quarter], samples[-quarter:]
    (memory, others, sockets), (memory_late, others_late, sockets_late) = [
        [max(s[i] for s in part) for i in range(3)] for part in (early, late)]
    print(f"{took:.0f} s, {calls} calls ({calls / took:.0f} a second), {turn} turns: at most {memory} KiB in the "
          f"second quarter and {memory_late} in the last, {others} and {others_late} descriptors, {sockets} and "
          f"{sockets_late} sockets")
    # Allocators wander, and curl keeps up to four idle connections for each call under way at once.
    if memory_late > memory * 1.1 + 512 or others_late > others or sockets_late > 64 + 16:
        print("not flat")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
