#!/usr/bin/env python3
"""Every fault has the effect it says, and the rules choose the calls they should."""

import email.utils
import http.client
import time
import unittest

from common import CLUSTER, Case, listing, outcome

SCENARIOS = {}


def scenario(kind):
    def add(function):
        SCENARIOS[kind] = function
        return function
    return add


class Faults(Case):
    def test_every_fault_is_tested(self):
        self.assertEqual([row["kind"] for row in listing("--faults")], list(SCENARIOS))

    def test_faults(self):
        for kind, function in SCENARIOS.items():
            with self.subTest(fault=kind):
                self.fresh()
                function(self)

    def created(self):
        return len(self.cloud.sets())

    def last(self):
        return self.cloud.log()[-1]


@scenario("latency")
def _(t):
    t.cloud.fault("latency", action="DescribeBackups", args={"ms": 300})
    before = time.monotonic()
    t.assertEqual(t.listed(), [])
    t.assertGreater(time.monotonic() - before, 0.25)
    # Before the effect and after it: the client that gives up sees no difference, the cloud does.
    t.client.timeout = 0.2
    for when, wanted in [("before", 0), ("after", 1)]:
        t.cloud.control("fault-clear")
        t.cloud.fault("latency", action="CreateBackup", args={"ms": 600, "when": when})
        t.assertRaises(TimeoutError, t.client.create, CLUSTER)
        t.assertEqual(t.created(), wanted)
        t.cloud.wait(lambda: t.created() == wanted + (when == "before"))
        t.cloud.control("remove-set", all=True)


@scenario("status")
def _(t):
    for status, code in [(500, "InternalError"), (502, "InternalFailure"),
                         (503, "ServiceUnavailable"), (408, "AcsServerTimeOut")]:
        t.cloud.control("fault-clear")
        t.cloud.fault("status", args={"status": status})
        reply = t.client.create(CLUSTER)
        t.assertEqual([reply.status, reply.code, t.created()], [status, code, 0])
    t.assertEqual([t.last()["effect"], t.last()["status"]], [False, 408])
    t.cloud.control("fault-clear")
    t.cloud.fault("status", args={"status": 500, "code": "Odd", "message": "m", "when": "after"})
    reply = t.client.create(CLUSTER)
    t.assertEqual([reply.status, reply.code, reply.json["Message"], t.created()], [500, "Odd", "m", 1])
    t.assertEqual([t.last()["effect"], t.last()["faults"]], [True, ["status"]])


@scenario("reset")
def _(t):
    for how, error in [("rst", ConnectionResetError), ("close", http.client.RemoteDisconnected)]:
        for when, wanted in [("before", 0), ("after", 1)]:
            t.fresh()
            t.cloud.fault("reset", args={"how": how, "when": when})
            with t.assertRaises(error) as caught:
                t.client.create(CLUSTER)
            t.assertIs(type(caught.exception), error)
            t.assertEqual([t.created(), t.last()["effect"]], [wanted, bool(wanted)])
            t.assertEqual(t.last()["delivery"], "reset" if how == "rst" else "close")


@scenario("hang")
def _(t):
    t.client.timeout = 0.2
    for when, wanted in [("before", 0), ("after", 1)]:
        t.cloud.control("fault-clear")
        t.cloud.fault("hang", args={"when": when})
        t.assertRaises(TimeoutError, t.client.create, CLUSTER)
        t.assertEqual([t.created(), t.last()["delivery"]], [wanted, "hang"])


@scenario("html")
def _(t):
    t.cloud.fault("html", args={"when": "after"})
    reply = t.client.create(CLUSTER)
    t.assertEqual([reply.status, reply.headers["content-type"], t.created()], [200, "text/html", 1])
    t.assertIn(b"<html>", reply.body)


