"""LaTeX in, math-core's LaTeX out; and what of it cannot be set."""

from __future__ import annotations

import math_core
import pytest

from linreg.literate import latex


def read(tex: str, *, displayed: bool = True) -> str:
    return latex.read(tex, displayed=displayed).tex


def problem(tex: str, *, displayed: bool = True) -> tuple[int, str]:
    with pytest.raises(latex.LatexError) as caught:
        latex.read(tex, displayed=displayed)
    return caught.value.position, caught.value.reason


@pytest.mark.parametrize(
    "tex",
    [
        "",
        "x",
        r"\frac{1}{n} \sum_i (y_i - \hat{y}_i)^2",
        r"\begin{aligned} a &= b \\ &= c \end{aligned}",
        r"\begin{array}{l|r} a & b \\ \hline c & d \end{array}",
        r"\text{if } x > 0, \quad \textbf{a b}",
        r"\textcolor{red}{x} + {\color{Melon} y}",
        r"\left\{ a \middle| b \right\}",
        r"a % b \\ c",
        r"\% \{ \} \$ \_ \& \#",
        "x\\",
    ],
)
def test_what_math_core_understands_is_left_as_it_is(tex: str) -> None:
    assert read(tex) == tex


@pytest.mark.parametrize(
    ("tex", "said"),
    [
        (r"\begin{split} a \end{split}", r"\begin{aligned} a \end{aligned}"),
        (
            r"\begin{smallmatrix} a & b \end{smallmatrix}",
            r"\begin{subarray}{c} a & b \end{subarray}",
        ),
        (r"\begin{aligned}[c] a \end{aligned}b", r"\begin{aligned} a \end{aligned}b"),
        (r"\begin{aligned}[t] a \end{aligned}", r"\begin{aligned} a \end{aligned}"),
        (r" \begin{gathered}[b] a \end{gathered}.", r" \begin{gathered} a \end{gathered}."),
        (r"\begin{array}[t]{c} a \end{array}", r"\begin{array}{c} a \end{array}"),
        (r"\substack{a \\ b} c", r"\begin{subarray}{c}a \\ b\end{subarray} c"),
        (r"\begin{matrix} a \\* b \end{matrix}", r"\begin{matrix} a \\ b \end{matrix}"),
        (r"\begin{matrix} a \cr b \end{matrix}", r"\begin{matrix} a \\ b \end{matrix}"),
        (r"\begin{matrix} a \newline b \end{matrix}", r"\begin{matrix} a \\ b \end{matrix}"),
        (r"\begin{matrix} a \\ [b] \end{matrix}", r"\begin{matrix} a \\ [b] \end{matrix}"),
        (r"\text{if $x$}", r"{\text{if }{\textstyle x}}"),
        (r"\textrm{$n$ times}_2", r"{{\textstyle n}\textrm{ times}}_2"),
        (
            r"\mbox{a $\text{b $c$}$ d}",
            r"{\mbox{a }{\textstyle {\text{b }{\textstyle c}}}\mbox{ d}}",
        ),
        (r"\text{\$5}", r"\text{\$5}"),
        (r"\hspace*{1em}", r"\hspace{1em}"),
        (r"\xi*x", r"\xi *x"),
        (r"\operatorname*{argmin}_x", r"\operatorname*{argmin}_x"),
        (r"\operatorname{sec^{-1}}x", r"\mathop{\mathrm{sec^{-1}}}x"),
        ("a\\\nb", r"a\ b"),
        (
            r"\DeclareMathOperator{\foo}{foo}",
            r"\providecommand{\foo}{}\renewcommand{\foo}{\operatorname{foo}}",
        ),
        (
            r"\DeclareMathOperator*\foo{a\,b}",
            r"\providecommand{\foo}{}\renewcommand{\foo}{\operatorname*{a\,b}}",
        ),
        (r"\newcommand{\R}{\mathbb R}", r"\providecommand{\R}{}\renewcommand{\R}{\mathbb R}"),
        (r"\newcommand*\v[1]{(#1)}", r"\providecommand{\v}{}\renewcommand{\v}[1]{(#1)}"),
        (r"\mathop{f}\limits_{a}^{b} x", r"\mathop{\underset{a}{\overset{b}{f}}} x"),
        (r"\mathop{\rm max}\limits^\top", r"\mathop{\overset{\top}{\rm max}}"),
        (r"\mathop{f} x", r"\mathop{f} x"),
    ],
)  # fmt: skip
def test_what_it_lacks_is_said_in_its_words(tex: str, said: str) -> None:
    assert read(tex) == said


@pytest.mark.parametrize(
    "tex", [r"x \tag{1}", r"\tag*{a} x", r"\begin{aligned} a \end{aligned} \tag{2}"]
)
def test_a_tag_makes_a_displayed_formula_an_equation(tex: str) -> None:
    assert read(tex) == rf"\begin{{equation*}}{tex}\end{{equation*}}"
    assert read(tex, displayed=False) == tex


def test_a_tag_within_an_equation_belongs_to_that() -> None:
    tex = r"\begin{align} a \tag{1} \\ b \end{align}"
    assert read(tex) == tex


