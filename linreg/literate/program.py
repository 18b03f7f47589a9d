"""The process of a session as plain Python has it: a program, and nothing around it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
from importlib.machinery import ModuleSpec
from multiprocessing import forkserver, process
from pathlib import Path
from types import ModuleType
from typing import Any

_NAME = "__literate__"  # what the processes that a block spawns import the program as
_ARGUMENTS = ["main.py"]


class Program:
    """The ``__main__`` of a session, and its text in a file, which spawned processes run.

    Args:
        folder: where the file may lie.
    """

    def __init__(self, folder: Path) -> None:
        self.module = ModuleType("__main__")
        self.module.__spec__ = ModuleSpec(_NAME, None)
        self._file = folder / f"{_NAME}.py"
        self._text = ""

    def begin(self) -> None:
        """Leave in this process nothing of the one that it comes from."""
        sys.argv = [*_ARGUMENTS]
        sys.orig_argv = [sys.executable, *_ARGUMENTS]
        sys.path[:0] = [os.getcwd()]  # noqa: PTH109  # as Python puts the script's folder first
        sys.path.append(str(self._file.parent))
        _take_no_input()
        _be_first(self._file.parent)

    def add(self, code: str) -> None:
        """Let the program go on with a block."""
        self._text += code.rstrip("\n") + "\n"
        with contextlib.suppress(OSError, UnicodeError):  # then nothing can be spawned
            self._file.write_text(self._text, encoding="utf-8")


def _take_no_input() -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    if nothing != 0:
        os.dup2(nothing, 0)
        os.close(nothing)
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stdin.buffer.raw.name = "<stdin>"  # type: ignore[attr-defined]


def _be_first(folder: Path) -> None:
    """Have multiprocessing take this process for the main one, which has started none.

    It offers nothing for that, since it does not expect a program to begin in one of its children.
    """
    multiprocessing.set_start_method(None, force=True)
    sockets = folder / "sockets"
    sockets.mkdir()
    this: Any = process.current_process()
    this._identity = ()  # a part of the names of its children
    this._parent_pid = this._parent_name = None
    this._config["tempdir"] = str(sockets)  # removed with the folder
    process._parent_process = None  # type: ignore[attr-defined]
    # A server of its own, that what it starts belongs to the session.
    forkserver._forkserver.__init__()  # type: ignore[misc]