@scenario("content")
def _(t):
    t.cloud.fault("content", args={"body": '{"RequestId":', "status": 201, "type": "a/b"})
    reply = t.client.create(CLUSTER)
    t.assertEqual([reply.status, reply.headers["content-type"], reply.body, t.created()],
                  [201, "a/b", b'{"RequestId":', 0])
    t.cloud.control("fault-clear")
    t.cloud.fault("content", args={"body_hex": "00ff7b"})
    t.assertEqual(t.client.create(CLUSTER).body, b"\x00\xff{")


@scenario("throttle")
def _(t):
    t.cloud.fault("throttle", nth=1)
    reply = t.client.create(CLUSTER)
    t.assertEqual([reply.status, reply.code, t.created()], [400, "Throttling.User", 0])
    t.assertNotIn("x-acs-retry-after", reply.headers)
    t.cloud.fault("throttle", args={"code": "Throttling.Api", "retry_after_ms": 1500,
                                    "rate_limit_ms": 2000, "rate_limit_user_ms": 3000})
    reply = t.client.create(CLUSTER)
    t.assertEqual([reply.code, reply.headers["x-acs-retry-after"]], ["Throttling.Api", "1500"])
    t.assertIn("TimeLeft:2000,", reply.headers["x-ratelimit-user-api"])
    t.assertIn("TimeLeft:3000,", reply.headers["x-ratelimit-user"])


@scenario("refuse")
def _(t):
    t.cloud.fault("refuse", count=1)
    t.assertEqual([t.client.create(CLUSTER).code, t.created()], ["NoPermission", 0])
    t.cloud.fault("refuse", args={"code": "A.B", "status": 418, "message": "no"})
    reply = t.client.create(CLUSTER)
    t.assertEqual([reply.status, reply.code, reply.json["Message"]], [418, "A.B", "no"])


@scenario("redirect")
def _(t):
    t.cloud.fault("redirect", args={"status": 307, "location": "http://127.0.0.1:9/x"})
    reply = t.client.create(CLUSTER)
    t.assertEqual([reply.status, reply.headers["location"], t.created()],
                  [307, "http://127.0.0.1:9/x", 0])


@scenario("truncate")
def _(t):
    t.seed(1)
    t.cloud.fault("truncate", args={"at": 10}, nth=1)
    with t.assertRaises(http.client.IncompleteRead) as caught:
        t.listed()
    t.assertEqual(len(caught.exception.partial), 10)
    t.assertEqual(t.last()["delivery"], "truncated")
    t.cloud.fault("truncate", args={"at": 10, "declared": False})
    t.assertEqual(len(t.client.backups(CLUSTER).body), 10)


