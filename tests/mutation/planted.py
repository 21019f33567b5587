"""Bugs that are planted on purpose: a table of them, and the sources that have one."""
import pathlib
import re

from variant import ROOT


def read_table(path):
    """Blocks of a name and lines `FILE: BEFORE => AFTER`; lines with # are comments. A name that begins
    with `?` is of one that is rarely found: only WORD takes it."""
    table = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith((" ", "\t")):
            table.append((line.strip(), []))
            continue
        file, change = line.strip().split(": ", 1)
        before, after = re.split(r"\s=>(?:\s|$)", change, maxsplit=1)
        table[-1][1].append((file, before, after))
    return table


def sabotaged(source, before, after):
    """White space does not matter in what is looked for. Every place is changed."""
    pattern = r"\s+".join(re.escape(t) for t in before.split())
    changed, count = re.subn(pattern, lambda _: after, source)
    if count == 0:
        raise ValueError(f"not found: {before}")
    return changed


def texts_of(changes):
    """The sources with the changes, by their paths."""
    texts = {}
    for file, before, after in changes:
        path = str(ROOT / "daemon" / file)
        texts[path] = sabotaged(texts.get(path) or pathlib.Path(path).read_text(encoding="utf-8"), before, after)
    return texts
