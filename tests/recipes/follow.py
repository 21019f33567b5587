#!/usr/bin/env python3
"""Follows the recipes of CONTRIBUTING.md in a copy of the tree, and sees a new keep rule and a new policy
key at work: follow.py DIRECTORY

A block that begins with ```diff FILE is a change of that file: lines with a blank before them are there and
stay, those with + come in, those with - go. DIRECTORY keeps the copy and its build for the next time."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECIPE = re.compile(r"^```diff (\S+)\n(.*?)^```$", re.M | re.S)
POLICY = """\
version: 1
defaults:
  region: cn-hangzhou
  keep: {last: 1, biweekly: %s}
  safety: {most_a_day: %s}
clusters:
  - {id: amv-1, name: orders}
"""


def run(*words, fails=False, **more):
    done = subprocess.run([str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **more)
    if (done.returncode != 0) != fails:
        raise SystemExit(f"{' '.join(map(str, words))} gave {done.returncode}:\n{done.stdout}")
    return done.stdout


def words_of(line):
    return " ".join(line.split())


def change(file, text, recipe):
    """The text with the change of one block. What has to be there is compared without white space."""
    lines = text.split("\n")
    there = [words_of(line[1:]) for line in recipe if line[:1] in (" ", "-")]
    places = [n for n in range(len(lines)) if [words_of(line) for line in lines[n:n + len(there)]] == there]
    if len(places) != 1:
        raise SystemExit(f"{file}: {len(places)} places have {there}")
    at, changed = places[0], []
    for line in recipe:
        if line[:1] == "+":
            changed.append(line[1:])
            continue
        if line[:1] == " ":
            changed.append(lines[at])
        at += 1
    lines[places[0]:at] = changed
    return "\n".join(lines)


def changed_tree(tree):
    """Only files that differ are written, so that only what they concern is built anew."""
    recipes = RECIPE.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    for top in ("daemon", "tests", "packaging", "systemd", "config", "CMakeLists.txt", "README.md", "LICENSE"):
        for path in [ROOT / top] if (ROOT / top).is_file() else sorted((ROOT / top).rglob("*")):
            file = path.relative_to(ROOT).as_posix()
            if not path.is_file() or "node_modules" in file or "__pycache__" in file:
                continue
            data = path.read_bytes()
            for _, recipe in [r for r in recipes if r[0] == file]:
                data = change(file, data.decode(), recipe.rstrip("\n").split("\n")).encode()
            copy = tree / file
            if not copy.exists() or copy.read_bytes() != data:
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(data)
                shutil.copymode(path, copy)
    for copy in tree.rglob("*"):
        if copy.is_file() and not (ROOT / copy.relative_to(tree)).exists():
            copy.unlink()
    print(f"{len(recipes)} changes of {len({file for file, _ in recipes})} files")


def named_files(page):
    """The files that the page names exist: from the root, below daemon/, or by their last part alone."""
    last = {path.name for top in ("daemon", "tests") for path in (ROOT / top).rglob("*")}
    for name in sorted(set(re.findall(r"`([\w./*-]+\.[a-z]+|[\w.-]+/[\w./*-]*)`", page))):
        if "NAME" in name or name.startswith("build/"):
            continue
        places = [ROOT, ROOT / "daemon"] if "/" in name.rstrip("/") else [ROOT, ROOT / "daemon", ROOT / "tests"]
        if not any(any(place.glob(name.rstrip("/"))) for place in places) and name not in last:
            raise SystemExit(f"CONTRIBUTING.md names {name}, which does not exist")
    print("all files that are named exist")


def see(what, text, *patterns):
    for pattern in patterns:
        if not re.search(pattern, text, re.M):
            raise SystemExit(f"{what} does not show {pattern}:\n{text}")
    print(f"{what}: {', '.join(patterns)}")


def main():
    work = pathlib.Path(sys.argv[1]).resolve()
    tree, build = work / "tree", work / "build"
    named_files((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    changed_tree(tree)
    run("cmake", "-S", tree, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug", "-DRETAIND_WERROR=ON")
    run("ninja", "-C", build, "retainctl", "policyfile_tests", "retention_tests")
    tests = build / "tests"
    run(tests / "policyfile_tests", "policyfile_schema_test", cwd=tree, env={**os.environ, "UPDATE": "1"})
    run(tests / "policyfile_tests", cwd=tree)
    run(tests / "retention_tests", cwd=tree)
    run(sys.executable, tree / "tests/architecture/keys.py", tree / "daemon")

    retainctl, old, new, wrong = build / "bin/retainctl", work / "old.yaml", work / "new.yaml", work / "wrong.yaml"
    old.write_text(POLICY % (6, 40), encoding="utf-8")
    new.write_text(POLICY % ("1y", 50), encoding="utf-8")
    wrong.write_text(POLICY.replace("biweekly", "biwekly") % (6, 100001), encoding="utf-8")
    run(retainctl, "check", old, new)
    see("check", run(retainctl, "check", wrong, fails=True), r"did you mean 'biweekly'\?", "most_a_day.*100000")
    see("show", run(retainctl, "show", old), "biweekly: 6", "most_a_day: 40")
    see("diff", run(retainctl, "diff", "--old", old, "--policy", new), r"biweekly.*6.*1y", r"most_a_day.*40.*50")
    see("evaluate", run(retainctl, "evaluate", "--policy", old, "--cluster", "amv-1", "--sets", ROOT / "tests/golden/policy/first-page.json"),
        r"biweekly \d of 6 \(2026-W\d\d/2\)")
    schema = json.loads((tree / "config/policy.schema.json").read_text(encoding="utf-8"))
    see("the schema", json.dumps(schema), '"biweekly"', '"most_a_day".{0,200}100000')
    run(sys.executable, tree / "tests/packaging/texts.py", "retaind_policy_5_has_every_key_and_no_other",
        env={**os.environ, "RETAIND_BIN": str(build / "bin"), "RETAIND_UNITS": str(build / "systemd")})
    print("man retaind.policy: every key of the schema, and no other")


main()
