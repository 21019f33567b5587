#!/usr/bin/env python3
"""Both languages say the same: sections, commands, keys, options, promises, entries; and Chinese keeps to its glossary."""

import pathlib
import re
import sys
import unicodedata

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cases import Cases  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Each page by its twin in English.
PAGES = {"README.md": "README.zh-CN.md",
         "packaging/INSTALL.md": "packaging/INSTALL.zh-CN.md",
         "packaging/FIRST-HOUR.md": "packaging/FIRST-HOUR.zh-CN.md"}
GLOSSARY = "packaging/GLOSSARY.zh-CN.md"
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
    for english, chinese in list(PAGES.items())[1:]:
        for number, (one, other) in enumerate(zip(sections(english), sections(chinese))):
            assert one == other, f"{chinese}, section {number}: lacks {one - other}, has besides {other - one}"


def anchors(page):
    """What GitHub calls the headings of a page."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", prose(page), re.M)}


@case
def every_link_of_a_page_leads_somewhere_and_chinese_leads_to_chinese():
    for page in [*PAGES, *PAGES.values()]:
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", prose(page)):
            path = (ROOT / page).parent / target if target else ROOT / page
            assert path.exists(), (page, target)
            assert not anchor or anchor in anchors(path.relative_to(ROOT) if target else page), (page, target, anchor)
            there = str(path.resolve().relative_to(ROOT))
            across = there in PAGES if page in PAGES.values() else there in PAGES.values()
            # But for the way from one README to the other.
            assert not across or {page, there} == {"README.md", "README.zh-CN.md"}, f"{page} leads to {there}"


@case
def lines_of_chinese_end_where_a_space_does_not_show():
    """Markdown makes a space of the end of a line, and Chinese has none between words."""
    for page in [*PAGES.values(), GLOSSARY]:
        for before, after in zip(prose(page).splitlines(), prose(page).splitlines()[1:]):
            shows = re.search(rf"{HAN}$", before) and re.match(rf" *{HAN}", after)
            assert not shows or before.startswith("#"), f"{page}:\n{before}\n{after}"


def avoided():
    """The renderings that the glossary rules out, each with the one to use."""
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]*) \|", text(GLOSSARY), re.M)
    return {wrong: right for _, right, column in rows for wrong in column.split("、") if re.match(HAN, wrong) and wrong != "不用"}


@case
def chinese_uses_the_words_of_its_glossary():
    wrong = avoided()
    assert len(wrong) > 25
    for page in PAGES.values():
        for word, right in wrong.items():
            assert word not in text(page), f"{page}: {word}; say {right}"


@case
def chinese_has_its_own_punctuation_and_a_space_beside_latin_words():
    for page in [*PAGES.values(), GLOSSARY]:
        words = re.sub(r"\]\([^)]*\)", "]", re.sub(r"`[^`]*`", "x", prose(page)))
        for found in re.findall(rf".{{0,8}}{HAN}[,;:?!].{{0,8}}", words):
            raise AssertionError(f"{page}: half a width of punctuation: {found}")
        for bold in re.finditer(r"\*\*(.+?)\*\*", words):
            closes = not re.search(r"[，。：；！？）]$", bold[1]) or not re.match(HAN, words[bold.end():])
            assert closes, f"{page}: Markdown takes this for no end of bold type: {bold[0]}"
        for found in re.findall(rf".{{0,8}}(?:{HAN}[A-Za-z]|[A-Za-z]{HAN}).{{0,8}}", words):
            raise AssertionError(f"{page}: no space beside a Latin word: {found}")
        assert unicodedata.is_normalized("NFC", words), page


sys.exit(case.run(sys.argv[1:]))
