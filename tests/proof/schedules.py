#!/usr/bin/env python3
"""Runs the cycle under every schedule of one fault, with --long of two: schedules.py [--long]

Then with one bug of faulty.txt planted at a time, which one fault has to find."""

import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "mutation"))
from planted import read_table, texts_of
from variant import ROOT, Base, Variant

BUILD = ROOT / "build" / "proof"
JOBS = 2


def run(program, faults, shard, shards):
    """How many schedules, and what broke: "" for nothing."""
    done = subprocess.run([program, str(faults), str(shard), str(shards)], check=False, cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        return 0, (done.stdout.splitlines() or ["it crashes"])[-1]
    return int(re.search(r"^(\d+) schedules", done.stdout, re.M).group(1)), ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--long", action="store_true", help="two faults: half an hour")
    args = parser.parse_args()
    began = time.monotonic()
    base = Base(BUILD, ["proof_schedules"], "-O2")
    table, found = read_table(HERE / "faulty.txt"), 0
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        results = list(pool.map(lambda i: run(base.program("schedules"), 2 if args.long else 1, i, JOBS), range(JOBS)))
        broken = [text for _, text in results if text]
        tasks = []
        for i, (name, changes) in enumerate(table):
            variant = Variant(base, BUILD / "faulty" / str(i), texts_of(changes)).program("schedules")
            tasks.append((name, pool.submit(run, variant, 1, 0, 1)))
        for name, task in tasks:
            text = task.result()[1]
            found += text != ""
            print(f"  {name:<48} {text[:100] or 'MISSED'}", flush=True)
    for text in broken:
        print(f"  {text}")
    print(f"schedules: {sum(n for n, _ in results)} of faults, {len(broken)} of {JOBS} parts break a promise, "
          f"{found} of {len(table)} planted bugs found, {time.monotonic() - began:.0f} s")
    return 1 if broken or found < len(table) else 0


if __name__ == "__main__":
    sys.exit(main())
