r"""Sets formulas as MathML while the page is built; no JavaScript is needed to read them.

One line of Markdown in::

    The mean of $n$ labels is $\frac{1}{n}\sum_i y_i$; one costs \$5.

and the page out (the formulas are shortened)::

    <p>The mean of <math data-tex="n"><mi>n</mi></math> labels is
    <math data-tex="\frac{1}{n}\sum_i y_i">…</math>; one costs $5.</p>

A formula between ``$$`` and ``$$``, or ``\[`` and ``\]``, each at an end of a line, stands on a
line of its own. It may follow a line of text directly, which is why the syntax is read here:
pymdownx.arithmatex leaves such a formula on the page as it was typed. In the text ``\(`` and
``\)`` are like dollars. A formula that cannot be set, and a ``$`` that belongs to none, is an error
that names file and line. Code is left alone, and so is raw HTML.

The formulas of a page are set together: equations are numbered through it, ``\eqref`` finds any of
them, and what one defines with ``\newcommand`` those below it may use.

Usable without the rest of the engine::

    markdown.markdown(text, extensions=["linreg.literate.formulas"])
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn
from xml.etree.ElementTree import Element, SubElement, fromstring

import math_core
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from linreg.literate import latex, mathml
from linreg.literate.errors import LiterateError, for_host
from linreg.literate.source import locate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from markdown import Markdown

__all__ = ["FormulasExtension", "makeExtension"]

# As pandoc reads it: no blank inside the dollars and no digit after them, so that "$5 or $6" is
# money. What Python-Markdown has replaced (code, HTML) stands between \x02 and \x03.
_WORDS = r"\\(?:text[a-z]*|mbox|hbox)\{[^{}\x02\x03]*\}"  # in which there may be dollars
_INLINE = rf"(?<![\\$])\$(?![\s$])((?:{_WORDS}|\\.|[^\\$\x02\x03])+?)(?<!\s)\$(?![$\d])"
_DISPLAYED = rf"(?<!\\)\$\$((?:{_WORDS}|\\.|[^\\$\x02\x03])+?)\$\$"
# As LaTeX writes it. Markdown's own meaning of these, the bracket itself, is left to what is alone.
_INLINE_LATEX = r"(?<!\\)\\\((?!\))((?:\\[^()]|[^\\\x02\x03])+?)\\\)"
_DISPLAYED_LATEX = r"(?<!\\)\\\[((?:\\[^\]]|[^\\\x02\x03])+?)\\\]"

# Browsers break a line on either side of a formula, also before a comma. So what touches it must
# be kept with it: half-width characters, and the full-width marks that open or close.
_OPENING = "[!-#%-~“‘（《「『【]"
_CLOSING = "[!-#%-~”’…，。、；：！？）》」』】]"

# What is left over when all formulas are found.
_REST = r"\$|\\begin\{"
_STRAY = (
    "this is no formula as it stands: one in the text has no blank next to its dollars, a "
    "displayed one begins a line with $$ and ends a line with $$, with no blank line between; "
    r"the sign itself is \$"
)
_UNENDED = r"this formula has no \] at the end of a line below it, with no blank line between"
_PIPE = r"in a table, | ends the cell, also in a formula: write \lvert x \rvert, \mid or \Vert"

_MODE = "data-opening"  # on a formula that is not set yet: what it begins with
_CLOSINGS = {"$": "$", "$$": "$$", r"\(": r"\)", r"\[": r"\]"}
_REPLACED = {
    "&ApplyFunction;": "\u2061",  # XML does not know them
    "&InvisibleTimes;": "\u2062",
    "\ufe00": "",  # asks for another shape of a script letter, which the font does not have
    "\ufe01": "",
}
_CONVERTER = math_core.LatexToMathML(
    macros=latex.MACROS,
    allow_unreliable_rendering=True,  # the accents that linreg.literate.mathml makes reliable
    global_group=True,  # what a formula defines, those below it may use
    fancy_error=False,
    id_prefix="equation-",
)
_PROBLEM = re.compile(r"input(\d+):(\d+): (.*)", re.DOTALL)
_LABEL = re.compile(r"\\(?P<command>label|ref|eqref)\s*\{(?P<name>[^{}]*)\}")


class FormulasExtension(Extension):
    """The formulas of a page; there are no options."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # Python-Markdown's name
        """Register what reads formulas and what sets them."""
        page = _Page(md)
        md.preprocessors.register(page, "formulas-page", 29)  # 30 tidies line ends
        # Lists and quotations come first, and take their indentation off.
        md.parser.blockprocessors.register(_Displayed(md.parser), "formulas-displayed", 11)
        for pattern, name in ((_INLINE, "formulas-inline"), (_INLINE_LATEX, "formulas-latex")):
            md.inlinePatterns.register(_Inline(pattern, md), name, 189)  # code is 190
        md.inlinePatterns.register(_Stray(_REST, md, page), "formulas-stray", 1)
        # After what works on text, "prettify" (10) among it, which would put line ends, and so
        # blanks, around <math>; before "toc" (5), which copies headings.
        md.treeprocessors.register(_Setter(md, page), "formulas-setter", 6)
        md.ESCAPED_CHARS.append("$")


