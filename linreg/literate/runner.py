"""Runs sessions, each in a fresh process, side by side."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import re
import signal
import sys
import tempfile
import time
from collections import deque
from multiprocessing import forkserver
from multiprocessing.connection import wait
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any

from linreg.literate import worker
from linreg.literate.errors import LiterateError
from linreg.literate.limits import Ahead, Limits
from linreg.literate.outputs import Failure, Other

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from linreg.literate.outputs import Output, Result

PRELOAD = [f"{__package__}.preload"]  # in the process that all others are forked from
_METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",  # pages run side by side
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",  # sets print in the same order every time
    "PYTHONDONTWRITEBYTECODE": "1",  # a server that watches the sources would see it
}

_NO_MEMORY = re.compile(r"MemoryError|[Cc]an(?:no|')t allocate memory|bad_alloc")
_LONGEST_MESSAGE = 2**28  # bytes; what a block writes to our pipe by mistake announces more
_ENDS_WITHIN = 10.0  # seconds, when told to end


def run_sessions(
    sessions: Sequence[Sequence[str]],
    limits: Limits,
    done: Callable[[int, Result, list[str] | None], None],
    modules: Mapping[str, str] = MappingProxyType({}),
    ahead: Ahead | None = None,
) -> None:
    """Run sessions, as many at a time as there are cores.

    Whatever happens, none of their processes is left when this returns or raises.

    Args:
        sessions: for each, the code of its blocks.
        limits: how long each may take, and how much memory.
        done: is told, as soon as a session ends, its index, the outputs of its blocks or what
            ended it, and the names of the modules that it read, or None for all.
        modules: of the files that count, the path without links, and the module's name.
        ahead: what is loaded before.
    """
    prepare(ahead or Ahead())
    waiting = deque(enumerate(sessions))
    running: dict[Connection, _Running] = {}
    try:
        while waiting or running:
            while waiting and len(running) < (os.cpu_count() or 1):
                session = _Running(*waiting.popleft(), limits, modules)
                running[session.connection] = session
            left = min(session.deadline for session in running.values()) - time.monotonic()
            ready = wait(list(running), max(0.0, left))
            for connection, session in list(running.items()):
                result = session.step(connection in ready)
                if result is not None:
                    session.end()
                    del running[connection]
                    done(session.number, result, session.read)
    finally:
        for session in running.values():
            session.end()


class _Running:
    """A session and its process."""

    def __init__(
        self, number: int, codes: Sequence[str], limits: Limits, modules: Mapping[str, str]
    ) -> None:
        self.number = number
        self.read: list[str] | None = None
        self._limits = limits
        self._outputs: list[list[Output]] = []
        self._failed: Failure | None = None
        self._printed = ""
        self.connection, theirs = multiprocessing.Pipe(duplex=False)
        self._process = _start(theirs, codes, limits, modules)
        theirs.close()
        self.deadline = time.monotonic() + limits.seconds

    def step(self, ready: bool) -> Result | None:
        """Take what the session has sent, if it has; its result, if that is all."""
        if not ready:
            if time.monotonic() < self.deadline:
                return None
            self._process.terminate()
            while self.connection.poll(_ENDS_WITHIN) and self._step() is None:
                pass  # it says what it had printed
            if self._failed is not None:
                return self._failed._replace(printed=self._printed)
            return self._failure(
                f"the session did not end within {self._limits.seconds:g} seconds, and was "
                "stopped; the option seconds sets the limit"
            )
        return self._step()

    def _step(self) -> Result | None:
        try:
            return self._take(*json.loads(self.connection.recv_bytes(_LONGEST_MESSAGE)))
        except (EOFError, OSError, TypeError, ValueError) as error:
            if not isinstance(error, EOFError) and "end of file" not in str(error):
                return self._failure("the block wrote into the pipe that the outputs take")
            if self._failed is None:
                return self._failure(self._ending())
            return self._failed._replace(printed=self._printed)

    def _take(self, kind: str, *content: Any) -> Result | None:
        if kind == "failure":
            text, calls, others = content
            if self._limits.memory is not None and _NO_MEMORY.search(text):
                text += f" (the option memory allows {self._limits.memory / 1e6:g} MB)"
            self._failed = Failure(
                len(self._outputs),
                text,
                tuple(map(tuple, calls)),
                tuple(Other(d, r, said, tuple(map(tuple, led))) for d, r, said, led in others),
            )
            return None  # what was printed follows
        if kind == "printed":
            (self._printed,) = content
            return None
        if kind == "block":
            number, outputs = content
            self._outputs[number : number + 1] = [outputs]
            return None
        (self.read,) = content
        return self._outputs

    def _failure(self, text: str) -> Failure:
        """What ended the session, in the block that is not done."""
        return Failure(len(self._outputs), text, printed=self._printed)

    def _ending(self) -> str:
        self._process.join(_ENDS_WITHIN)
        code = self._process.exitcode
        if code is None:
            return "the block closed the pipe that the outputs take"
        if code < 0:
            with contextlib.suppress(ValueError):
                return f"the block's process was killed by {signal.Signals(-code).name}"
        return f"the block ended its process, with status {code}"

    def end(self) -> None:
        """End the process, which ends all that the session started."""
        self.connection.close()
        self._process.terminate()
        self._process.join(_ENDS_WITHIN)
        self._process.kill()
        self._process.join()


def prepare(ahead: Ahead) -> None:
    """Have the process that others are forked from load what it can ahead; wait for nothing.

    There is one such process: what a later call would load in it is loaded in the sessions.

    Raises:
        LiterateError: if there is no place for its socket.
    """
    if _METHOD == "forkserver":
        said = {worker.AHEAD: json.dumps(ahead._asdict())}
        with _environment(said), _without_main(), _short_folder():
            multiprocessing.get_context(_METHOD).set_forkserver_preload(PRELOAD)
            try:
                forkserver.ensure_running()
            except OSError as error:
                if "AF_UNIX" not in str(error):
                    raise
                folder = tempfile.gettempdir()
                raise LiterateError(
                    f"the path of the folder for temporary files is too long for a socket, "
                    f"{len(os.fsencode(folder))} bytes; let the variable TMPDIR name a shorter "
                    f"one: {folder}"
                ) from None


def _start(
    connection: Connection, codes: Sequence[str], limits: Limits, modules: Mapping[str, str]
) -> BaseProcess:
    context = multiprocessing.get_context(_METHOD)
    with _environment({}), _without_main():
        process: BaseProcess = context.Process(  # type: ignore[attr-defined]
            target=worker.run,
            args=(connection, list(codes), limits, dict(modules)),
            name="MainProcess",  # what a block sees
            daemon=True,
        )
        process.start()
    return process


@contextlib.contextmanager
def _environment(more: Mapping[str, str]) -> Iterator[None]:
    after = _ENVIRONMENT | dict(more)
    before = {name: os.environ.get(name) for name in after}
    os.environ.update(after)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _short_folder() -> Iterator[None]:
    """Have multiprocessing choose a folder whose path is short enough for a socket."""
    before = tempfile.tempdir
    tempfile.tempdir = worker.sockets_folder() or before
    try:
        yield
    finally:
        tempfile.tempdir = before


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Keep multiprocessing from running the main program (mkdocs, pytest) again in the worker."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
