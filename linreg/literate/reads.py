"""Which modules of the packages a session has read, and whether it wrote beside its folder."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from multiprocessing import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


# Where the arguments of an event have a path that is changed, and the folder that it is below.
_CHANGES = {
    "os.link": ((1, 3),),
    "os.mkdir": ((0, 2),),
    "os.remove": ((0, 1),),
    "os.rename": ((0, 2), (1, 3)),
    "os.rmdir": ((0, 1),),
    "os.symlink": ((1, 2),),
    "os.truncate": ((0, None),),
}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Watch:
    """Notes what this process has loaded, and from now on what it does, as audit events tell.

    Args:
        modules: by its path without links, the name of each module, as
            :func:`linreg.literate.cache.modules` gives it.
        folder: that of the session.
    """

    def __init__(self, modules: Mapping[str, str], folder: Path) -> None:
        # To look at all that is loaded would take 10 ms: it would copy the memory that is shared
        # with the process that this one was forked from.
        self._before = {name for name in modules.values() if _import_name(name) in sys.modules}
        self._modules = modules
        self._folder = os.path.join(os.path.realpath(folder), "")  # noqa: PTH118
        self._opened: set[str] = set()
        self._alone = True
        self._paused = False
        self._changed = False  # something that was there, beside the folder
        self._made: set[str] = set()  # what is new there
        sys.addaudithook(self._note)
        start_in_silence = util.spawnv_passfds  # of multiprocessing: it raises no audit event

        def start(path: Any, args: Any, passfds: Any) -> int:
            self._alone = False
            return start_in_silence(path, args, passfds)

        util.spawnv_passfds = start

    def read(self) -> list[str] | None:
        """The modules that were read, by their names.

        None, which stands for all, when another process was started, since nobody knows what that
        one reads.
        """
        if not self._alone:
            return None
        sources = map(_source, self._opened)
        return sorted(
            self._before.union(self._modules[path] for path in sources if path in self._modules)
        )

    def begin(self) -> None:
        """Forget what was changed; from now on the session's own code runs."""
        self._changed = False
        self._made.clear()

    def has_changed(self) -> bool:
        """Whether something beside the folder is no longer as it was."""
        return self._changed or any(map(os.path.lexists, self._made))

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Note nothing of what the engine itself does."""
        self._paused = True
        try:
            yield
        finally:
            self._paused = False

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._paused:
            return
        if event == "open":
            if isinstance(arguments[0], (str, bytes)):
                self._note_open(os.fsdecode(arguments[0]), arguments[2])
        elif event in _CHILDREN:
            self._alone = False
        elif event in _CHANGES:
            for place, folder in _CHANGES[event]:
                if isinstance(arguments[place], (str, bytes)):
                    above = -1 if folder is None else arguments[folder]
                    self._note_change(os.fsdecode(arguments[place]), above)

    def _note_open(self, path: str, flags: Any) -> None:
        if path.endswith((".py", ".pyc")):
            self._opened.add(os.path.realpath(path))
        writes = isinstance(flags, int) and flags & _WRITES and path != os.devnull
        if writes and not Path(path).is_dir():  # that stands for a file which gets its name later
            self._note_change(path, -1)

    def _note_change(self, path: str, above: int) -> None:
        if above != -1:
            path = os.path.join(f"/proc/self/fd/{above}", path)  # noqa: PTH118
        folder, name = os.path.split(path)
        path = os.path.join(os.path.realpath(folder), name)  # noqa: PTH118
        known = (os.path.join(one, "") for one in self._made)  # noqa: PTH118
        if path in self._made or path.startswith((self._folder, *known)):
            return
        if os.path.lexists(path):
            self._changed = True
        else:
            self._made.add(path)


def _import_name(name: str) -> str:
    """What `linreg/trainer.py` is imported as."""
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _source(path: str) -> str:
    """The source of a compiled module; any other path as it is."""
    with contextlib.suppress(ValueError, NotImplementedError):
        return importlib.util.source_from_cache(path)
    return path
