"""Runs the blocks of a session in IPython and records what each gives.

What a block may do, and what of it is shown: printed text (also what reaches the file descriptors
past Python's streams), the value of its last expression unless a ``;`` ends it, what ``display``
is given, and at the end its open figures; in the order in which they came. The code is Python
alone, without IPython's magics, as in the test runner.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import random
import re
import sys
import tempfile
import traceback
import uuid
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.formatters import DisplayFormatter
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from linreg.literate import display, figures
from linreg.literate.limits import Limits
from linreg.literate.outputs import FIGURES, Failure, Output, OutputError, block_name
from linreg.literate.raising import Raising, as_output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

_MAX_MESSAGE = 10_000  # characters of an exception
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")
_ENGINE = str(Path(__file__).parent)


def run(
    codes: Sequence[str],
    send: Callable[..., None],
    before: Callable[[], None],
    limits: Limits,
) -> bool:
    """Run blocks in order; whether all went well.

    Args:
        codes: the code of each.
        send: is given what :func:`linreg.literate.worker.run` sends.
        before: is called when all is ready, directly before the first block.
        limits: of what a block may give.
    """
    with _captured() as raw:
        recorder = Recorder(raw, limits)
        shell = _shell(recorder)
        before()
        for number, code in enumerate(codes):
            failure = _run_block(shell, number, code, recorder)
            if failure is not None:
                send("failure", failure.text, failure.calls)
                return False
            for changed, outputs in recorder.end_block().items():
                send("block", changed, outputs)
        return True


class Recorder:
    """Keeps the blocks' outputs in the order in which they came.

    Args:
        raw: the file that holds what reached file descriptors 1 and 2 past Python's streams.
        limits: of what a block may give.
    """

    def __init__(self, raw: BinaryIO, limits: Limits) -> None:
        self._raw = raw
        self._limits = limits
        self._blocks: list[list[Output]] = [[]]
        self._displays: dict[str, list[tuple[int, Output]]] = {}
        self._changed: set[int] = set()
        self._printed: list[str] = []  # not yet an output
        self._stream: Any = "stdout"  # where that was printed
        self._start()

    def _start(self) -> None:
        self._size = self._figures = 0
        self._clear_on_next = False
        self.problem: str | None = None

    def capture(self) -> None:
        """Record what reaches file descriptors 1 and 2, whatever a block has made of them."""
        os.dup2(self._raw.fileno(), 1)
        os.dup2(self._raw.fileno(), 2)

    def text(self, text: str, stream: Any) -> None:
        """Add printed text; what goes to the same stream is one output."""
        self.drain()
        self._add_text(text, stream)

    def value(
        self, data: dict[str, Any], metadata: Any = None, display_id: str | None = None
    ) -> None:
        """Add an object by its richest form that the page can show."""
        self.drain()
        self._clear()
        output = self._richest(data, metadata)
        self.add(output)
        if display_id is not None:
            place = len(self._blocks) - 1, output
            self._displays.setdefault(display_id, []).append(place)

    def add(self, output: Output) -> None:
        """Add an output after what was printed."""
        self._flush()
        self._blocks[-1].append(output)

    def update(self, data: dict[str, Any], metadata: Any, display_id: str | None) -> None:
        """Put another form of an object where it was displayed, also under an earlier block."""
        for block, output in self._displays.get(display_id or "", ()):
            other: dict[str, Any] = output  # type: ignore[assignment]  # made anew in its place
            other.clear()
            other.update(self._richest(data, metadata))
            self._changed.add(block)

    def figures(self, drawn: Sequence[Any]) -> None:
        """Add figures."""
        self._count(0, len(drawn))  # before any is drawn
        self._figures -= len(drawn)
        for figure in drawn:
            self.value({"image/svg+xml": figures.to_svg(figure)})

    def clear(self, wait_for_next: bool) -> None:
        """Forget the block's outputs, now or when the next one comes."""
        self.drain()
        self._clear_on_next = True
        if not wait_for_next:
            self._clear()

    def end_block(self) -> dict[int, list[Output]]:
        """End a block and begin the next.

        Returns:
            the outputs, by number, of this block and of the earlier ones that it changed.
        """
        self.drain()
        self._flush()
        self._changed.add(len(self._blocks) - 1)
        changed = {i: _shown(self._blocks[i]) for i in sorted(self._changed)}
        self._changed.clear()
        self._blocks.append([])
        self._start()
        return changed

    def _richest(self, data: dict[str, Any], metadata: Any) -> Output:
        try:
            output = display.richest(data, metadata)
        except OutputError as error:
            raise self._refused(str(error)) from None
        size = len(output["data"])
        if output["kind"] not in FIGURES:
            self._count(size)
            return output
        self._count(0, 1)
        if size > self._limits.figure_size:
            raise self._refused(
                f"the figure takes {size / 1e6:.1f} MB, which is more than "
                f"{self._limits.figure_size / 1e6:g}; draw fewer points, or draw them with "
                "rasterized=True; the option figure_size sets the limit"
            )
        return output

    def _count(self, characters: int, figures: int = 0) -> None:
        self._size += characters
        self._figures += figures
        if self._size > self._limits.characters:
            raise self._refused(
                f"the block gives more than {self._limits.characters:,} characters; "
                "the option characters sets the limit"
            )
        if self._figures > self._limits.figures:
            raise self._refused(
                f"the block gives more than {self._limits.figures} figures; "
                "the option figures sets the limit"
            )

    def _refused(self, problem: str) -> OutputError:
        self.problem = problem  # kept, for a block may catch the exception
        return OutputError(problem)

    def _add_text(self, text: str, stream: Any) -> None:
        self._clear()
        self._count(len(text))
        if stream != self._stream:
            self._flush()
            self._stream = stream
        self._printed.append(text)

    def _flush(self) -> None:
        """Make one output of what was printed."""
        if self._printed:
            text = "".join(self._printed)
            self._blocks[-1].append({"kind": "text", "stream": self._stream, "data": text})
            self._printed.clear()

    def _clear(self) -> None:
        if self._clear_on_next:
            self._printed.clear()
            self._blocks[-1].clear()
            self._size = self._figures = 0
            self._clear_on_next = False

    def drain(self) -> None:
        """Take what was written past Python's streams."""
        with contextlib.suppress(AttributeError, OSError, ValueError):  # closed, or none
            sys.__stdout__.flush()  # type: ignore[union-attr]
        self._raw.seek(0)
        data = self._raw.read(
            4 * self._limits.characters + 1
        )  # in any case more than may be printed
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
        self._process = os.getpid()

    encoding = "utf-8"
    errors = "replace"

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        if os.getpid() == self._process:
            self._recorder.text(text, self._name)
        else:  # a process that a block has forked
            os.write(self._descriptor, text.encode("utf-8", "replace"))
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
            self.recorder.update(data, metadata, display_id)
        else:
            self.recorder.value(data, metadata, display_id)

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
        self.recorder.value(format_dict, md_dict)

    def finish_displayhook(self) -> None:
        pass


