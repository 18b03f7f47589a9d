"""Makes of math-core's MathML what browsers draw, each of them the same.

One formula in, with an element that Chromium does not know::

    <math><menclose notation="box"><mi>x</mi></menclose></math>

and the same out, drawn by its style alone::

    <math><mrow style="border: 0.05em solid; padding: 0.2em;"><mi>x</mi></mrow></math>
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

if TYPE_CHECKING:
    from collections.abc import Mapping

    from linreg.literate.latex import Mark

__all__ = ["finish"]

_LINE = "transparent calc(50% - 0.03em), currentcolor 0 calc(50% + 0.03em), transparent 0"
_UP, _DOWN = (f"linear-gradient(to {corner} right, {_LINE})" for corner in ("bottom", "top"))
_STRUCK = "print-color-adjust: exact; -webkit-print-color-adjust: exact;"
_ENCLOSED = {
    "box": "border: 0.05em solid; padding: 0.2em;",
    "updiagonalstrike": f"background: {_UP}; {_STRUCK}",
    "downdiagonalstrike": f"background: {_DOWN}; {_STRUCK}",
    "updiagonalstrike downdiagonalstrike": f"background: {_UP}, {_DOWN}; {_STRUCK}",
    "actuarial": "border: solid; border-width: 0.05em 0.05em 0 0; padding: 0.1em 0.1em 0 0;",
}
_FAMILIES = {
    "math-core-sans-serif-font": "font-family: sans-serif;",
    "math-core-serif-font": "font-family: serif;",
}
# Chromium leaves out a part of a long arrow that lies in another tile of the screen, unless it has
# a layer of its own.
_LAYER = "will-change: transform;"
_ARROWS = "←→↔⇐⇒⇔↦↩↪↼⇀⇌⇋↞↠"


def finish(math: Element, marks: Mapping[str, Mark]) -> None:
    """Change the MathML of a formula where it stands.

    Args:
        math: what math-core has made of it.
        marks: what groups in certain colours stand for.
    """
    for parent in list(math.iter()):
        _stretch(parent)
        for child in list(parent):
            if child.tag == "menclose":
                _enclose(child)
            if child.tag == "span" and "class" in child.attrib:
                child.set("style", _FAMILIES[child.attrib.pop("class")])
            colour = child.get("style", "").removeprefix("color:").rstrip(";")
            if colour in marks:
                _place(math, parent, child, marks[colour])


def _enclose(element: Element) -> None:
    """Draw a box, or strike out."""
    element.tag = "mrow"
    element.set("style", _ENCLOSED[element.attrib.pop("notation")])
    for child in list(element):
        if child.get("class", "").startswith("menclose-"):
            element.remove(child)


def _stretch(element: Element) -> None:
    """Have what is over, under or between other things grow with them."""
    if element.tag not in {"mover", "munder", "munderover"}:
        return
    if element[0].tag == "mo" and element[0].text and element[0].text in _ARROWS:
        element.set("style", _LAYER)
    accent = element[1]
    if accent.tag == "mo" and accent.text == "~":  # the tilde of a keyboard has one width
        accent.text = "˜"
        accent.set("stretchy", "true")


def _place(math: Element, parent: Element, group: Element, mark: Mark) -> None:
    """Put what a mark stands for in its place."""
    if mark.kind == "colour":
        group.set("style", f"color: {mark.values[0]};")
    elif mark.kind == "gap":
        parent.remove(group)
        rows = [row for row in math.iter("mtr") if any(each is parent for each in row.iter())]
        for cell in rows[-1]:  # the innermost comes last
            _add_below(cell, mark.values[0])
    elif mark.kind == "rule":
        width, height, raised = mark.values
        group.attrib.clear()
        group.tag = "mpadded"
        if raised != "0pt":
            group.set("voffset", raised)
        group[:] = [
            Element(
                "mspace",
                {"width": width, "height": height, "style": f"background: currentcolor; {_STRUCK}"},
            )
        ]
    elif mark.kind == "padded":
        group.tag = "mpadded"
        group.attrib.clear()
        group.attrib.update(dict.fromkeys(mark.values, "0"))
    else:
        link = next(group.iter("a"))
        link.text = (link.text or "").removeprefix("(").removesuffix(")")
        del group.attrib["style"]


def _add_below(cell: Element, length: str) -> None:
    """Leave more room below a cell, where browsers leave half the height of an x."""
    style = cell.get("style", "")
    usual = "0px" if "padding-bottom: 0" in style else "0.5ex"
    if style and not style.endswith(";"):
        style += ";"
    cell.set("style", f"{style}padding-bottom: calc({usual} + {length});")
