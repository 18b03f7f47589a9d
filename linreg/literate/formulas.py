r"""Sets formulas as MathML while the page is built; no JavaScript is needed to read them.

One line of Markdown in::

    The mean of $n$ labels is $\frac{1}{n}\sum_i y_i$; one costs \$5.

and the page out (the formulas are shortened)::

    <p>The mean of <math data-tex="n"><mi>n</mi></math> labels is
    <math data-tex="\frac{1}{n}\sum_i y_i">…</math>; one costs $5.</p>

A formula between ``$$`` and ``$$``, each at an end of a line, stands on a line of its own. It may
follow a line of text directly, which is why the syntax is read here: pymdownx.arithmatex leaves
such a formula on the page as it was typed. A formula that cannot be set, and a ``$`` that belongs
to none, is an error that names file and line. Code is left alone, and so is raw HTML.

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

from linreg.literate.errors import LiterateError, for_host
from linreg.literate.source import locate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markdown import Markdown

__all__ = ["FormulasExtension", "makeExtension"]

# As pandoc reads it: no blank inside the dollars and no digit after them, so that "$5 or $6" is
# money. What Python-Markdown has replaced (code, HTML) stands between \x02 and \x03.
_INLINE = r"(?<![\\$])\$(?![\s$])((?:\\.|[^\\$\x02\x03])+?)(?<!\s)\$(?![$\d])"
_DISPLAYED = r"(?<!\\)\$\$((?:\\.|[^\\$\x02\x03])+?)\$\$"

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
_PIPE = r"in a table, | ends the cell, also in a formula: write \lvert x \rvert, \mid or \Vert"

_MODE = "data-dollars"  # on a formula that is not set yet: "$" or "$$"
_REPLACED = {
    "&ApplyFunction;": "\u2061",  # XML does not know them
    "&InvisibleTimes;": "\u2062",
    "\ufe00": "",  # asks for another shape of a script letter, which the font does not have
}
_CONVERTER = math_core.LatexToMathML(fancy_error=False)


class FormulasExtension(Extension):
    """The formulas of a page; there are no options."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # Python-Markdown's name
        """Register what reads formulas and what sets them."""
        page = _Page(md)
        md.preprocessors.register(page, "formulas-page", 29)  # 30 tidies line ends
        # Lists and quotations come first, and take their indentation off.
        md.parser.blockprocessors.register(_Displayed(md.parser), "formulas-displayed", 11)
        md.inlinePatterns.register(_Inline(_INLINE, md), "formulas-inline", 189)  # code is 190
        md.inlinePatterns.register(_Stray(_REST, md, page), "formulas-stray", 1)
        # After what works on text, "prettify" (10) among it, which would put line ends, and so
        # blanks, around <math>; before "toc" (5), which copies headings.
        md.treeprocessors.register(_Setter(md, page), "formulas-setter", 6)
        md.ESCAPED_CHARS.append("$")


def makeExtension(**options: Any) -> FormulasExtension:  # noqa: N802  # Python-Markdown's name
    """Make the extension, for Python-Markdown."""
    return FormulasExtension(**options)


class _FormulaError(Exception):
    """What is wrong with a formula, and at which of its characters."""

    def __init__(self, tex: str, position: int, reason: str) -> None:
        lines = tex.split("\n")
        at = tex.count("\n", 0, position)
        column = position - tex.rfind("\n", 0, position) - 1
        lines.insert(at + 1, " " * column + "^")
        shown = "\n".join(f"    {line}" for line in lines if line.strip())
        super().__init__(f"this formula cannot be set: {reason}\n\n{shown}")
        self.line = at


def _set(tex: str, *, displayed: bool) -> Element:
    """Make the MathML of one formula.

    Raises:
        _FormulaError: if math-core does not understand it.
    """
    try:
        mathml = _CONVERTER.convert_with_local_state(tex, displaystyle=displayed)
    except math_core.LatexError as error:
        position, _, reason = str(error).partition(": ")
        raise _FormulaError(tex, int(position), reason) from None
    for old, new in _REPLACED.items():
        mathml = mathml.replace(old, new)
    math = fromstring(mathml)  # noqa: S314  # math-core wrote it
    math.set("data-tex", tex.strip())
    if displayed or math.find(".//mfrac") is not None:
        math.set("data-search-exclude", "true")  # a half would be found as 12
    return math


class _Page(Preprocessor):
    """Keeps the page as it was written, so that an error can name a line of it."""

    lines: list[str]

    def run(self, lines: list[str]) -> list[str]:
        """Keep the lines, and find what would be lost before formulas are looked for."""
        self.lines = lines
        for i, line in enumerate(_without_code(lines)):
            formulas = re.findall(_INLINE, line) if line.lstrip("> ").startswith("|") else ()
            if any(re.search(r"(?<!\\)\|", tex) for tex in formulas):
                raise self._error(i, _PIPE)
        return lines

    def error(self, message: object, fragment: str, line: int = 0) -> LiterateError:
        """Say what is wrong with a line of a fragment, at its first place outside of code."""
        text = "\n".join(_without_code(self.lines))
        words = r"[\s>]+".join(re.escape(word) for word in fragment.split())
        found = re.search(rf"(?<![\\$]){words}", text)
        # It may not be in the page's own text, but in an included file, say.
        return self._error(text.count("\n", 0, found.start()) + line if found else None, message)

    def _error(self, index: int | None, message: object) -> LiterateError:
        source = locate(self.md, self.lines)
        place = source.name if index is None else source.at(index)
        return for_host(LiterateError(f"{place}: {message}"))


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


def _unset(tex: str, mode: str) -> Element:
    """A formula that was read, to be set when the page is complete.

    Until then its text is LaTeX: what ``![the slope $w$](…)`` has as alternative text.
    """
    formula = Element("span", {_MODE: mode})
    formula.text = AtomicString(tex)
    return formula


class _Displayed(BlockProcessor):
    formula = re.compile(rf"^[ ]*{_DISPLAYED}[ ]*$", re.DOTALL | re.MULTILINE)

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
        line.append(_unset(found[1], "$$"))
        if after:
            blocks.insert(0, after)


class _Inline(InlineProcessor):
    def handleMatch(  # type: ignore[override]  # noqa: N802  # Python-Markdown's name
        self, m: re.Match[str], data: str
    ) -> tuple[Element, int, int]:
        return _unset(m[1], "$"), m.start(), m.end()


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
        for parent in list(root.iter()):
            for formula in [child for child in parent if _MODE in child.attrib]:
                self._set(formula)
                if formula.get("display") != "block":
                    _keep_together(parent, formula)

    def _set(self, formula: Element) -> None:
        dollars, tex = formula.attrib.pop(_MODE), formula.text or ""
        try:
            math = _set(tex, displayed=dollars == "$$")
        except _FormulaError as error:
            raise self.page.error(error, f"{dollars}{tex}{dollars}", error.line) from None
        formula.tag, formula.text = math.tag, math.text
        formula.attrib.update(math.attrib)
        formula.extend(math)


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
