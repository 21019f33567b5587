"""Which file of daemon/ uses which: by its includes, and by the symbols of its object."""

import collections
import functools
import pathlib
import re
import subprocess

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)\.h"', re.M)


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@functools.cache
def all_symbols(paths):
    """The defined and the undefined symbols of each of many objects."""
    found = {path: (set(), set()) for path in paths}
    at = paths[0]
    for line in run("nm", "--portability", *paths).splitlines():
        if line.removesuffix(":") in found:
            at = line.removesuffix(":")
        elif line:
            name, kind = line.split()[:2]
            if kind in "Uvw":
                found[at][1].add(name)
            elif kind.isupper():
                found[at][0].add(name)
    return found


def read_objects(arguments):
    """Of FOLDER=OBJECT,OBJECT,...: the objects of each folder."""
    objects = {}
    for argument in arguments:
        folder, _, paths = argument.partition("=")
        objects[folder] = [path for path in paths.split(",") if path]
    return objects


def symbols_of(objects):
    """By the path of the object: the symbols that it defines, and those that it uses."""
    return all_symbols(tuple(path for paths in objects.values() for path in paths))


def calls(objects):
    """{(user, used): the first symbol} between files, known by folder and name without the ending."""
    symbols = symbols_of(objects)
    home = {name: f"{folder}/{stem(path)}" for folder, paths in objects.items() for path in paths
            for name in symbols[path][0]}
    found = {}
    for folder, paths in objects.items():
        for path in paths:
            user = f"{folder}/{stem(path)}"
            for name in sorted(symbols[path][1]):
                if home.get(name, user) != user:
                    found.setdefault((user, home[name]), f"uses {name}")
    return found


def stem(path):
    return pathlib.Path(path).name.removesuffix(".o").removesuffix(".c")


def includes(daemon):
    """{(user, used): the include}, known by folder and name with the ending."""
    found = {}
    for path in sorted(pathlib.Path(daemon).rglob("*.[ch]")):
        user = path.relative_to(daemon).as_posix()
        for used in INCLUDE.findall(path.read_text(encoding="utf-8")):
            found[user, f"{used}.h"] = f"includes {used}.h"
    return found


def circles(arrows):
    """The sets of files of which each reaches each other (Tarjan)."""
    after = collections.defaultdict(list)
    for user, used in sorted(arrows):
        after[user].append(used)
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for following in after[node]:
            if following not in index:
                visit(following)
                low[node] = min(low[node], low[following])
            elif following in stack:
                low[node] = min(low[node], index[following])
        if low[node] == index[node]:
            circle = {stack.pop()}
            while node not in circle:
                circle.add(stack.pop())
            if len(circle) > 1:
                found.append(sorted(circle))

    for node in sorted(after):
        if node not in index:
            visit(node)
    return found
