"""Starting, reloading, stopping: what systemd, people and other programs can rely on. S10, L2, L3."""
import fcntl
import glob
import os
import pathlib
import pwd
import re
import resource
import shutil
import sqlite3
import signal
import socket
import subprocess
import tempfile
import time

from harness.daemon import BIN, Daemon, VarlinkError, eventually
from harness.scenario import (CLUSTER, DAY, CloudTest, cloud, daily_slot, deletes, due_policy, expected, policy,
                              there)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Start(CloudTest):
    def fails(self, d, *words, code=1):
        """It ends at once, saying these words."""
        d.start(wait=False)
        self.assertEqual(code, d.process.wait(20), d.told())
        d.process = None
        eventually("its last words", lambda: all(re.search(w, d.said()) for w in words))
        self.assertNotIn("READY=1", d.notified)

    def test_ready_comes_when_the_socket_answers(self):
        """Not before: whoever waits for it can call at once."""
        with self.daemon(start=False) as d:
            for _ in range(5):
                before = d.notified.count("READY=1")
                d.start(wait=False)
                while d.notified.count("READY=1") == before:
                    time.sleep(0.001)
                self.assertEqual("orders", d.varlink("Status")["status"]["clusters"][0]["name"])
                self.assertEqual(0, d.stop())

    def test_a_network_that_is_down_at_the_start_does_not_fail_it(self):
        port = free_port()
        self.seed(60)
        d = self.daemon(start=False, env={"RETAIND_ENDPOINT": f"http://127.0.0.1:{port}"})
        with d.start():
            d.wait_said("<4>orders: the sets could not be listed: Connect")
            self.assertIn("Connect", d.status()["trouble"])
            eventually("STATUS= tells it", lambda: "in trouble (orders: Connect" in d.status_text())
            pipe = subprocess.Popen([os.path.join(BIN, "adb-simulator"), "--port", str(port), "--cluster", CLUSTER],
                                    stdout=subprocess.DEVNULL)
            self.addCleanup(pipe.wait)
            self.addCleanup(pipe.terminate)
            d.until("listed by itself", complete=True, trouble=None)

    def test_a_second_daemon_on_the_same_state_is_refused(self):
        with self.daemon() as first:
            second = self.daemon(start=False)
            second.state = first.state
            with second:
                self.fails(second, re.escape(first.state), f"another retaind owns .*{first.process.pid}")
            self.assertTrue(first.varlink("Status"))

    def test_a_socket_that_another_serves_is_refused_one_left_over_is_taken(self):
        with self.daemon() as first:
            second = self.daemon(start=False)
            second.socket = first.socket
            with second:
                self.fails(second, re.escape(first.socket))
            first.kill()
            first.start()
            self.assertTrue(first.varlink("Status"))

    def test_a_bad_policy_at_the_start_ends_it(self):
        with self.daemon(start=False) as d:
            d.write_policy(policy() + "dialy: 3\n")
            self.fails(d, r"policy.yaml:\d+:1: error: unknown key 'dialy'", code=os.EX_CONFIG)
            os.unlink(d.config)
            self.fails(d, re.escape(d.config), code=os.EX_CONFIG)

    def test_bad_options_exit_2(self):
        with self.daemon(start=False) as d:
            for bad in (["--what"], ["--config"], ["--log-level", "loud"], ["extra"], ["--once=yes"]):
                d.args = bad
                self.fails(d, "^retaind: .*", code=2)

    def test_plain_http_to_another_machine_is_refused(self):
        with self.daemon(start=False, env={"RETAIND_ENDPOINT": "http://192.0.2.1:80"}) as d:
            self.fails(d, "(?i)http.*loopback|https")

    def test_version_and_help(self):
        for option, words in (("--version", "retaind "), ("--help", "--config FILE")):
            done = subprocess.run([os.path.join(BIN, "retaind"), option], capture_output=True, text=True,
                                  check=True)
            self.assertIn(words, done.stdout)


