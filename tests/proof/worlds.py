#!/usr/bin/env python3
"""Enumerates every small world against the specification, and then with one bug planted at a time:
worlds.py [--long] [--check] [--jobs N] [WORD...]

The bugs stand in planted.txt; WORD takes those with one of these words in the name, and no others are looked for then.
max_delete_percent applies from 3 sets up here, instead of 10. --check only sees whether each bug can be planted."""

import argparse
import concurrent.futures
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[0] / "mutation"))
from planted import read_table, texts_of
from variant import ROOT, Base, Variant

BUILD = ROOT / "build" / "proof"
SCALED = ("retention/plan.c", "#define PERCENT_FROM_SETS 10", "#define PERCENT_FROM_SETS 3")
# Families and how many sets a world has.
SHORT = [("kinds", 4), ("chains", 3), ("marks", 4), ("rules", 3), ("months", 4), ("zones", 4), ("shanghai", 4),
         ("batches", 3), ("few", 4), ("plain", 4), ("chain", 4)]
LONG = [("rules", 4), ("months", 5), ("zones", 5), ("shanghai", 5), ("few", 5), ("plain", 6), ("chain", 6)]
# Where a planted bug shows, the quickest first.
QUICK = [("plain", 4), ("zones", 2), ("months", 3), ("shanghai", 2), ("marks", 2), ("batches", 2), ("kinds", 2), ("few", 3),
         ("rules", 2), ("chain", 3), ("marks", 3), ("batches", 3), ("zones", 3), ("kinds", 3), ("chains", 3)]


def enumerate_worlds(program, family, sets, shard, shards):
    """Plans and batches that were compared, and what differs: "" for nothing."""
    plans, batches = 0, 0
    for n in range(1, sets + 1):
        done = subprocess.run([program, family, str(n), str(shard), str(shards)], check=False, cwd=ROOT,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            return plans, batches, done.stdout or f"ends with {done.returncode}"
        words = done.stdout.split()
        plans, batches = plans + int(words[0]), batches + int(words[2])
    return plans, batches, ""


def program_of(base, name, changes):
    return Variant(base, BUILD / "planted" / name, texts_of([SCALED, *changes])).program("worlds")


def all_worlds(base, pool, rows, jobs):
    program = program_of(base, "none", [])
    plans, batches, faults = 0, 0, 0
    tasks = {row: [pool.submit(enumerate_worlds, program, *row, i, jobs) for i in range(jobs)] for row in rows}
    for (family, sets), parts in tasks.items():
        results = [p.result() for p in parts]
        fault = next((r[2] for r in results if r[2]), "")
        plans, batches = plans + sum(r[0] for r in results), batches + sum(r[1] for r in results)
        faults += fault != ""
        print(f"  {family:<9} of up to {sets} sets: {sum(r[0] for r in results):>10} plans, "
              f"{sum(r[1] for r in results):>10} batches  {fault}", flush=True)
    return plans, batches, faults


def find(base, number, changes):
    """Where the planted bug shows first; None if nowhere."""
    program = program_of(base, str(number), changes)
    for family, sets in QUICK:
        fault = enumerate_worlds(program, family, sets, 0, 1)[2]
        if fault:
            return f"{family} {sets}: {fault.splitlines()[0]}"
    return None


def find_all(base, pool, table):
    missed = 0
    tasks = [(name, pool.submit(find, base, i, changes)) for i, (name, changes) in enumerate(table)]
    for name, task in tasks:
        try:
            found = task.result()
        except (ValueError, subprocess.CalledProcessError) as e:
            found, name = None, f"{name}: cannot be made: {e}"
        missed += found is None
        print(f"  {name:<48} {'MISSED' if found is None else found[:80]}", flush=True)
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--long", action="store_true", help="of up to 6 sets")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("words", nargs="*", metavar="WORD")
    args = parser.parse_args()
    table = read_table(HERE / "planted.txt")
    texts_of([SCALED])
    if args.check:
        for _, changes in table:
            texts_of(changes)
        return 0
    began = time.monotonic()
    base = Base(BUILD, ["proof_worlds", "proof_days"], "-O2")
    plans = batches = faults = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        if not args.words:
            done = subprocess.run([base.program("days")], check=False, stdout=subprocess.PIPE, text=True)
            print(f"  {done.stdout}", end="", flush=True)
            plans, batches, faults = all_worlds(base, pool, SHORT + (LONG if args.long else []), args.jobs)
        table = [row for row in table if not args.words or any(w in row[0] for w in args.words)]
        missed = find_all(base, pool, table)
    print(f"worlds: {plans} plans and {batches} batches as specified, {len(table) - missed} of {len(table)} planted bugs "
          f"found, {time.monotonic() - began:.0f} s")
    return 1 if faults or missed or (not args.words and done.returncode) else 0


if __name__ == "__main__":
    sys.exit(main())
