"""HTML as elements that know where they stand in the text, so that it can be changed in place.

What is not changed stays as it is, to the byte. Drawings are elements without a content: most of a
page is what they hold, and nothing here looks into them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

EMPTY = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905
)
_DRAWING = re.compile(r"<svg\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>(.*?)</svg\s*>", re.DOTALL)
_ATTRIBUTE = re.compile(
    r"""(?P<before>[\s"'/])(?P<name>[^\s"'<>/=]+)"""
    r"""(?:(?P<sign>\s*=\s*)(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'<>]+)))?"""
)


@dataclass(eq=False)
class Element:
    """An element, or a text, whose name is empty.

    Attributes:
        name: in lower case.
        attributes: with their values, or None where there is no value.
        start: where it begins in the text.
        inside: where its content begins.
        end: where its content ends.
        stop: where it ends.
        text: of a text, the characters that it stands for.
        children: what stands in it.
    """

    name: str
    attributes: dict[str, str | None]
    start: int
    inside: int
    end: int = -1
    stop: int = -1
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        """This element and all that stands in it, as the text has them."""
        yield self
        for child in self.children:
            yield from child.walk()

    def has_class(self, name: str) -> bool:
        """Whether a class is among its own."""
        return name in (self.attributes.get("class") or "").split()

    def words(self) -> str:
        """All the text in it."""
        return "".join(element.text for element in self.walk())


def parse(html: str) -> Element:
    """Read HTML; an element without a name holds all of it.

    Args:
        html: a page, or a part of one.
    """
    parser = _Parser(html)
    parser.feed(_DRAWING.sub(_blank, html))
    parser.close()
    return parser.finished()


def edited(html: str, changes: Iterable[tuple[int, int, str]]) -> str:
    """Put other text into some places.

    Args:
        html: the text.
        changes: for each, where what goes begins and ends, and what comes. None reaches into
            another; of two in one place, the first one comes first.
    """
    parts = []
    end = 0
    for start, stop, text in sorted(changes, key=lambda change: change[:2]):
        parts += [html[end:start], text]
        end = stop
    return "".join([*parts, html[end:]])


def with_attributes(tag: str, change: Callable[[str, str], str]) -> str:
    """A start tag with other values of its attributes; all else of it stays.

    Args:
        tag: from `<` to `>`.
        change: from the name of an attribute and its value, as it is written, makes the new one.
    """

    def changed(found: re.Match[str]) -> str:
        kind = next((k for k in ("double", "single", "bare") if found[k] is not None), None)
        if kind is None:
            return found[0]
        value = change(found["name"].lower(), found[kind])
        if value == found[kind]:
            return found[0]
        quote = "'" if kind == "single" else '"'
        return f"{found['before']}{found['name']}{found['sign']}{quote}{value}{quote}"

    if "=" not in tag:
        return tag
    name = re.match(r"<[^\s/>]*", tag)
    head = name[0] if name else ""
    return head + _ATTRIBUTE.sub(changed, tag[len(head) :])


def _blank(drawing: re.Match[str]) -> str:
    """A drawing without what it holds, as long as it was, with its lines."""
    if "<svg" in drawing[1]:
        return drawing[0]  # it ends elsewhere
    start, stop = drawing.span(1)
    held = re.sub(r"[^\n]", " ", drawing[1])
    return f"{drawing[0][: start - drawing.start()]}{held}{drawing[0][stop - drawing.start() :]}"


class _Parser(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self._html = html
        self._lines = [0]  # where each begins
        for line in html.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self._open = [Element("", {}, 0, 0)]

    def finished(self) -> Element:
        """The whole; what was not closed ends with it."""
        for element in self._open:
            element.end = element.stop = len(self._html)
        return self._open[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self._here()
        inside = start + len(self.get_starttag_text() or "")
        element = Element(tag, dict(attrs), start, inside)
        self._open[-1].children.append(element)
        if tag in EMPTY:
            element.end = element.stop = inside
        else:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in EMPTY:
            element = self._open.pop()
            element.end = element.stop = element.inside

    def handle_endtag(self, tag: str) -> None:
        if tag not in [element.name for element in self._open[1:]]:
            return
        end = self._here()
        stop = self._html.find(">", end) + 1 or len(self._html)
        while True:  # what is not closed ends where what it stands in does
            element = self._open.pop()
            element.end, element.stop = end, end
            if element.name == tag:
                element.stop = stop
                return

    def handle_data(self, data: str) -> None:
        start = self._here()
        if self._open[-1].name != "svg":
            self._open[-1].children.append(Element("", {}, start, start, start, start, data))

    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column
