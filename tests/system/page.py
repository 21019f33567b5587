"""The pages that people follow: their commands, and what they show that these say."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```\n(?:```\n(.*?)^```$)?", re.M | re.S)


def text(page, section=None):
    whole = (ROOT / page).read_text()
    return re.search(rf"^## {section}\n(.*?)(?=^## |\Z)", whole, re.M | re.S)[1] if section else whole


def blocks(page, section=None):
    """Each block of commands, in order, with what the page shows right after it, or None."""
    return [(script, shown) for script, shown in BLOCK.findall(text(page, section))]


def commands(page, section=None):
    """Each line of these blocks."""
    for script, _ in blocks(page, section):
        yield from (line.strip() for line in script.splitlines() if line.strip())


def examples(page):
    """The commands of a man page's EXAMPLES, in order, without their prompts; with the lines that they read."""
    section = re.search(r"^\.Sh EXAMPLES\n(.*?)^\.Sh ", (ROOT / page).read_text(), re.M | re.S)[1]
    section = section.replace(r"\(dq", '"').replace("\\e\n", "\\\n")
    lines = (line.removeprefix(".Dl ") for line in section.splitlines() if not re.match(r"\.(?!Dl )", line))
    commands_, prompted = [], False
    for line in lines:
        prompt = re.match(r"[$#] ", line)
        if prompt:
            commands_.append(line[2:])
        elif prompted and (commands_[-1].endswith("\\") or "<<END" in commands_[-1].splitlines()[0]
                           and not commands_[-1].endswith("\nEND")):
            commands_[-1] += "\n" + line
        prompted = prompted or bool(prompt)
    return commands_


def plain(line):
    """Without what is of the day: times, spans, hashes, counts, and the widths of columns."""
    line = re.sub(r"\b[0-9a-f]{16}([0-9a-f]{48})?\b", "HASH", line)
    line = re.sub(r"\b\d+ (y|mo|d|h|min|s)( \d+ (d|h|min|s))*\b", "SPAN", line)
    return re.sub(r"\s+", " ", re.sub(r"\d+", "N", line)).strip()


def matches(shown, said):
    """One line. What the page cuts off ends with ` ...`."""
    shown, said = plain(shown), plain(said)
    return said.startswith(shown.removesuffix("...")) if shown.endswith(" ...") else said == shown


def missing(shown, said):
    """The first of the shown lines that is not said where it should be, or None. `...` stands for any lines."""
    said = [line for line in said.splitlines() if line.strip()]
    at, anywhere = 0, False
    for line in (line for line in shown.splitlines() if line.strip()):
        if line.strip() == "...":
            anywhere = True
            continue
        while anywhere and at < len(said) and not matches(line, said[at]):
            at += 1
        if at == len(said) or not matches(line, said[at]):
            return line
        at, anywhere = at + 1, False
    return None if anywhere or at == len(said) else f"the end, before: {said[at]}"
