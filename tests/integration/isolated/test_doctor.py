"""retainctl doctor: what it says of a good set-up, and of broken ones, word for word (tests/golden/doctor;
RETAIND_GOLDEN=write writes what is said now). It changes nothing."""
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import time

from harness import isolated
from harness.daemon import KEY_ID, POLICY, eventually
from harness.isolated import HOST, Network
from harness.simulator import ROOT

GOLDEN = ROOT / "tests/golden/doctor"
STS = ["sts.aliyuncs.com", "sts.cn-hangzhou.aliyuncs.com"]
LOOKS = {"GetCallerIdentity", "DescribeDBClusterAttribute", "DescribeBackups", "DescribeBackupPolicy"}

# Without a warning.
SOUND = POLICY.replace("grace: 0s, max_delete_percent: 100, ", "").replace(
    "keep: {last: 3, daily: 14, weekly: 8, monthly: 24}", "keep: {last: 3, daily: 14}")


class Patient(Network):
    hosts = names = [HOST, *STS]
    relay = None

    def setUp(self):
        super().setUp()
        isolated.hide("/run/systemd/system")
        self.cloud.control("cluster", id="amv-orders", retention_days=30)
        self.cloud.control("seed", count=10)

    def served(self, **more):
        """A daemon whose network is as it should be."""
        if not self.relay:
            self.relay = self.listen()
        return self.daemon(policy=more.pop("policy", SOUND), **more)

    def normal(self, text, d):
        text = text.replace(d.dir, "DIR").replace(os.path.realpath(d.dir), "DIR")
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text)
        text = re.sub(r"retaind \d+\.\d+\.\d+", "retaind VERSION", text)
        text = re.sub(r"the session lasts [\d a-z]+", "the session lasts so long", text)
        return re.sub(r"after \d+ ms", "after N ms", text)

    def says(self, name, d, code, *args):
        """Exits so, says that, and asks for nothing but looks."""
        before = max((c["n"] for c in self.cloud.log()), default=0)
        got, out, err = d.ctl("doctor", *args)
        said = self.normal(out + err, d)
        path = GOLDEN / f"{name}.out"
        if os.environ.get("RETAIND_GOLDEN") == "write":
            path.write_text(said, encoding="utf-8")
        self.assertEqual(path.read_text(encoding="utf-8"), said)
        self.assertEqual(code, got)
        self.assertLessEqual({c["action"] for c in self.cloud.log(since=before)}, LOOKS)
        return out