def makeExtension(**options: Any) -> FormulasExtension:  # noqa: N802  # Python-Markdown's name
    """Make the extension, for Python-Markdown."""
    return FormulasExtension(**options)


class _FormulaError(Exception):
    """What is wrong with which formula of a page, and at which of its characters."""

    def __init__(self, index: int, tex: str, position: int, reason: str) -> None:
        lines = tex.split("\n")
        at = tex.count("\n", 0, position)
        column = position - tex.rfind("\n", 0, position) - 1
        lines.insert(at + 1, " " * column + "^")
        shown = "\n".join(f"    {line}" for line in lines if line.strip())
        super().__init__(f"this formula cannot be set: {reason}\n\n{shown}")
        self.index = index
        self.line = at


def _set(formulas: Sequence[tuple[str, bool]]) -> list[Element]:
    """Make the MathML of a page's formulas.

    Args:
        formulas: the LaTeX of each, and whether it stands on a line of its own.

    Raises:
        _FormulaError: if one of them cannot be set.
    """
    _check_labels([tex for tex, _ in formulas])
    readings = []
    for i, (tex, displayed) in enumerate(formulas):
        try:
            readings.append(latex.read(tex, displayed=displayed))
        except latex.LatexError as error:
            raise _FormulaError(i, tex, error.position, error.reason) from None
    snippets = [(reading.tex, mode) for reading, (_, mode) in zip(readings, formulas, strict=True)]
    try:
        made = _CONVERTER.convert_all(snippets)
    except math_core.LatexError as error:
        found = _PROBLEM.fullmatch(str(error))
        assert found
        i = int(found[1])
        position = readings[i].origin(int(found[2]))
        raise _FormulaError(i, formulas[i][0], position, found[3]) from None
    return [
        _finished(each, tex, displayed, reading)
        for each, (tex, displayed), reading in zip(made, formulas, readings, strict=True)
    ]


def _finished(made: str, tex: str, displayed: bool, reading: latex.Reading) -> Element:
    for old, new in _REPLACED.items():
        made = made.replace(old, new)
    math = fromstring(made)  # noqa: S314  # math-core wrote it
    mathml.finish(math, reading.marks)
    math.set("data-tex", tex.strip())
    if displayed or math.find(".//mfrac") is not None:
        math.set("data-search-exclude", "true")  # a half would be found as 12
    return math


def _check_labels(formulas: Sequence[str]) -> None:
    """Raise for a label that two equations have, and for a reference to one that none has."""
    places = [(i, found) for i, tex in enumerate(formulas) for found in _LABEL.finditer(tex)]
    labels: set[str] = set()
    for i, found in places:
        if found["command"] == "label" and found["name"] in labels:
            reason = f'another equation has the label "{found["name"]}"'
            raise _FormulaError(i, formulas[i], found.start(), reason)
        if found["command"] == "label":
            labels.add(found["name"])
    for i, found in places:
        if found["name"] not in labels:
            reason = f'no equation of this page has the label "{found["name"]}"'
            raise _FormulaError(i, formulas[i], found.start(), reason)


class _Page(Preprocessor):
    """Keeps the page as it was written, so that an error can name a line of it."""

    lines: list[str]

    def run(self, lines: list[str]) -> list[str]:
        """Keep the lines, and find what would be lost before formulas are looked for."""
        self.lines = lines
        for i, line in enumerate(_without_code(lines)):
            in_table = line.lstrip("> ").startswith("|")
            formulas = re.findall(f"{_INLINE}|{_INLINE_LATEX}", line) if in_table else ()
            if any(re.search(r"(?<!\\)\|", tex) for each in formulas for tex in each):
                raise self._error(i, _PIPE)
            if line.strip("> ") == r"\[" and not _ends(lines[i + 1 :]):
                raise self._error(i, _UNENDED)
        return lines

    def error(self, message: object, fragment: str, line: int = 0) -> LiterateError:
        """Say what is wrong with a line of a fragment, at its first place outside of code."""
        text = "\n".join(_without_code(self.lines))
        words = r"[\s>]+".join(re.escape(word) for word in fragment.split())
        found = re.search(rf"(?<!(?<!\\)[\\$]){words}", text)
        # It may not be in the page's own text, but in an included file, say.
        return self._error(text.count("\n", 0, found.start()) + line if found else None, message)

    def _error(self, index: int | None, message: object) -> LiterateError:
        source = locate(self.md, self.lines)
        place = source.name if index is None else source.at(index)
        return for_host(LiterateError(f"{place}: {message}"))


