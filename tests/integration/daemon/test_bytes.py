"""A reply cut at any byte, of its head or its body, for every call: no promise is broken, and all is done
in the end. Each offset has a cluster of its own, so that all is waited for at once."""
import threading
import time

from harness.daemon import HANG_S, Daemon
from harness.proxy import CutProxy
from harness.scenario import CloudTest, Judge, due_policy, expected, policy


class Cut(CloudTest):
    offsets = 48

    def setUp(self):
        self.clusters = [f"amv-{n}" for n in range(self.offsets)]
        super().setUp()
        for c in self.clusters:
            self.cloud.control("seed", cluster=c, count=40, end_in_s=-40 * 3600)
        self.done, self.lock, self.seen = set(), threading.Lock(), {}

    def cut(self, action):
        """Cuts the first such reply of each cluster: the n-th of them after n parts of its length."""
        def at(called, params, reply):
            cluster = params.get("DBClusterId")
            with self.lock:
                if called != action or cluster in self.done:
                    return None
                self.done.add(cluster)
            n = self.clusters.index(cluster)
            offset = min(n if n < 4 else (len(reply) - 1) * n // (self.offsets - 1), len(reply) - 1)
            self.seen[cluster] = offset, len(reply)
            return offset
        return CutProxy(self.cloud, at)

    def finished(self, backups):
        """The clusters that are not, with where their reply was cut."""
        left = {}
        for c in self.cloud.state()["clusters"]:
            sets = [s for s in c["sets"] if not s["gone"]]
            here = {s["id"] for s in sets if not s["deleting"]}
            taken = sum(s["origin"] == "api" and s["state"] == "valid" for s in c["sets"])
            if here != expected(sets) or taken != backups:
                left[c["id"]] = self.seen.get(c["id"]), taken, len(here)
        return left

    def all_done(self, action, text, backups):
        with self.cut(action) as proxy, Daemon(proxy, text(clusters=self.clusters)) as d:
            end = time.monotonic() + HANG_S
            while (left := self.finished(backups)) and time.monotonic() < end:
                time.sleep(0.5)
            self.assertEqual({}, left, d.told()[-3000:])
        self.assertEqual(set(self.clusters), self.done)
        for c in self.clusters:
            Judge(self.cloud, c).judge(backups=backups)

    def test_s2_a_listing_cut_at_any_byte(self):
        self.all_done("DescribeBackups", due_policy, 1)

    def test_s5_the_reply_to_create_backup_cut_at_any_byte(self):
        """It was carried out: it is found, and not begun again."""
        self.all_done("CreateBackup", due_policy, 1)

    def test_s4_the_reply_to_delete_backups_cut_at_any_byte(self):
        """It was carried out: the sets are seen to be gone, and not named again."""
        self.all_done("DeleteBackups", policy, 0)
        for c in self.clusters:
            calls = [x for x in self.cloud.log(action="DeleteBackups") if x["params"]["DBClusterId"] == c]
            self.assertEqual(1, len(calls))
