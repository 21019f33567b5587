#!/usr/bin/env python3
"""Counts what ctest ran (its JUnit file) and ends with the line "N passed, N failed".

A cmocka program counts as its test cases, any other program as one. A program that failed without
a failed case (a crash, a sanitizer, a timeout) counts as one failure more.
"""

import re
import sys
import xml.etree.ElementTree as ElementTree

CASE = re.compile(r"\[ +(OK|FAILED|ERROR|SKIPPED) +\] (?!\d+ test\(s\)|---)(\S+)")


def cases(output):
    """The names of the passed, failed and skipped cases. cmocka repeats the last two at its end."""
    passed, failed, skipped = [], set(), set()
    for mark, name in CASE.findall(output):
        if mark == "OK":
            passed.append(name)
        elif mark == "SKIPPED":
            skipped.add(name)
        else:
            failed.add(name)
    return passed, failed, skipped


def main():
    passed, failures, skipped = 0, [], []
    for test in ElementTree.parse(sys.argv[1]).getroot().iter("testcase"):
        program, status = test.get("name"), test.get("status")
        ok, bad, left_out = cases(test.findtext("system-out") or "")
        passed += len(ok)
        failures += [f"{program}: {name}" for name in sorted(bad)]
        skipped += [f"{program}: {name}" for name in sorted(left_out)]
        reason = test.find("skipped")
        if status == "run":
            passed += not (ok or left_out)
        elif reason is not None and reason.get("message", "").startswith("SKIP_"):
            skipped.append(program)
        elif not bad:
            failures.append(program)
    for name in skipped:
        print("skipped:", name)
    for name in failures:
        print("failed:", name)
    tail = f", {len(skipped)} skipped" if skipped else ""
    print(f"{passed} passed, {len(failures)} failed{tail}")
    return 1 if failures or passed == 0 else 0


sys.exit(main())
