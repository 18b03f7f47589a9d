"""math-core's MathML in, and what every browser draws out."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring, tostring

import math_core
import pytest

from linreg.literate import latex, mathml


def finished(made: str, marks: dict[str, latex.Mark] | None = None) -> str:
    math = fromstring(f"<math>{made}</math>")
    mathml.finish(math, marks or {})
    return tostring(math, encoding="unicode").removeprefix("<math>").removesuffix("</math>")


def of(tex: str) -> str:
    """The MathML of a formula, from its LaTeX on."""
    reading = latex.read(tex, displayed=True)
    converter = math_core.LatexToMathML(macros=latex.MACROS, allow_unreliable_rendering=True)
    made = converter.convert_with_local_state(reading.tex, displaystyle=True)
    math = fromstring(made)
    mathml.finish(math, reading.marks)
    return tostring(math, encoding="unicode")


@pytest.mark.parametrize(
    ("tex", "style"),
    [
        (r"\boxed{x}", "border: 0.05em solid;"),
        (r"\fbox{a b}", "border: 0.05em solid;"),
        (r"\cancel{x}", "linear-gradient(to bottom right"),
        (r"\bcancel{x}", "linear-gradient(to top right"),
        (r"\angl n", "border-width: 0.05em 0.05em 0 0;"),
    ],
)
def test_a_box_and_a_stroke_are_drawn_by_their_style(tex: str, style: str) -> None:
    made = of(tex)
    assert style in made
    assert "menclose" not in made


def test_two_strokes_cross() -> None:
    made = of(r"\xcancel{x}")
    assert "to bottom right" in made
    assert "to top right" in made
    assert "class" not in made


def test_a_stroke_is_printed() -> None:
    assert "print-color-adjust: exact" in of(r"\cancel{x}")


@pytest.mark.parametrize("tex", [r"\widetilde{abc}", r"\utilde{abc}"])
def test_a_wide_tilde_is_the_one_that_browsers_stretch(tex: str) -> None:
    assert '<mo stretchy="true">˜</mo>' in of(tex)


def test_an_arrow_with_words_has_a_layer_of_its_own() -> None:
    assert '<mover style="will-change: transform;"><mo' in of(r"\xrightarrow{abc}")
    assert "will-change" not in of(r"\sum_{i} x")


def test_letters_of_another_family_need_no_style_sheet() -> None:
    assert '<span style="font-family: sans-serif;">a</span>' in of(r"\textsf{a}")


def test_a_gap_is_room_below_every_cell_of_the_row() -> None:
    first, second = of(r"\begin{matrix} a & b \\[2em] c & d \end{matrix}").split("</mtr>")[:2]
    assert first.count("padding-bottom: calc(0.5ex + 2em);") == 2
    assert "padding-bottom" not in second
    assert "#" not in first


def test_a_gap_in_a_table_within_a_table_is_that_ones() -> None:
    made = of(r"\begin{matrix} a \\ \begin{matrix} b \\[1em] c \end{matrix} \end{matrix}")
    assert made.count("padding-bottom") == 1
    assert '<mtd style="padding-bottom: calc(0.5ex + 1em);"><mi>b</mi></mtd>' in made


def test_a_gap_between_rows_that_are_close() -> None:
    made = of(r"\sum_{\substack{a \\[1em] b}}")
    assert "padding-bottom: 0;padding-bottom: calc(0px + 1em);" in made


@pytest.mark.parametrize(
    ("tex", "made"),
    [
        (r"\color{#f00} x", '<mrow style="color: #f00;"><mi>x</mi></mrow>'),
        (
            r"\rule{1em}{2em}",
            '<mpadded><mspace width="1em" height="2em" style="background: currentcolor; ',
        ),
        (r"\rule[1ex]{1em}{2em}", '<mpadded voffset="1ex"><mspace width="1em" height="2em"'),
        (r"\mathrlap{x}", '<mpadded width="0"><mi>x</mi></mpadded>'),
        (r"\smash{x}", '<mpadded height="0" depth="0"><mi>x</mi></mpadded>'),
    ],
)
def test_a_mark_becomes_what_it_stands_for(tex: str, made: str) -> None:
    assert made in of(tex)


def test_what_has_no_mark_stays_as_it_is() -> None:
    made = '<mrow style="color:#FF0000;"><mi>x</mi></mrow><mfrac><mn>1</mn><mn>2</mn></mfrac>'
    assert finished(made) == made
