#!/usr/bin/env python3
"""Every value of every switch has an effect that a client can see."""

import datetime
import unittest

from common import CLUSTER, Case, Client, listing, outcome

SWITCHES = {row["name"]: row for row in listing("--switches")}
SCENARIOS = {}
OTHER_ERROR = "418:Some.OtherCode"


def scenario(switch, expected):
    """The function observes something; `expected` says what, for each value of the switch."""
    def add(function):
        SCENARIOS[switch] = (expected, function)
        return function
    return add


class Switches(Case):
    def test_every_value_is_tested(self):
        for name, row in SWITCHES.items():
            values = [OTHER_ERROR if v == "STATUS:CODE" else v for v in row["values"]]
            self.assertIn(name, SCENARIOS)
            self.assertEqual(values, list(SCENARIOS[name][0]), name)
            self.assertEqual(row["default"], values[0], name)

    def test_values(self):
        for switch, (expected, function) in SCENARIOS.items():
            seen = [repr(v) for v in expected.values()]
            self.assertEqual(len(set(seen)), len(seen), f"{switch}: values that look alike")
            for value, wanted in expected.items():
                with self.subTest(switch=switch, value=value):
                    self.fresh()
                    self.cloud.control("switch", set={switch: value})
                    self.assertEqual(repr(function(self)), repr(wanted))

    def test_unknown_names_and_values_are_refused(self):
        for name, value in [("order", "upwards"), ("ordre", "newest"), ("order", "new"),
                            ("order", ""), ("error-last-set", "200:Fine"), ("error-last-set", "400")]:
            with self.assertRaises(Exception, msg=f"{name}={value}"):
                self.cloud.control("switch", set={name: value})

    def test_reset_restores_the_defaults(self):
        self.cloud.control("switch", set={"order": "oldest"})
        self.cloud.control("switches-reset")
        self.assertEqual(self.cloud.state()["switches"]["order"], "newest")


def ago(**delta):
    return datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(**delta)


def minute(time):
    return time.strftime("%Y-%m-%dT%H:%MZ")


@scenario("visible-at", {"start": [1, 1, 1], "finish": [0, 1, 1], "late": [0, 0, 1]})
def _(t):
    t.client.create(CLUSTER)
    seen = [len(t.listed())]
    t.cloud.control("finish")
    seen.append(len(t.listed()))
    t.later()
    return [*seen, len(t.listed())]


@scenario("running-listed", {"yes": 1, "no": 0})
def _(t):
    t.add(state="running")
    return len(t.listed())


@scenario("failed-listed", {"yes": 1, "no": 0})
def _(t):
    t.add(state="failed")
    return len(t.listed())


@scenario("status-field", {"present": "Success", "absent": None, "empty": ""})
def _(t):
    t.seed(1)
    return t.item().get("BackupStatus")


@scenario("status-values", {"Success/Failed": "Failed", "Success/Failure": "Failure"})
def _(t):
    t.add(state="failed")
    return t.item()["BackupStatus"]


@scenario("status-running", {"Running": "Running", "Backuping": "Backuping", "Pending": "Pending",
                             "NoStart": "NoStart", "Checking": "Checking", "Waiting": "Waiting",
                             "Uploading": "Uploading", "Progressing": "Progressing", "absent": None})
def _(t):
    t.add(state="running")
    return t.item().get("BackupStatus")


@scenario("running-end-time", {"absent": "absent", "empty": "empty", "start": "start",
                               "future": "future"})
def _(t):
    t.add(state="running")
    item = t.item()
    end = item.get("BackupEndTime")
    if not end:
        return "absent" if end is None else "empty"
    return "start" if end == item["BackupStartTime"] else "future" if end > minute(ago()) else "past"


@scenario("order", {"newest": "newest", "oldest": "oldest", "id": "id", "shuffled": "shuffled"})
def _(t):
    starts = {"30": 1, "4": 3, "100": 2, "7": 6, "2000": 5, "61": 4}
    t.cloud.control("seed", sets=[
        {"id": i, "start": f"2026-01-0{day}T00:00Z"} for i, day in starts.items()])
    ids = t.listed()
    orders = {
        "newest": sorted(starts, key=starts.get, reverse=True),
        "oldest": sorted(starts, key=starts.get),
        "id": sorted(starts, key=int),
    }
    t.assertEqual(ids, t.listed())
    t.assertEqual(set(ids), set(starts))
    return next((name for name, order in orders.items() if order == ids), "shuffled")


