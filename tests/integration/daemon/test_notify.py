"""Who is told: messages to sinks, dead man's switches, and that a sink that fails changes nothing else."""
import json
import os
import pathlib
import signal
import tempfile
import time
import unittest

from harness import schema
from harness.daemon import eventually
from harness.scenario import CloudTest, policy
from harness.sinks import DING_SECRET, FEISHU_SECRET, TOKEN, Receiver

MERGED_S = 90  # a message comes after half a minute, and the loop asks every five seconds
URLS = {"dingtalk": "/dingtalk?access_token=T", "feishu": "/feishu/T", "wecom": "/wecom?key=K", "slack": "/slack/T/B/X",
        "ntfy": "/my-topic", "webhook": "/webhook", "alertmanager": "/api/v2/alerts", "healthchecks": "/ping/uuid",
        "ping": "/ping/plain?status=up"}
SECRETS = {"dingtalk": DING_SECRET, "feishu": FEISHU_SECRET, "ntfy": TOKEN}


class Notify(CloudTest):
    def setUp(self):
        super().setUp()
        self.receiver = Receiver()
        self.addCleanup(self.receiver.stop)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def file(self, name, text):
        path = self.dir / name
        path.write_text(text + "\n")
        path.chmod(0o600)
        return path

    def sink(self, kind, more="", url=None, secret=None):
        url = self.file(f"{kind}-url", url or self.receiver.url + URLS[kind])
        secret = secret or SECRETS.get(kind)
        if secret:
            more = f", secret_file: {self.file(f'{kind}-secret', secret)}{more}"
        return f"  - {{kind: {kind}, url_file: {url}{more}}}\n"

    def policy(self, *sinks, **more):
        plain = policy(extra="  cloud_retention: ignore\n", **more)
        return plain + "notify:\n" + "".join(sinks)

    @staticmethod
    def health(d):
        return d.ctl("health")[:2]


