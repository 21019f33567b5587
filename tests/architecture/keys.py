#!/usr/bin/env python3
"""Every member that a policy file fills has a row in the table of keys: keys.py DAEMON_FOLDER

A member without a row would be left out of reading, printing and comparing. Members that come with
the value of another, or that no file says anything of, are listed here.
"""

import pathlib
import re
import sys

# struct -> (its header, the macro of its rows)
STRUCTS = {
    "policy": ("retention/policy.h", "IN_POLICY"),
    "account": ("policyfile/model.h", "IN_ACCOUNT"),
    "discovery": ("policyfile/model.h", "IN_DISCOVERY"),
    "sink": ("policyfile/model.h", "IN_SINK"),
    "policyfile": ("policyfile/model.h", "IN_FILE"),
}
# Members that are structs with members of their own.
INNER = {"schedule": ("retention/policy.h", "schedule")}

WITHOUT_ROW = {
    "policy.schedule.kind": "comes with backup.schedule and backup.every",
    "policy.schedule.zone": "comes with backup.schedule",
    "policy.schedule.blackout_count": "comes with backup.blackout",
    "policy.protected_set_count": "comes with protect",
    "policy.protected_ranges": "comes with protect",
    "policy.protected_range_count": "comes with protect",
    "account.name": "the key that the account stands under",
    "discovery.account": "the template's",
    "discovery.template": "a policy, whose members have rows",
    "discovery.tag_count": "comes with discover.tags",
    "discovery.exclude_count": "comes with discover.exclude",
    "policyfile.path": "where the file is",
    "policyfile.digest": "of all that was read",
    "policyfile.zones": "files that the policies name",
    "policyfile.clusters": "policies, whose members have rows",
    "policyfile.cluster_count": "comes with the clusters",
    "policyfile.sinks": "their members have rows",
    "policyfile.sink_count": "comes with notify",
    "policyfile.accounts": "their members have rows",
    "policyfile.account_count": "comes with the accounts",
    "policyfile.discoveries": "their members have rows",
    "policyfile.discovery_count": "comes with the discoveries",
}


def body_of(text, name):
    """The lines between the braces of a struct, without comments."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    begin = re.search(rf"^struct {name} {{$", text, re.M).end()
    return text[begin:text.index("\n};", begin)]


def members(daemon, header, name):
    """The members of a struct, dotted where one has members of its own."""
    body = body_of((daemon / header).read_text(), name)
    for inner, member in re.findall(r"struct {\n(.*?)\n\t} (\w+);", body, re.DOTALL):
        yield from (f"{member}.{m}" for m in re.findall(r"(\w+);", inner))
    body = re.sub(r"struct {\n.*?\n\t} \w+;", "", body, flags=re.DOTALL)
    for member in re.findall(r"(\w+)(?:\[\w+\])?;", body):
        if member in INNER:
            yield from (f"{member}.{m}" for m in members(daemon, *INNER[member]))
        else:
            yield member


def main():
    daemon, wrong, count = pathlib.Path(sys.argv[1]), 0, 0
    table = (daemon / "policyfile/keys.c").read_text()
    unused = set(WITHOUT_ROW)
    for struct, (header, macro) in STRUCTS.items():
        rows = set(re.findall(rf"{macro}\(([\w.]+)\)[,}}]", table))
        for member in members(daemon, header, struct):
            name = f"{struct}.{member}"
            count += 1
            unused.discard(name)
            if member not in rows and name not in WITHOUT_ROW:
                print(f"daemon/{header}: {name} has no row in policyfile/keys.c")
                wrong += 1
    for name in sorted(unused):
        print(f"{name} is listed as without a row, and is not there")
        wrong += 1
    print(f"{count} members, {wrong} wrong")
    return 1 if wrong or count < 40 else 0


sys.exit(main())
