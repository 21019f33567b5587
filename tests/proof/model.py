#!/usr/bin/env python3
"""Checks ha-model.pml with Spin: model.py [--long]

Each run of the table has options of the model and what is to come out: that the rule holds, or with a guard taken out
that a promise breaks. Without --long those alone that take a few seconds."""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
HOLDS, BREAKS = "holds", "breaks"
# Options, what is to come out, and whether it is quick.
RUNS = [
    ("EPOCHS=1", HOLDS, True),
    ("DELETE EPOCHS=1", HOLDS, True),
    ("STRICT EPOCHS=1", HOLDS, True),
    ("DELETE STRICT EPOCHS=1", HOLDS, True),
    ("EPOCHS=2", HOLDS, False),
    ("DELETE EPOCHS=2", HOLDS, False),
    ("STRICT EPOCHS=2", HOLDS, False),
    ("DELETE STRICT EPOCHS=2", HOLDS, False),
    ("EPOCHS=3", HOLDS, False),
    # The bounds of assumption X are sharp, up to the granularity of a tick.
    ("EPOCHS=2 SS=4", HOLDS, False),
    ("EPOCHS=2 SS=3", BREAKS, True),
    ("DELETE EPOCHS=2 GG=3", BREAKS, True),
    ("STRICT EPOCHS=2 LL=3", BREAKS, True),
    # Without the fence of the epoch, the intent, the look at the clock; with the look before the signature; with the
    # time counted from the answer; with the state read before the takeover; with no second look at the sign of life.
    ("NOFENCE EPOCHS=2", BREAKS, True),
    ("NOINTENT EPOCHS=2", BREAKS, True),
    ("NOCHECK EPOCHS=2", BREAKS, True),
    ("CHECKFIRST EPOCHS=2", BREAKS, True),
    ("REPLYTIME EPOCHS=2", BREAKS, True),
    ("LOADFIRST EPOCHS=2", BREAKS, False),
    ("STRICT NOBEATCMP EPOCHS=2", BREAKS, True),
    ("DELETE NOINTENT EPOCHS=2", BREAKS, True),
    ("DELETE NOFENCE EPOCHS=2", BREAKS, False),
    ("DELETE NOCHECK EPOCHS=2", BREAKS, False),
    ("DELETE CHECKFIRST EPOCHS=2", BREAKS, False),
    ("DELETE REPLYTIME EPOCHS=2", BREAKS, False),
]


def check(options, folder):
    """What comes out, and how many states were stored."""
    words = [f"-D{o}" for o in options.split()]
    subprocess.run(["spin", "-a", *words, str(HERE / "ha-model.pml")], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run(["gcc", "-O2", "-w", "-DSAFETY", "-DCOLLAPSE", "-DMEMLIM=3000", "-o", "pan", "pan.c"], cwd=folder,
                   check=True)
    text = subprocess.run(["./pan", "-m1000000", "-n"], cwd=folder, check=False, stdout=subprocess.PIPE,
                          text=True).stdout
    states = int(re.search(r"(\d+) states, stored", text).group(1))
    if "assertion violated" in text:
        return BREAKS, states
    # Cut short, by memory or depth, it shows nothing.
    whole = "errors: 0" in text and "Search not completed" not in text and "max search depth too small" not in text
    return HOLDS if whole else "is not searched whole", states


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--long", action="store_true", help="all runs: 4 GB of memory, ten minutes")
    args = parser.parse_args()
    if not shutil.which("spin"):
        print("model: this system has no Spin, nothing was checked")
        return 0
    began, wrong, states = time.monotonic(), 0, 0
    runs = [r for r in RUNS if args.long or r[2]]
    for options, expected, _ in runs:
        with tempfile.TemporaryDirectory() as folder:
            found, count = check(options, folder)
        wrong += found != expected
        states += count
        print(f"  {options:<28} {count:>10} states  {found}{'' if found == expected else ', not as it should'}", flush=True)
    print(f"model: {len(runs) - wrong} of {len(runs)} runs as they should be, {states} states, "
          f"{time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