class Tests(Notify):
    def test_each_kind_takes_a_test_message_and_what_came_back_is_said(self):
        with self.daemon(policy=self.policy(*map(self.sink, URLS))) as d:
            code, out, err = d.ctl("notify", "--test")
            self.assertEqual(0, code, out + err)
            self.assertEqual(len(URLS), out.count(": taken ("), out)
            self.assertEqual([], self.receiver.refused)
            self.assertEqual({"dingtalk", "feishu", "wecom", "slack", "ntfy", "webhook", "alertmanager"},
                             {k for k, _, _ in self.receiver.messages})
            self.assertTrue(all("retaind can tell you" in t for t in self.receiver.texts()), self.receiver.texts())
            self.assertIn("/ping/uuid/log", [path for _, path, _ in self.receiver.pings])
            body = [b for k, _, b in self.receiver.messages if k == "webhook"][0]
            schema.check(json.loads(body), "webhook")

    def test_messages_are_in_the_language_of_their_sink(self):
        kinds = ("dingtalk", "feishu", "wecom", "slack", "ntfy", "webhook")
        sinks = [self.sink(kind, ", language: zh") for kind in kinds]
        with self.daemon(policy=self.policy(*sinks)) as d:
            self.assertEqual(0, d.ctl("notify", "--test")[0])
            self.assertEqual([], self.receiver.refused)
            self.assertEqual(len(kinds), len(self.receiver.texts()))
            for text in self.receiver.texts():
                self.assertIn("出现问题时，retaind 可以通知到您", text)

    def test_an_error_in_a_good_answer_is_a_failure(self):
        rows = (("dingtalk", "SECwrong", "310000"), ("feishu", "wrong", "19021"), ("ntfy", "wrong", "401"))
        with self.daemon(policy=self.policy(*(self.sink(kind, secret=s) for kind, s, _ in rows))) as d:
            code, out, _ = d.ctl("notify", "--test")
            self.assertEqual(1, code, out)
            for (kind, _, said), line in zip(rows, out.splitlines()):
                self.assertRegex(line, f"^{kind} .*: failed: .*{said}")
            self.assertEqual([], self.receiver.messages)

    def test_no_sinks_and_bad_files_are_said_in_one_line(self):
        rows = (("http://example.com/hook", "plain http"), ("", "is empty"), ("hooks.example.com/x", "no URL"))
        with self.daemon() as d:
            code, _, err = d.ctl("notify", "--test")
            self.assertEqual(1, code)
            self.assertIn("the policy names no sink", err)
            for url, said in rows:
                d.write_policy(self.policy(self.sink("slack", url=url or " ")))
                d.varlink("Reload")
                code, out, _ = d.ctl("notify", "--test")
                self.assertEqual(1, code, out)
                self.assertIn(said, out)
                self.assertEqual(1, len(out.splitlines()), out)
                self.assertNotIn("example.com", out)  # S9
            (self.dir / "slack-url").unlink()
            self.assertIn("there is no file", d.ctl("notify", "--test")[1])

    def test_files_that_cannot_be_used_are_told_when_the_policy_is_loaded(self):
        rows = (("http://example.com/hook", "is plain http"), (None, "there is no file"))
        with self.daemon() as d:
            for url, said in rows:
                text = self.policy(self.sink("slack", url=url or "https://h/"), safety="grace: 1d")
                if not url:
                    (self.dir / "slack-url").unlink()
                d.write_policy(text)
                d.varlink("Reload")
                code, out, _ = d.ctl("health")
                self.assertEqual(1, code, out)
                self.assertRegex(out, f"warning: the sink slack [^ ]*slack-url takes no messages: .*{said}")
                self.assertNotIn("example.com", out + d.said())
            d.wait_said("<4>the sink slack .* takes no messages")

    def test_s9_check_judges_a_url_that_it_can_read_and_quotes_nothing_of_it(self):
        path = self.dir / "policy.yaml"
        with self.daemon() as d:
            for url, warnings, said in (("http://example.com/hook", 1, "is plain http"), (" ", 1, "it is empty"),
                                        ("hooks.example.com/x", 1, "no URL"), ("https://example.com/hook", 0, "")):
                path.write_text(self.policy(self.sink("slack", url=url), safety="grace: 1d"))
                code, out, err = d.ctl("check", str(path))
                self.assertEqual((0, f"{path}: well: 1 cluster, {warnings} warning{'' if warnings == 1 else 's'}\n"), (code, out))
                self.assertEqual(warnings, len(err.splitlines()), err)
                self.assertIn(said, err)
                self.assertNotIn("example.com", err)
                found = json.loads(d.ctl("check", "--json", str(path))[1])[0]
                self.assertEqual((warnings, warnings), (found["warnings"], len(found["messages"])))
            (self.dir / "slack-url").unlink()  # of another machine
            self.assertEqual((0, ""), d.ctl("check", str(path))[::2])

    def test_a_dry_run_sends_nothing_but_a_test(self):
        with self.daemon(args=["--dry-run"], policy=self.policy(self.sink("slack"), self.sink("healthchecks"))) as d:
            d.until("listed", complete=True)
            self.assertEqual(0, d.ctl("notify", "--test")[0])
            self.assertEqual(1, len(self.receiver.messages))
            self.assertEqual(["/ping/uuid/log"], [path for _, path, _ in self.receiver.pings])


