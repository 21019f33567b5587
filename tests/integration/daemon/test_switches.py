"""Every answer to every question that the API's documentation leaves open: the daemon's work ends the
same, or it holds and says so."""
import json
import subprocess
import time

from harness.daemon import eventually
from harness.scenario import CLUSTER, DAY, CloudTest, Judge, deletes, due_policy, expected, ids, policy, seconds, there
from harness.simulator import program


def table():
    out = subprocess.run([str(program()), "--switches", "--json"], capture_output=True, check=True)
    return json.loads(out.stdout)


# An error that no client knows, for the switches that take any.
ANY_ERROR = "403:Some.NewCode"


class Scenario(CloudTest):
    """120 daily sets, incremental ones, failed ones, a backup that is due, and all that the policy does
    not keep to be deleted."""

    def setUp(self):
        pass

    def begin(self, **switches):
        self.https = switches.get("need_ssl") == "on"
        super().setUp()
        self.cloud.switch(**switches)
        self.seed(120, newest_h=40)
        old = self.add(start_in_s=-100 * DAY - 4000)
        self.add(start_in_s=-100 * DAY + 4000, parent=old, type="IncrementalBackup")
        base = self.add(start_in_s=-90 * DAY - 4000)
        self.top = self.add(start_in_s=-44 * 3600, parent=base, type="IncrementalBackup")
        self.add(start_in_s=-30 * DAY, state="failed")
        self.add(start_in_s=-2 * DAY, state="failed")

    def unlisted(self):
        """What no listing shows cannot be deleted."""
        return ids(s for s in self.cloud.sets() if not s["listed"] and not s["deleting"])

    def lives_with(self, **switches):
        self.begin(**switches)
        with self.daemon(policy=due_policy()) as d:
            d.wait_said("backup set .* is complete")
            want = expected(self.cloud.sets()) | self.unlisted()
            try:
                eventually("pruned", lambda: there(self.cloud) == want, every=0.2)
            except AssertionError:
                have = there(self.cloud)
                self.fail(f"{switches}: too many {sorted(have - want)}, missing {sorted(want - have)}")
            time.sleep(0.5)
            self.assertIn(d.status()["state"], ("well", "pruning"), d.status()["trouble"])
        Judge(self.cloud).judge(backups=1)


class Each(Scenario):
    """Each switch at each value, alone."""


def add_tests():
    for row in table():
        for value in row["values"]:
            if value == row["default"] and row["name"] != "visible-at":
                continue
            value = ANY_ERROR if value == "STATUS:CODE" else value
            switches = {row["name"].replace("-", "_"): value}
            if row["name"] == "status-field":  # else nothing tells a failed set from a valid one
                switches["failed_listed"] = "no"
            if row["name"] == "delete-in-log":
                switches["log_backup"] = "on"

            def test(self, switches=switches):
                self.lives_with(**switches)

            test.__doc__ = row["fact"]
            name = f"{row['name']}_is_{value}".replace("-", "_")
            setattr(Each, f"test_{name}", test)


add_tests()


class Together(Scenario):
    """Answers that could mislead together."""

    def test_no_status_and_no_end_time_while_running(self):
        """A running set has to be told from a valid one by its end alone."""
        self.begin(status_field="absent", running_end_time="empty", failed_listed="no")
        self.cloud.control("timing", backup_s=8)
        keep = {"last": 1}
        with self.daemon(policy=due_policy(keep=keep)) as d:
            eventually("called", lambda: self.cloud.log(action="CreateBackup"))
            d.varlink("Prune", cluster="orders")
            d.until("the running set is listed, and is not valid", sets=125, valid=124)
            self.assertEqual([], deletes(self.cloud))
            eventually("done", lambda: d.status()["running_backup"] is None)
        Judge(self.cloud, keep=keep).judge(backups=1)

    def test_nothing_but_what_is_required(self):
        self.lives_with(status_field="absent", expired_field="absent", running_listed="no",
                        failed_listed="no", counts="integer", time_format="second")

    def test_the_most_awkward_of_all(self):
        self.lives_with(visible_at="late", status_field="empty", failed_listed="no", order="shuffled", id_order="random",
                        id_kind="long", expired_format="local", delete_async="status-deleting",
                        delete_unknown_id="refuse-all", delete_again="refuse", delete_parent="refuse",
                        time_filter_edges="exclusive", time_filter="end", longest_window="31-days",
                        page_size_meaning="requested")


class Refusals(CloudTest):
    """DeleteBackups refused as a whole for one set: the others go all the same."""

    def refused_for(self, **switches):
        self.seed(60)
        running = self.add(start_in_s=-50 * DAY, state="running",
                           fields={"BackupStatus": "Success", "BackupEndTime": "2026-01-01T00:00Z"})
        self.cloud.switch(**switches)
        with self.daemon() as d:
            want = expected(self.cloud.sets()) | {running}
            try:
                eventually("the others are gone", lambda: there(self.cloud) == want)
            except AssertionError:
                self.fail(f"{switches}: {sorted(there(self.cloud) ^ want)}\n{d.told()}")
            d.wait_said(f"the cloud refuses to delete set {running}")
        Judge(self.cloud).judge()

    def test_one_bad_id_does_not_keep_the_others(self):
        self.refused_for(delete_mixed="all-or-nothing")

    def test_nor_does_it_where_the_others_go_and_yet_an_error_comes(self):
        self.refused_for(delete_mixed="partial")

    def test_sets_inside_the_log_that_the_cloud_keeps_do_not_keep_the_others(self):
        """Four a day: of each day of the log one is kept by us, and the other three by the cloud."""
        self.cloud.control("seed", count=60, every_s=6 * 3600)
        self.cloud.switch(log_backup="on", delete_in_log="refuse",
                          error_set_in_use="403:OperationDenied.BackupSetDeleteNotSupport")
        with self.daemon(policy=policy(keep={"last": 3})) as d:
            inside = ids(s for s in self.cloud.sets() if seconds(s["start"]) > time.time() - 7 * DAY)
            eventually("the others are gone", lambda: len(there(self.cloud) - inside) <= 1)
            self.assertLessEqual(inside, there(self.cloud))
            d.wait_said("the cloud refuses to delete set")

    def test_nor_where_the_code_is_one_that_nobody_knows(self):
        self.refused_for(delete_mixed="all-or-nothing", error_set_in_use="400:BackupSet.Busy")
