"""Makes one style sheet of ours and the plugins': over a slow line, each one costs a wait."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import rcssmin  # type: ignore[import-untyped]

from book.finish.slots import FinishError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from book.finish.slots import Page

_JOINED = "assets/book.css"
_LINK = r'<link rel="stylesheet" href="(?:[^"]*/)?assets/(?!book\.css)[\w-]+\.css">'
_LINKS = re.compile(rf"{_LINK}(?:\s*{_LINK})*")  # those of the theme are in assets/stylesheets
_EMPTY = re.compile(r"(--[\w-]+):(?=[;}])")
_SHEET = re.compile(r'href="((?:[^"]*/)?)assets/([\w-]+\.css)"')


def join(pages: Sequence[Page], site: Path) -> None:
    """Have all pages name one sheet, made of those that each of them names in a row.

    Args:
        pages: all of a folder.
        site: the folder.

    Raises:
        FinishError: if the pages do not all name the same sheets.
    """
    named = {tuple(name for _, name in _SHEET.findall(_links(page))) for page in pages}
    if len(named) != 1:
        raise FinishError(f"the pages name other style sheets: {sorted(named)}")
    sheets = [site / "assets" / name for name in named.pop()]
    texts = [sheet.read_text(encoding="utf-8") for sheet in sheets]
    for sheet in sheets:
        sheet.unlink()  # nothing names it any more
    (site / _JOINED).write_text(small("\n".join(texts)), encoding="utf-8")
    for page in pages:
        page.before = _LINKS.sub(_joined, page.before, count=1)


@lru_cache(maxsize=4)
def small(text: str) -> str:
    """A style sheet that says the same; browsers of 2020 want a space for an empty value."""
    return _EMPTY.sub(r"\1: ", str(rcssmin.cssmin(text)))


def _links(page: Page) -> str:
    found = _LINKS.search(page.before)
    return found[0] if found else ""


def _joined(links: re.Match[str]) -> str:
    top = _SHEET.search(links[0])
    return f'<link rel="stylesheet" href="{top[1] if top else ""}{_JOINED}">'
