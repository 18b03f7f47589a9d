"""A session that leaves copies of itself behind, from which it can go on with other blocks.

When the blocks have worked for a while, before the last of them and after it, the process forks,
and the fork waits at a socket. Asked to go on, it forks again, and that process is the session as
it was then: with the same memory, random state, working folder and numbers of open files. The
outputs are those of a run from the start, so there is no copy where a fork would not have
everything: with threads, with processes or a device in use, with memory or files that it would
share, after a change to files outside the session's folder. There is none at all on another system
than Linux.

A copy ends when the build does, or no longer wants it: it holds a socket that closes then. It is
killed if the process above it is.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import random
import select
import shutil
import signal
import socket
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from linreg.literate import owner
from linreg.literate.quiet import Quiet
from linreg.literate.raising import Raising
from linreg.literate.supervisor import (
    COPIES,
    Supervisor,
    copies_of,
    end_with_parent,
    finish,
    pids_file,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linreg.literate.line import Line
    from linreg.literate.reads import Watch
    from linreg.literate.transcript import Transcript

_CONNECTS_WITHIN = 10.0  # seconds, or a copy is not wanted
_MOST_FILES = 100_000_000  # bytes that are copied for one
_SHARED_BY_ALL = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
_TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)

_Files = tuple[tuple[Any, ...], ...]  # what is in a folder
_Opened = tuple[int, str, int]  # of a file that is read: its number, its path, the place in it


class Job(NamedTuple):
    """What a session is to go on with: its blocks, and whether it tells what they give so far."""

    codes: list[str]
    tells: bool


class _State(NamedTuple):
    """What a fork does not keep by itself."""

    random: Any
    opened: list[_Opened]
    here: str
    known: _Files
    files: Path | None


class Copier:
    """Makes the copies of a session.

    Args:
        folder: that of the session, in which `work` is its working folder.
        line: where the session speaks to the build.
        transcript: what it has printed.
        watch: of what its blocks do.
        after: the seconds of work that are worth a copy.
    """

    def __init__(
        self, folder: Path, line: Line, transcript: Transcript, watch: Watch, after: float
    ) -> None:
        self._folder, self._work = folder / COPIES, folder / "work"
        self._line = line
        self._transcript = transcript
        self._watch = watch
        self._after = after
        self._saved: tuple[_Files, Path | None] = ((), None)  # the files that were copied last
        self._count = 0

    def begin(self) -> None:
        """Take what is there now for the engine's; the first block has not run."""
        reopen(read_files())
        self._watch.begin()
        self._folder.mkdir()
        self._take_over()

    def _take_over(self) -> None:
        self._transcript.capture()
        self._open, self._shared = set(_descriptors()), _shared_memory()
        self._above = os.getppid()
        self._last = time.monotonic()  # when there was a copy, or it was gone on from

    def keep(self, left: int) -> Job | None:
        """Leave a copy behind, if it is worth it and one can be.

        Before the last block it is, for a reader changes that one and runs it again; and after it,
        for what she runs next is to go on from what she has seen.

        Args:
            left: how many blocks are still to run.

        Returns:
            None in the session that goes on as it was to; in one that goes on from the copy, its
            job.
        """
        if left > 1 and time.monotonic() - self._last < self._after:
            return None
        with self._watch.paused():
            try:
                if self._is_hindered() or (state := self._state()) is None:
                    return None
                address = self._folder / f"{os.getpid()}-{self._count}"
                self._count += 1
                with socket.socket(socket.AF_UNIX) as listener:
                    listener.bind(str(address))
                    listener.listen()
                    if self._fork():
                        return self._wait(listener, state)
            except OSError:  # the disk is full, or there are too many processes
                return None
        self._line.send("copy", str(address), copies_of(self._folder, self._above)[-1])
        self._last = time.monotonic()
        return None

    def _fork(self) -> bool:
        """Make a child of the process above; whether this is it."""
        between = os.fork()
        if between:
            os.waitpid(between, 0)
            return False
        try:
            if copy := os.fork():
                with pids_file(self._folder, self._above).open("a", encoding="ascii") as file:
                    file.write(f"{copy}\n")
                os._exit(0)
        except BaseException:
            os._exit(1)
        return True

    def _is_hindered(self) -> bool:
        """Whether there is something that a copy would not have, or would share."""
        own = {os.getpid(), *copies_of(self._folder, self._above)}
        return (
            self._watch.has_changed()
            or len([*Path("/proc/self/task").iterdir()]) > 1
            or any(signal.getitimer(timer)[0] for timer in _TIMERS)
            or bool(_children(os.getpid()))
            or not own.issuperset(_children(self._above))
            or any(not self._is_harmless(*one) for one in _descriptors())
            or _shared_memory() > self._shared
        )

    def _is_harmless(self, number: int, target: str) -> bool:
        return (
            (number, target) in self._open
            or target in _SHARED_BY_ALL
            or _place(number, target) is not None
        )

    def _state(self) -> _State | None:
        known = _files(self._work)
        if known is None:
            return None
        if known != self._saved[0]:
            goal = self._folder / f"{os.getpid()}-{self._count}.files"
            if known:
                _copy(self._work, goal)
            known = _files(self._work) or ()  # to be copied has changed what is known of them
            self._saved = (known, goal if known else None)
        here = os.getcwd()  # noqa: PTH109  # it may be gone
        return _State(random.getstate(), read_files(), here, *self._saved)

    # ---- In the copy ----

    def _wait(self, listener: socket.socket, state: _State) -> Job:
        """Wait until the session is to go on, and be the session then."""
        try:
            os.setsid()
            self._line.mute()
            while os.getppid() != self._above:  # the one between has not ended yet
                time.sleep(0.001)
            end_with_parent()
            if os.getppid() != self._above:
                os._exit(0)
            return self._go_on(_asked(listener), state)
        except BaseException:
            os._exit(1)

    def _go_on(self, asked: socket.socket, state: _State) -> Job:
        self._transcript.renew()
        self._line.turn(asked.detach())
        said = json.loads(self._line.receive())
        job = Job([_marked(*code) for code in said["codes"]], said["tells"])
        self._line.turns = self._transcript.turns if job.tells else None
        self._put_back(state)
        supervisor = Supervisor(self._line.watch)
        if not supervisor.fork():
            finish(supervisor, self._line, self._transcript, self._folder, job.tells)
            os._exit(0)
        owner.take()
        random.setstate(state.random)
        self._take_over()
        self._line.send("begun")
        return job

    def _put_back(self, state: _State) -> None:
        if _files(self._work) != state.known:
            for entry in list(os.scandir(self._work)):
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry)
                else:
                    os.unlink(entry)  # noqa: PTH108
            if state.files is not None:
                _copy(state.files, self._work)
        os.chdir(state.here)
        reopen(state.opened)