@pytest.mark.parametrize(
    ("tex", "marks"),
    [
        (r"\color{#f00} x", [("colour", ("#f00",))]),
        (r"\textcolor{#00FF7f}{x}", [("colour", ("#00FF7f",))]),
        (r"\textcolor[HTML]{00FF7F}{x}", [("colour", ("#00FF7F",))]),
        (r"\color[rgb]{1, 0.5, 0} x", [("colour", ("#ff8000",))]),
        (r"\color[RGB]{255,0,51} x", [("colour", ("#ff0033",))]),
        (r"\color[gray]{0.2} x", [("colour", ("#333333",))]),
        (r"\begin{matrix} a \\[2em] b \end{matrix}", [("gap", ("2em",))]),
        (r"\begin{matrix} a \\*[-.5ex] b \end{matrix}", [("gap", ("-0.5ex",))]),
        (r"\begin{matrix} a \\[72.27pt] b \end{matrix}", [("gap", ("72pt",))]),
        (r"\begin{matrix} a \\[18mu] b \end{matrix}", [("gap", ("1em",))]),
        (r"\rule{1cm}{2mm}", [("rule", ("1cm", "2mm", "0pt"))]),
        (r"\rule[-1ex]{1cm}{2mm}", [("rule", ("1cm", "2mm", "-1ex"))]),
        (r"\mathrlap{x}", [("padded", ("width",))]),
        (r"\rlap{a b}", [("padded", ("width",))]),
        (r"\smash{x}", [("padded", ("height", "depth"))]),
        (r"\ref{a}", [("ref", ())]),
    ],
)  # fmt: skip
def test_what_it_cannot_say_is_marked(tex: str, marks: list[tuple[str, tuple[str, ...]]]) -> None:
    assert list(latex.read(tex, displayed=True).marks.values()) == marks


def test_a_mark_never_has_a_colour_of_the_formula() -> None:
    own = " ".join(rf"\textcolor{{{name}}}{{x}}" for name in list(latex._colours())[:-1])
    (mark,) = latex.read(rf"{own} \rule{{1em}}{{1em}}", displayed=True).marks
    assert mark == list(latex._colours().values())[-1]
    with pytest.raises(latex.LatexError, match="too many colours"):
        latex.read(rf"{own} \rule{{1em}}{{1em}} \rule{{2em}}{{1em}}", displayed=True)


def test_a_thing_that_occurs_twice_has_one_mark() -> None:
    assert len(latex.read(r"\color{#f00} x \color{#f00} y", displayed=True).marks) == 1


def test_the_colours_of_marks_are_those_that_math_core_writes() -> None:
    assert len(latex._colours()) == len(latex._NAMES)


@pytest.mark.parametrize(
    ("tex", "position", "reason"),
    [
        (r"x \\ y", 2, r'"\\" begins a row, and there are none here'),
        (r"{x \\[2pt] y}", 3, r'"\\" begins a row'),
        (r"x \newline y", 2, r'"\newline" begins a row'),
        (r"\begin{matrix} a \end{matrix} \\ b", 30, r'"\\" begins a row'),
        (r"\begin{matrix} a \\[x] b \end{matrix}", 19, '"x" is no length that is supported'),
        (r"\begin{matrix} a \\[\jot] b \end{matrix}", 19, r'"\jot" is no length'),
        (r"\begin{matrix} a \\[2pt", 19, 'Expected closing token "]"'),
        (r"x \begin{aligned}[t] a \end{aligned}", 2, r'"\begin{aligned}[t]" beside something else'),
        (r"\begin{aligned}[t] a \end{aligned} x", 0, r'"\begin{aligned}[t]" beside something else'),
        (r"\begin{array}[x]{c} a \end{array}", 13, '"[x]" is none of [t], [c] and [b]'),
        (r"\text{a $x b}", 8, 'a "$" in the text has no other after it'),
        (r"\color{#f0} x", 0, 'Unknown color "{#f0}"'),
        (r"y \color[HTML]{red} x", 2, 'Unknown color "[HTML]{red}"'),
        (r"\color[rgb]{1,0} x", 0, 'Unknown color "[rgb]{1,0}"'),
        (r"\color[rgb]{2,0,0} x", 0, 'Unknown color "[rgb]{2,0,0}"'),
        (r"\color[cmyk]{0,0,0,1} x", 0, 'Unknown color "[cmyk]{0,0,0,1}"'),
        (r"\rule{1em}", 0, r'"\rule" needs another argument'),
        (r"\rule{a}{1em}", 0, '"a" is no length'),
        (r"\newcommand{\v}[2][k]{x}", 0, r'"\newcommand" with an optional argument'),
        (r"\smash[b]{x}", 0, r'"\smash" with an optional argument'),
        (r"\substack a", 0, r'"\substack" needs an argument in braces'),
        (r"\substack{a", 9, 'Expected closing token "}"'),
        (r"\phase{x}", 0, r'Unknown command "\phase"'),
        (r"\begin", 0, r'"\begin" needs another argument'),
    ],
)  # fmt: skip
def test_what_cannot_be_set_is_named(tex: str, position: int, reason: str) -> None:
    place, said = problem(tex)
    assert (place, reason in said) == (position, True), said


@pytest.mark.parametrize(
    "tex",
    [
        r"\substack{a \\ b} + \fooo",
        r"\text{if $x$} + \fooo",
        r"\color{#f00} + \fooo",
        r"\begin{matrix} a \\[2pt] b \fooo \end{matrix}",
        r"\begin{split} \fooo \end{split}",
        r"\DeclareMathOperator{\foo}{foo} \foo \fooo",
        r"\mathop{f}\limits_{\fooo}",
        r"a \tag{1} \fooo",
        r"\xi*\xi* \fooo",
    ],
)
def test_a_place_in_what_is_said_comes_from_one_in_the_formula(tex: str) -> None:
    reading = latex.read(tex, displayed=True)
    assert reading.origin(reading.tex.index(r"\fooo")) == tex.index(r"\fooo")
    assert reading.origin(len(reading.tex)) == len(tex)


@pytest.mark.parametrize("name", sorted(latex.MACROS))
def test_what_math_core_is_told_it_lacks(name: str) -> None:
    with pytest.raises(math_core.LatexError, match="Unknown command"):
        math_core.LatexToMathML(fancy_error=False).convert_with_local_state(
            rf"\{name} x", displaystyle=True
        )
