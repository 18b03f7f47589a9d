from __future__ import annotations

import ast
import io
import random
import warnings
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_codeblocks import extract_from_buffer

from linreg.literate.errors import LiterateError
from linreg.literate.fences import Page, parse
from linreg.literate.source import Source, as_written, from_file

ROOT = Path(__file__).parents[2]
CHAPTERS = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "README.zh.md"]


def page(text: str) -> Page:
    return parse(dedent(text).split("\n"), Source("page.md", offset=10))


def codes(text: str) -> list[list[str]]:
    return [[block.code for block in session.blocks] for session in page(text).sessions]


def test_a_fence_without_a_marker_starts_a_session():
    assert codes(
        """\
        ```python
        a = 1
        ```

        ```python
        b = 2
        ```
        """
    ) == [["a = 1\n"], ["b = 2\n"]]


def test_a_marker_continues_the_session():
    text = """\
        ```python
        a = 1
        ```

        Text between the two.

        <!--pytest-codeblocks:cont-->
        ```python
        a
        ```

        <!-- pytest-codeblocks: cont -->

        ```python
        a
        ```
        """
    assert codes(text) == [["a = 1\n", "a\n", "a\n"]]
    assert page(text).hidden == {6, 11}


def test_only_python_alone_is_run():
    assert codes(
        """\
        ```py
        a wrong line
        ```

        ```console
        $ make
        ```

        ```
        nothing
        ```

        ~~~text
        nothing
        ~~~

        `````python
        run = "```"
        `````
        """
    ) == [['run = "```"\n']]


def test_code_loses_the_indentation_of_its_fence_and_no_more():
    assert codes(
        """\
        !!! note

            ```python
            if True:

                print(1)
            ```
        """
    ) == [["if True:\n\n    print(1)\n"]]


def test_a_block_ends_after_its_captions():
    (session,) = page(
        """\
        ```python
        draw()
        ```

        <!-- caption: What is *seen*. -->
        <!-- alt: a line -->
        <!--caption:Second-->

        Text.
        """
    ).sessions
    (block,) = session.blocks
    assert (block.start, block.stop) == (0, 7)
    assert block.captions == ("What is *seen*.", "Second")
    assert block.alts == ("a line",)


@pytest.mark.parametrize(
    ("keyword", "ignored"),
    [("expected-output", False), ("expected-output-ignore-whitespace", True)],
)
def test_an_expected_output_belongs_to_the_session_and_is_not_shown(keyword, ignored):
    parsed = page(
        f"""\
        ```python
        print(1)
        ```

        <!--pytest-codeblocks:{keyword}-->
        ```text
        1
        ```
        """
    )
    (session,) = parsed.sessions
    assert session.expected == "1\n"
    assert session.ignore_whitespace is ignored
    assert parsed.hidden == {4, 5, 6, 7}


