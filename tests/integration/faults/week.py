#!/usr/bin/env python3
"""A week in the life of one daemon, in minutes, while the world around it changes.

    week.py [--days N]

The clocks of the daemon (wall and CLOCK_BOOTTIME) and of the cloud go on by an hour at a time. In between somebody
edits files, rotates certificates, updates time zones, removes the state file, and the cloud fails. Afterwards there
is one set for each slot, no kept set was deleted, memory and descriptors are flat, no turn of the loop was long, and
the journal tells each event once."""
import argparse
import datetime
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.daemon import BIN, Daemon, eventually  # noqa: E402
from harness.scenario import CLUSTER, DAY, Judge, cloud, policy, seconds, there  # noqa: E402
from soak import measure  # noqa: E402

WRONG_CLOCK = os.path.join(BIN, "../tests/wrongclock.so")
ZONEINFO = pathlib.Path("/usr/share/zoneinfo")
KEEP = {"last": 3, "daily": 7}
HOUR = 3600


class Week:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.offset_s = self.wrong_s = self.hour = 0
        self.rules = "Asia/Shanghai"
        self.moved_at = 0
        self.cloud = cloud("--switch", "time-format=second", https=True).start()
        self.other = cloud(https=True).start()
        self.ca = self.folder / "authorities.pem"
        self.trust(self.cloud)
        self.zone(self.rules)
        self.tell_clocks()
        self.cloud.control("cluster", id=CLUSTER, retention_days=730)
        self.cloud.control("seed", cluster=CLUSTER, count=20, every_s=DAY, end_in_s=-20 * HOUR)
        text = policy(schedule='"*-*-* 02:00 Test/Home"', keep=KEEP, extra="  refresh: 1h\n",
                      safety="grace: 6h, max_delete_percent: 100")
        self.text = text = text.replace("defaults:", f"metrics:\n  textfile: {self.folder / 'metrics.prom'}\ndefaults:", 1)
        self.daemon = Daemon(self.cloud, policy=text, start=False,
                             env={"LD_PRELOAD": WRONG_CLOCK, "WRONG_CLOCK": str(self.folder / "offset"),
                                  "TZDIR": str(self.folder / "zones"), "RETAIND_CA_FILE": str(self.ca)})

    # --- the world ---

    def tell_clocks(self):
        """Of the cloud first: the daemon sleeps, and sees both at once."""
        self.cloud.control("clock", offset_s=self.offset_s)
        new = self.folder / "offset.new"
        new.write_text(f"{self.offset_s + self.wrong_s} {self.offset_s}", encoding="ascii")
        new.rename(self.folder / "offset")

    def now(self):
        return time.time() + self.offset_s

    def trust(self, *servers):
        self.ca.write_text("".join(pathlib.Path(s.ca_file).read_text(encoding="ascii") for s in servers), encoding="ascii")

    def zone(self, rules):
        folder = self.folder / "zones" / "Test"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(ZONEINFO / rules, folder / "new")
        (folder / "new").rename(folder / "Home")
        self.rules = rules

    # --- what happens ---

    def zone_moves(self):
        self.zone("Asia/Tokyo")
        (pathlib.Path(self.daemon.config).parent / "unrelated").write_text("")  # or it looks within a minute of its own clock
        self.daemon.wait_said("its file has changed")
        self.moved_at = self.now()

    def authority_is_rotated_away(self):
        self.trust(self.other)

    def authority_is_back(self):
        self.trust(self.other, self.cloud)

    def state_is_removed(self):
        for file in self.folder_of_state().glob("state.db*"):
            file.unlink()

    def folder_of_state(self):
        return pathlib.Path(self.daemon.state).parent

    def policy_is_broken(self):
        self.daemon.write_policy(self.text.replace("daily:", "dialy:"))
        self.daemon.ctl("reload")

    def policy_is_mended(self):
        self.daemon.write_policy(self.text)
        self.daemon.ctl("reload")

    def cloud_fails(self):
        self.rule = self.cloud.fault("status", status=503)

    def cloud_is_well(self):
        self.cloud.control("fault-clear", rule=self.rule)

    def clock_is_wrong(self):
        self.wrong_s = 2 * HOUR

    def clock_is_right(self):
        self.wrong_s = 0

    def killed(self):
        self.daemon.kill()
        self.daemon.start()

    def stopped(self):
        self.daemon.stop()
        self.daemon.start()

    def held(self):
        self.daemon.ctl("hold", "orders", "--reason", "a test of restores")

    def released(self):
        self.daemon.ctl("release", "orders")

    # By the hour of the week; what the journal then tells, once.
    SCRIPT = {
        9: (killed, None),
        15: (stopped, None),
        29: (zone_moves, r"time zone Test/Home: its file has changed, and is in use"),
        36: (authority_is_rotated_away, r"orders: the sets could not be listed.*Tls"),
        38: (authority_is_back, None),
        51: (state_is_removed, r"was removed or replaced by somebody, and is written anew"),
        57: (policy_is_broken, r"reload: rejected"),
        60: (policy_is_mended, r"reload: 0 clusters changed"),
        75: (cloud_fails, r"orders: the sets could not be listed: ServiceUnavailable"),
        78: (cloud_is_well, None),
        99: (clock_is_wrong, r"orders: the clock is in doubt, so nothing"),
        101: (clock_is_right, None),
        123: (held, r"orders: hold: a test of restores: asked for by"),
        135: (released, r"orders: release: asked for by"),
    }
    UNLISTED = {36, 37, 75, 76, 77, 99, 100, 101, 102}  # hours in which no listing counts
    # Each trouble that is told begins and ends. (How many there are while a clock is set depends on the moment.)
    PAIRS = {r"orders: the sets could not be listed": r"orders: the sets are listed again",
             r"orders: the clock is in doubt, so": r"orders: the clock is in doubt no more"}

    # --- the days ---

    def one_hour(self):
        self.hour += 1
        if self.hour in self.SCRIPT:
            self.SCRIPT[self.hour][0](self)
        self.offset_s += HOUR
        self.tell_clocks()
        began = self.now()

        tries = 20 if self.hour in self.UNLISTED else 0  # a second for an attempt

        def lived():
            nonlocal tries
            tries -= 1
            status = self.daemon.status()
            listed = seconds(status["listed"]) or 0
            return listed >= began - 5 or (self.hour in self.UNLISTED and status["trouble"] and tries < 0)
        try:
            eventually(f"hour {self.hour} is over", lived, 60)
        except AssertionError as e:
            raise AssertionError(f"{e}: {self.daemon.status()}\n{self.daemon.told()[-3000:]}") from None

    def slots(self, since, until):
        """Of the daily schedule, by the rules of the zone at that time."""
        found = []
        for day in range(-1, int((until - since) // DAY) + 2):
            for name, first, last in (("Asia/Shanghai", since, self.moved_at or until), ("Asia/Tokyo", self.moved_at or until, until)):
                date = datetime.datetime.fromtimestamp(since, zoneinfo.ZoneInfo(name)).date() + datetime.timedelta(days=day)
                at = datetime.datetime.combine(date, datetime.time(2), zoneinfo.ZoneInfo(name)).timestamp()
                if first <= at < last:
                    found.append(at)
        return sorted(found)

    def check(self, began, said):
        Judge(self.cloud, keep=KEEP).judge()
        made = sorted(seconds(s["start"]) for s in self.cloud.sets(CLUSTER, gone=True) if s["origin"] == "api")
        slots = self.slots(began, self.now() - HOUR)
        for at, end in zip(slots, [*slots[1:], self.now() + 1]):
            count = sum(at <= m < end for m in made)
            if count != 1:
                raise AssertionError(f"{count} sets for the slot {at}: slots {slots}, sets {made}")
        for hour, (what, pattern) in self.SCRIPT.items():
            count = len(re.findall(pattern, said)) if pattern and hour <= self.hour else 1
            if count != 1:
                raise AssertionError(f"{what.__name__}: told {count} times: {pattern}")
        for begin, end in self.PAIRS.items():
            begun, ended = len(re.findall(begin, said)), len(re.findall(end, said))
            if begun != ended:
                raise AssertionError(f"told {begun} times: {begin}; {ended} times: {end}")
        return len(made)

    def longest_turn_s(self):
        text = (self.folder / "metrics.prom").read_text(encoding="utf-8")
        return float(re.search(r"^retaind_loop_longest_seconds (\S+)", text, re.M).group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=7)
    args = parser.parse_args()
    samples = []
    with tempfile.TemporaryDirectory(prefix="retaind-week-") as folder:
        week = Week(folder)
        try:
            week.daemon.start()
            began, wall = week.now(), time.monotonic()
            while week.hour < args.days * 24:
                week.one_hour()
                samples.append(measure(week.daemon.process.pid))
                if week.hour % 24 == 0:
                    print(f"day {week.hour // 24}: %d KiB, %d descriptors and %d sockets" % samples[-1], flush=True)
            made = week.check(began, week.daemon.said())
            longest = week.longest_turn_s()
        except BaseException:
            print(f"in hour {week.hour}:\n{week.daemon.told()[-6000:]}", file=sys.stderr)
            raise
        finally:
            week.daemon.stop()
            week.other.stop()
            left = there(week.cloud, CLUSTER)
            week.cloud.stop()
    print(f"{args.days} days in {time.monotonic() - wall:.0f} s: {made} backups, one for each slot; {len(left)} sets left, no "
          f"kept one deleted; each event told once; the loop's longest turn took {longest * 1000:.0f} ms")
    # The process began on the first day: what it holds on the third, and in the end.
    early, late = samples[48:72], samples[-24:]
    if args.days >= 5:
        (memory, others), (memory_late, others_late) = [[max(s[i] for s in part) for i in range(2)] for part in (early, late)]
        print(f"at most {memory} KiB and {others} descriptors on the third day, {memory_late} and {others_late} on the last")
        # The sanitizers keep what was freed for a while.
        grown = memory_late > memory * 1.1 + 512 and not os.environ.get("RETAIND_SANITIZED")
        if grown or others_late > others:
            print("not flat")
            return 1
    return 0 if longest < 1 else 1


if __name__ == "__main__":
    sys.exit(main())