class Https(CloudTest):
    https = True

    def test_the_test_ca_is_accepted(self):
        self.cloud.switch(need_ssl="on")
        self.seed(60, newest_h=40)
        with self.daemon(policy=due_policy()) as d:
            d.wait_said("backup set .* is complete")
            self.pruned(d)

    def test_a_wrong_ca_is_refused_with_a_clear_line(self):
        with cloud(https=True) as other:
            with self.daemon(env={"RETAIND_CA_FILE": other.ca_file}) as d:
                d.wait_said("<4>orders: the sets could not be listed: Tls: .*certificate")
                self.assertEqual([], self.cloud.log())
                self.assertIn("Tls", d.status()["trouble"])

    def test_the_systems_cas_do_not_know_it(self):
        with self.daemon(start=False) as d:
            del d.env["RETAIND_CA_FILE"]
            d.start().wait_said("<4>orders: the sets could not be listed: Tls: .*certificate")


class State(CloudTest):
    def test_a_damaged_state_file_is_moved_aside_and_said(self):
        self.seed(60)
        for n, damage in enumerate((lambda b: b"not a database" * 100, lambda b: b[:100],
                                    lambda b: b[:5000] + b"\xff" * (len(b) - 5000))):
            with self.subTest(n), self.daemon() as d:
                d.until("listed", complete=True)
                d.stop()
                for extra in glob.glob(d.state + "-*"):
                    os.unlink(extra)
                path = pathlib.Path(d.state)
                path.write_bytes(damage(path.read_bytes()))
                d.start()
                d.wait_said(r"<4>the state file .* was damaged and is now .*damaged-\d+")
                self.assertTrue(glob.glob(d.state + ".damaged-*"))
                d.until("listed", complete=True)

    def test_a_lost_state_begins_every_grace_anew(self):
        self.seed(60)
        text = policy(safety="grace: 3s, max_delete_percent: 100, fresh_within: off")
        with self.daemon(policy=text) as d:
            d.until("listed", complete=True)
            d.kill()
            for path in glob.glob(d.state + "*"):
                os.unlink(path)
            began = time.monotonic()
            d.start()
            self.pruned(d)
            self.assertGreater(time.monotonic() - began, 2)  # graces begin with a whole second

    def test_a_state_file_that_is_removed_is_written_anew_at_once(self):
        self.seed(30, newest_h=40)
        text = due_policy(safety="grace: 1d, max_delete_percent: 100, fresh_within: off")
        with self.daemon(policy=text) as d:
            d.wait_said("backup set .* is complete")
            waits = d.status()["expired"]
            self.assertGreater(waits, 0)
            for path in glob.glob(d.state + "*"):
                os.unlink(path)
            d.wait_said(r"<3>the state file .*state.db was removed or replaced by somebody, and is written anew")
            self.assertEqual("well", d.status()["state"])
            d.kill()
            for moved in glob.glob(d.state + ".*"):
                self.assertTrue(moved.endswith(".lock"), moved)
            with sqlite3.connect(d.state) as db:
                self.assertEqual(waits, db.execute("SELECT count(*) FROM mark WHERE expired > 0").fetchone()[0])
            db.close()
            d.start()
            d.until("listed", complete=True)
            self.assertEqual(1, len(self.cloud.log(action="CreateBackup")))
            self.assertEqual(waits, d.status()["expired"])

    def test_s4_without_a_place_for_the_state_file_nothing_is_changed(self):
        self.seed(30, newest_h=40)
        with self.daemon(policy=policy(), start=False) as d:
            folder = os.path.join(d.dir, "state")
            os.mkdir(folder)
            d.state = os.path.join(folder, "state.db")
            d.write_policy(policy(safety="grace: 1h"))
            d.start()
            d.until("listed", complete=True)
            while os.path.exists(folder):  # files come back as long as it is there
                shutil.rmtree(folder, ignore_errors=True)
            d.wait_said("<3>the state file was removed .* cannot be written anew: .*nothing is changed in the cloud")
            self.assertEqual(2, d.ctl("health")[0])
            self.assertIn("cannot be written anew", d.ctl("health")[1])
            d.write_policy(due_policy())
            self.assertEqual(0, d.ctl("reload")[0])
            d.ctl("prune", "orders", "--wait")
            self.no_change_asked()
            os.mkdir(folder)
            d.ctl("prune", "orders")
            d.wait_said("is written anew: nothing of it is lost")
            d.wait_said("backup set .* is complete")
            self.pruned(d)

    def test_closed_standard_descriptors_are_nobody_elses(self):
        with self.daemon(start=False) as d:
            d.wrapper = ["sh", "-c", "exec \"$@\" 0<&- 1>&- 2>&-", "sh"]
            d.start()
            d.until("listed", complete=True)
            lock = pathlib.Path(d.state + ".lock").read_text(encoding="utf-8")
            self.assertEqual(f"{d.process.pid}\n", lock)
            for fd in range(3):
                self.assertEqual("/dev/null", os.readlink(f"/proc/{d.process.pid}/fd/{fd}"))

    def test_a_directory_that_cannot_be_written_ends_it_with_a_clear_line(self):
        with self.daemon(start=False) as d:
            d.state = "/proc/retaind-state.db"
            d.start(wait=False)
            self.assertEqual(1, d.process.wait(20))
            eventually("said", lambda: "/proc/retaind-state.db" in d.said())
            d.process = None
            self.no_change_asked()

    def limited(self, bytes_, text):
        """With this many bytes for each file it writes: as if the disk were full."""
        d = self.daemon(policy=text, start=False)
        d.wrapper = ["sh", "-c", f"ulimit -f {bytes_ // 512}; exec \"$@\"", "sh"]
        return d

    def test_s4_a_full_disk_means_no_call_that_changes_something(self):
        """The intent has to be on disk first: while it cannot be, nothing is asked for, and it is said."""
        self.seed(400, newest_h=40)
        with self.daemon(policy=policy(safety="grace: 1h")) as d:  # a state to go on from
            d.until("listed", complete=True)
            d.stop()
            d.write_policy(due_policy())
            # The log that SQLite writes first cannot have a page.
            d.wrapper = ["sh", "-c", "ulimit -f 8; exec \"$@\"", "sh"]
            d.start()
            d.wait_said("<3>orders: the state file cannot be written, so nothing is changed in the cloud")
            self.assertEqual("the state file cannot be written", d.status()["trouble"])
            self.assertEqual([], deletes(self.cloud))
            self.assertEqual([], [e for e in self.cloud.log(action="CreateBackup")
                                  if not d.history("create-intent")])
            eventually("STATUS= tells it", lambda: "cannot be written" in d.status_text())
            d.stop()
            d.wrapper = []
            d.start()
            d.wait_said("backup set .* is complete")
            self.pruned(d)

    def test_a_full_disk_from_the_start(self):
        mount = tempfile.mkdtemp(prefix="retaind-full-")
        self.addCleanup(shutil.rmtree, mount, True)
        if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "full", mount],
                                          stderr=subprocess.DEVNULL).returncode:
            self.skipTest("mounting is not allowed here")
        self.addCleanup(subprocess.run, ["umount", mount], check=True)
        self.seed(60, newest_h=40)
        with self.daemon(policy=due_policy(), start=False) as d:
            d.state = os.path.join(mount, "state.db")
            pathlib.Path(mount, "filler").write_bytes(b"x" * 60000)
            d.start(wait=False)
            eventually("says so", lambda: re.search(r"full|cannot be written", d.said()))
            self.no_change_asked()
            if d.process.wait(5):
                d.process = None


