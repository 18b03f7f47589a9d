"""What moving figures show later: files of their own, which are fetched on a touch."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from book.finish import scripts
from linreg.literate import controls

if TYPE_CHECKING:
    from pathlib import Path

    from book.finish.slots import Page

_FOLDER = "assets/figures"


def take_out(page: Page, site: Path) -> None:
    """Take out of a page what its figures show later.

    Args:
        page: what it says is changed.
        site: the folder of the pages.
    """
    page.content, files = _taken_out(page.content, page.to(_FOLDER))
    folder = site / _FOLDER
    for name, content in files.items():
        folder.mkdir(parents=True, exist_ok=True)
        text = scripts.small(content) if name == controls.SCRIPT else content
        (folder / name).write_text(text, encoding="utf-8")


@lru_cache(maxsize=64)  # most pages are those of the build before
def _taken_out(content: str, folder: str) -> tuple[str, dict[str, str]]:
    return controls.take_out(content, lambda name: f"{folder}/{name}")
