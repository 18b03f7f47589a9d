"""Puts the chapters on one page: ids made unique, links between them made links within the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin

if TYPE_CHECKING:
    from collections.abc import Collection

_TAG = re.compile(r"<[a-z]\w*\s[^>]*>")
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

    html = _PERMALINK.sub("", html).replace("<details", "<details open")
    html = _TAG.sub(lambda tag: _ATTRIBUTE.sub(attribute, tag[0]), html)
    if number := re.match(r"0*(\d+)-", prefix):
        html = html.replace("<h1", f'<h1 data-number="{number[1]}"', 1)
    return f'<section class="print-chapter" id="{prefix}">\n{html}\n</section>\n'


def name(address: str) -> str:
    """The id of a section."""
    return address.rstrip("/").rpartition("/")[2]
