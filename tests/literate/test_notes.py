"""Comments under a fence, annotations below it, and exceptions that are meant: what a page says."""

from __future__ import annotations

import re
from textwrap import dedent

import markdown
import pytest

from linreg.literate import LiterateError

CODE = "```python\n{}\n```\n"
ANNOTATED = CODE.format("print(1)  # (1)!")
RAISES = "<!--pytest-codeblocks:expect-error-->\n"
CONTINUED = "\n<!--pytest-codeblocks:cont-->\n"


@pytest.fixture
def shown(ran):
    """A page as HTML, with code as Pygments colours it; a block's output is its code."""

    def shown(text, *extensions, **options):
        return markdown.markdown(
            dedent(text),
            extensions=[
                "pymdownx.highlight",
                "pymdownx.superfences",
                "admonition",
                "linreg.literate",
                *extensions,
            ],
            extension_configs={"linreg.literate": {"cache": "", "file": "page.md", **options}},
        )

    return shown


def highlighted(html: str) -> list[str]:
    return [
        re.sub("<[^>]*>", "", line).strip()
        for line in re.findall(r'<span class="hll">(.*?)\n</span>', html)
    ]


def test_lines_are_highlighted(shown):
    html = shown(CODE.format("a\nb\nc\nd\ne") + "<!-- highlight: 2 4-5 -->")
    assert highlighted(html) == ["b", "d", "e"]
    assert "highlight:" not in html


def test_lines_are_counted_from_the_fence_though_the_first_are_empty(shown):
    assert highlighted(shown(CODE.format("\n\na\nb") + "<!-- highlight: 1 4 -->")) == ["b"]


@pytest.mark.parametrize(
    ("title", "html"),
    [
        ("train.py", "train.py"),
        ('a "b" <c> &amp; *d*', "a &quot;b&quot; &lt;c&gt; &amp;amp; *d*"),
        ("it's", "it&#x27;s"),
        ("训练", "训练"),
    ],
)
def test_a_title_stands_above_the_code_as_it_is_written(shown, title, html):
    page = shown(CODE.format("a") + f"<!-- title: {title} -->")
    assert f'<span class="filename">{html}</span>' in page


def test_comments_of_all_kinds_stand_in_any_order_and_with_empty_lines(shown):
    html = shown(CODE.format("a\nb") + "\n<!-- title: t -->\n\n<!--highlight:2-->\n\nText")
    assert highlighted(html) == ["b"]
    assert '<span class="filename">t</span>' in html
    assert html.endswith("<p>Text</p>")


def test_comments_work_in_a_box_in_a_list(shown):
    html = shown(
        """\
        1. One

            !!! note

                ```python
                a
                b
                ```
                <!-- highlight: 2 -->
                <!-- title: t -->

                More
        """
    )
    assert highlighted(html) == ["b"]
    assert '<span class="filename">t</span>' in html
    assert html.count("literate-output") == 1


def test_what_is_not_highlighted_is_as_before(shown):
    text = CODE.format("a") + "\n" + CODE.format("b")
    html = shown(text.replace("a\n```\n", "a\n```\n<!-- highlight: 1 -->\n"))
    assert highlighted(html) == ["a"]


@pytest.mark.parametrize(
    ("show", "code", "output"),
    [("output", False, True), ("nothing", False, False), ("code", True, False)],
)
def test_the_code_and_its_output_can_be_hidden(shown, show, code, output):
    html = shown(f"Text\n\n{CODE.format('secret')}<!-- show: {show} -->\n\nMore")
    assert ('class="highlight"' in html) == code
    assert ("literate-stdout" in html) == output
    assert html.startswith("<p>Text</p>")
    assert html.endswith("<p>More</p>")


def test_what_is_hidden_is_run(shown, ran):
    shown(
        CODE.format("a")
        + "<!-- show: nothing -->\n\n<!--pytest-codeblocks:cont-->\n```python\nb\n```"
    )
    assert ran.ran == [["a\n", "b\n"]]