@scenario("time-filter", {"start": [0, 1], "end": [1, 0]})
def _(t):
    t.add(start="2026-01-01T10:00Z", end="2026-01-01T12:00Z")
    return [len(t.listed(start="2026-01-01T11:00Z", end="2026-01-01T13:00Z")),
            len(t.listed(start="2026-01-01T09:00Z", end="2026-01-01T11:00Z"))]


@scenario("time-filter-edges", {"inclusive": [1, 1], "exclusive": [0, 0]})
def _(t):
    t.add(start="2026-01-01T10:00Z")
    return [len(t.listed(start="2026-01-01T10:00Z", end="2026-01-01T11:00Z")),
            len(t.listed(start="2026-01-01T09:00Z", end="2026-01-01T10:00Z"))]


@scenario("page-size-meaning", {"items-on-page": "2", "requested": "30"})
def _(t):
    t.seed(2)
    return t.client.backups(CLUSTER, PageSize=30).json["PageSize"]


@scenario("longest-window", {
    "any": [200, 200, 200],
    "200-days": [200, 200, "GatewayTimeout"],
    "31-days": [200, "GatewayTimeout", "GatewayTimeout"],
})
def _(t):
    return [outcome(t.client.backups(CLUSTER, start=f"2025-{month}-01T00:00Z", end="2026-01-01T00:00Z"))
            for month in ("12", "07", "01")]


@scenario("page-size-limit", {"documented": "InvalidPageSize", "any": 200})
def _(t):
    return outcome(t.client.backups(CLUSTER, PageSize=7))


@scenario("counts", {"string": ["2", "1", "2"], "integer": [2, 1, 2]})
def _(t):
    t.seed(2)
    page = t.client.backups(CLUSTER).json
    return [page["TotalCount"], page["PageNumber"], page["PageSize"]]


@scenario("empty-items", {"array": {"Backup": []}, "no-list": {}, "null": None, "absent": "absent"})
def _(t):
    return t.client.backups(CLUSTER).json.get("Items", "absent")


@scenario("time-format", {"minute": ["2026-01-02T03:04Z"] * 2, "second": ["2026-01-02T03:04:05Z"] * 2})
def _(t):
    t.add(start="2026-01-02T03:04:05Z", duration_s=0)
    return [t.item()["BackupStartTime"], t.item()["BackupEndTime"]]


@scenario("expired-field", {"present": "2100-01-02T03:04Z", "absent": None, "empty": ""})
def _(t):
    t.add(expires="2100-01-02T03:04:05Z")
    return t.item().get("BackupExpiredTime")


@scenario("expired-format", {"minute": "2100-01-02T03:04Z", "second": "2100-01-02T03:04:05Z",
                             "local": "2100-01-02 11:04:05"})
def _(t):
    t.add(expires="2100-01-02T03:04:05Z")
    return t.item()["BackupExpiredTime"]


@scenario("remote-omitted", {"local": [1, 1, 1], "all": [2, 1, 1]})
def _(t):
    t.add()
    t.add(region="cn-shanghai")
    return [len(t.listed()), len(t.listed(Remote="false")), len(t.listed(Remote="true"))]


@scenario("region-field", {"cross-region": [None, "cn-shanghai"],
                           "always": ["cn-hangzhou", "cn-shanghai"]})
def _(t):
    t.add()
    t.add(region="cn-shanghai")
    return [t.item(Remote=remote).get("BackupRegion") for remote in ("false", "true")]


@scenario("parent-field", {"when-set": [None, "1"], "empty": ["", "1"]})
def _(t):
    t.add(id="1", start="2026-01-01T00:00Z")
    t.add(id="2", start="2026-01-02T00:00Z", parent="1", type="IncrementalBackup")
    return [item.get("ParentBackupId") for item in reversed(t.client.backups(CLUSTER).items)]


@scenario("size-format", {"exact": 5000000000, "int32": 5000000000 - 2**32, "string": "5000000000"})
def _(t):
    t.add(size=5000000000)
    return t.item()["BackupSize"]


@scenario("id-kind", {"decimal": "decimal", "above-2^53": "above-2^53", "long": "long"})
def _(t):
    [one] = t.seed(1)
    t.assertTrue(one.isdigit())
    return "long" if int(one) > 2**64 else "above-2^53" if int(one) > 2**53 else "decimal"


@scenario("id-order", {"rising": "rising", "falling": "falling", "random": "random"})
def _(t):
    ids = [int(i) for i in t.seed(9)]
    t.assertEqual(len(set(ids)), 9)
    return "rising" if ids == sorted(ids) else "falling" if ids == sorted(ids)[::-1] else "random"


