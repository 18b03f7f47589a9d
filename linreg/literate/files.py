"""The data files of a site: a session works on copies of its own, and which it has read is known.

So a block reads ``open("heights.csv")`` wherever the site is built, whatever it writes stays in the
folder of its session, and an edit to a file runs again the sessions that have read it. What is read
is told by the time of the last access that the system keeps for each file, also when a library in
C++ or another process reads it. Where a system keeps none, all files count as read.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PREFIX = "data:"  # of the files among the names of what a session has read

_MOST = 100_000_000  # bytes that each session may have to copy
_BEFORE = 10**18  # nanoseconds since 1970: when the copies were last changed, and not yet read


def find(folder: Path | None) -> dict[str, Path]:
    """The files of a folder, and of those in it, by their path from there; no hidden ones."""
    return dict(sorted(_below(folder))) if folder else {}


def size(folder: Path) -> int:
    """How many bytes the files of a folder take."""
    return sum(file.stat().st_size for file in find(folder).values())


def fit(folder: Path) -> bool:
    """Whether each session can have a copy of the files of a folder."""
    return size(folder) <= _MOST


class Copies:
    """The copies of one session.

    Args:
        folder: whose files are copied; None for no files.
        here: that of the session, without links.
    """

    def __init__(self, folder: Path | None, here: Path) -> None:
        self._names = {}
        for name, file in find(folder).items():
            self._names[name] = here / name
            self._names[name].parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, self._names[name])
            os.utime(self._names[name], ns=(_BEFORE, _BEFORE))
        self._known = bool(self._names) and _keeps_access(here)

    def read(self, codes: Sequence[str]) -> list[str]:
        """Which files the session has read, or may have asked for.

        Args:
            codes: what ran: whose name stands in it counts, for a file can be asked whether it is
                there, or how large it is, without being read.
        """
        return [
            PREFIX + name
            for name, copy in self._names.items()
            if not self._known
            or _touched(copy)
            or any(PurePosixPath(name).name in code for code in codes)
        ]


def _below(folder: Path) -> Iterator[tuple[str, Path]]:
    for path, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if _counts(name)]
        for file in (Path(path, name) for name in names if _counts(name)):
            if file.is_file():
                yield file.relative_to(folder).as_posix(), file


def _counts(name: str) -> bool:
    return name != "__pycache__" and not name.startswith(".")


def _touched(copy: Path) -> bool:
    try:
        status = copy.stat()
    except OSError:  # moved
        return True
    return (status.st_atime_ns, status.st_mtime_ns) != (_BEFORE, _BEFORE)


def _keeps_access(here: Path) -> bool:
    """Whether the system notes when a file is read."""
    probe = here / ".probe"
    probe.write_bytes(b"x")
    os.utime(probe, ns=(_BEFORE, _BEFORE))
    probe.read_bytes()
    kept = _touched(probe)
    probe.unlink()
    return kept
