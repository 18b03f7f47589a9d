"""Pages with a stand-in for the runner: what is run, what is kept, what an error says."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from linreg.literate import fences, pages, runner
from linreg.literate.errors import LiterateError
from linreg.literate.outputs import Failure, Other
from linreg.literate.pages import Options
from linreg.literate.source import Source

from .conftest import Runner

FENCE = "```python\n{}\n```\n"
CONT = "\n<!--pytest-codeblocks:cont-->\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(text, offset=0, **options):
    source = Source("page.md", offset)
    return pages.run_page(fences.parse(text.split("\n"), source), source, Options(**options))


def error_of(text, offset=0, **options):
    with pytest.raises(LiterateError) as error:
        run(text, offset, **options)
    return str(error.value)


def test_outputs_are_found_by_the_line_of_their_fence(ran):
    text = FENCE.format("1") + CONT + FENCE.format("2") + "\n" + FENCE.format("3")
    found = run(text)
    assert {line: outputs[0]["data"] for line, outputs in found.items()} == {
        0: "1\n",
        5: "2\n",
        9: "3\n",
    }
    assert ran.ran == [["1\n", "2\n"], ["3\n"]]


def test_a_page_without_blocks_runs_nothing(ran):
    assert run("Text.") == {}
    assert ran.ran == []


def test_the_same_program_is_run_once(ran):
    text = FENCE.format("x = 1  # one") + "\n" + FENCE.format("x  =  1")
    assert len(run(text)) == 2
    assert ran.ran == [["x = 1  # one\n"]]


# ---- errors ----


def test_an_error_names_the_place_and_shows_the_block_and_the_calls(ran):
    ran.fails["x = 3\nf(x)\n"] = Failure(
        1,
        "ValueError: lr is -1",
        (("<block 1>", 2, "<module>"), ("<block 0>", 1, "f"), ("linreg/scratch.py", 60, "sgd")),
    )
    text = FENCE.format("def f(x): ...") + CONT + FENCE.format("x = 3\nf(x)")
    assert error_of(text, offset=4) == dedent(
        """\
        page.md:12: ValueError: lr is -1

             11 | x = 3
        >    12 | f(x)

          page.md:12, in <module>
          page.md:6, in f
          linreg/scratch.py:60, in sgd"""
    )


def test_an_error_without_a_line_names_the_fence(ran):
    ran.fails["1\n"] = Failure(0, "the block ended its process, with status 3")
    assert error_of("Text.\n\n" + FENCE.format("1")) == dedent(
        """\
        page.md:3: the block ended its process, with status 3

              4 | 1"""
    )


def test_many_calls_are_shortened(ran):
    calls = (("<block 0>", 1, "<module>"), *((f"f{i}.py", i, "f") for i in range(99)))
    ran.fails["1\n"] = Failure(0, "RecursionError", calls)
    lines = error_of(FENCE.format("1")).split("\n")
    assert lines[4:7] == ["  page.md:2, in <module>", "  f0.py:0, in f", "  f1.py:1, in f"]
    assert lines[14:16] == ["  … 80 more …", "  f89.py:89, in f"]
    assert lines[-1] == "  f98.py:98, in f"
    assert len(lines) == 25


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "x = 1\nif x\n    y",
            """\
            page.md:7: SyntaxError: expected ':'

                  6 | x = 1
            >     7 | if x
                  8 |     y""",
        ),
        (
            "if 1:\nx",
            """\
            page.md:7: IndentationError: expected an indented block after 'if' statement on line 1

                  6 | if 1:
            >     7 | x""",
        ),
        (
            "%time x",
            """\
            page.md:6: SyntaxError: invalid syntax; %time is a magic of IPython, and a block is """
            """Python alone; measure with time.perf_counter

            >     6 | %time x""",
        ),
        (
            "await x",
            """\
            page.md:6: SyntaxError: 'await' outside function; put it into a function, """
            """async def main(): …, and call asyncio.run(main()); a block is Python alone, where """
            """nothing can be awaited outside

            >     6 | await x""",
        ),
        ("x = '\ud800'", None),
        ("x = '\x00'", None),
        ("-" * 100_000 + "1", None),
        ("(" * 1000 + ")" * 1000, None),
    ],
)
def test_code_that_is_no_python_is_not_run(ran, code, message):
    text = error_of("Text.\n\n" + FENCE.format(code), offset=2)
    assert text.startswith("page.md:")
    if message is not None:
        assert text == dedent(message)
    assert ran.ran == []


@pytest.mark.parametrize(
    ("first", "second", "problem"),
    [
        (
            "x = 1",
            "\n\nfrom __future__ import annotations",
            "page.md:9: SyntaxError: from __future_",
        ),
        (
            "x = 1",
            "global x\nx = 2",
            "page.md:7: SyntaxError: name 'x' is assigned to before global",
        ),
    ],
)
def test_blocks_that_are_no_program_together_are_not_run(ran, first, second, problem):
    text = error_of(FENCE.format(first) + CONT + FENCE.format(second))
    assert text.startswith(problem)
    assert "; the blocks of a session are one program\n\n" in text
    assert ran.ran == []


def test_a_later_block_may_begin_the_program(ran):
    run(FENCE.format("# nothing yet") + CONT + FENCE.format("from __future__ import annotations"))
    assert len(ran.ran) == 1


def test_what_belongs_to_an_exception_is_told(ran):
    ran.fails["2\n"] = Failure(
        1,
        "RuntimeError: no fit",
        (("<block 1>", 1, "<module>"),),
        (
            Other(0, "cause", "KeyError: 'a'", (("<block 0>", 1, "f"), ("json/x.py", 7, "g"))),
            Other(0, "context", "ExceptionGroup: two"),
            Other(1, "member", "ValueError: one\na note", (("<block 1>", 1, "<module>"),)),
        ),
        "\rloss 2\rloss 1\nnan\n\n",
    )
    assert error_of(FENCE.format("1") + CONT + FENCE.format("2")) == dedent(
        """\
        page.md:7: RuntimeError: no fit

        >     7 | 2

        its cause: KeyError: 'a'
          page.md:2, in f
          json/x.py:7, in g

        raised while this was handled: ExceptionGroup: two

          one of the group: ValueError: one
          a note
            page.md:7, in <module>

        what the block had printed:
          loss 1
          nan"""
    )


def test_of_much_that_was_printed_the_end_is_told(ran):
    printed = "".join(f"line {i}\n" for i in range(30)) + "x" * 9000
    ran.fails["1\n"] = Failure(0, "ValueError: no", (), (), printed)
    lines = error_of(FENCE.format("1")).split("\n")
    assert lines[4:7] == ["what the block had printed:", "  … 11 more lines …", "  line 11"]
    assert lines[-1] == "  " + "x" * 500


def test_a_process_that_runs_the_program_again_is_explained(ran):
    ran.fails["1\n"] = Failure(0, "it was stopped", (), (), "  freeze_support()\n")
    assert "it was stopped; a spawned process runs the program" in error_of(FENCE.format("1"))


@pytest.mark.parametrize("code", ["'\\d'", "1 is 1", "assert (1, 2)", "x = 1" + " + 1" * 2000])
def test_code_of_which_python_only_warns_is_run(ran, code):
    run(FENCE.format(code))
    assert ran.ran == [[code + "\n"]]


def test_every_error_of_a_page_is_told(ran):
    ran.fails["2\n"] = Failure(0, "TypeError: no")
    text = "\n".join(FENCE.format(code) for code in ("1", "2", "3 +", "2 # again"))
    assert error_of(text) == dedent(
        """\
        page.md:5: TypeError: no

              6 | 2

        page.md:10: SyntaxError: invalid syntax

        >    10 | 3 +"""
    )


EXPECTED = "\n<!--pytest-codeblocks:{}-->\n```text\n{}\n```\n"


def test_what_is_expected_and_printed_passes(ran):
    assert run(FENCE.format("1") + EXPECTED.format("expected-output", "1"))
    assert run(FENCE.format("1") + EXPECTED.format("expected-output-ignore-whitespace", "  1  "))


def test_what_is_expected_and_not_printed_is_an_error(ran):
    assert error_of(FENCE.format("1") + EXPECTED.format("expected-output", "2\n3")) == dedent(
        """\
        page.md:1: the page expects

        2
        3

        and the session prints

        1
        """
    )
    assert error_of(FENCE.format("1") + EXPECTED.format("expected-output", "1 ")).startswith(
        "page.md:1: the page expects"
    )


# ---- the cache ----


def test_what_was_run_is_kept_also_for_another_comment(ran, folder):
    for code in ("1", "1", "1  # a comment", "# another\n1"):
        assert run(FENCE.format(code), cache=folder / "cache")[0][0]["data"] == "1\n"
    assert ran.ran == [["1\n"]]


def test_a_change_to_what_stands_around_a_block_runs_nothing(ran, folder):
    fence = FENCE.format("1")
    for text in (
        fence,
        "A sentence.\n\n" + fence,
        "# Title\n\nA sentence, mended.\n\n" + fence + "<!-- caption: One. -->\n",
        "!!! note\n    " + fence.replace("\n", "\n    "),
    ):
        (outputs,) = run(text, cache=folder / "cache").values()
        assert outputs[0]["data"] == "1\n"
    assert ran.ran == [["1\n"]]


@pytest.mark.parametrize("cache", ["/dev/null", "/proc/none"])
def test_a_cache_that_cannot_be_written_to_costs_a_run_and_no_more(ran, cache):
    for runs in (1, 2):
        assert run(FENCE.format("1"), cache=Path(cache))[0][0]["data"] == "1\n"
        assert ran.ran == [["1\n"]] * runs


def test_an_error_is_not_kept(ran, folder):
    ran.fails["1\n"] = Failure(0, "OSError: the disk was full")
    for _ in range(2):
        error_of(FENCE.format("1"), cache=folder)
    ran.fails.clear()
    assert run(FENCE.format("1"), cache=folder)
    assert len(ran.ran) == 3


def test_an_output_that_is_not_expected_is_an_error_also_from_the_cache(ran, folder):
    run(FENCE.format("1"), cache=folder)
    text = FENCE.format("1") + EXPECTED.format("expected-output", "2")
    assert "the page expects" in error_of(text, cache=folder)
    assert len(ran.ran) == 1


def test_a_run_during_which_a_package_was_edited_is_not_kept(ran, folder, monkeypatch):
    package = folder / "edited_package"
    package.mkdir()
    (package / "__init__.py").write_text("x = 1")
    monkeypatch.syspath_prepend(folder)
    ran.meanwhile = lambda: (package / "__init__.py").write_text("x = 22")
    for runs in (1, 2, 2):  # from the second on, the edit changes nothing
        run(FENCE.format("1"), cache=folder / "cache", packages=("edited_package",))
        assert len(ran.ran) == runs
    (package / "__init__.py").write_text("x = 1")
    run(FENCE.format("1"), cache=folder / "cache", packages=("edited_package",))
    assert len(ran.ran) == 3


def test_an_edit_runs_again_what_has_read_the_module(ran, folder, monkeypatch):
    package = folder / "some_package"
    package.mkdir()
    for name in ("__init__", "a", "b"):
        (package / f"{name}.py").write_text("x = 1")
    monkeypatch.syspath_prepend(folder)
    ran.read = ["some_package/a.py"]
    for edited, runs in (("b", 1), ("__init__", 1), ("a", 1), ("b", 2)):
        run(FENCE.format("1"), cache=folder / "cache", packages=("some_package",))
        assert len(ran.ran) == runs, edited
        (package / f"{edited}.py").write_text(f"x = {runs} + 1")


def test_an_edit_during_the_run_to_what_it_has_not_read_keeps_the_outputs(ran, folder, monkeypatch):
    package = folder / "some_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "a.py").write_text("x = 1")
    monkeypatch.syspath_prepend(folder)
    ran.read = ["some_package/__init__.py"]
    ran.meanwhile = lambda: (package / "a.py").write_text("x = 2")
    for _ in range(2):
        run(FENCE.format("1"), cache=folder / "cache", packages=("some_package",))
    assert len(ran.ran) == 1


# ---- several pages at once ----


def write(folder, **texts):
    paths = [folder / f"{name}.md" for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text)
    return paths


def test_pages_are_run_side_by_side_and_found_in_the_cache(ran, folder):
    paths = write(folder, a=FENCE.format("1"), b=FENCE.format("2"), c=FENCE.format("1 # c"))
    pages.run_pages(paths, Options(cache=folder / "cache"))
    assert sorted(ran.ran) == [["1\n"], ["2\n"]]
    for path in paths:
        run(path.read_text(), cache=folder / "cache")
    assert len(ran.ran) == 2


def test_the_errors_of_all_pages_are_told_and_the_others_kept(ran, folder):
    ran.fails["2\n"] = Failure(0, "TypeError: no")
    paths = write(
        folder,
        good=FENCE.format("1"),
        fails=FENCE.format("2"),
        the_same=FENCE.format("2  # the same"),
        open="---\ntitle: x\n---\n```python\n",
        wrong=FENCE.format("3 +"),
        binary="",
    )
    paths[-1].write_bytes(b"\xff")
    with pytest.raises(LiterateError) as error:
        pages.run_pages(paths, Options(cache=folder / "cache"))
    text = str(error.value)
    assert [line for line in text.split("\n") if ".md" in line] == [
        "open.md:4: this fence is never closed",
        "binary.md: this file is not UTF-8: 'utf-8' codec can't decode byte 0xff in position 0: "
        "invalid start byte",
        "fails.md:1: TypeError: no",
        "wrong.md:2: SyntaxError: invalid syntax",
    ]
    run(FENCE.format("1"), cache=folder / "cache")
    assert sorted(ran.ran) == [["1\n"], ["2\n"]]


def test_what_had_ended_before_an_interrupt_is_kept(folder, monkeypatch):
    def interrupted(sessions, limits, done, *_):
        done(1, [[]], None)
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "run_sessions", interrupted)
    paths = write(folder, a=FENCE.format("1"), b=FENCE.format("2"))
    with pytest.raises(KeyboardInterrupt):
        pages.run_pages(paths, Options(cache=folder / "cache"))
    again = Runner()
    monkeypatch.setattr(runner, "run_sessions", again)
    pages.run_pages(paths, Options(cache=folder / "cache"))
    assert again.ran == [["1\n"]]


INCLUDED = {
    "a snippet in a block": FENCE.format('x = 1\n--8<-- "ok.py"'),
    "snippets in a block": FENCE.format("--8<--\nok.py\n--8<--"),
    "another extension's": FENCE.format("{!ok.py!}"),
    "a template": FENCE.format("{% if x %}\n1 +\n{% endif %}"),
    "a part of a template": FENCE.format("x = {{ x }} +"),
    "a block before": '--8<-- "part.md"\n' + CONT + FENCE.format("1"),
    "a fence that is filled in": "{{ fence }}\n" + FENCE.format("1").replace("python", "Python"),
}


@pytest.mark.parametrize("name", INCLUDED)
def test_what_is_to_be_replaced_is_no_error_ahead(ran, folder, name):
    pages.run_pages(write(folder, a=INCLUDED[name]), Options(cache=folder / "cache"))
    assert not any("8<" in code for codes in ran.ran for code in codes)


def test_beside_what_is_to_be_replaced_the_errors_are_told_ahead(ran, folder):
    ran.fails["2\n"] = Failure(0, "TypeError: no")
    paths = write(folder, a=INCLUDED["a snippet in a block"] + "\n" + FENCE.format("2"))
    with pytest.raises(LiterateError, match=r"^a\.md:6: TypeError: no"):
        pages.run_pages(paths, Options())


def test_the_mistakes_of_all_fences_of_all_pages_are_told_at_once(ran, folder):
    wrong = FENCE.format("1").replace("python", "python3")
    paths = write(folder, a=wrong * 2, b=f"> {wrong}", c=FENCE.format("1"))
    with pytest.raises(LiterateError) as error:
        pages.run_pages(paths, Options())
    found = [line.split(": ")[0] for line in str(error.value).split("\n") if line]
    assert found == ["a.md:1", "a.md:4", "b.md:1"]
