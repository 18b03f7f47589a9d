"""Runs the blocks of a session in IPython and records what each gives.

What a block may do, and what of it is shown: printed text (also what reaches the file descriptors
past Python's streams), the value of its last expression unless a ``;`` ends it, what ``display``
is given, and at the end its open figures; in the order in which they came. The code is Python
alone, without IPython's magics, as in the test runner.
"""

from __future__ import annotations

import ast
import builtins
import codecs
import importlib.util
import random
import re
import sys
import tempfile
import time
import traceback
import uuid
import warnings
from collections import deque
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.formatters import DisplayFormatter
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from linreg.literate import causes, display, figures, moving, owner
from linreg.literate.limits import Limits
from linreg.literate.outputs import FIGURES, Failure, Other, Output, OutputError, block_name
from linreg.literate.quiet import Quiet
from linreg.literate.raising import Raising, as_output
from linreg.literate.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from linreg.literate.program import Program
    from linreg.literate.resume import Copier
    from linreg.literate.transcript import Transcript

_MAX_MESSAGE = 10_000  # characters of an exception
_STREAMS = {"stdout": "stdout", "stderr": "stderr", "descriptors": "stdout"}
_TELLS_AFTER = 0.1  # seconds from one word of what a block gives so far to the next
_ERRORS = "literate"  # how bytes that are no text are decoded
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")
_ENGINE = str(Path(__file__).parent)


def run(
    codes: Sequence[str],
    send: Callable[..., None],
    before: Callable[[], None],
    limits: Limits,
    program: Program,
    transcript: Transcript,
    copier: Copier | None = None,
    tells: bool = False,
) -> list[str] | None:
    """Run blocks in order; the code of all that ran, or None if one failed.

    Args:
        codes: the code of each.
        send: is given what :func:`linreg.literate.worker.run` sends.
        before: is called when all is ready, directly before the first block.
        limits: of what a block may give.
        program: what the blocks are one after another.
        transcript: takes what they print.
        copier: leaves copies of the session behind.
        tells: whether to send what a block gives so far.
    """
    recorder = Recorder(transcript, limits, partial(send, "part") if tells else None)
    streams = Streams(recorder.write)
    shell = _shell(recorder, program, limits.fonts)
    before()
    left, ran = deque(codes), list[str]()
    while left:
        code = left.popleft()
        program.add(code)
        # Anew for each block: the last one may have closed or replaced them.
        transcript.capture()
        streams.install()
        failure = _run_block(shell, len(ran), code, recorder)
        if failure is not None:
            send("failure", failure.text, failure.calls, failure.others)
            return None
        ran.append(code)
        for changed, outputs in recorder.end_block().items():
            send("block", changed, outputs)
        job = copier.keep(len(left)) if copier is not None else None
        if job is not None:  # this is another process, which goes on from here
            left = deque(job.codes)
            recorder.tell = partial(send, "part") if job.tells else None
    return ran


