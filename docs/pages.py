"""What the pages of each language, and the front page, need beyond MkDocs and its plugins."""

from __future__ import annotations

import logging
import platform
import re
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import fonts
import jieba  # type: ignore[import-untyped]
import lab
from mkdocs.plugins import event_priority

if TYPE_CHECKING:
    from jinja2 import Environment
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

DOCS = Path(__file__).resolve().parent
CACHE = DOCS.parent / ".cache"

jieba.setLogLevel(logging.WARNING)


@event_priority(100)  # before the plugins read their options
def on_config(config: MkDocsConfig) -> None:
    """Keep what is kept in one place, wherever the command is typed; say what runs the pages."""
    config.mdx_configs["linreg.literate"]["cache"] = str(CACHE / "literate")
    config.extra["versions"] = {"python": platform.python_version(), "torch": version("torch")}
    if "mkdocs-jupyter" in config.plugins:
        lab.configure(config, _language(config), DOCS, CACHE / "lab")


def on_pre_page(page: Page, config: MkDocsConfig, files: Files) -> None:
    """Set the lab."""
    if page.file.src_uri.endswith(".ipynb"):
        lab.set_page(page, config, files, _language(config), CACHE / "lab")


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> None:
    """Add the fonts, with the characters that the titles have."""
    pages = [file.page.content or "" for file in files.documentation_pages() if file.page]
    pages += [path.read_text(encoding="utf-8") for path in (DOCS / "theme").glob("*.html")]
    titles = re.findall(r"<h1[^>]*>(.*?)</h1>", "".join(pages), re.DOTALL)
    characters = {*config.site_name, *re.sub(r"<[^>]*>", "", "".join(titles))}
    fonts.write_fonts(Path(config.site_dir, "assets", "fonts"), characters, CACHE / "fonts")


def on_post_build(config: MkDocsConfig) -> None:
    """Remove the compressed site map: it holds the time of the build, and nothing asks for it."""
    Path(config.site_dir, "sitemap.xml.gz").unlink(missing_ok=True)


def _language(config: MkDocsConfig) -> str:
    return str(config.theme["language"])
