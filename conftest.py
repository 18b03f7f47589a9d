"""Runs the chapters' code blocks as a reader would, and says where one of them failed.

pytest-codeblocks collects and runs the blocks. A failure that it reports names neither the
Markdown file nor the exception's type; here it is given both, and the line.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING

import pytest
from pytest_codeblocks.plugin import TestBlock

from linreg.literate.fences import parse
from linreg.literate.source import from_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

os.environ.setdefault("MPLBACKEND", "Agg")  # figures are drawn, no window opens


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A warning in a chapter is shown to its reader: no error, as it would be in the tests."""
    for item in items:
        if isinstance(item, TestBlock):
            item.add_marker(pytest.mark.filterwarnings("default"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Run a block in a folder of its own, and close the figures that it leaves open."""
    if not isinstance(item, TestBlock):
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(item.config._tmp_path_factory.mktemp("block"))
        try:
            return (yield)
        finally:
            if "matplotlib.pyplot" in sys.modules:
                sys.modules["matplotlib.pyplot"].close("all")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[pytest.TestReport]:
    """Put file, line and exception above what pytest-codeblocks reports."""
    report: pytest.TestReport = yield
    if isinstance(item, TestBlock) and call.excinfo is not None and call.when == "call":
        error = call.excinfo.value.__context__ or call.excinfo.value
        line = _line(error)
        place = f"{item.path.relative_to(item.config.rootpath)}"
        if line is not None:
            place += f":{markdown_line(item.path, item.obj.lineno, line)}"
        what = error.msg if isinstance(error, SyntaxError) else error
        report.longrepr = f"{place}: {type(error).__name__}: {what}\n\n{report.longrepr}"
    return report


def markdown_line(path: Path, first: int, line: int) -> int:
    """The line of a Markdown file that holds a line of a session's joined code.

    Args:
        path: the file.
        first: the line of the session's first fence.
        line: the line in the code, both counted from 1.
    """
    source, lines = from_file(path)
    for session in parse(lines, source).sessions:
        if session.blocks[0].start + 1 + source.offset != first:
            continue
        for block in session.blocks:
            length = block.code.count("\n")
            if line <= length:
                return block.start + 1 + source.offset + line
            line -= length
    return first


def _line(error: BaseException) -> int | None:
    """The line in the session's code where the error came up."""
    lines = [
        f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == "<string>"
    ]
    if lines:
        return lines[0]
    return error.lineno if isinstance(error, SyntaxError) else None