# Each page, and the whole text of its error; the file has ten lines of front matter.
ERRORS = {
    "options": (
        '```python title="x"\nx\n```',
        'page.md:11: the test runner skips ```python title="x"; write ```python alone for code '
        "that runs, ```py for code that is only shown",
    ),
    "capital": (
        "Text.\n\n```Python\nx\n```",
        "page.md:13: the test runner skips ```Python; write ```python alone for code that runs, "
        "```py for code that is only shown",
    ),
    "attributes": (
        "```{.python}\nx\n```",
        "page.md:11: the test runner skips ```{.python}; write ```python alone for code that "
        "runs, ```py for code that is only shown",
    ),
    "blank": (
        "``` python\nx\n```",
        "page.md:11: the test runner skips ``` python; write ```python alone for code that runs, "
        "```py for code that is only shown",
    ),
    "tildes": (
        "~~~python\nx\n~~~",
        "page.md:11: the test runner skips ~~~python; write ```python alone for code that runs, "
        "```py for code that is only shown",
    ),
    "another name": (
        "```python3\nx\n```",
        "page.md:11: the test runner skips ```python3; write ```python alone for code that runs, "
        "```py for code that is only shown",
    ),
    "console session": (
        "```pycon\n>>> x\n```",
        "page.md:11: the test runner skips ```pycon; write ```python alone for code that runs, "
        "```py for code that is only shown",
    ),
    "shell": (
        "```bash\nrm -r x\n```",
        "page.md:11: the test runner runs ```bash; write ```console for commands that are only "
        "read",
    ),
    "quoted": (
        "> ```python\n> x\n> ```",
        "page.md:11: the test runner does not see a Python fence after '>'",
    ),
    "behind a bullet": (
        "- ```python\n  x\n  ```",
        "page.md:11: the test runner does not see a Python fence after '-'",
    ),
    "behind a number": (
        "1. ```python\n   x\n   ```",
        "page.md:11: the test runner does not see a Python fence after '1.'",
    ),
    "never closed": (
        "Text.\n\n```python\nx = 1\n",
        "page.md:13: this fence is never closed",
    ),
    "closed by its neighbour": (
        "```text\nx\n\n```python\ny\n```",
        "page.md:14: the test runner takes '```python' for the end or the start of a fence, but "
        "it stands inside the fence of line 11; open and close the outer one with more backticks",
    ),
    "closed with more": (
        "```text\nx\n````",
        "page.md:13: the test runner takes '````' for the end or the start of a fence, but it "
        "stands inside the fence of line 11; open and close the outer one with more backticks",
    ),
    "inside of tildes": (
        "~~~text\n```python\nx\n```\n~~~",
        "page.md:12: the test runner takes '```python' for the end or the start of a fence, but "
        "it stands inside the fence of line 11; open and close the outer one with more backticks",
    ),
    "an instruction inside of tildes": (
        "~~~text\n<!--pytest-codeblocks:cont-->\n~~~",
        "page.md:12: the test runner would obey <!--pytest-codeblocks:cont-->, though it stands "
        "inside the fence of line 11; open and close that one with backticks",
    ),
    "end indented": (
        "```python\nx\n  ```",
        "page.md:13: the end of the fence of line 11 must be indented as its start is",
    ),
    "end not indented": (
        "    ```python\n    x\n```",
        "page.md:13: the end of the fence of line 11 must be indented as its start is",
    ),
    "code not indented": (
        "    ```python\n  x\n    ```",
        "page.md:12: this line is indented less than the fence of line 11, in which it stands",
    ),
    "inline code": (
        "```x``` is code, and nothing more.",
        "page.md:11: the test runner takes this line for the start of a fence, the page not",
    ),
    "Chinese blank": (
        "\u3000```python\nx\n```",
        "page.md:11: the test runner takes this line for the start of a fence, the page not",
    ),
    "nothing to continue": (
        "<!--pytest-codeblocks:cont-->\n```python\nx\n```",
        "page.md:11: the fence before this one is not ```python, and the test runner would join "
        "the two; move that fence, or start a new session here",
    ),
    "another fence between": (
        "```python\nx\n```\n\n```text\ny\n```\n\n<!--pytest-codeblocks:cont-->\n```python\nz\n```",
        "page.md:19: the fence before this one is not ```python, and the test runner would join "
        "the two; move that fence, or start a new session here",
    ),
    "continued by text": (
        "```python\nx\n```\n\n<!--pytest-codeblocks:cont-->\n```text\ny\n```",
        "page.md:15: only a ```python fence can continue a session",
    ),
    "marker without a fence": (
        "```python\nx\n```\n\n<!--pytest-codeblocks:cont-->\nText.\n\n```python\ny\n```",
        "page.md:15: <!--pytest-codeblocks:cont--> must stand directly above a fence",
    ),
    "marker at the end": (
        "<!--pytest-codeblocks:cont-->",
        "page.md:11: <!--pytest-codeblocks:cont--> must stand directly above a fence",
    ),
    "skipped": (
        "<!--pytest-codeblocks:skip-->\n```python\nx\n```",
        "page.md:11: <!--pytest-codeblocks:skip--> would let the test runner do other than the "
        "page; the instructions are cont, expect-error, expected-output, "
        "expected-output-ignore-whitespace",
    ),
    "marked": (
        "<!--pytest.mark.xfail-->\n```python\nx\n```",
        "page.md:11: <!--pytest.mark.xfail--> would let the test runner do other than the page; "
        "the instructions are cont, expect-error, expected-output, "
        "expected-output-ignore-whitespace",
    ),
    "expected of nothing": (
        "<!--pytest-codeblocks:expected-output-->\n```text\nx\n```",
        "page.md:11: an expected output must follow a ```python fence",
    ),
    "expected twice": (
        "```python\nx\n```\n"
        "<!--pytest-codeblocks:expected-output-->\n```\nx\n```\n"
        "<!--pytest-codeblocks:expected-output-->\n```\nx\n```",
        "page.md:18: this session has an expected output already",
    ),
    "continued after what was expected": (
        "```python\nx\n```\n"
        "<!--pytest-codeblocks:expected-output-->\n```\nx\n```\n"
        "<!--pytest-codeblocks:cont-->\n```python\nx\n```",
        "page.md:18: the session's output is expected above already; put that after its last block",
    ),
    "caption of nothing": (
        "Text.\n\n<!-- caption: A figure. -->",
        "page.md:13: a caption or an alternative text stands on one line, directly under the "
        "fence that draws the figure: <!-- caption: … --> or <!-- alt: … -->",
    ),
    "caption of two lines": (
        "```python\nx\n```\n<!-- alt: a line\nand more -->",
        "page.md:14: a caption or an alternative text stands on one line, directly under the "
        "fence that draws the figure: <!-- caption: … --> or <!-- alt: … -->",
    ),
}


