"""What a reader can take away from a language's site: notebooks, and a zip of them."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from book.finish import notebooks
from book.sources import LAB
from linreg.literate import LiterateExtension
from linreg.literate.extension import options_from
from linreg.literate.fences import parse
from linreg.literate.pages import run_page
from linreg.literate.source import from_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from book.finish.slots import Page
    from book.sources import Book


def write_notebooks(site: Path, pages: Sequence[Page], book: Book, package: str) -> None:
    """Write the notebook of each page beside it, and all of them into a zip.

    Args:
        site: the folder of the language.
        pages: of the chapters and of the lab.
        book: whose pages they are.
        package: the address of the wheel.
    """
    files = {}
    lab = (book.sources / LAB).read_text(encoding="utf-8")
    for page in pages:
        name = f"{page.url.rstrip('/')}-{book.language}.ipynb"
        page.facts["notebook"] = name
        place = notebooks.Place(
            book.language, book.title, book.address, book.address + page.url, package
        )
        file = book.sources / page.source
        text = file.read_text(encoding="utf-8")
        files[name] = _notebook(file, text, page.content, place, lab, json.dumps(book.engine))
        page.file.with_name(name).write_bytes(files[name])
    folder = f"linreg-notebooks-{book.language}"
    (site / f"{folder}.zip").write_bytes(notebooks.to_zip(files, folder))


@lru_cache(maxsize=64)  # most pages are those of the build before
def _notebook(
    file: Path, text: str, content: str, place: notebooks.Place, lab: str, engine: str
) -> bytes:
    """The notebook of a page; as long as this has the same text and content, it is the same."""
    source, lines = from_file(file)
    parsed = parse(lines, source)
    shown: dict[int, Any] = {}
    if os.environ.get("LITERATE_EXECUTE") != "0":
        extension = LiterateExtension(**json.loads(engine))
        shown = run_page(parsed, source, options_from(extension.getConfigs()))  # kept by now
    if file.name == LAB:
        made = notebooks.from_lab(json.loads(lab), parsed, shown, place)
    else:
        draws = any(block.alts for session in parsed.sessions for block in session.blocks)
        fonts = _fonts(json.loads(lab)) if draws else ""
        made = notebooks.from_page(lines, parsed, shown, place, fonts)
    return notebooks.to_bytes(made)


def _fonts(lab: notebooks.Notebook) -> str:
    """The code by which the Chinese lab finds a font for its figures; none in English."""
    found = ("".join(cell["source"]) for cell in lab["cells"] if cell["id"] == "chinese-font")
    return "".join(f"from linreg import plt\n\n{code}" for code in found)
