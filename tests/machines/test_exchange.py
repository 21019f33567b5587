"""S15: a state file that one machine wrote is read by another, whatever the order of its bytes."""
import os
import sys
import unittest

from harness.daemon import BIN, Daemon
from harness.scenario import CLUSTER, CloudTest, deletes, policy

OTHER = os.environ["RETAIND_OTHER_BIN_DIR"]


class Exchange(CloudTest):
    def exchange(self, first, second):
        """Grace, an approval that is awaited, a hold, a protection and the sets seen before all survive."""
        ids = self.seed(count=30)
        text = policy(keep={"daily": 14}, safety="grace: 1d, max_delete_percent: 10, fresh_within: off")
        with Daemon(self.cloud, policy=text, start=False) as d:
            d.bin = first
            d.start()
            d.until("a listing", complete=True)
            self.assertEqual(0, d.ctl("hold", "--reason", "a move")[0])
            self.assertEqual(0, d.ctl("protect", CLUSTER, ids[20], "--reason", "an audit")[0])
            d.varlink("Backup", cluster=CLUSTER, wait=True)
            before, history = self.facts(d), self.history(d)
            self.assertEqual(0, d.stop())
            d.lines.clear()
            d.bin = second
            d.start()
            d.until("another listing", complete=True)
            self.assertEqual(before, self.facts(d))
            self.assertEqual(history, self.history(d)[-len(history):])
            for word in ("damaged", "no earlier listing is remembered", "newly expired"):
                self.assertNotIn(word, d.said())
        self.assertEqual([], deletes(self.cloud))

    def facts(self, d):
        plan = {s["id"]: (s["verdict"], s.get("since"), s.get("reason")) for s in d.plan()["sets"]}
        return plan, d.status()["holds"]

    def history(self, d):
        return [(e["kind"], e.get("set"), e["time"]) for e in d.history()]

    def test_s15_from_here_to_there(self):
        self.exchange(BIN, OTHER)

    def test_s15_from_there_to_here(self):
        self.exchange(OTHER, BIN)


if __name__ == "__main__":
    sys.exit(unittest.main())
