"""Puts the chapters on one page: ids made unique, links between them made links within the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin

from linreg.literate.controls import still
from linreg.literate.figures import with_unique_ids

if TYPE_CHECKING:
    from collections.abc import Collection

    from mkdocs.structure.toc import TableOfContents

_DRAWING_OR_TAG = re.compile(r"<svg\b.*?</svg>|<[a-z]\w*\s[^>]*>", re.DOTALL)
_ATTRIBUTE = re.compile(
    r'(?P<own>\s(?:id|for|name|aria-(?:labelledby|describedby))="|url\(#)|\shref="(?P<to>[^"]*)"'
)
# Code, with the sentence that ends in a colon before it.
_CODE = re.compile(
    r'(?:<p>(?:(?!</?p>).)*[:：]</p>\s*)?<div class="highlight"><pre>.*?</pre></div>', re.DOTALL
)
_OUTPUT = '<div class="literate-output">'
_SPACE = re.compile(r"\s*")
_DIV = re.compile(r"<(/?)div\b")
_PERMALINK = re.compile(r'<a class="headerlink"[^>]*>.*?</a>')


def section(html: str, address: str, chapters: Collection[str]) -> str:
    """Make the content of a page a section of the page that holds them all.

    Args:
        html: the content.
        address: of the page.
        chapters: the addresses of all pages that become sections.
    """
    prefix = name(address)

    def attribute(found: re.Match[str]) -> str:
        if found["own"]:
            return f"{found[0]}{prefix}-"
        if found["to"].startswith("#"):
            return f' href="#{prefix}-{found["to"][1:]}"'
        to = urljoin(address, found["to"])
        page, place = urldefrag(to)
        if page in chapters:
            to = f"#{name(page)}-{place}" if place else f"#{name(page)}"
        return f' href="{to}"'

    def part(found: re.Match[str]) -> str:
        if found[0].startswith("<svg"):
            return with_unique_ids(found[0], f"{prefix}-")
        return _ATTRIBUTE.sub(attribute, found[0])

    html = _PERMALINK.sub("", still(html)).replace("<details", "<details open")
    html = _together(_DRAWING_OR_TAG.sub(part, html))
    return f'<section class="print-chapter" id="{prefix}">\n{html}\n</section>\n'


def _together(html: str) -> str:
    """Hold code, its output and the sentence that leads to it together: no page ends between them.

    A box around them does it in every browser; rules for what stands beside what, only in some.
    """
    parts = []
    end = 0
    for found in _CODE.finditer(html):
        start, stop = found.span()
        output = _SPACE.match(html, stop).end()  # type: ignore[union-attr]  # it matches anything
        if html.startswith(_OUTPUT, output):
            stop = _end_of_div(html, output)
        elif not found[0].startswith("<p>"):
            continue
        parts += [html[end:start], f'<div class="print-unit">{html[start:stop]}</div>']
        end = stop
    return "".join([*parts, html[end:]])


def _end_of_div(html: str, start: int) -> int:
    depth = 0
    for tag in _DIV.finditer(html, start):
        depth += -1 if tag[1] else 1
        if not depth:
            return html.index(">", tag.start()) + 1
    raise ValueError(f"this <div> is never closed: {html[start : start + 80]}")


def entry(address: str, title: str, toc: TableOfContents) -> dict[str, Any]:
    """What the contents say of a page: its title and those of its sections.

    Args:
        address: of the page.
        title: of the page, with its number.
        toc: its headings.
    """
    prefix = name(address)
    top = [item for item in toc if item.level == 1]
    sections = [{"id": f"{prefix}-{s.id}", "title": s.title} for t in top for s in t.children]
    return {"id": prefix, "title": title, "sections": sections}


def name(address: str) -> str:
    """The id of a section."""
    return address.rstrip("/").rpartition("/")[2]
