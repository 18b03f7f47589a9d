"""The copies of sessions that a server keeps, so that a changed block runs on from the one before.

What a copy is, :mod:`linreg.literate.resume` says. Here is which there are, how many and for how
long: so many and of so much memory at most, of which the one goes first that was of no use for the
longest time; and none when this process ends, however it does.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from linreg.literate.quiet import Quiet
from linreg.literate.raising import Raising

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.process import BaseProcess

    from linreg.literate.outputs import Output

_MOST = 120  # copies
_SHARE = 4  # of the memory that is free, copies may take one part of so many
_USUAL = 2_000_000_000  # bytes, where nobody says how much is free
_ENDS_WITHIN = 10.0  # seconds


class Guardian:
    """The process above a session, whose end is the end of the session and its copies.

    Args:
        parent: that of the copy from which the session goes on.
    """

    def __init__(self, parent: Guardian | None = None) -> None:
        self.root: Guardian = self if parent is None else parent.root
        self.busy = False  # of the first alone: one session at a time has the folder
        self._parent = parent
        self._users = 0

    def use(self) -> None:
        """Count one who needs it."""
        self._users += 1

    def leave(self) -> None:
        """Count one less, and end it with the last."""
        self._users -= 1
        if self._users == 0:
            self.end()
            if self._parent is not None:
                self._parent.leave()

    def end(self) -> None:
        """End the process, which ends all that the session started."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop the session."""
        raise NotImplementedError

    def status(self) -> int | None:
        """How the process has ended, once it has."""
        return None


class First(Guardian):
    """That of a session which runs from the start."""

    def __init__(self, process: BaseProcess) -> None:
        super().__init__()
        self._process = process

    def stop(self) -> None:
        """Stop the session, or, where that is over, end the process."""
        self._process.terminate()

    def status(self) -> int | None:
        """How the process has ended, once it has."""
        self._process.join(_ENDS_WITHIN)
        return self._process.exitcode

    def end(self) -> None:
        """End the process, and wait until it has."""
        self._process.terminate()
        self._process.join(_ENDS_WITHIN)
        self._process.kill()
        self._process.join()


class Later(Guardian):
    """That of a session which goes on from a copy; it ends with the connection."""

    def __init__(self, parent: Guardian, connection: Connection) -> None:
        super().__init__(parent)
        parent.use()
        self._connection = connection

    def stop(self) -> None:
        """Stop the session."""
        with contextlib.suppress(OSError):
            self._connection.send_bytes(b"stop")

    def end(self) -> None:
        """Close the connection, by which the process knows."""
        self._connection.close()


@dataclass(frozen=True)
class Copy:
    """A copy of a session.

    Attributes:
        outputs: of each block so far.
        spent: the seconds that these took.
        guardian: the process above.
        process: the copy's own.
    """

    outputs: list[list[Output]]
    spent: float
    guardian: Guardian
    process: int
    _address: str
    _holds: socket.socket = field(compare=False)

    @classmethod
    def at(
        cls,
        address: str,
        process: int,
        outputs: Sequence[list[Output]],
        spent: float,
        guardian: Guardian,
    ) -> Copy:
        """Take hold of a copy.

        Raises:
            OSError: if it is not there.
        """
        holds = _connected(address)
        guardian.use()
        return cls([*outputs], spent, guardian, process, address, holds)

    def go_on(self, codes: Sequence[str], tells: bool) -> tuple[Connection, Guardian]:
        """Have the session go on, with other blocks.

        Returns:
            where it tells what comes of them, and the process above it.

        Raises:
            OSError: if the copy is no more.
        """
        connection = Connection(_connected(self._address).detach())
        marked = [(code, isinstance(code, Raising), isinstance(code, Quiet)) for code in codes]
        job = {"codes": marked, "tells": tells}
        connection.send_bytes(json.dumps(job).encode())
        return connection, Later(self.guardian, connection)

    def let_go(self) -> None:
        """Let it end."""
        self._holds.close()
        self.guardian.leave()


