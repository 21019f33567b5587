#!/usr/bin/env python3
"""Builds the simulation with one sabotage of the daemon at a time, and counts the seeds until it
breaks a promise: run.py [--seeds N] [--jobs N] [--check] [WORD...]

The sabotages stand in sabotages.txt; WORD takes those with one of these words in the name. One that
the simulation does not find within its seeds is MISSED, and the exit status is 1."""

import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "mutation"))
from planted import read_table, texts_of
from variant import ROOT, Base, Variant, run

BUILD = ROOT / "build" / "sabotage"


def variant_of(base, number, changes):
    """The program with the changes."""
    return Variant(base, BUILD / "sabotaged" / str(number), texts_of(changes)).program("simulation")


def check(table):
    """Whether the sources still have what each would change."""
    stale = 0
    for name, changes in table:
        try:
            texts_of(changes)
        except ValueError as e:
            stale += 1
            print(f"{name}: {e}")
    print(f"{len(table) - stale} of {len(table)} sabotages can be made")
    return 1 if stale else 0


def find(program, seeds):
    """The seed that finds it, and what it says of it. None, "" if none does."""
    status, text = run([program, "--jobs", "1", "--first", "--seeds", str(seeds)], 60 + 2 * seeds)  # only a hang takes so long
    found = re.search(r"^seed (\d+) breaks (.*)", text, re.M)
    if found:
        return int(found.group(1)), found.group(2)
    return (0, "it crashes or does not end") if status else (None, "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2000, help="the budget: what the tests run")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--check", action="store_true", help="only see whether each, and those of ?, can be made")
    parser.add_argument("words", nargs="*", metavar="WORD")
    args = parser.parse_args()
    if args.check:
        return check(read_table(HERE / "sabotages.txt"))
    table = [(name, changes) for name, changes in read_table(HERE / "sabotages.txt")
             if any(w in name for w in args.words) or not (args.words or name.startswith("?"))]
    base = Base(BUILD, ["simulation"])

    def one(numbered):
        number, (name, changes) = numbered
        try:
            began = time.monotonic()
            seed, text = find(variant_of(base, number, changes), args.seeds)
            return name, seed, text, time.monotonic() - began
        except (ValueError, subprocess.CalledProcessError) as e:
            return name, None, f"cannot be made: {e}"[:150], 0

    missed = 0
    print(f"{'seeds':>6} {'s':>5}  {'sabotage':<58} found by")
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for name, seed, text, took_s in pool.map(one, enumerate(table)):
            missed += seed is None
            print(f"{'MISSED' if seed is None else seed:>6} {took_s:5.0f}  {name:<58} {text[:110]}", flush=True)
    print(f"{len(table) - missed} of {len(table)} sabotages found within {args.seeds} seeds")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
