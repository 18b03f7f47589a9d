"""What a block may do, and what of it is shown: one process runs most of the blocks here."""

from __future__ import annotations

from textwrap import dedent

import pytest

from linreg.literate.outputs import Failure

from .conftest import run_named


def stdout(data):
    return {"kind": "text", "stream": "stdout", "data": data}


def stderr(data):
    return {"kind": "text", "stream": "stderr", "data": data}


def value(data):
    return {"kind": "text", "stream": "value", "data": data}


def html(data):
    return {"kind": "html", "stream": "value", "data": data}


def svg(data):
    return {"kind": "svg", "stream": "value", "data": data}


# Each block, and its outputs. They run in order, in one session.
BLOCKS = {
    "nothing": ("import os, sys, subprocess", []),
    "print": ("print('a', 'b')", [stdout("a b\n")]),
    "print an empty line": ("print()", [stdout("\n")]),
    "print nothing": ("print(end='')", []),
    "a value": ("1 + 1", [value("2")]),
    "a value silenced": ("1 + 1;", []),
    "a value silenced before a comment": ("1 + 1;  # so it is", []),
    "a value with ; in a comment": ("1 + 1  # ;", [value("2")]),
    "None": ("None", []),
    "an assignment": ("x = 3", []),
    "an expression that is not last": ("x\ny = x", []),
    "an expression in a branch": ("if x:\n    x", []),
    "a value as markup": ("'<b>'", [value("'<b>'")]),
    "HTML": (
        "class A:\n    def _repr_html_(self):\n        return '<b>1</b>'\nA()",
        [html("<b>1</b>")],
    ),
    "SVG": ("class A:\n    def _repr_svg_(self):\n        return '<svg/>'\nA()", [svg("<svg/>")]),
    "an address": (
        "print(object())\nobject()",
        [stdout("<object object at 0x…>\n"), value("<object at 0x…>")],
    ),
    "an address in HTML": (
        "class A:\n    def _repr_html_(self):\n        return 'at 0x7f12ab'\nA()",
        [html("at 0x…")],
    ),
    "streams in order": (
        "print(1)\nprint(2, file=sys.stderr)\nprint(3)\nprint(4)\n5",
        [stdout("1\n"), stderr("2\n"), stdout("3\n4\n"), value("5")],
    ),
    "past Python's streams": (
        "print('a')\n"
        "os.write(1, b'b\\n')\n"
        "print('c')\n"
        "print('d', file=sys.__stdout__)\n"
        "print('e')\n"
        "subprocess.run(['echo', 'f'])\n"
        "subprocess.run('echo g >&2', shell=True);",
        [stdout("a\nb\nc\nd\ne\nf\ng\n")],
    ),
    "bytes that are no text": ("os.write(1, '梯'.encode()[:2]);", [stdout("\ufffd")]),
    "text that is no HTML": (
        "print('<script>\\x00\\x1b[31m🎈\\u202e梯度\\ud800')",
        [stdout("<script>\x00\x1b[31m🎈\u202e梯度\ud800\n")],
    ),
    "a warning": ("import warnings\nwarnings.warn('careful')", [stderr("UserWarning: careful\n")]),
    "logging": ("import logging\nlogging.warning('careful')", [stderr("WARNING:root:careful\n")]),
    "a display": ("from IPython.display import *\ndisplay(1, '2')", [value("1"), value("'2'")]),
    "a display between prints": (
        "print('a')\ndisplay(HTML('<i>'))\nprint('b')",
        [stdout("a\n"), html("<i>"), stdout("b\n")],
    ),
    "a display updated": (
        "h = display(1, display_id=True)\nprint('a')\nh.update(HTML('<b>'))",
        [html("<b>"), stdout("a\n")],
    ),
    "a display updated in the next block": ("h = display('old', display_id='a')", [value("'new'")]),
    "the next block": ("update_display('new', display_id='a')\nprint('a')", [stdout("a\n")]),
    "an update of nothing": ("update_display(1, display_id='none')", []),
    "clear_output": ("print(1)\nclear_output()\nprint(2)", [stdout("2\n")]),
    "clear_output that waits": ("print(1)\nclear_output(wait=True)\nprint(2)", [stdout("2\n")]),
    "clear_output that waits in vain": ("print(1)\nclear_output(wait=True)", [stdout("1\n")]),
    "the block after it": ("print(2)", [stdout("2\n")]),
    "clear_output before a value": ("print(1)\nclear_output(wait=True)\n2", [value("2")]),
    "progress that is cleared": (
        "for i in range(50):\n    clear_output(wait=True)\n    print(str(i % 10) * 50_000)",
        [stdout("9" * 50_000 + "\n")],
    ),
    "many lines": (
        "for i in range(20_000):\n    print('x' * 48)",
        [stdout(("x" * 48 + "\n") * 20_000)],
    ),
    "no input": ("try:\n    input()\nexcept EOFError:\n    print('none')", [stdout("none\n")]),
    "no terminal": ("print(sys.stdout.isatty(), sys.stdout.encoding)", [stdout("False utf-8\n")]),
    "bytes printed": (
        "try:\n    sys.stdout.write(b'x')\nexcept TypeError as error:\n    print(error)",
        [stdout("write() argument must be str, not bytes\n")],
    ),
    "stdout closed": (
        "sys.stdout.close()\ntry:\n    print(1)\nexcept ValueError as e:\n    message = str(e)",
        [],
    ),
    "after that": ("print(message)", [stdout("I/O operation on closed file.\n")]),
    "stdout lost": ("sys.stdout = None\nprint(1)", []),
    "after that too": ("print(1)", [stdout("1\n")]),
    "descriptors closed": ("os.close(1)\nos.close(2)\nprint(1)", [stdout("1\n")]),
    "and after that": ("os.write(1, b'a')\nos.write(2, b'b');", [stdout("ab")]),
    "the real stdout closed": ("sys.__stdout__.close()\nprint(1)", [stdout("1\n")]),
    "and after that too": ("os.write(1, b'a');", [stdout("a")]),
    "exit": (
        "try:\n    exit(3)\nexcept SystemExit as error:\n    print(error.code)",
        [stdout("3\n")],
    ),
    "a program's name": (
        "import multiprocessing\n__name__, multiprocessing.current_process().name",
        [value("('__main__', 'MainProcess')")],
    ),
    "an empty folder": ("os.listdir()", [value("[]")]),
    "a process of its own": (
        "def child():\n    print('child', flush=True)\n"
        "p = multiprocessing.get_context('fork').Process(target=child)\n"
        "p.start()\np.join()\np.exitcode",
        [stdout("child\n"), value("0")],
    ),
    "no magic": ("x = '''\n%time 1\n!ls\n'''\nprint(x)", [stdout("\n%time 1\n!ls\n\n")]),
}

