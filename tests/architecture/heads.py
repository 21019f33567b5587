#!/usr/bin/env python3
"""Every C file begins with a comment that says what it is: heads.py ROOT

house.py says of which folders some do not yet, and how many."""

import collections
import pathlib
import sys

import house


def main():
    root, count = pathlib.Path(sys.argv[1]), 0
    without = collections.defaultdict(list)
    for path in sorted(path for top in ("daemon", "tests") for path in (root / top).rglob("*.[ch]")):
        file = path.relative_to(root)
        with path.open(encoding="utf-8") as lines:
            first = next(lines, "")
        count += 1
        if not first.startswith("/* ") or len(first.split()) < 4:
            without["/".join(file.parts[:2])].append(file.as_posix())
    wrong = 0
    for folder, files in without.items():
        if len(files) > house.UNHEADED.get(folder, 0):
            wrong += 1
            print(f"{folder}: {len(files)} files do not say in their first line what they are, "
                  f"{house.UNHEADED.get(folder, 0)} may:", *files)
    for folder in house.UNHEADED:
        if folder not in without:
            wrong += 1
            print(f"{folder}: all files say what they are; UNHEADED need not name it any more")
    print(f"{count} files, {sum(map(len, without.values()))} do not say what they are")
    return 1 if wrong or not count else 0


sys.exit(main())
