"""HTML as elements that know where they stand, with all that HTML allows."""

from __future__ import annotations

import html
import re

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from book.finish.markup import EMPTY, edited, parse, with_attributes


def found(text: str) -> list[tuple[str, str]]:
    """The elements of a text, each with its piece of it."""
    root = parse(text)
    return [(e.name, text[e.start : e.stop]) for e in root.walk() if e.name]


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ('<p>a<b>c</b></p>', [("p", "<p>a<b>c</b></p>"), ("b", "<b>c</b>")]),
        ('<img alt="a > b"><i>c</i>', [("img", '<img alt="a > b">'), ("i", "<i>c</i>")]),
        ("<img alt='\"<i>\"'>", [("img", "<img alt='\"<i>\"'>")]),
        ("<br/><i/>a", [("br", "<br/>"), ("i", "<i/>")]),
        ("<p\n id=a\n>é\u2028</p\n>", [("p", "<p\n id=a\n>é\u2028</p\n>")]),
        ("<!-- <p> --><i>a</i>", [("i", "<i>a</i>")]),
        ("<script>a < <b></script>", [("script", "<script>a < <b></script>")]),
        ("<div><p>a</div>b", [("div", "<div><p>a</div>"), ("p", "<p>a")]),
        ("</p><i>a</i>", [("i", "<i>a</i>")]),
        ("<svg a='>'><g>b</g></svg>c", [("svg", "<svg a='>'><g>b</g></svg>")]),
        ("a\r\n<i>\r\nb</i>", [("i", "<i>\r\nb</i>")]),
    ],
)  # fmt: skip
def test_an_element_knows_where_it_stands(text: str, elements: list[tuple[str, str]]) -> None:
    assert found(text) == elements


def test_a_drawing_in_a_drawing_ends_with_the_outer_one() -> None:
    text = "<svg><svg><g></g></svg><g></g></svg><i>a</i>"
    assert found(text)[0] == ("svg", text.removesuffix("<i>a</i>"))
    assert found(text)[-1] == ("i", "<i>a</i>")


WORDS = st.text("ab <>&\"'é\n", max_size=8)
TREES = st.recursive(
    WORDS.map(html.escape),
    lambda inner: st.tuples(
        st.sampled_from(["p", "div", "b"]), WORDS, st.lists(inner, max_size=3)
    ).map(lambda t: f'<{t[0]} title="{html.escape(t[1])}">{"".join(t[2])}</{t[0]}>'),
    max_leaves=12,
)


@given(st.lists(TREES, max_size=4).map("".join))
def test_the_words_and_attributes_are_those_that_another_parser_reads(text: str) -> None:
    ours, theirs = parse(text), BeautifulSoup(text, "html.parser")
    assert ours.words().split() == theirs.get_text().split()  # it joins blanks
    attributes = [e.attributes for e in ours.walk() if e.name]
    assert attributes == [tag.attrs for tag in theirs.find_all(True)]


@given(st.lists(TREES, max_size=4).map("".join))
def test_pieces_that_are_put_back_give_the_text(text: str) -> None:
    root = parse(text)
    changes = [(e.start, e.inside, text[e.start : e.inside]) for e in root.walk() if e.name]
    assert edited(text, changes) == text
    marks = [change for e in root.walk() if e.name for change in ((e.end, e.end, "!"),)]
    assert edited(text, marks).count("!") == len(marks)


def test_of_two_changes_in_one_place_the_first_one_comes_first() -> None:
    assert edited("ab", [(1, 1, "x"), (1, 1, "y"), (1, 2, "B"), (0, 1, "A")]) == "AxyB"


@pytest.mark.parametrize(
    ("tag", "changed"),
    [
        ('<a id="x" href="#y">', '<a id="x!" href="#y!">'),
        ("<a id='x' title='\"y\"'>", "<a id='x!' title='\"y\"!'>"),
        ("<input id=x checked>", '<input id="x!" checked>'),
        ("<p title='id=\"x\"'>", "<p title='id=\"x\"!'>"),
        ('<P ID = "x"/>', '<P ID = "x!"/>'),
        ("<p>", "<p>"),
    ],
)
def test_the_value_of_an_attribute_is_changed_and_nothing_that_looks_like_one(
    tag: str, changed: str
) -> None:
    assert with_attributes(tag, lambda _, value: f"{value}!") == changed


def test_the_name_of_an_attribute_is_told_in_lower_case() -> None:
    seen = []
    with_attributes('<a ID="x" data-Y=z>', lambda name, value: seen.append(name) or value)
    assert seen == ["id", "data-y"]


def test_what_has_no_end_is_what_html_says() -> None:
    assert {"br", "img", "input", "wbr", "source"} <= EMPTY
    assert not re.search("svg|script|p,", ",".join(EMPTY))
