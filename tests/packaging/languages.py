#!/usr/bin/env python3
"""Both languages say the same: sections, commands, keys, options, promises, entries; and Chinese keeps to its glossary."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cases import Cases, output  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Each page by its twin in English.
PAGES = {"README.md": "README.zh-CN.md",
         "packaging/INSTALL.md": "packaging/INSTALL.zh-CN.md",
         "packaging/FIRST-HOUR.md": "packaging/FIRST-HOUR.zh-CN.md"}
GLOSSARY = "packaging/GLOSSARY.zh-CN.md"
CATALOG = "systemd/retaind.zh_CN.catalog"
MAN = ("retaind.8", "retainctl.1", "retaind.policy.5")
CHINESE = (*PAGES.values(), CATALOG, *(f"packaging/man/zh_CN/{name}" for name in MAN))
HAN = r"[\u3400-\u9fff]"
BLOCK = re.compile(r"^ *```[a-z]*\n(.*?)^ *```$", re.M | re.S)
case = Cases()


def text(path):
    return (ROOT / path).read_text()


def prose(page):
    """A page without its blocks of commands."""
    return BLOCK.sub("", text(page))


def typed(page):
    """What a page has people type or copy, without comments; its headings' depths; what its tables are of; its promises."""
    blocks = ["\n".join(re.sub(r"\s+#.*$", "", line) for line in block.splitlines()) for block in BLOCK.findall(text(page))]
    words = prose(page)
    return {"what is typed": blocks,
            "headings": re.findall(r"^(#+) ", words, re.M),
            "rows of tables": re.findall(r"^ *\| (`.*?|[A-Z]\w+) \|", words, re.M),
            "promises": re.findall(r"^- \*\*([SL]\d\S*)\*\*", words, re.M),
            "pictures": re.findall(r"!\[[^]]*\]\((.*?)\)", words)}


def sections(page):
    """The names in `code` of each section: commands, options, keys, files."""
    return [set(re.findall(r"(?<!`)`([^`]+)`", re.sub(r"\s*\n\s*", " ", section)))
            for section in re.split(r"^##+ ", prose(page), flags=re.M)]


@case
def the_chinese_pages_have_the_sections_commands_and_promises_of_the_english_ones():
    for english, chinese in PAGES.items():
        other = typed(chinese)
        for name, wanted in typed(english).items():
            assert wanted == other[name], f"{chinese}: {name}:\n{wanted}\n{other[name]}"


@case
def the_chinese_pages_name_in_each_section_what_the_english_ones_do():
    for english, chinese in PAGES.items():
        for number, (one, other) in enumerate(zip(sections(english), sections(chinese))):
            assert one == other, f"{chinese}, section {number}: lacks {one - other}, has besides {other - one}"


