"""What the operator sees: status, health, the history and lives of sets. Each JSON is held to its schema."""
import json
import os
import re
import time

from harness.daemon import eventually
from harness.schema import check
from harness.scenario import CLUSTER, DAY, CloudTest, due_policy, policy, seconds

CAREFUL = "grace: 1d, max_delete_percent: 100, fresh_within: auto"


class Json(CloudTest):
    clusters = (CLUSTER, "amv-billing")

    def test_every_json_is_as_its_schema_says(self):
        self.seed(60)
        self.add(start=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - DAY)), state="failed")
        text = due_policy(clusters=self.clusters, safety="grace: 0s, max_delete_percent: 100, fresh_within: auto")
        with self.daemon(policy=text) as d:
            check(d.json("status"), "status")
            eventually("a prune", lambda: d.history("gone") and d.status()["deleting"] == 0)
            check(d.json("status"), "status")
            plans = d.json("plan")
            for plan in plans:
                check(plan, "plan")
            self.assertEqual([c["cluster"] for c in d.json("status")["clusters"]], [p["cluster"] for p in plans])
            check(d.json("plan", "orders"), "plan")
            history = d.json("history", "-n", "1000")
            check(history, "history")
            self.assertLessEqual({"create-intent", "create-outcome", "backup-done", "delete-intent",
                                  "delete-outcome", "gone", "seen", "expired"}, {e["kind"] for e in history})
            life = d.json("history", "--set", d.history("gone")[0]["set"])
            check(life, "life")
            self.assertEqual(["expired", "delete-intent", "gone"], [e["kind"] for e in life["lives"][0]["entries"]])
            check(json.loads(d.ctl("health", "--json")[1]), "health")
            check(json.loads(d.ctl("health", "--json", "--cluster", "billing")[1]), "health")
            check(d.json("calendar", "Mon..Fri 02:00"), "calendar")


class Sets(CloudTest):
    def judged_alike(self, d):
        """What is saved is judged as the daemon judges it."""
        code, out, _ = d.ctl("sets", "orders", "--json")
        self.assertEqual(0, code)
        saved = os.path.join(d.dir, "sets.json")
        with open(saved, "w", encoding="utf-8") as f:
            f.write(out)
        judged, plan = d.json("evaluate", "--policy", d.config, "--cluster", "orders", "--sets", saved), d.plan()
        self.assertEqual(plan["plan"], judged["plan"])
        for member in ("id", "time", "size", "verdict", "reason"):
            self.assertEqual([s[member] for s in plan["sets"]], [s[member] for s in judged["sets"]])

    def test_what_is_saved_is_judged_as_the_daemon_judges_it(self):
        ids = self.seed(60)
        self.add(start=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - DAY)), state="failed")
        held = policy(safety="grace: 1d, max_delete_percent: 50, fresh_within: off")
        for fields in ({}, {"BackupStatus": "Odd"}, {"BackupStartTime": "2026-13-01T00:00Z"},
                       {"BackupType": "IncrementalBackup"}, {"BackupRegion": "cn-elsewhere"},
                       {"BackupType": "IncrementalBackup", "ParentBackupId": ids[6]}):
            rule = self.cloud.fault("patch-set", args={"id": ids[7], "fields": fields}) if fields else None
            with self.subTest(fields=fields), self.daemon(policy=held) as d:
                d.until("held", state="held")
                self.assertEqual(1 if fields and "ParentBackupId" not in fields else 0, d.status()["quarantined"])
                self.judged_alike(d)
            if rule is not None:
                self.cloud.control("fault-clear", rule=rule)

    def test_they_are_shown_with_age_and_size(self):
        ids = self.seed(5)
        with self.daemon() as d:
            d.until("listed", complete=True)
            code, out, _ = d.ctl("sets", "orders")
            self.assertEqual(0, code)
            self.assertRegex(out, r"^orders \(amv-orders\): 5 sets, listed at \S+, in the zone UTC\n\n"
                                  r"ID +BEGUN +AGE +SIZE +STATUS +BUILT ON\n")
            self.assertRegex(out, rf"(?m)^{ids[-1]} +\d{{4}}-\d\d-\d\d \d\d:\d\d +20 h( \d+ min)? +[\d.]+ [KMG]iB +Success *$")
            self.assertEqual((1, ""), d.ctl("sets", "ordres")[:2])


