"""When the sources of a page last changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from book import sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from book.sources import Book


def changed(source: str, book: Book) -> str | None:
    """The day on which what a page says last changed, if it is known.

    Args:
        source: the name of the file that the page is made of.
        book: whose page it is.
    """
    own = [f"{book.folder}/{source}"]
    if source == sources.REFERENCE:
        own += [file for file in book.days if re.match(r"linreg/(?!literate/)", file)]
    if source == sources.PRINT:
        own = [f"{book.folder}/"]
    return latest(book.days, own)


def latest(days: Mapping[str, str], files: Iterable[str]) -> str | None:
    """The last day on which one of some files, or of the files in some folders, changed.

    Args:
        days: when each file changed.
        files: their names, and those of folders, which end in a slash.
    """
    tops = tuple(files)
    return max((day for file, day in days.items() if file.startswith(tops)), default=None)
