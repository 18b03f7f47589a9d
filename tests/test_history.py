"""When the sources last changed: repositories made for the purpose."""

import os
import subprocess
from pathlib import Path

import pytest

from book import history

NOBODY = {
    f"GIT_{role}_{what}": text
    for role in ("AUTHOR", "COMMITTER")
    for what, text in (("NAME", "A. Writer"), ("EMAIL", "writer@example.org"))
}


def git(folder: Path, *arguments: str, day: str = "2026-01-01") -> None:
    dates = {
        "GIT_AUTHOR_DATE": f"{day}T23:30:00+0800",
        "GIT_COMMITTER_DATE": f"{day}T23:30:00+0800",
    }
    command = ["git", "-C", str(folder), "-c", "commit.gpgSign=false", *arguments]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **NOBODY, **dates})


def commit(folder: Path, day: str, **files: str) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)
    git(folder, "add", *files)
    git(folder, "commit", "-m", "A change", day=day)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A folder of a repository that has other things as well."""
    repository = tmp_path / "repository"
    (repository / "book").mkdir(parents=True)
    git(repository, "init")
    commit(repository / "book", "2026-01-03", first="1", second="1")
    commit(repository / "book", "2026-02-05", second="2")
    commit(repository, "2026-03-07", elsewhere="1")
    return repository / "book"


def test_each_file_has_the_day_of_its_last_commit(book: Path) -> None:
    (book / "new").write_text("not committed")
    assert history.last_changes(book) == {"first": "2026-01-03", "second": "2026-02-05"}


def test_a_commit_counts_at_once(book: Path) -> None:
    history.last_changes(book)
    commit(book, "2026-04-09", first="2")
    assert history.last_changes(book)["first"] == "2026-04-09"


def test_nothing_is_known_without_a_repository(tmp_path: Path) -> None:
    assert history.last_changes(tmp_path) == {}


def test_nothing_is_known_without_git(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(book))
    assert history.last_changes(book) == {}


def test_nothing_is_known_of_a_clone_that_has_the_last_commits_alone(
    book: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "--depth=1", f"file://{book.parent}", "clone")
    assert history.last_changes(tmp_path / "clone" / "book") == {}