class _Compiler(CachingCompiler):
    """Gives a block its own name in tracebacks."""

    block = ""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return self.block


class _Shell(InteractiveShell):
    """IPython for plain Python, which leaves it to the page to report an error."""

    compiler_class = Type(_Compiler)
    raised: BaseException | None = None

    def init_virtualenv(self) -> None:
        """Take packages from this interpreter's environment, though another may be activated."""

    def transform_cell(self, raw_cell: str) -> str:
        return raw_cell

    def showtraceback(self, exc_tuple: Any = None, *_: Any, **__: Any) -> None:
        self.raised = exc_tuple[1] if exc_tuple else sys.exc_info()[1]

    def showsyntaxerror(self, *_: Any, **__: Any) -> None:
        self.raised = sys.exc_info()[1]


def _shell(recorder: Recorder) -> Any:
    config = Config()
    config.HistoryManager.enabled = False
    with tempfile.TemporaryDirectory() as settings:  # IPython wants a place for a profile
        shell: Any = _Shell.instance(
            config=config,
            display_pub_class=_Publisher,
            displayhook_class=_Hook,
            ipython_dir=settings,
            user_ns={"exit": sys.exit, "quit": sys.exit},
        )
    shell.user_ns.update(exit=sys.exit, quit=sys.exit)
    shell.display_pub.recorder = recorder
    shell.displayhook.recorder = recorder
    shell.display_formatter = _Formatter(parent=shell)
    warnings.formatwarning = lambda message, category, *_, **__: f"{category.__name__}: {message}\n"
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    _seed_uuids()
    if importlib.util.find_spec("matplotlib"):
        from linreg.literate import backend

        figures.prepare()
        backend.receivers.append(recorder.figures)
    return shell


