#!/usr/bin/env python3
"""Changes one operator or constant of daemon/retention, daemon/outlook, daemon/pace and daemon/cycle at a time, and sees whether
a test notices. Prints the kill rate and the mutants that survive.

    ./dev mutate [--only TEXT] [--minutes N] [--log FILE] [--again] [--list]

A mutant is killed by the first test that fails, or if it does not compile. One that survives wants a
test, or a line in equivalent.txt that says why no test can tell it from the original. What was judged
is added to the log and not judged again, so that a run can be stopped at any time. Not part of
./dev test: all of them take hours."""
import argparse
import collections
import concurrent.futures
import fnmatch
import os
import pathlib
import random
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from schemata import schemata
from variant import ROOT, Base, Variant, run

FOLDERS = ("daemon/retention", "daemon/outlook", "daemon/pace", "daemon/cycle")
EQUIVALENT = ROOT / "tests/mutation/equivalent.txt"
# Tests that see each folder, in the order of their price. Only what they are linked with counts.
TESTS = ("retention_.*_test", "outlook_.*_test", "pace_.*test", "cycle_.*_test", "retention_.*_property", "outlook_.*_property", "pace_property", "simulation")
# A mutant that takes more memory than this has been noticed.
MEMORY = "hard_rss_limit_mb=3000:detect_stack_use_after_return=1"
SANITIZE = " -fsanitize=address,undefined -fno-sanitize-recover=all"

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

Mutant = collections.namedtuple("Mutant", "path line begin end old new text key")


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
        text = lines[number].strip()
        # Known again where other lines of the file change.
        same = sum(line.strip() == text for line in lines[:number])
        old = " ".join(source[begin:end].split())
        key = f"{path} | {text} | {same} | {begin - starts[number]} | {old} -> {new}"
        found.append(Mutant(path, number + 1, begin, end, source[begin:end], new, text, key))

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


def cpu_s():
    """Of all programs that have ended."""
    used = os.times()
    return used.children_user + used.children_system


class Judge:
    """Runs the tests on mutants, those first that killed the last ones of the same file."""

    def __init__(self, work, mutants, tests, simulation, most_s, sanitize):
        self.base = Base(work / "base", tests, "-O1" + (SANITIZE if sanitize else ""))
        self.limit_memory = [] if sanitize else ["prlimit", f"--as={4 << 30}"]
        self.work = work
        self.simulation = simulation
        self.numbers = {m: n for n, m in enumerate(mutants, 1) if m.path.endswith(".c")}
        self.broken = set()
        texts = {path: self.schemata(path) for path in sorted({m.path for m in self.numbers})}
        self.all = Variant(self.base, work / "all", {str(ROOT / path): text for path, text in texts.items()})
        self.programs = {name: self.all.program(name) or self.base.program(name) for name in self.base.targets}
        self.orders, self.limit_s = {}, {}
        for name, target in self.base.tests.items():
            began = cpu_s()
            if not self.passes(name, self.programs[target]):
                raise SystemExit(f"{name} fails without any change")
            self.limit_s[name] = 5 * (cpu_s() - began) + 2
        self.cheap_first = sorted((n for n, s in self.limit_s.items() if (s - 2) / 5 <= most_s), key=self.limit_s.get)

    def schemata(self, path):
        """The source with all its mutants that compile; self.numbers loses those that it cannot hold."""
        source = (ROOT / path).read_text(encoding="utf-8")
        trial = self.work / "trial.c"
        words = [*self.base.compile[str(ROOT / path)][:-1], str(trial), "-fsyntax-only", "-w",
                 f"-I{(ROOT / path).parent}"]
        numbers = {n: m for m, n in self.numbers.items() if m.path == path}
        while True:
            text, taken = schemata(source, numbers)
            trial.write_text(text, encoding="utf-8")
            said = run(words, 600, {}, self.base.dir)[1]
            wrong = {int(n) for n in re.findall(r"^mutant-(\d+):.*error:", said, re.M)}
            if not wrong:
                break
            self.broken |= {numbers.pop(n) for n in wrong}
        for n, m in numbers.items():
            if n not in taken:
                del self.numbers[m]
        return text

    def passes(self, name, program, number=0):
        arguments = self.simulation if name == "simulation" else [name]
        return run([*self.limit_memory, program, *arguments], self.limit_s.get(name, 600), {"MUTANT": str(number), "ASAN_OPTIONS": MEMORY})[0] == 0

    def is_quick(self, mutant):
        return mutant in self.numbers

    def killer(self, mutant):
        """The test that notices, or "compiler"; None if it survives."""
        number, variant = self.numbers.get(mutant, 0), None
        if mutant in self.broken:
            return "compiler"
        if not number:
            path = str(ROOT / mutant.path)
            source = pathlib.Path(path).read_text(encoding="utf-8")
            try:
                variant = Variant(self.base, self.work / "mutant",
                                  {path: source[:mutant.begin] + mutant.new + source[mutant.end:]})
            except subprocess.CalledProcessError:
                return "compiler"
        order = self.orders.setdefault(mutant.path, list(self.cheap_first))
        linked = {}  # a program has the tests of many files, and is linked once
        for name in list(order):
            target = self.base.tests[name]
            if variant:
                program = linked[target] if target in linked else linked.setdefault(target, variant.program(target))
            else:
                program = self.programs[target] if self.base.links(target, str(ROOT / mutant.path)) else None
            if program and not self.passes(name, program, number):
                order.sort(key=lambda n: n != name)
                return name
        return None


