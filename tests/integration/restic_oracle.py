#!/usr/bin/env python3
"""The keep rules against restic itself: restic_oracle.py KEEPS [POLICIES]

Makes a restic repository of tiny snapshots at odd times, in several time zones, and compares for
random policies, snapshot by snapshot, what `restic forget --dry-run` keeps with what verdicts()
keeps (KEEPS is the program restic_oracle_keeps). RETAIND_SEED chooses other times and policies.

restic keeps the oldest snapshot for a rule that has count left since 0.16. Before, what is kept for
that reason alone is left out of the comparison.
"""

import concurrent.futures
import datetime
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zoneinfo

# Ends the day after the clocks went back in New York. In the past, or restic takes it for the future.
NEWEST = datetime.datetime(2024, 11, 4, 15, 7, 42, tzinfo=datetime.timezone.utc)
ZONES = {"UTC": 120, "America/New_York": 50, "Asia/Shanghai": 30}  # how many snapshots
GAPS = [3 * 60, 20 * 60, 3600, 5 * 3600, 86400, 6 * 86400, 35 * 86400]
BUCKETS = ["hourly", "daily", "weekly", "monthly", "yearly"]
ALL = 1000000  # older ones have no word for it


class Restic:
    def __init__(self, folder):
        self.folder = folder
        self.has_oldest = self.keeps_oldest()

    def environment(self, zone):
        return os.environ | {
            "RESTIC_REPOSITORY": str(self.folder / "repository"),
            "RESTIC_PASSWORD": "fake-password-of-a-test",
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "TZ": zone,
        }

    def run(self, zone, *arguments, stdin=b""):
        done = subprocess.run(["restic", "--no-cache", *arguments], env=self.environment(zone),
                              input=stdin, capture_output=True)
        if done.returncode != 0:
            raise SystemExit(f"restic {' '.join(arguments)}: {done.stderr.decode()}")
        return done.stdout

    def keeps_oldest(self):
        version = re.search(rb"restic (\d+)\.(\d+)", self.run("UTC", "version"))
        return (int(version[1]), int(version[2])) >= (0, 16)

    def init(self):
        """restic makes its keys as costly as the machine is fast: half a second a command, all for
        nothing here. A restic that is stopped nearly all the time takes the machine for slow."""
        process = subprocess.Popen(["restic", "--no-cache", "--quiet", "init"],
                                   env=self.environment("UTC"))
        while process.poll() is None:
            process.send_signal(signal.SIGSTOP)
            time.sleep(0.03)
            process.send_signal(signal.SIGCONT)
            time.sleep(0.001)
        if process.returncode != 0:
            raise SystemExit("restic init failed")

    def backup(self, zone, instant):
        local = instant.astimezone(zoneinfo.ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
        self.run(zone, "--quiet", "backup", "--stdin", "--host", zone, "--time", local, stdin=b"x")

    def snapshots(self, zone):
        """Instants by id, as restic has them: the times of a repeated hour are its choice."""
        listed = json.loads(self.run(zone, "--no-lock", "snapshots", "--json", "--host", zone))
        return {s["id"]: datetime.datetime.fromisoformat(s["time"]) for s in listed}

    def keeps(self, zone, options):
        groups = json.loads(self.run(zone, "--no-lock", "forget", "--dry-run", "--json", "--group-by",
                                     "", "--host", zone, *options))
        return {s["id"] for group in groups for s in group["keep"] or []}


def instants(dice, count):
    gap, at, result = dice.choice(GAPS), NEWEST, []
    for _ in range(count):
        result.append(at)
        if dice.random() < 0.12:
            gap = dice.choice(GAPS)
        at -= datetime.timedelta(seconds=gap if dice.random() < 0.5 else dice.randint(1, 2 * gap))
    return result


def span(dice):
    """A length in our words and in restic's, whose months are a plain m."""
    parts = [(dice.choice([0, 0, 0, 1, 2]), "y", "y"), (dice.choice([0, 0, 1, 5, 13]), "mo", "m"),
             (dice.choice([0, 1, 7, 20, 45]), "d", "d"), (dice.choice([0, 0, 1, 12, 30]), "h", "h")]
    parts = [p for p in parts if p[0]] or [(3, "d", "d")]
    return "".join(f"{n}{u}" for n, u, _ in parts), "".join(f"{n}{u}" for n, _, u in parts)


def policy(dice):
    """Our words and restic's options of a random policy that is not empty."""
    words, options = [], []
    for rule in ["last", "within", *BUCKETS]:
        kind = dice.random()
        if kind < 0.55:
            continue
        if rule in BUCKETS and kind < 0.62:
            ours, theirs = span(dice)
            count = dice.choice([1, 2, 3, 7, 14])
            words.append(f"{rule}={count}+{ours}")
            options += [f"--keep-{rule}", str(count), f"--keep-within-{rule}", theirs]
        elif rule == "within" or (kind < 0.7 and rule in BUCKETS):
            ours, theirs = span(dice)
            words.append(f"{rule}={ours}")
            options += ["--keep-within" + ("" if rule == "within" else "-" + rule), theirs]
        elif kind < 0.74:
            words.append(f"{rule}=all")
            options += [f"--keep-{rule}", str(ALL)]
        else:
            count = dice.choice([1, 2, 3, 5, 8, 14, 24, 60])
            words.append(f"{rule}={count}")
            options += [f"--keep-{rule}", str(count)]
    return (words, options) if words else policy(dice)


def ours(keeps, zone, words, snapshots, with_oldest):
    lines = [" ".join([*words, f"zone={zone}"])]
    lines += [f"{i}@{at.astimezone(datetime.timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
              for i, at in snapshots.items()]
    done = subprocess.run([keeps], input="\n".join(lines), capture_output=True, text=True, check=True)
    kept = [line.split() for line in done.stdout.splitlines()]
    return {i for i, *oldest in kept if with_oldest or not oldest}


def compare(restic, keeps, zone, words, options, snapshots):
    want = restic.keeps(zone, options)
    got = ours(keeps, zone, words, snapshots, restic.has_oldest)
    for i in sorted(want ^ got, key=lambda i: snapshots[i]):
        print(f"{zone} {' '.join(words)}: {snapshots[i]} is kept by "
              f"{'restic' if i in want else 'us'} alone")
    return len(want ^ got), len(want)


def main():
    if not shutil.which("restic"):
        print("restic is not installed")
        return 77
    keeps, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 75
    seed = int(os.environ.get("RETAIND_SEED", "1"))
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(8) as pool:
        restic = Restic(pathlib.Path(folder))
        restic.init()
        jobs = [(zone, at) for zone, n in ZONES.items() for at in instants(dice, n)]
        list(pool.map(lambda job: restic.backup(*job), jobs))
        snapshots = {zone: restic.snapshots(zone) for zone in ZONES}
        assert all(len(snapshots[zone]) == n for zone, n in ZONES.items())
        policies = [(zone, *policy(dice)) for zone in list(ZONES) * (count // len(ZONES) + 1)][:count]
        results = list(pool.map(lambda p: compare(restic, keeps, *p, snapshots[p[0]]), policies))
    compared = sum(len(snapshots[zone]) for zone, _, _ in policies)
    wrong, kept = sum(r[0] for r in results), sum(r[1] for r in results)
    print(f"seed {seed}: {len(policies)} policies in {len(ZONES)} zones, {compared} comparisons, "
          f"{kept} kept by restic, {wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