class Health(CloudTest):
    def setUp(self):
        super().setUp()
        self.cloud.control("cluster", id=CLUSTER, retention_days=730)

    def health(self, d, *args):
        code, out, err = d.ctl("health", *args)
        self.assertEqual("", err)
        self.assertEqual(1, out.count("\n"), out)
        return code, out

    def numbers(self, out):
        """{label: (value with unit, warn, crit)}"""
        data = out.rstrip("\n").split(" | ")[1]
        found = re.findall(r"(?:'((?:[^']|'')+)'|(\S+?))=(\d+\w*);([^; ]*);([^; ]*)", data)
        return {quoted or plain: (value, warn, crit) for quoted, plain, value, warn, crit in found}

    def test_well_with_thresholds_from_the_schedule(self):
        self.seed(30)
        with self.daemon(policy=due_policy(safety=CAREFUL)) as d:
            d.until("backed up", running_backup=None, state="well")
            code, out = self.health(d)
            self.assertEqual(0, code, out)
            self.assertRegex(out, r"^RETAIND OK - 1 cluster: 1 well; next backup orders \d\d:\d\d UTC \| clusters=1;;;0 not_well=0")
            age, warn, crit = self.numbers(out)["orders newest_age"]
            self.assertLess(int(age.rstrip("s")), 120)
            self.assertEqual(str(27 * 3600), warn)
            # and the longest backup, whose start and end are told to the minute
            self.assertIn(int(crit), (30 * 3600, 30 * 3600 + 60))
            code, out = self.health(d, "--cluster", "orders")
            self.assertRegex(out, r"^RETAIND OK - orders: well; newest valid set [^;]+ old; \d+ kept, \d+ expired \| 'orders newest_age'=")

    def test_a_set_that_is_late_is_a_warning_and_one_too_old_critical(self):
        for hours, code, word in ((26, 0, "OK"), (28, 1, "WARNING"), (31, 2, "CRITICAL")):
            with self.subTest(hours=hours):
                self.cloud.stop()
                self.setUp()
                self.seed(30, newest_h=hours)
                schedule = time.strftime('"*-*-* %H:%M"', time.gmtime(time.time() + 3600))
                text = policy(schedule=schedule, safety=CAREFUL)
                # no backup makes up for what was missed before the start
                text = text.replace("{schedule: " + schedule, "{catch_up: false, schedule: " + schedule)
                with self.daemon(policy=text) as d:
                    d.until("listed", complete=True)
                    self.assertEqual(code, self.health(d)[0], self.health(d)[1])
                    self.assertIn(f"RETAIND {word} - ", self.health(d)[1])
                    self.assertEqual(code, self.health(d, "-c", "orders")[0])

    def test_held_is_a_warning_trouble_critical_unknown_unknown(self):
        self.seed(60)
        with self.daemon(policy=policy(safety="grace: 0s, max_delete_percent: 10, fresh_within: off")) as d:
            d.until("held", state="held")
            self.assertEqual(1, self.health(d)[0])
            self.assertRegex(self.health(d, "-c", CLUSTER)[1], "WARNING - orders: held: .* await approval")
            self.cloud.fault("status", status=500)
            d.ctl("prune", "orders")
            d.until("trouble", state="trouble")
            self.assertEqual(2, self.health(d)[0])
            code, out = self.health(d, "-c", "ordres")
            self.assertEqual((3, True), (code, "no cluster 'ordres' in the policy (did you mean 'orders'?)" in out))

    def test_a_hold_until_the_clouds_own_policy_is_known_says_so(self):
        self.seed(60)
        self.cloud.fault("hang", action="DescribeBackupPolicy")
        with self.daemon() as d:
            d.until("held", state="held")
            cause = "the cloud's own policy has not been read"
            self.assertRegex(self.health(d)[1], rf"1 held \(orders: {cause}")
            self.assertRegex(self.health(d, "-c", CLUSTER)[1], f"WARNING - orders: held: {cause}")