@scenario("second-create-while-running", {
    "accept": [200, 200, 2],
    "refuse": [200, "OperationDenied.BackupJobExists", 1],
    "same": [200, 200, 1],
})
def _(t):
    return [outcome(t.client.create(CLUSTER)), outcome(t.client.create(CLUSTER)),
            len(t.cloud.sets())]


@scenario("client-token", {"ignored": 3, "honoured": 2})
def _(t):
    for token in "aab":
        t.assertEqual(outcome(t.client.create(CLUSTER, ClientToken=token)), 200)
    return len(t.cloud.sets())


@scenario("region-parameter", {"required": {"InvalidDBCluster.NotFound"}, "optional": {200}})
def _(t):
    ids, window = t.seed(3), {"PreferredBackupTime": "15:00Z-16:00Z"}

    def all_actions(**region):
        return {outcome(t.client.create(CLUSTER, **region)), outcome(t.client.delete(CLUSTER, ids[:1], **region)),
                outcome(t.client.backups(CLUSTER, **region)),
                *(outcome(t.client.call(action, DBClusterId=CLUSTER, **window, **region))
                  for action in ("DescribeBackupPolicy", "ModifyBackupPolicy", "DescribeDBClusterAttribute"))}
    t.assertEqual({200}, all_actions(RegionId="cn-hangzhou"))
    t.assertEqual({"InvalidDBCluster.NotFound"}, all_actions(RegionId="cn-shanghai"))
    return all_actions(RegionId=None)


@scenario("delete-unknown-id", {"ignore": [200, 2], "refuse-all": ["InvalidBackupId.NotFound", 3],
                                "partial": ["InvalidBackupId.NotFound", 2]})
def _(t):
    ids = t.seed(3)
    return [outcome(t.client.delete(CLUSTER, [ids[0], "999"])), t.left()]


@scenario("delete-mixed", {"all-or-nothing": ["OperationDenied.BackupSetInUse", 4],
                           "partial": ["OperationDenied.BackupSetInUse", 3]})
def _(t):
    ids = t.seed(3)
    return [outcome(t.client.delete(CLUSTER, [ids[0], t.add(state="running")])), t.left()]


@scenario("delete-last", {"refuse": ["OperationDenied.LastValidBackupSet", 2], "partial": [200, 1]})
def _(t):
    ids = t.seed(2)
    answer = outcome(t.client.delete(CLUSTER, ids))
    left = t.left()
    t.assertIn(ids[1], t.listed())
    return [answer, left]


@scenario("delete-running", {"refuse": ["OperationDenied.BackupSetInUse", 2], "accept": [200, 1]})
def _(t):
    t.seed(1)
    return [outcome(t.client.delete(CLUSTER, [t.add(state="running")])), t.left()]


@scenario("delete-async", {"shows-until-gone": ["Success", None], "status-deleting": ["Deleting", None],
                           "hidden-at-once": [None, None]})
def _(t):
    victim = t.seed(3)[0]
    t.client.delete(CLUSTER, [victim])
    seen = []
    for _ in range(2):
        items = {i["BackupId"]: i["BackupStatus"] for i in t.client.backups(CLUSTER).items}
        seen.append(items.get(victim))
        t.later()
    return seen


@scenario("delete-parent", {"refuse": ["OperationDenied.BackupSetInUse", ["1", "2", "3"]],
                            "cascade": [200, ["3"]], "orphan": [200, ["2", "3"]]})
def _(t):
    t.add(id="1")
    t.add(id="2", parent="1", type="IncrementalBackup")
    t.add(id="3")
    answer = outcome(t.client.delete(CLUSTER, ["1"]))
    t.later()
    return [answer, sorted(s["id"] for s in t.cloud.sets())]


@scenario("delete-in-log", {"accept": [200, 200], "refuse": ["OperationDenied.BackupSetInUse", 200]})
def _(t):
    t.add(id="1", start_in_s=-6 * 86400)
    t.add(id="2", start_in_s=-8 * 86400)
    t.add(id="3")
    return [outcome(t.client.delete(CLUSTER, [i])) for i in ("1", "2")]


@scenario("delete-again", {"ignore": 200, "refuse": "OperationDenied.BackupSetInUse"})
def _(t):
    ids = t.seed(3)
    t.client.delete(CLUSTER, ids[:1])
    return outcome(t.client.delete(CLUSTER, ids[:1]))