@scenario("slow")
def _(t):
    t.seed(1)
    whole = t.client.backups(CLUSTER).body
    t.cloud.fault("slow", args={"bytes": 100, "ms": 50})
    before = time.monotonic()
    t.assertEqual(len(t.client.backups(CLUSTER).body), len(whole))
    t.assertGreater(time.monotonic() - before, 0.04 * (len(whole) // 100))


@scenario("date")
def _(t):
    def seconds():
        return email.utils.mktime_tz(email.utils.parsedate_tz(
            t.client.backups(CLUSTER).headers["date"])) - time.time()
    t.assertAlmostEqual(seconds(), 0, delta=3)
    t.cloud.fault("date", args={"shift_s": -3600})
    t.assertAlmostEqual(seconds(), -3600, delta=3)
    t.cloud.control("fault-clear")
    t.cloud.fault("date", args={"absent": True})
    t.assertNotIn("date", t.client.backups(CLUSTER).headers)
    t.cloud.control("fault-clear")
    t.cloud.fault("date", args={"raw": "yesterday"})
    t.assertEqual(t.client.backups(CLUSTER).headers["date"], "yesterday")


@scenario("patch")
def _(t):
    t.cloud.fault("patch", args={"fields": {"TotalCount": {"$raw": "9007199254740993"}, "PageSize": None,
                                            "Extra": [1]}})
    body = t.client.backups(CLUSTER).json
    t.assertEqual([body["TotalCount"], "PageSize" in body, body["Extra"]], [2**53 + 1, False, [1]])


@scenario("count-missing")
def _(t):
    t.cloud.fault("count-missing")
    t.assertNotIn("TotalCount", t.client.backups(CLUSTER).json)


@scenario("count-shrinks")
def _(t):
    t.seed(5)
    t.cloud.fault("count-shrinks", args={"by": 2})
    page = t.client.backups(CLUSTER)
    t.assertEqual([page.json["TotalCount"], len(page.ids)], ["3", 5])


@scenario("duplicate-id")
def _(t):
    t.seed(40)
    t.cloud.fault("duplicate-id", where={"PageNumber": "2"})
    one, two = (t.listed(PageSize=30, PageNumber=n) for n in (1, 2))
    t.assertEqual([len(one), len(two), two[-1]], [30, 10, one[0]])


@scenario("foreign-cluster")
def _(t):
    t.seed(2)
    t.cloud.fault("foreign-cluster", args={"id": "amv-other"})
    t.assertEqual([i["DBClusterId"] for i in t.client.backups(CLUSTER).items], ["amv-other", CLUSTER])


@scenario("lost-sets")
def _(t):
    t.seed(5)
    t.cloud.fault("lost-sets", args={"sets": 2})
    page = t.client.backups(CLUSTER)
    t.assertEqual([page.json["TotalCount"], len(page.ids)], ["5", 3])


@scenario("reshuffle")
def _(t):
    t.seed(30)
    t.cloud.fault("reshuffle")
    t.assertNotEqual(t.listed(), t.listed())


@scenario("patch-set")
def _(t):
    ids = t.seed(3)
    t.cloud.fault("patch-set", args={"index": 1, "fields": {"BackupId": {"$raw": "7"}}})
    t.cloud.fault("patch-set", args={"index": 1, "fields": {"BackupId": None}}, after=1)
    t.assertEqual(t.listed(), [ids[2], 7, ids[0]])
    t.cloud.control("fault-clear")
    t.cloud.fault("patch-set", args={"id": ids[0], "fields": {"BackupStartTime": "soon"}})
    t.assertEqual(t.client.backups(CLUSTER).items[2]["BackupStartTime"], "soon")


@scenario("shift")
def _(t):
    for op, total, overlap in [("add", "41", 1), ("remove", "39", 0)]:
        t.fresh()
        ids = t.seed(40, end_in_s=-60)
        t.cloud.fault("shift", nth=1, args={"op": op})
        pages = [t.client.backups(CLUSTER, PageSize=30, PageNumber=n) for n in (1, 2)]
        t.assertEqual([p.json["TotalCount"] for p in pages], ["40", total])
        t.assertEqual(len(set(pages[0].ids) & set(pages[1].ids)), overlap)
        seen = set(pages[0].ids) | set(pages[1].ids)
        t.assertEqual(len(set(ids) - seen), 0 if op == "add" else 1)


@scenario("backup-fails")
def _(t):
    t.cloud.fault("backup-fails", args={"after_s": 5})
    t.assertEqual(outcome(t.client.create(CLUSTER)), 200)
    t.assertEqual(t.item()["BackupStatus"], "Running")
    t.later(6)
    t.assertEqual(t.item()["BackupStatus"], "Failed")


@scenario("backup-never-appears")
def _(t):
    t.cloud.fault("backup-never-appears")
    t.assertEqual(outcome(t.client.create(CLUSTER)), 200)
    t.later()
    t.assertEqual([t.listed(), t.last()["created"]], [[], []])


@scenario("backup-stuck")
def _(t):
    t.cloud.fault("backup-stuck")
    t.client.create(CLUSTER)
    t.later(600)
    t.cloud.control("finish")
    t.assertEqual(t.item()["BackupStatus"], "Running")


@scenario("backup-takes")
def _(t):
    t.cloud.fault("backup-takes", args={"seconds": 300})
    t.client.create(CLUSTER)
    t.later(290)
    t.assertEqual(t.item()["BackupStatus"], "Running")
    t.later(11)
    t.assertEqual(t.item()["BackupStatus"], "Success")


@scenario("delete-never")
def _(t):
    for stuck in (False, True):
        t.fresh()
        t.cloud.switch(delete_async="status-deleting")
        ids = t.seed(3)
        t.cloud.fault("delete-never", nth=1, args={"stuck": stuck})
        t.assertEqual(outcome(t.client.delete(CLUSTER, ids[:1])), 200)
        t.later(600)
        t.assertEqual(t.client.backups(CLUSTER).items[-1]["BackupStatus"],
                      "Deleting" if stuck else "Success")
        t.assertEqual(t.cloud.log(action="DeleteBackups")[-1]["effect"], stuck)
        t.client.delete(CLUSTER, ids[:1])
        t.assertEqual(t.left(), 2)


@scenario("delete-takes")
def _(t):
    ids = t.seed(3)
    t.cloud.fault("delete-takes", args={"seconds": 300})
    t.client.delete(CLUSTER, ids[:1])
    t.later(290)
    t.assertEqual(len(t.listed()), 3)
    t.later(11)
    t.assertEqual(len(t.listed()), 2)


class Rules(Case):
    """Which calls a rule strikes."""

    def struck(self, calls, **rule):
        self.fresh()
        self.cloud.fault("refuse", **rule)
        return [n for n in range(1, calls + 1) if self.client.backups(CLUSTER).status != 200]

    def test_without_limits_all(self):
        self.assertEqual(self.struck(3), [1, 2, 3])
        self.assertEqual(self.struck(3, action="*"), [1, 2, 3])

    def test_by_action(self):
        self.assertEqual(self.struck(3, action="CreateBackup"), [])
        self.assertEqual(self.struck(2, action="DescribeBackups"), [1, 2])

    def test_by_parameter(self):
        self.assertEqual(self.struck(2, where={"DBClusterId": "amv-2"}), [])
        self.assertEqual(self.struck(2, where={"DBClusterId": CLUSTER}), [1, 2])

    def test_by_number(self):
        self.assertEqual(self.struck(4, nth=2), [2])
        self.assertEqual(self.struck(7, every=3), [3, 6])
        self.assertEqual(self.struck(4, after=2), [3, 4])
        self.assertEqual(self.struck(4, count=2), [1, 2])
        self.assertEqual(self.struck(9, every=2, after=1, count=2), [3, 5])

    def test_by_chance_and_repeatable(self):
        first = self.struck(60, probability=0.5, seed=7)
        self.assertTrue(15 < len(first) < 45, first)
        self.assertEqual(self.struck(60, probability=0.5, seed=7), first)
        self.assertNotEqual(self.struck(60, probability=0.5, seed=8), first)

    def test_several_at_once(self):
        self.fresh()
        self.cloud.fault("date", args={"absent": True})
        self.cloud.fault("status", args={"status": 500})
        reply = self.client.backups(CLUSTER)
        self.assertEqual([reply.status, "date" in reply.headers], [500, False])

    def test_cleared_by_number(self):
        self.fresh()
        one = self.cloud.fault("refuse")
        two = self.cloud.fault("date", args={"absent": True})
        self.cloud.control("fault-clear", rule=one)
        self.assertEqual([f["rule"] for f in self.cloud.state()["faults"]], [two])

    def test_what_does_not_exist_is_refused(self):
        for rule in [{}, {"kind": "resett"}, {"kind": "reset", "args": {"when_": 1}},
                     {"kind": "reset", "nht": 1}]:
            with self.assertRaises(Exception, msg=rule):
                self.cloud.control("fault", **rule)


if __name__ == "__main__":
    unittest.main()
