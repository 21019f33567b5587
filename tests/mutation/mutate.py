#!/usr/bin/env python3
"""Changes one operator or constant of daemon/retention and daemon/cycle at a time, and sees whether
a test notices. Prints the kill rate and the mutants that survive.

    ./dev mutate [--sample N] [--seed N] [--only TEXT] [--jobs N] [--list]

A mutant is killed by the first stage that fails: it does not compile, a unit test, a property test,
the simulation. One that survives wants a test, or a line in equivalent.txt that says why no test can
tell it from the original. Not part of ./dev test: all of them take hours."""
import argparse
import collections
import concurrent.futures
import fnmatch
import os
import pathlib
import queue
import random
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("daemon/retention", "daemon/cycle")
EQUIVALENT = ROOT / "tests/mutation/equivalent.txt"
# In the order of their price. Names of targets; the simulation gets arguments.
STAGES = (
    ("unit", ("retention_*_test", "cycle_*_test")),
    ("property", ("retention_*_property",)),
    ("simulation", ("simulation",)),
)

TOKEN = re.compile(r"""
    (?P<skip>/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*'
           | ^[ \t]*\#(?!define)(?:[^\n]*\\\n)*[^\n]* | ^[ \t]*\#define[ ]\w+(?:\([^)]*\))?
           | \b(?:0x[0-9a-fA-F]+|[0-9]+\.[0-9]+|[0-9]+[uUlL]+)\b
           | \b_Static_assert\b[^;]*; | [A-Za-z_]\w*(?:\s*(?=\())? )
  | (?P<number>\b[0-9]+\b)
  | (?P<operator>-> | << | >> | <= | >= | == | != | && | \|\| | \+\+ | -- | \+= | -= | [<>!+\-])
""", re.X | re.S | re.M)
SWAPS = {"<": ("<=", ">"), "<=": ("<",), ">": (">=", "<"), ">=": (">",), "==": ("!=",), "!=": ("==",),
         "&&": ("||",), "||": ("&&",), "+": ("-",), "-": ("+",), "+=": ("-=",), "-=": ("+=",),
         "++": ("--",), "--": ("++",)}
WORDS = {"true": ("false",), "false": ("true",), "return": (), "continue": (), "break": ()}

Mutant = collections.namedtuple("Mutant", "path line begin end old new text")


