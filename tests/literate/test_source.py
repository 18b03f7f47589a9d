from __future__ import annotations

from types import SimpleNamespace

import pytest
from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from linreg.literate.errors import LiterateError
from linreg.literate.source import Source, from_file, locate

FRONT = "---\ntitle: A page\n---\n\n"


@pytest.fixture
def page(tmp_path, monkeypatch):
    """Make a page; the current folder is its folder's parent."""
    folder = tmp_path / "docs"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)

    def make(content):
        path = folder / "page.md"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


def in_mkdocs(path):
    """A converter as MkDocs sets it up for a page."""
    md = Markdown()
    relpath = Treeprocessor(md)
    relpath.file = SimpleNamespace(abs_src_path=str(path))
    md.treeprocessors.register(relpath, "relpath", 0)
    return md


def test_a_place_counts_the_front_matter():
    assert Source("docs/page.md", 4).at(0) == "docs/page.md:5"


def test_text_of_no_file_has_no_name():
    assert locate(Markdown(), ["Text"]) == Source("<markdown>", 0)


def test_the_page_of_mkdocs_is_found_with_its_front_matter(page):
    path = page(FRONT + "Text\n\nEnd\n")
    assert locate(in_mkdocs(path), ["Text", "", "End", "", ""]) == Source("docs/page.md", 4)


def test_line_ends_of_windows_count_once(page):
    path = page((FRONT + "Text\n\nEnd\n").replace("\n", "\r\n"))
    assert locate(in_mkdocs(path), ["Text", "", "End"]) == Source("docs/page.md", 4)


def test_only_line_ends_end_a_line(page):
    path = page(FRONT + "A\x0cB\x85C\u2028D\n\nEnd")
    assert locate(in_mkdocs(path), ["A\x0cB\x85C\u2028D", "", "End"]) == Source("docs/page.md", 4)


def test_the_page_of_zensical_is_found_from_any_folder(page, tmp_path, monkeypatch):
    page(FRONT + "Text\n")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    md = Markdown()
    context = Treeprocessor(md)
    context.config = {"root_dir": str(tmp_path), "docs_dir": "docs"}
    context.page = SimpleNamespace(path="page.md")
    md.preprocessors.register(context, "rendering_context", 0)
    assert locate(md, ["Text"]) == Source((tmp_path / "docs" / "page.md").as_posix(), 4)


def test_a_page_that_a_plugin_made_has_its_name_and_no_more(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert locate(in_mkdocs(tmp_path / "made.md"), ["Text"]) == Source("made.md", 0)
    assert locate(in_mkdocs(""), ["Text"]) == Source()


PAGE = """\
# Title

```python
x = 1
y = 2
```

Text.

```python
x = 1
z = 3
```
"""


@pytest.mark.parametrize(
    ("change", "numbers"),
    [
        (lambda text: "First\n\n" + text, [None, None, *range(5, 18)]),
        (lambda text: text + "\nLast", [*range(5, 18)]),
        (lambda text: f"First\n\n{text}\nLast", [None, None, *range(5, 18)]),
        (
            lambda text: text.replace("y = 2", "y = 2\nput = in"),
            [*range(5, 10), None, *range(10, 18)],
        ),
        (lambda text: text.replace("Text.\n\n", ""), [*range(5, 12), *range(14, 18)]),
        (lambda text: text.replace("y = 2", "y = 3"), [*range(5, 9), None, *range(10, 18)]),
        (lambda text: text.replace("\n", "  \n").replace("y", "\ty", 0), [*range(5, 18)]),
        (lambda text: "no line of it", [None]),
    ],
)
def test_a_text_that_was_changed_on_the_way_has_its_lines_where_they_are_sure(
    page, change, numbers
):
    path = page(FRONT + PAGE)
    lines = change(PAGE).rstrip("\n").split("\n")
    source = locate(in_mkdocs(path), lines)
    known = dict(enumerate(numbers))  # beyond these there is only what the change has added
    texts = [i for i, line in enumerate(lines) if line]
    assert [source.number(i) for i in texts] == [known.get(i) for i in texts]


@pytest.mark.parametrize(
    "text",
    ["A\nx\n!\nx\ny", "x\nA\nx", "x\nx", "x\nB\nx\nx", "A\nB\nx\nx\ny", "y\nx\nA\nx"],
)
def test_no_line_of_a_changed_text_is_a_wrong_one(page, text):
    """A line that was put in, and is like one of the file, is not taken for it."""
    path = page("A\nx\ny")
    source = locate(in_mkdocs(path), text.split("\n"))
    numbers = [source.number(i) for i, line in enumerate(text.split("\n")) if line == "x"]
    assert len([number for number in numbers if number is not None]) <= 1


def test_a_line_that_is_not_of_the_file_is_not_named():
    source = Source("page.md", numbers=(1, None))
    assert [source.at(i) for i in range(3)] == ["page.md:1", "page.md", "page.md"]


def test_a_file_elsewhere_has_its_whole_path(page, tmp_path, monkeypatch):
    path = page("Text\n")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert locate(in_mkdocs(path), ["Text"]).name == path.as_posix()


@pytest.mark.parametrize(
    ("content", "offset", "lines"),
    [
        (FRONT + "Text\n", 3, ["", "Text", "", "", ""]),
        ("Text", 0, ["Text", "", ""]),
        ("---\ntitle: x\n...\nText", 3, ["Text", "", ""]),
        ("---\nnever closed\n\nText", 0, ["---", "never closed", "", "Text", "", ""]),
        ("Text\n---\nText\n---", 0, ["Text", "---", "Text", "---", "", ""]),
        ("\ufeff" + FRONT + "Text", 3, ["", "Text", "", ""]),
        ((FRONT + "\tText").replace("\n", "\r\n"), 3, ["", "\tText", "", ""]),
        ("A\x0cB\u2028C\n   \nD\x02", 0, ["A\x0cB\u2028C", "   ", "D\x02", "", ""]),
        ("", 0, ["", "", ""]),
    ],
)
def test_a_file_is_read_as_it_is_written_and_cut_as_python_markdown_cuts_it(
    page, content, offset, lines
):
    assert from_file(page(content)) == (Source("docs/page.md", offset), lines)


def test_a_file_that_is_no_text_is_named(page):
    with pytest.raises(LiterateError) as error:
        from_file(page("Text 梯度".encode("gb18030")))
    assert str(error.value) == (
        "docs/page.md: this file is not UTF-8: "
        "'utf-8' codec can't decode byte 0xcc in position 5: invalid continuation byte"
    )
