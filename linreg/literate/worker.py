"""Runs one session in a process of its own and sends back what each block gives.

The process is forked from one that has torch, matplotlib and IPython loaded, and never `linreg`:
this module, and the package, are imported anew in each.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import random
import re
import signal
import sys
import tempfile
import threading
import traceback
import warnings
from multiprocessing import parent_process
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.formatters import DisplayFormatter
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from linreg.literate import figures
from linreg.literate.outputs import Output

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from types import FrameType

_MAX_TEXT = 1_000_000  # characters that one block may print
_MAX_FIGURES = 100  # figures that one block may draw
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")


def run(connection: Connection, blocks: list[tuple[str, str]], memory: int | None) -> None:
    """Run the blocks in order; send ``("block", outputs)`` for each, or ``("error", failure)``.

    Args:
        connection: where to send to; closed at the end.
        blocks: for each, the name that tracebacks give it, and its code.
        memory: bytes that the session may take beside what is preloaded, or None.
    """
    if hasattr(os, "setsid"):
        os.setsid()  # what a block starts belongs to this group, and ends with it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder, _captured() as recorder:
        os.chdir(folder)
        shell = _shell(recorder)
        _limit(memory)
        for name, code in blocks:
            failure = _run_block(shell, name, code, recorder)
            if failure is not None:
                connection.send(("error", failure))
                break
            connection.send(("block", recorder.take()))
        os.chdir("/")
    connection.close()
    os._exit(0)  # a block's threads, and what it registered for the exit, must not delay the page


class Failure(NamedTuple):
    """What went wrong in a block: the exception in words, and the calls that led to it.

    Each call is the file, or the name of a block, the line in it, and the function.
    """

    text: str
    calls: list[tuple[str, int, str]] = []  # noqa: RUF012  # never changed


class Recorder:
    """Keeps a block's outputs in the order in which they came."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw  # what reached file descriptors 1 and 2 past Python's streams
        self._outputs: list[Output] = []
        self._size = 0
        self._figures = 0
        self._clear_on_next = False
        self._displays: dict[str, list[Output]] = {}
        self.problem: str | None = None

    def text(self, text: str, stream: Any) -> None:
        """Add printed text; what goes to the same stream is one output."""
        self._drain()
        self._add_text(text, stream)

    def value(self, data: dict[str, Any], display_id: str | None = None) -> None:
        """Add an object by its richest form that the page can show."""
        self._drain()
        self._clear()
        self._outputs.append(_richest(data))
        if display_id is not None:
            self._displays.setdefault(display_id, []).append(self._outputs[-1])

    def update(self, data: dict[str, Any], display_id: str | None) -> None:
        """Put another form of an object where it was displayed before."""
        for output in self._displays.get(display_id or "", ()):
            output.update(_richest(data))

    def figure(self, figure: Any) -> None:
        """Add a figure; more than a hundred in a block are a mistake."""
        self._figures += 1
        if self._figures > _MAX_FIGURES:
            self._refuse(f"the block draws more than {_MAX_FIGURES} figures")
        self.value({"image/svg+xml": figures.to_svg(figure)})

    def clear(self, wait_for_next: bool) -> None:
        """Forget the block's outputs, now or when the next one comes."""
        self._drain()
        self._clear_on_next = True
        if not wait_for_next:
            self._clear()

    def take(self) -> list[Output]:
        """The outputs since the last call."""
        self._drain()
        outputs, self._outputs = self._outputs, []
        self._size = self._figures = 0
        self._clear_on_next = False
        for output in outputs:
            if output["kind"] != "svg":
                output["data"] = _ADDRESS.sub("at 0x…", output["data"])
        return [output for output in outputs if output["data"]]

    def _add_text(self, text: str, stream: Any) -> None:
        self._clear()
        self._size += len(text)
        if self._size > _MAX_TEXT:
            self._refuse(f"the block prints more than {_MAX_TEXT:,} characters")
        if self._outputs and self._outputs[-1]["stream"] == stream:
            self._outputs[-1]["data"] += text
        else:
            self._outputs.append({"kind": "text", "stream": stream, "data": text})

    def _refuse(self, problem: str) -> None:
        self.problem = problem  # kept, for a block may catch the exception
        raise RuntimeError(problem)

    def _clear(self) -> None:
        if self._clear_on_next:
            self._clear_on_next = False
            self._outputs.clear()

    def _drain(self) -> None:
        self._raw.seek(0)
        data = self._raw.read(4 * _MAX_TEXT)
        if data:
            self._raw.seek(0)
            self._raw.truncate()
            self._add_text(data.decode("utf-8", "replace"), "stdout")


class _Stream(io.TextIOBase):
    """Standard output or error, as Python code sees it."""

    def __init__(self, recorder: Recorder, name: str, descriptor: int) -> None:
        self._recorder = recorder
        self._name = name
        self._descriptor = descriptor

    encoding = "utf-8"
    errors = "replace"

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        self._recorder.text(text, self._name)
        return len(text)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor


