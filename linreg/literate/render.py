"""Outputs as HTML: printed text is shown as it is, never obeyed as markup."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from linreg.literate import controls, figures, ids, moving, terminal
from linreg.literate.errors import LiterateError
from linreg.literate.outputs import FIGURES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from linreg.literate.fences import Block
    from linreg.literate.outputs import Output

# What the engine itself says on a page.
WORDS = {
    "en": {
        "off": "Not run: this page was built with execution switched off.",
        "figure": "Figure",
        "lines": "Show all {count} lines",
        "code": "Code",
    },
    "zh": {
        "off": "未运行：构建本页时关闭了代码执行。",
        "figure": "图",
        "lines": "展开全部 {count} 行",
        "code": "代码",
    },
}

# Around HTML that has ids: whatever of them the page has already is renamed in the end.
OWN, OWN_END = "<!--\x02literate:own\x03-->", "<!--\x02literate:end\x03-->"

_FOLDED = 40  # lines of text from which an output is folded
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")


def outputs(
    block: Block,
    shown: Sequence[Output],
    at: str,
    number_from: int,
    language: str,
    stash: Callable[[str], str],
    write: Callable[[Element, Output], None] = lambda *_: None,
) -> Element | None:
    """The element that follows a block on the page, if it gave anything.

    Args:
        block: what ran, for the captions and alternative texts of its figures.
        shown: what it gave.
        at: where it stands, for errors.
        number_from: how many figures the page has before it, so that ids are unique.
        language: of what the engine says itself.
        stash: keeps raw HTML and gives what stands for it in an element's text.
        write: is given an element, and the Markdown or LaTeX that the page is to set in it.

    Raises:
        LiterateError: if there are more captions or alternative texts than figures, or there is a
            label for what does not move.
    """
    shown = [output for output in shown if not _is_wiped(output)]
    drawn = len([output for output in moving.flat(shown) if output["kind"] in FIGURES])
    for notes, name in ((block.captions, "captions"), (block.alts, "alternative texts")):
        if len(notes) > drawn:
            raise LiterateError(
                f"{at}: this block has more {name} ({len(notes)}) than figures ({drawn})"
            )
    arguments = moving.arguments(shown)
    for name, _ in block.labels:
        if name not in arguments:
            raise LiterateError(
                f"{at}: this block has a label of {name}, and nothing in it moves by that; "
                f"what moves has {', '.join(arguments) or 'no arguments'}"
            )
    if not shown:
        return None
    element = Element("div", {"class": "literate-output"})
    add = _Adding(element, block, number_from, language, stash, write)
    for output in shown:
        if output["kind"] == "interact":
            add.moving(output)
        else:
            add.output(output)
    return element


class _Adding:
    """Adds what a block gave to an element, one output after another."""

    def __init__(
        self,
        element: Element,
        block: Block,
        number_from: int,
        language: str,
        stash: Callable[[str], str],
        write: Callable[[Element, Output], None],
    ) -> None:
        self._element = element
        self._block = block
        self._number_from = number_from
        self._language = language
        self._stash = stash
        self._write = write
        self._number = 0  # of figures so far

    def moving(self, output: Output) -> None:
        """Add a moving figure: marks, and between them what each combination shows."""
        labels = dict(self._block.labels)
        self._html(controls.begin(output, labels, self._language))
        first = self._number
        known = len([one for one in moving.flat([output]) if one["kind"] in FIGURES])
        for number, state in enumerate(output["states"]):
            if number:
                self._html(controls.BETWEEN)
            self._number = first
            where = "" if number == moving.start(output) else controls.label(output, number, labels)
            for one in state:
                if not _is_wiped(one):
                    more = f"{self._number}-" if self._number - first >= known else ""
                    self.output(one, where, more)
        self._html(controls.END)
        self._number = first + known

    def output(self, output: Output, where: str = "", more: str = "") -> None:
        """Add any other.

        Args:
            output: which.
            where: the combination that it belongs to, where that is not said beside it.
            more: of the prefix of its ids.
        """
        words, data = WORDS[self._language], output["data"]
        if output["kind"] == "text":
            self._html(text(data, output["stream"], words["lines"]))
        elif output["kind"] == "html":
            html = _printable(data)
            if ids.declared(html):
                html = f"{OWN}{html}{OWN_END}"
            self._html(f'<div class="literate-html">{html}</div>')
        elif output["kind"] in ("markdown", "latex"):
            part = SubElement(self._element, "div", {"class": f"literate-{output['kind']}"})
            self._write(part, {**output, "data": _printable(data)})
        else:
            self._figure(output, where, more)

    def _figure(self, output: Output, where: str, more: str) -> None:
        block, number = self._block, self._number
        figure = SubElement(self._element, "figure", {"class": "literate-figure"})
        caption = block.captions[number] if number < len(block.captions) else ""
        usual = WORDS[self._language]["figure"]
        alt = block.alts[number] if number < len(block.alts) else caption or usual
        if output["kind"] == "image" and output.get("alt") and alt == usual:
            alt = output["alt"]
        alt = f"{alt} ({where})" if where else alt
        if output["kind"] == "image":
            html = image(output, alt)
        else:
            html = svg(output["data"], f"f{self._number_from + number}-{more}", alt)
        _raw(figure, self._stash(html))
        if caption:
            SubElement(figure, "figcaption").text = caption
        self._number += 1

    def _html(self, html: str) -> None:
        _raw(self._element, self._stash(html))


def _is_wiped(output: Output) -> bool:
    """Whether all that was printed has been erased, as by a progress bar that leaves nothing."""
    data = output["data"]
    moves = output["kind"] == "text" and re.search("[\x1b\r\b]", data)
    return bool(moves) and not terminal.left(data).strip()


def fold(parent: Element, count: int, language: str) -> None:
    """Fold the last elements of a page so far, which are a block and what is said of its lines."""
    parts = parent[-count:]
    for part in parts:
        parent.remove(part)
    details = SubElement(parent, "details", {"class": "literate-folded"})
    SubElement(details, "summary").text = WORDS[language]["code"]
    details.extend(parts)


def off(language: str) -> Element:
    """What follows a block where nothing is run."""
    element = Element("p", {"class": "literate-off"})
    element.text = WORDS[language]["off"]
    return element


def text(data: str, stream: str, fold: str) -> str:
    """Printed text: escaped, without terminal colours, folded when it is long."""
    shown = clean(data).rstrip("\n")
    lines = shown.count("\n") + 1
    shown = escape(shown, quote=False)
    if shown.startswith("\n"):
        shown = f"\n{shown}"  # of which browsers leave one away
    html = f'<pre class="literate-text literate-{stream}">{shown}</pre>'
    if lines < _FOLDED:
        return html
    summary = escape(fold.format(count=lines))
    return f'<details class="literate-long"><summary>{summary}</summary>{html}</details>'


def clean(data: str) -> str:
    """What a terminal would have left of the text, every other control character made visible."""
    shown = _printable(terminal.left(data))
    return _DIRECTION.sub(lambda mark: f"\\u{ord(mark[0]):04x}", shown)


def _printable(data: str) -> str:
    """What HTML may hold; STX and ETX would be taken for Python-Markdown's placeholders."""
    return _UNPRINTABLE.sub("\ufffd", data.replace("\r\n", "\n").replace("\r", "\n"))


def svg(data: str, prefix: str, alt: str) -> str:
    """A figure with ids of its own and a name for those who cannot see it."""
    named = f'<svg role="img" aria-label="{escape(alt)}"'
    drawing = figures.with_unique_ids(_printable(data), prefix).replace("<svg", named, 1)
    return f'<div class="literate-drawing">{drawing}</div>'


def image(output: Output, alt: str) -> str:
    """A picture, which is a part of the page as a figure is."""
    size = "".join(f' {name}="{output[name]}"' for name in ("width", "height") if output.get(name))
    source = f"data:{output['mime']};base64,{output['data']}"
    picture = f'<img src="{source}" alt="{escape(alt)}"{size}>'
    return f'<div class="literate-drawing">{picture}</div>'


def _raw(parent: Element, placeholder: str) -> None:
    SubElement(parent, "p").text = placeholder
