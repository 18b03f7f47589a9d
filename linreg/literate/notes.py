"""The comments directly under a fence, which say what a reader needs beside the code.

There may be any number of ``<!-- caption: … -->`` and ``<!-- alt: … -->``, one of each for each
figure; of ``<!-- label: lr = learning rate -->``, one for each argument of a figure that moves; and
one each of these::

    <!-- highlight: 2 5-6 -->      lines of the block that stand out
    <!-- title: train.py -->       what stands above it
    <!-- show: output -->          the code is not shown; or code, or nothing, or folded
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from linreg.literate.errors import LiterateError
    from linreg.literate.fences import Block

KINDS = ("caption", "alt", "label", "highlight", "title", "show")
SHOWN = ("code", "output", "nothing", "folded")

_NOTE = re.compile(rf"<!--\s*(?P<kind>{'|'.join(KINDS)})\s*:\s*(?P<text>.*?)\s*-->")
_START = re.compile(rf"<!--\s*(?P<kind>{'|'.join(KINDS)})\s*:")
_RANGE = re.compile(r"([0-9]+)(?:-([0-9]+))?")


class Notes(NamedTuple):
    """What the comments under a fence say."""

    captions: tuple[str, ...]
    alts: tuple[str, ...]
    highlight: tuple[int, ...]  # numbers of lines, from 1
    title: str
    show: str  # empty: all
    labels: tuple[tuple[str, str], ...]  # of arguments: the name of each, and what it is called


def end(lines: Sequence[str], start: int) -> int:
    """The index of the first line after the comments under a fence.

    Args:
        lines: those of the page.
        start: the index of the first line after the fence.
    """
    stop = start
    for i in range(start, len(lines)):
        if _NOTE.fullmatch(lines[i].strip()):
            stop = i + 1
        elif lines[i].strip():
            break
    return stop


def read(
    lines: Sequence[str],
    start: int,
    stop: int,
    code: str,
    error: Callable[[int, str], LiterateError],
) -> Notes:
    """Read the comments under a fence.

    Args:
        lines: those of the page.
        start: the index of the first line after the fence.
        stop: that of the first line after the comments.
        code: what is in the fence.
        error: makes an error of the index of a line and a message.

    Raises:
        LiterateError: for a comment that stands there twice, or that says what cannot be.
    """
    found: dict[str, list[tuple[int, str]]] = {kind: [] for kind in KINDS}
    for i in range(start, stop):
        if note := _NOTE.fullmatch(lines[i].strip()):
            found[note["kind"]].append((i, note["text"]))
    for kind in ("highlight", "title", "show"):
        for i, _ in found[kind][1:]:
            raise error(i, f"this block has a second {kind}")
    highlight: tuple[int, ...] = ()
    for i, text in found["highlight"]:
        highlight = _highlighted(text, len(code.splitlines()), partial(error, i))
    title = ""
    for i, title in found["title"]:
        if not title or "`" in title or ('"' in title and "'" in title):
            raise error(i, "a title is text without backticks, with quotation marks of one kind")
    show = ""
    for i, show in found["show"]:
        if show not in SHOWN:
            raise error(i, f"show is {show!r}; it must be one of {', '.join(SHOWN)}")
    labels: dict[str, str] = {}
    for i, text in found["label"]:
        name, equals, said = (part.strip() for part in text.partition("="))
        if not (name and equals and said):
            raise error(i, f"label is {text!r}; it must be an argument = what readers call it")
        if name in labels:
            raise error(i, f"this block has a second label of {name}")
        labels[name] = said
    captions, alts = (tuple(text for _, text in found[kind]) for kind in ("caption", "alt"))
    if show in ("output", "nothing"):
        for kind in ("highlight", "title"):
            for i, _ in found[kind]:
                raise error(i, f"the code has a {kind}, and is not shown")
    return Notes(captions, alts, highlight, title, show, tuple(labels.items()))


def misplaced(line: str) -> str | None:
    """What is wrong with a line that stands elsewhere, if it begins such a comment."""
    found = _START.match(line.strip())
    if found is None:
        return None
    if found["kind"] in ("caption", "alt"):
        return (
            "a caption or an alternative text stands on one line, directly under the fence "
            "that draws the figure: <!-- caption: … --> or <!-- alt: … -->"
        )
    return f"<!-- {found['kind']}: … --> stands on one line, directly under a ```python fence"


def options(block: Block) -> str:
    """What follows the language where the fence opens, for pymdownx.highlight.

    It leaves empty lines at the start of the code away, and counts from the first that is left.
    """
    empty = len(block.code) - len(block.code.lstrip("\n"))
    made = ""
    if lines := " ".join(str(line - empty) for line in block.highlight if line > empty):
        made += f' hl_lines="{lines}"'
    if block.title:
        quote = "'" if '"' in block.title else '"'
        made += f" title={quote}{block.title}{quote}"
    return made


def _highlighted(text: str, most: int, error: Callable[[str], LiterateError]) -> tuple[int, ...]:
    """The numbers of lines that are meant by a text such as `2 5-6`."""
    chosen: list[int] = []
    for part in text.split():
        found = _RANGE.fullmatch(part)
        if found is None:
            raise error(f"highlight has {part!r}; it must be lines such as 2 or 5-6")
        first, last = int(found[1]), int(found[2] or found[1])
        if not 1 <= first <= last <= most:
            raise error(f"highlight has {part!r}; the block has the lines 1 to {most}")
        for line in range(first, last + 1):
            if line in chosen:
                raise error(f"highlight has line {line} twice")
            chosen.append(line)
    if not chosen:
        raise error("highlight has no lines; it must be lines such as 2 or 5-6")
    return tuple(sorted(chosen))
