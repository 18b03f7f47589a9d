"""Builds the site with one site generator or another."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from book import sources
from book.finish import FinishError, finish
from book.finish.site import assemble
from book.hosts import zensical
from linreg.literate import LiterateError, run_pages

if TYPE_CHECKING:
    from collections.abc import Mapping

HOSTS = ("mkdocs", "properdocs", "zensical")


def build(host: str, folder: Path) -> int:
    """Build the site; the exit code is 0 if nothing was wrong with it.

    Args:
        host: one of `HOSTS`.
        folder: where the site is to be; what is in it goes.
    """
    if host == "zensical":
        return _build_with_zensical(folder)
    return subprocess.run(  # noqa: S603  # this interpreter, our own words
        [sys.executable, "-m", host, "build", "--strict", "--site-dir", str(folder.resolve())],
        cwd=sources.ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    ).returncode


def _build_with_zensical(folder: Path) -> int:
    front = sources.front()
    books = {"front": front}
    for language in sources.LANGUAGES:
        books[language] = sources.edition(language, f"{front.address}{language}/", below=True)
    pages = [page for language in sources.LANGUAGES for page in sources.pages(language)]
    with tempfile.TemporaryDirectory() as made:
        try:
            run_pages([sources.DOCS / "index.md", *pages], **front.engine)
            rendered = _rendered(books, Path(made))
            complaints = [text for name in books for text in finish(rendered[name], books[name])]
        except (FinishError, LiterateError, zensical.ZensicalError) as error:
            complaints = [str(error)]
        if complaints:
            print(*complaints, sep="\n", file=sys.stderr)
            return 1
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(rendered.pop("front"), folder)
        assemble(folder, rendered, front.address)
    return 0


def _rendered(books: Mapping[str, sources.Book], folder: Path) -> dict[str, Path]:
    """Render each of the books, side by side; the folder of its pages."""
    with ThreadPoolExecutor() as side_by_side:
        waiting = {
            name: side_by_side.submit(zensical.render, book, folder / name)
            for name, book in books.items()
        }
        return {name: future.result() for name, future in waiting.items()}
