#!/usr/bin/env python3
"""What the objects really use follows house.py as well: symbols.py FOLDER=OBJECT,OBJECT,... ...

- An object calls only into its own folder and into those that its arrows allow.
- The pure folders and base/ call nothing of the C library but functions of their arguments, and
  have no data that can be written.
"""

import re
import sys

import house
from graph import read_objects, run, symbols_of


# objdump -t: value, seven columns of flags, section, size, name
ENTRY = re.compile(r"^[0-9a-f]+ (.{7}) (\S+)\t[0-9a-f]+ +(.*)$")
# .data.rel.ro is constant once the loader has put the addresses in.
WRITABLE = re.compile(r"^(\.data(?!\.rel\.ro)|\.bss|\.tdata|\.tbss|\*COM\*|\.ldata|\.lbss)")
# Written by sanitizers beside each global that they watch, constant or not.
SANITIZER = re.compile(r"^(\.(hidden|protected|internal) )?(\.?L|__odr_asan|__asan|___asan|\.asan|asan\.|__unnamed_)")


def writable(path):
    """The names of the data in an object that can be written."""
    names = []
    for line in run("objdump", "-t", path).splitlines():
        match = ENTRY.match(line)
        if not match:
            continue
        flags, section, name = match.groups()
        if WRITABLE.match(section) and "d" not in flags and not SANITIZER.match(name):
            names.append(name)
    return names


def plain(name):
    """The name in the C library of what a compiler or a header made of it."""
    name = name.split("@")[0]
    name = re.sub(r"^__isoc(23|99)_", "", name)
    return re.sub(r"^__(\w+)_chk$", r"\1", name)


def pure_call(folder, name):
    if name.startswith(tuple(house.COMPILER)) or plain(name) in house.PURE_FUNCTIONS:
        return True
    return folder == "base" and (
        plain(name) in house.BASE_FUNCTIONS or name.startswith(tuple(house.BASE_LIBRARIES)))


def complaints(folder, path, undefined, home):
    arrows = {arrow.split("/")[0] for arrow in house.ARROWS[folder]} | {folder}
    file = f"{folder}/{path.split('/')[-1].removesuffix('.o')}"
    pure = (folder in house.PURE or folder == "base") and file not in house.NOT_PURE
    for name in sorted(undefined):
        if name in home:
            if home[name] not in arrows:
                yield f"uses {name} of {home[name]}/"
        elif pure and not pure_call(folder, name):
            yield f"calls {name}, which is no function of its arguments"
    if pure:
        for name in writable(path):
            yield f"has data that can be written: {name}"


def main():
    objects = read_objects(sys.argv[1:])
    symbols = symbols_of(objects)
    home = {name: folder for folder, paths in objects.items() for path in paths
            for name in symbols[path][0]}
    wrong = 0
    for folder, paths in objects.items():
        for path in paths:
            for problem in complaints(folder, path, symbols[path][1], home):
                print(f"{folder}/{path.split('/')[-1].removesuffix('.o')}: {problem}")
                wrong += 1
    print(f"{sum(map(len, objects.values()))} objects, {len(home)} symbols, {wrong} wrong")
    return 1 if wrong or not home else 0


sys.exit(main())