@scenario("valid-counts", {"full": "OperationDenied.LastValidBackupSet", "all": 200})
def _(t):
    t.add(id="1")
    t.add(id="2", type="IncrementalBackup")
    return outcome(t.client.delete(CLUSTER, ["1"]))


@scenario("expire-last", {"keep": 1, "drop": 0})
def _(t):
    t.seed(2, expires_in_s=30)
    t.later()
    return len(t.listed())


@scenario("retention-change", {"new-sets": "2028-01-01", "all-sets": "2026-01-31"})
def _(t):
    t.cloud.control("clock", offset_s=-ago(days=0).timestamp() + 1767312000)  # 2026-01-02
    t.cloud.control("switch", set={"date-check": "off"})
    t.add(start="2026-01-01T00:00Z")
    t.assertEqual(outcome(t.client.call("ModifyBackupPolicy", DBClusterId=CLUSTER,
                                        PreferredBackupTime="23:30Z-00:30Z",
                                        BackupRetentionPeriod="30")), 200)
    return t.item()["BackupExpiredTime"][:10]


@scenario("log-backup", {"on": "Enable", "off": "Disable"})
def _(t):
    return t.client.call("DescribeBackupPolicy", DBClusterId=CLUSTER).json["EnableBackupLog"]


@scenario("log-backup-value", {"Enable": "Enable", "true": "true", "boolean": True})
def _(t):
    return t.client.call("DescribeBackupPolicy", DBClusterId=CLUSTER).json["EnableBackupLog"]


@scenario("need-ssl", {"off": [200, 200], "on": ["InvalidProtocol.NeedSsl", 200]})
def _(t):
    return [outcome(t.client.create(CLUSTER)), outcome(t.client.backups(CLUSTER))]


@scenario("payload-hash", {"checked": "SignatureDoesNotMatch", "unchecked": 200})
def _(t):
    return outcome(t.client.call("CreateBackup", DBClusterId=CLUSTER, sent_body=b"something else"))


@scenario("date-check", {"on": "InvalidTimeStamp.Expired", "off": 200})
def _(t):
    return outcome(t.client.call("CreateBackup", DBClusterId=CLUSTER, date="2026-01-01T00:00:00Z"))


@scenario("token-error-status", {"400": 400, "403": 403})
def _(t):
    t.cloud.control("key", key="TESTONLYSTS:TESTONLYSECRET:TESTONLYTOKEN")
    return Client(t.cloud.url, key="TESTONLYSTS", secret="TESTONLYSECRET").backups(CLUSTER).status


@scenario("signature-error-status", {"400": 400, "403": 403})
def _(t):
    return Client(t.cloud.url, secret="TESTONLYWRONG").backups(CLUSTER).status


@scenario("unknown-key-status", {"404": 404, "400": 400})
def _(t):
    return Client(t.cloud.url, key="TESTONLYUNKNOWN").backups(CLUSTER).status


@scenario("unknown-cluster", {"404": [404, "InvalidDBCluster.NotFound"],
                              "400": [400, "InvalidDBClusterId.NotFound"]})
def _(t):
    reply = t.client.backups("amv-2")
    return [reply.status, reply.code]


@scenario("unknown-action-status", {"404": 404, "400": 400})
def _(t):
    return t.client.call("DropEverything").status


def error(switch, default, observe):
    def run(t):
        reply = observe(t)
        return f"{reply.status}:{reply.code}"
    scenario(switch, {default: default, OTHER_ERROR: OTHER_ERROR})(run)


def second_create(t):
    t.cloud.switch(second_create_while_running="refuse")
    t.client.create(CLUSTER)
    return t.client.create(CLUSTER)


def unknown_set(t):
    t.cloud.switch(delete_unknown_id="refuse-all")
    return t.client.delete(CLUSTER, ["999"])


error("error-too-many-ids", "400:InvalidBackupIds.TooMany",
      lambda t: t.client.delete(CLUSTER, [str(i) for i in range(101)]))
error("error-unknown-set", "404:InvalidBackupId.NotFound", unknown_set)
error("error-last-set", "400:OperationDenied.LastValidBackupSet",
      lambda t: t.client.delete(CLUSTER, t.seed(1)))
error("error-set-in-use", "400:OperationDenied.BackupSetInUse",
      lambda t: t.client.delete(CLUSTER, [t.add(state="running")]))
error("error-backup-running", "403:OperationDenied.BackupJobExists", second_create)

if __name__ == "__main__":
    unittest.main()
