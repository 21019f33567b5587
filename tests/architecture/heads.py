#!/usr/bin/env python3
"""Every C file begins with a comment that says what it is: heads.py ROOT"""

import pathlib
import sys


def says_what_it_is(path):
    with path.open(encoding="utf-8") as lines:
        first = next(lines, "")
    return first.startswith("/* ") and len(first.split()) >= 4


def main():
    root = pathlib.Path(sys.argv[1])
    files = sorted(path for top in ("daemon", "tests") for path in (root / top).rglob("*.[ch]"))
    without = [path.relative_to(root).as_posix() for path in files if not says_what_it_is(path)]
    for file in without:
        print(f"{file}: the first line does not say what the file is")
    print(f"{len(files)} files, {len(without)} do not say what they are")
    return 1 if without or not files else 0


sys.exit(main())
