#!/usr/bin/env python3
"""Proves the contracts in the sources with Frama-C's WP: prove.py [--plant | --long | --provers]

The proofs that proved.txt remembers are replayed: each goal is made anew from the source and looked up. CVC4, where it is
installed, proves the goals that are not found; another member of a struct is enough to make some anew. With --provers
proved.txt is written. With --plant the bugs of broken.txt are planted, one at a time, and no proof may go through. With
--long all goals are proved anew first."""

import argparse
import concurrent.futures
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "mutation"))
from planted import read_table, texts_of
from variant import ROOT

PROVED = HERE / "proved.txt"
FRAMA_C = "25.0"  # the goals that another version makes have other names
PROVER = "CVC4:1.8"
CONFIG = '[main]\nmagic = 14\n[partial_prover]\nname = "CVC4"\npath = "/usr/bin/cvc4"\nversion = "1.8"\n'
# The files with contracts, the words of these, and the functions that are not proved, whose contracts, if any, are assumed:
# they handle strings, memory or variable arguments, or ask the zone.
FILES = [
    ("retention/batch.c", "batch.acsl", ["refuse", "is_full", "parent_of", "is_protected", "is_newer", "local_day",
                                         "log_begins", "plan_batch_is_safe", "memory_freep", "verdict_is_valid_set"]),
    ("time/civil.c", "civil.acsl", ["civil_iso_week", "civil_format_utc", "civil_parse_instant", "is_digit", "take",
                                    "take_digits", "take_letter", "take_date", "take_time", "take_offset"]),
]


def changed_function(before, after):
    """The name of the function that the first change lies in."""
    name = ""
    for old, new in zip(before.splitlines(), after.splitlines()):
        name = (re.match(r"\w[\w \*]*?\b(\w+)\(", old) or ["", name])[1]
        if old != new:
            return name
    return name


def prove(source, words, assumed, session, mode, timeout_s, only=()):
    """Goals that are proved, all of them, and the names of those that are not. What is remembered stands in session/cache."""
    with tempfile.TemporaryDirectory() as home:
        (pathlib.Path(home) / "why3.conf").write_text(CONFIG, encoding="utf-8")
        text = subprocess.run(
            ["frama-c", "-c11", "-machdep", "gcc_x86_64", "-cpp-extra-args=" + f"-I{ROOT}/daemon -D_GNU_SOURCE "
             f"'-DPROOF_WORDS=\"{HERE / words}\"'", "-wp", "-wp-rte", "-wp-skip-fct", ",".join(assumed),
             "-wp-prover", "cvc4", "-wp-timeout", str(timeout_s), "-wp-par", "2", "-wp-cache", mode, "-wp-session", str(session),
             *only, str(source)], cwd=home, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, env={"PATH": "/usr/bin:/bin", "HOME": home, "WHY3CONFIG": f"{home}/why3.conf"}).stdout
    found = re.search(r"Proved goals:\s+(\d+) / (\d+)", text)
    if not found:
        sys.exit(text[-2000:])
    open_goals = re.findall(r"Goal typed_(\S+)(?: : (?!Valid)|\s*$)", text, re.M)
    return int(found.group(1)), int(found.group(2)), open_goals


def unpack(cache):
    """A goal is remembered by its hash, with the seconds that it took."""
    for line in PROVED.read_text(encoding="utf-8").splitlines() if PROVED.exists() else []:
        if not line.startswith("#"):
            name, seconds = line.split()
            entry = {"prover": PROVER, "verdict": "valid", "time": float(seconds)}
            (cache / f"{name}.json").write_text(json.dumps(entry), encoding="utf-8")


def pack(caches):
    lines = ["# Goals that CVC4 has proved, by the hash of each, with the seconds that it took. Written by prove.py --provers."]
    for entry in sorted((e for cache in caches for e in cache.glob("*.json")), key=lambda e: e.name):
        # Not JSON, where OCaml writes a number that ends in a point.
        said = dict(re.findall(r'"(\w+)":\s*"?([^",}]*)', entry.read_text(encoding="utf-8")))
        if said["verdict"] == "valid" and said["prover"] == PROVER:
            lines.append(f"{entry.stem} {float(said.get('time', 0)):.2f}")
    PROVED.write_text("\n".join(lines) + "\n", encoding="utf-8")


def all_files(cache, folder, anew):
    """Goals that are proved, and all. Each file has its own copy of the cache; with anew only what it uses stays there."""
    def one(number):
        file, words, assumed = FILES[number]
        shutil.copytree(cache, folder / str(number) / "cache")
        mode = "cleanup" if anew else "update" if shutil.which("cvc4") else "offline"
        began = time.monotonic()
        done, all_goals, left = prove(ROOT / "daemon" / file, words, assumed, folder / str(number), mode, 300)
        print(f"  {file:<20} {done} of {all_goals} goals, {time.monotonic() - began:.0f} s  {' '.join(left[:5])}", flush=True)
        return done, all_goals

    with concurrent.futures.ThreadPoolExecutor() as pool:
        results = list(pool.map(one, range(len(FILES))))
    return sum(r[0] for r in results), sum(r[1] for r in results)


def plant(cache):
    """Bugs that a proof broke on, and all."""
    table = read_table(HERE / "broken.txt")
    found = 0
    known = {file: (words, assumed) for file, words, assumed in FILES}
    for name, changes in table:
        with tempfile.TemporaryDirectory() as folder:
            [(path, text)] = texts_of(changes).items()
            copy = pathlib.Path(folder) / pathlib.Path(path).name
            copy.write_text(text, encoding="utf-8")
            shutil.copytree(cache, f"{folder}/cache")
            words, assumed = known[changes[0][0]]
            function = changed_function(pathlib.Path(path).read_text(encoding="utf-8"), text)
            done, goals, left = prove(copy, words, assumed, folder, "update", 5, ["-wp-fct", function])
        found += done < goals
        print(f"  {name:<40} {f'{goals - done} goals open: ' + ' '.join(left)[:70] if done < goals else 'PROVED'}", flush=True)
    return found, len(table)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--provers", action="store_true", help="write proved.txt")
    parser.add_argument("--plant", action="store_true", help="plant the bugs of broken.txt")
    parser.add_argument("--long", action="store_true", help="prove all goals anew, and plant the bugs")
    args = parser.parse_args()
    for _, changes in read_table(HERE / "broken.txt"):
        texts_of(changes)
    version = subprocess.run(["frama-c", "-version"], check=False, stdout=subprocess.PIPE, text=True).stdout \
        if shutil.which("frama-c") else "none"
    if not version.startswith(FRAMA_C):
        print(f"proofs: they are remembered for Frama-C {FRAMA_C}, here is {version.strip()}: none was replayed")
        return 0
    began, planted = time.monotonic(), ""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        cache = folder / "cache"
        cache.mkdir()
        if not args.long:
            unpack(cache)
        proved, goals = all_files(cache, folder, args.provers)
        failed = proved < goals
        if args.provers and not failed:
            pack([folder / str(number) / "cache" for number in range(len(FILES))])
        if args.long or args.plant:
            found, bugs = plant(cache)
            failed = failed or found < bugs
            planted = f", {found} of {bugs} planted bugs break a proof"
    print(f"proofs: {proved} of {goals} goals{planted}, {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
