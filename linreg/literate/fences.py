"""Reads the Markdown of a page: which fences run, in which sessions, under which captions.

The rules are those of the stock test runner, pytest-codeblocks, so that the page and the tests
see the same programs. Whatever the two would understand differently is an error here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from linreg.literate import annotated, notes
from linreg.literate.errors import LiterateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from linreg.literate.source import Source

_FENCE = re.compile(r"(?P<indent>[ \t]*)(?P<ticks>`{3,}|~{3,})(?P<info>[^`]*)$")
_UNSEEN_FENCE = re.compile(
    r"\s*(?P<before>(?:[>*+:-]|\d+[.)])[-\s>*+:.)\d]*)(?:`{3,}|~{3,})(?P<info>[^`]*)$"
)
_MARKER = re.compile(r"<!--[-\s]*pytest(?P<kind>-codeblocks:|\.mark\.)(?P<keyword>.*)-->")
_LANGUAGE = re.compile(r"\{?[\s.]*(?P<name>[\w#+-]*)")

_PYTHON = {"python", "python2", "python3", "py", "py2", "py3", "pycon", "ipython", "ipython3"}
_SHELL = {"sh", "bash"}
_KEYWORDS = ("cont", "expect-error", "expected-output", "expected-output-ignore-whitespace")
# How the test runner takes the mark: before a block that goes on with a session, it would mark the
# session after this one.
_WHOLE = (
    "holds for the whole session in the test runner: put it above the session's first block, and "
    "its last one must raise"
)


@dataclass(frozen=True)
class Block:
    """A fence that is run.

    ``start`` is the index (from 0) of the line of its opening fence in the text of the page,
    ``stop`` that of the first line after it, the comments that belong to it included, and
    ``place`` that of the line before which its outputs stand. ``raises``: it must raise an
    exception.
    """

    start: int
    stop: int
    indent: str
    code: str
    captions: tuple[str, ...] = ()
    alts: tuple[str, ...] = ()
    highlight: tuple[int, ...] = ()
    title: str = ""
    show: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    place: int = 0
    raises: bool = False

    @property
    def shows_code(self) -> bool:
        """Whether its code is on the page."""
        return self.show in ("", "code", "folded")

    @property
    def folds_code(self) -> bool:
        """Whether its code is on the page for who asks for it."""
        return self.show == "folded"

    @property
    def shows_output(self) -> bool:
        """Whether what it gives is on the page."""
        return self.show in ("", "output", "folded")


@dataclass
class Session:
    """Blocks that share one interpreter, and what they must print, if the page says so."""

    blocks: list[Block] = field(default_factory=list)
    expected: str | None = None
    ignore_whitespace: bool = False


@dataclass
class Page:
    """What a page runs and shows.

    ``fences`` are the lines that open the fences which are shown, and where each stands first;
    ``hidden`` the indices of the lines that are instructions and are not shown.
    """

    sessions: list[Session] = field(default_factory=list)
    fences: dict[str, int] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)


class _FenceError(LiterateError):
    """What is wrong with one line."""

    def __init__(self, source: Source, index: int, message: str) -> None:
        super().__init__(f"{source.at(index)}: {message}")
        self.index = index


@dataclass(frozen=True)
class _Fence:
    start: int
    stop: int
    indent: str
    ticks: str
    info: str
    code: str


def parse(lines: Sequence[str], source: Source) -> Page:
    """Find the blocks of a page.

    Args:
        lines: the Markdown, without front matter.
        source: where it came from, for the errors.

    Returns:
        the sessions in order, and the lines that are instructions.

    Raises:
        LiterateError: for fences that the test runner would skip, join or cut differently; the
            text names file and line of each and says what to write instead.
    """
    errors: list[_FenceError] = []
    fences = list(_fences(lines, source, errors))
    outside = set(range(len(lines))).difference(*(range(f.start, f.stop) for f in fences))
    instructions = _instructions(lines, outside, {fence.start for fence in fences}, source, errors)
    page = Page(hidden={line for line, _ in instructions.values()})
    joins = False  # whether the runner's last block is the page's last session

    def read(fence: _Fence) -> None:
        nonlocal joins
        before, joins = joins, True  # if this fence is wrong, the next is not to suffer from it
        marker, keyword = instructions.get(fence.start, (0, ""))
        if keyword.startswith("expected-output"):
            if not before:
                raise _error(source, marker, "an expected output must follow a ```python fence")
            _expect(page.sessions[-1], fence, marker, keyword, source)
            page.hidden.update(range(fence.start, fence.stop))
            return
        runs = _runs(fence, source)
        if keyword == "expect-error" and not runs:
            raise _error(source, marker, "only a ```python fence can be expected to raise an error")
        raises = keyword == "expect-error"
        if keyword == "cont":
            _check_continuation(page, marker, runs, before, source)
            if known := page.sessions[-1].blocks:  # none, if what is wrong is the first
                raises, known[-1] = known[-1].raises, replace(known[-1], raises=False)
        elif runs:
            page.sessions.append(Session())
        if runs:
            stop = notes.end(lines, fence.stop)
            page.hidden.update(range(fence.stop, stop))
            block = _block(lines, fence, stop, raises, source)
            page.sessions[-1].blocks.append(block)
            if not block.shows_code:
                page.hidden.update(range(fence.start, fence.stop))
        if fence.start not in page.hidden:
            page.fences.setdefault(lines[fence.start], fence.start)
        joins = runs

    for fence in fences:
        if not _all([fence], read, errors) and not page.sessions:
            page.sessions.append(Session())
    _check_notes(lines, outside - page.hidden, source, errors)
    if errors:
        raise LiterateError("\n".join(map(str, sorted(errors, key=lambda one: one.index))))
    return page


_Item = TypeVar("_Item")


def _all(items: Iterable[_Item], act: Callable[[_Item], None], errors: list[_FenceError]) -> bool:
    """Do something with each, and note what is wrong with it; whether nothing was."""
    known = len(errors)
    for item in items:
        try:
            act(item)
        except _FenceError as error:
            errors.append(error)
    return len(errors) == known


def _fences(lines: Sequence[str], source: Source, errors: list[_FenceError]) -> Iterator[_Fence]:
    i = 0
    while i < len(lines):
        if found := _FENCE.match(lines[i]):
            indent, ticks, info = found["indent"], found["ticks"], found["info"].rstrip()
            try:
                stop = _closing(lines, i, indent, ticks, source) + 1
            except _FenceError as error:
                errors.append(error)
                stop = _after(lines, i, error.index, indent, ticks)
                yield _Fence(i, stop, indent, ticks, info, "")
            else:
                yield _Fence(i, stop, indent, ticks, info, _code(lines[i + 1 : stop - 1], indent))
            i = stop
            continue
        try:
            _check_unseen(lines, i, source)
        except _FenceError as error:
            errors.append(error)
            i = _after_unseen(lines, i)
        else:
            i += 1


def _check_unseen(lines: Sequence[str], i: int, source: Source) -> None:
    """Raise an error for a line that begins a fence to the page or the test runner alone."""
    if lines[i].lstrip().startswith("```"):
        raise _error(
            source, i, "the test runner takes this line for the start of a fence, the page not"
        )
    unseen = _UNSEEN_FENCE.match(lines[i])
    if unseen and _means_python(unseen["info"]):
        raise _error(
            source,
            i,
            f"the test runner does not see a Python fence after {unseen['before'].strip()!r}",
        )


def _after_unseen(lines: Sequence[str], start: int) -> int:
    """Where to go on after such a line: behind the end of what it begins, if that has one."""
    if lines[start].count("```") > 1:
        return start + 1
    for i in range(start + 1, len(lines)):
        text = lines[i].strip("> \t\u3000")
        if text.startswith(("```", "~~~")):
            return start + 1 if text.strip("`~") else i + 1
    return start + 1


def _after(lines: Sequence[str], start: int, wrong: int, indent: str, ticks: str) -> int:
    """Where to go on after a fence in which a line is wrong."""
    text = lines[wrong].strip()
    if wrong == start:  # it has no end
        return start + 1
    if text and not text.strip(ticks[0]):  # an end, though not quite
        return wrong + 1
    if text.startswith(ticks):  # the start of another
        return wrong
    ends = (i + 1 for i in range(wrong, len(lines)) if lines[i].rstrip(" \t") == indent + ticks)
    return next(ends, wrong + 1)


def _closing(lines: Sequence[str], start: int, indent: str, ticks: str, source: Source) -> int:
    number = source.number(start)
    opened = f"the fence of line {number}" if number else f"the fence {lines[start].strip()}"
    for i in range(start + 1, len(lines)):
        text = lines[i].strip()
        if text == ticks:
            if lines[i].rstrip(" \t").expandtabs(4) == (indent + ticks).expandtabs(4):
                return i
            raise _error(source, i, f"the end of {opened} must be indented as its start is")
        if text.startswith(ticks) or (ticks[0] == "~" and text.startswith("```")):
            raise _error(
                source,
                i,
                f"the test runner takes {text!r} for the end or the start of a fence, but it "
                f"stands inside {opened}; open and close the outer one with more backticks",
            )
        if ticks[0] == "~" and _MARKER.match(text):
            raise _error(
                source,
                i,
                f"the test runner would obey {text}, though it stands inside {opened}; open and "
                "close that one with backticks",
            )
        if text and not lines[i].startswith(indent):
            if lines[i].expandtabs(4).startswith(indent.expandtabs(4)):
                raise _error(
                    source,
                    i,
                    f"this line is indented with other blanks than {opened}, in which it stands, "
                    "and the test runner would cut it elsewhere; use spaces alone, or tabs alone",
                )
            raise _error(source, i, f"this line is indented less than {opened}, in which it stands")
    raise _error(source, start, "this fence is never closed")


def _code(body: Sequence[str], indent: str) -> str:
    """The fence's lines with at most its indentation cut off, as the test runner does it."""

    def cut(line: str) -> str:
        blank = len(line) - len(line.lstrip())
        return line[min(len(indent), blank) :] + "\n"

    return "".join(map(cut, body))


