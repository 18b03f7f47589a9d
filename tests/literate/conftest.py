"""What the tests of the engine share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import markdown
import pytest

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


def run_named(
    sessions: Mapping[str, Sequence[str]], limits: Limits | None = None
) -> dict[str, list[list[Output]] | Failure]:
    """Run sessions side by side; what each gave, by name."""
    results = run_sessions(list(sessions.values()), limits or Limits())
    return dict(zip(sessions, results, strict=True))
