"""The process of one session: it runs the blocks, and ends with everything that they started.

It is forked from one that has matplotlib, IPython and what a site asks for loaded. What may change
between two builds, the packages that count and the engine, is imported anew in each. Where a
process can be forked there are two: one runs the blocks, and may do to itself what it likes; the
other waits for its end.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import tempfile
import threading
import traceback
from multiprocessing import current_process, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING

from linreg.literate.line import Line
from linreg.literate.program import Program
from linreg.literate.supervisor import COPIES, Supervisor, finish
from linreg.literate.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from multiprocessing.connection import Connection

    from linreg.literate.limits import Limits

AHEAD = "LITERATE_AHEAD"  # names what the process that sessions are forked from loads ahead
_LONGEST_FILE = 10**9  # bytes that a block may write to one file, and print past Python's streams
_LONGEST_FOLDER = 60  # bytes of a path in which a socket may lie: its own path has less than 104


def run(
    connection: Connection,
    codes: Sequence[str],
    limits: Limits,
    modules: Mapping[str, str],
    copies_after: float | None = None,
    tells: bool = False,
) -> None:
    """Run the blocks in order and send what comes of them, as JSON.

    That is ``["block", number, outputs]`` when a block is done, and again if a later one changes
    what it shows; in the end ``["done", read]``, with the modules and data files that were read, or
    ``["failure", text, calls, others]``. If the session did not end well, there follows
    ``["printed", text]``, the end of what its last block had printed; and, where processes can be
    forked, ``["ended", status]``.

    Args:
        connection: where to send to.
        codes: the code of each block.
        limits: of which the session keeps all but the time.
        modules: of the files that count, the path without links, and the module's name.
        copies_after: the seconds of work after which the session leaves a copy of itself behind, as
            :class:`linreg.literate.resume.Copier` does, each told by ``["copy", address, pid]``;
            None for no copies.
        tells: whether, while a block runs, ``["part", number, outputs]`` says what it gives so far,
            and ``["so far", text]`` what it has printed since.
    """
    current_process().daemon = False  # a block may start processes
    gc.freeze()  # what is preloaded stays: looking through it at each collection took 0.2 s
    _limit_files()
    transcript = Transcript()
    line = Line(connection, transcript.turns if tells else None)
    with tempfile.TemporaryDirectory(prefix="literate-", dir=sockets_folder()) as name:
        folder = Path(name)
        if hasattr(os, "fork"):
            signal.signal(signal.SIGINT, signal.default_int_handler)
            supervisor = Supervisor(_when_parent_ends)
            if supervisor.fork():
                try:
                    _session(line, codes, limits, modules, folder, transcript, copies_after, tells)
                except BaseException:
                    os._exit(1)
                os._exit(0)  # a block's threads, and what it registered for the exit, delay nothing
            code = finish(supervisor, line, transcript, folder / COPIES, tells)
        else:
            threading.Thread(
                target=_when_parent_ends, args=(lambda _: os._exit(1),), daemon=True
            ).start()
            _session(line, codes, limits, modules, folder, transcript, None, False)
            os.chdir(folder.parent)
            code = 0
            if printed := transcript.tail():
                with contextlib.suppress(OSError):  # nobody listens any more
                    line.send("printed", printed)
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
    line: Line,
    codes: Sequence[str],
    limits: Limits,
    modules: Mapping[str, str],
    folder: Path,
    transcript: Transcript,
    copies_after: float | None,
    tells: bool,
) -> None:
    try:
        from linreg.literate import files, owner, reads, shell

        owner.take()
        work = folder / "work"
        work.mkdir()
        os.chdir(work)
        copies = files.Copies(limits.folder, work)
        program = Program(folder)
        program.begin()
        watch = reads.Watch(modules, folder)
        copier = None
        if copies_after is not None:
            from linreg.literate.resume import Copier

            copier = Copier(folder, line, transcript, watch, copies_after)

        def before() -> None:
            _limit_memory(limits.memory)
            if copier is not None:
                copier.begin()

        ran = shell.run(codes, line.send, before, limits, program, transcript, copier, tells)
        if ran is not None:
            known = watch.read()
            line.send("done", known if known is None else [*known, *copies.read(ran)])
    except BaseException:  # the engine's own, or a block took the engine's files from it
        line.send("failure", traceback.format_exc().strip(), [], [])


def _when_parent_ends(end: Callable[[bool], None]) -> None:
    """Wait until the build ends, however it ends."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        end(True)


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
