"""Where the Markdown came from, so that an error can name a file and a line."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linreg.literate import notebook
from linreg.literate.errors import LiterateError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown import Markdown

_NOTEBOOK = ".ipynb"


@dataclass(frozen=True)
class Source:
    """A Markdown file, a notebook, or a text without a file.

    ``name`` is what a reader of an error sees: the path from the current folder, or
    ``<markdown>``. ``offset`` is the number of lines (the front matter) that the file has
    before the text which Python-Markdown was given. ``cells`` are those of a notebook, as
    :func:`linreg.literate.notebook.to_lines` gives them. ``numbers`` are there where something has
    changed the text before, as by including others: for each of its lines the line of the file, or
    None for one that is not from there.
    """

    name: str = "<markdown>"
    offset: int = 0
    cells: tuple[tuple[int, str], ...] = ()
    numbers: tuple[int | None, ...] | None = None

    def number(self, index: int) -> int | None:
        """The line, in the file or the cell, of the line with this index (from 0) in the text."""
        if self.numbers is not None:
            return self.numbers[index] if index < len(self.numbers) else None
        if not self.cells:
            return index + 1 + self.offset
        return index - self._cell(index)[0]

    def at(self, index: int) -> str:
        """``name:line``, or ``name, cell 'id', line 1``, of the line with this index."""
        number = self.number(index)
        if not self.cells:
            return self.name if number is None else f"{self.name}:{number}"
        cell = f"{self.name}, cell {self._cell(index)[1]!r}"
        return f"{cell}, line {number}" if number else cell

    def _cell(self, index: int) -> tuple[int, str]:
        return max(cell for cell in self.cells if cell[0] <= max(index, self.cells[0][0]))


def locate(md: Markdown, lines: Sequence[str]) -> Source:
    """Find the file from which ``lines`` come, and the line of each where that is sure.

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
    file, given = _bare(text.split("\n")), _bare(lines)
    offset = len(file) - len(given)
    if offset >= 0 and file[offset:] == given:
        return Source(_from_here(path), offset=offset)
    numbers = [None if i is None else i + 1 for i in _align(file, given)]
    return Source(_from_here(path), numbers=tuple(numbers))


def from_file(path: Path) -> tuple[Source, list[str]]:
    """Read a page without its front matter.

    Args:
        path: a Markdown file, or a notebook, which is read as Markdown.

    Returns:
        its source and its lines, as they are written; Python-Markdown adds two empty ones.

    Raises:
        LiterateError: if the file is not UTF-8, or no notebook.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeError as error:
        raise LiterateError(f"{_from_here(path)}: this file is not UTF-8: {error}") from None
    if path.suffix == _NOTEBOOK:
        return _from_notebook(text, _from_here(path))
    lines = as_written(text.split("\n"))
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
    return Source(name, cells=tuple(cells)), as_written(lines)


def as_written(lines: Sequence[str]) -> list[str]:
    """The lines as Python-Markdown cuts and counts them, with their tabs and blanks."""
    text = "\n".join(lines).replace("\r\n", "\n").replace("\r", "\n")
    return f"{text}\n\n".split("\n")


def _page_path(md: Markdown) -> Path | None:
    if "relpath" in md.treeprocessors:  # MkDocs
        file = getattr(md.treeprocessors["relpath"], "file", None)
        return Path(file.abs_src_path) if file is not None and file.abs_src_path else None
    if "rendering_context" in md.preprocessors:  # Zensical
        context: Any = md.preprocessors["rendering_context"]
        config = context.config
        return Path(config["root_dir"], config["docs_dir"], context.page.path)
    return None


def _bare(lines: Sequence[str]) -> list[str]:
    """Lines as they are compared: whatever may become of their blanks, and without empty ends."""
    bare = [re.sub("[\x02\x03]", "", line).expandtabs(4).rstrip() for line in as_written(lines)]
    return bare[: max((i for i, line in enumerate(bare, 1) if line), default=0)]


def _align(file: Sequence[str], text: Sequence[str]) -> list[int | None]:
    """For each line of a text, the index of the line of a file that it is; None if in doubt.

    A line that both have once is sure; and so are the equal lines that follow or precede it, and
    those at the end, unless two lines of the text would then be the same one.
    """
    places = {line: i for i, line in enumerate(file)}
    in_file, in_text = Counter(file), Counter(text)
    sure = [places[x] if x and in_file[x] == in_text[x] == 1 else None for x in text]

    def spread(step: int) -> list[int | None]:
        found = list(sure)
        at = None if step > 0 else len(file)
        for i in range(len(text))[::step]:
            if found[i] is None and at is not None:
                beside = at + step
                same = 0 <= beside < len(file) and file[beside] == text[i]
                found[i] = beside if same else None
            at = found[i]
        return found

    found = [
        down if up is None or up == down else up if down is None else None
        for down, up in zip(spread(1), spread(-1), strict=True)
    ]
    claimed = Counter(found)
    return [i if sure[k] is not None or claimed[i] == 1 else None for k, i in enumerate(found)]


def _from_here(path: Path) -> str:
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()