def _marked(code: str, raises: bool, is_quiet: bool) -> str:
    return Raising(code) if raises else Quiet(code) if is_quiet else code


def read_files() -> list[_Opened]:
    """The files that are open to be read."""
    places = ((number, target, _place(number, target)) for number, target in _descriptors())
    return [(number, target, place) for number, target, place in places if place is not None]


def reopen(opened: list[_Opened]) -> None:
    """Open files again, so that no other process moves the place in them."""
    for number, path, place in opened:
        try:
            flags = fcntl.fcntl(number, fcntl.F_GETFL)
        except OSError:  # it was closed with the garbage that it belonged to
            continue
        new = os.open(path, flags)
        os.lseek(new, place, os.SEEK_SET)
        os.dup2(new, number, inheritable=os.get_inheritable(number))
        os.close(new)


def _asked(listener: socket.socket) -> socket.socket:
    """Wait for who asks the session to go on; it goes on in a child. End if nobody ever will."""
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    end = time.monotonic() + _CONNECTS_WITHIN
    holds: socket.socket | None = None  # closes when the copy is no longer wanted
    started: set[int] = set()
    while True:
        ready = dict(poll.poll(1000 if started or holds is None else None))
        started = {pid for pid in started if os.waitpid(pid, os.WNOHANG)[0] == 0}
        if (holds is not None and holds.fileno() in ready) or (
            holds is None and time.monotonic() > end
        ):
            os._exit(0)
        if listener.fileno() in ready:
            one, _ = listener.accept()
            if holds is None:
                holds = one
                poll.register(holds, select.POLLIN)
            elif pid := os.fork():
                started.add(pid)
                one.close()
            else:
                listener.close()
                holds.close()
                return one


def _children(parent: int) -> list[int]:
    """The children of a process, as quickly as Linux can say it."""
    threads = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(pid) for thread in threads for pid in thread.read_text().split()]


def _descriptors() -> Iterator[tuple[int, str]]:
    """The numbers of all open files, and what they are."""
    for link in [*Path("/proc/self/fd").iterdir()]:
        with contextlib.suppress(OSError):  # that of the list itself
            yield int(link.name), str(link.readlink())


def _place(number: int, target: str) -> int | None:
    """The place in a file that is read, and that can be opened again; None for any other."""
    with contextlib.suppress(OSError):
        status, flags = os.fstat(number), fcntl.fcntl(number, fcntl.F_GETFL)
        is_read = stat.S_ISREG(status.st_mode) and flags & os.O_ACCMODE == os.O_RDONLY
        if is_read and os.path.samestat(status, os.stat(target)):  # noqa: PTH116
            return os.lseek(number, 0, os.SEEK_CUR)
    return None


def _shared_memory() -> int:
    """How many pieces of memory this process shares with others that see what it writes."""
    with open("/proc/self/maps", "rb") as file:  # noqa: PTH123  # in a tenth of a block's time
        return sum(line.split(None, 2)[1] == b"rw-s" for line in file)


def _files(folder: Path) -> _Files | None:
    """What is in a folder; None if it cannot be copied."""
    found, size = [], 0
    for path, folders, names in os.walk(folder):
        for name in (*folders, *names):
            status = os.lstat(os.path.join(path, name))  # noqa: PTH118
            kind = stat.S_IFMT(status.st_mode)
            if kind not in (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
                return None
            times = (status.st_atime_ns, status.st_mtime_ns, status.st_ctime_ns)
            size += status.st_size
            read = times if kind == stat.S_IFREG else times[1:]
            found.append((path, name, status.st_ino, status.st_mode, status.st_size, *read))
    return tuple(found) if size <= _MOST_FILES else None


def _copy(source: Path, goal: Path) -> None:
    shutil.copytree(source, goal, symlinks=True, copy_function=_copy_file, dirs_exist_ok=True)


def _copy_file(source: str, goal: str) -> None:
    """Copy a file with its times; that it was read for it is not to be seen."""
    status = os.stat(source)  # noqa: PTH116
    shutil.copyfile(source, goal)
    shutil.copymode(source, goal)
    for one in (source, goal):
        os.utime(one, ns=(status.st_atime_ns, status.st_mtime_ns))
