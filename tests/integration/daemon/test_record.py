"""retainctl record, and adb-simulator --replay: what the cloud answered can be given away, and asked again."""
import json
import os
import pathlib
import stat
import subprocess
import tempfile
import time

from harness.daemon import KEY_ID, KEY_SECRET, Daemon, eventually
from harness.scenario import CLUSTER, DAY, CloudTest, policy
from harness.simulator import Simulator, program

CLUSTERS = (CLUSTER, "amv-billing")
ACCOUNT = "1234567890123456"
# Nothing is deleted or expected while the sets are looked at.
STILL = "grace: 30d, max_delete_percent: 100, fresh_within: off"


def texts(value):
    """All strings of a document, names of members, too."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


class Differs(CloudTest):
    """What the doctor says of a list of sets."""

    def finding(self, *switches, status=None):
        with Simulator("--cluster", CLUSTER, *[w for s in switches for w in ("--switch", s)]) as cloud:
            cloud.control("seed", cluster=CLUSTER, count=5, every_s=DAY)
            if status:
                cloud.fault("patch-set", action="DescribeBackups", index=1, fields={"BackupStatus": status})
            with Daemon(cloud, policy=policy(safety=STILL)) as d:
                d.until("listed", complete=True)
                return [f for f in json.loads(d.ctl("doctor", "--json")[1]) if f["check"] == "replies"][0]

    def test_the_doctor_tells_how_the_list_of_sets_differs(self):
        well = "DescribeBackups is as expected: BackupStatus Success; "
        expiry = "BackupExpiredTime like 0000-00-00T00:00Z; "
        for args, status, state, text in (
                ((), None, "well", well + expiry + "newest first; counts as texts"),
                (("expired-format=second",), None, "well",
                 well + "BackupExpiredTime like 0000-00-00T00:00:00Z; newest first; counts as texts"),
                (("expired-field=absent",), None, "well", well + "no BackupExpiredTime; newest first; counts as texts"),
                (("order=oldest", "counts=integer"), None, "well",
                 "DescribeBackups differs: BackupStatus Success; " + expiry + "oldest first; counts as numbers; the newest "
                 "set is not the first, which changes nothing; counts are documented as texts, which changes nothing"),
                (("status-field=absent",), None, "well",
                 "DescribeBackups is as expected: BackupStatus none in 5; " + expiry + "newest first; counts as texts"),
                ((), "Odd", "warning",
                 "DescribeBackups differs: BackupStatus Success, Odd; " + expiry + "newest first; counts as texts; "
                 "BackupStatus 'Odd' is not known: such sets are quarantined"),
                (("expired-format=local",), None, "warning",
                 "DescribeBackups differs: BackupStatus Success; BackupExpiredTime like 0000-00-00 00:00:00; newest first; "
                 "counts as texts; BackupExpiredTime is not UTC with a Z: it is taken for the earliest that it can mean, "
                 "or the sets are quarantined")):
            with self.subTest(text):
                found = self.finding(*args, status=status)
                self.assertEqual((state, text), (found["state"], found["text"]))
                self.assertEqual("cn-hangzhou", found["about"])
                self.assertEqual(state == "warning", "retainctl record" in (found["remedy"] or ""))


class Record(CloudTest):
    clusters = CLUSTERS

    def setUp(self):
        super().setUp()
        self.folder = tempfile.TemporaryDirectory(prefix="retaind-record-")
        self.addCleanup(self.folder.cleanup)
        self.dir = os.path.join(self.folder.name, "recording")
        self.cloud.control("cluster", id=CLUSTER, description="the orders of Acme", tags={"owner": "acme-billing"})
        self.seed(130)
        self.cloud.control("seed", cluster="amv-billing", count=20, every_s=DAY)
        self.add(start=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - DAY)), state="failed")

    def record(self, d, *args):
        code, out, err = d.ctl("record", self.dir, *args)
        self.assertEqual((0, ""), (code, err), out)
        return [json.loads(p.read_text()) for p in sorted(pathlib.Path(self.dir).glob("*.json"))]

    @staticmethod
    def policy_of(cloud):
        return policy(safety=STILL, clusters=CLUSTERS,
                      extra=f"accounts: {{default: {{sts_endpoint: '{cloud.url}'}}}}\n")

    def daemon_of(self):
        return self.daemon(policy=self.policy_of(self.cloud))

    def test_s9_no_secret_and_no_real_id_or_name_is_in_a_recording(self):
        with self.daemon_of() as d:
            d.until("listed", complete=True)
            replies = self.record(d)
            said = "\n".join(p.read_text() for p in pathlib.Path(self.dir).iterdir())
            ids = {s["id"] for c in CLUSTERS for s in self.cloud.sets(c, gone=True)}
            requests = {c["request_id"] for c in self.cloud.log()}
            names = [*CLUSTERS, "orders", "billing", "Acme", "acme", ACCOUNT, KEY_ID, KEY_SECRET, "127.0.0.1", "vpc-",
                     "vsw-", "rg-", "aliyuncs", self.cloud.url.split("//")[1], *ids, *requests]
            self.assertEqual([], [n for n in names if n in said])
            self.assertGreater(len(ids), 150)
            self.assertEqual(["GetCallerIdentity", "DescribeDBClusterAttribute", "DescribeBackups", "DescribeBackups",
                              "DescribeBackupPolicy", "DescribeDBClusterAttribute", "DescribeBackups",
                              "DescribeBackupPolicy"], [r["action"] for r in replies])
            for reply in replies:
                headers = {name.lower(): value for name, value in reply["headers"]}
                self.assertRegex(headers["date"], "GMT$")
                self.assertIn(headers["x-acs-request-id"], json.dumps(reply["body"]))
            self.assertEqual(0o700, stat.S_IMODE(os.stat(self.dir).st_mode))
            self.assertEqual(0, subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"],
                                               cwd=self.dir, check=False).returncode)

    def test_sets_have_numbers_in_the_order_of_their_ids_and_all_else_stays(self):
        with self.daemon_of() as d:
            d.until("listed", complete=True)
            pages = [r["body"] for r in self.record(d) if r["params"].get("DBClusterId") == "amv-1"
                     and r["action"] == "DescribeBackups"]
        real = sorted(self.cloud.sets(CLUSTER), key=lambda s: int(s["id"]))
        got = sorted((s for page in pages for s in page["Items"]["Backup"]), key=lambda s: int(s["BackupId"]))
        self.assertEqual(len(real), len({s["BackupId"] for s in got}))
        self.assertEqual([s["start"][:16] for s in real], [s["BackupStartTime"][:16] for s in got])
        sizes = [s["BackupSize"] for s in got if s["BackupStatus"] == "Success"]
        self.assertEqual([s["size"] for s in real if s["state"] == "valid"], sizes)
        self.assertEqual({"Success", "Failed"}, {s["BackupStatus"] for s in got})
        self.assertEqual({"131"}, {page["TotalCount"] for page in pages})

    def test_a_replay_leads_to_equal_plans(self):
        with self.daemon_of() as d:
            d.until("listed", complete=True)
            self.record(d)
            before = {c: d.plan(c.removeprefix("amv-")) for c in CLUSTERS}
        with Simulator("--replay", self.dir) as again:
            text = self.policy_of(again)
            for real, standin in (CLUSTER, "amv-1"), ("amv-billing", "amv-2"):
                text = text.replace(f"id: {real}\n", f"id: {standin}\n")
            with Daemon(again, policy=text) as d:
                d.until("listed", cluster="amv-1", complete=True)
                d.until("listed", cluster="amv-2", complete=True)
                for real in CLUSTERS:
                    name = real.removeprefix("amv-")
                    self.assertEqual(self.plain(before[real]), self.plain(d.plan(name)))
                self.assertEqual({"GetCallerIdentity", "DescribeBackups", "DescribeBackupPolicy",
                                  "DescribeDBClusterAttribute"} & {c["action"] for c in again.log()},
                                 {"DescribeBackups", "DescribeBackupPolicy"})
                code, out, _ = d.ctl("doctor")
                self.assertEqual(0, code, out)
                code, _, err = d.ctl("backup", "orders")
                self.assertEqual(1, code)
                self.assertIn("NotRecorded", err)

    def test_a_replay_leads_to_equal_plans_however_the_cloud_answers(self):
        text = policy(safety=STILL).replace(f"id: {CLUSTER}\n", "id: amv-1\n")
        for number, switches in enumerate((
                ("id-kind=above-2^53", "id-order=random", "order=shuffled", "parent-field=empty"),
                ("id-kind=long", "id-order=falling", "order=id", "counts=integer", "size-format=string"),
                ("expired-format=local", "time-format=second", "region-field=always", "status-field=absent"),
                ("log-backup=on", "log-backup-value=boolean", "page-size-meaning=requested", "running-end-time=future"))):
            words = [word for switch in switches for word in ("--switch", switch)]
            folder = f"{self.dir}-{number}"
            with self.subTest(switches), Simulator("--cluster", CLUSTER, *words) as cloud:
                cloud.control("seed", cluster=CLUSTER, count=130, every_s=DAY)
                cloud.control("add-set", cluster=CLUSTER, start=time.strftime("%Y-%m-%dT%H:%M:%SZ"), state="running")
                with Daemon(cloud, policy=policy(safety=STILL)) as d:
                    d.until("listed", complete=True)
                    eventually("the policy of the cloud", lambda: d.status()["cloud_days"])
                    d.ctl("record", folder)  # 1: no STS
                    plan = d.plan("orders")
                with Simulator("--replay", folder) as again, Daemon(again, policy=text) as d:
                    d.until("listed", cluster="amv-1", complete=True)
                    eventually("the policy of the cloud", lambda: d.status("amv-1")["cloud_days"])
                    self.assertEqual(self.plain(plan), self.plain(d.plan("orders")))

    def test_what_is_no_json_is_told_by_its_length(self):
        with self.daemon_of() as d:
            d.until("listed", complete=True)
            self.cloud.fault("html", action="DescribeBackupPolicy")
            replies = self.record(d, "--cluster", "orders")
        page = [r for r in replies if r["action"] == "DescribeBackupPolicy"][0]
        self.assertRegex(page["text"], r"^\(\d+ bytes that are no JSON\)$")
        with Simulator("--replay", self.dir) as again, \
                Daemon(again, policy=self.policy_of(again).replace(f"id: {CLUSTER}\n", "id: amv-1\n")) as d:
            eventually("said", lambda: "a body that is not JSON" in d.ctl("doctor")[1])

    @staticmethod
    def plain(plan):
        """Without what differs by its nature: the time, the ids, and the hash of the ids."""
        order = {s: n for n, s in enumerate(sorted((s["id"] for s in plan["sets"]), key=int))}
        for s in plan["sets"]:
            s["id"] = order[s["id"]]
        plan["delete"] = [order[s] for s in plan["delete"]]
        plan["holds"] = [h["hold"] for h in plan["holds"]]
        return {k: v for k, v in plan.items() if k not in ("cluster", "now", "plan")}

    def test_a_folder_that_is_there_is_left_alone(self):
        with self.daemon_of() as d:
            d.until("listed", complete=True)
            os.mkdir(self.dir)
            before = len(self.cloud.log())
            self.assertEqual((1, "", f"retainctl: {self.dir} is there already: a recording goes into a new folder\n"),
                             d.ctl("record", self.dir))
            self.assertEqual([], os.listdir(self.dir))
            self.assertEqual(before, len(self.cloud.log()))

    def test_a_recording_that_was_changed_is_refused_by_name(self):
        with self.daemon_of() as d:
            d.until("listed", complete=True)
            self.record(d)
        page = os.path.join(self.dir, "0003-DescribeBackups.json")
        sums = os.path.join(self.dir, "SHA256SUMS")

        def edit(path, change):
            def do():
                text = pathlib.Path(path).read_text()
                pathlib.Path(path).write_text(change(text))
            return do

        changes = [
            (edit(page, lambda t: t.replace("Success", "Failed", 1)), f"{page}: is not as it was recorded"),
            (edit(page, lambda t: t[:len(t) // 2]), f"{page}: is not as it was recorded"),
            (lambda: os.remove(page), f"{page}: No such file"),
            (lambda: os.remove(sums), f"{sums}: No such file"),
            (edit(sums, lambda t: t[:-80]), f"{sums}: "),
            (edit(sums, lambda t: t.replace("0001-", "../0001-")), f"{sums}: line 1 is no sum of a file"),
            (edit(os.path.join(self.dir, "SHA256SUMS"), lambda t: t.split("\n", 1)[1]), f"{sums}: has 7 sums of the 8"),
        ]
        kept = {p: p.read_bytes() for p in pathlib.Path(self.dir).iterdir()}
        for change, complaint in changes:
            with self.subTest(complaint):
                change()
                done = subprocess.run([program(), "--replay", self.dir], capture_output=True, text=True, timeout=20,
                                      check=False)
                self.assertEqual(2, done.returncode)
                self.assertIn(complaint, done.stderr)
                self.assertEqual(1, done.stderr.count("\n"))
                for p, data in kept.items():
                    p.write_bytes(data)

    def test_refusals_are_recorded_by_their_code_alone(self):
        with self.daemon_of() as d:
            d.until("listed", complete=True)
            self.cloud.fault("refuse", action="DescribeBackupPolicy", status=403, code="NoPermission",
                             message=f"You, {ACCOUNT}, may not")
            replies = self.record(d, "--cluster", "orders")
        refused = [r for r in replies if r["action"] == "DescribeBackupPolicy"][0]
        self.assertEqual((403, "NoPermission"), (refused["status"], refused["body"]["Code"]))
        self.assertNotIn(ACCOUNT, "".join(texts(refused)))