def _instructions(
    lines: Sequence[str],
    outside: set[int],
    starts: set[int],
    source: Source,
    errors: list[_FenceError],
) -> dict[int, tuple[int, str]]:
    """By the line of the fence that obeys: the line of the instruction, and the keyword."""
    instructions = {}

    def read(i: int) -> None:
        found = _MARKER.match(lines[i].strip())
        if not found:
            return
        keyword = found["keyword"].strip("- ")
        if found["kind"] == ".mark." or keyword not in _KEYWORDS:
            raise _error(
                source,
                i,
                f"{found[0]} would let the test runner do other than the page; "
                f"the instructions are {', '.join(_KEYWORDS)}",
            )
        below = next((j for j in range(i + 1, len(lines)) if lines[j].strip()), None)
        if below is not None and _MARKER.match(lines[below].strip()) and below in outside:
            both = f"{found[0]} {lines[below]}"
            if "expect-error" in both and "cont" in both:
                raise _error(source, i, f"expect-error {_WHOLE}")
        if below not in starts:
            raise _error(source, i, f"{found[0]} must stand directly above a fence")
        instructions[below] = (i, keyword)

    _all(sorted(outside), read, errors)
    return instructions


def _runs(fence: _Fence, source: Source) -> bool:
    """Whether a fence is run; an error if it only looks like it."""
    if fence.ticks[0] == "`" and fence.info == "python":
        return True
    shown = f"{fence.ticks}{fence.info}"
    if _means_python(fence.info):
        raise _error(
            source,
            fence.start,
            f"the test runner skips {shown}; write ```python alone for code that runs, "
            "```py for code that is only shown",
        )
    if fence.info in _SHELL:
        raise _error(
            source,
            fence.start,
            f"the test runner runs {shown}; write ```console for commands that are only read",
        )
    return False