SEEDED = dedent(
    """\
    import random, numpy
    print(random.random(), numpy.random.rand(), list({"a", "b", "c", "d", "e"}))
    """
)

REFUSED = dedent(
    """\
    try:
        print("x" * 1_000_001)
    except Exception:
        pass
    """
)

TOO_LONG = "the block gives more than 1,000,000 characters; the option characters sets the limit"

# Sessions that fail, and how.
FAILURES = {
    "an exception": (
        ["x = 1", "\nx = 2\nraise ValueError('no')"],
        Failure(1, "ValueError: no", (("<block 1>", 3, "<module>"),)),
    ),
    "through another block": (
        ["def f():\n    return 1 / 0", "x = f()"],
        Failure(
            1,
            "ZeroDivisionError: division by zero",
            (("<block 1>", 1, "<module>"), ("<block 0>", 2, "f")),
        ),
    ),
    "an exception of two lines": (
        ["raise ValueError('one\\ntwo')"],
        Failure(0, "ValueError: one\ntwo", (("<block 0>", 1, "<module>"),)),
    ),
    "sys.exit": (
        ["import sys\nsys.exit(3)"],
        Failure(0, "SystemExit: 3", (("<block 0>", 2, "<module>"),)),
    ),
    "exit": (["exit()"], Failure(0, "SystemExit", (("<block 0>", 1, "<module>"),))),
    "an interrupt": (
        ["raise KeyboardInterrupt"],
        Failure(0, "KeyboardInterrupt", (("<block 0>", 1, "<module>"),)),
    ),
    "a repr that fails": (
        ["class A:\n    def __repr__(self):\n        return 1 / 0\nA()"],
        Failure(0, "ZeroDivisionError: division by zero", (("<block 0>", 3, "__repr__"),)),
    ),
    "an HTML repr that fails": (
        ["class A:\n    def _repr_html_(self):\n        return 1 / 0\nA()"],
        Failure(0, "ZeroDivisionError: division by zero", (("<block 0>", 3, "_repr_html_"),)),
    ),
    "100 MB printed": (
        ["print('x' * 10**8)"],
        Failure(0, TOO_LONG, (("<block 0>", 1, "<module>"),)),
    ),
    "100 MB past Python's streams": (
        ["import os\nfor i in range(100):\n    os.write(1, b'x' * 10**6)\n"],
        Failure(0, TOO_LONG),
    ),
    "100 MB as a value": (
        ["'x' * 10**8"],
        Failure(0, TOO_LONG, (("<block 0>", 1, "<module>"),)),
    ),
    "100 MB as an exception": (
        ["raise ValueError('x' * 10**8)"],
        Failure(0, f"ValueError: {'x' * 9988}…", (("<block 0>", 1, "<module>"),)),
    ),
    "too much, and the exception caught": ([REFUSED], Failure(0, TOO_LONG)),
    "no image": (
        ["from IPython.display import display\ndisplay({'image/png': b'x'}, raw=True)"],
        Failure(
            0,
            "the page cannot read what calls itself image/png: it is none",
            (("<block 0>", 2, "<module>"),),
        ),
    ),
}


@pytest.fixture(scope="module")
def gave():
    sessions = {
        "blocks": [code for code, _ in BLOCKS.values()],
        "seeded": [SEEDED],
        "seeded again": [SEEDED],
        **{name: codes for name, (codes, _) in FAILURES.items()},
    }
    return run_named(sessions)


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_shows(gave, name):
    assert not isinstance(gave["blocks"], Failure), gave["blocks"]
    _, outputs = BLOCKS[name]
    assert gave["blocks"][list(BLOCKS).index(name)] == outputs


@pytest.mark.parametrize("name", FAILURES)
def test_a_session_fails_with(gave, name):
    _, failure = FAILURES[name]
    assert gave[name]._replace(printed="") == failure


def test_random_numbers_and_sets_are_the_same_each_time(gave):
    assert gave["seeded"] == gave["seeded again"]
    assert gave["seeded"][0][0]["data"].startswith("0.8444218515250481 0.5488135039273248 ")
