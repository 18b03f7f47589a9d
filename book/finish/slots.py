"""A page as a site generator has made it, and the places in it that wait for what is made here.

The theme marks the content, `<!--book:content-->…<!--/book:content-->`, and leaves slots:
`<!--book:changed Last changed on {changed}.-->` becomes its text with what is known of the page,
or nothing if that is not known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from book import sources

if TYPE_CHECKING:
    from collections.abc import Mapping

_BEGIN, _END = "<!--book:content-->", "<!--/book:content-->"
_SLOT = re.compile(r"<!--book:(?P<name>\w+) (?P<text>.*?)-->", re.DOTALL)
_FACT = re.compile(r"\{(\w+)\}")


class FinishError(ValueError):
    """The rendered pages are not what the site can be made of; the message says why."""


@dataclass
class Page:
    """A page of the site, on its way from the generator to the reader.

    Attributes:
        file: where it is.
        source: the name of the file that it was made of; empty for the page of what is missing.
        url: its address below that of the first page, such as `gradients/`.
        before: its HTML up to the content.
        content: what the chapter says.
        after: its HTML from the content on.
        facts: what is known of it for its slots, as HTML.
    """

    file: Path
    source: str
    url: str
    before: str
    content: str
    after: str
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """How many folders it is away from the first page."""
        return self.url.count("/")

    def to(self, url: str) -> str:
        """The address of something, below that of the first page, as this page calls it."""
        if url == self.url:
            return "./" if url else "."
        return "../" * self.depth + url

    def html(self) -> str:
        """All of it, with its slots filled."""
        return filled(self.before, self.facts) + self.content + filled(self.after, self.facts)


def read(folder: Path) -> list[Page]:
    """Read the pages that a site generator has made, in the order of their addresses.

    Args:
        folder: of a language, or of the front page.

    Raises:
        FinishError: if a page has no mark where its content is: the theme is another.
    """
    inner = set(sources.LANGUAGES)
    found = []
    for file in folder.rglob("*.html"):
        place = file.relative_to(folder)
        if place.parts[0] in inner:
            continue  # another book's, which is finished
        html = file.read_text(encoding="utf-8")
        if place.name != "index.html":
            found.append(Page(file, "", "", html, "", ""))
            continue
        before, begin, rest = html.partition(_BEGIN)
        content, end, after = rest.partition(_END)
        if not begin or not end:
            raise FinishError(f"{place.as_posix()}: there is no mark around the content")
        url = "" if place.parent == Path() else f"{place.parent.as_posix()}/"
        found.append(Page(file, _source(url), url, before, content, after))
    return sorted(found, key=lambda page: page.url)


def filled(html: str, facts: Mapping[str, str]) -> str:
    """HTML with its slots filled, or gone.

    Args:
        html: of a page.
        facts: what is known, as HTML.
    """

    def fill(slot: re.Match[str]) -> str:
        if slot["name"] not in facts:
            return ""
        return _FACT.sub(lambda fact: facts.get(fact[1], fact[0]), slot["text"])

    return _SLOT.sub(fill, html)


def _source(url: str) -> str:
    name = url.rstrip("/") or "index"
    return f"{name}.ipynb" if f"{name}.ipynb" == sources.LAB else f"{name}.md"
