"""Where the Markdown came from, so that an error can name a file and a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markdown import Markdown
from markdown.preprocessors import NormalizeWhitespace

from linreg.literate import notebook
from linreg.literate.errors import LiterateError

if TYPE_CHECKING:
    from collections.abc import Sequence

_NOTEBOOK = ".ipynb"
_normalize = NormalizeWhitespace(Markdown()).run  # what Python-Markdown itself begins with


@dataclass(frozen=True)
class Source:
    """A Markdown file, a notebook, or a text without a file.

    ``name`` is what a reader of an error sees: the path from the current folder, or
    ``<markdown>``. ``offset`` is the number of lines (the front matter) that the file has
    before the text which Python-Markdown was given. ``cells`` are those of a notebook, as
    :func:`linreg.literate.notebook.to_lines` gives them.
    """

    name: str = "<markdown>"
    offset: int = 0
    cells: tuple[tuple[int, str], ...] = ()

    def number(self, index: int) -> int:
        """The line, in the file or the cell, of the line with this index (from 0) in the text."""
        if not self.cells:
            return index + 1 + self.offset
        return index - self._cell(index)[0]

    def at(self, index: int) -> str:
        """``name:line``, or ``name, cell 'id', line 1``, of the line with this index."""
        if not self.cells:
            return f"{self.name}:{self.number(index)}"
        cell = f"{self.name}, cell {self._cell(index)[1]!r}"
        number = self.number(index)
        return f"{cell}, line {number}" if number > 0 else cell

    def _cell(self, index: int) -> tuple[int, str]:
        return max(cell for cell in self.cells if cell[0] <= max(index, self.cells[0][0]))


def locate(md: Markdown, lines: Sequence[str]) -> Source:
    """Find the file whose text ``lines`` is the end of.

    MkDocs and Zensical both leave the page's path on a processor that they register with
    Python-Markdown; without either, the source has no name.

    Args:
        md: the converter, as the site generator set it up.
        lines: the text that it was given, split into lines.
    """
    path = _page_path(md)
    if path is None:
        return Source()
    if path.suffix == _NOTEBOOK:
        return from_file(path)[0]
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError):
        return Source(_from_here(path))
    return Source(_from_here(path), offset=_front_matter(text.split("\n"), lines))


def from_file(path: Path) -> tuple[Source, list[str]]:
    """Read a page without its front matter.

    Args:
        path: a Markdown file, or a notebook, which is read as Markdown.

    Returns:
        its source and its lines, as the extension would be given them.

    Raises:
        LiterateError: if the file is not UTF-8, or no notebook.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeError as error:
        raise LiterateError(f"{_from_here(path)}: this file is not UTF-8: {error}") from None
    if path.suffix == _NOTEBOOK:
        return _from_notebook(text, _from_here(path))
    lines = _normalize(text.split("\n"))
    end = 0
    if lines and lines[0].rstrip() == "---":
        closings = (i for i, line in enumerate(lines[1:], 1) if line.rstrip() in {"---", "..."})
        end = next(closings, -1) + 1
    return Source(_from_here(path), offset=end), lines[end:]


def _from_notebook(text: str, name: str) -> tuple[Source, list[str]]:
    try:
        lines, cells = notebook.to_lines(json.loads(text))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        problem = f"{type(error).__name__}: {error}"
        raise LiterateError(f"{name}: this is no notebook of version 4: {problem}") from None
    return Source(name, cells=tuple(cells)), _normalize(lines)


def _page_path(md: Markdown) -> Path | None:
    if "relpath" in md.treeprocessors:  # MkDocs
        file = getattr(md.treeprocessors["relpath"], "file", None)
        return Path(file.abs_src_path) if file is not None and file.abs_src_path else None
    if "rendering_context" in md.preprocessors:  # Zensical
        context: Any = md.preprocessors["rendering_context"]
        config = context.config
        return Path(config["root_dir"], config["docs_dir"], context.page.path)
    return None


def _front_matter(file: Sequence[str], text: Sequence[str]) -> int:
    """How many lines the file has before the text: both end alike, blank lines aside."""

    def last(lines: Sequence[str]) -> int:
        return next((i for i in reversed(range(len(lines))) if lines[i].strip()), 0)

    return max(0, last(file) - last(text))


def _from_here(path: Path) -> str:
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()
