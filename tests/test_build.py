"""What goes wrong in a build ends it, is said in a line, and leaves the site that was there."""

from __future__ import annotations

from pathlib import Path

import pytest

from book import build
from book.finish import FinishError
from book.hosts.zensical import ZensicalError
from linreg.literate import LiterateError


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site, and a build that does nothing and succeeds."""
    made = {"index.html": "new"}
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text("old")
    (folder / "gone.html").touch()

    def render(_: object, project: Path) -> Path:
        project.mkdir()
        for name, text in made.items():
            (project / name).write_text(text)
        return project

    monkeypatch.setattr(build, "run_pages", lambda *_, **__: None)
    monkeypatch.setattr(build.zensical, "render", render)
    monkeypatch.setattr(build, "finish", lambda *_: [])
    monkeypatch.setattr(build, "assemble", lambda folder, parts, _: shown(folder, parts))
    return folder


def shown(folder: Path, parts: dict[str, Path]) -> None:
    (folder / "parts").write_text(" ".join(parts))


def files(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir()}


def test_the_languages_stand_beside_the_front_page(site: Path) -> None:
    assert build.build("zensical", site) == 0
    assert files(site) == {"index.html": "new", "parts": "en zh"}


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ("run_pages", LiterateError("docs/en/loss.md:6: ZeroDivisionError: division by zero")),
        ("finish", FinishError("loss.md: no page was made of it")),
        ("zensical.render", ZensicalError("docs/en/loss.md: a broken link")),
    ],
)
def test_an_error_is_said_and_leaves_the_site_that_was_there(
    site: Path,
    step: str,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    place, _, name = step.rpartition(".")
    monkeypatch.setattr(getattr(build, place) if place else build, name, fail)
    assert build.build("zensical", site) == 1
    assert capsys.readouterr().err == f"{error}\n"
    assert files(site) == {"index.html": "old", "gone.html": ""}


def test_a_complaint_ends_the_build(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "finish", lambda _, book: [f"a fault in {book.language or 'both'}"])
    assert build.build("zensical", site) == 1
    assert capsys.readouterr().err.split("\n") == [
        "a fault in both",
        "a fault in en",
        "a fault in zh",
        "",
    ]
    assert files(site)["index.html"] == "old"