class Reload(CloudTest):
    bad = {
        "unknown key": "defaults:\n  dialy: 3\n",
        "not yaml": "clusters: [\n",
        "two documents": "---\nversion: 1\n",
        "an alias": "defaults: &a {region: x}\nclusters: *a\n",
    }

    def rejected(self, d, words):
        """A bad file is refused with its line, and what was in force stays, and goes on."""
        with self.assertRaises(VarlinkError) as caught:
            d.varlink("Reload")
        self.assertEqual("ReloadFailed", caught.exception.error)
        self.assertRegex(caught.exception.parameters["messages"], words)
        d.wait_said("<3>reload: rejected; the policy in force stays as it was")
        status = d.varlink("Status")["status"]
        self.assertFalse(status["policy"]["ok"])
        self.assertRegex(status["policy"]["error"], words)
        self.assertEqual([CLUSTER], [c["cluster"] for c in status["clusters"]])
        self.assertEqual(1, d.varlink("Health")["exit"])
        eventually("STATUS= tells it", lambda: "rejected at the last reload" in d.status_text())

    def test_s10_a_bad_reload_leaves_the_old_policy_in_force(self):
        self.seed(60)
        with self.daemon(policy=policy(keep={"last": 60})) as d:
            d.until("listed", complete=True)
            for name, text in self.bad.items():
                with self.subTest(name):
                    d.write_policy("version: 1\n" + text)
                    self.rejected(d, r"policy.yaml:\d+:\d+: error: ")
            pathlib.Path(d.config).write_bytes(b"version: 1\n\xff\n")
            self.rejected(d, "(?i)utf-8")
            # All or nothing: the first cluster's change is good, the second cluster is not.
            d.write_policy(policy(keep={"last": 1}, more="  - id: amv-two\n    refesh: 1h\n"))
            self.rejected(d, "unknown key 'refesh'.*'refresh'")
            os.unlink(d.config)
            self.rejected(d, re.escape(d.config))
            d.varlink("Prune", cluster="orders", wait=True)
            self.no_change_asked()
            d.write_policy(policy(keep={"last": 59}))
            d.varlink("Reload")
            self.assertTrue(d.varlink("Status")["status"]["policy"]["ok"])
            eventually("and STATUS=", lambda: "rejected" not in d.status_text())
            self.pruned(d, {"last": 59})

    def test_s10_sighup_does_the_same_and_systemd_is_told(self):
        self.seed(60)
        with self.daemon(policy=policy(keep={"last": 60})) as d:
            d.until("listed", complete=True)
            ready = d.notified.count("READY=1")
            d.write_policy("version: 1\ndefaults:\n  dialy: 3\n")
            d.process.send_signal(signal.SIGHUP)
            d.wait_said(r"<3>.*policy.yaml:3:3: error: unknown key 'dialy'")
            d.wait_said("reload: rejected")
            self.assertIn("RELOADING=1", d.notified)
            self.assertTrue(any(n.startswith("MONOTONIC_USEC=") for n in d.notified))
            eventually("ready again", lambda: d.notified.count("READY=1") == ready + 1)
            d.write_policy(policy(keep={"last": 50}))
            d.process.send_signal(signal.SIGHUP)
            d.wait_said("<5>reload: 1 cluster changed, .*the new policy would delete 10 more sets")
            d.wait_said("<5>reload: .*: changed; would delete 10 more sets")
            self.pruned(d, {"last": 50})

    def test_who_asks_for_something_is_told(self):
        self.seed(60)
        me = rf"{pwd.getpwuid(os.getuid()).pw_name} \(uid {os.getuid()}\), process \d+"
        held = policy(safety="grace: 0s, max_delete_percent: 10, fresh_within: off")
        with self.daemon(policy=held) as d:
            d.until("held", state="held")
            plan = d.plan()["plan"]
            for what, call in (("backup", lambda: d.varlink("Backup", cluster="orders")),
                               ("prune", lambda: d.varlink("Prune", cluster="orders")),
                               ("approve", lambda: d.varlink("Approve", cluster="orders", plan=d.plan()["plan"]))):
                with self.subTest(what):
                    call()
                    d.wait_said(rf"<5>orders: {what}: asked for by {me}")
                    asked = [e for e in d.history("asked", cluster="orders") if e["outcome"] == what]
                    self.assertRegex(asked[0]["reason"], f"^asked for by {me}$")
            self.assertEqual(len(plan), len([e for e in d.history("asked") if e["plan"]][0]["plan"]))
            d.varlink("Reload")
            d.process.send_signal(signal.SIGHUP)
            eventually("two reloads", lambda: len(re.findall(f"<5>reload: asked for by {me}", d.said())) == 2)
            self.assertEqual(["", ""], [e["cluster"] for e in d.history("asked") if e["outcome"] == "reload"])

    def test_a_slot_that_an_edited_schedule_has_just_behind_is_told_to_be_due_at_once(self):
        self.seed(4, newest_h=4)
        with self.daemon(policy=policy(schedule=daily_slot(5))) as d:
            d.until("listed", complete=True)
            self.assertEqual([], self.cloud.log(action="CreateBackup"))
            d.write_policy(policy(schedule=daily_slot(2)))
            d.varlink("Reload")
            d.wait_said(r"<5>reload: .*: changed; the next backup is due at once \(for .*Z\) instead of .*Z")
            eventually("the backup", lambda: self.cloud.log(action="CreateBackup"))

    def test_s10_a_broken_file_of_policy_d_rejects_the_whole_reload(self):
        with self.daemon(policy=policy()) as d:
            d.until("listed", complete=True)
            folder = pathlib.Path(d.config).parent / "policy.d"
            folder.mkdir()
            (folder / "two.yaml").write_text("version: 1\nclusters: [{id: amv-two}]\n")
            (folder / "old.yaml~").write_text("nonsense")
            self.assertIn("1 new", d.varlink("Reload")["changes"])
            (folder / "three.yaml").write_text("version: 1\nclusters: [{id: amv-three}, {id: amv-two}]\n")
            with self.assertRaises(VarlinkError) as caught:
                d.varlink("Reload")
            messages = caught.exception.parameters["messages"]
            self.assertRegex(messages, r"policy\.d/two\.yaml:2:17: error: duplicate cluster id 'amv-two'")
            self.assertRegex(messages, r"policy\.d/three\.yaml:2:34: note: the other is here")
            status = d.varlink("Status")["status"]
            self.assertFalse(status["policy"]["ok"])
            self.assertEqual({CLUSTER, "amv-two"}, {c["cluster"] for c in status["clusters"]})
            (folder / "two.yaml").unlink()
            self.assertIn("1 new", d.varlink("Reload")["changes"])

    def test_clusters_come_and_go(self):
        self.cloud.control("cluster", id="amv-two")
        self.seed(10)
        with self.daemon() as d:
            d.until("listed", complete=True)
            for _ in range(3):
                d.write_policy(policy(clusters=(CLUSTER, "amv-two")))
                self.assertIn("1 new", d.varlink("Reload")["changes"])
                d.until("listed", cluster="amv-two", complete=True)
                d.write_policy(policy())
                self.assertIn("1 gone", d.varlink("Reload")["changes"])
                with self.assertRaises(VarlinkError):
                    d.varlink("Plan", cluster="two")

    def test_a_reload_that_drops_most_clusters_or_all_warns_and_applies(self):
        names = [f"amv-{n}" for n in range(5)]
        with self.daemon(policy=policy(clusters=names)) as d:
            for left, words in ((3, None), (5, None), (2, "3 of 5 clusters are"), (1, None), (0, "1 of 1 cluster is"),
                                (4, None), (0, "4 of 4 clusters are")):
                with self.subTest(left=left):
                    text = policy(clusters=names[:left])
                    d.write_policy(text if left else text[:text.index("clusters:")] + "clusters: []\n")
                    changes = d.varlink("Reload")["changes"]
                    self.assertEqual(left, len(d.varlink("Status")["status"]["clusters"]))
                    self.assertEqual(bool(words), "warning" in changes, changes)
                    if words:
                        warning = f"{words} no longer in the policy: nobody backs them up or prunes them"
                        self.assertIn(f"\nwarning: {warning}", changes)
                        d.wait_said(f"<4>reload: warning: {warning}")

    two = policy(clusters=(CLUSTER, "amv-two"))

    def going_within_a_call(self, d):
        """The cluster `two` is taken out of the policy while its delete hangs."""
        self.cloud.control("cluster", id="amv-two")
        self.cloud.control("seed", cluster="amv-two", count=60)
        self.cloud.fault("hang", action="DeleteBackups", when="after", count=1)
        d.start()
        eventually("hanging", lambda: self.cloud.log(action="DeleteBackups"))
        d.write_policy(policy())
        self.assertIn("1 gone", d.varlink("Reload")["changes"])

    def test_a_cluster_may_go_while_its_call_hangs_and_come_back(self):
        with self.daemon(policy=self.two, start=False) as d:
            self.going_within_a_call(d)
            d.write_policy(self.two)
            self.assertIn("1 new", d.varlink("Reload")["changes"])
            self.assertEqual(1, len(deletes(self.cloud)))
            self.assertEqual("two", d.status("amv-two")["name"])

    def test_s4_a_call_of_a_cluster_that_goes_has_its_outcome_recorded(self):
        with self.daemon(policy=self.two, start=False) as d:
            self.going_within_a_call(d)
            self.assertEqual(0, d.stop())
            d.write_policy(self.two)
            d.start()
            self.assertEqual(["ambiguous"], [e["outcome"] for e in d.history("delete-outcome")])

