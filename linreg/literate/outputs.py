"""What a session gives, as it travels from the worker to the page and to the cache."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypedDict


class Output(TypedDict):
    """One output: printed text, the text or HTML of a value, or the SVG of a figure."""

    kind: Literal["text", "html", "svg"]
    stream: Literal["stdout", "stderr", "value"]
    data: str


class Failure(NamedTuple):
    """What ended a session: in which of its blocks, what happened, and the calls that led to it.

    Each call is the file (or the name of a block), the line in it, and the function.
    """

    block: int
    text: str
    calls: tuple[tuple[str, int, str], ...] = ()


Result = list[list[Output]] | Failure
"""What a session gives: the outputs of each of its blocks, or what ended it."""


class OutputError(Exception):
    """An output that a page cannot show as it should."""


def block_name(number: int) -> str:
    """The file name that a session's block has in tracebacks."""
    return f"<block {number}>"
