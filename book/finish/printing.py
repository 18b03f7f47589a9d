"""Puts the chapters on one page: ids made unique, links between them made links within the page."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin

from book.finish.markup import edited, parse, with_attributes
from linreg.literate.controls import still
from linreg.literate.figures import with_unique_ids

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from book.finish.markup import Element
    from book.finish.slots import Page

_NAMES = frozenset(("id", "name"))  # what others refer to
_REFERENCES = frozenset(  # to one id or several of them, with blanks between
    ("for", "aria-controls", "aria-describedby", "aria-details", "aria-labelledby", "aria-owns")
)
_FILES = frozenset(("src", "poster", "data-src"))
_PARTS = re.compile(r"url\(#")  # clip-path="url(#a)"
_SET = re.compile(r"(?P<blank>^\s*|,\s+)(?P<address>[^\s,]+)")  # srcset="a.png 1x, b.png 2x"
_CHAPTER = '<section class="print-chapter" id="{id}">\n{content}\n</section>\n'


def fill(page: Page, chapters: Sequence[tuple[Page, str]], address: str) -> None:
    """Fill the page that holds all chapters.

    Args:
        page: this page.
        chapters: what it holds, each with its title.
        address: of the language's first page.
    """
    known = frozenset(address + chapter.url for chapter, _ in chapters)
    here = address + page.url
    sections, entries = [], []
    for chapter, title in chapters:
        sections.append(section(chapter.content, address + chapter.url, known, here))
        entries.append(entry(chapter.content, chapter.url, title))
    page.content, page.facts["contents"] = "".join(sections), "".join(entries)


_parsed = lru_cache(maxsize=1)(parse)  # for the section of a page, and then for its contents


@lru_cache(maxsize=64)  # most pages are those of the build before
def section(html: str, address: str, chapters: frozenset[str], here: str) -> str:
    """Make the content of a page a section of the page that holds them all.

    Args:
        html: the content.
        address: of the page.
        chapters: the addresses of all pages that become sections.
        here: the address of the page that holds them.
    """
    prefix = name(address)

    def attribute(key: str, value: str) -> str:
        if key in _NAMES:
            return f"{prefix}-{value}"
        if key in _REFERENCES:
            return " ".join(f"{prefix}-{id}" for id in value.split())
        if key == "href":
            return _link(value, address, chapters)
        if key in _FILES:
            return _file(value, address, here)
        if key == "srcset":
            return _SET.sub(lambda one: one["blank"] + _file(one["address"], address, here), value)
        return _PARTS.sub(f"url(#{prefix}-", value)

    html = still(html)
    root = _parsed(html)
    units = list(_units(root, html))
    changes = [(stop, stop, "</div>") for _, stop in units]
    changes += [(start, start, '<div class="print-unit">') for start, _ in units]
    for element in _elements(root):
        start, inside, stop = element.start, element.inside, element.stop
        if element.name == "svg":
            changes.append((start, stop, with_unique_ids(html[start:stop], f"{prefix}-")))
        elif element.has_class("headerlink"):
            changes.append((start, stop, ""))
        else:
            tag = with_attributes(html[start:inside], attribute)
            if element.name == "details" and "open" not in element.attributes:
                tag = f"<details open{tag.removeprefix('<details')}"
            changes.append((start, inside, tag))
    return _CHAPTER.format(id=prefix, content=edited(html, changes))


@lru_cache(maxsize=64)
def entry(html: str, address: str, title: str) -> str:
    """What the contents say of a page: its title and those of its sections.

    Args:
        html: the content of the page.
        address: of the page.
        title: of the page, with its number.
    """
    prefix = name(address)
    headings = [e for e in _parsed(still(html)).walk() if e.name == "h2" and e.attributes.get("id")]
    lines = [
        f'<li><a href="#{prefix}-{heading.attributes["id"]}">{_title(heading)}</a></li>\n'
        for heading in headings
    ]
    sections = f"\n<ul>\n{''.join(lines)}</ul>\n" if lines else ""
    return f'<li><a href="#{prefix}">{title}</a>{sections}</li>\n'


def name(address: str) -> str:
    """The id of a section."""
    return address.rstrip("/").rpartition("/")[2]


def _elements(parent: Element) -> Iterator[Element]:
    """All elements, but for those in drawings, and in links to headings, which go."""
    for element in parent.children:
        if element.name:
            yield element
            if element.name != "svg" and not element.has_class("headerlink"):
                yield from _elements(element)


def _units(parent: Element, html: str) -> Iterator[tuple[int, int]]:
    """Where code begins and its output ends, with the sentence before that leads to it.

    No page of paper ends between them. A box around them does it in every browser; rules for what
    stands beside what, only in some.
    """
    shown = [child for child in parent.children if child.name or child.text.strip()]
    beside = zip([None, *shown], shown, [*shown[1:], None], strict=False)
    for before, code, after in beside:
        if not (code.name == "div" and code.has_class("highlight")):
            yield from _units(code, html)
            continue
        leads = before is not None and before.name == "p" and _leads(html, before)
        follows = after is not None and after.name == "div" and after.has_class("literate-output")
        if leads or follows:
            first = before if leads and before else code
            last = after if follows and after else code
            yield first.start, last.stop


def _leads(html: str, sentence: Element) -> bool:
    return html[sentence.inside : sentence.end].endswith((":", "："))


def _link(to: str, address: str, chapters: frozenset[str]) -> str:
    if to.startswith("#"):
        return f"#{name(address)}-{to[1:]}"
    absolute = urljoin(address, to)
    page, place = urldefrag(absolute)
    if page not in chapters:
        return absolute
    return f"#{name(page)}-{place}" if place else f"#{name(page)}"


def _file(to: str, address: str, here: str) -> str:
    """A picture or the like, as the page that holds all chapters calls it: from disk as well."""
    absolute, top = urljoin(address, to), urljoin(here, "../")
    return f"../{absolute.removeprefix(top)}" if absolute.startswith(top) else absolute


def _title(heading: Element) -> str:
    """The words of a heading, without its link."""
    return escape("".join(_texts(heading)).strip(), quote=False)


def _texts(element: Element) -> Iterator[str]:
    if not element.has_class("headerlink"):
        yield element.text
        for child in element.children:
            yield from _texts(child)
