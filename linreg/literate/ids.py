"""Ids of HTML that comes from elsewhere: unique on a page, and all that refers to them follows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_TAG = re.compile(r"<(?P<name>[a-z][^\s/>\"'<]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
_RAW = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("script", "style")}
_ATTRIBUTE = re.compile(
    r"(?P<before>\s(?P<name>[^\s\"'<>/=]+)\s*=\s*)"
    r"(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'=<>`]+))"
)
_LISTS = {"id", "for", "form", "list", "headers", "itemref", "popovertarget", "commandfor"}
_LISTS |= {"aria-activedescendant", "aria-controls", "aria-describedby", "aria-details"}
_LISTS |= {"aria-errormessage", "aria-flowto", "aria-labelledby", "aria-owns"}
_TIMES = {"begin", "end"}  # of an animation: when another element is clicked, say
_COLOURS = {"color", "bgcolor", "fill", "stroke", "stop-color", "flood-color", "style"}

_NAME = r"(?P<name>[\w-]+(?:[.:][\w-]+)*)"
_HASH = re.compile(rf"(?<![\w/.?=&-])#{_NAME}")  # not that of another page
_URL = re.compile(rf"(?<=url\()\s*(?:[\"']|&quot;)?#{_NAME}")
# A selector, and no colour: what follows is a block of declarations.
_SELECTOR = re.compile(rf"#{_NAME}(?=[^;{{}}]*\{{)")
_STRING = re.compile(r"(?P<quote>[\"'`])(?P<name>[^\s\"'`]+)(?P=quote)")
_IN_STRING = re.compile(rf"(?<=[\"'` ,>+~(])#{_NAME}")
_EVENT = re.compile(r"(?P<name>[\w-]+)(?=\.[a-z])")
_LAST = re.compile(r"(?:(.*)([.:]))?(.*)")
_WORD = re.compile(r"(?P<name>\S+)")


def declared(html: str) -> list[str]:
    """The ids that elements of the HTML have, each once, in order."""
    found: dict[str, None] = {}
    for kind, part in _parts(html):
        if kind == "tag":
            for attribute in _ATTRIBUTE.finditer(part):
                if attribute["name"].lower() == "id" and (value := _value(attribute)):
                    found[value] = None
    return list(found)


def renamed(html: str, names: Mapping[str, str]) -> str:
    """Give elements other ids.

    What refers to them follows: attributes such as ``for``, ``href``, ``aria-labelledby`` and
    ``clip-path``, selectors of style sheets, and the strings of scripts.

    Args:
        html: elements, style sheets and scripts.
        names: for each id that changes, the new one.
    """
    if not names:
        return html
    change = _Change(names)
    changes = {"tag": change.tag, "script": change.script, "style": change.style}
    return "".join(changes[kind](part) if kind in changes else part for kind, part in _parts(html))


def prefixed(html: str, prefix: str) -> str:
    """Put a prefix on every id, and on what refers to it."""
    return renamed(html, {name: f"{prefix}{name}" for name in declared(html)})


def apart(page: str, parts: Iterable[str]) -> list[str]:
    """Rename what parts of a page have for a second time.

    An id that stands on the page, or in an earlier part, gets the next number that is free.

    Args:
        page: the rest of the page.
        parts: in order.
    """
    taken = set(declared(page))
    made = []
    for part in parts:
        own = declared(part)
        names = {}
        for name in own:
            number, free = 2, name
            while free in taken or (free != name and free in own):
                free, number = f"{name}-{number}", number + 1
            taken.add(free)
            if free != name:
                names[name] = free
        made.append(renamed(part, names))
    return made


def _parts(html: str) -> Iterator[tuple[str, str]]:
    """All of some HTML in order: opening tags, contents of scripts and styles, and the rest.

    It is gone through once, whatever is never closed in it.
    """
    done = here = 0
    while (here := html.find("<", here)) != -1:
        if html.startswith("<!--", here):
            end = html.find("-->", here)
            here = len(html) if end == -1 else end + 3
            continue
        tag = _TAG.match(html, here)
        if tag is None:
            here += 1
            continue
        yield "rest", html[done:here]
        yield "tag", tag[0]
        done = here = tag.end()
        name = tag["name"].lower()
        if name in _RAW:
            close = _RAW[name].search(html, here)
            done = here = close.start() if close else len(html)
            yield name, html[tag.end() : here]
    yield "rest", html[done:]


class _Change:
    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def tag(self, tag: str) -> str:
        return _ATTRIBUTE.sub(self._attribute, tag)

    def style(self, text: str) -> str:
        text = _SELECTOR.sub(self._known, text)
        return _STRING.sub(self._whole, _URL.sub(self._known, text))

    def script(self, text: str) -> str:
        return _STRING.sub(self._whole, _IN_STRING.sub(self._known, text))

    def _attribute(self, found: re.Match[str]) -> str:
        name, value = found["name"].lower(), _value(found)
        quote = '"' if found["double"] is not None else "'" if found["single"] is not None else ""
        return f"{found['before']}{quote}{self._in_attribute(name, value)}{quote}"

    def _in_attribute(self, name: str, value: str) -> str:
        if name in _LISTS:
            return _WORD.sub(self._whole, value)
        if name.startswith("on"):
            return self.script(value)
        if name in _TIMES:
            return _EVENT.sub(self._whole, value)
        return (_URL if name in _COLOURS else _HASH).sub(self._known, value)

    def _whole(self, found: re.Match[str]) -> str:
        name = found["name"]
        return found[0].replace(name, self._names.get(name, name))

    def _known(self, found: re.Match[str]) -> str:
        """An id as it was found, or its beginning: `#a.b` may be the class b of the id a."""
        name, rest = found["name"], ""
        while name not in self._names:
            name, dot, end = _LAST.match(name).groups()  # type: ignore[union-attr]  # any
            if not name:
                return found[0]
            rest = f"{dot}{end}{rest}"
        return found[0].replace(found["name"], f"{self._names[name]}{rest}")


def _value(attribute: re.Match[str]) -> str:
    return str(attribute["double"] or attribute["single"] or attribute["bare"] or "")