class Overlooked(CloudTest):
    """L3: what nobody may overlook though nothing fails shows everywhere."""

    def setUp(self):
        super().setUp()
        self.cloud.control("cluster", id=CLUSTER, retention_days=730)
        self.seed(30)

    def shown(self, d, name, words):
        """Until the warning is told in each place."""
        eventually(name, lambda: name in [w["warning"] for w in d.varlink("Status")["status"]["warnings"]])
        self.assertRegex(d.varlink("Status")["status"]["summary"], f"warning: .*{words}")
        health = d.varlink("Health")
        self.assertEqual(1, health["exit"], health)
        self.assertRegex(health["text"], f"^RETAIND WARNING - .*{words}")
        said = d.ctl("status")[1]
        for warning in d.json("status")["warnings"]:
            self.assertRegex(said, rf"(?m)(; |^)warning: {re.escape(warning['text'])}( \(and \d+ more\))?$")
        eventually("STATUS=", lambda: re.search(words, d.status_text()))

    def gone(self, d, name):
        eventually(f"no {name}", lambda: name not in [w["warning"] for w in d.varlink("Status")["status"]["warnings"]])
        self.assertEqual(0, d.varlink("Health")["exit"], d.varlink("Health"))

    def test_l3_a_dry_run(self):
        with self.daemon(args=["--dry-run"]) as d:
            d.until("listed", complete=True)
            self.shown(d, "dry_run", "dry run: nothing is changed")
            self.assertEqual(1, d.varlink("Health", cluster="orders")["exit"])
            d.wait_said("<4>this is a dry run")

    def test_l3_a_policy_that_was_edited_and_not_loaded(self):
        with self.daemon(policy=policy(safety=CAREFUL)) as d:
            d.until("listed", complete=True)
            before = os.stat(d.config)
            text = policy(safety=CAREFUL, keep={"last": 7})
            d.write_policy(text)
            os.utime(d.config, ns=(before.st_atime_ns, before.st_mtime_ns))
            self.shown(d, "policy_edited", "policy file was edited and is not loaded")
            d.wait_said("<4>the policy file was edited")
            d.varlink("Reload")
            self.gone(d, "policy_edited")
            d.write_policy(text)  # by an editor that saves the same again
            time.sleep(2)
            self.gone(d, "policy_edited")
            os.mkdir(os.path.join(d.dir, "policy.d"), mode=0o755)
            d.varlink("Reload")
            with open(os.path.join(d.dir, "policy.d", "more.yaml"), "w", encoding="utf-8") as f:
                f.write("clusters:\n  - id: amv-more\n")
            self.shown(d, "policy_edited", "policy file was edited and is not loaded")

    def test_l3_nothing_to_look_after(self):
        text = policy(safety=CAREFUL)
        text = text[:text.index("clusters:")]
        text += "clusters:\n  - discover: {region: cn-hangzhou, tags: {env: nowhere}}\n"
        with self.daemon(policy=text) as d:
            self.shown(d, "nothing_found", "discovery cn-hangzhou env=nowhere finds no cluster")
            self.shown(d, "no_clusters", "finds no cluster .and 1 more")
            d.wait_said("<4>there is no cluster: nothing is backed up or pruned")

    def test_l3_the_cloud_drops_sets_before_the_policy_would(self):
        self.cloud.control("cluster", id=CLUSTER, retention_days=7)
        with self.daemon(policy=policy(safety=CAREFUL)) as d:
            self.shown(d, "cloud_retention", "the cloud keeps the sets of orders for 7 days, and the policy needs 730")
            one = d.varlink("Health", cluster="orders")
            self.assertEqual(1, one["exit"])
            self.assertRegex(one["text"], "the cloud keeps sets for 7 days, and the policy needs 730")


