"""The process of one session: it runs the blocks, and ends with everything that they started.

It is forked from one that has matplotlib, IPython and what a site asks for loaded. What may change
between two builds, the packages that count and the engine, is imported anew in each. Where a
process can be forked there are two: one runs the blocks, and may do to itself what it likes; the
other waits for its end.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import tempfile
import threading
import traceback
from functools import partial
from multiprocessing import current_process, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linreg.literate.program import Program
from linreg.literate.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from multiprocessing.connection import Connection

    from linreg.literate.limits import Limits

AHEAD = "LITERATE_AHEAD"  # names what the process that sessions are forked from loads ahead
_LONGEST_FILE = 10**9  # bytes that a block may write to one file, and print past Python's streams
_PR_SET_PDEATHSIG = 1  # from Linux's <sys/prctl.h>
_PR_SET_CHILD_SUBREAPER = 36
_LONGEST_FOLDER = 60  # bytes of a path in which a socket may lie: its own path has less than 104


def run(
    connection: Connection, codes: Sequence[str], limits: Limits, modules: Mapping[str, str]
) -> None:
    """Run the blocks in order and send what comes of them, as JSON.

    That is ``["block", number, outputs]`` when a block is done, and again if a later one changes
    what it shows; in the end ``["done", read]``, with what :func:`linreg.literate.reads.watch`
    tells, or ``["failure", text, calls, others]``. If the session did not end well, there follows
    ``["printed", text]``, the end of what its last block had printed.

    Args:
        connection: where to send to; closed at the end.
        codes: the code of each block.
        limits: of which the session keeps all but the time.
        modules: of the files that count, the path without links, and the module's name.
    """

    def session() -> None:
        _session(connection, codes, limits, modules, Path(folder), transcript)

    current_process().daemon = False  # a block may start processes
    gc.freeze()  # what is preloaded stays: looking through it at each collection took 0.2 s
    _limit_files()
    transcript = Transcript()
    with tempfile.TemporaryDirectory(prefix="literate-", dir=sockets_folder()) as folder:
        if hasattr(os, "fork"):
            code = _supervise(session)
        else:
            _when_parent_ends(lambda: os._exit(1))
            session()
            os.chdir(Path(folder).parent)
            code = 0
        if printed := transcript.tail():
            with contextlib.suppress(OSError):  # nobody listens any more
                connection.send_bytes(json.dumps(["printed", printed]).encode())
    if code < 0:  # end as the session did
        with contextlib.suppress(OSError):  # not for SIGKILL, which needs it not
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def sockets_folder() -> str | None:
    """Where sockets and files are to lie: a short path, if the usual one is too long for them."""
    if len(os.fsencode(tempfile.gettempdir())) <= _LONGEST_FOLDER:
        return None
    return next((path for path in ("/tmp", "/var/tmp") if os.access(path, os.W_OK)), None)  # noqa: S108


def _session(
    connection: Connection,
    codes: Sequence[str],
    limits: Limits,
    modules: Mapping[str, str],
    folder: Path,
    transcript: Transcript,
) -> None:
    def send(*message: Any) -> None:
        connection.send_bytes(json.dumps(message).encode())

    try:
        from linreg.literate import files, reads, shell

        (folder / "work").mkdir()
        os.chdir(folder / "work")
        copies = files.Copies(limits.folder, folder / "work")
        program = Program(folder)
        program.begin()
        read = reads.watch(modules)
        before = partial(_limit_memory, limits.memory)
        if shell.run(codes, send, before, limits, program, transcript):
            known = read()
            send("done", known if known is None else [*known, *copies.read(codes)])
    except BaseException:  # the engine's own, or a block took the engine's files from it
        send("failure", traceback.format_exc().strip(), [], [])


def _supervise(session: Callable[[], None]) -> int:
    """Run a session in a process of its own; how that ended: its status, or minus a signal."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the build, which then ends this
    _control(_PR_SET_CHILD_SUBREAPER, 1)
    child = os.fork()
    if child == 0:
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.setsid()
            _control(_PR_SET_PDEATHSIG, signal.SIGKILL)
            session()
        except BaseException:
            os._exit(1)
        os._exit(0)  # a block's threads, and what it registered for the exit, delay nothing

    def kill(*_: Any) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)

    signal.signal(signal.SIGTERM, kill)
    _when_parent_ends(kill)
    _, status = os.waitpid(child, 0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _kill_the_rest(child)
    return os.waitstatus_to_exitcode(status)


def _kill_the_rest(group: int) -> None:
    """Kill the processes that a session has left behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    # On Linux those that went into a group of their own are children of this process by now.
    with contextlib.suppress(ChildProcessError):
        while True:
            for pid in _children(os.getpid()):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(-1, 0)


def _children(parent: int) -> list[int]:
    children = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it may have ended
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent:
                children.append(int(stat.parent.name))
    return children


def _when_parent_ends(act: Callable[[], None]) -> None:
    """Do something when the build ends, however it ends."""
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            wait([parent.sentinel])
            act()

    threading.Thread(target=watch, daemon=True).start()


def _control(option: int, value: int) -> None:
    """Set an attribute of this process that Linux alone has."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _limit_files() -> None:
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (_LONGEST_FILE, _LONGEST_FILE))


def _limit_memory(memory: int | None) -> None:
    status = Path("/proc/self/status")
    if memory is not None and status.exists():
        import resource

        lines = status.read_text().splitlines()
        taken = next(line for line in lines if line.startswith("VmData:"))
        limit = int(taken.split()[1]) * 1024 + memory
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
