"""S9: secrets reach no log, no status, no file, no message. And where they may come from."""
import glob
import json
import os
import pathlib
import shutil
import urllib.parse

from harness.daemon import KEY_ID, KEY_SECRET, VarlinkError, eventually
from harness.scenario import CloudTest, due_policy

ID = "TESTONLYIDmarkerONE"
SECRET = "TESTONLY/secret+marker=TWO"
TOKEN = "TESTONLYtoken/marker+THREE==" * 12


def forms(secret):
    """A secret as it is, and as it would stand in a URL or in JSON."""
    return {secret, urllib.parse.quote(secret, safe=""), urllib.parse.quote(secret, safe="-_.~").lower(),
            json.dumps(secret)[1:-1], secret.replace("/", "\\/"), secret[:40]}


def spelt(member, secret):
    """A page with one set, where a secret is spelt by escapes of JSON, and so nowhere to be seen."""
    one = {"BackupId": "1", "DBClusterId": "amv-orders", "BackupStartTime": "2026-01-02T03:04Z", member: "@"}
    page = json.dumps({"TotalCount": 1, "PageNumber": 1, "RequestId": "R", "Items": {"Backup": [one]}})
    return page.replace("@", "".join("\\/" if c == "/" else f"\\u{ord(c):04x}" for c in secret))