def _ends(lines: Iterable[str]) -> bool:
    r"""Whether a line ends with ``\]`` before one is blank."""
    for line in lines:
        if line.rstrip().endswith(r"\]"):
            return True
        if not line.strip("> "):
            return False
    return False


def _without_code(lines: Iterable[str]) -> Iterator[str]:
    """The lines without code spans, and those of fenced code empty."""
    fence = ""
    for line in lines:
        ticks = re.match(r"[\s>]*(`{3,}|~{3,})", line)
        if fence:
            yield ""
            fence = "" if line.strip("> ") == fence else fence
        elif ticks:
            yield ""
            fence = ticks[1]
        else:
            yield re.sub(r"(`+).+?\1", "", line)


def _line_around(found: re.Match[str]) -> str:
    """What stands around a match, up to the ends of its line and to what was replaced already."""
    before = re.split(r"[\x02\x03\n]", found.string[: found.start()])[-1]
    after = re.split(r"[\x02\x03\n]", found.string[found.end() :])[0]
    return f"{before}{found[0]}{after}".strip()


def _unset(tex: str, opening: str) -> Element:
    """A formula that was read, to be set when the page is complete.

    Until then its text is LaTeX: what ``![the slope $w$](…)`` has as alternative text.
    """
    formula = Element("span", {_MODE: opening})
    formula.text = AtomicString(tex)
    return formula


class _Displayed(BlockProcessor):
    formula = re.compile(
        rf"^[ ]*(?:{_DISPLAYED}|{_DISPLAYED_LATEX})[ ]*$", re.DOTALL | re.MULTILINE
    )

    def test(self, parent: Element, block: str) -> bool:
        return bool(self.formula.search(block))

    def run(self, parent: Element, blocks: list[str]) -> None:
        block = blocks.pop(0)
        found = self.formula.search(block)
        assert found
        before, after = block[: found.start()].rstrip("\n"), block[found.end() :].lstrip("\n")
        if before:
            self.parser.parseBlocks(parent, [before])
        line = SubElement(parent, "div", {"class": "formula"})
        line.append(_unset(found[1], "$$") if found[1] else _unset(found[2], r"\["))
        if after:
            blocks.insert(0, after)


class _Inline(InlineProcessor):
    def handleMatch(  # type: ignore[override]  # noqa: N802  # Python-Markdown's name
        self, m: re.Match[str], data: str
    ) -> tuple[Element, int, int]:
        return _unset(m[1], "$" if m[0].startswith("$") else r"\("), m.start(), m.end()


class _Stray(InlineProcessor):
    def __init__(self, pattern: str, md: Markdown, page: _Page) -> None:
        super().__init__(pattern, md)
        self.page = page

    def handleMatch(  # type: ignore[override]  # noqa: N802  # Python-Markdown's name
        self, m: re.Match[str], data: str
    ) -> NoReturn:
        line = _line_around(m)
        raise self.page.error(f"{_STRAY}\n\n    {line}", line)


class _Setter(Treeprocessor):
    def __init__(self, md: Markdown, page: _Page) -> None:
        super().__init__(md)
        self.page = page

    def run(self, root: Element) -> None:
        parents = {child: parent for parent in root.iter() for child in parent}
        found = [element for element in root.iter() if _MODE in element.attrib]
        openings = [formula.attrib.pop(_MODE) for formula in found]
        formulas = [
            (formula.text or "", opening in ("$$", r"\["))
            for formula, opening in zip(found, openings, strict=True)
        ]
        try:
            made = _set(formulas)
        except _FormulaError as error:
            tex, opening = formulas[error.index][0], openings[error.index]
            fragment = f"{opening}{tex}{_CLOSINGS[opening]}"
            raise self.page.error(error, fragment, error.line) from None
        for formula, math in zip(found, made, strict=True):
            formula.tag, formula.text = math.tag, math.text
            formula.attrib.update(math.attrib)
            formula.extend(math)
            if formula.get("display") != "block":
                _keep_together(parents[formula], formula)


def _keep_together(parent: Element, formula: Element) -> None:
    """Put a formula, and what touches it on either side, into one element that is not broken."""
    i = list(parent).index(formula)
    before = (parent[i - 1].tail if i else parent.text) or ""
    after = formula.tail or ""
    opening = re.search(rf"{_OPENING}*\Z", before)  # not $: it would skip a line break
    closing = re.match(f"{_CLOSING}*", after)
    assert opening
    assert closing
    if not opening[0] + closing[0]:
        return
    run = Element("span", {"class": "formula-run"})
    run.text, formula.tail, run.tail = opening[0], closing[0], after[closing.end() :]
    if i:
        parent[i - 1].tail = before[: opening.start()]
    else:
        parent.text = before[: opening.start()]
    parent[i] = run
    run.append(formula)
