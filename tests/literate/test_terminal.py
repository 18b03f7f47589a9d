from __future__ import annotations

import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tqdm import tqdm

from linreg.literate import terminal


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("plain\n", "plain\n"),
        ("blanks at the end  \n", "blanks at the end  \n"),
        ("10%\r100%", "100%"),
        ("100%\r20%", "20%%"),
        ("100%\r\x1b[K20%", "20%"),
        ("100%\x1b[2K\r20%", "20%"),
        ("abc\x1b[1K", ""),
        ("abc\b\bX", "aXc"),
        ("one\ntwo\n\x1b[2AONE\n", "ONE\ntwo\n"),
        ("one\ntwo\x1b[A\r1", "1ne\ntwo"),
        ("one\ntwo\x1b[F1\x1b[E2", "1ne\n2wo"),
        ("a\x1b[9Ab", "ab"),
        ("abcdef\x1b[3GX\x1b[CY", "abXdYf"),
        ("abcdef\x1b[4D\x1b[2P", "abef"),
        ("abcdef\x1b[4D\x1b[2@", "ab  cdef"),
        ("abcdef\x1b[5D\x1b[2X", "a  def"),
        ("a\nb\nc\x1b[2A\x1b[J", "a"),
        ("a\nb\x1b[H\x1b[2Jnew", "new"),
        ("a\n\x1b[2;3Hx", "a\n  x"),
        ("ab\x1b7cd\x1b8X", "abXd"),
        ("ab\x1b[scd\x1b[uX", "abXd"),
        ("ab\x1b[?25l\x1b[31mc\x1b[0m\x1b(B", "abc"),
        ("\x1bPq1234\x1b\\text", "text"),
        ("a\x1b[3C\x1b[m|", "a   |"),
        ("a\tb\r", "a       b"),
        ("训练\rab", "ab练"),
        ("训练\ra", "a 练"),
        ("ab训\x1b[3GX", "abX"),
        ("e\u0301x\rE", "Ex"),
        ("❤\ufe0f1\r2", "21"),
        ("a\r\u0301b", "b"),
        ("a\x1b", "a\x1b"),
        ("\x1b[", "\x1b["),
    ],
)
def test_what_is_left_is_what_a_terminal_shows(text, left):
    assert terminal.left(text) == left


def bars(depth, leave, printed):
    if depth:
        for _ in tqdm(range(3), file=printed, mininterval=0, leave=leave and depth == 2, ncols=40):
            bars(depth - 1, leave, printed)


def test_of_nested_bars_the_outer_one_is_left():
    printed = io.StringIO()
    bars(2, True, printed)
    (line,) = terminal.left(printed.getvalue()).rstrip("\n").split("\n")
    assert line.startswith("100%|")
    assert "3/3" in line


def test_bars_that_leave_nothing_leave_nothing():
    printed = io.StringIO()
    bars(3, False, printed)
    assert terminal.left(printed.getvalue()).strip() == ""


@pytest.mark.parametrize(
    "long",
    [
        "x" * 100_000 + "\rX" * 100_000,
        "\n" * 10_000 + "\x1b[A" * 100_000,
        "\x1b[999999999C" * 100_000,
        "\x1b[999999999@" * 1000,
        "\x1b[99999;99999H" * 1000 + "x",
        "\u0301" * 100_000 + "\r",
    ],
)
def test_no_text_takes_long(long):
    start = time.process_time()
    terminal.left(long)
    assert time.process_time() - start < 2.0


SEQUENCES = ["[2A", "[9C", "[K", "[1J", "[2J", "[3;4H", "[P", "[5@", "[3X", "7", "8"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*"a梯\u0301\n\t\r\b\x1b", *(f"\x1b{s}" for s in SEQUENCES)])))
def test_any_text_leaves_something(parts):
    assert isinstance(terminal.left("".join(parts)), str)
