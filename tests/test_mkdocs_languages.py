"""A language is built again when something of it has changed, and each answer is to its own job."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from mkdocs.exceptions import Abort

from book.hosts.mkdocs import builder, hooks, languages

DONE = {"error": None, "warned": False}
WARNED = {"error": None, "warned": True}
FAILED = {"error": "docs/en/loss.md:3: a mistake", "warned": False}
CONFIG = SimpleNamespace(site_url="https://a.b/")


class Process:
    """Answers each job with the next of some messages."""

    def __init__(self, *messages: dict[str, object]) -> None:
        self.stdin = io.StringIO()
        self.stdout = iter([f"{json.dumps(message)}\n" for message in messages])
        self.code: int | None = None

    def poll(self) -> int | None:
        return self.code

    def wait(self) -> int:
        self.code = 1
        return self.code

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


def test_what_warned_is_built_again_though_nothing_has_changed(language) -> None:
    """So that it warns again, or ends a build that is strict."""
    built = language(WARNED, DONE, changes=False)
    for _ in range(3):
        build(built)
    assert told(built) == ["job", True, "job", True]


def test_what_nobody_waited_for_is_not_taken_for_the_next(
    language, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor does it warn in that: it is made again."""
    warning = {"level": 30, "text": "a warning"}
    built = language(warning, FAILED, DONE, changes=False)
    built.start(CONFIG)
    built.go_on()  # and the build of the other language fails
    build(built)
    assert told(built) == ["job", True, "job", True]
    assert caplog.text == ""


def test_after_a_mistake_in_a_block_a_build_does_not_go_on(
    language, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor does it say so: the mistake has been told."""
    built = language({"level": 40, "text": "not all of the blocks ran"}, FAILED, DONE)
    built.start(CONFIG)  # and a block raises
    build(built)
    assert told(built) == ["job", False, "job", True]
    assert caplog.text == ""


def test_a_process_that_ends_is_said_and_another_begins(language) -> None:
    for ends_before_it_is_told in (False, True):
        built = language(changes=False)
        first = built._process
        if ends_before_it_is_told:
            first.die()
        with pytest.raises(Abort, match="its build ended with code 1"):
            build(built)
        with pytest.raises(Abort):  # the other one ends as well
            build(built)
        assert built._process is not first
        assert told(built) == ["job", True]


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_build_waits_for_one_word(goes_on: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """It asks more than once."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{json.dumps(goes_on)}\nthe next job\n"))
    permission = builder.Permission()
    assert [permission.wait(), permission.wait()] == [goes_on, goes_on]
    assert sys.stdin.readline() == "the next job\n"


def test_a_build_ends_with_who_would_say_whether_it_may_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(SystemExit):
        builder.Permission().wait()


@pytest.mark.parametrize(
    ("command", "events"),
    [
        ("build", ["start", "blocks", "go on", "finish", "finish", "assemble"]),
        ("serve", ["start", "blocks", "go on", "finish", "assemble"]),
    ],
)
def test_a_server_alone_builds_the_front_page_before_the_languages_are_done(
    command: str, events: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Any other build has to know of their mistakes before it takes the last good site away."""
    noted: list[str] = []
    note = lambda event: lambda *_, **__: noted.append(event)  # noqa: E731
    one = {"start": note("start"), "go_on": note("go on"), "finish": note("finish")}
    monkeypatch.setattr(hooks, "_languages", [SimpleNamespace(name="en", site=tmp_path, **one)])
    monkeypatch.setattr(hooks, "run_pages", note("blocks"))
    monkeypatch.setattr(hooks, "finish", lambda *_: [])
    monkeypatch.setattr(hooks, "assemble", note("assemble"))
    config = SimpleNamespace(
        extra={}, mdx_configs={"linreg.literate": {}}, site_dir=str(tmp_path), site_url="/"
    )
    hooks.on_startup(command=command, dirty=False)
    try:
        hooks.on_pre_build(config)
        hooks.on_post_build(config)
    finally:
        hooks.on_startup(command="build", dirty=False)
    assert noted == events
