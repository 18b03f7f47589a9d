"""Makes every chapter a Jupyter notebook, with the outputs of the build.

The text of a notebook is Markdown as Jupyter knows it: boxes become quotations, solutions a
heading and what follows it, links lead to the site. All of it runs in one kernel that needs the
package and nothing else. The same page gives the same bytes.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from linreg.literate import figures, moving

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from linreg.literate.fences import Block, Page
    from linreg.literate.outputs import Output

Notebook = dict[str, Any]

# What a notebook says of itself, under its title.
_NOTE = {
    "en": "*From [{book}]({page}), with the outputs that the page shows. To run it, install the "
    "package:* `pip install {package}`",
    "zh": "*出自[《{book}》]({page})，输出与网页上的相同。运行前请先安装这个包：*"
    "`pip install {package}`",
}

_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_BOX = re.compile(r'(?P<mark>!!!|\?\?\?)\+? (?P<kind>\w+)(?: "(?P<title>.*)")?\s*$')
_FENCE = re.compile(r"(?P<ticks>`{3,})(?P<language>\S*)\s*$")
_HEADING = re.compile(r"(?P<text>#{1,6} .*?)\s*(?:\{ *#[\w-]+ *\})?\s*$")
_LINK = re.compile(r"\]\((?P<file>[\w-]+\.(?:md|ipynb))?(?P<anchor>#[\w.-]+)?\)")
_LINK_OF_LAB = re.compile(r"\]\(\.\./(?P<to>[^)\s]*)\)")
_COLOUR = re.compile(r"var\(--[\w-]+, (#[0-9a-f]{6})\)")
_FORMS = {"html": "text/html", "markdown": "text/markdown", "latex": "text/latex"}
_INDENT = 4  # of what stands in a box
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first date that a zip file knows


@dataclass(frozen=True)
class Place:
    """Where a notebook comes from."""

    language: str
    book: str  # the title of the whole
    site: str  # the address of the language's first page
    address: str  # that of the page
    package: str  # that of the wheel


def from_page(
    lines: Sequence[str],
    page: Page,
    shown: Mapping[int, Sequence[Output]],
    place: Place,
    before: str = "",
) -> Notebook:
    """Make a notebook of a page.

    Args:
        lines: the Markdown, without front matter.
        page: what the engine has read in it.
        shown: the outputs of each block, by the line of its fence; empty if nothing was run.
        place: where the page stands.
        before: code that runs before the first block.
    """
    text = _Text(place)
    blocks = {block.start: block for session in page.sessions for block in session.blocks}
    cells: list[dict[str, Any]] = []
    drawn = count = i = 0
    while i < len(lines):
        if i in blocks:
            block = blocks[i]
            cells += text.cells()
            if before and not count:
                cells.append(_code_cell(before, [], 1 if shown else None))
                count = 1
            count += 1
            outputs = _outputs(block, shown.get(i, ()), count, drawn)
            drawn += _figures(outputs)
            cell = _code_cell(block.code, outputs, count if shown else None)
            cells.append({**cell, "metadata": _about(block)})
            text.add([line for caption in block.captions for line in (f"*{caption}*", "")])
            i = block.stop
            continue
        if i not in page.hidden:
            if text.is_section(lines[i]):
                cells += text.cells()
            text.take(lines[i])
        i += 1
    cells += text.cells()
    return _notebook(cells, place)


def from_lab(
    lab: Notebook, page: Page, shown: Mapping[int, Sequence[Output]], place: Place
) -> Notebook:
    """Make a notebook of the lab, with its outputs and with links that lead to the site.

    Args:
        lab: the notebook, without outputs.
        page: what the engine has read in it.
        shown: the outputs of each block, by the line of its fence; empty if nothing was run.
        place: where its page stands.
    """
    blocks = (block for session in page.sessions for block in session.blocks)
    cells: list[dict[str, Any]] = []
    drawn = count = 0
    for cell in lab["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            text = _LINK_OF_LAB.sub(rf"]({place.site}\g<to>)", source)
            cells.append(_markdown_cell(text))
            continue
        block = next(blocks)
        count += 1
        outputs = _outputs(block, shown.get(block.start, ()), count, drawn)
        drawn += _figures(outputs)
        cells.append(_code_cell(source, outputs, count if shown else None))
    return _notebook(cells, place)


def to_bytes(notebook: Notebook) -> bytes:
    """The file of a notebook."""
    return f"{json.dumps(notebook, ensure_ascii=False, indent=1)}\n".encode()


def to_zip(files: Mapping[str, bytes], folder: str) -> bytes:
    """The notebooks in one file: those that have not changed give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{folder}/{name}", _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, on whatever system this is
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


