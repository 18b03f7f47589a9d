"""When the sources last changed, as git knows it."""

from __future__ import annotations

import subprocess
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def last_changes(folder: Path) -> dict[str, str]:
    """The day of the last commit of each file in a folder and below, such as `2026-02-28`.

    Nothing is known without git, or in a clone that has only the last commits.
    """
    try:
        shallow, head = _git(folder, "rev-parse", "--is-shallow-repository", "HEAD").split()
        return _days(folder, head) if shallow == "false" else {}
    except (OSError, subprocess.CalledProcessError):  # no git, or no repository
        return {}


@lru_cache(maxsize=1)
def _days(folder: Path, head: str) -> dict[str, str]:
    """Read the history, which takes long, once for each last commit."""
    log = _git(folder, "log", "--relative", "--name-only", "--format=%x00%cs", head)
    days: dict[str, str] = {}
    for commit in log.split("\0")[1:]:  # the last one first
        day, *files = commit.split("\n")
        for file in filter(None, files):
            days.setdefault(file, day)
    return days


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "core.quotePath=false", *arguments]
    return subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout  # noqa: S603  # git, with our own words
