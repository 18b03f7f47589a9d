"""Zensical, by the authors of Material for MkDocs.

It runs no hooks and passes over plugins that it does not know. So what hooks do under MkDocs before
the pages are rendered is done here to a copy of the sources, and the settings are written anew.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from book import sources

if TYPE_CHECKING:
    from book.sources import Book

_LINK_TO_LAB = re.compile(rf"\]\({re.escape(sources.LAB)}(?=[#)])")
_REFERENCE_STYLE = "assets/_mkdocstrings.css"
_NO_PLACE = ("docs_dir", "exclude_docs", "hooks", "site_dir", "watch")  # of the copy


class ZensicalError(RuntimeError):
    """Zensical has not rendered the pages; the message is what it said."""


def render(book: Book, project: Path) -> Path:
    """Render the pages of a language, or the front page.

    Args:
        book: what is rendered.
        project: an empty folder, for a copy of the sources.

    Returns:
        the folder of the pages, to be finished.

    Raises:
        ZensicalError: if there is an error, or a warning.
    """
    _copy_sources(book, project / "docs")
    settings = project / "mkdocs.yml"
    settings.write_text(
        yaml.safe_dump(_settings(book), allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    done = subprocess.run(  # noqa: S603  # this interpreter, our own words
        [sys.executable, "-m", "zensical", "build", "--clean", "--strict", "-f", str(settings)],
        cwd=sources.ROOT,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        said = done.stdout + done.stderr
        raise ZensicalError(said.replace((project / "docs").as_posix(), book.folder))
    return project / "site"


def _copy_sources(book: Book, goal: Path) -> None:
    goal.mkdir(parents=True)
    if not book.language:
        shutil.copy(book.sources / "index.md", goal)
        return
    for page in sources.pages(book.language):
        text = page.read_text(encoding="utf-8")
        if page.name == sources.LAB:
            about, text = sources.lab_page(text)
            text = f"---\n{yaml.safe_dump(about, allow_unicode=True)}---\n\n{text}"
        text = _LINK_TO_LAB.sub("](lab.md", text)
        (goal / page.name).with_suffix(".md").write_text(text, encoding="utf-8")
    (goal / sources.PRINT).write_text(sources.print_page(book.language), encoding="utf-8")
    (goal / "assets").mkdir()
    (goal / _REFERENCE_STYLE).write_text(_reference_style(), encoding="utf-8")


def _reference_style() -> str:
    """The sheet of mkdocstrings, as its plugin writes it: Zensical uses mkdocstrings without it."""
    sheet = files("mkdocstrings_handlers.python") / "templates" / "material" / "style.css"
    return f"\n{sheet.read_text(encoding='utf-8')}"


def _settings(book: Book) -> dict[str, Any]:
    """The settings of the book for the copy of its sources, without what Zensical passes over."""
    file = sources.DOCS / f"{book.language}.yml" if book.language else sources.ROOT / "mkdocs.yml"
    settings = {key: value for key, value in sources.load(file).items() if key not in _NO_PLACE}
    settings["site_url"] = book.address
    settings["theme"] |= {"custom_dir": str(sources.DOCS / "theme"), "variant": "classic"}
    settings["markdown_extensions"]["linreg.literate"] = dict(book.engine)
    settings["extra"] = {**settings.get("extra", {}), "finished": True}  # it will be
    if not book.language:
        settings["extra"]["chapters"] = sources.chapters()
        return settings
    nav = sources.numbered(settings["nav"], book.language, book.chapters)
    settings["nav"] = _with_lab_page(nav)
    settings["extra_css"] = [_REFERENCE_STYLE, *settings["extra_css"]]
    del settings["plugins"]["mkdocs-jupyter"]
    settings["plugins"]["mkdocstrings"]["handlers"]["python"]["paths"] = [str(sources.ROOT)]
    return settings


def _with_lab_page(nav: Any) -> Any:
    if isinstance(nav, dict):
        return {title: _with_lab_page(entry) for title, entry in nav.items()}
    if isinstance(nav, list):
        return [_with_lab_page(entry) for entry in nav]
    return "lab.md" if nav == sources.LAB else nav
