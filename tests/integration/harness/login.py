"""Every way to log in, as a person would have it set up: variables, files, and what the cloud has to know.

A way is used in a network of its own (isolated.py), where the endpoints and the metadata service have
their real names and addresses, and lead to the simulator."""
import json
import os
import pathlib
import tempfile

from harness import isolated
from harness.acs3 import Client
from harness.isolated import METADATA, Network

USER = "TESTONLYUSERKEY00000000"
OTHER = "TESTONLYOTHERKEY0000000"
STATIC = "TESTONLYSTATICSESSION00"
SECRET = "TESTONLYSECRET/with+odd=characters"
TOKEN = "TESTONLYTOKEN/with+odd~characters=="
OIDC_TOKEN = "eyTESTONLY.OIDCTOKEN.with-odd_characters"
ROLE = "acs:ram::1234567890123456:role/retaind"
SECOND = "acs:ram::1234567890123456:role/second"
ECS = "acs:ram::1234567890123456:role/ecs-role"
PROVIDER = "acs:ram::1234567890123456:oidc-provider/test"

ENV_AK = {"ALIBABA_CLOUD_ACCESS_KEY_ID": USER, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET}
ENV_OIDC = {"ALIBABA_CLOUD_ROLE_ARN": ROLE, "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": PROVIDER,
            "ALIBABA_CLOUD_OIDC_TOKEN_FILE": "HOME/oidc-token", "ALIBABA_CLOUD_ROLE_SESSION_NAME": "tester"}
KEYS = {"access_key_id": USER, "access_key_secret": SECRET}
ASSUMING = {"ram_role_arn": ROLE, "ram_session_name": "tester"}
INI_KEYS = f"access_key_id = {USER}\naccess_key_secret = {SECRET}\n"


def profiles(*found, current="default", **profile):
    """config.json of the vendor's command line tool; without a name a profile is `default`."""
    listed = [{"name": "default", **p} for p in (*found, *([profile] if profile else ()))]
    return {".aliyun/config.json": json.dumps({"current": current, "profiles": listed})}


def ini(text, section="default"):
    return {".alibabacloud/credentials": f"[{section}]\n{text}"}


class LoginTest(Network):
    """Keys, roles, tokens and sessions that the ways below need; and a home for their files."""

    region_hosts = ["sts.cn-hangzhou.aliyuncs.com", "sts-vpc.cn-hangzhou.aliyuncs.com",
                    "adb-vpc.cn-hangzhou.aliyuncs.com"]
    hosts = names = [isolated.HOST, "sts.aliyuncs.com", *region_hosts]

    def setUp(self):
        super().setUp()
        self.listen()
        self.metadata = isolated.Relay(METADATA, 80, self.cloud.url, plain=True)
        self.uri = isolated.Relay("127.0.0.1", 0, self.cloud.url, plain=True)
        control = self.cloud.control
        for key in (f"{USER}:{SECRET}", f"{OTHER}:{SECRET}", f"{STATIC}:{SECRET}:{TOKEN}"):
            control("key", key=key)
        control("key", id="TESTONLYACCESSKEYID00", remove=True)
        control("sts", reuse=True)  # who asks the same gets the same
        control("role", arn=ROLE, trust=[USER, ECS], oidc_provider=PROVIDER)
        control("role", arn=SECOND, trust=[ROLE])
        control("oidc", provider=PROVIDER, token=OIDC_TOKEN)
        home = tempfile.TemporaryDirectory(prefix="retaind-home-")
        self.addCleanup(home.cleanup)
        self.home = pathlib.Path(home.name)

    def lay(self, files):
        """Puts the files into the home, which is empty before. HOME in a text is its path."""
        uri = f"http://127.0.0.1:{self.uri.port}/credentials"
        for old in sorted(self.home.rglob("*"), reverse=True):
            old.rmdir() if old.is_dir() else old.unlink()
        for name, text in {"oidc-token": OIDC_TOKEN, **files}.items():
            path = self.home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("HOME", str(self.home)).replace("@URI@", uri), encoding="utf-8")
            path.chmod(0o700 if text.startswith("#!") else 0o600)

    def environment(self, env):
        """The test's own, without any login but `env`."""
        uri = f"http://127.0.0.1:{self.uri.port}/credentials"
        said = {k: v.replace("HOME", str(self.home)).replace("@URI@", uri) for k, v in env.items()}
        return {**{k: v for k, v in os.environ.items() if not k.startswith("ALIBABA_CLOUD_")},
                "HOME": str(self.home), **said}

    def since(self, number, **match):
        return self.cloud.log(since=number, **match)

    def last_number(self):
        return max((c["n"] for c in self.cloud.log()), default=0)

    def retaind(self, env, policy=None, **more):
        """A daemon that logs in so."""
        more.update({"policy": policy} if policy else {})
        environment = self.environment(env)
        wanted = {k: environment[k] for k in (*env, "HOME")}
        none = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ""}
        return self.daemon(env={**none, **wanted}, **more)

    def signed_with(self, calls):
        """The one key that all API calls were signed with."""
        keys = {c["access_key"] for c in calls if c["action"] == "DescribeBackups"}
        self.assertEqual(1, len(keys), calls)
        return keys.pop()

    def good(self, credentials):
        """Whether the cloud takes them."""
        client = Client(f"https://{isolated.HOST}", self.ca, key=credentials["accessKeyId"],
                        secret=credentials["accessKeySecret"], token=credentials.get("securityToken"))
        return client.backups("amv-orders").status == 200
