"""Lets what would give a prediction away wait until the reader has made it.

A box `!!! question` asks. A list at its end holds the choices, and each `___` is a blank to be
filled in; without either, the reader says that she has decided. What waits begins at the next
output (without one in the section, below the box) and ends with the section; it may hold the next
box. It stands in the page all the same: theme/assets/predictions.js hides and shows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = {
    "en": {
        "answer": "Your prediction",
        "decide": "I have decided",
        "again": "Predict again",
        "always": "Always show all",
        "waits": "Waits for your prediction.",
        "show": "Show me",
        "said": "You predicted:",
        "shown": "What comes out:",
    },
    "zh": {
        "answer": "你的答案",
        "decide": "我想好了",
        "again": "再猜一次",
        "always": "以后都直接显示",
        "waits": "结果等你猜完再揭晓。",
        "show": "直接看结果",
        "said": "你猜的是：",
        "shown": "结果如下：",
    },
}

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
_CHOICE = re.compile(r"<li>\s*(?:<p>)?(.*?)(?:</p>)?\s*</li>", re.DOTALL)
_BLANK = re.compile(r"<code\b.*?</code>|_{3,}", re.DOTALL)


@dataclass
class _Box:
    """A prediction whose answer has not been found yet."""

    key: str
    end: int  # the piece of the page that ends with the box


def prepared(html: str, language: str) -> tuple[str, list[str]]:
    """Make of the boxes of a page predictions, and of what they ask for something that can wait.

    Args:
        html: the content of the page.
        language: of the words that are added.

    Returns:
        the content, and a name for each prediction: those of a section are called after it, in both
        languages alike.

    Raises:
        ValueError: if nothing comes after a box in its section.
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
            waiting += _begin_below(pieces, asked, language)
            pieces.append("</div>" * waiting)
            waiting = 0
            found = _ID.match(element)
            section, count = found[1] if found else section, 0
        elif element.startswith(_OUTPUTS):
            pieces += [_begin(box.key, language) for box in asked]
            waiting += len(asked)
            asked = []
        elif element.startswith(_BOX):
            count += 1
            key = section if count == 1 else f"{section}-{count}"
            keys.append(key)
            element = _box(element, key, language)
            asked.append(_Box(key, len(pieces)))
        pieces.append(element)
    pieces.append(html[before:])
    waiting += _begin_below(pieces, asked, language)
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


def _begin_below(pieces: list[str], asked: list[_Box], language: str) -> int:
    """Let all that comes below boxes wait for which no output came; say how many there were."""
    for box in reversed(asked):
        if not "".join(pieces[box.end + 1 :]).strip():
            raise ValueError(f"nothing in the section comes after the prediction {box.key!r}")
        pieces.insert(box.end + 1, _begin(box.key, language))
    number = len(asked)
    asked.clear()
    return number


def _begin(key: str, language: str) -> str:
    words = WORDS[language]
    return (
        '<div class="waits" data-search-exclude="true">'
        f'<span data-said="{words["said"]}" data-shown="{words["shown"]}">'
        f"{words['waits']}</span> "
        f'<button type="button" class="literate-play">{words["show"]}</button></div>'
        f'<div class="waiting" id="waits-{key}">'
    )


def _box(html: str, key: str, language: str) -> str:
    words = WORDS[language]
    html = html.replace("<div", f'<div id="predict-{key}"', 1)
    html = _CHOICES.sub(lambda found: _choices(found[1], key, words["answer"]), html)
    count = sum(found[0].startswith("_") for found in _BLANK.finditer(html))
    number = 0

    def blank(found: re.Match[str]) -> str:
        nonlocal number
        if not found[0].startswith("_"):
            return found[0]
        number += 1
        label = words["answer"] + (f" {number}" if count > 1 else "")
        return (
            f'<span class="blank"><span>{found[0]}</span>'
            f'<input type="text" size="9" autocomplete="off" aria-label="{label}"></span>'
        )

    html = _BLANK.sub(blank, html)
    actions = (
        '<div class="prediction-actions" data-search-exclude="true">'
        f'<button type="button" class="literate-play" data-other="{words["again"]}">'
        f"{words['decide']}</button>"
        f'<label><input type="checkbox" autocomplete="off"> {words["always"]}</label></div>'
    )
    return f"{html.removesuffix('</div>')}{actions}\n</div>"


def _choices(items: str, key: str, label: str) -> str:
    choices = _CHOICE.sub(
        f'<li><label><input type="radio" name="predict-{key}" autocomplete="off">'
        r"<span>\1</span></label></li>",
        items,
    )
    group = f'<div role="radiogroup" aria-label="{label}">'
    return f'{group}<ul class="choices">{choices}</ul></div>\n</div>'
