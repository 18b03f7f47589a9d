"""Markdown, LaTeX, pictures and HTML that blocks give, on the page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from linreg.literate import LiterateError, runner

FENCE = "```python\n{}\n```\n"


@pytest.fixture
def show(convert, monkeypatch):
    """The page of blocks that give some outputs, one each, under a heading."""

    def show(*outputs, fences="", before="", after="", extensions=(), **options):
        def run(sessions, _, done, *__):
            given = iter(outputs)
            for number, codes in enumerate(sessions):
                done(number, [[{"stream": "value", **next(given)}] for _ in codes], None)

        monkeypatch.setattr(runner, "run_sessions", run)
        fences = fences or "\n".join(FENCE.format(f"x{i}") for i in range(len(outputs)))
        return convert(f"{before}\n\n{fences}\n{after}", *extensions, **options)

    return show


def written(kind, data, **more):
    return {"kind": kind, "data": data, **more}


def markdown_of(html):
    html = html.partition('<div class="literate-markdown">\n')[2]
    return html.removesuffix("\n</div>\n</div>").rstrip()


@pytest.mark.parametrize(
    ("text", "extensions", "html"),
    [
        ("**x**", [], "<p><strong>x</strong></p>"),
        ("a\n\nb", [], "<p>a</p>\n<p>b</p>"),
        ("- a\n- b", [], "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("| a |\n|---|\n| b |", ["tables"], None),
        ("!!! note\n\n    x", ["admonition"], None),
        ("<b id='x'>y</b>", [], "<p><b id='x'>y</b></p>"),
        ("<div>*x*</div>", [], "<div>*x*</div>"),
        ("```text\n<x>\n```", [], None),
        ("\ttab", [], None),
        ("x\x02y\x03z", [], "<p>x\ufffdy\ufffdz</p>"),
        ("\x02literate:0\x03", [], "<p>\ufffdliterate:0\ufffd</p>"),
    ],
)
def test_markdown_is_set_by_the_pages_own_converter(show, convert, text, extensions, html):
    shown = markdown_of(show(written("markdown", text), extensions=extensions))
    assert shown == (convert(text, *extensions) if html is None else html)


def test_a_block_in_the_markdown_is_shown_and_not_run(show):
    html = show(written("markdown", "```python\nraise SystemExit\n```"))
    assert "raise SystemExit</code>" in markdown_of(html)
    assert html.count("literate-output") == 1


def test_paragraphs_are_whole_in_a_list_too(show):
    text = "- Item\n    ```python\n    y\n    ```"
    assert "<p>z</p>" in show(written("markdown", "z"), fences=text)


def test_headings_of_an_output_are_no_part_of_the_pages_contents(show, convert):
    html = show(
        written("markdown", "# Same\n\n## Same"),
        before="[TOC]",
        after="## Same",
        extensions=["toc", "attr_list"],
    )
    assert "<h1>Same</h1>\n<h2>Same</h2>" in html
    assert '<h2 id="same">Same</h2>' in html
    assert html.count("<li>") == 1


def test_ids_are_unique_over_all_that_a_page_shows(show):
    table = '<style>#x {}</style><table id="x"><td headers="x"></table>'
    html = show(
        written("html", table),
        written("html", table),
        written("markdown", "a\n{#x}\n\n<i id='x'>b</i>\n\n[to](#x)"),
        written("svg", '<svg><style>#x {fill: red}</style><g id="x"/></svg>'),
        before="## Title {#x}",
        extensions=["attr_list", "toc"],
    )
    found = [
        name for pair in re.findall("id=(?:\"([^\"]+)\"|'([^']+)')", html) for name in pair if name
    ]
    assert found == ["x", "x-2", "x-3", "x-4", "x-4", "f1-x"]
    assert html.count("#x-2 {") == html.count('headers="x-2"') == 1
    assert html.count("#x-3 {") == html.count('headers="x-3"') == 1
    assert 'href="#x-4"' in html
    assert "#f1-x {fill: red}" in html


def test_two_estimators_have_labels_that_open_their_own(show):
    estimator = (
        "<style>#sk-container-id-1 {color: black}</style>"
        '<div id="sk-container-id-1"><input id="sk-estimator-id-1" type="checkbox">'
        '<label for="sk-estimator-id-1">x</label></div>'
        "<script>forceTheme('sk-container-id-1');</script>"
    )
    html = show(written("html", estimator), written("html", estimator))
    for name in ("sk-container-id-1", "sk-estimator-id-1"):
        assert html.count(f'id="{name}"') == html.count(f'id="{name}-2"') == 1
    assert html.count('for="sk-estimator-id-1-2"') == 1
    assert html.count("#sk-container-id-1-2 {") == 1
    assert html.count("forceTheme('sk-container-id-1-2')") == 1


def test_html_without_ids_is_on_the_page_as_it_is(show):
    assert '<div class="literate-html"><b class="x">y</b></div>' in show(
        written("html", '<b class="x">y</b>')
    )


def test_no_mark_of_the_engine_is_left_on_a_page(show):
    html = show(written("html", '<p id="x">'), written("markdown", "<p id='y'>"))
    assert "\x02" not in html
    assert "<!--" not in html


# ---- formulas ----


@pytest.mark.parametrize(
    ("latex", "tex"),
    [
        ("$x_1$", "x_1"),
        ("$$x_1$$", "x_1"),
        (r"$\displaystyle x_1$", "x_1"),
        (r"\[x_1\]", "x_1"),
        (r"\(x_1\)", "x_1"),
        (r"\begin{equation}x_1\end{equation}", "x_1"),
        ("\\begin{equation*}\nx_1\n\n+ y\n\\end{equation*}", "x_1\n+ y"),
        (r"\begin{align}a &= b\end{align}", r"\begin{align}a &amp;= b\end{align}"),
    ],
)
def test_a_formula_is_set_as_those_of_the_page(show, latex, tex):
    html = show(written("latex", latex), extensions=["linreg.literate.formulas"])
    line = html.partition('<div class="literate-latex">\n<div class="formula">')[2]
    assert re.search('data-tex="([^"]*)"', line)[1].replace("&#10;", "\n") == tex
    assert 'display="block"' in line


def test_words_around_a_formula_are_words(show):
    text = "*The* value_of_ <x> & $x$, and\n\n# not $$y$$"
    html = show(written("latex", text), extensions=["linreg.literate.formulas"])
    words = re.sub("<math.*?</math>", "[math]", html.partition("literate-latex")[2])
    assert "<p>*The* value_of_ &lt;x&gt; &amp; " in words
    assert words.count("[math]") == 2
    assert "<h1" not in words


def test_formulas_of_arithmatex_are_set_too(show):
    html = show(written("latex", "$x_1$"), extensions=["pymdownx.arithmatex"])
    assert re.search(r'class="arithmatex">.*x_1', html, re.DOTALL)


@pytest.mark.parametrize("latex", ["$x_1 * y_1$", r"\begin{tabular}{l}a\end{tabular}", "<b>"])
def test_on_a_page_without_formulas_latex_is_text(show, latex):
    html = show(written("latex", latex))
    assert (
        f'<pre class="literate-text literate-value">{latex}</pre>'.replace("<b>", "&lt;b&gt;")
        in html
    )


def test_what_is_no_formula_is_text_on_any_page(show):
    table = r"\begin{tabular}{l}a\end{tabular}"
    html = show(written("latex", table), extensions=["linreg.literate.formulas"])
    assert f'<pre class="literate-text literate-value">{table}</pre>' in html


def test_a_formula_that_cannot_be_set_is_an_error(show):
    with pytest.raises(LiterateError, match="this formula cannot be set"):
        show(written("latex", r"$\nonsense$"), extensions=["linreg.literate.formulas"])


def test_an_error_in_a_formula_of_the_page_still_names_its_line(show):
    with pytest.raises(LiterateError, match=r"^<markdown>:7: this formula cannot be set"):
        show(
            written("markdown", "a\n\nb\n\n$x$"),
            after="Text $\\nonsense$.",
            extensions=["linreg.literate.formulas"],
        )


# ---- pictures ----

PICTURE = written("image", "AAAA", mime="image/png", width="30", height="20", alt="")


class Images(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.found.append(dict(attrs))


@pytest.mark.parametrize(
    ("output", "notes", "alt"),
    [
        (PICTURE, "", "Figure"),
        (PICTURE, '<!-- alt: A "box". -->', 'A "box".'),
        (PICTURE, "<!-- caption: A box. -->", "A box."),
        ({**PICTURE, "alt": "own"}, "", "own"),
        ({**PICTURE, "alt": "own"}, "<!-- alt: said -->", "said"),
    ],
)
def test_a_picture_is_a_part_of_the_page_and_has_a_text(show, output, notes, alt):
    html = show(output, after=notes)
    assert Images(html).found == [
        {"src": "data:image/png;base64,AAAA", "alt": alt, "width": "30", "height": "20"}
    ]
    assert ("<figcaption>A box.</figcaption>" in html) == ("caption" in notes)


def test_a_picture_counts_among_the_figures_of_a_block(show):
    with pytest.raises(LiterateError, match=r"more captions \(2\) than figures \(1\)"):
        show(PICTURE, after="<!-- caption: a -->\n<!-- caption: b -->")


def test_drawings_after_a_picture_have_ids_of_their_own(show):
    drawing = written("svg", '<svg><g id="x"/></svg>')
    assert re.findall('id="([^"]+)"', show(drawing, PICTURE, drawing)) == ["f1-x", "f3-x"]
