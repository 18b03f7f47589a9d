"""The commands of `python -m book`, as CONTRIBUTING.md has them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from book import __main__ as commands
from book import build
from book.checks import numbers, outputs, translation

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What the commands were asked to do, which is not done."""
    seen: list[tuple[object, ...]] = []
    for module, name in [
        (build, "build"),
        *((m, "check") for m in (numbers, outputs, translation)),
    ]:
        monkeypatch.setattr(module, name, lambda *given, m=module: seen.append((m, *given)) or 0)
    return seen


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("build", (build, "mkdocs", ROOT / "site")),
        ("build --host properdocs", (build, "properdocs", ROOT / "site")),
        ("build --host zensical --site-dir there", (build, "zensical", Path("there"))),
        ("check numbers", (numbers, False)),
        ("check numbers --accept", (numbers, True)),
        ("check outputs", (outputs, [], False, False)),
        ("check outputs a.md --accept --cpus", (outputs, [Path("a.md")], True, True)),
        ("check translation", (translation, [])),
        ("check translation --accept loss", (translation, ["loss"])),
    ],
)
def test_a_command_does_what_it_says(
    line: str, wanted: tuple[object, ...], asked: list[tuple[object, ...]]
) -> None:
    assert commands.main(line.split()) == 0
    assert asked == [wanted]


@pytest.mark.parametrize("line", ["", "check", "build --host other", "check nothing"])
def test_what_is_no_command_is_refused(line: str, asked: list[tuple[object, ...]]) -> None:
    with pytest.raises(SystemExit):
        commands.main(line.split())
    assert asked == []


def test_the_manual_names_commands_that_there_are(asked: list[tuple[object, ...]]) -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    lines = re.findall(r"python -m book ([^`#\n]+)", text)
    assert len(lines) >= 6
    for line in lines:
        assert commands.main(line.split()) == 0