class Copies:
    """The copies that there are.

    Args:
        most: how many there may be.
        memory: how many bytes they may take together; a part of what is free if that is None.
    """

    def __init__(self, most: int = _MOST, memory: int | None = None) -> None:
        self._most = most
        self._memory = _free() // _SHARE if memory is None else memory
        self._copies: dict[tuple[str, str], Copy] = {}  # the one used last is the last
        self._sizes: dict[int, int] = {}  # by process
        self._lock = threading.RLock()
        self._closed = False

    def __len__(self) -> int:
        return len(self._copies)

    def take(self, base: str, codes: Sequence[str]) -> Copy | None:
        """Find the copy from which a session would have the least to do.

        Nobody else has it go on, or any of its family, until it is given back.

        Args:
            base: stands for all that its outputs depend on beside its code.
            codes: that of its blocks, of which the last is to run in any case.
        """
        found = None
        with self._lock:
            for name in _names(codes)[:-1]:
                copy = self._copies.pop((base, name), None)
                if copy is not None:
                    self._copies[base, name] = copy
                    found = found if copy.guardian.root.busy else copy
            if found is not None:
                found.guardian.root.busy = True
        return found

    def give_back(self, guardian: Guardian) -> None:
        """Say that a session has ended: another of its family may go on."""
        with self._lock:
            guardian.root.busy = False
            guardian.leave()

    def add(self, base: str, codes: Sequence[str], copy: Copy) -> None:
        """Keep a copy.

        Args:
            base: as above.
            codes: of the blocks that it has run.
            copy: that.
        """
        with self._lock:
            key = base, _names(codes)[-1]
            former = self._copies.pop(key, None)
            self._copies[key] = copy
            if former is not None:
                former.let_go()
            while len(self._copies) > (0 if self._closed else self._most):
                self._let_oldest_go()

    def forget(self, copy: Copy) -> None:
        """Keep a copy no longer, since it is of no use."""
        with self._lock:
            for key in [key for key, known in self._copies.items() if known is copy]:
                self._copies.pop(key).let_go()

    def forget_all(self, base: str) -> None:
        """Keep none of those that depend on what is no more.

        Args:
            base: what theirs begins with.
        """
        with self._lock:
            for key in [key for key in self._copies if key[0].startswith(base)]:
                self._copies.pop(key).let_go()

    def trim(self) -> None:
        """Keep as many as the memory allows.

        To ask how much a process takes is dear: each is asked once, and all again if it seems too
        much; what one shared is the others' when it has ended.
        """
        new = [process for process in self.processes() if process not in self._sizes]
        self._sizes.update((process, _memory(process)) for process in new)
        while self._seems() > self._memory and self.memory() > self._memory:
            with self._lock:
                gone = self._let_oldest_go() if self._copies else None
            end = time.monotonic() + _ENDS_WITHIN
            while gone and Path(f"/proc/{gone}").exists() and time.monotonic() < end:
                time.sleep(0.01)

    def _seems(self) -> int:
        here = self.processes()
        self._sizes = {one: size for one, size in self._sizes.items() if one in here}
        return sum(self._sizes.values())

    def processes(self) -> list[int]:
        """Those that are copies."""
        with self._lock:
            return [copy.process for copy in self._copies.values()]

    def memory(self) -> int:
        """How many bytes all take, a piece that several share being divided among them."""
        self._sizes = {process: _memory(process) for process in self.processes()}
        return sum(self._sizes.values())

    def close(self) -> None:
        """Keep none from now on."""
        with self._lock:
            self._closed = True
            while self._copies:
                self._let_oldest_go()

    def _let_oldest_go(self) -> int:
        copy = self._copies.pop(next(iter(self._copies)))
        copy.let_go()
        return copy.process


def _connected(address: str) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    try:
        made.settimeout(_ENDS_WITHIN)
        made.connect(address)
        made.settimeout(None)
    except BaseException:
        made.close()
        raise
    return made


def _names(codes: Sequence[str]) -> list[str]:
    """What each block, and all before it, are known by."""
    digest, names = hashlib.sha256(), []
    for code in codes:
        digest.update(json.dumps([code, isinstance(code, Raising)]).encode())
        names.append(digest.hexdigest())
    return names


def _memory(process: int) -> int:
    """The bytes of a process that are its own, and its part of those that it shares."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def _free() -> int:
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return _USUAL
