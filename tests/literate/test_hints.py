from __future__ import annotations

import keyword

import pytest

from linreg.literate import hints

SYNTAX = "SyntaxError: invalid syntax"


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("%%time", "%%time is a magic of IPython, and a block is Python alone; measure with"),
        ("  %timeit f(x)", "%timeit is a magic of IPython, and a block is Python alone; call time"),
        (
            "%matplotlib inline",
            "%matplotlib is a magic of IPython, and a block is Python alone; le",
        ),
        ("t = %time f()", "%time is a magic of IPython"),
        ("%unknown", "%unknown is a magic of IPython, and a block is Python alone; leave it out"),
        ("!pip install torch", "! calls a shell from IPython alone; put what is only read into a "),
        ("files = !ls", "! calls a shell"),
        ("!!ls", "!! calls a shell"),
        (">>> x = 1", ">>> is a prompt of Python; write the code alone"),
        ("... x = 1", "... is a prompt of Python"),
        ("   ...: x", "...: is a prompt of Python"),
        ("In [1]: import os", "In [1]: is a prompt of IPython"),
        ("Out[12]: 3", "Out[12]: is a prompt of IPython"),
        ("np.array?", "? asks IPython for help; call help(…)"),
        ("f??", "?? asks IPython for help"),
        ("?f", "? asks IPython for help"),
        (';--8<-- "ok.py"', ";--8<-- is for pymdownx.snippets"),
        ("--8<--", "--8<-- is for pymdownx.snippets"),
        ("{% if x %}", "{% is for a template"),
        ("if x &lt; 3:", "&lt; is HTML; write the character itself"),
        ("pip install torch", "this is a command of the shell; put what is only read"),
        ("$ make", "this is a command of the shell"),
    ],
)
def test_what_is_no_python_is_named(line, hint):
    assert hints.of(line, SYNTAX).startswith(hint)


@pytest.mark.parametrize(
    "line", ["x = (", "if x", "print 'a'", "x % 2 y", "a ? b : c", "x = 3 !", "git = = 1", "..."]
)
def test_of_any_other_mistake_nothing_is_said(line):
    assert hints.of(line, SYNTAX) == ""


def test_what_waits_is_told_where_to_stand():
    for message in (
        "SyntaxError: 'await' outside function",
        "SyntaxError: 'async with' outside async function",
        "SyntaxError: asynchronous comprehension outside of an asynchronous function",
    ):
        assert "asyncio.run(main())" in hints.of("await x", message)


def test_an_error_of_a_running_program_is_left_alone():
    assert hints.of("x = a %b", "ValueError: no") == ""
    assert hints.of("%time", "TypeError: no") == ""
    assert "snippets" in hints.of('--8<-- "a.py"', "TypeError: bad operand type for unary -: 'str'")
    assert "prompt" in hints.of("In [1]: x = 1", "NameError: name 'In' is not defined")


def test_no_word_of_python_is_taken_for_a_command():
    assert not any(hints.of(f"{word} x", SYNTAX) for word in [*keyword.kwlist, "print", "exec"])
