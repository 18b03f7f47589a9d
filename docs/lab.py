"""The lab: a notebook that mkdocs-jupyter executes and keeps, set in the manner of a chapter.

What mkdocs-jupyter would show carries 600 KB of styles and scripts a page. Here its template hands
over the executed notebook, and the page becomes Markdown: text as it is, code as fences that are
only shown, outputs as the engine's. The id of a cell is that of its heading. A cell that draws has
``alt``, and may have ``caption``, in its metadata.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from contextlib import contextmanager
from html import escape
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.pages import Page
from mkdocs_jupyter.config import settings  # type: ignore[import-untyped]

from linreg.literate import figures, render

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

_DISTRIBUTIONS = ("ipykernel", "ipython", "matplotlib", "nbconvert", "numpy", "torch")
_STARTUP = """\
import matplotlib

from linreg.literate import figures

figures.prepare()
matplotlib.use("module://matplotlib_inline.backend_inline")  # which hands them to the notebook
"""

_KERNEL_SETTINGS = "c.Application.log_level = 'ERROR'\n"  # no warning that it talks over TCP

executed: dict[str, dict[str, Any]] = {}  # the lab of each language, as this process made it last


def configure(config: MkDocsConfig, language: str, docs: Path, cache: Path) -> None:
    """Tell mkdocs-jupyter where its templates are, and where to keep what depends on what.

    Its own cache knows the notebook alone; the folder's name adds the sources and versions.
    """
    settings.templates_dir = str(docs / "notebook")
    sources = [*(docs.parent / "linreg").rglob("*.py"), *(docs / "notebook").rglob("*.j2")]
    digest = hashlib.sha256(repr([_STARTUP, *map(version, _DISTRIBUTIONS)]).encode())
    for source in sorted(sources):
        digest.update(source.read_bytes())
    folder = cache / language / digest.hexdigest()[:16]
    for other in cache.glob(f"{language}/*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    options = config.plugins["mkdocs-jupyter"].config
    options["execute"] = os.environ.get("LITERATE_EXECUTE") != "0"
    options["cache_dir"] = str(folder / ("executed" if options["execute"] else "off"))
    options["mathjax_version"] = 2  # 0.27 has every page load newer ones from another host


def set_page(page: Page, language: str, cache: Path) -> None:
    """Let a page render itself as a chapter would, once mkdocs-jupyter has executed it."""
    execute = page.render

    def render_page(config: MkDocsConfig, files: Files) -> None:
        with _kernel_environment(cache):
            execute(config, files)
        notebook, _ = json.JSONDecoder().raw_decode((page.content or "").lstrip())
        executed[language] = notebook = cleaned(notebook)
        page.markdown = to_markdown(notebook, f"docs/{language}/{page.file.src_uri}", language)
        Page.render(page, config, files)

    page.render = render_page  # type: ignore[method-assign]


def cleaned(notebook: dict[str, Any]) -> dict[str, Any]:
    """An executed notebook with its texts whole, and its figures as a page has them.

    Args:
        notebook: as JSON, in version 4 of the format.
    """
    return {**notebook, "cells": [_cleaned(cell) for cell in notebook["cells"]]}


def _cleaned(cell: dict[str, Any]) -> dict[str, Any]:
    outputs: list[dict[str, Any]] = []
    for output in cell.get("outputs", ()):
        last = outputs[-1] if outputs else {}
        if "text" in output and output["name"] == last.get("name"):
            last["text"] += "".join(output["text"])  # printed piece by piece
        elif "text" in output:
            outputs.append({**output, "text": "".join(output["text"])})
        elif "data" in output:
            data = {
                kind: "".join(content) if isinstance(content, list) else content
                for kind, content in output["data"].items()
            }
            if "image/svg+xml" in data:
                data["image/svg+xml"] = figures.for_page(data["image/svg+xml"])
            outputs.append({**output, "data": data})
    return {**cell, "source": "".join(cell["source"]), "outputs": outputs}


def to_markdown(notebook: dict[str, Any], name: str, language: str) -> str:
    """Write an executed notebook as a page.

    Args:
        notebook: as `cleaned` gives it.
        name: its file, for errors.
        language: of the engine's words.

    Raises:
        PluginError: if a cell draws a figure that has no text for those who cannot see it.
    """
    parts: list[str] = []
    for cell in notebook["cells"]:
        source = cell["source"]
        if cell["cell_type"] == "markdown":
            parts.append(_text(source, cell["id"]))
        elif cell["cell_type"] == "code":
            number = "\n".join(parts).count("<svg")
            outputs = _outputs(cell, f"{name}, cell {cell['id']!r}", language, number)
            parts += [f"```py\n{source}\n```", outputs]
    return "\n\n".join(parts)


def _text(source: str, cell: str) -> str:
    """A text cell: its heading gets an id, and links to other pages are those of the sources."""
    source = re.sub(r"^(##+ .*)$", rf"\1 {{ #{cell} }}", source, count=1, flags=re.MULTILINE)
    return re.sub(r"\]\(\.\./([\w-]+)/(#[\w.-]+)?\)", r"](\1.md\2)", source)


def _outputs(cell: dict[str, Any], place: str, language: str, number: int) -> str:
    words = render.WORDS[language]
    html = ""
    for output in cell["outputs"]:
        data = output.get("data", {})
        if "text" in output:
            html += render.text(output["text"], output["name"], words["lines"])
        elif "image/svg+xml" in data:
            number += 1
            html += _figure(data["image/svg+xml"], cell["metadata"], place, f"f{number}-")
        elif "text/html" in data:
            html += f'<div class="literate-html">{data["text/html"]}</div>'
        elif "text/plain" in data:
            html += render.text(data["text/plain"], "value", words["lines"])
    return f'<div class="literate-output">\n{html}\n</div>' if html else ""


def _figure(svg: str, metadata: dict[str, str], place: str, prefix: str) -> str:
    if "alt" not in metadata:
        raise PluginError(f"{place}: the figure needs a text: write one as 'alt' in its metadata")
    drawing = render.svg(svg, prefix, metadata["alt"])
    caption = escape(metadata.get("caption", ""), quote=False)
    if caption:
        caption = f"<figcaption>{caption}</figcaption>"
    return f'<figure class="literate-figure">{drawing}{caption}</figure>'


@contextmanager
def _kernel_environment(cache: Path) -> Iterator[None]:
    """Have kernels draw as the chapters do, whatever the writer's own IPython is set up for."""
    profile = cache / "ipython" / "profile_default"
    (profile / "startup").mkdir(parents=True, exist_ok=True)
    (profile / "startup" / "figures.py").write_text(_STARTUP, encoding="utf-8")
    (profile / "ipython_kernel_config.py").write_text(_KERNEL_SETTINGS, encoding="utf-8")
    before = dict(os.environ)
    os.environ["IPYTHONDIR"] = str(cache / "ipython")
    os.environ.pop("MPLBACKEND", None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
