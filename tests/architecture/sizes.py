#!/usr/bin/env python3
"""Files and functions stay small: sizes.py EXCEPTIONS FOLDER...

Files of at most 500 lines, functions of at most 70 (from brace to brace) and of a cyclomatic
complexity of at most 12: one, and one for each if, for, while, switch (a table, so its cases do not
count), && and ||, and ?. EXCEPTIONS has a line for each that is larger, with the reason:
    folder/file.c[:function] file|lines|complexity LIMIT reason
"""

import pathlib
import re
import sys

LIMITS = {"file": 500, "lines": 70, "complexity": 12}

NOISE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
BRANCH = re.compile(r"\b(?:if|for|while|switch)\b|&&|\|\||\?")
NAME = re.compile(r"(\w+)\s*\(")


def blank(match):
    """Comments and strings go, line breaks stay."""
    return "\n" * match.group().count("\n") or " "


def functions(text):
    """Yields (name, lines, complexity). A body stands between braces in the first column."""
    lines = NOISE.sub(blank, text).splitlines()
    head, start = "", None
    for number, line in enumerate(lines):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start is not None:
            name = NAME.search(re.sub(r"__attribute__\s*\(\(.*?\)\)", "", head))
            body = "\n".join(lines[start:number])
            yield (name.group(1) if name else "?", number - start + 1, 1 + len(BRANCH.findall(body)))
            head, start = "", None
        elif start is None:
            head = "" if line.rstrip().endswith((";", "}")) or line.startswith("#") else head + line


def read_exceptions(path):
    found = {}
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            where, what, limit, reason = line.split(None, 3)
            found[where, what] = int(limit)
    return found


def main():
    exceptions = read_exceptions(pathlib.Path(sys.argv[1]))
    wrong, measured = 0, []
    for path in sorted(path for folder in sys.argv[2:] for path in pathlib.Path(folder).rglob("*.[ch]")):
        file, text = path.as_posix(), path.read_text(encoding="utf-8")
        measured.append((file, "file", text.count("\n")))
        for name, lines, complexity in functions(text):
            measured.append((f"{file}:{name}", "lines", lines))
            measured.append((f"{file}:{name}", "complexity", complexity))
    for where, what, value in measured:
        exception = exceptions.pop((where, what), None)
        limit = LIMITS[what] if exception is None else exception
        if value > limit:
            print(f"{where}: {what} {value}, the limit is {limit}")
            wrong += 1
        elif exception is not None and value <= LIMITS[what]:
            print(f"{where}: needs its exception for {what} no more")
            wrong += 1
    for where, what in exceptions:
        print(f"{where}: an exception for {what} of something that is not there")
        wrong += 1
    for what in LIMITS:
        values = sorted(value for _, kind, value in measured if kind == what) or [0]
        print(f"{what}: {len(values)} measured, median {values[len(values) // 2]}, "
              f"nine in ten up to {values[len(values) * 9 // 10]}, most {values[-1]}")
    return 1 if wrong or not measured else 0


sys.exit(main())
