#!/usr/bin/env python3
"""Builds the simulation with one sabotage of the daemon at a time, and counts the seeds until it
breaks a promise: run.py [--seeds N] [--jobs N] [--log FILE] [WORD...]

The sabotages stand in sabotages.txt; WORD takes those with one of these words in the name. One that
the simulation does not find within its seeds is MISSED, and the exit status is 1."""

import argparse
import concurrent.futures
import pathlib
import re
import shlex
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = ROOT / "build" / "sabotage"
LIFE_S = 60  # no single life takes as long


def read_table(path):
    """Blocks of a name and lines `FILE: BEFORE => AFTER`; lines with # are comments."""
    table = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith((" ", "\t")):
            table.append((line.strip(), []))
            continue
        file, change = line.strip().split(": ", 1)
        before, after = re.split(r"\s=>(?:\s|$)", change, maxsplit=1)
        table[-1][1].append((file, before, after))
    return table


def sabotaged(source, before, after):
    """White space does not matter in what is looked for. Every place is changed."""
    pattern = r"\s+".join(re.escape(t) for t in before.split())
    changed, count = re.subn(pattern, lambda _: after, source)
    if count == 0:
        raise ValueError(f"not found: {before}")
    return changed


class Builder:
    """Compiles what is sabotaged, and links it with the rest of an ordinary build."""

    def __init__(self):
        subprocess.run(["cmake", "-S", ROOT, "-B", BUILD, "-G", "Ninja", "-DCMAKE_C_FLAGS_RELWITHDEBINFO=-O1"],
                       check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["ninja", "-C", BUILD, "simulation"], check=True, stdout=subprocess.DEVNULL)
        text = subprocess.run(["ninja", "-C", BUILD, "-t", "commands", "simulation"],
                              check=True, stdout=subprocess.PIPE, text=True).stdout
        commands = text.splitlines()
        self.link = shlex.split(commands[-1].removeprefix(": && ").removesuffix(" && :"))
        self.compile = {words[-1]: words for words in map(shlex.split, commands[:-1]) if words[-2] == "-c"}

    def build(self, number, changes):
        """The program with the changes."""
        into = BUILD / "sabotaged" / str(number)
        into.mkdir(parents=True, exist_ok=True)
        sources = {}
        for file, before, after in changes:
            path = str(ROOT / "daemon" / file)
            text = sources.get(path) or pathlib.Path(path).read_text(encoding="utf-8")
            sources[path] = sabotaged(text, before, after)
        link = list(self.link)
        for path, text in sources.items():
            words = list(self.compile[path])
            copy = into / pathlib.Path(path).name
            copy.write_text(text, encoding="utf-8")
            words[-1] = str(copy)
            at = words.index("-o") + 1
            link[link.index(words[at])] = words[at] = str(copy) + ".o"
            for flag in ("-MF", "-MT"):
                words[words.index(flag) + 1] = str(copy) + ".d"
            subprocess.run(words + ["-w"], cwd=BUILD, check=True)
        link[link.index("-o") + 1] = str(into / "simulation")
        subprocess.run(link, cwd=BUILD, check=True)
        return into / "simulation"


def seeds_until_found(program, seeds):
    """The seed that finds it, and what it says of it. None, "" if none does."""
    last, began = [0], time.monotonic()
    with subprocess.Popen([program, "--seeds", str(seeds)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace") as run:
        guard = threading.Timer(LIFE_S + seeds, run.kill)
        guard.start()
        try:
            for line in run.stdout:
                found = re.match(r"seed (\d+) breaks (.*)", line)
                if found:
                    run.kill()
                    return int(found.group(1)), found.group(2)
                last.append(line.strip())
        finally:
            guard.cancel()
    if run.returncode:
        return 0, f"the program ends with {run.returncode} after {time.monotonic() - began:.0f} s: {last[-1]}"[:100]
    return None, ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=300, help="the simulation's budget")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("words", nargs="*", metavar="WORD")
    args = parser.parse_args()
    table = [(name, changes) for name, changes in read_table(pathlib.Path(__file__).parent / "sabotages.txt")
             if not args.words or any(w in name for w in args.words)]
    builder = Builder()

    def one(numbered):
        number, (name, changes) = numbered
        try:
            began = time.monotonic()
            seed, text = seeds_until_found(builder.build(number, changes), args.seeds)
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
