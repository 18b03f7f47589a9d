"""Answers of learners, right and wrong, and what a check has to say of each."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from linreg import check
from linreg.check.book import USUAL

COMMON = {
    "endless_loop",
    "generator",
    "no_parentheses",
    "one_in_a_tuple",
    "prints",
    "raises",
    "returns_none",
}
"""The mistakes that any function may have; `test_report.py` has one of each."""
Function = Callable[..., Any]


def failure_of(checked: Function, f: Function, **how: Any) -> check.CheckFailed:
    """Return the failure of a check that has to fail."""
    with pytest.raises(check.CheckFailed) as failure:
        checked(f, **how)
    return failure.value


class Answers:
    """The answers to one exercise, registered by the decorators `mistake` and `right`."""

    def __init__(self, checked: Function) -> None:
        self.checked = checked
        self.mistakes: list[Any] = []
        self.right_ones: list[Any] = []
        self.keys: set[str] = set()

    def mistake(self, key: str, en: str, zh: str, **how: Any) -> Callable[[Function], Function]:
        """Register the function below: it has this mistake, of which these words must be said."""

        def register(f: Function) -> Function:
            self.keys.add(key)
            self.mistakes.append(pytest.param(f, key, en, zh, how, id=f.__name__))
            return f

        return register

    def right(self, f: Any = None, *, note: str | tuple[str, ...] = (), **how: Any) -> Any:
        """Register the function below: it passes, with notes that link these sections."""
        notes = (note,) if isinstance(note, str) else note

        def register(f: Function) -> Function:
            name = getattr(f, "__name__", type(f).__name__)
            self.right_ones.append(pytest.param(f, notes, how, id=name))
            return f

        return register if f is None else register(f)

    def assert_named(self, f: Function, key: str, en: str, zh: str, how: dict[str, Any]) -> None:
        """Check that both languages name the mistake and link the same section."""
        english = failure_of(self.checked, f, lang="en", **how)
        chinese = failure_of(self.checked, f, lang="zh", **how)
        assert (english.mistake, chinese.mistake) == (key, key), str(english)
        assert english.check == self.checked.__name__
        assert en in str(english)
        assert zh in str(chinese)
        assert str(english).endswith(english.url)
        assert chinese.url == english.url.replace("/en/", "/zh/")

    def assert_passes(self, f: Function, notes: tuple[str, ...], how: dict[str, Any]) -> None:
        """Check that the answer passes, with these notes and no others."""
        passed = self.checked(f, **how)
        assert repr(passed).startswith(f"{self.checked.__name__}: passed\n✓ ")
        links = [link for each in passed.notes for link in re.findall(r"http\S+", each)]
        assert links == [f"{USUAL}en/{note}" for note in notes]
