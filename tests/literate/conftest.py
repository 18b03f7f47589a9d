"""What the tests of the engine share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import markdown
import pytest

from linreg.literate import runner
from linreg.literate.runner import Limits, run_sessions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from linreg.literate.outputs import Failure, Output

SHOWN = {"pymdownx.highlight": {"use_pygments": False}}  # code without a span for every word


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
    """Prints each block's code; what is in ``fails`` ends its session."""

    def __init__(self):
        self.ran = []
        self.fails = {}
        self.meanwhile = lambda: None

    def __call__(self, sessions, limits):
        self.ran += sessions
        self.meanwhile()
        return [
            next(
                (self.fails[code] for code in codes if code in self.fails),
                [[{"kind": "text", "stream": "stdout", "data": code}] for code in codes],
            )
            for codes in sessions
        ]


@pytest.fixture
def ran(monkeypatch):
    runs = Runner()
    monkeypatch.setattr(runner, "run_sessions", runs)
    return runs


def run_named(
    sessions: Mapping[str, Sequence[str]], limits: Limits | None = None
) -> dict[str, list[list[Output]] | Failure]:
    """Run sessions side by side; what each gave, by name."""
    results = run_sessions(list(sessions.values()), limits or Limits())
    return dict(zip(sessions, results, strict=True))
