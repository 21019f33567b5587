"""What the tests of the daemon have in common: policies, seeds, and judges that know the promises.

The judges are an implementation apart from the daemon's: they look at the simulator's sets and its
log of calls, and at the rules as the manual states them."""
import calendar
import datetime
import time
import unittest

from harness.daemon import HANG_S, Daemon, eventually
from harness.simulator import Simulator

CLUSTER = "amv-orders"
KEEP = {"last": 3, "daily": 14, "weekly": 8, "monthly": 24}
DAY = 86400


def cloud(*args, https=False, clusters=(CLUSTER,), backup=1, delete=1):
    """A simulator whose backups and deletes take a second."""
    named = [word for c in clusters for word in ("--cluster", c)]
    return Simulator(*named, "--backup-seconds", str(backup), "--delete-seconds", str(delete), *args,
                     https=https)


def policy(schedule="none", keep=None, safety="", extra="", clusters=(CLUSTER,), more=""):
    """A policy text. By default deletes go at once, so that a test need not wait a day."""
    rules = ", ".join(f"{k}: {v}" for k, v in (keep or KEEP).items())
    named = "".join(f"  - id: {c}\n    name: {c.removeprefix('amv-')}\n" for c in clusters)
    return (f"version: 1\ndefaults:\n  region: cn-hangzhou\n"
            f"  backup: {{schedule: {schedule}}}\n  keep: {{{rules}}}\n"
            f"  safety: {{{safety or 'grace: 0s, max_delete_percent: 100, fresh_within: off'}}}\n"
            f"{extra}clusters:\n{named}{more}")


def daily_slot(hours_ago=2):
    """A schedule whose last slot was so long ago (and whose next is a day after it)."""
    at = time.gmtime(time.time() - hours_ago * 3600)
    return f'"*-*-* {at.tm_hour:02}:{at.tm_min:02}"'


def due_policy(**more):
    return policy(schedule=daily_slot(), **more)


