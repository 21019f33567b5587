"""S2, S11: listings that do not fit together, and sets that cannot be judged."""
import re

from harness.daemon import VarlinkError, eventually
from harness.scenario import (CLUSTER, DAY, CloudTest, Judge, deletes, due_policy, expected, kept,
                              policy, there)

PAGE_FAULTS = [
    {"kind": "count-missing"},
    {"kind": "count-shrinks"},
    {"kind": "count-shrinks", "by": 1000},
    {"kind": "duplicate-id"},
    {"kind": "foreign-cluster"},
    {"kind": "lost-sets"},
    {"kind": "truncate", "at": 3000, "declared": False},
    {"kind": "patch", "fields": {"TotalCount": "many"}},
    {"kind": "patch", "fields": {"TotalCount": "-1"}},
    {"kind": "patch", "fields": {"TotalCount": "99999999999999999999"}},
    {"kind": "patch", "fields": {"PageNumber": "9"}},
    {"kind": "patch", "fields": {"PageNumber": None}},
    {"kind": "patch", "fields": {"Items": None}},
    {"kind": "patch", "fields": {"Items": {"Backup": [7]}}},
    {"kind": "patch", "fields": {"Items": {"Backup": {"BackupId": "1"}}}},
    {"kind": "patch-set", "fields": {"BackupId": None}},
    {"kind": "patch-set", "fields": {"BackupId": ""}},
    {"kind": "patch-set", "fields": {"BackupId": "1,2"}},
    {"kind": "patch-set", "fields": {"BackupId": {"$raw": "9007199254740993"}}},
    {"kind": "patch-set", "fields": {"ParentBackupId": 5}},
    {"kind": "patch-set", "fields": {"DBClusterId": None}},
    {"kind": "content", "body": ""},
    {"kind": "content", "body": "[]"},
    {"kind": "content", "body": "{}"},
    {"kind": "content", "body": '{"TotalCount": "1", "TotalCount": "0"}'},
    {"kind": "html"},
    {"kind": "refuse"},
    {"kind": "throttle"},
    # The last ones, since what follows them is listed in slices.
    {"kind": "truncate", "at": 3000},
    {"kind": "redirect"},
    {"kind": "status"},
    {"kind": "reset"},
]


class Pages(CloudTest):
    def spoiled(self, d, page, fault):
        """Lists anew with the fault on that page; it has to be seen."""
        rule = self.cloud.fault(action="DescribeBackups", where={"PageNumber": str(page)}, **fault)
        try:
            d.varlink("Prune", cluster="orders", wait=True)
            status = d.status()
            self.assertEqual((False, "trouble"), (status["complete"], status["state"]), status)
            self.assertTrue(status["trouble"])
            self.no_change_asked()
        finally:
            if self.before is not None:
                self.cloud.control("fault-clear", rule=self.before)
            self.before = rule

    def test_s2_a_listing_cut_at_any_page_deletes_nothing(self):
        """Every fault on every page, and not one good listing in between. The sets are of two weeks, so that
        the newest slice has as many pages as the whole window has."""
        self.cloud.control("seed", cluster=CLUSTER, count=250, every_s=5000, end_in_s=-20 * 3600)
        # Until the first of the faults under test is there.
        self.before = self.cloud.fault("refuse", action="DescribeBackups")
        with self.daemon() as d:
            d.wait_said("the sets could not be listed")
            for fault in PAGE_FAULTS:
                for page in (1, 2, 3):
                    with self.subTest(page=page, **fault):
                        if page == 1 and fault["kind"] == "count-shrinks" and "by" not in fault:
                            continue  # shows on the next page
                        self.spoiled(d, page, fault)
            eventually("STATUS= tells it", lambda: "1 in trouble" in d.status_text())
            self.cloud.control("fault-clear")
            d.varlink("Prune", cluster="orders")
            self.pruned(d)

    def test_s2_sets_that_come_and_go_between_pages(self):
        self.seed(250)
        self.cloud.fault("shift", action="DescribeBackups", where={"PageNumber": "1"}, op="remove")
        with self.daemon() as d:
            d.wait_said("the listing is in doubt after 3 readings, so nothing is deleted: .*changed")
            self.no_change_asked()
            self.cloud.control("fault-clear")
            d.varlink("Prune", cluster="orders")
            self.pruned(d)

    def test_s2_an_order_that_changes_between_pages(self):
        self.seed(250)
        self.cloud.fault("reshuffle", action="DescribeBackups")
        with self.daemon() as d:
            d.wait_said("the listing is in doubt after 3 readings, so nothing is deleted: .* twice")
            self.no_change_asked()

    def test_s2_a_duplicate_id_is_a_doubt(self):
        self.seed(60)
        twin = self.seed(1, newest_h=2000)[0]
        self.add(id=twin, duplicate=True, start_in_s=-3 * DAY)
        with self.daemon() as d:
            d.wait_said(f"set {twin} is listed twice")
            self.no_change_asked()

    def test_backups_go_on_where_the_pages_do_not_fit(self):
        self.seed(60, newest_h=40)
        self.cloud.fault("duplicate-id", action="DescribeBackups")
        with self.daemon(policy=due_policy()):
            eventually("a backup", lambda: self.cloud.log(action="CreateBackup"))
            self.assertEqual([], deletes(self.cloud))

    def test_an_empty_cluster_gets_its_first_backup(self):
        for shape in ("array", "no-list", "null", "absent"):
            with self.subTest(shape):
                self.cloud.control("remove-set", cluster=CLUSTER, all=True)
                self.cloud.switch(empty_items=shape)
                with self.daemon(policy=due_policy()) as d:
                    d.until("the first backup", sets=1, valid=1, state="well")
                    self.assertNotIn("could not be listed", d.said())


