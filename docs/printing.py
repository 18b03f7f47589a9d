"""Puts the chapters on one page: ids made unique, links between them made links within the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin

from linreg.literate.figures import with_unique_ids

if TYPE_CHECKING:
    from collections.abc import Collection

_DRAWING_OR_TAG = re.compile(r"<svg\b.*?</svg>|<[a-z]\w*\s[^>]*>", re.DOTALL)
_ATTRIBUTE = re.compile(
    r'(?P<own>\s(?:id|for|name|aria-(?:labelledby|describedby))="|url\(#)|\shref="(?P<to>[^"]*)"'
)
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

    html = _PERMALINK.sub("", html).replace("<details", "<details open")
    html = _DRAWING_OR_TAG.sub(part, html)
    if number := re.match(r"0*(\d+)-", prefix):
        html = html.replace("<h1", f'<h1 data-number="{number[1]}"', 1)
    return f'<section class="print-chapter" id="{prefix}">\n{html}\n</section>\n'


def name(address: str) -> str:
    """The id of a section."""
    return address.rstrip("/").rpartition("/")[2]