def seconds(stamp):
    return calendar.timegm(time.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ")) if stamp else None


def number(identity):
    return int(identity) if identity.isdigit() else 0


def kept(sets, keep=None):
    """The ids that the rules keep, of [{id, start, parent}], all valid, in UTC, as `restic forget`
    does: counts walk the newest first, and the oldest of all fills what count is left."""
    rules = dict(keep or KEEP)
    buckets = {
        "last": lambda n, t: n,
        "hourly": lambda n, t: (t.date(), t.hour),
        "daily": lambda n, t: t.date(),
        "weekly": lambda n, t: tuple(t.isocalendar())[:2],
        "monthly": lambda n, t: (t.year, t.month),
        "yearly": lambda n, t: t.year,
    }
    order = sorted(sets, key=lambda s: (s["start"][:16], number(s["id"])), reverse=True)
    found, last = set(), {}
    for n, s in enumerate(order):
        at = datetime.datetime.fromisoformat(s["start"].replace("Z", "+00:00"))
        for rule in rules:
            bucket = buckets[rule](n, at)
            if rules[rule] > 0 and (last.get(rule) != bucket or n == len(order) - 1):
                found.add(s["id"])
                last[rule] = bucket
                rules[rule] -= 1
    parents = {s["id"]: s.get("parent") for s in order}
    for identity in list(found):
        while identity := parents.get(identity):
            found.add(identity)
    return found


def expected(sets, keep=None):
    """The ids that have to be there in the end: what the rules keep of the valid sets of the cloud's
    state, and failed ones younger than a week."""
    valid = [s for s in sets if s["state"] == "valid"]
    young = {s["id"] for s in sets
             if s["state"] == "failed" and time.time() - seconds(s["start"]) < 7 * DAY}
    return kept(valid, keep) | young


def ids(sets):
    return {s["id"] for s in sets}


def there(cloud_, cluster=None):
    """Ids of the sets that are neither gone nor on their way out."""
    return {s["id"] for s in cloud_.sets(cluster) if not s["deleting"]}


def params(call, name):
    return call["params"].get(name, "")


def deletes(cloud_):
    """The ids of each DeleteBackups call that came, oldest call first."""
    return [params(c, "BackupIds").split(",") for c in cloud_.log(action="DeleteBackups")]


class Judge:
    """Replays the simulator's log against its sets, and says which promise was broken."""

    def __init__(self, cloud_, cluster=CLUSTER, keep=None):
        self.keep = keep or KEEP
        self.calls = [c for c in cloud_.log() if params(c, "DBClusterId") == cluster]
        self.sets = cloud_.sets(cluster, gone=True)
        self.named = set()  # ids that carried-out calls have named so far
        self.broken = []

    def valid_at(self, time_s):
        return [s for s in self.sets if s["state"] == "valid" and s["id"] not in self.named
                and s["end"] and seconds(s["end"]) <= time_s + 1]

    def one_delete(self, call):
        named = params(call, "BackupIds").split(",")
        valid = self.valid_at(call["time_s"])
        left = [s for s in valid if s["id"] not in named]
        newest = max(valid, key=lambda s: (s["start"][:16], number(s["id"])), default=None)
        rules = [
            ("S3: over 100 ids", len(named) > 100),
            ("S3: an id twice", len(set(named)) != len(named)),
            ("S3: an id that no set has", not set(named) <= ids(self.sets)),
            ("S1: no valid set would remain", not left),
            ("S1: the newest valid set", newest and newest["id"] in named),
            ("S7: a set that the policy keeps", kept(valid, self.keep) & set(named)),
        ]
        self.broken += [f"{what}: call {call['n']} of {named}" for what, bad in rules if bad]
        if call["effect"]:
            self.named |= set(call["deleted"])

    def judge(self, backups=None):
        """Fails if a promise was broken; `backups`: how many of them may have been begun."""
        for call in self.calls:
            if call["action"] == "DeleteBackups":
                self.one_delete(call)
        begun = [s for s in self.sets if s["origin"] == "api"]
        if backups is not None and len(begun) > backups:
            self.broken.append(f"S5: {len(begun)} backups begun: {begun}")
        if not any(s["state"] == "valid" and not s["gone"] for s in self.sets):
            self.broken.append("S1: no valid set is left")
        if self.broken:
            raise AssertionError("\n".join(self.broken))


class CloudTest(unittest.TestCase):
    """A test with a simulator of its own."""

    cloud_args = ()
    clusters = (CLUSTER,)
    https = False

    def setUp(self):
        self.cloud = cloud(*self.cloud_args, https=self.https, clusters=self.clusters).start()
        self.addCleanup(self.cloud.stop)

    def seed(self, count=120, newest_h=20, **more):
        """Daily sets, the newest so many hours old; their ids, oldest first."""
        return self.cloud.control("seed", cluster=CLUSTER, count=count, every_s=DAY,
                                  end_in_s=-int(newest_h * 3600), **more)["ids"]

    def add(self, **set_):
        """One set more; its id."""
        return self.cloud.control("add-set", cluster=CLUSTER, **set_)["ids"][0]

    def daemon(self, *args, **more):
        return Daemon(self.cloud, *args, **{"policy": policy(), **more})

    def pruned(self, daemon, keep=None, timeout=HANG_S):
        """Waits until only what has to be there is there, and the judge is content."""
        want = expected(self.cloud.sets(CLUSTER), keep)
        try:
            eventually("pruned", lambda: there(self.cloud, CLUSTER) == want, timeout)
        except AssertionError:
            have = there(self.cloud, CLUSTER)
            raise AssertionError(f"too many: {sorted(have - want)}\nmissing: {sorted(want - have)}\n"
                                 f"{daemon.told()}") from None
        Judge(self.cloud, keep=keep).judge()

    def no_change_asked(self):
        """No call that changes something came."""
        calls = [c for c in self.cloud.log() if c["action"] in ("CreateBackup", "DeleteBackups")]
        self.assertEqual([], calls)

