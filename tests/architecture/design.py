"""Every function, constant and test that daemon/DESIGN.md names exists in the source."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
page = (root / "daemon/DESIGN.md").read_text(encoding="utf-8")
files = [f for folder in ("daemon", "tests") for suffix in ("c", "h", "py")
         for f in sorted((root / folder).rglob(f"*.{suffix}"))]
names = {f.name for f in files}
words = set()
for f in files:
    words.update(re.findall(r"\w+", f.read_text(encoding="utf-8", errors="replace")))

# `foo`, `foo.c`, `a/b.c`, `plan.allowed`; what has blanks or punctuation is no name.
named = set(re.findall(r"`([A-Za-z_][\w./]*)`", page)) | set(re.findall(r"\b[A-Z][A-Z]+_[A-Z_]+\b", page))
missing = []
for name in sorted(named):
    if "/" in name:
        found = (root / name).exists() or (root / "daemon" / name).exists()
    elif name.endswith((".c", ".h", ".py")):
        found = name in names
    else:
        found = f"PHASE_{name}" in words or all(word in words for word in re.findall(r"\w+", name))
    if not found:
        missing.append(name)
for name in missing:
    print(f"daemon/DESIGN.md names {name}, which does not exist")
tests = [n for n in named if re.match(r"(test_)?[sl][0-9]+_", n)]
for promise in [f"s{i}" for i in range(1, 13)] + ["l1", "l2", "l3"]:
    if not any(re.match(rf"(test_)?{promise}_", t) for t in tests):
        missing.append(promise)
        print(f"daemon/DESIGN.md names no test of {promise.upper()}")
print(f"{len(named)} names, {len(tests)} of them tests of promises")
sys.exit(1 if missing else 0)
