"""The vendor's own @alicloud/credentials and the daemon read the same files, variables and endpoints: they ask
for the same, and sign with the same key. Both run as they are, with their real endpoints."""
import json
import pathlib
import subprocess

from harness.daemon import HANG_S, POLICY
from harness.login import (ASSUMING, ENV_AK, ENV_OIDC, INI_KEYS, KEYS, OTHER, PROVIDER, ROLE, SECOND, SECRET,
                           STATIC, TOKEN, USER, LoginTest, ini, profiles)

# Of the vendor's library this leaves out what it does not find by itself and retaind does not have: RSA key
# pairs and bearer tokens. What retaind alone has (CredentialsURI as a profile's mode, $CREDENTIALS_DIRECTORY,
# ALIBABA_CLOUD_CONFIG_FILE) is in isolated/test_login.py.
SCRIPT = pathlib.Path(__file__).with_name("credentials.mjs")
EXTERNAL = ("#!/bin/sh\necho '" + json.dumps({"mode": "StsToken", "access_key_id": STATIC,
                                              "access_key_secret": SECRET, "sts_token": TOKEN}) + "'\n")


class Sides(LoginTest):
    def vendor(self, env):
        """What the vendor's client would sign with."""
        done = subprocess.run(
            ["node", str(SCRIPT)], env={**self.environment(env), "NODE_EXTRA_CA_CERTS": self.ca},
            stdout=subprocess.PIPE, check=True, timeout=HANG_S)
        return json.loads(done.stdout)

    def ask_vendor(self, env, files):
        self.lay(files)
        before = self.last_number()
        said = self.vendor(env)
        return said, self.asked(before)

    def ask_retaind(self, env, files, account=None):
        self.lay(files)
        before = self.last_number()
        more = {"policy": POLICY.replace("clusters:", f"accounts: {{default: {json.dumps(account)}}}\nclusters:")}
        with self.retaind(env, **(more if account else {})) as d:
            d.until("listed", complete=True)
        return self.signed_with(self.since(before)), self.asked(before)

    def asked(self, since):
        """What was asked for on the way to the key; each question once."""
        asked = []
        for c in self.since(since):
            question = (c["action"], c["host"], c["params"])
            if c["action"] not in ("DescribeBackups", "DescribeBackupPolicy") and question not in asked:
                asked.append(question)
        return asked

    def same(self, env, files=None, key=None, actions=None, config=None, account=None):
        """Both get the same credentials, by the same questions, and they are good. `key`: which one it is;
        `actions`: what has to be asked for on the way. `config` and `account`: told to the vendor's, and to ours."""
        files = files or {}
        vendor, vendor_asked = self.ask_vendor(
            {**env, **({"VENDOR_CONFIG": json.dumps(config)} if config else {})}, files)
        self.assertNotIn("error", vendor)
        self.assertTrue(self.good(vendor))
        if key:
            self.assertEqual(key, vendor["accessKeyId"])
        retaind, retaind_asked = self.ask_retaind(env, files, account)
        self.assertEqual(vendor["accessKeyId"], retaind)
        self.assertEqual(vendor_asked, retaind_asked)
        if actions is not None:
            self.assertEqual(actions, [a for a, _, _ in vendor_asked])
        return vendor_asked



