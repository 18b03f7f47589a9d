"""Whether a site generator has made all that the site needs: one that passes over what it does not
know must end the build, not make a poorer site."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from book import sources
from book.finish.slots import FinishError
from linreg.literate.fences import parse
from linreg.literate.source import from_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from book.finish.slots import Page
    from book.sources import Book

_REFERENCED = re.compile(r"^::: *(linreg[\w.]*)", re.MULTILINE)
_FORMULA = re.compile(r"^\$\$", re.MULTILINE)  # on a line of its own


def check(pages: Sequence[Page], book: Book) -> None:
    """Look for what the sources of each page ask for.

    Args:
        pages: as they are rendered.
        book: whose pages they are.

    Raises:
        FinishError: names all that is missing.
    """
    missing = list(_missing(pages, book))
    if missing:
        raise FinishError("the site generator has not made all of it:\n" + "\n".join(missing))


def _missing(pages: Sequence[Page], book: Book) -> Iterator[str]:
    executed = os.environ.get("LITERATE_EXECUTE") != "0"
    by_source = {page.source: page for page in pages}
    if not any(not page.source for page in pages):
        yield "404.html"
    for name in book.pages():
        if name not in by_source:
            yield f"{name}: no page was made of it"
        elif name != sources.PRINT:
            file, content = book.sources / name, by_source[name].content
            text = file.read_text(encoding="utf-8")
            yield from (f"{name}: {what}" for what in _missing_in(file, text, content, executed))


@lru_cache(maxsize=64)  # most pages are those of the build before
def _missing_in(file: Path, text: str, content: str, executed: bool) -> tuple[str, ...]:
    """What a page lacks that its source, which holds this text, asks for."""
    missing = []
    source, lines = from_file(file)
    blocks = [b for session in parse(lines, source).sessions for b in session.blocks]
    shown_blocks = [block for block in blocks if block.shows_output]
    drawn = sum(max(len(block.alts), len(block.captions)) for block in shown_blocks)
    shown = content.count('<div class="literate-output"')
    if executed and ((blocks and not shown) or content.count("<figure") < drawn):
        missing.append("not all outputs of its code are there (linreg.literate)")
    for name in _REFERENCED.findall(text):
        if f'id="{name}' not in content:
            missing.append(f"{name} has no entry (mkdocstrings)")
    if _FORMULA.search(text) and "<math" not in content:
        missing.append("it has no formulas (linreg.literate.formulas)")
    return tuple(missing)
