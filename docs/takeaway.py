"""What a reader can take away from a language's site: notebooks, a zip of them, a page to print."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import notebooks
import printing
from chapters import numbers
from memo import memo
from mkdocs.structure.files import File, InclusionLevel

from linreg.literate import LiterateExtension
from linreg.literate.extension import options_from
from linreg.literate.fences import parse
from linreg.literate.pages import run_page
from linreg.literate.source import from_file

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

PRINT = "print.md"
_TITLE = {"en": "All chapters, to print", "zh": "全书打印版"}

# Under `mkdocs serve` most pages are those of the last build.
_section = lru_cache(maxsize=64)(printing.section)
_made: dict[str, bytes] = {}  # notebooks


def add_print_page(files: Files, config: MkDocsConfig, language: str) -> None:
    """Add the page that is to hold all chapters, for print alone."""
    front = {
        "title": _TITLE[language],
        "template": "print.html",
        "robots": "noindex",
        "search": {"exclude": True},
    }
    text = f"---\n{json.dumps(front)}\n---\n"  # JSON is YAML
    level = InclusionLevel.NOT_IN_NAV
    files.append(File.generated(config, PRINT, content=text, inclusion=level))


def complete(files: Files, config: MkDocsConfig, language: str) -> None:
    """Fill the page to print, and write the notebooks.

    Args:
        files: of the site; their pages are rendered.
        config: of the language.
        language: which one it is.
    """
    pages = {file.src_uri: file.page for file in files.documentation_pages() if file.page}
    chapters = [pages[name] for name in numbers(language) if name in pages]
    _fill_print_page(pages[PRINT], [*chapters, pages["glossary.md"]], config.site_url or "/")
    _write_notebooks([*chapters, pages["lab.ipynb"]], config, language)


def _fill_print_page(page: Page, chapters: list[Page], site: str) -> None:
    addresses = frozenset(site + chapter.url for chapter in chapters)
    page.content = "".join(
        _section(chapter.content or "", site + chapter.url, addresses) for chapter in chapters
    )
    page.meta["chapters"] = [
        printing.entry(site + chapter.url, str(chapter.title), chapter.toc) for chapter in chapters
    ]


def _write_notebooks(pages: list[Page], config: MkDocsConfig, language: str) -> None:
    site = config.site_url or "/"
    files = {}
    for page in pages:
        name = f"{page.url.rstrip('/')}-{language}.ipynb"
        page.meta["notebook"] = name
        if name not in _made or not memo.has(page):
            place = notebooks.Place(
                language, config.site_name, site, site + page.url, config.extra["package"]
            )
            _made[name] = notebooks.to_bytes(_notebook(page, place, config))
        files[name] = _made[name]
        _write(Path(config.site_dir, page.url, name), files[name])
    folder = f"linreg-notebooks-{language}"
    _write(Path(config.site_dir, f"{folder}.zip"), notebooks.to_zip(files, folder))


def _notebook(page: Page, place: notebooks.Place, config: MkDocsConfig) -> notebooks.Notebook:
    source, lines = from_file(Path(page.file.abs_src_path or ""))
    parsed = parse(lines, source)
    shown: dict[int, Any] = {}
    if os.environ.get("LITERATE_EXECUTE") != "0":
        extension = LiterateExtension(**config.mdx_configs["linreg.literate"])
        shown = run_page(parsed, source, options_from(extension.getConfigs()))  # kept by now
    lab = json.loads(Path(config.docs_dir, "lab.ipynb").read_text(encoding="utf-8"))
    if page.file.src_uri == "lab.ipynb":
        return notebooks.from_lab(lab, parsed, shown, place)
    draws = any(block.alts for session in parsed.sessions for block in session.blocks)
    return notebooks.from_page(lines, parsed, shown, place, _fonts(lab) if draws else "")


def _fonts(lab: notebooks.Notebook) -> str:
    """The code by which the Chinese lab finds a font for its figures; none in English."""
    found = ("".join(cell["source"]) for cell in lab["cells"] if cell["id"] == "chinese-font")
    return "".join(f"from linreg import plt\n\n{code}" for code in found)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