class Lives(CloudTest):
    def test_a_set_that_comes_and_expires_and_is_kept_again(self):
        ids = self.seed(30)
        with self.daemon(policy=policy(safety=CAREFUL)) as d:
            d.until("listed", complete=True)
            first = d.history("seen")
            self.assertEqual([(None, 30, "the first listing")], [(e["set"], e["count"], e["reason"]) for e in first])
            new = self.add(start=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600)))
            d.varlink("Prune", cluster="orders", wait=True)
            self.assertEqual([new], [e["set"] for e in d.history("seen")][:-1])
            kept = [s["id"] for s in d.plan()["sets"] if s["verdict"] == "keep"]
            loses = next(s["id"] for s in d.plan()["sets"]
                         if [r["rule"] for r in s["rules"]] == ["daily"])
            self.assertIn(loses, kept)
            strict = policy(safety=CAREFUL, keep={"last": 1})
            d.write_policy(strict)
            d.varlink("Reload")
            expired = eventually("expired", lambda: [e for e in d.history("expired") if e["set"] == loses])
            self.assertEqual("no rule keeps it any more; the policy was changed", expired[0]["reason"])
            d.write_policy(policy(safety=CAREFUL))
            d.varlink("Reload")
            eventually("kept again", lambda: [e for e in d.history("kept-again") if e["set"] == loses])
            code, out, _ = d.ctl("history", "--set", loses)
            self.assertEqual(0, code)
            self.assertRegex(out, rf"^set {loses} of orders, begun .*, in the zone UTC\n"
                                  r"\S+  expired: no rule keeps it any more; the policy was changed\n"
                                  r"\S+  kept again: what it waited of its grace is forgotten\n"
                                  r"now: keep: daily ")
            self.assertIn(ids[-1], kept)

    def test_what_kept_it_until_it_expired_is_told(self):
        ids = self.seed(14, newest_h=24)  # the set that is added belongs to another day at any hour
        with self.daemon(policy=policy(safety=CAREFUL, keep={"last": 2, "daily": 3})) as d:
            d.until("listed", complete=True)
            self.add()
            d.varlink("Prune", cluster="orders", wait=True)
            told = {e["set"]: e["reason"] for e in d.history("expired")}
            self.assertEqual("no rule keeps it any more; until now daily", told[ids[-3]])
            self.assertEqual("no rule keeps it any more", told[ids[0]])  # it never was kept before our eyes

    def test_the_history_has_a_line_for_a_call_and_one_for_each_set_if_asked(self):
        self.seed(60)
        text = due_policy(safety="grace: 0s, max_delete_percent: 100, fresh_within: auto")
        with self.daemon(policy=text) as d:
            eventually("a prune", lambda: d.history("gone") and d.status()["deleting"] == 0)
            deleted = d.history("gone")[-1]["set"]
            jobs, sets = d.json("history", "-n", "1000"), d.json("history", "-n", "1000", "--sets")
            check(jobs, "history")
            for kind in ("delete-intent", "gone", "expired"):
                count = len([e for e in sets if e["kind"] == kind])
                self.assertEqual(count, sum(e["count"] for e in jobs if e["kind"] == kind))
                self.assertLess(len([e for e in jobs if e["kind"] == kind]), count)
            out = d.ctl("history", "orders")[1]
            self.assertRegex(out, r"(?m)\Ain the zone UTC\n\nTIME ")
            self.assertRegex(out, r"(?m)^\S+ +orders +delete asked for +\d\d sets +expired: no rule keeps it$")
            self.assertNotRegex(out, "-intent|-outcome|-done")
            self.assertNotIn(deleted, out)
            self.assertIn(deleted, d.ctl("history", "--sets", "-n", "1000")[1])
            self.assertEqual("nothing has failed\n", d.ctl("history", "--failed")[1])
            self.assertEqual(len(jobs), len(d.json("history", "--since", "1h")))
            self.assertEqual([], d.json("history", "--since", "2199-01-01"))
            self.assertIn("there may be older lines: -n 20", d.ctl("history", "-n", "2")[1])
            for words in (("--since", "soon"), ("--set", "1", "--failed")):
                self.assertEqual(2, d.ctl("history", *words)[0], words)

    def test_a_set_that_others_deleted_has_vanished(self):
        ids = self.seed(10)
        with self.daemon(policy=policy(safety=CAREFUL)) as d:
            d.until("listed", complete=True)
            self.cloud.control("remove-set", cluster=CLUSTER, id=ids[3])
            d.varlink("Prune", cluster="orders", wait=True)
            self.assertEqual([ids[3]], [e["set"] for e in d.history("vanished")])
            out = d.ctl("history", "--set", ids[3])[1]
            self.assertIn("no longer listed: deleted, but not by retaind\nnow: not listed\n", out)

    def test_after_a_restart_only_what_is_new_is_seen(self):
        self.seed(10)
        with self.daemon(policy=policy(safety=CAREFUL)) as d:
            d.until("listed", complete=True)
            d.stop()
            time.sleep(1.1)
            new = self.add()
            d.start()
            eventually("the new one", lambda: [e["set"] for e in d.history("seen")][:-1] == [new])
            d.varlink("Prune", cluster="orders", wait=True)
            self.assertEqual(2, len(d.history("seen")))

    def test_a_set_that_nobody_knows_is_an_error(self):
        with self.daemon() as d:
            d.until("listed", complete=True)
            self.assertEqual((1, "", "retainctl: no set '4711' is listed, or in the history\n"),
                             d.ctl("history", "--set", "4711"))