class Well(Patient):
    def test_a_good_set_up(self):
        with self.served() as d:
            d.until("listed", complete=True)
            self.says("good", d, 0)
            findings = json.loads(d.ctl("doctor", "--json")[1])
            self.assertEqual({"well"}, {f["state"] for f in findings})
            self.assertEqual({"check", "about", "state", "text", "remedy"}, set(findings[0]))
            self.no_change_asked()

    def test_s14_how_long_the_log_is_kept(self):
        self.cloud.switch(log_backup="on")
        with self.served() as d:
            d.until("listed", complete=True)
            self.says("log", d, 0)

    def test_a_session_of_a_role(self):
        self.cloud.control("role", arn="acs:ram::1234567890123456:role/retaind")
        accounts = ("accounts: {prod: {role: 'acs:ram::1234567890123456:role/retaind'}, test: {login: environment}}\n"
                    "clusters:\n  - {id: amv-users, name: users, account: test}\n")
        self.cloud.control("cluster", id="amv-users", retention_days=30)
        text = SOUND.replace("clusters:\n", accounts).replace("name: orders", "name: orders\n    account: prod")
        with self.served(policy=text) as d:
            d.until("listed", complete=True)
            self.says("two-accounts", d, 0)

    def test_clusters_that_are_discovered(self):
        text = SOUND[:SOUND.index("clusters:")] + (
            "clusters:\n  - discover: {tags: {env: prod}}\n  - discover: {tags: {env: test}}\n")
        self.cloud.control("cluster", id="amv-orders", retention_days=30, tags={"env": "prod"})
        with self.served(policy=text) as d:
            eventually("found", lambda: d.varlink("Status")["status"]["clusters"])
            eventually("looked", lambda: "not ended its first look" not in d.ctl("doctor")[1])
            self.says("discovered", d, 0)

    def test_there_is_one_at_a_time_and_it_ends_with_the_daemon(self):
        with self.served() as d:
            d.until("listed", complete=True)
            self.cloud.fault("hang", action="GetCallerIdentity")
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                first = pool.submit(d.ctl, "doctor")
                eventually("asked", lambda: self.cloud.log(action="GetCallerIdentity"))
                code, _, err = d.ctl("doctor")
                self.assertEqual(1, code)
                self.assertIn("somebody else has just asked the same", err)
                self.assertEqual(0, d.stop())
                code, _, err = first.result(20)
                self.assertEqual(1, code)
                self.assertRegex(err, "retaind stops|closed the connection")

    def test_a_cluster_that_leaves_meanwhile(self):
        self.cloud.control("cluster", id="amv-users", retention_days=30)
        with self.served(policy=SOUND + "  - id: amv-users\n") as d:
            d.until("listed", cluster="amv-users", complete=True)
            self.cloud.fault("latency", action="DescribeDBClusterAttribute", ms=1500, count=1)
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                first = pool.submit(d.ctl, "doctor")
                eventually("asked", lambda: self.cloud.log(action="DescribeDBClusterAttribute"))
                d.write_policy(SOUND)
                self.assertEqual(0, d.ctl("reload")[0])
                code, out, _ = first.result(20)
            self.assertEqual(0, code)
            self.assertNotIn("amv-users is Running", out)
            self.assertIn("amv-orders is Running", out)

    def test_what_has_worked_is_said(self):
        self.cloud.control("seed", count=300, every_s=3600)
        with self.served(policy=POLICY) as d:
            d.varlink("Backup", cluster="orders", wait=True)
            eventually("deleted", lambda: self.cloud.log(action="DeleteBackups"))
            d.until("settled", expired=0)
            self.assertIn("CreateBackup has worked, DeleteBackups has worked", d.ctl("doctor")[1])
            for action, ask in ("CreateBackup", "Backup"), ("DeleteBackups", "Prune"):
                self.l3_a_refusal_that_is_known_is_bad(d, action, ask)

    def l3_a_refusal_that_is_known_is_bad(self, d, action, ask):
        """However well it has worked before."""
        self.cloud.control("seed", count=30, every_s=3600)  # something to delete
        rule = self.cloud.fault("status", action=action, status=403, code="Forbidden.NoPermission")
        self.assertNotEqual("done", d.varlink(ask, cluster="orders", wait=True)["outcome"])
        code, out, _ = d.ctl("doctor")
        self.assertEqual(1, code)
        self.assertRegex(out, rf"(?m)^bad +rights +orders: {action} was refused: Forbidden.NoPermission: .* -> grant ")
        self.assertNotIn(f"{action} has worked", out)
        self.cloud.control("fault-clear", rule=rule)
        self.assertEqual("done", d.varlink(ask, cluster="orders", wait=True)["outcome"])
        self.assertIn(f"{action} has worked", d.ctl("doctor")[1])

    def test_one_of_many_clusters(self):
        names = [f"amv-{n}" for n in range(120)]
        for name in names:
            self.cloud.control("cluster", id=name, retention_days=30)
        text = SOUND[:SOUND.index("clusters:")] + "clusters:\n" + "".join(f"  - id: {n}\n" for n in names)
        with self.served(policy=text) as d:
            d.until("listed", cluster="amv-119", complete=True)
            self.says("one-of-many", d, 0, "--cluster", "amv-119")
            self.assertEqual(["amv-119"], [c["params"]["DBClusterId"] for c in self.cloud.log(
                action="DescribeDBClusterAttribute")])
            out = d.ctl("doctor", "--all")[1]
            self.assertIn("100 of 120 clusters were looked at", out)
            self.assertEqual(100, len(re.findall("is Running", out)))
            self.assertRegex(d.ctl("doctor")[1], r"^unknown .*\n\d{3} well \(--all shows them\), ")


