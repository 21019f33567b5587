#!/usr/bin/env python3
"""Inside a folder, too, files stand on floors: floors.py DAEMON_FOLDER FOLDER=OBJECT,OBJECT,... ...

- No files call each other in a circle: a uses a symbol of b, and b one of a, or by way of others.
- No headers include each other in a circle.
- Where house.py says on which floor a file stands, it includes and calls only what stands lower.

house.py lists what is allowed all the same, each with its reason. What is allowed and not needed is
wrong, too."""

import collections
import pathlib
import sys

import graph
import house


def without(arrows, allowed):
    return {arrow: why for arrow, why in arrows.items() if arrow not in allowed}


def circle_complaints(what, arrows):
    """The circles that are left without what is allowed, and what is allowed in vain."""
    for circle in graph.circles(without(arrows, house.ALLOWED)):
        yield f"{what} in a circle: {' '.join(circle)}"
        for (user, used), why in sorted(arrows.items()):
            if user in circle and used in circle:
                yield f"    {user} {why} of {used}"


def closes_a_circle(arrow, arrows):
    """Is there a way back, over arrows that nobody had to allow?"""
    after = collections.defaultdict(list)
    for user, used in without(arrows, house.ALLOWED):
        after[user].append(used)
    seen, todo = set(), [arrow[1]]
    while todo:
        node = todo.pop()
        if node == arrow[0]:
            return True
        if node not in seen:
            seen.add(node)
            todo += after[node]
    return False


def floor_of(folder, file):
    """The number of the floor of "folder/file.h"; a header may have one of its own. None if it has none."""
    name = file.split("/")[1]
    for number, names in enumerate(house.FLOORS[folder]):
        if name in names.split():
            return number
    for number, names in enumerate(house.FLOORS[folder]):
        if name.rsplit(".", 1)[0] in names.split():
            return number
    return None


def floor_complaints(folder, files, arrows):
    """What stands nowhere, and what reaches up or sideways."""
    floors = {file: floor_of(folder, file) for file in files if file.startswith(folder + "/")}
    for file in sorted(file for file, floor in floors.items() if floor is None):
        yield f"{file}: on no floor of house.py"
    for (user, used), why in sorted(arrows.items()):
        own, other = floors.get(user), floors.get(used)
        if user == used or own is None or other is None or user.rsplit(".", 1)[0] == used.rsplit(".", 1)[0]:
            continue
        if other >= own and (user, used) not in house.ALLOWED:
            yield f"{user} {why}, which stands no lower"
    stems = {file.split("/")[1] for file in floors} | {file.split("/")[1].rsplit(".", 1)[0] for file in floors}
    for name in " ".join(house.FLOORS[folder]).split():
        if name not in stems:
            yield f"{folder}/{name}: stands on a floor of house.py and is not there"


def main():
    daemon, objects = sys.argv[1], graph.read_objects(sys.argv[2:])
    calls = graph.calls(objects)
    includes = graph.includes(daemon)
    headers = {arrow: why for arrow, why in includes.items() if arrow[0].endswith(".h")}
    files = [path.relative_to(daemon).as_posix() for path in pathlib.Path(daemon).rglob("*.[ch]")]
    wrong = [*circle_complaints("calls", calls), *circle_complaints("headers", headers)]
    both = {**{(f"{user}.c", f"{used}.c"): why for (user, used), why in calls.items()}, **includes}
    for folder in house.FLOORS:
        wrong += floor_complaints(folder, files, both)
    for arrow in house.ALLOWED:
        if not any(arrow in arrows and closes_a_circle(arrow, arrows) for arrows in (calls, headers)) \
                and not any(arrow in both and arrow[0].startswith(folder + "/") for folder in house.FLOORS):
            wrong.append(f"{' -> '.join(arrow)}: need not be allowed any more")
    print("\n".join(wrong))
    print(f"{len(calls)} files call files, {len(includes)} includes, {len(house.ALLOWED)} allowed, {len(wrong)} lines of complaint")
    return 1 if wrong or not calls else 0


sys.exit(main())
