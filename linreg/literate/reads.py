"""Which modules of the packages a session has read."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CHILDREN = {
    "_winapi.CreateProcess",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "os.startfile",
    "os.system",
    "subprocess.Popen",
}


def watch(modules: Mapping[str, str]) -> Callable[[], list[str] | None]:
    """Note from now on what this process opens, as Python's audit events tell.

    Args:
        modules: the path of each file, without links, and the module's name.

    Returns:
        a function that gives the names of the modules that were read; None, which stands for all,
        when another process was started, since nobody knows what that one reads.
    """
    opened: set[str] = set()
    alone = True

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal alone
        if event == "open" and isinstance(arguments[0], (str, bytes)):
            path = os.fsdecode(arguments[0])
            if path.endswith((".py", ".pyc")):
                opened.add(os.path.realpath(path))
        elif event in _CHILDREN:
            alone = False

    sys.addaudithook(note)

    def read() -> list[str] | None:
        if not alone:
            return None
        loaded = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
        paths = {os.path.realpath(path) for path in loaded if isinstance(path, str)}
        return sorted({modules[path] for path in map(_source, opened | paths) if path in modules})

    return read


def _source(path: str) -> str:
    """The source of a compiled module; any other path as it is."""
    with contextlib.suppress(ValueError, NotImplementedError):
        return importlib.util.source_from_cache(path)
    return path