def _means_python(info: str) -> bool:
    name = _LANGUAGE.match(info.strip())["name"]  # type: ignore[index]  # it matches anything
    return name.lower() in _PYTHON and name != "py"


def _check_continuation(page: Page, marker: int, runs: bool, joins: bool, source: Source) -> None:
    if not runs:
        raise _error(source, marker, "only a ```python fence can continue a session")
    if not joins:
        raise _error(
            source,
            marker,
            "the fence before this one is not ```python, and the test runner would join the two; "
            "move that fence, or start a new session here",
        )
    if page.sessions[-1].expected is not None:
        raise _error(
            source,
            marker,
            "the session's output is expected above already; put that after its last block",
        )


def _expect(session: Session, fence: _Fence, marker: int, keyword: str, source: Source) -> None:
    if session.expected is not None:
        raise _error(source, marker, "this session has an expected output already")
    session.expected = fence.code
    session.ignore_whitespace = keyword.endswith("ignore-whitespace")


def _block(lines: Sequence[str], fence: _Fence, stop: int, raises: bool, source: Source) -> Block:
    said = notes.read(lines, fence.stop, stop, fence.code, partial(_error, source))
    place = annotated.end(lines, stop, fence.indent, fence.code)
    indent = fence.indent.expandtabs(4)
    return Block(fence.start, stop, indent, fence.code, *said, place, raises)


def _check_notes(
    lines: Sequence[str], outside: set[int], source: Source, errors: list[_FenceError]
) -> None:
    def check(i: int) -> None:
        if problem := notes.misplaced(lines[i]):
            raise _error(source, i, problem)

    _all(sorted(outside), check, errors)


def _error(source: Source, index: int, message: str) -> _FenceError:
    return _FenceError(source, index, message)