FOLDED = '<details class="literate-folded">'


def test_code_is_folded_and_its_output_is_not(shown):
    html = shown(f"Text\n\n{CODE.format('secret')}<!-- show: folded -->\n\nMore")
    before, rest = html.split(f"{FOLDED}\n<summary>Code</summary>")
    code, after = rest.split("</details>")
    assert before.strip() == "<p>Text</p>"
    assert "highlight" in code
    assert "secret" in code
    assert "literate-stdout" in after
    assert after.endswith("<p>More</p>")


def test_what_is_said_of_folded_code_is_in_the_language_of_the_page(shown):
    html = shown(CODE.format("a") + "<!-- show: folded -->", language="zh")
    assert "<summary>代码</summary>" in html


def test_notes_on_lines_fold_with_their_code(shown):
    html = shown(ANNOTATED + "<!-- show: folded -->\n\n1. a note\n\nText", "attr_list")
    folded = html.split(FOLDED)[1].split("</details>")[0]
    assert "a note" in folded
    assert "print" in folded
    assert "<ol>" not in html.split("</details>")[1]


def test_folded_code_of_a_box_stays_in_it(shown):
    code = CODE.format("a").replace("\n", "\n    ")
    html = shown(f"!!! note\n\n    Text\n\n    {code}<!-- show: folded -->\n\nMore")
    box = html.split('<div class="admonition note">')[1].split("<p>More</p>")[0]
    assert box.index("Text") < box.index(FOLDED) < box.index("literate-stdout")


def test_code_is_folded_where_nothing_is_run(shown, monkeypatch):
    monkeypatch.setenv("LITERATE_EXECUTE", "0")
    html = shown(f"Text\n\n{CODE.format('a')}<!-- show: folded -->")
    assert html.index("<p>Text</p>") < html.index(FOLDED) < html.index("literate-off")


WRONG = {
    "<!-- highlight: 3 -->": "page.md:5: highlight has '3'; the block has the lines 1 to 2",
    "<!-- highlight: 0 -->": "page.md:5: highlight has '0'; the block has the lines 1 to 2",
    "<!-- highlight: 1-3 -->": "page.md:5: highlight has '1-3'; the block has the lines 1 to 2",
    "<!-- highlight: 2-1 -->": "page.md:5: highlight has '2-1'; the block has the lines 1 to 2",
    "<!-- highlight: 2 1-2 -->": "page.md:5: highlight has line 2 twice",
    "<!-- highlight: two -->": "page.md:5: highlight has 'two'; it must be lines such as 2 or 5-6",
    "<!-- highlight: 1,2 -->": "page.md:5: highlight has '1,2'; it must be lines such as 2 or 5-6",
    "<!-- highlight: -1 -->": "page.md:5: highlight has '-1'; it must be lines such as 2 or 5-6",
    "<!-- highlight: -->": "page.md:5: highlight has no lines; it must be lines such as 2 or 5-6",
    "<!-- highlight: 1 -->\n<!-- highlight: 2 -->": "page.md:6: this block has a second highlight",
    "<!-- title: a -->\n\n<!-- title: b -->": "page.md:7: this block has a second title",
    "<!-- title: -->": (
        "page.md:5: a title is text without backticks, with quotation marks of one kind"
    ),
    "<!-- title: `a` -->": (
        "page.md:5: a title is text without backticks, with quotation marks of one kind"
    ),
    '<!-- title: it\'s "a" -->': (
        "page.md:5: a title is text without backticks, with quotation marks of one kind"
    ),
    "<!-- show: all -->": (
        "page.md:5: show is 'all'; it must be one of code, output, nothing, folded"
    ),
    "<!-- show: nothing -->\n<!-- show: code -->": "page.md:6: this block has a second show",
    "<!-- show: output -->\n<!-- title: a -->": "page.md:6: the code has a title, and is not shown",
    "Text\n<!-- highlight: 1 -->": (
        "page.md:6: <!-- highlight: … --> stands on one line, directly under a ```python fence"
    ),
    "<!-- title: a\nb -->": (
        "page.md:5: <!-- title: … --> stands on one line, directly under a ```python fence"
    ),
    "```py\nc\n```\n<!-- title: a -->": (
        "page.md:8: <!-- title: … --> stands on one line, directly under a ```python fence"
    ),
}