class Recorder:
    """Keeps the blocks' outputs in the order in which they came.

    Args:
        transcript: holds what reached file descriptors 1 and 2 past Python's streams.
        limits: of what a block may give.
        tell: is given the number of a block and what it has given so far.
    """

    def __init__(
        self,
        transcript: Transcript,
        limits: Limits,
        tell: Callable[[int, list[Output]], None] | None = None,
    ) -> None:
        self._transcript = transcript
        self._limits = limits
        self.tell = tell
        self._told = 0.0  # when that was last done
        self._decoders: dict[str, codecs.IncrementalDecoder] = {}
        self._blocks: list[list[Output]] = [[]]
        self._displays: dict[str, list[tuple[int, Output]]] = {}
        self._changed: set[int] = set()
        self._moving: moving.Moving | None = None  # the figure that is being recorded
        self._before = (0, 0)  # what the block had given when that began
        self._printed: list[str] = []  # not yet an output
        self._stream: Any = "stdout"  # where that was printed
        self._start()

    def _start(self) -> None:
        self._size = self._figures = 0
        self._clear_on_next = False
        self.problem: str | None = None

    def write(self, data: bytes, stream: Any) -> None:
        """Add printed text; what goes to the same stream is one output."""
        self.drain()
        self._add_text(self._decoded(data, stream), stream)

    def value(
        self, data: dict[str, Any], metadata: Any = None, display_id: str | None = None
    ) -> None:
        """Add an object by its richest form that the page can show."""
        self.drain()
        if moving.MIME in data:
            self._move(data[moving.MIME])
            return
        self._clear()
        output = self._richest(data, metadata)
        self.add(output)
        if display_id is not None:
            place = len(self._blocks) - 1, output
            self._displays.setdefault(display_id, []).append(place)

    def add(self, output: Output) -> None:
        """Add an output after what was printed."""
        self._flush()
        self._here.append(output)
        due = time.monotonic() > self._told + _TELLS_AFTER
        if self.tell is not None and self._moving is None and due:
            self.tell(len(self._blocks) - 1, _shown(self._blocks[-1]))
            self._transcript.show()
            self._told = time.monotonic()

    def update(self, data: dict[str, Any], metadata: Any, display_id: str | None) -> None:
        """Put another form of an object where it was displayed, also under an earlier block."""
        for block, output in self._displays.get(display_id or "", ()):
            other: dict[str, Any] = output  # type: ignore[assignment]  # made anew in its place
            other.clear()
            other.update(self._richest(data, metadata))
            self._changed.add(block)

    def where(self) -> str:
        """The combination of a moving figure at which the block is, and which it is to leave."""
        self._flush()
        where, self._moving = self._moving.where if self._moving else "", None
        return where

    def check_ended(self) -> None:
        """Raise unless each moving figure that was begun has ended."""
        if self._moving is not None:
            raise self._refused("a moving figure was begun, and never ended")

    @property
    def _here(self) -> list[Output]:
        """Where outputs go: to the block, or to a combination of what moves in it."""
        state = self._moving.state if self._moving else None
        return self._blocks[-1] if state is None else state

    def _move(self, said: Any) -> None:
        """Obey what an object says of a moving figure; what is open belongs to what came before."""
        show_open_figures()
        self.drain()
        self._clear()
        self._flush()
        try:
            self._obey(said)
        except OutputError as error:
            raise self._refused(str(error)) from None

    def _obey(self, said: Any) -> None:
        kind = next(iter(said), "") if isinstance(said, dict) and len(said) == 1 else ""
        if isinstance(said, dict) and set(said) == {"controls", "script"}:
            kind = "controls"
        if kind == "controls":
            if self._moving is not None:
                raise OutputError("a moving figure has another one in it")
            self._moving = moving.Moving(said, self._limits.combinations)
            self._before = self._size, self._figures
        elif kind not in ("at", "end"):
            raise OutputError(
                f"{moving.MIME} is {said!r}; it must be an object with controls, at or end"
            )
        elif self._moving is None:
            raise OutputError(f"{moving.MIME} has {kind} where no moving figure was begun")
        elif kind == "at":
            self._moving.go(said)
            self._size = self._figures = 0  # each combination may give as much as a block
        else:
            whole, self._moving = self._moving.end(), None
            self._blocks[-1].append(whole)
            self._size, self._figures = self._before

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
        for name in self._decoders:
            self._add_text(self._decoded(b"", name, final=True), _STREAMS[name])
        self._flush()
        self._transcript.clear()
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

    def _decoded(self, data: bytes, name: str, final: bool = False) -> str:
        """The text so far: the rest of a character may follow."""
        decoder = self._decoders.setdefault(name, codecs.getincrementaldecoder("utf-8")(_ERRORS))
        return decoder.decode(data, final)

    def _add_text(self, text: str, stream: Any) -> None:
        if not text:
            return
        self._clear()
        self._count(len(text))
        self._transcript.note(text)
        if stream != self._stream:
            self._flush()
            self._stream = stream
        self._printed.append(text)

    def _flush(self) -> None:
        """Make one output of what was printed."""
        if self._printed:
            text = "".join(self._printed)
            self._here.append({"kind": "text", "stream": self._stream, "data": text})
            self._printed.clear()

    def _clear(self) -> None:
        if self._clear_on_next:
            self._printed.clear()
            self._transcript.clear()
            self._here.clear()
            self._size = self._figures = 0
            self._clear_on_next = False

    def drain(self) -> None:
        """Take what was written past Python's streams."""
        while data := self._transcript.take():
            self._add_text(self._decoded(data, "descriptors"), "stdout")


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

    def update_user_ns(self, result: Any) -> None:
        """Set no name, as plain Python sets none."""

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
    begun = False

    def init_virtualenv(self) -> None:
        """Take packages from this interpreter's environment, though another may be activated."""

    def init_prompts(self) -> None:
        """Have none, for they would tell a program that it talks to somebody."""

    def init_user_ns(self) -> None:
        """Begin with the names that plain Python has."""
        self.user_ns.pop("__builtin__", None)

    def transform_cell(self, raw_cell: str) -> str:
        return raw_cell

    async def run_ast_nodes(
        self,
        nodelist: list[ast.stmt],
        cell_name: str,
        interactivity: str = "last_expr",
        compiler: Any = compile,
        result: Any = None,
    ) -> bool:
        """Run a block as one piece, and the last expression as another, which shows its value."""
        ends = 1 if nodelist and isinstance(nodelist[-1], ast.Expr) else 0
        body, last = nodelist[: len(nodelist) - ends], nodelist[len(nodelist) - ends :]
        if self.begun and body and ast.get_docstring(ast.Module(body, [])) is not None:
            body = body[1:]  # only what a program begins with is its docstring
        self.begun = self.begun or bool(nodelist)
        try:
            if body:
                code = compiler(ast.Module(body, []), cell_name, "exec")
                exec(code, self.user_global_ns, self.user_ns)  # noqa: S102
            if last:
                code = compiler(ast.Interactive(last), cell_name, "single")
                exec(code, self.user_global_ns, self.user_ns)  # noqa: S102
        except BaseException as error:
            self.raised = error
        return self.raised is not None

    def showtraceback(self, exc_tuple: Any = None, *_: Any, **__: Any) -> None:
        self.raised = exc_tuple[1] if exc_tuple else sys.exc_info()[1]

    def showsyntaxerror(self, *_: Any, **__: Any) -> None:
        self.raised = sys.exc_info()[1]


