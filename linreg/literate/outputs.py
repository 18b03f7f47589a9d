"""What a session gives, as it travels from the worker to the page and to the cache."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypedDict


class _Output(TypedDict):
    kind: Literal["text", "html", "markdown", "latex", "svg", "image", "interact"]
    stream: Literal["stdout", "stderr", "value", "error"]
    data: str


class Output(_Output, total=False):
    """One output: printed text, or the text, HTML, Markdown, LaTeX, SVG or picture of a value.

    The data of a picture are its bytes in base64. It alone has the next four: its type, its size
    in CSS pixels or percents, and its alternative text. A figure that moves has its controls as
    data, and what each combination of their values shows as states, the last control's value
    changing first (see :mod:`linreg.literate.moving`); or a script that computes the others.
    """

    mime: str
    width: str
    height: str
    alt: str
    states: list[list[Output]]
    script: str


class Other(NamedTuple):
    """An exception that belongs to another one: its cause, its context, or a member of a group.

    ``depth`` is how deep it lies below the one that ended the session, from 0 on.
    """

    depth: int
    relation: str
    text: str
    calls: tuple[tuple[str, int, str], ...] = ()


class Failure(NamedTuple):
    """What ended a session: in which of its blocks, what happened, and the calls that led to it.

    Each call is the file (or the name of a block), the line in it, and the function. ``others``
    are the exceptions that belong to this one, and ``printed`` the end of what the block had
    printed.
    """

    block: int
    text: str
    calls: tuple[tuple[str, int, str], ...] = ()
    others: tuple[Other, ...] = ()
    printed: str = ""


Result = list[list[Output]] | Failure
"""What a session gives: the outputs of each of its blocks, or what ended it."""

FIGURES = ("svg", "image")
"""The kinds of outputs that have a caption and an alternative text."""


class OutputError(Exception):
    """An output that a page cannot show as it should."""


def block_name(number: int) -> str:
    """The file name that a session's block has in tracebacks."""
    return f"<block {number}>"
