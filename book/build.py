"""Builds the site with one site generator or another."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from book import sources
from book.finish import FinishError, finish
from book.finish.site import assemble
from linreg.literate import run_pages

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
    from book.hosts.zensical import ZensicalError, render  # not all machines have it

    front = sources.front()
    languages = {
        language: sources.edition(language, f"{front.address}{language}/", below=True)
        for language in sources.LANGUAGES
    }
    pages = [page for language in languages for page in sources.pages(language)]
    run_pages([sources.DOCS / "index.md", *pages], **front.engine)
    with tempfile.TemporaryDirectory() as made, ThreadPoolExecutor() as side_by_side:
        books = {"front": front, **languages}
        try:
            rendered = dict(
                zip(
                    books,
                    side_by_side.map(lambda name: render(books[name], Path(made, name)), books),
                    strict=True,
                )
            )
            complaints = [text for name in books for text in finish(rendered[name], books[name])]
        except (FinishError, ZensicalError) as error:
            complaints = [str(error)]
        if complaints:
            print(*complaints, sep="\n", file=sys.stderr)
            return 1
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(rendered.pop("front"), folder)
        assemble(folder, rendered, front.address)
    return 0
