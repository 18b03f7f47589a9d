"""Reads a Jupyter notebook as a page: its text as it is, its code as the blocks of one session."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from linreg.literate.notes import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TICKS = re.compile(r"^\s*(`+)", re.MULTILINE)


def to_lines(notebook: Mapping[str, Any]) -> tuple[list[str], list[tuple[int, str]]]:
    """Write a notebook as Markdown. What its outputs were is left out: its code runs anew.

    The metadata of a cell may hold what stands in comments under the fences of a page, such as a
    ``caption`` and an ``alt`` for the figure that it draws: a text, or a list of texts.

    Args:
        notebook: as JSON, in version 4 of the format.

    Returns:
        the lines; and for each cell the index of the line before its first, and its id, or its
        number (from 1) where it has none.
    """
    lines: list[str] = []
    cells = []
    blocks = 0
    for number, cell in enumerate(notebook["cells"], 1):
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and source.strip():
            if blocks:
                lines.append("<!--pytest-codeblocks:cont-->")
            blocks += 1
            cells.append((len(lines), cell.get("id") or str(number)))
            lines += chain(*(part.split("\n") for part in _block(source, cell["metadata"])), [""])
        elif cell["cell_type"] == "markdown":
            cells.append((len(lines) - 1, cell.get("id") or str(number)))
            lines += [*source.split("\n"), ""]
    return lines, cells


def _block(source: str, metadata: Mapping[str, Any]) -> Iterator[str]:
    """A fence that is longer than any in the code, and what belongs to its figure."""
    ticks = "`" * max([3, *(len(found) + 1 for found in _TICKS.findall(source))])
    yield f"{ticks}python"
    yield source
    yield ticks
    for kind in KINDS:
        said = metadata.get(kind, [])
        for text in said if isinstance(said, list) else [said]:
            yield f"<!-- {kind}: {' '.join(str(text).split())} -->"
