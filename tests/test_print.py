"""A page as a section of the page to print: what it refers to, and by which ids."""

from __future__ import annotations

import printing  # docs/printing.py
from mkdocs.structure.toc import get_toc

SITE = "https://example.org/en/"
CHAPTERS = {f"{SITE}gradients/", f"{SITE}no-grad/", f"{SITE}glossary/"}


def section(html: str, name: str = "gradients") -> str:
    made = printing.section(html, f"{SITE}{name}/", CHAPTERS)
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
    toc = get_toc(
        [
            {
                "level": 1,
                "id": "loss",
                "name": "Loss",
                "children": [
                    {"level": 2, "id": "half", "name": "The ½", "children": []},
                    {"level": 2, "id": "mean", "name": "Means", "children": []},
                ],
            }
        ]
    )
    assert printing.entry(f"{SITE}loss/", "7. Loss", toc) == {
        "id": "loss",
        "title": "7. Loss",
        "sections": [
            {"id": "loss-half", "title": "The ½"},
            {"id": "loss-mean", "title": "Means"},
        ],
    }


def test_nothing_moves_on_paper() -> None:
    panel = '<div class="literate-controls" hidden>\n<label>n</label><div>1</div>\n</div>\n'
    script = '<script type="application/vnd.literate.interact+json" data-src="a.js"></script>'
    moved = '<div class="literate-moved">\n<p>1</p>\n</div>\n'
    mover = '<script data-literate-moving src="b.js" defer></script>'
    html = f'<div class="literate-moving">\n{panel}{moved}{script}\n</div>\n{mover}\n<p>2</p>'
    assert section(html) == f'<div class="literate-moving">\n{moved}</div>\n<p>2</p>'