class Told(Notify):
    def test_l3_a_restore_that_nobody_proves_is_told(self):
        safety = "fresh_within: off, prove_every: 90d"
        ids = self.seed(3)
        with self.daemon(policy=self.policy(self.sink("slack"), self.sink("feishu", ", language: zh"), safety=safety)) as d:
            eventually("it is told", lambda: len(self.receiver.messages) > 1, timeout=MERGED_S)
            self.assertRegex(self.receiver.texts("feishu")[0],
                             "^retaind（.+）：1 项警告\n【警告】orders：正常；从未有过验证过的恢复，而策略要求每 90 天有一次$")
            self.assertRegex(self.receiver.texts("slack")[0], r"1 warning\nwarning orders: well; no restore was ever proven, and "
                             r"the policy wants one every 90 d$")
            d.ctl("proved", "orders", ids[0], "--by", "alice")
            eventually("its end is told", lambda: len(self.receiver.messages) > 3, timeout=MERGED_S)
            self.assertRegex(self.receiver.texts("slack")[1], "\nwell again: orders$")
            self.assertRegex(self.receiver.texts("feishu")[1], "\n恢复正常：orders$")

    def test_trouble_is_told_once_also_over_a_restart_and_so_is_its_end(self):
        sinks = [self.sink(kind) for kind in ("dingtalk", "wecom", "healthchecks")]
        with self.daemon(policy=self.policy(*sinks)) as d:
            eventually("a ping", lambda: self.receiver.pings)
            self.assertEqual("/ping/uuid", self.receiver.pings[0][1])
            self.cloud.fault("refuse", action="DescribeBackups", args={"code": "Forbidden.RAM", "status": 403})
            d.ctl("prune", "orders")
            eventually("it is told", lambda: len(self.receiver.messages) >= 2, timeout=MERGED_S)
            for text in self.receiver.texts():
                self.assertRegex(text, r"^retaind on \S+: 1 critical\nCRITICAL orders: trouble: .*Forbidden.RAM")
            fails = [p for p in self.receiver.pings if p[1] == "/ping/uuid/fail"]
            self.assertTrue(fails, self.receiver.pings)
            self.assertIn("Forbidden.RAM", fails[0][2])
            d.kill()
            d.start()
            time.sleep(45)
            self.assertEqual(2, len(self.receiver.messages), self.receiver.texts())
            self.cloud.control("fault-clear")
            d.ctl("prune", "orders")
            eventually("its end is told", lambda: len(self.receiver.messages) == 4, timeout=MERGED_S)
            self.assertRegex(self.receiver.texts()[-1], r"^retaind on \S+: 1 well again\nwell again: orders$")
            self.no_secret_in(d)

    def no_secret_in(self, d):
        """S9: a URL and a secret are in their own files alone."""
        words = [self.receiver.url.split("//")[1], DING_SECRET, "access_token", "key=K"]
        texts = {"log": d.said(), "status": json.dumps(d.json("status")), "health": d.ctl("health")[1]}
        for path in pathlib.Path(d.dir).rglob("*"):
            if path.is_file():
                texts[str(path)] = path.read_bytes().decode("latin-1")
        for where, text in texts.items():
            for word in words:
                self.assertNotIn(word, text, where)

    def test_l2_a_sink_that_hangs_delays_nothing_and_is_told_of(self):
        url = self.receiver.url + "/hang"
        with self.daemon(policy=self.policy(self.sink("webhook", url=url), self.sink("slack"))) as d:
            d.until("listed", complete=True)
            self.cloud.fault("refuse", action="DescribeBackups", args={"code": "Forbidden.RAM", "status": 403})
            d.ctl("prune", "orders")
            eventually("the other is told", lambda: self.receiver.texts("slack"), timeout=MERGED_S)
            self.assertEqual([], self.receiver.texts("webhook"))
            self.cloud.control("fault-clear")
            began = time.monotonic()
            self.assertEqual("done", d.varlink("Backup", cluster="orders", wait=True)["outcome"])
            self.assertLess(time.monotonic() - began, 8)  # no wait for the ten seconds of a sink
            eventually("the one that hangs is told of", lambda: "takes no messages" in self.health(d)[1],
                       timeout=MERGED_S)

    def test_a_sink_that_fails_is_a_warning_and_changes_nothing_else(self):
        self.receiver.broken["ping"] = (404, "not found")
        with self.daemon(policy=self.policy(self.sink("healthchecks"))) as d:
            eventually("it is a warning", lambda: self.health(d)[0] == 1, timeout=MERGED_S)
            self.assertRegex(self.health(d)[1], r"the sink healthchecks \S+ takes no messages: HTTP 404")
            [sink] = d.json("status")["sinks"]
            self.assertGreaterEqual(sink["failures"], 2)
            del self.receiver.broken["ping"]
            eventually("it is well again", lambda: self.health(d)[0] == 0, timeout=2 * MERGED_S)


    def test_kept_sets_that_vanish_are_told(self):
        kept = self.seed(count=30)
        with self.daemon(policy=self.policy(self.sink("slack"), keep={"last": 30})) as d:
            d.until("listed", complete=True, kept=30)
            self.cloud.control("remove-set", cluster="amv-orders", id=kept[7])
            d.varlink("Prune", cluster="orders", wait=True)
            eventually("it is told", self.receiver.messages.__len__, timeout=MERGED_S)
            self.assertRegex(self.receiver.texts()[0], "CRITICAL orders: trouble: 1 kept set.* deleted by another hand")


class Switch(Notify):
    def test_l3_the_switch_is_silent_while_the_loop_stands_still(self):
        with self.daemon(policy=self.policy(self.sink("ping", more=", every: 1min"))) as d:
            eventually("a ping", lambda: self.receiver.pings)
            os.kill(d.process.pid, signal.SIGSTOP)
            count = len(self.receiver.pings)
            time.sleep(70)
            self.assertEqual(count, len(self.receiver.pings))
            os.kill(d.process.pid, signal.SIGCONT)
            eventually("a ping", lambda: len(self.receiver.pings) > count)
            d.kill()
            count = len(self.receiver.pings)
            time.sleep(70)
            self.assertEqual(count, len(self.receiver.pings))


if __name__ == "__main__":
    unittest.main()
