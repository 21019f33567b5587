"""Runs the functions of a module that are cases, and says what became of each in the words of cmocka."""

import subprocess
import sys
import time
import traceback


class Skip(Exception):
    """This machine cannot show the case; the text says why."""


class Cases:
    def __init__(self):
        self.all = []

    def __call__(self, function):
        self.all.append(function)
        return function

    def run(self, names=()):
        """All, or those of these names."""
        failed = 0
        for case in [c for c in self.all if c.__name__ in (names or [c.__name__])]:
            began, result = time.monotonic(), "      OK"
            try:
                case()
            except Skip as reason:
                print(f"# {reason}")
                result = " SKIPPED"
            except subprocess.CalledProcessError as error:
                print(f"{error}\n{error.stdout or ''}{error.stderr or ''}")
                result, failed = "  FAILED", failed + 1
            except Exception:
                traceback.print_exc(file=sys.stdout)
                result, failed = "  FAILED", failed + 1
            print(f"[ {result} ] {case.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
        return 1 if failed else 0


def output(*words, **options):
    """What a command says; fails if it does."""
    return subprocess.run(words, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, **options).stdout