class _Formatter(DisplayFormatter):
    """Draws a figure as the page wants it; everything else as IPython does."""

    def format(
        self, obj: Any, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        if figures.is_figure(obj):
            svg = figures.to_svg(obj)
            sys.modules["matplotlib.pyplot"].close(obj)  # shown: not again at the block's end
            return {"image/svg+xml": svg}, {}
        return super().format(obj, include, exclude)  # type: ignore[no-any-return, no-untyped-call]


class _Publisher(DisplayPublisher):
    """Where ``display`` and ``clear_output`` arrive."""

    recorder: Recorder

    def publish(
        self,
        data: dict[str, Any],
        metadata: Any = None,
        source: Any = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        display_id = (transient or {}).get("display_id")
        if update:
            self.recorder.update(data, display_id)
        else:
            self.recorder.value(data, display_id)

    def clear_output(self, wait: bool = False) -> None:
        self.recorder.clear(wait)


class _Hook(DisplayHook):
    """Where the value of a block's last expression arrives."""

    recorder: Recorder
    code = ""

    def quiet(self) -> bool:
        return bool(self.semicolon_at_end_of_expression(self.code))  # type: ignore[no-untyped-call]

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:
        self.recorder.value(format_dict)

    def finish_displayhook(self) -> None:
        pass


class _Compiler(CachingCompiler):
    """Gives a block its own name in tracebacks."""

    block = ""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return self.block


class _Shell(InteractiveShell):
    """IPython that keeps quiet about errors: they are reported with file and line instead."""

    compiler_class = Type(_Compiler)

    def showtraceback(self, *_: Any, **__: Any) -> None:
        pass

    def showsyntaxerror(self, *_: Any, **__: Any) -> None:
        pass


def _shell(recorder: Recorder) -> Any:
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.separate_in = ""
    shell: Any = _Shell.instance(
        config=config, display_pub_class=_Publisher, displayhook_class=_Hook, user_ns={}
    )
    shell.display_pub.recorder = recorder
    shell.displayhook.recorder = recorder
    shell.display_formatter = _Formatter(parent=shell)
    warnings.formatwarning = lambda message, category, *_, **__: f"{category.__name__}: {message}\n"

    os.environ["MPLBACKEND"] = "module://linreg.literate.backend"
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    if importlib.util.find_spec("matplotlib"):
        import matplotlib as mpl

        mpl.use("module://linreg.literate.backend")
        from linreg.literate import backend

        backend.receivers.append(recorder.figure)
        figures.prepare()
    return shell


def _run_block(shell: Any, name: str, code: str, recorder: Recorder) -> Failure | None:
    shell.compile.block = name
    shell.displayhook.code = code
    # Streams anew for each block: the last one may have closed or replaced them.
    sys.stdout, sys.stderr = _Stream(recorder, "stdout", 1), _Stream(recorder, "stderr", 2)
    try:
        result = shell.run_cell(code, store_history=False)
        error = result.error_before_exec or result.error_in_exec
        if error is None and "linreg.literate.backend" in sys.modules:
            sys.modules["linreg.literate.backend"].show()
    except BaseException as raised:  # a figure that cannot be drawn, whatever passed IPython by
        error = raised
    if error is not None:
        return _failure(error, name)
    return Failure(recorder.problem) if recorder.problem else None


def _failure(error: BaseException, name: str) -> Failure:
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    lines = [line for _, line in traceback.walk_tb(error.__traceback__)]
    files = [frame.f_code.co_filename for frame in frames]
    text = "".join(traceback.format_exception_only(type(error), error)).strip()
    if isinstance(error, figures.FigureError):
        return Failure(str(error))
    if name not in files:
        return Failure(text)
    calls = [
        (_short(frame), line, frame.f_code.co_name)
        for frame, line, file in list(zip(frames, lines, files, strict=True))[files.index(name) :]
        if not file.startswith("<frozen")
    ]
    return Failure(text, calls)


def _short(frame: FrameType) -> str:
    """The file of a frame, from its package on: without the folders of this machine."""
    file = frame.f_code.co_filename
    package = sys.modules.get(frame.f_globals.get("__name__", "").partition(".")[0])
    top = getattr(package, "__file__", None)
    if file.startswith("<") or not top:
        return file
    folder = Path(top).parent.parent if Path(top).name == "__init__.py" else Path(top).parent
    return Path(file).relative_to(folder).as_posix() if Path(file).is_relative_to(folder) else file


def _richest(data: dict[str, Any]) -> Output:
    if "image/svg+xml" in data:
        return {"kind": "svg", "stream": "value", "data": str(data["image/svg+xml"])}
    if "text/html" in data:
        return {"kind": "html", "stream": "value", "data": str(data["text/html"])}
    return {"kind": "text", "stream": "value", "data": str(data.get("text/plain", "")) + "\n"}


@contextlib.contextmanager
def _captured() -> Iterator[Recorder]:
    """Send file descriptors 1 and 2 to a file that the recorder reads; no input is to be had."""
    with tempfile.TemporaryFile("a+b", buffering=0) as raw, Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(raw.fileno(), 1)
        os.dup2(raw.fileno(), 2)
        yield Recorder(raw)


def _limit(memory: int | None) -> None:
    status = Path("/proc/self/status")
    if memory is None or not status.exists():
        return
    import resource

    taken = next(line for line in status.read_text().splitlines() if line.startswith("VmData:"))
    limit = int(taken.split()[1]) * 1024 + memory
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _end_with_parent() -> None:
    """End this group of processes when the build does, however it ends."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        if hasattr(os, "killpg"):
            os.killpg(0, signal.SIGKILL)
        os._exit(1)
