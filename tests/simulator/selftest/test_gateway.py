#!/usr/bin/env python3
"""What the gateway checks before an action runs, and what goes over the wire around it."""

import calendar
import http.client
import json
import pathlib
import time
import unittest

from common import CLUSTER, Case, Client, Simulator, outcome, stamp

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "unit/data/acs3-wire-samples.json"
TOKEN = "TESTONLY/STS+TOKEN==~*~with=special/chars"


def spoil(**headers):
    """Changes headers after they were signed; None takes one out."""
    def change(signed):
        for name, value in headers.items():
            name = name.replace("_", "-")
            signed.pop(name) if value is None else signed.update({name: value})
    return change


class Signatures(Case):
    def code(self, client=None, **call):
        return outcome((client or self.client).call("CreateBackup", DBClusterId=CLUSTER, **call))

    def test_good_one_passes(self):
        self.assertEqual(self.code(), 200)
        self.assertEqual(self.code(method="GET"), 200)

    def test_all_that_is_signed_counts(self):
        for change in [spoil(x_acs_date=stamp(time.time() - 1)), spoil(x_acs_signature_nonce="n"),
                       spoil(host="localhost"), spoil(x_acs_action="DescribeBackups"),
                       spoil(x_acs_content_sha256="0" * 64)]:
            self.assertEqual(self.code(change=change), "SignatureDoesNotMatch")
        self.assertEqual(self.code(sent_body=b"x"), "SignatureDoesNotMatch")
        self.assertEqual(self.code(Client(self.cloud.url, secret="TESTONLYWRONG")),
                         "SignatureDoesNotMatch")
        self.assertEqual(len(self.cloud.sets()), 0)

    def test_mismatch_echoes_what_was_to_be_signed_as_the_vendor_does(self):
        message = Client(self.cloud.url, secret="TESTONLYWRONG").create(CLUSTER).json["Message"]
        self.assertIn("ACS3-HMAC-SHA256\n", message)
        self.assertIn(f"DBClusterId={CLUSTER}&RegionId=cn-hangzhou\n", message)
        self.assertNotIn("TESTONLYACCESSKEYSECRET", message)

    def test_unsigned_headers_are_incomplete(self):
        for change in [spoil(x_acs_extra="1"), spoil(content_type="text/plain"),
                       spoil(authorization=None), spoil(authorization="Basic x"),
                       spoil(authorization="ACS3-HMAC-SHA256 Credential=a,Signature=b")]:
            self.assertEqual(self.code(change=change), "IncompleteSignature")

    def test_missing_headers_are_named(self):
        for header, code in [("x_acs_action", "MissingAction"), ("x_acs_version", "MissingVersion"),
                             ("x_acs_date", "MissingTimestamp"),
                             ("x_acs_signature_nonce", "MissingSignatureNonce"),
                             ("x_acs_content_sha256", "MissingContentSha256")]:
            self.assertEqual(self.code(change=spoil(**{header: None})), code)

    def test_date_has_to_be_within_15_minutes(self):
        for seconds, wanted in [(-890, 200), (890, 200), (-910, "InvalidTimeStamp.Expired"),
                                (910, "InvalidTimeStamp.Expired")]:
            self.assertEqual(self.code(date=stamp(time.time() + seconds)), wanted)
        for date in ["2026-01-01", "2026-01-01T00:00Z", "2026-13-01T00:00:00Z", "yesterday"]:
            self.assertEqual(self.code(date=date), "InvalidTimeStamp.Format")
        self.cloud.control("clock", advance_s=3600)
        self.assertEqual(self.code(), "InvalidTimeStamp.Expired")
        self.assertEqual(self.code(date=stamp(time.time() + 3600)), 200)

    def test_nonce_is_used_up_by_a_good_call_alone(self):
        wrong = Client(self.cloud.url, secret="TESTONLYWRONG")
        self.assertEqual(self.code(wrong, nonce="one"), "SignatureDoesNotMatch")
        self.assertEqual(self.code(nonce="one"), 200)
        self.assertEqual(self.code(nonce="one"), "SignatureNonceUsed")
        self.assertEqual(self.code(nonce="two"), 200)

    def test_keys(self):
        self.assertEqual(self.code(Client(self.cloud.url, key="TESTONLYNOBODY")),
                         "InvalidAccessKeyId.NotFound")
        self.cloud.control("key", key="TESTONLYOTHER:TESTONLYSECRET")
        other = Client(self.cloud.url, key="TESTONLYOTHER", secret="TESTONLYSECRET")
        self.assertEqual(self.code(other), 200)
        self.cloud.control("key", id="TESTONLYOTHER", inactive=True)
        self.assertEqual(self.code(other), "InvalidAccessKeyId.Inactive")
        self.cloud.control("key", id="TESTONLYOTHER", remove=True)
        self.assertEqual(self.code(other), "InvalidAccessKeyId.NotFound")

    def test_tokens(self):
        self.cloud.control("key", key=f"TESTONLYSTS:TESTONLYSECRET:{TOKEN}")

        def sts(token):
            return Client(self.cloud.url, key="TESTONLYSTS", secret="TESTONLYSECRET", token=token)
        self.assertEqual(self.code(sts(TOKEN)), 200)
        self.assertEqual(self.code(sts(None)), "MissingSecurityToken")
        self.assertEqual(self.code(sts("TESTONLYWRONG")), "InvalidSecurityToken.Malformed")
        self.client.token = TOKEN
        self.assertEqual(self.code(), "InvalidSecurityToken.MismatchWithAccessKey")
        self.cloud.control("key", id="TESTONLYSTS", expired=True)
        self.assertEqual(self.code(sts(TOKEN)), "InvalidSecurityToken.Expired")

    def test_plus_in_the_query_is_a_space(self):
        self.cloud.control("cluster", id=CLUSTER, description="a b+c")
        reply = self.client.call(
            "DescribeDBClusters", RegionId="cn-hangzhou", DBClusterDescription="a b+c")
        self.assertEqual(reply.json["TotalCount"], 1)

    def test_query_that_does_not_decode_is_refused(self):
        connection = self.client.connect()
        for target in ["/?a=%", "/?a=%4", "/?a=%zz", "/?a=%00", "/?a=%ff"]:
            connection.request("POST", target, headers={"x-acs-action": "CreateBackup"})
            response = connection.getresponse()
            self.assertEqual([response.status, json.load(response)["Code"]], [400, "InvalidParameter"])
        connection.close()

    def test_log_holds_no_secret(self):
        self.cloud.control("key", key=f"TESTONLYSTS:TESTONLYSECRET:{TOKEN}")
        self.code(Client(self.cloud.url, key="TESTONLYSTS", secret="TESTONLYSECRET", token=TOKEN))
        self.code()
        said = json.dumps([self.cloud.log(), self.cloud.state()])
        self.assertNotIn("TESTONLYSECRET", said)
        self.assertNotIn("TESTONLYACCESSKEYSECRET", said)
        self.assertNotIn(TOKEN, said)


