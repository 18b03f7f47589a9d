"""A page as a section of the page to print: what it refers to, and by which ids."""

from __future__ import annotations

import pytest

from book.finish import printing

SITE = "https://example.org/en/"
HERE = f"{SITE}print/"
CHAPTERS = frozenset((f"{SITE}gradients/", f"{SITE}no-grad/", f"{SITE}glossary/"))


def section(html: str, name: str = "gradients") -> str:
    made = printing.section(html, f"{SITE}{name}/", CHAPTERS, HERE)
    opening, closing = f'<section class="print-chapter" id="{name}">\n', "\n</section>\n"
    assert made.startswith(opening)
    assert made.endswith(closing)
    return made.removeprefix(opening).removesuffix(closing)


def test_ids_and_what_refers_to_them_get_the_chapters_name() -> None:
    assert (
        section(
            '<h2 id="step">S</h2><a href="#step">s</a><label for="step" aria-labelledby="step">'
        )
        == '<h2 id="gradients-step">S</h2><a href="#gradients-step">s</a>'
        '<label for="gradients-step" aria-labelledby="gradients-step">'
    )


def test_figures_keep_their_parts() -> None:
    assert (
        section('<clipPath id="f1-c"/><g clip-path="url(#f1-c)"><use href="#f1-m" x="1"/></g>')
        == '<clipPath id="gradients-f1-c"/><g clip-path="url(#gradients-f1-c)">'
        '<use href="#gradients-f1-m" x="1"/></g>'
    )


def test_links_between_chapters_stay_on_the_page_and_others_leave_it() -> None:
    assert section('<a href="../no-grad/#leaf">a</a>') == '<a href="#no-grad-leaf">a</a>'
    assert (
        section('<a class="x" href="../glossary/">a</a>') == '<a class="x" href="#glossary">a</a>'
    )
    assert section('<a href="../api/#linreg.sgd">a</a>') == f'<a href="{SITE}api/#linreg.sgd">a</a>'
    assert section('<a href="../">a</a>') == f'<a href="{SITE}">a</a>'
    assert section('<a href="https://pytorch.org/">a</a>') == '<a href="https://pytorch.org/">a</a>'


def test_what_only_looks_like_an_attribute_is_text() -> None:
    assert section('<p>Write id="x" and href="#x".</p>') == '<p>Write id="x" and href="#x".</p>'


def test_solutions_are_open_and_permanent_links_gone() -> None:
    assert (
        section('<h2>S<a class="headerlink" href="#s" title="Link">#</a></h2><details class="a">')
        == '<h2>S</h2><details open class="a">'
    )


CODE = '<div class="highlight"><pre><span></span><code>1</code></pre></div>'
OUTPUT = '<div class="literate-output"><div class="literate-drawing"><p>1</p></div></div>'


def test_code_its_output_and_the_sentence_before_it_are_held_together() -> None:
    for lead in ("<p>Look:</p>", "<p>看：</p>"):
        unit = f"{lead}\n{CODE}\n{OUTPUT}"
        assert section(f"<p>A.</p>\n{unit}\n<p>B.</p>") == (
            f'<p>A.</p>\n<div class="print-unit">{unit}</div>\n<p>B.</p>'
        )
    assert section(f"<p>Look:</p>\n{CODE}<p>B.</p>") == (
        f'<div class="print-unit"><p>Look:</p>\n{CODE}</div><p>B.</p>'
    )
    assert section(f"<p>A.</p>\n{CODE}{OUTPUT}") == (
        f'<p>A.</p>\n<div class="print-unit">{CODE}{OUTPUT}</div>'
    )


def test_code_without_output_or_a_sentence_that_leads_to_it_stands_alone() -> None:
    html = f"<p>A: B.</p>\n{CODE}\n<p>C:</p>\n<p>D.</p>{CODE}"
    assert section(html) == html


