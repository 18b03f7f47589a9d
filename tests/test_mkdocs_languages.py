"""A language is built again when something of it has changed, and each answer is to its own job."""

from __future__ import annotations

import io
import json
import sys
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from mkdocs.exceptions import Abort

from book.hosts.mkdocs import builder, languages

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

    def die(self) -> None:
        """End, so that nobody reads what it is told."""
        self.stdin.flush = Mock(side_effect=BrokenPipeError)

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


def told(built: languages.Language) -> list[str]:
    """What a process was told: a job, and whether to go on with it."""
    lines = map(json.loads, built._process.stdin.getvalue().splitlines())
    return ["job" if isinstance(line, dict) else line for line in lines]


def build(built: languages.Language) -> None:
    built.start(CONFIG)
    built.go_on()
    built.finish()


def test_what_has_not_changed_is_not_built_again(language) -> None:
    built = language(DONE, changes=False)
    for _ in range(3):
        build(built)
    assert told(built) == ["job", True]


def test_what_failed_is_built_again_though_nothing_has_changed(language) -> None:
    built = language(FAILED, DONE, changes=False)
    with pytest.raises(Abort, match="a mistake"):
        build(built)
    for _ in range(2):
        build(built)
    assert told(built) == ["job", True, "job", True]


def test_what_nobody_waited_for_is_not_taken_for_the_next(
    language, caplog: pytest.LogCaptureFixture
) -> None:
    warning = {"level": 30, "text": "a warning"}
    built = language(warning, FAILED, DONE)
    built.start(CONFIG)
    built.go_on()  # and the build of the other language fails
    built.start(CONFIG)
    assert "a warning" in caplog.text
    built.go_on()
    built.finish()
    assert told(built) == ["job", True, "job", True]


def test_after_a_mistake_in_a_block_a_build_does_not_go_on(
    language, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor does it say so: the mistake has been told."""
    built = language({"level": 40, "text": "not all of the blocks ran"}, FAILED, DONE)
    built.start(CONFIG)  # and a block raises
    build(built)
    assert told(built) == ["job", False, "job", True]
    assert caplog.text == ""


def test_a_process_that_ends_is_said(language) -> None:
    for ends_before_it_is_told in (False, True):
        built = language()
        if ends_before_it_is_told:
            built._process.die()
        with pytest.raises(Abort, match="its build ended with code 1"):
            build(built)


@pytest.mark.parametrize(("line", "goes_on"), [("true\n", True), ("false\n", False), ("", False)])
def test_a_build_waits_for_one_word(
    line: str, goes_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks more than once; no word comes where the one that would say it has ended."""
    rest = "the next job\n" if line else ""
    monkeypatch.setattr("sys.stdin", io.StringIO(line + rest))
    outputs = builder.Outputs()
    assert [outputs.wait(), outputs.wait()] == [goes_on, goes_on]
    assert sys.stdin.readline() == rest