@pytest.mark.parametrize("comments", WRONG)
def test_a_wrong_comment_is_an_error(shown, comments):
    with pytest.raises(LiterateError) as error:
        shown(f"{CODE.format(chr(10).join('ab'))}{comments}")
    assert str(error.value) == WRONG[comments]


def test_a_page_without_pygments_cannot_highlight_and_says_so(ran, convert):
    with pytest.raises(LiterateError, match=r"page.md:1: .* must use Pygments\)$"):
        convert(CODE.format("a") + "<!-- highlight: 1 -->", file="page.md")


def test_a_caption_of_a_figure_that_is_not_shown_is_an_error(shown):
    with pytest.raises(LiterateError, match=r"more captions \(1\) than figures \(0\)"):
        shown(CODE.format("a") + "<!-- show: code -->\n<!-- caption: c -->")


# ---- annotations ----


def order(html: str) -> list[str]:
    return re.findall(r'<div class="highlight|<ol|<li>|literate-output|<p>\w+', html)


BLOCK = '<div class="highlight'
LIST = ['<div class="highlight', "<ol", "<li>", "literate-output"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (f"{ANNOTATED}\n1. Note\n\nText", [*LIST, "<p>Text"]),
        (f"{ANNOTATED}1. Note", LIST),
        (f"{ANNOTATED}<!-- highlight: 1 -->\n\n1.  Note\n    more\nlazy", LIST),
        (
            f"{CODE.format('a  # (1)' + chr(10) + 'b  # see (2)!')}\n1. A\n\n2. B\n\nText",
            [BLOCK, "<ol", "<li>", "<p>A", "<li>", "<p>B", "literate-output", "<p>Text"],
        ),
        (f"{ANNOTATED}\n1. Note\n\n{CODE.format('b')}", [*LIST, BLOCK, "literate-output"]),
        (
            f"{ANNOTATED}\n1. Note\n\n<!--pytest-codeblocks:cont-->\n{CODE.format('b')}",
            [*LIST, BLOCK, "literate-output"],
        ),
    ],
)  # fmt: skip
def test_annotations_stand_directly_under_their_code(shown, text, parts):
    assert order(shown(text)) == parts


@pytest.mark.parametrize(
    "text",
    [
        f"{CODE.format('a')}\n1. One",
        f"{CODE.format('a  # (2)')}\n1. One",
        f"{CODE.format('f(1)  # see there')}\n1. One",
        f"{CODE.format('s = ' + repr('# (1)'))}\n1. One",
        f"{ANNOTATED}\nText\n\n1. One",
        f"{ANNOTATED}\n- One",
    ],
)
def test_a_list_that_annotates_nothing_follows_the_output(shown, text):
    assert order(shown(text))[:2] == ['<div class="highlight', "literate-output"]


def test_annotations_stand_under_their_code_in_a_list(shown):
    html = shown(
        """\
        - Item

            ```python
            a  # (1)
            ```

            1. Note

            Rest
        """
    )
    assert order(html)[-4:] == ["<ol", "<li>", "literate-output", "<p>Rest"]


def test_a_block_among_the_annotations_shows_its_output_there(shown):
    html = shown(
        """\
        ```python
        a  # (1)
        ```

        1. Note

            ```python
            b
            ```
        """
    )
    assert re.findall(r"literate-stdout\">(?:\w)|</ol>", html) == [
        'literate-stdout">b',
        "</ol>",
        'literate-stdout">a',
    ]


# ---- an exception that is meant ----


