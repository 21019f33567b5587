"""S4, S5: one backup per slot, whatever becomes of calls, replies and the daemon itself."""
import random
import time

from harness.daemon import eventually
from harness.scenario import (CLUSTER, DAY, CloudTest, Judge, deletes, due_policy, expected,
                              there)

# What may become of one CreateBackup. `effect`: a backup was begun; `certain`: the daemon can know.
LOST = [
    ("reset-after", {"kind": "reset", "when": "after"}, True, False),
    ("close-after", {"kind": "reset", "how": "close", "when": "after"}, True, False),
    ("http500-after", {"kind": "status", "status": 500, "when": "after"}, True, False),
    ("http503-after", {"kind": "status", "status": 503, "when": "after"}, True, False),
    ("http408-after", {"kind": "status", "status": 408, "code": "AcsServerTimeOut", "when": "after"}, True, False),
    ("html-after", {"kind": "html", "when": "after"}, True, False),
    ("garbage-after", {"kind": "content", "body": "\0{]", "when": "after"}, True, False),
    ("empty-after", {"kind": "content", "body": "", "when": "after"}, True, False),
    ("other-json-after", {"kind": "content", "body": "{}", "when": "after"}, True, False),
    ("cut", {"kind": "truncate", "at": 20}, True, False),
    ("cut-undeclared", {"kind": "truncate", "at": 20, "declared": False}, True, False),
    ("hang-after", {"kind": "hang", "when": "after"}, True, False),
    ("slow", {"kind": "slow", "bytes": 5, "ms": 50}, True, True),
    ("late", {"kind": "latency", "ms": 3000, "when": "after"}, True, True),
    ("none", {"kind": "latency", "ms": 0}, True, True),
    ("reset-before", {"kind": "reset", "when": "before"}, False, False),
    ("close-before", {"kind": "reset", "how": "close", "when": "before"}, False, False),
    ("http500-before", {"kind": "status", "status": 500, "when": "before"}, False, False),
    ("html-before", {"kind": "html", "when": "before"}, False, False),
    ("redirected", {"kind": "redirect"}, False, False),
    ("never-shows", {"kind": "backup-never-appears"}, False, False),
    ("throttled", {"kind": "throttle", "retry_after_ms": 1000}, False, True),
    ("refused", {"kind": "refuse"}, False, True),
    ("refused-unknown", {"kind": "refuse", "status": 400, "code": "Some.NewCode"}, False, True),
]


class LostReplies(CloudTest):
    clusters = [f"amv-{name}" for name, *_ in LOST]

    def lose(self):
        for name, fault, *_ in LOST:
            cluster = f"amv-{name}"
            self.cloud.control("seed", cluster=cluster, count=5, end_in_s=-40 * 3600)
            self.cloud.fault(action="CreateBackup", where={"DBClusterId": cluster}, count=1, **fault)

    def begun(self, name):
        return [s for s in self.cloud.sets(f"amv-{name}", gone=True) if s["origin"] == "api"]

    def calls(self, name):
        return [c for c in self.cloud.log(action="CreateBackup")
                if c["params"]["DBClusterId"] == f"amv-{name}"]

    def at_most_one_each(self):
        self.lose()
        effects = [name for name, _, effect, _ in LOST if effect]
        with self.daemon(policy=due_policy(keep={"last": 50}, clusters=self.clusters)) as d:
            def all_done():
                states = {c["name"]: c for c in d.varlink("Status")["status"]["clusters"]}
                return all(states[n]["state"] == "well" for n in effects)
            eventually("all that were begun are done", all_done, every=0.5)
            for name, _, effect, certain in LOST:
                with self.subTest(name):
                    self.one(d, name, effect, certain)

    def one(self, d, name, effect, certain):
        status = d.status(f"amv-{name}")
        if effect:
            self.assertEqual((1, 1), (len(self.begun(name)), len(self.calls(name))))
            self.assertIsNone(status["running_backup"])
            self.assertEqual(6, status["valid"])
        elif certain:  # called again after a minute, and then it went well
            self.assertLessEqual(len(self.begun(name)), 1)
            d.wait_said(rf"^<4>{name}: CreateBackup was not carried out")
        else:  # never again before it is certain
            self.assertEqual((0, 1), (len(self.begun(name)), len(self.calls(name))))
            self.assertEqual("backing-up", status["state"])
            self.assertEqual(1, status["running_backup"]["attempts"])
            if name != "never-shows":
                d.wait_said(rf"^<4>{name}: it is not known whether a backup was begun")

    def test_s5_a_lost_reply_makes_at_most_one_backup(self):
        self.at_most_one_each()

    def test_s5_also_where_a_set_shows_only_when_it_is_finished(self):
        self.cloud.switch(visible_at="finish")
        self.cloud.control("timing", backup_s=7)
        self.at_most_one_each()