class Stop(CloudTest):
    def stops_at_once(self, d, wait):
        """A machine may be slow once. What takes so long each time waits for something."""
        took = []
        while len(took) < 5:
            wait()
            began = time.monotonic()
            self.assertEqual(0, d.stop())
            took.append(time.monotonic() - began)
            if took[-1] < 5:  # less than a stop waits for the answer to a call that changes something
                return
            self.cloud.control("log-clear")
            d.start()
        self.fail(f"it took {took} s")

    def test_an_idle_daemon_stops_at_once(self):
        with self.daemon() as d:
            self.stops_at_once(d, lambda: d.until("listed", complete=True))
            self.assertIn("STOPPING=1", d.notified)

    def stopped_within_a_call(self, action, kind, text):
        self.seed(60, newest_h=40)
        self.cloud.fault("hang", action=action, when="after", count=1)
        with self.daemon(policy=text) as d:
            eventually("called", lambda: self.cloud.log(action=action))
            self.assertEqual(0, d.stop())  # though the answer never comes
            d.start()
            outcomes = d.history(kind)
            self.assertEqual(["ambiguous"], [e["outcome"] for e in outcomes], outcomes)
            return d.until("listed", complete=True)

    def test_s4_sigterm_within_a_create_records_it_as_unknown(self):
        self.stopped_within_a_call("CreateBackup", "create-outcome", due_policy(keep={"last": 99}))
        self.assertEqual(1, len(self.cloud.log(action="CreateBackup")))

    def test_s4_sigterm_within_a_delete_records_it_as_unknown(self):
        status = self.stopped_within_a_call("DeleteBackups", "delete-outcome", policy())
        self.assertEqual(0, status["expired"])
        self.assertEqual(1, len(deletes(self.cloud)))

    def test_sigterm_waits_for_an_answer_that_comes(self):
        self.seed(60)
        self.cloud.fault("latency", action="DeleteBackups", ms=3000, when="after")
        with self.daemon() as d:
            eventually("called", lambda: self.cloud.log(action="DeleteBackups"))
            self.assertEqual(0, d.stop())
            d.start()
            self.assertEqual(["ok"], [e["outcome"] for e in d.history("delete-outcome")])

    def test_sigterm_does_not_wait_for_a_listing(self):
        self.cloud.fault("hang", action="DescribeBackups")
        with self.daemon() as d:
            self.stops_at_once(d, lambda: eventually("called", self.cloud.log))