class Broken(Patient):
    def test_no_daemon(self):
        with self.daemon(policy=SOUND, start=False) as d:
            self.says("no-daemon", d, 1, "--config", d.config)

    def test_no_policy(self):
        with self.daemon(policy=SOUND, start=False) as d:
            self.says("no-policy", d, 1, "--config", f"{d.dir}/missing.yaml")

    def test_a_policy_that_was_broken_since(self):
        with self.served() as d:
            d.until("listed", complete=True)
            d.write_policy(SOUND.replace("daily", "dialy"))
            self.assertEqual(1, d.ctl("reload")[0])
            self.says("bad-policy", d, 1)

    def test_a_policy_that_was_not_read_again(self):
        with self.served() as d:
            d.until("listed", complete=True)
            os.utime(d.config, (time.time() + 10, time.time() + 10))
            self.says("not-reloaded", d, 0)

    def test_no_keys(self):
        with self.served(env={"ALIBABA_CLOUD_ACCESS_KEY_ID": "", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "",
                              "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}) as d:
            self.says("no-keys", d, 1)

    def test_a_secret_that_is_not_the_keys(self):
        with self.served(env={"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "TESTONLYWRONG"}) as d:
            self.says("wrong-secret", d, 1)

    def test_a_key_that_was_deleted(self):
        self.cloud.control("key", id=KEY_ID, remove=True)
        with self.served() as d:
            self.says("no-such-key", d, 1)

    def test_rights_that_are_missing(self):
        for action in ("DescribeBackups", "DescribeDBClusterAttribute"):
            self.cloud.fault("refuse", action=action)
        with self.served() as d:
            self.says("no-rights", d, 1)

    def test_clusters_that_may_not_be_listed(self):
        self.cloud.fault("refuse", action="DescribeDBClusters")
        text = SOUND[:SOUND.index("clusters:")] + "clusters:\n  - discover: {name: 'orders-*'}\n"
        with self.served(policy=text) as d:
            eventually("looked", lambda: "not ended its first look" not in d.ctl("doctor")[1])
            self.says("no-discovery", d, 1)

    def test_a_cluster_that_does_not_exist(self):
        with self.served(policy=SOUND.replace("amv-orders", "amv-orderz")) as d:
            self.says("no-cluster", d, 1)

    def test_a_cluster_that_does_not_run(self):
        self.cloud.control("cluster", id="amv-orders", status="ClassChanging")
        with self.served() as d:
            self.says("not-running", d, 0)

    def test_a_cloud_that_keeps_sets_too_short(self):
        self.cloud.control("cluster", id="amv-orders", retention_days=7)
        with self.served() as d:
            self.says("short-retention", d, 0)

    def test_a_cloud_that_keeps_sets_shorter_than_ever_and_shorter_than_it_can(self):
        self.cloud.control("cluster", id="amv-orders", retention_days=730)
        with self.served(policy=SOUND.replace("daily: 14", "yearly: all")) as d:
            self.assertIn("-> keep nothing longer", d.ctl("doctor")[1])
        with self.served(policy=SOUND.replace("last: 3", "last: 0")) as d:
            self.assertIn("730 days, enough", d.ctl("doctor")[1])

    def test_a_clock_that_is_wrong(self):
        self.cloud.control("clock", advance_s=600)
        with self.served() as d:
            self.says("wrong-clock", d, 1)

    def test_nobody_listens(self):
        with self.daemon(policy=SOUND) as d:
            self.says("nobody-listens", d, 1)

    def test_a_portal(self):
        with self.served() as d:
            d.until("listed", complete=True)
            self.cloud.fault("html")
            self.says("portal", d, 1)

    def test_a_disk_that_is_almost_full(self):
        self.relay = self.listen()
        d = self.daemon(policy=SOUND, start=False)
        folder = os.path.join(self.directory, "disk")
        os.mkdir(folder)
        isolated.small_disk(folder, "16m")
        self.addCleanup(isolated.unmount, folder)
        d.state = f"{folder}/state.db"
        with d.start():
            self.assertRegex(d.ctl("doctor")[1], "bad +state +.*/state.db: [0-9]+ KiB are free on its disk -> make room")

    def test_a_service_that_is_not_begun_when_the_machine_is(self):
        for folder in ("/run", "/etc/systemd"):
            if not os.path.isdir(folder):
                self.skipTest(f"{folder} is not there to be covered")
            isolated.small_disk(folder, "1m")
            self.addCleanup(isolated.unmount, folder)
        wants = "/etc/systemd/system/multi-user.target.wants"
        with self.served() as d:
            d.until("listed", complete=True)
            self.assertNotIn("systemctl", d.ctl("doctor")[1])
            os.makedirs("/run/systemd/system")
            self.says("not-enabled", d, 0)
            os.makedirs(wants)
            os.symlink("/dev/null", f"{wants}/retaind.service")
            self.assertNotIn("systemctl", d.ctl("doctor")[1])

    def test_state_file_that_is_gone(self):
        d = self.served(start=False)
        d.state = os.path.join(d.dir, "folder", "state.db")
        os.mkdir(os.path.dirname(d.state))
        with d.start():
            d.until("listed", complete=True)
            while os.path.exists(os.path.dirname(d.state)):  # the daemon writes the file anew at once
                shutil.rmtree(os.path.dirname(d.state), ignore_errors=True)
            d.wait_said("nothing is changed in the cloud until it can be")
            self.says("no-state", d, 1)


class Untrusted(Patient):
    def setUp(self):
        super().setUp()
        folder = os.path.join(self.directory, "stranger")
        subprocess.run([str(ROOT / "tests/simulator/make-test-ca"), folder], check=True)
        self.trust(f"{folder}/ca.pem")

    def test_a_certificate_that_nobody_vouches_for(self):
        with self.served() as d:
            self.says("untrusted", d, 1)


class Nameless(Patient):
    hosts = []

    def test_names_that_nobody_knows(self):
        with self.served() as d:
            self.says("no-names", d, 1)
