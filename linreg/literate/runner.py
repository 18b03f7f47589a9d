"""Runs sessions, each in a fresh process, and says where a block failed."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import forkserver
from types import ModuleType
from typing import TYPE_CHECKING, Any

from linreg.literate import worker
from linreg.literate.errors import LiterateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from linreg.literate.fences import Session
    from linreg.literate.outputs import Output
    from linreg.literate.source import Source

# Loaded once, in the process that all others are forked from. Never linreg: an edit to it counts.
PRELOAD = [
    "torch",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_svg",
    "IPython.core.interactiveshell",
]
# One thread each, since pages run side by side; and sets print in the same order every time.
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}

_starting = threading.Lock()


@dataclass(frozen=True)
class Limits:
    """What a session may use: seconds, and bytes of memory (on Linux) or None for any."""

    seconds: float = 60.0
    memory: int | None = None


def run_sessions(
    jobs: Sequence[tuple[Session, Source]], limits: Limits
) -> list[list[list[Output]] | LiterateError]:
    """Run sessions side by side, one on each core.

    Returns:
        for each session the outputs of its blocks, or the error that ended it.
    """

    def attempt(job: tuple[Session, Source]) -> list[list[Output]] | LiterateError:
        try:
            return run_session(*job, limits)
        except LiterateError as error:
            return error

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(attempt, jobs))


def run_session(session: Session, source: Source, limits: Limits) -> list[list[Output]]:
    """Run the blocks of a session in order, in a process of their own.

    Args:
        session: the blocks.
        source: where they stand, for errors.
        limits: how long it may take, and how much memory.

    Returns:
        the outputs of each block.

    Raises:
        LiterateError: when a block raises, takes too long, or ends its process. The text names
            the file and line, shows the block, and the calls that led to the error.
    """
    names = [f"<block {i}>" for i in range(len(session.blocks))]
    blocks = [(name, block.code) for name, block in zip(names, session.blocks, strict=True)]
    ours, theirs = multiprocessing.Pipe()
    process = _start(theirs, blocks, limits.memory)
    theirs.close()
    outputs: list[list[Output]] = []
    try:
        deadline = time.monotonic() + limits.seconds
        while len(outputs) < len(blocks):
            kind, content = _receive(ours, process, deadline, limits)
            if kind == "error":
                raise LiterateError(_explain(content, len(outputs), session, source, names))
            outputs.append(content)
    finally:
        _end(process)
        ours.close()
    return outputs


def _receive(
    connection: Connection, process: BaseProcess, deadline: float, limits: Limits
) -> tuple[str, Any]:
    if not connection.poll(max(0.0, deadline - time.monotonic())):
        seconds = f"{limits.seconds:g} seconds"
        return "error", worker.Failure(f"the session did not end within {seconds}, and was stopped")
    try:
        message: tuple[str, Any] = connection.recv()
    except (EOFError, OSError):
        process.join(5)
        return "error", worker.Failure(_ending(process.exitcode))
    return message


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return f"the block's process was killed by {signal.Signals(-code).name}"
    return f"the block ended its process, with status {code}"


def _explain(
    failure: worker.Failure, index: int, session: Session, source: Source, names: list[str]
) -> str:
    """The message of a failure: place and exception, the block with the line marked, the calls."""

    def place(name: str, line: int) -> str:
        if name in names:
            return source.at(session.blocks[names.index(name)].start + line)
        return f"{name}:{line}"

    block = session.blocks[index]
    here = [line for name, line, _ in failure.calls if name == names[index]]
    failed = here[0] if here else None
    at = source.at(block.start + (failed or 0))
    number = block.start + 2 + source.offset
    code = [
        f"{'>' if i + 1 == failed else ' '} {number + i:5} | {line}"
        for i, line in enumerate(block.code.splitlines())
    ]
    calls = [f"  {place(name, line)}, in {function}" for name, line, function in failure.calls]
    called = ["", *calls] if len(calls) > 1 else []
    return "\n".join([f"{at}: {failure.text}", "", *code, *called])


def _start(
    connection: Connection, blocks: list[tuple[str, str]], memory: int | None
) -> BaseProcess:
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    with _starting, _environment(), _without_main():
        if "forkserver" in methods:
            context.set_forkserver_preload(PRELOAD)
            forkserver.ensure_running()
        process: BaseProcess = context.Process(  # type: ignore[attr-defined]
            target=worker.run, args=(connection, blocks, memory), daemon=True
        )
        process.start()
    return process


def _end(process: BaseProcess) -> None:
    """End the process and all that it started."""
    if hasattr(os, "killpg") and process.pid is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _ENVIRONMENT}
    os.environ.update(_ENVIRONMENT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Keep multiprocessing from running the main program (mkdocs, pytest) again in the worker."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
