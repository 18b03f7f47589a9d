"""What the tests of the engine share."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import markdown
import pytest

from linreg.literate import runner
from linreg.literate.runner import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from linreg.literate.outputs import Result

SHOWN = {"pymdownx.highlight": {"use_pygments": False}}  # code without a span for every word


@pytest.fixture(autouse=True, scope="session")
def _interrupts() -> None:
    """Ctrl-C reaches what the tests start, also where a shell runs them in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _execution_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LITERATE_EXECUTE", raising=False)


@pytest.fixture
def convert() -> Callable[..., str]:
    """Markdown in, HTML out, with the engine's options by name; nothing is kept."""

    def convert(text: str, *extensions: str, **options: Any) -> str:
        return markdown.markdown(
            text,
            extensions=[
                "pymdownx.highlight",
                "pymdownx.superfences",
                "linreg.literate",
                *extensions,
            ],
            extension_configs={**SHOWN, "linreg.literate": {"cache": "", **options}},
        )

    return convert


class Runner:
    """Prints each block's code, having read all modules; what is in ``fails`` ends its session."""

    def __init__(self):
        self.ran = []
        self.fails = {}
        self.meanwhile = lambda: None
        self.read = None

    def __call__(self, sessions, limits, done, *_):
        self.ran += sessions
        self.meanwhile()
        for number, codes in enumerate(sessions):
            outputs = [[{"kind": "text", "stream": "stdout", "data": code}] for code in codes]
            fails = (self.fails[code] for code in codes if code in self.fails)
            done(number, next(fails, outputs), self.read)


def run(sessions: Sequence[Sequence[str]], limits: Limits | None = None) -> list[Result]:
    """Run sessions side by side; what each gave."""
    results: dict[int, Result] = {}
    runner.run_sessions(
        sessions, limits or Limits(), lambda number, result, _: results.update({number: result})
    )
    return [results[number] for number in range(len(sessions))]


@pytest.fixture
def ran(monkeypatch):
    runs = Runner()
    monkeypatch.setattr(runner, "run_sessions", runs)
    return runs


def run_named(
    sessions: Mapping[str, Sequence[str]], limits: Limits | None = None
) -> dict[str, Result]:
    """Run sessions side by side; what each gave, by name."""
    return dict(zip(sessions, run(list(sessions.values()), limits), strict=True))
