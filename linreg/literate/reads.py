"""Which modules of the packages a session has read."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from multiprocessing import util
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
    """Note what this process has loaded, and from now on what it opens, as audit events tell.

    Args:
        modules: by its path without links, the name of each module, as
            :func:`linreg.literate.cache.modules` gives it.

    Returns:
        a function that gives the names of the modules that were read; None, which stands for all,
        when another process was started, since nobody knows what that one reads.
    """
    # To look at all that is loaded would take 10 ms: it would copy the memory that is shared with
    # the process that this one was forked from.
    before = {name for name in modules.values() if _import_name(name) in sys.modules}
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

    def start(path: Any, args: Any, passfds: Any) -> int:
        nonlocal alone
        alone = False
        return start_in_silence(path, args, passfds)

    sys.addaudithook(note)
    start_in_silence = util.spawnv_passfds  # of multiprocessing: it raises no audit event
    util.spawnv_passfds = start

    def read() -> list[str] | None:
        if not alone:
            return None
        return sorted(
            before.union(modules[path] for path in map(_source, opened) if path in modules)
        )

    return read


def _import_name(name: str) -> str:
    """What `linreg/trainer.py` is imported as."""
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _source(path: str) -> str:
    """The source of a compiled module; any other path as it is."""
    with contextlib.suppress(ValueError, NotImplementedError):
        return importlib.util.source_from_cache(path)
    return path