def mutants_of(path):
    """Every mutant of one file, in the order of the text."""
    source = (ROOT / path).read_text(encoding="utf-8")
    lines = source.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    found = []

    def add(begin, end, new):
        number = source.count("\n", 0, begin)
        found.append(Mutant(path, number + 1, begin, end, source[begin:end], new, lines[number].strip()))

    for m in TOKEN.finditer(source):
        token = m.group().strip()
        if m.lastgroup == "number":
            if not re.search(r"\[\s*$", source[max(0, m.start() - 3):m.start()]):  # not a size
                value = int(token)
                for new in (value + 1, value - 1) if value < 1000 else (value * 2, value // 2):
                    if new >= 0:
                        add(m.start(), m.end(), str(new))
        elif m.lastgroup == "operator":
            gap = source[:m.start()].rstrip()[-1:]
            binary = gap.isalnum() or gap in "_)]"
            if token == "!":
                add(m.start(), m.end(), "")
            elif token in SWAPS and (binary or token in ("++", "--")):
                for new in SWAPS[token]:
                    add(m.start(), m.end(), new)
        elif token in WORDS:
            for new in WORDS[token]:
                add(m.start(), m.end(), new)
            # An early way out: the one statement under a condition. Taken away, the rest goes on.
            if token in ("return", "continue", "break"):
                lead = source[:m.start()].rstrip()
                end = source.index(";", m.start())
                if lead.endswith(")") and "\n" in source[len(lead):m.start()]:
                    add(m.start(), end, "")
    return [m for m in found if not is_declaration(lines[m.line - 1], path)]


def is_declaration(line, path):
    """Of the headers only constants; attributes nowhere."""
    return "format(printf" in line or (path.endswith(".h") and "#define" not in line)


def equivalents():
    """Lines of `file | part of the line of code | old -> new | reason`; file and change may have
    wildcards."""
    rules = []
    for line in EQUIVALENT.read_text(encoding="utf-8").splitlines() if EQUIVALENT.exists() else []:
        if line.strip() and not line.startswith("#"):
            path, text, change, reason = [part.strip() for part in line.split(" | ", 3)]
            rules.append((path, text, change, reason))
    return rules


def is_equivalent(mutant, rules):
    change = f"{mutant.old} -> {mutant.new}".strip()
    return any(fnmatch.fnmatchcase(mutant.path, path) and text in mutant.text
               and fnmatch.fnmatchcase(change, wanted) for path, text, wanted, _ in rules)


class Worker:
    """A copy of the sources with a build directory of its own."""

    def __init__(self, number, base, simulation, sanitize):
        self.dir = base / str(number)
        self.build = self.dir / "build"
        self.simulation = simulation
        shutil.rmtree(self.dir, ignore_errors=True)
        shutil.copytree(ROOT, self.dir, ignore=shutil.ignore_patterns("build", ".git", "node_modules"))
        self.run("cmake", "-S", self.dir, "-B", self.build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
                 "-DCMAKE_C_FLAGS=-O2 -g0", f"-DRETAIND_SANITIZE={'ON' if sanitize else 'OFF'}", check=True)
        listed = self.run("ninja", "-C", self.build, "-t", "targets", "all", check=True).stdout
        names = re.findall(r"^([\w./-]+): phony$", listed, re.M)
        self.targets = {stage: [n for p in patterns for n in fnmatch.filter(names, p)]
                        for stage, patterns in STAGES}
        self.ninja(*[n for ns in self.targets.values() for n in ns], check=True)

    def run(self, *command, timeout=600, check=False):
        return subprocess.run([str(c) for c in command], cwd=self.dir, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=timeout, check=check)

    def ninja(self, *targets, check=False):
        return self.run("ninja", "-C", self.build, "-j", "1", *targets, check=check)

    def programs(self, stage):
        for name in self.targets[stage]:
            if stage == "simulation":
                yield [self.build / "bin/simulation", *self.simulation]
            else:
                yield [self.build / "tests" / name]

    def fails(self, stage, timeout, path=""):
        """The target of the stage that fails first; None: all pass."""
        for name, program in zip(self.targets[stage], self.programs(stage)):
            if "/cycle/" in path and name.startswith("retention_"):
                continue  # has nothing of the cycle in it
            try:
                if self.run(*program, timeout=timeout).returncode:
                    return name
            except subprocess.TimeoutExpired:
                return name
        return None

    def judge(self, mutant):
        """Which stage kills it; None: it survives."""
        path = self.dir / mutant.path
        original = path.read_text(encoding="utf-8")
        try:
            path.write_text(original[:mutant.begin] + mutant.new + original[mutant.end:], encoding="utf-8")
            for stage, _ in STAGES:
                if self.targets[stage] and self.ninja(*self.targets[stage]).returncode:
                    return "compiler"
                if self.fails(stage, 120 if stage == "simulation" else 60, mutant.path):
                    return stage
            return None
        finally:
            path.write_text(original, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=300, help="so many, spread evenly (0: all)")
    parser.add_argument("--seed", type=int, default=1, help="another sample")
    parser.add_argument("--only", default="", help="mutants whose FILE:LINE contains this")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--simulation", default="--seeds 12", help="arguments of the simulation; none: leave it out")
    parser.add_argument("--sanitize", action="store_true",
                        help="with ASan and UBSan, as in ./dev test: slower, and sees what only reads too far")
    parser.add_argument("--minutes", type=float, default=0, help="begin none after so long")
    parser.add_argument("--work", default=str(ROOT / "build/mutation"))
    parser.add_argument("--list", action="store_true", help="print the mutants, and run nothing")
    args = parser.parse_args()

    rules = equivalents()
    every = [m for folder in FOLDERS for f in sorted((ROOT / folder).glob("*.[ch]"))
             for m in mutants_of(str(f.relative_to(ROOT)))]
    chosen = [m for m in every if args.only in f"{m.path}:{m.line}"]
    excused = [m for m in chosen if is_equivalent(m, rules)]
    chosen = [m for m in chosen if not is_equivalent(m, rules)]
    if 0 < args.sample < len(chosen):
        step = len(chosen) / args.sample
        offset = random.Random(args.seed).random() * step
        chosen = [chosen[int(offset + i * step)] for i in range(args.sample)]
    if args.list:
        for m in chosen:
            print(f"{m.path}:{m.line}: {m.old} -> {m.new}: {m.text}")
        print(f"{len(every)} mutants, {len(excused)} of those chosen equivalent")
        return 0

    base = pathlib.Path(args.work)
    simulation = args.simulation.split()
    pool = [Worker(number, base, simulation, args.sanitize) for number in range(args.jobs)]
    for stage, _ in STAGES if simulation else STAGES[:-1]:
        while failing := pool[0].fails(stage, 300):  # says nothing of a mutant
            print(f"{failing} fails without any change: left out")
            for worker in pool:
                worker.targets[stage] = [name for name in worker.targets[stage] if name != failing]
    workers = queue.Queue()
    for worker in pool:
        if not simulation:
            worker.targets["simulation"] = []
        workers.put(worker)

    start = time.monotonic()
    kills, survivors, judged = collections.Counter(), [], 0

    def one(mutant):
        if args.minutes and time.monotonic() - start > args.minutes * 60:
            return mutant, "skipped"
        worker = workers.get()
        try:
            return mutant, worker.judge(mutant)
        finally:
            workers.put(worker)

    order = chosen[:]
    random.Random(args.seed).shuffle(order)  # cut short, it is still a fair sample
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as threads:
        for mutant, killer in threads.map(one, order):
            if killer == "skipped":
                continue
            judged += 1
            if killer:
                kills[killer] += 1
            else:
                survivors.append(mutant)
                print(f"survives: {mutant.path}:{mutant.line}: {mutant.old} -> {mutant.new or 'nothing'}: "
                      f"{mutant.text}", flush=True)
            if judged % 25 == 0:
                print(f"{judged} of {len(order)} after {time.monotonic() - start:.0f} s: {len(survivors)} survive",
                      file=sys.stderr, flush=True)
    counted = judged - kills["compiler"]
    killed = counted - len(survivors)
    print(f"{len(every)} mutants in all, {len(excused)} of those chosen listed as equivalent")
    print(f"{judged} judged in {time.monotonic() - start:.0f} s: {kills['compiler']} do not compile; "
          f"{killed} of {counted} killed ({100 * killed / max(counted, 1):.1f}%): "
          + ", ".join(f"{n} by {s}" for s, n in kills.most_common() if s != "compiler"))
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
