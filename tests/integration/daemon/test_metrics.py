"""What Prometheus sees: a page, a file for the node exporter, and what is in them."""
import http.client
import json
import os
import pathlib
import re
import socket
import stat
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.request

from harness.daemon import HANG_S, eventually
from harness.scenario import CLUSTER, DAY, CloudTest, due_policy, policy


ROOT = pathlib.Path(__file__).resolve().parents[3]
MONITORING = ROOT / "packaging/monitoring"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def samples(text):
    """{(name, frozenset of labels): value}"""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = re.fullmatch(r"(\w+)(?:\{(.*)\})? (-?\d+(?:\.\d+)?)", line).groups()
        pairs = frozenset(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or ""))
        assert (name, pairs) not in found, line
        found[name, pairs] = float(value) if "." in value else int(value)
    return found


def value(text, name, **labels):
    """The one sample of this name with these labels."""
    hits = [v for (n, pairs), v in samples(text).items()
            if n == "retaind_" + name and set(labels.items()) <= pairs]
    assert len(hits) == 1, (name, labels, hits)
    return hits[0]


class Metrics(CloudTest):
    def with_metrics(self, text, listen=True, textfile=None):
        self.port = free_port()
        lines = f"  listen: 127.0.0.1:{self.port}\n" if listen else ""
        lines += f"  textfile: {textfile}\n" if textfile else ""
        return text.replace("defaults:", f"metrics:\n{lines}defaults:", 1)

    def get(self, path="/metrics", method="GET"):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method)
        with urllib.request.urlopen(request, timeout=HANG_S) as r:
            return r.read().decode()

    def test_promtool_finds_nothing_to_complain_of(self):
        self.seed(30)
        with self.daemon(policy=self.with_metrics(due_policy())) as d:
            d.until("listed", complete=True)
            done = subprocess.run(["promtool", "check", "metrics"], input=self.get(), text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual((0, ""), (done.returncode, done.stdout))

    def test_numbers_tell_of_a_backup_and_a_prune(self):
        self.seed(60)
        safety = "grace: 0s, max_delete_percent: 100, fresh_within: auto"
        with self.daemon(policy=self.with_metrics(due_policy(safety=safety))) as d:
            eventually("a backup and its prune",
                       lambda: d.history("backup-done") and value(self.get(), "gone_total") > 0
                       and d.status()["deleting"] == 0)
            text, status = self.get(), d.status()
            self.assertEqual(1, value(text, "backups_total", outcome="done"))
            self.assertEqual(0, value(text, "backups_total", outcome="failed"))
            self.assertEqual(len(d.history("gone", limit=999)), value(text, "gone_total"))
            self.assertEqual(len(d.history("delete-intent", limit=999)), value(text, "deletes_total"))
            self.assertEqual(status["kept"], value(text, "sets", verdict="kept"))
            self.assertEqual(1, value(text, "fresh"))
            longest = value(text, "fresh_within_seconds") - 30 * 3600  # of the backups
            self.assertTrue(0 <= longest <= DAY, longest)
            self.assertGreaterEqual(value(text, "loop_longest_seconds"), 0)
            self.assertEqual(1, value(text, "api_calls_total", action="CreateBackup", outcome="ok"))
            self.assertGreater(value(text, "next_backup_timestamp_seconds"), time.time())
            self.assertLess(abs(value(text, "newest_valid_set_timestamp_seconds") - time.time()), 120)  # minutes, cut off
            self.assertEqual(0, value(text, "trouble"))
            self.assertEqual(0, value(text, "pending_deletes"))
            self.assertEqual(status["cluster"], CLUSTER)

    def test_holds_and_rejected_reloads_show(self):
        self.seed(60)
        text = self.with_metrics(policy(safety="grace: 1d, max_delete_percent: 10, fresh_within: off"))
        with self.daemon(policy=text) as d:
            d.until("held", state="held")
            page = self.get()
            self.assertEqual([1, 1, 0], [value(page, "hold", hold=h) for h in ("approval", "grace", "clock")])
            self.assertEqual(1, value(page, "policy_last_reload_successful"))
            d.write_policy(text + "nonsense: 1\n")
            self.assertEqual(1, d.ctl("reload")[0])
            self.assertEqual(0, value(self.get(), "policy_last_reload_successful"))

    def test_l3_the_last_proven_restore_shows(self):
        ids = self.seed(3)
        with self.daemon(policy=self.with_metrics(policy(safety="fresh_within: off, prove_every: 90d"))) as d:
            d.until("listed", complete=True)
            page = self.get()
            self.assertEqual((90 * DAY, 1), (value(page, "prove_within_seconds"),
                                             value(page, "warning", warning="proven_restore")))
            self.assertNotIn("retaind_last_proven_restore_timestamp_seconds{", page)
            self.assertEqual(0, d.ctl("proved", "orders", ids[0], "--by", "alice")[0])
            page = self.get()
            self.assertLess(abs(value(page, "last_proven_restore_timestamp_seconds") - time.time()), 120)
            self.assertEqual(0, value(page, "warning", warning="proven_restore"))

    def test_l3_a_cluster_that_ends_is_told_before_its_sets_go(self):
        """A reload reads at once how it stands."""
        self.seed(3)

        def becomes(what, level, words, code, **change):
            self.cloud.control("cluster", id=CLUSTER, **change)
            self.assertEqual(0, d.ctl("reload")[0])
            eventually(what, lambda: re.search(words or "^$", d.status()["ending"] or ""))
            health = d.varlink("Health", cluster="orders")
            self.assertEqual(code, health["exit"], health)
            self.assertEqual(code == 2, d.status()["state"] == "trouble")
            page = self.get()
            self.assertEqual((code == 1, code == 2), (value(page, "warning", warning="cluster_ending") == 1,
                                                      value(page, "cluster_ending") == 1))
            if words:
                self.assertRegex(health["text"], words)
                d.wait_said(f"<{level}>.*{words}")

        with self.daemon(policy=self.with_metrics(policy(extra="  cloud_retention: ignore\n"))) as d:
            d.until("well", state="well")
            self.assertIsNone(d.status()["ending"])
            becomes("it ends soon", 4, "the subscription ends on .*: renew it, or restore a set to another cluster", 1,
                    ends_in_s=10 * DAY)
            self.assertLess(abs(value(self.get(), "cluster_expires_timestamp_seconds") - time.time() - 10 * DAY), 120)
            self.assertRegex(d.ctl("doctor")[1], r"warning +cluster +orders: the subscription ends")
            becomes("it has ended", 3, r"has ended and the cluster is locked \(LockByExpiration: overdue\): renew it", 2,
                    lock_mode="LockByExpiration", lock_reason="overdue")
            for _ in range(2):
                becomes("it is being released", 3, r"being released \(Deleting\), and its sets go with it", 2,
                        status="Deleting")
            self.assertEqual(1, len(re.findall("<3>.*being released", d.said())))
            becomes("it is well again", 5, "", 0, status="Running", lock_mode="Unlock", ends_in_s=400 * DAY)
            d.wait_said("<5>orders: the cluster is neither locked nor about to be released")
            self.cloud.fault("status", action="DescribeDBClusterAttribute", status=403, code="Forbidden.RAM", count=1)
            reads = len(self.cloud.log(action="DescribeDBClusterAttribute"))
            self.assertEqual(0, d.ctl("reload")[0])
            eventually("asked", lambda: len(self.cloud.log(action="DescribeDBClusterAttribute")) > reads)
            self.assertIsNone(d.status()["ending"])
            self.cloud.fault("status", action="DescribeDBClusterAttribute", status=404,
                             code="InvalidDBCluster.NotFound")
            becomes("it is gone", 3, r"no such cluster \(InvalidDBCluster.NotFound\): if it was released", 2)

    def test_only_get_and_head_of_metrics_are_answered(self):
        with self.daemon(policy=self.with_metrics(policy())):
            self.assertEqual("", self.get(method="HEAD"))
            for path, method, code in (("/", "GET", 404), ("/metrics/../x", "GET", 404), ("/metrics", "POST", 405)):
                with self.assertRaises(urllib.error.HTTPError) as caught:
                    self.get(path, method)
                self.assertEqual(code, caught.exception.code)
                caught.exception.close()

    def test_peers_that_dawdle_hold_nothing_up_and_are_dropped(self):
        with self.daemon(policy=self.with_metrics(policy())) as d:
            idle = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(12)]
            for s in idle:
                s.sendall(b"GET /metrics HT")
            self.assertIn("retaind_build_info", self.get())
            self.assertTrue(d.varlink("Status"))
            idle[0].settimeout(HANG_S)
            self.assertIn(idle[0].recv(100)[:12], (b"", b"HTTP/1.1 408"))
            for s in idle:
                s.close()

    def test_peers_that_come_and_go_leave_the_page_open(self):
        with self.daemon(policy=self.with_metrics(policy())):
            for _ in range(5):
                for s in [socket.create_connection(("127.0.0.1", self.port), 10) for _ in range(70)]:
                    s.close()
            eventually("the page", self.answers)

    def test_peers_that_send_byte_by_byte_do_not_hold_the_page(self):
        with self.daemon(policy=self.with_metrics(policy())):
            slow = [socket.create_connection(("127.0.0.1", self.port), 10) for _ in range(70)]
            for s in slow:
                s.sendall(b"GET /metrics HTTP/1.1\r\nX: ")
            self.assertIn("retaind_build_info", self.get())
            ended, until = False, time.monotonic() + HANG_S
            last = slow[-1]
            last.settimeout(1)
            while not ended and time.monotonic() < until:
                try:
                    last.sendall(b"x")
                    ended = last.recv(100) == b""
                except TimeoutError:
                    pass
                except OSError:
                    ended = True
            self.assertTrue(ended, "a request may take for ever")
            for s in slow:
                s.close()

    def test_many_read_at_once_over_kept_connections(self):
        with self.daemon(policy=self.with_metrics(policy())):
            codes = []

            def read():
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HANG_S)
                for _ in range(50):
                    connection.request("GET", "/metrics")
                    response = connection.getresponse()
                    response.read()
                    codes.append(response.status)
                connection.close()
            threads = [threading.Thread(target=read) for _ in range(8)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            self.assertEqual([200] * 400, codes)

    def test_a_port_that_is_taken_stops_no_backup_and_is_tried_again(self):
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            text = self.with_metrics(policy())
            taken.bind(("127.0.0.1", self.port))
            taken.listen()
            with self.daemon(policy=text) as d:
                d.wait_said(f"<3>metrics: cannot listen on 127.0.0.1:{self.port}: .*; will try again")
                d.until("listed", complete=True)
                taken.close()
                eventually("the page", lambda: self.answers())

    def answers(self):
        try:
            return self.get()
        except OSError:
            return None

    def test_a_reload_moves_the_page_and_refuses_a_taken_port(self):
        with self.daemon(policy=self.with_metrics(policy())) as d, socket.socket() as taken:
            old = self.port
            self.assertIn("retaind_clusters 1", self.get())
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            d.write_policy(self.with_metrics(policy()).replace(str(self.port), str(taken.getsockname()[1])))
            code, _, err = d.ctl("reload")
            self.assertEqual(1, code)
            self.assertIn("cannot listen on", err)
            self.port = old
            self.assertIn("retaind_clusters 1", self.get())
            d.write_policy(self.with_metrics(policy()))
            self.assertEqual(0, d.ctl("reload")[0])
            self.assertIn("retaind_clusters 1", self.get())
            self.port = old
            self.assertIsNone(self.answers())

    def test_a_pipe_in_place_of_the_text_file_stops_nothing(self):
        """Neither there nor beside it, where the file was once written under a name that could be guessed."""
        with self.daemon(start=False) as d:
            path = os.path.join(d.dir, "retaind.prom")
            os.mkfifo(path)
            os.mkfifo(f"{path}.new")
            d.write_policy(self.with_metrics(policy(), listen=False, textfile=path))
            d.start()
            d.wait_said(f"metrics: cannot write {path}: it is no regular file")
            self.assertEqual(0, d.ctl("reload")[0])
            os.unlink(path)
            eventually("the file", lambda: os.path.exists(path))
            self.assertIn("retaind_clusters 1", open(path, encoding="utf-8").read())

    def test_the_text_file_is_whole_at_any_time_and_readable(self):
        self.seed(30)
        with self.daemon(start=False) as d:
            path = os.path.join(d.dir, "retaind.prom")
            d.write_policy(self.with_metrics(policy(), listen=False, textfile=path))
            d.start()
            eventually("the file", lambda: os.path.exists(path))
            self.assertEqual(0o644, stat.S_IMODE(os.stat(path).st_mode))
            with open(path, encoding="utf-8") as f:
                text = f.read()
            self.assertEqual(1, value(text, "clusters"))
            self.assertTrue(text.endswith("\n"))
            self.assertEqual([], [n for n in os.listdir(d.dir) if n.endswith(".new")])
            self.assertEqual(0, d.stop())
            self.assertFalse(os.path.exists(path), "numbers of a daemon that has stopped")

    def test_a_text_file_that_cannot_be_written_is_told_once(self):
        text = self.with_metrics(policy(), listen=False, textfile="/dev/null/retaind.prom")
        with self.daemon(policy=text) as d:
            d.wait_said("<4>metrics: cannot write /dev/null/retaind.prom: Not a directory")

    def test_alerts_and_dashboard_go_by_metrics_that_are_there(self):
        self.seed(30)
        safety = "grace: 0s, max_delete_percent: 100, fresh_within: auto"
        with self.daemon(policy=self.with_metrics(due_policy(safety=safety))) as d:
            d.until("listed", complete=True)
            there = set(re.findall(r"^(retaind_\w+)", self.get(), re.M))
        for file in ("retaind.rules.yml", "retaind-dashboard.json"):
            text = (MONITORING / file).read_text(encoding="utf-8")
            used = set(re.findall(r"retaind_\w+", text))
            self.assertGreater(len(used), 5)
            self.assertEqual(set(), used - there, file)


class Rules(unittest.TestCase):
    def promtool(self, *args):
        done = subprocess.run(["promtool", *args], cwd=ROOT, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        self.assertEqual(0, done.returncode, done.stdout)

    def test_promtool_reads_the_rules(self):
        self.promtool("check", "rules", "packaging/monitoring/retaind.rules.yml")

    def test_each_alert_is_raised_by_what_it_names(self):
        self.promtool("test", "rules", "tests/monitoring/alerts.yml")

    def test_the_dashboard_is_whole(self):
        board = json.loads((MONITORING / "retaind-dashboard.json").read_text(encoding="utf-8"))
        ids = [p["id"] for p in board["panels"]]
        self.assertEqual(len(ids), len(set(ids)))
        for p in board["panels"]:
            self.assertLessEqual(p["gridPos"]["x"] + p["gridPos"]["w"], 24)
            self.assertTrue(p["targets"] and all(t["expr"] for t in p["targets"]), p["title"])
