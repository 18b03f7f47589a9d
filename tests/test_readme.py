"""The README in both languages: a reader of either types the same commands."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("README.md", "README.zh.md")

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"\s+#.*")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands(readme: str) -> list[list[str]]:
    """The lines of each console block, without their comments."""
    return [_COMMENT.sub("", block).splitlines() for block in _BLOCK.findall(readme)]


def test_both_languages_have_the_same_commands() -> None:
    english, chinese = (commands(text(name)) for name in NAMES)
    assert english == chinese
    assert english == [["make serve", "make test"]]


def test_each_links_to_the_other_above_its_first_part() -> None:
    for name, other in (NAMES, NAMES[::-1]):
        assert f"]({other})" in text(name).partition("\n## ")[0]


def test_comments_may_differ_and_commands_may_not() -> None:
    one = "```console\nmake serve    # the book\n```\n\n```text\nmake\n```\n"
    assert commands(one) == commands(one.replace("the book", "书")) == [["make serve"]]
    assert commands(one) != commands(one.replace("serve", "build"))