def anchors(page):
    """What GitHub calls the headings of a page."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", prose(page), re.M)}


@case
def every_link_of_a_page_leads_somewhere_and_chinese_leads_to_chinese():
    twins = set(PAGES.items())
    for page in [*PAGES, *PAGES.values()]:
        assert re.match(r"# .*\n\n\[(中文|English)\]", text(page)), f"{page} does not lead to its twin"
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", prose(page)):
            path = (ROOT / page).parent / target if target else ROOT / page
            assert path.exists(), (page, target)
            assert not anchor or anchor in anchors(path.relative_to(ROOT) if target else page), (page, target, anchor)
            there = str(path.resolve().relative_to(ROOT))
            across = there in PAGES if page in PAGES.values() else there in PAGES.values()
            # But for the way from each page to its twin.
            assert not across or (page, there) in twins or (there, page) in twins, f"{page} leads to {there}"


@case
def lines_of_chinese_end_where_a_space_does_not_show():
    """Markdown makes a space of the end of a line, and Chinese has none between words."""
    for page in [*PAGES.values(), GLOSSARY]:
        for before, after in zip(prose(page).splitlines(), prose(page).splitlines()[1:]):
            shows = re.search(rf"{HAN}$", before) and re.match(rf" *{HAN}", after)
            assert not shows or before.startswith("#"), f"{page}:\n{before}\n{after}"


@case
def each_readme_says_first_what_a_newcomer_has_to_know():
    for page, words in (("README.md", ("backup set", "Thinning", "held")), ("README.zh-CN.md", ("备份集", "稀疏保留", "暂缓"))):
        lines = text(page).splitlines()
        assert len(lines) < 200, f"{page} has {len(lines)} lines"
        top = "\n".join(lines[:24])
        places = [top.find(f"**{word}**") for word in words]
        places += [top.find(shown) for shown in ("./dev demo", "./dev build", "PATH=$PWD/build/bin", "![")]
        assert -1 not in places and places == sorted(places), (page, places)


def avoided():
    """The renderings that the glossary rules out, each with the one to use."""
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]*) \|", text(GLOSSARY), re.M)
    return {wrong: right for _, right, column in rows for wrong in column.split("、") if re.match(HAN, wrong) and wrong != "不用"}


@case
def chinese_uses_the_words_of_its_glossary():
    wrong = avoided()
    assert len(wrong) > 25
    for page in CHINESE:
        for word, right in wrong.items():
            assert word not in text(page), f"{page}: {word}; say {right}"


@case
def chinese_has_its_own_punctuation_and_a_space_beside_latin_words():
    for page in (*CHINESE, GLOSSARY):
        words = re.sub(r"\]\([^)]*\)", "]", re.sub(r"`[^`]*`", "x", prose(page)))
        for found in re.findall(rf".{{0,8}}{HAN}[,;:?!].{{0,8}}", words):
            raise AssertionError(f"{page}: half a width of punctuation: {found}")
        for bold in re.finditer(r"\*\*(.+?)\*\*", words):
            closes = not re.search(r"[，。：；！？）]$", bold[1]) or not re.match(HAN, words[bold.end():])
            assert closes, f"{page}: Markdown takes this for no end of bold type: {bold[0]}"
        for found in re.findall(rf".{{0,8}}(?:{HAN}[A-Za-z]|[A-Za-z]{HAN}).{{0,8}}", words):
            raise AssertionError(f"{page}: no space beside a Latin word: {found}")
        assert unicodedata.is_normalized("NFC", words), page


def width(line):
    """The columns that a terminal takes for it."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def entries(catalog):
    """The entries of a catalog by their ids."""
    found = re.split(r"^-- ([0-9a-f]{32})$", text(catalog), flags=re.M)[1:]
    return dict(zip(found[::2], found[1::2]))


@case
def the_catalogs_of_both_languages_have_the_same_entries_with_the_same_fields():
    english, chinese = entries("systemd/retaind.catalog"), entries(CATALOG)
    assert len(english) > 50 and list(english) == list(chinese), set(english) ^ set(chinese)
    for number, one in english.items():
        other = chinese[number]
        for what in (r"@([A-Z_]+)@", r"`([^`]+)`", r"^(?:Defined-By|Documentation): (.*)$", r"\b(?:adb:)[A-Z]\w+"):
            wanted, there = (set(re.findall(what, re.sub(r"(?<=\S)\n(?=\S)", " ", e), re.M)) for e in (one, other))
            assert wanted == there, (number, wanted ^ there)
        assert re.search(HAN, other), number
        assert all(width(line) <= 80 for line in other.splitlines()), f"{number} has a long line"


@case
def journalctl_explains_in_chinese_to_who_reads_it():
    number, entry = next(iter(entries(CATALOG).items()))
    with tempfile.TemporaryDirectory() as root:
        place = pathlib.Path(root, "usr/lib/systemd/catalog")
        place.mkdir(parents=True)
        for catalog in ("systemd/retaind.catalog", CATALOG):
            shutil.copy(ROOT / catalog, place)
        output("journalctl", f"--root={root}", "--update-catalog")
        # The locale may not be there; its name is all that counts here.
        os.symlink("/usr/lib/locale/C.utf8", pathlib.Path(root, "zh_CN.UTF-8"))
        for locale, chinese in (("zh_CN.UTF-8", True), ("C.UTF-8", False)):
            said = output("journalctl", f"--root={root}", "--dump-catalog", number,
                          env=dict(os.environ, LOCPATH=root, LC_ALL=locale))
            assert (entry.strip() in said) == chinese, said