class Progress(CloudTest):
    def setUp(self):
        from harness.scenario import cloud
        self.cloud = cloud("--switch", "time-format=second", delete=4).start()
        self.addCleanup(self.cloud.stop)

    def test_a_large_prune_tells_how_far_it_is(self):
        self.seed(731)
        self.cloud.fault("latency", action="DeleteBackups", ms=700)
        with self.daemon() as d:
            try:
                eventually("STATUS=", lambda: re.search(
                    r"pruning orders: [1-6] of 7 calls, \d+ of 6\d\d sets gone", d.status_text()))
            except AssertionError:
                raise AssertionError([n for n in d.notified if n.startswith("STATUS=")]) from None
            prune = d.status()["prune"]
            self.assertEqual(7, prune["calls"])
            self.assertGreater(prune["sets"], 600)
            self.assertRegex(d.ctl("status")[1], r"orders +pruning .*\d of 7 calls, \d+ of 6\d\d sets gone")
            eventually("done", lambda: d.status()["prune"] is None and d.status()["deleting"] == 0)
            told = [n for n in d.notified if "pruning orders" in n]
            self.assertTrue(any("left" in t for t in told), told)


class Pruning(CloudTest):
    def test_history_is_bounded_by_the_policy(self):
        """The daemon's own timer begins a minute after the start: here its key is read, shown and reloaded."""
        with self.daemon(policy=policy() + "history: 1y6mo\n") as d:
            self.assertIn("history: 1y6mo", d.ctl("show", d.config)[1])
            d.write_policy(policy() + "history: 3\n")
            code, _, err = d.ctl("reload")
            self.assertEqual(1, code)
            self.assertIn("error: 'history' takes a duration such as 2y", err)
        self.assertTrue(seconds("2026-01-01T00:00:00Z"))
