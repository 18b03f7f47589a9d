"""Names of the package in highlighted code lead to the reference, and no others do; the reference
leads to the chapters."""

from __future__ import annotations

import re
from html import unescape

import markdown
import pytest

from book.finish import FinishError, references

KNOWN = frozenset(
    {
        "linreg.sgd",
        "linreg.linreg",
        "linreg.squared_loss",
        "linreg.add_to_class",
        "linreg.check.sgd",
    }
)
EXTENSIONS = ["pymdownx.highlight", "pymdownx.superfences"]


def page(*blocks: str, language: str = "python") -> str:
    text = "\n\n".join(f"```{language}\n{block}\n```" for block in blocks)
    return markdown.markdown(text, extensions=EXTENSIONS)


def linked(*blocks: str, language: str = "python") -> list[list[str]]:
    """What each block links to; its text stays."""
    before = page(*blocks, language=language)
    html = references.link_names(before, "../api/", KNOWN)
    assert without_tags(html) == without_tags(before)
    codes = re.findall(r"<code>(.*?)</code>", html, re.DOTALL)
    return [re.findall(r'<a href="\.\./api/#([\w.]+)">', code) for code in codes]


def without_tags(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


def test_a_link_stands_around_the_name_alone() -> None:
    html = references.link_names(page("import linreg\nlinreg.sgd([w], 0.03, 10)"), "../api/", KNOWN)
    assert '<span class="n">linreg</span><span class="o">.</span>' in html
    assert '<span class="n"><a href="../api/#linreg.sgd">sgd</a></span>' in html


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("from linreg import sgd\nsgd()", ["linreg.sgd"]),
        ("from linreg import sgd as step\nstep()", ["linreg.sgd"]),
        (
            "from linreg import (\n    sgd,\n    squared_loss,\n)",
            ["linreg.sgd", "linreg.squared_loss"],
        ),
        ("from linreg import linreg\nlinreg(X, w, b)", ["linreg.linreg"]),
        ("import linreg as d2l\nd2l.sgd()", ["linreg.sgd"]),
        ("import linreg\nlinreg.check.sgd(f)", ["linreg.check.sgd"]),
        ("from linreg import check\ncheck.sgd(f)", ["linreg.check.sgd"]),
        (
            "from linreg import add_to_class\n@add_to_class(A)\ndef f(): pass",
            ["linreg.add_to_class"],
        ),
        ("import linreg\n@linreg.add_to_class(A)\ndef f(): pass", ["linreg.add_to_class"]),
        ('import linreg\nprint(f"{linreg.sgd}")', ["linreg.sgd"]),
    ],
)
def test_what_comes_from_the_package_is_linked_once(code: str, names: list[str]) -> None:
    assert linked(code) == [names]


@pytest.mark.parametrize(
    "code",
    [
        "sgd()",
        "import torch\ntorch.sgd()",
        "import torch\nfrom torch import sgd\nsgd()",
        "import linreg\nmodel.sgd, linreg.unknown",
        "import linreg\n# linreg.sgd\n'linreg.sgd'",
        "import linreg as d2l\nf(sgd=1)",
        "import linreg\nf(x).linreg.sgd",
    ],
)
def test_what_does_not_come_from_the_package_is_not(code: str) -> None:
    assert linked(code) == [[]]


def test_a_name_holds_for_the_blocks_that_follow() -> None:
    assert linked("from linreg import sgd as step", "step()", "sgd()") == [
        ["linreg.sgd"],
        ["linreg.sgd"],
        [],
    ]


def test_a_readers_own_function_of_the_same_name_is_the_readers() -> None:
    own = "def sgd(params):\n    pass"
    imported = "from linreg import sgd"
    assert linked(imported, own, "sgd()", imported, "sgd()") == [
        ["linreg.sgd"],
        [],
        [],
        ["linreg.sgd"],
        ["linreg.sgd"],
    ]


def test_an_argument_of_the_same_name_counts_only_in_its_block() -> None:
    argument = "def train(sgd):\n    sgd()"
    assert linked("from linreg import sgd", argument, "sgd()")[1:] == [[], ["linreg.sgd"]]


def test_what_is_no_python_stays_as_it_is() -> None:
    assert linked("import linreg", "linreg.sgd(", "$ linreg.sgd") == [[], [], []]
    assert linked("import linreg\nlinreg.sgd", language="text") == [[]]


def test_a_page_that_has_its_links_gets_no_more() -> None:
    html = page("from linreg import sgd\nsgd()")
    once = references.link_names(html, "../api/", KNOWN)
    assert references.link_names(once, "../api/", KNOWN) == once


def test_the_entries_are_read_from_the_reference() -> None:
    html = '<h3 id="linreg.sgd">sgd</h3><h2 id="scratch">x</h2><h3 id="linreg.check.sgd">sgd</h3>'
    assert references.entries(html) == {"linreg.sgd", "linreg.check.sgd"}


CHAPTERS = {"Loss": ("../loss/", "损失函数"), "Classes": ("../classes/", "类")}


def test_the_chapters_that_a_docstring_comes_from_are_linked() -> None:
    html = '<p>Source: chapters "Loss" and "Classes".</p>\n<p>Not "Loss".</p>'
    assert references.link_sources(html, CHAPTERS) == (
        '<p>Source: chapters "<a href="../loss/">损失函数</a>" and '
        '"<a href="../classes/">类</a>".</p>\n<p>Not "Loss".</p>'
    )


def test_a_chapter_is_linked_between_the_quotes_of_type_as_well() -> None:
    html = "<p>Source: chapter “Loss”.</p>"
    assert references.link_sources(html, CHAPTERS) == (
        '<p>Source: chapter “<a href="../loss/">损失函数</a>”.</p>'
    )


def test_a_chapter_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FinishError, match='"Lost"'):
        references.link_sources('<p>Source: chapter "Lost".</p>', CHAPTERS)
