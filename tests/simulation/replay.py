#!/usr/bin/env python3
"""One seed is one run: the digests of all effects are the same in each of the builds that are named,
alone or beside others, and for different seeds they differ."""
import re
import subprocess
import sys

FROM = 7


def digest(binary, seeds, jobs, first=FROM):
    command = [binary, "--from", str(first), "--seeds", str(seeds), "--jobs", str(jobs)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return int(re.search(r"^digest ([0-9a-f]{16})$", text, re.M)[1], 16)


def main():
    together = digest(sys.argv[1], 6, 1)
    for binary in sys.argv[1:]:
        assert digest(binary, 6, 2) == together, binary
    alone = [digest(sys.argv[-1], 1, 1, FROM + i) for i in range(6)]
    assert len(set(alone)) == 6
    assert sum(alone) % 2**64 == together


main()
