"""Every way to log in, and every account, against the real daemon: what it signs with, what it asks for on the
way, how sessions go on, and what it says when one of them does not do."""
import json
import pathlib
import time

from harness.daemon import eventually
from harness.isolated import HOST, ConnectProxy
from harness.login import (ASSUMING, ENV_AK, ENV_OIDC, INI_KEYS, KEYS, OIDC_TOKEN, OTHER, PROVIDER, ROLE, SECOND,
                           SECRET, STATIC, TOKEN, USER, LoginTest, ini, profiles)
from harness.scenario import KEEP

SECRETS = [SECRET, TOKEN, OIDC_TOKEN, "TESTONLYSESSIONSECRET", "TESTONLYSESSIONTOKEN"]
RULES = ", ".join(f"{k}: {v}" for k, v in KEEP.items())
ECS_ROLE = "ecs-role"


def text(accounts=None, clusters=("amv-orders",), **account_of):
    """A policy with accounts: name to members. `account_of`: of the clusters, without their prefix."""
    lines = ["version: 1", "defaults:", "  region: cn-hangzhou", "  backup: {schedule: none}", f"  keep: {{{RULES}}}",
             "  safety: {fresh_within: off}", "  refresh: 1h"]
    lines += ["accounts:"] + [f"  {name}: {json.dumps(members)}" for name, members in accounts.items()] if accounts else []
    lines.append("clusters:")
    for c in clusters:
        short = c.removeprefix("amv-")
        named = f", account: {account_of[short]}" if short in account_of else ""
        lines.append(f"  - {{id: {c}, name: {short}{named}}}")
    return "\n".join(lines) + "\n"


class Login(LoginTest):
    def listed(self, env=None, files=None, accounts=None, **more):
        """Logs in so, and lists; the calls that came."""
        self.lay(files or {})
        before = self.last_number()
        written = json.loads(json.dumps(accounts or {}).replace("HOME", str(self.home)).replace("@URI@", self.where()))
        with self.retaind(env or {}, text(written), **more) as d:
            d.until("listed", complete=True)
            self.quiet(d)
        return self.since(before)

    def where(self):
        return f"http://127.0.0.1:{self.uri.port}/credentials"

    def quiet(self, d):
        """No secret is told, nor kept."""
        seen = d.said() + "\n".join(d.notified) + json.dumps([d.varlink("Status"), d.varlink("Health")])
        seen += "".join(p.read_bytes().decode("latin-1") for p in pathlib.Path(d.dir).glob("state.db*"))
        for secret in SECRETS:
            self.assertNotIn(secret, seen)

    def asked(self, calls, action):
        return [c for c in calls if c["action"] == action]

    def as_role(self, calls, role, session="retaind"):
        name = role.rpartition("/")[2]
        callers = {c["caller"] for c in self.asked(calls, "DescribeBackups")}
        self.assertEqual({f"acs:ram::1234567890123456:assumed-role/{name}/{session}"}, callers)


