#!/usr/bin/env python3
"""The English of notify/phrases.c is what the daemon says, and its Chinese keeps to the glossary.

    translations.py ROOT
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])
PHRASES = "daemon/notify/phrases.c"
LITERAL = r'"((?:[^"\\]|\\.)*)"'
EDGES = " ,:;"


def literals(path):
    """Each string, joined of what stands side by side."""
    source = re.sub(r"\bPRI[a-z]\d+\b", '"d"', (ROOT / path).read_text())
    for joined in re.findall(rf"{LITERAL}((?:\s*{LITERAL})*)", source):
        yield joined[0] + "".join(re.findall(LITERAL, joined[1]))


def pieces(text, values):
    """What stands between the values."""
    return {piece.strip(EDGES) for piece in re.split(values, text)} - {""}


def is_said(piece, said):
    """In one piece, or composed of pieces."""
    if piece in said:
        return True
    return any(piece[:at].strip(EDGES) in said and is_said(piece[at:].strip(EDGES), said)
               for at in range(len(piece) - 1, 0, -1) if piece[at] == " ")


def main():
    said = set()
    for folder in ("cycle", "retention", "service", "notify"):
        for path in sorted((ROOT / "daemon" / folder).glob("*.c")):
            if path != ROOT / PHRASES:
                for literal in literals(path.relative_to(ROOT)):
                    for clause in literal.split("; "):
                        said |= pieces(clause, r"%[-+ 0-9.*]*[a-z]+")
    said |= {piece.replace("%%", "%") for piece in said}
    source = (ROOT / PHRASES).read_text()
    table = source[source.index("notify_phrases[] ="):]
    rows = re.findall(rf"{{{{{LITERAL}((?:\s*{LITERAL})*),\s*((?:{LITERAL}\s*)+)}}}}", table)
    english = [row[0] + "".join(re.findall(LITERAL, row[1])) for row in rows]
    faults = [f"nobody says '{piece}' of '{text}'" for text in english
              for piece in sorted(pieces(text, r"[{[<]\d[}\]>]")) if not is_said(piece, said)]
    glossary = (ROOT / "packaging/GLOSSARY.zh-CN.md").read_text()
    for right, column in re.findall(r"^\| [^|]+ \| ([^|]+) \| ([^|]*) \|", glossary, re.M):
        faults += [f"{PHRASES}: {wrong}; say {right}" for wrong in column.split("、")
                   if re.match("[\u3400-\u9fff]", wrong) and wrong != "不用" and wrong in source]
    if len(english) < 50:
        faults.append(f"only {len(english)} phrases are read")
    print("\n".join(faults) or f"{len(english)} phrases")
    return bool(faults)


sys.exit(main())