class _Text:
    """Rewrites what stands between the blocks, line by line."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._boxes: list[tuple[int, bool]] = []  # where the text in each begins; is it quoted
        self._fence = ""  # the end of the one that we are in
        self._formula: list[str] = []  # one in a quotation, for it must be on one line there
        self._lines: list[str] = []

    def is_section(self, line: str) -> bool:
        """Whether a cell begins here."""
        return not self._fence and line.startswith("## ")

    def add(self, lines: Sequence[str]) -> None:
        """Add lines as they are."""
        self._lines += lines

    def take(self, line: str) -> None:
        """Add a line of the page."""
        indent = len(line) - len(line.lstrip())
        if not line.strip():
            self._put("")
            return
        while self._boxes and indent < self._boxes[-1][0]:
            self._leave()
        begin, quoted = self._boxes[-1] if self._boxes else (0, False)
        content = line[begin:]
        if self._fence:
            self._fence = "" if content.strip() == self._fence else self._fence
            self._put(content)
        elif fence := _FENCE.match(content.strip()):
            self._fence = fence["ticks"]
            language = "python" if fence["language"] == "py" else fence["language"]
            self._put(content.replace(fence[0].strip(), f"{fence['ticks']}{language}"))
        elif box := _BOX.match(content.strip()):
            self._enter(box, indent + _INDENT, quoted)
        elif quoted and (self._formula or content.strip() == "$$"):
            self._formula.append(content.strip())
            if self._formula[0] == self._formula[-1] and len(self._formula) > 1:
                self._put(" ".join(self._formula))
                self._formula = []
        elif heading := _HEADING.match(content):
            self._put(self._linked(heading["text"]))
        else:
            self._put(self._linked(content))

    def cells(self) -> list[dict[str, Any]]:
        """What was taken, as one cell, or as none if there is nothing to read; then begin anew."""
        while self._lines and self._lines[0].strip("> ") == "":
            self._lines.pop(0)
        while self._lines and self._lines[-1].strip("> ") == "":
            self._lines.pop()
        lines, self._lines = self._lines, []
        return [_markdown_cell(_outdented(lines))] if lines else []

    def _put(self, content: str) -> None:
        quoted = bool(self._boxes) and self._boxes[-1][1]
        line = f"> {content}".rstrip() if quoted else content
        if self._fence or line not in ("", ">") or line not in self._lines[-1:]:
            self._lines.append(line)

    def _enter(self, box: re.Match[str], begin: int, quoted: bool) -> None:
        title = box["title"] or box["kind"].capitalize()
        quoted = quoted or box["mark"] == "!!!"
        self._boxes.append((begin, quoted))
        self._put(f"**{title}**" if quoted else f"#### {title}")
        self._put("")

    def _leave(self) -> None:
        self._boxes.pop()
        while self._lines and self._lines[-1] == ">":
            self._lines.pop()
        self._put("")

    def _linked(self, text: str) -> str:
        def absolute(link: re.Match[str]) -> str:
            file, anchor = link["file"], link["anchor"] or ""
            if file is None:
                return f"]({self._place.address}{anchor})" if anchor else link[0]
            name = file.rpartition(".")[0]
            return f"]({self._place.site}{'' if name == 'index' else f'{name}/'}{anchor})"

        return _LINK.sub(absolute, text)


def _outdented(lines: Sequence[str]) -> str:
    """Text that continues an item of a list after a block, moved to the left.

    In its cell no item stands before it.
    """
    blank = len(lines[0]) - len(lines[0].lstrip())
    less = (i for i, line in enumerate(lines) if line.strip() and line[:blank].strip())
    end = next(less, len(lines))
    return "\n".join([*(line[blank:] for line in lines[:end]), *lines[end:]])


def _outputs(block: Block, shown: Sequence[Output], count: int, drawn: int) -> list[dict[str, Any]]:
    outputs: list[dict[str, Any]] = []
    alts = list(block.alts or block.captions)
    figure = 0
    for output in moving.flat(shown) if block.shows_output else ():
        if output["kind"] == "svg":
            alt = alts.pop(0) if alts else ""
            figure += 1
            outputs.append(_figure(output["data"], f"f{drawn + figure}-", alt))
        elif output["kind"] == "image":
            outputs.append(_picture(output, alts.pop(0) if alts else output["alt"]))
        elif output["kind"] in _FORMS:
            outputs.append(_display({_FORMS[output["kind"]]: output["data"]}))
        elif output["stream"] == "error":
            outputs.append(_error(output["data"]))
        elif output["stream"] == "value":
            value = _display({"text/plain": output["data"]})
            outputs.append({**value, "output_type": "execute_result", "execution_count": count})
        else:
            text = {"name": output["stream"], "text": output["data"]}
            outputs.append({"output_type": "stream", **text})
    return outputs


def _picture(output: Output, alt: str) -> dict[str, Any]:
    size = {name: float(output[name]) for name in ("width", "height") if output[name].isdecimal()}
    picture = _display({output["mime"]: output["data"], "text/plain": alt})
    return {**picture, "metadata": {output["mime"]: size}}


def _error(text: str) -> dict[str, Any]:
    """An exception that the page shows; its name and its message stand in the last line."""
    name, _, message = text.splitlines()[-1].partition(": ")
    lines = {"ename": name, "evalue": message, "traceback": text.splitlines()}
    return {"output_type": "error", **lines}


def _about(block: Block) -> dict[str, Any]:
    """What Jupyter is to know of a cell: that its exception is meant, that its code is folded."""
    about: dict[str, Any] = {}
    if block.raises:
        about["tags"] = ["raises-exception"]
    if not block.shows_code:
        about["jupyter"] = {"source_hidden": True}
    return about


def _figures(outputs: Sequence[dict[str, Any]]) -> int:
    return len([output for output in outputs if "image/svg+xml" in output.get("data", ())])


def _figure(svg: str, prefix: str, alt: str) -> dict[str, Any]:
    """A figure of the site as an image of its own, with the colours that the page would give."""
    svg = _COLOUR.sub(r"\1", figures.with_unique_ids(svg, prefix))
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(alt)}" '
        'style="color: #24282d; background: #fff"'
    )
    data = {"image/svg+xml": svg.replace("<svg", opening, 1), "text/plain": alt}
    return _display(data)


def _display(data: dict[str, str]) -> dict[str, Any]:
    return {"output_type": "display_data", "data": data, "metadata": {}}


def _markdown_cell(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code_cell(code: str, outputs: Sequence[Any], count: int | None) -> dict[str, Any]:
    cell = {"cell_type": "code", "metadata": {}, "source": code.strip("\n")}
    return {**cell, "outputs": list(outputs), "execution_count": count}


def _notebook(cells: list[dict[str, Any]], place: Place) -> Notebook:
    note = _NOTE[place.language].format(book=place.book, page=place.address, package=place.package)
    title, _, rest = cells[0]["source"].partition("\n")
    cells[0]["source"] = f"{title}\n\n{note}\n{rest}".rstrip("\n")
    for i, cell in enumerate(cells, 1):
        cell["id"] = f"cell-{i}"
    return {"cells": cells, "metadata": _METADATA, "nbformat": 4, "nbformat_minor": 5}
