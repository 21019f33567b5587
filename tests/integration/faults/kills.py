#!/usr/bin/env python3
"""kill -9 at random microseconds, against the simulator: afterwards there is exactly one set for
each slot, and no delete that the policy keeps (S4, S5, S7).

    kills.py [--kills N] [--seed N] [--cluster-days N]

A day of the cluster's life takes seconds: between two runs of the daemon its wall clock and the
cloud's go on together. In some runs answers are lost, so that only the listing tells what was done."""
import argparse
import collections
import os
import pathlib
import random
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.daemon import BIN, Daemon, eventually  # noqa: E402
from harness.scenario import CLUSTER, DAY, Judge, cloud, policy, seconds, there  # noqa: E402

WRONG_CLOCK = os.path.join(BIN, "../tests/wrongclock.so")
SLOT_HOUR = 2
KEEP = {"last": 3, "daily": 7, "weekly": 2}


class World:
    def __init__(self, seed, directory):
        self.dice = random.Random(seed)
        self.offset_file = os.path.join(directory, "offset")
        self.offset_s = 0
        self.cloud = cloud(backup=1, delete=1).start()
        self.cloud.control("cluster", id=CLUSTER, retention_days=730)
        self.cloud.switch(time_format="second", visible_at=self.dice.choice(["start", "finish"]))
        # To the evening before the first slot.
        now = time.time()
        self.set_clock(int((now // DAY) * DAY + SLOT_HOUR * 3600 - 1800 - now) + DAY)
        self.cloud.control("seed", cluster=CLUSTER, count=20, every_s=DAY, end_in_s=-20 * 3600)
        # Time for a kill between a call, its effect and its answer.
        for action in ("CreateBackup", "DeleteBackups"):
            for when in ("before", "after"):
                self.cloud.fault("latency", ms=30, when=when, action=action)
        self.cloud.fault("reset", how="rst", when="after", action="CreateBackup", probability=0.15)
        self.cloud.fault("reset", how="rst", when="before", action="CreateBackup", probability=0.15)
        self.cloud.fault("reset", how="rst", when="after", action="DeleteBackups", probability=0.15)
        self.daemon = Daemon(
            self.cloud, start=False,
            policy=policy(schedule=f'"*-*-* {SLOT_HOUR:02}:00"', keep=KEEP),
            env={"LD_PRELOAD": WRONG_CLOCK, "WRONG_CLOCK": self.offset_file})

    def set_clock(self, offset_s):
        self.offset_s = offset_s
        with open(self.offset_file, "w", encoding="ascii") as f:
            f.write(str(offset_s))
        self.cloud.control("clock", offset_s=offset_s)

    def now(self):
        return time.time() + self.offset_s

    def slot_of(self, stamp):
        return (seconds(stamp) - SLOT_HOUR * 3600) // DAY

    def today(self):
        return int((self.now() - SLOT_HOUR * 3600) // DAY)

    def has_todays(self):
        return any(self.slot_of(s["start"]) == self.today() and s["state"] == "valid"
                   for s in self.cloud.sets(CLUSTER))

    def live_and_die(self):
        """One run that ends by a kill."""
        self.daemon.start(wait=False)
        time.sleep(self.dice.uniform(0.005, 0.35) if self.dice.random() < 0.8
                   else self.dice.uniform(0.3, 1.5))
        self.daemon.kill()

    def finish_the_day(self):
        """Without a kill, until the day's set is there. A call whose fate is not known may be made
        again only when its set would long have shown: that is waited for with the clocks."""
        for patience_s in (3, 25) * 6:
            self.daemon.start()
            try:
                eventually("today's set", self.has_todays, patience_s)
                eventually("a listing", lambda: self.daemon.status()["complete"])
                return
            except AssertionError:
                pass
            finally:
                self.daemon.stop()
            self.set_clock(self.offset_s + 3600)
        raise AssertionError("no backup for today\n" + self.daemon.told()[-4000:])


def check(world, days):
    """One set a slot, and the judge's promises on every delete."""
    Judge(world.cloud, keep=KEEP).judge()
    made = collections.Counter(world.slot_of(s["start"]) for s in world.cloud.sets(CLUSTER, gone=True)
                               if s["origin"] == "api")
    wrong = {d: made[d] for d in days if made[d] != 1} | {d: n for d, n in made.items() if d not in days}
    if wrong:
        raise AssertionError(f"sets a slot, other than one: {wrong}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    args = parser.parse_args()
    began, kills, days = time.monotonic(), 0, []
    with tempfile.TemporaryDirectory(prefix="retaind-kills-") as directory:
        world = World(args.seed, directory)
        try:
            while kills < args.kills:
                world.set_clock(world.offset_s + DAY - (int(world.now()) - SLOT_HOUR * 3600) % DAY + 5)
                days.append(world.today())
                for _ in range(world.dice.randint(1, 4)):
                    world.live_and_die()
                    kills += 1
                    if world.dice.random() < 0.3:
                        world.set_clock(world.offset_s + world.dice.choice([60, 600, 1200, 4000]))
                world.finish_the_day()
                if len(days) % 20 == 0:
                    print(f"{kills} kills, {len(days)} days after {time.monotonic() - began:.0f} s", flush=True)
            check(world, days)
            log = world.cloud.log()
            calls = collections.Counter(c["action"] for c in log)
            lost = sum(1 for c in log if c["delivery"] != "answer")
            print(f"seed {args.seed}: {kills} kills in {len(days)} days of {time.monotonic() - began:.0f} s: "
                  f"{calls['CreateBackup']} CreateBackup, {calls['DeleteBackups']} DeleteBackups, "
                  f"{calls['DescribeBackups']} DescribeBackups, {lost} answers lost; one set for each slot, "
                  f"{len(there(world.cloud, CLUSTER))} sets left, no kept one deleted")
        except BaseException:
            print(f"seed {args.seed}, after {kills} kills", file=sys.stderr)
            raise
        finally:
            if world.daemon.process and world.daemon.process.poll() is None:
                world.daemon.kill()
            world.cloud.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
