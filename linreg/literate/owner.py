"""Which process is that of the session, and none that a block has forked."""

from __future__ import annotations

import os

_process = os.getpid()


def is_this() -> bool:
    """Whether it is the one that asks."""
    return os.getpid() == _process


def take() -> None:
    """Say that it is the one that calls this."""
    global _process
    _process = os.getpid()
