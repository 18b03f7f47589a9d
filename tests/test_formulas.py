"""Formulas: Markdown in and MathML out, what cannot be set, and the font."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import markdown
import pytest
from fontTools.ttLib import TTFont

from linreg.literate import LiterateError, fonts

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("docs/*/*.md"), *ROOT.glob("docs/*.md")])

EXTENSIONS = (
    "linreg.literate.formulas",
    "abbr",
    "admonition",
    "attr_list",
    "footnotes",
    "md_in_html",
    "tables",
    "toc",
    "pymdownx.details",
    "pymdownx.superfences",
)

X = '<math data-tex="x"><mi>x</mi></math>'
Y = '<math data-tex="y"><mi>y</mi></math>'
Z = (
    '<div class="formula"><math data-search-exclude="true" data-tex="z" display="block">'
    "<mi>z</mi></math></div>"
)
AS_IT_STANDS = (
    "this is no formula as it stands: one in the text has no blank next to its dollars, a "
    "displayed one begins a line with $$ and ends a line with $$, with no blank line between; "
    r"the sign itself is \$"
)


def convert(text: str) -> str:
    return markdown.markdown(text, extensions=EXTENSIONS)


def error_of(text: str) -> str:
    with pytest.raises(LiterateError) as caught:
        markdown.markdown(text, extensions=EXTENSIONS)
    return str(caught.value)


class TestWhereFormulasStand:
    def test_a_formula_in_the_text(self) -> None:
        assert convert("Here $x$ is *one* of $y$ many") == (
            f"<p>Here {X} is <em>one</em> of {Y} many</p>"
        )

    @pytest.mark.parametrize(
        "text",
        [
            "before\n\n$$\nz\n$$\n\nafter",
            "before\n$$\nz\n$$\nafter",
            "before\n\n$$ z $$\n\nafter",
            "before\n$$z$$\nafter",
        ],
        ids=["blank lines around", "no blank lines", "one line", "neither"],
    )
    def test_a_displayed_formula(self, text: str) -> None:
        assert convert(text) == f"<p>before</p>\n{Z}\n<p>after</p>"

    def test_two_displayed_formulas_one_under_the_other(self) -> None:
        assert convert("$$\nz\n$$\n$$\nz\n$$") == f"{Z}\n{Z}"

    def test_it_is_usable_alone(self) -> None:
        assert markdown.markdown("$x$", extensions=["linreg.literate.formulas"]) == f"<p>{X}</p>"

    def test_in_an_admonition_and_its_title(self) -> None:
        text = '!!! note "On $x$"\n\n    With $y$:\n    $$\n    z\n    $$\n    so.'
        assert convert(text) == (
            '<div class="admonition note">\n'
            f'<p class="admonition-title">On {X}</p>\n'
            f'<p>With <span class="formula-run">{Y}:</span></p>\n{Z}\n<p>so.</p>\n</div>'
        )

    def test_in_a_collapsible_block(self) -> None:
        text = '??? success "Solution"\n\n    $$\n    z\n    $$'
        assert f"</summary>\n{Z}\n</details>" in convert(text)

    @pytest.mark.parametrize("blank", ["", "\n"], ids=["no blank line", "a blank line"])
    def test_in_a_list(self, blank: str) -> None:
        page = convert(f"1. one $x$\n{blank}    $$\n    z\n    $$\n{blank}2. two")
        assert page.startswith("<ol>\n<li>")
        assert page.count("<li>") == 2
        assert page.index(X) < page.index(Z) < page.index("</li>") < page.index("two")

    def test_in_a_quotation(self) -> None:
        assert convert("> $x$\n> $$\n> z\n> $$") == (
            f"<blockquote>\n<p>{X}</p>\n{Z}\n</blockquote>"
        )

    def test_in_a_table(self) -> None:
        page = convert("| a | b |\n|---|---|\n| $x$ | `|` $y$ |\n")
        assert f"<td>{X}</td>\n<td><code>|</code> {Y}</td>" in page

    def test_in_a_footnote_and_a_link(self) -> None:
        page = convert("[see $x$](a.md)[^1]\n\n[^1]: that is $y$")
        assert f'<a href="a.md">see {X}</a>' in page
        assert f"<p>that is {Y}" in page

    def test_in_a_heading_with_an_id(self) -> None:
        md = markdown.Markdown(extensions=EXTENSIONS)
        page = md.convert(r"## The weights $\mathbf{w}$ { #weights }")
        assert page.startswith('<h2 id="weights">The weights <math data-tex="')
        assert page.endswith("<mi>𝐰</mi></math></h2>")
        assert md.toc_tokens[0]["name"] == "The weights 𝐰"

    def test_in_an_alternative_text_it_is_latex(self) -> None:
        assert r'alt="the slope \frac12"' in convert(r"![the slope $\frac12$](a.svg)")

    def test_with_another_in_its_words(self) -> None:
        words = "<mtext>if\u00a0</mtext>"
        assert words in convert(r"a $\text{if $x$}$ b")
        assert words in convert("$$\n\\text{if $x$}\n$$")

    def test_over_two_lines_of_the_text(self) -> None:
        assert "<mi>a</mi><mo>+</mo><mi>b</mi>" in convert("the sum $a\n+ b$ of both")

    def test_emphasis_links_and_html_mean_nothing_in_a_formula(self) -> None:
        page = convert(r"$a_i * b_i * c$ and $[u](v)$ and $p<q$ and $r>s$")
        assert "<em>" not in page
        assert "<a" not in page
        assert 'data-tex="p&lt;q"><mi>p</mi><mo>&lt;</mo><mi>q</mi>' in page

    def test_an_abbreviation_is_not_looked_for_in_a_formula(self) -> None:
        page = convert("$\\text{MSE}$ or MSE\n\n*[MSE]: mean squared error")
        assert "<mtext>MSE</mtext>" in page
        assert page.count("<abbr") == 1

    def test_the_second_page_of_a_converter_is_read_like_the_first(self) -> None:
        md = markdown.Markdown(extensions=EXTENSIONS)
        assert md.convert("$x$") == md.reset().convert("$x$")


class TestAsLatexWritesThem:
    def test_in_the_text(self) -> None:
        assert convert(r"Here \(x\) is *one*, \(y\)") == f"<p>Here {X} is <em>one</em>, {Y}</p>"

    @pytest.mark.parametrize("text", ["\\[\nz\n\\]", r"\[ z \]", "\\[z\n\\]"])
    def test_displayed(self, text: str) -> None:
        assert convert(f"before\n{text}\nafter") == f"<p>before</p>\n{Z}\n<p>after</p>"

    def test_in_a_list_and_a_quotation(self) -> None:
        assert convert("> \\(x\\)\n> \\[\n> z\n> \\]") == (
            f"<blockquote>\n<p>{X}</p>\n{Z}\n</blockquote>"
        )

    def test_markdown_means_nothing_in_it(self) -> None:
        assert "<em>" not in convert(r"\(a_i * b_i * c\)")
        assert "<mi>a</mi><mo>[</mo>" in re.sub("<mo[^>]*>", "<mo>", convert(r"\(a[u](v)\)"))

    @pytest.mark.parametrize(
        ("text", "page"),
        [
            (r"a \( b", "<p>a ( b</p>"),
            (r"\[not a link\](u)", "<p>[not a link](u)</p>"),
            (r"`\(x\)`", r"<p><code>\(x\)</code></p>"),
            (r"\\(x\\)", r"<p>\(x\)</p>"),
        ],
    )
    def test_what_is_none_is_markdowns(self, text: str, page: str) -> None:
        assert convert(text) == page

    def test_an_error_shows_where(self) -> None:
        assert error_of("a\n\nb \\(\\fooo\\)").startswith(
            "<markdown>:3: this formula cannot be set"
        )
        assert error_of("a\n\n\\[\nx\n\\fooo\n\\]").startswith("<markdown>:5: this formula")

    def test_one_that_has_no_end(self) -> None:
        assert error_of("a\n\n\\[\nx\n\ny\n\\]") == (
            r"<markdown>:3: this formula has no \] at the end of a line below it, "
            "with no blank line between"
        )

    def test_a_bar_in_a_table(self) -> None:
        text = "| a | b |\n|---|---|\n| 1 | \\(|x|\\) |\n"
        assert error_of(text).startswith("<markdown>:3: in a table, | ends the cell")


class TestThroughAPage:
    """What one formula says counts for the others."""

    EQUATION = "$$\n\\begin{{equation}} {} \\end{{equation}}\n$$\n"

    def numbers(self, text: str) -> list[str]:
        return re.findall(r"<mtext>\((\w+)\)</mtext>", convert(text))

    def test_equations_are_numbered(self) -> None:
        text = self.EQUATION.format("a") + "$x$\n\n$$\n\\begin{align} b \\\\ c \\end{align}\n$$\n"
        assert self.numbers(text + self.EQUATION.format(r"d \tag{A}")) == ["1", "2", "3", "A"]

    def test_in_the_order_of_the_page(self) -> None:
        text = f"1. a\n\n{self.EQUATION.format('a')}\n"
        text = text.replace("\n$$", "\n    $$").replace("\n\\", "\n    \\")
        assert self.numbers(f"{text}\n{self.EQUATION.format('b')}") == ["1", "2"]

    def test_each_page_begins_with_the_first(self) -> None:
        md = markdown.Markdown(extensions=EXTENSIONS)
        text = self.EQUATION.format("a")
        assert md.convert(text) == md.reset().convert(text)

    def test_a_reference_finds_its_equation_above_and_below(self) -> None:
        text = r"See \(\eqref{e}\) and $\ref{e}$." + "\n\n" + self.EQUATION.format(r"a \label{e}")
        page = convert(f"{self.EQUATION.format('b')}\n{text}\n\nThat is $\\eqref{{e}}$.")
        assert page.count('<mtext><a href="#equation-e">(2)</a></mtext>') == 2
        assert '<a href="#equation-e">2</a>' in page
        assert page.count('id="equation-e"') == 1

    def test_a_reference_to_nothing(self) -> None:
        assert error_of("a\n\n$x + \\eqref{e}$") == (
            "<markdown>:3: this formula cannot be set: "
            'no equation of this page has the label "e"\n\n'
            "    x + \\eqref{e}\n"
            "        ^"
        )

    def test_two_equations_with_one_label(self) -> None:
        first, second = (self.EQUATION.format(rf"{letter} \label{{e}}") for letter in "ab")
        assert error_of(f"{first}\n{second}").startswith(
            '<markdown>:6: this formula cannot be set: another equation has the label "e"'
        )

    @pytest.mark.parametrize(
        "definition",
        [
            r"\newcommand{\half}{\frac12}",
            r"\newcommand*\half{\frac12}",
            r"\def\half{\frac12}",
        ],
    )
    def test_what_a_formula_defines_those_below_may_use(self, definition: str) -> None:
        assert "<mfrac><mn>1</mn><mn>2</mn></mfrac>" in convert(f"${definition}$\n\nA $\\half$.")

    def test_and_those_of_another_page_may_not(self) -> None:
        md = markdown.Markdown(extensions=EXTENSIONS)
        md.convert(r"$\newcommand{\half}{\frac12}$")
        with pytest.raises(LiterateError, match=r"Unknown command"):
            md.reset().convert(r"$\half$")

    def test_an_operator_that_is_declared(self) -> None:
        page = convert("$$\n\\DeclareMathOperator*{\\argmin}{arg\\,min}\n\\argmin_x f\n$$")
        assert (
            "<munder><mrow><mspace></mspace><mi>arg\u2009min</mi></mrow><mi>x</mi></munder>" in page
        )


# What used to be set wrong without a word, or refused, and what shows that it is right.
MENDED = [
    (r"\begin{aligned} a \\[2pt] b \end{aligned}", "calc(0.5ex + 1.993pt)", "[2"),
    (r"\begin{cases} a \\[2pt] b \end{cases}", "calc(0.5ex + 1.993pt)", "pt</mi>"),
    (r"\begin{pmatrix} a \\[2pt] b \end{pmatrix}", "calc(0.5ex + 1.993pt)", "<mo>["),
    (r"\begin{aligned} a \\* b \end{aligned}", "<mi>b</mi>", "∗"),
    (r"\begin{aligned}[t] a \end{aligned}", "<mi>a</mi>", "<mi>t</mi>"),
    (r"\boxed{x}", "border: 0.05em solid", "menclose"),
    (r"\cancel{x}", "linear-gradient", "menclose"),
    (r"\sum_{\substack{i \\ j}} x", '<mtable displaystyle="false" scriptlevel="1">', "substack"),
    (r"x \tag{7}", "<mtext>(7)</mtext>", "merror"),
    (r"\begin{split} a &= b \\ &= c \end{split}", "<mtable", "merror"),
    (r"\left(\begin{smallmatrix} a & b \end{smallmatrix}\right)", 'scriptlevel="1"', "merror"),
    (r"\widetilde{abc}", '<mo stretchy="true">˜</mo>', "~"),
    (r"\text{if $x$ is}", "<mtext>if\u00a0</mtext>", "$"),
    (r"\textrm{$n$ times}", "\u00a0times", "$"),
    (r"\rule{1em}{1pt}", '<mspace height="0.9963pt"', "merror"),
    (r"\color{#f00} x", "color: #f00;", "merror"),
    (r"\pmb{x}", "<mi>𝒙</mi>", "merror"),
    (r"a \dotsc b", "<mo>.</mo>", "merror"),
    (r"\mathscr{L}", "<mi>ℒ</mi>", "\ufe01"),
    (r"\xi*x", "<mi>ξ</mi>", "merror"),
]


@pytest.mark.parametrize(("tex", "part", "wrong"), MENDED, ids=[tex for tex, *_ in MENDED])
def test_a_formula_is_not_set_wrong(tex: str, part: str, wrong: str) -> None:
    page = re.sub(' data-tex="[^"]*"', "", convert(f"$$\n{tex}\n$$"))
    shown = re.sub("<mo [^>]*>(?=\\[)", "<mo>", page)
    assert part in shown
    assert wrong not in shown


# What is refused is refused by its name.
REFUSED = [
    r"\ce{H2O}",
    r"\href{u}{x}",
    r"\colorbox{red}{x}",
    r"\vcenter{x}",
    r"\mathllap{x}",
    r"\phase{x}",
    r"\begin{alignedat}{2} a & b \end{alignedat}",
    r"\begin{pmatrix*}[r] a \end{pmatrix*}",
    r"\begin{CD} A \end{CD}",
    r"\begin{tabular}{c} a \end{tabular}",
    r"x \begin{aligned}[t] a \end{aligned}",
    r"x \\ y",
    r"\SI{1}{m}",
]


@pytest.mark.parametrize("tex", REFUSED)
def test_what_is_not_supported_is_named(tex: str) -> None:
    name = re.findall(r"\\begin\{([\w*]+)\}|(\\[A-Za-z]+|\\\\)", tex)[0]
    message = error_of(f"a\n\n$${tex}$$").partition("\n\n")[0]
    assert message.startswith("<markdown>:3: this formula cannot be set: ")
    assert (name[0] or name[1]) in message


class TestWhatIsNoFormula:
    @pytest.mark.parametrize(
        ("text", "page"),
        [
            ("`$x$`", "<p><code>$x$</code></p>"),
            ("``a ` $x$``", "<p><code>a ` $x$</code></p>"),
            (r"\$5 or \$6", "<p>$5 or $6</p>"),
            ("<div>$x$</div>", "<div>$x$</div>"),
            ("    $x$", "<pre><code>$x$\n</code></pre>"),
            ("a <!-- $x --> b", "<p>a <!-- $x --> b</p>"),
            ("[a](https://example.org/?$x)", '<p><a href="https://example.org/?$x">a</a></p>'),
        ],
    )
    def test_stays_as_it_was(self, text: str, page: str) -> None:
        assert convert(text) == page

    def test_a_fence_stays_as_it_was(self) -> None:
        page = convert("```text\n$x$\n\n$$\nz\n$$\n```")
        assert "$x$\n\n$$\nz\n$$" in page
        assert "<math" not in page

    def test_a_dollar_in_a_formula(self) -> None:
        assert "<mi>x</mi><mi>$</mi>" in convert(r"$x\$$")


class TestLineBreaks:
    """Browsers break a line next to a formula, so what touches it is put in one piece with it."""

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("", ","),
            ("(", ")."),
            ("non-", ""),
            ("", "-th"),
            ("（", "），"),
            ("“", "”。"),
        ],
    )
    def test_what_touches_a_formula_stays_with_it(self, before: str, after: str) -> None:
        assert convert(f"ein {before}$x${after} und") == (
            f'<p>ein <span class="formula-run">{before}{X}{after}</span> und</p>'
        )

    def test_a_line_break_before_it_stays_a_space(self) -> None:
        assert convert("Gradients are\n$x$.") == (
            f'<p>Gradients are\n<span class="formula-run">{X}.</span></p>'
        )

    def test_chinese_characters_may_be_parted_from_it(self) -> None:
        assert convert("令$x$为") == f"<p>令{X}为</p>"

    def test_no_blank_comes_between_a_formula_and_other_markup(self) -> None:
        assert convert("$x$**a**$y$`b`") == (f"<p>{X}<strong>a</strong>{Y}<code>b</code></p>")


# One line for each command that the book uses, with what shows that it was understood.
COMMANDS = [
    (r"\frac{1}{n}", "<mfrac><mn>1</mn><mi>n</mi></mfrac>"),
    (r"\tfrac{1}{2}", '<mfrac displaystyle="false"><mn>1</mn><mn>2</mn></mfrac>'),
    (r"\partial L", "<mi>∂</mi><mi>L</mi>"),
    (r"\nabla L", '<mi mathvariant="normal">∇</mi>'),
    (r"\mathbf{X}^\top", "<msup><mi>𝐗</mi><mi>⊤</mi></msup>"),
    (r"\mathbf{0}", "<mi>𝟎</mi>"),
    (r"\boldsymbol{\theta}", "<mi>𝜽</mi>"),
    (r"\hat{y}_i", '<msub><mover accent="true"><mi>y</mi>'),
    (r"\bar{x}", '<mo stretchy="false">¯</mo>'),
    (r"\tilde{x}", '<mo stretchy="false">˜</mo>'),
    (r"\overline{x}", '<mo stretchy="true">\u0332</mo>'),
    (r"\lVert x \rVert", 'form="prefix" stretchy="false">‖</mo><mi>x</mi>'),
    (r"\lvert x \rvert", 'form="prefix" stretchy="false">|</mo><mi>x</mi>'),
    (r"w \leftarrow w", "←</mo>"),
    (r"x \to 0", "→</mo>"),
    (r"a \Rightarrow b", "⇒</mo>"),
    (r"\sum_{i=1}^{n} x_i", "∑</mo>"),
    (r"\prod_{i=1}^{n} x_i", "∏</mo>"),
    (r"\int_0^1", "∫</mo>"),
    (r"\sqrt{x}", "<msqrt><mi>x</mi></msqrt>"),
    (r"\begin{aligned} a &= b \\ &= c \end{aligned}", "<mtable"),
    (r"\begin{bmatrix} 1 & 2 \end{bmatrix}", "<mo>[</mo><mtable"),
    (r"\begin{cases} 1 & x > 0 \\ 0 \end{cases}", "<mo>{</mo><mtable"),
    (r"\mathcal{N}(0, 1)", "<mi>𝒩</mi>"),
    (r"\mathbb{R}^{n \times d}", "<msup><mi>ℝ</mi>"),
    (r"x \sim y", "∼</mo>"),
    (r"p(y \mid x)", "∣</mo>"),
    (r"\operatorname{Var}(y)", "<mi>Var</mi>"),
    (r"\operatorname*{arg\,min}_w L", "<mi>arg\u2009min</mi>"),
    (r"\min_w L", "<mi>min</mi></mrow><mi>w</mi>"),
    (r"\lambda_{\max}", "<mi>max</mi>"),
    (r"\log x + \exp x", "<mi>log</mi>"),
    (r"\text{训练集 loss}", "<mtext>训练集\u00a0loss</mtext>"),
    (r"\mathrm{d}x", '<mi mathvariant="normal">d</mi>'),
    (r"\underbrace{a + b}_{\text{noise}}", "<mo>⏟</mo></munder><mtext>noise</mtext>"),
    (r"\left( \frac{a}{b} \right)", "<mo>(</mo><mfrac>"),
    (r"\left. x \right|_{w = 0}", "<mo>|</mo></mrow>"),
    (r"\bigl( x \bigr)", 'minsize="1.2em"'),
    (r"a \cdot b", "⋅</mo>"),
    (r"a \odot b", "⊙</mo>"),
    (r"a \approx b", "≈</mo>"),
    (r"a \neq b", "≠</mo>"),
    (r"a \le b \ge c", "≤</mo>"),
    (r"a \in B", "∈</mo>"),
    (r"a \quad b", '<mspace width="1em"></mspace>'),
    (r"a\,b", '<mspace width="0.16666667em"></mspace>'),
    (r"x_1, \dots, x_n", "<mi>x</mi>"),
    (r"\epsilon \sigma \eta \theta \mu \alpha \beta \pi", "<mi>σ</mi><mi>η</mi>"),
    (r"\Sigma", '<mi mathvariant="normal">Σ</mi>'),
    (r"\ell^{(i)}(w, b)", "<mi>ℓ</mi>"),
    (r"\infty", "∞"),
    (r"3.4\,\%", "<mi>%</mi>"),
]


@pytest.mark.parametrize(("tex", "part"), COMMANDS, ids=[tex for tex, _ in COMMANDS])
@pytest.mark.parametrize("dollars", ["$", "$$"])
def test_a_command_of_the_book_is_set(tex: str, part: str, dollars: str) -> None:
    page = convert(f"{dollars}{tex}{dollars}")
    assert part in page
    assert "merror" not in page


def test_every_entity_is_a_character_in_the_page() -> None:
    assert not set(re.findall(r"&\w+;", convert(r"$\log x$ $\operatorname{Var}(y)$")))


def test_the_search_index_gets_no_formula_that_is_unreadable_in_one_line() -> None:
    excluded = 'data-search-exclude="true"'
    assert excluded in convert("$$\nx\n$$")
    assert excluded in convert(r"$\frac{1}{2}$")
    assert excluded not in convert(r"$\hat{y} = \mathbf{w}^\top \mathbf{x} + b$")


class TestErrors:
    def test_an_unknown_command(self) -> None:
        assert error_of("one\n\ntwo $\\hat y + \\fooo{x}$ three") == (
            '<markdown>:3: this formula cannot be set: Unknown command "\\fooo".\n\n'
            "    \\hat y + \\fooo{x}\n"
            "             ^"
        )

    def test_the_line_within_a_displayed_formula(self) -> None:
        text = "one\n\n!!! note\n\n    $$\n    \\text{训练}\n    + \\fooo\n    $$\n"
        assert error_of(text) == (
            '<markdown>:7: this formula cannot be set: Unknown command "\\fooo".\n\n'
            "    \\text{训练}\n"
            "    + \\fooo\n"
            "      ^"
        )

    def test_a_brace_that_is_not_closed(self) -> None:
        assert error_of(r"$\frac{1$").startswith(
            '<markdown>:1: this formula cannot be set: Expected closing token "}"'
        )

    def test_the_same_text_in_code_is_not_taken_for_the_place(self) -> None:
        text = "`$\\fooo$`\n\n```text\n$\\fooo$\n```\n\n> a\n> $\\fooo$"
        assert error_of(text).startswith("<markdown>:8: this formula cannot be set")

    def test_in_a_caption_that_the_engine_places(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LITERATE_EXECUTE", "1")
        text = (
            "text\n\n```python\nfrom matplotlib import pyplot as plt\nplt.plot([1, 2]);\n```\n"
            "<!-- caption: With $\\fooo$. -->\n<!-- alt: A line. -->\n"
        )
        with pytest.raises(LiterateError, match=r"^<markdown>:7: this formula cannot be set"):
            markdown.markdown(
                text,
                extensions=["linreg.literate", *EXTENSIONS],
                extension_configs={"linreg.literate": {"cache": ""}},
            )

    @pytest.mark.parametrize(
        ("text", "line", "shown"),
        [
            ("it costs\n$5 or so", 2, "$5 or so"),
            ("a\n\nfrom $5 to $6", 3, "from $5 to $6"),
            ("with blanks\n$ x $ here", 2, "$ x $ here"),
            ("a `b` c $x", 1, "c $x"),
            ("a\n\n\\$5 here, $6 there", 3, "5 here, $6 there"),
            ("a\n\nof \\$1, \\$2 and\n\\$3 to $4", 4, "3 to $4"),
            ("a\n\nthe price: \\$$6 each", 3, "$6 each"),
            ("a\n\n\\*5 and $6", 3, "5 and $6"),
            ("a\n\n\\\\$6", 3, "$6"),
            ("$x$ and\n\nin $$x$$ text", 3, "in $$x$$ text"),
            ("a\n\n$$\nx\n\ny\n$$", 3, "$$"),
            ("a\n\n$$\nx", 3, "$$"),
            ("a\n\n\\begin{align} x \\end{align}", 3, r"\begin{align} x \end{align}"),
        ],
    )
    def test_what_is_left_over(self, text: str, line: int, shown: str) -> None:
        assert error_of(text) == (f"<markdown>:{line}: {AS_IT_STANDS}\n\n    {shown}")

    @pytest.mark.parametrize("formula", ["$|x|$", r"$p(y | x)$"])
    def test_a_bar_in_a_table(self, formula: str) -> None:
        assert error_of(f"text $|x|$\n\n| a | b |\n|---|---|\n| 1 | {formula} |\n") == (
            "<markdown>:5: in a table, | ends the cell, also in a formula: "
            r"write \lvert x \rvert, \mid or \Vert"
        )

    def test_a_norm_in_a_table_is_no_bar(self) -> None:
        assert "<mo>‖</mo>" in re.sub(
            "<mo[^>]*>", "<mo>", convert("| a | b |\n|---|---|\n| 1 | $\\|x\\|$ |\n")
        )


CONFIG = """
site_name: formulas
docs_dir: pages
theme:
  name: material
  font: false