class Recorded(unittest.TestCase):
    """Requests as the vendor's own client put them on the wire: their signatures hold."""

    def test_every_recorded_request_is_authentic(self):
        for sample in json.loads(SAMPLES.read_text())["samples"]:
            headers = dict(zip(sample["headers"][::2], sample["headers"][1::2]))
            token = ":" + headers["x-acs-security-token"] if "x-acs-security-token" in headers else ""
            now = time.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ")
            offset = calendar.timegm(now) - time.time()
            with self.subTest(sample["name"]), Simulator(
                    "--access-key", "TESTONLYACCESSKEYID00:TESTONLYACCESSKEYSECRET0000000" + token,
                    "--access-key", "YourAccessKeyId:YourAccessKeySecret",
                    "--clock-offset", str(offset)) as cloud:
                for spoilt in (True, False):
                    reply = self.replay(cloud, sample, headers, spoilt)
                    wanted = {"2021-12-01": "InvalidDBCluster.NotFound",
                              "2019-03-15": "InvalidDBCluster.NotFound",
                              "2015-04-01": "EntityNotExist.Role"}.get(
                                  headers["x-acs-version"], "InvalidVersion")
                    if headers["x-acs-action"] == "DescribeDBClusters":
                        wanted = None
                    self.assertEqual(reply.get("Code"), "SignatureDoesNotMatch" if spoilt else wanted)

    def replay(self, cloud, sample, headers, spoilt):
        connection = Client(cloud.url).connect()
        connection.putrequest(sample["request_line"].split()[0], sample["url"],
                              skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            if name not in ("Connection", "Content-Length", "Transfer-Encoding"):
                connection.putheader(name, value)
        body = sample["body"].encode()
        connection.putheader("Content-Length", str(len(body) + spoilt))
        connection.endheaders(body + b"x" * spoilt)
        reply = json.load(connection.getresponse())
        connection.close()
        return reply


class Actions(Case):
    def test_versions_and_actions(self):
        for action, version, method, wanted in [
                ("CreateBackup", "2021-12-01", "POST", 200),
                ("CreateBackup", "2019-03-15", "POST", "InvalidAction.NotFound"),
                ("CreateBackup", "2014-05-26", "POST", "InvalidVersion"),
                ("CreateBackup", "2021-12-01", "PUT", "UnsupportedHTTPMethod"),
                ("DescribeBackupSets", "2021-12-01", "POST", "InvalidAction.NotFound"),
                ("DeleteBackups", "2019-03-15", "POST", "UnsupportedHTTPMethod"),
                ("DeleteBackups", "2019-03-15", "GET", "MissingBackupIds"),
                ("DeleteBackups", "2021-12-01", "GET", "MissingBackupIds"),
                ("DescribeBackups", "2019-03-15", "POST", 200),
                ("DescribeBackups", "2021-12-01", "POST", "MissingStartTime")]:
            reply = self.client.call(action, method=method, version=version, DBClusterId=CLUSTER)
            self.assertEqual(outcome(reply), wanted, f"{method} {action} {version}")

    def test_other_paths_are_refused(self):
        self.client.path = "/api"
        self.assertEqual(outcome(self.client.create(CLUSTER)), "InvalidAction.NotFound")

    def test_relations_are_in_the_newer_version_alone(self):
        self.add(id="1", region="cn-shanghai", parent="0")
        self.cloud.switch(remote_omitted="all")
        newer = self.item()
        older = self.client.call("DescribeBackups", version="2019-03-15", DBClusterId=CLUSTER).items[0]
        self.assertEqual(set(newer) - set(older), {"BackupRegion", "ParentBackupId"})

    def test_bad_parameters_are_refused(self):
        good = {"StartTime": "2026-01-01T00:00Z", "EndTime": "2026-01-02T00:00Z"}
        for bad, wanted in [
                ({"StartTime": "2026-01-01T00:00:00Z"}, "InvalidStartTime.Malformed"),
                ({"StartTime": "2026-1-01T00:00Z"}, "InvalidStartTime.Malformed"),
                ({"EndTime": "x"}, "InvalidEndTime.Malformed"),
                ({"EndTime": "2026-01-01T00:00Z"}, "InvalidEndTime.Malformed"),
                ({"PageSize": "0"}, "InvalidPageSize"), ({"PageSize": "101"}, "InvalidPageSize"),
                ({"PageNumber": "0"}, "InvalidPageNumber"), ({"PageNumber": "-1"}, "InvalidPageNumber"),
                ({"PageNumber": "2147483648"}, "InvalidPageNumber"), ({"Remote": "yes"}, "InvalidRemote"),
                ({"DBClusterId": ""}, "MissingDBClusterId")]:
            reply = self.client.call("DescribeBackups", **{"DBClusterId": CLUSTER, **good, **bad})
            self.assertEqual(outcome(reply), wanted, bad)
        for ids, wanted in [("1,,2", "InvalidBackupIds"), (",1", "InvalidBackupIds"), ("", "MissingBackupIds")]:
            self.assertEqual(self.client.delete(CLUSTER, ids.split(",")).code, wanted)

    def test_cluster_that_does_not_run_takes_no_backup(self):
        self.cloud.control("cluster", id=CLUSTER, status="ClassChanging")
        self.assertEqual(self.client.create(CLUSTER).code, "IncorrectDBInstanceState")
        self.assertEqual(self.client.call("DescribeDBClusters", RegionId="cn-hangzhou").json[
            "Items"]["DBCluster"][0]["DBClusterStatus"], "ClassChanging")

    def test_undeclared_parameters_are_logged(self):
        self.client.create(CLUSTER, ClientToken="x", RegionId="cn-hangzhou")
        self.client.backups(CLUSTER, CrossUid="1")
        self.assertEqual([c["undeclared"] for c in self.cloud.log()], [["ClientToken"], ["CrossUid"]])

    def test_log_tells_what_each_call_did(self):
        ids = self.seed(3)
        self.client.create(CLUSTER)
        self.client.delete(CLUSTER, ids[:2])
        self.client.delete(CLUSTER, ["999"])
        create, delete, nothing = self.cloud.log()
        self.assertEqual([create["effect"], create["created"], create["status"], create["scheme"]],
                         [True, [self.cloud.sets()[3]["id"]], 200, "http"])
        self.assertEqual([delete["effect"], delete["deleted"], delete["params"]["BackupIds"]],
                         [True, ids[:2], ",".join(ids[:2])])
        self.assertEqual([nothing["effect"], nothing["deleted"]], [False, []])
        self.assertEqual(self.cloud.log(since=create["n"]), [delete, nothing])
        self.assertEqual(self.cloud.log(action="CreateBackup"), [create])
        self.cloud.control("log-clear")
        self.assertEqual(self.cloud.log(), [])

    def test_schedule_of_its_own(self):
        self.cloud.control("cluster", id=CLUSTER, schedule_s=3600)
        self.later(3 * 3600 + 1)
        self.assertEqual([s["origin"] for s in self.cloud.sets()], ["schedule"] * 3)

    def test_expired_sets_go(self):
        keep, gone = self.add(expires_in_s=300), self.add(expires_in_s=100)
        self.later(200)
        self.assertEqual(self.listed(), [keep])
        self.assertEqual([s["gone"] for s in self.cloud.sets(gone=True) if s["id"] == gone], ["expired"])

    def test_raw_fields_reach_the_wire_as_they_are(self):
        self.add(fields={"BackupId": {"$raw": '"a\\u0000b"'}, "BackupSize": {"$raw": "1e999"},
                         "BackupType": None, "Extra": "é"})
        body = self.client.backups(CLUSTER).body
        for text in [b'"BackupId":"a\\u0000b"', b'"BackupSize":1e999', '"Extra":"é"'.encode()]:
            self.assertIn(text, body)
        self.assertNotIn(b"BackupType", body)

    def test_wrong_commands_are_refused(self):
        for command, args in [("sed", {}), ("seed", {"cluster": "amv-9"}), ("edit-set", {"id": "9"}),
                              ("remove-set", {"id": "9"}), ("add-set", {"start": "soon"}),
                              ("add-set", {"state": "odd"}), ("cluster", {}), ("key", {"id": "9"}),
                              ("role", {"arn": "retaind"}), ("role", {"arn": "acs:ram::1:role/r", "trust": "x"}),
                              ("oidc", {"provider": "p"}), ("metadata", {"mode": "x"})]:
            with self.assertRaises(Exception, msg=command):
                self.cloud.control(command, **args)


class Secure(Case):
    https = True
    args = ["--switch", "need-ssl=on"]

    def test_https_serves_and_is_checked(self):
        self.assertTrue(self.cloud.url.startswith("https://127.0.0.1:"))
        self.assertEqual(outcome(self.client.create(CLUSTER)), 200)
        self.assertEqual(self.cloud.log()[-1]["scheme"], "https")
        stranger = Client(self.cloud.url, ca_file=None)
        with self.assertRaises(OSError):
            stranger.backups(CLUSTER)

    def test_resets_truncations_and_slow_bodies_work_over_tls(self):
        self.cloud.fault("reset", nth=1)
        self.cloud.fault("truncate", nth=2, args={"at": 5})
        self.cloud.fault("slow", nth=3, args={"bytes": 50, "ms": 10})
        with self.assertRaises((OSError, http.client.HTTPException)):
            self.client.backups(CLUSTER)
        with self.assertRaises((OSError, http.client.HTTPException)):
            self.client.backups(CLUSTER)
        self.assertEqual(self.client.backups(CLUSTER).status, 200)


if __name__ == "__main__":
    unittest.main()
