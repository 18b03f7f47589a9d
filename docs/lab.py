"""The lab: a notebook that mkdocs-jupyter brings in, and that runs and is set as a chapter.

What mkdocs-jupyter would show carries 600 KB of styles and scripts a page. Here its template hands
over the notebook, and the page becomes Markdown. Nor does it execute the cells: the engine runs
them as the blocks of a chapter, with its limits, its cache and its errors, where a Jupyter kernel
would take seconds to start at each change. The id of a cell is that of its heading.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from mkdocs.structure.pages import Page
from mkdocs_jupyter.config import settings  # type: ignore[import-untyped]

from linreg.literate import notebook

if TYPE_CHECKING:
    from pathlib import Path

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files


def configure(config: MkDocsConfig, docs: Path) -> None:
    """Tell mkdocs-jupyter where its templates are."""
    settings.templates_dir = str(docs / "notebook")
    options = config.plugins["mkdocs-jupyter"].config
    options["mathjax_version"] = 2  # 0.27 has every page load newer ones from another host


def set_page(page: Page) -> None:
    """Let a page render itself as a chapter would, once mkdocs-jupyter has brought it in."""
    bring_in = page.render

    def render_page(config: MkDocsConfig, files: Files) -> None:
        bring_in(config, files)
        lab, _ = json.JSONDecoder().raw_decode((page.content or "").lstrip())
        for cell in lab["cells"]:
            if cell["cell_type"] == "markdown":
                cell["source"] = _text("".join(cell["source"]), cell["id"])
        lines, _ = notebook.to_lines(lab)
        page.markdown = "\n".join(lines)
        Page.render(page, config, files)

    page.render = render_page  # type: ignore[method-assign]


def _text(source: str, cell: str) -> str:
    """A text cell: its heading gets an id, and links to other pages are those of the sources."""
    source = re.sub(r"^(##+ .*)$", rf"\1 {{ #{cell} }}", source, count=1, flags=re.MULTILINE)
    return re.sub(r"\]\(\.\./([\w-]+)/(#[\w.-]+)?\)", r"](\1.md\2)", source)
