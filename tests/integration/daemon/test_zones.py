"""Time zones change: new files of tzdata are taken into use, also zones named inside a schedule, and a zone that
an upgrade removed stops neither the service nor its next start."""
import os
import pathlib
import shutil
import tempfile

from harness.daemon import eventually
from harness.scenario import CLUSTER, CloudTest, policy

ZONEINFO = pathlib.Path("/usr/share/zoneinfo")
ZONE = "Test/Town"  # in a folder of tzdata that is the test's own


class Zones(CloudTest):
    def setUp(self):
        super().setUp()
        self.seed(3, newest_h=0)  # so that no backup is due
        self.cloud.control("cluster", id=CLUSTER, retention_days=730)
        folder = tempfile.TemporaryDirectory(prefix="retaind-zones-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "Test").mkdir()
        shutil.copy(ZONEINFO / "zone.tab", self.folder)
        self.rules("Asia/Shanghai")

    def rules(self, name):
        """The zone has the rules of this one; the file is replaced as a package manager does."""
        shutil.copy(ZONEINFO / name, self.folder / "new")
        os.rename(self.folder / "new", self.folder / ZONE)

    def remove(self):
        (self.folder / ZONE).unlink()

    def zoned(self, text, **more):
        return self.daemon(policy=text, env={"TZDIR": str(self.folder)}, **more)

    @staticmethod
    def by_key():
        return policy(schedule='"*-*-* 02:00"').replace("  keep:", f"  timezone: {ZONE}\n  keep:", 1)

    @staticmethod
    def in_schedule():
        return policy(schedule=f'"*-*-* 02:00 {ZONE}"')

    @staticmethod
    def look(d):
        """The files are looked at once a minute, and whenever something happens in the policy's folder."""
        (pathlib.Path(d.config).parent / "unrelated").write_text("")

    def moved(self, d, old, new):
        d.wait_said(f"<5>time zone {ZONE}: its file has changed, and is in use")
        d.wait_said(rf"<5>orders: its schedule moves with .*due \S+T\d\d:00:00{new} instead of \S+T\d\d:00:00{old}")

    def test_new_rules_are_in_use_after_a_reload(self):
        for name, text, old, new in (("key", self.by_key(), r"\+08:00", r"\+09:00"),
                                     ("schedule", self.in_schedule(), "Z", "Z")):
            with self.subTest(name):
                self.rules("Asia/Shanghai")
                with self.zoned(text) as d:
                    d.until("listed", complete=True)
                    before = d.status()["next_backup"]
                    self.rules("Asia/Tokyo")
                    d.varlink("Reload")
                    self.moved(d, old, new)
                    self.assertNotEqual(before, d.status()["next_backup"])

    def test_new_rules_are_in_use_by_themselves(self):
        with self.zoned(self.in_schedule()) as d:
            d.until("listed", complete=True)
            self.rules("Asia/Tokyo")
            self.look(d)
            self.moved(d, "Z", "Z")
            self.assertTrue(d.varlink("Status")["status"]["policy"]["ok"])

    def test_an_edited_policy_is_not_loaded_with_new_rules(self):
        with self.zoned(self.by_key()) as d:
            d.until("listed", complete=True)
            self.rules("Asia/Tokyo")
            d.write_policy(self.in_schedule())
            d.wait_said("<4>the policy file was edited and is not loaded")
            self.assertNotIn("its file has changed", d.said())

    def test_new_rules_that_move_nothing_are_told_once(self):
        with self.zoned(self.by_key()) as d:
            d.until("listed", complete=True)
            self.rules("Asia/Taipei")  # the same now, by other bytes
            d.varlink("Reload")
            d.varlink("Reload")
            self.assertEqual(1, d.said().count("its file has changed"))
            self.assertNotIn("its schedule moves", d.said())

    def test_a_zone_that_an_upgrade_removed_stops_neither_service_nor_start(self):
        warning = rf"<4>there is no time zone '{ZONE}'.*; its last known rules are in use"
        with self.zoned(self.by_key()) as d:
            d.until("listed", complete=True)
            before = d.status()["next_backup"]
            self.remove()
            self.look(d)
            d.wait_said(warning)
            eventually("STATUS= tells it", lambda: "its last known rules" in d.status_text())
            self.assertEqual(["time_zone"], [w["warning"] for w in d.varlink("Status")["status"]["warnings"]])
            d.varlink("Reload")
            d.stop()
            for _ in range(2):  # what is known is not lost by a start without the file
                d.lines.clear()
                d.start()
                d.wait_said(warning)
                d.until("listed", complete=True)
                self.assertEqual(before, d.status()["next_backup"])
                d.stop()
            d.start()
            self.rules("Asia/Shanghai")
            self.look(d)
            d.wait_said("<5>no longer so: time_zone")

    def test_a_broken_zone_file_is_like_a_removed_one(self):
        with self.zoned(self.by_key()) as d:
            d.until("listed", complete=True)
            (self.folder / ZONE).write_text("half a file")
            self.look(d)
            d.wait_said("<4>.*its last known rules are in use")
            d.stop()
            d.start()

    def test_a_zone_that_nobody_knows_is_an_error(self):
        self.remove()
        with self.zoned(self.by_key(), start=False) as d:
            d.start(wait=False)
            self.assertEqual(78, d.process.wait())
            d.process = None
            d.wait_said(f"<3>.*there is no time zone '{ZONE}'")
