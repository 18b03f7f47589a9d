"""The process above a session: it waits for the end of that, and ends all that it started.

Where a session leaves copies of itself behind (:mod:`linreg.literate.resume`), they are children of
this process too. It then stays until the last of them has ended, or until it is told to end them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from linreg.literate.line import Line
    from linreg.literate.transcript import Transcript

_PR_SET_PDEATHSIG = 1  # from Linux's <sys/prctl.h>
_PR_SET_CHILD_SUBREAPER = 36
COPIES = ".copies"  # in the folder of a session: the addresses of its copies, and their files
_INTERVAL = 0.1  # seconds from one look at a session to the next


class _End(BaseException):
    """Somebody wants this process to end."""


class Supervisor:
    """Has a session in a process of its own, of which this one is the parent.

    Args:
        watch: waits, in a thread of its own, and calls what it is given when the session is no
            longer wanted: with True if nothing of it is, its copies included.
    """

    def __init__(self, watch: Callable[[Callable[[bool], None]], None]) -> None:
        self._watch = watch
        self._child = 0
        self._unwanted = False
        self._waits_for_copies = False

    def fork(self) -> bool:
        """Begin the session; whether this is its process, and not the one above it.

        What handles signals in the session is what handled them here.
        """
        handlers = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the build, which ends this
        control(_PR_SET_CHILD_SUBREAPER, 1)
        self._child = os.fork()
        if self._child == 0:
            for one, handler in handlers.items():
                signal.signal(one, signal.SIG_DFL if handler is None else handler)
            os.setsid()
            end_with_parent()
            return True
        signal.signal(signal.SIGTERM, self._told)
        threading.Thread(target=self._watch, args=(self._end,), daemon=True).start()
        return False

    def wait(self, meanwhile: Callable[[], None] | None = None) -> int:
        """Wait for the end of the session; how that ended: its status, or minus a signal.

        Args:
            meanwhile: is called ten times a second.
        """
        over = threading.Event()
        looking = threading.Thread(target=_look, args=(meanwhile, over), daemon=True)
        if meanwhile is not None:
            looking.start()
        _, status = os.waitpid(self._child, 0)
        group, self._child = self._child, 0
        if meanwhile is not None:
            over.set()
            looking.join()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
        return os.waitstatus_to_exitcode(status)

    def clear(self, copies: Iterable[int]) -> None:
        """Kill the processes that the session has left behind, but for its copies."""
        spared = set(copies)
        while left := [pid for pid in children(os.getpid()) if pid not in spared]:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)

    def wait_for_copies(self) -> None:
        """Wait until none is left, or until they are to end."""
        try:
            self._waits_for_copies = True
            if not self._unwanted:
                with contextlib.suppress(ChildProcessError):
                    while True:
                        os.waitpid(-1, 0)
        except _End:
            pass
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.clear([])

    def _end(self, everything: bool) -> None:
        self._unwanted = self._unwanted or everything
        os.kill(os.getpid(), signal.SIGTERM)

    def _told(self, *_: object) -> None:
        if self._child:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)
        elif self._waits_for_copies:
            raise _End
        else:
            self._unwanted = True


def finish(
    supervisor: Supervisor, line: Line, transcript: Transcript, folder: Path, tells: bool
) -> int:
    """Wait for the end of a session, tell how it ended, and wait for that of its copies.

    Args:
        supervisor: that of the session.
        line: where to tell it.
        transcript: what the session has printed.
        folder: where what is known of its copies lies, if there may be any.
        tells: whether to tell, until then, what the session prints.

    Returns:
        its status, or minus the signal that has killed it.
    """
    told = ""

    def unseen() -> tuple[str, str] | None:
        nonlocal told
        before, told = told, transcript.unseen()
        return ("so far", told) if told != before else None

    def tell() -> None:
        with contextlib.suppress(OSError):
            line.send_made(unseen)

    code = supervisor.wait(tell if tells else None)
    copies = copies_of(folder, os.getpid())
    supervisor.clear(copies)
    with contextlib.suppress(OSError):  # nobody listens any more
        if printed := transcript.tail():
            line.send("printed", printed)
        line.send("ended", code)
    if copies:
        supervisor.wait_for_copies()
    return code


def copies_of(folder: Path, above: int) -> list[int]:
    """The processes that are copies of the session below a process."""
    with contextlib.suppress(OSError, ValueError):
        return [int(line) for line in pids_file(folder, above).read_text(encoding="ascii").split()]
    return []


def pids_file(folder: Path, above: int) -> Path:
    """Where it is written which processes are copies of the session below a process."""
    return folder / f"{above}.pids"


def children(parent: int) -> list[int]:
    """The processes that are children of one, on Linux."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it may have ended
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent:
                found.append(int(stat.parent.name))
    return found


def end_with_parent() -> None:
    """Have this process killed when the one ends that is its parent now."""
    control(_PR_SET_PDEATHSIG, signal.SIGKILL)


def control(option: int, value: int) -> None:
    """Set an attribute of this process that Linux alone has."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _look(act: Callable[[], None] | None, over: threading.Event) -> None:
    while act is not None and not over.wait(_INTERVAL):
        act()