class Once(CloudTest):
    def once(self, text, *more, **env):
        with self.daemon(policy=text, start=False, env=env) as d:
            code, said = d.once(*more)
            return code, said

    def test_once_takes_a_due_backup_waits_for_it_and_prunes(self):
        self.seed(60, newest_h=40)
        code, said = self.once(due_policy())
        self.assertEqual(0, code, said)
        self.assertRegex(said, "backup set .* is complete")
        self.assertEqual(expected(self.cloud.sets()), there(self.cloud))

    def test_once_exits_1_when_held(self):
        self.seed(60)
        code, said = self.once(policy(safety="grace: 0s, max_delete_percent: 10"))
        self.assertEqual(1, code, said)
        self.assertIn("await approval", said)
        self.no_change_asked()

    def test_once_exits_1_when_trouble_lasts(self):
        self.seed(60)
        self.cloud.fault("throttle", action="DescribeBackups", retry_after_ms=200)
        began = time.monotonic()
        code, said = self.once(policy())
        self.assertEqual(1, code, said)
        self.assertGreater(time.monotonic() - began, 60)  # the next try would come after the two minutes
        self.assertGreater(len(self.cloud.log(action="DescribeBackups")), 3)

    def test_once_exits_1_when_the_service_cannot_be_reached(self):
        code, said = self.once(policy(), RETAIND_ENDPOINT=f"http://127.0.0.1:{free_port()}")
        self.assertEqual(1, code, said)

    def test_once_exits_1_when_the_backup_is_refused(self):
        self.seed(10, newest_h=40)
        self.cloud.fault("refuse", action="CreateBackup")
        code, said = self.once(due_policy())
        self.assertEqual(1, code, said)
        self.assertIn("NoPermission", said)

    def test_dry_run_says_what_it_would_do_and_does_nothing(self):
        self.seed(60, newest_h=40)
        with self.daemon(policy=due_policy(), start=False) as d:
            code, said = d.once("--dry-run")
            self.assertEqual([], glob.glob(d.state + "*"))
        self.assertEqual(0, code, said)
        self.assertRegex(said, "would take a backup")
        n = 60 - len(expected(self.cloud.sets()))
        self.assertEqual(n, len(re.findall("would delete set", said)), said)
        self.no_change_asked()

    def test_a_dry_daemon_refuses_commands(self):
        self.seed(60)
        with self.daemon(args=["--dry-run"]) as d:
            d.until("listed", complete=True)
            for method in ("Backup", "Prune"):
                with self.assertRaises(VarlinkError) as caught:
                    d.varlink(method, cluster="orders")
                self.assertEqual("Refused", caught.exception.error)
            self.no_change_asked()


