"""Every kind of fault, during every kind of call: the promises hold meanwhile, and when the fault ends,
all is done that was due (L1)."""
import json
import subprocess
import time

from harness.daemon import HANG_S, eventually
from harness.scenario import CLUSTER, CloudTest, Judge, deletes, due_policy, expected, policy, there
from harness.simulator import program

# What a kind needs to be told; one rule each otherwise. `None`: not for this kind of call.
ARGS = {
    "latency": [{"ms": 1500, "when": "before"}, {"ms": 1500, "when": "after"}],
    "status": [{"status": n, "when": w} for n in (500, 502, 503, 504, 408) for w in ("before", "after")],
    "reset": [{"how": h, "when": w} for h in ("rst", "close") for w in ("before", "after")],
    "hang": [{"when": "before"}, {"when": "after"}],
    "html": [{"when": "before"}, {"when": "after"}],
    "content": [{"body": b, "when": w} for b in ("", "null", "[]", "{", '{"RequestId":7}')
                for w in ("before", "after")],
    "throttle": [{"retry_after_ms": 3000}, {"rate_limit_ms": 3000}, {"code": "Throttling", "status": 429}],
    "refuse": [{"code": c, "status": s} for c, s in (
        ("NoPermission", 403), ("IncorrectDBInstanceState", 400), ("Some.NewCode", 418))],
    "redirect": [{}, {"status": 301}, {"status": 307}],
    "truncate": [{"at": 0}, {"at": 15}, {"at": 15, "declared": False}],
    "slow": [{"bytes": 400, "ms": 50}],
    "date": [{"shift_s": 7200}, {"absent": True}],
    "patch": [{"fields": {"RequestId": None}}, {"fields": {"Code": "InternalError", "Message": "x"}}],
    "patch-set": [{"fields": {"BackupId": "x y"}}],
    "backup-fails": [{}, {"after_s": 0}],
    "backup-takes": [{"seconds": 4}],
    "delete-never": [{}, {"stuck": True}],
    "delete-takes": [{"seconds": 4}],
}


def kinds():
    out = subprocess.run([str(program()), "--faults", "--json"], capture_output=True, check=True)
    return [row["kind"] for row in json.loads(out.stdout)]


