"""Puts the finished languages beside the front page, and the package that readers install."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from book import sources
from book.finish import wheel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def assemble(folder: Path, languages: Mapping[str, Path], address: str) -> None:
    """Make one site of its parts.

    Args:
        folder: of the front page, finished.
        languages: the folder of each, finished.
        address: of the site.
    """
    wheel.write_wheel(folder, address, sources.CACHE / "package")
    for language, made in languages.items():
        shutil.copytree(made, folder / language, copy_function=_link_or_copy)


def _link_or_copy(source: str, goal: str) -> None:
    """Give a file another name, which takes no time: the next build makes files of its own."""
    try:
        os.link(source, goal)
    except OSError:  # on another disk, for one
        shutil.copy2(source, goal)