class OnceInTrouble(CloudTest):
    # No answer to a change is another matter: what became of it shows later than a run takes.
    READS, CHANGES = ("DescribeBackups", "DescribeBackupPolicy"), ("CreateBackup", "DeleteBackups")
    rules = [(kind, {"action": action, **more}) for kind, actions, more in (
        ("throttle", READS + CHANGES, {"retry_after_ms": 200}),
        ("refuse", READS + CHANGES, {"code": "LockTimeout", "status": 400}),
        ("status", READS, {}), ("reset", READS, {"when": "before"})) for action in actions]
    clusters = tuple(f"amv-{n}" for n in range(len(rules)))

    def test_once_retries_what_passes_by_itself(self):
        """Each cluster meets one kind of trouble once, in one of its calls."""
        for c, (kind, rule) in zip(self.clusters, self.rules):
            self.cloud.control("seed", cluster=c, count=40, every_s=DAY, end_in_s=-40 * 3600)
            self.cloud.fault(kind, where={"DBClusterId": c}, count=1, **rule)
        with self.daemon(policy=due_policy(clusters=self.clusters), start=False) as d:
            code, said = d.once()
        self.assertEqual(0, code, said)
        for c in self.clusters:
            self.assertEqual(expected(self.cloud.sets(c)), there(self.cloud, c), c)


