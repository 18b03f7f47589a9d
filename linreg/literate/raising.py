"""An exception that a page means to show, as a notebook shows it: the traceback, then its text.

Of the traceback there are the calls from the block on, by the lines of the block and by the files
of packages, without the folders of this machine.
"""

from __future__ import annotations

import re
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from linreg.literate.outputs import Output

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = re.compile(r"<block \d+>")
_ENGINE = str(Path(__file__).parent)
_LONGEST = 10_000  # characters of what is shown


class Raising(str):
    """The code of a block that must raise an exception."""

    __slots__ = ()


def as_output(error: Exception) -> Output:
    """Make an output of an exception that a block has raised."""
    shown = traceback.TracebackException.from_exception(error)
    for one in _all(shown, set()):
        calls = [_call(frame) for frame in one.stack or () if not _is_own(frame.filename)]
        one.stack = traceback.StackSummary.from_list(calls) or None  # type: ignore[assignment]
        if _BLOCK.match(getattr(one, "filename", None) or ""):  # of a SyntaxError
            one.filename = "<block>"
    text = "".join(shown.format())
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}…"
    return {"kind": "text", "stream": "error", "data": text}


def _all(
    shown: traceback.TracebackException, seen: set[int]
) -> Iterator[traceback.TracebackException]:
    """An exception, those that it came from, and those that it holds."""
    if id(shown) not in seen:
        seen.add(id(shown))
        yield shown
        held = getattr(shown, "exceptions", None) or ()  # of a group, from Python 3.11 on
        for one in (shown.__cause__, shown.__context__, *held):
            if one is not None:
                yield from _all(one, seen)


def _call(frame: traceback.FrameSummary) -> traceback.FrameSummary:
    """A call without its columns."""
    return traceback.FrameSummary(
        _short(frame.filename), frame.lineno, frame.name, lookup_line=False, line=frame.line
    )


def _is_own(file: str) -> bool:
    """Whether a file is the engine's or IPython's, or of what Python imports with."""
    return file.startswith(("<frozen", _ENGINE)) or "IPython" in Path(file).parts


def _short(file: str) -> str:
    if _BLOCK.fullmatch(file):
        return "<block>"
    if file.startswith("<"):
        return file
    folders = [Path(entry).resolve() for entry in sys.path]
    below = [Path(file).relative_to(one) for one in folders if Path(file).is_relative_to(one)]
    return min((one.as_posix() for one in below), key=len, default=Path(file).name)
