"""The sections that the search (docs/theme/assets/search.js) looks through, out of the pages."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from html import escape, unescape
from typing import TYPE_CHECKING, Any

import opencc

from book.finish.markup import parse
from linreg.literate import controls

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from book.finish.markup import Element
    from book.finish.slots import Page

# What gathers things from many chapters, and what restates them.
_GATHERED = re.compile(r"(mistakes|errors|api|glossary|index|literate)\.md|lab\.ipynb")
_RESTATED = re.compile(r"#(summary|exercises)$")

# The page of error messages, and what one of its sections prints: `RuntimeError: …`.
_ERRORS = re.compile(r"errors/#")
_OUTPUT = re.compile(r"<pre>(?!<code>)(.*?)</pre>", re.DOTALL)
_MESSAGE = re.compile(
    r"""^(?:raise )?\w*(?:Error|Warning)(?::[ ]|\(")(.*(?:\n[\t ].*)*)""", re.MULTILINE
)
_HAN = re.compile(r"[\u3400-\u9fff]")

# Drawings and the colours of code are most of a page, and hold no words.
_DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_COLOURED = re.compile(r'<span class="\w{1,3}">([^<]*)</span>')

_HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
_KEPT = frozenset(("p", "code", "pre", "li", "ol", "ul", "sub", "sup"))
_NO_WORDS = frozenset(("object", "script", "style"))


def write_sections(
    site: Path, pages: Sequence[Page], words: Mapping[str, Sequence[str]]
) -> list[str]:
    """Write `search/sections.json`.

    Every page reads the theme's own index when it is opened, so of that one only the settings stay;
    the sections wait until somebody searches.

    Args:
        site: the folder of a language.
        pages: those to be found.
        words: what readers call a section, by its address.

    Returns:
        what is wrong with the words.
    """
    complaints = []
    found = [section for page in pages for section in _of_page(page.content, page.url, page.source)]
    made = [dict(section) for section in found]  # those of a page are kept for the next build
    for place, others in words.items():
        named = [section for section in made if section["location"] == place]
        if not named:
            complaints.append(f"docs/search.yml: there is no section {place}")
        for section in named:
            if "messages" in section:  # in the words of another version, or of another machine
                section["messages"] = [*section["messages"], *others]
            else:
                section["also"] = list(others)
    text = json.dumps(made, ensure_ascii=False)
    traditional, simplified = _variants("".join(sorted(set(_HAN.findall(text)))))
    folder = site / "search"
    folder.mkdir(exist_ok=True)
    _write(
        folder / "sections.json",
        {"traditional": traditional, "simplified": simplified, "docs": made},
    )
    index = folder / "search_index.json"
    if index.exists():
        _write(index, {**json.loads(index.read_text(encoding="utf-8")), "docs": []})
    return complaints


def boost(source: str) -> float:
    """Say how much a page counts for the search: a chapter more than what gathers from many.

    Args:
        source: the page's file, below the folder of its language.
    """
    return 0.5 if _GATHERED.match(source) else 1.0


def sections(content: str) -> list[tuple[str, str, str]]:
    """Take a page apart at its headings.

    Of the markup, paragraphs, lists, code and what is raised or lowered stay. Displayed formulas,
    and those with fractions, have no words: a half would be found as 12.

    Args:
        content: of the page.

    Returns:
        for each section the id of its heading (none for what the page begins with), its title and
        its text.
    """
    reader = _Reader()
    spare = _COLOURED.sub(r"\1", _DRAWING.sub("", controls.still(content))).replace("<wbr>", "")
    for element in parse(spare).children:
        reader.read(element)
    return [
        (part.id, "".join(part.title).strip(), "".join(part.text).strip()) for part in reader.parts
    ]


def messages(text: str) -> list[str]:
    """The errors and warnings that a section prints, without the name of their class.

    Args:
        text: the section, as the search plugin writes it: outputs are `<pre>` without `<code>`.
    """
    outputs = "\n".join(_OUTPUT.findall(text))
    return [unescape(found) for found in _MESSAGE.findall(outputs)]


class _Part:
    """A section while it is read."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.title: list[str] = []
        self.text: list[str] = []


class _Reader:
    """Reads the elements of a page one after another into sections."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self._part: _Part | None = None
        self._open: list[str] = []  # the names of the elements around what is read

    def read(self, element: Element) -> None:
        """Read an element with all that is in it."""
        if not element.name:
            self._read_text(element.text)
        elif element.name in _HEADINGS and "id" in element.attributes:
            self._begin(element)
        elif not _is_silent(element):
            before = self._here()
            self._read_in(element, self._part_text())
            self._part = before  # a section ends with what its heading stands in

    def _begin(self, heading: Element) -> None:
        if heading.name != "h1" and not self.parts:
            self.parts.append(_Part(""))
        self._part = _Part((heading.attributes["id"] or "") if self.parts else "")
        self.parts.append(self._part)
        self._open.append(heading.name)
        for child in heading.children:
            self._read_title(child, self._part.title)
        self._open.pop()

    def _read_title(self, element: Element, into: list[str]) -> None:
        if not element.name:
            text = element.text
            into.append(escape(text.replace("\n", " ") if text.strip() else " ", quote=False))
        elif not element.has_class("headerlink") and not _is_silent(element):
            if element.name in _KEPT:
                into.append(f"<{element.name}>")
            for child in element.children:
                self._read_title(child, into)
            if element.name in _KEPT:
                _close(element.name, into)

    def _read_in(self, element: Element, into: list[str]) -> None:
        if element.name in _KEPT:
            into.append(f"<{element.name}>")
        self._open.append(element.name)
        for child in element.children:
            self.read(child)
        self._open.pop()
        if element.name in _KEPT:
            _close(element.name, into)

    def _read_text(self, text: str) -> None:
        into = self._part_text()
        code = "pre" in self._open
        if not code:
            text = text.replace("\n", " ") if text.strip() else " "
        if text.strip() or code or not into or not into[-1].isspace():
            into.append(escape(text, quote=False))

    def _here(self) -> _Part:
        if self._part is None:
            self._part = _Part("")
            self.parts.append(self._part)
        return self._part

    def _part_text(self) -> list[str]:
        return self._here().text


def _is_silent(element: Element) -> bool:
    """Whether nothing of an element is to be found."""
    if element.name == "math":
        fraction = any(inner.name == "mfrac" for inner in element.walk())
        return fraction or element.attributes.get("display") == "block"
    return (
        element.name in _NO_WORDS
        or "data-search-exclude" in element.attributes
        or element.attributes.get("class") == "linenodiv"
    )


def _close(name: str, into: list[str]) -> None:
    """Close an element, or take it back if there is nothing in it."""
    first = into.index(f"<{name}>")
    if any(not piece.isspace() for piece in into[first + 1 :]):
        into.append(f"</{name}>")
    else:
        del into[first:]


@lru_cache(maxsize=64)  # most pages are those of the build before
def _of_page(content: str, url: str, source: str) -> tuple[dict[str, Any], ...]:
    return tuple(
        _section(f"{url}#{id}" if id else url, title, text, boost(source))
        for id, title, text in sections(content)
    )


def _section(location: str, title: str, text: str, weight: float) -> dict[str, Any]:
    section: dict[str, Any] = {"location": location, "title": title, "text": text, "boost": weight}
    if _ERRORS.match(location):
        section["messages"] = messages(text)
    if _RESTATED.search(location) or not section.get("messages", True):
        section["boost"] = 0.4 * weight
    return section


@lru_cache(maxsize=4)
def _variants(characters: str) -> tuple[str, str]:
    """Pair each traditional character that stands for one of these with it."""
    every = [chr(code) for code in range(0x3400, 0xA000)]
    # A character a line: next to another it might be half of a word.
    simple = opencc.OpenCC("t2s").convert("\n".join(every)).split("\n")
    pairs = [
        (one, other)
        for one, other in zip(every, simple, strict=True)
        if one != other and other in characters and one not in characters
    ]
    return "".join(one for one, _ in pairs), "".join(other for _, other in pairs)


def _write(file: Path, content: object) -> None:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    file.write_text(text, encoding="utf-8")
