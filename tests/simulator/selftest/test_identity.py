#!/usr/bin/env python3
"""STS, the metadata service and the credentials URI: who gets a session, and what it is good for."""

import json
import time
import unittest

from common import CLUSTER, Case, Client, outcome, stamp

USER = "TESTONLYACCESSKEYID00"
ROLE = "acs:ram::1234567890123456:role/retaind"
OTHER = "acs:ram::1234567890123456:role/other"
PROVIDER = "acs:ram::1234567890123456:oidc-provider/test"
TOKEN = "TESTONLYOIDCTOKEN.with+odd/characters=="
STS = "2015-04-01"
ASSUME = {"RoleArn": ROLE, "RoleSessionName": "tester", "DurationSeconds": "900"}
ROLES = "/latest/meta-data/ram/security-credentials/"


class Identity(Case):
    def fresh(self):
        super().fresh()
        self.cloud.control("role", arn=ROLE)

    def session(self, credentials):
        return Client(self.cloud.url, key=credentials["AccessKeyId"],
                      secret=credentials["AccessKeySecret"], token=credentials["SecurityToken"])

    def assume(self, client=None, **changes):
        form = {k: v for k, v in {**ASSUME, **changes}.items() if v is not None}
        return (client or self.client).rpc("AssumeRole", form)

    def assumed(self, client=None, **changes):
        return self.session(self.assume(client, **changes).json["Credentials"])

    def listing(self, client):
        return outcome(client.backups(CLUSTER))


