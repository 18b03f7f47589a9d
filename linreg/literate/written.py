r"""The Markdown and the LaTeX that a block gives, set by the page's own converter.

They are set as if they stood on the page, with its extensions; but a block in them is only shown.
LaTeX is what stands between dollars on a page that knows formulas, whichever extension reads them;
on a page that knows none it is shown as it is written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from markdown.preprocessors import NormalizeWhitespace
from markdown.treeprocessors import Treeprocessor

from linreg.literate import render

if TYPE_CHECKING:
    from markdown import Markdown
    from markdown.preprocessors import Preprocessor

    from linreg.literate.outputs import Output

_FORMULA = re.compile(
    r"\$\$(?P<dollars>.+?)\$\$|\\\[(?P<brackets>.+?)\\\]"
    r"|\\begin\{(?P<name>equation|displaymath)(?P<star>\*?)\}(?P<body>.+?)\\end\{(?P=name)(?P=star)\}"
    r"|(?P<other>\\begin\{(?P<env>align|gather|multline|eqnarray)(?P<on>\*?)\}.+?"
    r"\\end\{(?P=env)(?P=on)\})"
    r"|\$(?P<dollar>(?:\\.|[^$\\])+)\$|\\\((?P<parenthesis>.+?)\\\)",
    re.DOTALL,
)
_HEADINGS = {f"h{level}" for level in range(1, 7)}
_TAG, _ID = "literate-", "data-literate-id"
_BEFORE_TOC, _AFTER_TOC = 5.5, 4.5  # it is at 5
_DISPLAYED = ("dollars", "brackets", "body", "other")


def register(md: Markdown) -> None:
    """Keep what blocks give out of the page's table of contents, and their ids out of its way."""
    md.treeprocessors.register(_Hide(md), "literate-hide", _BEFORE_TOC)
    md.treeprocessors.register(_Return(md), "literate-return", _AFTER_TOC)


class _Hide(Treeprocessor):
    def run(self, root: Element) -> None:
        for part in root.iter("div"):
            if part.get("class") in ("literate-markdown", "literate-latex"):
                for element in part.iter():
                    if element.tag in _HEADINGS:
                        element.tag = f"{_TAG}{element.tag}"
                    if "id" in element.attrib:
                        element.set(_ID, element.attrib.pop("id"))


class _Return(Treeprocessor):
    def run(self, root: Element) -> None:
        for element in root.iter():
            if isinstance(element.tag, str):
                element.tag = element.tag.removeprefix(_TAG)
            if _ID in element.attrib:
                element.set("id", element.attrib.pop(_ID))


def write(md: Markdown, step: Preprocessor, parent: Element, output: Output, fold: str) -> None:
    """Set an output in an element.

    Args:
        md: the converter, while it reads the blocks of the page.
        step: the engine's own preprocessor, after which those come that read code and raw HTML.
        parent: what the output stands in.
        output: Markdown or LaTeX.
        fold: what is said of text that is long.
    """
    text = output["data"]
    if output["kind"] == "latex":
        if not _FORMULA.search(text) or not _takes_dollars(md):
            _put(parent, md, render.text(text, "value", fold))
            return
        text = _to_markdown(text.strip(), md)
    _put(parent, md, render.OWN)
    lines = NormalizeWhitespace(md).run(text.split("\n"))
    after = list(md.preprocessors)
    for preprocessor in after[after.index(step) + 1 :]:
        if type(preprocessor).__module__ != type(step).__module__:
            lines = preprocessor.run(lines)
    md.parser.state.set("literate")  # and not, say, a list, which would have shorter paragraphs
    md.parser.parseChunk(parent, "\n".join(lines))
    md.parser.state.reset()
    _put(parent, md, render.OWN_END)


def _put(parent: Element, md: Markdown, html: str) -> None:
    SubElement(parent, "p").text = md.htmlStash.store(html)


def _takes_dollars(md: Markdown) -> bool:
    """Whether the page sets what stands between dollars."""
    probe = Element("div")
    md.parser.parseChunk(probe, "$$\nx\n$$")
    md.treeprocessors["inline"].run(probe)
    return "$$" not in "".join(probe.itertext())


def _to_markdown(text: str, md: Markdown) -> str:
    """LaTeX as Markdown: formulas between dollars, and its words without what Markdown obeys."""
    found = _FORMULA.fullmatch(text)
    if found:  # alone it stands on a line of its own
        return _displayed(found)
    parts, end = [], 0
    for found in _FORMULA.finditer(text):
        parts.append(_escaped(text[end : found.start()], md))
        if any(found[name] for name in _DISPLAYED):
            parts.append(f"\n\n{_displayed(found)}\n\n")
        else:
            parts.append(f"${(found['dollar'] or found['parenthesis']).strip()}$")
        end = found.end()
    return "".join([*parts, _escaped(text[end:], md)])


def _displayed(found: re.Match[str]) -> str:
    names = (*_DISPLAYED, "dollar", "parenthesis")
    tex = next(found[name] for name in names if found[name]).strip()
    lines = tex.removeprefix(r"\displaystyle").strip().split("\n")
    return "\n".join(["$$", *(line for line in lines if line.strip()), "$$"])


def _escaped(text: str, md: Markdown) -> str:
    special = "".join(re.escape(character) for character in md.ESCAPED_CHARS)
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(rf"([{special}])", r"\\\1", text)
