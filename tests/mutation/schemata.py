"""All mutants inside functions in one build: each function once more for every mutant of it, and the
environment variable MUTANT says which one is called. A compiler and a linker for each mutant would
take hours. The compiler's errors name mutant-NUMBER as the file."""
import re

# A definition begins and ends in the first column.
FUNCTION = re.compile(r"^(?P<head>[A-Za-z_][^;{}#/\"]*?\b(?P<name>\w+)\((?P<parameters>[^;{}]*)\))\n\{\n"
                      r"(?P<body>.*?)^\}$", re.M | re.S)
SWITCH = """\
#include <stdlib.h>
static int mutant_chosen;
__attribute__((constructor)) static void mutant_choose(void)
{
	const char *s = getenv("MUTANT");
	mutant_chosen = s ? atoi(s) : 0;
}
"""


def parameter_names(text):
    """None where they cannot be handed on."""
    if text.strip() == "void":
        return []
    names = []
    for part in text.split(","):
        m = re.search(r"(\w+)\s*(?:\[[^]]*\])?\s*$", part)
        if "(" in part or ")" in part or "..." in part or not m:
            return None
        names.append(m.group(1))
    return names


def schemata(source, mutants):
    """The source with all mutants that lie in functions, and these; `mutants` is {number: mutant}."""
    out, taken, done = [SWITCH], {}, 0
    for f in FUNCTION.finditer(source):
        begin, end = f.span("body")
        mine = {n: m for n, m in mutants.items() if begin <= m.begin and m.end <= end}
        names = parameter_names(f.group("parameters"))
        if not mine or names is None or f.group("name") == "main":
            continue
        line = source.count("\n", 0, f.start()) + 1
        head = f.group("head")
        before = re.sub(r"\b_?_?(?:static|extern|inline)\b", "", head[:f.start("name") - f.start()])
        after = head[f.end("name") - f.start():]
        declared, cases, copies = [], [], []
        for n, m in mine.items():
            own = f"{f.group('name')}__{n}"
            declared.append(f"static {before}{own}{after};\n")
            cases.append(f"\tcase {n}: return {own}({', '.join(names)});\n")
            copies.append(f'#line {line} "mutant-{n}"\nstatic {before}{own}{after}\n{{\n'
                          f"{source[begin:m.begin]}{m.new}{source[m.end:end]}}}\n")
        out += [source[done:f.start()], *declared, head, "\n{\n\tswitch (mutant_chosen) {\n", *cases, "\t}\n",
                source[begin:end], "}\n", *copies]
        done = f.end()
        taken.update(mine)
    out.append(source[done:])
    return "".join(out), taken
