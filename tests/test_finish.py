"""A folder that no site generator has made becomes the site that readers see."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from book.finish import FinishError, finish
from book.sources import Book

SHELL = """\
<!doctype html><html><head>
<meta name="generator" content="{generator}">
<link rel="stylesheet" href="{top}assets/stylesheets/main.1234.min.css">
<link rel="stylesheet" href="{top}assets/site.css">
<link rel="stylesheet" href="{top}assets/book-of-a-plugin.css">
<!--book:material9 <script>early()</script>-->
<!--book:predictions <script>const keys = {{predictions}}</script>-->
</head><body>
<nav><code>a b</code> <h2 id="nav">导航</h2></nav>
<article><!--book:content-->{content}<!--/book:content--></article>
<!--book:steps <script type="application/json">{{steps}}</script>-->
<!--book:progress <p class="chapter-done"></p>-->
<ul><!--book:contents {{contents}}--></ul>
<!--book:notebook <a href="{{notebook}}" download>Notebook</a>-->
<code>pip install <!--book:package {{package}}--></code>
<p><!--book:changed Last changed on {{changed}}.--><!--book:python Run with {{python}}.--></p>
<script id="__config">{{"search": "{top}assets/javascripts/workers/search.99.min.js"}}</script>
</body></html>
"""
CODE = '<div class="highlight"><pre><span></span><code>{}</code></pre></div>'
TOKENS = (
    '<span class="kn">from</span><span class="w"> </span><span class="nn">linreg</span> '
    '<span class="kn">import</span> <span class="n">sgd</span>\n'
    '<span class="n">sgd</span><span class="p">()</span>'
)
CONTENTS = {
    "index.md": '<h1 id="a">A book</h1><p>See <a href="loss/">chapter 1</a>.</p>',
    "loss.md": (
        '<h1 id="loss">损失函数很重要</h1>'
        + CODE.format(TOKENS)
        + '<h2 id="half">一半<a class="headerlink" href="#half">#</a></h2>'
        '<div class="admonition question"><p>Predict</p><ul>\n<li>1</li>\n<li>2</li>\n</ul></div>'
        '<p>So it is: <math data-search-exclude="true"><mfrac><mn>1</mn><mn>2</mn></mfrac></math>'
        "</p>"
    ),
    "api.md": (
        '<h1 id="api">Reference</h1><h2 id="linreg.sgd">sgd</h2><p>Source: chapter "Loss".</p>'
    ),
    "glossary.md": '<h1 id="g">Glossary</h1><p>梯度</p>',
    "lab.ipynb": '<h1 id="lab">Lab</h1>',
    "print.md": "",
}
LAB = {
    "cells": [{"cell_type": "markdown", "id": "t", "metadata": {}, "source": "# Lab"}],
    "metadata": {"title": "Lab", "description": "To try."},
    "nbformat": 4,
    "nbformat_minor": 5,
}
MATERIAL = "mkdocs-1.6.1, mkdocs-material-9.8.1"


def rendered(folder: Path, contents: dict[str, str], generator: str = MATERIAL) -> Path:
    """What a site generator would have made."""
    for source, content in contents.items():
        name = source.partition(".")[0]
        file = folder / ("index.html" if name == "index" else f"{name}/index.html")
        file.parent.mkdir(parents=True, exist_ok=True)
        top = "" if name == "index" else "../"
        file.write_text(SHELL.format(content=content, top=top, generator=generator))
    (folder / "404.html").write_text(SHELL.format(content="", top="/book/zh/", generator=generator))
    (folder / "assets").mkdir(exist_ok=True)
    (folder / "assets" / "site.css").write_text("a{}")
    (folder / "assets" / "book-of-a-plugin.css").write_text("b{}")
    (folder / "sitemap.xml.gz").touch()
    (folder / "search").mkdir(exist_ok=True)
    (folder / "search" / "search_index.json").write_text('{"config": {}, "docs": [1]}')
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def book(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    monkeypatch.setenv("LITERATE_EXECUTE", "0")
    sources = tmp_path / "sources"
    sources.mkdir()
    for name in CONTENTS:
        (sources / name).write_text("# Title\n\n```python\nprint(1)\n```\n")
    (sources / "print.md").unlink()
    (sources / "lab.ipynb").write_text(json.dumps(LAB))
    return Book(
        language="zh",
        title="A book",
        address="https://example.org/book/zh/",
        sources=sources,
        folder="docs/zh",
        cache=cache,
        chapters={"loss.md": 1},
        titles={"loss.md": "损失", "glossary.md": "Glossary"},
        english={"loss.md": "Loss"},
        terms=("损失函数",),
        days={"docs/zh/loss.md": "2026-01-03"},
        words={"loss/#half": ["why a half"]},
        versions={"python": "3.11.7"},
    )


def page(folder: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((folder / name / "index.html").read_text(), "lxml")


def test_a_language_is_finished(tmp_path: Path, book: Book) -> None:
    folder = rendered(tmp_path / "zh", CONTENTS)
    assert finish(folder, book) == []
    loss = page(folder, "loss")
    assert "<!--" not in (folder / "loss" / "index.html").read_text()
    # Code links, lean markup, the number, words, the prediction
    assert [a["href"] for a in loss.select("pre a")] == ["../api/#linreg.sgd"]
    assert loss.select("pre .p, pre .w") == []
    assert loss.h1["data-chapter"] == "第 1 章"
    assert "损失函数<wbr>很<wbr>重要" in str(loss.h1)
    assert "const keys = [&quot;half&quot;]" in str(loss) or 'const keys = ["half"]' in str(loss)
    assert loss.select_one(".choices")
    assert "data-search-exclude" not in str(loss)
    # Facts
    assert "Last changed on 2026-01-03.Run with 3.11.7." in loss.text
    assert "Last changed" not in page(folder, "glossary").text
    (wheel,) = re.findall(r"pip install (\S+?)\s", loss.text)
    assert re.fullmatch(r"https://example\.org/book/linreg-[\w.]+%2B\w+-py3-none-any\.whl", wheel)
    # What is not the content stays
    assert str(loss.nav) == '<nav><code>a b</code> <h2 id="nav">导航</h2></nav>'


def test_the_reference_leads_back_to_the_chapters(tmp_path: Path, book: Book) -> None:
    folder = rendered(tmp_path / "zh", CONTENTS)
    finish(folder, book)
    link = page(folder, "api").select_one("article p a")
    assert (link["href"], link.text) == ("../loss/", "损失")


def test_the_chapters_and_the_glossary_stand_on_the_page_to_print(
    tmp_path: Path, book: Book
) -> None:
    folder = rendered(tmp_path / "zh", CONTENTS)
    finish(folder, book)
    printed = page(folder, "print")
    assert [s["id"] for s in printed.select("section")] == ["loss", "glossary"]
    assert [a.text for a in printed.select("ul:not(article ul) a")] == [
        "1. 损失",
        "一半",
        "Glossary",
    ]
    assert printed.select_one("#loss h2")["id"] == "loss-half"
    assert not printed.select(".waiting, .choices, .headerlink, script:-soup-contains('keys')")


def test_notebooks_stand_beside_their_pages_and_in_one_zip(tmp_path: Path, book: Book) -> None:
    folder = rendered(tmp_path / "zh", CONTENTS)
    finish(folder, book)
    for name in ("loss", "lab"):
        link = page(folder, name).select_one("a[download]")
        assert link["href"] == f"{name}-zh.ipynb"
        assert json.loads((folder / name / link["href"]).read_text())["nbformat"] == 4
    assert not page(folder, "glossary").select("a[download]")
    with zipfile.ZipFile(folder / "linreg-notebooks-zh.zip") as archive:
        assert [Path(name).name for name in archive.namelist()] == [
            "lab-zh.ipynb",
            "loss-zh.ipynb",
        ]


def test_all_pages_name_one_style_sheet(tmp_path: Path, book: Book) -> None:
    folder = rendered(tmp_path / "zh", CONTENTS)
    finish(folder, book)
    assert (folder / "assets" / "book.css").read_text() == "a{}b{}"
    links = {
        file.relative_to(folder).as_posix(): re.findall(
            r'stylesheet" href="(.*?)"', file.read_text()
        )[1:]
        for file in folder.rglob("*.html")
    }
    assert links.pop("404.html") == ["/book/zh/assets/book.css"]
    assert links.pop("index.html") == ["assets/book.css"]
    assert set(map(tuple, links.values())) == {("../assets/book.css",)}


def test_what_there_is_to_do_is_told_on_the_first_page_and_asked_for_in_chapters(
    tmp_path: Path, book: Book
) -> None:
    solved = CONTENTS["loss.md"] + '<details class="success"><p>Two.</p></details>'
    folder = rendered(tmp_path / "zh", CONTENTS | {"loss.md": solved})
    finish(folder, book)
    told = page(folder, "").select_one('script[type="application/json"]')
    assert json.loads(told.text) == {"loss": [1, 1]}
    asked = [
        name
        for name in ("", "loss", "glossary", "api")
        if page(folder, name).select("p.chapter-done")
    ]
    assert asked == ["loss"]


def test_our_scripts_are_small_and_few(tmp_path: Path, book: Book) -> None:
    folder = rendered(tmp_path / "zh", CONTENTS)
    for name in ("site", "predictions", "progress", "theirs"):
        (folder / "assets" / f"{name}.js").write_text(f"// note\n{name} = 1;\n")
    finish(folder, book)
    made = {file.name: file.read_text() for file in folder.glob("assets/*.js")}
    assert made == {
        "site.js": "site=1;\npredictions=1;\nprogress=1;",
        "theirs.js": "// note\ntheirs = 1;\n",
    }


def test_the_font_and_the_card_are_there_and_nothing_that_holds_the_time(
    tmp_path: Path, book: Book
) -> None:
    folder = rendered(tmp_path / "zh", CONTENTS)
    finish(folder, book)
    assert (folder / "assets" / "card.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "assets/fonts/stix-two-math.woff2").read_bytes().startswith(b"wOF2")
    assert not (folder / "sitemap.xml.gz").exists()


def test_below_a_front_page_nothing_is_there_twice(tmp_path: Path, book: Book) -> None:
    folder = rendered(tmp_path / "zh", CONTENTS)
    (folder / "assets" / "site.css").write_text(
        'a{src: url("fonts/a.woff2")} b{c: url(img/d.svg) url(#e) url("data:image/png;base64,A/B")}'
    )
    (folder / "assets" / "stylesheets").mkdir()
    (folder / "assets" / "stylesheets" / "main.1234.min.css").touch()
    (folder / "assets" / "search.js").touch()
    finish(folder, replace(book, below=True))
    assert not (folder / "assets" / "stylesheets").exists()
    assert not (folder / "assets" / "fonts").exists()
    assert (folder / "assets" / "search.js").exists()  # it looks for the sections beside it
    sheet = (folder / "assets" / "book.css").read_text()
    assert sheet == (
        'a{src:url("../../assets/fonts/a.woff2")}'
        'b{c:url(../../assets/img/d.svg) url(#e) url("data:image/png;base64,A/B")}b{}'
    )
    links = {
        name: re.findall(r'stylesheet" href="(.*?)"', (folder / name).read_text())
        for name in ("index.html", "loss/index.html", "404.html")
    }
    assert links == {
        "index.html": ["../assets/stylesheets/main.1234.min.css", "assets/book.css"],
        "loss/index.html": ["../../assets/stylesheets/main.1234.min.css", "../assets/book.css"],
        "404.html": ["/book/assets/stylesheets/main.1234.min.css", "/book/zh/assets/book.css"],
    }
    assert '"search": "../assets/search.js"' in (folder / "loss" / "index.html").read_text()


def test_the_worker_of_another_theme_is_found_above_as_well(tmp_path: Path, book: Book) -> None:
    folder = rendered(tmp_path / "zh", CONTENTS, "zensical-0.0.73")
    finish(folder, replace(book, below=True))
    html = (folder / "loss" / "index.html").read_text()
    assert '"search": "../../assets/javascripts/workers/search.99.min.js"' in html


def test_the_search_finds_the_sections_by_what_readers_call_them(
    tmp_path: Path, book: Book
) -> None:
    folder = rendered(tmp_path / "zh", CONTENTS)
    finish(folder, book)
    found = json.loads((folder / "search" / "sections.json").read_text())["docs"]
    by_place = {section["location"]: section for section in found}
    assert set(by_place) == {
        "",
        "loss/",
        "loss/#half",
        "api/",
        "api/#linreg.sgd",
        "glossary/",
        "lab/",
    }
    assert by_place["loss/#half"] == {
        "location": "loss/#half",
        "title": "一半",
        "text": "<p>Predict</p><ul> <li>1</li> <li>2</li> </ul> <p>So it is: </p>",
        "boost": 1.0,
        "also": ["why a half"],
    }
    index = json.loads((folder / "search" / "search_index.json").read_text())
    assert index == {"config": {}, "docs": []}


def test_what_is_wrong_with_the_book_is_told(tmp_path: Path, book: Book) -> None:
    box = '<h2 id="x">X</h2><div class="admonition question"><p>Predict</p></div>'
    folder = rendered(tmp_path / "zh", {**CONTENTS, "loss.md": CONTENTS["loss.md"] + box})
    book.words["loss/#gone"] = ["gone"]
    assert finish(folder, book) == [
        "loss.md: nothing in the section comes after the prediction 'x'",
        "docs/search.yml: there is no section loss/#gone",
    ]
    assert "loss-zh.ipynb" in str(page(folder, "loss"))


def test_another_theme_keeps_its_own_script_and_search(tmp_path: Path, book: Book) -> None:
    made = {"zensical-0.0.73", "mkdocs-1.6.1, mkdocs-material-10.0.0", "mkdocs-material-99"}
    for generator in made:
        folder = rendered(tmp_path / generator / "zh", CONTENTS, generator)
        finish(folder, book)
        html = (folder / "loss" / "index.html").read_text()
        assert "early()" not in html
        assert "assets/javascripts/workers/search.99.min.js" in html
        assert not (folder / "search" / "sections.json").exists()
        assert "<!--" not in html
    folder = rendered(tmp_path / "zh", CONTENTS)
    finish(folder, book)
    html = (folder / "loss" / "index.html").read_text()
    assert "<script>early()</script>" in html
    assert '"search": "../assets/search.js"' in html


def test_finishing_is_the_same_each_time(tmp_path: Path, book: Book) -> None:
    folders = [rendered(tmp_path / name, CONTENTS) for name in ("one", "two")]
    for folder in folders:
        finish(folder, book)
    one, two = (
        {f.relative_to(folder): f.read_bytes() for f in folder.rglob("*") if f.is_file()}
        for folder in folders
    )
    assert one == two


def test_the_front_page_is_finished(tmp_path: Path, cache: Path) -> None:
    sources = tmp_path / "docs"
    sources.mkdir()
    (sources / "index.md").write_text("# A book\n")
    folder = rendered(tmp_path / "site", {"index.md": CODE.format(TOKENS)})
    (folder / "zh").mkdir()
    (folder / "zh" / "index.html").write_text("finished before")
    days = {"docs/index.md": "2026-02-03"}
    address = "https://example.org/book/"
    assert finish(folder, Book("", "A book", address, sources, "docs", cache, days=days)) == []
    html = (folder / "index.html").read_text()
    assert "Last changed on 2026-02-03." in html
    assert '<span class="n">' not in html
    assert (folder / "zh" / "index.html").read_text() == "finished before"


@pytest.mark.parametrize(
    ("source", "content", "said"),
    [
        ("loss.md", None, "loss.md: no page was made of it"),
        ("lab.ipynb", None, "lab.ipynb: no page was made of it"),
        ("print.md", None, "print.md: no page was made of it"),
        ("api.md", '<h1 id="api">Reference</h1>', "api.md: linreg.sgd has no entry (mkdocstrings)"),
        ("glossary.md", "<p>$$x$$</p>", "glossary.md: it has no formulas"),
        ("loss.md", "<p>No outputs</p>", "loss.md: not all outputs of its code are there"),
    ],
)
def test_a_generator_that_has_left_something_out_ends_the_build(
    tmp_path: Path,
    book: Book,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    content: str | None,
    said: str,
) -> None:
    monkeypatch.delenv("LITERATE_EXECUTE")
    for name in ("index.md", "glossary.md"):
        (book.sources / name).write_text("# Words\n")
    (book.sources / "api.md").write_text("# Reference\n\n::: linreg.sgd\n")
    with (book.sources / "glossary.md").open("a") as file:
        file.write("\n$$\nx\n$$\n")
    output = '<div class="literate-output"><pre>1</pre></div>'
    good = {
        **CONTENTS,
        "loss.md": CONTENTS["loss.md"] + output,
        "glossary.md": "<h1>Words</h1><math></math>",
    }
    changed = {**good, source: content}
    folder = rendered(tmp_path / "zh", {k: v for k, v in changed.items() if v is not None})
    with pytest.raises(FinishError, match=re.escape(said)):
        finish(folder, book)
    shutil.rmtree(folder)
    finish(rendered(folder, good), book)


def test_a_theme_without_marks_ends_the_build(tmp_path: Path, book: Book) -> None:
    folder = rendered(tmp_path / "zh", CONTENTS)
    html = (folder / "loss" / "index.html").read_text()
    (folder / "loss" / "index.html").write_text(html.replace("<!--/book:content-->", ""))
    with pytest.raises(FinishError, match=r"loss/index\.html: there is no mark around"):
        finish(folder, book)


def test_pages_that_name_other_sheets_end_the_build(tmp_path: Path, book: Book) -> None:
    folder = rendered(tmp_path / "zh", CONTENTS)
    html = (folder / "loss" / "index.html").read_text()
    (folder / "loss" / "index.html").write_text(html.replace("assets/site.css", "assets/other.css"))
    with pytest.raises(FinishError, match="other style sheets"):
        finish(folder, book)
