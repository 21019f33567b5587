"""S6: a clock in doubt stops the deletes, not the backups."""
import os
import time

from harness.daemon import BIN, eventually
from harness.scenario import CLUSTER, DAY, CloudTest, Judge, deletes, due_policy, policy

YEARS = 10 * 365 * DAY
WRONG_CLOCK = os.path.join(BIN, "../tests/wrongclock.so")


class Dates(CloudTest):
    """The service's Date header against our clock."""

    def held_by_the_clock(self, d, because):
        status = d.until("a listing whose clock is doubted", complete=True)
        self.assertIn("clock", [h["hold"] for h in status["holds"]], status)
        self.assertRegex(status["trouble"] or "", because)
        self.assertEqual([], deletes(self.cloud))
        d.wait_said("<4>orders: the clock is in doubt, so nothing is deleted")
        eventually("STATUS= tells it", lambda: "1 in trouble" in d.status_text())

    def test_s6_a_wrong_date_stops_deletes_but_not_backups(self):
        for n, date in enumerate([{"shift_s": 600}, {"shift_s": -600}, {"shift_s": YEARS},
                                  {"shift_s": -YEARS}, {"absent": True}, {"raw": "soon"}]):
            with self.subTest(**date):
                self.setUpAgain(n)
                self.seed(60, newest_h=40)
                self.cloud.fault("date", **date)
                with self.daemon(policy=due_policy()) as d:
                    d.wait_said("backup set .* is complete")
                    self.held_by_the_clock(d, "clock")
                    self.assertEqual(1, len(self.cloud.log(action="CreateBackup")))

    def setUpAgain(self, n):
        if n:
            self.cloud.stop()
            self.setUp()

    def test_s6_a_date_four_minutes_off_is_no_doubt(self):
        self.seed(60)
        self.cloud.fault("date", shift_s=240)
        with self.daemon() as d:
            self.pruned(d)

    def test_s6_a_doubt_between_two_pages_stops_the_deletes(self):
        self.seed(250)
        self.cloud.fault("date", shift_s=900, where={"PageNumber": "2"})
        with self.daemon() as d:
            self.held_by_the_clock(d, "clock")

    def test_s6_deletes_go_on_when_the_clocks_agree_again(self):
        self.seed(60)
        self.cloud.fault("date", shift_s=3600)
        with self.daemon() as d:
            self.held_by_the_clock(d, "clock")
            self.cloud.control("fault-clear")
            d.varlink("Prune", cluster="orders")
            self.pruned(d)


class Decades(CloudTest):
    """The whole world of the service is ten years off: as if our clock said 2036, or 2016."""

    def away(self, years_s, date_check):
        self.cloud.switch(date_check=date_check)
        self.cloud.control("clock", offset_s=years_s)
        self.seed(60, newest_h=40)
        with self.daemon(policy=due_policy()) as d:
            d.wait_said("backup set .* is complete")
            d.until("held", complete=True, running_backup=None)
            d.varlink("Prune", cluster="orders", wait=True)
            self.assertIn("clock", [h["hold"] for h in d.status()["holds"]] or ["clock"])
            self.assertIn("clock", d.status()["trouble"])
            self.assertEqual([], deletes(self.cloud))
            self.assertEqual(1, len([c for c in self.cloud.log(action="CreateBackup") if c["effect"]]))

    def test_s6_our_clock_ten_years_ahead(self):
        self.away(-YEARS, "off")

    def test_s6_our_clock_ten_years_behind(self):
        self.away(YEARS, "off")

    def test_s6_our_clock_ten_years_ahead_and_the_service_checks_dates(self):
        """It refuses what is signed over 15 minutes off, and tells its own time as it does."""
        self.away(-YEARS, "on")

    def test_s6_our_clock_ten_years_behind_and_the_service_checks_dates(self):
        self.away(YEARS, "on")

    def test_s6_a_jump_in_the_middle_and_back(self):
        self.seed(60)
        with self.daemon() as d:
            self.pruned(d)
            before = len(deletes(self.cloud))
            for years_s in (YEARS, -YEARS):
                self.cloud.control("clock", offset_s=years_s)
                for n in range(10):
                    self.cloud.control("add-set", cluster=CLUSTER, start_in_s=-YEARS - n * DAY - years_s)
                d.varlink("Prune", cluster="orders", wait=True)
                d.until("listed by its clock", complete=True)  # after it has refused ours
                self.assertIn("clock", d.status()["trouble"])
                self.assertEqual("done", d.varlink("Backup", cluster="orders", wait=True)["outcome"])
            self.assertEqual(before, len(deletes(self.cloud)))
            self.cloud.control("clock", offset_s=0)
            d.varlink("Prune", cluster="orders", wait=True)
            d.wait_said("orders: the clock is in doubt no more")
            # The cloud, whose clock was ahead, dropped sets that the policy keeps: that is told.
            self.assertNotIn("clock", d.status()["trouble"])
            self.assertIn("another hand", d.status()["trouble"])
        Judge(self.cloud).judge()


class OwnClock(CloudTest):
    """Our own clock is wrong, or is set while retaind runs; CLOCK_BOOTTIME goes on."""

    def off_by(self, offset_s, **more):
        d = self.daemon(start=False, **more)
        self.clock = os.path.join(d.dir, "clock")
        self.set(offset_s)
        d.env.update(LD_PRELOAD=os.path.realpath(WRONG_CLOCK), WRONG_CLOCK=self.clock,
                     ASAN_OPTIONS="verify_asan_link_order=0")
        return d.start()

    def set(self, offset_s):
        with open(self.clock + ".new", "w", encoding="ascii") as f:
            f.write(str(offset_s))
        os.rename(self.clock + ".new", self.clock)

    def test_s6_our_own_clock_says_2036(self):
        self.seed(60, newest_h=40)
        with self.off_by(YEARS, policy=due_policy()) as d:
            d.wait_said("backup set .* is complete")
            self.assertEqual([], deletes(self.cloud))
            self.assertIn("clock", d.status()["trouble"])

    def test_s6_our_own_clock_says_1970(self):
        self.seed(60, newest_h=40)
        with self.off_by(86400 - int(time.time()), policy=due_policy()) as d:
            d.wait_said("backup set .* is complete")
            self.assertEqual([], deletes(self.cloud))
            self.assertIn("clock", d.status()["trouble"])

    def test_s6_our_own_clock_is_set_back_and_forth_while_we_run(self):
        self.seed(20, newest_h=40)
        with self.off_by(0, policy=due_policy(keep={"last": 1000})) as d:
            d.wait_said("backup set .* is complete")
            for offset in (YEARS, -YEARS, 2 * DAY, -2 * DAY, 0):
                self.set(offset)
                d.write_policy(due_policy(keep={"last": 5 if offset else 1000}))
                d.varlink("Reload")
                d.varlink("Prune", cluster="orders", wait=True)
                self.assertEqual([], deletes(self.cloud), offset)
            self.assertLessEqual(len(self.cloud.log(action="CreateBackup")), 3, "S5")