@pytest.mark.parametrize(("text", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_what_page_and_test_runner_would_read_differently_is_an_error(text, message):
    with pytest.raises(LiterateError) as error:
        page(text)
    assert str(error.value) == message


def test_what_is_wrong_with_a_page_is_told_at_once_and_in_order():
    text = """\
        ```python title="x"
        x
        ```

        <!--pytest-codeblocks:cont-->
        ```python
        the mistake above is no mistake here
        ```

        <!--pytest-codeblocks:skip-->
        ```python
        x
        ```

        > ```python
        > x
        > ```

        - ```python
          x
          ```

        ```text
        never closed

        ```bash
        rm x
        ```

        ~~~text
        ```python
        x
        ```
        ~~~

        ```python
        x
          ```

        Text.

        <!-- caption: of nothing -->

        ```python
        y
        """
    with pytest.raises(LiterateError) as error:
        page(text)
    lines = [line.split(":")[1] for line in str(error.value).split("\n")]
    assert lines == [str(10 + number) for number in (1, 10, 15, 19, 26, 26, 31, 38, 42, 44)]


def test_tabs_and_blanks_reach_python_as_they_are_written():
    text = '```python\nx = "a\tb"\nif x:\n\ty = """\n  \t\n"""\n```'
    (session,) = parse(text.split("\n"), Source()).sessions
    (block,) = session.blocks
    assert block.code == 'x = "a\tb"\nif x:\n\ty = """\n  \t\n"""\n'


def test_a_fence_is_indented_with_tabs_or_with_blanks():
    (session,) = parse(
        ["!!! note", "\t```python", "\tif 1:", "\t\tx = '\t'", "\t```"], Source()
    ).sessions
    (block,) = session.blocks
    assert block.code == "if 1:\n\tx = '\t'\n"
    assert block.indent == "    "  # where Python-Markdown has it


@pytest.mark.parametrize(
    "lines", [["    ```python", "\tx", "    ```"], ["\t```python", "    x", "\t```"]]
)
def test_code_that_is_indented_otherwise_than_its_fence_is_an_error(lines):
    with pytest.raises(LiterateError) as error:
        parse(lines, Source("page.md"))
    assert str(error.value) == (
        "page.md:2: this line is indented with other blanks than the fence of line 1, in which it "
        "stands, and the test runner would cut it elsewhere; use spaces alone, or tabs alone"
    )


# ---- the same programs as the stock test runner ----


def normalized(text: str) -> str:
    """The text as the engine reads it: with no carriage returns."""
    return "\n".join(as_written(text.split("\n")))


def meaning(code: str) -> str:
    """The program, whatever its empty lines: the runner drops those of an indented fence."""
    try:
        return ast.dump(ast.parse(code))
    except (SyntaxError, ValueError):
        return "\n".join(line for line in code.split("\n") if line.strip())


def assert_same_programs(lines: list[str], source: Source) -> None:
    ours = ["".join(block.code for block in s.blocks) for s in parse(lines, source).sessions]
    raises = [session.blocks[-1].raises for session in parse(lines, source).sessions]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the runner calls expect-error old
        blocks = extract_from_buffer(io.StringIO("\n".join(lines)), max_num_lines=100_000)
    theirs = [block for block in blocks if block.syntax in ("python", "sh", "bash")]
    assert [block.syntax for block in theirs] == ["python"] * len(ours)
    assert [*map(meaning, ours)] == [meaning(block.code) for block in theirs]
    assert raises == [bool(block.marks) for block in theirs]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_chapter_holds_the_programs_that_the_test_runner_sees(path):
    if not path.exists():
        pytest.skip("not written")
    source, lines = from_file(path)
    assert_same_programs(lines, source)


def some_fences(number: int) -> list[str]:
    """Fences of every kind, most of them right: hypothesis picks from them, which is fast."""
    some = random.Random(0)
    infos = ["py", "", "text", "console", "Python", "{.python}", "sh", " python", "python x"]
    infos += ["python"] * 20 + ["text x", "pycon", '{.text title="x"}']
    indents = [""] * 10 + ["    "] * 4 + ["  ", "\t", "        ", "> ", "- ", "1. ", "\u3000"]
    result = []
    for _ in range(number):
        indent = some.choice(indents)
        ticks = some.choice(["```"] * 10 + ["````", "~~~", "``"])
        inner = some.choice([indent] * 9 + [""])
        body = [inner + line for line in some.choices(LINES, k=some.randrange(4))]
        end = some.choice([ticks] * 12 + ["", ticks + "`"])
        marker = some.choice([[], [], [indent + "<!--pytest-codeblocks:cont-->"]])
        lines = [*marker, f"{indent}{ticks}{some.choice(infos)}", *body, f"{indent}{end}"]
        result.append("\n".join(lines))
    return result


LINES = [
    "",
    "print(1)",
    "    print(2)",
    "if x:",
    "x = '''",
    "'''",
    "Text.",
    "# Title",
    "*",
    "- item",
]
LINES += [
    "中文，没有空格",
    "$x$",
    "<div>",
    "</div>",
    "!!! note",
    "---",
    "\u2028",
    "\x0c",
    "\x00",
    "🎈",
]
ODD_LINES = ["```", "~~~", "<!-- caption: c -->", "<!-- alt: a -->", "<!-- alt: a", "    "]
ODD_LINES += ["<!--pytest-codeblocks:cont-->", "<!-- pytest-codeblocks:expected-output -->", "\r"]
ODD_LINES += ["<!--pytest-codeblocks:expect-error-->", "<!-- highlight: 1 -->", "1. item"]
DOCUMENTS = st.lists(
    st.one_of(
        st.sampled_from(some_fences(500)),
        st.sampled_from(LINES + ODD_LINES),
        st.text("`~p <!-\t\n", max_size=8),
    ),
    max_size=8,
).map("\n".join)


@settings(max_examples=500, deadline=None)
@given(DOCUMENTS)
def test_any_page_without_an_error_holds_the_programs_that_the_test_runner_sees(text):
    lines = normalized(text).split("\n")
    try:
        parse(lines, Source())
    except LiterateError:
        return
    assert_same_programs(lines, Source())


def test_the_comparison_with_the_test_runner_sees_a_difference(monkeypatch):
    monkeypatch.setattr("linreg.literate.fences._runs", lambda *_: False)
    with pytest.raises(AssertionError):
        assert_same_programs(["```python", "x", "```"], Source())