def structure(page):
    """The lines of a man page that are of no language: headings, lists with their keys and options, examples."""
    lines, literal = [], False
    for line in text(page).splitlines():
        literal = (literal or line.startswith(".Bd")) and not line.startswith(".Ed")
        if literal or re.match(r"\.(Bl|El|It|Sh|Pp|Dl|Dd|Dt|Ed)\b", line):
            lines.append(line)
        elif line.startswith(".Ss"):
            lines.append(".Ss")
    return lines


def names(page):
    """The words of each section's lines with a macro: options, keys, variables, files, other pages."""
    return [set(re.findall(r"[A-Za-z0-9_./@-]{3,}", re.sub(r"^\.\w+", "", "\n".join(
        line for line in section.splitlines() if re.match(r"\.(It|Pq|Cm|Fl|Ar|Pa|Ev|Xr|Li|Ql|Va|Dv)\b", line)), flags=re.M)))
            for section in re.split(r"^\.S[hs] .*$", text(page), flags=re.M)]


@case
def the_chinese_man_pages_have_the_keys_options_and_examples_of_the_english_ones():
    for name in MAN:
        english, chinese = f"packaging/man/{name}", f"packaging/man/zh_CN/{name}"
        one, other = structure(english), structure(chinese)
        assert len(one) == len(other), f"{chinese}: {len(other)} lines of structure, not {len(one)}"
        for wanted, there in zip(one, other):
            # Two tags and the heads of one table are words, not keys.
            assert wanted == there or re.search(HAN, there) and re.match(r'\.It (The|Em "There") ', wanted), (wanted, there)
        for number, (wanted, there) in enumerate(zip(names(english), re.split(r"^\.S[hs] .*$", text(chinese), flags=re.M))):
            lacks = {word for word in wanted - {"The", "There", "Here", "retention", "weekdays"} if word.strip(".") not in there}
            assert not lacks, f"{chinese}, section {number} lacks {lacks}"


@case
def mandoc_shows_the_chinese_man_pages_within_80_columns():
    for name in MAN:
        page = ROOT / "packaging/man/zh_CN" / name
        env = dict(os.environ, LC_ALL="C.UTF-8")
        shown = re.sub(r".\x08", "", output("mandoc", "-T", "utf8", page, env=env))
        for line in shown.splitlines():
            assert width(line) <= 80 or not re.search(HAN, line), f"{name}: {line}"
        # It counts bytes, and takes the end of an escaped character for a bracket.
        said = subprocess.run(["mandoc", "-T", "lint", page], capture_output=True, text=True, check=False)
        found = [line for line in (said.stdout + said.stderr).splitlines() if not re.search(
            "longer than 80 bytes|trailing delimiter|referenced manual not found|outdated mandoc.db", line)]
        assert not found, "\n".join(found)


def leaves(node, path=()):
    """The values of a JSON document by their paths."""
    if isinstance(node, (dict, list)):
        found = {}
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            found.update(leaves(value, (*path, key)))
        return found
    return {path: node}


@case
def the_dashboard_in_chinese_has_the_queries_of_the_english_one_and_no_english_title():
    english = leaves(json.loads(text("packaging/monitoring/retaind-dashboard.json")))
    chinese = leaves(json.loads(pathlib.Path(os.environ["RETAIND_DASHBOARD"]).read_text("utf-8")))
    assert list(english) == list(chinese)
    titles = 0
    for path, value in english.items():
        if value != chinese[path]:
            assert path[-1] in ("uid", "title", "description", "label", "text", "legendFormat", "options") or \
                "renameByName" in path, (path, value)
        if path[-1] in ("title", "description") and value:
            titles += 1
            assert re.search(HAN, chinese[path]), f"no Chinese for: {value}"
    assert titles > 10 and chinese[("uid",)] != english[("uid",)]


sys.exit(case.run(sys.argv[1:]))
