"""A notebook, read as a page."""

from __future__ import annotations

import json

import pytest
from markdown import Markdown

from linreg.literate import pages
from linreg.literate.errors import LiterateError
from linreg.literate.fences import parse
from linreg.literate.notebook import to_lines
from linreg.literate.pages import Options
from linreg.literate.source import Source, from_file, locate

from .test_source import in_mkdocs


def text(source, **more):
    return {"cell_type": "markdown", "metadata": {}, "source": source, **more}


def code(source, metadata=None, **more):
    return {"cell_type": "code", "metadata": metadata or {}, "source": source, **more}


def blocks(*cells):
    """The sessions of a notebook, each with the code of its blocks."""
    lines, _ = to_lines({"cells": cells})
    sessions = parse(lines, Source("lab.ipynb")).sessions
    return [[block.code for block in session.blocks] for session in sessions]


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """Write a notebook into the current folder."""
    monkeypatch.chdir(tmp_path)

    def write(*cells):
        path = tmp_path / "lab.ipynb"
        path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
        return path

    return write


def error_of(path):
    with pytest.raises(LiterateError) as error:
        pages.run_pages([path], Options())
    return str(error.value)


def test_the_code_of_all_cells_is_one_session():
    assert blocks(text("# A"), code("x = 1"), text("## B"), code(["x\n", "y"])) == [
        ["x = 1\n", "x\ny\n"]
    ]


def test_text_stays_as_it_is_and_code_becomes_a_fence_with_the_words_for_its_figure():
    figure = {"caption": "A $y$\nthat rises.", "alt": "A line.", "other": 1}
    lines, _ = to_lines({"cells": [text("# A\n\nText."), code("f()", figure), text("*B*")]})
    assert "\n".join(lines) == (
        "# A\n\nText.\n\n```python\nf()\n```\n<!-- caption: A $y$ that rises. -->\n"
        "<!-- alt: A line. -->\n\n*B*\n"
    )


@pytest.mark.parametrize("source", ["", "\n", []])
def test_a_cell_without_code_is_left_out(source):
    assert blocks(code(source), code("x")) == [["x\n"]]


def test_a_raw_cell_and_outputs_are_left_out():
    raw = {"cell_type": "raw", "metadata": {}, "source": "raw"}
    lines, _ = to_lines({"cells": [raw, code("x", outputs=[{"text": "1"}], execution_count=3)]})
    assert lines == ["```python", "x", "```", ""]


@pytest.mark.parametrize("ticks", ["```", "  ````python", "`````"])
def test_backticks_in_the_code_do_not_end_the_fence(ticks):
    assert blocks(code(f'"""\n{ticks}\n"""')) == [[f'"""\n{ticks}\n"""\n']]


def test_a_page_of_mkdocs_is_the_notebook(lab):
    path = lab(text("# A", id="a"), code("x", id="b"))
    assert locate(in_mkdocs(path), ["# A"]) == from_file(path)[0]


def test_an_error_names_the_cell_and_the_line_in_it(lab):
    path = lab(
        text("# A\n\nText.", id="title"),
        code("def f():\n    raise ValueError('no')", id="make"),
        code("x = 1\n\nf()", id="use"),
    )
    assert error_of(path) == (
        "lab.ipynb, cell 'use', line 3: ValueError: no\n\n"
        "      1 | x = 1\n"
        "      2 | \n"
        ">     3 | f()\n\n"
        "  lab.ipynb, cell 'use', line 3, in <module>\n"
        "  lab.ipynb, cell 'make', line 2, in f"
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (code("1 +", id="a"), "lab.ipynb, cell 'a', line 1: SyntaxError: invalid syntax"),
        (code("1 +"), "lab.ipynb, cell '2', line 1: SyntaxError: invalid syntax"),
        (code("%matplotlib inline", id="a"), "cell 'a', line 1: SyntaxError: invalid syntax"),
        (
            code("import os\nos._exit(3)", id="a"),
            "lab.ipynb, cell 'a': the block ended its process",
        ),
        (text("Text\n\n```python", id="a"), "lab.ipynb, cell 'a', line 3: this fence is never"),
        (text("Text", id="a") | {"source": None}, "lab.ipynb: this is no notebook of version 4"),
    ],
)
def test_what_is_wrong_is_said_with_the_cell(lab, wrong, message):
    assert message in error_of(lab(text("# A"), wrong))


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"cells": [{}]}', '{"cells": 1}'])
def test_what_is_no_notebook_is_said(lab, content):
    path = lab()
    path.write_text(content)
    assert "lab.ipynb: this is no notebook of version 4: " in error_of(path)


def test_a_formula_that_cannot_be_set_names_the_cell(lab):
    path = lab(text("# A", id="title"), text("Text\n\n$\\frac{1$", id="a"))
    lines = from_file(path)[1]
    md = Markdown(extensions=["linreg.literate.formulas"])
    md.treeprocessors.register(in_mkdocs(path).treeprocessors["relpath"], "relpath", 0)
    with pytest.raises(LiterateError, match=r"lab\.ipynb, cell 'a', line 3: "):
        md.convert("\n".join(lines))
