#!/usr/bin/env python3
"""Includes follow the arrows of house.py: includes.py DAEMON_FOLDER"""

import pathlib
import re
import sys

import house

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')


def allowed(name, rules):
    return any(name == rule or (rule.endswith("/") and name.startswith(rule)) for rule in rules)


def complaint(file, quote, name):
    """What is wrong with an include of `name` in `file` ("folder/file.c"), or None."""
    folder = file.split("/")[0]
    if quote == '"':
        if "/" not in name or name.startswith("."):
            return "own headers are included by folder"
        if name.startswith(folder + "/"):
            return None
        if folder in house.PURE and file not in house.NOT_PURE and name in house.NOT_FOR_PURE:
            return f"{name} is not for the pure folder {folder}/"
        if not allowed(name, house.ARROWS[folder]):
            return f"{folder}/ may not use {name}"
        return None
    for library, users in house.LIBRARIES.items():
        if allowed(name, [library]) and not allowed(file, users):
            return f"<{name}> is for {' '.join(users)} alone"
    if folder in house.PURE and name not in house.PURE_HEADERS:
        return f"<{name}> is not for the pure folder {folder}/"
    return None


def main():
    daemon, wrong, count = pathlib.Path(sys.argv[1]), 0, 0
    for path in sorted(daemon.rglob("*.[ch]")):
        file = path.relative_to(daemon).as_posix()
        if file.split("/")[0] not in house.ARROWS:
            print(f"daemon/{file}: a folder that the house does not know")
            wrong += 1
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            count += 1
            problem = complaint(file, *match.groups())
            if problem:
                print(f"daemon/{file}:{number}: {problem}")
                wrong += 1
    print(f"{count} includes, {wrong} wrong")
    return 1 if wrong or not count else 0


sys.exit(main())