def test_the_contents_have_the_sections_of_a_chapter() -> None:
    html = (
        '<h1 id="loss">Loss</h1><h2 id="half">The <code>½</code> &lt; 1'
        '<a class="headerlink" href="#half">#</a></h2><h3 id="more">More</h3>'
        '<h2 id="mean">Me<wbr>ans</h2>'
    )
    assert printing.entry(html, f"{SITE}loss/", "7. Loss").split("\n") == [
        '<li><a href="#loss">7. Loss</a>',
        "<ul>",
        '<li><a href="#loss-half">The ½ &lt; 1</a></li>',
        '<li><a href="#loss-mean">Means</a></li>',
        "</ul>",
        "</li>",
        "",
    ]
    assert printing.entry("<h1>A</h1>", f"{SITE}a/", "A") == '<li><a href="#a">A</a></li>\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # A picture, wherever it is, is found from the page that holds all chapters; from disk too.
        ('<img src="cars.png" alt="Cars">', '<img src="../gradients/cars.png" alt="Cars">'),
        ('<img src="../assets/cars.png">', '<img src="../assets/cars.png">'),
        ('<img src="data:image/png;base64,AA==">', '<img src="data:image/png;base64,AA==">'),
        ('<img src="https://example.com/a.png">', '<img src="https://example.com/a.png">'),
        (
            '<img srcset="a.png 1x, ../b.png 2x">',
            '<img srcset="../gradients/a.png 1x, ../b.png 2x">',
        ),
        ('<video poster="a.png"></video>', '<video poster="../gradients/a.png"></video>'),
        # What stands in an attribute is no tag, whatever it looks like.
        (
            '<img alt="a > b" id="a"><a href="#a">a</a>',
            '<img alt="a > b" id="gradients-a"><a href="#gradients-a">a</a>',
        ),
        ("<p title='id=\"x\"' id='y'>", "<p title='id=\"x\"' id='gradients-y'>"),
        ('<p data-id="x" title=" id=">', '<p data-id="x" title=" id=">'),
        ("<P ID=x>", '<P ID="gradients-x">'),
        # Several ids in one attribute, and ids that only refer.
        (
            '<input aria-describedby="a b" aria-controls="c">',
            '<input aria-describedby="gradients-a gradients-b" aria-controls="gradients-c">',
        ),
        ("<details open><p>a</details>", "<details open><p>a</details>"),
        ('<!-- <p id="x"> -->', '<!-- <p id="x"> -->'),
        ('<a class="x headerlink" href="#s"><b id="x">#</b></a>', ""),
    ],
)
def test_what_html_allows_is_understood(before: str, after: str) -> None:
    assert section(before) == after


def test_a_figure_in_a_figure_keeps_its_parts() -> None:
    drawing = '<svg><svg id="a"><use href="#b"/></svg><path id="b"/></svg><i id="c"></i>'
    assert section(drawing) == (
        '<svg><svg id="gradients-a"><use href="#gradients-b"/></svg>'
        '<path id="gradients-b"/></svg><i id="gradients-c"></i>'
    )


def test_code_in_a_box_is_held_together_with_its_output() -> None:
    inner = f"<p>Look:</p>\n{CODE}\n{OUTPUT}"
    assert section(f'<div class="admonition"><ul><li>{inner}</li></ul></div>') == (
        f'<div class="admonition"><ul><li><div class="print-unit">{inner}</div></li></ul></div>'
    )


def test_two_pieces_of_code_side_by_side_are_two_units() -> None:
    one = f"{CODE}{OUTPUT}"
    unit = f'<div class="print-unit">{one}</div>'
    assert section(one + one) == unit + unit


def test_code_with_a_title_is_held_together_with_its_output() -> None:
    titled = CODE.replace("<pre>", '<span class="filename">a.py</span><pre>', 1)
    assert section(f"{titled}{OUTPUT}") == f'<div class="print-unit">{titled}{OUTPUT}</div>'


def test_nothing_moves_on_paper() -> None:
    panel = '<div class="literate-controls" hidden>\n<label>n</label><div>1</div>\n</div>\n'
    script = '<script type="application/vnd.literate.interact+json" data-src="a.js"></script>'
    moved = '<div class="literate-moved">\n<p>1</p>\n</div>\n'
    mover = '<script data-literate-moving src="b.js" defer></script>'
    html = f'<div class="literate-moving">\n{panel}{moved}{script}\n</div>\n{mover}\n<p>2</p>'
    assert section(html) == f'<div class="literate-moving">\n{moved}</div>\n<p>2</p>'
