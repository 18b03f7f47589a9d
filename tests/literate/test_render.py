from __future__ import annotations

import re
import time
from html.parser import HTMLParser
from xml.etree.ElementTree import tostring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linreg.literate import render
from linreg.literate.errors import LiterateError
from linreg.literate.fences import Block

FOLD = "all {count}"
BLOCK = Block(0, 3, "", "")


def shown(data: str) -> str:
    """The text of a printed output, in its element."""
    return render.text(data, "stdout", FOLD)


class Reader(HTMLParser):
    """What a browser makes of HTML: the tags that it sees, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data


def test_printed_text_is_shown_and_not_obeyed():
    assert shown('<script>alert(1)</script> & &amp; "x"\n') == (
        '<pre class="literate-text literate-stdout">'
        '&lt;script&gt;alert(1)&lt;/script&gt; &amp; &amp;amp; "x"</pre>'
    )


def test_a_stream_has_its_class():
    assert 'class="literate-text literate-stderr"' in render.text("x", "stderr", FOLD)


@pytest.mark.parametrize(
    ("printed", "seen"),
    [
        ("plain\n", "plain"),
        ("\x1b[31mred\x1b[0m \x1b[1;38;5;9mbold\x1b[m", "red bold"),
        ("\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b(Btext", "text"),
        ("null\x00byte", "null\ufffdbyte"),
        ("\x02wzxhzdk:0\x03 and \x02amp\x03", "\ufffdwzxhzdk:0\ufffd and \ufffdamp\ufffd"),
        ("\x02literate:0\x03", "\ufffdliterate:0\ufffd"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("🎈 梯度清零 é\u0301", "🎈 梯度清零 é\u0301"),
        ("abc\u202egnp.exe\u2066", "abc\\u202egnp.exe\\u2066"),
        ("עברית \u200f", "עברית \u200f"),
        ("a\tb", "a\tb"),
        ("one\r\ntwo\r\n", "one\ntwo"),
        ("10%\r20%\r100%\ndone", "100%\ndone"),
        ("100%\r", "100%"),
        ("kept\n\n\n", "kept"),
        ("\x85\x9b31m\x7f", "\ufffd\ufffd31m\ufffd"),
    ],
)
def test_text_is_shown_as_a_terminal_would_leave_it(printed, seen):
    assert Reader(shown(printed)).text == seen


def test_a_first_empty_line_is_not_lost():
    # A browser leaves out a line end that follows <pre> directly.
    assert shown("\nx") == '<pre class="literate-text literate-stdout">\n\nx</pre>'


def test_forty_lines_are_folded():
    assert shown("x\n" * 39).startswith("<pre")
    folded = shown("x\n" * 40)
    assert folded.startswith('<details class="literate-long"><summary>all 40</summary><pre')
    assert folded.endswith("</pre></details>")


@pytest.mark.parametrize(
    "long",
    ["x" * 300_000, "\r" * 300_000, "\x1b[" * 300_000, "\x1b]" * 300_000, "\x1b[0" + "0" * 300_000],
)
def test_the_longest_text_takes_no_time(long):
    start = time.process_time()
    shown(long)
    assert time.process_time() - start < 2.0  # a quadratic pattern takes an hour


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters()) | st.text("<>&\x02\x03\x1b[]m\r\n\x00\u202e0"))
def test_no_text_breaks_out_of_its_element(text):
    html = shown(text)
    assert {"pre", "details", "summary"} >= set(Reader(html).tags)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e]", html)


def element(outputs, block=BLOCK, language="en"):
    kept: list[str] = []

    def stash(html: str) -> str:
        kept.append(html)
        return f"[{len(kept) - 1}]"

    made = render.outputs(block, outputs, "page.md:1", 3, language, stash)
    return (None if made is None else tostring(made, encoding="unicode")), kept


def test_nothing_follows_a_block_that_gives_nothing():
    assert element([]) == (None, [])


def test_outputs_follow_one_another_in_one_element():
    html, kept = element(
        [
            {"kind": "text", "stream": "stdout", "data": "1\n"},
            {"kind": "html", "stream": "value", "data": "<b>2</b>"},
        ]
    )
    assert html == '<div class="literate-output"><p>[0]</p><p>[1]</p></div>'
    assert kept == [
        '<pre class="literate-text literate-stdout">1</pre>',
        '<div class="literate-html"><b>2</b></div>',
    ]


def test_html_cannot_hold_what_python_markdown_would_replace():
    _, kept = element([{"kind": "html", "stream": "value", "data": "a\x02wzxhzdk:0\x03\r\nb\x00"}])
    assert kept == ['<div class="literate-html">a\ufffdwzxhzdk:0\ufffd\nb\ufffd</div>']


FIGURE = {"kind": "svg", "stream": "value", "data": '<svg width="9"><g id="a"/></svg>'}


def test_a_figure_has_a_caption_a_name_and_ids_of_its_own():
    block = Block(0, 5, "", "", ("First *one*.", "Second."), ('A "line"',))
    html, kept = element([FIGURE, FIGURE], block)
    assert html == (
        '<div class="literate-output">'
        '<figure class="literate-figure"><p>[0]</p><figcaption>First *one*.</figcaption></figure>'
        '<figure class="literate-figure"><p>[1]</p><figcaption>Second.</figcaption></figure>'
        "</div>"
    )
    assert kept == [
        '<div class="literate-drawing"><svg role="img" aria-label="A &quot;line&quot;" width="9">'
        '<g id="f3-a"/></svg></div>',
        # Without an alternative text the caption names it.
        '<div class="literate-drawing"><svg role="img" aria-label="Second." width="9">'
        '<g id="f4-a"/></svg></div>',
    ]


@pytest.mark.parametrize(("language", "word"), [("en", "Figure"), ("zh", "图")])
def test_a_figure_without_words_is_named_a_figure(language, word):
    html, kept = element([FIGURE], language=language)
    assert (
        html
        == '<div class="literate-output"><figure class="literate-figure"><p>[0]</p></figure></div>'
    )
    assert f'aria-label="{word}"' in kept[0]


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (
            Block(0, 5, "", "", ("One.", "Two.")),
            "page.md:1: this block has more captions (2) than figures (1)",
        ),
        (
            Block(0, 5, "", "", (), ("one", "two", "three")),
            "page.md:1: this block has more alternative texts (3) than figures (1)",
        ),
    ],
)
def test_words_for_a_figure_that_is_not_drawn_are_an_error(block, message):
    with pytest.raises(LiterateError) as error:
        element([FIGURE], block)
    assert str(error.value) == message


def test_both_languages_have_the_same_words():
    assert render.WORDS["en"].keys() == render.WORDS["zh"].keys()
