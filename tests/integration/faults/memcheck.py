#!/usr/bin/env python3
"""A day of the daemon under valgrind: no error, no leak. For programs without the sanitizers."""
import os
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.daemon import Daemon, eventually  # noqa: E402
from harness.scenario import CLUSTER, DAY, Judge, cloud, due_policy, expected, there  # noqa: E402

FAILED = 99


def scenario(cloud_, d):
    d.wait_said("backup set .* is complete")
    d.varlink("Prune", cluster="orders")
    eventually("pruned", lambda: there(cloud_, CLUSTER) == expected(cloud_.sets(CLUSTER)))
    for args in (("status",), ("plan",), ("history",), ("health",), ("plan", "orders", "--json"),
                 ("backup", "orders", "--wait"), ("prune", "orders", "--wait"), ("reload",)):
        d.ctl(*args)
    d.write_policy("version: 1\nclusters: [}\n")
    d.ctl("reload")
    d.write_policy(due_policy(keep={"last": 5}))
    d.ctl("reload")
    cloud_.fault("truncate", at=100, count=4, action="DescribeBackups")
    cloud_.fault("reset", how="rst", when="after", count=2)
    d.varlink("Prune", cluster="orders")
    d.until("the faults are over", complete=True)
    Judge(cloud_, keep={"last": 5}).judge()


def main():
    if not shutil.which("valgrind"):
        print("skipped: no valgrind")
        return 0
    with tempfile.TemporaryDirectory(prefix="retaind-memcheck-") as directory, cloud() as cloud_:
        cloud_.control("seed", cluster=CLUSTER, count=250, every_s=DAY, end_in_s=-144000)
        log = os.path.join(directory, "valgrind")
        d = Daemon(cloud_, policy=due_policy(), start=False)
        d.wrapper = ["valgrind", "--quiet", "--leak-check=full", "--show-leak-kinds=definite,indirect",
                     "--errors-for-leak-kinds=definite,indirect", "--track-fds=no",
                     f"--error-exitcode={FAILED}", f"--log-file={log}"]
        with d:
            d.start(wait=False)
            eventually("READY=1", lambda: "READY=1" in d.notified)
            scenario(cloud_, d)
            code = d.stop(timeout=60)
        with open(log, encoding="utf-8") as f:
            told = f.read()
        print(told or "valgrind found nothing", f"(exit {code})")
        return 1 if code or told else 0


if __name__ == "__main__":
    sys.exit(main())