class Slots(CloudTest):
    def backups(self):
        return [s for s in self.cloud.sets(gone=True) if s["origin"] == "api"]

    def test_a_due_backup_is_taken_once(self):
        self.seed(5, newest_h=40)
        with self.daemon(policy=due_policy()) as d:
            d.wait_said("backup set .* is complete")
            d.varlink("Prune", cluster="orders", wait=True)
            self.assertEqual(1, len(self.backups()))
            self.assertEqual(1, len(d.history("backup-done")))

    def test_s5_a_set_that_another_made_satisfies_the_slot(self):
        self.seed(5, newest_h=40)
        self.add(start_in_s=-600)
        with self.daemon(policy=due_policy()) as d:
            d.until("listed", complete=True)
            d.varlink("Prune", cluster="orders", wait=True)
            self.no_change_asked()

    def test_s5_a_running_set_satisfies_the_slot(self):
        self.seed(5, newest_h=40)
        self.add(start_in_s=-600, state="running", ready_in_s=3)
        with self.daemon(policy=due_policy()) as d:
            d.until("listed", complete=True)
            d.varlink("Prune", cluster="orders", wait=True)
            self.no_change_asked()

    def test_s5_a_restart_takes_no_second_backup(self):
        """Stopped and killed while the backup runs, and after it."""
        self.seed(5, newest_h=40)
        self.cloud.control("timing", backup_s=4)
        self.cloud.switch(visible_at="finish")
        with self.daemon(policy=due_policy()) as d:
            for kill in (True, False, True, False):
                d.wait_said("retaind 0")
                eventually("called", lambda: self.cloud.log(action="CreateBackup"))
                d.kill() if kill else d.stop()
                d.start()
            d.until("done", running_backup=None, valid=6)
            d.kill()
            d.start()
            d.until("listed", complete=True)
            self.assertEqual(1, len(self.cloud.log(action="CreateBackup")))

    def test_s5_not_even_without_the_state_file(self):
        """The set itself tells that the slot was served."""
        self.seed(5, newest_h=40)
        with self.daemon(policy=due_policy()) as d:
            d.wait_said("backup set .* is complete")
            d.stop()
            self.lose_state(d)
            d.start()
            d.until("listed", complete=True)
            d.varlink("Prune", cluster="orders", wait=True)
            self.assertEqual(1, len(self.backups()))

    @staticmethod
    def lose_state(d):
        import glob
        import os
        for path in glob.glob(d.state + "*"):
            os.unlink(path)

    def test_a_failed_backup_is_told_and_tried_again_within_the_slot(self):
        self.seed(5, newest_h=40)
        self.cloud.fault("backup-fails", action="CreateBackup", count=1)
        with self.daemon(policy=due_policy()) as d:
            d.wait_said("<3>orders: the backup failed: the cloud lists it as failed")
            self.assertIn("the backup failed", d.status()["trouble"])
            eventually("the second call", lambda: len(self.backups()) == 2, every=1)
            d.wait_said("backup set .* is complete")
            self.assertEqual(2, len(self.cloud.log(action="CreateBackup")))

    def test_a_person_may_ask_for_a_backup_and_wait_for_it(self):
        self.seed(5)
        with self.daemon() as d:
            answer = d.varlink("Backup", cluster="orders", wait=True)
            self.assertEqual("done", answer["outcome"])
            self.assertEqual([answer["set"]], [s["id"] for s in self.backups()])


class Kills(CloudTest):
    def test_s4_kill_9_at_any_point(self):
        """30 kills during backups and deletes, about half of them within a call."""
        random.seed(4)
        keep = {"last": 40, "daily": 20}
        self.seed(399, newest_h=40)
        self.cloud.fault("latency", ms=30, when="after")
        with self.daemon(policy=due_policy(keep=keep)) as d:
            for n in range(30):
                self.cloud.control("seed", cluster=CLUSTER, count=20, every_s=60,
                                   end_in_s=-(500 + n) * DAY)
                self.wait_for_work(d, n)
                time.sleep(random.uniform(0, 0.25))
                d.kill()
                d.start(wait=False)
            eventually("ready", d.varlink_answers)
            eventually("nothing left to do", lambda: d.status()["expired"] == 0
                       and d.status()["state"] in ("well", "pruning"), every=0.2)
            want, have = expected(self.cloud.sets(), keep), there(self.cloud)
            self.assertEqual(set(), want - have)
            # A call that a kill cut off may have been lost: its sets count as under way for an hour.
            lost = have - want
            self.assertLessEqual(lost, {e["set"] for e in d.history("delete-intent", limit=9999)})
            self.assertLess(len(lost), 700, "hardly a delete was carried out")
            self.assertGreaterEqual(d.status()["deleting"], len(lost))
        Judge(self.cloud, keep=keep).judge(backups=1)
        named = [i for call in deletes(self.cloud) for i in call]
        self.assertEqual(len(named), len(set(named)), "a set was asked for twice within the hour")

    def wait_for_work(self, d, n):
        """Most kills come when a call has just been made."""
        before = len(self.cloud.log())
        end = time.monotonic() + (1 if n % 3 else 0.3)
        while len(self.cloud.log()) == before and time.monotonic() < end:
            time.sleep(0.01)

    def test_s4_every_call_has_its_intent_on_disk_before_it_is_sent(self):
        """The history of a daemon that was killed within a call tells of it."""
        self.seed(60, newest_h=40)
        self.cloud.fault("hang", action="CreateBackup", when="before", count=1)
        with self.daemon(policy=due_policy()) as d:
            eventually("called", lambda: self.cloud.log(action="CreateBackup"))
            d.kill()
            d.start()
            self.assertEqual(1, len(d.history("create-intent")))
            d.until("listed", complete=True, state="backing-up")
            self.assertEqual(1, len(self.cloud.log(action="CreateBackup")))

    def test_s4_and_so_has_every_delete(self):
        self.seed(60)
        self.cloud.fault("hang", action="DeleteBackups", when="before", count=1)
        with self.daemon() as d:
            eventually("called", lambda: self.cloud.log(action="DeleteBackups"))
            named = deletes(self.cloud)[0]
            d.kill()
            d.start()
            self.assertEqual(sorted(named), sorted(e["set"] for e in d.history("delete-intent")))
            d.until("counted as under way", complete=True, deleting=len(named), expired=0)
            self.assertEqual(1, len(deletes(self.cloud)))
