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
import threading
import time
from collections import deque
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import wait
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any

from linreg.literate import worker
from linreg.literate.copies import Copies, Copy, First, Guardian
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

_TRIMS_AFTER = 2.0  # seconds
_LOOKS_AFTER = 0.1  # seconds from one look whether sessions are to be stopped to the next
_starting = threading.Lock()  # what a process is started with is set for this one, for a moment
_NO_MEMORY = re.compile(r"MemoryError|[Cc]an(?:no|')t allocate memory|bad_alloc")
_LONGEST_MESSAGE = 2**28  # bytes; what a block writes to our pipe by mistake announces more
_ENDS_WITHIN = 10.0  # seconds, when told to end


@dataclass(frozen=True)
class Kept:
    """The copies of sessions that a server keeps.

    Attributes:
        copies: those.
        base: stands for what they depend on beside their code.
        after: the seconds of work after which a session leaves one more.
    """

    copies: Copies
    base: str
    after: float = 0.1  # to leave one takes a third of that, or half on a slow machine


@dataclass(frozen=True)
class Following:
    """Who follows sessions while they run.

    Attributes:
        tell: is given ``"block"`` with the number of one that is done and its outputs; ``"part"``
            with that of one that runs, and its outputs so far; ``"so far"`` with that number and
            what it has printed since.
        stop: is set to stop them.
    """

    tell: Callable[..., None]
    stop: threading.Event


def run_sessions(
    sessions: Sequence[Sequence[str]],
    limits: Limits,
    done: Callable[[int, Result, list[str] | None], None],
    modules: Mapping[str, str] = MappingProxyType({}),
    ahead: Ahead | None = None,
    kept: Kept | None = None,
    following: Following | None = None,
) -> None:
    """Run sessions, as many at a time as there are cores.

    Whatever happens, none of their processes is left when this returns or raises, but for the
    copies that are kept.

    Args:
        sessions: for each, the code of its blocks.
        limits: how long each may take, and how much memory.
        done: is told, as soon as a session ends, its index, the outputs of its blocks or what
            ended it, and the names of the modules that it read, or None for all.
        modules: of the files that count, the path without links, and the module's name.
        ahead: what is loaded before.
        kept: copies of sessions, from which these go on, and among which theirs are kept.
        following: is told what comes of the sessions while they run.
    """
    prepare(ahead or Ahead())
    kept = kept if sys.platform == "linux" else None
    waiting = deque(enumerate(sessions))
    running: dict[Connection, _Running] = {}
    try:
        while waiting or running:
            while waiting and len(running) < (os.cpu_count() or 1):
                session = _begin(*waiting.popleft(), limits, modules, kept, following)
                running[session.connection] = session
            left = min(session.deadline for session in running.values()) - time.monotonic()
            if following is not None:
                left = min(left, _LOOKS_AFTER)
            ready = wait(list(running), max(0.0, left))
            for connection, session in list(running.items()):
                result = session.step(connection in ready)
                if result is not None:
                    del running[connection]
                    session.end()
                    if session.is_to_begin_anew:
                        waiting.appendleft((session.number, session.codes))
                    else:
                        done(session.number, result, session.read)
    finally:
        for session in running.values():
            session.end()
        if kept is not None:
            later = threading.Timer(_TRIMS_AFTER, kept.copies.trim)  # not while a page is made
            later.daemon = True
            later.start()


def _begin(
    number: int,
    codes: Sequence[str],
    limits: Limits,
    modules: Mapping[str, str],
    kept: Kept | None,
    following: Following | None,
) -> _Running:
    """Begin a session, from a copy of one that has run its first blocks if there is any."""
    tells = following is not None
    while kept is not None and (copy := kept.copies.take(kept.base, codes)):
        try:
            connection, guardian = copy.go_on(codes[len(copy.outputs) :], tells)
        except OSError:  # it is no more
            copy.guardian.root.busy = False
            kept.copies.forget(copy)
        else:
            return _Running(number, codes, limits, connection, guardian, kept, following, copy)
    connection, theirs = multiprocessing.Pipe(duplex=False)
    after = None if kept is None else kept.after
    process = _start(theirs, codes, limits, modules, after, tells)
    theirs.close()
    return _Running(number, codes, limits, connection, First(process), kept, following)


