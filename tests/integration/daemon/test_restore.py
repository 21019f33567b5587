"""The way back: what `retainctl restore` says, and that it changes nothing."""
import json
import pathlib
import shlex
import time

from harness.daemon import eventually
from harness.schema import check
from harness.scenario import CLUSTER, DAY, CloudTest, policy


def instant(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def words(command):
    """A command as a shell reads it: its name, and its options with their values."""
    read = shlex.split(command.replace("\\\n", " "))
    options = read[read.index("--force") + 1:]
    return read[:3], dict(zip(options[::2], options[1::2]))


class Restore(CloudTest):
    def test_the_newest_valid_set_before_the_moment_is_shown_with_its_command(self):
        seeded = self.seed(10)
        with self.daemon(policy=policy(keep={"last": "all"})) as d:
            d.until("listed", complete=True)
            starts = {s["id"]: s["time"] for s in d.plan()["sets"]}
            found = d.json("restore", "orders", "--at", starts[seeded[4]])
            self.assertEqual((seeded[3], seeded[4]), (found["set"]["BackupId"], found["next"]["BackupId"]))
            found = d.json("restore", "orders")
            self.assertEqual((seeded[9], None), (found["set"]["BackupId"], found["next"]))
            command, options = words(found["aliyun"])
            self.assertEqual(["aliyun", "adb", "CreateDBCluster"], command)
            self.assertEqual(
                {"--endpoint": "adb.cn-hangzhou.aliyuncs.com", "--RegionId": "cn-hangzhou", "--DBClusterVersion": "5.0",
                 "--PayType": "Postpaid", "--ZoneId": "cn-hangzhou-h", "--VPCId": "vpc-test0000000000000",
                 "--VSwitchId": "vsw-test0000000000000", "--ProductForm": "IntegrationForm",
                 "--ProductVersion": "EnterpriseVersion", "--ReservedNodeSize": "FILL-IN", "--ReservedNodeCount": "FILL-IN",
                 "--ResourceGroupId": "rg-test00000000000", "--RestoreType": "backup", "--SourceDbClusterId": CLUSTER,
                 "--BackupSetId": seeded[9]}, options)
            self.assertIn(f'backup_set_id = "{seeded[9]}"', found["terraform"])
            code, out, err = d.ctl("restore", "orders", "--set", seeded[2])
            self.assertEqual(0, code, err)
            self.assertRegex(out, r"(?m)^Set: .*, begun \S+ \d\d:\d\d \(UTC\),")  # one zone, and named
            for text in (f"Set: {seeded[2]}, begun ", f"The next one: {seeded[3]}, begun ", f"--BackupSetId {seeded[2]}",
                         "the IP whitelist is not copied", "retainctl hold amv-orders --reason restore"):
                self.assertIn(text, out)
            self.assertEqual([], [c for c in self.cloud.log() if not c["action"].startswith("Describe")])

    def test_what_cannot_be_restored_is_told_in_a_line(self):
        self.seed(3)
        failed = self.add(start=instant(time.time() - DAY), state="failed")
        with self.daemon(policy=policy(keep={"last": "all"})) as d:
            d.until("listed", complete=True)
            for args, code, says in (
                    (("orders", "--at", "yesterday"), 2, "'yesterday' is not a time"),
                    (("orders", "--at", "2036-01-01T00:00:00Z"), 1, "has not come yet"),
                    (("orders", "--at", "2016-01-01T00:00:00Z"), 1, "no valid set that began before then"),
                    (("orders", "--set", "999"), 1, "has no valid set 999"),
                    (("orders", "--set", failed), 1, f"has no valid set {failed}"),
                    (("orders", "--set", "1", "--at", "2016-01-01T00:00:00Z"), 2, "either --at or --set"),
                    ((), 2, "which cluster?"),
                    (("nowhere",), 1, "nowhere")):
                with self.subTest(args):
                    got, out, err = d.ctl("restore", *args)
                    self.assertEqual((code, ""), (got, out), err)
                    self.assertIn(says, err.split("\n")[0])

    def test_without_an_answer_of_the_cloud_the_values_are_left_to_be_filled_in(self):
        self.seed(3)
        with self.daemon(policy=policy(keep={"last": "all"})) as d:
            d.until("listed", complete=True)
            self.cloud.fault("status", action="DescribeDBClusterAttribute", status=403, code="Forbidden.RAM")
            _, options = words(d.json("restore", "orders")["aliyun"])
            self.assertEqual(("FILL-IN", "cn-hangzhou"), (options["--ZoneId"], options["--RegionId"]))
            self.assertIn("did not describe the source. Replace each FILL-IN.", d.ctl("restore", "orders")[1])

    def test_s9_what_the_cloud_says_is_data_for_the_shell_and_for_terraform(self):
        self.seed(3)
        zone = "x'; touch /tmp/y; echo \"$(id)${path.cwd}"
        with self.daemon(policy=policy(keep={"last": "all"})) as d:
            d.until("listed", complete=True)
            self.cloud.fault("content", action="DescribeDBClusterAttribute", body=json.dumps({
                "RequestId": "1", "Items": {"DBCluster": [{
                    "DBClusterId": CLUSTER, "RegionId": "cn-hangzhou", "ZoneId": zone, "VPCId": "--help",
                    "ProductForm": "LegacyForm", "StorageResource": "24ACU", "ComputeResource": "16ACU",
                    "ReservedNodeCount": 3}]}}))
            found = d.json("restore", "orders")
            _, options = words(found["aliyun"])
            self.assertEqual((zone, "FILL-IN", "24ACU", "16ACU"), tuple(
                options[o] for o in ("--ZoneId", "--VPCId", "--StorageResource", "--ComputeResource")))
            self.assertNotIn("--ReservedNodeCount", options)
            self.assertIn('zone_id = "x\'; touch /tmp/y; echo \\"$(id)$${path.cwd}"', found["terraform"])

    def test_a_warehouse_cluster_is_restored_in_the_console(self):
        self.seed(3)
        text = policy(keep={"last": "all"}, more="    edition: warehouse\n")
        with self.daemon(policy=text) as d:
            d.until("listed", complete=True)
            out = d.ctl("restore", "orders")[1]
            self.assertIn("Clusters > the cluster > Backup and Restoration", out)
            self.assertNotIn("CreateDBCluster", out)
            self.assertEqual((None, None), tuple(d.json("restore", "orders")[k] for k in ("aliyun", "terraform")))


class Proved(CloudTest):
    def test_s15_a_proved_restore_is_remembered_also_without_the_state_file(self):
        seeded = self.seed(3)
        with self.daemon(policy=policy(keep={"last": "all"})) as d:
            d.until("listed", complete=True)
            self.assertIn("Last proven restore: none", d.ctl("restore", "orders")[1])
            self.assertIsNone(d.status()["proved"])
            code, out, err = d.ctl("proved", "orders", seeded[1], "--by", "alice, in the drill of May")
            self.assertEqual((0, f"it is noted that alice, in the drill of May restored set {seeded[1]} of orders\n"),
                             (code, out), err)
            check(d.json("status"), "status")
            self.assertTrue(any(f"proved set {seeded[1]}: alice" in e["outcome"] and "uid" in e["reason"]
                                for e in d.history("asked")), d.history("asked"))
            for args, code, says in (
                    (("orders", "999", "--by", "a"), 1, "set 999 of orders is not listed"),
                    (("orders", seeded[1]), 2, "who restored it? --by TEXT"),
                    (("orders", seeded[1], "--by", ""), 2, "who restored it? --by TEXT"),
                    (("orders", seeded[1], "--by", "a" * 201), 1, "1 to 200 bytes"),
                    (("orders", "--by", "a"), 2, "a cluster and a set are needed"),
                    (("orders", seeded[1], "--until", "2031-01-01T00:00:00Z"), 2, "--until")):
                with self.subTest(args):
                    got, out, err = d.ctl("proved", *args)
                    self.assertEqual((code, ""), (got, out), err)
                    self.assertIn(says, err.split("\n")[0])
            d.kill()
            for file in pathlib.Path(d.dir).glob("state.db*"):
                file.unlink()
            d.start()
            d.until("listed", complete=True)
            self.assertEqual((seeded[1], "alice, in the drill of May"),
                             (d.status()["proved"]["set"], d.status()["proved"]["by"]))
            self.assertIn(f"set {seeded[1]}, by alice, in the drill of May\n", d.ctl("restore", "orders")[1])


    def test_l3_a_restore_that_is_not_proven_as_often_as_wanted_is_told_everywhere(self):
        def wanted(every):
            return policy(keep={"last": "all"}, safety=f"fresh_within: off, prove_every: {every}",
                          extra="  cloud_retention: ignore\n")

        def warned(d):
            return [w["text"] for w in d.json("status")["warnings"] if w["warning"] == "proven_restore"]

        set_id = self.seed(3)[1]
        with self.daemon(policy=wanted("off")) as d:
            d.until("listed", complete=True)
            self.assertEqual(([], 0), (warned(d), d.ctl("health")[0]))
            self.assertIn("  last proven restore: none\n", d.ctl("status", "orders")[1])
            self.assertNotIn("proven", d.ctl("status")[1])

            d.write_policy(wanted("90d"))
            d.varlink("Reload")
            told = "no restore of orders was ever proven, and the policy wants one every 90 d"
            self.assertEqual([told], warned(d))
            d.wait_said(f"<4>{told}")
            self.assertEqual(1, d.ctl("health")[0])
            self.assertRegex(d.ctl("health", "--cluster", "orders")[1], "orders: well; no restore was ever proven, and the policy")
            out = d.ctl("status")[1]
            self.assertIn(f"; warning: {told}\n", out)
            self.assertIn("  last proven restore: none; the policy wants one every 90 d\n", out)

            self.assertEqual(0, d.ctl("proved", "orders", set_id, "--by", "alice")[0])
            d.wait_said("<5>no longer so: proven_restore")
            self.assertEqual(([], 0), (warned(d), d.ctl("health")[0]))
            self.assertRegex(d.ctl("status", "orders")[1],
                             f"\n  last proven restore: [^;\n]+ ago, set {set_id}, by alice\n")
            page = pathlib.Path(d.dir) / "report.html"
            self.assertEqual(0, d.ctl("report", "--html", str(page))[0])
            self.assertRegex(page.read_text(), r"<dt>Last proven restore</dt><dd><time>.* ago</span>")

            d.write_policy(wanted("1s"))
            d.varlink("Reload")
            eventually("it is too long ago", lambda: warned(d))
            self.assertRegex(warned(d)[0], r"^the last proven restore of orders is .+ old, and .+ wants one every 1 s$")
            self.assertEqual(1, d.ctl("health")[0])


class ToTheSecond(CloudTest):
    cloud_args = ("--switch", "log-backup=on")

    def test_a_moment_that_the_log_reaches_is_restored_to_the_second(self):
        self.seed(10)
        with self.daemon(policy=policy(keep={"last": "all"})) as d:
            d.until("listed", complete=True)
            eventually("the log's retention is read", lambda: d.plan()["second_since"])
            since = d.plan()["second_since"]
            at = instant(time.time() - 3600)
            found = d.json("restore", "orders", "--at", at)
            _, options = words(found["aliyun"])
            self.assertEqual((True, since, "timepoint", at), (
                found["to_the_second"], found["second_since"], options["--RestoreType"], options["--RestoreToTime"]))
            self.assertNotIn("--BackupSetId", options)
            self.assertIn(f'restore_to_time = "{at}"', found["terraform"])
            early = d.json("restore", "orders", "--at", instant(time.time() - 9 * DAY))
            self.assertFalse(early["to_the_second"])
            self.assertIn("--RestoreType backup", early["aliyun"])
            self.assertIn("To the second: not then, only since", d.ctl("restore", "orders", "--at", instant(
                time.time() - 9 * DAY))[1])
