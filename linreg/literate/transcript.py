"""What a block has printed so far, in files that outlive its process, to be told with its error."""

from __future__ import annotations

import contextlib
import mmap
import os
import tempfile

_LONGEST_READ = 4_000_001  # bytes; in any case more than a block may print
_LONGEST_TAIL = 20_000  # bytes


class Transcript:
    """Two files without a name, one for what comes past Python's streams, and one for the rest.

    A process that is forked from this one sees what was printed here.
    """

    def __init__(self) -> None:
        self._raw, self._told = _appended(), _appended()
        self._taken = mmap.mmap(-1, 8)  # how much of the first was taken
        self._shown = mmap.mmap(-1, 8)  # how much of the second the page shows already

    def renew(self) -> None:
        """Begin other files, under the same descriptors: this process is another one now."""
        for descriptor in (self._raw, self._told):
            new = _appended()
            os.dup2(new, descriptor, inheritable=False)
            os.close(new)
        self._taken, self._shown = mmap.mmap(-1, 8), mmap.mmap(-1, 8)

    @property
    def turns(self) -> int:
        """A file that can be locked by who speaks of what it holds."""
        return self._told

    def capture(self) -> None:
        """Take what reaches file descriptors 1 and 2, whatever a block has made of them."""
        os.dup2(self._raw, 1)
        os.dup2(self._raw, 2)

    def take(self) -> bytes:
        """What has reached the descriptors since this was asked last."""
        start = int.from_bytes(self._taken[:], "big")
        data = os.pread(self._raw, _LONGEST_READ, start)
        if data:
            self._taken[:] = (start + len(data)).to_bytes(8, "big")
        return data

    def note(self, text: str) -> None:
        """Write down what was printed."""
        with contextlib.suppress(OSError):  # a block may have closed every file
            os.write(self._told, text.encode("utf-8", "replace"))

    def clear(self) -> None:
        """Begin anew, as with the next block."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._told, 0)
        self._shown[:] = bytes(8)

    def show(self) -> None:
        """Count what was printed for shown: it is part of outputs that were told."""
        with contextlib.suppress(OSError):
            self._shown[:] = os.fstat(self._told).st_size.to_bytes(8, "big")

    def unseen(self) -> str:
        """The end of what was printed since."""
        return self._end(int.from_bytes(self._shown[:], "big"))

    def tail(self) -> str:
        """The end of what was printed, in the order in which it came."""
        return self._end(0)

    def _end(self, begin: int) -> str:
        taken = int.from_bytes(self._taken[:], "big")
        data = b""
        for file, start in ((self._told, begin), (self._raw, taken)):
            with contextlib.suppress(OSError):
                first = max(start, os.fstat(file).st_size - _LONGEST_TAIL)
                data += os.pread(file, _LONGEST_TAIL, first)
        return data.decode("utf-8", "replace")


def _appended() -> int:
    """The descriptor of a file to whose end all is written, whoever writes."""
    with tempfile.TemporaryDirectory() as folder:
        return os.open(f"{folder}/file", os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