class During(CloudTest):
    """One cluster for each rule, all in one daemon, so that all is waited for at once."""

    def setUp(self):
        pass

    def begin(self, action, text):
        self.rules = []
        for kind in kinds():
            for args in ARGS.get(kind, [{}]):
                self.rules.append((f"amv-{len(self.rules)}", {"kind": kind, **args}))
        self.clusters = [c for c, _ in self.rules]
        super().setUp()
        for c, rule in self.rules:
            self.cloud.control("seed", cluster=c, count=40, end_in_s=-40 * 3600)
            times = 1 if rule["kind"] in ("hang", "date") else 3  # these take long
            self.cloud.fault(action=action, where={"DBClusterId": c}, count=times, **rule)
        return self.daemon(policy=text(clusters=self.clusters))

    def judge(self, backups):
        for c, rule in self.rules:
            with self.subTest(c, **rule):
                Judge(self.cloud, c).judge(backups=backups)

    def all_of(self, what, predicate, but=()):
        """Waits until it is true of every cluster whose rule is not of these kinds."""
        left = {c: rule for c, rule in self.rules if rule["kind"] not in but}
        end = time.monotonic() + HANG_S
        while left and time.monotonic() < end:
            time.sleep(0.5)
            state = {c["id"]: c["sets"] for c in self.cloud.state()["clusters"]}
            left = {c: rule for c, rule in left.items() if not predicate(c, state[c])}
        self.assertEqual({}, left, what)

    @staticmethod
    def pruned(_, sets):
        here = {s["id"] for s in sets if not s["gone"] and not s["deleting"]}
        return here == expected([s for s in sets if not s["gone"]])

    @staticmethod
    def backed_up(_, sets):
        return any(s["origin"] == "api" and s["state"] == "valid" for s in sets)

    def test_l1_faults_while_listing_end_and_all_is_done(self):
        """Three bad listings (with what they make of the backup), then good ones."""
        with self.begin("DescribeBackups", due_policy) as d:
            self.all_of("backed up", self.backed_up)
            self.all_of("pruned", self.pruned, but={"shift", "date"})
            for c, rule in self.rules:
                if rule["kind"] == "date":  # looked at again with the next refresh, or when asked to
                    d.varlink("Prune", cluster=c)
            self.all_of("pruned", self.pruned, but={"shift"})
        self.judge(backups=1)

    # These leave it open for hours whether there was an effect, or there was none to be seen.
    OPEN = {"status", "reset", "hang", "html", "content", "redirect", "patch",
            "truncate", "backup-never-appears", "backup-stuck", "backup-fails"}

    def test_l1_faults_while_a_backup_is_begun(self):
        """Those that are certain to be without an effect are called again, after minutes; here what is
        taken is taken once, and nothing is deleted while it is open."""
        with self.begin("CreateBackup", due_policy) as d:
            self.all_of("backed up", self.backed_up, but=self.OPEN | {"throttle", "refuse"})
            self.all_of("pruned", self.pruned, but=self.OPEN)
            for c, rule in self.rules:
                with self.subTest(c, **rule):
                    status = d.status(c)
                    begun = [s for s in self.cloud.sets(c, gone=True) if s["origin"] == "api"]
                    taken = any(s["state"] == "valid" for s in begun)
                    self.assertTrue(taken or status["running_backup"] or status["trouble"], status)
        for c, rule in self.rules:
            with self.subTest(c, **rule):
                Judge(self.cloud, c).judge(backups=3 if rule["kind"] == "backup-fails" else 1)

    def test_l1_faults_while_deleting(self):
        """What was certainly not carried out is called again; what may have been is under way for an
        hour. In neither case goes what the policy keeps."""
        late = {"status", "reset", "hang", "html", "content", "redirect", "truncate", "delete-never",
                "patch", "refuse", "throttle", "date"}
        with self.begin("DeleteBackups", policy) as d:
            self.all_of("pruned", self.pruned, but=late)
            self.all_of("pruned, or known not to be", lambda c, sets: self.pruned(c, sets) or
                        d.status(c)["deleting"] or d.status(c)["trouble"])
        self.judge(backups=0)

    def test_l1_refused_and_throttled_deletes_are_called_again(self):
        self.clusters = ["amv-throttle", "amv-refuse"]
        super().setUp()
        self.rules = [(c, {"kind": c[4:]}) for c in self.clusters]
        for c, rule in self.rules:
            self.cloud.control("seed", cluster=c, count=40)
            more = {"retry_after_ms": 3000} if c == "amv-throttle" else {}
            self.cloud.fault(action="DeleteBackups", where={"DBClusterId": c}, count=1, **rule, **more)
        with self.daemon(policy=policy(clusters=self.clusters)):
            self.all_of("pruned", self.pruned)
        calls = {c: [x["time_s"] for x in self.cloud.log(action="DeleteBackups")
                     if x["params"]["DBClusterId"] == c] for c in self.clusters}
        self.assertGreaterEqual(calls["amv-throttle"][1] - calls["amv-throttle"][0], 3)
        self.judge(backups=0)


class Always(CloudTest):
    def test_the_service_is_away_and_comes_back(self):
        """In the middle of the work; L1."""
        self.seed(300, newest_h=40)
        with self.daemon(policy=due_policy()) as d:
            d.wait_said("backup set .* is complete")
            self.cloud.fault("reset", when="before")
            d.varlink("Prune", cluster="orders", wait=True)
            self.assertEqual("trouble", d.status()["state"])
            self.cloud.control("fault-clear")
            d.until("well again", trouble=None)
            d.varlink("Prune", cluster="orders")
            asked = {i for call in deletes(self.cloud) for i in call}
            eventually("all asked for", lambda: d.status()["expired"] == 0)
            have, want = there(self.cloud), expected(self.cloud.sets())
            self.assertTrue(want <= have and have - want <= asked | have)
        Judge(self.cloud).judge(backups=1)

    def test_a_flaky_service(self):
        """One call in four goes wrong, in one way or another, for as long as it takes."""
        self.seed(60, newest_h=40)
        for n, rule in enumerate(({"kind": "status"}, {"kind": "throttle", "retry_after_ms": 500},
                                  {"kind": "truncate", "at": 30}, {"kind": "duplicate-id"})):
            self.cloud.fault(action="DescribeBackups", probability=0.07, seed=n + 1, **rule)
        with self.daemon(policy=due_policy()) as d:
            d.wait_said("backup set .* is complete")
            eventually("pruned", lambda: there(self.cloud) == expected(self.cloud.sets()))
        Judge(self.cloud).judge(backups=1)
