"""Lets what would give a prediction away wait until the reader has made it.

A box `!!! question` asks. A list at its end holds the choices, and each `___` is a blank to be
filled in; a box without either has a button, "I have decided". What waits begins at the next output
(or, in a section that has none, below the box) and ends with the section; it may hold the next box.
It stands in the page all the same: docs/theme/assets/predictions.js hides it and shows it.

What there is to press is added by that script, where an empty `div` keeps the place, and so is the
id of a box: a page must not say in each box what can be known. With figures between them, the same
words would be compressed anew every time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOX = '<div class="admonition question"'
_OUTPUTS = ('<div class="literate-output"', '<p class="literate-off"')
_ENDS = ("<h1", "<h2", "<h3", "<h4", "<h5", "<h6", '<div class="footnote"')
_TAG = re.compile(
    r"<!--.*?-->|<(?P<whole>svg|math|pre|script|style)\b.*?</(?P=whole)>"
    r"|<(?P<slash>/?)(?P<name>[a-z][\w-]*)[^>]*>",
    re.DOTALL,
)
_EMPTY = frozenset(("area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"))
_ID = re.compile(r'<[^>]*\sid="([^"]*)"')
_CHOICES = re.compile(
    r"<ul>\n?((?:<li>(?:(?!</?li>|</?ul>).)*</li>\n?)+)</ul>\s*</div>$", re.DOTALL
)
_BLANK = re.compile(r"<code\b.*?</code>|_{3,}", re.DOTALL)


@dataclass
class _Box:
    """A prediction whose answer has not come yet on the page."""

    key: str
    end: int  # the piece of the page that ends with the box


def prepared(html: str) -> tuple[str, list[str]]:
    """Make predictions of the boxes on a page, and let what they ask for wait.

    Args:
        html: the content of the page.

    Returns:
        the content, and a name for each prediction: those of a section are called after it, in both
        languages alike.

    Raises:
        ValueError: if nothing comes after a box in its section, or it has a single choice.
    """
    pieces: list[str] = []
    keys: list[str] = []
    asked: list[_Box] = []  # and not answered
    waiting = before = 0
    section, count = "top", 0
    for start, stop in _elements(html):
        pieces.append(html[before:start])
        element, before = html[start:stop], stop
        if element.startswith(_ENDS):
            waiting += _begin_below(pieces, asked)
            pieces.append("</div>" * waiting)
            waiting = 0
            found = _ID.match(element)
            section, count = found[1] if found else section, 0
        elif element.startswith(_OUTPUTS):
            pieces += [_begin(box.key) for box in asked]
            waiting += len(asked)
            asked = []
        elif element.startswith(_BOX):
            count += 1
            key = section if count == 1 else f"{section}-{count}"
            keys.append(key)
            element = _box(element, key)
            asked.append(_Box(key, len(pieces)))
        pieces.append(element)
    pieces.append(html[before:])
    waiting += _begin_below(pieces, asked)
    pieces.append("</div>" * waiting)
    return "".join(pieces), keys


def _elements(html: str) -> Iterator[tuple[int, int]]:
    """Where each element that stands in no other begins and ends."""
    depth = start = 0
    for tag in _TAG.finditer(html):
        if not tag["name"]:
            continue
        if tag["slash"]:
            depth -= 1
        elif tag["name"] not in _EMPTY:
            depth += 1
            start = tag.start() if depth == 1 else start
            continue
        if depth == 0 and tag["slash"]:
            yield start, tag.end()


def _begin_below(pieces: list[str], asked: list[_Box]) -> int:
    """Let everything below the boxes wait for which no output came; the number of these boxes."""
    for box in reversed(asked):
        if not "".join(pieces[box.end + 1 :]).strip():
            raise ValueError(f"nothing in the section comes after the prediction {box.key!r}")
        pieces.insert(box.end + 1, _begin(box.key))
    number = len(asked)
    asked.clear()
    return number


def _begin(key: str) -> str:
    # No id: Material names a block of code after the nearest one above it, and copies by the name.
    return f'<div></div><div class="waiting" data-for="{key}">'


def _box(html: str, key: str) -> str:
    choices = _CHOICES.search(html)
    if choices:
        if choices[0].count("<li>") < 2:
            raise ValueError(f"the prediction {key!r} has a single choice")
        html = html[: choices.start()] + choices[0].replace("<ul>", '<ul class="choices">')
    html = _BLANK.sub(_blank, html)
    return f"{html.removesuffix('</div>')}<div></div>\n</div>"


def _blank(found: re.Match[str]) -> str:
    return f'<span class="blank">{found[0]}</span>' if found[0].startswith("_") else found[0]