def _shell(recorder: Recorder, program: Program, fonts: Sequence[Path]) -> Any:
    codecs.register_error(_ERRORS, _replace)
    config = Config()
    config.HistoryManager.enabled = False
    with tempfile.TemporaryDirectory() as settings:  # IPython wants a place for a profile
        shell: Any = _Shell.instance(
            config=config,
            display_pub_class=_Publisher,
            displayhook_class=_Hook,
            ipython_dir=settings,
            user_module=program.module,
        )
    for name in ("_", "__", "___"):
        shell.user_ns.pop(name, None)
    for name in ("exit", "quit"):  # IPython's own would end it without an error
        del shell.builtin_trap.auto_builtins[name]
        setattr(builtins, name, sys.exit)
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

        figures.prepare(fonts)
        backend.receivers.append(recorder.figures)
    return shell


def _seed_uuids() -> None:
    """Give the same UUIDs each time: pandas and plotly make ids of them."""
    numbers, others = random.Random(0), uuid.uuid4  # noqa: S311  # no secret

    def uuid4() -> uuid.UUID:
        if not owner.is_this():  # a process that a block has forked has numbers of its own
            return others()
        return uuid.UUID(int=numbers.getrandbits(128), version=4)

    uuid.uuid4 = uuid4


def _run_block(shell: Any, number: int, code: str, recorder: Recorder) -> Failure | None:
    shell.compile.block = block_name(number)
    shell.displayhook.code = code
    # So an object learns whether the page is to show what moves.
    types = [kind for kind in shell.display_formatter.active_types if kind != moving.MIME]
    shell.display_formatter.active_types = types + [moving.MIME] * (not isinstance(code, Quiet))
    shell.raised = None
    try:
        result = shell.run_cell(code, store_history=False)
        error = result.error_before_exec or result.error_in_exec or shell.raised
        if error is None:
            show_open_figures()
            recorder.check_ended()
        recorder.drain()
    except BaseException as raised:  # a figure that cannot be drawn, whatever passed IPython by
        error = raised
    if recorder.problem is not None and not isinstance(error, OutputError):
        error = OutputError(recorder.problem)
    where = recorder.where()
    if isinstance(code, Raising):
        if error is None:
            return Failure(number, "this block is to raise an exception, and does not")
        if isinstance(error, Exception) and not isinstance(error, OutputError):
            recorder.add(as_output(error))
            return None
    return None if error is None else _failure(error, number, where)


def show_open_figures() -> None:
    """Hand over the figures that are open, if matplotlib has been used."""
    if "linreg.literate.backend" in sys.modules:
        sys.modules["linreg.literate.backend"].show()


def _failure(error: BaseException, number: int, where: str) -> Failure:
    others = tuple(
        Other(depth, relation, _message(one), _calls(one))
        for depth, relation, one in ([] if isinstance(error, OutputError) else causes.others(error))
    )
    calls = _calls(error)
    here = [i for i, (name, *_) in enumerate(calls) if name == block_name(number)]
    message = _message(error) + (f"\nat {where}" if where else "")
    return Failure(number, message, calls[here[0] :] if here else (), others)


def _message(error: BaseException) -> str:
    """What an exception says, and its notes."""
    text = str(error)
    if not isinstance(error, OutputError):
        text = "".join(traceback.format_exception_only(type(error), error)).strip()
    return f"{text[:_MAX_MESSAGE]}…" if len(text) > _MAX_MESSAGE else text


def _calls(error: BaseException) -> tuple[tuple[str, int, str], ...]:
    """The calls that led to an exception, but those of the engine and of IPython."""
    frames = [(frame, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    calls = [(f.f_code.co_filename, _short(f), line, f.f_code.co_name) for f, line in frames]
    return tuple(
        (name, line, function)
        for file, name, line, function in calls
        if not file.startswith(("<frozen", _ENGINE)) and not name.startswith("IPython/")
    )


def _replace(error: UnicodeError) -> tuple[str, int]:
    """What stands for bytes that are no UTF-8; a lone surrogate, which Python prints, is kept."""
    assert isinstance(error, UnicodeDecodeError)
    part = error.object[error.start : error.start + 3]
    try:
        return part.decode("utf-8", "surrogatepass"), error.start + len(part)
    except UnicodeDecodeError:
        return "\ufffd", error.end


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
    made: list[Output] = []
    for output in outputs:
        if output["kind"] == "interact":
            made.append({**output, "states": [_shown(state) for state in output["states"]]})
        elif output["kind"] in FIGURES:
            made.append(output)
        elif output["data"]:
            made.append({**output, "data": _ADDRESS.sub("at 0x…", output["data"])})
    return made