def read_log(path):
    """What was judged before: killer or "survives" by key; the last word counts."""
    judged = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        killer, key = line.split("\t", 1)
        judged[key] = killer
    return judged


def report(mutants, judged, excused, every):
    found = collections.Counter(judged[m.key] for m in mutants if m.key in judged)
    for m in mutants:
        if judged.get(m.key) == "survives":
            print(f"survives: {m.path}:{m.line}: {m.old} -> {m.new or 'nothing'}: {m.text}")
    counted = sum(found.values()) - found["compiler"]
    killed = counted - found["survives"]
    print(f"{every} mutants in all, {excused} of those chosen listed as equivalent")
    print(f"{sum(found.values())} of the other {len(mutants)} judged: {found['compiler']} do not compile; "
          f"{killed} of {counted} killed ({100 * killed / max(counted, 1):.1f}%), {found['survives']} survive")
    print("killed by: " + ", ".join(f"{name} {n}" for name, n in found.most_common()
                                    if name not in ("compiler", "survives")))
    return found["survives"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="mutants whose FILE:LINE contains this")
    parser.add_argument("--tests", default=",".join(TESTS), help="the tests to run, by patterns of their names")
    parser.add_argument("--simulation", default="--seeds 60 --jobs 1 --first", help="arguments of the simulation")
    parser.add_argument("--most-seconds", type=float, default=1000, help="leave tests out that take longer each")
    parser.add_argument("--sanitize", action="store_true", help="see bad memory accesses too; twice as slow")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="tests at a time")
    parser.add_argument("--minutes", type=float, default=0, help="begin none after so long")
    parser.add_argument("--again", action="store_true", help="judge those again that survived")
    parser.add_argument("--log", default=str(ROOT / "build/mutation/log"))
    parser.add_argument("--work", default=str(ROOT / "build/mutation"), help="a directory of its own for each run at a time")
    parser.add_argument("--list", action="store_true", help="print the mutants and what is known, and run nothing")
    args = parser.parse_args()

    rules, log = equivalents(), pathlib.Path(args.log)
    every = [m for folder in FOLDERS for f in sorted((ROOT / folder).glob("*.[ch]"))
             for m in mutants_of(str(f.relative_to(ROOT)))]
    chosen = [m for m in every if args.only in f"{m.path}:{m.line}"]
    mutants = [m for m in chosen if not is_equivalent(m, rules)]
    judged = read_log(log)
    if not args.list:
        work = pathlib.Path(args.work).resolve()
        work.mkdir(parents=True, exist_ok=True)
        rest = [m for m in mutants if m.key not in judged or (args.again and judged[m.key] == "survives")]
        judge = Judge(work, rest, args.tests.split(","), args.simulation.split(), args.most_seconds, args.sanitize)
        began = time.monotonic()
        random.Random(1).shuffle(rest)  # cut short, it is a fair sample

        def judge_one(mutant):
            if args.minutes and time.monotonic() - began > args.minutes * 60:
                return
            judged[mutant.key] = judge.killer(mutant) or "survives"
            with log.open("a", encoding="utf-8") as out:  # one short write: lines do not mix
                out.write(f"{judged[mutant.key]}\t{mutant.key}\n")
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            list(pool.map(judge_one, filter(judge.is_quick, rest)))
        for mutant in rest:
            if not judge.is_quick(mutant):
                judge_one(mutant)
    return 1 if report(mutants, judged, len(chosen) - len(mutants), len(every)) else 0


if __name__ == "__main__":
    sys.exit(main())
