from __future__ import annotations

import re
import time

import pytest

from linreg.literate import ids

# What refers to an id, before and after it is renamed from a to b.
REFERENCES = [
    ('<p id="a">', '<p id="b">'),
    ("<p id='a'>", "<p id='b'>"),
    ("<p id=a class=a>", "<p id=b class=a>"),
    ('<p\n  ID = "a">', '<p\n  ID = "b">'),
    ('<label for="a">', '<label for="b">'),
    ('<a href="#a">', '<a href="#b">'),
    ('<use xlink:href="#a"/>', '<use xlink:href="#b"/>'),
    ('<p aria-labelledby="x a">', '<p aria-labelledby="x b">'),
    ('<td headers="a x">', '<td headers="b x">'),
    ('<i data-target="#a .x">', '<i data-target="#b .x">'),
    ("<i onclick=\"go('a')\">", "<i onclick=\"go('b')\">"),
    ('<g clip-path="url(#a)">', '<g clip-path="url(#b)">'),
    ('<g style="fill: url(#a)">', '<g style="fill: url(#b)">'),
    ('<animate begin="a.click; 3s"/>', '<animate begin="b.click; 3s"/>'),
    ("<style>#a.x > i, #a:hover {}</style>", "<style>#b.x > i, #b:hover {}</style>"),
    ("<style>@media print { #a {} }</style>", "<style>@media print { #b {} }</style>"),
    ('<style>[for="a"] {fill: url(#a)}</style>', '<style>[for="b"] {fill: url(#b)}</style>'),
    ("<script>f('a', \"#a\", `a`)</script>", "<script>f('b', \"#b\", `b`)</script>"),
    ("<script>$('#a .x')</script>", "<script>$('#b .x')</script>"),
]

# What is no id, though it looks like one.
OTHERS = [
    "<p data-id='a' class='a' title='a'>a #a</p>",
    "<!-- id='a' #a -->",
    '<p aria-label="a">',
    '<a href="#a-1"></a><a href="page.html#a"><a href="../#a">',
    "<style>i {color: #a; background: #a}</style>",
    '<path fill="#a"/>',
    "<script>a = 'ab' + b.a; // a\n</script>",
    '<p aria-labelledby="a-b ab">',
]


@pytest.mark.parametrize(("before", "after"), REFERENCES)
def test_what_refers_to_an_id_follows_it(before, after):
    assert ids.renamed(before, {"a": "b"}) == after


@pytest.mark.parametrize("html", OTHERS)
def test_what_only_looks_like_an_id_stays(html):
    assert ids.renamed(html, {"a": "b"}) == html


def test_ids_with_dots_and_colons_are_whole_before_they_are_beginnings():
    html = '<p id="a"><p id="a.b"><a href="#a.b"><a href="#a.c"><a href="#a:d.e">'
    assert ids.renamed(html, {"a": "x", "a.b": "y"}) == (
        '<p id="x"><p id="y"><a href="#y"><a href="#x.c"><a href="#x:d.e">'
    )


def test_the_ids_of_elements_are_found_and_no_others():
    html = "<p id=a><i id='b' data-id=c><!-- <i id=d> --><script>'<i id=e>'</script><b id='a'>"
    assert ids.declared(html) == ["a", "b"]


def test_what_a_page_has_already_gets_the_next_number():
    page = '<h2 id="x">'
    parts = ['<p id="x"><a href="#x">', '<p id="x"><i id="x-2">', '<p id="y">', '<p id="y">']
    assert ids.apart(page, parts) == [
        '<p id="x-2"><a href="#x-2">',
        '<p id="x-3"><i id="x-2-2">',
        '<p id="y">',
        '<p id="y-2">',
    ]


def test_renamed_parts_have_no_id_twice():
    part = "".join(f'<i id="{name}">' for name in ("a", "a-2", "a-3", "a-2-2"))
    made = "".join(ids.apart('<p id="a-2">', [part] * 5))
    found = re.findall('id="([^"]+)"', made)
    assert len(found) == len(set(found)) == 20
    assert "a-2" not in found


def test_a_drawing_of_many_elements_takes_no_time():
    drawing = "".join(f'<path id="p{i}" d="M 1 2"/><use href="#p{i}"/>' for i in range(20_000))
    start = time.process_time()
    assert ids.prefixed(drawing, "f1-").endswith('<use href="#f1-p19999"/>')
    assert time.process_time() - start < 5.0  # a pattern of all the names takes minutes


@pytest.mark.parametrize(
    "odd", ["<!-- ", "<script>", "<style>", "<a ", '<a "', "<a '\"", "<a b=", "#", "<"]
)
def test_html_that_is_never_closed_takes_no_time(odd):
    html = odd * (500_000 // len(odd)) + '<p id="x">'
    start = time.process_time()
    ids.apart('<p id="x">', [html])
    assert time.process_time() - start < 5.0  # a quadratic pattern takes minutes


@pytest.mark.parametrize("html", ["", "a < b", "<!-- <p id='a'>", "<p id='b'"])
def test_html_without_the_id_is_left_as_it_is(html):
    assert ids.renamed(html, {"a": "b"}) == html