class SideBySide(Sides):
    # The environment

    def test_environment_ak(self):
        self.same(ENV_AK, key=USER, actions=[])

    def test_environment_sts(self):
        self.same({"ALIBABA_CLOUD_ACCESS_KEY_ID": STATIC, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
                   "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN}, key=STATIC, actions=[])

    def test_environment_oidc(self):
        asked = self.same(ENV_OIDC, actions=["AssumeRoleWithOIDC"])
        self.assertEqual({"RoleArn": ROLE, "OIDCProviderArn": PROVIDER, "OIDCToken": "(secret)",
                          "RoleSessionName": "tester", "DurationSeconds": "3600"}, asked[0][2])

    def test_sts_of_a_region_and_of_its_own_network(self):
        region = {**ENV_OIDC, "ALIBABA_CLOUD_STS_REGION": "cn-hangzhou"}
        self.assertEqual("sts.cn-hangzhou.aliyuncs.com", self.same(region)[0][1])
        vpc = {**region, "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED": "true"}
        self.assertEqual("sts-vpc.cn-hangzhou.aliyuncs.com", self.same(vpc)[0][1])

    # The profile of the vendor's command line tool

    def test_profile_ak(self):
        self.same({}, profiles(mode="AK", **KEYS), key=USER, actions=[])

    def test_profile_sts_token(self):
        keys = {"access_key_id": STATIC, "access_key_secret": SECRET, "sts_token": TOKEN}
        self.same({}, profiles(mode="StsToken", **keys), key=STATIC, actions=[])

    def test_profile_ram_role_arn(self):
        asked = self.same({}, profiles(mode="RamRoleArn", **KEYS, **ASSUMING, expired_seconds=1800,
                                       sts_region="cn-hangzhou"), actions=["AssumeRole"])
        self.assertEqual(("AssumeRole", "sts.cn-hangzhou.aliyuncs.com", {
            "RoleArn": ROLE, "RoleSessionName": "tester", "DurationSeconds": "1800"}), asked[0])

    def test_profile_ram_role_arn_with_an_endpoint(self):
        asked = self.same({}, profiles(mode="RamRoleArn", **KEYS, **ASSUMING,
                                       sts_endpoint="sts.cn-hangzhou.aliyuncs.com"))
        self.assertEqual("sts.cn-hangzhou.aliyuncs.com", asked[0][1])
        asked = self.same({}, profiles(mode="RamRoleArn", **KEYS, **ASSUMING, sts_region="cn-hangzhou", enable_vpc=True))
        self.assertEqual("sts-vpc.cn-hangzhou.aliyuncs.com", asked[0][1])

    def test_profile_ecs_ram_role(self):
        self.cloud.control("metadata", role="ecs-role")
        self.same({}, profiles(mode="EcsRamRole", ram_role_name="ecs-role"),
                  actions=["MetadataToken", "MetadataCredentials"])

    def test_profile_ecs_ram_role_that_is_found_out(self):
        self.cloud.control("metadata", role="ecs-role")
        self.same({}, profiles(mode="EcsRamRole"), actions=["MetadataToken", "MetadataRole", "MetadataCredentials"])

    def test_profile_oidc(self):
        self.same({}, profiles(mode="OIDC", oidc_provider_arn=PROVIDER, oidc_token_file=str(self.home / "oidc-token"),
                               **ASSUMING), actions=["AssumeRoleWithOIDC"])

    def test_profile_chained_role_of_a_role(self):
        asked = self.same({}, profiles(
            {"mode": "ChainableRamRoleArn", "source_profile": "base", "ram_role_arn": SECOND,
             "ram_session_name": "chained"},
            {"name": "base", "mode": "RamRoleArn", **KEYS, **ASSUMING}), actions=["AssumeRole", "AssumeRole"])
        self.assertEqual([ROLE, SECOND], [params["RoleArn"] for _, _, params in asked])

    def test_profile_chained_role_of_an_instance(self):
        self.cloud.control("metadata", role="ecs-role")
        self.same({}, profiles({"mode": "ChainableRamRoleArn", "source_profile": "base", **ASSUMING},
                               {"name": "base", "mode": "EcsRamRole", "ram_role_name": "ecs-role"}),
                  actions=["MetadataToken", "MetadataCredentials", "AssumeRole"])

    def test_profile_external(self):
        files = {**profiles(mode="External", process_command="HOME/external"), "external": EXTERNAL}
        self.same({}, files, key=STATIC, actions=[])

    def test_profile_by_name(self):
        files = profiles({"mode": "AK", **KEYS}, {"name": "ops", "mode": "AK", **KEYS, "access_key_id": OTHER},
                         current="ops")
        self.same({}, files, key=OTHER)
        self.same({"ALIBABA_CLOUD_PROFILE": "default"}, files, key=USER)

    # The ini file

    def test_ini_access_key(self):
        self.same({}, ini("type = access_key\n" + INI_KEYS), key=USER, actions=[])

    def test_ini_ecs_ram_role(self):
        self.cloud.control("metadata", role="ecs-role")
        self.same({}, ini("type = ecs_ram_role\nrole_name = ecs-role\n"),
                  actions=["MetadataToken", "MetadataCredentials"])

    def test_ini_ram_role_arn(self):
        policy = '{"Version":"1","Statement":[]}'
        asked = self.same({}, ini(f"type = ram_role_arn\n{INI_KEYS}role_arn = {ROLE}\nrole_session_name = tester\n"
                                  f"policy = {policy}\n"), actions=["AssumeRole"])
        self.assertEqual(policy, asked[0][2]["Policy"])

    def test_ini_section_and_file_by_name(self):
        files = {"elsewhere": f"[default]\ntype = access_key\n{INI_KEYS}\n[ops]\ntype=access_key\n"
                              f"access_key_id={OTHER}\naccess_key_secret={SECRET}\n"}
        env = {"ALIBABA_CLOUD_CREDENTIALS_FILE": "HOME/elsewhere"}
        self.same(env, files, key=USER)
        self.same({**env, "ALIBABA_CLOUD_PROFILE": "ops"}, files, key=OTHER)

    # The instance's metadata, and a URI

    def test_metadata(self):
        self.cloud.control("metadata", role="ecs-role")
        self.same({}, actions=["MetadataToken", "MetadataRole", "MetadataCredentials"])

    def test_metadata_of_a_role_by_name(self):
        self.cloud.control("metadata", role="ecs-role")
        self.same({"ALIBABA_CLOUD_ECS_METADATA": "ecs-role"}, actions=["MetadataToken", "MetadataCredentials"])

    def test_metadata_that_wants_a_token_or_knows_none(self):
        for mode in ("token", "no-token"):
            self.cloud.control("metadata", role="ecs-role", mode=mode)
            self.same({})

    def test_uri(self):
        self.cloud.control("uri", role="uri-role")
        self.same({"ALIBABA_CLOUD_CREDENTIALS_URI": "@URI@"})

    # What is told, instead of found

    def test_told_role_with_external_id_and_session_policy(self):
        self.cloud.control("role", arn=ROLE, trust=[USER], external_id="the-word")
        policy = '{"Version":"1","Statement":[]}'
        asked = self.same(ENV_AK, config={
            "type": "ram_role_arn", "accessKeyId": USER, "accessKeySecret": SECRET, "roleArn": ROLE,
            "roleSessionName": "told", "policy": policy, "externalId": "the-word", "roleSessionExpiration": 7200,
            "stsEndpoint": "sts.cn-hangzhou.aliyuncs.com"}, account={
            "role": ROLE, "role_session_name": "told", "session_policy": policy, "external_id": "the-word",
            "session": "2h", "sts_endpoint": "sts.cn-hangzhou.aliyuncs.com"}, actions=["AssumeRole"])
        self.assertEqual({"RoleArn", "RoleSessionName", "Policy", "ExternalId", "DurationSeconds"}, set(asked[0][2]))

    def test_told_role_of_a_session(self):
        self.cloud.control("role", arn=ROLE, trust=[STATIC])
        self.same({"ALIBABA_CLOUD_ACCESS_KEY_ID": STATIC, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
                   "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN},
                  config={"type": "ram_role_arn", "accessKeyId": STATIC, "accessKeySecret": SECRET,
                          "securityToken": TOKEN, "roleArn": ROLE, "roleSessionName": "told"},
                  account={"role": ROLE, "role_session_name": "told"}, actions=["AssumeRole"])

    def test_told_oidc(self):
        token = str(self.home / "oidc-token")
        self.same({}, config={"type": "oidc_role_arn", "roleArn": ROLE, "oidcProviderArn": PROVIDER,
                              "oidcTokenFilePath": token, "roleSessionName": "told"},
                  account={"login": "oidc", "oidc_provider": PROVIDER, "oidc_token_file": token, "role": ROLE,
                           "role_session_name": "told"}, actions=["AssumeRoleWithOIDC"])

    def test_told_instance_role(self):
        self.cloud.control("metadata", role="ecs-role")
        self.same(ENV_AK, config={"type": "ecs_ram_role", "roleName": "ecs-role"},
                  account={"login": "ecs", "ecs_role": "ecs-role"}, actions=["MetadataToken", "MetadataCredentials"])

    def test_told_uri(self):
        self.cloud.control("uri", role="uri-role")
        uri = self.environment({"X": "@URI@"})["X"]
        self.same(ENV_AK, config={"type": "credentials_uri", "credentialsURI": uri},
                  account={"login": "uri", "uri": uri}, actions=["CredentialsURI"])

    # Their order

    def test_chain_in_its_order(self):
        """All at once; then without the first, and so on."""
        self.cloud.control("metadata", role="ecs-role")
        self.cloud.control("uri", role="uri-role")
        env = {**ENV_AK, **ENV_OIDC, "ALIBABA_CLOUD_CREDENTIALS_URI": "@URI@"}
        files = {**profiles(mode="AK", **{**KEYS, "access_key_id": OTHER}),
                 **ini(f"type = access_key\naccess_key_id = {STATIC}2\naccess_key_secret = {SECRET}\n")}
        self.cloud.control("key", key=f"{STATIC}2:{SECRET}")
        self.same(env, files, key=USER)
        for name in ENV_AK:
            del env[name]
        self.same(env, files, actions=["AssumeRoleWithOIDC"])
        del env["ALIBABA_CLOUD_ROLE_ARN"]
        self.same(env, files, key=OTHER)
        self.same({**env, "ALIBABA_CLOUD_CLI_PROFILE_DISABLED": "true"}, files, key=f"{STATIC}2")
        del files[".aliyun/config.json"]
        self.same(env, files, key=f"{STATIC}2")
        self.same(env, {}, actions=["MetadataToken", "MetadataRole", "MetadataCredentials"])
        self.same({**env, "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}, {}, actions=["CredentialsURI"])
        self.cloud.control("metadata")  # an instance without a role
        self.assertEqual("CredentialsURI", self.same(env, {})[-1][0])


class Nothing(Sides):
    """What neither takes."""

    def neither(self, env, files):
        vendor, _ = self.ask_vendor(env, files)
        self.assertIn("error", vendor)
        self.lay(files)
        with self.retaind(env) as d:
            d.wait_said("could not be listed: Credentials: ")
            self.assertEqual([], self.since(0, action="DescribeBackups"))
            return d.status()["trouble"]

    def test_nothing_at_all(self):
        self.neither({}, {})

    def test_a_role_that_may_not_be_assumed(self):
        self.cloud.control("role", arn=ROLE, trust=[])
        self.neither({}, profiles(mode="RamRoleArn", **KEYS, **ASSUMING))
        self.neither({"ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}, ini(
            f"type = ram_role_arn\n{INI_KEYS}role_arn = {ROLE}\nrole_session_name = tester\n"))

    def test_a_token_that_is_refused(self):
        self.neither(ENV_OIDC, {"oidc-token": "TESTONLYWRONGTOKEN"})

    def test_modes_that_a_person_has_to_log_in_for(self):
        """The vendor's library has them; a service cannot, and says what can."""
        for profile in ({"mode": "CloudSSO", "cloud_sso_sign_in_url": "https://signin.example.com/", "access_token": "x",
                         "cloud_sso_account_id": "1", "cloud_sso_access_config": "a",
                         "cloud_sso_access_token_expire": 4102444800},
                        {"mode": "OAuth", "oauth_site_type": "CN", "oauth_refresh_token": "x",
                         "oauth_access_token": "y", "oauth_access_token_expire": 4102444800}):
            self.assertIn("by which no service can log in", self.neither({}, profiles(**profile)))

    def test_metadata_without_a_token_where_that_is_forbidden(self):
        self.cloud.control("metadata", role="ecs-role", mode="no-token")
        self.neither({"ALIBABA_CLOUD_IMDSV1_DISABLED": "true"}, {})

    def test_an_instance_without_a_role(self):
        self.cloud.control("metadata")
        self.neither({}, {})

    def test_a_mode_that_does_not_exist(self):
        self.neither({}, profiles(mode="Telepathy", **KEYS))