class Quarantine(CloudTest):
    odd = [
        ({"BackupStartTime": "2036-02-03T04:05Z"}, "future"),
        ({"BackupStartTime": "yesterday"}, "time"),
        ({"BackupStartTime": ""}, "time"),
        ({"BackupStartTime": None}, "time"),
        ({"BackupStartTime": 1795303470}, "time"),
        ({"BackupStartTime": "2026-02-30T00:00Z"}, "time"),
        ({"BackupStatus": "Archiving"}, "status"),
        ({"BackupStatus": ["Success"]}, "status"),
        ({"BackupStatus": 0}, "status"),  # the numbers of a sister product: 1 would be a valid set
        ({"BackupStatus": 1}, "status"),
        ({"BackupStatus": "1"}, "status"),
        ({"BackupRegion": "cn-beijing"}, "region"),
        ({"BackupType": "IncrementalBackup"}, "parent"),
        ({"BackupExpiredTime": "never"}, "time"),
    ]

    def test_s11_sets_that_cannot_be_judged_are_quarantined(self):
        """They count for nothing, are never deleted, and are told of."""
        self.seed(100)
        plain = kept(self.cloud.sets())
        odd = [self.add(start_in_s=-(300 + n) * DAY, fields=f) for n, (f, _) in enumerate(self.odd)]
        with self.daemon() as d:
            try:
                eventually("pruned", lambda: there(self.cloud) == plain | set(odd))
            except AssertionError:
                self.fail(f"have {sorted(there(self.cloud))}\nwant {sorted(plain)} and {odd}")
            status = d.status()
            self.assertEqual(len(odd), status["quarantined"], status)
            for identity in odd:
                d.wait_said(rf"set {identity} is quarantined \(never deleted")
            named = {i for call in deletes(self.cloud) for i in call}
            self.assertEqual(set(), named & set(odd))

    def test_s11_a_set_of_2036_moves_no_window(self):
        """Were it the newest, all that is younger than two days would be nothing."""
        keep = {"within": "20d"}
        self.seed(60)
        self.add(start_in_s=-60, fields={"BackupStartTime": "2036-11-21T00:00Z"})
        with self.daemon(policy=policy(keep=keep)) as d:
            d.until("pruned", quarantined=1, valid=20)
            eventually("gone", lambda: len(there(self.cloud)) == 21)

    def test_s11_ten_minutes_ahead_is_quarantined_two_are_not(self):
        self.seed(10)
        self.add(start_in_s=600)
        self.add(start_in_s=120, end_in_s=150)
        with self.daemon() as d:
            status = d.until("listed", complete=True)
            self.assertEqual((1, 11), (status["quarantined"], status["valid"]), status)

    def test_five_failed_sets_newer_than_all_good_ones(self):
        good = self.seed(40, newest_h=20 * 24)
        for n in range(5):
            self.add(start_in_s=-(n + 1) * 3 * DAY, state="failed")
        keep = {"last": 2}
        with self.daemon(policy=policy(keep=keep)) as d:
            self.pruned(d, keep)
            self.assertTrue(set(good[-2:]) <= there(self.cloud))

    def test_ids_beyond_2_to_the_53_and_the_64(self):
        """Neighbours that a double, or 64 bits, cannot tell apart."""
        keep, stay = {"last": 4}, []
        for base in (9007199254740992, 18446744073709551616):
            for n in range(6):
                identity = str(base + n)
                self.add(id=identity, start_in_s=-(400 if n % 2 else 10 + n) * DAY)
        self.seed(2)
        with self.daemon(policy=policy(keep=keep)) as d:
            self.pruned(d, keep)

    def test_ids_that_are_no_numbers(self):
        keep = {"last": 3}
        for n in range(9):
            self.add(id=f"rds-{n}.{'x' * n}_A", start_in_s=-(n + 1) * DAY)
        with self.daemon(policy=policy(keep=keep)) as d:
            self.pruned(d, keep)

    def test_a_status_that_runs_for_ever_is_not_valid(self):
        self.seed(20)
        running = self.add(start_in_s=-3000, state="running")
        with self.daemon(policy=policy(keep={"last": 1})) as d:
            self.pruned_but(d, {running})

    def pruned_but(self, d, more):
        want = expected(self.cloud.sets(), {"last": 1}) | more
        eventually("pruned", lambda: there(self.cloud) == want)
        Judge(self.cloud, keep={"last": 1}).judge()
