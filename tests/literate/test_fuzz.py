"""Documents at random: each gives a page with every output in place, or an error with its line."""

from __future__ import annotations

import itertools
import random
import re
from contextlib import suppress
from textwrap import indent
from unittest.mock import patch

import markdown
from hypothesis import given, settings
from hypothesis import strategies as st

from linreg.literate import LiterateError, run_pages, runner

EXTENSIONS = [
    *("admonition", "attr_list", "def_list", "footnotes", "md_in_html", "tables", "toc", "abbr"),
    *("pymdownx.details", "pymdownx.tabbed", "pymdownx.highlight", "pymdownx.superfences"),
    *("linreg.literate.formulas", "linreg.literate"),
]
CONFIGS = {
    "pymdownx.highlight": {"use_pygments": False},
    "pymdownx.tabbed": {"alternate_style": True},
    "linreg.literate": {"cache": ""},
}
FIGURE = '<svg width="9"><g id="a"/><use href="#a"/></svg>'
PRINTED = [
    "<b>&amp;", "*x* $y$ `z` [l](m)", "\x02wzxhzdk:0\x03", "\x02literate:0\x03", "\x1b[31m\x00",
    "梯度\u202e🎈", "a\n\nb", "```python", "\r", "<!-- caption: x -->", "x" * 3000, "</pre></div>",
]  # fmt: skip


class Runner:
    """Gives every block an output that is found again: its number, in one of the three kinds."""

    def __init__(self, some: random.Random) -> None:
        self.some = some
        self.given: list[str] = []

    def __call__(self, sessions, limits, done, *_):
        for number, codes in enumerate(sessions):
            done(number, [self.outputs() for _ in codes], None)

    def outputs(self):
        kind, stream = self.some.choice(
            [("text", "stdout"), ("text", "value"), ("html", "value"), ("svg", "value")]
        )
        mark = f"output-{len(self.given)}-"
        self.given.append(mark)
        data = f"{mark} {self.some.choice(PRINTED)}"
        if kind == "html":
            data = f"<p>{mark}</p>\x02amp\x03"
        if kind == "svg":
            data = FIGURE.replace("<g ", f'<g class="{mark}" ')
        return [{"kind": kind, "stream": stream, "data": data}]


def some_pieces(number: int) -> list[str]:
    """Parts of pages, with blocks in whatever may hold one: hypothesis picks from them."""
    some = random.Random(1)
    infos = ["python"] * 20 + [
        "py",
        "text",
        "",
        "console",
        "Python",
        "python x",
        "{.python}",
        "a b",
    ]
    codes = ["x = 1", "print(1)\n\n\nx", "if x:\n    y", '"""\n\n> 1\n"""', "# 梯度\n1;", "", "1 +"]
    texts = ["Text", "*Text", "$x$", "中文。", "# Title", "---", "[a]: b", "`code", "<i>", "A | B"]
    boxes = [
        "!!! note",
        "??? tip",
        '=== "A"',
        "- item",
        "1. item",
        "[^1]: Note",
        "Term\n\n:   Text",
    ]
    odd = [
        "<div>",
        "</div>",
        "<!--",
        "-->",
        "<pre>",
        "```",
        "~~~",
        "    ",
        "\t",
        "\r",
        "\x00",
        "\x0c",
    ]
    odd += ["> quote", "<!-- caption: c -->", "<!--pytest-codeblocks:cont-->", "<div markdown>"]
    result = []
    for _ in range(number):
        ticks = some.choice(["```"] * 12 + ["````", "~~~"])
        fence = f"{ticks}{some.choice(infos)}\n{some.choice(codes)}\n{ticks}"
        if some.random() < 0.3:
            fence = f"<!--pytest-codeblocks:cont-->\n{fence}"
        if some.random() < 0.2:
            fence += some.choice(["\n<!-- caption: A *c* $x$. -->", "\n\n<!-- alt: <a> -->"])
        for _ in range(some.choice([0, 0, 1, 1, 2])):
            gap = some.choice(["\n\n", "\n\n", "\n"])
            wide = some.choice(["    "] * 8 + ["  ", "\t", "        "])
            fence = f"{some.choice(boxes)}{gap}{indent(fence, wide)}"
        result.append(some.choice(["{}", "\n{}\n", "Text\n{}\nText", "{}\n\n\n"]).format(fence))
        result.append(some.choice(texts))
        if some.random() < 0.1:
            result.append(some.choice(odd))
    return result


PAGES = st.lists(st.sampled_from(some_pieces(300)), max_size=7).map("\n\n".join)


def with_first_lines(text: str, line: str) -> str:
    """The page with a line put first into each of its blocks; the line has a number for {}."""
    numbers = itertools.count()
    return re.sub(
        r"^([ \t]*)`{3,}python\n",
        lambda fence: f"{fence[0]}{fence[1]}{line.format(next(numbers))}\n",
        text,
        flags=re.MULTILINE,
    )


def convert(text: str, some: random.Random) -> tuple[str, list[str]]:
    """The page, and what its blocks gave. No two blocks are alike: those would run once."""
    text = with_first_lines(text, "n = {}")
    runs = Runner(some)
    with patch.object(runner, "run_sessions", runs):
        html = markdown.markdown(text, extensions=EXTENSIONS, extension_configs=CONFIGS)
    return html, runs.given


@settings(max_examples=300, deadline=None)
@given(PAGES, st.integers(0, 99))
def test_every_output_is_on_the_page_once_or_the_error_names_a_line(text, seed):
    try:
        html, outputs = convert(text, random.Random(seed))
    except LiterateError as error:
        message = str(error)
    else:
        message = ""
    if message:
        assert re.match(r"<markdown>:\d+: ", message)
        return
    assert [html.count(mark) for mark in outputs] == [1] * len(outputs)
    assert "\x02" not in html
    assert "pytest-codeblocks" not in re.sub(r"<code.*?</code>", "", html, flags=re.DOTALL)
    ids = re.findall(r'<g class="output[^>]* id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_the_pages_are_not_all_wrong():
    """Enough of them are converted for the test above to mean something."""
    some = random.Random(2)
    pieces = some_pieces(300)
    converted = 0
    for _ in range(100):
        try:
            _, outputs = convert("\n\n".join(some.choices(pieces, k=3)), some)
        except LiterateError:
            continue
        converted += bool(outputs)
    assert converted > 10


def test_some_pages_really_run(tmp_path):
    some = random.Random(3)
    pieces = some_pieces(300)
    pages = []
    while len(pages) < 8:
        text = "\n\n".join(some.choices(pieces, k=4))
        with suppress(LiterateError):
            if convert(text, some)[1]:
                pages.append(with_first_lines(text, "x = y = A = 1; print('output-{}-')"))
    for i, text in enumerate(pages):
        (tmp_path / f"{i}.md").write_text(text, newline="")
    with suppress(LiterateError):
        run_pages(sorted(tmp_path.glob("*.md")), cache=str(tmp_path / "kept"))
    converted = 0
    for text in pages:
        config = {**CONFIGS, "linreg.literate": {"cache": str(tmp_path / "kept")}}
        try:
            html = markdown.markdown(text, extensions=EXTENSIONS, extension_configs=config)
        except LiterateError as error:
            message = str(error)
        else:
            printed = re.findall(r'literate-stdout">(output-\d+-)', html)
            assert len(printed) == len(set(printed)) == text.count("print('output-")
            converted += 1
            continue
        assert re.match(r"<markdown>:\d+: \w*Error: ", message)
    assert converted > 3
