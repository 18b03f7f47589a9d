"""What a session, and the process above it, say to the build: one message at a time, as JSON."""

from __future__ import annotations

import contextlib
import json
import os
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Line:
    """Where messages are sent to.

    Args:
        connection: to the build.
        turns: a file that one of those that speak can lock at a time; None if only one speaks.
    """

    def __init__(self, connection: Connection, turns: int | None = None) -> None:
        self._connection = connection
        self.turns = turns
        self._former: list[Connection] = []

    def send(self, *message: Any) -> None:
        """Send a message, when nobody else is speaking."""
        self.send_made(lambda: message)

    def send_made(self, make: Callable[[], tuple[Any, ...] | None]) -> None:
        """Send what a function gives while nobody else is speaking, if it gives anything."""
        if self.turns is None:
            self._send(make())
            return
        import fcntl

        with contextlib.suppress(OSError):  # a block may have closed every file
            fcntl.lockf(self.turns, fcntl.LOCK_EX)
        try:
            self._send(make())
        finally:
            with contextlib.suppress(OSError):
                fcntl.lockf(self.turns, fcntl.LOCK_UN)

    def _send(self, message: tuple[Any, ...] | None) -> None:
        if message is not None:
            self._connection.send_bytes(json.dumps(message).encode())

    def receive(self) -> bytes:
        """Wait for what the build says."""
        return self._connection.recv_bytes()

    def watch(self, end: Callable[[bool], None]) -> None:
        """Wait until the build wants no more of the session, or closes the line; say which."""
        try:
            while self.receive():
                end(False)
        except (EOFError, OSError):
            end(True)

    def turn(self, descriptor: int) -> None:
        """Speak to somebody else from now on, by a file descriptor of the same number.

        Args:
            descriptor: of the socket; it is closed.
        """
        here = self._connection.fileno()
        os.dup2(descriptor, here, inheritable=False)
        os.close(descriptor)
        self._former.append(self._connection)  # else its end would close the descriptor
        self._connection = Connection(here)

    def mute(self) -> None:
        """Let the number of the file descriptor be taken, and nobody be reached by it."""
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, self._connection.fileno(), inheritable=False)
        os.close(nothing)
