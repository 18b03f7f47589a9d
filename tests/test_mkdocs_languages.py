"""A language is built again when something of it has changed, and each answer is to its own job."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace

import pytest
from mkdocs.exceptions import Abort

from book.hosts.mkdocs import languages

DONE, FAILED = {"error": None}, {"error": "docs/en/loss.md:3: a mistake"}
CONFIG = SimpleNamespace(site_url="https://a.b/")


class Process:
    """Answers each job with the next of some messages."""

    def __init__(self, *messages: dict[str, object]) -> None:
        self.stdin = io.StringIO()
        self.stdout = iter([f"{json.dumps(message)}\n" for message in messages])

    def wait(self) -> int:
        return 1

    def terminate(self) -> None:
        pass

    def communicate(self) -> None:
        pass


@pytest.fixture
def language(monkeypatch: pytest.MonkeyPatch):
    """Makes a language whose process gives these answers, and whose sources change each time."""

    def make(*messages: dict[str, object], changes: bool = True) -> languages.Language:
        count = iter(range(100))
        state = lambda tops: {"file": (next(count) if changes else 0, 0)}  # noqa: E731
        monkeypatch.setattr(languages.subprocess, "Popen", lambda *_, **__: Process(*messages))
        monkeypatch.setattr(languages, "_state", state)
        made.append(languages.Language("en"))
        return made[-1]

    made: list[languages.Language] = []
    yield make
    for built in made:
        built.close()


def jobs(built: languages.Language) -> int:
    return built._process.stdin.getvalue().count("\n")


def test_what_has_not_changed_is_not_built_again(language) -> None:
    built = language(DONE, changes=False)
    for _ in range(3):
        built.start(CONFIG)
        built.finish()
    assert jobs(built) == 1


def test_what_failed_is_built_again_though_nothing_has_changed(language) -> None:
    built = language(FAILED, DONE, changes=False)
    built.start(CONFIG)
    with pytest.raises(Abort, match="a mistake"):
        built.finish()
    for _ in range(2):
        built.start(CONFIG)
        built.finish()
    assert jobs(built) == 2


def test_what_nobody_waited_for_is_not_taken_for_the_next(
    language, caplog: pytest.LogCaptureFixture
) -> None:
    warning = {"level": 30, "text": "a warning"}
    built = language(warning, FAILED, DONE)
    built.start(CONFIG)  # and the build of the other language fails
    built.start(CONFIG)
    assert "a warning" in caplog.text
    built.finish()
    assert jobs(built) == 2


def test_a_process_that_ends_is_said(language) -> None:
    built = language()
    built.start(CONFIG)
    with pytest.raises(Abort, match="its build ended with code 1"):
        built.finish()
