"""Markdown in, HTML out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from textwrap import dedent

import markdown
import pytest

from linreg.literate import LiterateError, LiterateExtension, run_pages, runner

FENCE = "```python\n{}\n```\n"
CONT = "\n<!--pytest-codeblocks:cont-->\n"


def clean(text: str) -> str:
    return dedent(text).strip()


# ---- with processes ----


@pytest.fixture(scope="module")
def page():
    """A page with something of everything, as it is converted first."""
    text = dedent(
        """\
        # A page

        Text before.
        ```python
        x = 6
        print("<b>", x)
        ```

        !!! note

            It goes on.

            <!--pytest-codeblocks:cont-->
            ```python
            class Table:
                def _repr_html_(self):
                    return "<table><tr><td>*7*</td></tr></table>"

            print(x * 7)
            Table()
            ```

        <!--pytest-codeblocks:cont-->
        ```python
        import matplotlib.pyplot as plt

        plt.plot([1, 2])
        plt.show()
        plt.plot([3, 4]);
        ```

        <!-- caption: A *line* upwards. -->
        <!-- alt: a line from 1 to 2 -->
        <!-- caption: Another. -->
        <!-- alt: a line from 3 to 4 -->

        1. A session of its own

            ```python
            "x" in globals()
            ```

        ```py
        print("shown, and never run"
        ```
        """
    )
    return text, convert_alone(text)


def convert_alone(text, **options):
    return markdown.markdown(
        text,
        extensions=["admonition", "pymdownx.highlight", "pymdownx.superfences", "linreg.literate"],
        extension_configs={
            "pymdownx.highlight": {"use_pygments": False},
            "linreg.literate": {"cache": "", **options},
        },
    )


def test_a_page_shows_what_its_blocks_give(page):
    _, html = page
    drawings = re.findall(r"<svg .*?</svg>", html)
    for i, drawing in enumerate(drawings):
        html = html.replace(drawing, f"[drawing {i}]")
    assert html == clean(
        """
        <h1>A page</h1>
        <p>Text before.</p>
        <pre class="highlight"><code class="language-python">x = 6
        print("&lt;b&gt;", x)</code></pre>
        <div class="literate-output">
        <pre class="literate-text literate-stdout">&lt;b&gt; 6</pre>
        </div>
        <div class="admonition note">
        <p class="admonition-title">Note</p>
        <p>It goes on.</p>
        <pre class="highlight"><code class="language-python">class Table:
            def _repr_html_(self):
                return "&lt;table&gt;&lt;tr&gt;&lt;td&gt;*7*&lt;/td&gt;&lt;/tr&gt;&lt;/table&gt;"

        print(x * 7)
        Table()</code></pre>
        <div class="literate-output">
        <pre class="literate-text literate-stdout">42</pre>
        <div class="literate-html"><table><tr><td>*7*</td></tr></table></div>
        </div>
        </div>
        <pre class="highlight"><code class="language-python">import matplotlib.pyplot as plt

        plt.plot([1, 2])
        plt.show()
        plt.plot([3, 4]);</code></pre>
        <div class="literate-output">
        <figure class="literate-figure">
        <div class="literate-drawing">[drawing 0]</div>
        <figcaption>A <em>line</em> upwards.</figcaption>
        </figure>
        <figure class="literate-figure">
        <div class="literate-drawing">[drawing 1]</div>
        <figcaption>Another.</figcaption>
        </figure>
        </div>
        <ol>
        <li>
        <p>A session of its own</p>
        <pre class="highlight"><code class="language-python">"x" in globals()</code></pre>
        <div class="literate-output">
        <pre class="literate-text literate-value">False</pre>
        </div>
        </li>
        </ol>
        <pre class="highlight"><code class="language-py">print("shown, and never run"</code></pre>
        """
    )
    assert [re.match(r'<svg role="img" aria-label="([^"]*)"', d)[1] for d in drawings] == [
        "a line from 1 to 2",
        "a line from 3 to 4",
    ]


def test_ids_are_unique_on_a_page(page):
    ids = re.findall(r'\sid="([^"]+)"', page[1])
    assert len(ids) > 20
    assert len(ids) == len(set(ids))


def test_ids_are_unique_over_the_blocks_of_a_page(convert, monkeypatch):
    figure = {"kind": "svg", "stream": "value", "data": '<svg><g id="a"/></svg>'}

    def draw(sessions, _, done, *__):
        for number, codes in enumerate(sessions):
            done(number, [[figure, figure] for _ in codes], None)

    monkeypatch.setattr(runner, "run_sessions", draw)
    html = convert(FENCE.format("1") + CONT + FENCE.format("2") + "\n" + FENCE.format("3"))
    assert re.findall(r'id="([^"]+)"', html) == [f"f{i}-a" for i in range(1, 7)]


def test_the_same_bytes_from_another_folder_and_from_the_cache(page, tmp_path, monkeypatch):
    text, html = page
    monkeypatch.chdir(tmp_path)
    assert convert_alone(text, cache="kept") == html
    kept = {path: path.read_bytes() for path in (tmp_path / "kept").iterdir()}
    assert len(kept) == 2 * 2  # two sessions: what each has read, and what it gave
    monkeypatch.setattr(runner, "run_sessions", lambda *_: None)  # nothing can be run now
    assert convert_alone(text, cache="kept") == html
    assert {path: path.read_bytes() for path in (tmp_path / "kept").iterdir()} == kept


def test_an_error_in_a_package_shows_the_way_to_it(convert):
    with pytest.raises(LiterateError) as error:
        convert(
            FENCE.format("import json\n\ndef read(text):\n    return json.loads(text)")
            + CONT
            + FENCE.format("text = '{'\nread(text)"),
            file="page.md",
        )
    shown = re.sub(r"(json/\w+\.py):\d+", r"\1:…", str(error.value))
    assert shown == clean(
        """
        page.md:11: json.decoder.JSONDecodeError: Expecting property name enclosed in double """
        """quotes: line 1 column 2 (char 1)

             10 | text = '{'
        >    11 | read(text)

          page.md:11, in <module>
          page.md:5, in read
          json/__init__.py:…, in loads
          json/decoder.py:…, in decode
          json/decoder.py:…, in raw_decode
        """
    )


def test_an_error_deep_in_linreg_shows_the_way_to_it(convert):
    with pytest.raises(LiterateError) as error:
        convert(
            FENCE.format(
                "import linreg\n\ndata = linreg.SyntheticRegressionData([2, -3.4], 4.2)\n"
                "model = linreg.LinearRegressionScratch(2, lr=1e9)"
            )
            + CONT
            + FENCE.format("linreg.Trainer(3).fit(model, data)"),
            file="page.md",
        )
    message, _, below = str(error.value).partition("\n")
    assert message.startswith("page.md:10: FloatingPointError: the loss became inf in epoch 1, ")
    assert re.sub(r"(linreg/[\w/]+\.py):\d+", r"\1:…", below) == (
        "\n>    10 | linreg.Trainer(3).fit(model, data)\n\n"
        "  page.md:10, in <module>\n"
        "  linreg/trainer.py:…, in fit\n"
        "  linreg/trainer.py:…, in _fit\n"
        "  linreg/watch/__init__.py:…, in epoch\n"
        "  linreg/trainer.py:…, in fit_epoch\n"
        "  linreg/watch/__init__.py:…, in check\n"
        "  linreg/watch/losses.py:…, in check"
    )


def test_sessions_in_another_order_give_the_same(convert):
    one = FENCE.format("import random\nprint(random.random(), {'a', 'b', 'c'})\nrandom.seed(1)")
    two = FENCE.format("import random\nrandom.seed(2)\nprint(random.random(), {'c', 'a', 'b'})")
    first = convert(f"{one}\n***\n\n{two}").split("\n<hr />\n")
    assert first == convert(f"{two}\n***\n\n{one}").split("\n<hr />\n")[::-1]
    assert first[0] != first[1]


# ---- where an output may stand ----


CODE = '<pre class="highlight"><code class="language-python">{0}</code></pre>'
OUT = '<div class="literate-output">\n<pre class="literate-text literate-stdout">{0}</pre>\n</div>'
BLOCK = f"{CODE}\n{OUT}"
X, Y = BLOCK.format("x"), BLOCK.format("y")

PLACES = {
    "between paragraphs": (
        "Text\n```python\nx\n```\nMore *text*",
        f"<p>Text</p>\n{X}\n<p>More <em>text</em></p>",
    ),
    "first and last": ("```python\nx\n```", X),
    "in an admonition": (
        "!!! note\n\n    ```python\n    x\n    ```\n\n    More",
        '<div class="admonition note">\n<p class="admonition-title">Note</p>\n'
        f"{X}\n<p>More</p>\n</div>",
    ),
    "in an admonition without empty lines": (
        "!!! note\n    ```python\n    x\n    ```\n    More",
        '<div class="admonition note">\n<p class="admonition-title">Note</p>\n'
        f"{X}\n<p>More</p>\n</div>",
    ),
    "in a collapsible block": (
        '??? success "Solution"\n    ```python\n    x\n    ```',
        f'<details class="success">\n<summary>Solution</summary>\n{X}\n</details>',
    ),
    "in a list": (
        "1. One\n\n    ```python\n    x\n    ```\n\n2. Two\n    ```python\n    y\n    ```",
        f"<ol>\n<li>\n<p>One</p>\n{X}\n</li>\n<li>\n<p>Two</p>\n{Y}\n</li>\n</ol>",
    ),
    "in a list in a list": (
        "- One\n\n    - Two\n\n        ```python\n        x\n        ```\n\n- Three",
        "<ul>\n<li>\n<p>One</p>\n<ul>\n<li>\n<p>Two</p>\n"
        f"{X}\n</li>\n</ul>\n</li>\n<li>\n<p>Three</p>\n</li>\n</ul>",
    ),
    "in a box in a list in a box": (
        "!!! note\n\n    - item\n\n        ??? tip\n\n            ```python\n            x\n"
        "            ```",
        '<div class="admonition note">\n<p class="admonition-title">Note</p>\n<ul>\n<li>\n'
        '<p>item</p>\n<details class="tip">\n<summary>Tip</summary>\n'
        f"{X}\n</details>\n</li>\n</ul>\n</div>",
    ),
    "in a footnote": (
        "A[^1].\n\n[^1]: Note\n\n    ```python\n    x\n    ```\n\n    More",
        '<p>A<sup id="fnref:1"><a class="footnote-ref" href="#fn:1">1</a></sup>.</p>\n'
        f'<div class="footnote">\n<hr />\n<ol>\n<li id="fn:1">\n<p>Note</p>\n{X}\n'
        '<p>More&#160;<a class="footnote-backref" href="#fnref:1" title="Jump back to footnote 1 '
        'in the text">&#8617;</a></p>\n</li>\n</ol>\n</div>',
    ),
    "in a definition": (
        "Term\n:   Text\n\n    ```python\n    x\n    ```",
        f"<dl>\n<dt>Term</dt>\n<dd>\n<p>Text</p>\n{X}\n</dd>\n</dl>",
    ),
    "in HTML that holds Markdown": (
        "<div markdown>\n\n```python\nx\n```\n\n</div>",
        f"<div>\n{X}\n</div>",
    ),
    "after three empty lines": (
        "Text\n\n\n\n```python\nx\n```\n\n\n\nMore",
        f"<p>Text</p>\n{X}\n<p>More</p>",
    ),
    "with tabs and Windows line ends": (
        "!!! note\r\n\r\n\t```python\r\n\tx\r\n\t```\r\n\r\nMore\r\n",
        '<div class="admonition note">\n<p class="admonition-title">Note</p>\n'
        f"{X}\n</div>\n<p>More</p>",
    ),
}

BOXES = ["admonition", "pymdownx.details", "footnotes", "def_list", "md_in_html", "tables", "abbr"]


@pytest.mark.parametrize("place", PLACES)
def test_an_output_follows_its_block(ran, convert, place):
    text, html = PLACES[place]
    assert convert(text, *BOXES) == html


def test_an_output_stands_in_its_tab(ran, convert):
    html = convert(
        '=== "A"\n\n    ```python\n    x\n    ```\n\n=== "B"\n\n    ```python\n    y\n    ```',
        "pymdownx.tabbed",
    )
    assert html.endswith(
        f'<div class="tabbed-content">\n{X}\n</div>\n'
        '<input id="__tabbed_1_2" name="__tabbed_1" type="radio" />'
        f'<label for="__tabbed_1_2">B</label><div class="tabbed-content">\n{Y}\n</div>\n</div>'
    )


def test_an_output_stands_in_a_block_of_the_new_syntax(ran, convert):
    html = convert(
        "/// details | Title\n\n```python\nx\n```\n\n///\n\nMore", "pymdownx.blocks.details"
    )
    assert html == f"<details>\n<summary>Title</summary>\n{X}\n</details>\n<p>More</p>"


def test_the_markers_are_not_shown(ran, convert):
    html = convert(FENCE.format("x") + CONT + FENCE.format("y"))
    assert html == f"{X}\n{Y}"
    assert ran.ran == [["x\n", "y\n"]]


def test_an_expected_output_is_shown_once_as_it_is_printed(ran, convert):
    expected = "\n<!--pytest-codeblocks:expected-output-->\n```text\nx\n```\n\nMore"
    assert convert(FENCE.format("x") + expected) == f"{X}\n<p>More</p>"


def test_fences_alone_are_enough_of_an_extension(ran):
    html = markdown.markdown(
        FENCE.format("x"),
        extensions=["fenced_code", "linreg.literate"],
        extension_configs={"linreg.literate": {"cache": ""}},
    )
    assert html == f'<pre><code class="language-python">x\n</code></pre>\n{OUT.format("x")}'


def test_a_converter_can_be_used_again(ran):
    md = markdown.Markdown(extensions=["pymdownx.superfences", LiterateExtension(cache="")])
    first = md.reset().convert(FENCE.format("x"))
    assert md.reset().convert(FENCE.format("y")).count("literate-output") == 1
    assert md.reset().convert("Text") == "<p>Text</p>"
    assert md.reset().convert(FENCE.format("x")) == first


def test_a_converter_can_be_used_again_after_an_error(ran):
    md = markdown.Markdown(extensions=["pymdownx.superfences", LiterateExtension(cache="")])
    with pytest.raises(LiterateError):
        md.convert("<div>\n" + FENCE.format("x") + "</div>")
    assert md.reset().convert("Text") == "<p>Text</p>"


def test_the_words_of_the_engine_are_in_the_language(ran, convert, monkeypatch):
    long = FENCE.format("x\n" * 50)
    assert "<summary>Show all 50 lines</summary>" in convert(long)
    assert "<summary>展开全部 50 行</summary>" in convert(long, language="zh")
    monkeypatch.setenv("LITERATE_EXECUTE", "0")
    assert "未运行" in convert(long, language="zh")


def test_nothing_is_run_with_execution_off(ran, convert, monkeypatch):
    monkeypatch.setenv("LITERATE_EXECUTE", "0")
    html = convert(FENCE.format("x") + CONT + FENCE.format("syntax error") + "<!-- caption: c -->")
    assert html == (
        f"{CODE.format('x')}\n"
        '<p class="literate-off">Not run: this page was built with execution switched off.</p>\n'
        f"{CODE.format('syntax error')}"
    )
    assert ran.ran == []


def test_what_fences_may_be_is_checked_with_execution_off(ran, convert, monkeypatch):
    monkeypatch.setenv("LITERATE_EXECUTE", "0")
    with pytest.raises(LiterateError, match="never closed"):
        convert("```python\nx")
    with pytest.raises(LiterateError, match="no place"):
        convert("Text\n\n    ```python\n    x\n    ```")


# ---- errors ----

NO_PLACE = (
    "page.md:{}: this block has no place on the page; a fence is indented by four spaces for each "
    "list or box that it stands in, and does not stand inside raw HTML or a comment"
)
NO_FENCE = (
    "page.md:{}: the page does not take this line for the start of a fence; pymdownx.superfences "
    "must be on, and know what follows the language"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Text\n\n    ```python\n    x\n    ```", NO_PLACE.format(3)),
        ("<div>\n\n```python\nx\n```\n\n</div>", NO_PLACE.format(3)),
        ("<!--\n```python\nx\n```\n-->", NO_PLACE.format(2)),
        ("- One\n\n  ```python\n  x\n  ```", NO_PLACE.format(3)),
        ("```python\nx\n```\n\n<pre>\n```python\ny\n```\n</pre>", NO_PLACE.format(6)),
        ("```text with more\nx\n```\n\n```python\ny\n```", NO_FENCE.format(1)),
        ('Text\n\n``` text title="x" y=1\nx\n```\n', NO_FENCE.format(3)),
        (
            "```python\nx\n```\n<!-- caption: No figure. -->",
            "page.md:1: this block has more captions (1) than figures (0)",
        ),
    ],
)
def test_a_page_that_would_be_wrong_is_an_error(ran, convert, text, message):
    with pytest.raises(LiterateError) as error:
        convert(text, file="page.md")
    assert str(error.value) == message


def test_a_page_without_an_extension_for_fences_is_an_error(ran):
    with pytest.raises(LiterateError) as error:
        markdown.markdown(
            FENCE.format("x"), extensions=[LiterateExtension(cache="", file="page.md")]
        )
    assert str(error.value) == NO_FENCE.format(1)


def test_fences_that_are_hidden_from_the_engine_are_an_error(ran):
    with pytest.raises(LiterateError) as error:
        markdown.markdown(
            FENCE.format("x"),
            extensions=["pymdownx.superfences", LiterateExtension(cache="")],
            extension_configs={"pymdownx.superfences": {"preserve_tabs": True}},
        )
    assert str(error.value) == (
        "linreg.literate does not see the fences before pymdownx.superfences does: its option "
        "preserve_tabs must be off"
    )


def test_text_without_a_file_is_called_so(ran, convert):
    with pytest.raises(LiterateError) as error:
        convert("```python\nx")
    assert str(error.value) == "<markdown>:1: this fence is never closed"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"second": 3},
            "linreg.literate has no option 'second'; it has cache, characters, combinations, "
            "environment, figure_size, figures, file, folder, fonts, language, memory, packages, "
            "preload, seconds",
        ),
        ({"cache": 3}, "linreg.literate: cache is 3; it must be the path of a folder, or empty"),
        (
            {"environment": "MKL_*"},
            "linreg.literate: environment is 'MKL_*'; it must be a list of names",
        ),
        (
            {"environment": [3]},
            "linreg.literate: environment is [3]; it must be a list of names",
        ),
        (
            {"characters": 0},
            "linreg.literate: characters is 0; it must be a whole number above 0",
        ),
        (
            {"characters": 1.5},
            "linreg.literate: characters is 1.5; it must be a whole number above 0",
        ),
        (
            {"figures": True},
            "linreg.literate: figures is True; it must be a whole number above 0",
        ),
        (
            {"figure_size": 0},
            "linreg.literate: figure_size is 0; it must be a number of megabytes above 0",
        ),
        ({"file": 3}, "linreg.literate: file is 3; it must be text"),
        ({"folder": 3}, "linreg.literate: folder is 3; it must be the path of a folder, or empty"),
        (
            {"folder": "none"},
            "linreg.literate: folder is 'none'; it must be the path of a folder that is there",
        ),
        ({"language": "fr"}, "linreg.literate: language is 'fr'; it must be one of en, zh"),
        ({"language": ["zh"]}, "linreg.literate: language is ['zh']; it must be one of en, zh"),
        (
            {"memory": -1},
            "linreg.literate: memory is -1; it must be a number of megabytes, or 0 for any",
        ),
        (
            {"memory": "1 GB"},
            "linreg.literate: memory is '1 GB'; it must be a number of megabytes, or 0 for any",
        ),
        ({"packages": "json"}, "linreg.literate: packages is 'json'; it must be a list of names"),
        (
            {"packages": ["json", "no_such_package"]},
            "linreg.literate: packages is ['json', 'no_such_package']; it must be names that can "
            "be imported",
        ),
        (
            {"packages": [3]},
            "linreg.literate: packages is [3]; it must be names that can be imported",
        ),
        ({"fonts": "a.otf"}, "linreg.literate: fonts is 'a.otf'; it must be a list of files"),
        *(
            (
                {"fonts": [font]},
                f"linreg.literate: fonts is [{font!r}]; it must be fonts that are there: files, or "
                "a package and a file in it, as a/b.otf",
            )
            for font in (
                "none.otf",
                "no_such_package/a.otf",
                "matplotlib/py.typed",
                "",
                3,
                __file__,
            )
        ),
        ({"preload": "json"}, "linreg.literate: preload is 'json'; it must be a list of names"),
        *(
            (
                {"preload": [name]},
                f"linreg.literate: preload is [{name!r}]; it must be names that can be imported",
            )
            for name in ("no_such_package", "no_such_package.module", "", 3)
        ),
        ({"seconds": 0}, "linreg.literate: seconds is 0; it must be a number above 0"),
        ({"seconds": "60"}, "linreg.literate: seconds is '60'; it must be a number above 0"),
        ({"seconds": True}, "linreg.literate: seconds is True; it must be a number above 0"),
        ({"seconds": None}, "linreg.literate: seconds is None; it must be a number above 0"),
        (
            {"seconds": float("inf")},
            "linreg.literate: seconds is inf; it must be a number above 0",
        ),
        (
            {"seconds": float("nan")},
            "linreg.literate: seconds is nan; it must be a number above 0",
        ),
    ],
)
def test_a_wrong_option_is_named(ran, convert, options, message):
    with pytest.raises(LiterateError) as error:
        convert("Text", **options)
    assert str(error.value) == message


def test_the_limits_reach_the_runner(convert, monkeypatch):
    limits = []

    def look(_, given, done, *__):
        limits.append(given)
        done(0, [[]], None)

    monkeypatch.setattr(runner, "run_sessions", look)
    convert(FENCE.format("x"), seconds=2, memory=1.5, characters=3, figures=4, figure_size=0.5)
    convert(FENCE.format("x"))
    assert limits == [
        runner.Limits(seconds=2.0, memory=1_500_000, characters=3, figures=4, figure_size=500_000),
        runner.Limits(seconds=60.0, memory=None),
    ]


# ---- several pages ahead of their conversion ----


def test_pages_run_ahead_are_found_when_they_are_converted(ran, convert, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    texts = {name: FENCE.format(name) + "\tTab\n\x0c\n" for name in ("a", "b")}
    for name, text in texts.items():
        (tmp_path / f"{name}.md").write_text(f"---\ntitle: x\n---\n\n{text}")
    run_pages(sorted(tmp_path.glob("*.md")), cache="kept")
    assert ran.ran == [["a\n"], ["b\n"]]
    for name, text in texts.items():
        assert BLOCK.format(name) in convert(text, cache="kept")
    assert len(ran.ran) == 2


def test_no_page_is_run_ahead_with_execution_off(ran, tmp_path, monkeypatch):
    monkeypatch.setenv("LITERATE_EXECUTE", "0")
    (tmp_path / "a.md").write_text(FENCE.format("x"))
    run_pages([tmp_path / "a.md"], cache=os.fspath(tmp_path / "kept"))
    assert ran.ran == []


def test_an_error_of_pages_run_ahead_is_one_of_mkdocs_too(ran, tmp_path):
    from mkdocs.exceptions import PluginError

    (tmp_path / "a.md").write_text("```python\nx")
    with pytest.raises(LiterateError, match=r"a\.md:1: this fence is never closed") as error:
        run_pages([tmp_path / "a.md"], cache="")
    assert isinstance(error.value, PluginError)


# ---- what stands otherwise on the page than in the file, or is no text there ----


def test_code_is_run_and_shown_with_its_tabs(ran, convert):
    html = convert(
        '!!! note\n\t```python\n\tx = "a\tb"\n\t```\n\n```python\nif x:\n\ty\n```', *BOXES
    )
    assert ran.ran == [['x = "a\tb"\n'], ["if x:\n\ty\n"]]
    assert '<code class="language-python">x = "a\tb"</code>' in html
    assert '<code class="language-python">if x:\n\ty</code>' in html


def test_code_has_its_tabs_below_front_matter_too(ran, convert):
    convert("title: x\n\n```python\nx = '\t'\n```", "meta")
    assert ran.ran == [["x = '\t'\n"]]


def test_every_mistake_of_a_page_is_told_at_once(ran, convert):
    lost = FENCE.format("x") + "<!-- caption: No figure. -->\n"
    with pytest.raises(LiterateError) as error:
        convert(lost + "\n" + FENCE.format("y") + "\n" + lost, file="page.md")
    assert [line.split(": ")[0] for line in str(error.value).split("\n")] == [
        "page.md:1",
        "page.md:10",
    ]
    with pytest.raises(LiterateError) as error:
        convert("<div>\n" + FENCE.format("x") + "\n" + FENCE.format("y") + "</div>", file="page.md")
    assert [line.split(": ")[0] for line in str(error.value).split("\n")] == [
        "page.md:2",
        "page.md:6",
    ]
    with pytest.raises(LiterateError) as error:
        convert("```text a\nx\n```\n\n~~~text b\nx\n~~~", file="page.md")
    assert [line.split(": ")[0] for line in str(error.value).split("\n")] == [
        "page.md:1",
        "page.md:5",
    ]


def test_nothing_is_shown_of_a_bar_that_leaves_nothing(convert):
    code = "import sys\nprint('\\r10%', end='')\nprint('\\r   \\r', end='')"
    assert "literate-output" not in convert(FENCE.format(code))


SNIPPETS = {
    "docs/ok.py": "y = 2\nz = y / 0\n",
    "docs/part.md": "Some text.\n\n```python\nfrom_part = 1\n```\n",
    "docs/index.md": (
        '---\ntitle: x\n---\n# One\n\n--8<-- "part.md"\n\n<!--pytest-codeblocks:cont-->\n'
        '```python\nw = from_part\n--8<-- "ok.py"\nx = 3\n```\n\n```python\na = 1\nnope\n```\n'
    ),
    "hook.py": (
        "from pathlib import Path\nfrom linreg.literate import run_pages\n"
        "def on_pre_build(config):\n"
        "    run_pages(Path(config.docs_dir).rglob('*.md'), "
        "**config.mdx_configs['linreg.literate'])\n"
        "def on_page_markdown(markdown, **_):\n    return f'First\\n\\n{markdown}\\n\\nLast'\n"
    ),
    "mkdocs.yml": (
        "site_name: x\ntheme: readthedocs\nhooks: [hook.py]\nmarkdown_extensions:\n"
        "  - pymdownx.superfences\n  - pymdownx.snippets:\n      base_path: [docs]\n"
        "  - linreg.literate:\n      cache: kept\n"
    ),
}


@pytest.fixture
def site(tmp_path):
    """A site whose page has parts of other files, and two lines more from a hook."""
    for name, text in SNIPPETS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    def build():
        return subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "--strict"],
            cwd=tmp_path,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
            capture_output=True,
            text=True,
        )

    return tmp_path / "docs", build


def test_an_error_has_the_line_of_the_file_whatever_was_put_in(site):
    docs, build = site
    said = build().stderr
    assert "docs/index.md:17: NameError: name 'nope' is not defined" in said
    assert "docs/index.md, in the block of line 9: ZeroDivisionError: division by zero\n\n" in said
    assert "     10 | w = from_part\n        | y = 2\n>       | z = y / 0\n" in said
    (docs / "ok.py").write_text("y = 2")
    (docs / "index.md").write_text((docs / "index.md").read_text().replace("nope", "a"))
    done = build()
    assert done.returncode == 0, done.stderr
