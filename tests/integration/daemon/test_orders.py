"""What people order by command: hold, release, protect, unprotect, and backups that are kept."""
import json
import os
import pathlib
import time
import unittest

from harness.daemon import eventually
from harness.scenario import DAY, CloudTest, deletes, ids, policy, there

LATER = "2031-01-01T00:00:00Z"
LAST = {"last": 1}


class Orders(CloudTest):
    clusters = ("amv-orders", "amv-users")

    def seed(self, count, cluster="amv-orders"):
        return self.cloud.control("seed", cluster=cluster, count=count, every_s=DAY, end_in_s=-3600)["ids"]

    def there(self):
        return there(self.cloud, "amv-orders")

    def ctl(self, d, *args, code=0):
        got, out, err = d.ctl(*args)
        self.assertEqual(code, got, out + err)
        self.assertEqual(1, len((out + err).strip().split("\n")), out + err)
        return (out + err).strip()

    def orders(self, d):
        return pathlib.Path(d.dir, "orders")


class Holds(Orders):
    def test_s7_a_hold_stops_deletes_and_no_backups_also_over_a_restart(self):
        self.seed(40)
        with self.daemon(policy=policy(keep=LAST), start=False) as d:
            self.cloud.fault("hang", action="DescribeBackups", count=1)
            d.start()
            said = self.ctl(d, "hold", "orders", "--reason", "the migration")
            self.assertRegex(said, r"^deletes of orders are held by \S+ \(uid \d+\) since \S+Z: the migration$")
            d.kill()
            d.start()
            d.until("listed", complete=True, expired=39)
            d.varlink("Backup", cluster="orders", wait=True)
            self.assertEqual([], deletes(self.cloud))
            c = d.status()
            self.assertEqual("held", c["state"])
            self.assertEqual("operator", [h for h in c["holds"] if h["hold"] != "grace"][0]["hold"])
            self.assertIn("the migration", [h["detail"] for h in c["holds"]][0])
            code, out, _ = d.ctl("health")
            self.assertEqual(1, code, out)
            self.assertIn("the migration", out)
            eventually("STATUS= tells it", lambda: "the migration" in d.status_text())
            self.assertIn("operator", d.plan()["holds"][0]["hold"])
            asked = [e for e in d.history("asked")]
            self.assertTrue(any("hold" in e["outcome"] and "uid" in e["reason"] for e in asked), asked)
            self.assertEqual("deletes of orders are released", self.ctl(d, "release", "orders"))
            eventually("they go", lambda: len(self.there()) == 1)
            self.assertIn("no hold of orders is in force", self.ctl(d, "release", "orders", code=1))

    def test_a_hold_of_all_holds_what_joins_later(self):
        self.seed(5)
        self.seed(5, "amv-users")
        both = policy(keep=LAST, clusters=("amv-orders", "amv-users"))
        with self.daemon(policy=policy(keep=LAST, safety="grace: 1d")) as d:
            self.assertRegex(self.ctl(d, "hold"), "^deletes of all clusters are held by")
            d.write_policy(both)
            d.varlink("Reload")
            for name in ("orders", "users"):
                d.varlink("Prune", cluster=name, wait=True)
                c = [c for c in d.json("status")["clusters"] if c["name"] == name][0]
                self.assertEqual("held", c["state"])
            self.assertEqual([], deletes(self.cloud))
            self.assertIn("still held with all clusters", self.ctl(d, "release", "users", code=1))
            self.ctl(d, "release")
            eventually("they go", lambda: len(deletes(self.cloud)) == 2)

    def test_s7_no_delete_call_comes_after_the_command_has_returned(self):
        """500 sets are five calls; the first hangs for a while when the hold is ordered."""
        self.seed(500)
        with self.daemon(policy=policy(keep=LAST), start=False) as d:
            self.cloud.fault("latency", action="DeleteBackups", args={"ms": 3000})
            d.start()
            eventually("the first call came", lambda: deletes(self.cloud))
            self.ctl(d, "hold", "orders")
            before = len(deletes(self.cloud))
            self.assertIn(before, (1, 2))
            d.varlink("Prune", cluster="orders", wait=True)
            d.varlink("Backup", cluster="orders", wait=True)
            d.kill()
            d.start()
            d.varlink("Prune", cluster="orders", wait=True)
            self.assertEqual(before, len(deletes(self.cloud)))

    def test_a_hold_ends_by_itself(self):
        self.seed(5)
        with self.daemon(policy=policy(keep=LAST, safety="grace: 1d"), start=False) as d:
            d.start()
            until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 5))
            self.assertIn(f"until {until}", self.ctl(d, "hold", "orders", "--until", until))
            d.write_policy(policy(keep=LAST))
            d.varlink("Reload")
            eventually("they go", lambda: len(self.there()) == 1)
            first = self.cloud.log(action="DeleteBackups")[0]
            self.assertGreaterEqual(time.time(), time.mktime(time.strptime(until, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone)
            self.assertTrue(first)

    def test_what_makes_no_sense_is_refused_in_one_line(self):
        self.seed(3)
        with self.daemon(policy=policy()) as d:
            d.until("listed", complete=True)
            last = self.ctl(d, "hold", "orders", "--until", "2020-01-01T00:00:00Z", code=1)
            self.assertIn("has passed", last)
            self.assertEqual(2, d.ctl("hold", "orders", "--until", "tomorrow")[0])
            self.assertIn("at most 200 bytes", self.ctl(d, "hold", "--reason", "x" * 201, code=1))
            self.assertIn("has passed", self.ctl(d, "backup", "orders", "--keep-until", "2020-01-01T00:00:00Z", code=1))
            self.assertIn("is not listed", self.ctl(d, "protect", "orders", "99999", code=1))
            self.assertIn("is not protected by command", self.ctl(d, "unprotect", "orders", "1001", code=1))
            self.assertEqual([], [e for e in d.history("asked")])
            self.assertEqual("well", d.status()["state"])
            self.assertEqual(2, len(self.orders(d).read_text().strip().split("\n")))


class Protections(Orders):
    def test_s7_a_protected_set_stays_over_a_restart_and_a_lost_state_file(self):
        self.seed(10)
        with self.daemon(policy=policy(keep=LAST, safety="grace: 1d, fresh_within: off, max_delete_percent: 100")) as d:
            d.until("listed", complete=True)
            one = sorted(ids(self.cloud.sets("amv-orders")))[3]
            said = self.ctl(d, "protect", "orders", one, "--until", LATER, "--reason", "the audit")
            self.assertRegex(said, f"set {one} of orders is protected by .* until {LATER}: the audit")
            shown = [s for s in d.plan()["sets"] if s["id"] == one][0]
            self.assertEqual("protect", shown["verdict"])
            self.assertRegex(shown["reason"], f"protected by .*uid.* since .* until {LATER}: the audit")
            d.stop()
            os.unlink(d.state)
            d.write_policy(policy(keep=LAST))
            d.start()
            eventually("the others go", lambda: len(self.there()) == 2)
            self.assertIn(one, self.there())
            self.ctl(d, "unprotect", "orders", one)
            eventually("it goes", lambda: len(self.there()) == 1)

    def test_protections_of_file_and_command_add_up_and_unlisted_ids_are_told(self):
        self.seed(6)
        sets = sorted(ids(self.cloud.sets("amv-orders")))
        extra = f"  protect: [\"{sets[0]}\", {{id: \"999\", until: {LATER}, reason: a slip}}]\n"
        text = policy(keep=LAST, extra=extra, safety="grace: 1d, fresh_within: off, max_delete_percent: 100")
        with self.daemon(policy=text) as d:
            d.wait_said("protect: set 999 is not listed")
            self.ctl(d, "protect", "orders", sets[1])
            d.write_policy(policy(keep=LAST, extra=extra))
            d.varlink("Reload")
            eventually("the others go", lambda: len(self.there()) == 3)
            self.assertLessEqual({sets[0], sets[1]}, self.there())
            self.assertIn("the policy file protects it", self.ctl(d, "unprotect", "orders", sets[0], code=1))
            d.varlink("Reload") # nothing of the commands is lost by it
            self.assertEqual("protect", [s for s in d.plan()["sets"] if s["id"] == sets[1]][0]["verdict"])

    def test_a_backup_is_kept_as_was_ordered_with_it(self):
        self.seed(2)
        with self.daemon(policy=policy(keep=LAST)) as d:
            d.until("listed", complete=True)
            code, out, err = d.ctl("backup", "orders", "--wait", "--keep-until", LATER, "--reason", "before 3.2", "--json")
            self.assertEqual(0, code, err)
            made = json.loads(out)["set"]
            d.wait_said(f"set {made} is protected")
            self.add()
            d.varlink("Prune", cluster="orders", wait=True)
            shown = [s for s in d.plan()["sets"] if s["id"] == made][0]
            self.assertEqual("protect", shown["verdict"])
            self.assertIn("before 3.2", shown["reason"])
            self.assertIn(made, self.there())


class Damage(Orders):
    def spoil(self, how):
        self.seed(5)
        with self.daemon(policy=policy(keep=LAST, safety="grace: 1d")) as d:
            d.until("listed", complete=True)
            self.ctl(d, "protect", "orders", sorted(ids(self.cloud.sets("amv-orders")))[0])
            d.stop()
            how(self.orders(d))
            d.write_policy(policy(keep=LAST))
            d.start()
            d.varlink("Prune", cluster="orders", wait=True)
            d.varlink("Backup", cluster="orders", wait=True)
            self.assertEqual([], deletes(self.cloud))
            detail = d.status()["holds"][0]
            self.assertEqual("operator", detail["hold"])
            self.assertIn("the file of orders", detail["detail"])
            self.assertEqual(1, d.ctl("health")[0])
            for command in (("hold",), ("protect", "orders", "1001"), ("release", "orders")):
                self.assertIn("Everything is held", self.ctl(d, *command, code=1))
            said = self.ctl(d, "release")
            eventually("they go", lambda: len(self.there()) == 1)
            return said

    def test_s15_a_damaged_file_of_orders_holds_everything(self):
        def damage(path):
            text = path.read_bytes()
            path.write_bytes(text.replace(b"protect", b"Protect"))
        self.assertRegex(self.spoil(damage), "what was ordered before may stand in .*orders.damaged-")

    def test_s15_a_lost_file_of_orders_holds_everything(self):
        self.assertIn("nothing is held or protected", self.spoil(os.unlink))

    def test_a_file_that_is_removed_meanwhile_is_written_anew(self):
        self.seed(5)
        with self.daemon(policy=policy(keep=LAST, safety="grace: 1d")) as d:
            d.until("listed", complete=True)
            self.ctl(d, "hold")
            before = self.orders(d).read_bytes()
            self.orders(d).unlink()
            d.wait_said("the file of orders .* is written anew")
            self.assertEqual(before, self.orders(d).read_bytes())

    def test_an_order_that_cannot_be_written_is_no_success(self):
        self.seed(5)
        with self.daemon(policy=policy(keep=LAST, safety="grace: 1d")) as d:
            d.until("listed", complete=True)
            os.mkdir(f"{self.orders(d)}.new")
            self.assertIn("cannot be written", self.ctl(d, "hold", code=1))
            self.assertEqual("well", d.status()["state"])


if __name__ == "__main__":
    unittest.main()
