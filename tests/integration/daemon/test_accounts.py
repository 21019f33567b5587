"""The accounts of the policy: each cluster calls by its own, a reload changes them all or none (S10),
and each keeps to its rate."""
import os
import socket

from harness.daemon import KEY_ID, eventually
from harness.scenario import CloudTest, policy

BURST_OF = {5: 1, 100: 25}  # a quarter of a second's worth of the rate


class Accounts(CloudTest):
    clusters = ("amv-a", "amv-b")

    def keys(self, d, name):
        """A file of the vendor's command line with keys that the cloud knows; its path."""
        key, secret = f"TESTONLYKEY{name}", f"TESTONLYSECRET{name}"
        self.cloud.control("key", key=f"{key}:{secret}")
        path = os.path.join(d.dir, f"{name}.ini")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as f:
            f.write(f"[default]\ntype = access_key\naccess_key_id = {key}\naccess_key_secret = {secret}\n")
        return path

    def text(self, second, **files):
        """amv-a uses the default account, amv-b the one of this name."""
        named = "".join(f"  {n}: {{login: ini, file: {f}}}\n" for n, f in files.items())
        body = policy(clusters=("amv-a",), more=f"  - {{id: amv-b, name: b, account: {second}}}\n")
        return body.replace("defaults:", f"accounts:\n{named}defaults:", 1)

    def callers(self, cluster, since=0):
        return {c["access_key"] for c in self.cloud.log(since) if c["params"]["DBClusterId"] == cluster}

    def last(self):
        return self.cloud.log()[-1]["n"]

    def test_each_cluster_calls_by_its_own_account(self):
        d = self.daemon(start=False)
        d.write_policy(self.text("prod", prod=self.keys(d, "PROD")))
        with d.start():
            for c in self.clusters:
                d.until("listed", cluster=c, complete=True)
            self.assertEqual({KEY_ID}, self.callers("amv-a"))
            self.assertEqual({"TESTONLYKEYPROD"}, self.callers("amv-b"))

    def test_an_account_that_a_reload_changes_is_used_from_then_on(self):
        d = self.daemon(start=False)
        d.write_policy(self.text("prod", prod=self.keys(d, "OLD")))
        with d.start():
            d.until("listed", cluster="amv-b", complete=True)
            self.cloud.fault("latency", where={"DBClusterId": "amv-b"}, args={"ms": 3000}, count=1)
            self.addCleanup(d.varlink_begin("Prune", cluster="amv-b").close)
            eventually("a call under way", lambda: self.cloud.log()[-1]["delivery"] == "pending")
            since = self.last()
            d.write_policy(self.text("prod", prod=self.keys(d, "NEW")))
            self.assertEqual(0, d.ctl("reload")[0])
            eventually("it is answered", lambda: self.cloud.log()[since - 1]["delivery"] == "answer")
            self.assertEqual(200, self.cloud.log()[since - 1]["status"])
            d.varlink("Prune", cluster="amv-b")
            eventually("another call", lambda: self.callers("amv-b", since))
            self.assertEqual({"TESTONLYKEYNEW"}, self.callers("amv-b", since))

    def test_a_cluster_changes_its_account_by_a_reload(self):
        d = self.daemon(start=False)
        files = {n.lower(): self.keys(d, n) for n in ("ONE", "TWO")}
        d.write_policy(self.text("one", **files))
        with d.start():
            d.until("listed", cluster="amv-b", complete=True)
            # The cloud's own policy is read right after the listing, by the account of then.
            eventually("nothing is under way", lambda: d.status("amv-b")["cloud_days"])
            since = self.last()
            d.write_policy(self.text("two", **files))
            self.assertEqual(0, d.ctl("reload")[0])
            d.varlink("Prune", cluster="amv-b")
            eventually("another call", lambda: self.callers("amv-b", since))
            self.assertEqual({"TESTONLYKEYTWO"}, self.callers("amv-b", since))

    def test_s10_a_reload_that_fails_changes_no_account(self):
        d = self.daemon(start=False)
        good = self.text("prod", prod=self.keys(d, "OLD"))
        d.write_policy(good)
        with d.start():
            d.until("listed", cluster="amv-b", complete=True)
            new = self.text("prod", prod=self.keys(d, "NEW"))
            taken = socket.create_server(("127.0.0.1", 0))
            self.addCleanup(taken.close)
            for bad in (self.text("absent", prod=self.keys(d, "NEW")),
                        new.replace("defaults:", "  bad: {endpoint: 'http://192.0.2.1'}\ndefaults:", 1),
                        f"metrics: {{listen: '127.0.0.1:{taken.getsockname()[1]}'}}\n{new}"):
                since = self.last()
                d.write_policy(bad)
                self.assertNotEqual(0, d.ctl("reload")[0])
                d.varlink("Prune", cluster="amv-b")
                eventually("another call", lambda: self.callers("amv-b", since))
                self.assertEqual({"TESTONLYKEYOLD"}, self.callers("amv-b", since))

    def test_an_account_keeps_to_its_rate_which_a_reload_changes(self):
        self.cloud.control("fleet", count=60, prefix="amv-", sets=1, every_s=86400)
        clusters = [f"amv-{n:05}" for n in range(1, 61)]
        slow = policy(clusters=clusters).replace("defaults:", "accounts:\n  default: {rate: 5}\ndefaults:", 1)
        with self.daemon(policy=slow) as d:
            at = eventually("calls", lambda: self.times(21))
            self.assertGreaterEqual(at[20] - at[0], (20 - BURST_OF[5]) / 5 * 0.95)
            d.write_policy(slow.replace("rate: 5", "rate: 100"))
            self.assertEqual(0, d.ctl("reload")[0])
            at = self.times(len(self.times(0)))
            eventually("all listed and asked for their policy", lambda: self.times(120))
            left = 120 - len(at)
            self.assertLess(self.times(120)[119] - at[-1], left / 5 / 2)

    def times(self, count):
        """When calls came; None if they are fewer than that."""
        found = [c["time_s"] for c in self.cloud.log()]
        return found if len(found) >= count else None