markdown_extensions:
  attr_list: {}
  toc: {}
  linreg.literate.formulas: {}
plugins:
  material/search: {}
"""


def build(folder: Path, page: str) -> subprocess.CompletedProcess[str]:
    (folder / "mkdocs.yml").write_text(CONFIG, encoding="utf-8")
    (folder / "pages").mkdir()
    (folder / "pages" / "index.md").write_text(page, encoding="utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)


class TestUnderMkDocs:
    def test_the_index_of_the_search_and_the_contents(self, tmp_path: Path) -> None:
        page = (
            "---\ntitle: t\n---\n# On $\\mathbf{w}$\n\n"
            "From $\\hat{y} = b$ and $\\frac{1}{2}$\n$$\n\\frac{1}{2} L\n$$\n\n"
            "## Two $\\sigma$ { #two }\n\nlast"
        )
        done = build(tmp_path, page)
        assert done.returncode == 0, done.stderr
        index = json.loads((tmp_path / "site/search/search_index.json").read_text("utf-8"))
        assert [section["text"].split() for section in index["docs"]] == [
            ["<p>From", "yˆ=b", "and", "</p>"],
            ["<p>last</p>"],
        ]
        html = (tmp_path / "site/index.html").read_text("utf-8")
        assert "data-search-exclude" not in html
        assert re.search(r'<a href="#two"[^>]*>\s*<span class="md-ellipsis">\s*Two σ\s', html)

    def test_an_error_names_the_file_and_the_line_in_it(self, tmp_path: Path) -> None:
        done = build(tmp_path, "---\ntitle: t\n---\n\n# A\n\ntext $\\fooo$\n")
        assert done.returncode == 1
        assert "pages/index.md:7: this formula cannot be set" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def made() -> bytes:
    return fonts.math_font()


@pytest.fixture(scope="module")
def font(made: bytes) -> TTFont:
    return TTFont(io.BytesIO(made))


_GREEK = "αβγδεζηθικλμνξοπρςστυφχψω∂ϵϑϰϕϱϖ"  # as Unicode orders its italic letters


def characters(page: str) -> set[str]:
    """What the browser asks the font for: a letter alone in <mi> is shown in italics."""
    shown: set[str] = set()
    for math in re.findall(r"<math\b.*?</math>", page, flags=re.DOTALL):
        for letter in re.findall("<mi>(.)</mi>", math):
            shown.add(italic(letter))
        shown |= set(re.sub("<mi>.</mi>|<[^>]*>|&lt;|&gt;|&amp;", "", math))
    return shown


def italic(letter: str) -> str:
    if letter == "h":
        return "ℎ"
    if letter.isascii() and letter.isalpha():
        base = 0x1D434 - ord("A") if letter.isupper() else 0x1D44E - ord("a")
        return chr(ord(letter) + base)
    if letter in _GREEK:
        return chr(0x1D6FC + _GREEK.index(letter))
    return letter


class TestFont:
    def test_it_has_what_it_is_asked_for(self, font: TTFont) -> None:
        unassigned = {0x1D455, 0x1D6A6, 0x1D6A7}
        assert set(map(ord, fonts.CHARACTERS)) - set(font.getBestCmap()) == unassigned

    def test_the_ranges_that_no_page_names_are_there(self, font: TTFont) -> None:
        cmap = font.getBestCmap()
        assert {0x221A, *range(0x1D434, 0x1D468), *range(0x1D6E2, 0x1D71C)} - {0x1D455} <= set(cmap)

    @pytest.mark.parametrize("character", "()[]{}|‖√⟨⟩")
    def test_it_stretches_in_height(self, font: TTFont, character: str) -> None:
        variants = font["MATH"].table.MathVariants
        names = variants.VertGlyphCoverage.glyphs
        made = variants.VertGlyphConstruction[names.index(font.getBestCmap()[ord(character)])]
        assert made.VariantCount > 1 or made.GlyphAssembly.PartCount > 1

    @pytest.mark.parametrize("character", "\u0302\u0332⏞⏟⏜⏝⎴⎵˜ˇ→←↔⇒⇐⇔↦")
    def test_it_stretches_in_width(self, font: TTFont, character: str) -> None:
        variants = font["MATH"].table.MathVariants
        assert font.getBestCmap()[ord(character)] in variants.HorizGlyphCoverage.glyphs

    def test_it_has_larger_sums_for_displayed_formulas(self, font: TTFont) -> None:
        variants = font["MATH"].table.MathVariants
        assert font.getBestCmap()[ord("∑")] in variants.VertGlyphCoverage.glyphs

    def test_a_root_finds_a_sign_of_its_height_with_no_gap_behind(self, font: TTFont) -> None:
        """Browsers leave room for the widest sign, and hang each from its bar."""
        variants = font["MATH"].table.MathVariants
        name = font.getBestCmap()[ord("√")]
        made = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(name)]
        names = [record.VariantGlyph for record in made.MathGlyphVariantRecord]
        signs = [font["glyf"][name] for name in names]
        heights = [sign.yMax - sign.yMin for sign in signs]
        assert names[0] == name
        assert heights[0] < 750
        assert heights[-1] > 6000
        assert all(low < high <= 1.2 * low for low, high in pairwise(heights))
        assert {font["hmtx"][name][0] for name in names} == {794}
        assert made.GlyphAssembly is None
        assert font["head"].yMin <= signs[-1].yMin  # beyond, browsers cut it off
        assert font["head"].yMax >= signs[-1].yMax

    @pytest.mark.parametrize("character", "→←↔↦⇒⇐⇔")
    def test_the_parts_of_a_long_arrow_join(self, font: TTFont, character: str) -> None:
        """Each part but the last has a length at its end, each but the first at its start."""
        variants = font["MATH"].table.MathVariants
        name = font.getBestCmap()[ord(character)]
        made = variants.HorizGlyphConstruction[variants.HorizGlyphCoverage.glyphs.index(name)]
        for left, right in pairwise(made.GlyphAssembly.PartRecords):
            joined = min(left.EndConnectorLength, right.StartConnectorLength)
            assert joined >= variants.MinConnectorOverlap

    def test_its_tables_are_in_the_order_of_their_glyphs(self, font: TTFont) -> None:
        variants = font["MATH"].table.MathVariants
        numbers = [font.getGlyphID(name) for name in variants.HorizGlyphCoverage.glyphs]
        assert numbers == sorted(numbers)
        assert len(numbers) == len(variants.HorizGlyphConstruction)

    def test_it_says_whose_it_is_and_under_which_licence(self, font: TTFont) -> None:
        name = font["name"]
        assert "The STIX Fonts Project Authors" in name.getDebugName(0)
        assert "SIL Open Font License, Version 1.1" in name.getDebugName(13)
        assert name.getDebugName(14) == "https://scripts.sil.org/OFL"

    def test_lines_are_not_as_high_as_its_highest_glyph(self, font: TTFont) -> None:
        assert font["OS/2"].fsSelection & 1 << 7
        assert font["OS/2"].sTypoAscender - font["OS/2"].sTypoDescender == 1000

    def test_it_is_small(self, made: bytes) -> None:
        assert len(made) < 48_000

    def test_two_builds_at_different_times_are_identical(
        self, made: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 1e6)
        assert fonts.math_font() == made

    def test_it_is_kept_for_the_next_build(
        self, made: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fonts, "_subset", lambda: made)
        assert fonts.math_font(tmp_path / "cache") == made
        monkeypatch.delattr(fonts, "_subset")
        assert fonts.math_font(tmp_path / "cache") == made

    @pytest.mark.parametrize("rest", [b"", b"wOF2", b"not a font at all", None])
    def test_a_damaged_one_is_made_again(
        self, made: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rest: bytes | None
    ) -> None:
        monkeypatch.setattr(fonts, "_subset", lambda: made)
        fonts.math_font(tmp_path)
        (file,) = tmp_path.iterdir()
        file.write_bytes(made[:-1] if rest is None else rest)
        assert fonts.math_font(tmp_path) == made
        assert file.read_bytes() == made

    def test_a_cache_that_cannot_be_written_is_done_without(
        self, made: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fonts, "_subset", lambda: made)
        (tmp_path / "file").touch()
        assert fonts.math_font(tmp_path / "file" / "cache") == made

    def test_a_character_that_it_lacks_is_noticed(self) -> None:
        assert characters(convert(r"$\aleph$")) - fonts.CHARACTERS == {"ℵ"}

    @pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
    def test_it_has_every_character_of_the_books_formulas(self, path: Path) -> None:
        text = re.sub(r"\A---\n.*?\n---\n", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        chinese = set(
            map(chr, [*range(0x3000, 0x3040), *range(0x4E00, 0xA000), *range(0xFF00, 0xFFF0)])
        )
        assert characters(convert(text)) <= fonts.CHARACTERS | chinese | {"\n"}