def test_an_exception_that_is_meant_is_shown_after_what_was_printed(convert):
    html = convert(
        RAISES + CODE.format("print('before')\n\ndef f():\n    raise ValueError('<no>')\n\nf()")
    )
    assert html.endswith(
        """\
<pre class="literate-text literate-stdout">before</pre>
<pre class="literate-text literate-error">Traceback (most recent call last):
  File "&lt;block&gt;", line 6, in &lt;module&gt;
    f()
  File "&lt;block&gt;", line 4, in f
    raise ValueError('&lt;no&gt;')
ValueError: &lt;no&gt;</pre>
</div>"""
    )
    assert "codeblocks" not in html


def test_a_traceback_has_what_the_exception_came_from_and_no_folder_of_this_machine(convert):
    html = convert(
        RAISES
        + CODE.format(
            "import json\ntry:\n    json.loads('{')\nexcept ValueError as error:\n"
            "    raise KeyError('a') from error"
        )
    )
    assert "The above exception was the direct cause of the following exception:" in html
    assert re.findall(r'File "([^"]*)"', html) == [
        "&lt;block&gt;",
        *["json/__init__.py", "json/decoder.py", "json/decoder.py"],
        "&lt;block&gt;",
    ]


def test_a_syntax_error_can_be_meant(convert):
    html = convert(RAISES + CODE.format("x = = 1"))
    assert html.count("SyntaxError: invalid syntax") == 1
    assert 'File "&lt;block&gt;", line 1' in html


def test_the_last_block_of_a_session_that_is_marked_raises(convert):
    text = RAISES + CODE.format("x = [1]\nprint(x)") + CONTINUED + CODE.format("x[0]")
    html = convert(text + CONTINUED + CODE.format('print("so far")\nx[1]'))
    assert html.count("IndexError") == 1
    assert html.index("[1]") < html.index("so far") < html.index("IndexError: list index")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            RAISES + CODE.format("x = 1"),
            "page.md:2: this block is to raise an exception, and does not",
        ),
        (RAISES + CODE.format("exit(3)"), "page.md:3: SystemExit: 3"),
        (
            RAISES + CODE.format("x") + "\n<!--pytest-codeblocks:cont-->\n" + CODE.format("y"),
            "page.md:3: NameError: name 'x' is not defined",
        ),
        (
            RAISES + CODE.format("x = 1") + CONTINUED + CODE.format("y = x"),
            "page.md:7: this block is to raise an exception, and does not",
        ),
        (
            CODE.format("x") + "\n<!--pytest-codeblocks:cont-->\n" + RAISES + CODE.format("y"),
            "page.md:5: expect-error holds for the whole session in the test runner: put it above "
            "the session's first block, and its last one must raise",
        ),
        (
            CODE.format("x") + "\n" + RAISES + "<!--pytest-codeblocks:cont-->\n" + CODE.format("y"),
            "page.md:5: expect-error holds for the whole session in the test runner: put it above "
            "the session's first block, and its last one must raise",
        ),
        (
            RAISES + "```console\n$ x\n```",
            "page.md:1: only a ```python fence can be expected to raise an error",
        ),
        (
            RAISES + "\nText",
            f"page.md:1: {RAISES.strip()} must stand directly above a fence",
        ),
    ],
)
def test_an_exception_that_cannot_be_meant_is_an_error(convert, text, message):
    with pytest.raises(LiterateError) as error:
        convert(text, file="page.md")
    assert str(error.value).split("\n")[0] == message


def test_what_raises_is_kept_apart_from_what_does_not(convert, tmp_path):
    kept = str(tmp_path)
    with pytest.raises(LiterateError, match="1 / 0"):
        convert(CODE.format("1 / 0"), cache=kept)
    html = convert(RAISES + CODE.format("1 / 0"), cache=kept)
    assert html == convert(RAISES + CODE.format("1 / 0"), cache=kept)
    with pytest.raises(LiterateError, match="ZeroDivisionError"):
        convert(CODE.format("1 / 0"), cache=kept)