class Secrets(CloudTest):
    # The service has another secret for the key, so that it refuses, and echoes what was signed.
    env = {"ALIBABA_CLOUD_ACCESS_KEY_ID": ID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
           "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN}

    def key(self, secret=SECRET):
        self.cloud.control("key", key=f"{ID}:{secret}:{TOKEN}")

    def everything(self, d):
        """All that a person, a log or another program can get to see."""
        seen = [d.said(), "\n".join(d.notified), json.dumps(d.varlink("Status")),
                json.dumps(d.varlink("Plan")), json.dumps(d.varlink("History")),
                json.dumps(d.varlink("Health"))]
        for path in glob.glob(d.state + "*"):
            seen.append(pathlib.Path(path).read_bytes().decode("latin-1"))
        for name in ("cmdline", "comm"):
            seen.append(pathlib.Path(f"/proc/{d.process.pid}/{name}").read_text())
        for method, parameters in (("Backup", {"cluster": SECRET}), ("Approve", {"cluster": "orders",
                                                                                "plan": "x"})):
            try:
                d.varlink(method, **parameters)
            except VarlinkError as e:
                seen.append(str(e).replace(SECRET, "as given") if method == "Backup" else str(e))
        for args in (("status",), ("plan",), ("history",), ("health",)):
            seen += [str(part) for part in d.ctl(*args)]
        return "\n".join(seen)

    def nothing_leaked(self, d, also=()):
        seen = self.everything(d)
        for secret in (SECRET, TOKEN, *also):
            for form in forms(secret):
                at = seen.lower().find(form.lower())
                if at >= 0:
                    self.fail(f"{form} leaked: {seen[max(at - 200, 0):at + 200]}")
        return seen

    def test_s9_an_echo_of_what_was_signed_is_not_repeated(self):
        self.key(secret="another")
        with self.daemon(env=self.env) as d:
            d.wait_said("SignatureDoesNotMatch")
            seen = self.nothing_leaked(d, also=[ID])
            for word in ("x-acs-security-token", "ACS3-HMAC-SHA256"):
                self.assertFalse(word in seen, word)
            self.assertIn("SignatureDoesNotMatch", d.status()["trouble"])

    def test_s9_a_reply_that_throws_our_secrets_back(self):
        """In messages, codes, request ids, set ids, statuses; for every kind of call."""
        self.key()
        self.seed(30, newest_h=40)
        echo = f"you said {SECRET} and {urllib.parse.quote(TOKEN, safe='')} and {TOKEN}"
        odd = [{"kind": "refuse", "message": echo}, {"kind": "refuse", "code": SECRET},
               {"kind": "status", "status": 500, "code": TOKEN, "message": echo},
               {"kind": "patch", "fields": {"RequestId": SECRET}},
               {"kind": "content", "body": echo}, {"kind": "content", "type": "text/html", "body": echo},
               {"kind": "patch", "fields": {"TotalCount": SECRET}},
               {"kind": "patch-set", "fields": {"BackupStatus": SECRET}},
               {"kind": "patch-set", "fields": {"BackupStartTime": SECRET}},
               {"kind": "patch-set", "fields": {"DBClusterId": SECRET}},
               {"kind": "patch-set", "fields": {"BackupRegion": SECRET}},
               {"kind": "content", "body": spelt("BackupStatus", SECRET)},
               {"kind": "content", "body": spelt("BackupRegion", TOKEN)},
               {"kind": "throttle", "code": f"Throttling.{SECRET}"}]
        with self.daemon(env=self.env, policy=due_policy()) as d:
            d.until("listed", complete=True)
            for fault in odd:
                with self.subTest(fault["kind"], fields=fault.get("fields")):
                    rule = self.cloud.fault(**fault)
                    d.varlink("Prune", cluster="orders", wait=True)
                    self.nothing_leaked(d)
                    self.cloud.control("fault-clear", rule=rule)

    def test_s9_debugging_tells_no_more(self):
        self.key()
        self.seed(30, newest_h=40)
        with self.daemon(env=self.env, policy=due_policy(), args=["--log-level", "debug"]) as d:
            d.wait_said("backup set .* is complete")
            self.nothing_leaked(d, also=[ID])

    def test_s9_no_core_is_dumped_and_no_other_process_looks_in(self):
        d = self.daemon(start=False, env={"ASAN_OPTIONS": "detect_leaks=0"})
        if os.geteuid() == 0 and shutil.which("setpriv"):  # of root's processes all are root's
            os.chmod(d.dir, 0o777)
            os.chmod(d.config, 0o644)
            os.chmod(d.env["NOTIFY_SOCKET"], 0o777)
            d.wrapper = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        with d.start():
            proc = pathlib.Path(f"/proc/{d.process.pid}")
            limit = next(x for x in (proc / "limits").read_text().split("\n") if "core file" in x)
            self.assertEqual(["0", "0"], limit.split()[4:6])
            if d.wrapper:
                self.assertEqual(0, (proc / "mem").stat().st_uid, "PR_SET_DUMPABLE is on")


class Sources(CloudTest):
    """$CREDENTIALS_DIRECTORY before the environment before files."""

    def started(self, env, files=None):
        d = self.daemon(start=False, env={"ALIBABA_CLOUD_ACCESS_KEY_ID": "",
                                          "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "", **env})
        for name, text in (files or {}).items():
            path = pathlib.Path(d.dir, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o600)
        d.env = {k: v.replace("DIR", d.dir) if k.endswith(("DIRECTORY", "FILE")) else v
                 for k, v in d.env.items()}
        return d.start()

    def works_as(self, key, d):
        d.until("listed", complete=True)
        self.assertEqual({key}, {c["access_key"] for c in self.cloud.log()})

    def test_the_service_managers_credentials_come_first(self):
        self.cloud.control("key", key="TESTONLYCRED:TESTONLYCREDSECRET:TESTONLYTOKEN")
        files = {"cred/access-key-id": "TESTONLYCRED\n", "cred/access-key-secret": "TESTONLYCREDSECRET\n",
                 "cred/security-token": "TESTONLYTOKEN\n"}
        env = {"CREDENTIALS_DIRECTORY": "DIR/cred", "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY_ID,
               "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY_SECRET}
        with self.started(env, files) as d:
            self.works_as("TESTONLYCRED", d)

    def test_a_rotated_key_is_in_force_at_once(self):
        files = {"cred/access-key-id": KEY_ID, "cred/access-key-secret": KEY_SECRET}
        with self.started({"CREDENTIALS_DIRECTORY": "DIR/cred"}, files) as d:
            self.works_as(KEY_ID, d)
            self.cloud.control("key", key="TESTONLYNEW:TESTONLYNEWSECRET")
            self.cloud.control("key", id=KEY_ID, inactive=True)
            pathlib.Path(d.dir, "cred/access-key-id").write_text("TESTONLYNEW", encoding="ascii")
            pathlib.Path(d.dir, "cred/access-key-secret").write_text("TESTONLYNEWSECRET", encoding="ascii")
            d.varlink("Prune", cluster="orders", wait=True)
            self.assertEqual("TESTONLYNEW", self.cloud.log()[-1]["access_key"])
            self.assertTrue(d.status()["complete"])

    def test_the_profile_file_of_the_command_line_tool(self):
        profile = {"current": "default", "profiles": [{"name": "default", "mode": "AK",
                   "access_key_id": KEY_ID, "access_key_secret": KEY_SECRET}]}
        with self.started({}, {".aliyun/config.json": json.dumps(profile)}) as d:
            self.works_as(KEY_ID, d)

    def test_the_ini_file(self):
        ini = (f"[default]\ntype = access_key\naccess_key_id = {KEY_ID}\n"
               f"access_key_secret = {KEY_SECRET}\n")
        with self.started({}, {".alibabacloud/credentials": ini}) as d:
            self.works_as(KEY_ID, d)

    def test_no_key_at_all_is_said_and_one_that_comes_is_taken(self):
        with self.started({}) as d:
            d.wait_said("<4>orders: the sets could not be listed: Credentials: no access key found")
            self.assertIn("Credentials", d.status()["trouble"])
            self.assertEqual([], self.cloud.log())
            path = pathlib.Path(d.dir, ".alibabacloud/credentials")
            path.parent.mkdir()
            path.write_text(f"[default]\naccess_key_id={KEY_ID}\naccess_key_secret={KEY_SECRET}\n"
                            "type=access_key\n", encoding="ascii")
            path.chmod(0o600)
            eventually("listed by itself", lambda: d.status()["complete"])

    def test_an_expired_token_is_said(self):
        self.cloud.control("key", key="TESTONLYSTS:TESTONLYSTSSECRET:TESTONLYTOKEN")
        self.cloud.control("key", id="TESTONLYSTS", expired=True)
        env = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "TESTONLYSTS", "ALIBABA_CLOUD_SECURITY_TOKEN": "TESTONLYTOKEN",
               "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "TESTONLYSTSSECRET"}
        with self.daemon(env=env) as d:
            d.wait_said("InvalidSecurityToken.Expired")
            self.assertIn("InvalidSecurityToken.Expired", d.status()["trouble"])