class AssumeRole(Identity):
    def test_both_signatures_get_a_session_that_the_api_takes(self):
        for reply in [self.client.rpc("AssumeRole", ASSUME), self.client.rpc("AssumeRole", ASSUME, method="GET"),
                      self.client.call("AssumeRole", version=STS, form=ASSUME),
                      self.client.call("AssumeRole", version=STS, **ASSUME)]:
            self.assertEqual(reply.status, 200, reply.body)
            self.assertEqual(set(reply.json), {"RequestId", "AssumedRoleUser", "Credentials"})
            self.assertEqual(reply.json["AssumedRoleUser"]["Arn"], f"{ROLE}/tester")
            self.assertRegex(reply.json["AssumedRoleUser"]["AssumedRoleId"], r"^\d{18}:tester$")
            credentials = reply.json["Credentials"]
            self.assertTrue(credentials["AccessKeyId"].startswith("STS."))
            left = time.mktime(time.strptime(credentials["Expiration"], "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
            self.assertAlmostEqual(left - time.time(), 900, delta=5)
            self.assertEqual(self.listing(self.session(credentials)), 200)

    def test_session_without_its_token_is_refused(self):
        session = self.assumed()
        session.token = None
        self.assertEqual(self.listing(session), "MissingSecurityToken")
        session.token = "TESTONLYWRONG"
        self.assertEqual(self.listing(session), "InvalidSecurityToken.Malformed")

    def test_session_ends(self):
        session = self.assumed()
        self.later(899)
        self.assertEqual(outcome(session.backups(CLUSTER, date=stamp(time.time() + 899))), 200)
        self.later(2)
        self.assertEqual(outcome(session.backups(CLUSTER, date=stamp(time.time() + 901))),
                         "InvalidSecurityToken.Expired")

    def test_sessions_may_be_made_short(self):
        self.cloud.control("sts", session_s=1)
        session = self.assumed()
        self.assertEqual(self.listing(session), 200)
        self.cloud.wait(lambda: self.listing(session) == "InvalidSecurityToken.Expired", 5)

    def test_session_is_ended_by_command(self):
        session = self.assumed()
        self.cloud.control("key", id=session.key, expired=True)
        self.assertEqual(self.listing(session), "InvalidSecurityToken.Expired")
        self.assertEqual([s["expired"] for s in self.cloud.state()["sessions"]], [True])

    def test_rpc_signature_covers_query_and_form(self):
        wrong = Client(self.cloud.url, secret="TESTONLYWRONG")
        self.assertEqual(self.assume(wrong).code, "SignatureDoesNotMatch")
        self.assertEqual(self.client.rpc("AssumeRole", ASSUME, {"Signature": "x"}).code, "SignatureDoesNotMatch")
        for name in ["Version", "AccessKeyId", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp"]:
            self.assertEqual(self.client.rpc("AssumeRole", ASSUME, {name: None}).code, f"Missing{name}")
        self.assertEqual(self.client.rpc("AssumeRole", ASSUME, {"SignatureMethod": "HMAC-SHA256"}).code,
                         "IncompleteSignature")
        self.assertEqual(self.client.rpc("AssumeRole", ASSUME, unsigned=True).code, "MissingAccessKeyId")
        message = self.assume(wrong).json["Message"]
        self.assertIn("server string to sign is:POST&%2F&AccessKeyId%3D" + USER, message)

    def test_rpc_date_and_nonce_are_checked(self):
        self.assertEqual(self.client.rpc("AssumeRole", ASSUME, {"Timestamp": stamp(time.time() - 1000)}).code,
                         "InvalidTimeStamp.Expired")
        self.assertEqual(outcome(self.client.rpc("AssumeRole", ASSUME, {"SignatureNonce": "one"})), 200)
        self.assertEqual(self.client.rpc("AssumeRole", ASSUME, {"SignatureNonce": "one"}).code, "SignatureNonceUsed")

    def test_parameters_are_checked(self):
        for changes, code in [
                ({"RoleArn": "retaind"}, "RoleArn"), ({"RoleArn": None}, "RoleArn"),
                ({"RoleSessionName": "x"}, "RoleSessionName"), ({"RoleSessionName": "a b"}, "RoleSessionName"),
                ({"RoleSessionName": "x" * 65}, "RoleSessionName"),
                ({"DurationSeconds": "899"}, "DurationSeconds"), ({"DurationSeconds": "43201"}, "DurationSeconds"),
                ({"Policy": "{"}, "PolicyGrammar"), ({"Policy": json.dumps({"a": "x" * 2048})}, "PolicySize"),
                ({"ExternalId": "x"}, "ExternalId")]:
            reply = self.assume(**changes)
            self.assertEqual([reply.status, reply.code], [400, f"InvalidParameter.{code}"], changes)
        reply = self.assume(RoleArn=OTHER)
        self.assertEqual([reply.status, reply.code], [404, "EntityNotExist.Role"])
        self.cloud.control("role", arn=ROLE, max_session_s=1800)
        self.assertEqual(self.assume(DurationSeconds="1801").code, "InvalidParameter.DurationSeconds")

    def test_trust(self):
        self.cloud.control("role", arn=ROLE, trust=["TESTONLYSOMEBODY"])
        reply = self.assume()
        self.assertEqual([reply.status, reply.code], [403, "NoPermission"])
        self.cloud.control("role", arn=ROLE, trust=[USER])
        self.assertEqual(outcome(self.assume()), 200)

    def test_external_id(self):
        self.cloud.control("role", arn=ROLE, external_id="secret-word")
        self.assertEqual(self.assume().code, "NoPermission")
        self.assertEqual(self.assume(ExternalId="other-word").code, "NoPermission")
        self.assertEqual(outcome(self.assume(ExternalId="secret-word")), 200)

    def test_chain_of_roles(self):
        self.cloud.control("role", arn=OTHER, trust=[ROLE])
        self.assertEqual(self.assume(RoleArn=OTHER).code, "NoPermission")
        chained = self.assumed(self.assumed(), RoleArn=OTHER)
        self.assertEqual(chained.call("GetCallerIdentity", version=STS).json["Arn"],
                         "acs:ram::1234567890123456:assumed-role/other/tester")

    def test_same_question_may_get_the_same_session(self):
        self.assertNotEqual(self.assumed().key, self.assumed().key)
        self.cloud.control("sts", reuse=True)
        first = self.assumed(RoleSessionName="again")
        self.assertEqual(self.assumed(RoleSessionName="again").key, first.key)
        for changes in [{"Policy": "{}"}, {"DurationSeconds": "901"}, {"RoleSessionName": "other"}]:
            self.assertNotEqual(self.assumed(**{"RoleSessionName": "again", **changes}).key, first.key)
        self.cloud.control("key", id=first.key, expired=True)
        self.assertNotEqual(self.assumed(RoleSessionName="again").key, first.key)

    def test_log_tells_who_asked_and_what_came_of_it_but_no_secret(self):
        session = self.assumed(Policy='{"Version":"1"}')
        self.listing(session)
        asked, used = self.cloud.log()
        self.assertEqual([asked["action"], asked["version"], asked["signature"], asked["access_key"], asked["issued"]],
                         ["AssumeRole", STS, "rpc", USER, session.key])
        self.assertEqual(asked["params"], {**ASSUME, "Policy": '{"Version":"1"}'})
        self.assertEqual(asked["undeclared"], [])
        self.assertEqual([used["signature"], used["access_key"], used["caller"], used["session_policy"]],
                         ["acs3", session.key, "acs:ram::1234567890123456:assumed-role/retaind/tester",
                          '{"Version":"1"}'])
        self.assumed(session, RoleSessionName="second")
        said = json.dumps([self.cloud.log(), self.cloud.state()])
        for secret in [session.secret, session.token, self.client.secret]:
            self.assertNotIn(secret, said)

    def test_faults_strike_sts_too(self):
        for kind, args, wanted in [("status", {"status": 503}, "ServiceUnavailable"), ("refuse", {}, "NoPermission"),
                                   ("throttle", {}, "Throttling.User")]:
            self.cloud.control("fault-clear")
            self.cloud.fault(kind, action="AssumeRole", args=args)
            self.assertEqual(self.assume().code, wanted)
        self.cloud.control("fault-clear")
        self.cloud.fault("html", action="AssumeRole")
        self.assertEqual(self.assume().headers["content-type"], "text/html")
        self.cloud.control("fault-clear")
        self.cloud.fault("patch", action="AssumeRole", args={"fields": {"Credentials": None}})
        self.assertNotIn("Credentials", self.assume().json)
        self.cloud.control("fault-clear")
        self.cloud.fault("hang", action="AssumeRole")
        self.client.timeout = 0.2
        self.assertRaises(TimeoutError, self.assume)
        self.assertEqual(self.cloud.log()[-1]["delivery"], "hang")


class Oidc(Identity):
    def fresh(self):
        super().fresh()
        self.cloud.control("role", arn=ROLE, oidc_provider=PROVIDER)
        self.cloud.control("oidc", provider=PROVIDER, token=TOKEN)

    def ask(self, **changes):
        form = {"OIDCProviderArn": PROVIDER, "OIDCToken": TOKEN, **ASSUME, **changes}
        return self.client.rpc("AssumeRoleWithOIDC", form, unsigned=True)

    def test_a_good_token_gets_a_session(self):
        reply = self.ask()
        self.assertEqual(reply.status, 200, reply.body)
        self.assertEqual(set(reply.json), {"RequestId", "AssumedRoleUser", "Credentials", "OIDCTokenInfo"})
        self.assertEqual(self.listing(self.session(reply.json["Credentials"])), 200)

    def test_headers_may_carry_the_call_too(self):
        form = {"OIDCProviderArn": PROVIDER, "OIDCToken": TOKEN, **ASSUME}
        reply = self.client.call("AssumeRoleWithOIDC", version=STS, form=form,
                                 change=lambda headers: headers.pop("authorization"))
        self.assertEqual(outcome(reply), 200)

    def test_other_tokens_do_not(self):
        for changes, wanted in [
                ({"OIDCToken": "TESTONLYWRONG"}, "AuthenticationFail.OIDCToken.Invalid"),
                ({"OIDCProviderArn": PROVIDER + "2"}, "AuthenticationFail.OIDCToken.Invalid"),
                ({"OIDCToken": "x"}, "InvalidParameter.OIDCToken"),
                ({"OIDCToken": "x" * 20001}, "InvalidParameter.OIDCToken"),
                ({"OIDCProviderArn": ""}, "InvalidParameter.OIDCProviderArn"),
                ({"RoleArn": OTHER}, "EntityNotExist.Role")]:
            self.assertEqual(self.ask(**changes).code, wanted)
        self.cloud.control("role", arn=ROLE)
        self.assertEqual(self.ask().code, "AuthenticationFail.NoPermission")
        self.cloud.control("oidc", provider=PROVIDER, token=TOKEN, expires_in_s=-1)
        self.assertEqual(self.ask().code, "AuthenticationFail.OIDCToken.Expired")

    def test_the_token_is_in_no_log(self):
        self.ask()
        self.assertNotIn(TOKEN, json.dumps([self.cloud.log(), self.cloud.state()]))
        entry = self.cloud.log()[-1]
        self.assertEqual([entry["signature"], entry["access_key"], entry["params"]["OIDCToken"]],
                         ["none", "", "(secret)"])


class CallerIdentity(Identity):
    def ask(self, client):
        return client.call("GetCallerIdentity", version=STS).json

    def test_a_user(self):
        said = self.ask(self.client)
        self.assertEqual([said["IdentityType"], said["AccountId"], said["Arn"], said["PrincipalId"]],
                         ["RAMUser", "1234567890123456", "acs:ram::1234567890123456:user/tester", said["UserId"]])
        self.assertNotIn("RoleId", said)

    def test_the_account_itself(self):
        self.cloud.control("key", key="TESTONLYROOT:TESTONLYSECRET", arn="acs:ram::42:root")
        said = self.ask(Client(self.cloud.url, key="TESTONLYROOT", secret="TESTONLYSECRET"))
        self.assertEqual([said["IdentityType"], said["AccountId"]], ["Account", "42"])

    def test_a_session(self):
        session = self.assumed()
        for said in [self.ask(session), session.rpc("GetCallerIdentity").json]:
            self.assertEqual([said["IdentityType"], said["Arn"]],
                             ["AssumedRoleUser", "acs:ram::1234567890123456:assumed-role/retaind/tester"])
            self.assertEqual(said["PrincipalId"], said["RoleId"] + ":tester")
            self.assertNotIn("UserId", said)

    def test_other_actions_of_sts_do_not_exist(self):
        self.assertEqual(self.client.call("GetSessionAccessKey", version=STS).code, "InvalidAction.NotFound")
        self.assertEqual(self.client.call("GetCallerIdentity").code, "InvalidAction.NotFound")


class Metadata(Identity):
    def put(self, ttl="21600"):
        headers = {"X-aliyun-ecs-metadata-token-ttl-seconds": ttl} if ttl else {}
        return self.client.send("PUT", "/latest/api/token", headers=headers)

    def get(self, path, token=None):
        return self.client.send("GET", path, headers={"X-aliyun-ecs-metadata-token": token} if token else {})

    def test_an_instance_without_a_role(self):
        self.assertEqual(self.put().status, 200)
        self.assertEqual([self.get(ROLES).status, self.get(ROLES + "x").status], [404, 404])

    def test_role_and_credentials(self):
        self.cloud.control("metadata", role="ecs-role", session_s=3600)
        reply = self.put()
        self.assertEqual([reply.status, reply.headers["content-type"]], [200, "text/plain"])
        token = reply.body.decode()
        reply = self.get(ROLES, token)
        self.assertEqual([reply.status, reply.headers["content-type"], reply.body], [200, "text/plain", b"ecs-role"])
        said = self.get(ROLES + "ecs-role", token).json
        self.assertEqual(set(said), {"AccessKeyId", "AccessKeySecret", "Expiration", "SecurityToken", "LastUpdated",
                                     "Code"})
        self.assertEqual([said["Code"], self.listing(self.session(said))], ["Success", 200])
        self.assertEqual(self.get(ROLES + "other", token).status, 404)
        self.assertEqual(self.get(ROLES + "ecs-role").json["AccessKeyId"], said["AccessKeyId"])
        self.assertEqual(self.session(said).call("GetCallerIdentity", version=STS).json["Arn"],
                         "acs:ram::1234567890123456:assumed-role/ecs-role/handed-out")

    def test_a_token_may_be_required_or_unknown(self):
        self.cloud.control("metadata", role="ecs-role", mode="token")
        self.assertEqual([self.get(ROLES).status, self.get(ROLES, "TESTONLYWRONG").status,
                          self.get(ROLES, self.put().body.decode()).status], [403, 401, 200])
        self.cloud.control("metadata", role="ecs-role", mode="no-token")
        self.assertEqual([self.put().status, self.get(ROLES).status], [404, 200])

    def test_a_token_ends(self):
        self.cloud.control("metadata", role="ecs-role")
        token = self.put("60").body.decode()
        self.assertEqual(self.get(ROLES, token).status, 200)
        self.later(61)
        self.assertEqual(self.get(ROLES, token).status, 401)
        for ttl in [None, "0", "21601", "x"]:
            self.assertEqual(self.put(ttl).status, 400)

    def test_credentials_are_replaced_ahead_of_their_end(self):
        self.cloud.control("metadata", role="ecs-role", session_s=100, renew_before_s=40)
        first = self.get(ROLES + "ecs-role").json
        self.later(50)
        self.assertEqual(self.get(ROLES + "ecs-role").json["AccessKeyId"], first["AccessKeyId"])
        self.later(15)
        second = self.get(ROLES + "ecs-role").json
        self.assertNotEqual(second["AccessKeyId"], first["AccessKeyId"])
        self.assertGreater(second["Expiration"], first["Expiration"])

    def test_log_and_faults(self):
        self.cloud.control("metadata", role="ecs-role")
        token = self.put().body.decode()
        self.get(ROLES, token)
        said = self.get(ROLES + "ecs-role", token).json
        log = self.cloud.log()
        self.assertEqual([c["action"] for c in log], ["MetadataToken", "MetadataRole", "MetadataCredentials"])
        self.assertEqual([log[2]["status"], log[2]["issued"]], [200, said["AccessKeyId"]])
        for secret in [token, said["AccessKeySecret"], said["SecurityToken"]]:
            self.assertNotIn(secret, json.dumps([log, self.cloud.state()]))
        self.cloud.fault("status", action="MetadataToken", args={"status": 500})
        self.cloud.fault("html", action="MetadataCredentials")
        self.assertEqual(self.put().status, 500)
        self.assertIn(b"<html>", self.get(ROLES + "ecs-role").body)


class Uri(Identity):
    def test_credentials_at_a_uri(self):
        self.assertEqual(self.client.send("GET", "/credentials").status, 404)
        self.cloud.control("uri", role="uri-role", session_s=3600)
        said = self.client.send("GET", "/credentials").json
        self.assertEqual([said["Code"], self.listing(self.session(said))], ["Success", 200])
        self.assertEqual(self.cloud.log()[1]["action"], "CredentialsURI")


class Tags(Case):
    def found(self, **params):
        reply = self.client.call("DescribeDBClusters", RegionId="cn-hangzhou", **params).json
        return [c["DBClusterId"] for c in reply["Items"]["DBCluster"]], reply["TotalCount"]

    def test_clusters_are_found_by_their_tags(self):
        self.cloud.control("cluster", id="amv-2", tags={"env": "prod", "team": "orders"})
        self.cloud.control("cluster", id="amv-3", tags={"env": "test"})
        for params, wanted in [({}, ["amv-1", "amv-2", "amv-3"]), ({"Tag.1.Key": "env"}, ["amv-2", "amv-3"]),
                               ({"Tag.1.Key": "env", "Tag.1.Value": "prod"}, ["amv-2"]),
                               ({"Tag.1.Key": "env", "Tag.1.Value": "prod", "Tag.2.Key": "team",
                                 "Tag.2.Value": "users"}, [])]:
            self.assertEqual(self.found(**params), (wanted, len(wanted)), params)
        reply = self.client.call("DescribeDBClusters", RegionId="cn-hangzhou", DBClusterIds="amv-2").json
        self.assertEqual(reply["Items"]["DBCluster"][0]["Tags"]["Tag"],
                         [{"Key": "env", "Value": "prod"}, {"Key": "team", "Value": "orders"}])
        self.assertEqual(self.cloud.log()[-1]["undeclared"], [])

    def test_clusters_come_in_pages(self):
        for n in range(2, 72):
            self.cloud.control("cluster", id=f"amv-{n}")
        pages = [self.found(PageNumber=n) for n in (1, 2, 3, 4)]
        self.assertEqual([len(ids) for ids, _ in pages], [30, 30, 11, 0])
        self.assertEqual({total for _, total in pages}, {71})
        self.assertEqual(len({i for ids, _ in pages for i in ids}), 71)
        self.assertEqual(len(self.found(PageSize=100)[0]), 71)


if __name__ == "__main__":
    unittest.main()
