"""The glossary: each term links to the first page that introduces it, and the section does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from mkdocs.utils.yaml import yaml_load

DOCS = Path(__file__).resolve().parent.parent / "docs"
LANGUAGES = ("en", "zh")

_FENCE = re.compile(r"^( *)(`{3,}).*?^\1\2$", re.DOTALL | re.MULTILINE)
_UNREAD = re.compile(r"<!--.*?-->|`[^`]*`|\$\$.*?\$\$|\$[^$\n]*\$", re.DOTALL)
_HEADING = re.compile(r"#{1,6} (?P<title>.*?)(?: *\{ *#(?P<id>[\w-]+) *\})?\s*$")
_ITALIC = re.compile(r"(?<!\*)\*{1,2}(?![\s*])([^*]+)\*{1,2}")
_ENTRY = re.compile(r"^(?P<terms>.+) · (?P<other>.+)\n: +(?P<said>.+(?:\n +.+)*)", re.MULTILINE)
_LINK = re.compile(r"\]\((?P<page>[\w-]+\.md)(?:#(?P<id>[\w-]+))?\)$")


class Entry(NamedTuple):
    """A term of the glossary, as it is called in this language and in the other, and its link."""

    names: tuple[str, ...]
    others: tuple[str, ...]
    page: str
    section: str


def entries(glossary: str) -> list[Entry]:
    found = []
    for match in _ENTRY.finditer(glossary):
        link = _LINK.search(match["said"])
        assert link, f"{match['terms']} has no link at its end"
        names, others = (tuple(re.split(r", |，", match[part])) for part in ("terms", "other"))
        found.append(Entry(names, others, link["page"], link["id"] or "top"))
    return found


def set_apart(page: str) -> dict[str, set[str]]:
    """What is a heading or stands in italics or bold, in small letters, by the section's id."""
    text = _UNREAD.sub("", _FENCE.sub("", page.removeprefix("---").partition("\n---\n")[2] or page))
    parts: dict[str, str] = {"top": ""}
    found: dict[str, set[str]] = {"top": set()}
    section = "top"
    for line in text.splitlines():
        if heading := _HEADING.match(line):
            section = heading["id"] or "top"
            parts.setdefault(section, "")
            found.setdefault(section, set()).add(_plain(heading["title"]).removeprefix("the "))
        else:
            parts[section] += line + "\n"
    for name, part in parts.items():
        found[name] |= {_plain(words) for words in _ITALIC.findall(part)}
    return found


def _plain(words: str) -> str:
    return " ".join(words.split()).lower()


def forms(name: str) -> set[str]:
    """A term in singular and plural."""
    plural = name.removesuffix("um") + "a" if name.endswith("um") else name + "s"
    return {name.lower(), plural.lower(), name.lower() + "es"}


def complaints(glossary: str, pages: dict[str, str]) -> list[str]:
    """The terms that are not introduced where the glossary says; the pages are in their order."""
    marked = {name: set_apart(text) for name, text in pages.items()}
    found = []
    for entry in entries(glossary):
        for name in entry.names:
            if not forms(name) & marked[entry.page].get(entry.section, set()):
                found.append(f"{name}: {entry.page}#{entry.section} does not set it apart")
            for page, sections in marked.items():
                if page == entry.page:
                    break
                if forms(name) & set().union(*sections.values()):
                    found.append(f"{name}: {page} sets it apart before {entry.page} does")
    return found


def ordered(navigation: list[str | dict[str, list[str]]]) -> list[str]:
    """The pages in the order in which they are read, without the glossary."""
    groups = [[part] if isinstance(part, str) else part.popitem()[1] for part in navigation]
    names = [name for group in groups for name in group]
    return [name for name in names if name.endswith(".md") and name != "glossary.md"]


def text(language: str, name: str) -> str:
    return (DOCS / language / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_term_links_to_the_section_that_introduces_it(language: str) -> None:
    with (DOCS / f"{language}.yml").open(encoding="utf-8") as file:
        names = ordered(yaml_load(file)["nav"])
    pages = {name: text(language, name) for name in names}
    assert complaints(text(language, "glossary.md"), pages) == []


def test_both_languages_have_the_same_terms_with_the_same_links() -> None:
    english, chinese = (entries(text(language, "glossary.md")) for language in LANGUAGES)
    assert english == [entry._replace(names=entry.others, others=entry.names) for entry in chinese]


GLOSSARY = "weight · 权重\n:   It multiplies.\n    [Chapter 2](two.md#{})\n"
PAGES = {
    "one.md": "---\ntitle: *Weight*\n---\n# One\n\nA weight, `*weight*`, $*weight*$.\n",
    "two.md": "# Two\n\n## Here { #here }\n\nTwo\n*weights*.\n\n```py\n*b*\n```\n\n"
    "## The weight { #titled }\n\nBare.\n\n## There { #there }\n\nA weight. <!-- *weight* -->\n",
}


@pytest.mark.parametrize("section", ["here", "titled"])
def test_a_term_in_italics_or_in_the_heading_is_introduced(section: str) -> None:
    assert complaints(GLOSSARY.format(section), PAGES) == []


@pytest.mark.parametrize("section", ["there", "nowhere"])
def test_a_section_that_does_not_introduce_the_term_is_found(section: str) -> None:
    expected = [f"weight: two.md#{section} does not set it apart"]
    assert complaints(GLOSSARY.format(section), PAGES) == expected


def test_an_earlier_page_that_introduces_the_term_is_found() -> None:
    pages = PAGES | {"one.md": "# One\n\nA **weight**.\n"}
    expected = ["weight: one.md sets it apart before two.md does"]
    assert complaints(GLOSSARY.format("here"), pages) == expected


def test_each_name_of_an_entry_is_looked_for() -> None:
    glossary = GLOSSARY.format("here").replace("weight ·", "weight, bias ·")
    assert complaints(glossary, PAGES) == ["bias: two.md#here does not set it apart"]


def test_a_link_without_a_section_leads_to_the_top() -> None:
    glossary = GLOSSARY.format("").replace("#", "")
    pages = PAGES | {"two.md": "# Two\n\nA *weight*.\n"}
    assert complaints(glossary, pages) == []
    assert complaints(glossary, PAGES) == ["weight: two.md#top does not set it apart"]


def test_local_minima_are_the_plural_of_a_local_minimum() -> None:
    assert "local minima" in forms("local minimum")
