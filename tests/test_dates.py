"""When the sources of a page last changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from book.finish import dates
from book.sources import Book

DAYS = {
    "docs/en/loss.md": "2026-01-03",
    "docs/en/api.md": "2026-02-05",
    "docs/zh/loss.md": "2026-09-09",
    "linreg/data.py": "2026-03-07",
    "linreg/literate/shell.py": "2026-08-08",
}
BOOK = Book("en", "A book", "https://example.org/en/", Path(), "docs/en", Path(), days=DAYS)


@pytest.mark.parametrize(
    ("source", "day"),
    [
        ("loss.md", "2026-01-03"),
        ("api.md", "2026-03-07"),  # the docstrings are what it says; the engine is not in it
        ("print.md", "2026-02-05"),  # it holds all chapters of its language
        ("new.md", None),
    ],
)
def test_a_page_changed_with_the_last_of_its_sources(source: str, day: str | None) -> None:
    assert dates.changed(source, BOOK) == day


def test_the_latest_of_several_files_and_folders_counts() -> None:
    days = {"a/1": "2026-01-03", "a/2": "2026-02-05", "b": "2026-03-07"}
    assert dates.latest(days, ["a/"]) == "2026-02-05"
    assert dates.latest(days, ["a/1", "b"]) == "2026-03-07"
    assert dates.latest(days, ["c"]) is None
