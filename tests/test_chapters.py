"""What readers see of the chapters' code: its width, and that a colour means one thing."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from unicodedata import east_asian_width

import pytest

from linreg.literate.fences import parse
from linreg.literate.source import from_file

DOCS = Path(__file__).resolve().parents[1] / "docs"
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
