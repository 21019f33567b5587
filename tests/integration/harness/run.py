#!/usr/bin/env python3
"""Runs the tests of files at once, each with its own simulator and daemon, and prints what it ran.

    run.py [-j N] [-k WORD] [--isolated] FILE...

The daemons mostly wait, so many more fit on a machine than it has processors. --isolated: the tests
have networks of their own (isolated.py), which takes root; who is not gets a user namespace."""
import argparse
import concurrent.futures
import importlib.util
import io
import os
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))


def load(path):
    spec = importlib.util.spec_from_file_location(pathlib.Path(path).stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return unittest.defaultTestLoader.loadTestsFromModule(module)


def flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test


def run(test):
    result = unittest.TextTestResult(
        unittest.runner._WritelnDecorator(io.StringIO()), True, 0)
    began = time.monotonic()
    test.run(result)
    return test, result, time.monotonic() - began


def describe(test, result, took):
    name = f"{type(test).__name__}.{test._testMethodName}"
    if result.skipped:
        return True, f"skipped {name}: {result.skipped[0][1]}"
    troubles = [text for _, text in result.failures + result.errors]
    if troubles:
        return False, f"FAILED  {name} ({took:.1f} s)\n" + "\n".join(troubles)
    return True, f"ok      {name} ({took:.1f} s)"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-j", type=int, default=int(os.environ.get("RETAIND_TEST_JOBS", "8")))
    parser.add_argument("-k", default="")
    parser.add_argument("--isolated", action="store_true")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    if options.isolated and os.geteuid() != 0:
        os.execvp("unshare", ["unshare", "--map-root-user", sys.executable, *sys.argv])
    tests = [t for f in options.files for t in flat(load(f)) if options.k in t.id()]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.j) as pool:
        for done in concurrent.futures.as_completed([pool.submit(run, t) for t in tests]):
            well, line = describe(*done.result())
            failed += not well
            print(line, flush=True)
    print(f"{len(tests)} tests, {failed} failed")
    return 1 if failed or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
