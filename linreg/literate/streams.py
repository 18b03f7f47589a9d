"""Standard output and error as a block sees them: files like those of ``python -u``."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Any

from linreg.literate import owner

if TYPE_CHECKING:
    from collections.abc import Callable

_NAMES = {"stdout": 1, "stderr": 2}


class Streams:
    """The streams of a session: what is written to them is handed on at once.

    Args:
        receive: is given the bytes, and ``stdout`` or ``stderr``.
    """

    def __init__(self, receive: Callable[[bytes, str], None]) -> None:
        self._receive = receive
        self._open: dict[str, io.TextIOWrapper] = {}

    def install(self) -> None:
        """Put the streams in place, also where a block has replaced or closed them."""
        for name in _NAMES:
            for attribute in (name, f"__{name}__"):
                stream = self._open.get(attribute)
                if stream is None or _ended(stream):
                    stream = self._open[attribute] = self._new(name)
                setattr(sys, attribute, stream)

    def _new(self, name: str) -> io.TextIOWrapper:
        stream: Any = io.TextIOWrapper(
            _Bytes(name, self._receive),  # as `python -u` has it
            encoding="utf-8",
            errors="surrogatepass",  # the page makes them visible
            newline="\n",
            write_through=True,
        )
        stream.mode = "w"
        return stream  # type: ignore[no-any-return]


class _Bytes(io.RawIOBase):
    """What takes the bytes of a stream."""

    mode = "wb"

    def __init__(self, name: str, receive: Callable[[bytes, str], None]) -> None:
        self.name = f"<{name}>"
        self._stream = name
        self._receive = receive
        self._line = b""  # begun by a process that a block has forked

    def write(self, data: bytes) -> int:  # type: ignore[override]
        data = bytes(data)
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        if owner.is_this():
            self._receive(data, self._stream)
        else:  # whole lines, for several may write at once
            self._line += data
            if b"\n" in data:
                self.flush()
        return len(data)

    def flush(self) -> None:
        super().flush()
        if self._line:
            line, self._line = self._line, b""
            os.write(self.fileno(), line)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return _NAMES[self._stream]


def _ended(stream: io.TextIOWrapper) -> bool:
    try:
        return stream.closed
    except ValueError:  # its bytes are detached
        return True
