"""The chapters' code: its width, that a colour means one thing, that each run gives the same."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from unicodedata import east_asian_width

import pytest

from linreg.literate.fences import parse
from linreg.literate.source import from_file

DOCS = Path(__file__).resolve().parents[1] / "docs"
PACKAGE = DOCS.parent / "linreg"
WIDEST = 88  # characters that a page 1220 pixels wide and more shows in one line
COLOURS = {"$w_1$": "C2", "$w_2$": "C3", "$b$": "C4"}


def codes() -> list[tuple[str, str]]:
    """The code of every block that runs, and where it stands."""
    found = []
    for file in sorted([DOCS / "index.md", *DOCS.glob("??/*.md"), *DOCS.glob("??/lab.ipynb")]):
        source, lines = from_file(file)
        for session in parse(lines, source).sessions:
            found += [(source.at(block.start), block.code) for block in session.blocks]
    return found


def width(line: str) -> int:
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in line)


def too_wide(code: str) -> list[str]:
    return [line for line in code.splitlines() if width(line) > WIDEST]


def other_colours(code: str) -> list[str]:
    """Curves that are called by the name of a parameter and have not its colour."""
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    found = []
    for call in calls:
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        names = {
            n.value for n in ast.walk(given.get("label", call.func)) if isinstance(n, ast.Constant)
        }
        for name in names & set(COLOURS):
            colour = given.get("color")
            if not isinstance(colour, ast.Constant) or colour.value != COLOURS[name]:
                found.append(ast.unparse(call))
    return found


def without_a_driver(code: str) -> list[str]:
    """Calls of PyTorch's `lstsq` that leave the driver to PyTorch.

    On the CPU that is `gelsy`, which PyTorch 2.13 hands memory that nobody has cleared: in one run
    of many the same program draws another figure.
    """
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    return [
        ast.unparse(call)
        for call in calls
        if ast.unparse(call.func).endswith("linalg.lstsq")
        and "driver" not in {keyword.arg for keyword in call.keywords}
    ]


def test_no_line_of_a_chapters_code_is_too_wide() -> None:
    assert len(codes()) > 700
    assert [(at, line) for at, code in codes() for line in too_wide(code)] == []


def test_a_parameter_has_one_colour_in_all_figures() -> None:
    named = [at for at, code in codes() if re.search(r"label=[^)]*\$(w_1|w_2|b)\$", code)]
    assert len(named) >= 4
    assert [(at, curve) for at, code in codes() for curve in other_colours(code)] == []


def test_a_star_has_one_colour_in_all_figures() -> None:
    """It marks the goal."""
    stars = [
        (at, line)
        for at, code in codes()
        for line in code.splitlines()
        if re.search(r"""["']\*["'],|marker="\*\"""", line)
    ]
    assert len(stars) >= 6
    assert [star for star in stars if 'color="C5"' not in star[1]] == []


def test_least_squares_are_the_same_in_each_run() -> None:
    package = [(str(file), file.read_text(encoding="utf-8")) for file in PACKAGE.rglob("*.py")]
    calls = [(at, code) for at, code in [*codes(), *package] if "linalg.lstsq" in code]
    assert len(calls) >= 8
    assert [(at, call) for at, code in calls for call in without_a_driver(code)] == []


@pytest.mark.parametrize("line", ["x" * 89, "书" * 45])
def test_a_line_that_is_too_wide_is_found(line: str) -> None:
    assert too_wide(f"1\n{line}\n") == [line]
    assert too_wide("x" * 88) == too_wide("书" * 44) == []


@pytest.mark.parametrize(
    "code",
    [
        'plt.plot(w1, label="$w_1$")',
        'plt.plot(w1, color="C1", label="$w_1$")',
        'plt.plot(path, label=["$w_1$", "$w_2$", "$b$"])',
    ],
)
def test_a_parameter_in_another_colour_is_found(code: str) -> None:
    assert other_colours(code)
    assert other_colours('plt.plot(w1, color="C2", label="$w_1$")') == []


@pytest.mark.parametrize("call", ["torch.linalg.lstsq(A, y)", "linalg.lstsq(A, y, rcond=None)"])
def test_a_solver_that_is_left_to_pytorch_is_found(call: str) -> None:
    assert without_a_driver(f"w = {call}.solution") == [call]
    assert without_a_driver(f'w = {call[:-1]}, driver="gelsd").solution') == []