class Accounts(Login):
    """What the policy says, whatever else is there."""

    def test_each_way_by_its_name(self):
        self.cloud.control("metadata", role=ECS_ROLE)
        self.cloud.control("uri", role="uri-role")
        env = {"CREDENTIALS_DIRECTORY": "HOME/given", "ALIBABA_CLOUD_ACCESS_KEY_ID": OTHER,
               "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET}
        files = {"given/access-key-id": USER, "given/access-key-secret": SECRET,
                 "elsewhere.json": json.dumps({"current": "x", "profiles": [
                     {"name": "ops", "mode": "StsToken", "access_key_id": STATIC, "access_key_secret": SECRET,
                      "sts_token": TOKEN}]}),
                 "elsewhere.ini": f"[ops]\ntype = ram_role_arn\n{INI_KEYS}role_arn = {ROLE}\n"}
        for account, expected in [
                ({"login": "systemd"}, USER), ({"login": "environment"}, OTHER), ({"login": "chain"}, USER),
                ({"login": "profile", "profile": "ops", "file": "HOME/elsewhere.json"}, STATIC),
                ({"login": "ini", "profile": "ops", "file": "HOME/elsewhere.ini"}, ROLE),
                ({"login": "ecs"}, f"x:role/{ECS_ROLE}"), ({"login": "ecs", "ecs_role": ECS_ROLE}, f"x:role/{ECS_ROLE}"),
                ({"login": "uri", "uri": "@URI@"}, "x:role/uri-role"),
                ({"login": "oidc", "oidc_provider": PROVIDER, "oidc_token_file": "HOME/oidc-token", "role": ROLE}, ROLE)]:
            with self.subTest(**account):
                calls = self.listed(env, files, {"default": account})
                if ":role/" not in expected:
                    self.assertEqual(expected, self.signed_with(calls))
                else:
                    session = "handed-out" if expected.startswith("x") else "retaind"
                    self.as_role(calls, expected, session)

    def test_a_role_with_all_that_belongs_to_it(self):
        self.cloud.control("role", arn=ROLE, trust=[USER], external_id="the-word")
        policy = '{"Version":"1","Statement":[]}'
        calls = self.listed(ENV_AK, accounts={"default": {
            "role": ROLE, "role_session_name": "night@shift", "external_id": "the-word", "session_policy": policy,
            "session": "15min", "sts_endpoint": "sts.cn-hangzhou.aliyuncs.com"}})
        assume = self.asked(calls, "AssumeRole")
        self.assertEqual([("sts.cn-hangzhou.aliyuncs.com", "acs3", "https", {
            "RoleArn": ROLE, "RoleSessionName": "night@shift", "DurationSeconds": "900", "Policy": policy,
            "ExternalId": "the-word"})], [(c["host"], c["signature"], c["scheme"], c["params"]) for c in assume])
        self.as_role(calls, ROLE, "night@shift")
        self.assertEqual({policy}, {c["session_policy"] for c in self.asked(calls, "DescribeBackups")})

    def test_a_role_on_top_of_a_session(self):
        self.cloud.control("metadata", role=ECS_ROLE)
        calls = self.listed(accounts={"default": {"login": "ecs", "role": ROLE}})
        self.as_role(calls, ROLE)
        calls = self.listed(ENV_OIDC, accounts={"default": {"login": "profile", "role": SECOND}},
                            files=profiles(mode="RamRoleArn", **KEYS, **ASSUMING))
        self.as_role(calls, SECOND)

    def test_each_cluster_by_its_account(self):
        self.cloud.control("cluster", id="amv-users")
        self.lay({"given/prod.access-key-id": OTHER, "given/prod.access-key-secret": SECRET})
        accounts = {"prod": {"login": "systemd"}, "test": {"role": ROLE}}
        with self.retaind({"CREDENTIALS_DIRECTORY": "HOME/given", **ENV_AK},
                          text(accounts, ["amv-orders", "amv-users"], orders="prod", users="test")) as d:
            for name in ("amv-orders", "amv-users"):
                d.until("listed", cluster=name, complete=True)
        calls = self.cloud.log(action="DescribeBackups")
        of = {c["params"]["DBClusterId"]: c for c in calls}
        self.assertEqual(OTHER, of["amv-orders"]["access_key"])
        self.assertIn("assumed-role/retaind/", of["amv-users"]["caller"])

    def test_one_account_in_trouble_is_no_others(self):
        self.cloud.control("cluster", id="amv-users")
        self.lay({})
        with self.retaind(ENV_AK, text({"bad": {"role": SECOND}}, ["amv-orders", "amv-users"], users="bad")) as d:
            d.until("listed", cluster="amv-orders", complete=True)
            d.wait_said("users: .*could not be listed: Credentials: .*NoPermission")
            self.assertTrue(d.status("amv-orders")["complete"])

    def test_the_clouds_own_network(self):
        calls = self.listed(ENV_AK, accounts={"default": {"network": "vpc", "role": ROLE}})
        self.assertEqual({"adb-vpc.cn-hangzhou.aliyuncs.com"}, {c["host"] for c in self.asked(calls, "DescribeBackups")})
        self.assertEqual({"sts-vpc.cn-hangzhou.aliyuncs.com"}, {c["host"] for c in self.asked(calls, "AssumeRole")})

    def test_authorities_and_endpoint_of_an_account(self):
        self.trust("/dev/null")
        calls = self.listed(ENV_AK, accounts={"default": {"ca_file": self.ca, "role": ROLE}})
        self.assertEqual(1, len(self.asked(calls, "AssumeRole")))
        calls = self.listed(ENV_AK, accounts={"default": {"ca_file": self.ca, "endpoint": self.cloud.url}})
        self.assertEqual({self.cloud.url.removeprefix("https://")}, {c["host"] for c in calls})

    def test_an_account_that_a_reload_changes(self):
        self.lay({})
        with self.retaind(ENV_AK, text()) as d:
            d.until("listed", complete=True)
            d.write_policy(text({"default": {"role": ROLE}}))
            self.assertEqual(0, d.ctl("reload")[0])
            d.varlink("Prune", cluster="orders", wait=True)
            last = self.cloud.log(action="DescribeBackups")[-1]
            self.assertIn("assumed-role/retaind/", last["caller"])
            d.write_policy(text({"default": {"role": "no role"}}))
            self.assertEqual(1, d.ctl("reload")[0])
            d.varlink("Prune", cluster="orders", wait=True)
            self.assertIn("assumed-role/retaind/", self.cloud.log(action="DescribeBackups")[-1]["caller"])


class Ways(Login):
    """What the vendor's library does not have, or does otherwise."""

    def test_credentials_uri_as_a_profile(self):
        self.cloud.control("uri", role="uri-role")
        calls = self.listed(files=profiles(mode="CredentialsURI", credentials_uri="@URI@"))
        self.as_role(calls, "x:role/uri-role", "handed-out")

    def test_a_config_file_elsewhere(self):
        files = {"elsewhere.json": profiles(mode="AK", **KEYS)[".aliyun/config.json"]}
        calls = self.listed({"ALIBABA_CLOUD_CONFIG_FILE": "HOME/elsewhere.json"}, files)
        self.assertEqual(USER, self.signed_with(calls))

    def test_metadata_and_plain_uris_go_past_the_proxy_and_sts_by_it(self):
        self.cloud.control("metadata", role=ECS_ROLE)
        proxy = ConnectProxy()
        self.listed({"https_proxy": f"http://127.0.0.1:{proxy.port}", "http_proxy": f"http://127.0.0.1:{proxy.port}"},
                    accounts={"default": {"login": "ecs", "role": ROLE}})
        self.assertEqual({"CONNECT sts.aliyuncs.com:443", "CONNECT adb.cn-hangzhou.aliyuncs.com:443"}, set(proxy.asked))

    def test_imdsv1_may_be_forbidden(self):
        self.cloud.control("metadata", role=ECS_ROLE, mode="no-token")
        self.lay({})
        with self.retaind({"ALIBABA_CLOUD_IMDSV1_DISABLED": "true"}) as d:
            d.wait_said("could not be listed: Credentials: .*metadata service did not tell its token")
        self.assertEqual([], self.asked(self.cloud.log(), "MetadataCredentials"))

    def test_the_oidc_token_is_read_anew_for_every_session(self):
        self.cloud.control("sts", session_s=4, reuse=False)
        self.lay({})
        with self.retaind(ENV_OIDC) as d:
            d.until("listed", complete=True)
            other = OIDC_TOKEN.replace("OIDC", "NEXT")
            self.cloud.control("oidc", provider=PROVIDER, token=OIDC_TOKEN, expires_in_s=-1)
            self.cloud.control("oidc", provider=PROVIDER, token=other)
            (self.home / "oidc-token").write_text(other + "\n", encoding="ascii")
            time.sleep(4)
            d.varlink("Prune", cluster="orders", wait=True)
            self.assertIsNone(d.status()["trouble"])

    def test_a_wrong_clock_does_not_keep_a_role_away(self):
        """STS tells its time as it refuses; by that the next question goes out."""
        self.cloud.control("clock", advance_s=1800)
        self.lay({})
        with self.retaind(ENV_AK, text({"default": {"role": ROLE}})) as d:
            d.wait_said("the service's")  # listed, but the clock is in doubt
            codes = [c["code"] for c in self.cloud.log(action="AssumeRole")]
            self.assertEqual(["InvalidTimeStamp.Expired", ""], codes)


class Files(Login):
    """Files that are not fit to be believed."""

    def refused(self, pattern, files, env=None, mode=None, make=None):
        self.lay(files)
        for path in self.home.rglob("*"):
            if mode and path.is_file():
                path.chmod(mode)
        if make:
            make()
        with self.retaind({"ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true", **(env or {})}) as d:
            d.wait_said(f"could not be listed: Credentials: .*{pattern}")
            self.quiet(d)
        self.assertEqual([], self.cloud.log())

    def test_files_that_others_can_read(self):
        for files in (profiles(mode="AK", **KEYS), ini("type = access_key\n" + INI_KEYS)):
            for mode in (0o640, 0o604, 0o666):
                self.refused(rf"others may read it \(mode 0{mode:o}\): chmod 0600 ", files, mode=mode)

    def test_files_that_do_not_read(self):
        for broken, pattern in [({".aliyun/config.json": "{"}, "config.json"),
                                (profiles(mode="AK", access_key_id=USER), "access_key_secret"),
                                (profiles(mode="Telepathy"), "by which no service can log in"),
                                (profiles({"mode": "AK"}, current="other"), "other"),
                                (profiles({"mode": "ChainableRamRoleArn", "source_profile": "default", **ASSUMING}),
                                 "default"),
                                (ini("type = smoke\n"), "has another type"), (ini(f"type = access_key\naccess_key_id = {USER}\n"), "access_key_secret")]:
            with self.subTest(pattern):
                self.refused(pattern, broken)

    def test_a_role_without_its_token_file(self):
        self.refused("oidc-token: No such file", {}, ENV_OIDC, make=lambda: (self.home / "oidc-token").unlink())

    def test_half_a_key(self):
        self.refused("ALIBABA_CLOUD_ACCESS_KEY_SECRET", {}, {"ALIBABA_CLOUD_ACCESS_KEY_ID": USER})

    def test_a_program_that_fails(self):
        for script, pattern in [("#!/bin/sh\nexit 3\n", "3"), ("#!/bin/sh\necho no json\n", "External|external|JSON"),
                                (f"#!/bin/sh\necho {SECRET} >&2; exit 1\n", "1")]:
            files = {**profiles(mode="External", process_command="HOME/external"), "external": script}
            self.refused(pattern, files)


class Sessions(Login):
    """A session ends; the work does not."""

    ACCOUNT = {"default": {"role": ROLE}}

    def setUp(self):
        super().setUp()
        self.cloud.control("sts", reuse=False)
        self.lay({})

    def look(self, d):
        """Lists now; how long that took."""
        began = time.monotonic()
        d.varlink("Prune", cluster="orders", wait=True)
        return time.monotonic() - began

    def listings(self):
        return self.cloud.log(action="DescribeBackups")

    def test_sessions_are_renewed_ahead_and_no_call_is_refused(self):
        self.cloud.control("sts", session_s=12)
        with self.retaind(ENV_AK, text(self.ACCOUNT)) as d:
            d.until("listed", complete=True)
            eventually("two renewals", lambda: self.look(d) and len({c["access_key"] for c in self.listings()}) == 3,
                       every=0.2)
        self.assertEqual({200}, {c["status"] for c in self.listings()})
        self.assertEqual(3, len(self.cloud.log(action="AssumeRole")))

    def test_a_renewal_stalls_no_call(self):
        self.cloud.control("sts", session_s=16)
        with self.retaind(ENV_AK, text(self.ACCOUNT)) as d:
            d.until("listed", complete=True)
            self.cloud.fault("latency", action="AssumeRole", ms=4000)
            eventually("the renewal is under way", lambda: self.look(d) is not None and len(
                self.cloud.log(action="AssumeRole")) == 2, every=0.2)
            self.look(d)
            self.assertEqual(self.listings()[0]["access_key"], self.listings()[-1]["access_key"])
            eventually("the new session", lambda: self.look(d) and
                       self.listings()[0]["access_key"] != self.listings()[-1]["access_key"], every=0.2)

    def test_a_renewal_that_fails_is_told_and_the_session_goes_on(self):
        self.cloud.control("sts", session_s=24)
        with self.retaind(ENV_AK, text(self.ACCOUNT)) as d:
            d.until("listed", complete=True)
            self.cloud.fault("status", action="AssumeRole", status=503)
            eventually("told", lambda: self.look(d) and "could not be renewed and goes on until it ends" in d.said(),
                       every=0.5)
            self.assertIsNone(d.status()["trouble"])
            self.assertEqual({200}, {c["status"] for c in self.listings()})
            self.cloud.control("fault-clear")
            eventually("well again", lambda: self.look(d) and "logged in again" in d.said(), every=0.5)
            self.assertEqual({200}, {c["status"] for c in self.listings()})
            self.quiet(d)

    def test_a_session_that_ends_unforeseen_is_renewed_and_the_call_made_again_once(self):
        with self.retaind(ENV_AK, text(self.ACCOUNT)) as d:
            d.until("listed", complete=True)
            self.cloud.control("key", id=self.listings()[-1]["access_key"], expired=True)
            number = self.last_number()
            self.look(d)
            calls = [(c["action"], c["code"]) for c in self.since(number)]
            self.assertEqual([("DescribeBackups", "InvalidSecurityToken.Expired"), ("AssumeRole", ""),
                              ("DescribeBackups", "")], calls)
            self.assertIsNone(d.status()["trouble"])

    def test_a_session_that_is_refused_again_and_again_is_no_storm(self):
        self.cloud.fault("refuse", action="DescribeBackups", code="InvalidSecurityToken.Expired", status=400)
        with self.retaind(ENV_AK, text(self.ACCOUNT)) as d:
            d.wait_said("InvalidSecurityToken.Expired")
            self.assertLessEqual(len(self.cloud.log()), 4)

    def test_keys_of_a_session_that_stand_somewhere_are_read_anew(self):
        self.cloud.control("key", key=f"{STATIC}2:{SECRET}:{TOKEN}2")
        names = {"id": "access_key_id", "secret": "access_key_secret", "token": "sts_token"}
        files = profiles(mode="StsToken", **{names["id"]: STATIC, names["secret"]: SECRET, names["token"]: TOKEN})
        self.lay(files)
        with self.retaind({}) as d:
            d.until("listed", complete=True)
            self.cloud.control("key", id=STATIC, expired=True)
            path = self.home / ".aliyun/config.json"
            path.write_text(path.read_text(encoding="ascii").replace(STATIC, STATIC + "2").replace(
                json.dumps(TOKEN)[1:-1], json.dumps(TOKEN)[1:-1] + "2"), encoding="ascii")
            self.look(d)
            self.assertIsNone(d.status()["trouble"])
            self.assertEqual(f"{STATIC}2", self.listings()[-1]["access_key"])


class WrongHost(Login):
    """The certificate is the service's, but not STS's."""

    names = [HOST]

    def test_an_sts_that_is_not_who_it_says_gets_no_signature(self):
        self.lay({})
        for env, account in ((ENV_AK, {"role": ROLE}), (ENV_OIDC, {})):
            with self.retaind(env, text({"default": account} if account else None)) as d:
                d.wait_said("could not be listed: Credentials: .*sts.aliyuncs.com")
                self.assertRegex(d.status()["trouble"], "Tls|certificate")
        self.assertEqual([], self.cloud.log())


class NoSts(Login):
    hosts = [HOST]

    def test_an_sts_that_has_no_address_is_said(self):
        self.lay({})
        with self.retaind(ENV_AK, text({"default": {"role": ROLE}})) as d:
            d.wait_said("could not be listed: Credentials: .*Resolve.*sts.aliyuncs.com")
        self.assertEqual([], self.cloud.log())


class Faults(Login):
    """What STS, the metadata service or a URI may do instead of answering. Nothing of it is taken for keys."""

    WAYS = {
        "AssumeRole": (ENV_AK, {"role": ROLE}),
        "AssumeRoleWithOIDC": (ENV_OIDC, {}),
        "MetadataCredentials": ({}, {"login": "ecs"}),
        "MetadataRole": ({}, {"login": "ecs"}),
        "CredentialsURI": ({"ALIBABA_CLOUD_CREDENTIALS_URI": "@URI@"}, {}),
    }
    KINDS = [
        {"kind": "status", "status": 500}, {"kind": "status", "status": 404}, {"kind": "html"}, {"kind": "reset"},
        {"kind": "content", "body": ""}, {"kind": "content", "body": "[]"}, {"kind": "content", "body": "{}"},
        {"kind": "content", "body": "x" * 100000}, {"kind": "truncate", "at": 3}, {"kind": "redirect"},
        {"kind": "refuse"}, {"kind": "throttle"}, {"kind": "patch", "fields": {"Credentials": {"AccessKeyId": "a"}}},
        {"kind": "patch", "fields": {"Code": "Failed", "AccessKeyId": None}},
    ]

    def strike(self, action, fault):
        env, account = self.WAYS[action]
        self.cloud.control("fault-clear")
        self.cloud.fault(action=action, **fault)
        before = self.last_number()
        with self.retaind(env, text({"default": account} if account else None)) as d:
            d.wait_said("could not be listed: Credentials: ")
            self.quiet(d)
            trouble = d.status()["trouble"]
        self.assertEqual([], self.asked(self.since(before), "DescribeBackups"), trouble)

    def every(self, action):
        self.cloud.control("metadata", **({"role": ECS_ROLE} if action.startswith("Metadata") else {}))
        self.cloud.control("uri", role="uri-role")
        self.lay({})
        for fault in self.KINDS:
            if fault["kind"] == "patch" and action in ("MetadataRole",):
                continue  # it is no JSON
            if fault["kind"] == "patch" and ("Code" in fault["fields"]) == action.startswith("Assume"):
                continue  # members that its answer does not have
            with self.subTest(action, **fault):
                self.strike(action, fault)

    def test_assume_role(self):
        self.every("AssumeRole")

    def test_assume_role_with_oidc(self):
        self.every("AssumeRoleWithOIDC")

    def test_metadata_credentials(self):
        self.every("MetadataCredentials")

    def test_metadata_role(self):
        self.every("MetadataRole")

    def test_credentials_uri(self):
        self.every("CredentialsURI")

    def test_who_never_answers_is_given_up(self):
        self.cloud.control("metadata", role=ECS_ROLE)
        self.cloud.control("uri", role="uri-role")
        self.lay({})
        for action in ("MetadataCredentials", "AssumeRole"):
            with self.subTest(action):
                self.strike(action, {"kind": "hang"})

    def test_it_goes_on_when_the_fault_ends(self):
        self.lay({})
        self.cloud.fault("status", action="AssumeRole", status=503)
        with self.retaind(ENV_AK, text({"default": {"role": ROLE}})) as d:
            d.wait_said("could not be listed: Credentials: ")
            self.cloud.control("fault-clear")
            eventually("listed", lambda: d.status()["complete"])

    def test_a_metadata_token_that_is_refused_falls_back(self):
        self.cloud.control("metadata", role=ECS_ROLE)
        self.lay({})
        self.cloud.fault("status", action="MetadataToken", status=500)
        with self.retaind({}) as d:
            d.until("listed", complete=True)