class _Running:
    """A session and the process above it."""

    def __init__(
        self,
        number: int,
        codes: Sequence[str],
        limits: Limits,
        connection: Connection,
        guardian: Guardian,
        kept: Kept | None,
        following: Following | None,
        copy: Copy | None = None,
    ) -> None:
        self.number, self.codes = number, codes
        self.read: list[str] | None = None
        self.connection = connection
        self._limits = limits
        self._guardian = guardian
        self._kept, self._following = kept, following
        self._copy = copy  # of the session from which this one goes on
        self._begun = copy is None
        self._outputs: list[list[Output]] = [*copy.outputs] if copy else []
        self._failed: Failure | None = None
        self._done = self._over = False
        self._printed = ""
        self._status: int | None = None
        self._spent = copy.spent if copy else 0.0
        self._started = time.monotonic()
        self.deadline = self._started + limits.seconds - self._spent
        guardian.use()

    @property
    def is_to_begin_anew(self) -> bool:
        """Whether it has ended because its copy could not go on."""
        return not self._begun

    def step(self, ready: bool) -> Result | None:
        """Take what the session has sent, if it has; its result, if that is all."""
        stopped = self._following is not None and self._following.stop.is_set()
        if not ready and not stopped:
            if time.monotonic() < self.deadline:
                return None
            return self._stopped(
                f"the session did not end within {self._limits.seconds:g} seconds, and was "
                "stopped; the option seconds sets the limit"
            )
        return self._stopped("the session was stopped") if stopped else self._step()

    def _stopped(self, why: str) -> Result:
        self._guardian.stop()
        while self.connection.poll(_ENDS_WITHIN) and self._step() is None:
            pass  # it says what it had printed
        if self._failed is not None:
            return self._failed._replace(printed=self._printed)
        return self._failure(why)

    def _step(self) -> Result | None:
        try:
            return self._take(*json.loads(self.connection.recv_bytes(_LONGEST_MESSAGE)))
        except (EOFError, OSError, TypeError, ValueError) as error:
            if not isinstance(error, EOFError) and "end of file" not in str(error):
                return self._failure("the block wrote into the pipe that the outputs take")
            self._over = True
            return self._result()

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
        elif kind == "printed":
            (self._printed,) = content  # it follows what ended the session
        elif kind == "block":
            number, outputs = content
            self._outputs[number : number + 1] = [outputs]
            self._tell(kind, number, outputs)
        elif kind == "part":
            self._tell(kind, *content)
        elif kind == "so far":
            self._tell(kind, len(self._outputs), *content)
        elif kind == "copy":
            self._keep(*content)
        elif kind == "begun":
            self._begun = True
        elif kind == "done":
            (self.read,) = content
            self._done = True
            # With copies, the folder is not free for another session before the end of this one.
            return None if self._kept is not None else self._result()
        elif kind == "ended":
            (self._status,) = content
            self._over = True
            return self._result()
        else:
            raise ValueError(kind)
        return None

    def _tell(self, *said: Any) -> None:
        if self._following is not None:
            self._following.tell(*said)

    def _keep(self, address: str, process: int) -> None:
        if self._kept is None:
            raise ValueError(address)
        spent = self._spent + time.monotonic() - self._started
        with contextlib.suppress(OSError):  # it is no more
            copy = Copy.at(address, process, self._outputs, spent, self._guardian)
            self._kept.copies.add(self._kept.base, self.codes[: len(self._outputs)], copy)

    def _result(self) -> Result:
        if self._done:
            return self._outputs
        if self._failed is None:
            return self._failure(self._ending())
        return self._failed._replace(printed=self._printed)

    def _failure(self, text: str) -> Failure:
        """What ended the session, in the block that is not done."""
        return Failure(len(self._outputs), text, printed=self._printed)

    def _ending(self) -> str:
        code = self._guardian.status() if self._status is None else self._status
        if code is None:
            return "the block closed the pipe that the outputs take"
        if code < 0:
            with contextlib.suppress(ValueError):
                return f"the block's process was killed by {signal.Signals(-code).name}"
        return f"the block ended its process, with status {code}"

    def end(self) -> None:
        """End the process above the session, unless there are copies that it is kept for."""
        if self._kept is None:
            self.connection.close()
            self._guardian.end()
            return
        if not self._over:
            self._guardian.stop()
            while not self._over and self.connection.poll(_ENDS_WITHIN):
                self._step()
            if not self._over:
                self._guardian.end()
        if isinstance(self._guardian, First):  # of others, the connection holds what is kept
            self.connection.close()
        if self._copy is not None and not self._begun:
            self._kept.copies.forget(self._copy)
        self._kept.copies.give_back(self._guardian)


def prepare(ahead: Ahead) -> None:
    """Have the process that others are forked from load what it can ahead; wait for nothing.

    There is one such process: what a later call would load in it is loaded in the sessions.

    Raises:
        LiterateError: if there is no place for its socket.
    """
    if _METHOD == "forkserver":
        said = {worker.AHEAD: json.dumps(ahead._asdict())}
        with _starting, _environment(said), _without_main(), _short_folder():
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
    connection: Connection,
    codes: Sequence[str],
    limits: Limits,
    modules: Mapping[str, str],
    copies_after: float | None,
    tells: bool,
) -> BaseProcess:
    context = multiprocessing.get_context(_METHOD)
    with _starting, _environment({}), _without_main():
        process: BaseProcess = context.Process(  # type: ignore[attr-defined]
            target=worker.run,
            args=(connection, list(codes), limits, dict(modules), copies_after, tells),
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