class Others(CloudTest):
    """L2: one cluster's trouble delays no other. L3: and nothing is silent."""

    clusters = tuple(f"amv-{n}" for n in range(24))

    def test_l2_hanging_clusters_delay_no_other(self):
        """More of them than calls are made at once."""
        for c in self.clusters:
            self.cloud.control("seed", cluster=c, count=40, end_in_s=-40 * 3600)
        for c in self.clusters[:20]:
            self.cloud.fault("hang", where={"DBClusterId": c})
        with self.daemon(policy=due_policy(clusters=self.clusters)) as d:
            for c in self.clusters[20:]:
                eventually("a backup", lambda c=c: len(d.history("backup-done", cluster=c)) == 1)
                eventually("pruned", lambda c=c: there(self.cloud, c) == expected(self.cloud.sets(c)))
        calls = [c["params"]["DBClusterId"] for c in self.cloud.log(action="DescribeBackups")]
        first = [calls.index(c) for c in self.clusters[20:]]
        again = [n for n, c in enumerate(calls) if c in self.clusters[:20] and c in calls[:n]]
        self.assertLess(max(first), min(again, default=len(calls)), "they waited for a call that hung to end")

    def test_l2_nobody_reads_the_log_or_what_systemd_is_told(self):
        d = self.daemon(start=False)
        unread = os.path.join(d.dir, "unread")
        with d, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(unread)
            reader, writer = os.pipe()
            fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
            d.process = subprocess.Popen(d.command(), env=dict(d.env, NOTIFY_SOCKET=unread),
                                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=writer)
            os.close(writer)
            eventually("the socket", d.varlink_answers)
            for _ in range(600):
                d.varlink("Reload", timeout=10)
            self.assertTrue(d.varlink("Status", timeout=10))
            with open(reader, encoding="utf-8") as log:
                d.process.send_signal(signal.SIGTERM)
                said = log.read()
            self.assertEqual(600, said.count("<5>reload: 0 clusters changed"))
            self.assertEqual(0, d.process.wait(15))
            d.process = None

    def test_l3_trouble_is_told_everywhere(self):
        self.cloud.control("seed", cluster="amv-1", count=5, end_in_s=-40 * DAY)
        for c in self.clusters:
            self.cloud.fault("refuse", action="CreateBackup", where={"DBClusterId": c})
        text = policy(schedule="daily", safety="grace: 0s", clusters=self.clusters[:3])
        with self.daemon(policy=text) as d:
            for c, words in (("amv-1", "CreateBackup was refused|no fresh valid set"),
                             ("amv-2", "CreateBackup was refused|no valid set at all")):
                status = d.until("trouble", cluster=c, state="trouble")
                self.assertRegex(status["trouble"], words)
            health = d.varlink("Health")
            self.assertEqual(2, health["exit"])
            self.assertIn("CRITICAL", health["text"])
            eventually("STATUS=", lambda: "3 in trouble" in d.status_text())
            self.assertEqual(2, d.ctl("health")[0])