def _seed_uuids() -> None:
    """Give the same UUIDs each time: pandas and plotly make ids of them."""
    numbers, here, others = random.Random(0), os.getpid(), uuid.uuid4  # noqa: S311  # no secret

    def uuid4() -> uuid.UUID:
        if (
            os.getpid() != here
        ):  # in a process that a block has forked, which has numbers of its own
            return others()
        return uuid.UUID(int=numbers.getrandbits(128), version=4)

    uuid.uuid4 = uuid4


def _run_block(shell: Any, number: int, code: str, recorder: Recorder) -> Failure | None:
    shell.compile.block = block_name(number)
    shell.displayhook.code = code
    shell.raised = None
    # Anew for each block: the last one may have closed or replaced them.
    recorder.capture()
    sys.stdout, sys.stderr = _Stream(recorder, "stdout", 1), _Stream(recorder, "stderr", 2)
    try:
        result = shell.run_cell(code, store_history=False)
        error = result.error_before_exec or result.error_in_exec or shell.raised
        if error is None and "linreg.literate.backend" in sys.modules:
            sys.modules["linreg.literate.backend"].show()
        recorder.drain()
    except BaseException as raised:  # a figure that cannot be drawn, whatever passed IPython by
        error = raised
    if recorder.problem is not None and not isinstance(error, OutputError):
        error = OutputError(recorder.problem)
    if isinstance(code, Raising):
        if error is None:
            return Failure(number, "this block is to raise an exception, and does not")
        if isinstance(error, Exception) and not isinstance(error, OutputError):
            recorder.add(as_output(error))
            return None
    return None if error is None else _failure(error, number)


def _failure(error: BaseException, number: int) -> Failure:
    text = str(error)
    if not isinstance(error, OutputError):
        text = "".join(traceback.format_exception_only(type(error), error)).strip()
    if len(text) > _MAX_MESSAGE:
        text = f"{text[:_MAX_MESSAGE]}…"
    calls = [
        (frame.f_code.co_filename, _short(frame), line, frame.f_code.co_name)
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    files = [file for file, *_ in calls]
    if block_name(number) not in files:
        return Failure(number, text)
    return Failure(
        number,
        text,
        tuple(
            (name, line, function)
            for file, name, line, function in calls[files.index(block_name(number)) :]
            if not file.startswith(("<frozen", _ENGINE)) and not name.startswith("IPython/")
        ),
    )


def _short(frame: FrameType) -> str:
    """The file of a frame, from its package on: without the folders of this machine."""
    file = frame.f_code.co_filename
    package = sys.modules.get(frame.f_globals.get("__name__", "").partition(".")[0])
    top = getattr(package, "__file__", None)
    if file.startswith("<") or not top:
        return file
    folder = Path(top).parent.parent if Path(top).name == "__init__.py" else Path(top).parent
    return Path(file).relative_to(folder).as_posix() if Path(file).is_relative_to(folder) else file


def _shown(outputs: Sequence[Output]) -> list[Output]:
    """Outputs without the empty ones, and without addresses, which differ from run to run."""
    return [
        output if output["kind"] in FIGURES else {**output, "data": _ADDRESS.sub("at 0x…", data)}
        for output in outputs
        if (data := output["data"])
    ]


@contextlib.contextmanager
def _captured() -> Iterator[BinaryIO]:
    """A file for what reaches file descriptors 1 and 2; no input is to be had."""
    with tempfile.TemporaryFile("a+b", buffering=0) as raw, Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
        yield raw
